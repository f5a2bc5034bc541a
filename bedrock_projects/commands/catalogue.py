"""`bedrock-projects catalogue`: all deployed projects, as a file for teams that do not deploy."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from bedrock_projects import inventory as inventories
from bedrock_projects.attribution.catalogue import Catalogue
from bedrock_projects.commands.options import examples
from bedrock_projects.files import write
from bedrock_projects.fleet.configuration import read_program
from bedrock_projects.fleet.stacks import stacks_of
from bedrock_projects.stacks.outputs import read_deployed, read_stacks
from bedrock_projects.stacks.settings import Settings
from bedrock_projects.suggestions import counted
from bedrock_projects.terminal import progress, show

EXAMPLES = examples("catalogue --all --into catalogue.json", "catalogue --stack dev --stack prod")


def catalogue(
    *,
    stack: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Stack to read (repeatable).")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All environments that are deployed.")] = False,
    into: Annotated[Path | None, typer.Option(metavar="FILE", help="Output file (default: stdout).")] = None,
) -> None:
    """Write a catalogue of deployed projects.

    Developers without access to the stack pass it to `use` and `verify` with `--catalogue`. It holds the outputs of the
    stacks and names of the inventory. Exit codes: 0 done, 1 refused or failed (nothing written).
    """
    if everything == bool(stack):
        raise typer.BadParameter("give --stack or --all")
    text = (_read_all() if everything else _read(stack or [])).as_json()
    if into is None:
        typer.echo(text, nl=False)
    else:
        write(text, into)


def _read(stacks: Sequence[str]) -> Catalogue:
    with progress(f"Reading {'stack' if len(stacks) == 1 else 'stacks'} {', '.join(stacks)}"):
        return read_stacks(stacks)


def _read_all() -> Catalogue:
    """The catalogue of all environments; those that are not deployed are named on stderr."""
    program = read_program(Path())
    every = stacks_of(inventories.load(program.inventory), program.settings)
    settings = {
        stack.name: program.settings.get(stack.name)
        or Settings(environment=stack.environment, inventory=program.inventory)
        for stack in every
        if stack.environment is not None
    }
    with progress(f"Reading {counted(len(settings), 'stack')}"):
        catalogue, missing = read_deployed(settings)
    if missing:
        show(f"left out, because they are not deployed: {', '.join(missing)}", err=True)
    return catalogue
