"""Projects made by hand become managed ones: nothing is created, each gets the ownership tag and nothing else.

`tests/local_aws/test_edits.py` adopts 250, without the engine.
"""

from collections import Counter
from pathlib import Path

import pytest

from tests.engine.conftest import ACCOUNTS, DEV, Cloud, MakeStack
from tests.engine.harness import Stack
from tests.unit.command_line import run


def adopt(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, folder: Path, environment: str) -> str:
    """The file after the command was run with the credentials of that environment's account."""
    for name, value in {**cloud.credentials(ACCOUNTS[environment]), "AWS_ENDPOINT_URL": cloud.url}.items():
        monkeypatch.setenv(name, value)
    options = ("--region", "us-west-2", "--environment", environment, "--into", "projects.yaml")
    done = run("adopt", *options, folder=folder)
    assert done.code == 0, done.err
    return (folder / "projects.yaml").read_text("utf-8")


def deployed_without_a_create(cloud: Cloud, stack: Stack) -> list[str]:
    """The ownership tags that an up adds, after it was found to do nothing else."""
    cloud.forget_requests()
    stack.up().succeeded()
    changes = cloud.changes()
    assert Counter(operation for operation, _ in changes) == {"UpdateProject": len(changes)}
    assert {tuple(body) for _, body in changes} == {("add_tags",)}
    assert {tuple(sorted(body["add_tags"])) for _, body in changes} == {("bedrock-project", "bedrock-project-stack")}
    return [body["add_tags"]["bedrock-project"] for _, body in changes]


def test_two_accounts_are_adopted_into_one_file_and_their_stacks_live_side_by_side(
    cloud: Cloud, make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for environment, account in ACCOUNTS.items():
        for name in ("Search", "Chat"):
            cloud.create(account, f"{name}-{environment.title()}", tags={"Team": name, "Environment": environment})
    inventory = ""
    for environment in ACCOUNTS:
        inventory = adopt(cloud, monkeypatch, tmp_path, environment)
    name = f"account-{DEV}"
    stacks = {environment: make_stack(inventory, environment=environment) for environment in ACCOUNTS}
    for environment, stack in stacks.items():
        owners = deployed_without_a_create(cloud, stack)
        assert sorted(owners) == [f"{name}/{environment}/chat", f"{name}/{environment}/search"]
    stacks["dev"].unprotect_all()
    stacks["dev"].destroy().succeeded()
    assert ["bedrock-project" in project["tags"] for project in cloud.active(DEV)] == [False, False], "released"
    assert stacks["prod"].preview("--expect-no-changes").succeeded().changes == {}
