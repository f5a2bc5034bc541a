"""Whether projects that a run would archive had requests lately: the warning before what cannot be undone.

It is a warning and nothing more, so no answer of CloudWatch stops a run: a role may lack the permissions, a private
network has no way to that service, a key of Bedrock cannot ask it. Then the line says that use is unknown, and why.
What guards an archive (protection, the archive limit) does not rest on it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import RegionalEndpoint
from bedrock_projects.aws.metrics import MetricKey, MetricsClient, requests_of, series_to_query
from bedrock_projects.errors import ServiceError
from bedrock_projects.printing import for_terminal

DAYS = 7


@dataclass(frozen=True, kw_only=True)
class ArchiveCandidate:
    """A project that a run would archive; `key` is that of its entry."""

    key: str
    name: str
    id: str
    where: RegionalEndpoint


@dataclass(frozen=True, kw_only=True)
class ProjectUsage:
    """One that had requests; `by_model` is empty if CloudWatch has no series by model."""

    project: ArchiveCandidate
    requests: int
    by_model: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RecentUsage:
    """Who had requests since the beginning of a day (UTC), and where that is not known, with the reason.

    `unknown` is by the endpoint and region as a sentence has them.
    """

    since: date
    used: tuple[ProjectUsage, ...] = ()
    unknown: Mapping[str, str] = field(default_factory=dict)

    @property
    def warning(self) -> str:
        """One message that names each project in use and what could not be looked up; empty if both are none."""
        lines = []
        if self.used:
            lines.append(f"in use in the last {DAYS} days, and archiving cannot be undone:")
            lines += [f"  {_in_words(usage, since=self.since)}" for usage in self.used]
        for where, reason in sorted(self.unknown.items()):
            lines.append(
                f"cannot check whether the projects to archive in {where} received requests in the last {DAYS} days: "
                f"{reason}"
            )
        return for_terminal(*lines)


def recent_usage(projects: Sequence[ArchiveCandidate], credentials: Credentials, *, now: datetime) -> RecentUsage:
    """Asks CloudWatch in each region that has such projects; raises no ServiceError.

    It asks nobody if there are none, nor about an endpoint whose requests CloudWatch does not count by project.

    `now` with its time zone.
    """
    since = now - timedelta(days=DAYS)
    used: list[ProjectUsage] = []
    unknown: dict[str, str] = {}
    for where, candidates in _by_endpoint(projects).items():
        if where.endpoint.metrics is None:
            unknown[str(where)] = f"CloudWatch does not count requests of {where.endpoint} by project"
            continue
        if credentials.auth == "bearer":
            unknown[str(where)] = "a Bedrock API key cannot ask CloudWatch"
            continue
        try:
            client = MetricsClient(credentials, where)
            sums = client.sums(_of(candidates, client.series()), since=since, until=now)
        except ServiceError as error:
            unknown[str(where)] = str(error)
        else:
            used += in_use(candidates, sums)
    return RecentUsage(since=since.date(), used=tuple(used), unknown=unknown)


def in_use(projects: Iterable[ArchiveCandidate], sums: Mapping[MetricKey, int]) -> list[ProjectUsage]:
    """Those that had requests, the most used first."""
    requests = requests_of(sums)
    by_model: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for series, count in sums.items():
        if series.model and count:
            by_model[series.project][series.model] = count
    used = [
        ProjectUsage(project=project, requests=requests[project.id], by_model=by_model[project.id])
        for project in projects
        if requests.get(project.id)
    ]
    return sorted(used, key=lambda usage: (-usage.requests, usage.project.key))


def _of(projects: Sequence[ArchiveCandidate], listed: Iterable[MetricKey]) -> set[MetricKey]:
    ids = {project.id for project in projects}
    return series_to_query((series for series in listed if series.project in ids), ids)


def _by_endpoint(projects: Iterable[ArchiveCandidate]) -> dict[RegionalEndpoint, list[ArchiveCandidate]]:
    by_endpoint: defaultdict[RegionalEndpoint, list[ArchiveCandidate]] = defaultdict(list)
    for project in projects:
        by_endpoint[project.where].append(project)
    return dict(sorted(by_endpoint.items(), key=lambda item: str(item[0])))


def _in_words(used: ProjectUsage, *, since: date) -> str:
    project = used.project
    models = sorted(used.by_model.items(), key=lambda item: (-item[1], item[0]))
    named = f" ({', '.join(f'{model} {count:,}' for model, count in models)})" if models else ""
    requests = f"{used.requests:,} request{'s' if used.requests > 1 else ''}"
    return f"{project.key} ({project.name}, {project.id}, {project.where}): {requests} since {since}{named}"
