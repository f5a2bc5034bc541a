"""Which files of a repository an upgrade writes: pure, from their texts and those of the new template."""

import difflib
import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bedrock_projects.template.pins import PYPROJECT, REQUIREMENTS
from bedrock_projects.template.rendering import NewRepository

OF_THE_TEAM = ("projects.yaml", "Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml", ".github/CODEOWNERS", "README.md")
"""What a team edits from the first day on: an upgrade leaves these alone."""

COPIED = ("bedrock_projects", "components")
"""Folders of a copy of 0.1.0, which had no package to install: Python would import them instead of it."""

MARK_OF_A_COPY = "bedrock_projects/resources/project.py"
"""Only a copy has this file."""

FORMER: Mapping[str, frozenset[str]] = {
    "__main__.py": frozenset(
        {
            "3bf7f649b31c656980b30ee5addedae0e6910cc9e5964bd39e15c04fd2a2e5d6",
            "0bbda686c9349ebc22dd9550e28f36466884f3bf5c81476784e7840fa2746791",
        }
    ),
    "requirements.txt": frozenset({"0db215d3011e910d3e30d52148edd4ba204fd4dd2eb3ed44a7e712a21b30725b"}),
    ".gitignore": frozenset({"7203deeb44fabe1739639834617353a04ccec4b3b27b9f2025071afa2f095f0b"}),
}
"""SHA-256 of the files that a copy of 0.1.0 had, by path: such a file was not edited."""

_PIN = re.compile(r"^bedrock-projects==(?P<version>\S+) \\\n    --hash=sha256:[0-9a-f]{64}\n", re.MULTILINE)
_PIN_OF_UV = re.compile(r'"bedrock-projects==(?P<version>[^"]+)"')


@dataclass(frozen=True, kw_only=True)
class FileChange:
    """What an upgrade does with one file.

    `added` and `rewritten` have the new `text`. `kept` was edited, so the team takes over what it wants: `diff` has
    the lines from theirs to the template's.
    """

    path: str
    action: Literal["added", "rewritten", "kept"]
    text: str = ""
    diff: tuple[str, ...] = ()


def pinned_version(present: Mapping[str, str]) -> str | None:
    """The version that the repository pins; None for a copy of this project from before there was a package."""
    for path, pin in ((REQUIREMENTS, _PIN), (PYPROJECT, _PIN_OF_UV)):
        if found := pin.search(present.get(path, "")):
            return found["version"]
    return None


def file_changes(
    present: Mapping[str, str], new: NewRepository, *, former: Mapping[str, Collection[str]] = FORMER
) -> Iterator[FileChange]:
    """The changes, by path; `present` are the files of the repository that the template has or had, path to text."""
    for path, text in sorted(new.files().items()):
        before = present.get(path)
        if path in OF_THE_TEAM or before == text:
            continue
        if before is None:
            yield FileChange(path=path, action="added", text=text)
        elif moved := _with_pin(path, before, new):
            if moved != before:
                yield FileChange(path=path, action="rewritten", text=moved)
        elif _sha256(before) in former.get(path, ()):
            yield FileChange(path=path, action="rewritten", text=text)
        else:
            diff = difflib.unified_diff(
                before.splitlines(), text.splitlines(), path, f"{path} of the template", lineterm=""
            )
            yield FileChange(path=path, action="kept", diff=tuple(diff))


def _with_pin(path: str, text: str, new: NewRepository) -> str | None:
    """The file with the new pin, and all else as the team has it; None if the file has no pin."""
    if path == REQUIREMENTS and _PIN.search(text):
        line = f"bedrock-projects=={new.pin.version} \\\n    --hash=sha256:{new.pin.hash}\n"
        return _PIN.sub(lambda _: line, text)
    if path == PYPROJECT and _PIN_OF_UV.search(text):
        return _PIN_OF_UV.sub(f'"bedrock-projects=={new.pin.version}"', text)
    return None


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
