"""Checks of CloudWatch's series by project, read-only."""

from typing import Final

from bedrock_projects.aws.endpoints import MANTLE_METRICS
from bedrock_projects.conformance.checks import Answers, Seen
from bedrock_projects.conformance.live import listing
from bedrock_projects.conformance.live.guest import Guest
from bedrock_projects.limits import UNMANAGED_ID

_ONE: Final = frozenset({MANTLE_METRICS.project_dimension})
_BOTH: Final = frozenset({MANTLE_METRICS.project_dimension, MANTLE_METRICS.model_dimension})


def project_dimension(guest: Guest) -> Answers:
    """The sets of dimensions that name a project."""
    levels = {frozenset(dimensions) for dimensions in _series(guest)} & {_ONE, _BOTH}
    if not levels:
        return {}
    if levels == {_ONE, _BOTH}:
        return {"series": Seen("by project, and by project and model")}
    return {"series": Seen("by project only" if _ONE in levels else "by project and model only")}


def default_value(guest: Guest) -> Answers:
    """The value of the dimension for the project `default`."""
    values = {dimensions.get(MANTLE_METRICS.project_dimension, "") for dimensions in _series(guest)}
    if UNMANAGED_ID in values:
        return {"value": Seen("default")}
    return {"value": Seen("ARN")} if any(value.endswith(f"/{UNMANAGED_ID}") for value in values) else {}


def _series(guest: Guest) -> list[dict[str, str]]:
    metrics = listing.pages_of(
        guest,
        "cloudwatch:ListMetrics",
        "Metrics",
        cursor="NextToken",
        Namespace=MANTLE_METRICS.namespace,
        MetricName=MANTLE_METRICS.requests,
    )
    return [{one.get("Name", ""): one.get("Value", "") for one in metric.get("Dimensions", ())} for metric in metrics]
