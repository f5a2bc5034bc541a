"""What earlier versions wrote into a team's repository: a file with such a content was not edited."""

from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from bedrock_projects.template.pins import PYPROJECT, REQUIREMENTS, Pin
from bedrock_projects.template.rendering import EXTRAS, NewRepository, Toolchain
from bedrock_projects.upgrade.files import OF_THE_TEAM, sha256_of_text

LIST = Path(__file__).with_name("former.txt")
"""A line for each content that a file has ever had in a commit: SHA-256, two spaces, path in the repository."""


def former_files() -> dict[str, set[str]]:
    """Path → SHA-256 of each content that the template has, or had in an earlier version, and a copy of 0.1.0."""
    former: dict[str, set[str]] = {}
    for line in LIST.read_text("utf-8").splitlines():
        hash_, path = line.split("  ", 1)
        former.setdefault(path, set()).add(hash_)
    return former


def current_files() -> dict[str, set[str]]:
    """The same for this version: what `init` writes that is neither the team's nor has a pin."""
    current: dict[str, set[str]] = {}
    for toolchain in get_args(Toolchain):
        for extras in ((), *((extra,) for extra in EXTRAS), EXTRAS):
            pin = Pin(version="0", hash="")
            new = NewRepository(name="any", region="any", toolchain=toolchain, pin=pin, extras=extras)
            for path, text in new.files().items():
                if path not in (*OF_THE_TEAM, REQUIREMENTS, PYPROJECT):
                    current.setdefault(path, set()).add(sha256_of_text(text))
    return current


def as_lines(files: Mapping[str, set[str]]) -> str:
    """The text of the list."""
    return "".join(f"{hash_}  {path}\n" for path, hashes in sorted(files.items()) for hash_ in sorted(hashes))
