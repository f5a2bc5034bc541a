"""`bedrock-projects catalogue`: which project is whose, as a file for those who deploy nothing."""

from pathlib import Path
from typing import Annotated

import typer

from bedrock_projects.files import write
from bedrock_projects.stacks.outputs import read_stacks


def catalogue(
    *,
    stack: Annotated[list[str], typer.Option(metavar="NAME", help="A stack to read, repeatable.")],
    into: Annotated[Path | None, typer.Option(metavar="FILE", help="Write this file; else stdout.")] = None,
) -> None:
    """Write the projects of deployed stacks as a catalogue, for `use`.

    Reads the stacks' outputs and the inventory. Exit codes: 0 done, 1 refused or failed and nothing written.
    """
    text = read_stacks(stack).as_json()
    if into is None:
        typer.echo(text, nl=False)
    else:
        write(text, into)
