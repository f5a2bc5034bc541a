"""`bedrock-projects ci daily` and `ci deploy`, with a program in place of the Pulumi CLI."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bedrock_projects.ci.runs import Interrupt
from tests.unit.command_line import Done, Repository, repository, run, start

TAGS = "urn:pulumi:dev::p::pulumi-python:dynamic/billing:CostAllocationTags::tags"
PROJECT = "urn:pulumi:dev::p::bedrock:Projects$pulumi-python:dynamic/bedrock:Project::search"


def _digest(steps: Sequence[tuple[str, str]]) -> str:
    return json.dumps({"config": {}, "steps": [{"op": op, "urn": urn} for op, urn in steps]}, indent=4)


def _events(steps: Sequence[tuple[str, str]]) -> str:
    """With PULUMI_ENABLE_STREAMING_JSON_PREVIEW, as 3.274.1 prints them."""
    events: list[dict[str, Any]] = [{"preludeEvent": {"config": {}}}]
    for op, urn in steps:
        metadata = {"op": op, "urn": urn, "type": urn.split("::")[2]}
        events += [{"resourcePreEvent": {"metadata": metadata}}, {"resOutputsEvent": {"metadata": metadata}}]
    return "\n".join(json.dumps(event) for event in [*events, {"summaryEvent": {"maybeCorrupt": False}}])


def _documents(steps: Sequence[tuple[str, str]]) -> str:
    """Somebody else's lines and documents, some of them in another encoding, around the one that counts."""
    return f'Loading policy packs {{é}}...\n{{"policy": "é"}}\n{_digest(steps)}\n[{{}}, "steps"]\n{{ and more'


PREVIEWS = {"one document": _digest, "events": _events, "several documents": _documents}
CLI = """\
#!/usr/bin/env bash
echo "$@" >> pulumi.log
case "$*" in
  preview*--json*) cat preview.log; exit "${PREVIEW:-0}" ;;
  preview*--save-plan*) echo '::error::x'; echo plan > "${@: -1}"; exit "${PREVIEW:-0}" ;;
  preview*) echo "what a person reads"; exit "${PREVIEW:-0}" ;;
  refresh*) exit "${REFRESH:-0}" ;;
  up*--plan*) cat "${@: -1}"; exit "${UP:-0}" ;;
esac
"""
"""Stands for the CLI: its arguments go to pulumi.log, and a preview prints what is in preview.log."""
WAITS = f"""\
#!{sys.executable}
import pathlib, signal, sys, time

def interrupt(*_):
    print("interrupted", flush=True)
    with pathlib.Path("pulumi.log").open("a") as log:
        log.write("interrupted\\n")

signal.signal(signal.SIGINT, interrupt)
print("ready", flush=True)
for _ in range(40):
    time.sleep(0.05)
sys.exit(3)
"""
"""Goes on for two seconds, as the CLI does until the state is saved. A shell cannot catch what its parent ignores."""


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    made = repository(tmp_path)
    made.write("bin/pulumi", CLI).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    return made


def calls(repo: Repository) -> list[str]:
    return (repo.folder / "pulumi.log").read_text("utf-8").splitlines()


def ci(repo: Repository, *arguments: str, **environment: str) -> Done:
    with pytest.MonkeyPatch.context() as variables:
        for name, value in environment.items():
            variables.setenv(name, value)
        return run("ci", *arguments, folder=repo.folder)


@pytest.mark.parametrize("form", PREVIEWS)
@pytest.mark.parametrize(
    ("steps", "code", "after"),
    [
        ([("refresh", TAGS), ("refresh", PROJECT), ("same", TAGS), ("same", PROJECT)], 0, []),
        ([("same", TAGS), ("same", PROJECT), ("update", TAGS)], 0, ["up"]),
        ([("refresh", TAGS), ("read", PROJECT), ("update", TAGS)], 0, ["up"]),
        ([("same", TAGS), ("update", PROJECT)], 1, ["preview"]),
        ([("update", TAGS), ("create", PROJECT)], 1, ["preview"]),
        ([("delete", TAGS)], 1, ["preview"]),
        ([], 1, ["preview"]),
    ],
    ids=["nothing", "pending keys", "after a refresh", "drift", "pending keys and drift", "another step", "no step"],
)
def test_the_daily_run_brings_up_pending_keys_and_nothing_else(
    repo: Repository, form: str, steps: list[tuple[str, str]], code: int, after: list[str]
) -> None:
    """It refreshes first: `preview --refresh` keeps the state, and the `up` after it would not see what it showed."""
    (repo.folder / "preview.log").write_text(PREVIEWS[form](steps), "utf-8")
    done = ci(repo, "daily", "dev")
    assert done.code == code
    assert all("--stack dev --non-interactive --suppress-outputs" in call for call in calls(repo))
    assert [call.split()[0] for call in calls(repo)] == ["refresh", "preview", *after]
    assert not [call for call in calls(repo) if "--refresh" in call]
    assert ("AWS is not as the inventory says" in done.err) == (code == 1)
    assert ("what a person reads" in done.out) == (code == 1)
    assert ("dev: AWS is as the inventory says" in done.out) == (code == 0 and not after)


