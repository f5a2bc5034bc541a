"""Cost Explorer's pages as one table of exact amounts.

A period may go on over several pages, and a group may come in any of them. Amounts are texts of many decimal places;
they are added as Decimal.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from bedrock_projects.errors import SettingsError
from bedrock_projects.reports.model import Span

Cell = tuple[str, ...]
"""What an amount is of: the values of the dimensions that the query groups by, a tag's without its key."""

SEPARATOR = "$"
"""Between the key and the value of a tag in a group's name; AWS allows none in a key."""

NO_UNIT = "N/A"
"""The unit of an amount that nothing stands behind."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """All amounts of a query; `amounts` has one for each period of `periods`, which are in order."""

    periods: tuple[Span, ...]
    estimated: tuple[bool, ...]
    amounts: Mapping[Cell, tuple[Decimal, ...]]
    currency: str

    @property
    def spent(self) -> tuple[Cell, ...]:
        """What has an amount in any period."""
        return tuple(cell for cell, row in self.amounts.items() if any(row))

    @property
    def total(self) -> Decimal:
        """The sum of everything."""
        return sum((sum(row, Decimal()) for row in self.amounts.values()), Decimal())


def merged(pages: Iterable[Mapping[str, Any]], *, metric: str, by_tag: bool = False) -> Table:
    """Adds the pages up, one at a time; `by_tag` where the first dimension of the groups is a tag.

    Raises SettingsError where amounts come in more than one currency.
    """
    estimated: dict[Span, bool] = {}
    sums: dict[Cell, dict[Span, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    units: set[str] = set()
    for page in pages:
        for result in page["ResultsByTime"]:
            span = _span(result["TimePeriod"])
            estimated[span] = estimated.get(span, False) or bool(result.get("Estimated"))
            for group in result.get("Groups", ()):
                amount = group["Metrics"][metric]
                sums[_cell(group["Keys"], by_tag=by_tag)][span] += Decimal(amount["Amount"])
                units.add(amount["Unit"])
    spans = tuple(sorted(estimated, key=lambda span: span.start))
    return Table(
        periods=spans,
        estimated=tuple(estimated[span] for span in spans),
        amounts={cell: tuple(row.get(span, Decimal()) for span in spans) for cell, row in sums.items()},
        currency=one_currency(units),
    )


def value_of(key: str) -> str:
    """The value in a group's `Key$Value`; empty for what has no such tag."""
    return key.partition(SEPARATOR)[2]


def one_currency(units: Iterable[str]) -> str:
    """The currency of amounts in these units; empty where nothing stands behind any of them.

    Raises SettingsError where there is more than one.
    """
    found = sorted(set(units) - {NO_UNIT, ""})
    if len(found) > 1:
        currencies = " and ".join(found)
        raise SettingsError(f"the costs are in {currencies}, which do not add up: use --environment")
    return found[0] if found else ""


def _cell(keys: list[str], *, by_tag: bool) -> Cell:
    return (value_of(keys[0]), *keys[1:]) if by_tag else tuple(keys)


def _span(period: Mapping[str, str]) -> Span:
    return Span(start=date.fromisoformat(period["Start"]), end=date.fromisoformat(period["End"]) - timedelta(days=1))
