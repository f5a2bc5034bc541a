"""The command line `bedrock-projects`.

Exit codes: 0 done, 1 refused or failed with one message, 2 called wrongly, 3 no cost data yet; `review` has 10 and 20
besides, `audit` 10.
"""

import importlib.metadata
import io
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from bedrock_projects.commands import (
    adopt,
    audit,
    backfill,
    catalogue,
    costs,
    doctor,
    environments,
    iam,
    preflight,
    review,
    schema,
    use,
    validate,
    verify,
)
from bedrock_projects.errors import BedrockProjectsError, NoDataError, SettingsError

app = typer.Typer(
    name="bedrock-projects",
    help="Amazon Bedrock Projects and their cost allocation tags as code.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain text: the same in a terminal, a pipe and a CI job's log
)


def _show_version(is_asked: bool) -> None:
    if not is_asked:
        return
    try:
        version = importlib.metadata.version("bedrock-projects")
    except importlib.metadata.PackageNotFoundError:
        raise SettingsError("bedrock-projects is not installed, so it has no version; `pip install` it") from None
    typer.echo(f"bedrock-projects {version}")
    raise typer.Exit


@app.callback()
def _commands(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Makes each command a word of its own, however many there are."""


app.command("validate")(validate.validate)
app.command("review")(review.review)
app.command("environments")(environments.environments)
app.command("schema")(schema.schema)
app.command("adopt")(adopt.adopt)
app.command("backfill")(backfill.backfill)
app.command("preflight")(preflight.preflight)
app.command("doctor")(doctor.doctor)
app.command("audit")(audit.audit)
app.command("catalogue")(catalogue.catalogue)
app.command("use")(use.use)
app.command("verify")(verify.verify)
app.command("costs")(costs.costs)
app.add_typer(iam.app, name="iam")


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line and exits; an expected error is one message on stderr."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # an inventory may hold what the terminal cannot show
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8")  # what is read back must be what was written, in any locale
    try:
        app(args=arguments, prog_name="bedrock-projects")
    except BedrockProjectsError as error:
        typer.echo(str(error), err=True)
        sys.exit(3 if isinstance(error, NoDataError) else 1)
