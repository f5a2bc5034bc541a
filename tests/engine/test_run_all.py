"""`bedrock-projects run` on the real engine: stacks that fail among others, archives, Ctrl-C and a kill."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from local_aws.accounts import LOCAL_SECRET
from local_aws.faults import Fault
from tests.engine.conftest import DEV, PAYER, Cloud
from tests.engine.fleet import Fleet
from tests.terminals import ANSI, on_terminal

HUB, ROLELESS = "333333333333", "222222222222"
ROLE = "deploy"
BOTH = ("--environment", "*", "--parallel", "2")
"""All but the stack of Billing."""


def head(*environments: str, **accounts: str) -> str:
    lines = [
        f'  {name}: {{account: "{accounts.get(name, DEV)}", region: us-west-2, name_format: "{{name}}-{name}", '
        "protect: false}\n"
        for name in environments
    ]
    return (
        f'version: 1\ninventory: acme\ndefaults: {{role_arn: "arn:aws:iam::{{account}}:role/{ROLE}"}}\n'
        f'billing: {{account: "{PAYER}", role_arn: "arn:aws:iam::{{account}}:role/{ROLE}"}}\n'
        f"environments:\n{''.join(lines)}tag_keys: {{Team: {{}}}}\nprojects:\n"
    )


def entries(names: Sequence[str], *environments: str, team: str = "Care") -> str:
    listed = ", ".join(environments)
    return "".join(f"  {name}: {{name: {name}, environments: [{listed}], tags: {{Team: {team}}}}}\n" for name in names)


@pytest.fixture
def fleet(cloud: Cloud, tmp_path: Path) -> Fleet:
    """Its credentials are those of an account without projects, which may assume a role in two others."""
    for account in (DEV, PAYER):
        cloud.role(account, ROLE)
    return Fleet(tmp_path / "fleet", cloud.url, HUB)


def test_stacks_that_fail_are_named_and_the_others_end(cloud: Cloud, fleet: Fleet) -> None:
    start = head("archives", "roleless", roleless=ROLELESS) + entries(["chat"], "roleless")
    many = [f"p{number}" for number in range(5)]
    fleet.write_inventory(start + entries(many, "archives"))
    first = fleet.run("up", "--parallel", "2")
    assert first.code == 1
    assert first.outcomes == {"archives": "changed", "billing": "changed", "roleless": "failed"}
    assert first.stacks["archives"]["changes"] == {"created": 5}
    assert first.stacks["billing"]["pending_keys"] == ["Team", "bedrock-project"]
    assert f"arn:aws:iam::{ROLELESS}:role/{ROLE}" in first.stacks["roleless"]["reason"]
    assert len(cloud.active(DEV)) == 5
    assert [*fleet.program.glob("Pulumi.*.yaml")] == []
    assert fleet.locks() == []

    fleet.write_inventory(start + entries(["new", "other"], "archives"))
    second = fleet.run("up", "--parallel", "2")
    assert second.code == 1
    # Billing: the pending keys are tried again.
    assert second.outcomes == {"archives": "refused", "billing": "changed", "roleless": "failed"}
    assert "BEDROCK_PROJECTS_ALLOW_ARCHIVE=5" in second.stacks["archives"]["reason"]
    assert len(cloud.active(DEV)) == 5

    fleet.environment["BEDROCK_PROJECTS_ALLOW_ARCHIVE"] = "5"
    third = fleet.run("up", "--environment", "archives")
    assert (third.code, third.stacks["archives"]["changes"]) == (0, {"created": 2, "archived": 5})
    new, other = sorted(cloud.active(DEV), key=lambda project: str(project["name"]))
    assert [project["name"] for project in (new, other)] == ["new-archives", "other-archives"]

    cloud.archive(DEV, other["id"])
    cloud.update(DEV, new["id"], {"name": "Another"})
    refreshed = fleet.run("refresh", "--environment", "archives")
    assert refreshed.outcomes == {"archives": "changed"}, refreshed.stacks
    assert refreshed.stacks["archives"]["drift"] == 2
    fleet.environment["BEDROCK_PROJECTS_ALLOW_ARCHIVE"] = "1"
    destroyed = fleet.run("destroy", "--environment", "archives")
    assert destroyed.outcomes == {"archives": "changed"}, destroyed.stacks
    assert destroyed.stacks["archives"]["changes"] == {"archived": 1}
    assert cloud.active(DEV) == []
    for file in fleet.folder.rglob("*"):
        if file.is_file() and not file.is_symlink():
            assert LOCAL_SECRET.encode() not in file.read_bytes(), file


def test_a_killed_and_an_interrupted_run_are_finished_by_the_next_and_nothing_is_there_twice(
    cloud: Cloud, fleet: Fleet
) -> None:
    names = [f"p{number}" for number in range(12)]
    fleet.write_inventory(head("one", "two") + entries(names, "one", "two"))
    cloud.faults(
        *(
            Fault(kind="latency", operation="bedrock-mantle:CreateProject", every=every, seconds=seconds)
            for every, seconds in ((5, 1.1), (3, 0.9), (2, 0.7), (1, 0.4))
        )
    )
    killed = fleet.start("up", *BOTH)
    cloud.wait_until(lambda: len(cloud.active(DEV)) >= 3)
    killed.kill()
    for file in fleet.backend.rglob("*.attrs"):  # as in test_kills.py
        try:
            json.loads(file.read_text())
        except ValueError:
            file.unlink()
    [name, *_] = sorted(lock.parent.name for lock in fleet.locks())
    locked = fleet.run("up", "--environment", name)
    assert locked.outcomes == {name: "failed"}
    assert f"run `pulumi cancel --stack {name}`" in locked.stacks[name]["reason"]
    for stack in ("one", "two"):
        fleet.cancel(stack)

    # On a busy machine the kill may have come after the last of them.
    names += [f"later{number}" for number in range(4)]
    fleet.write_inventory(head("one", "two") + entries(names, "one", "two"))
    before = len(cloud.active(DEV))
    interrupted = fleet.start("up", "--parallel", "2")
    cloud.wait_until(lambda: len(cloud.active(DEV)) > before)
    interrupted.interrupt()
    interrupted.interrupt()
    ended = interrupted.wait()
    assert ended.code == 1
    assert ended.outcomes["billing"] == "not started"
    assert {*ended.outcomes.values()} <= {"interrupted", "changed", "not started"}
    assert fleet.locks() == []

    cloud.faults()
    last = fleet.run("up", *BOTH)
    assert last.code == 0, last.stacks
    owners = Counter(project["tags"]["bedrock-project"] for project in cloud.active(DEV))
    assert owners == {f"acme/{stack}/{name}": 1 for stack in ("one", "two") for name in names}
    carry_out_saved_plans(cloud, fleet, names)


def carry_out_saved_plans(cloud: Cloud, fleet: Fleet, names: Sequence[str]) -> None:
    """On a terminal, whose table is made of the event logs: the engine writes the one of its preview, then another."""
    start = head("one", "two").replace("protect: false", "protect: true", 1) + entries(names, "one", "two")
    fleet.write_inventory(start + entries(["new"], "two"))
    preview = fleet.run("preview", *BOTH, "--save-plans", "plans")
    assert preview.outcomes == {"one": "to change", "two": "to change"}
    assert preview.stacks["one"]["changes"] == {"updated": len(names)}, "protect is in the state alone"
    plans = ("run", "up", *BOTH, "--yes", "--plans", "plans")
    code, shown = on_terminal(*plans, folder=fleet.program, environment=fleet.variables())
    one, two, counts, _ = ANSI.sub("", shown[shown.rindex("\x1b[2K") :]).strip().splitlines()
    assert (code, one, two) == (0, f"one  changed  {len(names)} updated", "two  changed  1 created"), shown
    assert counts == "2 stacks: 2 changed"

    fleet.write_inventory(start + entries(["new", "other"], "two"))
    differs = fleet.run("up", "--environment", "two", "--plans", "plans")
    assert (differs.code, differs.outcomes) == (1, {"two": "failed"})
    assert differs.stacks["two"]["changes"] == {}
    assert "is not allowed by the plan" in differs.stacks["two"]["reason"]
    assert len(cloud.active(DEV)) == 2 * len(names) + 1
