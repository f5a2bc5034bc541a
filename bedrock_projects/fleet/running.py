"""A run over many stacks: what comes first, what may follow, and how many at once."""

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from bedrock_projects.errors import SettingsError
from bedrock_projects.files import made_folder
from bedrock_projects.fleet.archives import is_confirmed, refused_archives, total_of
from bedrock_projects.fleet.board import Shown, board
from bedrock_projects.fleet.configuration import Program, kept_folder
from bedrock_projects.fleet.jobs import Jobs, Look
from bedrock_projects.fleet.processes import Processes, in_parallel
from bedrock_projects.fleet.results import UNFINISHED, StackResult, not_started
from bedrock_projects.fleet.stacks import CHECKS, FleetStack, Operation, waves
from bedrock_projects.json_reading import read_json
from bedrock_projects.projects.archive_limit import ALLOW_ARCHIVE_VARIABLE
from bedrock_projects.projects.confirmation import ARCHIVE_ORPHANS_VARIABLE, TAKE_OVER_VARIABLE, confirmed_number
from bedrock_projects.stacks.files import STACK_FILE_VARIABLE, stack_basename
from bedrock_projects.stacks.pulumi_cli import one_line, remedy_for, run_pulumi

Confirm = Callable[[Sequence[StackResult]], bool]
"""Asked with what the stacks would do, before anything changes."""

_R = TypeVar("_R", StackResult, Look)


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the user asked for.

    `plans` is the folder of plans: a preview writes them, an `up` carries them out. `logs` None: a folder in the user's
    cache. `confirm` is called before an `up` or a destroy changes anything. `shown` is what may be shown of a result
    meanwhile.
    """

    operation: Operation
    stacks: Sequence[FleetStack]
    program: Program
    at_once: int
    confirm: Confirm
    shown: Shown
    fail_fast: bool = False
    plans: Path | None = None
    logs: Path | None = None
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)


def run_all(request: Request) -> list[StackResult]:
    """Runs all stacks; the results are in their order. SettingsError if the run can't begin."""
    _refuse_variables_of_one_stack(request.environment)
    if request.operation == "up" and request.plans:
        _require_plans(request.stacks, request.plans)
    existing = frozenset[str]() if request.operation in CHECKS else _stacks_of_backend()
    kept = kept_folder(request.program.folder, request.environment, backend=_backend_for(request.operation))
    with tempfile.TemporaryDirectory() as scratch:
        jobs = Jobs(
            processes=Processes(),
            folder=request.program.folder.absolute(),
            kept=kept,
            logs=made_folder(request.logs or kept / "logs").absolute(),
            scratch=Path(scratch),
            existing=existing,
            environment=_environment_of(request.environment),
        )
        results = {result.stack: result for result in _Run(request, jobs).results()}
    return [results[stack.name] for stack in request.stacks]


