"""Rows as files: csv.gz by the standard library, Parquet with Snappy by DuckDB.

https://docs.aws.amazon.com/cur/latest/userguide/table-dictionary-focus-1-2-aws-columns.html
Documented: costs are doubles, times have milliseconds. Seen in a CSV of a real FOCUS 1.2 export, 2026-09: numbers as
Java writes doubles (`0.0`, `6.123E-7`), times such as `2026-09-01T00:00:00.000Z`, quotes only where they are needed,
nothing for null but `""` for an empty text, maps as JSON. Seen: maps are maps in Parquet.
Assumed: the same holds for CUR 2.0; times in Parquet have no zone. The word NULL was seen in the FOCUS Foundation's
sample, costs that are DECIMAL in no export of AWS.
"""

import gzip
import json
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal

from local_aws.data_exports.columns import Type

Value = str | Decimal | datetime | dict[str, str] | None
Row = dict[str, Value]
Columns = Mapping[str, Type]
Nothing = Literal["mixed", "null", "NULL"]
_SQL: Final[dict[Type, str]] = {
    "string": "VARCHAR",
    "timestamp": "TIMESTAMP_MS",
    "timestamp_milliseconds": "TIMESTAMP_MS",
    "map": "MAP(VARCHAR, VARCHAR)",
    "double": "DOUBLE",
}
_MAPS_OF_NUMBERS: Final = ("discount", "x_Discounts")
_READ: Final = "read_json(?, format='newline_delimited', maximum_object_size=100000000, columns={{{columns}}})"
# No extension is fetched from the internet: json and parquet are built in.
_OFFLINE: Final[dict[str, str | bool | int | float | list[str]]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "threads": "1",
}
_QUOTED: Final = frozenset(',"\r\n')
_PLAIN_FROM, _PLAIN_BELOW = Decimal("0.001"), Decimal(10_000_000)


def csv_gz(rows: Sequence[Row], columns: Columns, *, numbers: Literal["java", "plain"], nothing: Nothing) -> bytes:
    """A gzipped CSV with a header."""
    number = java_double if numbers == "java" else plain
    lines = [",".join(columns)]
    for row in rows:
        fields = (_field(row.get(name), kind, nothing) for name, kind in columns.items())
        lines.append(",".join(number(field) if isinstance(field, Decimal) else field for field in fields))
    return gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0)


def _field(value: Value, kind: Type, nothing: Nothing) -> str | Decimal:
    if kind == "map":
        return _quoted(json.dumps(value or {}, separators=(",", ":"), ensure_ascii=False))
    if isinstance(value, Decimal):
        return value
    if isinstance(value, datetime):
        return moment(value)
    if not value and nothing != "mixed":
        return "NULL" if nothing == "NULL" else ""
    return "" if value is None else _quoted(str(value))


def _quoted(text: str) -> str:
    if text and not _QUOTED.intersection(text):
        return text
    return '"' + text.replace('"', '""') + '"'


def plain(number: Decimal) -> str:
    """A number without an exponent and without zeros at the end."""
    return format(number.normalize(), "f") if number else "0"


def java_double(number: Decimal) -> str:
    """A number as Java's `Double.toString` writes it: from 10⁷ on and below 10⁻³ with an exponent."""
    shortest = Decimal(repr(float(number)))
    if not shortest:
        return "0.0"
    if _PLAIN_FROM <= abs(shortest) < _PLAIN_BELOW:
        text = format(shortest.normalize(), "f")
        return text if "." in text else f"{text}.0"
    sign, digits, exponent = shortest.normalize().as_tuple()
    shown = "".join(map(str, digits))
    return f"{'-' if sign else ''}{shown[0]}.{shown[1:] or '0'}E{int(exponent) + len(shown) - 1}"


def moment(time: datetime) -> str:
    """A moment as `2026-09-01T00:00:00.000Z`."""
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03}Z"


def parquet(rows: Sequence[Row], columns: Columns, *, money: Literal["DOUBLE", "DECIMAL"], nothing: Nothing) -> bytes:
    """A Parquet file, compressed with Snappy."""
    import duckdb  # a tenth of a second that only a Parquet file costs

    sql = _SQL if money == "DOUBLE" else {**_SQL, "double": "DECIMAL(38, 10)"}
    read = ", ".join(f"'{name}': '{_SQL['map'] if kind == 'map' else 'VARCHAR'}'" for name, kind in columns.items())
    cast = ", ".join(f'CAST("{name}" AS {_type(name, sql[kind])}) AS "{name}"' for name, kind in columns.items())
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(config=_OFFLINE) as connection:
        source, target = Path(folder, "rows.json"), Path(folder, "rows.parquet")
        with source.open("w") as file:
            file.writelines(json.dumps(_object(row, columns, nothing)) + "\n" for row in rows)
        query = f"SELECT {cast} FROM {_READ.format(columns=read)}"  # noqa: S608  names of columns that were checked
        connection.sql(query, params=[str(source)]).write_parquet(str(target), compression="snappy")
        return target.read_bytes()


def _type(name: str, sql: str) -> str:
    return "MAP(VARCHAR, DOUBLE)" if name in _MAPS_OF_NUMBERS else sql


def _object(row: Row, columns: Columns, nothing: Nothing) -> dict[str, str | dict[str, str] | None]:
    """A row as JSON, from which DuckDB reads exact texts."""
    return {name: _member(row.get(name), kind, nothing) for name, kind in columns.items()}


def _member(value: Value, kind: Type, nothing: Nothing) -> str | dict[str, str] | None:
    if kind == "map":
        return value if isinstance(value, dict) else {}
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return moment(value)
    if not value and kind == "string" and nothing != "mixed":
        return "NULL" if nothing == "NULL" else None
    return value if isinstance(value, str) else None
