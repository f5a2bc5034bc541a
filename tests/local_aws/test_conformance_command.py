"""`bedrock-projects conformance` from outside: plan, files, exit codes, and no word of the account in any of them."""

import json
import re
import stat
from pathlib import Path

import pytest

from bedrock_projects.commands import conformance as command
from bedrock_projects.conformance.checks import Level
from bedrock_projects.conformance.table import most_requests
from local_aws import Fault, LocalAws
from tests.local_aws import conforming
from tests.local_aws.mantle import ACCOUNT, Mantle
from tests.unit.command_line import run

FILES = ("conformance-report.json", "conformance-report.md")
HERE = ("conformance", "--region", "us-west-2")


@pytest.fixture
def account(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> LocalAws:
    """An account, and no wait between two requests."""
    conforming.use_account(aws, monkeypatch)
    monkeypatch.setattr(command, "sleep", lambda _: None)
    return aws


def test_a_plan_sends_nothing_and_is_what_is_sent_then(account: LocalAws, tmp_path: Path) -> None:
    plan = run(*HERE, "--plan", folder=tmp_path)
    assert (plan.code, plan.err, account.requests(), list(tmp_path.iterdir())) == (0, "", [], [])
    done = run(*HERE, folder=tmp_path)
    without_run = [re.sub(r"conformance/\S+,", "", text) for text in (plan.out, done.err)]
    assert without_run[1].startswith(without_run[0])
    assert len(account.requests()) <= sum(most_requests(Level.READ_ONLY).values())


def test_an_account_without_projects_gets_a_report(account: LocalAws, tmp_path: Path) -> None:
    done = run(*HERE, "--output", "reports", folder=tmp_path)
    assert done.code == 0
    assert sorted(path.name for path in (tmp_path / "reports").iterdir()) == sorted(FILES)
    report = json.loads((tmp_path / "reports" / FILES[0]).read_text())
    assert (report["service"], report["region"]) == ("another endpoint", "us-west-2")
    checks = report["levels"]["read-only"]["checks"]
    assert checks["stores.one-or-two"]["questions"]["there"]["reason"] == "nothing to look at"
    assert re.search(r"^not checked +stores.one-or-two +there: nothing to look at; ", done.out, re.MULTILINE)
    assert re.search(r"^\d+ holds, \d+ not checked, 0 refused by policy, 0 differs; \d+ requests in", done.out, re.M)


def test_what_differs_is_shown_and_is_exit_code_10(account: LocalAws, tmp_path: Path) -> None:
    mantle = Mantle(account.url)
    for number in range(3):
        mantle.create(f"Search {number}")
    account.settings(list_paging="stuck")
    done = run(*HERE, folder=tmp_path)
    assert done.code == 10
    assert re.search(r"^differs +list.pages-end +paging: same page again$", done.out, re.MULTILINE)


ENDINGS = {
    "policy": (
        Fault(kind="denied", action="bedrock-mantle:*", explicit=True),
        "read-only ended early: a service control policy or a tag policy refused a request; ",
        "ask who manages the organization, or use another account\n",
    ),
    "expired later": (
        Fault(kind="expired_credentials", operation="bedrock-mantle:*"),
        "read-only ended early: the credentials expired, or were not accepted; ",
        "sign in again, then run this again\n",
    ),
    "expired before": (
        Fault(kind="expired_credentials", operation="sts:*"),
        "the credentials expired, or were not accepted: ",
        "sign in again, then run this again (used: environment variable AWS_ACCESS_KEY_ID)\n",
    ),
}


@pytest.mark.parametrize(("fault", "reason", "remedy"), ENDINGS.values(), ids=ENDINGS)
def test_what_ends_a_level_is_one_sentence_and_exit_code_1(
    account: LocalAws, tmp_path: Path, fault: Fault, reason: str, remedy: str
) -> None:
    account.faults([fault])
    done = run(*HERE, folder=tmp_path)
    assert done.code == 1
    assert done.err.endswith(reason + remedy)
    assert not account.requests("*:Create*")


def test_a_region_without_the_endpoint_is_one_sentence(account: LocalAws, tmp_path: Path) -> None:
    done = run("conformance", "--region", "eu-west-3", folder=tmp_path)
    assert done.code == 1
    assert done.err.endswith(
        "read-only ended early: the endpoint does not answer in this region; "
        "give a region that has it with `--region`, or check the network and HTTPS_PROXY\n"
    )


def test_no_word_of_the_account_is_in_any_output(account: LocalAws, tmp_path: Path) -> None:
    canary = "Canary-7d1f"
    mantle = Mantle(account.url)
    ids = [mantle.create(f"{canary} {n}", tags={f"{canary}-key": f"{canary}@example.com"})["id"] for n in range(3)]
    account.archive(ids[0])
    account.faults([Fault(kind="denied", operation="bedrock:*", action="bedrock:*")])
    done = run(*HERE, folder=tmp_path)
    texts = [done.out, done.err, *((tmp_path / name).read_text() for name in FILES)]
    secret = [canary, ACCOUNT, "arn:", "local-secret", "local-key", "not authorized", *ids]
    secret += [request.request_id for request in account.requests() if request.request_id]
    assert [word for text in texts for word in secret if word in text] == []


def test_files_that_cannot_be_written_are_refused_before_the_first_request(account: LocalAws, tmp_path: Path) -> None:
    folder = tmp_path / "file"
    folder.write_text("")
    done = run(*HERE, "--output", "file", folder=tmp_path)
    assert (done.code, account.requests()) == (1, [])
    assert done.err == "--output file: File exists; give a folder that can be written\n"


def test_the_ownership_tag_is_that_of_the_inventory(account: LocalAws, tmp_path: Path) -> None:
    (tmp_path / "projects.yaml").write_text(
        "version: 1\ninventory: acme\nownership_tag: acme:owner\nenvironments: {dev: {}}\nprojects: {}\n"
    )
    account.tag_keys(ACCOUNT, ["acme:owner"])
    report = tmp_path / FILES[0]
    for options, outcome in (((), "not checked"), (("--inventory", "projects.yaml"), "holds")):
        assert run(*HERE, *options, folder=tmp_path).code == 0
        checks = json.loads(report.read_text())["levels"]["read-only"]["checks"]
        assert checks["billing.owner-key-discovered"]["outcome"] == outcome


def test_a_report_replaces_the_last_one(account: LocalAws, tmp_path: Path) -> None:
    report = tmp_path / FILES[0]
    report.write_text("old")
    report.chmod(0o640)
    assert run(*HERE, folder=tmp_path).code == 0
    assert json.loads(report.read_text())["format"] == 1
    assert stat.S_IMODE(report.stat().st_mode) == 0o640
