"""AWS answers a write and does not do what was asked: the state has what AWS has, and the next `up` puts it right."""

from local_aws.faults import Fault
from tests.engine.conftest import DEV, Cloud, MakeStack
from tests.engine.inventories import SEARCH, inventory


def test_what_aws_does_in_part_stays_in_the_state_and_the_next_up_puts_it_right(
    cloud: Cloud, make_stack: MakeStack
) -> None:
    create, update = "bedrock-mantle:CreateProject", "bedrock-mantle:UpdateProject"
    cloud.faults(
        Fault(kind="partly_done", left_out="tags", operation=create, count=1),
        Fault(kind="ignored", operation=update, nth=2),
    )
    stack = make_stack(inventory({"search": SEARCH}))

    message = stack.up().one_error()
    [project] = cloud.active(DEV)
    assert f"project {project['id']} is not as asked: tag CostCenter is missing, not 'CC-1'" in message
    held = stack.resources()["search"]
    assert (held["id"], held["outputs"]["tags"], held["outputs"]["owner"]) == (project["id"], {}, "")
    assert held["outputs"]["unfinished"] in message

    assert stack.up().succeeded().changes["search"] == "update"
    [project] = cloud.active(DEV)
    assert (
        project["tags"].items()
        >= {"Team": "Search", "CostCenter": "CC-1", "bedrock-project": "acme/dev/search"}.items()
    )

    stack.write_inventory(inventory({"search": SEARCH.replace("name: Search", "name: Find")}))
    message = stack.up().one_error()
    assert f"project {project['id']} is not as asked: name is 'Search-Dev', not 'Find-Dev'" in message
    assert stack.resources()["search"]["outputs"]["name"] == "Search-Dev"

    stack.up().succeeded()
    assert [(project["id"], project["name"]) for project in cloud.active(DEV)] == [(held["id"], "Find-Dev")]
    assert stack.preview().succeeded().changes.keys() <= {"tags"}
