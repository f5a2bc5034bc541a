"""States that an earlier version wrote: nothing changes, and a refresh loses nothing.

A state of 0.1 knows no managing stack: there, each project gets the tag of the stack.
"""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import DEV, PAYER, Cloud, MakeStack
from tests.engine.first_state import (
    STACK_TAG,
    STATES,
    WITH_COST_CONTROLS,
    settled,
    settled_with_cost_controls,
    situation,
)
from tests.engine.run import Run, name_of

COST_CONTROLS = sorted(STATES.glob(f"*{WITH_COST_CONTROLS}"))
WITHOUT_STACK = "0.1"
"""The release whose states know no managing stack."""
CLAIM = ("UpdateProject", {"add_tags": STACK_TAG})
PLAIN = sorted({*STATES.glob("*.json")} - {*COST_CONTROLS})


@pytest.mark.parametrize("file", PLAIN, ids=lambda file: file.stem)
def test_a_state_of_an_earlier_version_gets_the_tag_of_the_stack_if_it_lacks_it_and_nothing_else(
    cloud: Cloud, make_stack: MakeStack, file: Path
) -> None:
    claimed = claimed_by_a_run(file)
    made = situation(cloud, claimed=not claimed)
    stack = settled(make_stack(""))
    stack.import_state(state_with(made, file)).succeeded()
    assert {resource["id"] for resource in stack.resources().values()} == {*made, "cost-allocation-tags"}
    assert stack.preview().succeeded().changes == claimed
    assert stack.refresh().succeeded().changes == {}
    assert stack.up().succeeded().changes == claimed
    assert cloud.changes() == [CLAIM for _ in claimed]
    assert stack.preview("--expect-no-changes").succeeded().changes == {}
    stack.destroy().succeeded()
    assert cloud.active(DEV) == []


def claimed_by_a_run(file: Path) -> dict[str, str]:
    """The projects that get the tag of the stack, as steps of a run: those of a state that knows no stack."""
    return {"search": "update", "chat": "update"} if file.stem.split("-")[0] == WITHOUT_STACK else {}


def state_with(made: Sequence[str], file: Path) -> dict[str, Any]:
    """The state in the file with the ids that the projects have here: those of its time had other characters."""
    text = file.read_text()
    resources = json.loads(text)["deployment"]["resources"]
    written = {
        name_of(resource["urn"]): resource["id"] for resource in resources if resource["type"].endswith(":Project")
    }
    for key, project_id in zip(("search", "chat"), made, strict=True):
        text = text.replace(written[key], project_id)
    state: dict[str, Any] = json.loads(text)
    return state


def ids(state: Mapping[str, Any]) -> dict[str, str]:
    """Type and name of every resource → its id; a component has none."""
    resources = state["deployment"]["resources"]
    return {_label(resource["type"], name_of(resource["urn"])): resource.get("id", "") for resource in resources}


def operations(run: Run) -> set[tuple[str, str]]:
    """Type and name of every resource, with what a run did to it: providers and components count too."""
    return {(_label(step.type, step.name), step.op) for step in run.steps}


def _label(type_: str, name: str) -> str:
    return f"{type_.rpartition(':')[2]} {name}"


RENAMED = {
    "CostGuardrails cost-guardrails": "CostControls cost-controls",
    "ProjectHandOver hand-over": "PublishedProjects published-projects",
}
"""Components that had another type and name when the first of these states was written."""


@pytest.mark.parametrize("file", COST_CONTROLS, ids=lambda file: file.stem)
def test_cost_controls_of_an_earlier_version_are_unchanged(
    cloud: Cloud, make_stack: MakeStack, tmp_path: Path, file: Path
) -> None:
    standin = tmp_path / "standin"
    standin.mkdir()
    claimed = {f"Project {key}" for key in claimed_by_a_run(file)}
    made = situation(cloud, payer=PAYER, claimed=not claimed)
    stack = settled_with_cost_controls(make_stack(""), cloud, standin)
    state = state_with(made, file)
    stack.import_state(state).succeeded()
    expected = {RENAMED.get(resource, resource): id_ for resource, id_ in ids(state).items()}
    same = {(name, "same") for name in expected}
    updated = {(name, "update" if name in claimed else op) for name, op in same}
    # At preview the engine takes the ARN of a project that is updated for unknown: it is in this policy.
    policies = {"RolePolicy chat.chatbot"} if claimed else set()
    previewed = {(name, "update" if name in policies else op) for name, op in updated}
    assert operations(stack.preview().succeeded()) == previewed
    assert operations(stack.up().succeeded()) == updated
    assert operations(stack.preview().succeeded()) == same
    assert cloud.changes() == [CLAIM for _ in claimed]
    assert ids(stack.export()) == expected


@pytest.mark.parametrize("release", [WITHOUT_STACK, version("bedrock-projects").rpartition(".")[0]])
def test_there_are_states_of_the_first_version_and_of_this_one(release: str) -> None:
    assert {f"{release}.json", f"{release}{WITH_COST_CONTROLS}"} <= {file.name for file in (*PLAIN, *COST_CONTROLS)}
