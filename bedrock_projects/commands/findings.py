"""How the commands that check something end: their findings as text or as JSON, and the exit code."""

from collections.abc import Sequence
from dataclasses import asdict

import typer

from bedrock_projects.commands.options import TextOrJson
from bedrock_projects.findings import ACTION_NEEDED, Finding, lines_of
from bedrock_projects.printing import for_json
from bedrock_projects.terminal import show


def show_findings(findings: Sequence[Finding], output: TextOrJson) -> None:
    """Prints them, for people or for a program."""
    if output is TextOrJson.JSON:
        typer.echo(for_json([asdict(finding) for finding in findings]))
    else:
        show(*lines_of(findings))


def end_of_audit(findings: Sequence[Finding], output: TextOrJson) -> None:
    """Prints them, and ends the command unless there is nothing to do: 1 if a check failed, 10 if action is needed."""
    show_findings(findings, output)
    outcomes = {finding.outcome for finding in findings}
    if outcomes & {"failed", "unknown"}:
        raise typer.Exit(1)
    if "hint" in outcomes:
        raise typer.Exit(ACTION_NEEDED)
