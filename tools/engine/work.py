"""A command that may take long: it says what it does and for how long, and it can be ended with all that it started."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.engine.finder import WayError

_LINES_SHOWN = 12


@dataclass(frozen=True)
class Task:
    """One command; `limit` is in seconds."""

    doing: str
    command: tuple[str, ...]
    limit: float
    folder: Path | None = None


@dataclass(frozen=True)
class Worker:
    """Runs tasks; `heartbeat` is in seconds."""

    say: Callable[[str], None]
    heartbeat: float = 30

    def run(self, task: Task) -> str:
        """What the command printed to stdout; WayError when it fails or takes longer than it may."""
        self.say(f"{task.doing} ...")
        started = time.monotonic()
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            # A session of its own, so that what it starts can be ended with it.
            process = subprocess.Popen(
                task.command,
                cwd=task.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
            try:
                in_time = self._wait(process, task, started)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
            output.seek(0)
            errors.seek(0)
            printed, complaints = output.read().decode(errors="replace"), errors.read().decode(errors="replace")
        seconds = time.monotonic() - started
        if not in_time:
            raise WayError(_failure(f"{task.doing}: no end after {task.limit:.0f} s", complaints))
        if process.returncode:
            raise WayError(
                _failure(f"{task.doing}: exit status {process.returncode} after {seconds:.0f} s", complaints)
            )
        self.say(f"{task.doing}: done in {seconds:.1f} s")
        return printed

    def _wait(self, process: subprocess.Popen[bytes], task: Task, started: float) -> bool:
        """Whether the command ended within its limit."""
        while True:
            left = task.limit - (time.monotonic() - started)
            try:
                process.wait(timeout=max(0, min(self.heartbeat, left)))
            except subprocess.TimeoutExpired:
                if left <= self.heartbeat:
                    return False
                self.say(f"{task.doing}: {time.monotonic() - started:.0f} s so far")
            else:
                return True


def _failure(what: str, complaints: str) -> str:
    lines = complaints.strip().splitlines()[-_LINES_SHOWN:]
    return "\n".join([what, *(f"    {line}" for line in lines)])
