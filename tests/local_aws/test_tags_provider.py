"""The provider of cost allocation tags against the local AWS: what it switches, keeps in the state, and tells."""

import time
from collections.abc import Iterator
from datetime import datetime, timezone
from email.message import Message
from typing import Any

import pytest
from pulumi.dynamic import CreateResult, UpdateResult

from bedrock_projects.errors import AccessDeniedError, CredentialsError, ServiceError
from bedrock_projects.projects.run_ledger import this_run
from bedrock_projects.resources.cost_allocation_tags import CostAllocationTagsProvider
from local_aws import LocalAws
from local_aws.faults import Fault
from tests.local_aws.between import server_between
from tests.local_aws.billing import Billing
from tests.local_aws.mantle import ACCOUNT, Mantle
from tests.unit.provider_requests import configure

ID = "cost-allocation-tags"
NONE: dict[str, Any] = {"active": [], "pending": {}, "activated": [], "unused": [], "refused": ""}
"""What a state of an earlier version has, which says no account."""
ALL = {**NONE, "keys": ["A", "B"], "active": ["A", "B"]}
HERE = {**ALL, "account_id": ACCOUNT}
OTHER = "999999999999"
ROLE = f"arn:aws:iam::{OTHER}:role/billing"


@pytest.fixture
def provider(aws: LocalAws, billing: Billing, monkeypatch: pytest.MonkeyPatch) -> CostAllocationTagsProvider:
    """With a Billing that has one key of each kind: A is active, B inactive, C not known."""
    for name, value in aws.environment(ACCOUNT).items():
        monkeypatch.setenv(name, value)
    aws.tag_keys(ACCOUNT, ["A"], status="Active")
    aws.tag_keys(ACCOUNT, ["B"], status="Inactive")
    return provider_with({})


@pytest.fixture(params=["UTC-14", "UTC+12"])
def _zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """At any moment one of these, 14 hours ahead of UTC and 12 behind it, has another day."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


def provider_with(settings: dict[str, str]) -> CostAllocationTagsProvider:
    provider = CostAllocationTagsProvider()
    configure(provider, settings)
    return provider


def today() -> str:
    """The provider goes by the clock of the machine."""
    return datetime.now(tz=timezone.utc).date().isoformat()


def outputs_of(result: CreateResult | UpdateResult) -> dict[str, Any]:
    """The outputs, which the SDK's types hold for optional."""
    assert result.outs is not None
    return result.outs


# What Billing knows is activated, unless it was active; what it does not know yet is pending.
BEGUN = {
    "keys": ["A", "B", "C"],
    "active": ["A", "B"],
    "activated": ["B"],
    "unused": [],
    "refused": "",
    "account_id": ACCOUNT,
}


def operations_asked(aws: LocalAws) -> list[str]:
    return [request.operation.removeprefix("ce:") for request in aws.requests("ce:*")]


def test_a_create_activates_what_billing_knows_and_waits_for_the_rest(
    billing: Billing, provider: CostAllocationTagsProvider
) -> None:
    before = today()
    created = provider.create({"keys": ["C", "B", "A"]})
    outputs = outputs_of(created)
    assert created.id == ID
    assert outputs.pop("pending")["C"] in (before, today())
    assert outputs == BEGUN
    assert billing.tags() == {"A": "Active", "B": "Active"}


@pytest.mark.parametrize(("hours", "active"), [(24, ["N"]), (1000, [])])
def test_a_key_stays_pending_until_billing_knows_it_however_late_that_is(
    aws: LocalAws, mantle: Mantle, provider: CostAllocationTagsProvider, hours: int, active: list[str]
) -> None:
    aws.settings(discovery_hours=hours)
    aws.use(mantle.create("A", tags={"N": "x"})["id"], "openai.gpt-oss-20b", 1, 1)
    created = provider.create({"keys": ["N"]})
    outputs = outputs_of(created)
    assert (outputs["active"], list(outputs["pending"])) == ([], ["N"])
    aws.advance(hours=72)
    read = provider.read(created.id or "", outputs)
    updated = outputs_of(provider.update(created.id or "", read.outs or {}, {"keys": ["N"]}))
    assert (updated["active"], list(updated["pending"]), updated["refused"]) == (active, ["N"] * (not active), "")


