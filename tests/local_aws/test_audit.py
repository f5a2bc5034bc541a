"""`bedrock-projects audit` against the local AWS: what there is to do, what could not be looked at, and no change."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from local_aws import Fault, LocalAws
from local_aws.cost_explorer.entries import Use
from local_aws.data_exports.definition import DataExport
from tests.local_aws.cloudwatch import CloudWatch
from tests.local_aws.costs import line
from tests.local_aws.exports import declare
from tests.local_aws.mantle import ACCOUNT, REGION, Mantle
from tests.local_aws.native import Native
from tests.local_aws.sessions import new_session
from tests.unit.command_line import Done, run

TAG = "bedrock-project"
INVENTORY = f"""\
version: 1
inventory: acme
environments:
  dev: {{account: "{ACCOUNT}", region: us-west-2}}
  two: {{account: "{ACCOUNT}", region: us-west-2}}
  other: {{account: "222222222222", region: us-west-2}}
  both: {{account: "{ACCOUNT}", region: us-west-2}}
  nowhere: {{account: "{ACCOUNT}"}}
tag_keys: {{Team: {{}}, Unit: {{}}}}
projects:
  search: {{name: Search, tags: {{Team: Search}}, environments: [dev, other]}}
  chat: {{name: Chat, environments: {{dev: {{}}, two: {{region: eu-west-1}}}}}}
  find: {{name: Find, environments: {{both: {{endpoint: bedrock-runtime}}}}}}
  here: {{name: Here, environments: [both]}}
"""
PLACE = {"account": ACCOUNT, "region": REGION}
NOW = datetime.now(timezone.utc).replace(microsecond=0)


@dataclass
class Desk:
    """A folder with a program's files, and an account in which nothing is to be done: two projects, both in use."""

    aws: LocalAws
    folder: Path
    setenv: Callable[[str, str], None]
    ids: dict[str, str]

    def audit(self, *options: str) -> Done:
        done = run("audit", *(options or ("--environment", "dev")), folder=self.folder)
        assert done.err == ""
        return done

    def findings(self, *options: str) -> tuple[int, dict[str, dict[str, Any]]]:
        """The exit code, and the findings by check."""
        done = self.audit(*(options or ("--environment", "dev")), "--format", "json")
        return done.code, {finding["check"]: finding for finding in json.loads(done.out)}

    def to_do(self, *options: str) -> dict[str, list[str]]:
        """What is something to do, and what each is about; nothing is unknown or fails."""
        code, findings = self.findings(*options)
        to_do = {check: finding["about"] for check, finding in findings.items() if finding["outcome"] == "hint"}
        assert {finding["outcome"] for finding in findings.values()} <= {"ok", "hint"}
        assert code == (10 if to_do else 0)
        assert all(findings[check]["remedy"] for check in to_do)
        return to_do


