"""What AWS carries out in part or not at all, on the real engine: the state says so, and the next `up` ends it.

The entries of one stack live side by side. At bedrock-runtime, AWS refuses a name after it has taken the tags:
`back` is put back in the file, `again` is not, and both end in the next run; once, a refresh comes first.
At bedrock-mantle, `part` is created without its tags, and an update of its name is answered and not done.
"""

from local_aws.faults import Fault
from tests.engine.conftest import DEV, Cloud, MakeStack, own_tags
from tests.engine.harness import Stack
from tests.engine.inventories import inventory
from tests.engine.run import Run

CREATE, UPDATE = "bedrock-mantle:CreateProject", "bedrock-mantle:UpdateProject"
SERVICES = ("bedrock", "bedrock-mantle")
REFUSED = Fault(kind="denied", action="bedrock:UpdateProject")


def entries(**names: str) -> str:
    """Key to name of those that are not named as they were at first, which changes their tag too."""
    return inventory(
        {
            "back": native("Back", names.get("back")),
            "again": native("Again", names.get("again")),
            "part": f"{{name: {names.get('part', 'Part')}, tags: {{Team: Search, CostCenter: CC-1}}}}",
        }
    )


def native(name: str, new: str | None) -> str:
    cost_center = "CC-2" if new else "CC-1"
    return f"{{name: {new or name}, endpoint: bedrock-runtime, tags: {{CostCenter: {cost_center}}}}}"


def in_aws(cloud: Cloud) -> dict[str, tuple[str, str | None]]:
    """Id to the name and the cost center of each project."""
    projects = [project for service in SERVICES for project in cloud.aws.projects(DEV, "us-west-2", service=service)]
    return {project.id: (project.name, project.tags.get("CostCenter")) for project in projects}


def unfinished(stack: Stack) -> dict[str, str]:
    """What the state says is missing."""
    outputs = {key: resource["outputs"] for key, resource in stack.resources().items()}
    return {key: of["unfinished"] for key, of in outputs.items() if "unfinished" in of}


def test_what_aws_does_in_part_stays_in_the_state_and_the_next_up_ends_it(cloud: Cloud, make_stack: MakeStack) -> None:
    def up(text: str, *faults: Fault) -> Run:
        """A run to these entries; the state then has what AWS has, and each error what is unfinished."""
        stack.write_inventory(text)
        cloud.faults(*faults)
        run = stack.up()
        cloud.faults()
        there = in_aws(cloud)
        for resource in stack.resources().values():
            outputs = resource["outputs"]
            assert (outputs["name"], outputs["tags"].get("CostCenter")) == there[resource["id"]]
        errors = {message.name: message.text for message in run.messages if message.severity == "error"}
        missing = unfinished(stack)
        assert missing.keys() == run.failed.keys()
        assert [key for key, text in missing.items() if text not in errors[key]] == []
        return run

    def name_and_cost_center(key: str) -> tuple[str, str | None]:
        return in_aws(cloud)[stack.resources()[key]["id"]]

    stack = make_stack("")
    message = up(entries(), Fault(kind="partly_done", left_out="tags", operation=CREATE, count=1)).one_error()
    held = stack.resources()["part"]
    assert f"project {held['id']} is not as asked: tag CostCenter is missing, not 'CC-1'" in message
    assert (held["outputs"]["tags"], held["outputs"]["owner"]) == ({}, "")

    # The tags of `part` are written now; those of the two others, but not their names.
    run = up(entries(back="Find", again="Seek"), REFUSED)
    assert len(run.error_messages()) == 2
    for name, new in (("Back", "Find"), ("Again", "Seek")):
        assert any(f"is not as asked: name is '{name}-Dev', not '{new}-Dev'" in error for error in run.errors)
    assert all("not authorized to perform: bedrock:UpdateProject" in error for error in run.errors)
    assert (name_and_cost_center("back"), name_and_cost_center("again")) == (
        ("Back-Dev", "CC-2"),
        ("Again-Dev", "CC-2"),
    )
    [part] = [project for project in cloud.active(DEV) if project["id"] == held["id"]]
    assert part["tags"] == {"Team": "Search", "CostCenter": "CC-1", **own_tags("part")}

    # One is put back, the other sent again.
    message = up(entries(again="Seek", part="Whole"), Fault(kind="ignored", operation=UPDATE)).one_error()
    assert f"project {held['id']} is not as asked: name is 'Part-Dev', not 'Whole-Dev'" in message
    assert (name_and_cost_center("back"), name_and_cost_center("again")) == (("Back-Dev", "CC-1"), ("Seek-Dev", "CC-2"))

    up(entries(back="Find", again="Seek", part="Whole"), REFUSED).one_error()
    assert (name_and_cost_center("back"), name_and_cost_center("part")) == (("Back-Dev", "CC-2"), ("Whole-Dev", "CC-1"))

    # A refresh comes first.
    stack.refresh().succeeded()
    assert unfinished(stack) == {}
    run = up(entries(back="Find", again="Seek", part="Whole")).succeeded()
    assert run.changes == {"back": "update"}
    assert name_and_cost_center("back") == ("Find-Dev", "CC-2")
