"""Arguments of the library that a program must know when it declares: each wrong type ends it with one message."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

import bedrock_projects.pulumi as library
from bedrock_projects.pulumi.arguments import strings

IS_OUTPUT = "is an output, whose value the program does not know"
OUTPUT = pulumi.Output.from_input("Team")
"""What another resource would give."""
RIGHT: Mapping[str, dict[str, Any]] = {
    "CostAllocationTags": {"name": "tags", "keys": ["Team"], "after": None},
    "Project": {"resource_name": "search", "name": "Search", "region": "us-west-2"},
}
NO_STRINGS = {
    "a string": ("Team", "`{}` is the string 'Team'; write ['Team']"),
    "an output": (OUTPUT, f"`{{}}` {IS_OUTPUT}; give a list of strings without outputs"),
    "a number": (5, "`{}` is of type int; give a list of strings"),
    "nothing": (None, "`{}` is None; give a list of strings"),
    "bytes": (b"Team", "an item of `{}` is of type int; give a list of strings"),
    "a number among strings": (["Team", 5], "an item of `{}` is of type int; give a list of strings"),
    "an output among strings": (
        ["Team", OUTPUT],
        f"an item of `{{}}` {IS_OUTPUT}; give a list of strings without outputs",
    ),
}
WRONG: Mapping[tuple[str, str], Mapping[str, tuple[object, str]]] = {
    ("CostAllocationTags", "keys"): NO_STRINGS,
    ("Project", "tags"): {
        "a key that is a number": ({"Team": "a", 5: "b"}, "a key of `{}` is of type int; give a string")
    },
    ("Project", "ignore_tags"): NO_STRINGS,
}
CASES = {
    f"{component}({argument}={case})": (component, argument, value, words)
    for (component, argument), values in WRONG.items()
    for case, (value, words) in values.items()
}


@pytest.mark.parametrize(("component", "argument", "value", "words"), CASES.values(), ids=CASES)
def test_an_argument_of_another_type_ends_the_program_with_one_message(
    component: str, argument: str, value: object, words: str
) -> None:
    right = RIGHT[component]
    with pytest.raises(pulumi.RunError) as ended:
        getattr(library, component)(**{**right, argument: value})
    whose = component if argument == next(iter(right)) else f"{component} {next(iter(right.values()))!r}"
    assert str(ended.value) == f"{whose}: {words.format(argument)}"


def test_any_iterable_of_strings_is_taken() -> None:
    for keys in (["b", "a"], ("b", "a"), {"b": 1, "a": 2}.keys(), (key for key in "ba")):
        assert strings("CostAllocationTags 'tags'", "keys", keys) == ["b", "a"]
