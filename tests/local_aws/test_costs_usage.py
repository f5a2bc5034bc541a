"""`bedrock-projects costs --usage --stack`: what is asked of CloudWatch, and whose project ids a report has."""

import json
from pathlib import Path
from typing import Any

import pytest

from local_aws import LocalAws
from tests.local_aws.costs_cli import DEV, Desk, opened
from tests.local_aws.mantle import Mantle
from tests.pulumi_cli import PulumiStandIn
from tests.unit.command_line import Done, run

CLOUDWATCH = "monitoring:*"
NOTE = "requests are counted by project: use --by project"


@pytest.fixture
def desk(aws: LocalAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Desk:
    """A desk with the stack dev, in which the project chat is deployed; its credentials are of that account."""
    found = opened(aws, tmp_path, monkeypatch).filled()
    found.bill(found.spend("9", owner="acme/prod/chat", Team="a", account=DEV))
    (tmp_path / "Pulumi.yaml").write_text("name: bedrock-projects\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    for name, value in aws.environment(DEV).items():
        monkeypatch.setenv(name, value)
    stand_in = PulumiStandIn(tmp_path)
    monkeypatch.setenv("PATH", stand_in.path)
    stand_in.answers(json.dumps({"projects": {"chat": deployed(chat_of(aws))}}))
    return found


def chat_of(aws: LocalAws) -> str:
    created: str = Mantle(aws.url, account=DEV).create("Chat", tags={"bedrock-project": "acme/dev/chat"})["id"]
    return created


def deployed(project_id: str) -> dict[str, Any]:
    """A project in the output of a stack."""
    return {
        "id": project_id,
        "arn": f"arn:aws:bedrock-mantle:us-east-1:{DEV}:project/{project_id}",
        "name": "Chat-Dev",
        "region": "us-east-1",
        "status": "active",
        "base_url": "",
        "endpoint": "bedrock-mantle",
    }


def usage(desk: Desk, *words: str) -> Done:
    return desk.run("--usage", "--stack", "dev", *words)


def test_by_project_cloudwatch_counts_requests(desk: Desk) -> None:
    done = usage(desk)
    assert (done.code, done.err) == (0, "")
    assert "from CloudWatch" in done.out
    assert NOTE not in done.out
    assert desk.asked(CLOUDWATCH)


@pytest.mark.parametrize("by", ["Team", "model", "Team,project", "account"])
def test_cloudwatch_is_not_asked_for_what_the_report_cannot_show(desk: Desk, by: str) -> None:
    done = usage(desk, "--by", by)
    assert (done.code, done.err) == (0, "")
    assert NOTE in done.out
    assert desk.aws.requests(CLOUDWATCH) == []


def test_a_stack_without_projects_is_not_read_for_a_report_without_projects(desk: Desk) -> None:
    (desk.folder / "Pulumi.dev.yaml").write_text("config: {bedrock-projects:scope: billing}\n")
    done = usage(desk, "--by", "Team")
    assert (done.code, done.err) == (0, "")
    assert NOTE in done.out


def test_parts_that_are_projects_have_the_ids_of_the_stack(desk: Desk) -> None:
    report = json.loads(usage(desk, "--by", "account,project", "--format", "json").out)
    projects = [part["project"] for line in report["lines"] for part in line["parts"]]
    assert [project["id"][:5] for project in projects if project and project["environment"] == "dev"] == ["proj_"]


def test_ids_of_the_stack_and_of_the_catalogue_are_both_there(desk: Desk) -> None:
    projects = {"chat": deployed("proj_other")}
    environment = {"account": DEV, "region": "us-east-1", "base_url": None, "projects": projects}
    catalogue = {"version": 1, "inventory": "acme", "declared": {}, "environments": {}}
    catalogue["environments"] = {"dev": environment, "prod": environment}
    (desk.folder / "catalogue.json").write_text(json.dumps(catalogue))
    report = json.loads(usage(desk, "--catalogue", "catalogue.json", "--format", "json").out)
    ids = {line["value"]: line["project"]["id"] for line in report["lines"]}
    assert ids["acme/prod/chat"] == "proj_other"
    assert ids["acme/dev/chat"].startswith("proj_")
    assert ids["acme/dev/chat"] != "proj_other"


def test_the_stack_must_be_of_the_inventory_of_the_report(desk: Desk) -> None:
    other = (desk.folder / "projects.yaml").read_text().replace("inventory: acme", "inventory: other")
    (desk.folder / "other.yaml").write_text(other)
    desk.aws.clear_requests()
    done = run("costs", "--usage", "--stack", "dev", "--inventory", "other.yaml", folder=desk.folder)
    assert done.code == 1
    assert "stack dev is of inventory 'acme', not of 'other'" in done.err
    assert desk.aws.requests() == []
