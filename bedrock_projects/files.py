"""Files that are replaced as a whole, those that may be removed at any time, and the name of the inventory."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from bedrock_projects.errors import SettingsError

INVENTORY_FILE = "projects.yaml"
"""The inventory, if nobody names another file."""


def user_cache(environment: Mapping[str, str]) -> Path:
    """The package's folder below the user's cache: https://specifications.freedesktop.org/basedir-spec/latest/."""
    given = environment.get("XDG_CACHE_HOME", "")
    base = Path(given) if Path(given).is_absolute() else Path.home() / ".cache"
    return base / "bedrock-projects"


def made_folder(folder: Path) -> Path:
    """The folder, which is made for this user alone if it is missing; SettingsError if it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError(f"{folder} cannot be made: {error.strerror}") from None
    return folder


def read_text(path: Path) -> str:
    """The text of a file in UTF-8; SettingsError if it cannot be read."""
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path} cannot be read: it is not UTF-8; save it as UTF-8") from None


def write(content: str | bytes, path: Path) -> None:
    """Replaces the file in one step, its permissions stay; SettingsError if it cannot be written.

    A new one has those of the user's umask.
    """
    with scratch_file(content, path) as scratch:
        if path.exists():
            scratch.chmod(path.stat().st_mode & 0o7777)
        scratch.replace(path.resolve())


@contextmanager
def scratch_file(content: str | bytes, path: Path) -> Iterator[Path]:
    """A file with that content in the same folder, until the block ends; SettingsError if it cannot be written.

    A link of its name is not followed, and it has at most the permissions of the file at the path.
    """
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666
        scratch.unlink(missing_ok=True)  # of a process of the same number that was killed
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        yield scratch
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}") from None
    finally:
        with suppress(OSError):  # it may never have been made, or stand in the other's place by now
            scratch.unlink()
