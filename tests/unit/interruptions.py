"""Ends a command at one of the points at which it changes files, as a kill does: what it would do later is not done.

The points are those that Python audits: a file is opened for writing, linked, renamed or removed, a folder is made.
A file that is opened is a second point: it is empty then.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_CHANGES = {"os.chmod", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.truncate"}
_WRITING = os.O_WRONLY | os.O_RDWR
_MOST = 200


class Killed(BaseException):  # not an Exception: nothing in the package may catch it
    """The process ends here."""


class _Watch:
    """The only hook of this process; a hook cannot be removed."""

    def __init__(self) -> None:
        self.below: Path | None = None
        self.left = 0
        sys.addaudithook(self._see)

    def _see(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.below is None or not _is_change(event, arguments):
            return
        path = Path(os.fsdecode(arguments[0])).absolute()
        if path.is_relative_to(self.below):
            self._change()
            if event == "open":
                self._change(opened=path)

    def _change(self, *, opened: Path | None = None) -> None:
        self.left -= 1
        if self.left < 0:  # also at each later point, such as that of a clean-up
            if opened:
                below, self.below = self.below, None
                opened.write_bytes(b"")
                self.below = below
            raise Killed


def _is_change(event: str, arguments: tuple[Any, ...]) -> bool:
    if event == "open":
        return isinstance(arguments[0], str | bytes | os.PathLike) and bool(arguments[2] & _WRITING)
    return event in _CHANGES


_watch: list[_Watch] = []


@contextmanager
def killed_after(changes: int, *, below: Path) -> Iterator[list[bool]]:
    """Kills the block at its next change of a file in that folder after so many; the list has whether it was killed."""
    if not _watch:
        _watch.append(_Watch())
    [watch] = _watch
    was_killed: list[bool] = []
    watch.below, watch.left = below.resolve(), changes
    try:
        yield was_killed
    except Killed:
        was_killed.append(True)
    finally:
        watch.below = None


def kill_at_each_change(act: Callable[[], object], *, below: Path) -> int:
    """Kills `act` at its first change of a file, the next time at its second one, and so on, until it ends.

    What it changed stays. Gives how often it was killed.
    """
    for changes in range(_MOST):
        with killed_after(changes, below=below) as was_killed:
            act()
        if not was_killed:
            return changes
    raise AssertionError(f"it changes files more than {_MOST} times")
