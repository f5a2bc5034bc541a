"""What `bedrock-projects audit` looks at in AWS. Nothing is changed by it.

Listing comes first; then CloudWatch, Billing and, where that was asked for, Cost Explorer are asked at once. One that
refuses is a finding too.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bedrock_projects.activation import keys_in_use
from bedrock_projects.audit import auditing, cost_auditing
from bedrock_projects.audit.auditing import AuditFinding, Listings
from bedrock_projects.aws.billing import BillingClient, BillingCredentials
from bedrock_projects.aws.cost_explorer import PRICE, CostExplorerClient
from bedrock_projects.aws.identity import caller_account
from bedrock_projects.aws.metrics import LISTED_FOR, MetricsClient, requests_of, to_ask
from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.aws.projects import ProjectsClient
from bedrock_projects.doctor import diagnosis
from bedrock_projects.doctor.diagnosis import Finding
from bedrock_projects.doctor.examination import in_time
from bedrock_projects.errors import ServiceError, SettingsError
from bedrock_projects.model import Inventory
from bedrock_projects.projects.listing import RegionListing
from bedrock_projects.stacks.deployment import deployment_of
from bedrock_projects.stacks.settings import Settings

COST_DAYS = 30
_METRICS = ("cloudwatch:ListMetrics", "cloudwatch:GetMetricData")


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What to look at, and as of when; `now` with its time zone."""

    settings: Settings
    inventory: Inventory
    unused_days: int
    costs: bool
    now: datetime

    def findings(self) -> list[Finding]:
        """Everything that can be looked at; raises SettingsError or ServiceError where the account cannot be told."""
        found: list[Finding] = []
        listings: dict[str, Sequence[RemoteProject]] = {}
        looks: list[tuple[str, Callable[[], list[Finding]]]] = []
        if self.settings.scope != "billing":
            clients = self._clients()
            account = self._account(clients)
            if account.outcome == "failed":
                return [account]
            listings, refusals = _listings(clients)
            found += [account, *refusals]
            if listings:
                found += auditing.of_owned(auditing.owned(self.inventory, listings))
                found += auditing.of_limits(listings)
                looks.append(("without use", partial(self._use, listings)))
        if self.settings.scope != "projects":
            looks.append(("tag keys", partial(self._tag_keys, listings)))
        if self.costs:
            looks.append(("spend without project", self._spend))
        return found + in_time(looks)

    def _clients(self) -> list[ProjectsClient]:
        """One for each region of the environment; raises SettingsError where there is none."""
        deployment = deployment_of(self.settings, self.inventory)
        regions = {deployment.environment.region or self.settings.region}
        regions |= {region for entry in deployment.declared for region in (entry.region, entry.move_from)}
        if not any(regions):
            raise SettingsError(
                f"environment {deployment.environment.name!r} has no region; give it one in {self.settings.inventory}, "
                "or set `aws:region` in the stack's settings"
            )
        return [ProjectsClient(self.settings.credentials, region=region) for region in sorted(filter(None, regions))]

    def _account(self, clients: Sequence[ProjectsClient]) -> Finding:
        """Whose credentials these are: with others, all that follows would be about another account."""
        environment = self.inventory.environment(self.settings.environment)
        credentials = self.settings.credentials
        return diagnosis.of_account(
            caller_account(credentials, clients[0]),
            environment.account,
            environment=environment.name,
            credentials=str(credentials),
        )

    def _use(self, listings: Listings) -> list[Finding]:
        """Requests of our projects, over the regions that CloudWatch answers for."""
        if self.settings.auth == "bearer":
            says = "a Bedrock API key cannot ask CloudWatch"
            return [AuditFinding("without use", "unknown", says, "run this with AWS credentials and `auth: sigv4`")]
        found: list[Finding] = []
        requests: Counter[str] = Counter()
        answered: list[RemoteProject] = []
        days = self.unused_days
        for region, listed in listings.items():
            ours = auditing.owned(self.inventory, {region: listed}).ours
            try:
                counted, reach = self._requests(region, [project.id for project in ours])
            except ServiceError as error:
                found.append(auditing.of_look_up("without use", error, needs=_METRICS, policy="review", region=region))
            else:
                answered += ours
                requests.update(counted)
                days = min(days, reach)
        if len(found) < len(listings):
            found += auditing.of_use(answered, requests, since=(self.now - timedelta(days=days)).date())
        return found

    def _requests(self, region: str, ids: Sequence[str]) -> tuple[dict[str, int], int]:
        """Requests by project, and how many days back they can be told.

        Where AWS shows no series by project alone, those by model are known only as long as CloudWatch lists them.
        """
        client = MetricsClient(self.settings.credentials, region=region)
        asked = to_ask(client.series(), ids)
        since = self.now - timedelta(days=self.unused_days)
        sums = client.sums(asked, since=since, until=self.now)
        by_project = any(count and not series.model for series, count in sums.items())
        return requests_of(sums), self.unused_days if by_project else min(self.unused_days, LISTED_FOR.days)

    def _tag_keys(self, listings: Listings) -> list[Finding]:
        everywhere = self.settings.scope == "billing"
        in_use = keys_in_use(self.inventory, environment=None if everywhere else self.settings.environment)
        ours = auditing.owned(self.inventory, listings).ours
        try:
            statuses = BillingClient(self._billing_credentials).statuses()
        except ServiceError as error:
            return [auditing.of_look_up("tag keys", error, needs=("ce:ListCostAllocationTags",), policy="billing")]
        unneeded, carried = cost_auditing.unneeded_keys(self.inventory), cost_auditing.carried_since(ours)
        return [*cost_auditing.of_tag_keys(in_use, statuses, unneeded=unneeded, carried=carried)]

    def _spend(self) -> list[Finding]:
        """The costs of the last days by ownership tag and service: one request, or as many as it has pages."""
        since, until = self.now.date() - timedelta(days=COST_DAYS), self.now.date()
        key = self.inventory.ownership_tag_key
        request = {
            "TimePeriod": {"Start": since.isoformat(), "End": until.isoformat()},
            "Granularity": "MONTHLY",
            "Metrics": ["UnblendedCost"],
            "GroupBy": [{"Type": "TAG", "Key": key}, {"Type": "DIMENSION", "Key": "SERVICE"}],
        }
        try:
            client = CostExplorerClient(self._billing_credentials)
            groups = [g for page in client.cost_and_usage(request) for r in page["ResultsByTime"] for g in r["Groups"]]
        except ServiceError as error:
            return [auditing.of_look_up("spend without project", error, needs=("ce:GetCostAndUsage",), policy="costs")]
        spend = cost_auditing.bedrock_spend(groups)
        paid = f"{client.requests} paid request{'s' if client.requests > 1 else ''}, ${client.requests * PRICE}"
        return [cost_auditing.of_spend(spend, since=since, until=until - timedelta(days=1), paid=paid)]

    @property
    def _billing_credentials(self) -> BillingCredentials:
        settings = self.settings
        return BillingCredentials(
            profile=settings.billing_profile or settings.profile, role_arn=settings.billing_role_arn
        )


def _listings(clients: Sequence[ProjectsClient]) -> tuple[dict[str, Sequence[RemoteProject]], list[Finding]]:
    """The active projects of each region that shows them, and the refusals of the others."""
    listings: dict[str, Sequence[RemoteProject]] = {}
    refusals: list[Finding] = []
    for client in clients:
        region = client.region
        try:
            projects = RegionListing(client).projects()
        except ServiceError as error:
            needs = ("bedrock-mantle:ListProjects", "bedrock-mantle:ListTagsForResource")
            refusals.append(auditing.of_look_up(f"region {region}", error, needs=needs, policy="review", region=region))
        else:
            listings[region] = [project for project in projects if project.status == "active"]
    return listings, refusals
