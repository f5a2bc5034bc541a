"""Finds the files that an inventory includes, and reads what each may use."""

import os
from collections.abc import Collection, Iterator
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from bedrock_projects.inventory.environments import read_environment_grant
from bedrock_projects.inventory.header import InventoryHeader
from bedrock_projects.inventory.layers import Document, Grant
from bedrock_projects.inventory.nodes import Mapping, ProblemList
from bedrock_projects.inventory.reader import read_file
from bedrock_projects.inventory.schema import INCLUDED
from bedrock_projects.inventory.taxonomy import read_tag_grant
from bedrock_projects.inventory.validation import check


def included(
    path: Path, root: Mapping, header: InventoryHeader, *, submodules: Collection[Path], problems: ProblemList
) -> Iterator[Document]:
    """The documents that the inventory at `path` includes, in the order of the patterns and file names.

    `submodules` are folders of git submodules whose files are missing.
    """
    seen: dict[Path, str] = {path.resolve(): "the inventory itself"}
    include = root.mapping("include")
    for pattern, node in sorted(include.mappings().items()):
        place = include.keys[pattern]
        tags = read_tag_grant(node, header.taxonomy, problems=problems)
        written = tuple(node.items("environments"))
        grant = Grant(tags, read_environment_grant(written, header.names, problems=problems), written)
        try:
            files, faults = _search(path.parent, pattern, submodules)
        except OSError as error:  # for example, a folder without read permission
            problems.error(place, f"cannot be searched: {error.strerror}")
            continue
        for fault in faults:
            problems.error(place, fault)
        if not files and not faults:
            problems.error(place, "matches no file; write a path relative to the folder of this file")
        for file in files:
            real = file.resolve()
            if not real.is_relative_to(path.parent.resolve()):
                problems.error(
                    place, f"{file.as_posix()!r} is outside of the folder of this file; include files below it only"
                )
            elif real in seen:
                problems.error(place, f"{file.as_posix()!r} is {seen[real]}; include each file once")
            else:
                seen[real] = f"also included by {pattern!r}"
                content = read_file(file, problems)
                checked = check(content, INCLUDED, problems=problems) if content else None
                if isinstance(checked, Mapping):
                    yield Document(checked, grant)


def _search(folder: Path, pattern: str, submodules: Collection[Path]) -> tuple[list[Path], list[str]]:
    """The files that the pattern matches, sorted, and the problems of any path that it or its beginning matches.

    The search goes step by step, since a broken link must not be skipped: the entries behind it would be archived.
    """
    paths, faults = [folder], []
    for part in PurePosixPath(pattern).parts:
        matches = {match for path in paths if path.is_dir() for match in _step(path, part)}
        fault_of = {match: fault for match in matches if (fault := _fault(match, submodules))}
        faults += [fault_of[match] for match in sorted(fault_of)]
        paths = sorted(matches - fault_of.keys())
    return [path for path in paths if path.is_file()], faults


def _step(folder: Path, part: str) -> Iterator[Path]:
    """The paths below a folder that match one part of a pattern; `**` follows no links."""
    if part == "**":
        yield from (Path(name) for name, _, _ in os.walk(folder, onerror=_raise))
    elif "*" in part or "?" in part:
        yield from (path for path in folder.iterdir() if fnmatch(path.name, part))
    elif os.path.lexists(folder / part):
        yield folder / part


def _raise(error: OSError) -> None:
    raise error


def _fault(path: Path, submodules: Collection[Path]) -> str | None:
    real = Path(os.path.realpath(path))  # `resolve` raises its own error for circular links
    if any(real.is_relative_to(submodule) for submodule in submodules):
        return (
            f"{path.as_posix()!r} is in a git submodule, so the revision does not contain it; name a checked-out file "
            "instead of the revision"
        )
    if path.is_symlink() and not path.exists():
        return f"{path.as_posix()!r} is a broken link; point it at a file, or remove it"
    return None
