"""A move between the endpoints by the provider's own code: no lag and no failure loses a project of an entry."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import pytest

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import RUNTIME, RegionalEndpoint
from bedrock_projects.aws.projects import open_projects_api
from bedrock_projects.errors import ServiceError
from bedrock_projects.projects.changes import DeclaredProject
from bedrock_projects.projects.lifecycle import ProjectLifecycle
from bedrock_projects.projects.plan import Staying
from bedrock_projects.projects.run_ledger import RunLedger
from local_aws import Fault, LocalAws
from tools.fault_matrix.stack import Stack

ACCOUNT, REGION = "111111111111", "us-west-2"
SEARCH = DeclaredProject(
    key="search", name="Search", region=REGION, owner="acme/dev/search", owner_tag_key="bedrock-project"
)
MOVED = replace(SEARCH, endpoint=RUNTIME.name, move_from_endpoint="bedrock-mantle")
LAGGING = Fault(kind="list_lag", operation="*:ListProjects", seconds=3600)


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture
def run(aws: LocalAws, monkeypatch: pytest.MonkeyPatch, warnings: list[str]) -> Callable[[], ProjectLifecycle]:
    for name, value in aws.environment(ACCOUNT).items():
        monkeypatch.setenv(name, value)

    def sleep(seconds: float) -> None:
        aws.advance(seconds=seconds)

    return lambda: ProjectLifecycle(Credentials(), ledger=RunLedger(allowed="9"), warn=warnings.append, sleep=sleep)


def active(aws: LocalAws, service: str = "bedrock-mantle") -> list[str]:
    projects = aws.projects(ACCOUNT, REGION, service=service)
    return [project.id for project in projects if project.active and project.id != "default"]


def test_a_project_that_both_endpoints_have_stays_though_no_list_shows_it(
    aws: LocalAws, run: Callable[[], ProjectLifecycle]
) -> None:
    aws.settings(project_stores="one")
    stack = Stack()
    assert stack.up([SEARCH], run()) == []
    [id_] = active(aws)
    aws.faults([LAGGING])
    assert stack.up([MOVED], run()) == []
    assert (active(aws), stack.held["search"].id) == ([id_], id_)


def test_a_replacement_remembers_that_a_project_was_adopted(aws: LocalAws, run: Callable[[], ProjectLifecycle]) -> None:
    """A tainted resource, twice; the entry has no `id` any more, and no call but the state itself says that it had."""
    made = open_projects_api(Credentials(), RegionalEndpoint(REGION)).create(
        name="Search", tags={}, data_retention=None
    )
    stack = Stack()

    def knowing() -> ProjectLifecycle:
        def was_adopted(_: DeclaredProject, project_id: str) -> bool:
            return any(one.id == project_id and one.declared.adopt_id for one in stack.state.all)

        return ProjectLifecycle(
            Credentials(), ledger=RunLedger(allowed="9"), warn=lambda _: None, was_adopted=was_adopted
        )

    assert stack.up([replace(SEARCH, adopt_id=made.id)], run()) == []
    for _ in range(2):
        stack.tainted.add("search")
        assert stack.up([SEARCH], knowing()) == []
    assert stack.up([], run()) == []
    assert active(aws) == [made.id]


@pytest.mark.parametrize("stores", ["one", "two"])
def test_a_move_remembers_that_a_project_was_adopted(
    aws: LocalAws, run: Callable[[], ProjectLifecycle], stores: Literal["one", "two"]
) -> None:
    """With one store the project is still released when its entry is removed; a new one is the entry's own."""
    aws.settings(project_stores=stores)
    made = open_projects_api(Credentials(), RegionalEndpoint(REGION)).create(
        name="Search", tags={}, data_retention=None
    )
    stack = Stack()
    for entries in ([replace(SEARCH, adopt_id=made.id)], [SEARCH], [MOVED], []):
        assert stack.up(entries, run()) == []
    assert active(aws) == [made.id]
    if stores == "two":
        assert active(aws, "bedrock") == []


@pytest.mark.parametrize("on_remove", ["archive", "release"])
@pytest.mark.parametrize(
    "fault", [None, Fault(kind="denied", action="bedrock:GetProject")], ids=["read", "not allowed"]
)
def test_a_deletion_leaves_alone_what_the_entry_has_at_its_new_endpoint(
    aws: LocalAws, run: Callable[[], ProjectLifecycle], warnings: list[str], fault: Fault | None, on_remove: Any
) -> None:
    """An interrupted move leaves the old resource, and a run in which the new one fails has claimed nothing."""
    aws.settings(project_stores="one")
    stack = Stack()
    assert stack.up([replace(SEARCH, on_remove=on_remove)], run()) == []
    tags = [project.tags for project in aws.projects(ACCOUNT, REGION, service="bedrock-mantle")]
    [id_] = active(aws)
    aws.faults([fault] if fault else [])
    lifecycle = run()
    lifecycle.ledger.declare(MOVED.owner, staying=Staying.of(MOVED))
    if fault:
        with pytest.raises(ServiceError, match="not authorized"):
            lifecycle.delete(stack.held["search"])
    else:
        lifecycle.delete(stack.held["search"])
        [warning] = warnings
        assert warning == (
            f"search: project {id_} (Search) was not changed: us-west-2 (bedrock-runtime) has it too. "
            "It was only removed from the state"
        )
    assert active(aws) == [id_]
    assert [project.tags for project in aws.projects(ACCOUNT, REGION, service="bedrock-mantle")] == tags


@pytest.mark.parametrize("moved", [MOVED, replace(SEARCH, region="eu-west-1", move_from=REGION)])
def test_a_move_releases_the_old_project_if_its_entry_says_so_in_the_same_change(
    aws: LocalAws, run: Callable[[], ProjectLifecycle], moved: DeclaredProject
) -> None:
    aws.settings(project_stores="two")
    stack = Stack()
    assert stack.up([SEARCH], run()) == []
    left = active(aws)
    assert stack.up([replace(moved, on_remove="release")], run()) == []
    assert active(aws) == left
    assert [one.tags for one in aws.projects(ACCOUNT, REGION, service="bedrock-mantle") if one.id in left] == [{}]
