"""The archive limit of a run over many stacks."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.errors import RefusedError
from bedrock_projects.fleet.archives import Share, is_confirmed, refused_archives
from bedrock_projects.projects.archive_limit import announced_in, archive_limit, check_announced, shared_limit

SHARES = st.dictionaries(
    st.sampled_from(["a", "b", "c", "d"]),
    st.builds(
        lambda archived, retired, kept: Share(archived, archived + retired + kept, retired),
        st.integers(0, 8),
        st.integers(0, 8),
        st.integers(0, 20),
    ),
)


@given(SHARES)
def test_a_run_archives_no_more_than_its_largest_stack_may_unless_the_exact_number_is_given(
    shares: dict[str, Share],
) -> None:
    total = sum(share.archived + share.retired for share in shares.values())
    refused = refused_archives(shares, allowed=None)
    archiving = {stack for stack, share in shares.items() if share.archived or share.retired}
    assert refused.keys() in (set(), archiving)
    if not refused:
        assert len(archiving) < 2 or total <= shared_limit(share.owned for share in shares.values())
        assert all(share.archived <= archive_limit(share.owned) for share in shares.values())
    assert refused_archives(shares, allowed=str(total)) == {}
    assert refused_archives(shares, allowed=str(total + 1)).keys() == refused.keys()
    assert refused_archives(shares, allowed=None, always=True).keys() == archiving
    assert is_confirmed(shares, str(total))
    assert not is_confirmed(shares, None)


def test_one_project_of_each_of_four_small_stacks_is_too_much() -> None:
    shares = {name: Share(1, 10) for name in "abcd"}
    assert refused_archives({name: shares[name] for name in "abc"}, allowed=None) == {}
    assert refused_archives(shares, allowed="3")["a"] == (
        "would permanently archive 1 project; the whole run: 4 in 4 stacks; if this is intended, rerun with "
        "BEDROCK_PROJECTS_ALLOW_ARCHIVE=4 (it is '3' now)"
    )


def test_one_status_for_all_stacks_is_too_much_and_for_one_stack_is_not() -> None:
    assert refused_archives({"a": Share(0, 10, retired=10), "b": Share(0, 10)}, allowed=None) == {}
    shares = {"a": Share(0, 10, retired=3), "b": Share(1, 10)}
    assert refused_archives(shares, allowed=None).keys() == {"a", "b"}
    assert refused_archives(shares, allowed="4") == {}


def test_the_limit_of_one_stack_holds_among_many() -> None:
    shares = {"a": Share(4, 10), "b": Share(0, 100)}
    assert "4 in this stack alone" in refused_archives(shares, allowed=None)["a"]


@given(st.integers(4, 30), st.integers(0, 10))
def test_the_number_is_read_from_the_refusal_of_a_preflight(archived: int, kept: int) -> None:
    owned = archived + kept
    assume(archived > archive_limit(owned))
    projects = [RemoteProject(id=f"proj_{number}") for number in range(archived)]
    with pytest.raises(RefusedError) as refused:
        check_announced(projects, owned=owned, allowed=None)
    assert announced_in(f"{refused.value}") == (archived, owned)
    assert announced_in("something else failed") is None
