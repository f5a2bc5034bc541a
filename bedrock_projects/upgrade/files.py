"""Which files of a repository an upgrade writes: pure, from their texts and those of the new template."""

import difflib
import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bedrock_projects.errors import SettingsError
from bedrock_projects.template.pins import (
    PACKAGE,
    PYPROJECT,
    REQUIREMENTS,
    WHEELS,
    Pin,
    extras_in,
    version_in,
    with_pin,
)
from bedrock_projects.template.rendering import NewRepository

OF_THE_TEAM = ("projects.yaml", "Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml", ".github/CODEOWNERS", "README.md")
"""What a team edits from the first day on: an upgrade leaves these alone."""

WITH_THE_PIN = ("dependencies.txt", ".github/uv.txt")
"""Locks of this version: with another version's, nothing can be installed, so they are written even if edited."""

_OUR_WHEEL = "bedrock_projects-"


@dataclass(frozen=True, kw_only=True)
class FileChange:
    """What an upgrade does with one file.

    `added` and `rewritten` have the new `text`; a wheel has none. `kept` was edited, so the team takes over what it
    wants. `diff` has the lines from theirs to the template's, if the file was edited.
    """

    path: str
    action: Literal["added", "rewritten", "removed", "kept"]
    text: str = ""
    diff: tuple[str, ...] = ()


def pinned_version(present: Mapping[str, str]) -> str | None:
    """The version that the repository pins; None for a copy of this project from before there was a package."""
    versions = (version_in(path, present.get(path, "")) for path in (REQUIREMENTS, PYPROJECT))
    return next(filter(None, versions), None)


def check_not_newer(pinned: str | None, version: str) -> None:
    """Raises SettingsError if the repository is of a newer version than this one."""
    if pinned and _release(pinned) > _release(version):
        raise SettingsError(
            f"this repository is of {pinned}, and this command is of {version}; run the command of {pinned} or newer. "
            "To go back, restore the earlier commit of the repository"
        )


def pinned_extras(present: Mapping[str, str]) -> frozenset[str]:
    """The extras of this package that the repository pins."""
    return extras_in(REQUIREMENTS, present.get(REQUIREMENTS, ""))


def file_changes(
    present: Mapping[str, str], new: NewRepository, *, wheels: Mapping[str, str], former: Mapping[str, Collection[str]]
) -> list[FileChange]:
    """The changes, by path; SettingsError if the repository has no pin that can be moved.

    Args:
        present: the files of the repository that the template has or had, path to text.
        new: the repository as this version makes it.
        wheels: the files in its folder of wheels, name to SHA-256.
        former: SHA-256 of what earlier templates had, by path.

    """
    has_other_wheels = any(not name.startswith(_OUR_WHEEL) for name in wheels)
    changes = []
    for path, text in sorted(new.files().items()):
        before = present.get(path)
        if path in OF_THE_TEAM or before == text:
            continue
        if before is None:
            changes.append(FileChange(path=path, action="added", text=text))
        elif moved := with_pin(path, before, new.pin, has_other_wheels=has_other_wheels):
            if moved != before:
                changes.append(FileChange(path=path, action="rewritten", text=moved))
        elif sha256_of_text(before) in former.get(path, ()):
            changes.append(FileChange(path=path, action="rewritten", text=text))
        else:
            changes.append(_of_an_edited_file(path, before, text))
    return [*changes, *_wheel_changes(wheels, new.pin)]


def _release(version: str) -> list[int]:
    """The numbers of a version such as `1.10.0rc1`, for a comparison: 1, 10, 0."""
    numbers = re.match(r"\d+(?:\.\d+)*", version)
    return [int(number) for number in numbers[0].split(".")] if numbers else []


def sha256_of_text(text: str) -> str:
    """The SHA-256 of a text file, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def _of_an_edited_file(path: str, before: str, text: str) -> FileChange:
    """It is kept, but for what must fit the version of this package."""
    if path in (REQUIREMENTS, PYPROJECT):
        raise SettingsError(
            f"{path} has no pin of {PACKAGE} that an upgrade can move; write one as these lines do, then run it again:",
            *(f"  {line}" for line in text.splitlines()),
        )
    action: Literal["rewritten", "kept"] = "rewritten" if path in WITH_THE_PIN else "kept"
    written = text if action == "rewritten" else ""
    return FileChange(path=path, action=action, text=written, diff=_diff(path, before, text))


def _wheel_changes(wheels: Mapping[str, str], pin: Pin) -> Iterator[FileChange]:
    """The folder of wheels has the pinned wheel of this package, or none."""
    if pin.wheel and wheels.get(pin.wheel) != pin.hash:
        yield FileChange(path=f"{WHEELS}/{pin.wheel}", action="rewritten" if pin.wheel in wheels else "added")
    for name in sorted(wheels):
        if name.startswith(_OUR_WHEEL) and name != pin.wheel:
            yield FileChange(path=f"{WHEELS}/{name}", action="removed")


def _diff(path: str, before: str, text: str) -> tuple[str, ...]:
    lines = difflib.unified_diff(before.splitlines(), text.splitlines(), path, f"{path} of the template", lineterm="")
    return tuple(lines)
