"""What goes wrong is one message that says what to do, and nothing is changed or dropped from the state by it."""

from collections.abc import Callable

import pytest

from local_aws.faults import Fault
from tests.engine.conftest import DEV, Cloud, MakeStack
from tests.engine.harness import Stack
from tests.engine.inventories import SEARCH, inventory


def state_of(stack: Stack) -> dict[str, object]:
    """What the state holds of each project; a failed run may change the times that stand beside it."""
    return {
        name: (resource["id"], resource["inputs"], resource["outputs"]) for name, resource in stack.resources().items()
    }


def no_credentials(stack: Stack, cloud: Cloud) -> None:
    stack.environment |= {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}


def expired_token(stack: Stack, cloud: Cloud) -> None:
    stack.environment["AWS_SESSION_TOKEN"] = "expired"


def no_endpoint(stack: Stack, cloud: Cloud) -> None:
    stack.environment["AWS_ENDPOINT_URL_BEDROCK_MANTLE"] = "http://bedrock-mantle.us-west-1.invalid"


def denied(stack: Stack, cloud: Cloud) -> None:
    cloud.faults(Fault(kind="denied", action="bedrock-mantle:*"))


def wrong_account(stack: Stack, cloud: Cloud) -> None:
    stack.environment |= cloud.credentials("333333333333")


def unknown_environment(stack: Stack, cloud: Cloud) -> None:
    stack.config["bedrock-projects:environment"] = "staging"


def unknown_setting(stack: Stack, cloud: Cloud) -> None:
    stack.config["bedrock-projects:enviroment"] = "dev"


def missing_id(stack: Stack, cloud: Cloud) -> None:
    stack.write_inventory(
        inventory({"search": SEARCH, "other": "{name: Other, environments: {dev: {id: proj_nothere}}}"})
    )


def invalid_file(stack: Stack, cloud: Cloud) -> None:
    stack.write_inventory(inventory({"search": "{name: Search, tag: {Team: Search}}"}))


def empty_file(stack: Stack, cloud: Cloud) -> None:
    stack.write_inventory("")


CASES: dict[str, tuple[Callable[[Stack, Cloud], None], list[str]]] = {
    "no credentials": (no_credentials, ["Unable to locate credentials", "sign in again"]),
    "expired token": (expired_token, ["expired", "AWS_ACCESS_KEY_ID"]),
    "a region without the endpoint": (no_endpoint, ["bedrock-mantle.us-west-1.invalid", "us-west-2"]),
    "permission denied": (denied, ["not authorized to perform", "bedrock-mantle:"]),
    "wrong account": (wrong_account, [DEV, "333333333333"]),
    "unknown environment": (unknown_environment, ["'staging'", "dev, prod"]),
    "unknown setting": (unknown_setting, ["enviroment", "did you mean 'environment'?"]),
    "an id that is not there": (missing_id, ["proj_nothere", "check `id`"]),
    "an unknown field": (invalid_file, ["projects.yaml:12:26", "did you mean 'tags'?"]),
    "an empty file": (empty_file, ["projects.yaml:1:1"]),
}


@pytest.mark.parametrize(("prepare", "words"), CASES.values(), ids=CASES)
def test_an_up_that_cannot_go_on_says_so_once_and_changes_nothing(
    cloud: Cloud, deployed: Stack, prepare: Callable[[Stack, Cloud], None], words: list[str]
) -> None:
    before, state = cloud.active(DEV), state_of(deployed)
    prepare(deployed, cloud)
    message = deployed.up().one_error()
    assert [word for word in words if word not in message] == []
    cloud.faults()
    assert cloud.active(DEV) == before
    assert state_of(deployed) == state


REFRESHING = ["no credentials", "expired token", "a region without the endpoint", "permission denied", "wrong account"]


@pytest.mark.parametrize("command", ["refresh", "destroy"])
@pytest.mark.parametrize("case", REFRESHING)
def test_a_run_without_the_program_drops_nothing_from_the_state(
    cloud: Cloud, deployed: Stack, case: str, command: str
) -> None:
    prepare, words = CASES[case]
    before, state = cloud.active(DEV), state_of(deployed)
    prepare(deployed, cloud)
    errors = deployed.pulumi(command, "--yes", "--skip-preview").told_errors()
    assert [word for word in words if not all(word in error for error in errors)] == []
    cloud.faults()
    assert cloud.active(DEV) == before
    assert state_of(deployed) == state


def test_a_name_that_a_stranger_has_is_refused_at_preview(cloud: Cloud, make_stack: MakeStack) -> None:
    existing = cloud.create(DEV, "Search-Dev")
    stack = make_stack(inventory({"search": SEARCH}))
    assert f"write `id: {existing}`" in stack.preview().one_error()


def test_many_archives_at_once_need_their_number(cloud: Cloud, make_stack: MakeStack) -> None:
    entries = {f"p{number}": f"{{name: P{number}}}" for number in range(6)}
    stack = make_stack(inventory(entries))
    stack.up().succeeded()
    stack.write_inventory(inventory({"p0": entries["p0"]}))
    message = stack.preview().one_error()
    assert "would permanently archive 5 of 6 projects" in message
    assert len(cloud.active(DEV)) == 6
    stack.environment["BEDROCK_PROJECTS_ALLOW_ARCHIVE"] = "5"
    stack.up().succeeded()
    assert len(cloud.active(DEV)) == 1