@pytest.fixture
def desk(aws: LocalAws, mantle: Mantle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    (tmp_path / "projects.yaml").write_text(INVENTORY)
    (tmp_path / "Pulumi.yaml").write_text("name: bedrock-projects\nruntime: python\n")
    for name, value in aws.environment(ACCOUNT).items():
        monkeypatch.setenv(name, value)
    aws.set_clock((NOW - timedelta(days=60)).isoformat())
    ids = {
        key: mantle.create(name, tags={TAG: f"acme/dev/{key}", **tags})["id"]
        for key, name, tags in (("search", "Search", {"Team": "Search"}), ("chat", "Chat", {}))
    }
    for project_id in ids.values():
        CloudWatch(aws).put(2, NOW - timedelta(days=5), Project=project_id)
    aws.tag_keys(ACCOUNT, [TAG, "Team"], status="Active")
    return Desk(aws, tmp_path, monkeypatch.setenv, ids)


def settings(desk: Desk, **values: str) -> None:
    lines = "".join(f"  bedrock-projects:{key}: {value}\n" for key, value in values.items())
    (desk.folder / "Pulumi.dev.yaml").write_text("config:\n  aws:region: us-west-2\n" + lines)


def test_nothing_to_do_is_exit_status_0_and_a_line_for_each_thing_that_was_looked_at(desk: Desk) -> None:
    code, findings = desk.findings()
    assert code == 0
    assert {finding["outcome"] for finding in findings.values()} == {"ok"}
    assert list(findings) == [
        "identity",
        "unmanaged projects",
        "projects without entry",
        "project limit",
        "tag limit",
        "unused projects",
        "pending tag keys",
        "inactive tag keys",
        "unused tag keys",
        "tag key limit",
    ]


def test_nothing_is_changed_and_nothing_paid(desk: Desk, aws: LocalAws) -> None:
    aws.clear_requests()
    desk.audit()
    asked = {request.operation.partition(":")[2] for request in aws.requests()}
    assert asked == {"GetCallerIdentity", "ListProjects", "ListMetrics", "GetMetricData", "ListCostAllocationTags"}


def test_projects_that_nobody_declared_are_found_and_those_of_other_inventories_left(
    desk: Desk, mantle: Mantle
) -> None:
    stray = mantle.create("Stray", tags={"Team": "Search"})["id"]
    gone = mantle.create("Gone", tags={TAG: "acme/dev/gone"})["id"]
    mantle.create("Theirs", tags={TAG: "globex/dev/chat"})
    old = mantle.create("Old")["id"]
    assert mantle.call("POST", f"/{old}/archive").status == 200
    to_do = desk.to_do()
    assert (to_do["unmanaged projects"], to_do["projects without entry"]) == ([stray], [gone])
    assert "unused projects" not in to_do


def test_each_region_of_the_environment_is_looked_at(desk: Desk, aws: LocalAws) -> None:
    abroad = Mantle(aws.url, region="eu-west-1").create("Stray")["id"]
    assert desk.to_do() == {}
    assert desk.to_do("--environment", "two")["unmanaged projects"] == [abroad]


@pytest.mark.parametrize(("stores", "listed"), [("one", 4), ("two", 3)])
def test_a_project_that_both_endpoints_list_counts_once(
    desk: Desk, mantle: Mantle, native: Native, stores: str, listed: int
) -> None:
    desk.aws.settings(project_stores=stores)
    gone = mantle.create("Gone", tags={TAG: "acme/both/gone"})["id"]
    stray = native.create("Stray", {f"t{number}": "" for number in range(50)})["id"]
    _, findings = desk.findings("--environment", "both")
    assert findings["unmanaged projects"]["about"] == [stray]
    assert findings["unmanaged projects"]["result"] == f"1 of 4: Stray ({stray})"
    assert findings["projects without entry"]["about"] == [gone]
    assert findings["project limit"]["result"] == f"{listed} of 1,000 active projects in us-west-2"
    place = " (bedrock-runtime)" if stores == "two" else ""
    text = desk.audit("--environment", "both").out
    assert f"50 of 50 on the project with the most tags{place} " in " ".join(text.split())


def test_an_endpoint_that_does_not_list_is_named_with_what_it_needs(desk: Desk) -> None:
    desk.aws.faults([Fault(kind="denied", action="bedrock:ListProjects")])
    code, findings = desk.findings("--environment", "both")
    assert code == 1
    refused = findings["region us-west-2 (bedrock-runtime)"]
    assert refused["outcome"] == "unknown"
    assert refused["result"].startswith("needs bedrock:ListProjects, bedrock:ListTagsForResource: ")
    assert findings["unmanaged projects"]["outcome"] == "ok"


@pytest.mark.parametrize(("days", "unused"), [(30, False), (7, False), (3, True)])
def test_a_project_without_a_request_for_so_many_days_is_unused(desk: Desk, days: int, unused: bool) -> None:
    expected = {"unused projects": [desk.ids["chat"]]} if unused else {}
    CloudWatch(desk.aws).put(1, NOW - timedelta(hours=1), Project=desk.ids["search"])
    assert desk.to_do("--environment", "dev", "--unused-days", str(days)) == expected


def test_a_project_that_is_younger_than_that_is_not(desk: Desk, mantle: Mantle) -> None:
    desk.aws.set_clock(NOW.isoformat())
    mantle.create("Search", tags={TAG: "acme/two/chat"})
    assert desk.to_do() == {}


def test_without_series_by_project_use_reaches_as_far_back_as_cloudwatch_lists(
    aws: LocalAws, desk: Desk, mantle: Mantle
) -> None:
    aws.reset(now=(NOW - timedelta(days=60)).isoformat())
    aws.tag_keys(ACCOUNT, [TAG], status="Active")
    used, idle = (mantle.create(key, tags={TAG: f"acme/dev/{key}"})["id"] for key in ("search", "chat"))
    CloudWatch(aws).put(2, NOW - timedelta(days=5), Project=used, Model="m")
    _, findings = desk.findings("--environment", "dev")
    assert findings["unused projects"]["about"] == [idle]
    assert (
        f"without a request since {(datetime.now(timezone.utc) - timedelta(days=14)).date()}"
        in findings["unused projects"]["result"]
    )


def test_each_region_says_since_when_its_use_is_known(aws: LocalAws, desk: Desk, mantle: Mantle) -> None:
    aws.reset(now=(NOW - timedelta(days=60)).isoformat())
    near = mantle.create("search", tags={TAG: "acme/dev/search"})["id"]
    far = Mantle(aws.url, region="eu-west-1").create("chat", tags={TAG: "acme/two/chat"})["id"]
    CloudWatch(aws).put(2, NOW - timedelta(days=20), Project=near)
    CloudWatch(aws, "eu-west-1").put(2, NOW - timedelta(days=5), Project=far, Model="m")
    lines = [printed for printed in desk.audit("--environment", "two").out.splitlines() if "unused projects" in printed]
    today = datetime.now(timezone.utc).date()
    expected = [(14, "eu-west-1; CloudWatch keeps only 14 days of per-project data there)"), (30, "us-west-2)")]
    for (days, where), said in zip(expected, lines, strict=True):
        assert f"0 of 1 without a request since {today - timedelta(days=days)} (in {where}" in said


def test_a_region_without_projects_of_ours_gets_no_line_about_their_use(
    aws: LocalAws, desk: Desk, mantle: Mantle
) -> None:
    aws.reset(now=(NOW - timedelta(days=60)).isoformat())
    near = mantle.create("search", tags={TAG: "acme/dev/search"})["id"]
    CloudWatch(aws).put(2, NOW - timedelta(days=5), Project=near, Model="m")
    [said] = [
        printed for printed in desk.audit("--environment", "two").out.splitlines() if "unused projects" in printed
    ]
    since = datetime.now(timezone.utc).date() - timedelta(days=14)
    assert f"0 of 1 without a request since {since} (in us-west-2; CloudWatch keeps only 14 days" in said


def test_where_nothing_is_ours_nothing_is_said_to_be_in_use(aws: LocalAws, desk: Desk) -> None:
    aws.reset(now=(NOW - timedelta(days=60)).isoformat())
    [said] = [
        printed for printed in desk.audit("--environment", "two").out.splitlines() if "unused projects" in printed
    ]
    since = datetime.now(timezone.utc).date() - timedelta(days=30)
    assert said.endswith(f"not checked (no project older than {since})")


def test_keys_are_held_against_billing(desk: Desk, aws: LocalAws) -> None:
    aws.reset(now=(NOW - timedelta(days=60)).isoformat())
    mantle = Mantle(aws.url)
    ids = [mantle.create("Search", tags={TAG: "acme/dev/search", "Team": "Search"})["id"]]
    CloudWatch(aws).put(1, NOW - timedelta(days=1), Project=ids[0])
    aws.tag_keys(ACCOUNT, [TAG], status="Inactive")
    aws.tag_keys(ACCOUNT, ["Unit"], status="Active")
    assert desk.to_do() == {"pending tag keys": ["Team"], "inactive tag keys": [TAG], "unused tag keys": ["Unit"]}
    pending = desk.findings()[1]["pending tag keys"]["result"]
    assert f"Team (on a project since {(NOW - timedelta(days=60)).date()})" in pending


MISSING = {
    "ListProjects": ("region us-west-2", "bedrock-mantle:ListProjects"),
    "ListMetrics": ("unused projects", "cloudwatch:ListMetrics"),
    "ListCostAllocationTags": ("tag keys", "ce:ListCostAllocationTags"),
    "GetCostAndUsage": ("unallocated spend", "ce:GetCostAndUsage"),
}


@pytest.mark.parametrize("action", MISSING)
def test_what_lacks_a_permission_is_unknown_and_the_rest_is_looked_at(desk: Desk, aws: LocalAws, action: str) -> None:
    aws.faults([Fault(kind="denied", action=f"*:{action}")])
    code, findings = desk.findings("--environment", "dev", "--costs")
    check, needed = MISSING[action]
    assert code == 1
    assert [name for name, finding in findings.items() if finding["outcome"] == "unknown"] == [check]
    assert findings[check]["result"].startswith("needs ")
    assert needed in findings[check]["result"]
    assert "bedrock-projects iam " in findings[check]["remedy"]
    assert len(findings) >= 6


def test_a_member_account_gets_the_remedies_and_needs_no_billing_with_scope_projects(desk: Desk, aws: LocalAws) -> None:
    aws.organization(management="999999999999", members=[ACCOUNT])
    settings(desk)
    code, findings = desk.findings("--stack", "dev")
    assert (code, findings["tag keys"]["outcome"]) == (1, "unknown")
    assert "scope: projects" in findings["tag keys"]["remedy"]
    settings(desk, scope="projects")
    assert desk.to_do("--stack", "dev") == {}


def test_a_billing_stack_looks_at_the_keys_of_all_environments_alone(desk: Desk, aws: LocalAws) -> None:
    settings(desk, scope="billing")
    aws.clear_requests()
    assert desk.to_do("--stack", "dev") == {}
    assert [request.operation for request in aws.requests()] == ["ce:ListCostAllocationTags"]


def test_another_accounts_credentials_are_one_failing_line_and_nothing_else_is_asked(desk: Desk, aws: LocalAws) -> None:
    aws.clear_requests()
    code, findings = desk.findings("--environment", "other")
    assert (code, list(findings), findings["identity"]["outcome"]) == (1, ["identity"], "failed")
    assert aws.requests("bedrock-mantle:*") == []


def test_a_failure_that_is_not_a_missing_permission_fails(desk: Desk, aws: LocalAws) -> None:
    aws.faults([Fault(kind="expired_credentials", operation="ce:*")])
    code, findings = desk.findings()
    assert (code, findings["tag keys"]["outcome"]) == (1, "failed")
    assert "sign in again" in findings["tag keys"]["remedy"]


def test_a_key_of_bedrock_cannot_ask_for_use(desk: Desk) -> None:
    desk.setenv("AWS_BEARER_TOKEN_BEDROCK", f"local-key-{ACCOUNT}-us-west-2")
    settings(desk, auth="bearer", scope="projects")
    (desk.folder / "projects.yaml").write_text(INVENTORY)
    code, findings = desk.findings("--stack", "dev")
    assert (code, findings["unused projects"]["outcome"]) == (1, "unknown")
    assert findings["unmanaged projects"]["outcome"] == "ok"


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ((), 2, "give --stack or --environment"),
        (("--environment", "dve"), 1, "did you mean 'dev'?\n"),
        (("--environment", "nowhere"), 1, "environment 'nowhere' has no project and no region"),
        (("--stack", "prod"), 1, "Pulumi.prod.yaml does not exist"),
        (("--environment", "dev", "--inventory", "missing.yaml"), 1, "missing.yaml"),
        (("--environment", "dev", "--unused-days", "0"), 2, "--unused-days"),
        (("--environment", "dev", "--unused-days", "456"), 2, "--unused-days"),
    ],
    ids=str,
)
def test_a_wrong_call_is_one_message(desk: Desk, options: tuple[str, ...], code: int, words: str) -> None:
    done = run("audit", *options, folder=desk.folder)
    assert (done.code, done.out) == (code, "")
    assert words in done.err


