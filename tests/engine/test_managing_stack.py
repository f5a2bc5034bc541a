"""One stack manages a project: what a second stack, a renamed one, a lost state and a moved entry say and do."""

import json
import re
from pathlib import Path

import pytest

from local_aws.faults import Fault
from tests.engine.conftest import DEV, Cloud, MakeStack
from tests.engine.harness import Stack
from tests.engine.inventories import CHAT, SEARCH, inventory

TAG = "bedrock-project-stack"
FIVE = inventory({f"p{number}": f"{{name: P{number}, environments: [dev]}}" for number in range(5)})
REFUSED = "is managed by stack organization/bedrock-projects/dev, and this is stack organization/bedrock-projects/dev2"


@pytest.fixture
def second(cloud: Cloud, tmp_path: Path) -> Stack:
    """Another stack of the same environment, as a branch or a copied settings file makes one."""
    stack = Stack(tmp_path / "second", cloud.url, name="dev2", environment=cloud.credentials(DEV))
    stack.config = {"bedrock-projects:scope": "projects", "bedrock-projects:environment": "dev"}
    stack.write_inventory(FIVE)
    return stack


def stacks_of(cloud: Cloud) -> set[str]:
    return {project["tags"].get(TAG, "") for project in cloud.active(DEV)}


def test_a_second_stack_is_refused_and_its_destroy_archives_nothing(
    cloud: Cloud, make_stack: MakeStack, second: Stack
) -> None:
    first = make_stack(FIVE)
    first.up().succeeded()
    assert stacks_of(cloud) == {"organization/bedrock-projects/dev"}
    for message in (second.preview().one_error(), second.up().one_error()):
        assert message.count(REFUSED) == 5
        assert "to take over 5 from another stack, rerun with BEDROCK_PROJECTS_TAKE_OVER=5" in message
    second.destroy().succeeded()
    assert len(cloud.active(DEV)) == 5
    second.environment["BEDROCK_PROJECTS_TAKE_OVER"] = "5"
    [summary] = second.up().succeeded().notes
    assert "5 taken over from another stack (p0, p1, p2, p3, p4)" in summary
    assert stacks_of(cloud) == {"organization/bedrock-projects/dev2"}
    # The first stack still has them in its state, and archives none.
    assert "is managed by stack organization/bedrock-projects/dev2" in first.preview().one_error()
    first.environment["BEDROCK_PROJECTS_TAKE_OVER"] = "5"
    assert "take it over with `pulumi up --refresh`" in first.preview().one_error()
    destroyed = first.destroy().succeeded()
    left = r"(p\d): project \S+ \(P\d-Dev\) was not changed: it is managed by stack organization/bedrock-projects/dev2"
    assert set(re.findall(left, destroyed.stdout)) == {"p0", "p1", "p2", "p3", "p4"}
    assert len(cloud.active(DEV)) == 5


def test_what_is_in_the_state_recovered_orphaned_and_drifted_is_counted_apart(
    cloud: Cloud, make_stack: MakeStack
) -> None:
    stack = make_stack(FIVE)
    stack.up().succeeded()
    assert "0 new · 0 adopted · 5 unchanged · 0 to archive" in stack.preview().notes[0]
    [first] = [project for project in cloud.active(DEV) if project["name"] == "P0-Dev"]
    cloud.update(DEV, first["id"], {"add_tags": {"Team": "Hand"}})
    assert "1 drifted (run `pulumi up --refresh`; p0: Team Hand → (none))" in stack.preview().notes[0]
    stack.lose_state()
    stack.write_inventory(inventory({"p0": "{name: P0, environments: [dev]}"}))
    [summary] = (told := stack.preview().succeeded()).notes
    assert "0 unchanged · 0 to archive · 1 recovered by their tag, not in this stack's state" in summary
    assert "4 orphaned" in summary
    assert "1 recovered by their tag, not in this stack's state: a lost state, or another backend" in told.stdout
    assert "rerun with BEDROCK_PROJECTS_ARCHIVE_ORPHANS=4" in told.stdout
    stack.up().succeeded()
    assert len(cloud.active(DEV)) == 5
    stack.environment["BEDROCK_PROJECTS_ARCHIVE_ORPHANS"] = "3"
    assert "is '3', but 4 projects are orphaned" in stack.up().one_error()
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
    del stack.environment["BEDROCK_PROJECTS_TAKE_OVER"]
    assert stacks_of(cloud) == {"organization/bedrock-projects/development"}
    assert stack.preview("--expect-no-changes").succeeded().changes == {}


