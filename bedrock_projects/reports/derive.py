"""Computes what a report shows from tables by project, exactly or not at all.

A source that gives two columns together has no table of, say, team, model and charge type. But if all cost of a project
in a period has the same team, then so has each of its charge types and models, and nothing is invented. A project with
several teams in one period is not split here: the source is asked for the teams' own table.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from decimal import Decimal

from bedrock_projects.reports.cost_data import CostTable, Row

Rows = Mapping[str, Mapping[str, tuple[Decimal, ...]]]
"""The amounts of each line by its parts, one for each period."""


def values_by_project(table: CostTable, *, line: Callable[[str], str] = str) -> dict[str, list[frozenset[str]]]:
    """The lines to which a project belongs in each period; the table is by project and value.

    `line` names what a value becomes: a former and a new name of one team are one line. A value with an amount of 0
    counts: charges may cancel each other out.
    """
    found: defaultdict[str, list[set[str]]] = defaultdict(lambda: [set() for _ in table.periods])
    for (project, value), row in table.amounts.items():
        for index, amount in enumerate(row):
            if amount is not None:
                found[project][index].add(line(value))
    return {project: [frozenset(values) for values in periods] for project, periods in found.items()}


def split_projects(table: CostTable) -> frozenset[str]:
    """The projects that have several values in one period; the table is by project and value."""
    values = values_by_project(table)
    return frozenset(project for project, periods in values.items() if any(len(each) > 1 for each in periods))


def rows_of(table: CostTable, *, line: Callable[[str], str], part: Callable[[str], str] = str) -> Rows:
    """The table by lines and parts: each function names what a value of the first and of the second column becomes."""
    sums: defaultdict[str, dict[str, list[Decimal]]] = defaultdict(dict)
    for group, row in table.amounts.items():
        _add(sums[line(group[0])].setdefault(part(group[1]), [Decimal()] * len(row)), row)
    return _frozen(sums)


def rows_by_value(
    table: CostTable,
    values: Mapping[str, list[frozenset[str]]],
    *,
    part: Callable[[str], str] = str,
    otherwise: str | None = None,
) -> Rows:
    """The table, which is by project and something, by the projects' lines, as `values_by_project` gives them.

    What projects with several lines have in a period goes to the line `otherwise`, or is left out.
    """
    sums: defaultdict[str, dict[str, list[Decimal]]] = defaultdict(dict)
    for (project, other), row in table.amounts.items():
        for index, amount in enumerate(row):
            if amount is None:
                continue
            value = only_value(values, project, index)
            name = otherwise if value is None else value
            if name is not None:
                sums[name].setdefault(part(other), [Decimal()] * len(row))[index] += amount
    return _frozen(sums)


def only_value(values: Mapping[str, list[frozenset[str]]], project: str, index: int) -> str | None:
    """The value of a project in a period; None if it has several or none."""
    known = values[project][index] if project in values else frozenset()
    return next(iter(known)) if len(known) == 1 else None


def _add(sums: list[Decimal], row: Row) -> None:
    for index, amount in enumerate(row):
        if amount is not None:
            sums[index] += amount


def _frozen(sums: Mapping[str, Mapping[str, list[Decimal]]]) -> Rows:
    return {line: {part: tuple(row) for part, row in parts.items()} for line, parts in sums.items()}
