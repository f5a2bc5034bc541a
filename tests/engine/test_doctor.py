"""What `doctor` asks of the real CLI: the state and the passphrase, of stacks that are there or not, by both names."""

import json
from pathlib import Path

import pytest

from tests.engine.conftest import DEV, Cloud
from tests.engine.harness import PASSPHRASE, Stack
from tests.engine.inventories import SEARCH, inventory
from tests.unit.command_line import start


def findings(stack: Stack, name: str, **variables: str) -> dict[str, tuple[str, str]]:
    """Outcome and remedy of what it says about the stack of that name."""
    environment = {**stack.variables(), **variables}
    before = {file.name: file.read_bytes() for file in stack.program.glob("Pulumi.*")}
    done = start("doctor", "--stack", name, "--format", "json", folder=stack.program, environment=environment)
    assert {file.name: file.read_bytes() for file in stack.program.glob("Pulumi.*")} == before
    return {finding["check"]: (finding["outcome"], finding["remedy"]) for finding in json.loads(done.out)}


@pytest.fixture
def stack(cloud: Cloud, tmp_path: Path) -> Stack:
    """One whose secrets a passphrase locks, as Pulumi does by default."""
    made = Stack(tmp_path, cloud.url, environment=cloud.credentials(DEV))
    made.config["bedrock-projects:scope"] = "projects"
    made.write_inventory(inventory({"search": SEARCH}))
    return made


FULL_NAME = "organization/bedrock-projects/dev"


@pytest.mark.parametrize(
    ("name", "passphrase", "outcome"),
    [("dev", PASSPHRASE, "ok"), (FULL_NAME, "another", "failed"), ("dev", "", "failed")],
)
def test_a_passphrase_that_does_not_open_the_stacks_file_fails(
    stack: Stack, name: str, passphrase: str, outcome: str
) -> None:
    by_check = findings(stack, name, PULUMI_CONFIG_PASSPHRASE=passphrase)
    assert (by_check["state"][0], by_check["passphrase"][0]) == ("ok", outcome)


def test_a_stack_that_is_not_made_yet_is_to_be_made(stack: Stack) -> None:
    (stack.program / "Pulumi.dev.yaml").rename(stack.program / "Pulumi.prod.yaml")
    by_check = findings(stack, "prod")
    assert by_check["state"] == (
        "hint",
        "make it with `pulumi stack init prod`, or `pulumi login` to the backend that has it",
    )
