"""One refresh of an export: files of data first, then the manifest that names them.

https://docs.aws.amazon.com/cur/latest/userguide/dataexports-export-delivery.html
https://docs.aws.amazon.com/cur/latest/userguide/dataexports-manifest.html
Documented: the layout, names of files, fields of the manifest; one is written last; in the mode OVERWRITE_REPORT names
stay the same, and chunks that a later refresh does not fill become empty files; in CREATE_NEW_REPORT each refresh has a
folder of its own, and old ones stay. Seen: that folder is `2026-06-01T23:48:02.356Z-<execution id>`; the folder of a
period has the manifest of the newest refresh, and one of each refresh stands in a folder below.
Invented: ids, and the bucket in the manifest of an export that is written into a folder: such a folder is a copy.
"""

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import Final

from local_aws.data_exports import cur2
from local_aws.data_exports.columns import CUR2, CUR2_DEFAULT, Type
from local_aws.data_exports.cur2 import Row
from local_aws.data_exports.definition import SUFFIXES, DataExport
from local_aws.data_exports.files import csv_gz, parquet
from local_aws.data_exports.lines import by_month, discounted_months, lines
from local_aws.state import State

COPIED_FROM: Final = "s3://acme-data-exports/cost"


@dataclass(frozen=True)
class File:
    """A file of a delivery; `path` begins with the export's name and goes below the destination."""

    path: str
    body: bytes


def refresh(state: State, export: DataExport) -> list[File]:
    """The files of a refresh, in the order in which AWS writes them; ValueError for columns that are not there."""
    columns = export.columns or CUR2_DEFAULT
    if unknown := sorted({*columns, *export.late_columns} - set(CUR2)):
        raise ValueError(f"columns {', '.join(unknown)} are not a subset of the table COST_AND_USAGE_REPORT")
    every = lines(state, export.account, granularity=export.granularity)
    net, months = discounted_months(every), by_month(every)
    wanted = sorted(months) if export.periods is None else [date.fromisoformat(f"{text}-01") for text in export.periods]
    files: list[File] = []
    for month in wanted:
        rows = [cur2.row(line, net=month in net) for line in months.get(month, [])]
        execution = state.request_id()
        files += _period(state, export, month, rows, columns=columns, execution=execution)
    return files


def _period(
    state: State, export: DataExport, month: date, rows: list[Row], *, columns: Sequence[str], execution: str
) -> Iterator[File]:
    partition = f"BILLING_PERIOD={month:%Y-%m}"
    below = ""
    if export.mode == "create-new":
        now = datetime.fromtimestamp(state.clock.now(), timezone.utc)
        below = f"/{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z-{execution}"
    folder = f"{export.name}/data/{partition}{below}"
    bodies = [_body(export, part, names) for part, names in _chunks(export, rows, columns)]
    chunks = [File(_chunk(export, folder, number), body) for number, body in enumerate(bodies, start=1)]
    yield from chunks
    written = [chunk.path for chunk in chunks]
    yield from (File(path, b"") for path in _surplus(state, export, folder) if path not in written)
    body = json.dumps(_manifest(export, [*columns, *export.late_columns], written, execution), indent=2).encode()
    for place in dict.fromkeys((below, "")):
        yield File(f"{export.name}/metadata/{partition}{place}/{export.name}-Manifest.json", body)


def _surplus(state: State, export: DataExport, folder: str) -> list[str]:
    """The files of data that earlier refreshes wrote into a folder."""
    suffix = SUFFIXES[export.format]
    delivered = state.deliveries.get(export.destination, set())
    return sorted(path for path in delivered if path.rpartition("/")[0] == folder and path.endswith(suffix))


def _chunks(export: DataExport, rows: list[Row], columns: Sequence[str]) -> Iterator[tuple[list[Row], Sequence[str]]]:
    """The rows of each file, with its columns."""
    size = export.chunk_rows or max(len(rows), 1)
    parts = [rows[start : start + size] for start in range(0, max(len(rows), 1), size)]
    parts += [[]] if export.empty_chunk else []
    for number, part in enumerate(parts, start=1):
        last = number == len(parts)
        yield part, [*columns, *export.late_columns] if last else columns


def _body(export: DataExport, rows: list[Row], names: Sequence[str]) -> bytes:
    columns: dict[str, Type] = {name: CUR2[name] for name in names}
    if export.format == "csv":
        return csv_gz(rows, columns, nothing=export.nothing)
    return parquet(rows, columns, nothing=export.nothing, money=export.money)


def _chunk(export: DataExport, folder: str, number: int) -> str:
    return f"{folder}/{export.name}-{number:05}.{SUFFIXES[export.format]}"


def _manifest(export: DataExport, names: Sequence[str], paths: Sequence[str], execution: str) -> dict[str, object]:
    root = export.destination if export.destination.startswith("s3://") else COPIED_FROM
    export_id = uuid.uuid5(uuid.NAMESPACE_URL, f"{export.account} {export.name}")
    return {
        "executionId": execution,
        "exportArn": f"arn:aws:bcm-data-exports:us-east-1:{export.account}:export/{export.name}-{export_id}",
        "columns": [{"name": name, "type": CUR2[name]} for name in names],
        "dataFiles": [f"{root.rstrip('/')}/{path}" for path in paths],
        "additionalOutputFiles": [],
    }
