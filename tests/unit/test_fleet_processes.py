"""Processes of a run over many stacks: how many at once, and how they are interrupted."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bedrock_projects.errors import PipelineError
from bedrock_projects.fleet.processes import Command, Processes, in_parallel
from tests.patience import LIMIT

# Counts its interrupts, and ends when it is allowed to; it says when it is ready.
ENGINE = """\
import pathlib, signal, sys, time
here = pathlib.Path(sys.argv[1])
signal.signal(signal.SIGINT, lambda *_: (here / "interrupts").open("a").write("one\\n"))
(here / "ready").touch()
while not (here / "may-end").exists():
    time.sleep(0.01)
sys.exit(3)
"""


def command(folder: Path, *words: str) -> Command:
    return Command([*words], os.environ, folder, folder / "log", folder / "log")


@contextmanager
def handling(number: signal.Signals, how: signal.Handlers) -> Iterator[None]:
    """However the tests were started: under `nohup`, for example."""
    former = signal.signal(number, how)
    try:
        yield
    finally:
        signal.signal(number, former)


def wait_for(file: Path) -> None:
    deadline = time.monotonic() + LIMIT
    while not file.exists():
        assert time.monotonic() < deadline, file.name
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_process_gets_one_interrupt_however_often_the_user_asks(tmp_path: Path, number: signal.Signals) -> None:
    processes = Processes()
    codes: list[int | None] = []
    thread = threading.Thread(
        target=lambda: codes.append(processes.run(command(tmp_path, sys.executable, "-c", ENGINE, str(tmp_path))))
    )
    with handling(number, signal.SIG_DFL), processes.interrupted_by_signals():
        thread.start()
        wait_for(tmp_path / "ready")
        os.kill(os.getpid(), number)
        wait_for(tmp_path / "interrupts")
        os.kill(os.getpid(), number)
        processes.interrupt()
        assert processes.run(command(tmp_path, "touch", "started-later")) is None
        (tmp_path / "may-end").touch()
        thread.join(LIMIT)
    assert codes == [3]
    assert (tmp_path / "interrupts").read_text() == "one\n"
    assert not (tmp_path / "started-later").exists()
    assert processes.is_interrupted


def test_under_nohup_the_end_of_the_terminal_interrupts_nothing() -> None:
    with handling(signal.SIGHUP, signal.SIG_IGN), Processes().interrupted_by_signals():
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_a_stop_lets_what_runs_go_on(tmp_path: Path) -> None:
    processes = Processes()
    (tmp_path / "may-end").touch()
    assert processes.run(command(tmp_path, sys.executable, "-c", ENGINE, str(tmp_path))) == 3
    processes.stop()
    assert processes.run(command(tmp_path, "true")) is None
    assert not processes.is_interrupted


def test_a_process_has_a_session_of_its_own_and_no_terminal(tmp_path: Path) -> None:
    """A terminal sends Ctrl-C to all processes of its session's group."""
    seen = "import os, sys; print(os.getsid(0) == os.getpid(), sys.stdin.read() == '')"
    assert Processes().run(command(tmp_path, sys.executable, "-c", seen)) == 0
    assert (tmp_path / "log").read_text() == "True True\n"


def test_a_program_that_cannot_be_started_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="`no-such-program` cannot be run"):
        Processes().run(command(tmp_path, "no-such-program"))


def test_no_more_jobs_than_allowed_run_at_once_and_their_results_keep_the_order() -> None:
    """Each job waits until as many as allowed have come; one more would never come."""
    together = threading.Barrier(3)
    running, most = [0], [0]
    lock = threading.Lock()

    def job(number: int) -> int:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        together.wait(LIMIT)
        with lock:
            running[0] -= 1
        return number

    ticks: list[None] = []
    jobs = [lambda number=number: job(number) for number in range(9)]
    assert in_parallel(jobs, at_once=3, tick=lambda: ticks.append(None)) == [*range(9)]
    assert most == [3]
    assert ticks


def test_after_an_error_of_the_display_no_further_job_begins() -> None:
    """The terminal is gone, for example: what runs ends, and what waits would be run unseen."""
    begun: list[int] = []
    ended = threading.Event()

    def job(number: int) -> None:
        begun.append(number)
        ended.wait(LIMIT)

    def tick() -> None:
        if begun:
            ended.set()
            raise OSError("gone")

    jobs = [lambda number=number: job(number) for number in range(9)]
    with pytest.raises(OSError, match="gone"):
        in_parallel(jobs, at_once=1, tick=tick)
    assert len(begun) <= 2, "the second may have begun before the error"
