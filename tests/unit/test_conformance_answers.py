"""`conformance` with rare answers of AWS, each given by a script: which answer a question gets, or why it has none."""

import errno
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from bedrock_projects.aws.endpoints import MANTLE, RUNTIME, Endpoint
from bedrock_projects.aws.observing import Answer
from bedrock_projects.conformance.both_answers import contradicts, handling_of
from bedrock_projects.conformance.checks import (
    OTHER,
    Ending,
    Level,
    LevelEndedError,
    NotCheckedError,
    Reason,
    Seen,
)
from bedrock_projects.conformance.create import MARKER_KEY
from bedrock_projects.conformance.follow_up import MOST_PAGES as MOST_COST_PAGES
from bedrock_projects.conformance.live.create_run import run_and_archive
from bedrock_projects.conformance.live.follow_up import FollowUp, follow_up_looks
from bedrock_projects.conformance.live.guest import Guest, Sender
from bedrock_projects.conformance.live.one_at_a_time import alone
from bedrock_projects.conformance.live.paid import Paying, paying_looks
from bedrock_projects.conformance.live.private_file import NAME, PrivateFile, ThrowAway, check_place, load
from bedrock_projects.conformance.live.run import Look, account_of, creating_looks, read_only_looks, run_level
from bedrock_projects.conformance.live.throw_away import Projects, leftovers
from bedrock_projects.conformance.published import check_folder
from bedrock_projects.conformance.read_only import MOST_PAGES
from bedrock_projects.conformance.reading import read_report
from bedrock_projects.conformance.table import CHECKS, checks_of, most_requests
from bedrock_projects.errors import AccessDeniedError, CredentialsError, NoDataError, ServiceError, SettingsError
from tests.unit.command_line import repository

ACCOUNT, REGION, RUN = "111122223333", "us-west-2", "20261129-abc123"
TODAY = date(2026, 11, 29)
NOTHING = Reason.NOTHING_TO_LOOK_AT
CODE = "ValidationException"
REFUSED = Answer(refusal=ServiceError("no", action="asking", code=CODE, status=400))
DENIED = Answer(refusal=AccessDeniedError("no", action="asking", code="AccessDeniedException", status=403))
EXPIRED = Answer(refusal=CredentialsError("no", action="asking", code="ExpiredToken", status=403))
NO_DATA = Answer(refusal=NoDataError("no", action="asking", code="DataUnavailableException", status=400))
KEYS, COSTS, RESOURCES = (
    f"ce:{name}" for name in ("ListCostAllocationTags", "GetCostAndUsage", "GetCostAndUsageWithResources")
)
LIST, NATIVE_LIST = (endpoint.action("ListProjects") for endpoint in (MANTLE, RUNTIME))

Script = Mapping[str, Answer | Sequence[Answer] | Callable[[Mapping[str, Any]], Answer]]
"""By operation: one answer for all requests, an answer for each, or what makes one of the parameters."""