@pytest.mark.usefixtures("_zone")
def test_a_day_is_that_of_utc_in_any_zone_of_the_machine(provider: CostAllocationTagsProvider) -> None:
    before = today()
    assert outputs_of(provider.create({"keys": ["C"]}))["pending"]["C"] in (before, today())


def test_an_update_keeps_since_when_a_key_is_waited_for_and_what_is_no_longer_used(
    aws: LocalAws, billing: Billing, provider: CostAllocationTagsProvider
) -> None:
    olds = {**NONE, "keys": ["A", "C", "D"], "active": ["A"], "pending": {"C": "2026-03-01", "D": "2026-03-02"}}
    aws.tag_keys(ACCOUNT, ["D"])
    updated = provider.update(ID, olds, {"keys": ["D", "C", "B"]})
    assert updated.outs == {
        "keys": ["B", "C", "D"],
        "active": ["B", "D"],
        "pending": {"C": "2026-03-01"},
        "activated": ["B", "D"],
        "unused": ["A"],
        "refused": "",
        "account_id": ACCOUNT,
    }
    assert billing.tags() == dict.fromkeys("ABD", "Active")


@pytest.mark.parametrize("answer", ["live", "documented"])
def test_a_key_that_billing_lists_and_then_does_not_know_is_waited_for(
    aws: LocalAws, provider: CostAllocationTagsProvider, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    def forget(headers: Message) -> None:
        """Between the listing and the activation, Billing forgets what it listed."""
        if headers.get("X-Amz-Target", "").endswith(".UpdateCostAllocationTagsStatus"):
            aws.reset(seed=1)
            aws.settings(undiscovered_key=answer)

    with server_between(aws.url, before=forget) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        outputs = outputs_of(provider.create({"keys": ["A", "B"]}))
    assert operations_asked(aws) == ["UpdateCostAllocationTagsStatus"]
    assert (outputs["active"], list(outputs["pending"]), outputs["activated"]) == (["A"], ["B"], [])


@pytest.mark.parametrize("account", [{}, {"account_id": ACCOUNT}], ids=["earlier version", "this version"])
def test_a_read_shows_what_billing_lists_and_changes_nothing(
    aws: LocalAws, provider: CostAllocationTagsProvider, account: dict[str, str]
) -> None:
    olds = {
        **NONE,
        **account,
        "keys": ["A", "B", "C", "D"],
        "active": ["B", "C"],
        "activated": ["B"],
        "pending": {"D": "2026-03-01"},
    }
    before = today()
    read = provider.read(ID, olds)
    assert (read.id, read.inputs) == (ID, {"keys": ["A", "B", "C", "D"]})
    since = (read.outs or {})["pending"]["C"]
    assert since in (before, today())
    assert read.outs == {
        **NONE,
        **account,
        "keys": ["A", "B", "C", "D"],
        "active": ["A"],
        "pending": {"C": since, "D": "2026-03-01"},
    }
    assert operations_asked(aws) == ["ListCostAllocationTags"]


def test_a_read_that_may_not_ask_keeps_the_state_and_says_so(
    aws: LocalAws, provider: CostAllocationTagsProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.faults([Fault(kind="denied", action="ce:*")])
    olds = {**ALL, "pending": {"C": "2026-03-01"}}
    read = provider.read(ID, olds)
    assert (read.id, read.outs, read.inputs) == (ID, olds, {"keys": ["A", "B"]})
    told = capsys.readouterr().err
    assert told.startswith("the cost allocation tags are taken as they were: listing the cost allocation tags")
    assert told.count("\n") == 1


@pytest.mark.parametrize(("action", "unused"), [("ListCostAllocationTags", ["Y"]), ("UpdateCost*", [])])
def test_a_refusal_is_an_output_and_the_rest_is_what_is_known(
    aws: LocalAws, provider: CostAllocationTagsProvider, action: str, unused: list[str]
) -> None:
    aws.faults([Fault(kind="denied", action=f"ce:{action}")])
    olds = {**NONE, "keys": ["A", "Z"], "active": ["A", "Z"], "activated": ["A"], "unused": ["Y"]}
    outputs = outputs_of(provider.update(ID, olds, {"keys": ["B", "A"]}))
    refused = outputs.pop("refused")
    assert action.rstrip("*") in refused
    assert refused.endswith(
        "; grant what `bedrock-projects iam billing` prints to these credentials, or set `billingRoleArn` to a role "
        "that has it. Projects were created and updated. Until you resolve this error, `pulumi up` neither archives "
        "nor releases a project whose entry was removed or moved"
    )
    outputs.pop("account_id", None)
    assert outputs == {"keys": ["A", "B"], "active": ["A"], "pending": {}, "activated": ["A"], "unused": unused}


def test_another_error_is_not_an_output(aws: LocalAws, provider: CostAllocationTagsProvider) -> None:
    aws.faults([Fault(kind="expired_credentials", operation="ce:*")])
    with pytest.raises(CredentialsError):
        provider.create({"keys": ["B"]})


def test_the_state_has_what_was_done_before_a_batch_failed_and_the_next_run_does_the_rest(
    aws: LocalAws, billing: Billing, provider: CostAllocationTagsProvider
) -> None:
    keys = [f"K{number:02}" for number in range(45)]
    aws.tag_keys(ACCOUNT, keys)
    aws.faults([Fault(kind="expired_credentials", operation="ce:Update*", after=1)])
    first = outputs_of(provider.create({"keys": [*keys, "A", "C"]}))
    assert (first["active"], list(first["pending"]), first["activated"]) == (["A", *keys[:20]], ["C"], keys[:20])
    assert f"; not Active yet: {', '.join(keys[20:])}" in first["refused"]
    assert "Projects were created and updated" in first["refused"]
    assert "grant" not in first["refused"]
    assert provider.diff(ID, first, {"keys": [*keys, "A", "C"]}).changes
    aws.faults([])
    second = outputs_of(provider.update(ID, first, {"keys": [*keys, "A", "C"]}))
    assert (second["activated"], second["refused"]) == (keys, "")
    assert billing.tags() == {"B": "Inactive", **dict.fromkeys(["A", *keys], "Active")}


def test_a_destroy_that_fails_midway_names_the_keys_that_stay_active_and_the_next_one_takes_them(
    aws: LocalAws, billing: Billing, provider: CostAllocationTagsProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = [f"K{number:02}" for number in range(30)]
    aws.tag_keys(ACCOUNT, keys)
    state = outputs_of(provider.create({"keys": keys}))
    aws.faults([Fault(kind="denied", action="ce:Update*", after=1)])
    with pytest.raises(AccessDeniedError, match=f"; not Inactive yet: {', '.join(keys[20:])}"):
        provider_with({"deactivateOnDestroy": "true"}).delete(ID, state)
    assert f"deactivated for the whole organisation: {', '.join(keys[:20])};" in capsys.readouterr().err
    aws.faults([])
    provider_with({"deactivateOnDestroy": "true"}).delete(ID, state)
    assert billing.tags() == {"A": "Active", **dict.fromkeys(["B", *keys], "Inactive")}


def message_about_another_account(capsys: pytest.CaptureFixture[str], *, account: str, here: str) -> None:
    """Fails the test if the user did not get exactly that line."""
    [line] = capsys.readouterr().err.splitlines()
    assert f"of account {account}, but Billing's credentials are for account {here}" in line


MOVED = {
    **NONE,
    "account_id": OTHER,
    "keys": ["A", "B", "C", "D"],
    "active": ["A", "B", "D"],
    "pending": {"C": "2026-03-01"},
    "activated": ["A", "B", "D"],
    "unused": ["U"],
}
"""A state of another account's Billing than that of the credentials, in which a key is active that also is so there."""


def test_in_another_accounts_billing_an_update_starts_from_nothing(
    aws: LocalAws, billing: Billing, provider: CostAllocationTagsProvider
) -> None:
    aws.tag_keys(ACCOUNT, ["D", "U"], status="Active")
    before = today()
    outputs = outputs_of(provider.update(ID, MOVED, {"keys": ["A", "B", "C"]}))
    assert outputs.pop("pending")["C"] in (before, today())
    assert outputs == BEGUN
    assert billing.tags() == dict.fromkeys("ABDU", "Active")


def test_a_read_in_another_accounts_billing_starts_from_nothing_and_says_so(
    aws: LocalAws, provider: CostAllocationTagsProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.tag_keys(ACCOUNT, ["U"], status="Active")
    outputs = provider.read(ID, MOVED).outs or {}
    assert sorted(outputs.pop("pending")) == ["C", "D"]
    assert outputs == {
        "keys": ["A", "B", "C", "D"],
        "active": ["A"],
        "activated": [],
        "unused": [],
        "refused": "",
        "account_id": ACCOUNT,
    }
    message_about_another_account(capsys, account=OTHER, here=ACCOUNT)


@pytest.mark.parametrize("action", ["ce:ListCostAllocationTags", "sts:AssumeRole"])
def test_if_another_accounts_billing_may_not_be_asked_the_state_stays_about_the_former_one(
    aws: LocalAws, provider: CostAllocationTagsProvider, action: str
) -> None:
    aws.add_role(ROLE)
    aws.faults([Fault(kind="denied", action=action)])
    configure(provider, {"billingRoleArn": ROLE})
    olds = {**HERE, "activated": ["A"]}
    outputs = outputs_of(provider.update(ID, olds, {"keys": ["A", "B"]}))
    assert action in outputs.pop("refused")
    assert outputs == {name: value for name, value in olds.items() if name != "refused"}


@pytest.mark.usefixtures("provider")
def test_a_destroy_in_another_accounts_billing_deactivates_nothing_and_says_so(
    aws: LocalAws, billing: Billing, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.tag_keys(ACCOUNT, ["D"], status="Active")
    provider_with({"deactivateOnDestroy": "true"}).delete(ID, MOVED)
    message_about_another_account(capsys, account=OTHER, here=ACCOUNT)
    assert operations_asked(aws) == []
    assert billing.tags() == {"A": "Active", "B": "Inactive", "D": "Active"}


@pytest.mark.usefixtures("provider")
def test_a_destroy_deactivates_nothing_if_the_state_does_not_say_in_which_account_it_was_activated(
    aws: LocalAws, billing: Billing, capsys: pytest.CaptureFixture[str]
) -> None:
    """As states of 0.1 are: the credentials may be of another account by now."""
    provider_with({"deactivateOnDestroy": "true"}).delete(ID, {**MOVED, "account_id": None})
    [line] = capsys.readouterr().err.splitlines()
    assert "stay active for the whole organisation: A, B, D; the state, of an earlier version, does not say in" in line
    assert operations_asked(aws) == []
    assert billing.tags()["A"] == "Active"


@pytest.mark.usefixtures("provider")
def test_a_destroy_says_nothing_of_tags_that_were_deactivated_by_hand(
    aws: LocalAws, billing: Billing, capsys: pytest.CaptureFixture[str]
) -> None:
    before = billing.tags()
    aws.clear_requests()
    provider_with({"deactivateOnDestroy": "true"}).delete(ID, {**HERE, "activated": ["B"]})
    assert operations_asked(aws) == ["ListCostAllocationTags"]
    assert (billing.tags(), capsys.readouterr().err) == (before, "")


KEYS_OF_ALL = {"keys": ["A", "B"]}


@pytest.mark.parametrize(
    ("olds", "settings", "changes", "requests"),
    [
        (ALL, {}, False, []),
        (ALL, {"billingRoleArn": ROLE}, False, []),
        (HERE, {}, False, ["sts:GetCallerIdentity"]),
        ({**ALL, "account_id": OTHER}, {}, True, ["sts:GetCallerIdentity"]),
        ({**ALL, "account_id": OTHER}, {"billingRoleArn": ROLE}, False, []),
        (HERE, {"billingRoleArn": ROLE}, True, []),
    ],
)
def test_another_account_than_the_states_is_a_difference_and_an_older_state_is_none(
    aws: LocalAws,
    provider: CostAllocationTagsProvider,
    capsys: pytest.CaptureFixture[str],
    olds: dict[str, Any],
    settings: dict[str, str],
    changes: bool,
    requests: list[str],
) -> None:
    configure(provider, settings)
    assert provider.diff(ID, olds, KEYS_OF_ALL).changes is changes
    assert [request.operation for request in aws.requests()] == requests
    if changes:
        account, here = (OTHER, ACCOUNT) if not settings else (ACCOUNT, OTHER)
        message_about_another_account(capsys, account=account, here=here)
    assert capsys.readouterr().err == ""


def test_a_preview_without_credentials_for_billing_goes_by_the_state_and_says_so(
    provider: CostAllocationTagsProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(provider, {"billingProfile": "nobody"})
    assert provider.diff(ID, HERE, KEYS_OF_ALL).changes is False
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"whether Billing is still that of account {ACCOUNT} was not looked at: ")
    assert "nobody" in line


DEACTIVATED = {"A": "Active", "B": "Inactive"}
KEPT = {"A": "Active", "B": "Active"}
OURS = {**HERE, "activated": ["B", "Gone"]}


@pytest.mark.parametrize(
    ("settings", "left"),
    [
        ({}, KEPT),
        ({"deactivateOnDestroy": "false"}, KEPT),
        ({"deactivateOnDestroy": "true"}, DEACTIVATED),
        ({"deactivateOnDestroy": "TRUE", "scope": "all"}, DEACTIVATED),
        ({"deactivateOnDestroy": "true", "scope": "billing"}, DEACTIVATED),
        ({"deactivateOnDestroy": "true", "scope": "projects"}, KEPT),
    ],
)
def test_a_destroy_leaves_tags_active_unless_the_stack_says_otherwise(
    aws: LocalAws,
    billing: Billing,
    provider: CostAllocationTagsProvider,
    capsys: pytest.CaptureFixture[str],
    settings: dict[str, str],
    left: dict[str, str],
) -> None:
    provider.create({"keys": ["A", "B"]})
    aws.clear_requests()
    provider_with(settings).delete(ID, OURS)
    if left == KEPT:
        assert operations_asked(aws) == []
        assert capsys.readouterr().err == "cost allocation tags stay active for the whole organisation: B, Gone\n"
    else:
        look = "ListCostAllocationTags"
        assert operations_asked(aws) == [look, "UpdateCostAllocationTagsStatus", look]
        assert capsys.readouterr().err == (
            "cost allocation tags deactivated for the whole organisation: B; if another stack or inventory uses one of "
            "them, run `pulumi up --refresh` there\n"
        )
    assert billing.tags() == left


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        (["A", "B", "Gone"], ""),
        (["A"], "cost allocation tags stay active for the whole organisation: B, Gone\n"),
        ([], "cost allocation tags stay active for the whole organisation: B, Gone\n"),
    ],
    ids=["replaced", "replaced with fewer keys", "of another stack from now on"],
)
def test_a_run_of_the_program_deactivates_nothing(
    aws: LocalAws,
    billing: Billing,
    provider: CostAllocationTagsProvider,
    capsys: pytest.CaptureFixture[str],
    declared: list[str],
    said: str,
) -> None:
    """An inventory that gets `billing` hands the keys of all its stacks over, and no setting of these says so."""
    provider.create({"keys": ["A", "B"]})
    aws.clear_requests()
    running = provider_with({"deactivateOnDestroy": "true"})
    if declared:
        running.check({}, {"keys": declared})
    else:
        this_run().declare("acme/dev/search")  # a project of the stack
    running.delete(ID, OURS)
    assert capsys.readouterr().err == said
    assert operations_asked(aws) == []
    assert billing.tags() == KEPT


@pytest.mark.usefixtures("provider")
@pytest.mark.parametrize("deactivate", ["true", "false"])
def test_a_destroy_touches_nothing_that_was_active_before_us(
    aws: LocalAws, capsys: pytest.CaptureFixture[str], deactivate: str
) -> None:
    provider_with({"deactivateOnDestroy": deactivate}).delete(ID, ALL)
    assert operations_asked(aws) == []
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("settings", "whose"),
    [
        ({}, "environment variable AWS_ACCESS_KEY_ID"),
        ({"aws:profile": "projects"}, "profile projects"),
        ({"billingProfile": "payer"}, "profile payer"),
        ({"aws:profile": "projects", "billingProfile": "payer"}, "profile payer"),
        (
            {"billingRoleArn": "arn:aws:iam::999999999999:role/none"},
            "role arn:aws:iam::999999999999:role/none in account 999999999999 cannot be assumed",
        ),
    ],
)
def test_billing_is_asked_with_the_credentials_of_the_stack(
    provider: CostAllocationTagsProvider, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], whose: str
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody's")
    configure(provider, settings)
    with pytest.raises(ServiceError) as refused:
        provider.read(ID, {"keys": ["A"]})
    assert whose in str(refused.value)
