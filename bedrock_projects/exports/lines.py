"""Reads the lines of an export into a table in memory, by DuckDB, and answers which amounts belong to two columns.

The table has only the columns of one report, and lines with the same values together. DuckDB runs in this process, on
two threads, within a bound of memory, and without extensions: it would fetch them from the internet. All SQL is
constants; what others wrote (paths, tag keys, values) are parameters.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bedrock_projects.errors import BedrockProjectsError, SettingsError
from bedrock_projects.exports import expressions as sql
from bedrock_projects.exports import schema as names
from bedrock_projects.exports.manifests import Delivery
from bedrock_projects.exports.relations import Relation, relation
from bedrock_projects.exports.schema import Schema, check_schema, tag_entry
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
from bedrock_projects.reports.periods import first_of_month, last_of_month
from bedrock_projects.reports.query import ChargeFilter
from bedrock_projects.reports.usage_types import is_bedrock

if TYPE_CHECKING:
    import duckdb

FAMILY: Final = "Amazon Bedrock"
"""The product family of Bedrock's lines since 2026-07-20, those of AWS Marketplace included (seen)."""
_STORED: Final[Mapping[ColumnKind, str]] = {
    "project": "project",
    "service": "service",
    "model": "model",
    "account": "account",
    "charge type": "line_type",
    "usage type": "usage_type",
}
_MOST_SHOWN: Final = 200


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What DuckDB may use."""

    threads: int = 2
    memory: str = "1GB"


@dataclass(frozen=True, kw_only=True)
class PeriodFiles:
    """A delivery with the places of its files on this machine; `of` names it in messages."""

    of: str
    delivery: Delivery
    paths: tuple[Path, ...]


@dataclass(frozen=True, kw_only=True)
class LineQuery:
    """What a report reads: costs of the metric on these dates, with the values of tag keys.

    `periods` are those of the report, without a gap. `all_tag_keys` are those of the inventory. Without `accounts` all
    are read.
    """

    metric: str
    periods: tuple[DateRange, ...]
    ownership_tag_key: str
    tag_keys: tuple[str, ...]
    all_tag_keys: frozenset[str]
    accounts: tuple[str, ...]

    @property
    def dates(self) -> DateRange:
        """All days."""
        return DateRange(start=self.periods[0].start, end=self.periods[-1].end)


@dataclass(frozen=True)
class _Profile:
    """What the lines of a delivery say of their products, and whether any waits for its invoice."""

    relation: Relation
    schema: Schema
    products: frozenset[tuple[str | None, str | None, str | None, str]]
    is_estimated: bool
    longest: int


@contextmanager
def open_lines(
    query: LineQuery, sources: Sequence[PeriodFiles], *, limits: Limits | None = None
) -> Iterator["LineTable"]:
    """The lines of all sources, one for each billing period that the dates touch.

    Raises SettingsError if the files lack what the report needs, or cannot be read.
    """
    with _connect(limits or Limits()) as connection:
        profiles = {source.delivery.month: _profile(connection, query, source) for source in sources}
        products = {product for profile in profiles.values() if profile for product in profile.products}
        services = _services(products)
        _create(connection, query, services)
        for source in sources:
            profile = profiles[source.delivery.month]
            if profile:
                _load(connection, query, source, profile)
        yield LineTable(
            connection,
            query,
            services=tuple(sorted({service for service, is_bedrock in services.values() if is_bedrock})),
            estimated=frozenset(month for month, profile in profiles.items() if profile and profile.is_estimated),
        )


def check_installed() -> None:
    """Raises BedrockProjectsError if the extra `exports` is not installed."""
    try:
        import duckdb
    except ModuleNotFoundError as missing:
        raise BedrockProjectsError(
            f"the Python package {missing.name}, which reads data exports, is not installed; run "
            "`pip install 'bedrock-projects[exports]'` or use --source cost-explorer"
        ) from missing
    del duckdb


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
        with _readable("the export"):
            return self.connection.execute(statement, dict(parameters)).fetchall()


def _connect(limits: Limits) -> "duckdb.DuckDBPyConnection":
    check_installed()
    import duckdb

    connection = duckdb.connect(
        config={
            "threads": limits.threads,
            "memory_limit": limits.memory,
            "temp_directory": "",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
    )
    connection.execute("SET TimeZone = 'UTC'")
    return connection


@contextmanager
def _readable(of: str) -> Iterator[None]:
    """Raises what DuckDB raises as SettingsError; its message names the file."""
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException:
        raise SettingsError(f"{of} needs more memory than this program takes; give fewer months") from None
    except (duckdb.IOException, duckdb.InvalidInputException, duckdb.ConversionException) as error:
        reason = " ".join(str(error).partition("LINE 1:")[0].split())[:_MOST_SHOWN].rstrip(".")
        raise SettingsError(
            f"{of} cannot be read: a file is damaged or not complete ({reason}); copy it again"
        ) from None


def _profile(connection: "duckdb.DuckDBPyConnection", query: LineQuery, source: PeriodFiles) -> _Profile | None:
    """What the files have; None if they have no line. Raises SettingsError if that is not enough for the report."""
    table = relation(source.paths, source.delivery.format, of=source.of)
    if table is None:
        return None
    with _readable(source.of):
        described = connection.execute(f"DESCRIBE SELECT * FROM {table.sql}", dict(table.parameters)).fetchall()
    schema = Schema(of=source.of, types={row[0]: row[1] for row in described})
    check_schema(schema, query.metric, query.tag_keys, all_tag_keys=query.all_tag_keys)
    start, end = (sql.day(schema, column) for column in (names.START, names.END))
    is_used = f"list_contains($usage, {names.LINE_TYPE})"
    statement = f"""
        SELECT {sql.text(names.CODE)}, {sql.entry(schema, names.PRODUCT, "name")}, {sql.text(names.FAMILY)},
            coalesce({sql.text(names.LINE_TYPE)}, ''),
            bool_or({sql.text(names.INVOICE)} IS NULL AND {sql.money(names.UNBLENDED_COST)} <> 0),
            coalesce(max({end} - {start}) FILTER ({is_used}), 0)
        FROM {table.sql} WHERE {sql.whole_lines(schema)} GROUP BY 1, 2, 3, 4
    """
    parameters = {
        **table.parameters,
        "name": sql.entry_key(schema, names.PRODUCT, "product_name"),
        "usage": list(USAGE_RECORD_TYPES),
    }
    with _readable(source.of):
        rows = connection.execute(statement, parameters).fetchall()
    profile = _Profile(
        relation=table,
        schema=schema,
        products=frozenset((code, name, family, line_type) for code, name, family, line_type, _, _ in rows),
        is_estimated=any(row[4] for row in rows),
        longest=max((row[5] for row in rows), default=0),
    )
    _check_profile(profile, query, source.delivery.month)
    return profile


def _check_profile(profile: _Profile, query: LineQuery, month: date) -> None:
    if query.metric == "NetAmortizedCost":
        sql.check_commitments(profile.schema, {line_type for _, _, _, line_type in profile.products})
    whole = DateRange(start=month, end=last_of_month(month))
    if profile.longest > 1 and whole not in query.periods:
        raise SettingsError(
            f"{profile.schema.of} has lines for whole months; give whole months that are over and --granularity month, "
            "or create an export with lines for days"
        )


def _services(
    products: Collection[tuple[str | None, str | None, str | None, str]],
) -> dict[tuple[str | None, str | None, str], tuple[str, bool]]:
    """The service of each product code, name and line type, and whether it is Bedrock.

    Tax, credits and refunds have a code and no name (seen): they belong to the service that has the code. Bedrock's
    services are those with a line that AWS marks as Bedrock, by its family, its code or its name.
    """
    named = sorted(((code, name) for code, name, _, _ in products if code and name), reverse=True)
    by_code = dict(named)
    service_of = {
        (code, name, line_type): name or by_code.get(code or "") or code or line_type
        for code, name, _, line_type in products
    }
    bedrock = {
        service_of[code, name, line_type]
        for code, name, family, line_type in products
        if family == FAMILY or any(map(is_bedrock, (code or "", name or "")))
    }
    return {product: (service, service in bedrock) for product, service in service_of.items()}


def _create(
    connection: "duckdb.DuckDBPyConnection",
    query: LineQuery,
    services: Mapping[tuple[str | None, str | None, str], tuple[str, bool]],
) -> None:
    connection.execute(
        "CREATE TABLE services (code VARCHAR, name VARCHAR, line_type VARCHAR, service VARCHAR, is_bedrock BOOLEAN)"
    )
    rows = [[*product, *service] for product, service in services.items()]
    if rows:
        connection.executemany("INSERT INTO services VALUES (?, ?, ?, ?, ?)", rows)
    tags = "".join(f", tag{index} VARCHAR" for index in range(len(query.tag_keys)))
    connection.execute(
        "CREATE TABLE lines (period INTEGER, service VARCHAR, is_bedrock BOOLEAN, line_type VARCHAR, currency VARCHAR, "
        "account VARCHAR, account_name VARCHAR, model VARCHAR, usage_type VARCHAR, unit VARCHAR, project VARCHAR"
        f"{tags}, cost DECIMAL(38, 18), quantity DECIMAL(38, 18))"
    )


def _load(connection: "duckdb.DuckDBPyConnection", query: LineQuery, source: PeriodFiles, profile: _Profile) -> None:
    """Adds the lines of a delivery that are on the dates.

    A line counts in its billing period; one whose use began before or after it counts on its first or last day.
    """
    schema, month = profile.schema, source.delivery.month
    keys = (query.ownership_tag_key, *query.tag_keys)
    entries = [tag_entry(schema, key) for key in keys]
    values = [sql.entry(schema, column, f"key{index}") for index, (column, _) in enumerate(entries)]
    stored = ("project", *(f"tag{index}" for index in range(len(query.tag_keys))))
    tags = ", ".join(f"{value} AS {name}" for value, name in zip(values, stored, strict=True))
    account_name = sql.text(names.ACCOUNT_NAME) if schema.has(names.ACCOUNT_NAME) else "NULL"
    in_accounts = f"list_contains($accounts, {names.ACCOUNT})" if query.accounts else "true"
    is_by_day = all(period.start == period.end for period in query.periods)
    period = "line.day - CAST($start AS DATE)" if is_by_day else "CAST($period AS INTEGER)"
    described = {
        "account": "coalesce(account, '')",
        "account_name": "account_name",
        "model": "CASE WHEN is_bedrock THEN coalesce(model, '') ELSE '' END",
        "usage_type": "coalesce(usage_type, '')",
        "unit": "coalesce(unit, '')",
        **{name: f"coalesce({name}, '')" for name in stored},
    }
    # Of other services only the bill is shown, so their lines need no more than the service and the line type.
    shown = ", ".join(
        f"CASE WHEN is_bedrock OR project IS NOT NULL THEN {value} ELSE '' END" for value in described.values()
    )
    statement = f"""
        INSERT INTO lines
        WITH line AS (
            SELECT greatest(least({sql.day(schema, names.START)}, CAST($last AS DATE)), CAST($first AS DATE)) AS day,
                {sql.text(names.CODE)} AS code, {sql.entry(schema, names.PRODUCT, "name")} AS name,
                coalesce({sql.text(names.LINE_TYPE)}, '') AS line_type, {sql.text(names.CURRENCY)} AS currency,
                {sql.text(names.ACCOUNT)} AS account, {account_name} AS account_name,
                {sql.entry(schema, names.PRODUCT, "model")} AS model, {sql.text(names.USAGE_TYPE)} AS usage_type,
                {sql.text(names.UNIT)} AS unit, {tags},
                {sql.cost(schema, query.metric)} AS cost, {sql.money(names.QUANTITY)} AS quantity
            FROM {profile.relation.sql}
            WHERE {sql.whole_lines(schema)} AND {in_accounts}
        ), added AS (
            SELECT {period} AS period, services.service, services.is_bedrock, line.line_type,
                coalesce(line.currency, '') AS currency, {shown}, cost,
                CASE WHEN is_bedrock OR project IS NOT NULL THEN quantity END AS quantity
            FROM line JOIN services ON line.line_type = services.line_type
                AND line.code IS NOT DISTINCT FROM services.code AND line.name IS NOT DISTINCT FROM services.name
            WHERE line.day BETWEEN CAST($start AS DATE) AND CAST($end AS DATE)
        )
        SELECT * EXCLUDE (cost, quantity), coalesce(sum(cost), 0), coalesce(sum(quantity), 0) FROM added GROUP BY ALL
    """
    parameters: dict[str, Any] = {
        **profile.relation.parameters,
        "first": month,
        "last": last_of_month(month),
        "start": query.dates.start,
        "end": query.dates.end,
        "name": sql.entry_key(schema, names.PRODUCT, "product_name"),
        "model": sql.entry_key(schema, names.PRODUCT, "model"),
        **({} if is_by_day else {"period": _index(query.periods, month)}),
        **{f"key{index}": sql.entry_key(schema, column, key) for index, (column, key) in enumerate(entries)},
        **({"accounts": list(query.accounts)} if query.accounts else {}),
    }
    with _readable(source.of):
        connection.execute(statement, parameters)


def _index(periods: Sequence[DateRange], month: date) -> int:
    """The place of a month among the months of a report."""
    return next(index for index, period in enumerate(periods) if first_of_month(period.start) == month)


def _exact(value: Decimal) -> Decimal:
    """The same number without zeros at its end, exactly."""
    text = format(value, "f")
    return Decimal(text.rstrip("0").rstrip(".") or "0") if "." in text else value
