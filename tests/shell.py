"""One bash in which a test types the commands of a session."""

import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.documents import Session
from tests.expected import Expected

_END = "end-of-answer"
# Seconds after which a command counts as hung.
_LIMIT = 120


class Shell:
    """A bash that keeps folder, variables and exit status from one command to the next, as a terminal does."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run(self, command: str) -> list[str]:
        """The lines of the answer, stdout and stderr as they come. What reads the keyboard finds it closed."""
        watch = threading.Timer(_LIMIT, os.killpg, (self._process.pid, signal.SIGKILL))
        watch.start()
        try:
            return self._run(command)
        finally:
            watch.cancel()

    def _run(self, command: str) -> list[str]:
        typed, answered = self._process.stdin, self._process.stdout
        assert typed
        assert answered
        typed.write(f"eval {shlex.quote(command)} </dev/null\n(status=$?; echo; echo {_END}; exit $status)\n")
        typed.flush()
        lines: list[str] = []
        for line in answered:
            if line == f"{_END}\n":
                return lines[:-1] if lines[-1] == "" else lines
            lines.append(line.removesuffix("\n"))
        raise AssertionError(f"the shell ended: {command}\n" + "\n".join(lines))

    def differences(
        self, session: Session, expected: Expected, *, instead: Mapping[str, str] | None = None
    ) -> list[str]:
        """Runs the session; for each command that is answered otherwise, its place and the answer.

        `instead` has texts of commands that this machine cannot take as they are, with what takes their place.
        """
        differences = []
        for command in session.commands:
            text = command.text
            for old, new in (instead or {}).items():
                text = text.replace(old, new)
            differences.append(expected.difference(session, command, self.run(text)))
        return [difference for difference in differences if difference]


@contextmanager
def bash(folder: Path, environment: Mapping[str, str]) -> Iterator[Shell]:
    """A shell in that folder which knows no other variables; it ends with the block."""
    process = subprocess.Popen(
        ["bash", "--norc"],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    with process:
        yield Shell(process)