class _Run:
    def __init__(self, request: Request, jobs: Jobs) -> None:
        self._request = request
        self._jobs = jobs

    def results(self) -> list[StackResult]:
        operation, stacks, plans = self._request.operation, self._request.stacks, self._request.plans
        if operation in CHECKS:
            return self._each(stacks, operation, lambda stack: self._jobs.check(stack, operation))
        if operation == "refresh":
            return self._each(stacks, operation, lambda stack: self._jobs.change(stack, operation))
        if operation == "destroy":
            return self._carried_out(self._each(stacks, operation, self._jobs.state))
        looks = self._previews(_without_plans(plans, stacks) if plans and operation == "preview" else None)
        return [*self._judged(looks).values()] if operation == "preview" else self._carried_out(looks)

    def _previews(self, saved: Path | None) -> list[Look]:
        """A look at each stack; once more at those that were refused, if the user's number may be that of the run.

        Only the second look at these shows which entries archive by their `status`.
        """
        looks = {
            look.stack.name: look
            for look in self._each(
                self._request.stacks, "preview", lambda stack: self._jobs.preview(stack, *_saving(stack, saved))
            )
        }
        shares = {name: look.share for name, look in looks.items()}
        refused = [look.stack for look in looks.values() if look.is_refused]
        if refused and confirmed_number(self._request.environment.get(ALLOW_ARCHIVE_VARIABLE)) >= total_of(shares):
            again = self._each(
                refused,
                "preview",
                lambda stack: self._jobs.preview(stack, *_saving(stack, saved), archives=shares[stack.name].archived),
            )
            looks |= {
                look.stack.name: replace(look, share=replace(shares[look.stack.name], retired=look.share.retired))
                for look in again
            }
        return [*looks.values()]

    def _confirmed(self, looks: Sequence[Look]) -> Mapping[str, int]:
        """How many projects each stack may archive, if the user gave the number of the whole run; else none."""
        shares = {look.stack.name: look.share for look in looks}
        is_exact = is_confirmed(shares, self._request.environment.get(ALLOW_ARCHIVE_VARIABLE))
        return {stack: share.archived for stack, share in shares.items()} if is_exact else {}

    def _judged(self, looks: Sequence[Look]) -> dict[str, StackResult]:
        """The results of the looks; those of stacks that would archive too much are refused."""
        refused = refused_archives(
            {look.stack.name: look.share for look in looks},
            allowed=self._request.environment.get(ALLOW_ARCHIVE_VARIABLE),
            always=self._request.operation == "destroy",
        )
        return {look.stack.name: _unless_refused(look, refused) for look in looks}

    def _carried_out(self, looks: Sequence[Look]) -> list[StackResult]:
        """Runs what may run; any other result is that of the look, or why the stack may not run.

        A destroy runs nothing after a stack that was refused or that failed: what the user must decide comes first.
        """
        operation, results, confirmed = self._request.operation, self._judged(looks), self._confirmed(looks)
        ready = [look.stack for look in looks if look.differs and results[look.stack.name].outcome == "to change"]
        if self._request.fail_fast and any(result.outcome in UNFINISHED for result in results.values()):
            self._jobs.processes.stop()
        if ready and self._may_begin(results) and not self._request.confirm([*results.values()]):
            self._jobs.processes.stop()

        def run(stack: FleetStack) -> StackResult:
            options = _planned(stack, self._request.plans) if operation == "up" else ()
            return self._jobs.change(stack, operation, *options, archives=confirmed.get(stack.name, 0))

        with self._jobs.processes.interrupted_by_signals():  # between the waves too: what was done is to be shown
            for wave in waves(ready, operation):
                if operation == "destroy" and (obstacle := _obstacle(results)):
                    results |= {stack.name: not_started(stack, obstacle) for stack in wave}
                else:
                    results |= {result.stack: result for result in self._each(wave, operation, run)}
        return [*results.values()]

    def _may_begin(self, results: Mapping[str, StackResult]) -> bool:
        is_held_up = self._request.operation == "destroy" and bool(_obstacle(results))
        return not (is_held_up or self._jobs.processes.is_stopped)

    def _each(self, stacks: Sequence[FleetStack], action: Operation, job: Callable[[FleetStack], _R]) -> list[_R]:
        """What came of each, so many at once as the user asked for."""
        processes = self._jobs.processes

        with processes.interrupted_by_signals(), board(action, len(stacks), shown=self._request.shown) as shown:

            def run(stack: FleetStack) -> _R:
                shown.started(stack.name, self._jobs.event_log(stack, action))
                done = job(stack)
                result = done.result if isinstance(done, Look) else done
                shown.ended(result)
                is_judged_later = isinstance(done, Look) and done.is_refused
                if self._request.fail_fast and result.outcome in UNFINISHED and not is_judged_later:
                    processes.stop()
                return done

            return in_parallel(
                [partial(run, stack) for stack in stacks], at_once=self._request.at_once, tick=shown.tick
            )


def _unless_refused(look: Look, refused: Mapping[str, str]) -> StackResult:
    reason = refused.get(look.stack.name)
    return replace(look.result, outcome="refused", reason=reason) if reason else look.result


