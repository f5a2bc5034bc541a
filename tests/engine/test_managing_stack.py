"""One stack manages a project: what a second stack, a renamed one, a lost state and a moved entry say and do."""

import json
import re
from pathlib import Path

import pytest

from local_aws.faults import Fault
from tests.engine.conftest import DEV, Cloud, MakeStack
from tests.engine.harness import Stack
from tests.engine.inventories import CHAT, SEARCH, inventory
from tests.engine.run import DYNAMIC

TAG = "bedrock-project-stack"
FIVE = inventory({f"p{number}": f"{{name: P{number}, environments: [dev]}}" for number in range(5)})
REFUSED = "is managed by stack organization/bedrock-projects/dev, and this is stack organization/bedrock-projects/dev2"


@pytest.fixture
def second(cloud: Cloud, tmp_path: Path, secrets: str) -> Stack:
    """Another stack of the same environment, as a branch or a copied settings file makes one."""
    keys = cloud.credentials(DEV)
    stack = Stack(tmp_path / "second", cloud.url, name="dev2", environment=keys, vault=secrets)
    stack.config = {"bedrock-projects:scope": "projects", "bedrock-projects:environment": "dev"}
    stack.write_inventory(FIVE)
    return stack


def stacks_of(cloud: Cloud) -> set[str]:
    return {project["tags"].get(TAG, "") for project in cloud.active(DEV)}


def test_a_second_stack_is_refused_until_it_takes_over_and_only_then_archives(
    cloud: Cloud, make_stack: MakeStack, second: Stack
) -> None:
    first = make_stack(FIVE)
    first.up().succeeded()
    assert stacks_of(cloud) == {"organization/bedrock-projects/dev"}
    message = second.up().one_error()
    assert message.count(REFUSED) == 5
    assert "to take over 5 from another stack, rerun with BEDROCK_PROJECTS_TAKE_OVER=5" in message
    second.environment["BEDROCK_PROJECTS_TAKE_OVER"] = "5"
    [summary] = second.up().succeeded().notes
    assert "5 taken over from another stack (p0, p1, p2, p3, p4)" in summary
    assert stacks_of(cloud) == {"organization/bedrock-projects/dev2"}
    # The first stack still has them in its state, and archives none.
    first.environment["BEDROCK_PROJECTS_TAKE_OVER"] = "5"
    message = first.preview().one_error()
    assert "is managed by stack organization/bedrock-projects/dev2" in message
    assert "take it over with `pulumi up --refresh`" in message
    destroyed = first.destroy().succeeded()
    left = r"(p\d): project \S+ \(P\d-Dev\) was not changed: it is managed by stack organization/bedrock-projects/dev2"
    assert set(re.findall(left, destroyed.stdout)) == {"p0", "p1", "p2", "p3", "p4"}
    assert len(cloud.active(DEV)) == 5
    # The second stack may archive them, if it gets their number.
    refused = second.destroy("--continue-on-error")
    assert refused.exit_code != 0
    assert "this destroy would permanently archive 5 projects" in refused.stdout
    assert len(cloud.active(DEV)) == 5
    second.environment["BEDROCK_PROJECTS_ALLOW_ARCHIVE"] = "5"
    second.destroy("--refresh").succeeded()
    assert cloud.active(DEV) == []


def test_what_is_in_the_state_recovered_orphaned_and_drifted_is_counted_apart(
    cloud: Cloud, make_stack: MakeStack
) -> None:
    stack = make_stack(FIVE)
    stack.up().succeeded()
    [first] = [project for project in cloud.active(DEV) if project["name"] == "P0-Dev"]
    cloud.update(DEV, first["id"], {"add_tags": {"Team": "Hand"}})
    [summary] = stack.preview().succeeded().notes
    assert "0 new · 0 adopted · 5 unchanged · 0 to archive" in summary
    assert "1 drifted (run `pulumi up --refresh`; p0: Team Hand → (none))" in summary
    stack.lose_state()
    cloud.forget_requests()
    stack.write_inventory(inventory({"p0": "{name: P0, environments: [dev]}"}))
    [summary] = (told := stack.up().succeeded()).notes
    assert "0 unchanged · 0 to archive · 1 recovered by their tag, not in this stack's state" in summary
    assert "4 orphaned" in summary
    assert "1 recovered by their tag, not in this stack's state: a lost state, or another backend" in told.stdout
    assert "rerun with BEDROCK_PROJECTS_ARCHIVE_ORPHANS=4" in told.stdout
    assert cloud.changes() == [("UpdateProject", {"remove_tag_keys": ["Team"]})], "the drift alone is put right"
    assert stack.resources()["p0"]["id"] == first["id"]
    stack.environment["BEDROCK_PROJECTS_ARCHIVE_ORPHANS"] = "4"
    stack.up().succeeded()
    assert [project["name"] for project in cloud.active(DEV)] == ["P0-Dev"]
    del stack.environment["BEDROCK_PROJECTS_ARCHIVE_ORPHANS"]
    cloud.forget_requests()
    stack.up().succeeded()
    assert cloud.changes() == []
    assert set(stack.resources()) == {"p0"}


