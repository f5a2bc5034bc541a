"""The life of a project on the real engine: what is sent, what is kept, and that nothing is left to do afterwards."""

from tests.engine.conftest import DEV, Cloud, MakeStack, own_tags
from tests.engine.harness import Stack
from tests.engine.inventories import CHAT, HEAD, SEARCH, inventory


def nothing_is_left_to_do(stack: Stack) -> None:
    assert stack.preview("--expect-no-changes").succeeded().changes == {}


def test_first_up_creates_each_project_with_one_request(cloud: Cloud, make_stack: MakeStack) -> None:
    stack = make_stack(inventory({"search": SEARCH, "chat": CHAT}))
    assert stack.up().succeeded().changes == {"search": "create", "chat": "create"}
    assert cloud.changes() == [
        ("CreateProject", {"name": "Chat-Dev", "tags": {"Team": "Care", **own_tags("chat")}}),
        (
            "CreateProject",
            {
                "name": "Search-Dev",
                "tags": {"Team": "Search", "CostCenter": "CC-1", **own_tags("search")},
            },
        ),
    ]
    nothing_is_left_to_do(stack)
    search = stack.outputs()["projects"]["search"]
    [created] = [project for project in cloud.active(DEV) if project["name"] == "Search-Dev"]
    assert search == {
        "id": created["id"],
        "arn": f"arn:aws:bedrock-mantle:us-west-2:{DEV}:project/{created['id']}",
        "name": "Search-Dev",
        "region": "us-west-2",
        "status": "active",
        "base_url": f"{cloud.url}/v1",
        "endpoint": "bedrock-mantle",
    }


def test_an_edit_is_one_request_with_just_what_differs_and_keeps_the_id(cloud: Cloud, deployed: Stack) -> None:
    """All at once; `tests/local_aws/test_edits.py` has each kind of edit, and of change by hand, alone."""
    before = deployed.outputs()["projects"]["search"]["id"]
    cloud.forget_requests()
    body = "{name: Find, data_retention: none, tags: {CostCenter: CC-2}}"
    deployed.write_inventory(inventory({"chat": CHAT, "search": body}))
    assert deployed.up().succeeded().changes == {"search": "update"}
    sent = {
        "name": "Find-Dev",
        "add_tags": {"CostCenter": "CC-2"},
        "remove_tag_keys": ["Team"],
        "data_retention": {"mode": "none"},
    }
    assert cloud.changes() == [("UpdateProject", sent)]
    assert deployed.outputs()["projects"]["search"]["id"] == before
    nothing_is_left_to_do(deployed)


def test_a_new_key_with_its_former_one_keeps_the_project_and_rewrites_the_ownership_tag(
    cloud: Cloud, deployed: Stack
) -> None:
    before = deployed.outputs()["projects"]["search"]["id"]
    cloud.forget_requests()
    find = SEARCH.replace("name: Search", "aliases: [search], name: Search")
    deployed.write_inventory(inventory({"find": find, "chat": CHAT}))
    assert deployed.up().succeeded().changes == {"find": "update"}
    assert cloud.changes() == [("UpdateProject", {"add_tags": {"bedrock-project": "acme/dev/find"}})]
    assert deployed.outputs()["projects"]["find"]["id"] == before
    nothing_is_left_to_do(deployed)


def test_a_move_to_another_region_creates_first_and_then_archives(cloud: Cloud, deployed: Stack) -> None:
    old = deployed.outputs()["projects"]["search"]
    moved = SEARCH.replace("{name", "{region: eu-west-1, move_from: us-west-2, name")
    cloud.forget_requests()
    deployed.write_inventory(inventory({"search": moved, "chat": CHAT}))
    assert deployed.up().succeeded().changes == {"search": "replace"}
    assert [operation for operation, _ in cloud.changes()] == ["CreateProject", "ArchiveProject"]
    new = deployed.outputs()["projects"]["search"]
    assert (new["region"], new["id"] != old["id"]) == ("eu-west-1", True)
    assert [project["name"] for project in cloud.active(DEV, region="eu-west-1")] == ["Search-Dev"]
    assert [project["name"] for project in cloud.active(DEV)] == ["Chat-Dev"]
    nothing_is_left_to_do(deployed)


def test_a_move_that_the_entry_does_not_announce_is_refused(cloud: Cloud, deployed: Stack) -> None:
    cloud.forget_requests()
    deployed.write_inventory(inventory({"search": SEARCH.replace("{name", "{region: eu-west-1, name"), "chat": CHAT}))
    assert "move_from: us-west-2" in deployed.preview().one_error()
    assert cloud.changes() == []


