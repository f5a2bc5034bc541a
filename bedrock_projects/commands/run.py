"""`bedrock-projects run`: one command for many stacks."""

import enum
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from bedrock_projects import inventory as inventories
from bedrock_projects.commands import options
from bedrock_projects.findings import ACTION_NEEDED
from bedrock_projects.fleet.board import Shown
from bedrock_projects.fleet.configuration import Program, read_program
from bedrock_projects.fleet.reasons import accounts_named, for_others
from bedrock_projects.fleet.results import UNFINISHED, StackResult, document_of, lines_of, markdown_of
from bedrock_projects.fleet.running import Request, run_all
from bedrock_projects.fleet.stacks import FleetStack, Operation, chosen, stacks_of
from bedrock_projects.model import Inventory
from bedrock_projects.printing import for_json
from bedrock_projects.review.reviewing import environments_touched, is_billing_touched
from bedrock_projects.review.revisions import load_at
from bedrock_projects.terminal import question, show

run = typer.Typer(
    help="Run a command for many stacks at once.",
    epilog=options.examples("run preview --all", "run up --environment 'shop-*' --yes"),
    no_args_is_help=True,
)


class Format(str, enum.Enum):
    """The output formats of the table."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


_All = Annotated[bool, typer.Option("--all", help="All environments, and the stack for Billing.")]
_Environments = Annotated[
    list[str] | None,
    typer.Option("--environment", metavar="NAME", help="Environment, group or pattern such as '*-prod' (repeatable)."),
]
_Since = Annotated[
    str | None, typer.Option(metavar="REV", help="Only environments that differ from this git revision or file.")
]
_Parallel = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Stacks at once (default: the number of CPUs).", show_default=False),
]
_FailFast = Annotated[bool, typer.Option("--fail-fast", help="Start no other stack after a failure.")]
_Logs = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="Folder of the logs (default: in the user's cache).")
]
_Format = Annotated[Format, typer.Option("--format", help="Output format.")]
_Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before anything changes.")]


@dataclass(frozen=True)
class _Wanted:
    """Which stacks the user means, how they are run, and how the results are shown: the options of all commands."""

    everything: bool
    patterns: Sequence[str] | None
    since: str | None
    parallel: int | None
    fail_fast: bool
    logs: Path | None
    output: Format


@run.command(cls=options.Command, epilog=options.examples("run preview --all", "run preview --changed-since main"))
def preview(
    *,
    everything: _All = False,
    environment: _Environments = None,
    changed_since: _Since = None,
    save_plans: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Save the plan of each stack in this folder.")
    ] = None,
    parallel: _Parallel = None,
    fail_fast: _FailFast = False,
    logs: _Logs = None,
    output: _Format = Format.TEXT,
) -> None:
    """Preview stacks.

    Creates stacks that the backend does not have. Exit codes: 0 all previewed, 1 one or more failed.
    """
    wanted = _Wanted(everything, environment, changed_since, parallel, fail_fast, logs, output)
    _run("preview", wanted, plans=save_plans)


@run.command(
    cls=options.Command, epilog=options.examples("run up --all", "run up --environment '*-prod' --yes --format json")
)
def up(
    *,
    everything: _All = False,
    environment: _Environments = None,
    changed_since: _Since = None,
    plans: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Carry out the plans that `run preview` saved there.")
    ] = None,
    yes: _Yes = False,
    parallel: _Parallel = None,
    fail_fast: _FailFast = False,
    logs: _Logs = None,
    output: _Format = Format.TEXT,
) -> None:
    """Deploy stacks, that for Billing last.

    Previews all of them first, asks, and then runs those that differ. Exit codes: 0 all deployed, 1 one or more failed,
    were refused or did not run.
    """
    wanted = _Wanted(everything, environment, changed_since, parallel, fail_fast, logs, output)
    _run("up", wanted, plans=plans, yes=yes)


@run.command(
    cls=options.Command, epilog=options.examples("run refresh --all", "run refresh --environment prod --parallel 4")
)
def refresh(
    *,
    everything: _All = False,
    environment: _Environments = None,
    changed_since: _Since = None,
    parallel: _Parallel = None,
    fail_fast: _FailFast = False,
    logs: _Logs = None,
    output: _Format = Format.TEXT,
) -> None:
    """Write what AWS has into the states, and count drift.

    Changes nothing in AWS, and does not ask. Exit codes: 0 all refreshed, 1 one or more failed.
    """
    wanted = _Wanted(everything, environment, changed_since, parallel, fail_fast, logs, output)
    _run("refresh", wanted)


@run.command(
    cls=options.Command,
    epilog=options.examples("run destroy --environment sandbox", "run destroy --environment 'sandbox-*' --yes"),
)
def destroy(
    *,
    everything: _All = False,
    environment: _Environments = None,
    changed_since: _Since = None,
    yes: _Yes = False,
    parallel: _Parallel = None,
    fail_fast: _FailFast = False,
    logs: _Logs = None,
    output: _Format = Format.TEXT,
) -> None:
    """Destroy stacks, that for Billing last.

    Archives projects permanently, so it needs their exact number in BEDROCK_PROJECTS_ALLOW_ARCHIVE; without it, it
    prints the number and destroys nothing. Exit codes: 0 all destroyed, 1 one or more failed, were refused or did not
    run.
    """
    wanted = _Wanted(everything, environment, changed_since, parallel, fail_fast, logs, output)
    _run("destroy", wanted, yes=yes)


@run.command(
    cls=options.Command, epilog=options.examples("run doctor --all", "run doctor --environment prod --format markdown")
)
def doctor(
    *,
    everything: _All = False,
    environment: _Environments = None,
    changed_since: _Since = None,
    parallel: _Parallel = None,
    fail_fast: _FailFast = False,
    logs: _Logs = None,
    output: _Format = Format.TEXT,
) -> None:
    """Check the prerequisites of stacks (read-only).

    Exit codes: 0 no check failed, 1 a check failed; the logs say what to do.
    """
    wanted = _Wanted(everything, environment, changed_since, parallel, fail_fast, logs, output)
    _run("doctor", wanted)


@run.command(cls=options.Command, epilog=options.examples("run audit --all", "run audit --all --format json"))
def audit(
    *,
    everything: _All = False,
    environment: _Environments = None,
    changed_since: _Since = None,
    parallel: _Parallel = None,
    fail_fast: _FailFast = False,
    logs: _Logs = None,
    output: _Format = Format.TEXT,
) -> None:
    """Report what to clean up in the accounts of stacks.

    Changes nothing. Exit codes: 0 no action needed, 10 action needed, 1 a check failed or was not possible.
    """
    wanted = _Wanted(everything, environment, changed_since, parallel, fail_fast, logs, output)
    _run("audit", wanted)


def _run(operation: Operation, wanted: _Wanted, *, plans: Path | None = None, yes: bool = True) -> None:
    if not yes and not sys.stdin.isatty():
        raise typer.BadParameter("nobody can be asked here; give --yes, after `run preview`")
    program = read_program(Path())
    stacks, contents = _selected(wanted, program)
    if not stacks:
        show("no stack is selected", err=True)
    shown = _shown_in(wanted.output, contents)
    results = run_all(
        Request(
            operation=operation,
            stacks=stacks,
            program=program,
            at_once=wanted.parallel or os.cpu_count() or 1,
            confirm=_yes if yes else partial(_ask, operation),
            shown=shown,
            fail_fast=wanted.fail_fast,
            plans=plans,
            logs=wanted.logs,
        )
    )
    _show(operation, [*map(shown, results)], wanted.output)
    outcomes = {result.outcome for result in results}
    if outcomes & {*UNFINISHED}:
        raise typer.Exit(1)
    if "action needed" in outcomes:
        raise typer.Exit(ACTION_NEEDED)


def _selected(wanted: _Wanted, program: Program) -> tuple[Sequence[FleetStack], Inventory]:
    """The stacks that the options select, of which inventory; a usage error unless they say which."""
    if wanted.everything and wanted.patterns:
        raise typer.BadParameter("give --all or --environment, not both")
    if not (wanted.everything or wanted.patterns or wanted.since):
        raise typer.BadParameter("give --all, --environment or --changed-since")
    contents = inventories.load(program.inventory)
    since = wanted.since
    stacks, patterns = stacks_of(contents, program.settings), wanted.patterns or ()
    if since is None:
        return chosen(stacks, contents, patterns=patterns), contents
    before = load_at(since, program.inventory)
    changed = environments_touched(before, contents)
    billing_changed = is_billing_touched(before, contents)
    selected = chosen(stacks, contents, patterns=patterns, changed=changed, billing_changed=billing_changed)
    return selected, contents


def _yes(_: Sequence[StackResult]) -> bool:
    return True


def _ask(operation: Operation, results: Sequence[StackResult]) -> bool:
    """Shows what would happen, and asks; a table for a program follows on stdout."""
    show(*lines_of(results), err=True)
    with question():
        return typer.confirm(f"Run `{operation}` for these stacks?", err=True)


def _shown_in(output: Format, inventory: Inventory) -> Shown:
    """What may be shown of a result: all to a person, and what `for_others` leaves in a file and the log of its job."""
    named = accounts_named(inventory)

    def shown(result: StackResult) -> StackResult:
        return replace(result, reason=for_others(result.reason, named=named))

    return (lambda result: result) if output is Format.TEXT else shown


def _show(operation: Operation, results: Sequence[StackResult], output: Format) -> None:
    if output is Format.TEXT:
        show(*lines_of(results))
        if logs := sorted({str(Path(result.log).parent) for result in results if result.log}):
            show(f"logs: {', '.join(logs)}")
    elif output is Format.JSON:
        typer.echo(for_json(document_of(results, operation)))
    else:
        typer.echo(markdown_of(results, operation), nl=False)
