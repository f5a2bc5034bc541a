"""The types of a schema: the kinds of nodes that a file may have at a place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from bedrock_projects.limits import Limit


@dataclass(frozen=True)
class String:
    """A string as written."""

    limit: Limit


@dataclass(frozen=True)
class Boolean:
    """`true` or `false`, and no other word."""


@dataclass(frozen=True)
class Choice:
    """One of these words."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class ListOf:
    """A list with at least one item and no duplicates."""

    item: "String | Choice | Object"


@dataclass(frozen=True)
class MapOf:
    """A mapping with keys of the user's choice; `least` is the minimum number of keys, `most` the maximum (0: any)."""

    key: Limit
    value: "SchemaType"
    least: int = 0
    most: int = 0


@dataclass(frozen=True)
class Field:
    """A key of an Object; `default` describes the default in words."""

    schema: "SchemaType"
    description: str
    required: bool = False
    default: str = ""


@dataclass(frozen=True)
class Object:
    """A mapping with fixed keys. At most one of `exclusive` may be set, and at least one of `one_of` must be.

    `includer_only` are keys that only the file which includes this one may have.
    """

    title: str
    description: str
    fields: Mapping[str, Field]
    exclusive: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    includer_only: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Either:
    """A list, or a mapping with the same names as keys."""

    listed: ListOf
    mapped: MapOf


@dataclass(frozen=True)
class WordOr:
    """One of these words, or a mapping that says more."""

    words: tuple[str, ...]
    mapped: Object


SchemaType: TypeAlias = String | Boolean | Choice | ListOf | MapOf | Object | Either | WordOr
