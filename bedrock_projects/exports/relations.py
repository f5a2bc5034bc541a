"""Files as one table of DuckDB: all columns that any of them has, by name, also if only later files have them.

A CSV is read as texts by the columns of its own first line, without guessing: DuckDB's own reading of many files by
name takes a large buffer for each at the same time. Parquet files have their columns and types in them.
"""

import csv
import gzip
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TextIO

from bedrock_projects.errors import SettingsError
from bedrock_projects.exports.manifests import FileFormat

_PARQUET: Final = "read_parquet($files, union_by_name=true, hive_partitioning=false)"
_CSV: Final = (
    "read_csv($files{0}, columns=$columns{0}, auto_detect=false, header=true, delim=',', quote='\"', escape='\"', "
    "nullstr=['', 'NULL'], compression=$compression{0}, hive_partitioning=false)"
)
_LONGEST_LINE: Final = 1_000_000
"""Of the columns' names, in characters."""


@dataclass(frozen=True, kw_only=True)
class Relation:
    """The SQL after FROM, and the parameters that it needs."""

    sql: str
    parameters: Mapping[str, Any]


def relation(paths: Sequence[Path], file_format: FileFormat, *, of: str) -> Relation | None:
    """The table of all rows of the files; None if there is no column. `of` names the delivery in messages."""
    if not paths:
        return None
    return (
        Relation(sql=_PARQUET, parameters={"files": _literal(paths)}) if file_format == "parquet" else _csv(paths, of)
    )


def _csv(paths: Sequence[Path], of: str) -> Relation | None:
    alike: dict[tuple[tuple[str, ...], str], list[Path]] = {}
    for path in paths:
        # A gzip without a byte in it has no header.
        if header := _header(path, of):
            alike.setdefault((header, "gzip" if _is_gzip(path) else "none"), []).append(path)
    parts = [f"SELECT * FROM {_CSV.format(index)}" for index in range(len(alike))]  # noqa: S608  constants
    parameters: dict[str, Any] = {}
    for index, ((header, compression), files) in enumerate(alike.items()):
        parameters[f"files{index}"] = _literal(files)
        parameters[f"columns{index}"] = dict.fromkeys(header, "VARCHAR")
        parameters[f"compression{index}"] = compression
    return Relation(sql=f"({' UNION ALL BY NAME '.join(parts)})", parameters=parameters) if parts else None


def _header(path: Path, of: str) -> tuple[str, ...]:
    """The columns of a CSV, of its first line."""
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8", newline="")
            if path.suffix == ".gz"
            else path.open(newline="") as text
        ):
            header = tuple(next(csv.reader(_lines(text)), ()))
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise SettingsError(f"{of} cannot be read: {path.name} is damaged ({error}); copy it again") from None
    counts = Counter(name.lower() for name in header)  # as DuckDB compares names
    if repeated := next((name for name in header if counts[name.lower()] > 1), None):
        raise SettingsError(f"{of} cannot be read: {path.name} has the column {repeated} twice; copy it again")
    return header


def _lines(text: TextIO) -> Iterator[str]:
    """The lines; csv.Error instead of one that never ends: a small gzip may have gigabytes of it."""
    while line := text.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            raise csv.Error(f"a line has more than {_LONGEST_LINE:,} characters")
        yield line


def _is_gzip(path: Path) -> bool:
    return path.suffix == ".gz"


def _literal(paths: Sequence[Path]) -> list[str]:
    """The paths as DuckDB takes them: without a pattern in them."""
    return ["".join(f"[{char}]" if char in "*?[" else char for char in str(path)) for path in paths]
