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
    """Projects that were created and adopted; by an option of the CLI, and by a taint in the state."""
    id_ = cloud.create(DEV, "Chat-Dev", tags={"Team": "Care"})
    adopted = f"{CHAT[:-1]}, environments: {{dev: {{id: {id_}}}}}}}"
    entries = {"search": SEARCH, "chat": adopted, "find": "{name: Find}"}
    stack = make_stack(inventory(entries))
    stack.config |= {"bedrock-projects:scope": "all", "bedrock-projects:deactivateOnDestroy": "true"}
    cloud.aws.tag_keys(DEV, sorted(KEYS))
    stack.up().succeeded()
    assert active_keys(cloud) == KEYS
    stack.write_inventory(inventory({**entries, "chat": CHAT}))
    before, shown = cloud.active(DEV), stack.outputs()["projects"]
    cloud.forget_requests()

    stack.pulumi("state", "taint", *(urn(stack, name) for name in ("search", "chat", "tags")), "--yes").succeeded()
    replaced = stack.up("--replace", urn(stack, "find")).succeeded()
    assert replaced.changes == dict.fromkeys(("search", "chat", "find", "tags"), "replace")
    assert (cloud.changes(), cloud.active(DEV), stack.outputs()["projects"]) == ([], before, shown)
    assert active_keys(cloud) == KEYS
    state = stack.export()
    [chat] = [resource for resource in state["deployment"]["resources"] if resource["urn"] == urn(stack, "chat")]
    assert chat["outputs"]["adopt_id"] == id_, "the state remembers the adoption, so its removal releases it"

    # An old resource that a later run deletes, as after a run that ended between the two halves.
    [search] = [resource for resource in state["deployment"]["resources"] if resource["urn"] == urn(stack, "search")]
    state["deployment"]["resources"].append({**search, "delete": True})
    stack.import_state(state).succeeded()
    assert {step.op for step in stack.up().succeeded().steps if step.op != "same"} == {"delete-replaced"}
    assert (cloud.changes(), cloud.active(DEV)) == ([], before)
    assert len(stack.export()["deployment"]["resources"]) == len(state["deployment"]["resources"]) - 1