def test_text_shows_what_to_do_below_each_line_that_has_something(desk: Desk, mantle: Mantle) -> None:
    mantle.create("Stray")
    lines = desk.audit().out.splitlines()
    [number] = [number for number, line in enumerate(lines) if line.startswith("hint")]
    assert "unmanaged projects" in lines[number]
    assert "→ adopt them with" in lines[number + 1]


def test_the_share_of_spend_without_a_project_takes_one_paid_request_and_says_so(desk: Desk, aws: LocalAws) -> None:
    aws.set_clock((NOW - timedelta(days=5)).isoformat())
    for project_id, place, tokens in ((desk.ids["search"], {}, 3_000_000), ("default", PLACE, 1_000_000)):
        aws.use_many(
            [Use(project_id=project_id, model="qwen.qwen3-32b", input_tokens=tokens, output_tokens=0, **place)]
        )
    aws.set_clock(NOW.isoformat())
    aws.clear_requests()
    code, findings = desk.findings("--environment", "dev", "--costs")
    to_do = [check for check, finding in findings.items() if finding["outcome"] == "hint"]
    assert (code, to_do) == (10, ["default project", "unallocated spend"])
    assert len(aws.requests("ce:GetCostAndUsage")) == 1
    assert findings["unallocated spend"]["result"].startswith(f"25.0% (USD 0.15 of 0.60) in account {ACCOUNT} from ")
    assert findings["unallocated spend"]["result"].endswith("; Cost Explorer API requests: 1 (USD 0.01)")


