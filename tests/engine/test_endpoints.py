"""The life of a project at bedrock-runtime, and moves between both endpoints: with one store behind both or two.

`test_projects.py` has the life at bedrock-mantle.
"""

from typing import Any, Literal

import boto3
import pytest

from bedrock_projects.aws.endpoints import MANTLE, RUNTIME, Endpoint
from local_aws.accounts import LOCAL_SECRET
from local_aws.faults import Fault
from tests.engine.conftest import DEV, Cloud, MakeStack
from tests.engine.harness import Stack
from tests.engine.inventories import HEAD, inventory
from tests.engine.run import Run

SEARCH = "{name: Search, tags: {Team: Search}}"
OTHER_ACCOUNT = "333333333333"
WRITES = ("CreateProject", "UpdateProject", "ArchiveProject", "TagResource", "UntagResource")


class Bedrock:
    """The projects of the account at one endpoint: what they really are, what was sent, and a hand behind Pulumi."""

    def __init__(self, cloud: Cloud, endpoint: Endpoint) -> None:
        self._cloud = cloud
        self._endpoint = endpoint

    @property
    def head(self) -> str:
        """The head of an inventory whose projects are here."""
        return HEAD.replace("defaults: {", f"defaults: {{endpoint: {self._endpoint}, ")

    def operation(self, name: str) -> str:
        return self._endpoint.action(name)

    def active(self, region: str = "us-west-2", account: str = DEV) -> dict[str, Any]:
        """Name to active project, without `default`."""
        projects = self._cloud.aws.projects(account, region, service=self._endpoint.arn_service)
        return {project.name: project for project in projects if project.active and project.id != "default"}

    def writes(self) -> list[str]:
        """The operations that change something, in the order of their requests."""
        names = [request.operation.rpartition(":")[2] for request in self._cloud.aws.requests(self.operation("*"))]
        return [name for name in names if name in WRITES]

    def client(self) -> Any:
        return boto3.client(
            "bedrock",
            region_name="us-west-2",
            endpoint_url=self._cloud.url,
            aws_access_key_id=f"local-{DEV}",
            aws_secret_access_key=LOCAL_SECRET,
        )

    def create_by_hand(self, name: str) -> str:
        return str(self.client().create_project(name=name)["id"])

    def rename_by_hand(self, project_id: str, name: str) -> None:
        self.client().update_project(projectIdentifier=project_id, name=name)


def test_a_project_lives_alike_at_the_other_endpoint(cloud: Cloud, make_stack: MakeStack) -> None:
    bedrock = Bedrock(cloud, RUNTIME)
    # The answer to the create is lost.
    cloud.faults(Fault(kind="reset_after", operation=bedrock.operation("CreateProject"), count=1))
    stack = make_stack(inventory({"search": SEARCH}, head=bedrock.head))
    stack.up().succeeded()
    assert bedrock.writes() == ["CreateProject"]
    id_ = bedrock.active()["Search-Dev"].id
    assert stack.outputs()["projects"]["search"]["id"] == id_

    # Renamed, with other tags and a retention mode, after somebody has changed the name by hand.
    bedrock.rename_by_hand(id_, "Hand")
    stack.write_inventory(
        inventory({"search": "{name: Find, data_retention: none, tags: {CostCenter: CC-2}}"}, head=bedrock.head)
    )
    assert stack.up("--refresh").succeeded().changes == {"search": "update"}
    found = bedrock.active()["Find-Dev"]
    assert (found.id, found.retention) == (id_, "none")
    assert {key: value for key, value in found.tags.items() if "bedrock" not in key} == {"CostCenter": "CC-2"}

    # The state is lost.
    cloud.forget_requests()
    stack.lose_state()
    stack.up().succeeded()
    assert (bedrock.writes(), stack.outputs()["projects"]["search"]["id"]) == ([], id_)

    # To another region, and a second one is adopted.
    adopted = bedrock.create_by_hand("Chat")
    cloud.forget_requests()
    moved = "{name: Find, region: eu-west-1, move_from: us-west-2}"
    chat = f"{{name: Chat, environments: {{dev: {{id: {adopted}, on_remove: archive}}}}}}"
    stack.write_inventory(inventory({"search": moved, "chat": chat}, head=bedrock.head))
    assert stack.up().succeeded().changes == {"search": "replace", "chat": "create"}
    assert list(bedrock.active()) == ["Chat-Dev"]
    assert list(bedrock.active("eu-west-1")) == ["Find-Dev"]

    # An entry is removed, and nothing else is left to do.
    stack.write_inventory(inventory({"search": moved}, head=bedrock.head))
    assert stack.up().succeeded().changes == {"chat": "delete"}
    assert bedrock.active() == {}


