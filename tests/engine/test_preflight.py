"""Preflight at preview: what is stopped before anything is done.

`tests/local_aws/test_preflight_of_many.py` has what it tells apart, without the engine.
"""

from tests.engine.conftest import DEV, Cloud, MakeStack
from tests.engine.inventories import HEAD, inventory


def test_entries_that_vanish_are_named_and_stop_the_preview(cloud: Cloud, make_stack: MakeStack) -> None:
    """More than the archive limit."""
    entries = {f"p{number}": f"{{name: P{number}}}" for number in range(20)}
    stack = make_stack(inventory(entries))
    stack.up().succeeded()
    stack.write_inventory(inventory(dict(list(entries.items())[:12])))
    message = stack.preview().one_error()
    assert "would permanently archive 8 of 20 projects" in message
    assert all(f"P{number}-Dev (proj_" in message for number in range(12, 20))
    assert "BEDROCK_PROJECTS_ALLOW_ARCHIVE=8" in message
    stack.environment["BEDROCK_PROJECTS_ALLOW_ARCHIVE"] = "8"
    assert "8 to archive" in stack.up().succeeded().notes[0]
    assert len(cloud.active(DEV)) == 12


def test_a_preview_asks_aws_nothing_without_preflight_and_no_project_is_registered_where_it_refuses(
    cloud: Cloud, make_stack: MakeStack
) -> None:
    existing = cloud.create(DEV, "Search-Dev")
    stack = make_stack(inventory({"search": "{name: Search, tags: {Team: Search}}", "chat": "{name: Chat}"}))
    stack.config["bedrock-projects:preflight"] = "false"
    assert stack.preview().succeeded().notes == []
    assert cloud.aws.requests() == []

    del stack.config["bedrock-projects:preflight"]
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