@pytest.mark.parametrize(
    ("scope", "result"),
    [
        ("all", f"0.0% (USD 0.00 of 3.00) in account {ACCOUNT} from "),
        ("billing", "70.0% (USD 7.00 of 10.00) in all accounts visible to these credentials from "),
    ],
)
def test_what_other_accounts_of_the_organisation_spend_is_not_part_of_an_accounts_share(
    desk: Desk, aws: LocalAws, scope: str, result: str
) -> None:
    """The role that Billing is asked with sees them too."""
    aws.organization(management="999999999999", members=[ACCOUNT, "222222222222"])
    aws.tag_keys(ACCOUNT, [TAG, "Team"], status="Active")
    settings(desk, scope=scope, billingRoleArn="arn:aws:iam::999999999999:role/billing")
    aws.add_role("arn:aws:iam::999999999999:role/billing")
    day = (NOW - timedelta(days=3)).date().isoformat()
    bedrock = {"service": "Amazon Bedrock", "usage_type": "USE1-m-mantle-input-tokens-standard"}
    aws.costs(
        [
            line(day, "3", account=ACCOUNT, tags={TAG: "acme/dev/search"}, **bedrock),
            line(day, "7", account="222222222222", **bedrock),
        ]
    )
    aws.set_clock(NOW.isoformat())
    _, findings = desk.findings("--stack", "dev", "--costs")
    assert findings["unallocated spend"]["result"].startswith(result)


