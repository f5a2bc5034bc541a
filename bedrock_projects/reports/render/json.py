"""Writes the report as JSON, with the fields of `reports.model` as stable keys.

Amounts are exact texts, shares have one decimal place; dates and times are ISO 8601; both ends of a range of dates are
included. An amount of a period without data is null. Unit costs have ten significant digits, because they are
quotients.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from bedrock_projects.printing import for_json
from bedrock_projects.reports.line_facts import UnitPrice
from bedrock_projects.reports.model import Line, Report
from bedrock_projects.reports.percentages import percent
from bedrock_projects.reports.render import formatting
from bedrock_projects.reports.unit_costs import LineUsage


def render(report: Report) -> str:
    """Writes the text."""
    return for_json(_Writer(report).plain(report)) + "\n"


class _Writer:
    """Turns the values of one report into those of JSON."""

    def __init__(self, report: Report) -> None:
        self._has_data = [period.has_data for period in report.periods]

    def plain(self, value: Any) -> Any:
        """The value in the types of JSON."""
        if isinstance(value, Decimal):
            return f"{value:f}"
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, Mapping):
            return {key: self.plain(part) for key, part in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.plain(part) for part in value]
        if isinstance(value, LineUsage):
            return self.plain(_usage(value))
        if is_dataclass(value):
            document = {field.name: self.plain(getattr(value, field.name)) for field in fields(value)}
            return document | self._written(value)
        return value

    def _written(self, value: Any) -> dict[str, Any]:
        """The fields that are written in a way of their own."""
        if isinstance(value, Line):
            return self._known(value)
        return {"unit_price": _quotient(value.unit_price)} if isinstance(value, UnitPrice) else {}

    def _known(self, line: Line) -> dict[str, Any]:
        """The amounts of a line by period, null for those that the source does not have."""
        amounts, charges = line.amounts, line.charges_by_period
        return {
            "amounts": [
                self.plain(amount) if has else None for amount, has in zip(amounts, self._has_data, strict=True)
            ],
            "charges_by_period": [
                self.plain(part) if has else None for part, has in zip(charges, self._has_data, strict=True)
            ],
        }


def _usage(usage: LineUsage) -> dict[str, Any]:
    """The usage with its unit costs; a share is in per cent, as all shares of a report."""
    hits = usage.cache_hit_share
    return {
        "tokens": _by_kind(usage.tokens),
        "cost": _by_kind(usage.cost),
        "per_million": _by_kind({kind: _quotient(cost) for kind, cost in usage.per_million.items()}),
        "blended_per_million": _quotient(usage.blended_per_million),
        "cache_hit_share": None if hits is None else percent(hits, Decimal(1)),
        "uncounted": [
            {"usage_type": each.usage_type, "unit": each.unit, "cost": cost} for each, cost in usage.uncounted.items()
        ],
        "other": dict(usage.other),
    }


def _by_kind(values: Mapping[Any, Any]) -> dict[str, Any]:
    return {kind.replace(" ", "_"): value for kind, value in values.items()}


def _quotient(value: Decimal | None) -> str | None:
    return None if value is None else formatting.quotient(value)
