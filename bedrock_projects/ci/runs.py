"""Runs of a stack in a pipeline, by the Pulumi CLI that PATH names. Its output is ours: safe for the log of a job."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from bedrock_projects.ci.previews import changes_of
from bedrock_projects.errors import PipelineError
from bedrock_projects.stacks.pulumi_cli import run_pulumi
from bedrock_projects.terminal import show

PREVIEW_SECONDS = 1800.0
"""How long a preview may take whose output is read, not shown."""


def deploy(stack: str) -> None:
    """Shows and saves a plan, then carries out that plan and no other; PipelineError if either fails.

    The plan holds settings and inputs, so it is deleted at the end.
    """
    with tempfile.TemporaryDirectory() as folder:
        plan = str(Path(folder) / "plan.json")
        _run("preview", stack, "--diff", "--save-plan", plan)
        _run("up", stack, "--yes", "--plan", plan)


def daily(stack: str) -> None:
    """Updates cost allocation tags that were pending or deactivated; PipelineError if anything else differs.

    The refresh writes what AWS has into the state. A preview with --refresh would not, and the `up` after it would not
    see what it showed.
    """
    _run("refresh", stack, "--yes", "--skip-preview")
    code, printed, _ = run_pulumi("preview", *_options(stack), "--json", seconds=PREVIEW_SECONDS)
    changes = "other" if code else changes_of(printed)
    if changes == "nothing":
        show(f"{stack}: AWS is as the inventory says")
    elif changes == "tags":
        _run("up", stack, "--yes", "--skip-preview")
    else:
        _run("preview", stack, "--diff")
        raise PipelineError(
            f"{stack}: AWS is not as the inventory says, see above. "
            "To correct AWS, deploy the stack; to keep the change, write it into the inventory."
        )


def _options(stack: str) -> Sequence[str]:
    return ("--stack", stack, "--non-interactive", "--suppress-outputs")


def _run(command: str, stack: str, *options: str) -> None:
    """Shows the output of the CLI line by line, as it comes; PipelineError if the CLI fails, or after a Ctrl-C."""
    words = ["pulumi", command, *_options(stack), *options]
    try:
        with (
            _interrupts() as interrupt,
            subprocess.Popen(  # noqa: S603 - the CLI that PATH names, as the user's own `pulumi up` runs it
                words,
                env=os.environ | {"PULUMI_SKIP_UPDATE_CHECK": "true"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,  # it gets a signal once: at a second one it leaves without saving the state
            ) as process,
        ):
            interrupt.follow(process.send_signal)
            for line in process.stdout or ():
                show(line.removesuffix("\n"))
                sys.stdout.flush()
    except OSError as error:
        raise PipelineError(f"the Pulumi CLI cannot be run ({error}); put `pulumi` on PATH") from None
    if process.returncode:
        raise PipelineError(
            f"`pulumi {command}` of stack {stack} failed with exit code {process.returncode}, see above"
        )
    if interrupt.is_asked:
        raise PipelineError(f"`pulumi {command}` of stack {stack} had ended when it was interrupted; nothing follows")


class Interrupt:
    """The Ctrl-C of a process: the first Ctrl-C or SIGTERM here, also if it came before the process."""

    def __init__(self) -> None:
        self.is_asked = False
        self._send: Callable[[int], None] | None = None
        self._once = iter([signal.SIGINT])  # the caller that takes it sends it: a handler runs between any two steps

    def ask(self, _number: int, _frame: FrameType | None) -> None:
        """Interrupts the process, or the one that follows; a second call does nothing."""
        self.is_asked = True
        self._send_once()

    def follow(self, send: Callable[[int], None]) -> None:
        """From now on, `send` gives a signal to the process."""
        self._send = send
        if self.is_asked:
            self._send_once()

    def _send_once(self) -> None:
        if self._send and (number := next(self._once, None)):
            self._send(number)


@contextmanager
def _interrupts() -> Iterator[Interrupt]:
    """While the CLI runs, the first Ctrl-C or SIGTERM is its Ctrl-C: it ends what it began, and saves the state."""
    interrupt = Interrupt()
    former = {number: signal.signal(number, interrupt.ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupt
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
