"""Our client of Billing against the local AWS: batches, both answers for an unknown key, refusals, backfills."""

from datetime import date
from typing import Literal

import pytest

from bedrock_projects.aws.billing import BillingClient
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.models import StatusChange, TagStatus
from bedrock_projects.errors import AccessDeniedError, AmbiguousError, CredentialsError, ServiceError, ThrottledError
from local_aws import Fault, LocalAws

ACCOUNT = "111111111111"
UPDATE = "ce:UpdateCostAllocationTagsStatus"


@pytest.fixture
def client(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> BillingClient:
    for name, value in aws.environment(ACCOUNT, region="eu-west-1").items():
        monkeypatch.setenv(name, value)
    return BillingClient(Credentials())


@pytest.mark.parametrize("shape", ["live", "documented"])
@pytest.mark.parametrize("known", [[], ["a"], ["a", "c"]])
def test_unknown_keys_are_named_and_the_others_are_set_in_any_shape_of_the_answer(
    aws: LocalAws, client: BillingClient, shape: str, known: list[str]
) -> None:
    aws.settings(undiscovered_key=shape)
    aws.tag_keys(ACCOUNT, known)
    change = client.set_status(["a", "b", "c"], "Active")
    assert change == StatusChange(done=frozenset(known), unknown=frozenset("abc") - set(known))
    assert len(aws.requests("ce:ListCostAllocationTags")) == min(len(known), 1)
    assert client.statuses() == dict.fromkeys(known, "Active")


def test_a_key_may_be_called_like_an_error(client: BillingClient) -> None:
    keys = ["ExpiredOffers", "not expired"]
    assert client.set_status(keys, "Active") == StatusChange(unknown=frozenset(keys))


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (20, [20]), (21, [20, 1]), (45, [20, 20, 5])])
def test_keys_go_in_batches_of_twenty(aws: LocalAws, client: BillingClient, count: int, sizes: list[int]) -> None:
    keys = [f"k{number:02}" for number in range(count)]
    aws.tag_keys(ACCOUNT, keys)
    assert client.set_status(keys, "Active") == StatusChange(done=frozenset(keys))
    assert len(aws.requests("ce:ListCostAllocationTags")) == min(count, 1)
    assert [len(request.body["CostAllocationTagsStatus"]) for request in aws.requests(UPDATE)] == sizes


def test_all_pages_are_listed_and_aws_own_keys_are_left_out(aws: LocalAws, client: BillingClient) -> None:
    keys = [f"k{number}" for number in range(1500)]
    aws.tag_keys(ACCOUNT, keys)
    assert client.statuses() == dict.fromkeys(keys, "Inactive")
    assert len(aws.requests("ce:ListCostAllocationTags")) == 2


def test_a_refusal_for_another_reason_is_not_an_unknown_key(aws: LocalAws, client: BillingClient) -> None:
    keys = [f"k{number}" for number in range(501)]
    aws.tag_keys(ACCOUNT, keys[:500], status="Active")
    aws.tag_keys(ACCOUNT, keys[500:])
    change = client.set_status(keys[500:], "Active")
    assert (change.done, change.unknown) == (frozenset(), frozenset())
    assert str(change.error).startswith("setting cost allocation tags Active")


SENT = [f"k{number:02}" for number in range(45)]
FAILURES: dict[str, tuple[Fault, type[ServiceError], int]] = {
    "denied": (Fault(kind="denied", action=UPDATE, after=1), AccessDeniedError, 20),
    "credentials that expire": (Fault(kind="expired_credentials", operation=UPDATE, after=1), CredentialsError, 20),
    "not carried out": (Fault(kind="reset_before", operation=UPDATE, after=1), AmbiguousError, 20),
    "carried out, answer lost": (Fault(kind="reset_after", operation=UPDATE, after=1), AmbiguousError, 40),
}


