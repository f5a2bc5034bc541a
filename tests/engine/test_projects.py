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


def test_an_edit_a_new_key_and_a_move_are_what_they_say_and_leave_nothing_to_do(cloud: Cloud, deployed: Stack) -> None:
    """Each on what the one before has left: a step that had left something to do would show in the next.

    `tests/local_aws/test_edits.py` has each kind of edit, and of change by hand, alone.
    """
    before = deployed.outputs()["projects"]["search"]["id"]
    cloud.forget_requests()
    body = "{name: Find, data_retention: none, tags: {Team: Data, CostCenter: CC-2}}"
    deployed.write_inventory(inventory({"chat": CHAT.replace("{Team: Care}", "{}"), "search": body}))
    edited = deployed.up("--diff").succeeded()
    assert edited.changes == {"search": "update", "chat": "update"}
    sent = {
        "name": "Find-Dev",
        "add_tags": {"CostCenter": "CC-2", "Team": "Data"},
        "data_retention": {"mode": "none"},
    }
    requests = [request for _, request in cloud.changes()]
    assert sorted(requests, key=len) == [{"remove_tag_keys": ["Team"]}, sent], "one request with just what differs"
    for shown in ('~ Team      : "Search" => "Data"', '- Team: "Care"'):
        assert shown in edited.stdout, "the old and the new of each tag"
    assert deployed.outputs()["projects"]["search"]["id"] == before

    cloud.forget_requests()
    deployed.write_inventory(
        inventory({"chat": "{name: Chat}", "find": body.replace("{name", "{aliases: [search], name")})
    )
    assert deployed.up().succeeded().changes == {"find": "update"}
    assert cloud.changes() == [("UpdateProject", {"add_tags": {"bedrock-project": "acme/dev/find"}})]
    assert deployed.outputs()["projects"]["find"]["id"] == before

    cloud.forget_requests()
    moved = body.replace("{name", "{region: eu-west-1, move_from: us-west-2, name")
    deployed.write_inventory(inventory({"chat": "{name: Chat}", "find": moved}))
    assert deployed.up().succeeded().changes == {"find": "replace"}
    assert [operation for operation, _ in cloud.changes()] == ["CreateProject", "ArchiveProject"]
    new = deployed.outputs()["projects"]["find"]
    assert (new["region"], new["id"] != before) == ("eu-west-1", True)
    assert [project["name"] for project in cloud.active(DEV, region="eu-west-1")] == ["Find-Dev"]
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
    adopted = stack.up().succeeded()
    assert "1 adopted" in adopted.notes[0]
    assert adopted.changes == {"search": "create"}
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
    cloud.forget_requests()
    stack.write_inventory(inventory({"search": SEARCH}))
    assert stack.up().succeeded().changes == {}
    assert cloud.changes() == []
    stack.write_inventory(inventory({"search": SEARCH.replace("CC-1", "CC-2")}))
    stack.up().succeeded()
    stack.destroy().succeeded()
    [released] = cloud.active(DEV)
    assert (released["id"], "bedrock-project" in released["tags"]) == (existing, False)


def test_what_was_done_by_hand_is_seen_by_refresh_and_put_right_by_up(cloud: Cloud, deployed: Stack) -> None:
    """The mark of another tool is neither seen nor removed, nor is a retention mode that the entry does not say."""
    declared = SEARCH.replace("{name", "{data_retention: none, name")
    deployed.write_inventory(inventory({"search": declared, "chat": CHAT}))
    assert deployed.up().succeeded().changes == {"search": "update"}
    old = {key: project["id"] for key, project in deployed.outputs()["projects"].items()}
    change = {
        "name": "By hand",
        "add_tags": {"Team": "By hand", "c7n:mark": "x"},
        "remove_tag_keys": ["bedrock-project"],
    }
    cloud.update(DEV, old["search"], change)
    for id_ in old.values():
        cloud.update(DEV, id_, {"data_retention": {"mode": "aws_review"}})
    assert deployed.refresh().succeeded().changes == {"search": "update"}
    cloud.forget_requests()
    assert deployed.up().succeeded().changes == {"search": "update"}
    repair = {
        "name": "Search-Dev",
        "add_tags": {"Team": "Search", "bedrock-project": "acme/dev/search"},
        "data_retention": {"mode": "none"},
    }
    assert cloud.changes() == [("UpdateProject", repair)]

    cloud.archive(DEV, old["search"])
    assert deployed.refresh().succeeded().changes == {"search": "delete"}
    run = deployed.up().succeeded()
    assert run.changes == {"search": "create"}, "a project archived by hand is made anew"
    assert "1 replaced (the old project is archived; new id): search" in run.notes[0]
    assert deployed.outputs()["projects"]["search"]["id"] != old["search"]
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
    cloud.forget_requests()
    assert deployed.refresh().succeeded().changes == {}
    deployed.destroy().succeeded()
    assert cloud.active(DEV) == []
    assert cloud.aws.requests("ce:*") == [], "with `scope: projects` Billing is not asked"