@pytest.fixture
def spent(desk: Desk, aws: LocalAws) -> Desk:
    """The desk after usage with and without a project, also in another account, and with an export of it."""
    aws.organization(management="999999999999", members=[ACCOUNT, "222222222222"])
    aws.tag_keys(ACCOUNT, [TAG, "Team"], status="Active")
    day = (NOW - timedelta(days=3)).date().isoformat()
    bedrock = {"service": "Amazon Bedrock", "usage_type": "USE1-m-mantle-input-tokens-standard"}
    aws.costs(
        [
            line(day, "3", account=ACCOUNT, tags={TAG: "acme/dev/search"}, **bedrock),
            line(day, "1", account=ACCOUNT, **bedrock),
            line(day, "7", account="222222222222", **bedrock),
            line(day, "50", account=ACCOUNT, service="Amazon Elastic Compute Cloud - Compute", usage_type="BoxUsage"),
        ]
    )
    aws.set_clock(NOW.isoformat())
    days = [NOW - timedelta(days=30), NOW - timedelta(days=1)]
    months = sorted({f"{day:%Y-%m}" for day in days})
    aws.export(DataExport(account="999999999999", destination=str(desk.folder / "copy"), periods=months))
    declare(desk.folder, "copy: {table: cur2, location: copy}")
    return desk


def in_bucket(spent: Desk, aws: LocalAws) -> None:
    """Delivers the same export into a bucket."""
    new_session().client("s3", region_name="us-east-1").create_bucket(Bucket="acme-audit")
    months = sorted({path.parent.name[-7:] for path in (spent.folder / "copy").rglob("*Manifest.json")})
    aws.export(DataExport(account="999999999999", destination="s3://acme-audit/cost", periods=months))


