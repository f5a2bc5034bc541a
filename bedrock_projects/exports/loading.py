"""Reads the lines of an export into a table in memory, by DuckDB: those with the same values together.

Each file is read once. DuckDB runs in this process, on two threads, within a bound of memory, and without extensions:
it would fetch them from the internet. All SQL is constants; what others wrote (paths, tag keys, values) are parameters.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bedrock_projects.errors import BedrockProjectsError, SettingsError
from bedrock_projects.exports import cur2, focus
from bedrock_projects.exports.details import HOUR, PROJECT, detail_names, details
from bedrock_projects.exports.layout import LineColumns, LineQuery, Table
from bedrock_projects.exports.manifests import Delivery
from bedrock_projects.exports.relations import Relation, relation
from bedrock_projects.exports.schema import Schema
from bedrock_projects.reports.charge_types import USAGE_RECORD_TYPES
from bedrock_projects.reports.model import DateRange
from bedrock_projects.reports.periods import first_of_month, last_of_month
from bedrock_projects.reports.usage_types import SERVICE_SEARCH, is_bedrock

if TYPE_CHECKING:
    import duckdb

_LONGEST: Final = "coalesce(max({0.days}) FILTER (list_contains($usage, {0.line_type})), 0)"
_SHORTEST: Final = "min({0.minutes}) FILTER (list_contains($usage, {0.line_type}))"
_BEDROCK: Final = "is_bedrock"
_SHOWN: Final = "(is_bedrock OR project <> '')"
"""The lines of which a report shows more than the bill."""
_MOST_SHOWN: Final = 200


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What DuckDB may use, and how many groups a table may have, which Python has in memory."""

    threads: int = 2
    memory: str = "1GB"
    groups: int = 500_000


@dataclass(frozen=True, kw_only=True)
class PeriodFiles:
    """A delivery with the places of its files on this machine; `of` names it in messages."""

    of: str
    delivery: Delivery
    paths: tuple[Path, ...]


@dataclass(frozen=True)
class Loaded:
    """What the lines say of themselves: the services of Bedrock, and the months without all invoices.

    `lacking` is as in `LineColumns`, of any delivery. `table` is what they are of, and `foreign` the number of lines of
    other providers, which are left out.
    """

    services: tuple[str, ...]
    estimated: frozenset[date]
    lacking: Mapping[str, str]
    table: Table
    foreign: int


@dataclass(frozen=True)
class _Files:
    """The files of a delivery that has any column, and what a report reads of them."""

    source: PeriodFiles
    schema: Schema
    relation: Relation
    columns: LineColumns


@dataclass(frozen=True)
class _Product:
    """What a line says of its product; `is_whole` is whether its details were read too."""

    code: str | None
    name: str | None
    line_type: str
    is_marked: bool
    is_whole: bool


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


def connect(limits: Limits) -> "duckdb.DuckDBPyConnection":
    """DuckDB in memory. Raises BedrockProjectsError if the extra `exports` is not installed."""
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
    connection.execute("SET enable_progress_bar = false")
    return connection


@contextmanager
def readable(of: str) -> Iterator[None]:
    """Raises what DuckDB raises as SettingsError; its message names the file."""
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException:
        raise SettingsError(
            f"{of} needs more memory than this program takes; give fewer months, or read from Cost Explorer"
        ) from None
    except (
        duckdb.IOException,
        duckdb.InvalidInputException,
        duckdb.ConversionException,
        duckdb.OutOfRangeException,
    ) as error:
        reason = " ".join(str(error).partition("LINE 1:")[0].split())[:_MOST_SHOWN].rstrip(".")
        raise SettingsError(
            f"{of} cannot be read: a file is damaged or not complete ({reason}); copy it again"
        ) from None


