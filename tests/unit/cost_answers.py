"""Cost Explorer's answers as dicts, and tables read from them."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from bedrock_projects.reports.answers import read_pages
from bedrock_projects.reports.cost_data import PROJECT, SERVICE, Column, CostTable

METRIC = "UnblendedCost"
OWN = "Amazon Bedrock"
CLAUDE = "Claude X (Amazon Bedrock Edition)"
TEAM = Column("tag", "Team")
Groups = Mapping[Any, str]
"""The keys of each group, a tuple of texts, and its amount."""


def result(month: str, groups: Groups, *, estimated: bool = False, unit: str = "USD") -> dict[str, Any]:
    """A month, or a day, of an answer."""
    start = date.fromisoformat(f"{month}-01" if len(month) == 7 else month)
    end = (start + timedelta(days=31)).replace(day=1) if len(month) == 7 else start + timedelta(days=1)
    return {
        "TimePeriod": {"Start": start.isoformat(), "End": end.isoformat()},
        "Total": {},
        "Groups": [
            {"Keys": list(keys), "Metrics": {METRIC: {"Amount": amount, "Unit": unit}}}
            for keys, amount in groups.items()
        ],
        "Estimated": estimated,
    }


def page(*results: Mapping[str, Any]) -> dict[str, Any]:
    """A page of an answer."""
    return {"ResultsByTime": list(results), "DimensionValueAttributes": []}


def cost_table(*results: Mapping[str, Any], columns: Sequence[Column] = (PROJECT, SERVICE)) -> CostTable:
    """The amounts of an answer of one page."""
    return read_pages([page(*results)], columns, metric=METRIC)
