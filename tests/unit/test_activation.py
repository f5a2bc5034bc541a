"""Which cost allocation tags are active, pending, ours, unused: decided from what Billing lists."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.aws.models import TagStatus
from bedrock_projects.cost_tags.activation import (
    Activation,
    elsewhere_notice,
    is_elsewhere,
    keys_in_use,
    keys_to_activate,
    known_in,
    merge_status,
    pending_notice,
    remedy_for,
    unused_notice,
)
from bedrock_projects.errors import AccessDeniedError, NotEnabledError
from tests.unit.inventory_files import inventory

TODAY = date(2026, 3, 10)
keys = st.sets(st.sampled_from("abcdef"))
statuses: st.SearchStrategy[dict[str, TagStatus]] = st.dictionaries(
    st.sampled_from("abcdef"), st.sampled_from(["Active", "Inactive"])
)


def run(before: Activation, wanted: set[str], listed: Mapping[str, TagStatus]) -> Activation:
    """A run in which Billing does what it is asked."""
    switched = keys_to_activate(wanted, listed)
    return merge_status(before, sorted(wanted), listed, today=TODAY, activated=switched)


def test_each_key_goes_by_its_own_status() -> None:
    after = run(Activation(keys=()), {"active", "inactive", "unknown"}, {"active": "Active", "inactive": "Inactive"})
    assert after.active == ("active", "inactive")
    assert after.activated == ("inactive",)
    assert after.pending == {"unknown": TODAY}


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
    assert set(after.active) == wanted
    assert after.unused == tuple(sorted(key for key in first - wanted if listed_now.get(key) == "Active"))


@given(keys, statuses)
def test_what_was_active_before_us_is_never_ours_to_deactivate(wanted: set[str], listed: dict[str, TagStatus]) -> None:
    after = run(Activation(keys=()), wanted, listed)
    assert not set(after.activated) & {key for key, status in listed.items() if status == "Active"}


activations = st.builds(
    Activation,
    keys=keys.map(tuple),
    active=keys.map(tuple),
    pending=st.dictionaries(st.sampled_from("abcdef"), st.just(TODAY - timedelta(days=9))),
    activated=keys.map(tuple),
    unused=keys.map(tuple),
    account_id=st.sampled_from([None, "111111111111", "999999999999"]),
)


@given(activations, keys, statuses)
def test_of_another_accounts_billing_nothing_is_taken_over(
    before: Activation, wanted: set[str], listed: dict[str, TagStatus]
) -> None:
    known = known_in(before, "111111111111")
    after = run(known, wanted, listed)
    assert known.account_id == after.account_id == "111111111111"
    if is_elsewhere(before, "111111111111"):
        assert replace(after, account_id=None) == run(Activation(keys=()), wanted, listed)
    else:
        assert replace(known, account_id=before.account_id) == before


def test_a_key_is_pending_since_the_first_run_that_missed_it() -> None:
    before = Activation(keys=("a",), pending={"a": date(2026, 3, 1)})
    assert run(before, {"a", "b"}, {}).pending == {"a": date(2026, 3, 1), "b": TODAY}


def test_a_key_deactivated_by_hand_is_seen_and_is_not_pending() -> None:
    before = Activation(keys=("a",), active=("a",), activated=("a",))
    seen = merge_status(before, ["a"], {"a": "Inactive"}, today=TODAY)
    assert (seen.active, seen.pending, seen.activated) == ((), {}, ())


DISCOVERED = "Billing discovers a key within two days of the first billed request of a project that carries it"
UNUSED = "most likely no project that carries it had a billed request yet"


@pytest.mark.parametrize(("days", "cause"), [(0, DISCOVERED), (1, DISCOVERED), (2, UNUSED), (9, UNUSED)])
def test_the_notice_names_key_day_cause_and_when_to_come_back(days: int, cause: str) -> None:
    since = TODAY - timedelta(days=days)
    assert pending_notice({"Team": since}, today=TODAY).splitlines() == [
        "1 cost allocation tag not known to Billing yet:",
        f"  Team (since {since.isoformat()}): {cause}",
        "Run `pulumi up` again tomorrow or later; it activates them once Billing lists them.",
    ]


def test_keys_of_one_day_share_a_line_and_the_oldest_day_comes_first() -> None:
    first, *days, last = pending_notice(
        {"b": TODAY, "a": TODAY, "c": TODAY - timedelta(days=3)}, today=TODAY
    ).splitlines()
    assert first == "3 cost allocation tags not known to Billing yet:"
    assert days == [f"  c (since 2026-03-07): {UNUSED}", f"  a, b (since 2026-03-10): {DISCOVERED}"]
    assert last.startswith("Run `pulumi up` again")
    assert pending_notice({"a": TODAY, "b": TODAY}, today=TODAY).startswith("2 cost allocation tags not")


def test_keys_that_nobody_uses_any_more_are_named_with_why_they_stay() -> None:
    assert unused_notice(["a", "b"]) == (
        "still active in Billing, but no longer used here: a, b. The whole organisation shares cost allocation tags, "
        "so a run does not deactivate them; do so in Billing if nobody needs them"
    )


def test_a_state_about_another_accounts_billing_is_named_with_both_accounts() -> None:
    assert elsewhere_notice(Activation(keys=(), account_id="111111111111"), "999999999999") == (
        "the cost allocation tags in the state are of account 111111111111, but Billing's credentials are for "
        "account 999999999999; the state does not apply there, and account 111111111111 is unchanged"
    )


LINKED = (
    "only the organisation's management account has cost allocation tags; set `billingRoleArn` to a role there, or "
    "set `scope: projects` here and deploy a stack with `scope: billing` there"
)
DENIED = (
    "grant what `bedrock-projects iam billing` prints to these credentials, or set `billingRoleArn` to a role that "
    "has it"
)


@pytest.mark.parametrize(
    ("message", "remedy"), [("Linked account doesn't have access", LINKED), ("is not authorized", DENIED)]
)
def test_a_refusal_has_the_remedy_for_its_cause(message: str, remedy: str) -> None:
    assert remedy_for(AccessDeniedError(message, action="activating")) == remedy


def test_a_refusal_that_says_itself_what_to_do_has_no_other_remedy() -> None:
    assert remedy_for(NotEnabledError("switch it on", action="activating")) == ""


def test_keys_in_use_are_those_that_active_projects_carry_and_the_ownership_tag(tmp_path: Path) -> None:
    contents = inventory(
        tmp_path,
        """\
version: 1
inventory: acme
ownership_tag: ours
environments: {dev: {}, prod: {}}
tag_keys: {Team: {}, Owner: {cost_allocation: false}, Stage: {}, Gone: {}, Nobody: {}}
projects:
  search: {name: Search, tags: {Team: a, Owner: b}, environments: {dev: {}, prod: {name: Find, tags: {Stage: c}}}}
  old: {name: Old, status: archived, tags: {Gone: d}, environments: [dev]}
""",
    )
    assert keys_in_use(contents) == {"ours", "Team", "Stage"}
    assert keys_in_use(contents, environment="prod") == {"ours", "Team", "Stage"}
    assert keys_in_use(contents, environment="dev") == {"ours", "Team"}
