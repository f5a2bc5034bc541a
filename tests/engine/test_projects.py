"""The life of a project on the real engine: what is sent, what is kept, and that nothing is left to do afterwards.

The entries of one stack live side by side: each step of the test is one run, in which each entry has its own change.
`tests/local_aws/test_edits.py` has each kind of edit, and of change by hand, alone.
"""

from typing import Any

from tests.engine.conftest import DEV, Cloud, MakeStack, own_tags
from tests.engine.harness import Stack
from tests.engine.inventories import CHAT, SEARCH, inventory

Change = tuple[str, dict[str, Any]]
EDITED = "name: Find, data_retention: none, tags: {Team: Data, CostCenter: CC-2}"
DRIFTED = "{name: Drifted, data_retention: none, tags: {Team: Search}}"


def writes(cloud: Cloud) -> list[Change]:
    """The requests that changed something since the last look, in an order of their own: the engine has none."""
    changes = sorted(cloud.changes(), key=repr)
    cloud.forget_requests()
    return changes


def names(cloud: Cloud, region: str = "us-west-2") -> set[str]:
    return {project["name"].removesuffix("-Dev") for project in cloud.active(DEV, region=region)}


def tags(cloud: Cloud, name: str) -> dict[str, str]:
    [project] = [project for project in cloud.active(DEV) if project["name"] == f"{name}-Dev"]
    return dict(project["tags"])


def ids(stack: Stack) -> dict[str, str]:
    return {key: project["id"] for key, project in stack.outputs()["projects"].items()}


def up(stack: Stack, entries: dict[str, str], changes: dict[str, str]) -> str:
    """What an up to these entries says, after it was found to do just that to them."""
    stack.write_inventory(inventory(entries))
    run = stack.up("--diff").succeeded()
    assert run.changes == changes
    return "\n".join([*run.notes, *run.warnings, run.stdout])


