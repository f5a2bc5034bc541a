"""`bedrock-projects doctor`: checks the prerequisites of a run (read-only)."""

from pathlib import Path
from typing import Annotated

import typer

from bedrock_projects.commands.options import TextOrJson, examples
from bedrock_projects.commands.reporting import show_findings
from bedrock_projects.doctor.checks import examine
from bedrock_projects.terminal import progress

EXAMPLES = examples("doctor --stack dev", "doctor --environment prod --format json")


def doctor(
    *,
    stack: Annotated[str | None, typer.Option(metavar="NAME", help="Use the settings of this Pulumi stack.")] = None,
    inventory: Annotated[Path | None, typer.Option(metavar="FILE", help="Inventory (default: the stack's).")] = None,
    environment: Annotated[str | None, typer.Option(metavar="NAME", help="Environment (default: the stack's).")] = None,
    output: Annotated[TextOrJson, typer.Option("--format", help="Output format.")] = TextOrJson.TEXT,
) -> None:
    """Check prerequisites (read-only).

    Exit codes: 0 no check failed, 1 a check failed; each failed check says what to do.
    """
    with progress("Checking prerequisites"):
        findings = list(examine(stack=stack, inventory=inventory, environment=environment))
    show_findings(findings, output)
    if any(finding.outcome == "failed" for finding in findings):
        raise typer.Exit(1)
