"""`bedrock-projects preflight` against the local AWS: what a run would do, for people and for programs."""

import json
from pathlib import Path

import pytest

from local_aws import LocalAws
from tests.local_aws.mantle import Mantle
from tests.unit.command_line import run

ACCOUNT, TAG = "111111111111", "bedrock-project"
INVENTORY = """\
version: 1
inventory: acme
environments: {dev: {account: "111111111111", region: us-west-2}}
defaults: {environments: [dev]}
projects:
  search: {name: Search}
  chat: {name: Chat}
"""


@pytest.fixture
def folder(aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in aws.environment(ACCOUNT).items():
        monkeypatch.setenv(name, value)
    (tmp_path / "Pulumi.yaml").write_text("name: bedrock-projects\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "projects.yaml").write_text(INVENTORY)
    return tmp_path


def test_it_tells_apart_what_is_there_and_changes_nothing(aws: LocalAws, mantle: Mantle, folder: Path) -> None:
    mantle.create(name="Search", tags={TAG: "acme/dev/search"})
    gone = mantle.create(name="Gone", tags={TAG: "acme/dev/gone"})["id"]
    aws.clear_requests()
    done = run("preflight", "--stack", "dev", folder=folder)
    assert (done.code, done.err) == (0, "")
    first, second = done.out.splitlines()
    assert first == f"dev · {ACCOUNT} · us-west-2: 1 new · 0 adopted · 1 in place · 1 to archive"
    assert f"Gone ({gone})" in second
    assert {request.operation for request in aws.requests("bedrock-mantle:*")} == {"bedrock-mantle:ListProjects"}
    assert json.loads(run("preflight", "--stack", "dev", "--format", "json", folder=folder).out) == {
        "environment": "dev",
        "account": ACCOUNT,
        "regions": ["us-west-2"],
        "new": ["chat"],
        "renewed": [],
        "adopted": [],
        "found": ["search"],
        "changed": {},
        "retired": [],
        "archived": [{"id": gone, "name": "Gone"}],
    }


def test_what_a_run_would_refuse_is_refused(mantle: Mantle, folder: Path) -> None:
    mantle.create(name="Search")
    done = run("preflight", "--stack", "dev", folder=folder)
    assert (done.code, done.out) == (1, "")
    assert "exists already in us-west-2" in done.err