def _obstacle(results: Mapping[str, StackResult]) -> str:
    """Why a destroy does not go on; empty if it does. After an interrupt, nothing starts anyway."""
    outcomes = {result.outcome for result in results.values()}
    if "refused" in outcomes:
        return "another stack was refused"
    return "another stack failed" if "failed" in outcomes else ""


def plan_file(stack: FleetStack, folder: Path) -> Path:
    """Where the plan of a stack is."""
    return folder / f"{stack.name}.plan.json"


def _without_plans(folder: Path, stacks: Sequence[FleetStack]) -> Path:
    """The folder for the plans of these stacks; a preview that fails would leave an earlier plan there."""
    for stack in stacks:
        try:
            plan_file(stack, folder).unlink(missing_ok=True)
        except OSError as error:
            raise SettingsError(f"{plan_file(stack, folder)} cannot be replaced: {error.strerror}") from None
    return made_folder(folder).absolute()


def _saving(stack: FleetStack, folder: Path | None) -> Sequence[str]:
    return ("--save-plan", str(plan_file(stack, folder))) if folder else ()


def _planned(stack: FleetStack, folder: Path | None) -> Sequence[str]:
    """With a plan, the CLI previews once more, and changes nothing if that differs from the plan."""
    return ("--plan", str(plan_file(stack, folder.absolute()))) if folder else ("--skip-preview",)


def _require_plans(stacks: Sequence[FleetStack], folder: Path) -> None:
    missing = [stack.name for stack in stacks if not plan_file(stack, folder).is_file()]
    if missing:
        raise SettingsError(
            f"{folder} has no plan of stack {missing[0]}"
            + (f" and {len(missing) - 1} others" if missing[1:] else "")
            + f"; run `bedrock-projects run preview --save-plans {folder}` for the same stacks"
        )


def _refuse_variables_of_one_stack(environment: Mapping[str, str]) -> None:
    given = [name for name in (ARCHIVE_ORPHANS_VARIABLE, TAKE_OVER_VARIABLE) if environment.get(name)]
    if given:
        raise SettingsError(f"{given[0]} is a number of one stack; unset it, and run `pulumi up` for that stack")
    if environment.get(STACK_FILE_VARIABLE, "").strip():
        raise SettingsError(
            f"{STACK_FILE_VARIABLE} names the file of one stack; unset it, since each stack has its own"
        )


def _environment_of(environment: Mapping[str, str]) -> dict[str, str]:
    """That of each process. The archive number is of the whole run; without debug commands the CLI has no event log."""
    given = {name: value for name, value in environment.items() if name != ALLOW_ARCHIVE_VARIABLE}
    return {**given, "PULUMI_SKIP_UPDATE_CHECK": "true", "PULUMI_DEBUG_COMMANDS": "true"}


def _backend_for(operation: Operation) -> str:
    """The URL of the backend; SettingsError if the CLI cannot say it.

    Empty for an audit, which needs no state, and for a `doctor` without one, which says that itself.
    """
    if operation == "audit":
        return ""
    code, stdout, stderr = run_pulumi("whoami", "--json", "--non-interactive")
    if code and operation == "doctor":
        return ""
    if code:
        raise SettingsError(f"the backend is not known: {one_line(stderr)}; {remedy_for('', stderr)}")
    try:
        return str(read_json(stdout)["url"])
    except (ValueError, KeyError, TypeError):
        raise SettingsError("`pulumi whoami --json` does not print the URL of the backend") from None


def _stacks_of_backend() -> frozenset[str]:
    """The stacks of the program in the current folder that the backend has."""
    if not shutil.which("pulumi"):
        raise SettingsError("`pulumi` is not on PATH; install the Pulumi CLI")
    code, stdout, stderr = run_pulumi("stack", "ls", "--json", "--non-interactive")
    if code:
        raise SettingsError(f"the stacks of the backend cannot be listed: {one_line(stderr)}; {remedy_for('', stderr)}")
    try:
        return frozenset(stack_basename(stack["name"]) for stack in read_json(stdout))
    except (ValueError, KeyError, TypeError):
        raise SettingsError("`pulumi stack ls --json` does not print a list of stacks") from None
