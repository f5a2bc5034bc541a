"""One command in a process of its own, and what the process took."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter


@dataclass(frozen=True)
class Child:
    """Wall and CPU seconds, and the peak of memory in MB (10^6 bytes)."""

    wall: float
    cpu: float
    peak: float


def run_child(command: list[str], environment: Mapping[str, str], *, output: Path) -> Child:
    """Runs the command and writes what it prints to a file, its messages next to it.

    Raises SystemExit with the messages if the command fails.
    """
    messages = output.with_name(f"{output.name}.messages")
    with output.open("wb") as out, messages.open("wb") as err:
        start = perf_counter()
        actions = [(os.POSIX_SPAWN_DUP2, out.fileno(), 1), (os.POSIX_SPAWN_DUP2, err.fileno(), 2)]
        child = os.posix_spawn(command[0], command, environment, file_actions=actions)
        _, status, usage = os.wait4(child, 0)
        wall = perf_counter() - start
    if status:
        raise SystemExit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}\n{messages.read_text()}")
    return Child(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6)