def test_a_removed_entry_is_archived_or_released_as_the_up_before_has_said(cloud: Cloud, deployed: Stack) -> None:
    cloud.create(DEV, "Stranger")
    released = CHAT.replace("{name", "{on_remove: release, name")
    deployed.write_inventory(inventory({"search": SEARCH, "chat": released, "new": "{name: New}"}))
    cloud.forget_requests()
    assert deployed.up().succeeded().changes == {"chat": "update", "new": "create"}
    assert [operation for operation, _ in cloud.changes()] == ["CreateProject"], "AWS does not see `on_remove`"
    cloud.forget_requests()
    deployed.write_inventory(inventory({"new": "{name: New}"}))
    assert deployed.up().succeeded().changes == {"search": "delete", "chat": "delete"}
    assert ("UpdateProject", {"remove_tag_keys": ["bedrock-project", "bedrock-project-stack"]}) in cloud.changes()
    assert sorted(operation for operation, _ in cloud.changes()) == ["ArchiveProject", "UpdateProject"]
    assert {project["name"] for project in cloud.active(DEV)} == {"New-Dev", "Chat-Dev", "Stranger"}


def test_a_protected_entry_moves_and_goes_only_if_the_file_says_so_first(cloud: Cloud, make_stack: MakeStack) -> None:
    def write(entries: dict[str, str]) -> None:
        stack.write_inventory(inventory(entries, head=HEAD.replace("protect: false", "protect: true")))

    stack = make_stack("")
    write({"search": SEARCH, "chat": CHAT})
    stack.up().succeeded()

    write({"search": SEARCH})
    assert stack.preview().exit_code != 0, "a protected entry that leaves the file"
    assert stack.up().exit_code != 0
    assert len(cloud.active(DEV)) == 2

    moved = SEARCH.replace("{name", "{region: eu-west-1, move_from: us-west-2, name")
    write({"search": moved, "chat": CHAT})
    assert "projects.yaml:12:" in stack.preview().one_error(), "a move without `protect: false`"
    unprotected = moved.replace("{region", "{protect: false, region")
    write({"search": unprotected, "chat": CHAT})
    assert stack.up().succeeded().changes == {"search": "replace"}
    assert [project["name"] for project in cloud.active(DEV)] == ["Chat-Dev"]
    assert [project["name"] for project in cloud.active(DEV, region="eu-west-1")] == ["Search-Dev"]

    write({"search": unprotected, "chat": CHAT.replace("{name", "{status: archived, name")})
    retired = stack.up().succeeded()
    assert "1 to archive or release by `status` (chat)" in retired.notes[0]
    assert retired.changes == {"chat": "update"}
    assert cloud.active(DEV) == []
    cloud.forget_requests()
    write({"search": unprotected})
    assert stack.up().succeeded().changes == {"chat": "delete"}, "retired in one change, dropped in the next"
    assert cloud.changes() == []


def test_an_archived_or_released_entry_leaves_nothing_to_do_and_may_be_active_again(
    cloud: Cloud, deployed: Stack
) -> None:
    old = deployed.outputs()["projects"]["search"]["id"]
    archived = SEARCH.replace("{name", "{status: archived, name")
    deployed.write_inventory(
        inventory({"search": archived, "chat": CHAT.replace("{name", "{status: released, name"), "new": "{name: New}"})
    )
    assert deployed.up().succeeded().changes == {"search": "update", "chat": "update", "new": "create"}
    [chat] = [project for project in cloud.active(DEV) if project["name"] == "Chat-Dev"]
    assert chat["tags"] == {"Team": "Care"}, "a released entry keeps its project without our tag"
    nothing_is_left_to_do(deployed)
    deployed.write_inventory(inventory({"search": SEARCH, "new": "{name: New}"}))
    assert deployed.up().succeeded().changes == {"search": "replace", "chat": "delete"}
    assert deployed.outputs()["projects"]["search"]["id"] != old
    assert {project["name"] for project in cloud.active(DEV)} == {"Search-Dev", "Chat-Dev", "New-Dev"}
    [kept] = [project for project in cloud.active(DEV) if project["name"] == "Chat-Dev"]
    assert kept == chat
    nothing_is_left_to_do(deployed)
