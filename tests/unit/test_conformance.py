"""`conformance` without AWS: how a check is judged, how requests are spaced, and what a report may hold."""

import json
import re
import stat
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.aws.endpoints import ENDPOINTS
from bedrock_projects.aws.observing import SENT, Answer
from bedrock_projects.conformance import report as reports
from bedrock_projects.conformance.checks import (
    OTHER,
    Ending,
    Level,
    LevelEndedError,
    NotCheckedError,
    Outcome,
    Reason,
    Seen,
    outcome_of,
    results_of,
)
from bedrock_projects.conformance.live.guest import Guest
from bedrock_projects.conformance.live.one_at_a_time import alone
from bedrock_projects.conformance.plan import CONSEQUENCES, plan_lines
from bedrock_projects.conformance.policy import policy_of
from bedrock_projects.conformance.table import CHECKS, checks_of, most_requests
from bedrock_projects.errors import AccessDeniedError, CredentialsError, ServiceError, ThrottledError
from bedrock_projects.iam.permissions import OPERATIONS
from bedrock_projects.iam.policies import Place
from tests.unit.command_line import run
from tests.unit.iam import actions_of

ROOT = Path(__file__).parents[2]
CANARY = "canary-7d1f"
NAMES = (
    *("format", "service", "region", "date", "versions", "levels", "ended", "requests", "seconds", "checks", "outcome"),
    *("questions", "expected", "reason", "answer", "status", "code", "bedrock-projects", "boto3", "python"),
    *("aws", "unknown", "2026-11-29"),
)
"""What a report has in any case."""
LIST = "ce:ListCostAllocationTags"


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Aws:
    """Answers every request with the same, and remembers when each came."""

    def __init__(self, clock: Clock, answer: Answer | ServiceError) -> None:
        self.clock = clock
        self.answer = answer
        self.times: list[float] = []
        self.delay = 0.0

    def send(self, operation: str, parameters: Mapping[str, Any]) -> Answer:
        self.clock.now += self.delay
        self.times.append(self.clock.now)
        if isinstance(self.answer, ServiceError):
            raise self.answer
        return self.answer


def guest_of(answer: Answer | ServiceError, *, most: int = 100) -> tuple[Guest, Aws]:
    clock = Clock()
    aws = Aws(clock, answer)
    return Guest(aws, {LIST: most}, clock=lambda: clock.now, sleep=clock.sleep), aws


def error(kind: type[ServiceError], message: str = "no") -> ServiceError:
    return kind(message, action="asking")


@given(delays=st.lists(st.floats(0, 2), min_size=3, max_size=20))
def test_at_most_two_requests_arrive_in_any_second_however_long_they_travel(delays: list[float]) -> None:
    guest, aws = guest_of(Answer())
    for number, delay in enumerate(delays):
        aws.delay = delay
        guest.ask(LIST, page=number)
    assert all(sum(start <= moment < start + 0.999 for moment in aws.times) <= 2 for start in aws.times)
    assert aws.times[-1] <= sum(delays) + len(delays) / 2


def test_what_was_read_is_not_read_again() -> None:
    guest, aws = guest_of(Answer({"a": 1}))
    assert [guest.ask(LIST, page=1).body for _ in range(3)] == [{"a": 1}] * 3
    assert len(aws.times) == 1


def test_no_more_is_sent_than_the_plan_says_and_nothing_else() -> None:
    guest, aws = guest_of(Answer(), most=2)
    for page in (1, 2):
        guest.ask(LIST, page=page)
    with pytest.raises(NotCheckedError) as end:
        guest.ask(LIST, page=3)
    assert (end.value.reason, len(aws.times)) == (Reason.TOO_MANY, 2)
    with pytest.raises(ValueError, match="GetCostAndUsage"):
        guest.ask("ce:GetCostAndUsage")


POLICY = "not authorized to perform: x with an explicit deny in a service control policy"
REFUSALS: Mapping[str, tuple[ServiceError, type[Exception], object]] = {
    "control policy": (error(AccessDeniedError, POLICY), LevelEndedError, Ending.POLICY),
    "tag policy": (error(ServiceError, "The tag policy does not allow the value"), LevelEndedError, Ending.POLICY),
    "expired": (error(CredentialsError), LevelEndedError, Ending.CREDENTIALS),
    "denied": (error(AccessDeniedError), NotCheckedError, Reason.PERMISSION),
    "throttled": (error(ThrottledError), NotCheckedError, Reason.THROTTLED),
}


