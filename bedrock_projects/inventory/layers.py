"""The layers below an entry, and what an entry is before and after merging.

Nearest wins, tags key by key: the inventory's defaults < the only value that an included file may use < that file's
defaults < environment < entry < the entry's override for the environment.
"""

from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from bedrock_projects.inventory.header import DeclaredEnvironment, InventoryHeader
from bedrock_projects.inventory.nodes import Mapping, ProblemList, Scalar
from bedrock_projects.inventory.taxonomy import TagGrant, Tags
from bedrock_projects.model import Project


@dataclass(frozen=True)
class Grant:
    """What a file may use. `tags` has the keys of which it may use some values only.

    `environments` are patterns of names; none: its projects may be in all environments.
    """

    tags: TagGrant = field(default_factory=dict)
    environments: tuple[Scalar, ...] = ()

    def refusal(self, environment: str) -> str | None:
        """Why no project of the file may be in an environment; None if it may."""
        if not self.environments or any(fnmatchcase(environment, pattern.text) for pattern in self.environments):
            return None
        allowed, first = ", ".join(pattern.text for pattern in self.environments), self.environments[0]
        return (
            f"{environment}, where this file may have no project: the inventory allows it {allowed} "
            f"({first.file}:{first.line})"
        )


@dataclass(frozen=True)
class Document:
    """A file with projects, held against its form."""

    node: Mapping
    grant: Grant


@dataclass(frozen=True)
class Entry:
    """An entry as written; `place` is its key's."""

    key: str
    place: Scalar
    node: Mapping


@dataclass(frozen=True)
class ResolvedEntry:
    """A project with what it was made of."""

    project: Project
    entry: Entry
    override: Mapping

    @property
    def ownership(self) -> tuple[str, ...]:
        """The values of the ownership tag, the present one first."""
        return (self.project.owner, *self.project.previous_owners)

    @property
    def taken_from(self) -> str | None:
        """The entry's `previous_owner`."""
        return first_defined("previous_owner", (self.override, self.entry.node))

    def written(self, key: str) -> Scalar:
        """The nearest place where the entry gives this key, which stands nowhere else."""
        nodes = (self.override, self.entry.node)
        return next(value for node in nodes if isinstance(value := node.entries.get(key), Scalar))


@dataclass(frozen=True)
class Defaults:
    """What holds in one environment for the entries of one file that say nothing nearer.

    `layers` give everything but tags, the nearest first. `broken` are tag keys whose values were found wrong,
    `not_granted` those whose values the file may not use.
    """

    declared: DeclaredEnvironment
    layers: tuple[Mapping, ...]
    tags: Tags
    broken: frozenset[str]
    not_granted: frozenset[str]


def read_defaults(
    document: Document, header: InventoryHeader, *, problems: ProblemList
) -> AbstractMapping[str, Defaults]:
    """The layers below the entries of a document, by environment."""
    outer, inner = header.defaults, document.node.mapping("defaults")
    tags = header.taxonomy.tags(outer.mapping("tags"), grant={}, problems=problems)
    # If a file may use only one value of a key, nobody has to write it. It is meant for this one file, so it counts
    # more than the defaults for all files.
    tags.update(
        {key: value for key, values in document.grant.tags.items() if len(values) == 1 for value in values.values()}
    )
    # The inventory's own file has one `defaults` for both layers. Its problems must not be reported twice.
    if inner is not outer:
        tags.update(header.taxonomy.tags(inner.mapping("tags"), grant=document.grant.tags, problems=problems))
    broken = outer.mapping("tags").broken | inner.mapping("tags").broken
    bases = {}
    for name, declared in header.environments.items():
        merged_tags = {**tags, **declared.tags}
        bases[name] = Defaults(
            declared=declared,
            layers=(declared.node, inner, outer),
            tags=merged_tags,
            broken=broken | declared.node.mapping("tags").broken,
            not_granted=frozenset(
                key
                for key, allowed in document.grant.tags.items()
                if key in merged_tags and merged_tags[key].text not in allowed
            ),
        )
    return bases


def first_defined(key: str, layers: tuple[Mapping, ...]) -> str | None:
    """The text of the first layer that gives the key."""
    for layer in layers:
        text = layer.text(key)
        if text is not None:
            return text
    return None
