"""A copy of 0.1.0, which had the package's sources in place of a package: what its program may go on importing."""

import ast
from collections.abc import Iterator, Mapping, Sequence

from bedrock_projects.errors import SettingsError

COPIED = ("bedrock_projects", "components")
"""Folders of such a copy: Python would import them instead of the package."""

MARK_OF_A_COPY = "bedrock_projects/resources/project.py"
"""Only a copy has this file."""

_STAYS = ("bedrock_projects.pulumi", "bedrock_projects.resources")
"""Modules that each version has."""


def check_programs(kept: Mapping[str, str], new_program: str) -> None:
    """Raises SettingsError if a Python file that stays (path → text) imports what the package does not have."""
    for path, text in sorted(kept.items()):
        if gone := sorted({name for name in _imported(text) if _is_gone(name)}):
            raise SettingsError(
                f"{path} imports {' and '.join(gone)}, which the package does not offer; "
                f"import from {_STAYS[0]} instead, or write the program as these lines do, then run this again:",
                *(f"  {line}" for line in new_program.splitlines()),
            )


def _imported(text: str) -> Iterator[str]:
    """The modules that a program imports; none if Python cannot read it."""
    try:
        statements: Sequence[ast.AST] = [*ast.walk(ast.parse(text))]
    except (SyntaxError, ValueError):  # ValueError: a null character
        return
    for statement in statements:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module:
            if statement.module == "bedrock_projects":
                yield from (f"bedrock_projects.{alias.name}" for alias in statement.names)
            else:
                yield statement.module


def _is_gone(module: str) -> bool:
    is_offered = any(f"{module}.".startswith(f"{stays}.") for stays in _STAYS)
    return module.split(".")[0] in COPIED and not is_offered
