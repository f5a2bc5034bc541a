"""Rows as files: csv.gz by the standard library, Parquet with Snappy by DuckDB.

Seen: maps are JSON texts in CSV, and maps of texts in Parquet, where costs are doubles; times have milliseconds.
Assumed: how a CSV quotes, that costs are written without an exponent, that times in Parquet have no zone.
"""

import csv
import gzip
import io
import json
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal

from local_aws.data_exports.columns import Type
from local_aws.data_exports.cur2 import Row, Value

Nothing = Literal["null", "empty", "NULL"]
Columns = Mapping[str, Type]
_SQL: Final[dict[Type, str]] = {
    "string": "VARCHAR",
    "timestamp": "TIMESTAMP_MS",
    "map": "MAP(VARCHAR, VARCHAR)",
}
_READ: Final = "read_json(?, format='newline_delimited', maximum_object_size=100000000, columns={{{columns}}})"
_DOUBLES: Final = ("discount",)  # maps whose values are numbers


def csv_gz(rows: Sequence[Row], columns: Columns, *, nothing: Nothing) -> bytes:
    """A gzipped CSV with a header."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    word = "NULL" if nothing == "NULL" else ""
    for row in rows:
        writer.writerow(_text(row.get(name), kind, word) for name, kind in columns.items())
    return gzip.compress(text.getvalue().encode(), mtime=0)


def _text(value: Value, kind: Type, word: str) -> str:
    if kind == "map":
        return json.dumps(value or {}, separators=(",", ":"), ensure_ascii=False)
    if value is None or value == "":
        return word
    return _plain(value)


def _plain(value: str | Decimal | datetime | dict[str, str]) -> str:
    if isinstance(value, Decimal):
        return format(value.normalize() if value else Decimal(0), "f")
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03}Z"
    return str(value)


def parquet(rows: Sequence[Row], columns: Columns, *, nothing: Nothing, money: Literal["DOUBLE", "DECIMAL"]) -> bytes:
    """A Parquet file, compressed with Snappy."""
    import duckdb  # a tenth of a second that only a Parquet file costs

    number = "DOUBLE" if money == "DOUBLE" else "DECIMAL(38, 10)"
    sql: dict[Type, str] = {**_SQL, "double": number}
    read = ", ".join(f"'{name}': '{_SQL['map'] if kind == 'map' else 'VARCHAR'}'" for name, kind in columns.items())
    cast = ", ".join(f'CAST("{name}" AS {_type(name, sql[kind])}) AS "{name}"' for name, kind in columns.items())
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(config=_OFFLINE) as connection:
        source, target = Path(folder, "rows.json"), Path(folder, "rows.parquet")
        with source.open("w") as file:
            file.writelines(json.dumps(_object(row, columns, nothing)) + "\n" for row in rows)
        query = f"SELECT {cast} FROM {_READ.format(columns=read)}"  # noqa: S608  names of columns that were checked
        connection.sql(query, params=[str(source)]).write_parquet(str(target), compression="snappy")
        return target.read_bytes()


_OFFLINE: Final[dict[str, str | bool | int | float | list[str]]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "threads": "1",
}


def _type(name: str, sql: str) -> str:
    return "MAP(VARCHAR, DOUBLE)" if name in _DOUBLES else sql


def _object(row: Row, columns: Columns, nothing: Nothing) -> dict[str, str | dict[str, str] | None]:
    """A row as JSON, from which DuckDB reads exact texts."""
    absent = {"null": None, "empty": "", "NULL": "NULL"}[nothing]
    shown: dict[str, str | dict[str, str] | None] = {}
    for name, kind in columns.items():
        value = row.get(name)
        if kind == "map":
            shown[name] = value if isinstance(value, dict) else {}
        elif value is None or value == "":
            shown[name] = absent if kind == "string" else None
        else:
            shown[name] = _plain(value)
    return shown