class Scripted:
    """Answers by a script; an operation that it does not name is not to be sent."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    @property
    def sent(self) -> Counter[str]:
        """How often each operation was sent."""
        return Counter(operation for operation, _ in self.asked)

    def send(self, operation: str, parameters: Mapping[str, Any]) -> Answer:
        answer = self._script[operation]
        number = self.sent[operation]
        self.asked.append((operation, parameters))
        if isinstance(answer, Answer):
            return answer
        return answer[number] if isinstance(answer, Sequence) else answer(parameters)


def guest_of(level: Level, sender: Sender, *, key: Sender | None = None) -> Guest:
    return Guest(sender, most_requests(level), clock=lambda: 0.0, sleep=lambda _: None, key=key)


def answers_of(level: Level, guest: Guest, looks: Mapping[str, Look], check: str) -> Mapping[str, Seen | Reason | None]:
    """The answer to each question of the check, or why it has none; no other check looks at anything."""
    silent: dict[str, Look] = {one.name: lambda _: {} for one in checks_of(level)}
    done = run_level(level, guest, silent | {check: looks[check]}, clock=lambda: 0.0)
    return {result.question.name: result.seen or result.reason for result in done.results if result.check == check}


def read_only(script: Script, check: str, *, key: Sender | None = None) -> Mapping[str, Seen | Reason | None]:
    guest = guest_of(Level.READ_ONLY, Scripted(script), key=key)
    return answers_of(Level.READ_ONLY, guest, read_only_looks(ACCOUNT, owner_key="bedrock-project"), check)


def private_file(folder: Path, *projects: ThrowAway) -> PrivateFile:
    started = datetime.now(tz=timezone.utc) - timedelta(days=4)
    return PrivateFile(folder / NAME, RUN, ACCOUNT, REGION, started.isoformat(), list(projects))


def projects_of(folder: Path, script: Script, *numbers: int, level: Level = Level.CREATE) -> tuple[Projects, Scripted]:
    """The projects of a run, of which those with the numbers are created."""
    made = {"id": "proj_a", "arn": "arn:aws:bedrock:us-west-2:111122223333:project/proj_a"}
    sender = Scripted({**{one.action("CreateProject"): Answer(made) for one in (MANTLE, RUNTIME)}, **script})
    projects = Projects(guest_of(level, sender), private_file(folder), {})
    for number in numbers:
        projects.create(number, MANTLE if number < 3 else RUNTIME, name=projects.name(number))
    sender.asked.clear()
    return projects, sender


def create(folder: Path, script: Script, check: str, *numbers: int) -> Mapping[str, Seen | Reason | None]:
    projects, _ = projects_of(folder, script, *numbers)
    return answers_of(Level.CREATE, projects.guest, creating_looks(projects), check)


# The level `follow-up`


def follow_up(folder: Path, sender: Scripted, check: str) -> Mapping[str, Seen | Reason | None]:
    """A look at a run of four days ago whose project of the OpenAI-shaped API had an answer."""
    private = private_file(folder, ThrowAway(MANTLE.name, "n", id="proj_a", was_answered=True))
    looks = follow_up_looks(FollowUp(private, datetime.now(tz=timezone.utc)))
    return answers_of(Level.FOLLOW_UP, guest_of(Level.FOLLOW_UP, sender), looks, check)


def lines(*usage_types: str, token: str = "") -> Answer:
    """A page of Cost Explorer with a group for each usage type; `token` names the next page."""
    groups = [{"Keys": ["Amazon Bedrock", usage_type]} for usage_type in usage_types]
    return Answer({"ResultsByTime": [{"Groups": groups}], "NextPageToken": token})


def marker(changed: str) -> Answer:
    """The marker key as Billing shows it, active since then."""
    return Answer({"CostAllocationTags": [{"TagKey": MARKER_KEY, "Status": "Active", "LastUpdatedDate": changed}]})


OF_PROJECTS = f"USW2-gpt{MANTLE.usage_type_mark}input-tokens-standard"
ACTIVE = marker("2026-01-01T00:00:00Z")
TAG, OF_RESOURCE = "cost.tag-on-project-line", "cost.resource-id-is-project-arn"


@pytest.mark.parametrize(
    ("check", "script", "expected"),
    [
        ("billing.key-known-after", {KEYS: REFUSED}, {"key": Reason.REFUSED}),
        (TAG, {COSTS: REFUSED}, {"tag": Reason.REFUSED}),
        (TAG, {COSTS: NO_DATA}, {"tag": NOTHING}),
        (OF_RESOURCE, {RESOURCES: REFUSED}, {"resource-id": Reason.REFUSED}),
    ],
)
def test_a_look_at_the_bill_that_is_refused_decides_nothing(
    tmp_path: Path, check: str, script: Script, expected: Mapping[str, Reason]
) -> None:
    assert follow_up(tmp_path, Scripted(script), check) == expected


def test_a_key_with_an_unreadable_day_is_not_taken_for_active(tmp_path: Path) -> None:
    """And lines without the tag, which cost a request, are not asked for."""
    sender = Scripted({COSTS: lines(), KEYS: marker("some day")})
    assert follow_up(tmp_path, sender, TAG) == {"tag": Reason.KEY_NOT_ACTIVE}
    assert sender.sent[COSTS] == 1


def test_a_line_without_the_tag_is_seen_on_the_second_page_too(tmp_path: Path) -> None:
    sender = Scripted({COSTS: [lines(), lines(token="more"), lines(OF_PROJECTS)], KEYS: ACTIVE})
    assert follow_up(tmp_path, sender, TAG) == {"tag": Seen("missing")}
    pages = [parameters.get("NextPageToken") for operation, parameters in sender.asked if operation == COSTS]
    assert pages == [None, None, "more"]


def test_lines_on_more_pages_than_the_price_allows_decide_nothing(tmp_path: Path) -> None:
    """Although one of them shows a line without the tag: other usage may be on the rest."""
    pages = [lines(OF_PROJECTS, token=str(number)) for number in range(MOST_COST_PAGES)]
    sender = Scripted({COSTS: [lines(), *pages], KEYS: ACTIVE})
    assert follow_up(tmp_path, sender, TAG) == {"tag": Reason.TOO_MANY}
    assert sender.sent[COSTS] == 1 + MOST_COST_PAGES


# The level `paid`


def paid(
    folder: Path, script: Script, check: str, *numbers: int, known: Sequence[Endpoint] = ()
) -> tuple[Mapping[str, Seen | Reason | None], Scripted]:
    """A check with two models; the endpoints in `known` have answered the first one before."""
    projects, sender = projects_of(folder, script, *numbers, level=Level.PAID)
    paying = Paying(projects, ("gpt-a", "gpt-b"), "bedrock-project", TODAY, dict.fromkeys(known, "gpt-a"))
    return answers_of(Level.PAID, projects.guest, paying_looks(paying), check), sender


ASK = MANTLE.action("CreateChatCompletion")


def test_a_project_that_is_refused_is_not_asked_for(tmp_path: Path) -> None:
    found, sender = paid(tmp_path, {MANTLE.action("CreateProject"): REFUSED}, "inference.project-header")
    assert found == {"request": Reason.REFUSED}
    assert sender.sent == {MANTLE.action("CreateProject"): 1}


def test_a_refused_request_for_a_project_is_the_answer_and_no_other_model_is_paid(tmp_path: Path) -> None:
    found, sender = paid(tmp_path, {ASK: REFUSED}, "inference.project-header")
    assert found == {"request": Seen("refused", 400, CODE)}
    assert sender.sent[ASK] == 1


def test_metrics_that_are_refused_decide_nothing_of_what_is_counted(tmp_path: Path) -> None:
    script = {"cloudwatch:GetMetricData": REFUSED}
    found, _ = paid(tmp_path, script, "metrics.counts-it", 1, known=[MANTLE])
    assert found == dict.fromkeys(("by-project", "by-project-and-model"), Reason.REFUSED)


def test_a_project_that_could_not_be_archived_is_not_asked_for_as_an_archived_one(tmp_path: Path) -> None:
    script = {MANTLE.action("ArchiveProject"): REFUSED}
    found, sender = paid(tmp_path, script, "inference.archived", 1, known=[MANTLE])
    assert found == {"request": Reason.REFUSED, "native": NOTHING}
    assert sender.sent[ASK] == 0


def test_a_model_that_answers_for_no_project_differs(tmp_path: Path) -> None:
    found, _ = paid(tmp_path, {ASK: Answer({"id": "chat"})}, "inference.unknown-id", 1, known=[MANTLE])
    assert found == {"answer": Seen("answered"), "text": NOTHING, "native": NOTHING}


@pytest.mark.parametrize(
    ("check", "operation", "question"),
    [("ce.record-types", "ce:GetDimensionValues", "words"), ("ce.page-size", COSTS, "groups")],
)
def test_costs_that_are_refused_decide_nothing(tmp_path: Path, check: str, operation: str, question: str) -> None:
    assert paid(tmp_path, {operation: REFUSED}, check)[0] == {question: Reason.REFUSED}


# The level `create`


def test_a_project_whose_create_is_denied_is_not_one_that_may_be_active(tmp_path: Path) -> None:
    projects, _ = projects_of(tmp_path, {MANTLE.action("CreateProject"): DENIED})
    with pytest.raises(NotCheckedError, match=Reason.PERMISSION.value):
        projects.create(1, MANTLE, name=projects.name(1))
    written = load(tmp_path)
    assert written is not None
    assert [(one.name, one.may_be_active) for one in written.projects] == [(projects.name(1), False)]


def test_tags_that_are_written_and_not_shown_decide_nothing(tmp_path: Path) -> None:
    script = {RUNTIME.action("TagResource"): Answer(), RUNTIME.action("ListTagsForResource"): REFUSED}
    found = create(tmp_path, script, "tags.characters-kept", 4)
    assert {found[f"native-{name}"] for name in ("spaces", "case", "unicode")} == {Reason.REFUSED}


def test_an_update_of_several_fields_that_is_refused_differs(tmp_path: Path) -> None:
    found = create(tmp_path, {MANTLE.action("UpdateProject"): REFUSED}, "update.fields-together", 2)
    assert found == {"fields": Seen("refused", 400, CODE)}


def test_a_first_archive_that_is_refused_says_nothing_of_the_second(tmp_path: Path) -> None:
    script = {endpoint.action("ArchiveProject"): REFUSED for endpoint in (MANTLE, RUNTIME)}
    found = create(tmp_path, script, "archive.twice", 1, 3)
    assert found == dict.fromkeys(("second", "native"), Seen(OTHER, 400, CODE))


def test_a_project_whose_create_was_lost_is_still_named_if_no_list_can_be_read(tmp_path: Path) -> None:
    sender = Scripted({LIST: DENIED})
    private = private_file(tmp_path, ThrowAway(MANTLE.name, f"conformance-{RUN}-1"))
    Projects(guest_of(Level.CREATE, sender), private, {}).clean_up()
    assert [project.name for project in private.left()] == [f"conformance-{RUN}-1"]


def test_a_full_disk_is_an_error_also_if_no_list_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    archived = Answer({"id": "proj_1", "status": "archived"})
    sender = Scripted({MANTLE.action("ArchiveProject"): archived, LIST: DENIED})
    names = [f"conformance-{RUN}-{number}" for number in (1, 2)]
    private = private_file(tmp_path, ThrowAway(MANTLE.name, names[0], id="proj_1"), ThrowAway(MANTLE.name, names[1]))
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SettingsError, match="cannot be written: No space left on device"):
        Projects(guest_of(Level.CREATE, sender), private, {}).clean_up()


def test_a_native_project_without_an_arn_is_not_taken_for_one_of_this_command() -> None:
    """Its tags cannot be read, and a name alone says nothing."""
    item = {"id": "proj_a", "name": f"conformance-{RUN}-3", "tags": [{"key": MARKER_KEY, "value": RUN}]}
    sender = Scripted({LIST: Answer({"data": []}), NATIVE_LIST: Answer({"projectSummaries": [item]})})
    assert leftovers(guest_of(Level.CREATE, sender)) == []


def test_credentials_that_expire_while_it_archives_end_it_and_what_is_left_is_named(tmp_path: Path) -> None:
    sender = Scripted({MANTLE.action("ArchiveProject"): EXPIRED})
    left = [ThrowAway(MANTLE.name, f"conformance-{RUN}-{number}", id=f"proj_{number}") for number in (1, 2)]
    projects = Projects(guest_of(Level.CREATE, sender), private_file(tmp_path, *left), {})
    silent: dict[str, Look] = {one.name: lambda _: {} for one in checks_of(Level.CREATE)}
    done = run_and_archive(Level.CREATE, projects, silent, clock=lambda: 0.0, report=lambda _: None)
    assert (done.level.ending, list(done.left)) == (Ending.CREDENTIALS, left)
    assert sum(sender.sent.values()) == 1


# The level `read-only`


def test_a_list_that_is_refused_decides_nothing_of_its_tags() -> None:
    assert read_only({LIST: REFUSED}, "list.tags-are-true") == {"tags": Reason.REFUSED}


def test_a_list_without_an_end_is_left_and_decides_nothing() -> None:
    numbers = iter(range(1000))

    def page(_: Mapping[str, Any]) -> Answer:
        return Answer({"data": [{"id": f"proj_{next(numbers)}"}], "has_more": True})

    assert read_only({LIST: page}, "list.tags-are-true") == {"tags": Reason.TOO_MANY}
    assert next(numbers) == MOST_PAGES


def test_tag_keys_without_an_end_are_left_and_decide_nothing() -> None:
    numbers = iter(range(1000))

    def page(_: Mapping[str, Any]) -> Answer:
        keys = [{"TagKey": "Team", "Type": "UserDefined", "Status": "Active"}]
        return Answer({"CostAllocationTags": keys, "NextToken": str(next(numbers))})

    assert read_only({KEYS: page}, "billing.key-status") == {"words": Reason.TOO_MANY}
    assert next(numbers) == MOST_PAGES


def test_an_api_key_that_is_refused_differs() -> None:
    found = read_only({}, "auth.bearer", key=Scripted({LIST: REFUSED}))
    assert found == {"key": Seen("refused", 400, CODE)}


def test_a_second_page_that_is_refused_is_another_answer() -> None:
    whole = Answer({"data": [{"id": "proj_a"}, {"id": "proj_b"}], "last_id": "proj_b"})
    found = read_only({LIST: [Answer({"data": [{"id": "proj_a"}]}), whole, REFUSED]}, "list.pages-end")
    assert found == {"last-id": Seen("last item"), "paging": Seen(OTHER, 400, CODE)}


def test_a_project_that_is_shown_for_an_id_of_none_differs() -> None:
    found = read_only({MANTLE.action("GetProject"): Answer({"id": "proj_a"})}, "get.made-up-id")
    assert found == {"answer": Seen("another status"), "text": NOTHING}


def test_tags_of_default_that_are_refused_are_seen_with_their_code() -> None:
    script = {
        MANTLE.action("GetProject"): Answer({"id": "default"}),
        NATIVE_LIST: Answer({"projectSummaries": [{"id": "default", "arn": "arn:default"}]}),
        RUNTIME.action("ListTagsForResource"): REFUSED,
    }
    assert read_only(script, "tags.of-default")["native"] == Seen("refused", 400, CODE)


def test_an_account_mode_that_is_refused_decides_nothing() -> None:
    script = {RUNTIME.action("GetAccountDataRetention"): REFUSED}
    assert read_only(script, "retention.account-mode") == {"mode": Reason.REFUSED}


TEAM, OWNER = ({"Tags": {"Key": key, "Values": ["x"]}} for key in ("Team", "bedrock-project"))
MODEL = {"Dimensions": {"Key": "SERVICE", "Values": ["Amazon Bedrock"]}}


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ({"And": [MODEL, {"And": [TEAM, OWNER]}]}, "both"),
        ({"Or": [MODEL, {"And": [TEAM, OWNER]}]}, "both"),
        ({"And": [MODEL, TEAM, {"Or": [OWNER]}]}, "both"),
        ({"Or": [{"And": [MODEL, TEAM]}, OWNER]}, "either"),
    ],
)
def test_keys_of_a_budget_are_joined_by_an_and_at_any_depth(expression: Mapping[str, Any], answer: str) -> None:
    """A budget by one key, which the account has too, shows nothing of that."""
    budgets = [
        {"CostFilters": {"TagKeyValue": ["user:Team$x", "user:Team$y"]}, "FilterExpression": {"Or": [TEAM, TEAM]}},
        {"CostFilters": {"TagKeyValue": ["user:Team$x", "user:bedrock-project$x"]}, "FilterExpression": expression},
    ]
    found = read_only({"budgets:DescribeBudgets": Answer({"Budgets": budgets})}, "budgets.filter-expression")
    assert found == {"keys": Seen(answer)}


def test_an_account_that_may_not_be_asked_for_is_a_problem_of_the_credentials() -> None:
    with pytest.raises(LevelEndedError, match=Ending.CREDENTIALS.value):
        account_of(guest_of(Level.READ_ONLY, Scripted({"sts:GetCallerIdentity": REFUSED})))


# Files


def test_without_git_a_folder_in_a_repository_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if it ignores the private file: nobody can say so."""
    repository(tmp_path)
    (tmp_path / ".gitignore").write_text(f"{NAME}*\n")
    check_place(tmp_path)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SettingsError, match="is in a git repository that does not ignore"):
        check_place(tmp_path)


