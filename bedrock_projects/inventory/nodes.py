"""A YAML file as strings with places, and the list of its problems.

A node knows its place: file, line and column (from 1), and the path of keys that leads there. A list or mapping has
the place of its key.
"""

from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal, TypeAlias

from bedrock_projects.errors import Problem
from bedrock_projects.printing import for_terminal
from bedrock_projects.suggestions import listed

NULLS = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(slots=True, kw_only=True)
class Scalar:
    """A string as written; `is_plain`: without quotes."""

    text: str
    file: str
    line: int
    column: int
    path: str
    is_plain: bool
    size: ClassVar[int] = 1

    @property
    def is_null(self) -> bool:
        """Whether the value is empty, or one of YAML's words for null."""
        return self.is_plain and self.text in NULLS


@dataclass(slots=True, kw_only=True)
class Sequence:
    """A list. `size` counts this node and all below, with aliases expanded."""

    file: str
    line: int
    column: int
    path: str
    items: list["Node"] = field(default_factory=list)
    size: int = 1


@dataclass(slots=True, kw_only=True)
class Mapping:
    """A mapping, by the strings of its keys; `keys` has their places. `size` as for a Sequence.

    `broken` are keys that were written, but whose invalid value was removed.
    """

    file: str
    line: int
    column: int
    path: str
    entries: dict[str, "Node"] = field(default_factory=dict)
    keys: dict[str, Scalar] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()
    size: int = 1

    def text(self, key: str) -> str | None:
        """The string under the key, if there is one."""
        node = self.entries.get(key)
        return node.text if isinstance(node, Scalar) else None

    def items(self, key: str) -> list[Scalar]:
        """The strings in the list under the key, with their places; empty without a list."""
        node = self.entries.get(key)
        return [item for item in node.items if isinstance(item, Scalar)] if isinstance(node, Sequence) else []

    def texts(self, key: str) -> tuple[str, ...]:
        """The strings in the list under the key."""
        return tuple(item.text for item in self.items(key))

    def blocks(self, key: str) -> "list[Mapping]":
        """The mappings in the list under the key."""
        node = self.entries.get(key)
        return [item for item in node.items if isinstance(item, Mapping)] if isinstance(node, Sequence) else []

    def scalars(self) -> AbstractMapping[str, Scalar]:
        """The entries that are strings."""
        return {key: value for key, value in self.entries.items() if isinstance(value, Scalar)}

    def mapping(self, key: str) -> "Mapping":
        """The mapping under the key, or an empty one in this place."""
        node = self.entries.get(key)
        return node if isinstance(node, Mapping) else empty(self)

    def mappings(self) -> AbstractMapping[str, "Mapping"]:
        """The entries that are mappings."""
        return {key: value for key, value in self.entries.items() if isinstance(value, Mapping)}


Node: TypeAlias = Scalar | Sequence | Mapping


def empty(place: Node) -> Mapping:
    """A mapping without entries, in that place."""
    return Mapping(file=place.file, line=place.line, column=place.column, path=place.path)


def joined(path: str, key: str) -> str:
    """The path of the value under `key`, always on one line."""
    key = for_terminal(key)
    return f"{path}.{key}" if path and key else path or key


HERE = "<here>"
"""In a message: the environments that it is about. One place may be about many, since groups name many at once."""


class ProblemList:
    """Collects problems; the same message for the same place counts once."""

    def __init__(self) -> None:
        self._problems: dict[Problem, dict[str, None]] = {}

    def error(self, place: Node, message: str, *, path: str | None = None, environment: str | None = None) -> None:
        """Adds a problem that makes the file unusable; `path` is for a missing key, else the place has it.

        If the message contains HERE, `environment` is what it is about; equal messages then become one.
        """
        self._add(place, message, path=path, severity="error", environment=environment)

    def warning(self, place: Node, message: str, *, path: str | None = None, environment: str | None = None) -> None:
        """Adds a problem that leaves the file usable."""
        self._add(place, message, path=path, severity="warning", environment=environment)

    def _add(
        self,
        place: Node,
        message: str,
        *,
        path: str | None,
        severity: Literal["error", "warning"],
        environment: str | None,
    ) -> None:
        path = place.path if path is None else path
        problem = Problem(place.file, place.line, place.column, path, message, severity)
        here = self._problems.setdefault(problem, {})
        if environment is not None:
            here[repr(environment)] = None

    def add(self, other: "ProblemList") -> None:
        """Adds the problems of another list."""
        self._problems.update({problem: {} for problem in other.all})

    @property
    def all(self) -> tuple[Problem, ...]:
        """All, sorted by place."""
        return tuple(sorted(_about(problem, sorted(here)) for problem, here in self._problems.items()))

    @property
    def has_errors(self) -> bool:
        """Whether a problem makes the file unusable."""
        return any(problem.severity == "error" for problem in self._problems)


def _about(problem: Problem, environments: list[str]) -> Problem:
    return replace(problem, message=problem.message.replace(HERE, listed(environments))) if environments else problem
