"""The state is lost, renamed or moved; an answer is lost; the run is killed: nothing is made twice."""

from collections.abc import Callable
from typing import Literal

import pytest

from local_aws.faults import Fault
from tests.engine.conftest import DEV, Cloud, MakeStack
from tests.engine.harness import Stack
from tests.engine.inventories import CHAT, SEARCH, inventory

LOSSES: dict[str, Callable[[Stack], None]] = {
    "the state is lost": Stack.lose_state,
    "the stack is renamed": lambda stack: stack.rename("development"),
    "the backend is moved": Stack.move_backend,
}


@pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES)
def test_the_next_up_finds_its_projects_again(
    cloud: Cloud, make_stack: MakeStack, lose: Callable[[Stack], None]
) -> None:
    stack = make_stack(inventory({"search": SEARCH, "chat": CHAT}))
    stack.config["bedrock-projects:environment"] = "dev"
    stack.up().succeeded()
    before = stack.outputs()["projects"]
    cloud.forget_requests()
    lose(stack)
    stack.up().succeeded()
    assert cloud.changes() == []
    assert stack.outputs()["projects"] == before
    assert stack.preview("--expect-no-changes").succeeded().changes == {}


@pytest.mark.parametrize("kind", ["reset_after", "cut_off", "not_json"])
def test_a_create_whose_answer_is_lost_is_not_sent_again(
    cloud: Cloud, make_stack: MakeStack, kind: Literal["reset_after", "cut_off", "not_json"]
) -> None:
    cloud.faults(Fault(kind=kind, operation="bedrock-mantle:CreateProject", count=1))
    stack = make_stack(inventory({"search": SEARCH, "chat": CHAT}))
    stack.up().succeeded()
    assert len(cloud.active(DEV)) == 2
    assert [operation for operation, _ in cloud.changes()] == ["CreateProject", "CreateProject"]
    assert stack.preview("--expect-no-changes").succeeded().changes == {}


def test_a_run_that_is_killed_leaves_nothing_double(cloud: Cloud, make_stack: MakeStack) -> None:
    entries = {f"p{number}": f"{{name: P{number}, tags: {{Team: Care}}}}" for number in range(12)}
    stack = make_stack(inventory(entries))
    cloud.faults(Fault(kind="latency", operation="bedrock-mantle:CreateProject", seconds=0.3))
    running = stack.start("up", "--yes", "--skip-preview")
    cloud.wait_until(lambda: len(cloud.active(DEV)) >= 4)
    running.kill()
    cloud.faults()
    stack.cancel()
    stack.up().succeeded()
    assert len(cloud.active(DEV)) == 12
    stack.refresh("--clear-pending-creates").succeeded()
    assert stack.preview("--expect-no-changes").succeeded().changes == {}
