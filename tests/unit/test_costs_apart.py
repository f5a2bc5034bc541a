"""Asking Cost Explorer costs money: nothing that runs with Pulumi, or before it, imports what asks."""

import ast
import functools
import re
from pathlib import Path

import pytest

from bedrock_projects.reports.request import COSTS

ROOT = Path(__file__).parents[2]
PAID = {"bedrock_projects.aws.cost_explorer", "bedrock_projects.reports.fetch"}
FREE = [
    "__main__",
    "bedrock_projects.preflight.run",
    "bedrock_projects.doctor.checks",
    *(f"bedrock_projects.resources.{file.stem}" for file in (ROOT / "bedrock_projects/resources").glob("[a-z]*.py")),
    *(f"bedrock_projects.pulumi.{file.stem}" for file in (ROOT / "bedrock_projects/pulumi").glob("[a-z]*.py")),
    "components",
]


@functools.cache
def imports_of(module: str) -> frozenset[str] | None:
    """The modules and names that this module imports anywhere in its text; None if it is none of ours."""
    path = ROOT / module.replace(".", "/")
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    if not file.is_file():
        return None
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.update([node.module, *(f"{node.module}.{alias.name}" for alias in node.names)])
    return frozenset(names)


def imported(module: str) -> set[str]:
    """This module, those of ours that it imports, and those that they import."""
    modules: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        names = imports_of(name)
        if names is not None and name not in modules:
            modules.add(name)
            waiting.extend(names)
    return modules


@pytest.mark.parametrize("module", FREE)
def test_nothing_of_a_run_imports_what_asks_cost_explorer(module: str) -> None:
    assert not imported(module) & PAID


def test_the_command_imports_it() -> None:
    """Without this, the test above would also pass if it saw no imports at all."""
    assert imported("bedrock_projects.commands.costs") >= PAID


@pytest.mark.parametrize("word", ["bedrock-mantle", "bedrock-runtime", "OpenAI-Project", "anthropic-workspace-id"])
def test_the_page_says_what_a_project_tag_covers(word: str) -> None:
    assert word in (ROOT / "docs/costs.md").read_text("utf-8")


def test_the_page_describes_every_cost() -> None:
    text = (ROOT / "docs/costs.md").read_text("utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| `(\w+)` \|", text, re.MULTILINE)
    assert dict(rows) == COSTS
