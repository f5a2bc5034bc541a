"""Which cost allocation tags are active, pending, ours, unused: decided from what Billing lists."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.activation import Activation, observed, pending_notice, to_activate
from bedrock_projects.aws.models import TagStatus

TODAY = date(2026, 3, 10)
keys = st.sets(st.sampled_from("abcdef"))
statuses: st.SearchStrategy[dict[str, TagStatus]] = st.dictionaries(
    st.sampled_from("abcdef"), st.sampled_from(["Active", "Inactive"])
)


def run(before: Activation, wanted: set[str], listed: Mapping[str, TagStatus]) -> Activation:
    """A run in which Billing does what it is asked."""
    switched = to_activate(wanted, listed)
    return observed(before, sorted(wanted), listed, today=TODAY, activated=switched)


def test_each_key_goes_by_its_own_status() -> None:
    after = run(Activation(keys=()), {"active", "inactive", "unknown"}, {"active": "Active", "inactive": "Inactive"})
    assert after.active == ("active", "inactive")
    assert after.activated == ("inactive",)
    assert after.pending == {"unknown": TODAY}
    assert not after.complete


@given(keys, statuses)
def test_a_key_is_either_active_or_pending(wanted: set[str], listed: dict[str, TagStatus]) -> None:
    after = run(Activation(keys=()), wanted, listed)
    assert set(after.active) | after.pending.keys() == wanted
    assert not set(after.active) & after.pending.keys()
    assert after.pending.keys() == wanted - listed.keys()


@given(keys, keys, statuses, statuses)
def test_a_second_run_finds_nothing_to_do_once_all_keys_are_known(
    first: set[str], wanted: set[str], listed_then: dict[str, TagStatus], listed_now: dict[str, TagStatus]
) -> None:
    before = run(Activation(keys=()), first, listed_then)
    after = run(before, wanted, listed_now | dict.fromkeys(wanted - listed_now.keys(), "Inactive"))
    assert after.complete
    assert after.unused == tuple(sorted(key for key in first - wanted if listed_now.get(key) == "Active"))


@given(keys, statuses)
def test_what_was_active_before_us_is_never_ours_to_deactivate(wanted: set[str], listed: dict[str, TagStatus]) -> None:
    after = run(Activation(keys=()), wanted, listed)
    assert not set(after.activated) & {key for key, status in listed.items() if status == "Active"}


def test_a_key_is_pending_since_the_first_run_that_missed_it() -> None:
    before = Activation(keys=("a",), pending={"a": date(2026, 3, 1)})
    assert run(before, {"a", "b"}, {}).pending == {"a": date(2026, 3, 1), "b": TODAY}


def test_a_key_deactivated_by_hand_is_seen_and_is_not_pending() -> None:
    before = Activation(keys=("a",), active=("a",), activated=("a",))
    seen = observed(before, ["a"], {"a": "Inactive"}, today=TODAY)
    assert (seen.active, seen.pending, seen.activated, seen.complete) == ((), {}, (), False)


@pytest.mark.parametrize(
    ("days", "cause"), [(0, "within a day or two"), (1, "within a day or two"), (2, "most likely no project")]
)
def test_the_notice_names_key_day_cause_and_when_to_come_back(days: int, cause: str) -> None:
    since = TODAY - timedelta(days=days)
    notice = pending_notice({"Team": since}, today=TODAY)
    assert f"Team (since {since.isoformat()})" in notice
    assert cause in notice
    assert "Run `pulumi up` again from tomorrow on" in notice
