"""Arguments of the library that a program must know when it declares: each wrong type ends it with one message."""

import inspect
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest

import bedrock_projects.pulumi as library
from bedrock_projects.pulumi.arguments import strings
from tests.unit.inventory_files import FOLDER

IS_OUTPUT = "is an output, whose value the program does not know"
MINIMAL = FOLDER / "valid" / "minimal.yaml"
OUTPUT = pulumi.Output.from_input("Team")
"""What another resource would give."""
RIGHT: Mapping[str, dict[str, Any]] = {
    "CostAllocationTags": {"name": "tags", "keys": ["Team"], "after": None},
    "Project": {"resource_name": "search", "name": "Search", "region": "us-west-2"},
    "ProjectSet": {"name": "projects"},
    "CostControls": {"name": "cost-controls", "tags": object.__new__(library.CostAllocationTags)},
    "DataExports": {"name": "data-exports"},
    "PublishedProjects": {"name": "published", "projects": object.__new__(library.ProjectSet)},
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


def others(words: str, *values: object) -> dict[str, tuple[object, str]]:
    """Values of other types, each with what is said of it; `words` say what to give."""
    named = {f"of type {type(value).__name__}": value for value in values}
    wrong = {case: (value, f"`{{}}` is {case}; give {words}") for case, value in named.items()}
    return {**wrong, "an output": (OUTPUT, f"`{{}}` {IS_OUTPUT}; give {words} without outputs")}


NO_STRING = others("a string", 5, ["a"])
NO_NAME = {**NO_STRING, "nothing": (None, "`{}` is None; give a string")}
NO_INVENTORY = {
    **others("a path, or an inventory that `bedrock_projects.inventory.load` read", {"version": 1}, b"projects.yaml"),
    "nothing": (None, "`{}` is None; give a path, or an inventory that `bedrock_projects.inventory.load` read"),
}
WRONG: Mapping[tuple[str, str], Mapping[str, tuple[object, str]]] = {
    ("CostAllocationTags", "name"): NO_NAME,
    ("CostAllocationTags", "keys"): NO_STRINGS,
    ("CostAllocationTags", "after"): others("a resource, or None", "projects", []),
    ("CostAllocationTags", "role_arn"): NO_STRING,
    ("CostControls", "name"): NO_NAME,
    ("CostControls", "tags"): others("the CostAllocationTags of this stack", ["Team"], {}),
    ("CostControls", "inventory"): NO_INVENTORY,
    ("CostControls", "environment"): NO_STRING,
    ("DataExports", "name"): NO_NAME,
    ("DataExports", "inventory"): NO_INVENTORY,
    ("DataExports", "environment"): NO_STRING,
    ("Project", "resource_name"): NO_NAME,
    ("Project", "tags"): {
        "a key that is a number": ({"Team": "a", 5: "b"}, "a key of `{}` is of type int; give a string")
    },
    ("Project", "owner"): NO_STRING,
    ("Project", "ignore_tags"): NO_STRINGS,
    ("ProjectSet", "name"): NO_NAME,
    ("ProjectSet", "inventory"): NO_INVENTORY,
    ("ProjectSet", "environment"): NO_STRING,
    ("ProjectSet", "preflight"): others("True or False", "false", 1),
    ("PublishedProjects", "name"): NO_NAME,
    ("PublishedProjects", "projects"): others("a ProjectSet", "projects", {}),
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


def test_every_argument_that_the_program_must_know_is_looked_at() -> None:
    components = [name for name in library.__all__ if inspect.isclass(getattr(library, name))]
    arguments = {
        (component, name)
        for component in components
        for name, parameter in inspect.signature(getattr(library, component)).parameters.items()
        # The provider checks inputs and words to choose from, the SDK its own options.
        if name != "opts" and not re.search("Output|Literal", str(parameter.annotation))
    }
    assert len(arguments) > 10
    assert arguments <= WRONG.keys()


@pytest.mark.parametrize("component", ["ProjectSet", "CostControls", "DataExports"])
@pytest.mark.parametrize("environment", ["dve", ""])
def test_an_environment_of_the_program_that_the_inventory_lacks_is_its_mistake(
    component: str, environment: str
) -> None:
    given = {**RIGHT[component], "inventory": MINIMAL, "environment": environment}
    with pytest.raises(pulumi.RunError) as ended:
        getattr(library, component)(**given)
    for words in (f"unknown environment {environment!r}", f"orrect `environment` of {component} {given['name']!r}"):
        assert words in str(ended.value)
    assert "pulumi config" not in str(ended.value)


def test_a_message_about_the_inventory_names_the_file_of_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(MINIMAL.read_text("utf-8").replace("dev: {}", "dev: {region: us-west-2}"), "utf-8")
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps({"aws:region": "eu-west-1"}))
    with pytest.raises(pulumi.RunError, match=r"own\.yaml is in us-west-2"):
        library.ProjectSet("projects", inventory=file, environment="dev")
