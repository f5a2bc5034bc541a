"""`bedrock-projects run`, with a program in place of the Pulumi CLI; the real engine is in tests/engine."""

import json
from collections import Counter
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from bedrock_projects.fleet.board import Board
from bedrock_projects.fleet.events import EventLog
from bedrock_projects.fleet.results import Outcome, StackResult
from bedrock_projects.terminal import plain
from tests.terminals import ANSI, Terminal, on_terminal
from tests.unit.command_line import Done, run
from tests.unit.fleet_cli import PROJECT, STACK, FleetCli, error, step, warning
from tests.unit.hostile import TEXT, check_json, check_lines, check_markdown

INVENTORY = """\
version: 1
inventory: acme
environments:
  care-prod: {account: "111111111111", region: us-west-2}
  shop-dev: {account: "222222222222", region: us-west-2}
  shop-prod: {account: "333333333333", region: us-west-2}
environment_groups: {production: ["*-prod"]}
billing: {account: "999999999999"}
defaults: {environments: ["*-prod", shop-dev]}
projects:
  search: {name: Search}
"""
ENVIRONMENTS = ("care-prod", "shop-dev", "shop-prod")
ALL = (*ENVIRONMENTS, "billing")
DECLARED = {"key": "search", "name": "Search", "region": "us-west-2", "owner": "acme/dev/search"}
CREATE = step("create", new=DECLARED)
DELETE = step("delete", old=DECLARED)
REFUSAL = "this run would permanently archive 5 of 9 projects (or release those):\n  P (proj_1)"


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FleetCli:
    made = FleetCli(tmp_path / "bin")
    made.has(*ALL)
    monkeypatch.setenv("PATH", made.path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("BEDROCK_PROJECTS_ALLOW_ARCHIVE", raising=False)
    return made


@pytest.fixture
def program(tmp_path: Path) -> Path:
    folder = tmp_path / "program"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    (folder / "projects.yaml").write_text(INVENTORY)
    return folder


def stacks(done: Done) -> dict[str, dict[str, Any]]:
    return {stack["stack"]: stack for stack in json.loads(done.out)["stacks"]}


def outcomes(done: Done) -> dict[str, str]:
    return {name: stack["outcome"] for name, stack in stacks(done).items()}


def json_run(operation: str, *arguments: str, folder: Path) -> Done:
    return run("run", operation, "--all", "--format", "json", *arguments, folder=folder)


def test_an_up_previews_all_and_then_runs_what_differs_with_billing_last(
    cli: FleetCli, program: Path, tmp_path: Path
) -> None:
    cli.has("shop-dev", "shop-prod")
    for stack in ("care-prod", "shop-prod", "billing"):
        cli.on(f"preview {stack}", events=[CREATE])
        cli.on(f"up {stack}", events=[CREATE])
    done = json_run("up", "--yes", folder=program)
    assert done.code == 0
    assert outcomes(done) == dict.fromkeys(ALL, "changed") | {"shop-dev": "unchanged"}
    assert sorted(cli.stacks("stack init")) == ["billing", "care-prod"]
    assert all("--no-select" in call["words"] for call in cli.asked("stack init"))
    assert sorted(cli.stacks("preview")) == sorted(ALL)
    assert cli.stacks("up")[-1] == "billing"
    assert sorted(cli.stacks("up")) == ["billing", "care-prod", "shop-prod"]
    assert all({"--yes", "--skip-preview", "--non-interactive"} <= {*call["words"]} for call in cli.asked("up"))
    assert stacks(done)["care-prod"]["changes"] == {"created": 1}
    assert not [*program.glob("Pulumi.*.yaml")], "the inventory says all"
    (made,) = (tmp_path / "cache").rglob("Pulumi.care-prod.yaml")
    assert made.read_text() == "encryptionsalt: v1:x\n", "the salt of the passphrase is kept"


def test_the_name_of_a_stack_is_never_an_option(cli: FleetCli, program: Path) -> None:
    """It may be that of a file which somebody else named."""
    (program / "Pulumi.--yes.yaml").write_text("config: {p:environment: care-prod, p:scope: projects}\n")
    json_run("preview", folder=program)
    for command in ("stack init", "preview"):
        (words,) = (call["words"] for call in cli.asked(command) if "--yes" in call["words"])
        assert words[words.index("--yes") - 1] == "--stack"


def test_a_stack_without_a_file_is_given_one_of_the_cache_and_the_others_keep_theirs(
    cli: FleetCli, program: Path, tmp_path: Path
) -> None:
    (program / "Pulumi.shop-dev.yaml").write_text("config: {p:scope: projects}\n")
    assert json_run("preview", folder=program).code == 0
    for call in cli.asked("preview"):
        words = call["words"]
        named = call["environment"].get("BEDROCK_PROJECTS_STACK_FILE")
        if call["stack"] == "shop-dev":
            assert "--config-file" not in words
            assert named is None
        else:
            assert words[words.index("--config-file") + 1] == named
            assert Path(named).is_relative_to(tmp_path / "cache")
            assert Path(named).is_file()


def test_the_settings_of_a_stack_are_kept_for_each_backend(cli: FleetCli, program: Path) -> None:
    """Each has a salt of its own, which does not fit the state of another."""
    for backend in ("s3://one", "s3://two", "s3://one"):
        cli.at(backend)
        assert run("run", "preview", "--environment", "shop-dev", folder=program).code == 0
    one, two, again = (call["environment"]["BEDROCK_PROJECTS_STACK_FILE"] for call in cli.asked("preview"))
    assert one == again
    assert one != two


def test_a_failure_is_one_line_and_the_others_go_on(cli: FleetCli, program: Path) -> None:
    cli.on("preview care-prod", events=[error("no role arn:aws:iam::1:role/x\nand more")], code=255)
    locked = "error: the stack is currently locked by 1 lock(s). Either wait\n  /x: created by a@b (pid 7) at 10:00"
    cli.on("preview shop-dev", events=[CREATE])
    cli.on("up shop-dev", err=locked, code=255)
    cli.on("preview shop-prod", events=[CREATE])
    done = json_run("up", "--yes", folder=program)
    assert done.code == 1
    assert outcomes(done) == {
        "care-prod": "failed",
        "shop-dev": "failed",
        "shop-prod": "unchanged",
        "billing": "unchanged",
    }
    assert stacks(done)["care-prod"]["reason"] == "no role arn:aws:iam::1:role/x"
    assert stacks(done)["shop-dev"]["reason"] == (
        "the stack is currently locked by 1 lock(s). Either wait; created by … (pid 7) at 10:00; if that "
        "process has ended, run `pulumi cancel --stack shop-dev`"
    )
    assert "created by a@b" in Path(stacks(done)["shop-dev"]["log"]).read_text()
    assert cli.stacks("up") == ["shop-dev", "shop-prod"] or cli.stacks("up") == ["shop-prod", "shop-dev"]


@pytest.mark.parametrize("events", [[], [CREATE]])
def test_a_success_without_the_whole_event_log_is_a_failure(
    cli: FleetCli, program: Path, events: list[dict[str, Any]]
) -> None:
    """A full disk, for example: as unchanged, the stack would never be deployed."""
    cli.on("preview shop-dev", events=events, cut=True)
    cli.on("preview shop-prod", events=[CREATE])
    cli.on("up shop-prod", events=events, cut=True)
    done = json_run("up", "--yes", folder=program)
    assert (done.code, outcomes(done)["shop-dev"], outcomes(done)["shop-prod"]) == (1, "failed", "failed")
    for stack in ("shop-dev", "shop-prod"):
        assert stacks(done)[stack]["reason"] == (
            "the Pulumi CLI wrote no complete event log, so what it did is not known; see the log"
        )
    assert cli.stacks("up") == ["shop-prod"]


def test_a_success_whose_log_differs_from_the_counts_of_the_engine_is_a_failure(cli: FleetCli, program: Path) -> None:
    cli.on("preview shop-dev", events=[DELETE], counts={"delete": 2})
    cli.on("preview shop-prod", events=[CREATE])
    cli.on("up shop-prod", events=[CREATE], raw='{"half')
    cli.on("preview care-prod", events=[CREATE])
    cli.on("up care-prod", events=[CREATE], raw='{"half\n')
    done = json_run("up", "--yes", folder=program)
    failed = {"shop-dev": "failed", "care-prod": "failed"}
    assert (done.code, outcomes(done)) == (1, {"shop-prod": "changed", "billing": "unchanged"} | failed)
    assert stacks(done)["shop-dev"]["reason"].startswith("the event log has 1 delete, but the engine counted 2 delete,")
    assert "the event log has 1 line that cannot be read" in stacks(done)["care-prod"]["reason"]


def test_what_an_earlier_look_wrote_is_not_read_again(
    cli: FleetCli, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CLI may end before it writes any event."""
    monkeypatch.setenv("BEDROCK_PROJECTS_ALLOW_ARCHIVE", "5")
    cli.on("preview care-prod", events=[error(REFUSAL)], code=255)
    cli.on("preview care-prod 5", err="error: no token", code=255, no_log=True)
    reason = stacks(json_run("preview", folder=program))["care-prod"]["reason"]
    assert reason == "no token"


def test_a_stack_that_cannot_be_run_takes_no_result_of_the_others_away(
    cli: FleetCli, program: Path, tmp_path: Path
) -> None:
    """A log that cannot be written, for example."""
    logs = tmp_path / "logs"
    (logs / "shop-dev.preview.log").mkdir(parents=True)
    (logs / "shop-dev.audit.log").mkdir()
    for stack in ("shop-dev", "shop-prod"):
        for command in ("preview", "up"):
            cli.on(f"{command} {stack}", events=[CREATE])
    done = json_run("up", "--yes", "--logs", str(logs), folder=program)
    assert (done.code, outcomes(done)["shop-dev"], outcomes(done)["shop-prod"]) == (1, "failed", "changed")
    assert "shop-dev.preview.log" in stacks(done)["shop-dev"]["reason"]
    done = run("run", "audit", "--environment", "shop-dev", "--logs", str(logs), "--format", "json", folder=program)
    assert "shop-dev.audit.log" in stacks(done)["shop-dev"]["reason"]


@pytest.mark.parametrize("parallel", ["1", "2"])
def test_no_more_engines_live_at_once_than_parallel_says(cli: FleetCli, program: Path, parallel: str) -> None:
    """So memory and processes are at most so many times those of one engine."""
    cli.has()
    for stack in ALL:
        for command in ("preview", "up"):
            cli.on(f"{command} {stack}", events=[CREATE], seconds=0.1)
    assert json_run("up", "--yes", "--parallel", parallel, folder=program).code == 0
    assert len(cli.asked("stack init")) == 4
    living = [*accumulate(+1 if line == "begins" else -1 for line in cli.lives())]
    assert (max(living), living[-1]) == (int(parallel), 0)


def test_an_engine_that_was_killed_is_a_failure_that_says_what_to_do(cli: FleetCli, program: Path) -> None:
    cli.on("preview shop-dev", events=[CREATE])
    cli.on("up shop-dev", signal=9)
    done = json_run("up", "--yes", folder=program)
    assert (done.code, outcomes(done)["shop-dev"]) == (1, "failed")
    assert stacks(done)["shop-dev"]["reason"].startswith("signal 9 ended the Pulumi CLI; see the log; if memory ran")


def test_fail_fast_starts_nothing_after_a_failure(cli: FleetCli, program: Path) -> None:
    cli.on("preview care-prod", events=[], code=1)
    done = json_run("preview", "--fail-fast", "--parallel", "1", folder=program)
    assert done.code == 1
    assert outcomes(done) == dict.fromkeys(ALL, "not started") | {"care-prod": "failed"}
    assert stacks(done)["care-prod"]["reason"] == "the Pulumi CLI ended with exit code 1; see the log"


def test_fail_fast_runs_no_stack_if_another_one_would_archive_too_much(cli: FleetCli, program: Path) -> None:
    """All are previewed first: the number to confirm is that of the whole run."""
    cli.on("preview care-prod", events=[error(REFUSAL)], code=255)
    cli.on("preview shop-prod", events=[CREATE])
    done = json_run("up", "--yes", "--fail-fast", "--parallel", "1", folder=program)
    assert (done.code, sorted(cli.stacks("preview")), cli.asked("up")) == (1, sorted(ALL), [])
    assert outcomes(done) == dict.fromkeys(ALL, "unchanged") | {"care-prod": "refused", "shop-prod": "not started"}


def test_a_stack_that_cannot_be_made_is_not_previewed_and_says_why(cli: FleetCli, program: Path) -> None:
    cli.has("shop-dev", "shop-prod", "billing")
    cli.on("stack init care-prod", err="error: passphrase must be set", code=255)
    done = json_run("preview", folder=program)
    assert (done.code, outcomes(done)) == (1, dict.fromkeys(ALL, "unchanged") | {"care-prod": "failed"})
    assert stacks(done)["care-prod"]["reason"].startswith("passphrase must be set")
    assert "care-prod" not in cli.stacks("preview")


def test_too_many_archives_refuse_the_stacks_that_archive_and_no_other(
    cli: FleetCli, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.on("preview care-prod", events=[error(REFUSAL)], code=255)
    cli.on("preview shop-dev", events=[DELETE])
    for command in ("preview", "up"):
        cli.on(f"{command} shop-prod", events=[CREATE])
    done = json_run("up", "--yes", folder=program)
    assert done.code == 1
    assert outcomes(done)["care-prod"] == outcomes(done)["shop-dev"] == "refused"
    assert "the whole run: 6 in 2 stacks" in stacks(done)["care-prod"]["reason"]
    assert "BEDROCK_PROJECTS_ALLOW_ARCHIVE=6" in stacks(done)["shop-dev"]["reason"]
    assert cli.stacks("up") == ["shop-prod"]

    previewed = json_run("preview", folder=program)
    assert (previewed.code, outcomes(previewed)) == (1, outcomes(done) | {"shop-prod": "to change"})

    monkeypatch.setenv("BEDROCK_PROJECTS_ALLOW_ARCHIVE", "6")
    (cli.folder / "asked").unlink()
    cli.on("preview care-prod 5", events=[DELETE] * 5)
    done = json_run("up", "--yes", "--fail-fast", "--parallel", "1", folder=program)
    assert done.code == 0
    numbers = {call["stack"]: call["allowed"] for call in cli.asked("up")}
    assert numbers == {"care-prod": "5", "shop-dev": "1", "shop-prod": ""}
    asked = Counter((call["stack"], call["allowed"]) for call in cli.asked("preview"))
    assert asked == {(stack, ""): 1 for stack in ALL} | {("care-prod", "5"): 1}


@pytest.mark.parametrize(("op", "old"), [("update", DECLARED), ("create", None)])
def test_a_status_in_many_stacks_counts_for_the_whole_run_and_not_for_the_stack(
    cli: FleetCli, program: Path, monkeypatch: pytest.MonkeyPatch, op: str, old: dict[str, Any] | None
) -> None:
    """After a lost state, too: then the engine creates the resource of an entry that archives its project."""
    retired = step(op, old=old, new=DECLARED | {"status": "archived"})
    for command in ("preview", "up"):
        cli.on(f"{command} shop-dev", events=[retired, retired])
    cli.on("preview care-prod", events=[error(REFUSAL)], code=255)
    for command in ("preview", "up"):
        cli.on(f"{command} care-prod 5", events=[*[DELETE] * 5, retired])
    said = []
    for number in ("", "7", "8"):
        monkeypatch.setenv("BEDROCK_PROJECTS_ALLOW_ARCHIVE", number)
        done = json_run("up", "--yes", folder=program)
        said.append((outcomes(done)["shop-dev"], stacks(done)["care-prod"]["reason"].rpartition("ARCHIVE=")[2]))
    assert said == [("refused", "7 (it is '' now)"), ("refused", "8 (it is '7' now)"), ("changed", "")]
    assert {call["stack"]: call["allowed"] for call in cli.asked("up")} == {"care-prod": "5", "shop-dev": ""}


def test_what_is_released_does_not_count_as_archived(cli: FleetCli, program: Path) -> None:
    released = step("delete", old=DECLARED | {"on_remove": "release"})
    moved = step("replace", old=DECLARED, new=DECLARED | {"on_remove": "release"})
    for command in ("preview", "up"):
        cli.on(f"{command} shop-dev", events=[released] * 5 + [moved] * 5)
    done = json_run("up", "--yes", folder=program)
    assert (done.code, stacks(done)["shop-dev"]["changes"]) == (0, {"released": 5, "replaced": 5})


def test_a_destroy_needs_the_number_of_projects_and_runs_nothing_without_it(
    cli: FleetCli, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_projects(cli, "shop-dev")
    done = json_run("destroy", "--yes", folder=program)
    assert done.code == 1
    assert outcomes(done) == dict.fromkeys(ALL, "no stack") | {"billing": "not started", "shop-dev": "refused"}
    assert stacks(done)["billing"]["reason"] == "another stack was refused"
    assert cli.stacks("destroy") == []

    monkeypatch.setenv("BEDROCK_PROJECTS_ALLOW_ARCHIVE", "1")
    cli.on("destroy shop-dev", events=[DELETE])
    done = json_run("destroy", "--yes", folder=program)
    assert (done.code, outcomes(done)["shop-dev"]) == (0, "changed")
    assert stacks(done)["shop-dev"]["changes"] == {"archived": 1}
    assert [(call["stack"], call["allowed"]) for call in cli.asked("destroy")] == [("shop-dev", "1"), ("billing", "")]


def test_a_destroy_keeps_billing_if_a_stack_of_projects_fails(
    cli: FleetCli, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_projects(cli, "shop-dev", "shop-prod")
    monkeypatch.setenv("BEDROCK_PROJECTS_ALLOW_ARCHIVE", "2")
    cli.on("destroy shop-dev", events=[error("no role")], code=255)
    cli.on("destroy shop-prod", events=[DELETE])
    done = json_run("destroy", "--yes", folder=program)
    assert (done.code, outcomes(done)["shop-dev"], outcomes(done)["shop-prod"]) == (1, "failed", "changed")
    assert (outcomes(done)["billing"], stacks(done)["billing"]["reason"]) == ("not started", "another stack failed")


@pytest.mark.parametrize("owner", ["acme/shop-prod/search", "acme/shop-dev-2/search", "other/shop-dev/search"])
@pytest.mark.parametrize("stack", ["shop-dev", "billing"])
def test_a_destroy_archives_nothing_of_another_environment_or_inventory(
    cli: FleetCli, program: Path, monkeypatch: pytest.MonkeyPatch, owner: str, stack: str
) -> None:
    """As if the stack had deployed another environment, or if two programs of one name shared a backend."""
    monkeypatch.setenv("BEDROCK_PROJECTS_ALLOW_ARCHIVE", "1")
    has_projects(cli, *{"shop-prod", stack} - {"billing"})
    cli.on(f"stack export {stack}", out=exported(DECLARED | {"owner": owner}))
    done = json_run("destroy", "--yes", folder=program)
    assert (done.code, outcomes(done)[stack], cli.stacks("destroy")) == (1, "refused", [])
    selected = "Billing" if stack == "billing" else "environment 'shop-dev'"
    assert stacks(done)[stack]["reason"] == (
        f"the state has projects of {owner.rpartition('/')[0]}, but the stack was selected for {selected}; if they are "
        f"to be archived too, run `pulumi destroy --stack {stack}`"
    )
    assert stacks(done)["shop-prod"]["reason"] == "another stack was refused"


@pytest.mark.parametrize("owner", ["", "acme/shop-dev/search", "old/former/search", "p/shop-dev/single"])
def test_a_destroy_knows_former_names_and_single_projects_of_a_program(
    cli: FleetCli, program: Path, monkeypatch: pytest.MonkeyPatch, owner: str
) -> None:
    former = INVENTORY.replace("shop-dev: {", "shop-dev: {aliases: [former], ")
    (program / "projects.yaml").write_text(former.replace("acme\n", "acme\nprevious_owner: {inventory: old}\n", 1))
    monkeypatch.setenv("BEDROCK_PROJECTS_ALLOW_ARCHIVE", "1")
    has_projects(cli, "shop-dev")
    cli.on("stack export shop-dev", out=exported(DECLARED | {"owner": owner}))
    cli.on("destroy shop-dev", events=[DELETE])
    done = json_run("destroy", "--yes", folder=program)
    assert (done.code, outcomes(done)["shop-dev"]) == (0, "changed")


def has_projects(cli: FleetCli, *names: str) -> None:
    """The backend has these stacks, each with one project, and that of Billing."""
    cli.has("billing", *names)
    for name in names:
        cli.on(f"stack export {name}", out=exported(DECLARED | {"owner": f"acme/{name}/search"}))
    cli.on("stack export billing", out=exported())


def exported(*projects: dict[str, str]) -> str:
    """What `pulumi stack export` prints of a stack with these projects."""
    held = {"urn": f"urn:pulumi:dev::p::{PROJECT}::search", "type": PROJECT, "id": "proj_1"}
    return json.dumps({"deployment": {"resources": [{**held, "outputs": outputs} for outputs in projects]}})


def test_a_state_that_cannot_be_read_is_not_destroyed(cli: FleetCli, program: Path) -> None:
    has_projects(cli, "shop-dev")
    cli.on("stack export shop-dev", err="error: incorrect passphrase", code=255)
    done = json_run("destroy", "--yes", folder=program)
    assert done.code == 1
    assert "incorrect passphrase" in stacks(done)["shop-dev"]["reason"]
    assert stacks(done)["billing"]["reason"] == "another stack failed"
    assert cli.stacks("destroy") == []


def test_fail_fast_looks_at_no_further_state_after_one_that_cannot_be_read(cli: FleetCli, program: Path) -> None:
    has_projects(cli, "care-prod", "shop-dev")
    cli.on("stack export care-prod", err="error: incorrect passphrase", code=255)
    done = json_run("destroy", "--yes", "--fail-fast", "--parallel", "1", folder=program)
    assert (done.code, cli.stacks("stack export"), cli.asked("destroy")) == (1, ["care-prod"], [])
    assert outcomes(done) == dict.fromkeys(ALL, "not started") | {"care-prod": "failed", "shop-prod": "no stack"}


def test_a_refresh_counts_drift_and_makes_no_stack(cli: FleetCli, program: Path) -> None:
    cli.has("shop-dev", "shop-prod")
    cli.on("refresh shop-dev", events=[step("update", old=DECLARED, new=DECLARED), step("refresh", old=DECLARED)])
    done = json_run("refresh", folder=program)
    assert done.code == 0
    assert stacks(done)["shop-dev"]["drift"] == 1
    assert outcomes(done) == {
        "care-prod": "no stack",
        "shop-dev": "changed",
        "shop-prod": "unchanged",
        "billing": "no stack",
    }
    assert cli.asked("stack init") == []


def test_plans_are_saved_and_carried_out(cli: FleetCli, program: Path, tmp_path: Path) -> None:
    cli.on("preview shop-dev", events=[CREATE])
    plans = tmp_path / "plans"
    early = json_run("up", "--yes", "--plans", str(plans), folder=program)
    assert early.code == 1
    assert "has no plan of stack care-prod and 3 others" in early.err
    assert json_run("preview", "--save-plans", str(plans), folder=program).code == 0
    assert sorted(file.name for file in plans.iterdir()) == sorted(f"{stack}.plan.json" for stack in ALL)
    assert json_run("up", "--yes", "--plans", str(plans), folder=program).code == 0
    (call,) = cli.asked("up")
    assert call["words"][call["words"].index("--plan") + 1] == str(plans / "shop-dev.plan.json")
    assert "--skip-preview" not in call["words"], "a run that differs from its plan changes nothing"


def test_an_up_that_violates_its_plan_changed_nothing(cli: FleetCli, program: Path, tmp_path: Path) -> None:
    """Its log is that of the preview with which it began."""
    cli.on("preview shop-dev", events=[CREATE])
    assert json_run("preview", "--save-plans", str(tmp_path), folder=program).code == 0
    cli.on("up shop-dev", events=[CREATE, error("violates plan: x")], is_preview=True, code=255)
    result = stacks(json_run("up", "--yes", "--plans", str(tmp_path), folder=program))["shop-dev"]
    assert (result["outcome"], result["changes"], result["reason"]) == ("failed", {}, "violates plan: x")


def test_a_preview_that_fails_leaves_no_earlier_plan(cli: FleetCli, program: Path, tmp_path: Path) -> None:
    plans = tmp_path / "plans"
    assert json_run("preview", "--save-plans", str(plans), folder=program).code == 0
    cli.on("preview shop-dev", events=[error("no role")], code=255, no_plan=True)
    assert json_run("preview", "--save-plans", str(plans), folder=program).code == 1
    assert "has no plan of stack shop-dev;" in json_run("up", "--yes", "--plans", str(plans), folder=program).err
    assert cli.asked("up") == []
    (plans / "shop-dev.plan.json").mkdir()
    done = json_run("preview", "--save-plans", str(plans), folder=program)
    assert (done.code, done.err) == (1, f"{plans / 'shop-dev.plan.json'} cannot be replaced: Is a directory\n")


def test_the_table_names_what_changes_and_counts_the_rest(cli: FleetCli, program: Path) -> None:
    tags = step(
        "update", kind="pulumi-python:dynamic/billing:CostAllocationTags", new={"pending": {"Team": "2026-11-01"}}
    )
    cli.on("preview billing", events=[tags])
    cli.on("preview shop-dev", events=[CREATE, CREATE, DELETE])
    cli.on("preview shop-prod", events=[error("no | credentials")], code=255)
    done = run("run", "preview", "--all", folder=program)
    assert done.code == 1
    assert done.out.splitlines()[:-1] == [
        "shop-dev   to change  2 created, 1 archived",
        "shop-prod  failed     no | credentials",
        "billing    to change  1 updated; pending keys: Team",
        "4 stacks: 1 unchanged, 2 to change, 1 failed",
    ]
    assert done.out.splitlines()[-1].startswith("logs: ")
    markdown = run("run", "preview", "--all", "--format", "markdown", folder=program).out
    assert "| shop-prod | failed |  |  |  | no \\| credentials |\n" in markdown
    assert "| billing | to change | 1 updated |  | Team |  |\n" in markdown
    assert "care-prod" not in markdown


def test_stacks_are_selected_by_pattern_group_and_change(cli: FleetCli, program: Path) -> None:
    run("run", "preview", "--environment", "production", "--environment", "billing", folder=program)
    assert sorted(cli.stacks("preview")) == ["billing", "care-prod", "shop-prod"]
    (program / "before.yaml").write_text(INVENTORY.replace("222222222222", "444444444444"))
    (cli.folder / "asked").unlink()
    run("run", "preview", "--changed-since", "before.yaml", folder=program)
    assert sorted(cli.stacks("preview")) == ["billing", "shop-dev"]
    unchanged = run("run", "preview", "--changed-since", "projects.yaml", folder=program)
    assert (unchanged.code, unchanged.err) == (0, "no stack is selected\n")


OF_BILLING_ALONE = {
    "a budget of all": "budgets: {all: {project: search, amount: 5, notify: [a@example.com]}}",
    "an alert of all": "anomaly_alerts: {a: {tag_key: bedrock-project, above: 5, notify: [a@example.com]}}",
    "a created export": "exports: {e: {table: cur2, create: true, bucket: a-bucket, region: us-east-1}}",
}


@pytest.mark.parametrize("more", OF_BILLING_ALONE.values(), ids=OF_BILLING_ALONE)
def test_the_billing_stack_is_selected_by_a_change_that_it_alone_deploys(
    cli: FleetCli, program: Path, more: str
) -> None:
    _selects_billing_alone(cli, program, INVENTORY, f"{INVENTORY}{more}\n")


def test_the_billing_stack_is_selected_by_its_role_and_by_an_environment_that_is_gone(
    cli: FleetCli, program: Path
) -> None:
    role = 'billing: {account: "999999999999", role_arn: "arn:aws:iam::{account}:role/billing"}'
    _selects_billing_alone(cli, program, INVENTORY, INVENTORY.replace('billing: {account: "999999999999"}', role))
    more = INVENTORY.replace("  shop-dev:", '  lab-prod: {account: "444444444444", region: us-west-2}\n  shop-dev:')
    _selects_billing_alone(cli, program, more, INVENTORY)


def test_an_export_that_no_stack_creates_selects_no_stack(cli: FleetCli, program: Path) -> None:
    (program / "before.yaml").write_text(INVENTORY)
    (program / "projects.yaml").write_text(f"{INVENTORY}exports: {{e: {{table: cur2, location: ./bill}}}}\n")
    done = run("run", "up", "--yes", "--changed-since", "before.yaml", folder=program)
    assert (done.code, done.err) == (0, "no stack is selected\n")


def _selects_billing_alone(cli: FleetCli, program: Path, before: str, after: str) -> None:
    (cli.folder / "asked").unlink(missing_ok=True)
    (program / "before.yaml").write_text(before)
    (program / "projects.yaml").write_text(after)
    done = run("run", "preview", "--changed-since", "before.yaml", folder=program)
    assert "no stack is selected" not in done.err
    assert cli.stacks("preview") == ["billing"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["preview"], 2, "give --all, --environment or --changed-since"),
        (["preview", "--all", "--environment", "x"], 2, "give --all or --environment, not both"),
        (["up", "--all"], 2, "nobody can be asked here; give --yes"),
        (["destroy", "--all"], 2, "nobody can be asked here; give --yes"),
        (["preview", "--environment", "shop-prd"], 1, "shop-prod"),
    ],
)
def test_a_wrong_call_is_one_message_and_runs_nothing(
    cli: FleetCli, program: Path, arguments: list[str], code: int, said: str
) -> None:
    done = run("run", *arguments, folder=program)
    assert done.code == code
    assert said in " ".join(done.err.replace("│", " ").split())
    assert cli.asked("") == []


def test_what_the_run_cannot_begin_with_is_one_message(
    cli: FleetCli, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEDROCK_PROJECTS_TAKE_OVER", "2")
    assert "BEDROCK_PROJECTS_TAKE_OVER is a number of one stack" in json_run("preview", folder=program).err
    monkeypatch.delenv("BEDROCK_PROJECTS_TAKE_OVER")
    monkeypatch.setenv("BEDROCK_PROJECTS_STACK_FILE", "other.yaml")
    for operation in ("preview", "audit"):
        assert "BEDROCK_PROJECTS_STACK_FILE names the file of one stack" in json_run(operation, folder=program).err
    assert cli.asked("") == []
    monkeypatch.delenv("BEDROCK_PROJECTS_STACK_FILE")
    cli.on("stack ls", err="error: no backend", code=255)
    assert "the stacks of the backend cannot be listed: error: no backend" in json_run("preview", folder=program).err
    cli.on("stack ls", out="[{}]")
    assert "does not print a list of stacks" in json_run("preview", folder=program).err
    cli.has()
    cli.on("whoami", err="error: not logged in", code=255)
    assert "the backend is not known: error: not logged in" in json_run("preview", folder=program).err
    cli.on("whoami", out="{}")
    assert "does not print the URL of the backend" in json_run("preview", folder=program).err
    (program / "Pulumi.shop-dev.yaml").write_text("config: {p:inventory: other.yaml}\n")
    assert "has another `inventory` than Pulumi.yaml: other.yaml" in json_run("preview", folder=program).err
    (program / "Pulumi.shop-dev.yaml").unlink()
    monkeypatch.setenv("PATH", str(program))
    assert json_run("preview", folder=program).err == "`pulumi` is not on PATH; install the Pulumi CLI\n"


@pytest.mark.parametrize("option", ["protect", "retainOnDelete"])
def test_an_option_that_the_state_alone_has_is_deployed(cli: FleetCli, program: Path, option: str) -> None:
    """Otherwise a `protect: true` in the file would not protect before something else changes."""
    changed = step("same", old=DECLARED, new=DECLARED, options={option: True})
    for command in ("preview", "up"):
        cli.on(f"{command} shop-dev", events=[changed, step("same", old=DECLARED, new=DECLARED)])
    done = json_run("up", "--yes", folder=program)
    assert (done.code, cli.stacks("up")) == (0, ["shop-dev"])
    assert stacks(done)["shop-dev"]["changes"] == {"updated": 1}


def test_step_kinds_of_the_stack_and_of_replacements_are_not_counted_twice(cli: FleetCli, program: Path) -> None:
    replaced = [step(op, old=DECLARED, new=DECLARED) for op in ("create-replacement", "replace", "delete-replaced")]
    retired = step("update", old=DECLARED, new=DECLARED | {"status": "archived"})
    gone = step("delete", old=DECLARED | {"status": "archived"})
    released = step("delete", old=DECLARED | {"on_remove": "release"})
    outputs = step("same", kind=STACK, old={"projects": 1}, new={"projects": 2})
    cli.on("preview shop-dev", events=[*replaced, retired, gone, released, step("create", kind="pulumi:providers:x")])
    cli.on("preview shop-prod", events=[outputs])
    done = json_run("preview", folder=program)
    assert stacks(done)["shop-dev"]["changes"] == {"replaced": 1, "archived": 1, "forgotten": 1, "released": 1}
    assert outcomes(done)["shop-prod"] == "to change", "an output that changes is written by an up alone"
    assert stacks(done)["shop-prod"]["changes"] == {}


@pytest.mark.parametrize(("form", "check"), [("text", check_lines), ("json", check_json), ("markdown", check_markdown)])
def test_the_table_shows_no_text_of_the_engine_as_it_is(cli: FleetCli, program: Path, form: str, check: Any) -> None:
    cli.on("preview care-prod", events=[error(TEXT.replace("\n", " "))], code=255)
    cli.on("preview shop-dev", err=f"error: {TEXT}", code=255)
    done = run("run", "preview", "--all", "--format", form, folder=program)
    check(done.out)
    check_lines(done.err)
    assert "evil.example" in done.out


def test_a_new_status_of_tag_keys_is_not_drift(cli: FleetCli, program: Path) -> None:
    cli.has("billing")
    pending = {"pending": {"Team": "2026-11-01"}}
    tags = step("update", kind="pulumi-python:dynamic/billing:CostAllocationTags", old=pending, new=pending)
    cli.on("refresh billing", events=[tags])
    done = json_run("refresh", folder=program)
    assert (outcomes(done)["billing"], stacks(done)["billing"]["pending_keys"]) == ("unchanged", ["Team"])


def test_doctor_and_audit_are_this_packages_own_commands(
    cli: FleetCli, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without credentials and without AWS, each of them says so."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    done = run("run", "audit", "--environment", "shop-dev", "--format", "json", folder=program)
    result = stacks(done)["shop-dev"]
    assert (done.code, result["outcome"]) == (1, "failed")
    assert "credentials" in result["reason"]
    assert result["reason"] in " ".join(Path(result["log"]).read_text().split())
    assert cli.asked("") == [], "an audit needs no stack"
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    monkeypatch.setenv("AWS_PROFILE", "caf\xe9")
    done = run("run", "audit", "--environment", "shop-dev", "--format", "json", folder=program)
    assert (done.code, outcomes(done)) == (1, {"shop-dev": "failed"}), "in any encoding of the log"
    (program / "projects.yaml").write_text(INVENTORY.replace("name: Search", "nam: Search"))
    assert run("run", "audit", "--all", folder=program).code == 1


OK, ACTION, FAILED = (
    {"check": f"{outcome} check", "outcome": outcome, "result": "seen", "remedy": ""}
    for outcome in ("ok", "hint", "failed")
)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets what this package's own commands print and end with, in a process of their own."""

    def does(*findings: dict[str, str], code: int) -> None:
        script = tmp_path / "python"
        script.write_text(f"#!/bin/sh\necho '{json.dumps(findings)}'\nexit {code}\n")
        script.chmod(0o755)
        monkeypatch.setattr("sys.executable", str(script))

    return does


@pytest.mark.parametrize(
    ("operation", "finding", "code", "outcome", "reason", "exit_code"),
    [
        ("audit", OK, 0, "ok", "", 0),
        ("audit", ACTION, 10, "action needed", "", 10),
        ("audit", FAILED, 1, "failed", "failed check: seen", 1),
        ("doctor", OK, 0, "ok", "", 0),
    ],
)
def test_the_exit_code_of_a_check_is_its_outcome_and_a_failure_alone_has_a_reason(
    cli: FleetCli,
    program: Path,
    package: Callable[..., None],
    operation: str,
    finding: dict[str, str],
    code: int,
    outcome: str,
    reason: str,
    exit_code: int,
) -> None:
    package(finding, code=code)
    done = json_run(operation, folder=program)
    assert (done.code, outcomes(done)) == (exit_code, dict.fromkeys(ALL, outcome))
    assert {stack["reason"] for stack in stacks(done).values()} == {reason}
    assert stacks(done)["shop-dev"]["changes"] == {finding["outcome"]: 1}
    assert cli.asked("stack ls") == []


def test_a_doctor_runs_without_a_backend_and_a_preview_does_not(
    cli: FleetCli, program: Path, package: Callable[..., None]
) -> None:
    """It says itself what is missing."""
    cli.on("whoami", err="error: not logged in", code=255)
    package(FAILED, code=1)
    done = json_run("doctor", folder=program)
    assert outcomes(done) == dict.fromkeys(ALL, "failed")
    assert stacks(done)["shop-dev"]["reason"] == "failed check: seen"
    refused = json_run("preview", folder=program)
    assert (refused.code, refused.out) == (1, "")


def test_fail_fast_starts_no_check_after_one_that_failed(
    cli: FleetCli, program: Path, package: Callable[..., None]
) -> None:
    del cli
    package(FAILED, code=1)
    done = json_run("audit", "--fail-fast", "--parallel", "1", folder=program)
    assert done.code == 1
    assert outcomes(done) == dict.fromkeys(ALL, "not started") | {"care-prod": "failed"}


@pytest.mark.parametrize(("answer", "outcome", "code"), [("n", "not started", 1), ("y", "changed", 0)])
def test_an_up_asks_with_what_the_previews_say_before_anything_changes(
    cli: FleetCli, program: Path, monkeypatch: pytest.MonkeyPatch, answer: str, outcome: str, code: int
) -> None:
    """The warnings of a resource are not among them: that of pending keys says what the table does."""
    said = [
        warning("to archive (irreversible): Gone (proj_1)\nin use: 3 requests\n"),
        warning("pending", urn="urn:tags"),
    ]
    for command in ("preview", "up"):
        cli.on(f"{command} shop-dev", events=[*said, CREATE])
    monkeypatch.setattr("sys.stdin", Terminal(f"{answer}\n"))
    done = run("run", "up", "--all", "--format", "json", folder=program)
    assert (done.code, outcomes(done)["shop-dev"]) == (code, outcome)
    warnings = "            to archive (irreversible): Gone (proj_1)\n            in use: 3 requests\n"
    counts = "4 stacks: 3 unchanged, 1 to change\n"
    assert f"shop-dev  to change  1 created\n{warnings}{counts}" in done.err
    assert "proj_1" not in done.out
    assert "Run `up` for these stacks?" in done.err
    assert len(cli.asked("up")) == (answer == "y")


def test_a_terminal_shows_what_runs_and_in_the_end_the_table_alone(cli: FleetCli, program: Path) -> None:
    cli.on("preview shop-dev", events=[CREATE], err="error: no role", code=1)
    code, shown = on_terminal("run", "preview", "--environment", "shop-dev", folder=program)
    assert code == 1
    assert "0 of 1 ended" in shown
    assert "1 of 1 ended" in shown
    erased = shown.rindex("\x1b[2K")
    *table, logs = ANSI.sub("", shown[erased:]).strip().splitlines()
    assert table == ["shop-dev  failed  no role", "1 stack: 1 failed"], "what was shown meanwhile is gone"
    assert logs.startswith("logs: ")


def test_a_board_shows_what_each_stack_has_done_so_far(tmp_path: Path) -> None:
    drawn: list[list[str]] = []
    file = tmp_path / "events"
    file.write_text(json.dumps(CREATE) + "\n" + json.dumps(CREATE) + '\n{"half of a line')
    board = Board("up", 3, lambda lines: drawn.append([plain(line) for line in lines]), shown=lambda result: result)
    board.started("shop-dev", EventLog(file, is_preview=False))
    board.started("shop-prod")
    board.ended(StackResult("care-prod", "care-prod", "failed", reason="no role"))
    board.tick()
    assert drawn == [
        [
            "care-prod  failed  no role",
            "shop-dev  up for 0 s, 2 changes",
            "shop-prod  up for 0 s",
            "1 of 3 ended: 1 failed",
        ]
    ]


@pytest.mark.parametrize(
    ("more", "expected"), [([], True), ([step("update", old=DECLARED, new=DECLARED)], False), ([CREATE], False)]
)
def test_the_json_says_whether_the_tags_alone_would_change(
    cli: FleetCli, program: Path, more: list[Any], expected: bool
) -> None:
    pending = {"pending": {"Team": "2026-11-01"}}
    tags = step("update", kind="pulumi-python:dynamic/billing:CostAllocationTags", old=pending, new=pending)
    cli.on("preview shop-dev", events=[tags, *more])
    cli.on("preview shop-prod", events=more)
    done = json_run("preview", folder=program)
    assert stacks(done)["shop-dev"]["tags_only"] is expected
    assert stacks(done)["shop-prod"]["tags_only"] is False
    assert stacks(done)["care-prod"]["tags_only"] is False


def test_a_table_for_a_file_says_neither_who_asked_nor_accounts_of_others(cli: FleetCli, program: Path) -> None:
    said = (
        "User: arn:aws:sts::444444444444:assumed-role/ci-hub/jane.doe@acme cannot assume "
        "arn:aws:iam::222222222222:role/r; not arn:aws-us-gov:iam::555555555555:user/jane: 1234567890123 444444444444"
    )
    hidden = (
        "User: arn:aws:sts::…:assumed-role/… cannot assume arn:aws:iam::222222222222:role/r; "
        "not arn:aws-us-gov:iam::…:user/…: 1234567890123 …"
    )
    cli.on("preview shop-dev", events=[error(said)], code=1)
    done = json_run("preview", folder=program)
    assert stacks(done)["shop-dev"]["reason"] == hidden
    assert f"preview shop-dev: failed {hidden}\n" in done.err, "the log of the job is as public as the file"
    done = run("run", "preview", "--all", "--format", "markdown", folder=program)
    assert "222222222222" in done.out
    for secret in ("444444444444", "555555555555", "jane", "ci-hub"):
        assert secret not in done.out + done.err
    done = run("run", "preview", "--all", folder=program)
    assert said in done.out.replace("\n", " ")
    assert said in done.err


@pytest.mark.parametrize(
    ("outcome", "details"),
    [("to change", "no project"), ("changed", "no project"), ("unchanged", ""), ("no stack", "")],
)
def test_a_stack_that_changes_without_projects_says_so(outcome: Outcome, details: str) -> None:
    assert StackResult("care-dev", "care-dev", outcome).details == details
