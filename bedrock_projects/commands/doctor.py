"""`bedrock-projects doctor`: what a run of this stack would meet, looked at without changing anything."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from bedrock_projects.commands.options import TextOrJson
from bedrock_projects.doctor.checks import examine
from bedrock_projects.findings import lines_of
from bedrock_projects.printing import for_json, for_terminal


def doctor(
    *,
    stack: Annotated[str | None, typer.Option(metavar="NAME", help="The Pulumi stack; its settings are read.")] = None,
    inventory: Annotated[Path | None, typer.Option(metavar="FILE", help="Instead of the stack's inventory.")] = None,
    environment: Annotated[str | None, typer.Option(metavar="NAME", help="Instead of the stack's environment.")] = None,
    output: Annotated[TextOrJson, typer.Option("--format", help="How to write the findings.")] = TextOrJson.TEXT,
) -> None:
    """Look at all that a run needs, change nothing.

    Exit codes: 0 nothing fails, 1 something does; each such line says what to do.
    """
    findings = list(examine(stack=stack, inventory=inventory, environment=environment))
    if output is TextOrJson.JSON:
        typer.echo(for_json([asdict(finding) for finding in findings]))
    else:
        typer.echo(for_terminal(*lines_of(findings)))
    if any(finding.outcome == "failed" for finding in findings):
        raise typer.Exit(1)
