"""What people see of a run over many stacks while it goes on."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from bedrock_projects.fleet.events import EventLog
from bedrock_projects.fleet.results import UNFINISHED, StackResult, counts_of, lines_of
from bedrock_projects.terminal import Line, live_lines, show

_FAILURES_SHOWN = 10
Draw = Callable[[Sequence[Line]], None]
Shown = Callable[[StackResult], StackResult]
"""What may be shown of a result."""


class Board:
    """The stacks that run now, and those that have ended; safe for many threads.

    On a terminal it is a table that is drawn again and again. Elsewhere, each stack gets a line when it has ended.
    """

    def __init__(self, action: str, total: int, draw: Draw | None, *, shown: Shown) -> None:
        self._action = action
        self._total = total
        self._shown = shown
        self._draw = draw
        self._lock = threading.Lock()
        self._running: dict[str, tuple[float, EventLog | None]] = {}
        self._ended: list[StackResult] = []

    def started(self, stack: str, events: EventLog | None = None) -> None:
        """Notes that the stack runs now; `events` are what it does."""
        with self._lock:
            self._running[stack] = (time.monotonic(), events)

    def ended(self, result: StackResult) -> None:
        """Notes what came of the stack."""
        result = self._shown(result)
        with self._lock:
            self._running.pop(result.stack, None)
            self._ended.append(result)
        if self._draw is None and result.outcome != "not started":
            show(f"{self._action} {result.stack}: {result.outcome} {result.details}".rstrip(), err=True)

    def tick(self) -> None:
        """Draws the table anew."""
        if self._draw is not None:
            self._draw(list(self._lines()))

    def _lines(self) -> Iterator[Line]:
        with self._lock:
            running, ended = dict(self._running), list(self._ended)
        failed = [result for result in ended if result.outcome in UNFINISHED]
        *failures, _ = lines_of(failed[-_FAILURES_SHOWN:])
        yield from failures
        now = time.monotonic()
        for stack, (since, events) in running.items():
            done = sum(events.look().changes.values()) if events else 0
            yield f"{stack}  {self._action} for {now - since:.0f} s" + (f", {done} changes" if done else "")
        yield ": ".join(filter(None, (f"{len(ended)} of {self._total} ended", counts_of(ended))))


@contextmanager
def board(action: str, total: int, *, shown: Shown) -> Iterator[Board]:
    """A board for so many stacks, until the block ends."""
    with live_lines() as draw:
        yield Board(action, total, draw, shown=shown)
