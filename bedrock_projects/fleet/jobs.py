"""The job of one stack: a process of the Pulumi CLI or of this program, and what came of it."""

import shutil
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bedrock_projects.errors import BedrockProjectsError
from bedrock_projects.findings import ACTION_NEEDED, Finding, lines_of
from bedrock_projects.fleet.archives import NOTHING, Share
from bedrock_projects.fleet.configuration import made_settings_file, options_of, variables_of
from bedrock_projects.fleet.events import EventLog, Steps
from bedrock_projects.fleet.processes import Command, Processes
from bedrock_projects.fleet.reasons import reason_of
from bedrock_projects.fleet.results import UNFINISHED, Outcome, StackResult, not_started
from bedrock_projects.fleet.stacks import FleetStack, Operation
from bedrock_projects.json_reading import read_json
from bedrock_projects.projects.archive_limit import ALLOW_ARCHIVE_VARIABLE
from bedrock_projects.stacks.files import project_name, stack_file
from bedrock_projects.stacks.pulumi_cli import one_line
from bedrock_projects.stacks.state import exported_state
from bedrock_projects.terminal import plain

_OPTIONS: Mapping[Operation, Sequence[str]] = {
    "preview": (),
    "up": ("--yes",),
    "refresh": ("--yes", "--skip-preview"),
    "destroy": ("--yes", "--skip-preview"),
}
# Ids and ARNs stay out of the logs of a job, and nobody watches the progress in a file.
_QUIET = ("--non-interactive", "--color", "never", "--suppress-outputs", "--suppress-progress")
_FIELDS = ("check", "outcome", "result", "remedy")


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a stack would do: what came of the look, what counts for the archive limit, and whether anything differs.

    `is_refused`: the preflight refused the number of archives, so only that number is known.
    """

    stack: FleetStack
    result: StackResult
    share: Share = NOTHING
    is_refused: bool = False
    differs: bool = False


@dataclass(frozen=True, kw_only=True)
class Jobs:
    """What all jobs of a run share.

    `kept` has the settings files that were made, `logs` the logs, `scratch` files of this run alone. `existing` are the
    stacks that the backend has. `environment` is that of each process, without the archive number.
    """

    processes: Processes
    folder: Path
    kept: Path
    logs: Path
    scratch: Path
    existing: frozenset[str]
    environment: Mapping[str, str]

    def event_log(self, stack: FleetStack, operation: Operation) -> EventLog:
        """What the engine writes of that operation."""
        return EventLog(self.scratch / f"{stack.name}.{operation}.events", is_preview=operation == "preview")

    def preview(self, stack: FleetStack, *options: str, archives: int = 0) -> Look:
        """What an `up` would do; a stack that is missing is made.

        `archives` is the number of projects that the user confirmed for it, if a first preview was refused.
        """
        result, steps = self._engine(stack, "preview", *options, archives=archives)
        is_refused = result.outcome == "failed" and steps.refused is not None
        differs = is_refused or result.outcome == "to change"
        share = steps.share if differs else NOTHING
        return Look(stack=stack, result=result, share=share, is_refused=is_refused, differs=differs)

    def change(self, stack: FleetStack, operation: Operation, *options: str, archives: int = 0) -> StackResult:
        """An `up`, a refresh or a destroy; `archives` is the number of projects that the user confirmed for it."""
        if operation != "up" and stack.name not in self.existing:
            return StackResult(stack.name, stack.environment, "no stack")
        return self._engine(stack, operation, *options, archives=archives)[0]

    def state(self, stack: FleetStack) -> Look:
        """What a destroy would archive."""
        if stack.name not in self.existing:
            return Look(stack=stack, result=StackResult(stack.name, stack.environment, "no stack"))
        if self.processes.is_stopped:
            return Look(stack=stack, result=not_started(stack))
        try:
            state = exported_state(stack.name, protected=False)
            # The second is how a program of one's own names a single project.
            others = state.owners_besides((*stack.owners, f"{project_name(self.folder)}/{stack.name}/"))
        except BedrockProjectsError as error:
            return Look(stack=stack, result=_not_possible(stack, error))
        if others:
            refused = StackResult(stack.name, stack.environment, "refused", reason=_of_others(stack, others))
            return Look(stack=stack, result=refused)
        archived = len(state.archived_by_destroy)
        planned = StackResult(stack.name, stack.environment, "to change", {"to archive": archived} if archived else {})
        return Look(stack=stack, result=planned, share=Share(archived, archived), differs=True)

    def check(self, stack: FleetStack, operation: Operation) -> StackResult:
        """The command `doctor` or `audit` of this package."""
        answer = self.scratch / f"{stack.name}.{operation}.json"
        words = [sys.executable, "-m", "bedrock_projects", operation, "--stack", stack.name, "--format", "json"]
        began = time.monotonic()
        try:
            log = self._log(stack, operation)
            code = self._process(stack, words, log=log, output=answer)
            if code is None:
                return not_started(stack)
            findings = _findings(answer.read_text("utf-8"))
            with log.open("a", encoding="utf-8") as file:
                file.writelines(f"{plain(line)}\n" for line in lines_of(findings))
            said = log.read_text("utf-8", "replace")
        except (BedrockProjectsError, OSError) as error:
            return _not_possible(stack, error)
        return StackResult(
            stack.name,
            stack.environment,
            self._outcome_of_check(code),
            dict(Counter(finding.outcome for finding in findings)),
            reason=_reason_of_check(code, findings, said),
            seconds=round(time.monotonic() - began, 1),
            log=str(log),
        )

    def _outcome_of_check(self, code: int) -> Outcome:
        if code in (0, ACTION_NEEDED):
            return "action needed" if code else "ok"
        return "interrupted" if self.processes.is_interrupted else "failed"

    def _engine(
        self, stack: FleetStack, operation: Operation, *options: str, archives: int
    ) -> tuple[StackResult, Steps]:
        began, events = time.monotonic(), self.event_log(stack, operation)
        command = ["pulumi", operation, *_OPTIONS[operation], *_QUIET, "--event-log", str(events.file), *options]
        allowed = {ALLOW_ARCHIVE_VARIABLE: str(archives)} if archives else {}
        try:
            log = self._log(stack, operation)
            events.file.unlink(missing_ok=True)  # that of an earlier look
            code: int | None = 0
            if stack.name not in self.existing and operation == "preview" and not archives:
                code = self._make_stack(stack, log)
            if code == 0:
                code = self._process(stack, [*command, "--stack", stack.name], log=log, variables=allowed)
            said = log.read_text("utf-8", "replace") if code else ""
            steps = events.look()
        except (BedrockProjectsError, OSError) as error:
            return _not_possible(stack, error), Steps(is_preview=False)
        if code is None:
            return not_started(stack), steps
        outcome = self._outcome(operation, code, steps)
        is_refresh = operation == "refresh"
        result = StackResult(
            stack.name,
            stack.environment,
            outcome,
            {} if is_refresh or (outcome in UNFINISHED and operation == "preview") else dict(steps.changes),
            drift=steps.drift if is_refresh else 0,
            tags_only=steps.changes == {"updated": 1} and not steps.drift,
            pending_keys=steps.pending,
            reason=reason_of(steps, said, code=code, stack=stack.name) if outcome in UNFINISHED else "",
            warnings=tuple(steps.warnings) if outcome == "to change" else (),
            seconds=round(time.monotonic() - began, 1),
            log=str(log),
        )
        return result, steps

    def _make_stack(self, stack: FleetStack, log: Path) -> int | None:
        """The exit code of `pulumi stack init`, which takes no `--config-file`, and writes the stack's file itself."""
        own = stack_file(stack.name, folder=self.folder)
        had = own.exists()
        words = ["pulumi", "stack", "init", "--stack", stack.name, "--no-select", *_QUIET[:3]]
        code = self.processes.run(Command(words, self.environment, self.folder, log, log))
        if not had and own.exists():
            shutil.move(own, self.kept / own.name)
        return code

    def _outcome(self, operation: Operation, code: int, steps: Steps) -> Outcome:
        if code:
            return "interrupted" if self.processes.is_interrupted else "failed"
        if steps.gap:
            return "failed"
        if not (steps.drift if operation == "refresh" else steps.differs):
            return "unchanged"
        return "to change" if operation == "preview" else "changed"

    def _process(
        self,
        stack: FleetStack,
        words: Sequence[str],
        *,
        log: Path,
        output: Path | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> int | None:
        file = made_settings_file(stack.name, folder=self.folder, kept=self.kept)
        given = options_of(file) if words[0] == "pulumi" else ()
        environment = {**self.environment, **variables_of(file), **(variables or {})}
        return self.processes.run(Command([*words, *given], environment, self.folder, log, output or log))

    def _log(self, stack: FleetStack, operation: Operation) -> Path:
        """The log of a stack, empty: a process of an earlier run that still writes to the former one keeps that."""
        log = self.logs / f"{stack.name}.{operation}.log"
        log.unlink(missing_ok=True)
        return log


def _of_others(stack: FleetStack, others: Sequence[str]) -> str:
    """Why a destroy does not begin: the stack is not the one that the user selected by its environment."""
    selected = "Billing" if stack.environment is None else f"environment {stack.environment!r}"
    return (
        f"the state has projects of {', '.join(others)}, but the stack was selected for {selected}; if they are to be "
        f"archived too, run `pulumi destroy --stack {stack.name}`"
    )


def _not_possible(stack: FleetStack, error: BedrockProjectsError | OSError) -> StackResult:
    """The result of a stack that could not be run to its end; those of the others count all the same."""
    reason = error.lines[0] if isinstance(error, BedrockProjectsError) else str(error)
    return StackResult(stack.name, stack.environment, "failed", reason=one_line(reason))


def _findings(printed: str) -> list[Finding]:
    """What `doctor` or `audit` found; empty if it ended with a message."""
    try:
        return [Finding(*map(finding.get, _FIELDS)) for finding in read_json(printed)]
    except ValueError:
        return []


def _reason_of_check(code: int, findings: Sequence[Finding], said: str) -> str:
    """The first check that failed, or that could not be made; what the command said if it made none."""
    if code in (0, ACTION_NEEDED):
        return ""
    failed = [finding for finding in findings if finding.outcome == "failed"] or [
        finding for finding in findings if finding.outcome == "unknown"
    ]
    first = f"{failed[0].check}: {failed[0].result}" if failed else said
    return one_line(first.strip().partition("\n")[0])
