"""What Billing refuses, with code and message, and that it then changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from local_aws import Fault, LocalAws
from tests.local_aws.billing import Billing, refusal
from tests.local_aws.mantle import ACCOUNT, Answer, Mantle

PAYER = "999999999999"
LINKED = "Linked account doesn't have access to cost allocation tags."


SHAPES: list[tuple[str, dict[str, Any], str]] = [
    ("update_cost_allocation_tags_status", {}, "Value null at 'costAllocationTagsStatus' failed"),
    (
        "update_cost_allocation_tags_status",
        {"CostAllocationTagsStatus": []},
        "1 validation error detected: Value '[]' at 'costAllocationTagsStatus' failed to satisfy constraint: Member ",
    ),
    (
        "update_cost_allocation_tags_status",
        {"CostAllocationTagsStatus": [{"TagKey": f"k{number}", "Status": "Active"} for number in range(21)]},
        "at 'costAllocationTagsStatus' failed to satisfy constraint: Member must have length less than or equal to 20",
    ),
    (
        "update_cost_allocation_tags_status",
        {"CostAllocationTagsStatus": [{"TagKey": "k", "Status": "active"}, {"Status": "Active"}]},
        (
            "2 validation errors detected: Value 'active' at 'costAllocationTagsStatus.1.member.status' failed to "
            "satisfy constraint: Member must satisfy enum value set: [Active, Inactive]; Value null at "
            "'costAllocationTagsStatus.2.member.tagKey' failed to satisfy constraint: Member must not be null"
        ),
    ),
    (
        "update_cost_allocation_tags_status",
        {"CostAllocationTagsStatus": [{"TagKey": "k", "Status": "Active"}, {"TagKey": "k", "Status": "Inactive"}]},
        "names a tag key more than once",
    ),
    ("list_cost_allocation_tags", {"Status": "On"}, "at 'status' failed to satisfy constraint"),
    ("list_cost_allocation_tags", {"Type": "Mine"}, "enum value set: [AWSGenerated, UserDefined]"),
    ("list_cost_allocation_tags", {"MaxResults": 1001}, "'maxResults' failed to satisfy constraint: Member must have"),
    ("list_cost_allocation_tags", {"MaxResults": 0}, "greater than or equal to 1"),
    ("list_cost_allocation_tags", {"TagKeys": []}, "at 'tagKeys' failed to satisfy constraint"),
    ("list_cost_allocation_tags", {"TagKeys": ["k"] * 101}, "less than or equal to 100"),
    ("list_cost_allocation_tag_backfill_history", {"MaxResults": 1001}, "less than or equal to 1000"),
    ("start_cost_allocation_tag_backfill", {}, "Value null at 'backfillFrom'"),
    ("start_cost_allocation_tag_backfill", {"BackfillFrom": "2026-01"}, "BackfillFrom is not a date"),
]


@pytest.mark.parametrize(("method", "parameters", "message"), SHAPES, ids=range(len(SHAPES)))
def test_requests_that_do_not_fit_the_model_are_refused(
    billing: Billing, aws: LocalAws, method: str, parameters: dict[str, Any], message: str
) -> None:
    aws.tag_keys(ACCOUNT, ["k"])
    status, code, text = refusal(lambda: getattr(billing.client, method)(**parameters))
    assert (status, code) == (400, "ValidationException")
    assert message in text
    assert billing.tags() == {"k": "Inactive"}


@pytest.mark.parametrize("body", ["[]", "{", '{"TagKeys": "x"}', '{"TagKeys": [1]}', '{"MaxResults": "5"}'])
def test_members_of_another_type_are_refused(aws: LocalAws, body: str) -> None:
    assert raw(aws, body).json["__type"] == "SerializationException"


def raw(aws: LocalAws, body: str) -> Answer:
    mantle = Mantle(aws.url, region="us-east-1")
    headers = {
        "X-Amz-Target": "AWSInsightsIndexService.ListCostAllocationTags",
        "Content-Type": "application/x-amz-json-1.1",
    }
    return mantle.send(mantle.signed("POST", "/", body.encode(), service="ce", headers=headers))


OPERATIONS: dict[str, Callable[[Billing], object]] = {
    "ListCostAllocationTags": lambda billing: billing.tags(),
    "UpdateCostAllocationTagsStatus": lambda billing: billing.update(Team="Active"),
    "StartCostAllocationTagBackfill": lambda billing: billing.backfill("2026-01-01T00:00:00Z"),
    "ListCostAllocationTagBackfillHistory": lambda billing: billing.history(),
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_linked_account_has_no_access(billing: Billing, aws: LocalAws, operation: str) -> None:
    aws.organization(management=PAYER, members=[ACCOUNT])
    aws.tag_keys(ACCOUNT, ["Team"])
    assert refusal(lambda: OPERATIONS[operation](billing)) == (400, "AccessDeniedException", LINKED)
    assert OPERATIONS[operation](Billing(aws.url, PAYER)) is not None


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_missing_permission_is_named(billing: Billing, aws: LocalAws, operation: str) -> None:
    aws.tag_keys(ACCOUNT, ["Team"])
    aws.faults([Fault(kind="denied", action=f"ce:{operation}")])
    who, where = f"arn:aws:iam::{ACCOUNT}:user/local", f"arn:aws:ce:us-east-1:{ACCOUNT}:/{operation}"
    message = (
        f"User: {who} is not authorized to perform: ce:{operation} on resource: {where} "
        f"because no identity-based policy allows the ce:{operation} action"
    )
    assert refusal(lambda: OPERATIONS[operation](billing)) == (400, "AccessDeniedException", message)
    aws.faults([])
    assert billing.tags() == {"Team": "Inactive"}
    assert billing.history() == []


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(kind="throttled"), "LimitExceededException"),
        (Fault(kind="server_error"), "InternalFailure"),
        (Fault(kind="unavailable"), "ServiceUnavailableException"),
        (Fault(kind="expired_credentials"), "ExpiredTokenException"),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
def test_billing_fails_in_its_own_words(
    billing: Billing, aws: LocalAws, operation: str, fault: Fault, code: str
) -> None:
    aws.tag_keys(ACCOUNT, ["Team"])
    aws.faults([fault])
    assert refusal(lambda: OPERATIONS[operation](billing))[1] == code
    aws.faults([])
    assert (billing.tags(), billing.history()) == ({"Team": "Inactive"}, [])


def test_calls_to_billing_are_recorded(billing: Billing, aws: LocalAws) -> None:
    aws.tag_keys(ACCOUNT, ["Team"])
    billing.tags()
    billing.update(Team="Active")
    recorded = [(request.operation, request.body, request.status) for request in aws.requests("ce:*")]
    assert recorded == [
        ("ce:ListCostAllocationTags", {}, 200),
        (
            "ce:UpdateCostAllocationTagsStatus",
            {"CostAllocationTagsStatus": [{"TagKey": "Team", "Status": "Active"}]},
            200,
        ),
    ]


def test_senders_without_a_valid_signature_are_refused(aws: LocalAws) -> None:
    billing = Billing(aws.url, "12")
    assert refusal(billing.tags)[:2] == (400, "UnrecognizedClientException")


def test_other_operations_of_the_service_are_motos(billing: Billing, aws: LocalAws) -> None:
    rules = [{"Value": "x", "Rule": {"Dimensions": {"Key": "SERVICE", "Values": ["y"]}}}]
    billing.client.create_cost_category_definition(Name="c", RuleVersion="CostCategoryExpression.v1", Rules=rules)
    status, code, message = refusal(billing.client.list_cost_category_definitions)
    assert (status, code, message) == (501, "NotImplemented", "moto does not implement ce:ListCostCategoryDefinitions.")
    assert [request.status for request in aws.requests()] == [200, 501]


def test_use_of_a_project_that_is_not_there_is_refused(aws: LocalAws) -> None:
    with pytest.raises(Exception, match="no project proj_none in any account and region"):
        aws.usage("proj_none")
