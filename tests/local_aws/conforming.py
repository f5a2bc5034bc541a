"""An account that has something to look at for every check of `conformance`, and a run of a level without waiting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import MANTLE, RUNTIME, Endpoint
from bedrock_projects.aws.observing import Observer
from bedrock_projects.conformance.checks import Level, Outcome, Reason
from bedrock_projects.conformance.live.guest import Guest, Sender
from bedrock_projects.conformance.live.private_file import NAME, PrivateFile
from bedrock_projects.conformance.live.run import LevelRun, creating_looks, read_only_looks, run_level
from bedrock_projects.conformance.live.throw_away import Projects
from bedrock_projects.conformance.table import most_requests
from local_aws import LocalAws, RecordedRequest
from tests.local_aws.mantle import ACCOUNT, REGION, Mantle
from tests.local_aws.native import Native
from tests.local_aws.sessions import new_session

OWNER_KEY = "bedrock-project"
RUN = "test"
RUN_OF_CREATE = "20261129-abc123"
MODEL = "openai.gpt-oss-20b"
BUDGET = {
    "BudgetName": "two-keys",
    "BudgetType": "COST",
    "TimeUnit": "MONTHLY",
    "BudgetLimit": {"Amount": "1", "Unit": "USD"},
    "CostFilters": {"TagKeyValue": ["user:Team$Search", "user:bedrock-project$acme/dev/search"]},
    "FilterExpression": {
        "And": [
            {"Tags": {"Key": "Team", "Values": ["Search"]}},
            {"Tags": {"Key": OWNER_KEY, "Values": ["acme/dev/search"]}},
        ]
    },
}
BOTH: Mapping[Endpoint, Sequence[str]] = {MANTLE: [REGION], RUNTIME: [REGION]}
NAMES = {"monitoring": "cloudwatch", "servicequotas": "service-quotas", "tagging": "resourcegroupstaggingapi"}
"""Services that the recorder calls by their signing names."""


def furnish(aws: LocalAws) -> None:
    """Projects of both APIs with tags, archived ones, use, tag keys, and a budget by two keys."""
    mantle, native = Mantle(aws.url), Native(aws.url)
    for number in range(3):
        mantle.create(f"Search {number}", tags={"Team": "Search", OWNER_KEY: f"acme/dev/search-{number}"})
        native.create(f"Chat {number}", {"Team": "Chat"})
    aws.archive(mantle.create("Old", tags={"Team": "Search"})["id"])
    native.archived({"Team": "Chat"})
    used = mantle.call("GET").json["data"][1]["id"]
    aws.use(used, MODEL, 10, 10)
    mantle.post("/v1/chat/completions", {"model": MODEL, "messages": [{"role": "user", "content": "OK"}]})
    aws.tag_keys(ACCOUNT, [OWNER_KEY, "Team"])
    make_budget(aws, BUDGET)
    aws.clear_requests()


def make_budget(aws: LocalAws, budget: Mapping[str, object], *, account: str = ACCOUNT) -> None:
    """A budget of the account."""
    budgets = new_session().client(
        "budgets",
        endpoint_url=aws.url,
        region_name="us-east-1",
        aws_access_key_id=f"local-{account}",
        aws_secret_access_key="local-secret",
    )
    budgets.create_budget(AccountId=account, Budget=budget)


def forecasting_budget(name: str, *, limit: str, actual: str, forecast: str) -> dict[str, object]:
    """A monthly budget that counts as a stack makes it, with what AWS Budgets says of the running month."""
    spend = {"ActualSpend": actual, "ForecastedSpend": forecast}
    return {
        "BudgetName": name,
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": limit, "Unit": "USD"},
        "CostTypes": {"IncludeCredit": False, "IncludeRefund": False, "UseAmortized": False, "UseBlended": False},
        "CalculatedSpend": {which: {"Amount": amount, "Unit": "USD"} for which, amount in spend.items()},
    }


def use_account(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials of the account, an API key too."""
    for name, value in aws.environment(ACCOUNT).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", f"local-key-{ACCOUNT}-us-west-2")


def operations_of(requests: Sequence[RecordedRequest]) -> set[str]:
    """The operations of requests, by botocore's names of the services."""
    return {
        f"{NAMES.get(service, service)}:{name}"
        for request in requests
        for service, _, name in [request.operation.partition(":")]
    }


def iam_action(recorded: str) -> str:
    """The action in IAM; the recorder calls those of moto's services by the operation."""
    return {"budgets:DescribeBudgets": "budgets:ViewBudget"}.get(recorded, recorded)


@dataclass(frozen=True)
class Conformance:
    """A run of the level, and what the local AWS recorded of it."""

    run: LevelRun
    requests: Sequence[RecordedRequest]

    @property
    def operations(self) -> set[str]:
        """What was sent, by botocore's names of the services."""
        return operations_of(self.requests)

    def outcomes(self) -> Mapping[str, Outcome]:
        """What came of each check."""
        return self.run.outcomes()

    def differing(self) -> list[str]:
        """The questions with another answer than the expected one."""
        return [f"{r.check} {r.question.name}" for r in self.run.results if r.outcome is Outcome.DIFFERS]

    def not_holding(self) -> dict[str, str | Reason | None]:
        """The questions that do not hold, each with its answer, or why it has none."""
        return {
            f"{result.check} {result.question.name}": result.seen.answer if result.seen else result.reason
            for result in self.run.results
            if result.outcome is not Outcome.HOLDS
        }


def observer(*, region: str = REGION, auth: str = "sigv4") -> Observer:
    """One with the credentials of the environment; its clients take half a second to make."""
    return Observer(Credentials(auth=auth), region, user_agent=f"bedrock-projects-conformance/{RUN}")


def read_only(aws: LocalAws, sender: Sender, *, key: Observer | None = None) -> Conformance:
    """The level `read-only`, without waiting between requests."""
    guest = Guest(sender, most_requests(Level.READ_ONLY), clock=lambda: 0.0, sleep=lambda _: None, key=key)
    aws.clear_requests()
    done = run_level(Level.READ_ONLY, guest, read_only_looks(ACCOUNT, owner_key=OWNER_KEY), clock=lambda: 0.0)
    return Conformance(done, aws.requests())


def create(aws: LocalAws, sender: Sender, folder: Path, **tags: str) -> tuple[Conformance, Projects]:
    """The level `create` without waiting, and its projects, which are not archived at the end yet."""
    guest = create_guest(sender)
    private = PrivateFile(folder / NAME, RUN_OF_CREATE, ACCOUNT, REGION, "2026-11-29T12:00:00Z")
    made = Projects(guest, private, tags)
    aws.clear_requests()
    done = run_level(Level.CREATE, guest, creating_looks(made), clock=lambda: 0.0)
    return Conformance(done, aws.requests()), made


def create_guest(sender: Sender) -> Guest:
    """One that sends what the level `create` does."""
    return Guest(sender, most_requests(Level.CREATE), clock=lambda: 0.0, sleep=lambda _: None, remembers=False)
