"""Cost allocation tags on the real engine: activated in the same up, pending as a state, no needless call."""

import pytest

from local_aws.faults import Fault
from tests.engine.conftest import DEV, PAYER, Cloud, MakeStack
from tests.engine.harness import Stack
from tests.engine.inventories import CHAT, HEAD, SEARCH, inventory

KEYS = ["CostCenter", "Team", "bedrock-project"]
ACTIVATION = ["ListCostAllocationTags", "UpdateCostAllocationTagsStatus", "ListCostAllocationTags"]
"""One look, one update, one look that confirms it."""
BOTH = inventory({"search": SEARCH, "chat": CHAT})

OTHER_PAYER = "888888888888"


@pytest.fixture
def stack(make_stack: MakeStack) -> Stack:
    stack = make_stack(BOTH)
    stack.config["bedrock-projects:scope"] = "all"
    return stack


def discover(cloud: Cloud, stack: Stack) -> None:
    """A billed request from each project, and the day that Billing takes."""
    for project in stack.outputs()["projects"].values():
        cloud.aws.usage(project["id"])
    cloud.aws.advance(days=1)
    cloud.forget_requests()


def billing(cloud: Cloud) -> list[str]:
    return [request.operation.removeprefix("ce:") for request in cloud.aws.requests("ce:*")]


def updates(cloud: Cloud) -> list[list[tuple[str, str]]]:
    requests = cloud.aws.requests("ce:UpdateCostAllocationTagsStatus")
    return [
        [(tag["TagKey"], tag["Status"]) for tag in request.body["CostAllocationTagsStatus"]] for request in requests
    ]


def many_keys(count: int) -> str:
    """An inventory whose projects of two environments carry so many keys, the ownership tag counted."""
    names = [f"K{number:02}" for number in range(count - 1)]
    head = HEAD.replace("  Team: {}\n  CostCenter: {}\n", "".join(f"  {name}: {{}}\n" for name in names))
    halves = {"dev": names[::2], "prod": names[1::2]}
    entries = {
        of: f"{{name: {of}, environments: [{of}], tags: {{{', '.join(f'{name}: x' for name in half)}}}}}"
        for of, half in halves.items()
    }
    return inventory(entries, head=head)


def test_the_whole_way_from_the_first_preview_to_a_destroy_that_leaves_all_active(cloud: Cloud, stack: Stack) -> None:
    """Each key by its own status; then no call; seen by a refresh, put right by an up, no longer used.

    Keys of AWS itself are never touched.
    """
    own = [tag for tag in cloud.cost_allocation_tags(DEV) if tag["Type"] == "AWSGenerated"]
    assert own != []
    stack.preview().succeeded()
    cloud.aws.tag_keys(DEV, ["Team"], status="Active")
    cloud.aws.tag_keys(DEV, ["CostCenter"], status="Inactive")
    cloud.forget_requests()
    first = stack.up().succeeded()
    assert first.changes == {"search": "create", "chat": "create", "tags": "create"}
    assert billing(cloud) == ACTIVATION
    assert updates(cloud) == [[("CostCenter", "Active")]]
    [warning] = first.warnings
    assert "1 cost allocation tag not known to Billing yet" in warning
    assert "bedrock-project" in warning
    assert "tomorrow or later" in warning
    outputs = stack.outputs()
    tags = outputs["cost_allocation_tags"]
    assert tags["active"] == ["CostCenter", "Team"], "what is known at the up counts, not what the preview saw"
    assert list(tags["pending"]) == ["bedrock-project"]
    assert len(outputs["projects"]) == 2

    discover(cloud, stack)
    second = stack.up().succeeded()
    assert second.changes == {"tags": "update"}
    assert second.warnings == ["not known to Billing at the last run, asked again: bedrock-project"]
    before = stack.outputs()["cost_allocation_tags"]
    assert before == {"active": KEYS, "pending": {}, "unused": []}
    assert billing(cloud) == ACTIVATION

    cloud.forget_requests()
    assert stack.up().succeeded().changes == {}
    assert billing(cloud) == []

    cloud.aws.tag_keys(DEV, ["Team"], status="Inactive")
    cloud.faults(Fault(kind="denied", action="ce:*"))
    run = stack.refresh().succeeded()
    assert any("taken as they were" in warning for warning in run.warnings)
    assert stack.outputs()["cost_allocation_tags"] == before, "a refresh that may not ask keeps the state"

    cloud.faults()
    assert stack.refresh().succeeded().changes == {"tags": "update"}
    cloud.forget_requests()
    stack.write_inventory(inventory({"search": "{name: Search, tags: {Team: Search}}", "chat": CHAT}))
    run = stack.up().succeeded()
    assert run.changes == {"search": "update", "tags": "update"}
    assert updates(cloud) == [[("Team", "Active")]], "what was deactivated by hand, not what is unused"
    assert ["CostCenter" in warning for warning in run.warnings] == [True]
    assert stack.outputs()["cost_allocation_tags"]["unused"] == ["CostCenter"]

    cloud.forget_requests()
    stack.destroy().succeeded()
    assert billing(cloud) == [], "without `deactivateOnDestroy` a destroy asks Billing nothing"
    listed = cloud.cost_allocation_tags(DEV)
    assert sorted(tag["TagKey"] for tag in listed if tag["Status"] == "Active") == KEYS
    assert [tag for tag in listed if tag["Type"] == "AWSGenerated"] == own


