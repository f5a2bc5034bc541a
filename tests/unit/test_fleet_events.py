"""The event log of a run of the engine, while it is written, written anew, cut off, or not whole."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bedrock_projects.fleet.events import EventLog
from tests.unit.fleet_cli import STACK, error, step

DECLARED = {"key": "search", "name": "Search", "region": "us-west-2", "owner": "acme/dev/search"}
CREATED = step("create", new=DECLARED)
DEFAULT = step("create", kind="pulumi:providers:pulumi-python", new={}, name="default_3_272_0")
OF_A_COMPONENT = step("create", kind="pulumi:providers:aws", new={}, name="default::of mine")
OF_A_COMPONENT["resOutputsEvent"]["metadata"]["urn"] = "urn:pulumi:dev::p::x:y:C$pulumi:providers:aws::default::of mine"
EXPLICIT = step("create", kind="pulumi:providers:aws", new={}, name="us-east-1")


def planned(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event of a step, as a preview has it."""
    return {kind: {**content, "planning": True} for kind, content in event.items()}


def before(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event before the step."""
    return {"resourcePreEvent": event["resOutputsEvent"]}


def summary(counts: Mapping[str, int], *, is_preview: bool = False) -> dict[str, Any]:
    return {"summaryEvent": {"isPreview": is_preview, "resourceChanges": counts}}


def written(file: Path, *events: Mapping[str, Any], more: str = "") -> None:
    """As the engine opens it: from its beginning."""
    file.write_text("".join(f"{json.dumps(event)}\n" for event in events) + more)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "events"


@pytest.mark.parametrize("steps", [1, 2, 3, 9])
def test_the_update_after_a_preview_is_counted_from_its_beginning(file: Path, steps: int) -> None:
    """The engine truncates the file: a reader may find it shorter, as long as before, or longer."""
    log = EventLog(file, is_preview=False)
    assert log.look().changes == {}
    written(file, *[planned(CREATED)] * 3, summary({"create": 3}, is_preview=True), more='{"half of')
    assert (log.look().changes, log.look().gap != "") == ({}, True), "a preview changes nothing"
    written(file, more='{"diagn')
    assert log.look().changes == {}
    written(file, *[CREATED] * steps, more='{"half of')
    assert log.look().changes == {"created": steps}
    assert log.look().changes == {"created": steps}
    written(file, *[CREATED] * steps, summary({"create": steps}))
    assert (log.look().changes, log.look().gap) == ({"created": steps}, "")


def test_an_error_of_the_preview_of_an_up_is_its_error(file: Path) -> None:
    log = EventLog(file, is_preview=False)
    written(file, planned(CREATED), error("violates plan: x"), summary({}, is_preview=True))
    assert (log.look().errors, log.look().changes) == (["violates plan: x"], {})


def test_a_preview_counts_what_it_plans(file: Path) -> None:
    written(file, planned(CREATED), summary({"create": 1, "same": 4}, is_preview=True))
    steps = EventLog(file, is_preview=True).look()
    assert (steps.changes, steps.gap) == ({"created": 1}, "")


@pytest.mark.parametrize(("id_", "word", "retired"), [("proj_1", "archived", 1), ("nothing", "created", 0)])
def test_what_a_status_archives_after_a_lost_state_is_counted_if_there_is_a_project(
    file: Path, id_: str, word: str, retired: int
) -> None:
    created = step("create", new=DECLARED | {"status": "archived"})
    created["resOutputsEvent"]["metadata"]["new"]["id"] = id_
    written(file, created, summary({"create": 1}))
    steps = EventLog(file, is_preview=False).look()
    assert (steps.changes, steps.retired) == ({word: 1}, retired)


def test_what_a_replacement_left_behind_is_one_archive_and_a_whole_replacement_is_one(file: Path) -> None:
    left = step("delete-replaced", old=DECLARED)
    written(file, left)
    assert EventLog(file, is_preview=False).look().archived == 1
    written(file, left, *REPLACED)
    assert EventLog(file, is_preview=False).look().archived == 2


def test_a_component_counts_before_its_step_and_what_the_engine_adds_does_not_count(file: Path) -> None:
    component = step("create", kind="x:y:Component", new={})
    component["resOutputsEvent"]["metadata"]["new"]["custom"] = False
    stack = step("create", kind=STACK, new={})
    # A preview says twice what came of a component.
    events = [before(stack), before(component), component, component, before(CREATED), CREATED]
    providers = [DEFAULT, OF_A_COMPONENT, before(EXPLICIT), EXPLICIT]
    written(file, *events, *providers, summary({"create": 4}))
    assert EventLog(file, is_preview=False).look().gap == ""


REPLACED = [step(op, old=DECLARED, new=DECLARED) for op in ("create-replacement", "replace", "delete-replaced")]
WHOLE: dict[str, tuple[list[dict[str, Any]], dict[str, int]]] = {
    "nothing": ([], {}),
    "what stays the same": ([step("same", old=DECLARED, new=DECLARED)], {"same": 1}),
    "a replacement": (REPLACED, {"replace": 1}),
    "a deletion": ([step("delete", old=DECLARED)], {"delete": 1}),
    "what a refresh finds": ([step("update", old=DECLARED, new=DECLARED), CREATED], {"update": 1, "create": 1}),
}


@pytest.mark.parametrize("case", WHOLE)
def test_a_log_that_agrees_with_the_summary_of_the_engine_is_whole(file: Path, case: str) -> None:
    events, counts = WHOLE[case]
    written(file, *events, summary(counts))
    assert EventLog(file, is_preview=False).look().gap == ""


def test_without_a_change_the_engine_may_count_nothing_at_all(file: Path) -> None:
    written(file, {"summaryEvent": {"isPreview": False, "resourceChanges": None}})
    assert EventLog(file, is_preview=False).look().gap == ""


@pytest.mark.parametrize(
    ("events", "counts", "said"),
    [
        ([CREATED], {"create": 2}, "1 create, but the engine counted 2 create"),
        ([CREATED, CREATED], {"create": 1, "same": 9}, "2 create, but the engine counted 1 create"),
        ([], {"replace": 1, "delete": 2}, "no change, but the engine counted 2 delete, 1 replace"),
    ],
)
def test_a_log_that_differs_from_the_summary_of_the_engine_says_so(
    file: Path, events: list[dict[str, Any]], counts: dict[str, int], said: str
) -> None:
    written(file, *events, summary(counts))
    steps = EventLog(file, is_preview=False).look()
    assert steps.gap == steps.contradiction == f"the event log has {said}"


def test_a_line_that_the_engine_could_not_write_is_counted(file: Path) -> None:
    """As after a full disk: half of an event, and the next one behind it."""
    written(file, CREATED, more='{"resOutputsEvent": {"meta{"diagnosticEvent": {}}\n')
    log = EventLog(file, is_preview=False)
    assert log.look().changes == {"created": 1}
    with file.open("a") as more:
        more.writelines(f"{json.dumps(event)}\n" for event in (CREATED, summary({"create": 2})))
    assert log.look().changes == {"created": 2}
    assert log.look().gap == "the event log has 1 line that cannot be read"


@pytest.mark.parametrize("events", [[], [CREATED]])
def test_without_the_summary_of_the_engine_a_log_is_not_whole(file: Path, events: list[dict[str, Any]]) -> None:
    if events:
        written(file, *events)
    steps = EventLog(file, is_preview=False).look()
    assert (steps.gap, steps.contradiction) == ("the Pulumi CLI wrote no complete event log", "")
