"""What each operation makes of each answer about its project: the table of `projects.answers`, cell by cell.

The last two rows of each operation are the same for all: AWS's error, and nothing changes.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, get_args

import pytest

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import RegionalEndpoint
from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.aws.projects import ProjectsApi, open_projects_api
from bedrock_projects.aws.session import forget_sessions
from bedrock_projects.errors import AccessDeniedError, BedrockProjectsError, NotFoundError, RefusedError, ServiceError
from bedrock_projects.projects import lifecycle
from bedrock_projects.projects.answers import OUTCOMES, Answer, Operation, remedy
from bedrock_projects.projects.changes import DeclaredProject, ManagedProject
from bedrock_projects.projects.lifecycle import ProjectLifecycle
from bedrock_projects.projects.run_ledger import RunLedger
from local_aws import Fault, LocalAws
from tools.fault_matrix.stack import Stack

ACCOUNT, REGION, TAG = "111111111111", "us-west-2", "bedrock-project"
DOCS = Path(__file__).parents[2] / "docs" / "operations.md"
SEARCH = DeclaredProject(
    key="search", name="Search", region=REGION, owner="acme/dev/search", owner_tag_key=TAG, tags={"Team": "Search"}
)
FIND = replace(SEARCH, name="Find")
OTHER = replace(SEARCH, key="other", name="Other", owner="acme/dev/other")
RUNS: Mapping[str, Callable[[ProjectLifecycle, ManagedProject], Any]] = {
    "read": lambda run, managed: run.read(managed),
    "update": lambda run, managed: run.update(managed, FIND),
    "archive": lambda run, managed: run.update(managed, replace(SEARCH, status="archived")),
    "release": lambda run, managed: run.update(managed, replace(SEARCH, status="released")),
    "delete": lambda run, managed: run.delete(managed),
    "adopt": lambda run, managed: run.create(replace(FIND, adopt_id=managed.id)),
    "recover": lambda run, _: run.create(FIND),
}


@pytest.fixture
def run(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> ProjectLifecycle:
    for name, value in aws.environment(ACCOUNT).items():
        monkeypatch.setenv(name, value)
    return new_run()


def new_run() -> ProjectLifecycle:
    return ProjectLifecycle(Credentials(), ledger=RunLedger(), warn=lambda _: None, sleep=lambda _: None)


@pytest.fixture
def hand(run: ProjectLifecycle) -> ProjectsApi:
    return open_projects_api(Credentials(), RegionalEndpoint(REGION))


def begin(operation: str, run: ProjectLifecycle, hand: ProjectsApi) -> ManagedProject:
    """The project of the operation, in a run that has its listing already."""
    if operation == "adopt":
        made = hand.create(name="Old", tags={}, data_retention=None)
        managed = ManagedProject(id=made.id, declared=SEARCH, account_id=ACCOUNT)
    else:
        managed = new_run().create(SEARCH)
    run.create(OTHER)
    return managed


def archived(aws: LocalAws, hand: ProjectsApi, managed: ManagedProject) -> None:
    hand.archive(managed.id)


def hidden(aws: LocalAws, hand: ProjectsApi, managed: ManagedProject) -> None:
    """As if it were purged: AWS answers 404 that names it, and an update as of an archived one."""
    hand.archive(managed.id)
    aws.settings(archived_get="not_found", archived_archive="refused")


def purged(aws: LocalAws, hand: ProjectsApi, managed: ManagedProject) -> None:
    """As if it were purged: AWS answers 404 that names it, to an update too."""
    hidden(aws, hand, managed)
    aws.settings(archived_get="not_found", archived_archive="refused", archived_update="not_found")


def carried_out(aws: LocalAws, hand: ProjectsApi, managed: ManagedProject) -> None:
    """Archived, and an update is answered with 200 all the same."""
    hand.archive(managed.id)
    aws.settings(archived_update="carried_out")


EVENTS: dict[str, tuple[Answer, Callable[[LocalAws, ProjectsApi, ManagedProject], None]]] = {
    "archived": ("archived", archived),
    "archived, and an update is answered 200": ("archived", carried_out),
    "archived, and answered 404": ("gone", hidden),
    "archived, and an update is answered 404": ("gone", purged),
}


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("operation", get_args(Operation))
def test_what_is_gone_or_archived_since_the_listing_ends_as_the_table_says(
    aws: LocalAws, run: ProjectLifecycle, hand: ProjectsApi, operation: Operation, event: str
) -> None:
    managed = begin(operation, run, hand)
    answer, happen = EVENTS[event]
    happen(aws, hand, managed)
    outcome = OUTCOMES[operation][answer]
    if outcome == "refused":
        with pytest.raises(BedrockProjectsError, match=r"`pulumi (up|refresh)`|remove `id`|check `id`") as error:
            RUNS[operation](run, managed)
        assert managed.id in str(error.value)
    else:
        result = RUNS[operation](run, managed)
        if outcome == "forgotten":
            assert result is None
        elif operation != "delete":
            assert result.id == managed.id
            assert result.declared.status == {"archive": "archived", "release": "released"}[operation]


WRITES: Mapping[str, tuple[Operation, Callable[[ProjectLifecycle, ManagedProject], Any]]] = {
    **{operation: (operation, RUNS[operation]) for operation in get_args(Operation) if operation != "read"},
    "archive without a state": ("archive", lambda run, _: run.create(replace(SEARCH, status="archived"))),
    "release without a state": ("release", lambda run, _: run.create(replace(SEARCH, status="released"))),
    "delete and release": (
        "delete",
        lambda run, managed: run.delete(replace(managed, declared=replace(SEARCH, on_remove="release"))),
    ),
}


def hidden_at_the_second_look(aws: LocalAws, hand: ProjectsApi, managed: ManagedProject) -> None:
    """The look of the client itself, after the refused write, is refused too."""
    hidden(aws, hand, managed)
    aws.faults([Fault(kind="denied", action="bedrock-mantle:GetProject", count=1)])


BETWEEN = {name: EVENTS[name] for name in ("archived", "archived, and an update is answered 404")}
BETWEEN["archived, and answered 404 at the second look"] = ("gone", hidden_at_the_second_look)


@pytest.mark.parametrize("event", BETWEEN)
@pytest.mark.parametrize("write", WRITES)
def test_what_is_gone_or_archived_between_the_look_and_the_write_ends_as_the_table_says(
    aws: LocalAws,
    run: ProjectLifecycle,
    hand: ProjectsApi,
    monkeypatch: pytest.MonkeyPatch,
    write: str,
    event: str,
) -> None:
    (operation, carry_out), (answer, happen) = WRITES[write], BETWEEN[event]
    managed = begin(operation, run, hand)
    written: list[str] = []

    def opened(credentials: Credentials, where: RegionalEndpoint, **more: Any) -> ProjectsApi:
        api = open_projects_api(credentials, where, **more)
        for name in ("apply", "archive"):
            monkeypatch.setattr(api, name, partial(too_late, name, getattr(api, name)))
        return api

    def too_late(name: str, send: Callable[..., RemoteProject], *arguments: Any) -> RemoteProject:
        written.append(name)
        happen(aws, hand, managed)
        return send(*arguments)

    monkeypatch.setattr(lifecycle, "open_projects_api", opened)
    if OUTCOMES[operation][answer] == "refused":
        with pytest.raises(BedrockProjectsError, match=re.escape(remedy(operation, answer))) as error:
            carry_out(new_run(), managed)
        assert managed.id in str(error.value)
    else:
        result = carry_out(new_run(), managed)
        if operation != "delete":
            statuses = {"archive": "archived", "release": "released"}
            assert (result.id, result.declared.status) == (managed.id, statuses[operation])
    assert written == ["archive" if write in ("archive", "archive without a state", "delete") else "apply"]


@pytest.mark.parametrize("operation", sorted({*get_args(Operation)} - {"adopt", "recover"}))
def test_what_another_account_answers_is_not_gone(
    aws: LocalAws, run: ProjectLifecycle, hand: ProjectsApi, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    managed = begin(operation, run, hand)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local-222222222222")
    forget_sessions()
    with pytest.raises(RefusedError, match=r"in account 111111111111, but the credentials .* account 222222222222"):
        RUNS[operation](new_run(), managed)


@pytest.mark.parametrize("operation", get_args(Operation))
def test_a_404_that_names_no_project_is_an_error_that_changes_nothing(
    aws: LocalAws, run: ProjectLifecycle, hand: ProjectsApi, operation: str
) -> None:
    managed = begin(operation, run, hand)
    before = aws.projects(ACCOUNT)
    aws.faults([Fault(kind="not_json", status=404)])
    with pytest.raises(ServiceError) as error:
        RUNS[operation](run, managed)
    assert not isinstance(error.value, NotFoundError)
    if operation in ("read", "delete", "adopt"):
        assert aws.projects(ACCOUNT) == before


@pytest.mark.parametrize("operation", get_args(Operation))
def test_a_missing_permission_is_an_error_that_changes_nothing(
    aws: LocalAws, run: ProjectLifecycle, hand: ProjectsApi, operation: str
) -> None:
    managed = begin(operation, run, hand)
    before = aws.projects(ACCOUNT)
    aws.faults([Fault(kind="denied", action="bedrock-mantle:*")])
    with pytest.raises(AccessDeniedError, match="not authorized to perform"):
        RUNS[operation](run, managed)
    assert aws.projects(ACCOUNT) == before


# A project that was archived by hand


@pytest.mark.parametrize("listed", ["on_request", "never"])
@pytest.mark.parametrize("answered", ["answered", "not_found"])
@pytest.mark.parametrize("refreshed", [True, False])
@pytest.mark.parametrize("ends", ["archived", "released", "removed", "unchanged"])
def test_a_project_archived_by_hand_ends_in_nothing_to_do(
    aws: LocalAws, hand: ProjectsApi, ends: Any, refreshed: bool, answered: str, listed: str
) -> None:
    stack = Stack()
    assert stack.up([SEARCH], new_run()) == []
    hand.archive(stack.held["search"].id)
    aws.settings(archived_get=answered, list_archived=listed)
    if refreshed:
        assert stack.refresh(new_run()) == []
        assert stack.held == {}
    entry = {"archived": replace(SEARCH, status="archived"), "released": replace(SEARCH, status="released")}
    wanted = [] if ends == "removed" else [entry.get(ends, SEARCH)]
    assert stack.up(wanted, new_run()) == []
    aws.clear_requests()
    assert stack.up(wanted, new_run()) == []
    assert [request for request in aws.requests("bedrock-mantle:*") if request.method != "GET"] == []
    assert stack.up([], new_run()) == []
    active = [project for project in aws.projects(ACCOUNT) if project.active and project.id != "default"]
    assert len(active) == 0


@pytest.mark.parametrize("listed", ["on_request", "never"])
@pytest.mark.parametrize("answered", ["answered", "not_found"])
@pytest.mark.parametrize("updates", ["refused", "carried_out"])
def test_an_update_of_it_says_so_and_a_refresh_ends_it(
    aws: LocalAws, hand: ProjectsApi, updates: str, answered: str, listed: str
) -> None:
    stack = Stack()
    assert stack.up([SEARCH], new_run()) == []
    first = stack.held["search"].id
    hand.archive(first)
    aws.settings(archived_get=answered, list_archived=listed, archived_update=updates)
    [error] = stack.up([FIND], new_run())
    assert first in str(error)
    assert "`pulumi refresh` removes it from the state and the next `pulumi up` creates a new one" in str(error)
    assert stack.refresh(new_run()) == []
    assert stack.up([FIND], new_run()) == []
    assert [project.name for project in aws.projects(ACCOUNT) if project.active] == ["default", "Find"]


# Two projects with the same ownership tag


@pytest.mark.parametrize("status", ["active", "archived", "released"])
def test_two_projects_with_our_tag_are_refused_for_an_entry_that_the_state_has(
    aws: LocalAws, run: ProjectLifecycle, hand: ProjectsApi, status: Any
) -> None:
    managed = new_run().create(SEARCH)
    twin = hand.create(name="Twin", tags={TAG: SEARCH.owner}, data_retention=None)
    before = aws.projects(ACCOUNT)
    with pytest.raises(RefusedError, match="2 active projects in us-west-2 belong to it") as refused:
        run.update(managed, replace(FIND, status=status))
    assert managed.id in str(refused.value)
    assert twin.id in str(refused.value)
    assert aws.projects(ACCOUNT) == before


# The page


def test_the_page_has_the_table() -> None:
    rows = re.findall(r"^\| (\w+): .* \| (\w+)[^|]* \| (\w+)[^|]* \|$", DOCS.read_text(), re.MULTILINE)
    words = {"forgotten": "leaves", "done": "nothing", "refused": "error"}
    assert {name: {"gone": gone, "archived": is_archived} for name, gone, is_archived in rows} == {
        operation: {answer: words[outcome] for answer, outcome in answers.items()}
        for operation, answers in OUTCOMES.items()
    }
