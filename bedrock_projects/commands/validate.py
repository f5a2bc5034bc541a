"""`bedrock-projects validate`: all problems of an inventory at once."""

import enum
import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from bedrock_projects import inventory as inventories
from bedrock_projects.chargeback.resolving import weights_problems
from bedrock_projects.commands import options
from bedrock_projects.errors import InventoryError, Problem
from bedrock_projects.model import Inventory, named_environments, unknown_environment
from bedrock_projects.printing import for_json, for_workflow_command, write_workflow_commands
from bedrock_projects.suggestions import counted
from bedrock_projects.terminal import Style, Styled, line_of_problem, show

EXAMPLES = options.examples("validate", "validate teams/search.yaml --format github")
_MOST_COUNTED = 6


class Format(str, enum.Enum):
    """The output format."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    GITLAB = "gitlab"


def validate(
    *,
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE", help="Inventory files (default: projects.yaml).")
    ] = None,
    environment: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Environment, group or pattern that each file must have (repeatable)."),
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="Output format.")] = Format.TEXT,
) -> None:
    """Check inventories and report every problem by location.

    Exit codes: 0 valid (warnings included), 1 at least one error.
    """
    problems: set[Problem] = set()
    valid: list[Inventory] = []
    for file in files or [options.USUAL_INVENTORY]:
        try:
            inventory = inventories.load(file)
        except InventoryError as error:
            problems.update(error.problems)
            continue
        problems.update(inventory.warnings)
        wrong = [*_lacking(file, environment or (), inventory), *weights_problems(inventory, file=file)]
        problems.update(wrong)
        valid.extend([] if wrong else [inventory])
    ordered = sorted(problems)
    if output is Format.GITHUB:
        write_workflow_commands("".join(f"{_github(problem)}\n" for problem in ordered))
    elif output is not Format.TEXT:
        typer.echo(for_json(_gitlab(ordered) if output is Format.GITLAB else _json(ordered)))
    else:
        show(*map(line_of_problem, ordered))
        show(
            *((f"{inventory.name}: ", Styled("valid", Style.GOOD), f"; {_count(inventory)}") for inventory in valid),
            err=True,
        )
    if any(problem.severity == "error" for problem in problems):
        raise typer.Exit(1)


def _lacking(file: Path, wanted: Sequence[str], inventory: Inventory) -> list[Problem]:
    known, groups = inventory.environments, inventory.environment_groups
    missing = [text for text in wanted if not named_environments(text, known, groups)]
    return [
        Problem(file.as_posix(), 1, 1, "environments", unknown_environment(text, known, groups)) for text in missing
    ]


def _count(inventory: Inventory) -> str:
    """The projects of each environment, or of all together if there are many."""
    counts = {environment: len(inventory.in_environment(environment)) for environment in inventory.environments}
    if len(counts) > _MOST_COUNTED:
        return f"{counted(len(inventory.projects), 'project')} in {len(counts)} environments"
    return f"projects by environment: {', '.join(f'{name} {count}' for name, count in counts.items())}"


def _json(problems: Sequence[Problem]) -> list[dict[str, str | int]]:
    fields = ("file", "line", "column", "path", "message", "severity")
    return [{name: getattr(problem, name) for name in fields} for problem in problems]


def _github(problem: Problem) -> str:
    """A workflow command (https://docs.github.com/actions/reference/workflow-commands-for-github-actions)."""
    file, title = (for_workflow_command(text, is_property=True) for text in (problem.file, problem.path or "inventory"))
    place = f"file={file},line={problem.line},col={problem.column},title={title}"
    return f"::{problem.severity} {place}::{for_workflow_command(problem.message)}"


def _gitlab(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """A code quality report (https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format).

    A fingerprint has no line number, so that a problem keeps it when it moves. A count distinguishes problems that are
    otherwise equal.
    """
    seen: Counter[tuple[str, str, str]] = Counter()
    report = []
    for problem in problems:
        identity = (problem.file, problem.path, problem.message)
        seen[identity] += 1
        report.append(
            {
                "description": f"{problem.path}: {problem.message}" if problem.path else problem.message,
                "check_name": "bedrock-projects",
                "fingerprint": hashlib.sha256("\n".join([*identity, str(seen[identity])]).encode()).hexdigest(),
                "severity": "major" if problem.severity == "error" else "minor",
                "location": {"path": problem.file, "lines": {"begin": problem.line}},
            }
        )
    return report
