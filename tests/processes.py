"""The end of the processes that a test started."""

import os
import signal
from contextlib import suppress
from pathlib import Path


def kill_tree(process: int) -> None:
    """Ends the process and all that it started, also in other sessions, as a lost machine does.

    Each is stopped before its children are listed, so that it starts no more.
    If one ends by itself before its turn, that is all that was wanted.
    """
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGSTOP)
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):
            for child in map(int, task.read_text().split()):
                kill_tree(child)
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