def test_an_entry_with_an_id_adopts_and_never_creates(cloud: Cloud, make_stack: MakeStack) -> None:
    existing = cloud.create(DEV, "Old name", tags={"Team": "Search", "c7n:mark": "x", "stray": "1"})
    stack = make_stack(
        inventory({"search": SEARCH.replace("{name", f"{{environments: {{dev: {{id: {existing}}}}}, name")})
    )
    assert "1 adopted" in stack.preview().succeeded().notes[0]
    assert stack.up().succeeded().changes == {"search": "create"}
    assert cloud.changes() == [
        (
            "UpdateProject",
            {
                "name": "Search-Dev",
                "add_tags": {"CostCenter": "CC-1", **own_tags("search")},
                "remove_tag_keys": ["stray"],
            },
        )
    ]
    nothing_is_left_to_do(stack)
    cloud.forget_requests()
    stack.write_inventory(inventory({"search": SEARCH}))
    assert stack.up().succeeded().changes == {}
    assert cloud.changes() == []
    stack.write_inventory(inventory({"search": SEARCH.replace("CC-1", "CC-2")}))
    stack.up().succeeded()
    stack.destroy().succeeded()
    [released] = cloud.active(DEV)
    assert (released["id"], "bedrock-project" in released["tags"]) == (existing, False)


def test_a_change_by_hand_is_seen_by_refresh_and_put_right_by_up(cloud: Cloud, deployed: Stack) -> None:
    """The mark of another tool is neither seen nor removed."""
    change = {
        "name": "By hand",
        "add_tags": {"Team": "By hand", "c7n:mark": "x"},
        "remove_tag_keys": ["bedrock-project"],
    }
    cloud.update(DEV, deployed.outputs()["projects"]["search"]["id"], change)
    assert deployed.refresh().succeeded().changes == {"search": "update"}
    cloud.forget_requests()
    assert deployed.up().succeeded().changes == {"search": "update"}
    repair = {"name": "Search-Dev", "add_tags": {"Team": "Search", "bedrock-project": "acme/dev/search"}}
    assert cloud.changes() == [("UpdateProject", repair)]
    nothing_is_left_to_do(deployed)


def test_retention_changed_by_hand_is_put_right_only_where_it_is_declared(cloud: Cloud, make_stack: MakeStack) -> None:
    declared = SEARCH.replace("{name", "{data_retention: none, name")
    stack = make_stack(inventory({"search": declared, "chat": CHAT}))
    stack.up().succeeded()
    for project in stack.outputs()["projects"].values():
        cloud.update(DEV, project["id"], {"data_retention": {"mode": "aws_review"}})
    cloud.forget_requests()
    assert stack.refresh().succeeded().changes == {"search": "update"}
    assert stack.up().succeeded().changes == {"search": "update"}
    assert cloud.changes() == [("UpdateProject", {"data_retention": {"mode": "none"}})]


def test_a_project_archived_by_hand_leaves_the_state_and_is_made_anew(cloud: Cloud, deployed: Stack) -> None:
    old = deployed.outputs()["projects"]["search"]["id"]
    cloud.archive(DEV, old)
    assert deployed.refresh().succeeded().changes == {"search": "delete"}
    cloud.forget_requests()
    run = deployed.up().succeeded()
    assert run.changes == {"search": "create"}
    assert "1 replaced (the old project is archived; new id): search" in run.notes[0]
    assert deployed.outputs()["projects"]["search"]["id"] != old
    nothing_is_left_to_do(deployed)


def test_two_stacks_of_one_file_live_side_by_side_in_two_accounts(cloud: Cloud, make_stack: MakeStack) -> None:
    text = inventory({"search": SEARCH, "chat": CHAT})
    dev, prod = make_stack(text), make_stack(text, environment="prod")
    dev.up().succeeded()
    prod.up().succeeded()
    assert {project["name"] for project in cloud.active("222222222222")} == {"Search-Prod", "Chat-Prod"}
    dev.destroy().succeeded()
    assert cloud.active(DEV) == []
    assert len(cloud.active("222222222222")) == 2
    nothing_is_left_to_do(prod)


def test_refresh_and_destroy_need_no_program(cloud: Cloud, deployed: Stack) -> None:
    deployed.remove_program()
    assert deployed.refresh().succeeded().changes == {}
    deployed.destroy().succeeded()
    assert cloud.active(DEV) == []


def test_preview_shows_the_old_and_the_new_of_each_tag(deployed: Stack) -> None:
    deployed.write_inventory(
        inventory(
            {
                "search": "{name: Search, tags: {Team: Data}}",
                "chat": "{name: Chat, tags: {Team: Care, CostCenter: CC-9}}",
            }
        )
    )
    shown = deployed.preview("--diff").succeeded().stdout
    assert '~ Team      : "Search" => "Data"' in shown
    assert '- CostCenter: "CC-1"' in shown
    assert '+ CostCenter: "CC-9"' in shown


