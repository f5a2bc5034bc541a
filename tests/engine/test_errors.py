"""What goes wrong is one message that says what to do, and nothing is changed or dropped from the state by it.

`tests/local_aws/test_program_refusals.py` has more that goes wrong, without the engine.
"""

from collections.abc import Callable

import pytest

from local_aws.faults import Fault
from tests.engine.conftest import DEV, Cloud
from tests.engine.harness import Stack
from tests.engine.inventories import inventory


def state_of(stack: Stack) -> dict[str, object]:
    """What the state holds of each project; a failed run may change the times next to it."""
    return {
        name: (resource["id"], resource["inputs"], resource["outputs"]) for name, resource in stack.resources().items()
    }


def no_credentials(stack: Stack, cloud: Cloud) -> None:
    stack.environment |= {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}


def denied(stack: Stack, cloud: Cloud) -> None:
    cloud.faults(Fault(kind="denied", action="bedrock-mantle:*"))


def wrong_account(stack: Stack, cloud: Cloud) -> None:
    stack.environment |= cloud.credentials("333333333333")


def invalid_file(stack: Stack, cloud: Cloud) -> None:
    stack.write_inventory(inventory({"search": "{name: Search, tag: {Team: Search}}"}))


CASES: dict[str, tuple[Callable[[Stack, Cloud], None], list[str]]] = {
    "no credentials": (no_credentials, ["Unable to locate credentials", "sign in again"]),
    "permission denied": (denied, ["not authorized to perform", "bedrock-mantle:"]),
    "wrong account": (wrong_account, [DEV, "333333333333"]),
    "an unknown field": (invalid_file, ["projects.yaml:12:26", "did you mean 'tags'?"]),
}


# What is found before AWS is asked, and after.
UPS = ["an unknown field", "permission denied"]


@pytest.mark.parametrize("case", UPS)
def test_an_up_that_cannot_go_on_says_so_once_and_changes_nothing(cloud: Cloud, deployed: Stack, case: str) -> None:
    prepare, words = CASES[case]
    before, state = cloud.active(DEV), state_of(deployed)
    prepare(deployed, cloud)
    message = deployed.up().one_error()
    assert [word for word in words if word not in message] == []
    cloud.faults()
    assert cloud.active(DEV) == before
    assert state_of(deployed) == state


WITHOUT_PROGRAM = [("refresh", "no credentials"), ("refresh", "wrong account"), ("destroy", "permission denied")]


@pytest.mark.parametrize(("command", "case"), WITHOUT_PROGRAM)
def test_a_run_without_the_program_drops_nothing_from_the_state(
    cloud: Cloud, deployed: Stack, command: str, case: str
) -> None:
    prepare, words = CASES[case]
    before, state = cloud.active(DEV), state_of(deployed)
    prepare(deployed, cloud)
    errors = deployed.pulumi(command, "--yes", "--skip-preview").error_messages()
    assert [word for word in words if not all(word in error for error in errors)] == []
    cloud.faults()
    assert cloud.active(DEV) == before
    assert state_of(deployed) == state
