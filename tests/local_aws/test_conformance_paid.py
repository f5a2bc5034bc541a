"""`conformance`, level paid, against the local AWS: all holds, switches, its cost, and what it leaves behind."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import local_aws
from bedrock_projects.aws.observing import Answer, Observer
from bedrock_projects.aws.prices import COST_EXPLORER_REQUEST
from bedrock_projects.conformance import create, paid
from bedrock_projects.conformance.checks import Ending, Level, Outcome, Reason
from bedrock_projects.conformance.live import levels
from bedrock_projects.conformance.live.create_run import run_paid
from bedrock_projects.conformance.live.guest import Guest, Sender
from bedrock_projects.conformance.live.private_file import NAME, PrivateFile
from bedrock_projects.conformance.policy import policy_of
from bedrock_projects.conformance.table import checks_of, most_requests
from bedrock_projects.iam.policies import Place
from local_aws import CostLine, Fault, LocalAws
from local_aws.settings import Settings
from tests.local_aws import conforming
from tests.local_aws.conforming import OWNER_KEY, RUN_OF_CREATE, Conformance
from tests.local_aws.mantle import ACCOUNT, REGION
from tests.unit.command_line import run
from tests.unit.iam import actions_of, allows

SERVICES = ("bedrock-mantle", "bedrock")
MODELS = ("openai.gpt-oss-20b", "openai.gpt-oss-20b-1:0")
CLAUDE = ("anthropic.claude-haiku-4-5", "anthropic.claude-haiku-4-5-20251001-v1:0")
NATIVE = "inference.unknown-id native"
CHANGES: Mapping[str, tuple[Mapping[str, Any], Mapping[str, object]]] = {
    "metric_series": ({"metric_series": "project_and_model"}, {"metrics.counts-it by-project": "not counted"}),
    "archived_inference": ({"archived_inference": "answered"}, {"inference.archived request": "answered"}),
    **{
        f"runtime_project_error {code}": ({"runtime_project_error": code}, {NATIVE: code})
        for code in ("ResourceNotFoundException", "AccessDeniedException")
    },
    "product_attributes": (
        {"product_attributes": "refused"},
        {
            "ce.product-attribute-keys keys": "refused",
            "ce.tag-and-attribute-in-one-request groups": "refused",
        },
    ),
    "cost_analytics_metrics": (
        {"cost_analytics_metrics": "refused"},
        {"ce.metrics-billed-list metrics": "refused"},
    ),
    "cost_page_size": ({"cost_page_size": 3}, {"ce.page-size groups": "fewer"}),
    "cost_page_size, more": ({"cost_page_size": paid.PAGE + 1}, {"ce.page-size groups": "more"}),
    "a page for all": ({"cost_page_size": 5000}, {"ce.page-size groups": Reason.NOTHING_TO_LOOK_AT}),
    "cost_data": (
        {"cost_data": "unavailable"},
        {
            f"{check.name} {question.name}": Reason.NOTHING_TO_LOOK_AT
            for check in checks_of(Level.PAID)
            for question in check.questions
            if check.name.startswith("ce.")
        },
    ),
}


@dataclass(frozen=True)
class Account:
    """An account with costs, and who sends requests in it."""

    aws: LocalAws
    sender: Observer
    folder: Path

    def paid(self, *models: str, sender: Sender | None = None) -> Conformance:
        """The level without waiting, with its archiving."""
        guest = Guest(
            sender or self.sender, most_requests(Level.PAID), clock=lambda: 0.0, sleep=lambda _: None, remembers=False
        )
        private = PrivateFile(self.folder / NAME, RUN_OF_CREATE, ACCOUNT, REGION, "2026-11-29T12:00:00+00:00")
        self.aws.clear_requests()
        done = run_paid(guest, private, {}, models=models or MODELS, owner_key=OWNER_KEY, clock=lambda: 0.0)
        assert list(done.left) == []
        return Conformance(done.level, self.aws.requests())

    def active(self) -> list[str]:
        """The names of all active projects but `default`, of both APIs."""
        projects = [project for service in SERVICES for project in self.aws.projects(service=service)]
        return [project.name for project in projects if project.active and project.id != "default"]


def line(number: int, **fields: Any) -> CostLine:
    yesterday = datetime.now(tz=timezone.utc).date() - timedelta(days=1)
    given = {"service": "Amazon Bedrock", "usage_type": f"USW2-{number}", "model": "Claude Haiku 4.5"} | fields
    return CostLine(account=ACCOUNT, day=yesterday, amount="0.01", **given)


@pytest.fixture(scope="module")
def _account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with local_aws.running() as aws, pytest.MonkeyPatch.context() as environment:
        for name, value in aws.environment(ACCOUNT).items():
            environment.setenv(name, value)
        credit = line(0, charge_type="Credit", model="")
        aws.costs([credit, *(line(number) for number in range(paid.PAGE + 2))])
        yield Account(aws, conforming.observer(), tmp_path_factory.mktemp("paid"))


@pytest.fixture
def account(_account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """One account for all tests; settings and faults end with each."""
    for name, value in _account.aws.environment(ACCOUNT).items():
        monkeypatch.setenv(name, value)
    before = _account.aws.settings()
    yield _account
    _account.aws.settings(**before)
    _account.aws.faults([])
    assert _account.active() == []


@pytest.mark.parametrize("models", [MODELS, CLAUDE], ids=["by Chat Completions", "by Messages"])
def test_all_holds_with_a_project_of_each_api(account: Account, models: tuple[str, ...]) -> None:
    done = account.paid(*models)
    assert (done.not_holding(), done.run.ending) == ({}, None)
    assert set(done.outcomes()) == {check.name for check in checks_of(Level.PAID)}
    assert sum(request.operation.endswith(":CreateProject") for request in done.requests) == 2


def test_what_is_sent_is_in_plan_and_policy(account: Account) -> None:
    done = account.paid()
    plan = most_requests(Level.PAID)
    inference = {"bedrock-mantle:CreateInference"}  # what the recorder calls both requests
    assert done.operations - inference <= plan.keys()
    asks = {"bedrock-mantle:CreateChatCompletion", "bedrock-mantle:CreateMessage"}
    assert plan.keys() - done.operations - asks <= {*create.BESIDES, "sts:GetCallerIdentity"}
    assert all(count <= plan[operation] for operation, count in done.run.sent.items())
    policy = policy_of(Level.PAID, Place(account=ACCOUNT, regions=conforming.BOTH))
    taken = {(action, resource) for request in done.requests for action, resource in request.permissions}
    assert [one for one in taken if not allows(policy, *one)] == []
    assert {"bedrock:InvokeModel", "bedrock-mantle:CreateInference", "ce:GetDimensionValues"} <= actions_of(policy)


def test_the_cost_is_what_the_plan_says() -> None:
    plan = most_requests(Level.PAID)
    asked = sum(count for name, count in plan.items() if name in ("ce:GetCostAndUsage", "ce:GetDimensionValues"))
    assert asked == paid.COST_EXPLORER_REQUESTS
    assert asked * COST_EXPLORER_REQUEST < paid.MOST_COST


@pytest.mark.parametrize("settings", [{}, {"archived_inference": "answered"}], ids=["as usual", "archived answered"])
def test_no_more_answers_of_models_are_paid_than_the_plan_says(account: Account, settings: Mapping[str, Any]) -> None:
    account.aws.settings(**settings)
    asked = ("CreateInference", "Converse")
    requests = [one for one in account.paid().requests if one.operation.endswith(asked)]
    assert 0 < sum(request.status == 200 for request in requests) <= paid.MOST_ANSWERS
    assert all("16" in str(request.body) for request in requests)


@pytest.mark.parametrize(("settings", "changed"), CHANGES.values(), ids=CHANGES)
def test_a_switch_changes_what_it_concerns_alone(
    account: Account, settings: Mapping[str, Any], changed: Mapping[str, object]
) -> None:
    account.aws.settings(**settings)
    assert account.paid().not_holding() == changed


def test_each_switch_of_the_table_is_flipped() -> None:
    flipped = {name for settings, _ in CHANGES.values() for name in settings}
    assert {q.switch for check in checks_of(Level.PAID) for q in check.questions} - {""} <= flipped
    assert flipped <= Settings.model_fields.keys()


def test_a_model_that_an_endpoint_does_not_know_decides_nothing_there(account: Account) -> None:
    not_holding = account.paid("openai.gpt-oss-20b").not_holding()
    assert not_holding == {
        "runtime.project-identifier request": Reason.MODEL,
        "inference.archived native": Reason.NOTHING_TO_LOOK_AT,
        NATIVE: Reason.NOTHING_TO_LOOK_AT,
    }


def test_a_request_that_cloudwatch_has_not_yet_is_not_a_difference(account: Account) -> None:
    class Late:
        def send(self, operation: str, parameters: Mapping[str, Any]) -> Answer:
            answer = account.sender.send(operation, parameters)
            is_metric = operation.startswith("cloudwatch:")
            return Answer({"MetricDataResults": [{"Id": "project", "Values": []}]}) if is_metric else answer

    done = account.paid(sender=Late())
    assert done.not_holding() == dict.fromkeys(
        ("metrics.counts-it by-project", "metrics.counts-it by-project-and-model"), Reason.TOO_EARLY
    )
    assert done.run.sent["cloudwatch:GetMetricData"] == len(paid.METRIC_PAUSES)


def test_a_policy_that_refuses_inference_ends_the_level_and_leaves_nothing(account: Account) -> None:
    account.aws.faults([Fault(kind="denied", action="bedrock-mantle:CreateInference", explicit=True)])
    done = account.paid()
    assert (done.run.ending, account.active()) == (Ending.POLICY, [])
    assert done.outcomes()["inference.project-header"] is Outcome.REFUSED


@pytest.mark.parametrize("kind", ["not_json", "cut_off", "server_error"])
def test_an_answer_that_is_none_decides_nothing(account: Account, kind: Any) -> None:
    services = ("bedrock-runtime", "ce", "monitoring")
    account.aws.faults(
        [Fault(kind=kind, operation=f"{service}:*") for service in services]
        + [Fault(kind=kind, operation="bedrock-mantle:CreateInference")]
    )
    done = account.paid()
    assert done.differing() == []
    assert Outcome.HOLDS not in done.outcomes().values()


def test_the_command_says_what_it_costs_and_writes_a_report(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(levels, "sleep", lambda _: None)
    options = ("conformance", "--paid", ACCOUNT, "--region", REGION, *(f"--model={model}" for model in MODELS))
    plan = run(*options, "--plan", folder=tmp_path)
    assert (plan.code, list(tmp_path.iterdir())) == (0, [])
    assert "Costs at most USD 0.10: 5 Cost Explorer API requests of USD 0.01, and at most 6 answers of 16 tokens." in (
        plan.out.splitlines()
    )
    done = run(*options, folder=tmp_path)
    assert done.code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "conformance-private.json",
        "conformance-report.json",
        "conformance-report.md",
    ]


WRONG: Mapping[str, tuple[tuple[str, ...], int, str]] = {
    "no model": (("--paid", ACCOUNT), 2, "--paid and --model go together; give both, or none"),
    "a model alone": (("--model", "m"), 2, "--paid and --model go together; give both, or none"),
    "three models": (("--paid", ACCOUNT, *("--model", "m") * 3), 2, "--model takes at most 2: one for each endpoint"),
    "both levels": (
        ("--paid", ACCOUNT, "--model", "m", "--create", ACCOUNT),
        2,
        "--create, --paid and --follow-up are levels; run one after the other",
    ),
    "another account": (
        ("--paid", "222222222222", "--model", "m"),
        1,
        "--paid: the credentials are of another account; give that account's twelve digits, or use --profile",
    ),
}


@pytest.mark.parametrize(("options", "code", "message"), WRONG.values(), ids=WRONG)
def test_wrong_options_are_one_sentence_and_nothing_is_paid(
    account: Account, tmp_path: Path, options: tuple[str, ...], code: int, message: str
) -> None:
    account.aws.clear_requests()
    done = run("conformance", "--region", REGION, *options, folder=tmp_path)
    assert done.code == code
    assert message in " ".join(done.err.replace("│", "").split())
    assert {request.operation for request in account.aws.requests()} <= {"sts:GetCallerIdentity"}
