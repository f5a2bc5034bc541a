"""Commands with the roles of the inventory: all that only reads assumes the one for previews, once, in its account."""

import json
import os
import re
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from local_aws import LocalAws
from tests.local_aws.mantle import Mantle
from tests.unit.command_line import Done, run

HUB, SHOP, PAYER = "333333333333", "222222222222", "999999999999"
INVENTORY = """\
version: 1
inventory: acme
environments:
  shop: {account: "222222222222", region: us-west-2}
billing:
  account: "999999999999"
  role_arn: "arn:aws:iam::{account}:role/pay"
  preview_role_arn: "arn:aws:iam::{account}:role/read"
tag_keys: {Team: {}}
defaults:
  role_arn: "arn:aws:iam::{account}:role/deploy"
  preview_role_arn: "arn:aws:iam::{account}:role/look"
projects:
  search: {name: Search, environments: [shop], tags: {Team: Search}}
"""
CLI = '#!/bin/sh\n[ "$1" = version ] && echo v3.274.1 || echo \'{"deployment": {"resources": []}}\'\n'
LOOKS, BILLS = f"{SHOP} look", f"{PAYER} read"


@pytest.fixture
def folder(aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program without settings, with credentials of a hub; roles that deploy do not exist."""
    (tmp_path / "bin").mkdir()
    for name in ("pulumi", "pulumi-language-python"):
        (tmp_path / "bin" / name).write_text(CLI)
        (tmp_path / "bin" / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    for name, value in aws.environment(HUB).items():
        monkeypatch.setenv(name, value)
    (tmp_path / "Pulumi.yaml").write_text("name: acme\nruntime: python\n")
    for stack in ("shop", "billing"):
        (tmp_path / f"Pulumi.{stack}.yaml").write_text("config: {}\n")
    (tmp_path / "projects.yaml").write_text(INVENTORY)
    aws.organization(management=PAYER, members=[SHOP])
    aws.tag_keys(PAYER, ["Team", "bedrock-project"], status="Active")
    for account, role in ((SHOP, "look"), (PAYER, "read")):
        aws.add_role(f"arn:aws:iam::{account}:role/{role}")
    return tmp_path


def assumed(aws: LocalAws) -> Counter[str]:
    arns = [parse_qs(str(request.body))["RoleArn"][0] for request in aws.requests("sts:AssumeRole")]
    return Counter(f"{arn.split(':')[4]} {arn.rpartition('/')[2]}" for arn in arns)


@pytest.mark.parametrize(
    ("command", "code", "roles"),
    [
        ("doctor --stack shop", 0, {LOOKS: 1}),
        ("doctor --environment shop", 0, {LOOKS: 1}),
        ("doctor --stack billing", 0, {BILLS: 1}),
        ("audit --stack shop", 0, {LOOKS: 1}),
        ("audit --stack shop --costs", 0, {LOOKS: 1, BILLS: 1}),
        ("audit --stack billing", 0, {BILLS: 1}),
        ("preflight --stack shop", 0, {LOOKS: 1}),
        ("adopt --environment shop --into projects.yaml", 0, {LOOKS: 1}),
        ("costs --yes", 0, {BILLS: 1}),
        ("costs --yes --stack shop", 0, {BILLS: 1}),
        ("costs --yes --role-arn arn:aws:iam::999999999999:role/read --inventory projects.yaml", 0, {BILLS: 1}),
    ],
)
def test_each_assumes_the_role_for_previews_once(
    aws: LocalAws, folder: Path, command: str, code: int, roles: dict[str, int]
) -> None:
    done = run(*command.split(), folder=folder)
    assert (done.code, assumed(aws)) == (code, roles), done.err + done.out
    accounts = {request.account for request in aws.requests() if request.operation != "sts:AssumeRole"}
    assert accounts == {role.partition(" ")[0] for role in roles}


def test_the_settings_of_a_stack_say_what_is_used_instead(aws: LocalAws, folder: Path) -> None:
    aws.add_role(f"arn:aws:iam::{PAYER}:role/own")
    (folder / "Pulumi.shop.yaml").write_text(f"config:\n  acme:billingRoleArn: arn:aws:iam::{PAYER}:role/own\n")
    assert run("costs", "--yes", "--stack", "shop", folder=folder).code == 0
    assert assumed(aws) == {f"{PAYER} own": 1}


def one_message(done: Done) -> str:
    assert (done.code, done.out) == (1, "")
    [line] = done.err.splitlines()
    return line


@pytest.mark.parametrize(
    "command", ["preflight --stack shop", "adopt --environment shop --into projects.yaml", "audit --stack shop"]
)
def test_a_role_that_is_missing_is_one_message(aws: LocalAws, folder: Path, command: str) -> None:
    (folder / "projects.yaml").write_text(INVENTORY.replace("role/look", "role/missing"))
    message = one_message(run(*command.split(), folder=folder)).partition("role ")
    assert re.match(
        rf"arn:aws:iam::{SHOP}:role/missing in account {SHOP} cannot be assumed by environment variable "
        r"AWS_ACCESS_KEY_ID: User: .*; the role must exist, .* `bedrock-projects iam roles` prints both",
        message[2],
    )
    assert len(aws.requests("sts:AssumeRole")) == 1


def test_doctor_says_it_as_one_failed_check(folder: Path) -> None:
    (folder / "projects.yaml").write_text(INVENTORY.replace("role/look", "role/missing"))
    done = run("doctor", "--stack", "shop", "--format", "json", folder=folder)
    failed = [finding for finding in json.loads(done.out) if finding["outcome"] == "failed"]
    assert [finding["check"] for finding in failed] == ["identity"]
    assert f"role arn:aws:iam::{SHOP}:role/missing in account {SHOP} cannot be assumed by" in failed[0]["result"]


@pytest.mark.parametrize("command", ["preflight --stack shop", "audit --stack shop", "doctor --stack shop"])
def test_an_api_key_that_would_have_to_assume_a_role_is_refused_before_anything_is_asked(
    aws: LocalAws, folder: Path, command: str
) -> None:
    (folder / "Pulumi.shop.yaml").write_text("config: {acme:auth: bearer}\n")
    done = run(*command.split(), folder=folder)
    assert done.code == 1
    assert "`auth: bearer` is set, but the role" in " ".join((done.err + done.out).split())
    assert aws.requests() == []


def test_without_a_name_the_account_says_which_environment_is_adopted(
    aws: LocalAws, folder: Path, mantle: Mantle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The credentials are those of the environment's own account then, and are used as they are."""
    del mantle
    for name, value in aws.environment(SHOP, region="us-west-2").items():
        monkeypatch.setenv(name, value)
    assert run("adopt", "--into", "projects.yaml", folder=folder).code == 0
    assert assumed(aws) == {}
