"""What the tests use to lose a machine: all processes end, and others may start or end at the same time."""

import os
import subprocess
import time
import uuid
from pathlib import Path

from tests.patience import LIMIT
from tests.processes import kill_tree

# One that stays in a session of its own, and others that end and start all the time.
BUSY = "setsid sleep 600 & while :; do (true & true & sleep 0.001) & wait -n; done"


def marked(mark: str) -> list[int]:
    """The processes with the mark in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue  # ended since
    return found


def test_nothing_of_a_killed_process_is_left() -> None:
    for _ in range(10):
        mark = uuid.uuid4().hex
        process = subprocess.Popen(["bash", "-c", BUSY], env={**os.environ, "MARK": mark})
        end = time.monotonic() + LIMIT
        while len(marked(mark)) < 3:
            assert time.monotonic() < end
        kill_tree(process.pid)
        process.wait(LIMIT)
        while marked(mark):
            assert time.monotonic() < end, "a process outlived the kill"
