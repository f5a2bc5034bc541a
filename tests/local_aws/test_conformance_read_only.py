"""`conformance`, level read-only, against the local AWS: all holds, and a switch changes what it concerns alone."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

import local_aws
from bedrock_projects.aws.observing import Observer
from bedrock_projects.conformance.checks import Ending, Level, Outcome, Reason
from bedrock_projects.conformance.policy import policy_of
from bedrock_projects.conformance.table import ACCOUNT as IDENTITY
from bedrock_projects.conformance.table import checks_of, most_requests
from bedrock_projects.iam.policies import Place
from local_aws import Fault, LocalAws
from local_aws.settings import Settings
from tests.local_aws import conforming
from tests.local_aws.conforming import Conformance
from tests.local_aws.mantle import ACCOUNT, Mantle
from tests.local_aws.native import Native
from tests.unit.iam import actions_of, allows

# Each answer of the table that a switch of the local AWS gives, and the questions that must change with it.
OF_NEW_USE = {"metric_series"}  # it holds for what is metered from then on
FLIPS = {
    f"{question.switch}={value}": (question.switch, value, f"{check.name} {question.name}", answer)
    for check in checks_of(Level.READ_ONLY)
    for question in check.questions
    for answer, value in question.values.items()
    if question.switch not in OF_NEW_USE
}
# What reading cannot see: other levels look at it, or nobody can from outside.
UNSEEN: Mapping[str, Any] = {
    "projects_per_account": 1,
    "projects_limit_per": "region",
    "projects_limit_counts_archived": True,
    "projects_limit_status": 429,
    "projects_quota": "unlisted",
    "tags_per_project": 200,
    "tags_counted": "additions_first",
    "names": "guide",
    "duplicate_names": "refused",
    "archived_get": "not_found",
    "archived_update": "carried_out",
    "archived_archive": "refused",
    "archived_inference": "answered",
    "write_answers": "bare",
    "native_projects_per_account": 1,
    "native_archived_get": "not_found",
    "native_archived_update": "carried_out",
    "native_archived_tag": "carried_out",
    "native_refusal": "ConflictException",
    "native_tag_lag": 1,
    "runtime_project_error": "AccessDeniedException",
    "runtime_usage_tags": "tagged",
    "index_lag_seconds": 0,
    "bearer_region": "eu-west-1",
    "undiscovered_key": "documented",
    "discovery_hours": 1,
    "active_keys": 1,
    "backfill_hours": 1,
    "backfill_outcome": "FAILED",
    "cost_data": "unavailable",
    "cost_history_months": 38,
    "bill_final_day": 5,
    "invoice_day": 5,
    "credit_memo_amounts": "positive",
    "cost_page_size": 1,
    "marketplace_tags": "missing",
    "credit_tags": "kept",
    "product_attributes": "refused",
    "cost_analytics_metrics": "refused",
    "resource_costs": "off",
    "forecast_history_days": 1,
}
# Switches after which a check cannot be decided: the reason, by question.
UNDECIDED: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Reason]]] = {
    "a rate of requests": (
        {"native_requests_a_second": 0.001},
        {
            "tags.of-default native": Reason.THROTTLED,
            "stores.one-or-two there": Reason.THROTTLED,
            "native.list-includes-archived archived": Reason.THROTTLED,
            "tagging-index.knows-projects native": Reason.THROTTLED,
            "retention.account-mode mode": Reason.THROTTLED,
        },
    ),
    "an index that refuses": (
        {"project_index": "refuses"},
        {
            "tagging-index.knows-projects projects": Reason.PERMISSION,
            "tagging-index.knows-projects native": Reason.PERMISSION,
        },
    ),
    "projects without tags": (
        {"omit_fields": ["tags"]},
        {
            "list.tags-are-true tags": Reason.NOTHING_TO_LOOK_AT,
            "tagging-index.knows-projects projects": Reason.NOTHING_TO_LOOK_AT,
        },
    ),
}
DENIED = ("access_denied", "AccessDeniedException")
# Both questions of one check look at the same switch, from each side.
TOGETHER = {"stores.one-or-two there": "stores.one-or-two back", "stores.one-or-two back": "stores.one-or-two there"}


@dataclass(frozen=True)
class Account:
    """An account, and who sends requests in it."""

    aws: LocalAws
    sender: Observer
    key: Observer

    def read_only(self) -> Conformance:
        """The level, with signatures and the API key."""
        return conforming.read_only(self.aws, self.sender, key=self.key)


@pytest.fixture(scope="module")
def _account() -> Iterator[Account]:
    with local_aws.running() as aws, pytest.MonkeyPatch.context() as environment:
        conforming.furnish(aws)
        conforming.use_account(aws, environment)
        yield Account(aws, conforming.observer(), conforming.observer(auth="bearer"))


@pytest.fixture
def furnished(_account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """One account for all tests, which only read; settings and faults end with each."""
    conforming.use_account(_account.aws, monkeypatch)
    before = _account.aws.settings()
    yield _account
    _account.aws.settings(**before)
    _account.aws.faults([])


def test_all_holds_on_the_local_aws(furnished: Account) -> None:
    done = furnished.read_only()
    assert done.not_holding() == {}
    assert set(done.outcomes()) == {check.name for check in checks_of(Level.READ_ONLY)}
    assert set(done.outcomes().values()) == {Outcome.HOLDS}
    assert done.run.ending is None


def test_only_reading_operations_are_sent_and_they_are_those_of_plan_and_policy(furnished: Account) -> None:
    done = furnished.read_only()
    assert {request.operation.partition(":")[2][:3] for request in done.requests} <= {"Get", "Lis", "Des"}
    plan = most_requests(Level.READ_ONLY)
    assert done.operations | {IDENTITY} == set(plan)
    assert done.run.sent.keys() | {IDENTITY} == set(plan)
    assert all(count <= plan[operation] for operation, count in done.run.sent.items())
    assert sum(done.run.sent.values()) == len(done.requests)
    policy = policy_of(Level.READ_ONLY, Place(account=ACCOUNT, regions=conforming.BOTH), bearer=True)
    taken = {(action, resource) for request in done.requests for action, resource in request.permissions}
    taken = {(conforming.iam_action(action), resource) for action, resource in taken}
    assert [(action, resource) for action, resource in taken if not allows(policy, action, resource)] == []
    assert actions_of(policy) - {"sts:GetCallerIdentity"} == {action for action, _ in taken}


def test_each_request_says_which_run_it_is_of(furnished: Account) -> None:
    done = furnished.read_only()
    agents = {request.headers["user-agent"].rpartition(" ")[2] for request in done.requests}
    assert agents == {"bedrock-projects-conformance/test"}


@pytest.mark.parametrize(("switch", "value", "question", "answer"), FLIPS.values(), ids=FLIPS)
def test_a_switch_changes_what_it_concerns_alone(
    furnished: Account, switch: str, value: Any, question: str, answer: str
) -> None:
    furnished.aws.settings(**{switch: value})
    done = furnished.read_only()
    assert done.not_holding() == dict.fromkeys({question, TOGETHER.get(question, question)}, answer)
    assert set(done.differing()) == set(done.not_holding())


@pytest.mark.parametrize(("settings", "reasons"), UNDECIDED.values(), ids=UNDECIDED)
def test_what_cannot_be_decided_does_not_hold(
    furnished: Account, settings: Mapping[str, Any], reasons: Mapping[str, Reason]
) -> None:
    furnished.aws.settings(**settings)
    done = furnished.read_only()
    assert (done.not_holding(), done.differing()) == (reasons, [])


def test_series_by_both_dimensions_alone_are_seen(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    aws.settings(metric_series="project_and_model")
    conforming.furnish(aws)
    conforming.use_account(aws, monkeypatch)
    done = conforming.read_only(aws, conforming.observer(), key=conforming.observer(auth="bearer"))
    assert done.not_holding() == {"metrics.project-dimension series": "by project and model only"}


def test_a_late_index_is_seen(furnished: Account) -> None:
    furnished.aws.settings(project_index="lags", index_lag_seconds=100_000)
    assert furnished.read_only().not_holding() == {"tagging-index.knows-projects native": "none"}


def test_no_other_switch_changes_anything(furnished: Account) -> None:
    furnished.aws.settings(**UNSEEN)
    assert furnished.read_only().not_holding() == {}


def test_each_switch_is_looked_at_or_not_seen_by_reading() -> None:
    concerned = {question.switch for check in checks_of(Level.READ_ONLY) for question in check.questions}
    undecided = {name for settings, _ in UNDECIDED.values() for name in settings}
    assert sorted((concerned | undecided) - {""}) == sorted(Settings.model_fields.keys() - UNSEEN.keys())


def test_an_account_without_anything_holds_only_what_needs_nothing(
    aws: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    conforming.use_account(aws, monkeypatch)
    done = conforming.read_only(aws, conforming.observer())
    assert {name for name, outcome in done.outcomes().items() if outcome is Outcome.HOLDS} == {
        "endpoint.resolves",
        "auth.sigv4",
        "get.made-up-id",
        "get.default",
        "tags.of-default",
        "retention.account-mode",
        "billing.may-list-keys",
        "billing.key-status",  # AWS's own keys are always there
    }
    assert done.differing() == []
    assert done.not_holding()["auth.bearer key"] is Reason.NO_API_KEY
    assert done.not_holding()["stores.one-or-two there"] is Reason.NOTHING_TO_LOOK_AT


def test_an_api_key_of_another_account_is_not_taken_for_this_one(
    furnished: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "local-key-222222222222-us-west-2")
    done = conforming.read_only(furnished.aws, furnished.sender, key=conforming.observer(auth="bearer"))
    assert done.not_holding() == {"auth.bearer key": Reason.ANOTHER_ACCOUNT}


def test_an_api_key_that_is_not_accepted_decides_nothing(furnished: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "not-a-key")
    done = conforming.read_only(furnished.aws, furnished.sender, key=conforming.observer(auth="bearer"))
    assert (done.not_holding(), done.run.ending) == ({"auth.bearer key": Reason.REFUSED}, None)


def test_a_member_account_may_not_list_keys(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    conforming.use_account(aws, monkeypatch)
    aws.organization(management="999999999999", members=[ACCOUNT])
    done = conforming.read_only(aws, conforming.observer())
    assert done.outcomes()["billing.may-list-keys"] is Outcome.HOLDS
    assert done.not_holding()["billing.key-status words"] is Reason.PERMISSION


@pytest.mark.parametrize("action", ["bedrock-mantle:GetProject", "bedrock:ListProjects", "ce:ListCostAllocationTags"])
def test_a_denied_request_is_not_sent_twice(furnished: Account, action: str) -> None:
    furnished.aws.faults([Fault(kind="denied", action=action)])
    done = furnished.read_only()
    assert len([request for request in done.requests if request.status in (400, 403) and request.code in DENIED]) == 1
    assert done.differing() == []
    assert Reason.PERMISSION in done.not_holding().values()
    assert done.run.ending is None


ENDINGS: Mapping[str, tuple[Fault, Ending]] = {
    "a service control policy": (Fault(kind="denied", action="bedrock-mantle:*", explicit=True), Ending.POLICY),
    "an expired session": (Fault(kind="expired_credentials", operation="bedrock*"), Ending.CREDENTIALS),
    "an endpoint that does not answer": (
        Fault(kind="reset_before", operation="bedrock-mantle:*"),
        Ending.NO_ENDPOINT,
    ),
    "a proxy that refuses": (Fault(kind="not_json", status=403, operation="bedrock-mantle:*"), Ending.NO_ENDPOINT),
    "a proxy that does not know it": (
        Fault(kind="not_json", status=404, operation="bedrock-mantle:*"),
        Ending.NO_ENDPOINT,
    ),
}


@pytest.mark.parametrize(("fault", "ending"), ENDINGS.values(), ids=ENDINGS)
def test_what_no_other_request_can_do_better_ends_the_level(furnished: Account, fault: Fault, ending: Ending) -> None:
    furnished.aws.faults([fault])
    done = furnished.read_only()
    assert (done.run.ending, len(done.requests)) == (ending, 1)
    assert Outcome.HOLDS not in done.outcomes().values()
    assert len(done.outcomes()) == len(checks_of(Level.READ_ONLY))


def test_a_region_without_the_endpoint_ends_the_level(furnished: Account) -> None:
    done = conforming.read_only(furnished.aws, conforming.observer(region="eu-west-3"))
    assert (done.run.ending, len(done.requests)) == (Ending.NO_ENDPOINT, 1)


@pytest.mark.parametrize("kind", ["not_json", "cut_off", "server_error", "reset_before"])
def test_an_answer_that_is_none_decides_nothing(furnished: Account, kind: Any) -> None:
    services = ("bedrock", "tagging", "monitoring", "ce", "budgets")
    furnished.aws.faults([Fault(kind=kind, operation=f"{service}:*") for service in services])
    done = furnished.read_only()
    assert done.differing() == []
    assert set(done.not_holding().values()) <= {Reason.NO_ANSWER, Reason.NOTHING_TO_LOOK_AT}
    assert done.not_holding()


def test_no_name_of_a_check_is_used_twice_and_each_is_stable() -> None:
    names = [check.name for check in checks_of(Level.READ_ONLY)]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9-]+\.[a-z0-9-]+", name) for name in names)


def test_an_account_with_many_projects_is_read_within_the_plan(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    mantle, native = Mantle(aws.url), Native(aws.url)
    for number in range(215):
        mantle.create(f"Search {number}", tags={"Team": "Search"})
        native.create(f"Chat {number}", {"Team": "Chat"})
    for _ in range(105):
        native.archived()
    conforming.use_account(aws, monkeypatch)
    done = conforming.read_only(aws, conforming.observer(), key=conforming.observer(auth="bearer"))
    plan = most_requests(Level.READ_ONLY)
    assert all(count <= plan[operation] for operation, count in done.run.sent.items())
    assert Reason.TOO_MANY not in done.not_holding().values()
    assert done.differing() == []
    assert done.run.sent["bedrock:ListProjects"] == 4 + 2