def test_what_removing_an_entry_does_is_in_force_from_the_up_that_says_so(cloud: Cloud, deployed: Stack) -> None:
    deployed.write_inventory(inventory({"search": SEARCH, "chat": CHAT.replace("{name", "{on_remove: release, name")}))
    cloud.forget_requests()
    assert deployed.up().succeeded().changes == {"chat": "update"}
    assert cloud.changes() == []
    deployed.write_inventory(inventory({"search": SEARCH}))
    assert deployed.up().succeeded().changes == {"chat": "delete"}
    assert cloud.changes() == [("UpdateProject", {"remove_tag_keys": ["bedrock-project", "bedrock-project-stack"]})]


def test_only_the_declared_stays_a_removed_entry_is_archived(cloud: Cloud, deployed: Stack) -> None:
    cloud.create(DEV, "Stranger")
    deployed.write_inventory(inventory({"search": SEARCH}))
    assert deployed.up().succeeded().changes == {"chat": "delete"}
    assert {project["name"] for project in cloud.active(DEV)} == {"Search-Dev", "Stranger"}


def test_a_protected_entry_moves_only_with_protect_false_in_the_same_change(
    cloud: Cloud, make_stack: MakeStack
) -> None:
    protecting = HEAD.replace("protect: false", "protect: true")
    stack = make_stack(inventory({"search": SEARCH}, head=protecting))
    stack.up().succeeded()
    moved = SEARCH.replace("{name", "{region: eu-west-1, move_from: us-west-2, name")
    stack.write_inventory(inventory({"search": moved}, head=protecting))
    assert "projects.yaml:12:" in stack.preview().one_error()
    stack.write_inventory(inventory({"search": moved.replace("{region", "{protect: false, region")}, head=protecting))
    assert stack.up().succeeded().changes == {"search": "replace"}
    assert cloud.active(DEV) == []
    assert len(cloud.active(DEV, region="eu-west-1")) == 1


def test_an_entry_is_retired_in_one_change_and_dropped_in_the_next(cloud: Cloud, make_stack: MakeStack) -> None:
    protecting = HEAD.replace("protect: false", "protect: true")
    stack = make_stack(inventory({"search": SEARCH, "chat": CHAT}, head=protecting))
    stack.up().succeeded()
    stack.write_inventory(
        inventory({"search": SEARCH, "chat": CHAT.replace("{name", "{status: archived, name")}, head=protecting)
    )
    assert "1 to archive or release by `status` (chat)" in stack.preview().succeeded().notes[0]
    assert stack.up().succeeded().changes == {"chat": "update"}
    assert [project["name"] for project in cloud.active(DEV)] == ["Search-Dev"]
    nothing_is_left_to_do(stack)
    cloud.forget_requests()
    stack.write_inventory(inventory({"search": SEARCH}, head=protecting))
    assert stack.up().succeeded().changes == {"chat": "delete"}
    assert cloud.changes() == []


def test_a_released_entry_keeps_its_project_without_our_tag(cloud: Cloud, deployed: Stack) -> None:
    deployed.write_inventory(inventory({"search": SEARCH, "chat": CHAT.replace("{name", "{status: released, name")}))
    assert deployed.up().succeeded().changes == {"chat": "update"}
    nothing_is_left_to_do(deployed)
    deployed.write_inventory(inventory({"search": SEARCH}))
    deployed.up().succeeded()
    chat = next(project for project in cloud.active(DEV) if project["name"] == "Chat-Dev")
    assert chat["tags"] == {"Team": "Care"}


def test_an_entry_that_is_active_again_gets_a_new_project(cloud: Cloud, deployed: Stack) -> None:
    old = deployed.outputs()["projects"]["chat"]["id"]
    deployed.write_inventory(inventory({"search": SEARCH, "chat": CHAT.replace("{name", "{status: archived, name")}))
    deployed.up().succeeded()
    deployed.write_inventory(inventory({"search": SEARCH, "chat": CHAT}))
    assert deployed.up().succeeded().changes == {"chat": "replace"}
    assert deployed.outputs()["projects"]["chat"]["id"] != old
    assert len(cloud.active(DEV)) == 2
    nothing_is_left_to_do(deployed)


def test_a_protected_entry_that_leaves_the_file_fails_the_preview(cloud: Cloud, make_stack: MakeStack) -> None:
    protecting = HEAD.replace("protect: false", "protect: true")
    stack = make_stack(inventory({"search": SEARCH, "chat": CHAT}, head=protecting))
    stack.up().succeeded()
    stack.write_inventory(inventory({"search": SEARCH}, head=protecting))
    assert stack.preview().exit_code != 0
    assert stack.up().exit_code != 0
    assert len(cloud.active(DEV)) == 2