def entry(endpoint: Endpoint, *, left: Endpoint | None = None) -> str:
    move = f", move_from_endpoint: {left}" if left else ""
    return f"{{name: Search, tags: {{Team: Search}}, endpoint: {endpoint}{move}}}"


STAYS = "{name: Chat, tags: {Team: Care}}"


@pytest.mark.parametrize("stores", ["one", "two"])
def test_a_move_that_is_killed_between_create_and_delete_is_made_good_and_goes_back(
    cloud: Cloud, make_stack: MakeStack, stores: Literal["one", "two"]
) -> None:
    """The stack signs: the API key of another account in its environment is not used."""
    cloud.aws.settings(project_stores=stores)
    mantle, runtime = Bedrock(cloud, MANTLE), Bedrock(cloud, RUNTIME)
    stack = make_stack(inventory({"search": entry(MANTLE), "chat": STAYS}))
    stack.environment["AWS_BEARER_TOKEN_BEDROCK"] = f"local-{OTHER_ACCOUNT}"
    stack.up().succeeded()
    ids = [id_of(stack)]

    # What the engine saves after the create: the new resource, and the old one to be deleted.
    old = next(one for one in stack.export()["deployment"]["resources"] if one["urn"].endswith("::search"))
    failing = Fault(kind="server_error", operation=MANTLE.action("ArchiveProject"))
    run, summary = move(cloud, stack, there=RUNTIME, left=MANTLE, fault=failing)
    if stores == "one":
        assert run.succeeded().changes == {"search": "replace"}
        assert mantle.writes() + runtime.writes() == []
        state = stack.export()
        state["deployment"]["resources"].append({**old, "delete": True})
        stack.import_state(state).succeeded()
    else:
        run.error_messages()
        assert runtime.writes() == ["CreateProject"]
    check_announced(summary, stores)
    ids.append(id_of(stack))
    cloud.forget_requests()
    stack.up().succeeded()
    assert mantle.writes() + runtime.writes() == ([] if stores == "one" else ["ArchiveProject"])
    assert set(runtime.active()) == ({"Search-Dev", "Chat-Dev"} if stores == "one" else {"Search-Dev"})
    assert runtime.active(account=OTHER_ACCOUNT) == {}

    run, summary = move(cloud, stack, there=MANTLE, left=RUNTIME)
    assert run.succeeded().changes == {"search": "replace"}
    check_announced(summary, stores)
    written = [] if stores == "one" else ["ArchiveProject", "CreateProject"]
    assert sorted(mantle.writes() + runtime.writes()) == written
    ids.append(id_of(stack))
    assert len(set(ids)) == (1 if stores == "one" else 3)
    assert set(mantle.active()) == {"Search-Dev", "Chat-Dev"}
    assert mantle.active(account=OTHER_ACCOUNT) == {}
    assert stack.preview("--expect-no-changes").succeeded().changes == {}


def id_of(stack: Stack) -> str:
    """The id of the project that moves."""
    return str(stack.outputs()["projects"]["search"]["id"])


def move(cloud: Cloud, stack: Stack, *, there: Endpoint, left: Endpoint, fault: Fault | None = None) -> tuple[Run, str]:
    """An up that moves the entry before the list of the new endpoint shows what the old one has; its summary."""
    lag = Fault(kind="list_lag", operation=there.action("ListProjects"), seconds=3600)
    cloud.faults(lag, *([fault] if fault else []))
    cloud.forget_requests()
    stack.write_inventory(inventory({"search": entry(there, left=left), "chat": STAYS}))
    run = stack.up()
    cloud.faults()
    return run, next(note for note in run.notes if " unchanged · " in note)


def check_announced(summary: str, stores: str) -> None:
    if stores == "one":
        assert "0 to archive" in summary
        assert "1 moved to an endpoint that has the same project (search)" in summary
    else:
        assert "1 to archive" in summary
