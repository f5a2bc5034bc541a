"""moto's CloudWatch, with series kept apart, and fed with the metrics of our own services.

In CloudWatch a metric with another set of dimensions is another series. moto 5.2.5 adds them up (a query without
dimensions matches all, GetMetricStatistics all that have those asked for), and lists a series once per value.
Importing this imports moto. Not imitated: metric math and Metrics Insights (501), rollups and expiry of old values.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from types import ModuleType
from typing import Any, SupportsFloat

from moto.cloudwatch import urls
from moto.cloudwatch.exceptions import InvalidParameterValue, ValidationError
from moto.cloudwatch.models import CloudWatchBackend, MetricDatumBase, Statistics, cloudwatch_backends
from typing_extensions import override

from local_aws.bedrock_mantle.metrics import Point

_Key = tuple[str, str, frozenset[tuple[str | None, str | None]]]


class CloudWatch(CloudWatchBackend):
    """The backend of one account and region; its answers are moto's in shape."""

    @property
    @override
    def _url_module(self) -> ModuleType:
        return urls  # moto would look for it next to the module of this class

    @override
    def get_metric_data(
        self,
        queries: list[dict[str, Any]],
        start_time: datetime,
        end_time: datetime,
        scan_by: str = "TimestampAscending",
    ) -> list[dict[str, Any]]:
        if not all("MetricStat" in query for query in queries):
            raise NotImplementedError
        if start_time >= end_time:
            raise ValidationError("The parameter StartTime must be less than the parameter EndTime.")
        series = self._series()
        results = []
        for query in queries:
            wish = query["MetricStat"]
            metric, period, stat = wish["Metric"], int(wish["Period"]), wish["Stat"]
            data = series[_key(metric["Namespace"], metric["MetricName"], metric.get("Dimensions"))]
            buckets = _buckets(data, start=start_time, end=end_time, period=period, stats=[stat], unit=wish.get("Unit"))
            if scan_by == "TimestampDescending":
                buckets.reverse()
            values: list[SupportsFloat | None] = [bucket.get_statistics_for_type(stat) for bucket in buckets]
            result = {"id": query["Id"], "label": query.get("Label") or metric["MetricName"], "values": values}
            results.append(result | {"timestamps": [bucket.timestamp for bucket in buckets], "status_code": "Complete"})
        return results

    @override
    def get_metric_statistics(
        self,
        namespace: str,
        metric_name: str,
        start_time: datetime,
        end_time: datetime,
        period: int,
        stats: list[str],
        dimensions: list[dict[str, str]],
        unit: str | None = None,
    ) -> list[Statistics]:
        if start_time >= end_time:
            raise InvalidParameterValue("The parameter StartTime must be less than the parameter EndTime.")
        data = self._series()[_key(namespace, metric_name, dimensions)]
        return _buckets(data, start=start_time, end=end_time, period=period, stats=stats, unit=unit)

    @override
    def get_filtered_metrics(
        self, metric_name: str, namespace: str, dimensions: list[dict[str, str]]
    ) -> list[MetricDatumBase]:
        first = [data[0] for data in self._series().values()]
        return [datum for datum in first if datum.filter(namespace, metric_name, dimensions)]

    def _series(self) -> defaultdict[_Key, list[MetricDatumBase]]:
        series: defaultdict[_Key, list[MetricDatumBase]] = defaultdict(list)
        for datum in self.get_all_metrics():
            pairs = frozenset((dimension.name, dimension.value) for dimension in datum.dimensions)
            series[datum.namespace, datum.name, pairs].append(datum)
        return series


def _key(namespace: str, metric: str, dimensions: Iterable[dict[str, str]] | None) -> _Key:
    return namespace, metric, frozenset((pair["Name"], pair["Value"]) for pair in dimensions or ())


def _buckets(
    data: list[MetricDatumBase], *, start: datetime, end: datetime, period: int, stats: list[str], unit: str | None
) -> list[Statistics]:
    """The values from `start` to before `end`, by periods that begin at `start`; empty periods are left out."""
    start = start.replace(second=0, microsecond=0)
    buckets: dict[int, Statistics] = {}
    for datum in data:
        if start <= datum.timestamp < end and unit in (None, datum.unit):
            number = (datum.timestamp - start) // timedelta(seconds=period)
            if number not in buckets:
                buckets[number] = Statistics(stats, start + number * timedelta(seconds=period), datum.unit)
            buckets[number].metric_data.append(datum)
    return [bucket for _, bucket in sorted(buckets.items())]


def publish(points: Iterable[Point]) -> None:
    """Adds the points to their accounts and regions; from the first time on this backend takes the place of moto's."""
    cloudwatch_backends.backend = CloudWatch
    for point in points:
        series = point.series
        moment = datetime.fromtimestamp(point.minute * 60, timezone.utc).replace(tzinfo=None)
        datum = {
            "MetricName": series.metric,
            "Dimensions": [{"Name": name, "Value": value} for name, value in series.dimensions],
            "Timestamp": moment,
            "Unit": "Count",
            "Value": point.value,
        }
        cloudwatch_backends[series.account][series.region].put_metric_data(series.namespace, [datum])
