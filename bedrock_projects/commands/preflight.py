"""`bedrock-projects preflight`: what a run of a stack would do, without Pulumi."""

from pathlib import Path
from typing import Annotated

import typer

from bedrock_projects import inventory
from bedrock_projects.commands.options import TextOrJson
from bedrock_projects.errors import SettingsError
from bedrock_projects.preflight import run
from bedrock_projects.printing import for_json, for_terminal
from bedrock_projects.stacks.deployment import deployment_of
from bedrock_projects.stacks.files import read_stack, settings_of
from bedrock_projects.stacks.state import StackState, exported_state, full_name


def preflight(
    *,
    stack: Annotated[str, typer.Option(metavar="NAME", help="The Pulumi stack whose settings count.")],
    output: Annotated[TextOrJson, typer.Option("--format", help="How to write it.")] = TextOrJson.TEXT,
) -> None:
    """Say what a run of the stack would do, as `pulumi preview` does before it plans.

    Exit codes: 0 the run would pass, 1 it would be refused.
    """
    settings = settings_of(stack, folder=Path())
    if settings.scope == "billing":
        raise SettingsError(f"stack {stack} has `scope: billing`: it has no projects to look at")
    contents = inventory.load(settings.inventory)
    state = None
    try:
        state = exported_state(stack)
    except SettingsError as error:
        typer.echo(for_terminal(f"not compared with the state: {error}"), err=True)
    name = full_name(stack, project=read_stack(Path(), stack).project, state=state or StackState())
    report = run.preflight(settings, contents, deployment_of(settings, contents, stack=name), state)
    if output is TextOrJson.JSON:
        typer.echo(for_json(report.as_json()))
    else:
        typer.echo(for_terminal(report.summary, *filter(None, report.warning.split("\n"))))
