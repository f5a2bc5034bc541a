"""Processes of a run over many stacks: several at once, and a Ctrl-C that each of them gets exactly once.

The engine ends what it began after its first SIGINT, and saves the state. At a second one it leaves at once, and the
state lacks what was created. So each process has a session of its own, which the terminal sends nothing.
"""

import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TypeVar

from bedrock_projects.errors import PipelineError

_REFRESH_SECONDS = 0.25
_T = TypeVar("_T")


@dataclass(frozen=True)
class Command:
    """What a process runs, and in which folder; `output` gets its stdout, `log` its stderr; both may be one file."""

    words: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    output: Path


class Processes:
    """The processes that run now; safe for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self.is_interrupted = False
        self.is_stopped = False

    def run(self, command: Command) -> int | None:
        """The exit code of the command, once it has ended; None if nothing is started any more.

        PipelineError if it cannot be started.
        """
        with command.log.open("ab") as log, command.output.open("ab") as output, self._lock:
            if self.is_stopped:
                return None
            try:
                process = subprocess.Popen(  # noqa: S603 - the CLI that PATH names, as the user's own `pulumi up`; or this program
                    command.words,
                    cwd=command.folder,
                    env=command.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=log,
                    start_new_session=True,
                )
            except OSError as error:
                raise PipelineError(f"`{command.words[0]}` cannot be run: {error}") from None
            self._running.add(process)
        code = process.wait()
        with self._lock:
            self._running.discard(process)
        return code

    def stop(self) -> None:
        """Starts nothing any more; what runs goes on."""
        self.is_stopped = True

    def interrupt(self) -> None:
        """Starts nothing any more, and sends each process its one SIGINT; a second call does nothing."""
        with self._lock:
            running = () if self.is_interrupted else tuple(self._running)
            self.is_interrupted = self.is_stopped = True
            for process in running:
                process.send_signal(signal.SIGINT)

    @contextmanager
    def interrupted_by_signals(self) -> Iterator[None]:
        """Within the block, Ctrl-C, SIGTERM and the end of the terminal interrupt.

        The main thread alone may enter it. Under `nohup` the end of the terminal stays ignored.
        """
        numbers = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            numbers.append(signal.SIGHUP)

        def interrupt(_number: int, _frame: FrameType | None) -> None:
            # A thread of its own: a handler runs between any two steps of the main thread, which may hold the lock.
            threading.Thread(target=self.interrupt).start()

        former = {number: signal.signal(number, interrupt) for number in numbers}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)


def in_parallel(jobs: Sequence[Callable[[], _T]], *, at_once: int, tick: Callable[[], None]) -> list[_T]:
    """What the jobs return, in their order; `tick` is called several times a second meanwhile.

    An error of a job is raised when all have ended. After an error of `tick`, no further job begins.
    """
    tick()
    with ThreadPoolExecutor(at_once) as pool:
        futures: list[Future[_T]] = [pool.submit(job) for job in jobs]
        pending = set(futures)
        try:
            while pending:
                _, pending = wait(pending, timeout=_REFRESH_SECONDS)
                tick()
        finally:
            pool.shutdown(cancel_futures=True)
    return [future.result() for future in futures]
