"""`bedrock-projects accounts` against the local AWS: which accounts nobody declared, and the projects in them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local_aws import Fault, LocalAws
from tests.local_aws.mantle import Mantle
from tests.unit.command_line import Done, run

MANAGEMENT, DEV, SANDBOX, EMPTY, NO_ROLE, CLOSED = (f"{digit}" * 12 for digit in (9, 1, 4, 5, 6, 7))
ROLE = "arn:aws:iam::{account}:role/bedrock-projects-read"
READER = f"arn:aws:iam::{MANAGEMENT}:role/reader"
INVENTORY = f"""\
version: 1
inventory: acme
billing: {{account: "{MANAGEMENT}", preview_role_arn: {READER}}}
defaults: {{preview_role_arn: "{ROLE}"}}
environments:
  dev: {{account: "{DEV}", region: us-west-2}}
projects:
  search: {{name: Search, environments: [dev]}}
"""


@dataclass
class Desk:
    """The folder of an inventory, with the credentials of a hub account that may assume all roles."""

    aws: LocalAws
    folder: Path

    def run(self, *options: str) -> Done:
        done = run("accounts", *options, folder=self.folder)
        assert done.err == "" or done.code in (1, 2)
        return done

    def findings(self, *options: str) -> tuple[int, dict[str, dict[str, Any]]]:
        done = self.run(*options, "--format", "json")
        return done.code, {finding["check"]: finding for finding in json.loads(done.out)}

    def write(self, text: str) -> None:
        (self.folder / "projects.yaml").write_text(text)


@pytest.fixture
def desk(aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for name, value in aws.environment(DEV).items():
        monkeypatch.setenv(name, value)
    aws.organization(management=MANAGEMENT, members=[DEV, SANDBOX, EMPTY, NO_ROLE], closed=[CLOSED])
    for account in (DEV, SANDBOX, EMPTY):
        aws.add_role(ROLE.replace("{account}", account))
    aws.add_role(READER)
    made = Desk(aws, tmp_path)
    made.write(INVENTORY)
    return made


def test_accounts_without_environment_are_named_and_what_is_in_them(desk: Desk, aws: LocalAws) -> None:
    sandbox = Mantle(aws.url, account=SANDBOX)
    trial = sandbox.create("Trial")["id"]
    lost = sandbox.create("Lost", tags={"bedrock-project": "acme/dev/lost"})["id"]
    sandbox.create("Theirs", tags={"bedrock-project": "others/dev/x"})
    Mantle(aws.url, account=DEV).create("Unmanaged, but in an account that the usual audit is for")
    code, findings = desk.findings()
    assert code == 1  # one account could not be looked at
    assert findings.keys() == {
        "accounts without environment",
        f"account {SANDBOX}",
        "accounts without projects",
        "projects elsewhere",
    }
    named = findings["accounts without environment"]
    assert (named["outcome"], named["about"]) == ("hint", [SANDBOX, EMPTY, NO_ROLE])
    assert named["result"].startswith(f"3 of 5 active ones: {SANDBOX} (account-{SANDBOX}), ")
    found = findings[f"account {SANDBOX}"]
    assert (found["outcome"], found["about"]) == ("hint", [trial, lost])
    assert found["result"] == (
        f"account-{SANDBOX}: 3 projects in us-west-2: 1 unmanaged, 1 of this inventory, 1 managed by other inventories"
        f": Trial ({trial}), Lost ({lost})"
    )
    assert findings["accounts without projects"]["result"] == "1 of 2 that were looked at"
    refused = findings["projects elsewhere"]
    assert (refused["outcome"], refused["about"]) == ("unknown", [NO_ROLE])
    assert ROLE.replace("{account}", NO_ROLE) in refused["result"]


def test_an_account_whose_projects_are_all_of_other_inventories_needs_nothing(desk: Desk, aws: LocalAws) -> None:
    aws.organization(management=MANAGEMENT, members=[DEV, SANDBOX])
    Mantle(aws.url, account=SANDBOX).create("Theirs", tags={"bedrock-project": "others/dev/x"})
    _, findings = desk.findings()
    found = findings[f"account {SANDBOX}"]
    assert (found["outcome"], found["remedy"]) == ("ok", "")
    assert found["result"] == f"account-{SANDBOX}: 1 project in us-west-2: 1 managed by other inventories"


def test_if_no_account_could_be_looked_at_none_is_counted_as_one_without_projects(desk: Desk, aws: LocalAws) -> None:
    aws.organization(management=MANAGEMENT, members=[DEV, NO_ROLE])
    code, findings = desk.findings()
    assert (code, findings["projects elsewhere"]["about"]) == (1, [NO_ROLE])
    assert "accounts without projects" not in findings


def test_it_only_reads_once_in_each_account_and_asks_the_management_account_for_the_list(
    desk: Desk, aws: LocalAws
) -> None:
    aws.add_role(ROLE.replace("{account}", NO_ROLE))
    code, _ = desk.findings()
    assert code == 10
    assert {request.account for request in aws.requests("organizations:*")} == {MANAGEMENT}
    assert len(aws.requests("sts:AssumeRole")) == 4
    asked = {request.operation for request in aws.requests() if not request.operation.startswith("sts:")}
    assert asked == {"organizations:ListAccounts", "bedrock-mantle:ListProjects"}
    assert sorted(request.account for request in aws.requests("bedrock-mantle:*")) == [SANDBOX, EMPTY, NO_ROLE]


def test_where_every_account_has_an_environment_nothing_is_to_be_done(desk: Desk, aws: LocalAws) -> None:
    aws.organization(management=MANAGEMENT, members=[DEV])
    done = desk.run()
    assert (done.code, done.out) == (0, "ok      accounts without environment 0 of 2 active ones\n")
    assert not aws.requests("bedrock-mantle:*")


def test_an_environment_in_a_closed_account_or_without_one_is_named(desk: Desk, aws: LocalAws) -> None:
    aws.organization(management=MANAGEMENT, members=[DEV], closed=[CLOSED])
    more = f'  old: {{account: "{CLOSED}"}}\n  new: {{preview_role_arn: {READER}}}\nprojects:'
    desk.write(INVENTORY.replace("projects:", more))
    code, findings = desk.findings()
    assert code == 10
    assert findings["environments elsewhere"]["result"] == (
        f"1 of 3 in no active account of the organisation: old ({CLOSED})"
    )
    assert findings["environments without account"]["about"] == ["new"]


@pytest.mark.parametrize(
    ("written", "options", "is_known"),
    [
        ("", (), False),
        ("", ("--role-arn", ROLE), True),
        ('defaults: {role_arn: "arn:aws:iam::{account}:role/bedrock-projects-read"}\n', (), True),
    ],
)
def test_the_role_is_that_of_all_environments_or_given(
    desk: Desk, aws: LocalAws, written: str, options: tuple[str, ...], is_known: bool
) -> None:
    aws.add_role(ROLE.replace("{account}", NO_ROLE))
    desk.write(INVENTORY.replace(f'defaults: {{preview_role_arn: "{ROLE}"}}\n', written))
    code, findings = desk.findings(*options)
    assert code == (10 if is_known else 1)
    assert bool(aws.requests("bedrock-mantle:*")) is is_known
    if not is_known:
        assert findings["projects elsewhere"]["about"] == [SANDBOX, EMPTY, NO_ROLE]


def test_other_regions_can_be_looked_at(desk: Desk, aws: LocalAws) -> None:
    desk.findings("--region", "eu-west-1", "--region", "us-east-1")
    assert {request.region for request in aws.requests("bedrock-mantle:*")} == {"eu-west-1", "us-east-1"}


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--role-arn", "bedrock"), 2, "{account}"),
        (("--region", "moon"), 2, "moon"),
        (("--stack", "billing"), 1, "Pulumi.yaml does not exist"),
        (("--inventory", "none.yaml"), 1, "none.yaml"),
    ],
)
def test_a_wrong_call_is_one_message(desk: Desk, options: tuple[str, ...], code: int, words: str) -> None:
    done = desk.run(*options)
    assert (done.code, done.out) == (code, "")
    assert words in done.err


def test_a_member_account_gets_the_name_of_who_may_ask(desk: Desk, aws: LocalAws) -> None:
    desk.write(INVENTORY.replace(f'billing: {{account: "{MANAGEMENT}", preview_role_arn: {READER}}}\n', ""))
    done = desk.run()
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert "only the management account and delegated administrators may ask" in done.err
    aws.organization(management=MANAGEMENT, members=[])
    assert "not a member of an organization" in desk.run().err


def test_a_missing_permission_is_one_message(desk: Desk, aws: LocalAws) -> None:
    aws.faults([Fault(kind="denied", action="organizations:ListAccounts")])
    done = desk.run()
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "organizations:ListAccounts" in done.err
