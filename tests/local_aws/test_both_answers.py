"""Switches that no other test of the package turns: what a run of Pulumi makes of each of their values."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import MANTLE, RUNTIME, RegionalEndpoint
from bedrock_projects.aws.projects import ProjectsApi, open_projects_api
from bedrock_projects.errors import AmbiguousError
from bedrock_projects.projects.changes import DeclaredProject
from bedrock_projects.projects.lifecycle import ProjectLifecycle
from bedrock_projects.projects.run_ledger import RunLedger
from local_aws import Fault, LocalAws, LocalProject
from tools.fault_matrix.stack import Stack

ACCOUNT, REGION, TAG = "111111111111", "us-west-2", "bedrock-project"
SEARCH = DeclaredProject(
    key="search", name="Search", region=REGION, owner="acme/dev/search", owner_tag_key=TAG, tags={"Team": "Search"}
)
CHAT = replace(SEARCH, key="chat", name="Chat", owner="acme/dev/chat")
NATIVE = replace(SEARCH, endpoint=RUNTIME.name)
AFTER_A_REFRESH = "`pulumi refresh` removes it from the state and the next `pulumi up` creates a new one"


@pytest.fixture
def run(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Callable[[], ProjectLifecycle]:
    """Each call is a run of Pulumi, which knows nothing of those before."""
    for name, value in aws.environment(ACCOUNT).items():
        monkeypatch.setenv(name, value)
    return lambda: ProjectLifecycle(Credentials(), ledger=RunLedger(), warn=lambda _: None, sleep=lambda _: None)


@pytest.fixture
def native(run: Callable[[], ProjectLifecycle]) -> ProjectsApi:
    """Somebody who changes projects of the native API behind Pulumi's back, once `run` has set the credentials."""
    del run
    return open_projects_api(Credentials(), RegionalEndpoint(REGION, RUNTIME))


def active(aws: LocalAws, service: str = "bedrock-mantle") -> list[LocalProject]:
    projects = aws.projects(ACCOUNT, REGION, service=service)
    return [project for project in projects if project.active and project.id != "default"]


@pytest.mark.parametrize("limit", [50, 200])
def test_as_many_tags_as_an_entry_may_have_are_written_and_replaced(
    aws: LocalAws, run: Callable[[], ProjectLifecycle], limit: int
) -> None:
    aws.settings(tags_per_project=limit)
    room = MANTLE.tags_per_project - len(SEARCH.all_tags) + len(SEARCH.tags)
    stack = Stack()
    for prefix in ("a", "b"):
        full = replace(SEARCH, tags={f"{prefix}{number}": "1" for number in range(room)})
        assert stack.up([full], run()) == []
        [project] = active(aws)
        assert (project.tags, len(project.tags)) == (full.all_tags, 50)


@pytest.mark.parametrize("name", ["Suche für alle", "a.b"])
@pytest.mark.parametrize("names", ["schema", "guide"])
def test_a_name_that_aws_refuses_is_one_error_and_changes_nothing(
    aws: LocalAws, run: Callable[[], ProjectLifecycle], names: str, name: str
) -> None:
    stack = Stack()
    assert stack.up([SEARCH], run()) == []
    aws.settings(names=names)
    entries = [replace(SEARCH, name=name), replace(CHAT, name=f"{name} 2")]
    errors = stack.up(entries, run())
    if names == "schema":
        assert (errors, sorted(project.name for project in active(aws))) == ([], [name, f"{name} 2"])
        return
    assert [str(error).count("validation_error") for error in errors] == [1, 1]
    assert [project.name for project in active(aws)] == ["Search"]
    assert {key: managed.declared for key, managed in stack.held.items()} == {"search": SEARCH}
    assert stack.up([SEARCH, CHAT], run()) == []


@pytest.mark.parametrize("answer", ["allowed", "refused"])
def test_no_run_needs_two_projects_of_one_name(aws: LocalAws, run: Callable[[], ProjectLifecycle], answer: str) -> None:
    aws.settings(duplicate_names=answer)
    stack = Stack()
    assert stack.up([SEARCH], run()) == []
    stack.tainted.add("search")
    assert stack.up([SEARCH], run()) == []  # a replacement keeps its project
    assert stack.up([replace(SEARCH, status="archived")], run()) == []
    assert stack.up([], run()) == []
    assert stack.up([replace(SEARCH, key="find", owner="acme/dev/find")], run()) == []  # an archived one has the name
    errors = stack.up([replace(SEARCH, key="find", owner="acme/dev/find"), SEARCH], run())
    assert ["too and is not this entry's" in str(error) for error in errors] == [True]
    assert [project.name for project in active(aws)] == ["Search"]


ARCHIVED = [
    {
        "native_archived_get": get,
        "native_refusal": code,
        "native_archived_update": update,
        "native_archived_tag": tag,
    }
    for get in ("answered", "not_found")
    for code in ("ValidationException", "ConflictException")
    for update, tag in (
        ("refused", "refused"),
        ("carried_out", "refused"),
        ("refused", "carried_out"),
        ("not_found", "not_found"),
    )
]


@pytest.mark.parametrize(
    "answers",  # to native_archived_get, native_refusal, native_archived_update and native_archived_tag
    ARCHIVED,
    ids=lambda answers: " ".join(answers.values()),
)
def test_an_update_of_a_native_project_that_is_archived_says_so_and_a_refresh_ends_it(
    aws: LocalAws, run: Callable[[], ProjectLifecycle], native: ProjectsApi, answers: Mapping[str, str]
) -> None:
    for changed in (replace(NATIVE, name="Find"), replace(NATIVE, tags={"Team": "Find"})):
        stack = Stack()
        assert stack.up([NATIVE], run()) == []
        first = stack.held["search"].id
        native.archive(first)
        aws.settings(**answers)
        [error] = stack.up([changed], run())
        assert (first in str(error), AFTER_A_REFRESH in str(error)) == (True, True)
        assert stack.refresh(run()) == []
        assert stack.up([changed], run()) == []
        [project] = active(aws, "bedrock")
        assert (project.name, project.tags["Team"]) == (changed.name, changed.tags["Team"])
        assert stack.up([], run()) == []


@pytest.mark.parametrize("entry", [SEARCH, NATIVE], ids=lambda entry: str(entry.where.endpoint.name))
def test_a_new_project_that_no_list_shows_is_not_made_twice(
    aws: LocalAws, run: Callable[[], ProjectLifecycle], entry: DeclaredProject
) -> None:
    lost = Fault(kind="reset_after", operation=entry.where.endpoint.action("CreateProject"), count=1)
    aws.faults([lost, Fault(kind="list_lag", operation="*:ListProjects", seconds=3600)])
    with pytest.raises(AmbiguousError):
        run().create(entry)
    aws.faults([])
    run().create(entry)
    assert len(active(aws, entry.where.endpoint.arn_service)) == 1
