"""One refresh of an export: files of data first, then the manifest that names them.

https://docs.aws.amazon.com/cur/latest/userguide/dataexports-export-delivery.html
https://docs.aws.amazon.com/cur/latest/userguide/dataexports-manifest.html
Documented: the layout, names of files, fields of the manifest; one is written last; in the mode OVERWRITE_REPORT names
stay the same, and chunks that a later refresh does not fill become empty files; in CREATE_NEW_REPORT each refresh has a
folder of its own, and old ones stay. Seen: that folder is `2026-06-01T23:48:02.356Z-<execution id>`; the folder of a
period has the manifest of the newest refresh, and one of each refresh is in a folder below; FOCUS has its
partitions in small letters, and next to the manifest a second one with `Schema.ColumnDefinition`.
Invented: ids, and the bucket in the manifest of an export that is written into a folder: such a folder is a copy.
"""

import gzip
import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import Final

from local_aws.data_exports.definition import SUFFIXES, DataExport
from local_aws.data_exports.files import Row, csv_gz, moment, parquet
from local_aws.data_exports.lines import by_month, lines
from local_aws.data_exports.tables import LAYOUTS, Layout
from local_aws.state import State

COPIED_FROM: Final = "s3://acme-data-exports/cost"
_NOTHING: Final = gzip.compress(b"", mtime=0)


@dataclass(frozen=True)
class File:
    """A file of a delivery; `path` begins with the export's name and goes below the destination."""

    path: str
    body: bytes


@dataclass(frozen=True)
class _Refresh:
    """A refresh of one billing period, at a moment."""

    export: DataExport
    layout: Layout
    month: date
    execution: str
    at: datetime

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of all files but the last."""
        return self.export.columns or self.layout.default

    @property
    def all_columns(self) -> tuple[str, ...]:
        """The columns of the last file."""
        return (*self.columns, *self.export.late_columns)

    @property
    def below(self) -> str:
        """The folder of this refresh, where each has its own."""
        return f"/{moment(self.at)}-{self.execution}" if self.export.mode == "create-new" else ""

    def folder(self, kind: str, below: str) -> str:
        """A folder of this period."""
        return f"{self.export.name}/{kind}/{self.layout.partition}={self.month:%Y-%m}{below}"


def refresh(state: State, export: DataExport) -> list[File]:
    """The files of a refresh, in the order in which AWS writes them; ValueError for columns that are not there."""
    layout = LAYOUTS[export.table]
    if unknown := sorted({*(export.columns or ()), *export.late_columns} - set(layout.columns)):
        raise ValueError(f"columns {', '.join(unknown)} are not a subset of the table {layout.name}")
    months = by_month(lines(state, export.account, granularity=export.granularity))
    wanted = sorted(months) if export.periods is None else [date.fromisoformat(f"{text}-01") for text in export.periods]
    now = datetime.fromtimestamp(state.clock.now(), timezone.utc)
    files: list[File] = []
    for month in wanted:
        one = _Refresh(export, layout, month, state.request_id(), now)
        delivered = state.deliveries.get(export.destination, set())
        files += _period(one, layout.rows(months.get(month, ()), export), delivered)
    return files


def _period(one: _Refresh, rows: list[Row], delivered: set[str]) -> Iterator[File]:
    folder, suffix = one.folder("data", one.below), SUFFIXES[one.export.format]
    chunks = [
        File(f"{folder}/{one.export.name}-{number:05}.{suffix}", body)
        for number, body in enumerate(_bodies(one, rows), start=1)
    ]
    yield from chunks
    written = [chunk.path for chunk in chunks]
    surplus = [path for path in delivered if path.rpartition("/")[0] == folder and path.endswith(suffix)]
    yield from (File(path, b"") for path in sorted(surplus) if path not in written)
    bodies = {"Manifest": _manifest(one, written)}
    if one.layout.version:
        bodies["Manifest-FOCUS"] = _focus_manifest(one)
    for below in dict.fromkeys((one.below, "")):
        for name, body in reversed(bodies.items()):
            path = f"{one.folder('metadata', below)}/{one.export.name}-{name}.json"
            yield File(path, json.dumps(body, indent=2).encode())


def _bodies(one: _Refresh, rows: list[Row]) -> Iterator[bytes]:
    """The chunks of a period."""
    export = one.export
    size = export.chunk_rows or max(len(rows), 1)
    parts = [rows[start : start + size] for start in range(0, max(len(rows), 1), size)]
    for number, part in enumerate(parts, start=1):
        yield _body(one, part, one.all_columns if number == len(parts) else one.columns)
    if export.empty_chunk:
        yield _NOTHING if export.format == "csv" else _body(one, [], one.columns)


def _body(one: _Refresh, rows: list[Row], names: Sequence[str]) -> bytes:
    export, columns = one.export, {name: one.layout.columns[name] for name in names}
    if export.format == "csv":
        return csv_gz(rows, columns, numbers=export.numbers, nothing=export.nothing)
    return parquet(rows, columns, money=export.money, nothing=export.nothing)


def _manifest(one: _Refresh, paths: Sequence[str]) -> dict[str, object]:
    export = one.export
    root = export.destination if export.destination.startswith("s3://") else COPIED_FROM
    export_id = uuid.uuid5(uuid.NAMESPACE_URL, f"{export.account} {export.name}")
    return {
        "executionId": one.execution,
        "exportArn": f"arn:aws:bcm-data-exports:us-east-1:{export.account}:export/{export.name}-{export_id}",
        "columns": [{"name": name, "type": one.layout.columns[name]} for name in one.all_columns],
        "dataFiles": [f"{root.rstrip('/')}/{path}" for path in paths],
        "additionalOutputFiles": [],
    }


def _focus_manifest(one: _Refresh) -> dict[str, object]:
    """Metadata of FOCUS: https://focus.finops.org/focus-specification/."""
    columns = [{"ColumnName": name, "DataType": one.layout.columns[name]} for name in one.all_columns]
    schema = {"FocusVersion": one.layout.version, "CreationDate": moment(one.at), "ColumnDefinition": columns}
    return {"DataGenerator": {"DataGenerator": "AWS"}, "Schema": schema}