def load(connection: "duckdb.DuckDBPyConnection", query: LineQuery, sources: Sequence[PeriodFiles]) -> Loaded:
    """Makes the table `lines` of all sources, one for each billing period that the dates touch.

    Raises SettingsError if the files lack what the report needs, or cannot be read.
    """
    deliveries = [files for source in sources if (files := _files(connection, query, source))]
    products = _scan(connection, query, deliveries, whole=())
    services = _services(products)
    # Nothing on these lines says that they are Bedrock's, but other lines of the same name are.
    hidden = {product.name or "" for product in products if services[_key(product)].is_bedrock and not product.is_whole}
    if hidden:
        products = _scan(connection, query, deliveries, whole=sorted(hidden))
        services = _services(products)
    _create_lines(connection, query, services)
    waiting = connection.execute("SELECT DISTINCT month FROM scanned WHERE waits").fetchall()
    connection.execute("DROP TABLE scanned")
    bedrock = tuple(sorted({service.name for service in services.values() if service.is_bedrock}))
    for files in deliveries if bedrock else ():
        if lacking := files.columns.lacks_of_bedrock:
            raise SettingsError(
                f"{files.schema.of} lacks the column {lacking}; select it in the export's query, then wait for the "
                "next delivery"
            )
    return Loaded(
        services=bedrock,
        estimated=frozenset(month for (month,) in waiting),
        lacking={name: advice for files in deliveries for name, advice in files.columns.lacking.items()},
        table=deliveries[0].columns.table if deliveries else cur2.TABLE,
        foreign=sum(_foreign(connection, files) for files in deliveries),
    )


def _foreign(connection: "duckdb.DuckDBPyConnection", files: _Files) -> int:
    """How many lines are of other providers. Raises SettingsError if tags of a line are not clear."""
    columns = files.columns
    if columns.foreign == columns.contradicts == "false":
        return 0
    statement = f"""
        SELECT count(*) FILTER ({columns.foreign}), count(*) FILTER ({columns.condition} AND ({columns.contradicts}))
        FROM {files.relation.sql}
    """
    with readable(files.source.of):
        rows = connection.execute(statement, {**files.relation.parameters, **columns.parameters}).fetchall()
    (foreign, unclear), *_ = rows
    if unclear:
        raise SettingsError(
            f"{files.schema.of} has a tag key in two forms with different values, such as Team and user:Team "
            f"(charges: {unclear}); use an export of CUR 2.0"
        )
    return int(foreign)


def _files(connection: "duckdb.DuckDBPyConnection", query: LineQuery, source: PeriodFiles) -> _Files | None:
    """The files with their columns; None if they have none. Raises SettingsError if a needed one is missing."""
    table = relation(source.paths, source.delivery.format, of=source.of)
    if table is None:
        return None
    schema = schema_of(connection, table, of=source.of)
    return _Files(source=source, schema=schema, relation=table, columns=line_columns(schema, query))


def schema_of(connection: "duckdb.DuckDBPyConnection", table: Relation, *, of: str) -> Schema:
    """The columns of files, which `of` names; SettingsError if they cannot be read."""
    with readable(of):
        described = connection.execute(f"DESCRIBE SELECT * FROM {table.sql}", dict(table.parameters)).fetchall()
    if foreign := [row[0] for row in described if row[0].startswith("_")]:
        # The SQL has names of its own that begin so.
        raise SettingsError(f"{of} cannot be read: no export of AWS has a column {foreign[0]}; copy it again")
    return Schema(of=of, types={row[0]: row[1] for row in described})


def _scan(
    connection: "duckdb.DuckDBPyConnection", query: LineQuery, deliveries: Sequence[_Files], *, whole: Sequence[str]
) -> list[_Product]:
    """Makes the table `scanned` of all lines; those outside of the report have no period.

    The details are kept of each line that may be Bedrock's, that has a project, or whose product has one of the names
    `whole`. Of other services only the bill is shown, so their lines need no more than the service and the line type.
    """
    names = detail_names(query)
    texts = ", ".join(f"{name} VARCHAR" for name in names)
    connection.execute(
        "CREATE OR REPLACE TABLE scanned (month DATE, period INTEGER, code VARCHAR, name VARCHAR, is_marked BOOLEAN, "
        f"line_type VARCHAR, currency VARCHAR, invoice VARCHAR, billing_entity VARCHAR, is_whole BOOLEAN, {texts}, "
        "waits_for_invoice BOOLEAN, account_name VARCHAR, cost DECIMAL(38, 18), quantity DECIMAL(38, 18), "
        "lines BIGINT, days INTEGER, shortest INTEGER, waits BOOLEAN)"
    )
    for files in deliveries:
        _scan_files(connection, query, files, whole=whole)
    rows = connection.execute(
        "SELECT code, name, line_type, is_marked, bool_and(is_whole OR period IS NULL) FROM scanned GROUP BY 1, 2, 3, 4"
    ).fetchall()
    return [_Product(*row) for row in rows]


