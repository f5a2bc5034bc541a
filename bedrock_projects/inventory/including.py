"""Finds the files that an inventory includes, and reads what each may use."""

from collections.abc import Iterator
from pathlib import Path

from bedrock_projects.inventory.environments import read_environment_grant
from bedrock_projects.inventory.header import InventoryHeader
from bedrock_projects.inventory.layers import Document, Grant
from bedrock_projects.inventory.nodes import Mapping, ProblemList
from bedrock_projects.inventory.reader import read_file
from bedrock_projects.inventory.schema import INCLUDED
from bedrock_projects.inventory.taxonomy import read_tag_grant
from bedrock_projects.inventory.validation import check


def included(path: Path, root: Mapping, header: InventoryHeader, *, problems: ProblemList) -> Iterator[Document]:
    """The documents that the inventory at `path` includes, in the order of the patterns and file names."""
    seen: dict[Path, str] = {path.resolve(): "the inventory itself"}
    include = root.mapping("include")
    for pattern, node in sorted(include.mappings().items()):
        place = include.keys[pattern]
        grant = Grant(
            tags=read_tag_grant(node, header.taxonomy, problems=problems),
            environments=read_environment_grant(node, header.known_environments, problems=problems),
        )
        try:
            files = sorted(file for file in path.parent.glob(pattern) if file.is_file())
        except OSError as error:  # a name that is longer than a file's can be, for example
            problems.error(place, f"cannot be looked for: {error.strerror}")
            continue
        if not files:
            problems.error(place, "matches no file; write a path from the folder of this file")
        for file in files:
            real = file.resolve()
            if not real.is_relative_to(path.parent.resolve()):
                problems.error(place, f"{file.as_posix()} leads out of the folder of this file")
            elif real in seen:
                problems.error(place, f"{file.as_posix()} is {seen[real]}; include each file once")
            else:
                seen[real] = f"included by {pattern} too"
                content = read_file(file, problems)
                checked = check(content, INCLUDED, problems=problems) if content else None
                if isinstance(checked, Mapping):
                    yield Document(checked, grant)
