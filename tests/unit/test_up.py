"""`make up`: which settings of the CLI fit a stack."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from benchmarks.subjects import inventory_text
from tests.patience import LIMIT
from tools.up import AS_IT_COMES, FEW, MANY, MANY_AND_OTHERS, MANY_ON_A_SERVICE, Size, choose, command, size_of

FOLDER_BACKENDS = ("file:///var/state", "s3://bucket", "gs://bucket", "azblob://container")
BUDGET = "budgets: {team: {tag: {Team: A}, amount: 500, notify: [team@example.com]}}\n"
PUBLISH = "publish: {parameters: /acme/bedrock}\n"
EXPORT = "exports: {cur2: {table: cur2, create: true, bucket: acme-bedrock-costs, region: us-east-1}}\n"


@pytest.mark.parametrize("backend", [*FOLDER_BACKENDS, "https://api.pulumi.com"])
@pytest.mark.parametrize("others", [False, True])
def test_few_projects_are_deployed_as_pulumi_comes(backend: str, others: bool) -> None:
    assert choose(Size(AS_IT_COMES - 1, others), backend=backend) is FEW
    assert (FEW.options, FEW.environment) == ((), {})


@pytest.mark.parametrize("backend", FOLDER_BACKENDS)
def test_many_projects_save_the_state_once_where_each_save_writes_all_of_it(backend: str) -> None:
    assert choose(Size(AS_IT_COMES, others=False), backend=backend) is MANY
    assert MANY.environment == {"PULUMI_SKIP_CHECKPOINTS": "true"}


@pytest.mark.parametrize(
    ("backend", "others", "choice"),
    [
        ("https://api.pulumi.com", False, MANY_ON_A_SERVICE),
        ("https://api.pulumi.com", True, MANY_ON_A_SERVICE),
        *((backend, True, MANY_AND_OTHERS) for backend in FOLDER_BACKENDS),
    ],
)
def test_every_step_is_kept_where_a_service_takes_steps_or_something_could_be_lost(
    backend: str, others: bool, choice: Any
) -> None:
    assert choose(Size(AS_IT_COMES, others), backend=backend) is choice
    assert choice.environment == {}


@pytest.mark.parametrize("choice", [FEW, MANY, MANY_AND_OTHERS, MANY_ON_A_SERVICE])
@pytest.mark.parametrize("yes", [False, True])
def test_the_preview_is_always_shown_and_the_question_left_out_only_on_request(choice: Any, yes: bool) -> None:
    words = command("dev", choice, yes=yes)
    assert "--skip-preview" not in words
    assert ("--yes" in words) is yes


@pytest.mark.parametrize(
    ("scope", "section", "expected"),
    [
        ("all", "", Size(3, others=False)),
        ("projects", "", Size(3, others=False)),
        ("billing", "", Size(0, others=False)),
        ("all", BUDGET, Size(3, others=True)),
        ("projects", BUDGET, Size(3, others=False)),
        ("billing", BUDGET, Size(0, others=True)),
        ("projects", PUBLISH, Size(3, others=True)),
        ("all", EXPORT, Size(3, others=True)),
        ("projects", EXPORT, Size(3, others=False)),
        ("billing", EXPORT, Size(0, others=True)),
    ],
)
def test_projects_of_the_stacks_environment_are_counted_and_other_resources_seen(
    tmp_path: Path, scope: str, section: str, expected: Size
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: p\nconfig:\n  inventory: {default: projects.yaml}\n")
    inventory = tmp_path / "projects.yaml"
    inventory.write_text(inventory_text(3, lambda _: "A") + section)
    (tmp_path / "Pulumi.dev.yaml").write_text(f"config:\n  p:inventory: {inventory}\n  p:scope: {scope}\n")
    assert size_of(tmp_path, "dev") == expected


# In Python: a shell whose parent ignores SIGINT, as of a job in the background, cannot catch it.
CLI = f"""#!{sys.executable}
import os, signal, sys, time

def say(word):
    with open(os.environ["SAVED"] + ".new", "w") as file:
        file.write(word)
    os.replace(file.name, os.environ["SAVED"])

def save(*_):
    time.sleep(1)
    say("saved")
    sys.exit(1)

if sys.argv[1] == "version":
    print("v3.274.1")
elif sys.argv[1] == "whoami":
    print('{{"url": "file:///nowhere"}}')
elif sys.argv[1] == "up":
    signal.signal(signal.SIGINT, save)
    say("running")
    time.sleep({LIMIT})
"""


def test_a_ctrl_c_lets_the_cli_save_its_state(tmp_path: Path) -> None:
    """A parent that waits in `subprocess.run` would kill it a quarter of a second later."""
    for name in ("pulumi", "pulumi-language-python"):
        (tmp_path / name).write_text(CLI)
        (tmp_path / name).chmod(0o755)
    saved = tmp_path / "saved"
    environment = os.environ | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "SAVED": str(saved)}
    environment.pop("BEDROCK_PROJECTS_ENGINE", None)  # it may name another way to a CLI than PATH
    process = subprocess.Popen([sys.executable, "-m", "tools.up", "dev"], env=environment, start_new_session=True)
    while not saved.exists():
        assert process.poll() is None
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    process.wait(LIMIT)
    assert saved.read_text() == "saved"
