"""What the engine tests judge a run of the Pulumi CLI by."""

import json
from typing import Any

import pytest

from tests.engine.run import Run, read_events

TYPE = "pulumi-python:dynamic/bedrock:Project"


def step(kind: str, op: str, name: str, *, type_: str = TYPE) -> str:
    return json.dumps({kind: {"metadata": {"op": op, "urn": f"urn:pulumi:dev::p::{type_}::{name}", "type": type_}}})


def diagnostic(severity: str, message: str) -> str:
    return json.dumps({"diagnosticEvent": {"severity": severity, "message": message}})


def run(*events: str, exit_code: int = 0, **output: Any) -> Run:
    steps, messages = read_events(events)
    return Run(("pulumi", "up"), exit_code, output.get("stdout", ""), output.get("stderr", ""), steps, messages)


def test_changes_are_what_became_of_our_resources() -> None:
    ran = run(
        step("resourcePreEvent", "update", "only-started"),
        step("resOutputsEvent", "create", "new"),
        step("resOutputsEvent", "same", "unchanged"),
        step("resOutputsEvent", "refresh", "looked-at"),
        step("resOutputsEvent", "create-replacement", "moved"),
        step("resOutputsEvent", "replace", "moved"),
        step("resOutputsEvent", "delete-replaced", "moved"),
        step("resOutputsEvent", "create", "dev", type_="pulumi:pulumi:Stack"),
        step("resOpFailedEvent", "update", "refused"),
    )
    assert ran.changes == {"new": "create", "moved": "replace"}
    assert ran.failed == {"refused": "update"}


def test_one_error_is_what_was_reported_without_the_echoes_of_the_engine() -> None:
    ran = run(
        diagnostic("error", "not yours\n"),
        diagnostic("error", "update failed\n"),
        diagnostic("debug", "x"),
        exit_code=1,
    )
    assert ran.one_error() == "not yours"


def test_an_error_that_the_cli_tells_on_stderr_only_counts_too() -> None:
    assert run(exit_code=255, stderr="error: no stack named 'dev' found\n").one_error() == "no stack named 'dev' found"


@pytest.mark.parametrize(
    "ran",
    [
        run(diagnostic("error", "told, but the exit status says that all is well")),
        run(exit_code=1),
        run(diagnostic("error", "one"), diagnostic("error", "two"), exit_code=1),
        run(diagnostic("error", "one"), exit_code=1, stdout="Traceback (most recent call last):"),
    ],
)
def test_anything_but_one_error_without_a_traceback_fails_the_test(ran: Run) -> None:
    with pytest.raises(AssertionError, match="expected one error and no traceback"):
        ran.one_error()


@pytest.mark.parametrize("ran", [run(exit_code=1), run(stderr="Traceback (most recent call last):")])
def test_a_run_that_failed_or_shows_a_traceback_has_not_succeeded(ran: Run) -> None:
    with pytest.raises(AssertionError, match="expected a run that succeeds"):
        ran.succeeded()


def test_messages_for_the_user_are_distinguished() -> None:
    ran = run(
        diagnostic("warning", "w\n"),
        diagnostic("info", "printed\n"),
        diagnostic("info#err", "complained\n"),
        diagnostic("debug", "d"),
    )
    assert (ran.warnings, ran.notes, ran.errors) == (["w"], ["printed", "complained"], [])
    assert ran.succeeded() is ran
