"""What CloudWatch shows of inference: the series of `AWS/BedrockMantle`, made from the meters.

https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring-mantle-metrics.html: requests and client errors on four
levels (account, Project, Model, both), `Total…Tokens` on all but the last, `…Tokens` on the last alone. Seen otherwise:
series with both dimensions only; the setting `metric_series` picks. Use on `bedrock-runtime` is in none of them.
Not imitated: any statistic but the sum (a minute's use is one sample), latencies, the minutes until a metric shows.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from local_aws.metering import Meter, Usage
from local_aws.settings import Settings

NAMESPACE: Final = "AWS/BedrockMantle"
_Dimensions = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Series:
    """A metric with its dimensions, in one account and region."""

    account: str
    region: str
    metric: str
    dimensions: _Dimensions
    namespace: str = NAMESPACE


@dataclass(frozen=True)
class Point:
    """What is added to a series at a minute (unix time divided by 60)."""

    series: Series
    minute: int
    value: int


class MetricFeed:
    """Gives each use of the meters to CloudWatch once."""

    def __init__(self) -> None:
        self._given: dict[Meter, Usage] = {}

    def take(self, meters: Iterable[tuple[Meter, Usage]], settings: Settings) -> list[Point]:
        """What was metered since the last time."""
        sums: defaultdict[tuple[Series, int], int] = defaultdict(int)
        for meter, usage in meters:
            before = self._given.get(meter, Usage())
            if usage == before or meter.endpoint != "bedrock-mantle":
                continue
            self._given[meter] = replace(usage)
            for dimensions in _levels(meter, settings):
                for metric, value in _values(before, usage, total=len(dimensions) < 2):
                    sums[Series(meter.account, meter.region, metric, dimensions), meter.minute] += value
        return [Point(series, minute, value) for (series, minute), value in sums.items() if value]


def _levels(meter: Meter, settings: Settings) -> list[_Dimensions]:
    """The sets of dimensions; a request that named no model is on those without one."""
    project: _Dimensions = (("Project", meter.project),)
    model: _Dimensions = (("Model", meter.model),) if meter.model else ()
    levels = [(), project, model, model + project]
    if not model:
        levels = levels[:2]
    return [level for level in levels if len(level) == 2] if settings.metric_series == "project_and_model" else levels


def _values(before: Usage, after: Usage, *, total: bool) -> list[tuple[str, int]]:
    prefix = "Total" if total else ""
    return [
        ("Inferences", after.requests - before.requests),
        ("InferenceClientErrors", after.client_errors - before.client_errors),
        (f"{prefix}InputTokens", after.input_tokens - before.input_tokens),
        (f"{prefix}OutputTokens", after.output_tokens - before.output_tokens),
    ]