def test_a_daily_run_reads_a_preview_of_any_encoding_in_any_locale(repo: Repository) -> None:
    text = _documents([("same", TAGS), ("same", PROJECT)])
    (repo.folder / "preview.log").write_text(text, "latin-1")
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = start("ci", "daily", "dev", folder=repo.folder, environment=plain)
    assert (done.code, done.err) == (0, "")
    assert "dev: AWS is as the inventory says" in done.out


@pytest.mark.parametrize(
    ("refresh", "preview", "printed"),
    [
        ("255", "0", _digest([("same", TAGS)])),
        ("0", "255", _digest([("update", TAGS)])),
        ("0", "255", "error: the stack is locked"),
        ("0", "0", ""),
        ("0", "0", '{"steps": [{'),
    ],
)
def test_a_daily_run_that_cannot_look_fails_and_shows_why(
    repo: Repository, refresh: str, preview: str, printed: str
) -> None:
    (repo.folder / "preview.log").write_text(printed)
    done = ci(repo, "daily", "dev", REFRESH=refresh, PREVIEW=preview)
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert ("what a person reads" in done.out) == (refresh == "0")
    assert not [call for call in calls(repo) if call.startswith("up ")]


def test_a_deployment_carries_out_the_plan_that_it_showed_and_keeps_no_copy(repo: Repository) -> None:
    done = ci(repo, "deploy", "dev")
    assert (done.code, done.err) == (0, "")
    preview, up = calls(repo)
    plan = re.fullmatch(r"preview --stack dev --non-interactive --suppress-outputs --diff --save-plan (\S+)", preview)
    assert plan
    assert up == f"up --stack dev --non-interactive --suppress-outputs --yes --plan {plan[1]}"
    assert not Path(plan[1]).exists()
    assert done.out == "\\x3a:error::x\nplan\n"  # no text of the CLI starts a workflow command


@pytest.mark.parametrize(("environment", "called"), [({"PREVIEW": "255"}, 1), ({"UP": "255"}, 2)])
def test_a_deployment_fails_with_the_step_that_fails(
    repo: Repository, environment: dict[str, str], called: int
) -> None:
    done = ci(repo, "deploy", "dev", **environment)
    assert done.code == 1
    command = "preview" if called == 1 else "up"
    assert done.err == f"`pulumi {command}` of stack dev failed with exit code 255, see above\n"
    assert len(calls(repo)) == called


def test_without_a_cli_the_message_says_what_to_do(tmp_path: Path) -> None:
    done = start("ci", "deploy", "dev", folder=tmp_path, environment={"PATH": str(tmp_path)})
    assert (done.code, done.out) == (1, "")
    assert done.err.endswith("put `pulumi` on PATH\n")


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [
        (signal.SIGINT, 3, b"failed with exit code 3, see above\n"),
        (signal.SIGTERM, 0, b"had ended when it was interrupted; nothing follows\n"),
    ],
)
def test_the_cli_is_interrupted_once_and_awaited_and_nothing_follows(
    repo: Repository, number: signal.Signals, code: int, said: bytes
) -> None:
    """At a second signal the real one leaves at once, and the state does not have what was created.

    A Ctrl-C may also come when the preview has done all: its `up` must not begin.
    """
    repo.write("bin/pulumi", WAITS.replace("sys.exit(3)", f"sys.exit({code})")).chmod(0o755)
    command = [sys.executable, "-m", "bedrock_projects", "ci", "deploy", "dev"]
    with subprocess.Popen(command, cwd=repo.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(number)
        assert process.stdout.readline() == b"interrupted\n"
        process.send_signal(number)
        _, err = process.communicate()
    assert process.returncode == 1
    assert calls(repo) == ["interrupted"]
    assert err == b"`pulumi preview` of stack dev " + said


@pytest.mark.parametrize("is_early", [True, False])
def test_a_process_gets_one_interrupt_also_if_it_came_before_the_process(is_early: bool) -> None:
    sent: list[int] = []
    interrupt = Interrupt()
    if is_early:
        interrupt.ask(signal.SIGTERM, None)
    interrupt.follow(sent.append)
    assert sent == ([signal.SIGINT] if is_early else [])
    interrupt.ask(signal.SIGTERM, None)
    interrupt.ask(signal.SIGINT, None)
    assert (sent, interrupt.is_asked) == ([signal.SIGINT], True)
