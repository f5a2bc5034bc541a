"""The arguments whose values decide what is declared: a program must know them, so none of them may be an output.

Inputs of a resource are checked by its provider instead, once they are known.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pulumi

from bedrock_projects.errors import SettingsError


@dataclass(frozen=True)
class Kind:
    """What an argument may be: its types, and their words for "give …"."""

    types: tuple[type, ...]
    words: str


STRING = Kind((str,), "a string")
OPTIONAL_STRING = Kind((str, type(None)), "a string")
_STRINGS = Kind((Iterable,), "a list of strings")
_ONE_OF_STRINGS = Kind((str,), "a list of strings")


def named(component: str, name: object, *, argument: str = "name") -> str:
    """The component with its name, as messages begin; SettingsError if the name is not a string."""
    require(component, argument, name, STRING)
    return f"{component} {name!r}"


def require(whose: str, argument: str, value: object, kind: Kind) -> None:
    """Raises SettingsError if an argument is of another type; `whose` begins the message."""
    if problem := _problem(value, kind):
        raise SettingsError(f"{whose}: `{argument}` {problem}")


def strings(whose: str, argument: str, value: Iterable[str]) -> list[str]:
    """The strings of an argument; SettingsError if it is anything else, or a single string, which is its letters."""
    if isinstance(value, str):
        raise SettingsError(f"{whose}: `{argument}` is the string {value!r}; write [{value!r}]")
    require(whose, argument, value, _STRINGS)
    items = list(value)
    for item in items:
        if problem := _problem(item, _ONE_OF_STRINGS):
            raise SettingsError(f"{whose}: an item of `{argument}` {problem}")
    return items


def require_keys(whose: str, argument: str, value: object) -> None:
    """Raises SettingsError if a key of a mapping is not a string; anything but a mapping passes."""
    for key in value if isinstance(value, Mapping) else ():
        if problem := _problem(key, STRING):
            raise SettingsError(f"{whose}: a key of `{argument}` {problem}")


def _problem(value: object, kind: Kind) -> str | None:
    if isinstance(value, pulumi.Output):
        return f"is an output, whose value the program does not know; give {kind.words} without outputs"
    if isinstance(value, kind.types):
        return None
    return f"is {'None' if value is None else f'of type {type(value).__name__}'}; give {kind.words}"