def test_a_destroy_before_the_take_over_of_a_renamed_stack_archives_its_own_once_told_the_number(
    cloud: Cloud, make_stack: MakeStack
) -> None:
    stack = make_stack(inventory({"search": SEARCH}))
    stack.up().succeeded()
    stack.rename("development")
    assert "a renamed stack or a copied state" in stack.destroy().stdout
    assert len(cloud.active(DEV)) == 1
    stack.environment["BEDROCK_PROJECTS_ALLOW_ARCHIVE"] = "1"
    stack.destroy().succeeded()
    assert cloud.active(DEV) == []


@pytest.mark.parametrize("preflight", ["true", "false"])
def test_a_project_that_another_environment_names_is_released_and_not_archived(
    cloud: Cloud, make_stack: MakeStack, preflight: str
) -> None:
    """The entry goes from one environment to another of the same account."""
    head = inventory({}).replace("222222222222", DEV)
    dev = make_stack(f"{head}  search: {{name: Search, environments: [dev]}}\n  chat: {{name: Chat}}\n")
    dev.up().succeeded()
    moved = dev.outputs()["projects"]["search"]["id"]
    after = f"{head}  found: {{name: Search, environments: {{prod: {{id: {moved}}}}}}}\n  chat: {{name: Chat}}\n"
    dev.write_inventory(after)
    dev.config["bedrock-projects:preflight"] = preflight
    notes = dev.up().succeeded().notes
    assert ["0 to archive · 1 to release" in summary for summary in notes] == [True] * (preflight == "true")
    [project] = [project for project in cloud.active(DEV) if project["id"] == moved]
    assert "bedrock-project" not in project["tags"]
    dev.up().succeeded()
    assert set(dev.resources()) == {"chat"}


@pytest.mark.parametrize("lose", [False, True], ids=["deployed", "after a rename of the stack"])
def test_a_destroy_of_many_needs_their_number(cloud: Cloud, make_stack: MakeStack, lose: bool) -> None:
    stack = make_stack(FIVE)
    stack.config["bedrock-projects:environment"] = "dev"
    stack.up().succeeded()
    if lose:
        stack.rename("development")
    refused = stack.destroy("--continue-on-error")
    assert refused.exit_code != 0
    assert "this destroy would permanently archive 5 projects" in refused.stdout
    assert len(cloud.active(DEV)) == 5
    stack.environment["BEDROCK_PROJECTS_ALLOW_ARCHIVE"] = "5"
    stack.destroy().succeeded()
    assert cloud.active(DEV) == []


def test_a_project_moved_between_stacks_stays_whatever_the_file_says(cloud: Cloud, make_stack: MakeStack) -> None:
    """`pulumi state move` of one project from dev to prod, whose file has no entry, its own, or that one."""
    head = inventory({}).replace("222222222222", DEV)
    dev = make_stack(f"{head}  search: {{name: Search}}\n  chat: {{name: Chat, environments: [dev]}}\n")
    dev.up().succeeded()
    prod = dev.beside("prod")
    prod.up().succeeded()
    before = {project["id"] for project in cloud.active(DEV)}
    state = dev.export()
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
    previewed, run = prod.preview().one_error(), prod.up().one_error()
    assert previewed == run
    assert "belongs to acme/dev/chat" in previewed
    assert cloud.changes() == []
    dev.import_state(state).succeeded()
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
    assert "rerun with BEDROCK_PROJECTS_TAKE_OVER=2" in second.preview().one_error()
    if is_rewritten:
        second.write_inventory(inventory({"search": SEARCH}))
        assert "in the state, this is stack" in second.preview().one_error()
    assert refusal in second.destroy("--continue-on-error").stdout
    assert len(cloud.active(DEV)) == 2


def test_a_copy_on_the_same_backend_is_not_taken_for_the_stack_that_it_is_of(
    cloud: Cloud, make_stack: MakeStack
) -> None:
    protected = inventory(
        {f"p{number}": f"{{name: P{number}, protect: true, environments: [dev]}}" for number in (1, 2)}
    )
    dev = make_stack(protected)
    dev.up().succeeded()
    copied = dev.beside("dev2")
    copied.import_state(dev.export(), "--force").succeeded()
    copied.unprotect_all()
    assert "is missing from the state of stack" in copied.destroy("--continue-on-error").stdout
    assert len(cloud.active(DEV)) == 2


