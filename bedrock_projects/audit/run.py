"""Runs the checks of `bedrock-projects audit`. They only read.

Listing comes first; then it asks CloudWatch, Billing and, if requested, Cost Explorer at the same time. An export is
read last. A refusal is a finding too.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from bedrock_projects.audit import cost_checks, project_checks
from bedrock_projects.audit.project_checks import AuditFinding, Listings
from bedrock_projects.aws.billing import BillingClient
from bedrock_projects.aws.cost_explorer import CostExplorerClient
from bedrock_projects.aws.endpoints import RegionalEndpoint
from bedrock_projects.aws.identity import caller_account
from bedrock_projects.aws.metrics import LISTED_FOR, MetricsClient, requests_of, series_to_query
from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.aws.prices import COST_EXPLORER_REQUEST
from bedrock_projects.aws.projects import ProjectsApi, open_projects_api
from bedrock_projects.cost_tags.activation import keys_in_use
from bedrock_projects.doctor.findings import check_account
from bedrock_projects.errors import AccessDeniedError, BedrockProjectsError, ServiceError
from bedrock_projects.exports.fetch import read_owners_table
from bedrock_projects.exports.manifests import NotDeliveredError
from bedrock_projects.exports.sources import COST_EXPLORER, open_source
from bedrock_projects.findings import Finding, finding_of_error, run_in_time
from bedrock_projects.model import Inventory
from bedrock_projects.projects.shared_listing import SharedListing
from bedrock_projects.reports.answers import read_pages
from bedrock_projects.reports.cost_data import PROJECT, SERVICE
from bedrock_projects.reports.model import DateRange
from bedrock_projects.reports.query import owners_query
from bedrock_projects.reports.request import COSTS
from bedrock_projects.stacks.deployment import deployment_of
from bedrock_projects.stacks.settings import Settings

COST_DAYS = 30
_SPEND = "unallocated spend"
_METRICS = ("cloudwatch:ListMetrics", "cloudwatch:GetMetricData")


@dataclass
class _Used:
    """The managed projects of the regions with request counts for the same number of days, and these counts."""

    regions: list[str] = field(default_factory=list)
    projects: list[RemoteProject] = field(default_factory=list)
    requests: Counter[str] = field(default_factory=Counter)

    def add(self, region: str, projects: Sequence[RemoteProject], requests: Mapping[str, int]) -> None:
        self.regions.append(region)
        self.projects += projects
        self.requests.update(requests)


@dataclass(frozen=True, kw_only=True)
class Survey:
    """The checks to run, and the current time; `now` has a time zone.

    `place` is where costs are read: Cost Explorer, or the folder or `s3://` prefix of an export, whose files are kept
    for the next report if `keeps_copies`.
    """

    settings: Settings
    inventory: Inventory
    unused_days: int
    costs: bool
    place: str = COST_EXPLORER
    keeps_copies: bool = True
    now: datetime

    def findings(self) -> list[Finding]:
        """All findings; raises SettingsError or ServiceError if the account is unknown."""
        findings: list[Finding] = []
        once: Listings = {}
        looks: list[tuple[str, Callable[[], list[Finding]]]] = []
        account: str | None = None
        if self.settings.scope != "billing":
            apis = self._apis()
            account = caller_account(self.settings.credentials, apis[0])
            identity = self._identity(account)
            if identity.outcome == "failed":
                return [identity]
            listings, refusals = _listings(apis)
            once = project_checks.counted_once(self.inventory, listings)
            findings += [identity, *refusals]
            if listings:
                findings += project_checks.check_owners(project_checks.owned(self.inventory, once), once)
                findings += project_checks.check_limits(listings, once)
                looks.append(("unused projects", partial(self._use, once)))
        if self.settings.scope != "projects":
            looks.append(("tag keys", partial(self._tag_keys, once)))
        if self.costs and self.place == COST_EXPLORER:
            looks.append((_SPEND, partial(self._spend, account)))
        findings += run_in_time(looks)
        # An export may be large, so it has all the time that it takes.
        return findings + (self._spend_of_export(account) if self.costs and self.place != COST_EXPLORER else [])

    def _apis(self) -> list[ProjectsApi]:
        """One for each endpoint and region of the environment; raises SettingsError if there is none."""
        endpoints = deployment_of(self.settings, self.inventory).require_endpoints()
        return [open_projects_api(self.settings.credentials, where) for where in endpoints]

    def _identity(self, account: str) -> Finding:
        """The account of the credentials: with wrong ones, all other checks would be about another account."""
        environment = self.inventory.environment(self.settings.environment)
        return check_account(
            account,
            environment.account,
            environment=environment.name,
            credentials=str(self.settings.credentials),
        )

    def _use(self, listings: Listings) -> list[Finding]:
        """Requests of the managed projects, combined for all regions with data for the same number of days."""
        counted = {where: listed for where, listed in listings.items() if where.endpoint.metrics is not None}
        uncounted = {where: listed for where, listed in listings.items() if where not in counted}
        findings: list[Finding] = [*project_checks.check_uncounted(self.inventory, uncounted)]
        if counted and self.settings.auth == "bearer":
            result = "not checked (CloudWatch accepts no Bedrock API key)"
            remedy = "run this with AWS credentials and `auth: sigv4`"
            return [*findings, AuditFinding("unused projects", "unknown", result, remedy)]
        by_days: dict[int, _Used] = {}
        for where, listed in counted.items():
            managed = project_checks.owned(self.inventory, {where: listed}).managed
            try:
                requests, reach = self._requests(where, [project.id for project in managed])
            except ServiceError as error:
                findings.append(
                    project_checks.not_looked_up(
                        "unused projects", error, needs=_METRICS, policy="review", region=where.region
                    )
                )
            else:
                by_days.setdefault(reach, _Used()).add(where.region, managed, requests)
        worth = {days: used for days, used in by_days.items() if used.projects or used.requests} or by_days
        for days, used in sorted(worth.items()):
            since = (self.now - timedelta(days=days)).date()
            reach_note = (
                _reach(used.regions, days, self.unused_days) if len(worth) > 1 or days < self.unused_days else ""
            )
            findings += project_checks.check_use(used.projects, used.requests, since=since, where=reach_note)
        return findings

    def _requests(self, where: RegionalEndpoint, ids: Sequence[str]) -> tuple[dict[str, int], int]:
        """Requests by project, and the number of days that they cover.

        If AWS publishes no series by project alone, those by model reach only as far back as CloudWatch lists them.
        """
        client = MetricsClient(self.settings.credentials, where)
        asked = series_to_query(client.series(), ids)
        since = self.now - timedelta(days=self.unused_days)
        sums = client.sums(asked, since=since, until=self.now)
        by_project = any(count and not series.model for series, count in sums.items())
        known = by_project or not ids
        return requests_of(sums), self.unused_days if known else min(self.unused_days, LISTED_FOR.days)

    def _tag_keys(self, listings: Listings) -> list[Finding]:
        everywhere = self.settings.scope == "billing"
        in_use = keys_in_use(self.inventory, environment=None if everywhere else self.settings.environment)
        managed = project_checks.owned(self.inventory, listings).managed
        try:
            statuses = BillingClient(self.settings.billing_credentials).statuses()
        except ServiceError as error:
            return [
                project_checks.not_looked_up("tag keys", error, needs=("ce:ListCostAllocationTags",), policy="billing")
            ]
        unneeded, carried = cost_checks.unneeded_keys(self.inventory), cost_checks.carried_since(managed)
        return [*cost_checks.check_tag_keys(in_use, statuses, unneeded=unneeded, carried=carried)]

    def _spend(self, account: str | None) -> list[Finding]:
        """The costs of the last days by ownership tag and service: one request a page, usually one.

        Only for that account, because Billing's credentials may see the whole organisation; None means all accounts.
        """
        days = self._cost_days
        query = owners_query(days, ownership_tag_key=self.inventory.ownership_tag_key, account=account)
        try:
            client = CostExplorerClient(self.settings.billing_credentials)
            table = read_pages(client.cost_and_usage(query), (PROJECT, SERVICE), metric=COSTS["billed"])
        except ServiceError as error:
            return [project_checks.not_looked_up(_SPEND, error, needs=("ce:GetCostAndUsage",), policy="costs")]
        spend = cost_checks.bedrock_spend(table)
        where = f"in account {account}" if account else "in all accounts visible to these credentials"
        paid = f"Cost Explorer API requests: {client.requests} (USD {client.requests * COST_EXPLORER_REQUEST})"
        span = f"{where} from {days.start} to {days.end}"
        return [cost_checks.check_spend(spend, span=span, paid=paid)]

    def _spend_of_export(self, account: str | None) -> list[Finding]:
        """The same costs by an export, which has all accounts of its payer; it takes no request to Cost Explorer."""
        days = self._cost_days
        try:
            with open_source(
                self.place,
                self.settings.billing_credentials,
                keeps_copies=self.keeps_copies,
                exports=self.inventory.exports,
            ) as store:
                table = read_owners_table(
                    store,
                    days,
                    ownership_tag_key=self.inventory.ownership_tag_key,
                    tag_keys=self.inventory.tag_keys,
                    account=account,
                )
        except AccessDeniedError as error:
            remedy = "grant s3:ListBucket on the bucket, and s3:GetObject on the export's objects"
            return [AuditFinding(_SPEND, "unknown", str(error), remedy)]
        except NotDeliveredError as pending:
            return [AuditFinding(_SPEND, "unknown", f"not known yet: {pending}")]
        except BedrockProjectsError as error:
            return [finding_of_error(_SPEND, error)]
        where = f"in account {account}" if account else "in all accounts of the export"
        spend, span = cost_checks.export_spend(table), f"{where} from {days.start} to {days.end}"
        return [cost_checks.check_spend(spend, span=span, paid=f"read from {self.place}")]

    @property
    def _cost_days(self) -> DateRange:
        today = self.now.date()
        return DateRange(start=today - timedelta(days=COST_DAYS), end=today - timedelta(days=1))


def _reach(regions: Sequence[str], days: int, wanted: int) -> str:
    """The regions of a line about use, and why it covers fewer days than `wanted`."""
    why = f"; CloudWatch keeps only {days} days of per-project data there"
    return f" (in {', '.join(regions)}{why if days < wanted else ''})"


def _listings(
    apis: Sequence[ProjectsApi],
) -> tuple[dict[RegionalEndpoint, Sequence[RemoteProject]], list[Finding]]:
    """The active projects by endpoint and region, and the refusals of those that do not list them."""
    listings: dict[RegionalEndpoint, Sequence[RemoteProject]] = {}
    refusals: list[Finding] = []
    for api in apis:
        where = api.where
        try:
            projects = SharedListing(api).look().projects
        except ServiceError as error:
            needs = tuple(where.endpoint.action(operation) for operation in ("ListProjects", "ListTagsForResource"))
            refusals.append(
                project_checks.not_looked_up(
                    f"region {where}", error, needs=needs, policy="review", region=where.region
                )
            )
        else:
            listings[where] = [project for project in projects if project.status == "active"]
    return listings, refusals
