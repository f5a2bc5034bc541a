"""Preflight at preview: what Pulumi's plan cannot tell apart, and what is stopped before anything is done."""

from concurrent.futures import ThreadPoolExecutor

from tests.engine.conftest import DEV, Cloud, MakeStack
from tests.engine.inventories import HEAD, inventory
from tests.unit.hostile import TEXT, check_lines


def scripted(cloud: Cloud, count: int, *, owned: int) -> list[str]:
    """Projects that a script made, the first of them with our ownership tag; their ids."""
    client = cloud.client(DEV)

    def create(number: int) -> str:
        tags = {"bedrock-project": f"acme/dev/p{number}"} if number < owned else {}
        return str(client.create_project(name=f"P{number}-Dev", tags=tags)["id"])

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(create, range(count)))


def test_adopted_found_again_and_new_are_distinguished_among_180(cloud: Cloud, make_stack: MakeStack) -> None:
    ids = scripted(cloud, 180, owned=2)
    entries = {f"p{n}": f"{{name: P{n}, environments: {{dev: {{id: {id_}}}}}}}" for n, id_ in enumerate(ids)}
    entries |= {"p0": "{name: P0}", "p1": "{name: P1, tags: {Team: Care}}", "new": "{name: New}"}
    [summary] = make_stack(inventory(entries)).preview().succeeded().notes
    assert summary == (
        f"dev · {DEV} · us-west-2: 1 new · 178 adopted · 0 unchanged · 0 to archive"
        " · 2 recovered by their tag, not in this stack's state · 1 differing (p1: Team (none) → Care)"
    )


def test_40_of_100_entries_that_vanish_are_named_and_stop_the_preview(cloud: Cloud, make_stack: MakeStack) -> None:
    scripted(cloud, 100, owned=100)
    entries = {f"p{number}": f"{{name: P{number}}}" for number in range(100)}
    stack = make_stack(inventory(entries))
    stack.up().succeeded()
    stack.write_inventory(inventory(dict(list(entries.items())[:60])))
    message = stack.preview().one_error()
    assert "would permanently archive 40 of 100 projects" in message
    assert all(f"P{number}-Dev (proj_" in message for number in range(60, 100))
    assert "BEDROCK_PROJECTS_ALLOW_ARCHIVE=40" in message
    stack.environment["BEDROCK_PROJECTS_ALLOW_ARCHIVE"] = "40"
    assert "40 to archive" in stack.up().succeeded().notes[0]
    assert len(cloud.active(DEV)) == 60


def test_a_name_that_others_gave_is_shown_by_its_characters(cloud: Cloud, make_stack: MakeStack) -> None:
    cloud.create(DEV, TEXT[:128], tags={"bedrock-project": "acme/dev/gone"})
    preview = make_stack(inventory({"search": "{name: Search}"})).preview().succeeded()
    for text in (*preview.notes, *preview.warnings):
        check_lines(text)
    assert any(r"=1+1\u202eA\u2066B" in warning for warning in preview.warnings)


def test_a_preview_without_preflight_asks_aws_nothing(cloud: Cloud, make_stack: MakeStack) -> None:
    cloud.create(DEV, "Search-Dev")
    stack = make_stack(inventory({"search": "{name: Search}"}))
    stack.config["bedrock-projects:preflight"] = "false"
    assert stack.preview().succeeded().notes == []
    assert cloud.aws.requests() == []


def test_no_project_is_registered_where_preflight_refuses(cloud: Cloud, make_stack: MakeStack) -> None:
    existing = cloud.create(DEV, "Search-Dev")
    stack = make_stack(inventory({"search": "{name: Search, tags: {Team: Search}}", "chat": "{name: Chat}"}))
    message = stack.up().one_error()
    assert "is named 'Search-Dev' too and is not this entry's" in message
    assert f"write `id: {existing}`" in message
    registered = {resource["type"] for resource in stack.export()["deployment"]["resources"]}
    assert registered == {"pulumi:pulumi:Stack", "bedrock-projects:components:BedrockProjects"}
    assert not cloud.changes()


def emptied(count: int, *, environments: str) -> str:
    """An inventory whose entries alone name the region."""
    body = f"{{{{name: P{{}}, region: us-west-2, environments: [{environments}]}}}}"
    head = HEAD.replace("region: us-west-2, ", "")
    return inventory({f"p{number}": body.format(number) for number in range(count)}, head=head)


def test_an_environment_that_all_entries_left_is_not_emptied_unseen(cloud: Cloud, make_stack: MakeStack) -> None:
    """Preflight refuses it; without preflight, the run itself stops at the archive limit."""
    stack = make_stack(emptied(5, environments="dev, prod"))
    stack.config["bedrock-projects:scope"] = "all"
    stack.up().succeeded()
    stack.write_inventory(emptied(5, environments="prod"))
    assert "environment 'dev' has no project and no region" in stack.up().one_error()
    assert len(cloud.active(DEV)) == 5
    stack.config["bedrock-projects:preflight"] = "false"
    assert "this run has already archived 3 projects and would archive more" in stack.up().stdout
    assert len(cloud.active(DEV)) == 2
