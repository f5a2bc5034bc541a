"""A delivered data export, read by the standard library or by DuckDB: the files that its newest manifest names."""

import csv
import gzip
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from local_aws import DataExport, LocalAws
from tests.local_aws.mantle import ACCOUNT


def deliver(aws: LocalAws, folder: Path, **wish: Any) -> list[Path]:
    """Refreshes an export into a folder; the manifests of the newest refresh, one for each period."""
    export = DataExport.model_validate({"account": ACCOUNT, "destination": str(folder), **wish})
    written = [folder / path for path in aws.export(export)]
    return sorted({path for path in written if path.parent.parent.name == "metadata" and "FOCUS" not in path.name})


def data_files(manifest: Path) -> list[Path]:
    """The files of data, which stand where the copy of the bucket has them."""
    root = manifest.parents[3]
    export = manifest.name.removesuffix("-Manifest.json")
    named = json.loads(manifest.read_text())["dataFiles"]
    return [root / export / name.partition(f"/{export}/")[2] for name in named]


def read(manifests: list[Path]) -> list[dict[str, Any]]:
    """The rows: texts of a CSV, values of Parquet with text for money."""
    return [row for manifest in manifests for file in data_files(manifest) for row in _rows(file)]


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    if file.suffix == ".gz":
        text = gzip.decompress(file.read_bytes()).decode()
        for row in csv.DictReader(io.StringIO(text, newline="")):
            yield {name: json.loads(value) if value.startswith("{") else value for name, value in row.items()}
    else:
        with duckdb.connect() as connection:
            found = connection.execute("SELECT * FROM read_parquet(?, hive_partitioning=false)", [str(file)])
            names = [column[0] for column in found.description or ()]
            for values in found.fetchall():
                texts = [repr(value) if isinstance(value, float) else value for value in values]
                yield dict(zip(names, texts, strict=True))


def sums(rows: list[dict[str, Any]], cost: str, *keys: str) -> dict[Any, Decimal]:
    """Cost by columns, or by `map.key`. One key gives plain texts; what a row does not have is ""."""
    found: dict[Any, Decimal] = {}
    for row in rows:
        name = tuple(_value(row, key) for key in keys)
        found[name] = found.get(name, Decimal(0)) + Decimal(row[cost] or 0)
    return {name[0] if len(keys) == 1 else name: amount for name, amount in found.items()}


def _value(row: dict[str, Any], key: str) -> str:
    column, _, within = key.partition(".")
    value = row[column].get(within) if within else row[column]
    return str(value or "")
