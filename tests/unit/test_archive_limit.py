"""How many projects a run may archive, and the sentences that refuse more: in the plan, in a review, one by one."""

import pytest

from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.errors import RefusedError
from bedrock_projects.projects.archive_limit import (
    Destroy,
    archive_limit,
    check_announced,
    check_destroy,
    check_next,
    limit_notice,
    shared_limit,
)

FOUR = [RemoteProject(id=f"proj_{number}", name=f"P{number}") for number in range(4)]


@pytest.mark.parametrize(("owned", "limit"), [(0, 3), (9, 3), (10, 3), (13, 3), (14, 4), (100, 30), (1000, 300)])
def test_three_may_be_archived_and_of_many_thirty_per_cent(owned: int, limit: int) -> None:
    assert archive_limit(owned) == limit


@pytest.mark.parametrize(("owned", "limit"), [((), 3), ((4, 5), 3), ((4, 100, 20), 30)])
def test_several_stacks_together_archive_as_many_as_the_largest_may(owned: tuple[int, ...], limit: int) -> None:
    assert shared_limit(owned) == limit


@pytest.mark.parametrize(("allowed", "instead"), [(None, ""), ("3", " (it is '3' now)"), ("", " (it is '' now)")])
def test_a_plan_that_archives_too_many_names_each_and_the_number_that_allows_it(
    allowed: str | None, instead: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        check_announced(FOUR, owned=9, allowed=allowed)
    assert str(refused.value) == (
        "this run would permanently archive 4 of 9 projects (or release those with `on_remove: release`):\n"
        "  P0 (proj_0)\n  P1 (proj_1)\n  P2 (proj_2)\n  P3 (proj_3)\n"
        f"If this is intended, rerun with BEDROCK_PROJECTS_ALLOW_ARCHIVE=4{instead}; otherwise restore the "
        "entries that were removed, and the region or endpoint of those that moved"
    )


def test_a_plan_within_the_limit_or_with_its_exact_number_passes() -> None:
    check_announced(FOUR[:3], owned=9, allowed=None)
    check_announced(FOUR[:3], owned=9, allowed="1")
    check_announced(FOUR, owned=14, allowed=None)
    check_announced(FOUR, owned=4, allowed="4")


def test_a_run_owns_what_it_keeps_what_it_has_archived_and_the_one_that_comes_next() -> None:
    check_next(3, kept=10, allowed=None)
    with pytest.raises(RefusedError, match="has already archived 3 projects and would archive more;"):
        check_next(3, kept=9, allowed=None)


@pytest.mark.parametrize(
    ("archived", "destroy", "allowed", "reason", "number"),
    [
        (0, Destroy(total=4), None, "would permanently archive 4 projects", "4"),
        (1, Destroy(total=3, doubt="renamed"), "1", "would permanently archive 3 projects (renamed)", "3"),
        (3, Destroy(), None, "has archived 3 projects; the total is unknown", "<their number>"),
    ],
)
def test_a_destroy_of_too_many_says_why_and_which_number_allows_it(
    archived: int, destroy: Destroy, allowed: str | None, reason: str, number: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        check_destroy(archived, destroy, allowed=allowed)
    instead = f" (it is {allowed!r} now)" if allowed else ""
    assert str(refused.value) == (
        f"this destroy {reason}; if this is intended, rerun with "
        f"BEDROCK_PROJECTS_ALLOW_ARCHIVE={number} (with `--target`: the number of targets){instead}"
    )


@pytest.mark.parametrize(("count", "owned", "of"), [(4, 9, "4 of 9"), (301, 1000, "301 of 1,000")])
def test_a_review_says_that_so_many_need_their_number(count: int, owned: int, of: str) -> None:
    assert limit_notice(count, owned=owned) == (
        f"{of} projects would be archived or released: `pulumi up` refuses this without "
        f"BEDROCK_PROJECTS_ALLOW_ARCHIVE={count}"
    )


@pytest.mark.parametrize(("count", "owned"), [(0, 0), (3, 9), (300, 1000)])
def test_a_review_says_nothing_of_what_is_within_the_limit(count: int, owned: int) -> None:
    assert limit_notice(count, owned=owned) is None
