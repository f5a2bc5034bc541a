"""`bedrock-projects preflight`: what a run of a stack would do, without its program (read-only)."""

from pathlib import Path
from typing import Annotated

import typer

from bedrock_projects import inventory
from bedrock_projects.commands import options
from bedrock_projects.errors import SettingsError
from bedrock_projects.preflight import run
from bedrock_projects.printing import for_json
from bedrock_projects.stacks.access import for_reading, settings_of_stack
from bedrock_projects.stacks.deployment import deployment_of
from bedrock_projects.stacks.files import project_name
from bedrock_projects.stacks.state import StackState, exported_state, full_name
from bedrock_projects.terminal import Style, Styled, progress, show

EXAMPLES = options.examples("preflight --stack dev", "preflight --stack prod --format json")


def preflight(
    *,
    stack: Annotated[str, typer.Option(metavar="NAME", help="Use the settings of this Pulumi stack.")],
    output: options.Output = options.TextOrJson.TEXT,
) -> None:
    """Show what a run of the stack would do (read-only).

    `pulumi preview` and `pulumi up` do the same before they plan.

    Exit codes: 0 preflight would pass, 1 it would refuse the run.
    """
    settings = settings_of_stack(stack)
    contents = inventory.load(settings.inventory)
    settings = for_reading(settings, contents)
    if settings.scope == "billing":
        raise SettingsError(f"stack {stack} is for Billing alone: it has no projects to look at")
    state = None
    try:
        state = exported_state(stack).of_inventory(contents)
    except SettingsError as error:
        show(f"not compared with the state: {error}", err=True)
    name = full_name(stack, project=project_name(Path()), state=state or StackState())
    with progress(f"Comparing stack {stack} with AWS"):
        report = run.preflight(settings, contents, deployment_of(settings, contents, stack=name), state)
    if output is options.TextOrJson.JSON:
        typer.echo(for_json(report.as_json()))
    else:
        show(Styled(report.summary, Style.HEADING))
        show(*(Styled(line, Style.CAUTION) for line in report.warning.split("\n") if line))
