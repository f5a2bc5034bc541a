"""A resource that is replaced though its project stays: nothing is archived, and nothing is left to do afterwards."""

from collections.abc import Callable

import pytest

from tests.engine.conftest import DEV, Cloud, MakeStack
from tests.engine.harness import Stack
from tests.engine.inventories import CHAT, SEARCH, inventory

KEYS = {"CostCenter", "Team", "bedrock-project"}


def urn(stack: Stack, name: str) -> str:
    [wanted] = [
        resource["urn"]
        for resource in stack.export()["deployment"]["resources"]
        if resource["urn"].endswith(f"::{name}")
    ]
    return str(wanted)


def active_keys(cloud: Cloud) -> set[str]:
    return {tag["TagKey"] for tag in cloud.cost_allocation_tags(DEV) if tag["Status"] == "Active"}


def by_option(stack: Stack, *urns: str) -> None:
    stack.up(*(word for urn in urns for word in ("--replace", urn))).succeeded()


def by_taint(stack: Stack, *urns: str) -> None:
    stack.pulumi("state", "taint", *urns, "--yes").succeeded()
    stack.up().succeeded()


@pytest.mark.parametrize("replace", [by_option, by_taint])
def test_a_replaced_resource_keeps_its_project(
    cloud: Cloud, make_stack: MakeStack, replace: Callable[..., None]
) -> None:
    """Both one that was created and one that was adopted."""
    id_ = cloud.create(DEV, "Chat-Dev", tags={"Team": "Care"})
    adopted = f"{CHAT[:-1]}, environments: {{dev: {{id: {id_}}}}}}}"
    stack = make_stack(inventory({"search": SEARCH, "chat": adopted}))
    stack.up().succeeded()
    before, shown = cloud.active(DEV), stack.outputs()["projects"]
    cloud.forget_requests()
    replace(stack, urn(stack, "search"), urn(stack, "chat"))
    assert cloud.changes() == []
    assert cloud.active(DEV) == before
    assert stack.outputs()["projects"] == shown
    assert stack.preview("--expect-no-changes").succeeded().changes == {}


def test_the_old_resource_is_deleted_by_a_later_run(cloud: Cloud, deployed: Stack) -> None:
    stack = deployed
    before = cloud.active(DEV)
    state = stack.export()
    [search] = [resource for resource in state["deployment"]["resources"] if resource["urn"].endswith("::search")]
    state["deployment"]["resources"].append({**search, "delete": True})
    stack.import_state(state).succeeded()
    stack.up().succeeded()
    assert cloud.active(DEV) == before
    assert len(stack.export()["deployment"]["resources"]) == len(state["deployment"]["resources"]) - 1


def test_a_destroy_that_refreshes_first_archives_all(cloud: Cloud, make_stack: MakeStack) -> None:
    stack = make_stack(inventory({f"p{n}": f"{{name: P{n}}}" for n in range(6)}))
    stack.up().succeeded()
    stack.environment["BEDROCK_PROJECTS_ALLOW_ARCHIVE"] = "6"
    stack.destroy("--refresh").succeeded()
    assert cloud.active(DEV) == []


def test_replaced_tags_stay_active(cloud: Cloud, make_stack: MakeStack) -> None:
    stack = make_stack(inventory({"search": SEARCH}))
    stack.config |= {"bedrock-projects:scope": "all", "bedrock-projects:deactivateOnDestroy": "true"}
    cloud.aws.tag_keys(DEV, sorted(KEYS))
    stack.up().succeeded()
    assert active_keys(cloud) == KEYS
    stack.up("--replace", urn(stack, "tags")).succeeded()
    assert active_keys(cloud) == KEYS
