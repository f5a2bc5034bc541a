"""`bedrock-projects catalogue`: all deployed projects, as a file for teams that do not deploy."""

from pathlib import Path
from typing import Annotated

import typer

from bedrock_projects.commands.options import examples
from bedrock_projects.files import write
from bedrock_projects.stacks.outputs import read_stacks
from bedrock_projects.terminal import progress

EXAMPLES = examples(
    "catalogue --stack dev --stack prod --into catalogue.json",
    "catalogue --stack dev | jq .environments.dev.projects",
)


def catalogue(
    *,
    stack: Annotated[list[str], typer.Option(metavar="NAME", help="Stack to read (repeatable).")],
    into: Annotated[Path | None, typer.Option(metavar="FILE", help="Output file (default: stdout).")] = None,
) -> None:
    """Write a catalogue of deployed projects.

    Developers without access to the stack pass it to `use` and `verify` with `--catalogue`. It holds the outputs of the
    stacks and names of the inventory. Exit codes: 0 done, 1 refused or failed (nothing written).
    """
    with progress(f"Reading {'stack' if len(stack) == 1 else 'stacks'} {', '.join(stack)}"):
        text = read_stacks(stack).as_json()
    if into is None:
        typer.echo(text, nl=False)
    else:
        write(text, into)
