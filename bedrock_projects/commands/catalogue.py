"""`bedrock-projects catalogue`: all deployed projects, as a file for teams that do not deploy."""

from pathlib import Path
from typing import Annotated

import typer

from bedrock_projects.files import write
from bedrock_projects.stacks.outputs import read_stacks


def catalogue(
    *,
    stack: Annotated[list[str], typer.Option(metavar="NAME", help="Stack to read (repeatable).")],
    into: Annotated[Path | None, typer.Option(metavar="FILE", help="Output file (default: stdout).")] = None,
) -> None:
    """Write a catalogue of deployed projects, for `use` and `verify`.

    Reads the stacks' outputs and the inventory. Exit codes: 0 done, 1 refused or failed (nothing written).
    """
    text = read_stacks(stack).as_json()
    if into is None:
        typer.echo(text, nl=False)
    else:
        write(text, into)