def _scan_files(
    connection: "duckdb.DuckDBPyConnection", query: LineQuery, files: _Files, *, whole: Sequence[str]
) -> None:
    columns, month = files.columns, files.source.delivery.month
    names = detail_names(query)
    # Maps and numbers are slow to read: those of lines without details are left alone.
    kept = ", ".join(
        f"CASE WHEN _is_whole THEN coalesce({value}, '') ELSE '' END AS _{name}"
        for name, value in zip(names, details(query, columns), strict=True)
    )
    longest = _LONGEST.format(columns) if _needs_days(query, month) else "0"
    shortest = _SHORTEST.format(columns) if query.is_by_hour else "NULL"
    scope, scope_parameters = _scope(query, columns, month)
    is_named = " OR list_contains($whole, _name)" if whole else ""
    statement = f"""
        INSERT INTO scanned
        WITH line AS (
            SELECT *, {scope} AS _period, {columns.code} AS _code, {columns.name} AS _name,
                {columns.is_marked} AS _is_marked, {columns.project} AS {PROJECT}, {columns.cost} AS _cost,
                {columns.waits_for_invoice} AS _waits
            FROM {files.relation.sql} WHERE {columns.condition}
        ), marked AS (
            SELECT *, _period IS NOT NULL AND (_is_marked OR _name IS NULL OR contains(_name, $mark)
                OR coalesce(contains(_code, $mark), false) OR _project IS NOT NULL{is_named}) AS _is_whole
            FROM line
        )
        SELECT CAST($month AS DATE), _period, _code, _name, _is_marked, {columns.line_type} AS _line_type,
            coalesce({columns.currency}, '') AS _currency, coalesce({columns.invoice}, '') AS _invoice,
            coalesce({columns.billing_entity}, '') AS _billing_entity, _is_whole, {kept}, _waits,
            max(CASE WHEN _is_whole THEN {columns.account_name} END), coalesce(sum(_cost), 0),
            coalesce(sum(CASE WHEN _is_whole THEN {columns.quantity} END), 0), count(*), {longest}, {shortest},
            bool_or(_waits AND _cost <> 0)
        FROM marked GROUP BY ALL
    """
    parameters = {
        **files.relation.parameters,
        **columns.parameters,
        **scope_parameters,
        "month": month,
        "mark": SERVICE_SEARCH,
        **({"whole": list(whole)} if whole else {}),
        **({"usage": list(USAGE_RECORD_TYPES)} if "$usage" in statement else {}),
    }
    with readable(files.source.of):
        connection.execute(statement, parameters)
    _check_scanned(connection, files)


def _scope(query: LineQuery, columns: LineColumns, month: date) -> tuple[str, dict[str, Any]]:
    """The SQL of a line's period, with its parameters; NULL outside of the report.

    A line counts in its billing period; one whose use began before or after it counts on its first or last day.
    """
    conditions, parameters = [], dict[str, Any]()
    if query.accounts:
        conditions.append(f"list_contains($accounts, {columns.account})")
        parameters["accounts"] = list(query.accounts)
    whole = DateRange(start=month, end=last_of_month(month))
    period = "CAST($period AS INTEGER)"
    if whole in query.periods:
        parameters["period"] = query.periods.index(whole)
    else:
        day = f"greatest(least({columns.day}, CAST($last AS DATE)), CAST($first AS DATE))"
        conditions.append(f"{day} BETWEEN CAST($start AS DATE) AND CAST($end AS DATE)")
        parameters |= {"first": whole.start, "last": whole.end, "start": query.dates.start, "end": query.dates.end}
        if query.is_by_hour:
            before, after = f"{columns.day} < CAST($first AS DATE)", f"{columns.day} > CAST($last AS DATE)"
            hour = f"CASE WHEN {before} THEN 0 WHEN {after} THEN 23 ELSE {columns.hour} END"
            period = f"CAST(({day} - CAST($start AS DATE)) * 24 + {hour} AS INTEGER)"
        elif all(period.start == period.end for period in query.periods):
            period = f"CAST({day} - CAST($start AS DATE) AS INTEGER)"
        else:
            parameters["period"] = _index(query.periods, month)
    return f"CASE WHEN {' AND '.join(conditions) or 'true'} THEN {period} END", parameters


