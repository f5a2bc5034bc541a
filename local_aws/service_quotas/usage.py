"""What CloudWatch shows of the quota of projects: how many of an account in a region count towards it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Usage-Metrics.html names the namespace, the
metric and the dimensions. Whether AWS has such a series for projects is unknown.
"""

from typing import Final

from local_aws.bedrock_mantle.metrics import Point, Series
from local_aws.bedrock_mantle.models import Place
from local_aws.state import State

NAMESPACE: Final = "AWS/Usage"
METRIC: Final = "ResourceCount"
DIMENSIONS: Final = (
    ("Class", "None"),
    ("Resource", "Project"),
    ("Service", "Bedrock Mantle"),
    ("Type", "Resource"),
)


def points(state: State, place: Place) -> list[Point]:
    """The usage at this minute; none if nobody has asked for projects there, or if CloudWatch does not show it."""
    if state.settings.projects_quota != "with_usage" or place not in state.projects.places():
        return []
    series = Series(place.account, place.region, METRIC, DIMENSIONS, NAMESPACE)
    used = state.projects.used(place, state.settings)
    return [Point(series, int(state.clock.now() // 60), used)]
