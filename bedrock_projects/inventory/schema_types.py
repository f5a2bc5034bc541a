"""What a form is made of: the kinds of nodes that a file may have at a place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from bedrock_projects.limits import Limit


@dataclass(frozen=True)
class String:
    """A text as written."""

    limit: Limit


@dataclass(frozen=True)
class Boolean:
    """`true` or `false`, in these words only."""


@dataclass(frozen=True)
class Choice:
    """One of these words."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class ListOf:
    """A list with at least one item and none twice."""

    item: "String | Choice | Object"


@dataclass(frozen=True)
class MapOf:
    """A mapping whose keys the user chooses; `least` is how many it must have, `most` how many it may (0: any)."""

    key: Limit
    value: "SchemaType"
    least: int = 0
    most: int = 0


@dataclass(frozen=True)
class Field:
    """A key of a Block; `default` says in words what holds without it."""

    schema: "SchemaType"
    description: str
    required: bool = False
    default: str = ""


@dataclass(frozen=True)
class Object:
    """A mapping whose keys the form says. Of `exclusive` at most one may be given, of `one_of` at least one must be."""

    title: str
    description: str
    fields: Mapping[str, Field]
    exclusive: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Either:
    """A list, or a mapping with the same names as keys."""

    listed: ListOf
    mapped: MapOf


SchemaType: TypeAlias = String | Boolean | Choice | ListOf | MapOf | Object | Either