@pytest.mark.parametrize("scope", ["all", "billing"])
def test_an_export_gives_the_same_share_without_a_request(spent: Desk, aws: LocalAws, scope: str) -> None:
    settings(spent, scope=scope, billingRoleArn="arn:aws:iam::999999999999:role/billing")
    aws.add_role("arn:aws:iam::999999999999:role/billing")
    _, by_api = spent.findings("--stack", "dev", "--costs")
    aws.clear_requests()
    _, by_files = spent.findings("--stack", "dev", "--costs", "--source", "export")
    assert aws.requests("ce:GetCostAndUsage") == []
    one, other = (findings["unallocated spend"] for findings in (by_api, by_files))
    assert (one["outcome"], one["remedy"]) == (other["outcome"], other["remedy"])
    assert one["result"].partition("%")[0] == ("25.0" if scope == "all" else "72.7")
    assert other["result"].partition(" in a")[0] == one["result"].partition(" in a")[0]
    assert other["result"].endswith("; read from copy")


def test_an_export_that_cannot_be_read_is_a_failed_line_and_the_rest_is_looked_at(spent: Desk) -> None:
    for manifest in (spent.folder / "copy").rglob("*Manifest.json"):
        manifest.write_text("{}")
    code, findings = spent.findings("--environment", "dev", "--costs", "--source", "export")
    assert (code, findings["unallocated spend"]["outcome"]) == (1, "failed")
    assert "is not a manifest of a data export" in findings["unallocated spend"]["result"]
    assert findings["identity"]["outcome"] == "ok"


def test_a_month_that_aws_has_yet_to_deliver_is_not_a_failure(spent: Desk) -> None:
    newest = max((spent.folder / "copy").rglob("*Manifest.json"))
    shutil.rmtree(newest.parent)
    code, findings = spent.findings("--environment", "dev", "--costs", "--source", "export")
    assert (code, findings["unallocated spend"]["outcome"]) == (1, "unknown")
    assert findings["unallocated spend"]["result"].startswith("not known yet: export acme-cur2, ")


@pytest.mark.parametrize("option", [[], ["--no-cache"]])
def test_copies_of_an_export_are_kept_unless_they_are_not_wanted(
    spent: Desk, aws: LocalAws, option: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    in_bucket(spent, aws)
    source = "s3://acme-audit/cost"
    _, findings = spent.findings("--environment", "dev", "--costs", "--source", source, *option)
    assert findings["unallocated spend"]["result"].endswith(f"; read from {source}")
    assert cache.exists() == (not option)


def test_a_bucket_without_the_permission_is_unknown_and_says_what_to_grant(spent: Desk, aws: LocalAws) -> None:
    aws.faults([Fault(kind="denied", action="s3:*")])
    code, findings = spent.findings("--environment", "dev", "--costs", "--source", "s3://acme-billing/cost")
    finding = findings["unallocated spend"]
    assert (code, finding["outcome"]) == (1, "unknown")
    assert finding["result"].startswith("listing s3://acme-billing/cost/ (s3:ListBucket): ")
    assert finding["remedy"].startswith("grant s3:ListBucket on the bucket")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--source", "export"], "--source is for --costs; add it, or leave out --source"),
        (["--costs", "--no-cache"], "--no-cache goes with --source s3://BUCKET/PREFIX; leave it out"),
        (["--costs", "--source", "export", "--no-cache"], "--no-cache goes with --source s3://BUCKET/PREFIX"),
        (["--costs", "--source", "export:coyp"], "--source export:coyp: unknown export 'coyp'; did you mean 'copy'?"),
    ],
)
def test_a_source_that_is_refused_asks_nothing(spent: Desk, aws: LocalAws, words: list[str], message: str) -> None:
    aws.clear_requests()
    done = run("audit", "--environment", "dev", *words, folder=spent.folder)
    assert done.code != 0
    assert message in " ".join(done.err.replace("│", " ").split())
    assert aws.requests() == []
