"""`bedrock-projects run`: one command for many stacks."""

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
from bedrock_projects.review.comparison import environments_touched, is_billing_touched
from bedrock_projects.review.revisions import load_at
from bedrock_projects.terminal import show

run = typer.Typer(
    help="Run a command for many stacks at once.",
    epilog=options.examples("run preview --all", "run up --environment 'shop-*' --yes"),
    no_args_is_help=True,
)


_Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before anything changes.")]


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    """Which stacks the user means, how they are run, and how the results are shown: the options of all commands."""

    everything: Annotated[bool, typer.Option("--all", help="All environments, and the stack for Billing.")] = False
    environment: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Environment, group or pattern such as '*-prod' (repeatable)."),
    ] = None
    changed_since: options.ChangedSince = None
    parallel: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Stacks at once (default: the number of CPUs).", show_default=False),
    ] = None
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="Start no other stack after a failure.")] = False
    logs: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Folder of the logs (default: in the user's cache).")
    ] = None
    output: options.OutputWithMarkdown = options.TextMarkdownOrJson.TEXT


@run.command(cls=options.Command, epilog=options.examples("run preview --all", "run preview --changed-since main"))
@options.shared(_Wanted)
def preview(
    wanted: _Wanted,
    *,
    save_plans: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Save the plan of each stack in this folder.")
    ] = None,
) -> None:
    """Preview stacks.

    Creates stacks that the backend does not have. Exit codes: 0 all previewed, 1 one or more failed.
    """
    _run("preview", wanted, plans=save_plans)


@run.command(
    cls=options.Command, epilog=options.examples("run up --all", "run up --environment '*-prod' --yes --format json")
)
@options.shared(_Wanted)
def up(
    wanted: _Wanted,
    *,
    plans: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Carry out the plans that `run preview` saved there.")
    ] = None,
    yes: _Yes = False,
) -> None:
    """Deploy stacks, that for Billing last.

    Previews all of them first, asks, and then runs those that differ. Exit codes: 0 all deployed, 1 one or more failed,
    were refused or did not run.
    """
    _run("up", wanted, plans=plans, yes=yes)


@run.command(
    cls=options.Command, epilog=options.examples("run refresh --all", "run refresh --environment prod --parallel 4")
)
@options.shared(_Wanted)
def refresh(wanted: _Wanted) -> None:
    """Write what AWS has into the states, and count drift.

    Changes nothing in AWS, and does not ask. Exit codes: 0 all refreshed, 1 one or more failed.
    """
    _run("refresh", wanted)


@run.command(
    cls=options.Command,
    epilog=options.examples("run destroy --environment sandbox", "run destroy --environment 'sandbox-*' --yes"),
)
@options.shared(_Wanted)
def destroy(
    wanted: _Wanted,
    *,
    yes: _Yes = False,
) -> None:
    """Destroy stacks, that for Billing last.

    Archives projects permanently, so it needs their exact number in BEDROCK_PROJECTS_ALLOW_ARCHIVE; without it, it
    prints the number and destroys nothing. Exit codes: 0 all destroyed, 1 one or more failed, were refused or did not
    run.
    """
    _run("destroy", wanted, yes=yes)


@run.command(
    cls=options.Command, epilog=options.examples("run doctor --all", "run doctor --environment prod --format markdown")
)
@options.shared(_Wanted)
def doctor(wanted: _Wanted) -> None:
    """Check the prerequisites of stacks (read-only).

    Exit codes: 0 no check failed, 1 a check failed; the logs say what to do.
    """
    _run("doctor", wanted)


@run.command(cls=options.Command, epilog=options.examples("run audit --all", "run audit --all --format json"))
@options.shared(_Wanted)
def audit(wanted: _Wanted) -> None:
    """Report what to clean up in the accounts of stacks.

    Changes nothing. Exit codes: 0 no action needed, 10 action needed, 1 a check failed or was not possible.
    """
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
    if wanted.everything and wanted.environment:
        raise typer.BadParameter("give --all or --environment, not both")
    if not (wanted.everything or wanted.environment or wanted.changed_since):
        raise typer.BadParameter("give --all, --environment or --changed-since")
    contents = inventories.load(program.inventory)
    since = wanted.changed_since
    stacks, patterns = stacks_of(contents, program.settings), wanted.environment or ()
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
    return options.ask(f"Run `{operation}` for these stacks?", abort=False)


def _shown_in(output: options.TextMarkdownOrJson, inventory: Inventory) -> Shown:
    """What may be shown of a result: all to a person, and what `for_others` leaves in a file and the log of its job."""
    named = accounts_named(inventory)

    def shown(result: StackResult) -> StackResult:
        return replace(result, reason=for_others(result.reason, named=named))

    return (lambda result: result) if output is options.TextMarkdownOrJson.TEXT else shown


def _show(operation: Operation, results: Sequence[StackResult], output: options.TextMarkdownOrJson) -> None:
    if output is options.TextMarkdownOrJson.TEXT:
        show(*lines_of(results))
        if logs := sorted({str(Path(result.log).parent) for result in results if result.log}):
            show(f"logs: {', '.join(logs)}")
    elif output is options.TextMarkdownOrJson.JSON:
        typer.echo(for_json(document_of(results, operation)))
    else:
        typer.echo(markdown_of(results, operation), nl=False)
