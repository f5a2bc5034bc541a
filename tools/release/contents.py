"""What wheel, source archive and changelog of a release must hold. Pure: from names and text to problems."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

PACKAGE = "bedrock_projects"
TEMPLATE = "templates/pulumi/"
REQUIREMENTS = "requirements.txt"
LICENCE_FILES = ("LICENSE", "NOTICE")
NEEDED = (f"{PACKAGE}/py.typed", f"{PACKAGE}/cli.py")
"""In both; the first tells type checkers to read the package's annotations."""
NEVER = frozenset({".env", ".git", ".local", ".venv", "__pycache__", "node_modules"})
"""Folders and files of a machine: in neither of the two."""
UNRELEASED = "not yet released"
"""How the changelog marks a version that has no tag."""


def sdist_problems(names: Iterable[str], version: str) -> list[str]:
    """What is wrong with the contents of a source archive; `names` are the paths within it."""
    held = _below(f"{PACKAGE}-{version}", names)
    needed = (*LICENCE_FILES, *NEEDED, "README.md", "CHANGELOG.md", "pyproject.toml")
    return [
        *(f"the source archive lacks {name}" for name in needed if name not in held),
        *(f"the source archive has {name}" for name in _of_a_machine(held)),
    ]


def wheel_problems(names: Iterable[str], version: str, *, sdist: Iterable[str]) -> list[str]:
    """What is wrong with the contents of a wheel: it holds the package of the source archive, and nothing else.

    `names` and `sdist` are the paths within the two.
    """
    held, information = set(names), f"{PACKAGE}-{version}.dist-info"
    source = _below(f"{PACKAGE}-{version}", sdist)
    package = {name for name in source if name.startswith(f"{PACKAGE}/")} | _template(source)
    licences = {f"{information}/licenses/{name}" for name in LICENCE_FILES}
    other = {name for name in held - package if not name.startswith(f"{information}/")}
    return [
        *(f"the wheel lacks {name}" for name in sorted({*package, *NEEDED, *licences} - held)),
        *(f"the wheel has {name}" for name in sorted(other | _of_a_machine(held))),
    ]


def template_problems(written: str, expected: str) -> list[str]:
    """What is wrong with the requirements of the template for teams, which name the hash of the wheel."""
    return [] if written == expected else ["templates/pulumi/requirements.txt names another wheel; run `make template`"]


def changelog_problems(changelog: str, version: str, *, tag: str | None) -> list[str]:
    """What the changelog lacks for a version; if `tag` is the tag of a release, what keeps it from being released."""
    heading = re.search(rf"^## {re.escape(version)}(?![\w.])(.*)$", changelog, re.MULTILINE)
    if heading is None:
        return [f"CHANGELOG.md has no section {version}"]
    if tag is None:
        return []
    return [
        *([f"the tag is {tag}, but the version in pyproject.toml is {version}"] if tag != f"v{version}" else []),
        *([f"CHANGELOG.md says that {version} is {UNRELEASED}"] if UNRELEASED in heading[1] else []),
    ]


def _template(source: Iterable[str]) -> set[str]:
    """The places in the wheel of the template's files, but for the one that has the hash of the wheel."""
    files = {name.removeprefix(TEMPLATE) for name in source if name.startswith(TEMPLATE)} - {REQUIREMENTS}
    return {f"{PACKAGE}/template/files/{name}" for name in files}


def _below(folder: str, names: Iterable[str]) -> set[str]:
    """The paths within a folder, from that folder; a path elsewhere stays as it is."""
    return {name.removeprefix(f"{folder}/") for name in names}


def _of_a_machine(names: Iterable[str]) -> set[str]:
    return {name for name in names if not NEVER.isdisjoint(PurePosixPath(name).parts)}
