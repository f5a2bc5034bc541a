"""Where the files of an export are: a folder of this machine, or a place that copies them to this machine."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Final, Protocol

from bedrock_projects.errors import SettingsError
from bedrock_projects.exports.manifests import Listing, StoredFile

SCHEME: Final = "s3://"
PLACES: Final = "a folder, s3://BUCKET/PREFIX, export:NAME or cost-explorer"
"""What `--source` takes."""


class ChangedError(SettingsError):
    """A file changed between the listing and its download: AWS refreshed the export."""


class Store(Protocol):
    """Files below a location, by their paths relative to it; `location` is what a message names."""

    @property
    def location(self) -> str:
        """The folder or URI as it was given."""
        ...

    def listing(self) -> Listing:
        """All files."""
        ...

    def read(self, path: str) -> bytes:
        """The bytes of a small file."""
        ...

    def local(self, paths: Iterable[str], listing: Listing) -> Mapping[str, Path]:
        """The files on this machine. Raises ChangedError if one is no longer what the listing says."""
        ...


class Folder:
    """A folder of this machine, such as a copy of a bucket's prefix."""

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise SettingsError(f"--source {path}: no such folder; give {PLACES}")
        self.location = str(path)
        self._path = path

    def listing(self) -> Listing:
        """All files below the folder."""
        return {
            path.relative_to(self._path).as_posix(): StoredFile(
                size=path.stat().st_size, modified=datetime.fromtimestamp(path.stat().st_mtime, tz=timezone.utc)
            )
            for path in sorted(self._path.rglob("*"))
            if path.is_file()
        }

    def read(self, path: str) -> bytes:
        """The bytes of a file."""
        return (self._path / path).read_bytes()

    def local(self, paths: Iterable[str], listing: Listing) -> Mapping[str, Path]:
        """The files themselves."""
        del listing
        return {path: self._path / path for path in paths}