def _needs_days(query: LineQuery, month: date) -> bool:
    """Whether a line of a whole month would be a part of the month's report; hours have a check of their own."""
    return not query.is_by_hour and DateRange(start=month, end=last_of_month(month)) not in query.periods


def _check_scanned(connection: "duckdb.DuckDBPyConnection", files: _Files) -> None:
    of = files.schema.of
    longest, shortest, line_types = connection.execute(
        "SELECT max(days), min(shortest), list(DISTINCT line_type) FROM scanned WHERE month = CAST($month AS DATE)",
        {"month": files.source.delivery.month},
    ).fetchall()[0]
    for line_type in sorted(files.columns.unreadable.keys() & {*(line_types or ())}):
        raise SettingsError(f"{of} has lines of {line_type}, whose {files.columns.unreadable[line_type]}")
    if (shortest or 0) > HOUR:
        raise SettingsError(
            f"{of} has no lines for hours, so --granularity hour cannot be read; create an export with the time "
            "granularity Hourly, or give --granularity day"
        )
    if (longest or 0) > 1:
        raise SettingsError(
            f"{of} has lines for whole months; give whole months that are over and --granularity month, or create an "
            "export with lines for days"
        )


@dataclass(frozen=True)
class _Service:
    """A service by its name on the bill."""

    name: str
    is_bedrock: bool


def _key(product: _Product) -> tuple[str | None, str | None, str]:
    return product.code, product.name, product.line_type


def _services(products: Collection[_Product]) -> dict[tuple[str | None, str | None, str], _Service]:
    """The service of each product code, name and line type.

    Tax, credits and refunds have a code and no name (seen): they belong to the service that has the code. Bedrock's
    services are those with a line that AWS marks as Bedrock, by its family, its code or its name.
    """
    named = sorted(
        ((product.code, product.name) for product in products if product.code and product.name), reverse=True
    )
    by_code = dict(named)
    names = {
        _key(product): product.name or by_code.get(product.code or "") or product.code or product.line_type
        for product in products
    }
    bedrock = {
        names[_key(product)]
        for product in products
        if product.is_marked or any(map(is_bedrock, (product.code or "", product.name or "")))
    }
    return {key: _Service(name, name in bedrock) for key, name in names.items()}


def _create_lines(
    connection: "duckdb.DuckDBPyConnection",
    query: LineQuery,
    services: Mapping[tuple[str | None, str | None, str], _Service],
) -> None:
    """Makes the table `lines` of the table `scanned`."""
    rows = [(*key, service.name, service.is_bedrock) for key, service in services.items()]
    types = {
        "code": "VARCHAR",
        "name": "VARCHAR",
        "line_type": "VARCHAR",
        "service": "VARCHAR",
        "is_bedrock": "BOOLEAN",
    }
    values = ", ".join(f"CAST(unnest(${column}) AS {kind}) AS {column}" for column, kind in types.items())
    connection.execute(
        f"CREATE TABLE services AS SELECT {values}",
        {column: [row[index] for row in rows] for index, column in enumerate(types)},
    )
    shown = ", ".join(
        f"CASE WHEN {_BEDROCK if name == 'model' else _SHOWN} THEN {name} ELSE '' END AS {name}"
        for name in ("account_name", *detail_names(query))
    )
    connection.execute(f"""
        CREATE TABLE lines AS
        SELECT period, service, is_bedrock, scanned.line_type AS line_type, currency, invoice, billing_entity, {shown},
            sum(cost) AS cost, sum(lines) AS lines, sum(CASE WHEN {_SHOWN} THEN quantity ELSE 0 END) AS quantity
        FROM scanned JOIN services ON scanned.line_type = services.line_type
            AND scanned.code IS NOT DISTINCT FROM services.code AND scanned.name IS NOT DISTINCT FROM services.name
        WHERE period IS NOT NULL GROUP BY ALL
    """)


def line_columns(schema: Schema, query: LineQuery) -> LineColumns:
    """What a report reads of each line, by the table that the columns are of."""
    return focus.line_columns(schema, query) if focus.is_focus(schema) else cur2.line_columns(schema, query)


def _index(periods: Sequence[DateRange], month: date) -> int:
    """The place of a month among the months of a report."""
    return next(index for index, period in enumerate(periods) if first_of_month(period.start) == month)
