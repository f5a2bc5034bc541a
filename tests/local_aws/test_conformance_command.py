"""`bedrock-projects conformance` from outside: plan, files, exit codes, and no word of the account in any of them."""

import json
import re
import stat
from pathlib import Path

import pytest

from bedrock_projects.conformance.checks import Level
from bedrock_projects.conformance.create import MARKER_KEY
from bedrock_projects.conformance.live import create_run, levels
from bedrock_projects.conformance.table import most_requests
from local_aws import Fault, LocalAws
from tests.local_aws import conforming
from tests.local_aws.mantle import ACCOUNT, Mantle
from tests.local_aws.native import Native
from tests.unit.command_line import repository, run

FILES = ("conformance-report.json", "conformance-report.md")
HERE = ("conformance", "--region", "us-west-2")


@pytest.fixture
def account(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> LocalAws:
    """An account, and no wait between two requests."""
    conforming.use_account(aws, monkeypatch)
    monkeypatch.setattr(levels, "sleep", lambda _: None)
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
        "ask who manages the organisation, or use another account\n",
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


CANARY = "Canary-7d1f"
UNSEEN_FAULTS = {
    "none": [],
    "denied": [Fault(kind="denied", operation="bedrock:*", action="bedrock:*")],
    "denied by a policy": [Fault(kind="denied", action="tag:GetResources", explicit=True)],
    "a proxy's page": [
        Fault(kind="not_json", status=status, operation=f"{service}:*")
        for service, status in (("bedrock", 403), ("tagging", 200), ("monitoring", 502), ("budgets", 403), ("ce", 404))
    ],
}


def filled_with_canaries(aws: LocalAws) -> list[str]:
    """An account whose projects of both APIs, tags, keys, series and budgets all have the word; gives its ids."""
    mantle, native = Mantle(aws.url), Native(aws.url)
    tags = {f"{CANARY}-key": f"{CANARY}@example.com"}
    ids = [mantle.create(f"{CANARY} {n}", tags=tags)["id"] for n in range(3)]
    ids += [native.create(f"{CANARY} {n}", tags)["id"] for n in range(3)]
    aws.archive(ids[0])
    aws.use(ids[1], "openai.gpt-oss-20b", 10, 10)
    ids.append(native.archived(tags))
    aws.tag_keys(ACCOUNT, list(tags))
    budget = {
        **conforming.BUDGET,
        "BudgetName": f"{CANARY}-budget",
        "CostFilters": {"TagKeyValue": [f"user:{CANARY}-key${CANARY}", f"user:{CANARY}-2${CANARY}"]},
    }
    conforming.make_budget(aws, budget)
    aws.clear_requests()
    return ids


@pytest.mark.parametrize("faults", UNSEEN_FAULTS.values(), ids=UNSEEN_FAULTS)
def test_no_word_of_the_account_is_in_any_output(
    account: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, faults: list[Fault]
) -> None:
    with monkeypatch.context() as patch:
        patch.delenv("AWS_BEARER_TOKEN_BEDROCK")  # boto3 would use it for the native API
        ids = filled_with_canaries(account)
    account.faults(faults)
    done = run(*HERE, folder=tmp_path)
    texts = [done.out, done.err, *((tmp_path / name).read_text() for name in FILES)]
    secret = [CANARY, ACCOUNT, "arn:", "local-secret", "local-key", "not authorized", "<html", "It works", *ids]
    secret += [request.request_id for request in account.requests() if request.request_id]
    assert [word for text in texts for word in secret if word in text] == []
    services = {request.operation.partition(":")[0] for request in account.requests()}
    reached = {"bedrock-mantle", "bedrock", "tagging", "monitoring", "ce", "budgets", "sts"}
    assert services == reached or "control policy" in done.err
    answers = json.loads((tmp_path / FILES[0]).read_text())["levels"]["read-only"]["checks"]
    if not faults:  # so that the words were there to be seen
        seen = ("list.tags-are-true", "native.id-pattern", "tagging-index.knows-projects", "metrics.project-dimension")
        assert {answers[name]["outcome"] for name in (*seen, "billing.key-status")} == {"holds"}


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


def test_a_level_that_is_run_again_replaces_itself_and_leaves_the_others(account: LocalAws, tmp_path: Path) -> None:
    report = tmp_path / FILES[0]
    assert run(*HERE, "--create", ACCOUNT, folder=tmp_path).code == 0
    report.chmod(0o640)
    created = json.loads(report.read_text())
    created["levels"]["create"]["date"] = created["date"] = "2026-01-02"
    report.write_text(json.dumps(created))
    assert run(*HERE, folder=tmp_path).code == 0
    both = json.loads(report.read_text())
    assert list(both["levels"]) == ["read-only", "create"]
    assert both["levels"]["create"] == created["levels"]["create"]
    assert both["date"] == both["levels"]["read-only"]["date"] > "2026-01-02"
    assert "2026-01-02" in (tmp_path / FILES[1]).read_text()
    assert run(*HERE, folder=tmp_path).code == 0
    again = json.loads(report.read_text())
    assert (list(again["levels"]), again["levels"]["create"]) == (["read-only", "create"], both["levels"]["create"])
    assert stat.S_IMODE(report.stat().st_mode) == 0o640


OTHER_REPORTS = {
    "of another region": ({"region": "us-east-1"}, "is of another region or endpoint"),
    "of AWS": ({"service": "aws"}, "is of another region or endpoint"),
    "of another format": ({"format": 2}, "is not a conformance report of this version; move it away"),
    "without a date": ({"levels": {"create": {"checks": {}}}}, "is not a conformance report of this version"),
}


@pytest.mark.parametrize(("changes", "words"), OTHER_REPORTS.values(), ids=OTHER_REPORTS)
def test_a_report_that_would_be_lost_stops_the_run(
    account: LocalAws, tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    report = tmp_path / FILES[0]
    assert run(*HERE, folder=tmp_path).code == 0
    text = json.dumps({**json.loads(report.read_text()), **changes})
    report.write_text(text)
    account.clear_requests()
    done = run(*HERE, folder=tmp_path)
    assert (done.code, account.requests(), report.read_text()) == (1, [], text)
    assert words in done.err


def test_no_word_that_somebody_wrote_into_a_report_gets_into_the_next(account: LocalAws, tmp_path: Path) -> None:
    report = tmp_path / FILES[0]
    assert run(*HERE, "--create", ACCOUNT, folder=tmp_path).code == 0
    text = report.read_text()
    for words in ('"all"', '"documented"', '"1-10"', '"over 1,000"', '"python"', '"whole"'):
        text = text.replace(words, '"Canary-7d1f"')
    report.write_text(text.replace('"answer": "', '"note": "Canary-7d1f", "answer": "'))
    assert report.read_text().count("Canary") > 50
    assert run(*HERE, folder=tmp_path).code == 0
    assert "Canary" not in report.read_text() + (tmp_path / FILES[1]).read_text()


CREATE = (*HERE, "--create", ACCOUNT)


def active(aws: LocalAws) -> list[str]:
    """The names of the active projects of both APIs."""
    projects = [one for service in ("bedrock-mantle", "bedrock") for one in aws.projects(service=service)]
    return [project.name for project in projects if project.active and project.id != "default"]


def test_create_leaves_four_archived_projects_and_two_kinds_of_files(account: LocalAws, tmp_path: Path) -> None:
    plan = run(*CREATE, "--plan", folder=tmp_path)
    assert (plan.code, account.requests()) == (0, [])
    assert "Four archived projects stay in this account permanently, and may count towards its quota" in plan.out
    done = run(*CREATE, "--tag", "CostCenter=CC-1000", folder=tmp_path)
    assert (done.code, active(account)) == (0, [])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["conformance-private.json", *sorted(FILES)]
    private = (tmp_path / "conformance-private.json").read_text()
    posted = [done.out, done.err, *((tmp_path / name).read_text() for name in FILES)]
    secret = [ACCOUNT, "arn:", "CC-1000", *re.findall(r"proj_[a-z0-9]+", private)]
    assert all(word in private for word in (ACCOUNT, "arn:", "proj_"))
    assert [word for text in posted for word in secret if word in text] == []
    assert len(re.findall(r"^holds ", done.out, re.MULTILINE)) == 13
    assert run(*CREATE, folder=tmp_path).code == 0  # nothing is left, so another run may begin


def test_another_accounts_credentials_are_one_sentence_and_nothing_is_created(
    account: LocalAws, tmp_path: Path
) -> None:
    for option in ("--create", "--clean-up"):
        done = run(*HERE, option, "222222222222", folder=tmp_path)
        assert done.code == 1
        assert done.err.splitlines()[-1] == (
            f"{option}: the credentials are of another account; give that account's twelve digits, or use --profile"
        )
    assert {request.operation for request in account.requests()} == {"sts:GetCallerIdentity"}


PROTECTED = 'version: 1\ninventory: acme\nenvironments: {prod: {account: "%s", protect: %s}}\nprojects: {}\n'


@pytest.mark.parametrize(
    ("owner", "protect", "options", "code"),
    [
        (ACCOUNT, "true", (), 1),
        (ACCOUNT, "true", ("--yes-production",), 0),
        (ACCOUNT, "false", (), 0),
        ("222222222222", "true", (), 0),
    ],
)
def test_an_account_with_a_protected_environment_is_left_alone(
    account: LocalAws, tmp_path: Path, owner: str, protect: str, options: tuple[str, ...], code: int
) -> None:
    (tmp_path / "projects.yaml").write_text(PROTECTED % (owner, protect))
    done = run(*CREATE, *options, folder=tmp_path)
    assert done.code == code
    assert bool(account.requests()) is (code == 0)
    assert ("'prod' has `protect`" in done.err) is (code == 1)


def test_an_account_with_many_projects_is_left_alone(
    account: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(create_run, "MOST_PROJECTS", 3)
    mantle = Mantle(account.url)
    account.archive(mantle.create("Old")["id"])
    mantle.create("Search")
    done = run(*CREATE, folder=tmp_path)
    assert done.code == 1
    assert done.err.endswith("has 3 projects or more, archived ones included; use an account with fewer\n")
    assert not account.requests("*:Archive*")


def test_what_is_left_is_found_shown_and_archived_when_asked(account: LocalAws, tmp_path: Path) -> None:
    account.faults([Fault(kind="server_error", operation="*:ArchiveProject")])
    done = run(*CREATE, folder=tmp_path)
    left = active(account)
    assert (done.code, len(left)) == (1, 4)
    assert done.err.splitlines()[-1].startswith("may still be active: ")
    assert {name[:28] for name in left} <= set(re.findall(r"conformance-\d{8}-[0-9a-f]{6}-", done.err))
    again = run(*CREATE, folder=tmp_path)
    assert (again.code, "archive them with `--clean-up`" in again.err) == (1, True)
    elsewhere = run(*CREATE, "--output", "other", "--tag", "A=B", folder=tmp_path)
    assert "Left active by earlier runs: " in elsewhere.err
    account.faults([])
    cleaned = run(*HERE, "--clean-up", ACCOUNT, folder=tmp_path)
    assert (cleaned.code, active(account)) == (0, [])
    assert cleaned.out.splitlines()[-1] == "8 archived, 0 still active"
    assert run(*CREATE, folder=tmp_path).code == 0


def test_a_clean_up_that_cannot_archive_names_what_is_still_active(account: LocalAws, tmp_path: Path) -> None:
    name = "conformance-20261129-abc123-1"
    Mantle(account.url).create(name, tags={MARKER_KEY: "20261129-abc123"})
    account.faults([Fault(kind="server_error", operation="*:ArchiveProject")])
    done = run(*HERE, "--clean-up", ACCOUNT, folder=tmp_path)
    assert (done.code, active(account)) == (1, [name])
    assert done.out.splitlines()[-2:] == [f"still active  {name}", "0 archived, 1 still active"]
    assert done.err.endswith("\nAWS does not show all of them as archived; run this again\n")


def test_a_folder_that_git_tracks_is_refused_unless_it_ignores_the_private_file(
    account: LocalAws, tmp_path: Path
) -> None:
    repository(tmp_path)
    done = run(*CREATE, folder=tmp_path)
    assert (done.code, account.requests()) == (1, [])
    assert done.err.startswith(". is in a git repository that does not ignore conformance-private.json*, which has ids")
    (tmp_path / ".gitignore").write_text("conformance-private.json\n")  # not what a killed run leaves
    assert run(*CREATE, folder=tmp_path).err == done.err
    (tmp_path / ".gitignore").write_text("conformance-private.json*\n")
    assert run(*CREATE, folder=tmp_path).code == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--create", "12345"), "'12345' is not an account id; write its 12 digits"),
        (("--tag", "A=B"), "--tag and --yes-production are for --create"),
        (("--create", ACCOUNT, "--clean-up", ACCOUNT), "--clean-up goes without --create, --paid and --follow-up"),
        (("--create", ACCOUNT, "--tag", "A=1", "--tag", "A=2"), "--tag A: given twice; leave one out"),
        (("--create", ACCOUNT, "--tag", "A"), "--tag 'A': write KEY=VALUE"),
        (("--create", ACCOUNT, "--tag", "bedrock-project=x"), "this tag says whose a project is"),
        (("--create", ACCOUNT, "--tag", "acme:owner-stack=x"), "this tag says whose a project is"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    account: LocalAws, tmp_path: Path, options: tuple[str, ...], words: str
) -> None:
    owned = PROTECTED.replace("environments", "ownership_tag: acme:owner\nenvironments") % (ACCOUNT, "false")
    (tmp_path / "projects.yaml").write_text(owned)
    done = run(*HERE, *options, folder=tmp_path)
    assert (done.code, account.requests()) == (2, [])
    assert words in " ".join(re.sub(r"[│╭╰─╮╯]", "", done.err).split())
