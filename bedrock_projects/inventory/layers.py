"""The layers below an entry, and what an entry is before and after merging.

The nearest layer wins, tags key by key: the inventory's defaults < the only value that an included file may use < that
file's defaults < environment < entry < the entry's override for the environment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bedrock_projects.inventory.header import DeclaredEnvironment, InventoryHeader
from bedrock_projects.inventory.nodes import Mapping, ProblemList, Scalar
from bedrock_projects.inventory.taxonomy import TagGrant, Tags
from bedrock_projects.model import Project
from bedrock_projects.suggestions import listed


@dataclass(frozen=True)
class Grant:
    """What a file may use. `tags` has the keys that are limited to some values.

    `environments` are those that its projects may be in; None: all. `written` is what the grant says of them.
    """

    tags: TagGrant = field(default_factory=dict)
    environments: frozenset[str] | None = None
    written: tuple[Scalar, ...] = ()

    def refusal(self, environments: Sequence[str]) -> str | None:
        """The end of a message about those environments that the file may not use; None if it may use all."""
        refused = [
            repr(name) for name in environments if self.environments is not None and name not in self.environments
        ]
        if not refused:
            return None
        allowed, first = ", ".join(pattern.text for pattern in self.written), self.written[0]
        return f"{listed(refused)}, which this file may not use (allowed: {allowed}, see {first.file}:{first.line})"


@dataclass(frozen=True)
class Document:
    """A file with projects, checked against its schema."""

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
    """A project with its entry and override."""

    project: Project
    entry: Entry
    override: Mapping

    @property
    def ownership(self) -> tuple[str, ...]:
        """The values of the ownership tag, the current one first."""
        return (self.project.owner, *self.project.previous_owners)

    @property
    def taken_from(self) -> str | None:
        """The entry's `previous_owner`."""
        return first_defined("previous_owner", (self.override, self.entry.node))

    def written(self, key: str) -> Scalar:
        """The nearest place where the entry sets this key, which only entries have."""
        nodes = (self.override, self.entry.node)
        return next(value for node in nodes if isinstance(value := node.entries.get(key), Scalar))


@dataclass(frozen=True)
class Defaults:
    """The values in one environment for entries of one file that do not set them.

    `layers` have everything but tags, the nearest first. `broken` are tag keys with invalid values, `not_granted` tag
    keys with values that the file may not use.
    """

    declared: DeclaredEnvironment
    layers: tuple[Mapping, ...]
    tags: Tags
    broken: frozenset[str]
    not_granted: frozenset[str]


class DefaultsReader:
    """The layers below the entries of one document."""

    def __init__(self, document: Document, header: InventoryHeader, *, problems: ProblemList) -> None:
        self._header = header
        self._grant = document.grant.tags
        self._inner = document.node.mapping("defaults")
        self._tags = self._common_tags(problems)
        self._read: dict[str, Defaults] = {}

    def of(self, environment: str) -> Defaults | None:
        """The values in this environment; None for one with errors. A document uses few of many environments."""
        declared = self._header.environments.get(environment)
        if declared is not None and environment not in self._read:
            self._read[environment] = self._merged(declared)
        return self._read.get(environment)

    def _common_tags(self, problems: ProblemList) -> Tags:
        """The tags of all environments."""
        taxonomy, outer = self._header.taxonomy, self._header.defaults
        tags = taxonomy.tags(outer.mapping("tags"), grant={}, problems=problems)
        # If a file may use only one value of a key, it need not be written. It is for this one file, so it wins over
        # the defaults for all files.
        only = {key: value for key, values in self._grant.items() if len(values) == 1 for value in values.values()}
        tags.update(only)
        # The inventory's own file has one `defaults` for both layers. Its problems must not be reported twice.
        if self._inner is not outer:
            tags.update(taxonomy.tags(self._inner.mapping("tags"), grant=self._grant, problems=problems))
        return tags

    def _merged(self, declared: DeclaredEnvironment) -> Defaults:
        layers = (declared.node, self._inner, self._header.defaults)
        tags = {**self._tags, **declared.tags}
        return Defaults(
            declared=declared,
            layers=layers,
            tags=tags,
            broken=frozenset(key for layer in layers for key in layer.mapping("tags").broken),
            not_granted=frozenset(
                key for key, allowed in self._grant.items() if key in tags and tags[key].text not in allowed
            ),
        )


def first_defined(key: str, layers: tuple[Mapping, ...]) -> str | None:
    """The string of the first layer that sets the key."""
    for layer in layers:
        text = layer.text(key)
        if text is not None:
            return text
    return None
