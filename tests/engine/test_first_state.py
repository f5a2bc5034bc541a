"""States that an earlier version wrote: nothing changes, and a refresh loses nothing.

A state of 0.1 knows no managing stack: there, each project gets the tag of the stack.
"""

import json
import shutil
import subprocess
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
from tests.engine.harness import PROGRAM
from tests.engine.run import Run, name_of
from tests.unit.command_line import run
from tests.unit.wheels import empty_wheel

AUTHOR = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
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
    assert stack.refresh().succeeded().changes == {}
    assert stack.up().succeeded().changes == claimed
    assert cloud.changes() == [CLAIM for _ in claimed]
    stack.destroy().succeeded()
    assert cloud.active(DEV) == []


def claimed_by_a_run(file: Path) -> dict[str, str]:
    """The projects that get the tag of the stack, as steps of a run: those of a state that knows no stack."""
    return {"search": "update", "chat": "update"} if file.stem.split("-")[0] == WITHOUT_STACK else {}


def test_a_copy_of_the_first_version_is_upgraded_to_the_package(
    cloud: Cloud, make_stack: MakeStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = settled(make_stack(""))
    stack.import_state(state_with(situation(cloud), STATES / "0.1.json")).succeeded()
    folder = as_copy(stack.program)
    wheel = empty_wheel(tmp_path)
    for name, value in stack.variables().items():
        monkeypatch.setenv(name, value)
    done = run("upgrade", "--wheel", str(wheel), "--yes", folder=folder)
    assert done.code == 0, done.err
    assert f"a copy of 0.1.0, which had no package → {version('bedrock-projects')}\n" in done.out
    assert "  dev: 2 projects: the tag bedrock-project-stack is set" in done.out
    assert "  rewritten __main__.py" in done.out
    assert not [name for name in ("bedrock_projects", "components") if (folder / name).exists()]
    assert stack.up().succeeded().changes == claimed_by_a_run(STATES / "0.1.json")
    assert cloud.changes() == [CLAIM, CLAIM]
    assert "  dev: unchanged" in run("upgrade", "--wheel", str(wheel), "--yes", folder=folder).out


def as_copy(folder: Path) -> Path:
    """The program's folder as a team had it from 0.1.0: the files of that time, as far as an upgrade reads them."""
    for name in PROGRAM:
        (folder / name).unlink()
    for name in ("__main__.py", "gitignore", "requirements.txt"):
        file = STATES / "0.1-copy" / (name if name.endswith(".txt") else f"{name}.txt")
        shutil.copy(file, folder / (f".{name}" if name == "gitignore" else name))
    for name in ("bedrock_projects/resources/project.py", "components/__init__.py"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text("", "utf-8")
    for command in (["init"], ["add", "--all"], [*AUTHOR, "commit", "--message", "copy"]):
        subprocess.run(["git", *command], cwd=folder, check=True, capture_output=True)
    return folder


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
LATER = {f"Parameter {key}.{last}" for key in ("chat", "search") for last in ("base-url", "region")}
"""Resources that the same inventory did not have when the first of these states was written."""


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
    created = {(name, "create") for name in LATER - expected.keys()}
    assert operations(stack.preview().succeeded()) == previewed | created
    assert operations(stack.up().succeeded()) == updated | created
    if claimed:
        assert operations(stack.preview().succeeded()) == same | {(name, "same") for name in LATER}
    assert cloud.changes() == [CLAIM for _ in claimed]
    kept = ids(stack.export())
    assert kept.keys() == expected.keys() | LATER
    assert kept.items() >= expected.items()


@pytest.mark.parametrize("release", [WITHOUT_STACK, version("bedrock-projects").rpartition(".")[0]])
def test_there_are_states_of_the_first_version_and_of_this_one(release: str) -> None:
    assert {f"{release}.json", f"{release}{WITH_COST_CONTROLS}"} <= {file.name for file in (*PLAIN, *COST_CONTROLS)}
