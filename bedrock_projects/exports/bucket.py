"""An export in a bucket: the files that a report needs are copied to this machine, once for each content.

The copies are in a private folder of the user's cache, named by bucket, key and ETag, so an old one is never taken for
a new one. Those that were used longest ago go first if there are too many bytes.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO, Final

from bedrock_projects.aws.buckets import CHANGED, BucketClient
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.errors import ServiceError, SettingsError
from bedrock_projects.exports.manifests import Listing, StoredFile
from bedrock_projects.exports.stores import SCHEME, ChangedError, Store
from bedrock_projects.files import user_cache

CACHE_BYTES: Final = 4 * 1024**3
"""The most bytes that copies take, unless one report needs more."""
_MANIFEST: Final = "Manifest.json"
_ADVICE: Final = "AWS refreshed the export while it was read, three times; run again later"


@contextmanager
def open_bucket(location: str, credentials: Credentials, *, keeps_copies: bool) -> Iterator[Store]:
    """The files below `s3://bucket/prefix`; the copies go with it unless they are kept."""
    bucket, _, prefix = location.removeprefix(SCHEME).partition("/")
    if not bucket:
        raise SettingsError(f"--source {location}: no bucket; write s3://BUCKET/PREFIX")
    client = BucketClient(bucket, credentials)
    if keeps_copies:
        yield Bucket(location, client, f"{prefix.strip('/')}/" if prefix else "", cache_folder(os.environ))
    else:
        with tempfile.TemporaryDirectory(prefix="bedrock-projects-") as folder:
            yield Bucket(location, client, f"{prefix.strip('/')}/" if prefix else "", Path(folder))


def cache_folder(environment: Mapping[str, str]) -> Path:
    """The folder of the copies, below the user's cache."""
    return user_cache(environment) / "exports"


class Bucket:
    """The files below a prefix, copied to a folder of this machine when they are needed."""

    def __init__(
        self,
        location: str,
        client: BucketClient,
        prefix: str,
        folder: Path,
        *,
        most: int = CACHE_BYTES,
        free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
    ) -> None:
        self.location = location
        self._client = client
        self._prefix = prefix
        self._folder = folder
        self._most = most
        self._free = free
        self._listing: Listing = {}

    def listing(self) -> Listing:
        """All objects below the prefix."""
        self._listing = {
            item.key[len(self._prefix) :]: StoredFile(size=item.size, modified=item.modified, etag=item.etag)
            for item in self._client.objects(self._prefix)
        }
        return self._listing

    def read(self, path: str) -> bytes:
        """The bytes of an object."""
        body = BytesIO()
        self._download(path, self._listing[path], body)
        return body.getvalue()

    def local(self, paths: Iterable[str], listing: Listing) -> Mapping[str, Path]:
        """The copies of the files. Raises ChangedError if an object is no longer what the listing says.

        They and the manifests are compared once more after the last copy: a refresh may have begun in between. Raises
        SettingsError before the first copy if the disk has no room for all of them.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        wanted = list(paths)
        needed = sum(listing[path].size for path in wanted if not self._is_copied(path, listing[path]))
        if needed > (free := self._free(self._folder)):
            raise SettingsError(
                f"the files of {self.location} have {needed:,} bytes, and {self._folder} has {free:,} free; make room "
                "there, or give a folder that has a copy of the export"
            )
        copies = {path: self._copy(path, listing[path]) for path in wanted}
        self._drop_others({*copies.values()})
        if _versions(copies, self.listing()) != _versions(copies, listing):
            raise ChangedError(_ADVICE)
        return copies

    def _place(self, path: str, file: StoredFile) -> Path:
        name = hashlib.sha256(f"{self.location}\n{path}\n{file.etag}".encode()).hexdigest()
        return self._folder / f"{name}{''.join(Path(path).suffixes[-2:])}"

    def _is_copied(self, path: str, file: StoredFile) -> bool:
        copy = self._place(path, file)
        return copy.is_file() and copy.stat().st_size == file.size

    def _copy(self, path: str, file: StoredFile) -> Path:
        copy = self._place(path, file)
        if self._is_copied(path, file):
            copy.touch()
            return copy
        descriptor, partial = tempfile.mkstemp(dir=self._folder)
        try:
            with os.fdopen(descriptor, "wb") as target:
                self._download(path, file, target)
            Path(partial).replace(copy)
        finally:
            Path(partial).unlink(missing_ok=True)
        return copy

    def _download(self, path: str, file: StoredFile, target: IO[bytes]) -> None:
        try:
            self._client.download(self._prefix + path, etag=file.etag, target=target)
        except ServiceError as error:
            raise (ChangedError(_ADVICE) if error.code == CHANGED else error) from None

    def _drop_others(self, needed: set[Path]) -> None:
        """Removes copies that no report needs now, the ones used longest ago first, until the rest is not too much."""
        by_age = sorted(self._folder.iterdir(), key=lambda path: path.stat().st_mtime)
        total = sum(path.stat().st_size for path in by_age)
        for path in by_age:
            if total > self._most and path not in needed:
                total -= path.stat().st_size
                path.unlink()


def _versions(paths: Collection[str], listing: Listing) -> dict[str, str]:
    """The ETags of files and of all manifests."""
    return {path: file.etag for path, file in listing.items() if path in paths or path.endswith(_MANIFEST)}
