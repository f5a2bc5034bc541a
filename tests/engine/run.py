"""A run of the Pulumi CLI: what it was, what it did, what it said to the user; read from the engine's event log."""

import json
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from bedrock_projects.fleet.events import EventLog
from tests.patience import LIMIT
from tests.processes import kill_tree

DYNAMIC = "pulumi-python:dynamic/"
WITH_EVENT_LOG = ("up", "preview", "refresh", "destroy")
# A refresh that finds nothing is a step as well.
UNCHANGED = ("same", "refresh")
# What the engine and the SDK add to an error that they have shown already.
ECHOES = (
    "update failed",
    "preview failed",
    "refresh failed",
    "destroy failed",
    "Resource monitor has terminated, shutting down",
    "an unhandled error occurred: program exited with non-zero exit code: 1",
)


@dataclass(frozen=True)
class Step:
    """What the engine did, or plans to do, to one resource; `op` is Pulumi's word, such as `create-replacement`."""

    name: str
    type: str
    op: str
    failed: bool


@dataclass(frozen=True)
class Message:
    """What the user reads; `severity` is error, warning, info, or info#err for what a process wrote to stderr."""

    severity: str
    text: str
    name: str


@dataclass(frozen=True)
class Run:
    """One command of the CLI that has ended. Where a preview went before, steps and messages are those after it."""

    command: tuple[str, ...]
    exit_code: int
    stdout: str
    stderr: str
    steps: tuple[Step, ...]
    messages: tuple[Message, ...]

    @property
    def changes(self) -> dict[str, str]:
        """Resource name → operation, for our resources that did not stay the same; a replacement is one `replace`."""
        return {
            step.name: "replace" if "replace" in step.op else step.op
            for step in self.steps
            if step.type.startswith(DYNAMIC) and step.op not in UNCHANGED and not step.failed
        }

    @property
    def failed(self) -> dict[str, str]:
        """Resource name → operation that failed."""
        return {step.name: step.op for step in self.steps if step.failed}

    @property
    def errors(self) -> list[str]:
        """What went wrong, as the user read it, each thing once."""
        of_engine = [message.text for message in self.messages if message.severity == "error"]
        _, *bare = f"\n{self.stderr}".split("\nerror: ")
        return [text for text in dict.fromkeys([*of_engine, *map(str.strip, bare)]) if text not in ECHOES]

    @property
    def warnings(self) -> list[str]:
        """The warnings, as the program gave them."""
        return [message.text for message in self.messages if message.severity == "warning"]

    @property
    def notes(self) -> list[str]:
        """What the program and the providers wrote to stdout and stderr."""
        return [message.text for message in self.messages if message.severity.startswith("info")]

    def succeeded(self) -> "Run":
        """This run; fails the test if the exit status is not 0, or if the user saw a traceback all the same."""
        if self.exit_code or self._shows_code:
            self._unexpected("a run that succeeds")
        return self

    def one_error(self) -> str:
        """The text of the one error of the run; fails the test if it is another number, or a traceback."""
        if self.exit_code == 0 or len(self.errors) != 1 or self._shows_code:
            self._unexpected("one error and no traceback")
        return self.errors[0]

    def error_messages(self) -> list[str]:
        """The errors of a run that failed, one of each resource; fails the test if there is none, or a traceback."""
        if self.exit_code == 0 or not self.errors or self._shows_code:
            self._unexpected("a failure and no traceback")
        return self.errors

    @property
    def _shows_code(self) -> bool:
        """Whether the user saw what is for developers only."""
        code = ("Traceback (most recent", "above exception", "bedrock_projects.errors.")
        return any(words in self.stdout + self.stderr for words in code)

    def _unexpected(self, expected: str) -> NoReturn:
        raise AssertionError(
            f"expected {expected}, got exit status {self.exit_code} and {len(self.errors)} errors from\n"
            f"$ {' '.join(self.command)}\n{self.stdout}\n{self.stderr}"
        )


class Running:
    """A command of the CLI that may not have ended yet."""

    def __init__(self, command: Sequence[str], *, folder: Path, environment: Mapping[str, str]) -> None:
        self._command = tuple(command)
        self._files = Path(tempfile.mkdtemp(dir=folder.parent, prefix="run-"))
        events = ["--event-log", str(self._files / "events")] if command[1] in WITH_EVENT_LOG else []
        # Files, not pipes: a process that outlives the CLI must not be waited for.
        with (self._files / "stdout").open("wb") as stdout, (self._files / "stderr").open("wb") as stderr:
            self._process = subprocess.Popen(
                [*command, *events],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
            )

    def interrupt(self) -> None:
        """What Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)

    def kill(self) -> Run:
        """Ends the CLI and all that it started, at once, as a lost machine does."""
        kill_tree(self._process.pid)
        return self.wait()

    def wait(self) -> Run:
        """The run, once it has ended."""
        try:
            exit_code = self._process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        events = self._files / "events"
        steps, messages = read_events(events.read_text().splitlines() if events.exists() else [])
        # What `bedrock-projects run` makes of it agrees with the engine, in every test.
        assert EventLog(events, is_preview=self._command[1] == "preview").look().contradiction == ""
        stdout, stderr = (self._files / "stdout").read_text(), (self._files / "stderr").read_text()
        return Run(self._command, exit_code, stdout, stderr, steps, messages)


def read_events(lines: Sequence[str]) -> tuple[tuple[Step, ...], tuple[Message, ...]]:
    """The steps that were done or failed, and what the engine said, out of its events."""
    steps, messages = [], []
    for line in lines:
        event: dict[str, Any] = json.loads(line)
        for kind, failed in (("resOutputsEvent", False), ("resOpFailedEvent", True)):
            if kind in event:
                metadata = event[kind]["metadata"]
                steps.append(Step(name_of(metadata["urn"]), metadata["type"], metadata["op"], failed))
        said = event.get("diagnosticEvent")
        if said and said["severity"] != "debug":
            messages.append(Message(said["severity"], said["message"].strip(), name_of(said.get("urn", ""))))
    return tuple(steps), tuple(messages)


def name_of(urn: str) -> str:
    """The last part of a URN: the name that the program gave."""
    return urn.rpartition("::")[2]