@pytest.mark.parametrize(("fault", "kind", "count"), FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize("status", ["Active", "Inactive"])
def test_what_an_earlier_batch_did_counts_and_the_error_names_the_keys_that_are_left(
    aws: LocalAws, client: BillingClient, fault: Fault, kind: type[ServiceError], count: int, status: TagStatus
) -> None:
    aws.tag_keys(ACCOUNT, SENT, status="Inactive" if status == "Active" else "Active")
    aws.faults([fault])
    change = client.set_status(SENT, status)
    assert change.done == frozenset(SENT[:count])
    assert isinstance(change.error, kind)
    assert change.error.message.endswith(f"; not {status} yet: {', '.join(SENT[count:])}")
    assert change.done == {key for key, listed in client.statuses().items() if listed == status}


@pytest.mark.parametrize("kind", ["reset_after", "cut_off"])
def test_an_answer_that_was_lost_is_not_a_failure_if_everything_was_done(
    aws: LocalAws, client: BillingClient, kind: Literal["reset_after", "cut_off"]
) -> None:
    aws.tag_keys(ACCOUNT, ["a"])
    aws.faults([Fault(kind=kind, operation=UPDATE)])
    assert client.set_status(["a"], "Active") == StatusChange(done=frozenset("a"))


def test_nothing_is_listed_if_nothing_was_written(aws: LocalAws, client: BillingClient) -> None:
    aws.tag_keys(ACCOUNT, ["a"])
    aws.faults([Fault(kind="denied", action=UPDATE)])
    assert isinstance(client.set_status(["a"], "Active").error, AccessDeniedError)
    assert aws.requests("ce:ListCostAllocationTags") == []


def test_if_the_list_is_refused_the_answers_count_and_nothing_is_called_confirmed(
    aws: LocalAws, client: BillingClient
) -> None:
    aws.tag_keys(ACCOUNT, ["a", "b"])
    aws.faults([Fault(kind="denied", action="ce:ListCostAllocationTags")])
    change = client.set_status(["b", "a"], "Active")
    assert change.done == frozenset("ab")
    assert "not confirmed: a, b (listing the cost allocation tags" in str(change.error)


def test_a_linked_account_is_denied(aws: LocalAws, client: BillingClient) -> None:
    aws.organization(management="999999999999", members=[ACCOUNT])
    with pytest.raises(AccessDeniedError, match="Linked account doesn't have access"):
        client.statuses()


def test_throttling_is_retried_and_then_said(aws: LocalAws, client: BillingClient) -> None:
    aws.faults([Fault(kind="throttled", operation="ce:List*", count=2)])
    assert client.statuses() == {}
    aws.faults([Fault(kind="throttled", operation="ce:List*")])
    with pytest.raises(ThrottledError, match="run again later"):
        client.statuses()


def test_a_role_that_may_not_be_assumed_is_named(client: BillingClient, aws: LocalAws) -> None:
    aws.faults([Fault(kind="denied", action="sts:AssumeRole")])
    role = "arn:aws:iam::999999999999:role/billing"
    with pytest.raises(AccessDeniedError, match=f"role {role} in account 999999999999 cannot be assumed by "):
        BillingClient(Credentials(role_arn=role))


def test_a_backfill_is_started_once_a_day_and_listed(aws: LocalAws, client: BillingClient) -> None:
    aws.set_clock("2026-06-15T12:00:00Z")
    client.start_backfill(date(2026, 5, 1))
    with pytest.raises(ThrottledError):
        client.start_backfill(date(2026, 5, 1))
    [backfill] = client.backfills()
    assert (backfill.since[:10], backfill.status) == ("2026-05-01", "PROCESSING")
    aws.advance(hours=25)
    assert client.backfills()[0].status == "SUCCEEDED"
    client.start_backfill(date(2026, 4, 1))
    assert [listed.since[:10] for listed in client.backfills()] == ["2026-04-01", "2026-05-01"]
