"""A resource that is replaced though its project stays: nothing is archived, and nothing is left to do afterwards."""

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


def test_a_replaced_resource_keeps_its_project_and_replaced_tags_stay_active(
    cloud: Cloud, make_stack: MakeStack
) -> None:
    """Projects that were created and adopted; by an option of the CLI, then by a taint in the state."""
    id_ = cloud.create(DEV, "Chat-Dev", tags={"Team": "Care"})
    adopted = f"{CHAT[:-1]}, environments: {{dev: {{id: {id_}}}}}}}"
    stack = make_stack(inventory({"search": SEARCH, "chat": adopted}))
    stack.config |= {"bedrock-projects:scope": "all", "bedrock-projects:deactivateOnDestroy": "true"}
    cloud.aws.tag_keys(DEV, sorted(KEYS))
    stack.up().succeeded()
    assert active_keys(cloud) == KEYS
    stack.write_inventory(inventory({"search": SEARCH, "chat": CHAT}))
    assert stack.up().succeeded().changes == {}, "the state remembers the adoption"
    before, shown = cloud.active(DEV), stack.outputs()["projects"]
    urns = [urn(stack, name) for name in ("search", "chat", "tags")]
    cloud.forget_requests()

    replaced = stack.up(*(word for urn in urns for word in ("--replace", urn))).succeeded()
    assert replaced.changes == dict.fromkeys(("search", "chat", "tags"), "replace")
    assert (cloud.changes(), cloud.active(DEV), stack.outputs()["projects"]) == ([], before, shown), "by the option"
    assert active_keys(cloud) == KEYS

    stack.pulumi("state", "taint", *urns, "--yes").succeeded()
    replaced = stack.up().succeeded()
    assert replaced.changes == dict.fromkeys(("search", "chat", "tags"), "replace")
    assert (cloud.changes(), cloud.active(DEV), stack.outputs()["projects"]) == ([], before, shown), "by the taint"
    assert active_keys(cloud) == KEYS
    assert stack.preview("--expect-no-changes").succeeded().changes == {}
    [chat] = [resource for resource in stack.export()["deployment"]["resources"] if resource["urn"] == urns[1]]
    assert chat["outputs"]["adopt_id"] == id_, "so its removal releases it"


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
