"""ListServiceQuotas of Amazon Bedrock.

https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_ListServiceQuotas.html
Documented: the members, the pages, and that quotas of `bedrock-mantle` are listed under Amazon Bedrock. Assumed: the
name and the code of the quota of projects, and its usage metric; the setting `projects_quota` leaves them out.
Not imitated: most quotas of Amazon Bedrock, whose values are not those of any account.
"""

from typing import Any, Final

from local_aws.bedrock_mantle.models import Place
from local_aws.errors import AwsError
from local_aws.messages import Response, json_response
from local_aws.service import Call
from local_aws.service_quotas.usage import DIMENSIONS, METRIC, NAMESPACE
from local_aws.state import State

CODE: Final = "bedrock"
_MAX_PAGE: Final = 100
_OTHERS: Final = {
    "L-10CA10A1": ("Bedrock Mantle input tokens per minute for OpenAI gpt-oss-20b", 1_000_000.0),
    "L-10CA10A2": ("(Data Automation) Number of projects", 100.0),
}
_PROJECTS: Final = "L-10CA10A3"
_USAGE: Final = {
    "MetricNamespace": NAMESPACE,
    "MetricName": METRIC,
    "MetricDimensions": dict(DIMENSIONS),
    "MetricStatisticRecommendation": "Maximum",
}


def list_service_quotas(state: State, call: Call) -> Response:
    """ListServiceQuotas, in pages of at most MaxResults."""
    body = call.request.json_object
    token = str(body.get("NextToken", 0))
    if not token.isdecimal():
        raise AwsError("NextToken is not valid.", status=400, code="InvalidPaginationTokenException")
    size, start = body.get("MaxResults", _MAX_PAGE), int(token)
    quotas = _quotas(state, Place(call.identity.account, call.identity.region))
    payload: dict[str, Any] = {"Quotas": quotas[start : start + size]}
    if start + size < len(quotas):
        payload["NextToken"] = str(start + size)
    return json_response(payload, content_type="application/x-amz-json-1.1")


def _quotas(state: State, place: Place) -> list[dict[str, Any]]:
    others = [_quota(place, code, name, value) for code, (name, value) in _OTHERS.items()]
    if state.settings.projects_quota == "unlisted":
        return others
    limit = float(state.settings.projects_per_account)
    projects = _quota(place, _PROJECTS, "Bedrock Mantle projects per account", limit)
    if state.settings.projects_quota == "with_usage":
        projects["UsageMetric"] = _USAGE
    return [*others, projects]


def _quota(place: Place, code: str, name: str, value: float) -> dict[str, Any]:
    return {
        "ServiceCode": CODE,
        "ServiceName": "Amazon Bedrock",
        "QuotaArn": f"arn:{place.partition}:servicequotas:{place.region}:{place.account}:{CODE}/{code}",
        "QuotaCode": code,
        "QuotaName": name,
        "Value": value,
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }
