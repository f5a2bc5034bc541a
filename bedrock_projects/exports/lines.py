"""Answers from the lines of an export which amounts belong to two columns of a report."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from bedrock_projects.exports.layout import LineQuery
from bedrock_projects.exports.loading import Limits, PeriodFiles, connect, load, readable
from bedrock_projects.reports.charge_types import USAGE_RECORD_TYPES
from bedrock_projects.reports.cost_data import (
    CHARGE_TYPE,
    MODEL,
    SERVICE,
    USAGE_TYPE,
    Column,
    ColumnKind,
    Columns,
    CostTable,
    Group,
    Quantity,
    one_currency,
)
from bedrock_projects.reports.model import DateRange, TagFilter
from bedrock_projects.reports.periods import first_of_month
from bedrock_projects.reports.query import ChargeFilter

if TYPE_CHECKING:
    import duckdb

_STORED: Final[Mapping[ColumnKind, str]] = {
    "project": "project",
    "service": "service",
    "model": "model",
    "account": "account",
    "charge type": "line_type",
    "usage type": "usage_type",
}


@contextmanager
def open_lines(
    query: LineQuery, sources: Sequence[PeriodFiles], *, limits: Limits | None = None
) -> Iterator["LineTable"]:
    """The lines of all sources, one for each billing period that the dates touch.

    Raises SettingsError if the files lack what the report needs, or cannot be read.
    """
    with connect(limits or Limits()) as connection:
        loaded = load(connection, query, sources)
        yield LineTable(connection, query, services=loaded.services, estimated=loaded.estimated)


@dataclass
class LineTable:
    """The lines of a report; `services` are those of Bedrock, `estimated` the months without all invoices."""

    connection: "duckdb.DuckDBPyConnection"
    query: LineQuery
    services: tuple[str, ...]
    estimated: frozenset[date]
    _currency: str | None = field(default=None, init=False)

    def bill(self) -> CostTable:
        """All lines by service and line type. Raises SettingsError if they are in several currencies."""
        return self._table((SERVICE, CHARGE_TYPE), "true", {})

    def elsewhere(self) -> CostTable:
        """The lines that carry the ownership tag and are not of Bedrock, by service and line type."""
        return self._table((SERVICE, CHARGE_TYPE), "project <> '' AND NOT is_bedrock", {})

    def bedrock(self, columns: Columns, filters: Sequence[TagFilter], charges: ChargeFilter) -> CostTable:
        """Bedrock's lines, and in a table without models all that carry the ownership tag."""
        conditions = ["is_bedrock" if MODEL in columns else "(is_bedrock OR project <> '')"]
        parameters: dict[str, Any] = {}
        for index, tag_filter in enumerate(filters):
            conditions.append(f"list_contains($filter{index}, {self._stored(Column('tag', tag_filter.tag_key))})")
            parameters[f"filter{index}"] = list(tag_filter.values)
        if charges.only or charges.without:
            wanted = f"list_contains($line_types, {_STORED['charge type']})"
            conditions.append(wanted if charges.only else f"NOT {wanted}")
            parameters["line_types"] = list(charges.only or charges.without)
        return self._table(columns, " AND ".join(conditions), parameters)

    def names_models(self) -> bool:
        """Whether any of Bedrock's usage names its model, or there is no such usage."""
        (usage, named), *_ = self._rows(
            "SELECT count(*), count(*) FILTER (model <> '') FROM lines "
            "WHERE is_bedrock AND list_contains($types, line_type)",
            {"types": list(USAGE_RECORD_TYPES)},
        )
        return bool(named or not usage)

    def carries(self, tag_key: str) -> bool:
        """Whether any of Bedrock's lines has a value of the tag."""
        column = self._stored(Column("tag", tag_key))
        return bool(self._rows(f"SELECT 1 FROM lines WHERE {column} <> '' LIMIT 1", {}))

    def account_names(self) -> dict[str, str]:
        """The names of the accounts with Bedrock's lines, as far as the export has them."""
        rows = self._rows("SELECT account, max(account_name) FROM lines WHERE account_name <> '' GROUP BY account", {})
        return dict(rows)

    def _table(self, columns: Columns, condition: str, parameters: Mapping[str, Any]) -> CostTable:
        first, second = map(self._stored, columns)
        rows = self._rows(
            f"SELECT {first}, {second}, period, sum(cost), sum(quantity), count(DISTINCT nullif(unit, '')), max(unit) "
            f"FROM lines WHERE {condition} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            parameters,
        )
        count = len(self.query.periods)
        amounts: dict[Group, list[Decimal | None]] = {}
        quantities: dict[Group, list[Quantity | None]] = {}
        for one, other, period, cost, quantity, units, unit in rows:
            group = (one, other)
            amounts.setdefault(group, [None] * count)[period] = _exact(cost)
            if USAGE_TYPE in columns:
                used = Quantity(_exact(quantity), unit) if units <= 1 else Quantity(Decimal(), "")
                quantities.setdefault(group, [None] * count)[period] = used
        return CostTable(
            periods=self.query.periods,
            estimated=tuple(self._is_estimated(period) for period in self.query.periods),
            amounts={group: tuple(row) for group, row in amounts.items()},
            currency=self._unit() if amounts else "",
            quantities={group: tuple(row) for group, row in quantities.items()},
        )

    def _unit(self) -> str:
        if self._currency is None:
            self._currency = one_currency(unit for (unit,) in self._rows("SELECT DISTINCT currency FROM lines", {}))
        return self._currency

    def _is_estimated(self, period: DateRange) -> bool:
        return first_of_month(period.start) in self.estimated

    def _stored(self, column: Column) -> str:
        if column.kind == "tag" and column.tag_key != self.query.ownership_tag_key:
            return f"tag{self.query.tag_keys.index(column.tag_key)}"
        return _STORED["project" if column.kind == "tag" else column.kind]

    def _rows(self, statement: str, parameters: Mapping[str, Any]) -> list[Any]:
        with readable("the export"):
            return self.connection.execute(statement, dict(parameters)).fetchall()


def _exact(value: Decimal) -> Decimal:
    """The same number without zeros at its end, exactly."""
    text = format(value, "f")
    return Decimal(text.rstrip("0").rstrip(".") or "0") if "." in text else value
