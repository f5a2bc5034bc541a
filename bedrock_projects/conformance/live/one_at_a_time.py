"""One run at a time in an account and region: a clean-up must not archive what a run is still looking at."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bedrock_projects.errors import RefusedError, SettingsError


@contextmanager
def alone(folder: Path, account: str, region: str) -> Iterator[None]:
    """Keeps other runs of this user and machine out until the block ends, however it ends; `folder` has the locks.

    The system gives the lock back if the process is killed. RefusedError: another run has it. SettingsError: the lock
    cannot be made. What runs on another machine is not seen.
    """
    path = folder / f"conformance-{account}-{region}.lock"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}; set XDG_CACHE_HOME to a folder that can be written") from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise RefusedError(
                "another run of `conformance` is going on in this account and region; run this again when it has ended"
            ) from None
        yield
    finally:
        os.close(lock)
