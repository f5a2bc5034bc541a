"""The steps of a pipeline on the real engine: `bedrock-projects ci`, and what a saved plan holds an `up` to."""

import subprocess
import sys
from pathlib import Path

from tests.engine.conftest import Cloud, MakeStack
from tests.engine.harness import Stack
from tests.engine.inventories import CHAT, SEARCH, inventory

BOTH = inventory({"search": SEARCH, "chat": CHAT})


def ci(stack: Stack, step: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "bedrock_projects", "ci", step, stack.name]
    return subprocess.run(
        command, cwd=stack.program, env=stack.variables(), capture_output=True, encoding="utf-8", check=False
    )


def test_a_deployment_carries_out_its_plan_and_the_daily_check_then_finds_nothing(
    cloud: Cloud, make_stack: MakeStack
) -> None:
    stack = make_stack(BOTH)
    deployed = ci(stack, "deploy")
    assert (deployed.returncode, deployed.stderr) == (0, ""), deployed.stdout
    assert len(cloud.active("111111111111")) == 2
    assert "Outputs:" not in deployed.stdout
    daily = ci(stack, "daily")
    assert (daily.returncode, daily.stderr) == (0, ""), daily.stdout


def test_the_daily_check_shows_drift_and_fails(cloud: Cloud, deployed: Stack) -> None:
    project_id = deployed.outputs()["projects"]["search"]["id"]
    cloud.update("111111111111", project_id, {"name": "Other"})
    cloud.forget_requests()
    daily = ci(deployed, "daily")
    assert daily.returncode == 1
    assert "AWS is not as the inventory says" in daily.stderr
    assert "Other" in daily.stdout
    assert cloud.changes() == []


def test_an_up_that_differs_from_its_plan_fails_before_it_changes_anything(
    cloud: Cloud, make_stack: MakeStack, tmp_path: Path
) -> None:
    """An `up` with its own preview: without it, the engine carries out what was planned and fails at the end."""
    stack = make_stack(BOTH)
    plan = str(tmp_path / "plan.json")
    stack.preview("--save-plan", plan).succeeded()
    stack.write_inventory(BOTH.replace("name: Search", "name: Find"))
    done = stack.up("--plan", plan, preview=True)
    assert done.exit_code != 0
    assert any("violates plan" in error for error in done.errors)
    assert cloud.changes() == []
