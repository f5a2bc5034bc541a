"""Rows as files: csv.gz by the standard library, Parquet with Snappy by DuckDB.

https://docs.aws.amazon.com/cur/latest/userguide/table-dictionary-focus-1-2-aws-columns.html
Documented: costs are doubles, times have milliseconds. Seen in a CSV of a real FOCUS 1.2 export, 2026-09: numbers as
Java writes doubles (`0.0`, `6.123E-7`), times such as `2026-09-01T00:00:00.000Z`, quotes only if they are needed,
nothing for null but `""` for an empty text, maps as JSON. Seen: maps are maps in Parquet.
Assumed: the same holds for CUR 2.0; times in Parquet have no zone. The word NULL was seen in the FOCUS Foundation's
sample, costs that are DECIMAL in no export of AWS.
"""

import gzip
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal

from local_aws.data_exports.columns import Type

_Given = str | Decimal | datetime | dict[str, str]
Row = dict[str, _Given | None]
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
    word = "NULL" if nothing == "NULL" else ""
    absent = {name: _quoted("{}") if kind == "map" else word for name, kind in columns.items()}
    lines = [",".join(columns)]
    for row in rows:
        given = {
            name: _field(value, number) for name, value in _given(row, columns) if value != "" or nothing == "mixed"
        }
        lines.append(",".join(given.get(name) or absent[name] for name in columns))
    return gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0)


def _field(value: _Given, number: Callable[[Decimal], str]) -> str:
    if isinstance(value, dict):
        return _quoted(json.dumps(value, separators=(",", ":"), ensure_ascii=False))
    if isinstance(value, Decimal):
        return number(value)
    return moment(value) if isinstance(value, datetime) else _quoted(value)


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
    cast = ", ".join(f'{_cast(name, kind, sql[kind], nothing)} AS "{name}"' for name, kind in columns.items())
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(config=_OFFLINE) as connection:
        source, target = Path(folder, "rows.json"), Path(folder, "rows.parquet")
        with source.open("w") as file:
            file.writelines(f"{json.dumps(_object(row, columns))}\n" for row in rows)
        query = f"SELECT {cast} FROM {_READ.format(columns=read)}"  # noqa: S608  names of columns that were checked
        connection.sql(query, params=[str(source)]).write_parquet(str(target), compression="snappy")
        return target.read_bytes()


def _object(row: Row, columns: Columns) -> dict[str, str | dict[str, str]]:
    """A row as JSON, from which DuckDB reads exact texts."""
    return {name: _member(value) for name, value in _given(row, columns)}


def _given(row: Row, columns: Columns) -> Iterator[tuple[str, _Given]]:
    """What a row has of the columns."""
    return ((name, value) for name, value in row.items() if value is not None and name in columns)


def _member(value: _Given) -> str | dict[str, str]:
    if isinstance(value, Decimal):
        return plain(value)
    return moment(value) if isinstance(value, datetime) else value


def _cast(name: str, kind: Type, sql: str, nothing: Nothing) -> str:
    if kind == "map":
        sql = "MAP(VARCHAR, DOUBLE)" if name in _MAPS_OF_NUMBERS else sql
        return f'COALESCE(CAST("{name}" AS {sql}), CAST(MAP {{}} AS {sql}))'
    if kind != "string" or nothing == "mixed":
        return f'CAST("{name}" AS {sql})'
    return f"NULLIF(\"{name}\", '')" if nothing == "null" else f"COALESCE(NULLIF(\"{name}\", ''), 'NULL')"
