"""Asks CloudWatch how much the projects of a stack were used: requests, which Billing does not count, and tokens.

Tokens are there also for usage that Billing shows without the tags of a project. CloudWatch has no costs, so nothing of
this is added to amounts of Cost Explorer.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from bedrock_projects.attribution.catalogue import Catalogue, CatalogueProject
from bedrock_projects.aws.credentials import account_mismatch
from bedrock_projects.aws.endpoints import RegionalEndpoint
from bedrock_projects.aws.identity import caller_account
from bedrock_projects.aws.metrics import LISTED_FOR, MetricsClient, requests_of, series_to_query
from bedrock_projects.aws.projects import open_projects_api
from bedrock_projects.errors import SettingsError
from bedrock_projects.limits import NO_PROJECT_ID
from bedrock_projects.model import owners
from bedrock_projects.reports.model import DateRange, ProjectUse
from bedrock_projects.stacks.settings import Settings

KEPT_FOR = timedelta(days=455)
"""How long CloudWatch keeps values of an hour and more.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
"""


@dataclass(frozen=True, kw_only=True)
class RegionalUse:
    """The use of each project of a region; `is_by_project` if CloudWatch has values by project alone there."""

    by_project: Mapping[str, ProjectUse]
    is_by_project: bool


@dataclass(frozen=True, kw_only=True)
class StackUse:
    """The use of a stack's projects by the value of their ownership tag; `notes` are sentences about what is missing.

    A project that CloudWatch does not count has no use here; one without requests has 0.
    """

    by_owner: Mapping[str, ProjectUse]
    notes: tuple[str, ...] = ()


def stack_use(settings: Settings, catalogue: Catalogue, dates: DateRange, *, now: datetime) -> StackUse:
    """Counts the use of the projects of the stack's environment on these days (UTC), with the stack's credentials.

    `catalogue` has the outputs of the stack, as `read_stacks` reads them; `now` has a time zone. Raises SettingsError
    if the stack has no projects, or its credentials are a Bedrock API key or those of another account: CloudWatch would
    answer 0. Raises ServiceError, which names a missing permission. Sends one request to STS and, for each region, one
    or more ListMetrics and up to three GetMetricData, each for 500 series.
    """
    if settings.auth == "bearer":
        raise SettingsError(
            "requests cannot be counted: CloudWatch accepts no Bedrock API key; run this with AWS credentials and "
            "`auth: sigv4`"
        )
    environment = catalogue.environments.get(settings.environment)
    if environment is None:
        raise SettingsError(f"the outputs of environment {settings.environment!r} are missing; read its stack")
    by_endpoint = _by_endpoint(environment.projects)
    counted = {where: ids for where, ids in by_endpoint.items() if where.endpoint.metrics is not None}
    if counted:
        _check_account(settings, environment.account, next(iter(counted)))
    since, until = _midnight(dates.start), _midnight(dates.end + timedelta(days=1))
    by_owner: dict[str, ProjectUse] = {}
    notes = [
        f"CloudWatch does not count requests of {endpoint} by project"
        for endpoint in sorted({str(where.endpoint) for where in by_endpoint.keys() - counted.keys()})
    ]
    if counted and since < now - KEPT_FOR:
        notes.append(f"CloudWatch keeps requests for {KEPT_FOR.days} days: earlier ones are missing")
    for where, keys in counted.items():
        use = use_by_project(MetricsClient(settings.credentials, where), keys, since=since, until=until)
        for project_id, key in keys.items():
            [owner] = owners(inventories=(catalogue.inventory,), environments=(settings.environment,), keys=(key,))
            by_owner[owner] = use.by_project[project_id]
        if not use.is_by_project and since < now - LISTED_FOR:
            notes.append(
                f"in {where}, CloudWatch shows no requests by project alone: projects and models without a request in "
                f"the last {LISTED_FOR.days} days are missing"
            )
    return StackUse(by_owner=dict(sorted(by_owner.items())), notes=tuple(notes))


def use_by_project(
    client: MetricsClient, project_ids: Collection[str], *, since: datetime, until: datetime
) -> RegionalUse:
    """The use of each of these projects, 0 included; `since` and `until` as in `MetricsClient.sums`.

    Tokens are asked for only if there were requests: CloudWatch charges for each series.
    """
    listed = {series for series in client.series() if series.project in project_ids}
    sums = client.sums(series_to_query(listed, project_ids), since=since, until=until)
    used = [series for series, count in sums.items() if count]
    requests = requests_of(sums)
    input_tokens = requests_of(client.sums(used, since=since, until=until, counted="input tokens"))
    output_tokens = requests_of(client.sums(used, since=since, until=until, counted="output tokens"))
    return RegionalUse(
        by_project={
            project_id: ProjectUse(
                requests=requests[project_id],
                input_tokens=input_tokens.get(project_id, 0),
                output_tokens=output_tokens.get(project_id, 0),
            )
            for project_id in project_ids
        },
        is_by_project=any(not series.model for series in used),
    )


def _by_endpoint(projects: Mapping[str, CatalogueProject]) -> dict[RegionalEndpoint, dict[str, str]]:
    """The entries' keys by project id, by endpoint and region; without entries that never had a project."""
    by_endpoint: defaultdict[RegionalEndpoint, dict[str, str]] = defaultdict(dict)
    for key, project in projects.items():
        if project.id != NO_PROJECT_ID:
            by_endpoint[RegionalEndpoint(project.region, project.of)][project.id] = key
    return dict(sorted(by_endpoint.items(), key=lambda item: str(item[0])))


def _check_account(settings: Settings, account: str | None, where: RegionalEndpoint) -> None:
    caller = caller_account(settings.credentials, open_projects_api(settings.credentials, where))
    mismatch = account_mismatch(
        settings.credentials, caller, expected=account, of=f"environment {settings.environment!r}"
    )
    if mismatch:
        raise SettingsError(
            f"{mismatch}; use credentials of that account, or set `aws:profile` in the stack's settings"
        )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), timezone.utc)
