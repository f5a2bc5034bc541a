"""The command line `bedrock-projects`.

Exit codes: 0 done, 1 refused or failed with one message, 2 wrong usage, 3 no cost data yet; also 10 and 20 of `review`,
and 10 of `audit`, `run audit`, `accounts` and `conformance`.
"""

import importlib
import os
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from bedrock_projects.commands.options import Command, examples
from bedrock_projects.template.pins import installed_version
from bedrock_projects.terminal import for_people, prepare_streams

NAME = "bedrock-projects"
COMPLETION = "_BEDROCK_PROJECTS_COMPLETE"
"""Set by the script of shell completion; Typer makes the name of that of the program."""

COMMANDS = (
    "validate",
    "review",
    "environments",
    "schema",
    "init",
    "upgrade",
    "adopt",
    "backfill",
    "preflight",
    "run",
    "doctor",
    "audit",
    "accounts",
    "conformance",
    "catalogue",
    "use",
    "verify",
    "costs",
    "chargeback",
    "iam",
    "ci",
)
"""The commands in the order of `--help`.

The module `commands.<name>` has a function `<name>` and EXAMPLES for its `--help`.
If the command has commands of its own, `<name>` is a Typer.
"""


class _CommandsOnDemand(TyperGroup):
    """Imports the module of a command only when the user calls the command.

    boto3 is slow to import, and half of the commands never need it. Only `--help` of the whole program
    imports all modules, because it shows the first sentence of each command.
    """

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        # Typer lists these names, and suggests one of them for a misspelt command.
        self.commands = {name: TyperCommand(name) for name in COMMANDS}

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # Typer has no public names for click's classes
        """The command of that name; None if there is none."""
        if cmd_name in COMMANDS:
            self.commands[cmd_name] = _load(cmd_name)
        return super().get_command(ctx, cmd_name)


def _load(name: str) -> Any:
    module = importlib.import_module(f"bedrock_projects.commands.{name}")
    made = getattr(module, name)
    parent = typer.Typer(rich_markup_mode=app.rich_markup_mode)
    if isinstance(made, typer.Typer):
        parent.add_typer(made, name=name)
    else:
        parent.command(name, cls=Command, epilog=module.EXAMPLES)(made)
    return get_group(parent).commands[name]


app = typer.Typer(
    cls=_CommandsOnDemand,
    name=NAME,
    help="Amazon Bedrock Projects and their cost allocation tags as code.",
    epilog=examples("validate", "costs --by Team --month 2026-10"),
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain text, the same in a terminal, a pipe and a CI log
)


def _show_version(is_asked: bool) -> None:
    if not is_asked:
        return
    typer.echo(f"{NAME} {installed_version()}")
    raise typer.Exit


@app.callback()
def _commands(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Without a callback, Typer would drop the name of a single command."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line and exits; an expected error is one message on stderr."""
    prepare_streams()
    if COMPLETION in os.environ:  # a shell asks, and reads tabs and line breaks; the answer has no text of others
        app(prog_name=NAME)
    with for_people():
        app(args=arguments, prog_name=NAME)
