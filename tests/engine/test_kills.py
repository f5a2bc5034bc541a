"""The engine and all that it started are killed at a random moment of an `up` of 40 projects.

Neither the moment nor what reached the state may matter. `KILLS=20` in the environment tries 20 moments of each
kind instead of 1, spread by the same seed over the whole of the run: `KILLS=20 pytest tests/engine/test_kills.py`.
"""

import json
import os
import random
from collections import Counter

import pytest

from local_aws.faults import Fault
from tests.engine.conftest import DEV, Cloud, MakeStack
from tests.engine.harness import Stack
from tests.engine.inventories import inventory

PROJECTS = 40
# Until so many are there the engine has still something to do, however late the axe falls.
KILLABLE = 36
MOMENTS = int(os.environ.get("KILLS", "1"))
ENTRIES = inventory({f"p{number}": f"{{name: P{number}, tags: {{Team: Care}}}}" for number in range(PROJECTS)})
CHECKPOINTS = {"saved": {}, "skipped": {"PULUMI_SKIP_CHECKPOINTS": "true"}}
SEEDS = {"saved": 6, "skipped": 7}


def moments() -> list[tuple[str, int]]:
    """Kind, and after how many creates the axe falls: one moment at random in each of as many equal parts of a run."""
    part = KILLABLE / MOMENTS
    return [
        (kind, int(part * number + chance.random() * part))
        for kind, chance in ((kind, random.Random(SEEDS[kind])) for kind in CHECKPOINTS)
        for number in range(MOMENTS)
    ]


def remove_cut_off_attributes(stack: Stack) -> None:
    """What the user does after `failed to load checkpoint: EOF`: the state is whole, the file next to it is not.

    Pulumi's file backend keeps attributes of each file in a second one, which it does not replace in one step.
    """
    for file in (stack.folder / "backend").rglob("*.attrs"):
        try:
            json.loads(file.read_text())
        except ValueError:
            file.unlink()


@pytest.mark.parametrize(("checkpoints", "moment"), moments())
def test_a_run_killed_at_any_moment_is_made_good_by_the_next(
    cloud: Cloud, make_stack: MakeStack, checkpoints: str, moment: int
) -> None:
    stack = make_stack(ENTRIES)
    stack.environment.update(CHECKPOINTS[checkpoints])
    # Not all alike, or the creates in flight at one time would all be done at once.
    cloud.faults(
        *(
            Fault(kind="latency", operation="bedrock-mantle:CreateProject", every=every, seconds=seconds)
            for every, seconds in ((5, 1.1), (3, 0.9), (2, 0.7), (1, 0.4))
        )
    )
    running = stack.start("up", "--yes", "--skip-preview")
    cloud.wait_until(lambda: len(cloud.active(DEV)) >= moment)
    assert running.kill().exit_code == -9
    cloud.faults()
    remove_cut_off_attributes(stack)
    stack.cancel().succeeded()
    stack.up().succeeded()
    projects = cloud.active(DEV)
    owners = Counter(project["tags"]["bedrock-project"] for project in projects)
    assert owners == {f"acme/dev/p{number}": 1 for number in range(PROJECTS)}
    held = {resource["id"] for resource in stack.resources().values()}
    assert held == {project["id"] for project in projects}
    assert stack.refresh("--clear-pending-creates").succeeded().changes == {}