def test_a_stack_that_is_given_another_environment_is_refused_at_preview(cloud: Cloud, make_stack: MakeStack) -> None:
    head = inventory({}).replace("222222222222", DEV)
    stack = make_stack(f"{head}  search: {{name: Search}}\n  chat: {{name: Chat}}\n")
    stack.up().succeeded()
    stack.config["bedrock-projects:environment"] = "prod"
    cloud.forget_requests()
    previewed, run = stack.preview().one_error(), stack.up().one_error()
    assert previewed == run
    assert "belongs to acme/dev/search" in previewed
    assert cloud.changes() == []


def test_a_move_of_an_adopted_project_is_announced_as_the_release_that_it_is(
    cloud: Cloud, make_stack: MakeStack
) -> None:
    id_ = cloud.create(DEV, "Search-Dev")
    stack = make_stack(inventory({"search": f"{{name: Search, environments: {{dev: {{id: {id_}}}}}}}"}))
    stack.up().succeeded()
    moved = "{name: Search, region: us-east-1, move_from: us-west-2, on_remove: archive, environments: [dev]}"
    stack.write_inventory(inventory({"search": moved}))
    told = stack.preview().succeeded()
    assert "1 new · 0 adopted · 0 unchanged · 0 to archive · 1 to release" in told.notes[0]
    assert f"to release (they stay in AWS, unmanaged): Search-Dev ({id_})" in told.stdout
    stack.up().succeeded()
    assert [(project["id"], project["tags"]) for project in cloud.active(DEV)] == [(id_, {})]


@pytest.mark.parametrize("is_moving", [True, False])
def test_what_a_replacement_left_behind_is_archived_only_while_its_entry_says_the_move(
    cloud: Cloud, make_stack: MakeStack, is_moving: bool
) -> None:
    """A move that ended between its two halves."""
    stack = make_stack(inventory({"search": SEARCH}))
    stack.up().succeeded()
    stack.write_inventory(inventory({"search": f"{SEARCH[:-1]}, region: us-east-1, move_from: us-west-2}}"}))
    cloud.faults(Fault(kind="unavailable", operation="bedrock-mantle:ArchiveProject"))
    stack.up().one_error()
    cloud.faults()
    if is_moving:
        assert "0 new · 0 adopted · 1 unchanged · 1 to archive" in stack.preview().succeeded().notes[0]
        stack.up().succeeded()
        assert cloud.active(DEV) == []
    else:
        stack.write_inventory(inventory({"search": f"{SEARCH[:-1]}, region: us-east-1}}"}))
        run = stack.up().succeeded()
        assert "0 new · 0 adopted · 1 unchanged · 0 to archive" in run.notes[0]
        assert "was not changed: its entry is in the inventory, without `move_from: us-west-2`" in run.stdout
        assert [project["name"] for project in cloud.active(DEV)] == ["Search-Dev"]
    assert len(stack.resources()) == 1


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


def test_a_renamed_ownership_tag_takes_nothing_over_without_a_word(
    cloud: Cloud, make_stack: MakeStack, second: Stack
) -> None:
    make_stack(FIVE).up().succeeded()
    renamed = "ownership_tag: owner\nprevious_owner: {ownership_tag: bedrock-project}\n"
    second.write_inventory(FIVE.replace("inventory: acme\n", f"inventory: acme\n{renamed}"))
    assert "rerun with BEDROCK_PROJECTS_TAKE_OVER=5" in second.preview().one_error()


def test_the_state_of_another_account_is_refused_at_preview(cloud: Cloud, make_stack: MakeStack) -> None:
    """The environment names no account, so that only the state knows it."""
    unnamed = inventory({"search": SEARCH, "chat": CHAT}).replace('account: "111111111111", ', "")
    stack = make_stack(unnamed)
    stack.up().succeeded()
    stack.environment |= cloud.credentials("222222222222")
    message = stack.preview().one_error()
    assert "which the state has, is in account 111111111111, but the credentials" in message
    assert cloud.active("222222222222") == []
