"""`bedrock-projects doctor`: checks the prerequisites of a run (read-only)."""

import typer

from bedrock_projects.commands import options
from bedrock_projects.commands.findings import show_findings
from bedrock_projects.doctor.checks import examine
from bedrock_projects.terminal import progress

EXAMPLES = options.examples("doctor --stack dev", "doctor --environment prod --format json")


def doctor(
    *,
    stack: options.Stack = None,
    inventory: options.Inventory = None,
    environment: options.Environment = None,
    output: options.Output = options.TextOrJson.TEXT,
) -> None:
    """Check prerequisites (read-only).

    Exit codes: 0 no check failed, 1 a check failed; each failed check says what to do.
    """
    with progress("Checking prerequisites"):
        findings = list(examine(stack=stack, inventory=inventory, environment=environment))
    show_findings(findings, output)
    if any(finding.outcome == "failed" for finding in findings):
        raise typer.Exit(1)
