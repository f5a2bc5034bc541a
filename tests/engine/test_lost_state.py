"""The state is lost, renamed or moved, or an answer is lost: nothing is made twice."""

from collections.abc import Callable

import pytest

from local_aws.faults import Fault
from tests.engine.conftest import DEV, Cloud, MakeStack
from tests.engine.harness import Stack
from tests.engine.inventories import CHAT, SEARCH, inventory

LOSSES: dict[str, Callable[[Stack], None]] = {
    "the state is lost": Stack.lose_state,
    "the backend is moved": Stack.move_backend,
}


@pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES)
def test_the_next_up_finds_its_projects_again(cloud: Cloud, deployed: Stack, lose: Callable[[Stack], None]) -> None:
    before = deployed.outputs()["projects"]
    cloud.forget_requests()
    lose(deployed)
    deployed.up().succeeded()
    assert cloud.changes() == []
    assert deployed.outputs()["projects"] == before
    assert deployed.preview("--expect-no-changes").succeeded().changes == {}


def test_a_create_whose_answer_is_lost_is_not_sent_again(cloud: Cloud, make_stack: MakeStack) -> None:
    cloud.faults(Fault(kind="reset_after", operation="bedrock-mantle:CreateProject", count=1))
    stack = make_stack(inventory({"search": SEARCH, "chat": CHAT}))
    stack.up().succeeded()
    assert len(cloud.active(DEV)) == 2
    assert [operation for operation, _ in cloud.changes()] == ["CreateProject", "CreateProject"]
    assert stack.preview("--expect-no-changes").succeeded().changes == {}