@pytest.mark.parametrize("changes", [{"endpoint": "elsewhere"}, {"id": 5}, {"name": None}])
def test_a_private_file_with_a_project_that_no_run_writes_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    """A clean-up would ask another endpoint, or for no id."""
    project = ThrowAway(**{"endpoint": MANTLE.name, "name": "n", "id": "proj_a", **changes})
    private_file(tmp_path, project).change(project, arn="a")
    with pytest.raises(SettingsError, match=r"conformance-private\.json cannot be read; move it away"):
        load(tmp_path)


def test_a_folder_of_locks_that_cannot_be_made_says_which_variable_moves_it(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")
    with (
        pytest.raises(SettingsError, match="set XDG_CACHE_HOME to a folder that can be written"),
        alone(tmp_path / "cache", ACCOUNT, REGION),
    ):
        pytest.fail("the run began without a lock")


def test_a_folder_that_is_there_and_cannot_be_written_is_refused_for_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a disk that is mounted read-only, which closes it to root too."""
    monkeypatch.setattr(os, "access", lambda path, mode: (path, mode) != (tmp_path, os.W_OK))
    check_folder(tmp_path / "new")
    with pytest.raises(SettingsError, match=r"^--output .+: permission denied; give a folder that can be written$"):
        check_folder(tmp_path)


def test_a_report_that_is_not_text_is_refused_as_none(tmp_path: Path) -> None:
    path = tmp_path / "conformance-report.json"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"is not a conformance report; give a conformance-report\.json"):
        read_report(path)


QUESTIONS = [(check.name, question) for check in CHECKS for question in check.questions]


@pytest.mark.parametrize(("check", "question"), QUESTIONS, ids=lambda value: getattr(value, "name", value))
def test_the_document_names_a_handling_for_each_question_whose_other_answers_are_all_right(
    check: str, question: Any
) -> None:
    """`doctor` warns of an answer that contradicts: so it does not for what the document calls handled."""
    is_all_right = any(not contradicts(check, question, answer) for answer in question.others)
    assert bool(handling_of(check, question)) is is_all_right


@pytest.mark.parametrize(
    ("name", "handling"),
    [
        ("archive.twice second", "`test_a_second_archive_is_not_an_error_with_any_answer`"),
        ("endpoint.resolves host", "`test_a_region_without_the_service_is_one_message_with_host_and_region`"),
        ("quota.archived-count usage", "no code reads the usage of a quota"),
        ("native.id-pattern ids", ""),
    ],
)
def test_a_handling_is_a_test_or_a_sentence(name: str, handling: str) -> None:
    question = next(question for check, question in QUESTIONS if f"{check} {question.name}" == name)
    assert handling_of(name.split()[0], question) == handling
