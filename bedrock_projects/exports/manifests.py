"""Finds the newest delivery of each billing period of an export: the files that its manifest names, never the listing.

https://docs.aws.amazon.com/cur/latest/userguide/dataexports-export-delivery.html
https://docs.aws.amazon.com/cur/latest/userguide/dataexports-manifest.html

Documented: `<prefix>/<export>/metadata/BILLING_PERIOD=2026-10/<export>-Manifest.json` is written after all files of
data and names them as `dataFiles`, and the columns as `columns`; an export that overwrites has them in
`<export>/data/BILLING_PERIOD=2026-10`, and chunks that a later refresh does not need become empty files; one that
creates new files has a folder `<timestamp>-<execution id>` for each refresh. Seen: that timestamp is
`2026-06-01T23:48:02.356Z`; such an export has a manifest for each refresh too, in a folder below that of the period;
exports of FOCUS write `billing_period` in small letters, and a second manifest that ends with `-Manifest-FOCUS.json`.

All paths are relative to the folder or prefix that was given, with `/` between their parts.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from pathlib import PurePosixPath
from typing import Any, Final, Literal

from bedrock_projects.errors import SettingsError
from bedrock_projects.json_reading import read_json

FileFormat = Literal["csv", "parquet"]
_SUFFIXES: Final[Mapping[str, FileFormat]] = {".csv.gz": "csv", ".csv": "csv", ".parquet": "parquet"}
_MANIFEST: Final = "-Manifest.json"
_PARTITION: Final = re.compile(r"billing_period=(\d{4}-(?:0[1-9]|1[0-2]))", re.IGNORECASE)
_TIMESTAMP: Final = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.\d+)?Z-")
_MOST_NAMED: Final = 3
LARGEST_MANIFEST: Final = 64_000_000
"""In bytes: one with the URIs of 100,000 files is far below."""


class NotDeliveredError(SettingsError):
    """AWS has not delivered a billing period yet, or not all of it: nothing is wrong, and it comes by itself."""


class EmptyPlaceError(SettingsError):
    """A location has no file at all: it is the wrong one, or that of an export without a first delivery."""


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """A file that is there: `size` in bytes, when it was `modified` (UTC), and what changes if its content does.

    `etag` is empty for a file of this machine.
    """

    size: int
    modified: datetime
    etag: str = ""


Listing = Mapping[str, StoredFile]


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """The newest delivery of a billing period, which begins on the day `month`.

    `files` are the paths of those that have any bytes. `delivered` is the time of the refresh. `columns` are those that
    the manifest names; empty if it names none.
    """

    month: date
    files: tuple[str, ...]
    format: FileFormat
    delivered: datetime
    columns: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Export:
    """An export below a location: its name, the path of its folder, and the manifests of each billing period.

    `months` are those of its data, with or without a manifest.
    """

    name: str
    folder: str
    manifests: Mapping[date, tuple[str, ...]]
    months: frozenset[date]

    def delivery(self, month: date, listing: Listing, read: Callable[[str], bytes]) -> Delivery:
        """The newest delivery of the billing period; `read` gives the bytes of a path.

        Raises NotDeliveredError if AWS has yet to deliver it, and SettingsError if there is none, or a part of it only.
        """
        if month not in self.manifests:
            raise self._missing(month)
        manifests = self.manifests[month]
        if large := [path for path in manifests if listing[path].size > LARGEST_MANIFEST]:
            raise SettingsError(
                f"{large[0]} has more than {LARGEST_MANIFEST:,} bytes, so it is not a manifest of a data export; copy "
                "the export again"
            )
        newest = _newest((_Manifest.parse(path, read(path)) for path in manifests), self.name, month)
        paths = [self._path(month, uri) for uri in newest.files]
        self._check_listing(month, paths, listing)
        manifest = listing[newest.path]
        if manifest.etag and any(listing[path].modified > manifest.modified for path in paths):
            raise SettingsError(f"{self._of(month)}: AWS is delivering a refresh now; run again later")
        files = tuple(path for path in paths if listing[path].size)
        return Delivery(
            month=month,
            files=files,
            format=self._format(month, files),
            delivered=newest.refreshed or listing[newest.path].modified,
            columns=newest.columns,
        )

    def _missing(self, month: date) -> SettingsError:
        if month in self.months:
            return NotDeliveredError(
                f"{self._of(month)} has files, but no manifest: its delivery is not complete; try again later"
            )
        known = sorted(self.manifests)
        has = f"it has {known[0]:%Y-%m} to {known[-1]:%Y-%m}" if known else "it has no complete delivery"
        if known and month > known[-1]:
            return NotDeliveredError(
                f"export {self.name} has no delivery of {month:%Y-%m} yet; {has}. AWS refreshes an export at least "
                "daily: try again later; if this is a copy, copy it again"
            )
        return SettingsError(
            f"export {self.name} has nothing for {month:%Y-%m}; {has}; AWS delivers no month before the export's own"
        )

    def _path(self, month: date, uri: str) -> str:
        """The path of a file by its URI, which has the bucket and prefix of the delivery, not those of a copy."""
        parts = PurePosixPath(uri).parts
        starts = [
            index
            for index, part in enumerate(parts[:-1])
            if part == "data" and _PARTITION.fullmatch(parts[index + 1]) and index + 2 < len(parts)
        ]
        if not starts or ".." in parts or _month(parts[starts[-1] + 1]) != month:
            raise SettingsError(f"{self._of(month)}: the manifest names {uri}, which is not a file of this month")
        return PurePosixPath(self.folder, *parts[starts[-1] :]).as_posix()

    def _check_listing(self, month: date, paths: Sequence[str], listing: Listing) -> None:
        """Raises SettingsError if a file of the manifest is missing, or its folder has more than those."""
        if missing := [path for path in paths if path not in listing]:
            raise SettingsError(
                f"{self._of(month)}: {_named(missing)} of the manifest {_is(missing)} missing; copy the export again"
            )
        folders = {PurePosixPath(path).parent for path in paths}
        unnamed = [
            path
            for path, file in sorted(listing.items())
            if file.size and path not in paths and PurePosixPath(path).parent in folders and _format_of(path)
        ]
        if unnamed:
            raise SettingsError(
                f"{self._of(month)}: the manifest does not name {_named(unnamed)}; files and manifest are of different "
                "refreshes: copy the export again, into an empty folder"
            )

    def _format(self, month: date, files: Sequence[str]) -> FileFormat:
        formats = {_format_of(path) for path in files} or {"parquet"}
        only = next(iter(formats))
        if len(formats) > 1 or only is None:
            raise SettingsError(f"{self._of(month)}: {_named(files)}: only all csv.gz or all Parquet can be read")
        return only

    def _of(self, month: date) -> str:
        return f"export {self.name}, {month:%Y-%m}"


def find_export(listing: Listing, location: str) -> Export:
    """The only export below a location, which a message names.

    Raises SettingsError if there is none, or more than one; EmptyPlaceError if there is no file.
    """
    manifests: dict[str, dict[date, list[str]]] = {}
    months: dict[str, set[date]] = {}
    for path in listing:
        if found := _place(path, "metadata"):
            folder, month = found
            if path.endswith(_MANIFEST):
                manifests.setdefault(folder, {}).setdefault(month, []).append(path)
        elif found := _place(path, "data"):
            months.setdefault(found[0], set()).add(found[1])
    folders = sorted({*manifests, *months})
    if not folders:
        raise (SettingsError if listing else EmptyPlaceError)(
            f"{location} has no data export; give the folder or prefix with its folders `data` and `metadata`, or one "
            "above it"
        )
    if len(folders) > 1:
        raise SettingsError(
            f"{location} has {len(folders)} exports: {', '.join(folders)}; give one of them, such as "
            f"--source {location.rstrip('/')}/{folders[0]}"
        )
    folder = folders[0]
    return Export(
        name=_name(manifests.get(folder, {}), folder, location),
        folder=folder,
        manifests={month: tuple(sorted(paths)) for month, paths in manifests.get(folder, {}).items()},
        months=frozenset(months.get(folder, ())),
    )


@dataclass(frozen=True)
class _Manifest:
    """A manifest: its path, the URIs and columns that it names, and when its refresh was, if a folder says so."""

    path: str
    files: tuple[str, ...]
    columns: frozenset[str]

    @classmethod
    def parse(cls, path: str, body: bytes) -> "_Manifest":
        try:
            content: Any = read_json(body)
            files = content["dataFiles"]
        except (ValueError, KeyError, TypeError):
            raise SettingsError(f"{path} is not a manifest of a data export; copy the export again") from None
        if not (isinstance(files, list) and all(isinstance(uri, str) for uri in files)):
            raise SettingsError(f"{path}: `dataFiles` is not a list of files; copy the export again")
        named = content.get("columns")
        columns = (
            [column.get("name") for column in named if isinstance(column, dict)] if isinstance(named, list) else ()
        )
        return cls(path, tuple(files), frozenset(name for name in columns if isinstance(name, str)))

    @property
    def run(self) -> str:
        """The folder of the refresh, which begins with its time; empty if the export overwrites its files."""
        folders = {PurePosixPath(uri).parent.name for uri in self.files} or {PurePosixPath(self.path).parent.name}
        name = max(folders)
        return "" if _PARTITION.fullmatch(name) else name

    @property
    def refreshed(self) -> datetime | None:
        """The time of the refresh as its folder says it."""
        timestamp = _TIMESTAMP.match(self.run)
        return datetime.fromisoformat(timestamp[1]).replace(tzinfo=timezone.utc) if timestamp else None


def _newest(manifests: Iterator[_Manifest], name: str, month: date) -> _Manifest:
    """The manifest of the newest refresh: the names of their folders begin with the time.

    No more than two are in memory: an export that keeps each refresh has one for each.
    """
    newest = next(manifests)
    for manifest in manifests:
        if (manifest.run == "") != (newest.run == ""):
            raise SettingsError(
                f"export {name}, {month:%Y-%m} was delivered both with and without a folder for each refresh; remove "
                "the older files, or give a copy with one of them"
            )
        if manifest.run == newest.run and manifest.files != newest.files:
            raise SettingsError(
                f"export {name}, {month:%Y-%m}: {newest.path}, {manifest.path} differ; copy the export again"
            )
        if manifest.run > newest.run:
            newest = manifest
    return newest


def _name(manifests: Mapping[date, Sequence[str]], folder: str, location: str) -> str:
    """The export's name: that of its folder, or of its manifests if the location is that folder."""
    names = {PurePosixPath(path).name.removesuffix(_MANIFEST) for paths in manifests.values() for path in paths}
    if len(names) > 1:
        raise SettingsError(f"{folder or location} has manifests of several exports: {', '.join(sorted(names))}")
    return next(iter(names), PurePosixPath(folder or location).name)


def _place(path: str, kind: str) -> tuple[str, date] | None:
    """The folder of the export and the billing period of a file in its folder `data` or `metadata`; else None."""
    parts = PurePosixPath(path).parts
    for index, part in enumerate(parts[:-2]):
        if part == kind and _PARTITION.fullmatch(parts[index + 1]):
            folder = "/".join(parts[:index])
            return folder, _month(parts[index + 1])
    return None


def _month(partition: str) -> date:
    return date.fromisoformat(f"{partition[-7:]}-01")


def _format_of(path: str) -> FileFormat | None:
    return next((kind for suffix, kind in _SUFFIXES.items() if path.endswith(suffix)), None)


def _named(paths: Sequence[str]) -> str:
    """The first paths, and how many more there are."""
    rest = len(paths) - _MOST_NAMED
    return ", ".join(paths[:_MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _is(paths: Sequence[str]) -> str:
    return "is" if len(paths) == 1 else "are"
