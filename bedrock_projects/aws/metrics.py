"""The client of CloudWatch: how many requests each project had, and how many tokens these took.

`Inferences` is documented at four levels: account, Project, Model, Project and Model. One report found no series by
Project alone, so both levels are asked for. The value of `Project` was seen to be the project's id. Unknown: the value
for the account's `default` project, and whether its requests have one at all.

Tokens have a metric by Project, and another of each request by Project and Model; both are documented as billable, and
do not include requests on `bedrock-runtime`. Unknown: whether they include tokens that came from the cache.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from typing import Any, Literal

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import MetricNames, RegionalEndpoint
from bedrock_projects.aws.errors import translate_errors
from bedrock_projects.aws.session import client_config, open_client
from bedrock_projects.batches import batches
from bedrock_projects.errors import AmbiguousError, ServiceError

LISTED_FOR = timedelta(days=14)
"""How long CloudWatch lists a series after its last value; asked for by name, it is there for 15 months.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html
"""

Counted = Literal["requests", "input tokens", "output tokens"]
"""What a series counts."""

_BATCH = 500
_DAY = 86_400
_SHORTEST = timedelta(minutes=1)
_ATTEMPTS = 3


@dataclass(frozen=True, order=True)
class MetricKey:
    """What one project used, or with `model` the part of it that named this model."""

    project: str
    model: str = ""


class MetricsClient:
    """Counts requests at an endpoint in a region; errors are ServiceError. A Bedrock API key cannot ask CloudWatch."""

    def __init__(self, credentials: Credentials, where: RegionalEndpoint) -> None:
        self.where = where
        if where.endpoint.metrics is None:
            raise ServiceError(
                f"CloudWatch does not count the requests of {where.endpoint} by project", action="counting requests"
            )
        self._names = where.endpoint.metrics
        self._credentials = credentials
        self._client = open_client(
            "cloudwatch", credentials, region=where.region, config=client_config(attempts=_ATTEMPTS)
        )

    def inferences(self, *, since: datetime, until: datetime, project_ids: Collection[str] = ()) -> dict[str, int]:
        """Requests by project id, none left out that had any; `since` and `until` as in `sums`.

        A project that had none for two weeks is seen only if `project_ids` names it, and then by its own series alone.
        """
        asked = series_to_query(self.series(), project_ids)
        return {id_: count for id_, count in requests_of(self.sums(asked, since=since, until=until)).items() if count}

    def series(self) -> set[MetricKey]:
        """Lists the series by project that had a value in the last two weeks; a new one may take 15 minutes."""
        with translate_errors(
            f"listing metrics in {self.where} (cloudwatch:ListMetrics)", credentials=str(self._credentials)
        ):
            pages = self._client.get_paginator("list_metrics").paginate(
                Namespace=self._names.namespace, MetricName=self._names.requests
            )
            dimension_sets = [
                {dimension["Name"]: dimension["Value"] for dimension in metric["Dimensions"]}
                for page in pages
                for metric in page["Metrics"]
            ]
        project, model = self._names.project_dimension, self._names.model_dimension
        return {
            MetricKey(dimensions[project], dimensions.get(model, ""))
            for dimensions in dimension_sets
            if project in dimensions and dimensions.keys() <= {project, model}
        }

    def sums(
        self, series: Iterable[MetricKey], *, since: datetime, until: datetime, counted: Counted = "requests"
    ) -> dict[MetricKey, int]:
        """What each series counted, 500 in a request; one that CloudWatch does not know has 0.

        Both moments with their time zone. Whole days are asked for, in UTC, so `since` counts from its midnight on.
        AWS charges $0.01 for 1,000 series, https://aws.amazon.com/cloudwatch/pricing/.
        """
        start = datetime.combine(since.astimezone(timezone.utc), time(), timezone.utc)
        action = f"reading metrics in {self.where} (cloudwatch:GetMetricData)"
        sums: dict[MetricKey, int] = {}
        for batch in batches(sorted(series), _BATCH):
            with translate_errors(action, credentials=str(self._credentials)):
                pages = self._client.get_paginator("get_metric_data").paginate(
                    MetricDataQueries=[_query(self._names, number, key, counted) for number, key in enumerate(batch)],
                    StartTime=start,
                    EndTime=max(until, start + _SHORTEST),  # at midnight both are the same, which is refused
                )
                results = [result for page in pages for result in page["MetricDataResults"]]
            sums |= sum_datapoints(results, batch, action=action)
        return sums


def series_to_query(listed: Iterable[MetricKey], project_ids: Collection[str]) -> set[MetricKey]:
    """The series that are worth a question: what is listed, and each project's own, listed or not."""
    return {*listed, *(MetricKey(project_id) for project_id in project_ids)}


def requests_of(sums: Mapping[MetricKey, int]) -> dict[str, int]:
    """Requests, or tokens, by project id.

    The series of a project and those of its models count the same requests: the larger number is taken, never both
    added. That also holds while a series is younger than the other. A series may name a project by its ARN.
    """
    by_model: defaultdict[str, int] = defaultdict(int)
    alone: defaultdict[str, int] = defaultdict(int)
    for series, count in sums.items():
        counts = by_model if series.model else alone
        counts[series.project.rpartition("/")[2]] += count
    return {project: max(by_model[project], alone[project]) for project in {**by_model, **alone}}


def sum_datapoints(
    results: Iterable[Mapping[str, Any]], batch: Sequence[MetricKey], *, action: str
) -> dict[MetricKey, int]:
    """The sum of each series of a batch over all pages; AmbiguousError if CloudWatch says that one is not whole."""
    sums = dict.fromkeys(batch, 0)
    for result in results:
        # PartialData is how a page says that the next one goes on with this series.
        if result["StatusCode"] not in ("Complete", "PartialData"):
            raise AmbiguousError(f"a series came back as {result['StatusCode']}, without its values", action=action)
        sums[batch[int(result["Id"][1:])]] += round(sum(result["Values"]))
    return sums


def _query(names: MetricNames, number: int, key: MetricKey, counted: Counted) -> Any:
    named = [(names.project_dimension, key.project), *([(names.model_dimension, key.model)] if key.model else [])]
    metric = {
        "Namespace": names.namespace,
        "MetricName": _metric_name(names, key, counted),
        "Dimensions": [{"Name": name, "Value": value} for name, value in named],
    }
    return {"Id": f"m{number}", "MetricStat": {"Metric": metric, "Period": _DAY, "Stat": "Sum"}}


def _metric_name(names: MetricNames, key: MetricKey, counted: Counted) -> str:
    if counted == "requests":
        return names.requests
    metric = names.input_tokens if counted == "input tokens" else names.output_tokens
    return metric.by_model if key.model else metric.by_project
