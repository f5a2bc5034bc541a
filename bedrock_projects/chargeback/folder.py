"""The folder of the months: one JSON for each closed month, accrual and true-up; none is ever written over."""

import os
import re
from pathlib import Path
from typing import Final

from bedrock_projects.chargeback.month_file import MonthFile, parsed, written
from bedrock_projects.chargeback.months import Months, months_of
from bedrock_projects.errors import SettingsError
from bedrock_projects.files import scratch_file

_NAME: Final = re.compile(r"\d{4}-\d\d(\.provisional|\.true-up-\d+)?\.json")
_LEFT_OVER: Final = re.compile(rf"\.{_NAME.pattern}\.\d+")
"""What a run that was interrupted leaves of a file; see `files.scratch_file`."""


def read_months(folder: Path) -> Months:
    """The months in the folder, which may not exist yet.

    Raises SettingsError if a file cannot be read or was edited, or if they do not follow one another.
    """
    try:
        paths = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)] if folder.exists() else []
        return months_of(parsed(path.read_text("utf-8"), name=path.name) for path in paths)
    except UnicodeDecodeError as error:
        raise SettingsError(f"{folder} has a file that is not UTF-8 ({error.reason}); restore it") from None
    except OSError as error:
        raise SettingsError(f"{folder} cannot be read: {error.strerror}") from None


def write_month(file: MonthFile, folder: Path) -> Path:
    """Writes the file in one step; gives its path. Raises SettingsError if it is there already.

    Then what interrupted runs have left is removed, so that nobody commits it.
    """
    path = folder / file.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with scratch_file(written(file), path) as scratch:
            _link(scratch, path)
        for left_over in folder.iterdir():
            if _LEFT_OVER.fullmatch(left_over.name):
                left_over.unlink(missing_ok=True)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}") from None
    return path


def _link(scratch: Path, path: Path) -> None:
    """Gives the file its name. A rename would replace what another run wrote meanwhile."""
    try:
        os.link(scratch, path)
    except FileExistsError:
        raise SettingsError(f"{path} is there already, and is never written over") from None
