"""An update that AWS carries out in part, on the real engine: the state says so, and the next `up` ends it."""

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


def refused(cloud: Cloud, stack: Stack, text: str) -> str:
    """The error of an up to this entry that may write tags and nothing else; the state has what AWS has."""
    stack.write_inventory(of_search(text))
    cloud.faults(Fault(kind="denied", action="bedrock:UpdateProject"))
    message = stack.up().one_error()
    cloud.faults()
    assert "not authorized to perform: bedrock:UpdateProject" in message
    assert in_state(stack) == in_aws(cloud)
    assert stack.resources()["search"]["outputs"]["unfinished"] in message
    return message


def ended(cloud: Cloud, stack: Stack, name: str, cost_center: str) -> None:
    """An up that makes the project so, and leaves nothing unfinished."""
    assert stack.up().succeeded().changes["search"] == "update"
    assert in_state(stack) == in_aws(cloud) == (name, cost_center)
    assert "unfinished" not in stack.resources()["search"]["outputs"]


def test_tags_that_were_written_and_a_name_that_was_refused(cloud: Cloud, make_stack: MakeStack) -> None:
    stack = make_stack(of_search(SEARCH))
    stack.up().succeeded()
    assert "unfinished" not in stack.resources()["search"]["outputs"]

    # The entry is put back.
    assert "is not as asked: name is 'Search-Dev', not 'Find-Dev'" in refused(cloud, stack, CHANGED)
    assert in_aws(cloud) == ("Search-Dev", "CC-2")
    stack.write_inventory(of_search(SEARCH))
    ended(cloud, stack, "Search-Dev", "CC-1")

    # A refresh comes first.
    refused(cloud, stack, CHANGED)
    stack.refresh().succeeded()
    assert "unfinished" not in stack.resources()["search"]["outputs"]
    ended(cloud, stack, "Find-Dev", "CC-2")

    # The same up again.
    refused(cloud, stack, SEARCH)
    assert in_aws(cloud) == ("Find-Dev", "CC-1")
    ended(cloud, stack, "Search-Dev", "CC-1")
    assert "search" not in stack.preview().succeeded().changes