@pytest.mark.parametrize(("refusal", "kind", "why"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_ends_the_check_or_the_level_and_is_not_sent_again(
    refusal: ServiceError, kind: type[Exception], why: object
) -> None:
    guest, aws = guest_of(Answer(refusal=refusal))
    for _ in range(2):
        with pytest.raises(kind) as end:
            guest.ask(LIST)
        assert why in vars(end.value).values()
    assert len(aws.times) == 1


def test_a_denial_that_a_check_tolerates_does_not_keep_other_requests_back() -> None:
    guest, aws = guest_of(Answer(refusal=error(AccessDeniedError)))
    for page in (1, 2):
        assert guest.ask(LIST, page=page, tolerates=(AccessDeniedError,)).refusal is not None
    assert len(aws.times) == 2
    for page in (3, 4):
        with pytest.raises(NotCheckedError):
            guest.ask(LIST, page=page)
    assert len(aws.times) == 3


answers = st.dictionaries(
    st.sampled_from(["host", "archived", "tags"]), st.builds(Seen, st.text()) | st.sampled_from(Reason)
)


@given(check=st.sampled_from(CHECKS), found=answers)
def test_a_check_holds_only_if_each_of_its_questions_has_an_expected_answer(check: Any, found: Any) -> None:
    results = results_of(check, found)
    holds = outcome_of(results) is Outcome.HOLDS
    assert holds == all(
        isinstance(found.get(question.name), Seen) and found[question.name].answer in question.expected
        for question in check.questions
    )
    assert all(result.seen is None or result.seen.answer in result.question.answers for result in results)


def strings_of(value: Any) -> set[str]:
    """All strings in JSON, keys too."""
    if isinstance(value, dict):
        return set(value).union(*map(strings_of, value.values()))
    if isinstance(value, list):
        return set().union(*map(strings_of, value))
    return {value} if isinstance(value, str) else set()


def report_with(answer: Seen) -> dict[str, Any]:
    results = [result for check in CHECKS for result in results_of(check, {q.name: answer for q in check.questions})]
    level = reports.LevelReport(
        level=Level.READ_ONLY, results=results, ending=Ending.POLICY, requests=12_345, seconds=1234.5
    )
    header = reports.Header(
        region=CANARY, day=date(2026, 11, 29), versions=dict.fromkeys(("boto3", "python"), CANARY), is_aws=True
    )
    return reports.report_of(header, [level])


ANSWERS = sorted({answer for check in CHECKS for question in check.questions for answer in question.answers})


@given(answer=st.builds(Seen, st.text() | st.sampled_from(ANSWERS), st.integers() | st.none(), st.text()))
def test_a_report_holds_values_of_closed_lists_alone(answer: Seen) -> None:
    report = report_with(answer)
    closed = {
        *reports.CODES,
        OTHER,
        *(outcome.value for outcome in Outcome),
        *(reason.value for reason in Reason),
        *(ending.value for ending in Ending),
        *(level.value for level in Level),
        *(check.name for check in CHECKS),
        *(question.name for check in CHECKS for question in check.questions),
        *(text for check in CHECKS for question in check.questions for text in question.answers),
        *(question.switch for check in CHECKS for question in check.questions),
        *strings_of([list(question.values.values()) for check in CHECKS for question in check.questions]),
        *NAMES,
        "over 1,000",
        "switch",
    }
    assert strings_of(report) <= closed
    numbers = set().union(*(numbers_of(question.values) for check in CHECKS for question in check.questions))
    assert {value for value in numbers_of(report) if value not in range(100, 600)} <= {1, 1800} | numbers


def numbers_of(value: Any) -> set[int]:
    if isinstance(value, dict):
        return set().union(*map(numbers_of, value.values()))
    return {value} if isinstance(value, int) else set()


@pytest.mark.parametrize("field", ["answer", "code"])
def test_a_canary_is_in_no_form_of_the_report(field: str) -> None:
    report = report_with(Seen(CANARY) if field == "answer" else Seen("answers", 404, CANARY))
    for text in (reports.as_json(report), reports.as_markdown(report)):
        assert CANARY not in text
    assert json.loads(reports.as_json(report)) == report


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0"), (1, "1-10"), (10, "1-10"), (11, "11-30"), (1000, "301-1,000"), (9999, "over 1,000")]
)
def test_a_count_is_a_range(count: int, words: str) -> None:
    assert reports.count_range(count) == words


def test_each_operation_of_a_check_can_be_sent_and_has_its_permissions() -> None:
    sent = {f"{service}:{name}" for service, names in SENT.items() for name in names}
    planned = {operation for level in Level for operation in most_requests(level)}
    assert planned == sent
    assert planned <= OPERATIONS.keys()


@pytest.mark.parametrize("level", Level)
def test_the_plan_names_each_operation_with_its_most_requests(level: Level) -> None:
    lines = list(plan_lines(level, region="us-west-2", user_agent="agent/1"))
    shown = {words[0]: int(words[1]) for line in lines if len(words := line.split()) == 2 and words[1].isdecimal()}
    assert shown == most_requests(level)
    assert set(vars(CONSEQUENCES[level]).values()) <= set(lines)


@pytest.mark.parametrize(
    "check", [*checks_of(Level.READ_ONLY), *checks_of(Level.FOLLOW_UP)], ids=lambda check: str(check.name)
)
def test_a_reading_check_sends_only_operations_named_get_list_or_describe(check: Any) -> None:
    assert all(operation.partition(":")[2].startswith(("Get", "List", "Describe")) for operation in check.sends)


def test_values_of_switches_are_of_answers_that_differ() -> None:
    for check in CHECKS:
        for question in check.questions:
            assert question.values.keys() <= set(question.others), check.name
            assert question.switch or not question.values, check.name


# Unknown rows of the service notes that no level settles, by their first words.
UNSETTLED = {
    "other types of a project's fields": "each type can be read",
    "the limit of requests a second": "a quota would have to be used up",
    "regions": "a run asks in one region",
    "other statuses than": "an account without such a project does not show them",
    "whether a throttled request counts": "a quota would have to be used up",
    "whether credits carry tags": "takes requests to Cost Explorer",
    "which names `model` has": "takes requests to Cost Explorer",
    "the sign of a credit memo": "no check asks for invoices",
    "when a month is invoiced": "no check asks for invoices",
    "how later changes of a month": "no check asks for invoices",
    "what a member account sees": "no check asks for invoices",
    "ids, due dates, rounding": "no check asks for invoices",
    "two keys that normalize to one": "an export would have to be read",
    "which keys `Tags` of FOCUS has": "an export would have to be read",
}


def test_each_unknown_row_of_the_service_notes_names_its_check_or_has_a_reason() -> None:
    notes = (ROOT / "docs/service-notes.md").read_text("utf-8")
    rows = [line.strip("| ").split(" | ") for line in notes.splitlines() if line.startswith("| ")]
    unknown = {cells[0]: set(re.findall(r"`([^`]+)`", cells[1])) for cells in rows if "unknown" in cells[1]}
    unknown = {row: names for row, names in unknown.items() if row != "unknown"}
    assert {name for names in unknown.values() for name in names} <= {check.name for check in CHECKS}
    without = [row for row, names in unknown.items() if not names]
    assert [row for row in without if not any(row.startswith(words) for words in UNSETTLED)] == []
    assert [words for words in UNSETTLED if not any(row.startswith(words) for row in without)] == []


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("bearer", [False, True])
def test_the_policy_of_a_level_is_printed(tmp_path: Path, level: Level, bearer: bool) -> None:
    done = run("iam", "conformance", level.value, *(["--bearer"] if bearer else []), folder=tmp_path)
    expected = policy_of(level, Place(regions=dict.fromkeys(ENDPOINTS.values(), ())), bearer=bearer)
    assert (done.code, done.err, json.loads(done.out)) == (0, "", expected)
    actions = {action.partition(":")[2] for action in actions_of(expected)}
    assert ("CallWithBearerToken" in actions) is bearer
    reading = {"Get", "Lis", "Cal", "Vie"}  # budgets:ViewBudget is what DescribeBudgets takes
    assert ({action[:3] for action in actions} <= reading) is (level in (Level.READ_ONLY, Level.FOLLOW_UP))


def test_the_folder_of_locks_is_for_its_user_alone(tmp_path: Path) -> None:
    """The name of a lock has the account."""
    folder = tmp_path / "cache"
    with alone(folder, "111122223333", "us-west-2"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(lock.stat().st_mode) for lock in folder.iterdir()} == {0o600}