def test_a_renamed_stack_is_another_one_until_it_takes_over(cloud: Cloud, deployed: Stack) -> None:
    stack = deployed
    stack.config["bedrock-projects:environment"] = "dev"
    stack.rename("development")
    assert "rerun with BEDROCK_PROJECTS_TAKE_OVER=2" in stack.preview().one_error()
    stack.environment["BEDROCK_PROJECTS_TAKE_OVER"] = "2"
    stack.up().succeeded()
    assert stacks_of(cloud) == {"organization/bedrock-projects/development"}


def test_a_project_that_another_environment_names_is_released_and_not_archived(
    cloud: Cloud, make_stack: MakeStack
) -> None:
    """Two entries go, one after the other, from one environment to another of the same account.

    The next run takes what was released out of the state.
    """
    head = inventory({}).replace("222222222222", DEV)
    keys = ["search", "chat", "stays"]
    here = {key: f"  {key}: {{name: {key}, environments: [dev]}}\n" for key in keys}
    dev = make_stack(head + "".join(here.values()))
    dev.up().succeeded()
    ids = {key: project["id"] for key, project in dev.outputs()["projects"].items()}
    for preflight, key, changes in (
        ("true", "search", {"search": "update"}),
        ("false", "chat", {"search": "delete", "chat": "update"}),
    ):
        here[key] = f"  {key}-there: {{name: {key}, environments: {{prod: {{id: {ids[key]}}}}}}}\n"
        dev.write_inventory(head + "".join(here.values()))
        dev.config["bedrock-projects:preflight"] = preflight
        run = dev.up().succeeded()
        assert run.changes == changes, f"preflight: {preflight}"
        assert ["0 to archive · 1 to release" in summary for summary in run.notes] == [True] * (preflight == "true")
        [project] = [project for project in cloud.active(DEV) if project["id"] == ids[key]]
        assert "bedrock-project" not in project["tags"], f"preflight: {preflight}"
    assert {project["id"] for project in cloud.active(DEV)} == set(ids.values())
    assert set(dev.resources()) == {"chat", "stays"}


def test_a_project_of_another_environment_stays_with_any_file_and_state(cloud: Cloud, make_stack: MakeStack) -> None:
    """`pulumi state move` of one project from dev to prod.

    The file of prod has no entry, its own, or that one.
    """
    head = inventory({}).replace("222222222222", DEV)
    dev = make_stack(f"{head}  search: {{name: Search}}\n  chat: {{name: Chat, environments: [dev]}}\n")
    dev.up().succeeded()
    prod = dev.beside("prod")
    prod.up().succeeded()
    before = {project["id"] for project in cloud.active(DEV)}
    dev.move_to(prod, "chat")
    moved = prod.export()
    cloud.forget_requests()
    # No entry: only Pulumi's own line shows the delete.
    left = prod.up().succeeded()
    assert "the state has it from stack organization/bedrock-projects/dev, and this is stack" in left.stdout
    assert set(prod.resources()) == {"search"}
    # The entry went to prod in the same change.
    prod.import_state(moved).succeeded()
    prod.write_inventory(f"{head}  search: {{name: Search}}\n  chat: {{name: Chat, environments: [prod]}}\n")
    assert "belongs to acme/dev/chat" in prod.up().one_error()
    assert cloud.changes() == []
    assert {project["id"] for project in cloud.active(DEV)} == before