def test_a_linked_account_gets_its_projects_and_one_message_with_both_ways_out(cloud: Cloud, stack: Stack) -> None:
    cloud.aws.organization(management=PAYER, members=[DEV])
    message = stack.up().one_error()
    assert "Linked account doesn't have access" in message
    assert "`billingRoleArn`" in message
    assert "`scope: projects`" in message
    assert len(stack.outputs()["projects"]) == len(cloud.active(DEV)) == 2
    assert updates(cloud) == []

    role = cloud.role(PAYER, "billing")
    cloud.aws.tag_keys(PAYER, KEYS)
    stack.config["bedrock-projects:billingRoleArn"] = role
    stack.up().succeeded()
    assert stack.outputs()["cost_allocation_tags"]["active"] == KEYS
    assert {request.account for request in cloud.aws.requests("ce:Update*")} == {PAYER}


def test_a_refresh_and_a_destroy_go_by_what_the_stacks_file_says_now(cloud: Cloud, stack: Stack) -> None:
    def profile(name: str) -> None:
        keys = "".join(f"{key.lower()} = {value}\n" for key, value in cloud.credentials(DEV).items())
        (stack.folder / ".aws").mkdir(exist_ok=True)
        (stack.folder / ".aws" / "credentials").write_text(f"[{name}]\n{keys}")
        stack.config["aws:profile"] = name

    cloud.aws.tag_keys(DEV, KEYS)
    stack.config["bedrock-projects:deactivateOnDestroy"] = "true"
    profile("then")
    stack.up().succeeded()
    profile("now")
    stack.config["bedrock-projects:scope"] = "projects"
    cloud.forget_requests()
    warnings = stack.refresh().succeeded().warnings
    assert any("with `scope: projects` Billing is not asked" in warning for warning in warnings)
    del stack.config["bedrock-projects:deactivateOnDestroy"]
    stack.config["bedrock-projects:scope"] = "all"
    stack.destroy().succeeded()
    assert billing(cloud) == []
    assert cloud.active(DEV) == []


def test_an_inventory_that_gets_billing_takes_the_keys_from_its_stacks_and_leaves_them_active(
    cloud: Cloud, stack: Stack
) -> None:
    """No setting of the stack says that another one has the keys now."""
    cloud.aws.tag_keys(DEV, KEYS)
    stack.config["bedrock-projects:deactivateOnDestroy"] = "true"
    stack.up().succeeded()
    cloud.forget_requests()
    handed_over = HEAD.replace("tag_keys:", f'billing: {{account: "{PAYER}"}}\ntag_keys:')
    stack.write_inventory(inventory({"search": SEARCH, "chat": CHAT}, head=handed_over))
    run = stack.up().succeeded()
    assert run.changes == {"tags": "delete"}
    assert any("stay active for the whole organisation" in warning for warning in run.warnings)
    assert billing(cloud) == []


def test_in_another_payers_billing_a_run_looks_again_says_so_and_deactivates_nothing_of_the_former_one(
    cloud: Cloud, stack: Stack
) -> None:
    cloud.aws.tag_keys(PAYER, KEYS)
    cloud.aws.tag_keys(OTHER_PAYER, ["Team"], status="Active")
    cloud.aws.tag_keys(OTHER_PAYER, ["bedrock-project"])
    stack.config |= {
        "bedrock-projects:deactivateOnDestroy": "true",
        "bedrock-projects:billingRoleArn": cloud.role(PAYER, "billing"),
    }
    stack.up().succeeded()
    cloud.forget_requests()

    stack.config["bedrock-projects:billingRoleArn"] = cloud.role(OTHER_PAYER, "billing")
    moved = stack.up().succeeded()
    assert moved.changes == {"tags": "update"}
    [note] = [warning for warning in moved.warnings if OTHER_PAYER in warning]
    assert f"of account {PAYER}, but Billing's credentials are for account {OTHER_PAYER}" in note
    tags = stack.outputs()["cost_allocation_tags"]
    assert (tags["active"], list(tags["pending"])) == (["Team", "bedrock-project"], ["CostCenter"])

    stack.destroy().succeeded()
    assert updates(cloud) == [[("bedrock-project", "Active")], [("bedrock-project", "Inactive")]]
    assert {request.account for request in cloud.aws.requests("ce:*")} == {OTHER_PAYER}


def test_scope_billing_ends_right_after_a_batch_that_failed_and_a_kill_and_makes_no_call_for_projects(
    cloud: Cloud, make_stack: MakeStack
) -> None:
    stack = make_stack(many_keys(45))
    stack.config |= {"bedrock-projects:scope": "billing", "bedrock-projects:deactivateOnDestroy": "true"}
    keys = [f"K{number:02}" for number in range(44)] + ["bedrock-project"]
    cloud.aws.tag_keys(DEV, keys)
    cloud.faults(Fault(kind="denied", action="ce:Update*", after=1))
    message = stack.up().one_error()
    assert f"; not Active yet: {', '.join(keys[20:])}" in message
    assert stack.outputs()["cost_allocation_tags"]["active"] == keys[:20]

    # Killed between two batches.
    cloud.faults(Fault(kind="latency", operation="ce:Update*", seconds=2, after=1))
    before = len(updates(cloud))
    running = stack.start("up", "--yes", "--skip-preview")
    cloud.wait_until(lambda: len(updates(cloud)) == before + 2)
    running.kill()
    # The service does what it was asked for, also if nobody waits for its answer.
    cloud.wait_until(
        lambda: {tag["TagKey"] for tag in cloud.cost_allocation_tags(DEV) if tag["Status"] == "Active"} >= {*keys}
    )
    cloud.faults()
    stack.cancel()
    stack.up().succeeded()
    assert stack.outputs()["cost_allocation_tags"]["active"] == keys
    assert stack.refresh().succeeded().changes == {}
    assert cloud.aws.requests("bedrock-mantle:*") == []

    cloud.forget_requests()
    stack.destroy().succeeded()
    assert updates(cloud) == [[(key, "Inactive") for key in keys[:20]]], "the others were active by then"
    assert cloud.aws.requests("bedrock-mantle:*") == []