def test_each_entry_of_a_stack_is_created_edited_moved_and_removed_as_it_says(
    cloud: Cloud, make_stack: MakeStack
) -> None:
    by_hand = {"Team": "Search", "c7n:mark": "x", "stray": "1"}
    adopted, mover = cloud.create(DEV, "Old name", tags=by_hand), cloud.create(DEV, "Mover-Dev")
    cloud.create(DEV, "Stranger")
    entries = {
        "search": SEARCH,
        "chat": CHAT,
        "drifted": DRIFTED,
        "gone": "{name: Gone}",
        "adopted": f"{{name: Adopted, tags: {{CostCenter: CC-1}}, environments: {{dev: {{id: {adopted}}}}}}}",
        "mover": f"{{name: Mover, environments: {{dev: {{id: {mover}}}}}}}",
        "removed": "{name: Removed}",
        "kept": "{name: Kept}",
        "archived": "{name: Archived}",
        "released": "{name: Released, tags: {Team: Care}}",
        "guarded": "{name: Guarded, protect: true}",
        "retired": "{name: Retired, protect: true}",
    }
    stack = make_stack("")

    said = up(stack, entries, dict.fromkeys(entries, "create"))
    assert "10 new · 2 adopted" in said
    first = writes(cloud)
    for change in (
        ("CreateProject", {"name": "Chat-Dev", "tags": {"Team": "Care", **own_tags("chat")}}),
        (
            "CreateProject",
            {"name": "Search-Dev", "tags": {"Team": "Search", "CostCenter": "CC-1", **own_tags("search")}},
        ),
        (
            "UpdateProject",
            {
                "name": "Adopted-Dev",
                "add_tags": {"CostCenter": "CC-1", **own_tags("adopted")},
                "remove_tag_keys": ["Team", "stray"],
            },
        ),
        ("UpdateProject", {"add_tags": own_tags("mover")}),
    ):
        assert first.count(change) == 1, change
    assert [operation for operation, _ in first] == ["CreateProject"] * 10 + ["UpdateProject"] * 2
    before = ids(stack)
    assert stack.outputs()["projects"]["search"] == {
        "id": before["search"],
        "arn": f"arn:aws:bedrock-mantle:us-west-2:{DEV}:project/{before['search']}",
        "name": "Search-Dev",
        "region": "us-west-2",
        "status": "active",
        "base_url": f"{cloud.url}/v1",
        "endpoint": "bedrock-mantle",
    }

    # By hand; the backend is moved, too. The mark of another tool is not seen, nor is a mode that no entry says.
    stack.move_backend()
    hand = {"name": "By hand", "add_tags": {"Team": "By hand", "c7n:mark": "x"}, "remove_tag_keys": ["bedrock-project"]}
    cloud.update(DEV, before["drifted"], hand)
    for key in ("drifted", "chat"):
        cloud.update(DEV, before[key], {"data_retention": {"mode": "aws_review"}})
    cloud.archive(DEV, before["gone"])
    cloud.forget_requests()
    assert stack.refresh().succeeded().changes == {"drifted": "update", "gone": "delete"}
    assert writes(cloud) == []

    # What was done by hand is put right; one request of each edit with just what differs.
    entries |= {
        "search": f"{{{EDITED}}}",
        "chat": "{name: Chat}",
        "adopted": "{name: Adopted, tags: {CostCenter: CC-1}}",
        "kept": "{name: Kept, on_remove: release}",
        "archived": "{name: Archived, status: archived}",
        "released": "{name: Released, status: released, tags: {Team: Care}}",
        "retired": "{name: Retired, status: archived, protect: true}",
    }
    edited = dict.fromkeys(("search", "chat", "drifted", "kept", "archived", "released", "retired"), "update")
    said = up(stack, entries, {**edited, "gone": "create"})
    assert "1 replaced (the old project is archived; new id): gone" in said
    assert "3 to archive or release by `status` (archived, released, retired)" in said
    for shown in ('~ Team      : "Search" => "Data"', '- Team: "Care"'):
        assert shown in said, "the old and the new of each tag"
    sent = {
        "name": "Find-Dev",
        "add_tags": {"CostCenter": "CC-2", "Team": "Data"},
        "data_retention": {"mode": "none"},
    }
    repair = {
        "name": "Drifted-Dev",
        "add_tags": {"Team": "Search", "bedrock-project": "acme/dev/drifted"},
        "data_retention": {"mode": "none"},
    }
    release = {"remove_tag_keys": ["bedrock-project", "bedrock-project-stack"]}
    updates: list[Change] = [("UpdateProject", body) for body in (sent, {"remove_tag_keys": ["Team"]}, repair, release)]
    created = ("CreateProject", {"name": "Gone-Dev", "tags": own_tags("gone")})
    assert writes(cloud) == sorted([created, *updates, ("ArchiveProject", {}), ("ArchiveProject", {})], key=repr)
    assert names(cloud) == {
        *("Find", "Chat", "Drifted", "Gone", "Adopted", "Mover", "Removed", "Kept", "Released", "Guarded", "Stranger")
    }
    assert tags(cloud, "Released") == {"Team": "Care"}, "a released entry keeps its project without our tags"
    now = ids(stack)
    assert (now["search"], now["gone"] != before["gone"]) == (before["search"], True)

    # A protected entry leaves the file.
    stack.write_inventory(inventory({key: body for key, body in entries.items() if key != "guarded"}))
    assert stack.up().exit_code != 0
    assert writes(cloud) == []

    # A new key; what was removed is archived or released as the up before has said; active again.
    for key in ("search", "removed", "kept", "released", "retired"):
        del entries[key]
    entries |= {
        "find": f"{{aliases: [search], {EDITED}}}",
        "adopted": "{name: Adopted, tags: {CostCenter: CC-2}}",
        "archived": "{name: Archived}",
    }
    removed = dict.fromkeys(("removed", "kept", "released", "retired"), "delete")
    up(stack, entries, {**removed, "find": "update", "adopted": "update", "archived": "replace"})
    bodies = ({"add_tags": {"bedrock-project": "acme/dev/find"}}, {"add_tags": {"CostCenter": "CC-2"}}, release)
    created = ("CreateProject", {"name": "Archived-Dev", "tags": own_tags("archived")})
    changed: list[Change] = [("UpdateProject", body) for body in bodies]
    assert writes(cloud) == sorted([created, *changed, ("ArchiveProject", {})], key=repr)
    assert ids(stack)["find"] == before["search"]
    assert tags(cloud, "Released") == {"Team": "Care"}

    # To another region; an adopted project is released by its move.
    entries |= {
        "find": f"{{aliases: [search], region: eu-west-1, move_from: us-west-2, {EDITED}}}",
        "guarded": "{name: Guarded, protect: false, region: eu-west-1, move_from: us-west-2}",
        "mover": "{name: Mover, region: eu-west-1, move_from: us-west-2, on_remove: archive}",
    }
    said = up(stack, entries, dict.fromkeys(("find", "guarded", "mover"), "replace"))
    assert "2 to archive · 1 to release" in said
    assert f"to release (they stay in AWS, unmanaged): Mover-Dev ({mover})" in said
    operations = [operation for operation, _ in writes(cloud)]
    assert operations == ["ArchiveProject"] * 2 + ["CreateProject"] * 3 + ["UpdateProject"]
    assert names(cloud, "eu-west-1") == {"Find", "Guarded", "Mover"}
    assert names(cloud) == {"Chat", "Drifted", "Gone", "Adopted", "Archived", "Mover", "Kept", "Released", "Stranger"}
    assert tags(cloud, "Mover") == {}
    assert stack.outputs()["projects"]["find"]["region"] == "eu-west-1"
    assert ids(stack)["find"] != before["search"]
    assert stack.preview("--expect-no-changes").succeeded().changes == {}

    # Refresh and destroy need no program.
    stack.remove_program()
    assert stack.refresh().succeeded().changes == {}
    stack.environment["BEDROCK_PROJECTS_ALLOW_ARCHIVE"] = "7"
    stack.destroy().succeeded()
    assert names(cloud, "eu-west-1") == set()
    assert names(cloud) == {"Adopted", "Mover", "Kept", "Released", "Stranger"}
    assert tags(cloud, "Adopted") == {"CostCenter": "CC-2", "c7n:mark": "x"}
    assert cloud.aws.requests("ce:*") == [], "with `scope: projects` Billing is not asked"