COPIES = {
    "by force": (False, "the state of stack organization/bedrock-projects/dev cannot be read"),
    "with the URNs rewritten": (True, "a renamed stack or a copied state"),
}


@pytest.mark.parametrize(("is_rewritten", "refusal"), COPIES.values(), ids=COPIES)
def test_a_state_that_was_copied_archives_nothing_without_the_number(
    cloud: Cloud, deployed: Stack, second: Stack, is_rewritten: bool, refusal: str
) -> None:
    second.write_inventory(inventory({"search": SEARCH, "chat": CHAT}))
    text = json.dumps(deployed.export())
    if is_rewritten:
        second.import_state(json.loads(text.replace("urn:pulumi:dev::", "urn:pulumi:dev2::"))).succeeded()
    else:
        second.import_state(json.loads(text), "--force").succeeded()
    if is_rewritten:
        second.write_inventory(inventory({"search": SEARCH}))
        assert "in the state, this is stack" in second.preview().one_error()
    else:
        assert "rerun with BEDROCK_PROJECTS_TAKE_OVER=2" in second.preview().one_error()
    assert refusal in second.destroy("--continue-on-error").stdout
    assert len(cloud.active(DEV)) == 2
    if is_rewritten:
        second.environment["BEDROCK_PROJECTS_ALLOW_ARCHIVE"] = "2"
        second.destroy().succeeded()
        assert cloud.active(DEV) == [], "two would be below the archive limit"


def test_a_copy_on_the_same_backend_is_not_taken_for_the_stack_that_it_is_of(cloud: Cloud, deployed: Stack) -> None:
    """The stack that it is of protects its projects, and the copy does not."""
    state = deployed.export()
    copied = deployed.beside("dev2")
    copied.import_state(state, "--force").succeeded()
    for resource in state["deployment"]["resources"]:
        resource["protect"] = resource["type"].startswith(DYNAMIC)
    deployed.import_state(state).succeeded()
    assert "is missing from the state of stack" in copied.destroy("--continue-on-error").stdout
    assert len(cloud.active(DEV)) == 2


def test_what_a_replacement_left_behind_is_archived_only_while_its_entry_says_the_move(
    cloud: Cloud, deployed: Stack, tmp_path: Path
) -> None:
    """A move that ended between its two halves."""
    stack = deployed
    moved = f"{SEARCH[:-1]}, region: us-east-1, move_from: us-west-2}}"
    stack.write_inventory(inventory({"search": moved, "chat": CHAT}))
    cloud.faults(Fault(kind="unavailable", operation="bedrock-mantle:ArchiveProject"))
    stack.up().one_error()
    cloud.faults()
    stack.save_backend(tmp_path / "between")
    stack.write_inventory(inventory({"search": f"{SEARCH[:-1]}, region: us-east-1}}", "chat": CHAT}))
    run = stack.up().succeeded()
    assert "0 new · 0 adopted · 2 unchanged · 0 to archive" in run.notes[0]
    assert "was not changed: its entry is in the inventory, without `move_from: us-west-2`" in run.stdout
    assert {project["name"] for project in cloud.active(DEV)} == {"Search-Dev", "Chat-Dev"}
    assert len(stack.resources()) == 2
    stack.restore_backend(tmp_path / "between")
    stack.write_inventory(inventory({"search": moved, "chat": CHAT}))
    assert "0 new · 0 adopted · 2 unchanged · 1 to archive" in stack.up().succeeded().notes[0]
    assert [project["name"] for project in cloud.active(DEV)] == ["Chat-Dev"]
    assert len(stack.resources()) == 2


def test_a_resource_that_was_renamed_in_the_state_keeps_its_project(cloud: Cloud, deployed: Stack) -> None:
    """`pulumi state rename` to a name that no entry has: the engine creates under the old name and deletes the new."""
    stack = deployed
    before = cloud.active(DEV)
    cloud.forget_requests()
    stack.rename_resource("chat", "chatty")
    stack.up("--target", stack.resources()["chatty"]["urn"]).succeeded()
    assert cloud.changes() == []
    [summary] = stack.up().succeeded().notes
    assert "1 unchanged · 0 to archive · 1 recovered by their tag" in summary
    assert cloud.changes() == []
    assert cloud.active(DEV) == before
    assert set(stack.resources()) == {"search", "chat"}
