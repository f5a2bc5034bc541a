"""Answers from the lines of an export which amounts belong to two columns of a report."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from bedrock_projects.errors import SettingsError
from bedrock_projects.exports.details import LONG, PROJECT_RESOURCE
from bedrock_projects.exports.layout import LineQuery
from bedrock_projects.exports.loading import Limits, Loaded, PeriodFiles, connect, load, readable
from bedrock_projects.reports.charge_types import USAGE_RECORD_TYPES
from bedrock_projects.reports.cost_data import (
    CHARGE_TYPE,
    MODEL,
    SERVICE,
    USAGE_TYPE,
    Column,
    ColumnKind,
    CostTable,
    Group,
    Quantity,
    one_currency,
)
from bedrock_projects.reports.line_facts import InvoiceAmount, LineFacts, UnallocatedUsage, UsageOrigin
from bedrock_projects.reports.model import DateRange, TagFilter
from bedrock_projects.reports.periods import first_of_month
from bedrock_projects.reports.query import ChargeFilter

if TYPE_CHECKING:
    import duckdb

MARKETPLACE: Final = "AWS Marketplace"
"""The billing entity of what AWS Marketplace bills (seen)."""
_ROWS_AT_A_TIME: Final = 10_000
MOST_ORIGINS: Final = 1000
"""How many origins of unallocated usage are named; the others are one sum."""
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
    limits = limits or Limits()
    with connect(limits) as connection:
        loaded = load(connection, query, sources)
        yield LineTable(connection, query, loaded, limits.groups)


@dataclass
class LineTable:
    """The lines of a report, and what they say of themselves."""

    connection: "duckdb.DuckDBPyConnection"
    query: LineQuery
    loaded: Loaded
    most_groups: int
    _currency: str | None = field(default=None, init=False)

    def bill(self) -> CostTable:
        """All lines by service and line type. Raises SettingsError if they are in several currencies."""
        return self._table((SERVICE, CHARGE_TYPE), "true", {})

    def elsewhere(self) -> CostTable:
        """The lines that carry the ownership tag and are not of Bedrock, by service and line type."""
        return self._table((SERVICE, CHARGE_TYPE), "project <> '' AND NOT is_bedrock", {})

    def total(self) -> Decimal:
        """The sum of all lines."""
        (total,), *_ = self._rows("SELECT coalesce(sum(cost), 0) FROM lines", {})
        return _exact(total)

    def bedrock(self, columns: Sequence[Column], filters: Sequence[TagFilter], charges: ChargeFilter) -> CostTable:
        """Bedrock's lines, and in a table without models all that carry the ownership tag."""
        condition, parameters = self._restricted(filters, charges, only_bedrock=MODEL in columns)
        return self._table(columns, condition, parameters)

    def usage_by_model(
        self, own: Sequence[Column], filters: Sequence[TagFilter], charges: ChargeFilter, *, has_models: bool
    ) -> CostTable:
        """What a report by these columns has by model and usage type; without models by service and usage type."""
        condition, parameters = self._restricted(filters, charges, only_bedrock=MODEL in own)
        return self._table((*own, MODEL if has_models else SERVICE, USAGE_TYPE), condition, parameters)

    def unallocated_usage(self, filters: Sequence[TagFilter], charges: ChargeFilter) -> UnallocatedUsage:
        """Who spends what has no value of the query's key; `charges` are those of direct usage."""
        condition, parameters = self._restricted(filters, charges, only_bedrock=False)
        value = self._stored(Column("tag", self.query.origins_without))
        # If one delivery lacks a column, the values of others would be rows that a reader cannot tell apart.
        named = ", ".join("''" if name in self.loaded.lacking else name for name in ("resource_id", "iam_principal"))
        origins = (
            f"SELECT account, usage_type, {named}, sum(cost) AS total FROM lines "
            f"WHERE {condition} AND {value} = '' GROUP BY 1, 2, 3, 4 HAVING total <> 0"
        )
        rows = self._rows(f"{origins} ORDER BY 5 DESC, 1, 2, 3, 4 LIMIT {MOST_ORIGINS}", parameters)
        (count, total), *_ = self._rows(f"SELECT count(*), coalesce(sum(total), 0) FROM ({origins})", parameters)
        largest = tuple(
            UsageOrigin(
                account=account,
                usage_type=usage_type,
                resource_id=None if "resource_id" in self.loaded.lacking else resource,
                iam_principal=None if "iam_principal" in self.loaded.lacking else principal,
                total=_exact(cost),
            )
            for account, usage_type, resource, principal, cost in rows
        )
        return UnallocatedUsage(
            largest=largest,
            others=_exact(total) - sum((each.total for each in largest), Decimal()),
            other_origins=count - len(largest),
            total=_exact(total),
            notes=self.advice("resource_id", "iam_principal"),
        )

    def invoices(self) -> tuple[InvoiceAmount, ...] | None:
        """The bill by invoice and month; lines without an invoice are there if their month waits for one.

        None if a delivery has no invoice ids: whether AWS has issued an invoice is not known then.
        """
        if "invoice" in self.loaded.lacking:
            return None
        sums: defaultdict[tuple[date, str, str], Decimal] = defaultdict(Decimal)
        for index, invoice, entity, cost in self._rows(
            "SELECT period, invoice, billing_entity, sum(cost) FROM lines GROUP BY 1, 2, 3 ORDER BY 1, 2, 3", {}
        ):
            sums[first_of_month(self.query.periods[index].start), invoice, entity] += cost
        return tuple(
            InvoiceAmount(
                month=month,
                id=invoice,
                billing_entity=None if "billing_entity" in self.loaded.lacking else entity,
                total=_exact(total),
            )
            for (month, invoice, entity), total in sums.items()
            if invoice or total or month in self.loaded.estimated
        )

    def facts(self) -> LineFacts:
        """Counts of lines of direct usage that answer what AWS does not document."""
        (projects, with_arn, marketplace, with_project), *_ = self._rows(
            "SELECT sum(lines) FILTER (project <> ''), sum(lines) FILTER (project <> '' AND resource_kind = $kind), "
            "sum(lines) FILTER (billing_entity = $entity), "
            "sum(lines) FILTER (billing_entity = $entity AND project <> '') "
            "FROM lines WHERE (is_bedrock OR project <> '') AND list_contains($types, line_type)",
            {"kind": PROJECT_RESOURCE, "entity": MARKETPLACE, "types": list(USAGE_RECORD_TYPES)},
        )
        has_entity = "billing_entity" not in self.loaded.lacking
        return LineFacts(
            project_lines=int(projects or 0),
            project_lines_with_arn=None if "resource_id" in self.loaded.lacking else int(with_arn or 0),
            marketplace_lines=int(marketplace or 0) if has_entity else None,
            marketplace_lines_with_project=int(with_project or 0) if has_entity else None,
            notes=self.advice("resource_id", "billing_entity"),
        )

    def long_lines(self) -> int:
        """How many lines of Bedrock's usage cover more than an hour, in a report by hour."""
        (count,), *_ = self._rows(
            "SELECT coalesce(sum(lines), 0) FROM lines WHERE length = $long AND list_contains($types, line_type)",
            {"long": LONG, "types": list(USAGE_RECORD_TYPES)},
        )
        return int(count)

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

    def advice(self, *names: str) -> tuple[str, ...]:
        """What to do about values that are not there, by the names of `LineColumns`."""
        return tuple(self.loaded.lacking[name] for name in names if name in self.loaded.lacking)

    def _restricted(
        self, filters: Sequence[TagFilter], charges: ChargeFilter, *, only_bedrock: bool
    ) -> tuple[str, dict[str, Any]]:
        """The condition of a table with its parameters; what carries the ownership tag belongs to Bedrock too."""
        conditions = ["is_bedrock" if only_bedrock else "(is_bedrock OR project <> '')"]
        parameters: dict[str, Any] = {}
        for index, tag_filter in enumerate(filters):
            conditions.append(f"list_contains($filter{index}, {self._stored(Column('tag', tag_filter.tag_key))})")
            parameters[f"filter{index}"] = list(tag_filter.values)
        if charges.only or charges.without:
            wanted = f"list_contains($line_types, {_STORED['charge type']})"
            conditions.append(wanted if charges.only else f"NOT {wanted}")
            parameters["line_types"] = list(charges.only or charges.without)
        return " AND ".join(conditions), parameters

    def _table(self, columns: Sequence[Column], condition: str, parameters: Mapping[str, Any]) -> CostTable:
        places = ", ".join(map(str, range(1, len(columns) + 2)))
        rows = self._read(
            f"SELECT {', '.join(map(self._stored, columns))}, period, sum(cost), sum(quantity), "
            "count(DISTINCT unit) FILTER (quantity <> 0), max(unit) FILTER (quantity <> 0) "
            f"FROM lines WHERE {condition} GROUP BY {places} ORDER BY {places}",
            parameters,
        )
        count = len(self.query.periods)
        amounts: dict[Group, list[Decimal | None]] = {}
        quantities: dict[Group, list[Quantity | None]] = {}
        for *values, period, cost, quantity, units, unit in rows:
            group = tuple(values)
            if group not in amounts and len(amounts) == self.most_groups:
                names = [column.tag_key or column.kind for column in columns]
                raise SettingsError(
                    f"the export has more than {self.most_groups:,} different groups of {', '.join(names[:-1])} and "
                    f"{names[-1]}, which would fill the memory; give fewer months, or read from Cost Explorer"
                )
            amounts.setdefault(group, [None] * count)[period] = _exact(cost)
            if USAGE_TYPE in columns:
                used = Quantity(_exact(quantity), unit or "") if units <= 1 else Quantity(Decimal(), "")
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
        return first_of_month(period.start) in self.loaded.estimated

    def _stored(self, column: Column) -> str:
        if column.kind == "tag" and column.tag_key != self.query.ownership_tag_key:
            return f"tag{self.query.tag_keys.index(column.tag_key)}"
        return _STORED["project" if column.kind == "tag" else column.kind]

    def _rows(self, statement: str, parameters: Mapping[str, Any]) -> list[Any]:
        return list(self._read(statement, parameters))

    def _read(self, statement: str, parameters: Mapping[str, Any]) -> Iterator[Any]:
        """The rows, of which only a part is in memory of Python at a time."""
        with readable("the export"):
            cursor = self.connection.execute(statement, dict(parameters))
            while rows := cursor.fetchmany(_ROWS_AT_A_TIME):
                yield from rows


def _exact(value: Decimal) -> Decimal:
    """The same number without zeros at its end, exactly."""
    text = format(value, "f")
    return Decimal(text.rstrip("0").rstrip(".") or "0") if "." in text else value
