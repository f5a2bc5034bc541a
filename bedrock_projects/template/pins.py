"""The version of this package that a repository uses, and the files that say so.

Imports no other package: the check of a release runs before anything is installed.
"""

import importlib.metadata
import re
from dataclasses import dataclass

from bedrock_projects.errors import SettingsError

PACKAGE = "bedrock-projects"
REQUIREMENTS = "requirements.txt"
PYPROJECT = "pyproject.toml"
WHEELS = "wheels"


_NAMED = r"(?i:bedrock[-_.]+projects)[ \t]*(?P<extras>\[[^\]\n]*\])?[ \t]*==[ \t]*"
_REQUIREMENT = re.compile(
    rf"^{_NAMED}(?P<version>[^\s;\\#]+)(?P<marker>[ \t]*;[^\\\n#]*?)?"
    r"(?P<hashes>(?:[ \t]*(?:\\\n[ \t]*)?--hash=sha256:[0-9a-f]{64})*)(?=[ \t]*(?:#|$))",
    re.MULTILINE,
)
_DEPENDENCY = re.compile(
    rf"""(?P<quote>["']){_NAMED}(?P<version>[^"'\s;]+)(?P<marker>[ \t]*;(?:(?!(?P=quote))[^\n])*)?(?P=quote)"""
)
_PINNED = {REQUIREMENTS: _REQUIREMENT, PYPROJECT: _DEPENDENCY}
_FIND_LINKS = re.compile(rf"^(?:--find-links|-f)[ =]+(?:\./)?{WHEELS}/?[ \t]*\n", re.MULTILINE)
_SECTION_OF_UV = re.compile(r"^\[tool\.uv\][^\n]*\n(?:(?!\[)[^\n]*(?:\n|\Z))*", re.MULTILINE)
_LINKS_OF_UV = re.compile(r"^find-links\s*=\s*\[(?P<folders>[^\]]*)\][^\n]*\n?", re.MULTILINE)
_WHEELS_OF_UV = re.compile(rf"""(["'])(?:\./)?{WHEELS}/?\1,?[ \t]*""")


@dataclass(frozen=True, kw_only=True)
class Pin:
    """The version of this package that a repository uses; `hash` is the SHA-256 of its wheel, in hexadecimal digits.

    `wheel`: the name of the wheel in the folder `wheels` of the repository; None if a package index has it.
    """

    version: str
    hash: str
    wheel: str | None = None


def installed_version() -> str:
    """The version of this package; SettingsError if it is not installed."""
    try:
        return importlib.metadata.version(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        raise SettingsError(
            f"{PACKAGE} is not installed, so its version is unknown; install it with `pip install`"
        ) from None


def requirements(pin: Pin) -> str:
    """requirements.txt for pip: this package by version and hash, then what it needs."""
    return (
        "# `bedrock-projects` by version and hash; dependencies.txt pins what it needs.\n"
        + (_LINKS_LINE if pin.wheel else "")
        + f"{PACKAGE}=={pin.version}{_hash(pin)}\n-r dependencies.txt\n"
    )


def pyproject(name: str, pin: Pin) -> str:
    """pyproject.toml for uv, which keeps the hashes in uv.lock."""
    return (
        f'[project]\nname = "{name}"\nversion = "0"\nrequires-python = ">=3.10"\n'
        f'dependencies = ["{PACKAGE}=={pin.version}"]\n\n[tool.uv]\n'
        + (_LINKS_LINE_OF_UV if pin.wheel else "")
        + "package = false\n"
    )


def version_in(path: str, text: str) -> str | None:
    """The version that a file pins, by its path in the repository; None if it pins none."""
    pinned = _PINNED[path].search(text) if path in _PINNED else None
    return pinned["version"] if pinned else None


def extras_in(path: str, text: str) -> frozenset[str]:
    """The extras that a file pins this package with, by its path in the repository."""
    pinned = _PINNED[path].search(text) if path in _PINNED else None
    listed = (pinned["extras"] or "" if pinned else "").strip("[]")
    return frozenset(name.strip().lower() for name in listed.split(",") if name.strip())


def with_pin(path: str, text: str, pin: Pin, *, has_other_wheels: bool = False) -> str | None:
    """The file with this pin, and all else as the team has it; None if the file pins no version.

    `has_other_wheels`: the folder of wheels has some of other packages, so the file goes on naming it.
    """
    if version_in(path, text) is None:
        return None
    if path == REQUIREMENTS:
        return _requirements_with(text, pin, has_other_wheels=has_other_wheels)
    moved = _DEPENDENCY.sub(lambda old: old["quote"] + _named(pin, old) + old["quote"], text)
    if pin.wheel:
        return _with_links_of_uv(moved)
    return moved if has_other_wheels else _SECTION_OF_UV.sub(lambda section: _without_links(section[0]), moved)


_LINKS_LINE = f"--find-links {WHEELS}\n"
_LINKS_LINE_OF_UV = f'find-links = ["{WHEELS}"]\n'


def _hash(pin: Pin) -> str:
    return f" \\\n    --hash=sha256:{pin.hash}"


def _named(pin: Pin, old: re.Match[str]) -> str:
    """The package as the team names it, with its extras and marker."""
    return f"{PACKAGE}{old['extras'] or ''}=={pin.version}{old['marker'] or ''}"


def _requirements_with(text: str, pin: Pin, *, has_other_wheels: bool) -> str:
    is_named = _FIND_LINKS.search(text) is not None
    if is_named and not pin.wheel and not has_other_wheels:
        text = _FIND_LINKS.sub("", text)
    added = _LINKS_LINE if pin.wheel and not is_named else ""
    return _REQUIREMENT.sub(lambda old: added + _named(pin, old) + (_hash(pin) if old["hashes"] else ""), text)


def _with_links_of_uv(text: str) -> str:
    section = _SECTION_OF_UV.search(text)
    if not section:
        return f"{text}\n[tool.uv]\n{_LINKS_LINE_OF_UV}"
    links = _LINKS_OF_UV.search(section[0])
    if not links:
        start = section.start() + section[0].index("\n") + 1
        return text[:start] + _LINKS_LINE_OF_UV + text[start:]
    if _WHEELS_OF_UV.search(links["folders"]):
        return text
    start = section.start() + links.start("folders")
    return f'{text[:start]}"{WHEELS}",{"" if text[start].isspace() else " "}{text[start:]}'


def _without_links(section: str) -> str:
    """The section `[tool.uv]` without the folder of wheels."""
    links = _LINKS_OF_UV.search(section)
    if not links:
        return section
    others = _WHEELS_OF_UV.sub("", links["folders"])
    if not others.strip(" \n,"):
        return section[: links.start()] + section[links.end() :]
    return section[: links.start("folders")] + others + section[links.end("folders") :]
