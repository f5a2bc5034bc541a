"""`bedrock-projects audit`: what an account needs tidying up, looked at without changing anything."""

from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated

import typer

from bedrock_projects import inventory as inventories
from bedrock_projects.audit.run import Survey
from bedrock_projects.commands.options import TextOrJson
from bedrock_projects.findings import lines_of
from bedrock_projects.printing import for_json, for_terminal
from bedrock_projects.stacks.files import chosen_settings

TO_DO = 10
_MONTHS_15 = 455


def audit(
    *,
    stack: Annotated[str | None, typer.Option(metavar="NAME", help="The Pulumi stack; its settings are read.")] = None,
    inventory: Annotated[Path | None, typer.Option(metavar="FILE", help="Instead of the stack's inventory.")] = None,
    environment: Annotated[str | None, typer.Option(metavar="NAME", help="Instead of the stack's environment.")] = None,
    unused_days: Annotated[
        int, typer.Option(min=1, max=_MONTHS_15, metavar="DAYS", help="Without a request for so long is without use.")
    ] = 30,
    costs: Annotated[
        bool, typer.Option("--costs", help="Ask Cost Explorer too: one request, which AWS charges $0.01 for.")
    ] = False,
    output: Annotated[TextOrJson, typer.Option("--format", help="How to write the findings.")] = TextOrJson.TEXT,
) -> None:
    """Look for what the account's projects and tag keys need, change nothing.

    Exit codes: 0 nothing to do, 10 something is, 1 something could not be looked at.
    """
    if stack is None and environment is None:
        raise typer.BadParameter("give --stack or --environment")
    settings = chosen_settings(stack, inventory=inventory, environment=environment)
    contents = inventories.load(settings.inventory)
    if environment is not None:
        contents.environment(environment)  # else the stack's settings would be blamed
    survey = Survey(
        settings=settings,
        inventory=contents,
        unused_days=unused_days,
        costs=costs,
        now=datetime.now(tz=timezone.utc),
    )
    findings = survey.findings()
    if output is TextOrJson.JSON:
        typer.echo(for_json([asdict(finding) for finding in findings]))
    else:
        typer.echo(for_terminal(*lines_of(findings)))
    outcomes = {finding.outcome for finding in findings}
    if outcomes & {"failed", "unknown"}:
        raise typer.Exit(1)
    if "hint" in outcomes:
        raise typer.Exit(TO_DO)
