"""The steps of a pipeline on the real engine: `bedrock-projects ci`."""

import subprocess
import sys

from tests.engine.conftest import Cloud, MakeStack
from tests.engine.harness import Stack
from tests.engine.inventories import CHAT, SEARCH, inventory

BOTH = inventory({"search": SEARCH, "chat": CHAT})


def ci(stack: Stack, step: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "bedrock_projects", "ci", step, stack.name]
    return subprocess.run(
        command, cwd=stack.program, env=stack.variables(), capture_output=True, encoding="utf-8", check=False
    )


def test_a_deployment_carries_out_its_plan_and_the_daily_check_finds_nothing_then_drift(
    cloud: Cloud, make_stack: MakeStack
) -> None:
    """`test_run_all.py` has an `up` that differs from its plan."""
    stack = make_stack(BOTH)
    deployed = ci(stack, "deploy")
    assert (deployed.returncode, deployed.stderr) == (0, ""), deployed.stdout
    assert len(cloud.active("111111111111")) == 2
    assert "Outputs:" not in deployed.stdout
    daily = ci(stack, "daily")
    assert (daily.returncode, daily.stderr) == (0, ""), daily.stdout

    cloud.update("111111111111", stack.outputs()["projects"]["search"]["id"], {"name": "Other"})
    cloud.forget_requests()
    daily = ci(stack, "daily")
    assert daily.returncode == 1
    assert "AWS is not as the inventory says" in daily.stderr
    assert "Other" in daily.stdout
    assert cloud.changes() == []
