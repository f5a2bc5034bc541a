"""An update that AWS carries out in part, on the real engine: the state says so, and the next `up` ends it."""

import pytest

from local_aws.faults import Fault
from tests.engine.conftest import DEV, Cloud, MakeStack
from tests.engine.harness import Stack
from tests.engine.inventories import HEAD, SEARCH, inventory

NATIVE_HEAD = HEAD.replace("region: us-west-2,", "region: us-west-2, endpoint: bedrock-runtime,")
CHANGED = SEARCH.replace("name: Search", "name: Find").replace("CC-1", "CC-2")


def of_search(text: str) -> str:
    return inventory({"search": text}, head=NATIVE_HEAD)


def in_aws(cloud: Cloud) -> tuple[str, str | None]:
    """The name and the cost center of the project."""
    projects = cloud.aws.projects(DEV, "us-west-2", service="bedrock")
    [project] = [project for project in projects if project.id != "default"]
    return project.name, project.tags.get("CostCenter")


def in_state(stack: Stack) -> tuple[str, str]:
    outputs = stack.resources()["search"]["outputs"]
    return outputs["name"], outputs["tags"]["CostCenter"]


@pytest.mark.parametrize("ending", ["again", "put_back", "refresh"])
def test_tags_that_were_written_and_a_name_that_was_refused(cloud: Cloud, make_stack: MakeStack, ending: str) -> None:
    stack = make_stack(of_search(SEARCH))
    stack.up().succeeded()
    assert "unfinished" not in stack.resources()["search"]["outputs"]

    stack.write_inventory(of_search(CHANGED))
    cloud.faults(Fault(kind="denied", action="bedrock:UpdateProject"))
    message = stack.up().one_error()
    assert "not authorized to perform: bedrock:UpdateProject" in message
    assert "is not as asked: name is 'Search-Dev', not 'Find-Dev'" in message
    assert in_state(stack) == in_aws(cloud) == ("Search-Dev", "CC-2")
    assert stack.resources()["search"]["outputs"]["unfinished"] in message

    cloud.faults()
    if ending == "refresh":
        stack.refresh().succeeded()
        assert "unfinished" not in stack.resources()["search"]["outputs"]
    if ending == "put_back":
        stack.write_inventory(of_search(SEARCH))
    assert stack.up().succeeded().changes["search"] == "update"
    wanted = ("Search-Dev", "CC-1") if ending == "put_back" else ("Find-Dev", "CC-2")
    assert in_state(stack) == in_aws(cloud) == wanted
    assert "unfinished" not in stack.resources()["search"]["outputs"]
    assert "search" not in stack.preview().succeeded().changes
