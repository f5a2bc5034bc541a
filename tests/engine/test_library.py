"""The programs of docs/library.md on the real engine: programs of one's own that use the library."""

from pathlib import Path

from tests.documents import codes
from tests.engine.conftest import DEV, Cloud, MakeStack
from tests.engine.first_state import with_standin_aws
from tests.engine.harness import Stack
from tests.engine.inventories import inventory

SET, SINGLE = (code.text for code in codes("docs/library.md") if code.language == "python")
ENTRIES = {"customer-chatbot": "{name: Chatbot, environments: [dev], tags: {Team: Search}}"}


def with_program(stack: Stack, text: str) -> Stack:
    """The stack with a program that has nothing of this repository but the library, and a setting of its own."""
    for name in ("__main__.py", "components"):
        (stack.program / name).unlink()
    (stack.program / "__main__.py").write_text(text, "utf-8")
    stack.config["bedrock-projects:colour"] = "green"
    return stack


def test_an_inventory_in_a_program_of_ones_own(make_stack: MakeStack, cloud: Cloud) -> None:
    stack = with_program(make_stack(inventory(ENTRIES)), SET)
    run = stack.up().succeeded()
    assert any("1 new" in note for note in run.notes)
    [project] = cloud.active(DEV)
    outputs = stack.outputs()
    assert (outputs["chatbot"], [*outputs["pending"]]) == (project["id"], ["Team", "bedrock-project"])


def test_a_project_with_a_tag_from_another_resource(make_stack: MakeStack, cloud: Cloud, tmp_path: Path) -> None:
    (tmp_path / "standin").mkdir()
    role = cloud.role(DEV, "deploy")
    program = SINGLE.replace("    tags=", f"    role_arn={role!r},\n    tags=")
    stack = with_standin_aws(with_program(make_stack(""), program), tmp_path / "standin")
    stack.config["aws:region"] = "us-west-2"  # of the default provider of the other resource
    stack.up(preview=True).succeeded()
    [project] = cloud.active(DEV)
    assert project["tags"] == {
        "Team": "Search",
        "Settings": "/search/settings",
        "bedrock-project": "bedrock-projects/dev/search",
        "bedrock-project-stack": "organization/bedrock-projects/dev",
    }
    assert cloud.aws.requests("sts:AssumeRole")
    assert stack.resources()["search"]["inputs"]["role_arn"] == role
    assert "protected" in stack.destroy().one_error()
    wrong = 'Project("search", name="Search ", region="mars", tags={"aws:Team": settings.id}, data_retention=5)'
    (stack.program / "__main__.py").write_text(f"{SINGLE.partition('search = ')[0]}{wrong}\n", "utf-8")
    errors = " ".join(stack.preview().error_messages())
    for words in (
        "'mars' is not a valid region",
        "begins or ends with white space",
        "'aws:', which AWS reserves",
        "must be a string; write it in quotes",
    ):
        assert words in errors
    assert [seen["id"] for seen in cloud.active(DEV)] == [project["id"]]
