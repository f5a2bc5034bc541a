"""The operations of `ce` that are ours, by the X-Amz-Target header; all others are moto's."""

from collections.abc import Callable

from local_aws.cost_explorer import forecast_responses, responses, usage_responses, value_responses
from local_aws.cost_explorer.exceptions import DIALECT
from local_aws.messages import Request, Response
from local_aws.service import Call, Operation, Permission
from local_aws.state import State

SERVICE = "ce"
_PREFIX = "AWSInsightsIndexService."


def find(request: Request) -> Operation | None:
    """The operation that a request is for, None if it is not ours."""
    target = request.headers.get("X-Amz-Target", "")
    return _OPERATIONS.get(target[len(_PREFIX) :]) if target.startswith(_PREFIX) else None


def _operation(name: str, work: Callable[[State, Call], Response]) -> Operation:
    def permissions(state: State, call: Call) -> list[Permission]:
        del state
        return [Permission(f"{SERVICE}:{name}", f"arn:aws:ce:us-east-1:{call.identity.account}:/{name}")]

    return Operation(SERVICE, name, DIALECT, work, permissions)


_OPERATIONS = {
    name: _operation(name, work)
    for name, work in {
        "ListCostAllocationTags": responses.list_tags,
        "UpdateCostAllocationTagsStatus": responses.update_status,
        "StartCostAllocationTagBackfill": responses.start_backfill,
        "ListCostAllocationTagBackfillHistory": responses.backfill_history,
        "GetCostAndUsage": usage_responses.get_cost_and_usage,
        "GetCostAndUsageWithResources": usage_responses.get_cost_and_usage_with_resources,
        "GetDimensionValues": value_responses.get_dimension_values,
        "GetTags": value_responses.get_tags,
        "GetCostForecast": forecast_responses.get_cost_forecast,
    }.items()
}
