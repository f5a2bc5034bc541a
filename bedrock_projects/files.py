"""Files that are replaced as a whole."""

import os
from contextlib import suppress
from pathlib import Path

from bedrock_projects.errors import SettingsError


def write(text: str, path: Path) -> None:
    """Replaces the file in one step, its permissions stay; SettingsError where it cannot be written."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        scratch.write_bytes(text.encode())
        if path.exists():
            scratch.chmod(path.stat().st_mode & 0o7777)
        scratch.replace(path.resolve())
    except OSError as error:
        with suppress(OSError):  # it may never have been made
            scratch.unlink()
        raise unwritable(path, error) from None


def unwritable(path: Path, error: OSError) -> SettingsError:
    """What to tell of a file that cannot be written."""
    return SettingsError(f"{path} cannot be written: {error.strerror}")
