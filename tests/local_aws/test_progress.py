"""What takes longer than a second says on a terminal what it does."""

import json
from pathlib import Path

import pytest

from local_aws import LocalAws
from tests.local_aws.mantle import ACCOUNT, REGION, Mantle
from tests.terminals import Terminal
from tests.unit.command_line import run

INVENTORY = f"""\
version: 1
inventory: acme
environments: {{dev: {{account: "{ACCOUNT}", region: {REGION}}}}}
tag_keys: {{Team: {{}}}}
projects: {{search: {{name: Search, environments: [dev]}}}}
"""
CALLS = {
    ("adopt",): f"Listing projects in {REGION}",
    ("audit", "--environment", "dev"): "Checking projects, requests and tag keys",
    ("catalogue", "--stack", "dev"): "Reading stack dev",
    ("costs", "--by", "Team"): "Reading costs from Cost Explorer",
    ("doctor", "--environment", "dev"): "Checking prerequisites",
    ("preflight", "--stack", "dev"): "Comparing stack dev with AWS",
    ("use", "search", "--environment", "dev", "--client", "env"): "Reading the catalogue",
    ("verify", "--environment", "dev", "--catalogue", "c.json", "--model", "x", "--yes"): "Sending requests",
}


@pytest.fixture
def folder(aws: LocalAws, mantle: Mantle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A program's folder with an inventory, a stack and a catalogue of one project."""
    for name, value in aws.environment(ACCOUNT, region=REGION).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    (tmp_path / "projects.yaml").write_text(INVENTORY, "utf-8")
    (tmp_path / "Pulumi.yaml").write_text("{name: bedrock-projects, runtime: python}", "utf-8")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {bedrock-projects:environment: dev}", "utf-8")
    id_ = str(mantle.create("Search")["id"])
    project = {
        "id": id_,
        "arn": f"arn:aws:bedrock-mantle:{REGION}:{ACCOUNT}:project/{id_}",
        "name": "Search",
        "region": REGION,
        "status": "active",
        "base_url": f"{aws.url}/v1",
    }
    place = {"account": ACCOUNT, "region": REGION, "base_url": None, "projects": {"search": project}}
    catalogue = {"version": 1, "inventory": "acme", "environments": {"dev": place}, "declared": {}}
    (tmp_path / "c.json").write_text(json.dumps(catalogue), "utf-8")
    return tmp_path


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_a_command_that_waits_for_others_says_so_on_a_terminal_alone(folder: Path, call: tuple[str, ...]) -> None:
    shown, piped = run(*call, folder=folder, stderr=Terminal()), run(*call, folder=folder)
    assert CALLS[call] in shown.err
    assert CALLS[call] not in piped.err
    assert "\x1b" not in shown.out + piped.out + piped.err
