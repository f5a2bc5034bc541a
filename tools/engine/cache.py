"""Folders in the user's cache that are either whole or not there, however many processes want them at once."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

_UNFINISHED = "unfinished-"

Say = Callable[[str], None]


def cache_root(environment: Mapping[str, str] = os.environ) -> Path:
    """Outside of the clone, so that a fresh clone finds what an older one built."""
    base = environment.get("XDG_CACHE_HOME", "")
    # The XDG base directory specification: a relative path is to be ignored.
    folder = Path(base) if Path(base).is_absolute() else Path.home() / ".cache"
    return folder / "bedrock-projects" / "engine"


@contextlib.contextmanager
def _only_one(root: Path, say: Say) -> Iterator[None]:
    """Held by one process at a time; the kernel releases it when that process ends in any way."""
    with (root / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another process is getting a Pulumi CLI; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_folder(folder: Path, *, fill: Callable[[Path], None], say: Say) -> Path:
    """Makes `folder` unless it is there: `fill` gets an empty folder, which is renamed once it is full."""
    root = folder.parent
    root.mkdir(parents=True, exist_ok=True)
    with _only_one(root, say):
        if folder.exists():
            return folder
        for left in root.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(left)
        unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=root))
        try:
            fill(unfinished)
            unfinished.rename(folder)
        except BaseException:
            shutil.rmtree(unfinished)
            raise
    return folder
