"""`bedrock-projects doctor` against the local AWS: all well, and each thing that can be wrong, with what to do."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bedrock_projects.doctor import checks
from bedrock_projects.errors import RefusedError
from bedrock_projects.exports.creation import columns
from local_aws import DataExport, Fault, LocalAws
from tests.local_aws.mantle import Mantle
from tests.local_aws.sessions import new_session
from tests.unit.command_line import run

ACCOUNT = "111111111111"
INVENTORY = """\
version: 1
inventory: acme
environments:
  dev: {account: "111111111111", region: us-west-2}
  other: {account: "222222222222", region: us-west-2}
  open: {region: us-west-2}
  nowhere: {}
projects:
  search: {name: Search, environments: [dev, open]}
  moved: {name: Moved, environments: {dev: {region: eu-west-1, move_from: us-west-2}}}
"""
# In place of the CLI: what the doctor asks it is its version and the state.
CLI = """\
#!/bin/sh
case "$1" in
  version) echo "v3.274.1" ;;
  stack) cat "$(dirname "$0")/state.json" ;;
  config)
    while [ "$1" != --config-file ]; do shift; done
    echo "# changed" >> "$2"
    [ "$PULUMI_CONFIG_PASSPHRASE" = good ] || { echo "error: incorrect passphrase" >&2; exit 255; } ;;
esac
"""
KEY = {"AWS_BEARER_TOKEN_BEDROCK": f"local-key-{ACCOUNT}-us-west-2"}


@dataclass
class Desk:
    """A folder with a program's files, on a machine where everything is well."""

    aws: LocalAws
    folder: Path
    setenv: Callable[[str, str], None]
    exit_code: int = 0

    def settings(self, **values: str) -> None:
        lines = [f"  bedrock-projects:{key}: {value}\n" for key, value in values.items()]
        (self.folder / "Pulumi.dev.yaml").write_text("config:\n  aws:region: us-west-2\n" + "".join(lines))

    def doctor(self, *options: str) -> dict[str, tuple[str, str]]:
        """Check → outcome, and all that is said about it."""
        done = run("doctor", "--format", "json", *(options or ("--stack", "dev")), folder=self.folder)
        assert done.err == ""
        self.exit_code = done.code
        return {
            finding["check"]: (finding["outcome"], f"{finding['result']} → {finding['remedy']}")
            for finding in json.loads(done.out)
        }

    def fails(self, check: str, *words: str) -> None:
        """Nothing but this check fails, and it says so with these words."""
        findings = self.doctor()
        assert self.exit_code == 1
        assert [name for name, (outcome, _) in findings.items() if outcome == "failed"] == [check]
        assert [word for word in words if word not in findings[check][1]] == []
        assert not findings[check][1].endswith("→ ")


@pytest.fixture
def desk(aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("pulumi", "pulumi-language-python"):
        (tools / name).write_text(CLI)
        (tools / name).chmod(0o755)
    (tools / "state.json").write_text('{"deployment": {"resources": []}}')
    (tmp_path / "Pulumi.yaml").write_text("name: bedrock-projects\nruntime: python\n")
    (tmp_path / "projects.yaml").write_text(INVENTORY)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    for name, value in aws.environment(ACCOUNT).items():
        monkeypatch.setenv(name, value)
    made = Desk(aws, tmp_path, monkeypatch.setenv)
    made.settings()
    return made


def test_all_well_is_exit_status_0_and_a_line_for_each_thing_that_was_looked_at(desk: Desk, mantle: Mantle) -> None:
    mantle.create("Chat", tags={"Team": "Care"})
    findings = desk.doctor()
    assert desk.exit_code == 0
    seen = {check: outcome for check, (outcome, _) in findings.items() if not check.startswith("version of ")}
    assert seen == {
        "pulumi": "ok",
        "settings": "ok",
        "state": "ok",
        "inventory": "ok",
        "identity": "ok",
        "region eu-west-1": "ok",
        "region us-west-2": "ok",
        "project stores eu-west-1": "unknown",
        "project stores us-west-2": "ok",
        "billing": "ok",
        "write permissions": "unknown",
    }
    assert {outcome for check, (outcome, _) in findings.items() if check.startswith("version of ")} == {"ok"}
    assert "2 projects listed, one of them read" in findings["region us-west-2"][1]


def test_nothing_is_changed(desk: Desk, aws: LocalAws, mantle: Mantle) -> None:
    mantle.create("Chat")
    aws.clear_requests()
    desk.doctor()
    asked = {request.operation.partition(":")[2] for request in aws.requests()}
    assert asked == {"GetCallerIdentity", "ListProjects", "GetProject", "ListCostAllocationTags"}


MISSING = {
    "ListProjects": "region us-west-2",
    "ListTagsForResource": "region us-west-2",
    "GetProject": "region us-west-2",
    "ListCostAllocationTags": "billing",
}


@pytest.mark.parametrize("action", MISSING)
def test_a_permission_that_is_missing_is_named_with_the_policy_that_has_it(
    desk: Desk, aws: LocalAws, action: str
) -> None:
    (desk.folder / "projects.yaml").write_text(INVENTORY.partition("  moved:")[0])
    aws.faults([Fault(kind="denied", action=f"*:{action}")])
    policy = "bedrock-projects iam billing" if MISSING[action] == "billing" else "bedrock-projects iam deploy"
    desk.fails(MISSING[action], f":{action} on resource", policy)


ON_RUNTIME = INVENTORY.replace(
    "{name: Search, environments: [dev, open]}", "{name: Search, endpoint: bedrock-runtime, environments: [dev, open]}"
).partition("  moved:")[0]
STORES: dict[str, tuple[dict[str, object], bool, list[Fault], str, str]] = {
    "one store": ({"project_stores": "one"}, True, [], "ok", "one store: bedrock-runtime shows proj_"),
    "two stores": ({"project_stores": "two"}, True, [], "ok", "two stores: bedrock-runtime does not show proj_"),
    "no project": ({}, False, [], "unknown", "not checked (bedrock-mantle has no project there to look for)"),
    "not allowed to list": (
        {},
        True,
        [Fault(kind="denied", action="bedrock-mantle:ListProjects")],
        "unknown",
        "not checked (not allowed to look: ",
    ),
    "not allowed to look": (
        {"project_stores": "one"},
        True,
        [Fault(kind="denied", action="bedrock:GetProject")],
        "unknown",
        "it needs bedrock-mantle:ListProjects and bedrock:GetProject",
    ),
    "no answer": (
        {},
        True,
        [
            Fault(
                kind="server_error",
                operation="bedrock-mantle:ListProjects",
            )
        ],
        "unknown",
        "not checked: listing",
    ),
    "an answer of the other endpoint that is an error": (
        {},
        True,
        [Fault(kind="server_error", operation="bedrock:GetProject")],
        "unknown",
        "not checked: ",
    ),
}


@pytest.mark.parametrize("inventory", [ON_RUNTIME, INVENTORY.partition("  moved:")[0]], ids=["runtime", "mantle"])
@pytest.mark.parametrize(("settings", "has_project", "faults", "outcome", "words"), STORES.values(), ids=STORES)
def test_the_probe_says_whether_both_endpoints_have_the_same_projects(
    desk: Desk,
    aws: LocalAws,
    mantle: Mantle,
    settings: dict[str, object],
    has_project: bool,
    faults: list[Fault],
    outcome: str,
    words: str,
    inventory: str,
) -> None:
    (desk.folder / "projects.yaml").write_text(inventory)
    aws.settings(**settings)
    if has_project:
        mantle.create("Chat")
    aws.faults(faults)
    aws.clear_requests()
    findings = desk.doctor()
    assert findings["project stores us-west-2"][0] == outcome
    assert words in findings["project stores us-west-2"][1]
    # What keeps the probe from looking may keep other checks too, but the probe itself never fails.
    assert desk.exit_code == int(any(one == "failed" for one, _ in findings.values()))
    changing = ("Create", "Update", "Archive", "Tag", "Untag")
    assert [request for request in aws.requests() if request.operation.partition(":")[2].startswith(changing)] == []


def test_a_probe_that_fails_in_any_other_way_fails_nothing(
    desk: Desk, mantle: Mantle, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk.folder / "projects.yaml").write_text(INVENTORY.partition("  moved:")[0])
    mantle.create("Chat")

    def is_shown(*_: object) -> bool:
        raise RefusedError("not here")

    monkeypatch.setattr(checks, "_is_shown", is_shown)
    findings = desk.doctor()
    assert (desk.exit_code, findings["project stores us-west-2"]) == (0, ("unknown", "not here → "))


def test_an_environment_on_the_other_endpoint_is_checked_with_a_hint_about_policies(desk: Desk, aws: LocalAws) -> None:
    (desk.folder / "projects.yaml").write_text(ON_RUNTIME)
    findings = desk.doctor()
    assert desk.exit_code == 0
    assert findings["region us-west-2 (bedrock-runtime)"] == (
        "ok",
        "1 project listed, one of them read → ",
    )
    outcome, words = findings["application policies"]
    assert (outcome, "`bedrock-projects iam application KEY --environment dev`" in words) == ("hint", True)
    (desk.folder / "projects.yaml").write_text(INVENTORY)
    assert not [check for check in desk.doctor() if "application" in check]


def test_a_member_account_gets_both_remedies(desk: Desk, aws: LocalAws) -> None:
    aws.organization(management="999999999999", members=[ACCOUNT])
    desk.fails("billing", "Linked account", "billingRoleArn", "scope: projects", "scope: billing")
    desk.settings(scope="projects")
    assert "billing" not in desk.doctor()
    assert desk.exit_code == 0


def test_a_billing_stack_looks_at_billing_alone(desk: Desk, aws: LocalAws) -> None:
    desk.settings(scope="billing")
    aws.clear_requests()
    assert desk.doctor()["billing"][0] == "ok"
    assert [request.operation for request in aws.requests()] == ["ce:ListCostAllocationTags"]
    aws.organization(management="999999999999", members=[ACCOUNT])
    desk.fails("billing", "management account")
    named = INVENTORY.replace("environments:", 'billing: {account: "999999999999"}\nenvironments:', 1)
    (desk.folder / "projects.yaml").write_text(named)
    desk.fails("billing", "Billing (`billing.account`) is in account 999999999999, but the credentials")


CREDENTIALS: dict[str, tuple[dict[str, str], str]] = {
    "a wrong secret": ({"AWS_SECRET_ACCESS_KEY": "another"}, "the credentials were not accepted"),
    "a profile and keys": ({"AWS_PROFILE": "nobody"}, "AWS_PROFILE or AWS_DEFAULT_PROFILE names it: unset it"),
    "expired": ({"AWS_SESSION_TOKEN": "expired"}, "the credentials have expired: renew them"),
    "unknown": ({"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"}, "sign in again"),
    "a profile that is not there": ({"AWS_PROFILE": "nobody"}, "nobody"),
    "another account's": (
        {"AWS_ACCESS_KEY_ID": "local-222222222222"},
        "environment 'dev' is in account 111111111111, but",
    ),
}


@pytest.mark.parametrize(("variables", "words"), CREDENTIALS.values(), ids=CREDENTIALS)
def test_the_wrong_credentials_are_one_failing_line_and_nothing_else_is_asked(
    desk: Desk, aws: LocalAws, variables: dict[str, str], words: str
) -> None:
    for name, value in variables.items():
        desk.setenv(name, value)
    desk.fails("identity", words)
    assert aws.requests("bedrock-mantle:*") == []


def test_an_endpoint_that_is_not_there_fails(desk: Desk) -> None:
    (desk.folder / "projects.yaml").write_text(INVENTORY.partition("  moved:")[0])
    desk.setenv("AWS_ENDPOINT_URL_BEDROCK_MANTLE", "http://bedrock-mantle.invalid")
    desk.fails("region us-west-2", "bedrock-mantle.invalid", "AWS_ENDPOINT_URL")


def test_a_region_without_the_service_is_one_message_with_host_and_region(desk: Desk, aws: LocalAws) -> None:
    (desk.folder / "projects.yaml").write_text(INVENTORY.replace("eu-west-1", "eu-west-3"))
    aws.settings(regions=["us-west-2"])
    desk.fails("region eu-west-3", "the service is known in ap-northeast-1, ")


SETTINGS: dict[str, tuple[dict[str, str], str, str]] = {
    "a mistyped key": ({"scop": "all"}, "settings", "did you mean 'scope'?"),
    "a value out of range": ({"scope": "everything"}, "settings", "all, projects, billing"),
    "an unknown environment": ({"environment": "prd"}, "environment", "unknown environment 'prd'"),
    "a billing stack without its scope": (
        {"environment": "billing"},
        "environment",
        "if the stack is for Billing alone, `pulumi config set scope billing`",
    ),
    "an inventory that is not there": (
        {"inventory": "teams.yaml"},
        "inventory",
        "bedrock-projects validate teams.yaml",
    ),
    "bearer without a key": ({"auth": "bearer"}, "auth", "set AWS_BEARER_TOKEN_BEDROCK"),
}


@pytest.mark.parametrize(("settings", "check", "words"), SETTINGS.values(), ids=SETTINGS)
def test_settings_that_cannot_be_deployed_fail(desk: Desk, settings: dict[str, str], check: str, words: str) -> None:
    desk.settings(**settings)
    desk.fails(check, words)


def test_a_setting_of_aws_that_has_no_effect_fails(desk: Desk) -> None:
    role = "aws:assumeRole: {roleArn: arn:aws:iam::111111111111:role/x}, aws:secretKey: {secure: v1:x}"
    (desk.folder / "Pulumi.dev.yaml").write_text(f"config: {{aws:region: us-west-2, {role}}}\n")
    desk.fails(
        "settings", "Pulumi.dev.yaml: aws:assumeRole has no effect", "aws:secretKey has no effect", "aws:profile"
    )


def test_two_regions_that_contradict_each_other_fail(desk: Desk) -> None:
    (desk.folder / "Pulumi.dev.yaml").write_text("config: {aws:region: eu-west-1}\n")
    desk.fails("environment", "aws:region of the stack is eu-west-1")


def test_an_environment_of_the_option_is_not_a_setting(desk: Desk) -> None:
    outcome, said = desk.doctor("--environment", "prd")["environment"]
    assert (outcome, "pulumi config" in said, "unknown environment 'prd'" in said) == ("failed", False, True)


def test_no_region_at_all_fails(desk: Desk) -> None:
    assert desk.doctor("--environment", "nowhere")["region"][0] == "failed"


def test_options_take_the_place_of_the_stacks_settings(desk: Desk) -> None:
    (desk.folder / "other.yaml").write_text(INVENTORY)
    findings = desk.doctor("--stack", "dev", "--environment", "other", "--inventory", "other.yaml")
    assert "other.yaml: acme, 0 projects in other" in findings["inventory"][1]
    assert findings["identity"][0] == "failed"


def test_without_a_stack_there_is_the_environment_alone(desk: Desk) -> None:
    findings = desk.doctor("--environment", "open")
    assert (desk.exit_code, "settings" in findings, "state" in findings) == (0, False, False)
    assert findings["identity"][0] == "hint"
    assert "`account: '111111111111'`" in findings["identity"][1]


def test_without_an_environment_there_is_the_inventory_alone(desk: Desk, aws: LocalAws) -> None:
    findings = desk.doctor("--inventory", "projects.yaml")
    assert (desk.exit_code, findings["inventory"][0]) == (0, "hint")
    assert "acme, dev, nowhere, open, other → give --stack or --environment" in findings["inventory"][1]
    assert aws.requests() == []


def test_a_region_that_lists_nothing_yet_is_well(desk: Desk, aws: LocalAws) -> None:
    aws.faults([Fault(kind="list_lag", seconds=3600)])
    findings = desk.doctor("--environment", "open")
    assert findings["region us-west-2"][0] == "ok"
    assert findings["region us-west-2"][1].endswith("0 projects listed → ")
    assert aws.requests("bedrock-mantle:GetProject") == []


def test_an_api_key_whose_account_is_unknown_is_one_failing_line(desk: Desk, aws: LocalAws) -> None:
    for name, value in KEY.items():
        desk.setenv(name, value)
    desk.settings(auth="bearer", scope="projects")
    aws.settings(omit_fields=["arn"])
    desk.fails("identity", "no project listed in eu-west-1 has an ARN", "set `auth: sigv4`")


def test_an_api_key_is_used_or_pointed_out(desk: Desk, aws: LocalAws) -> None:
    (desk.folder / "projects.yaml").write_text(INVENTORY.partition("  moved:")[0])
    for name, value in KEY.items():
        desk.setenv(name, value)
    assert desk.doctor()["auth"][0] == "hint"
    desk.settings(auth="bearer", scope="projects")
    aws.clear_requests()
    findings = desk.doctor()
    assert (desk.exit_code, findings["identity"][0], findings["region us-west-2"][0]) == (0, "ok", "ok")
    assert aws.requests("sts:*") == []


def test_an_invalid_inventory_fails_before_aws_is_asked(desk: Desk, aws: LocalAws) -> None:
    (desk.folder / "projects.yaml").write_text("version: 2\n")
    desk.fails("inventory", "projects.yaml:1:", "bedrock-projects validate")
    assert aws.requests() == []


def test_a_killed_run_is_pointed_out(desk: Desk) -> None:
    pending = [{"resource": {"urn": "urn:pulumi:dev::p::t::search"}, "type": "creating"}]
    (desk.folder / "bin" / "state.json").write_text(json.dumps({"deployment": {"pending_operations": pending}}))
    outcome, said = desk.doctor()["state"]
    assert (desk.exit_code, outcome) == (0, "hint")
    assert "pulumi refresh --clear-pending-creates" in said


def test_a_passphrase_that_does_not_open_the_stacks_file_fails(desk: Desk) -> None:
    file = desk.folder / "Pulumi.dev.yaml"
    file.write_text(f"encryptionsalt: v1:x\n{file.read_text()}")
    before = file.read_text()
    desk.setenv("PULUMI_CONFIG_PASSPHRASE", "bad")
    desk.fails("passphrase", "incorrect passphrase", "set PULUMI_CONFIG_PASSPHRASE")
    desk.setenv("PULUMI_CONFIG_PASSPHRASE", "good")
    assert (desk.doctor()["passphrase"][0], desk.exit_code) == ("ok", 0)
    assert file.read_text() == before


@pytest.mark.parametrize("scope", ["all", "billing"])
def test_a_package_that_only_some_inventories_need_fails_where_this_one_does(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, scope: str
) -> None:
    metadata = desk.folder / "bedrock_projects-0.1.dist-info" / "METADATA"
    metadata.parent.mkdir()
    head = ["Metadata-Version: 2.1", "Name: bedrock-projects", "Version: 0.1", "Requires-Python: >=3.10"]
    extras = ["nix<8,>=7; extra == 'aws'", "other; extra == 'dev'", "boto3>=1.44"]
    metadata.write_text("\n".join([*head, *(f"Requires-Dist: {requirement}" for requirement in extras)]))
    monkeypatch.syspath_prepend(str(desk.folder))
    desk.settings(scope=scope)
    assert "version of nix" not in desk.doctor()
    budget = "{project: search, environments: [dev], amount: 5, notify: [a@example.com], alerts: [{at: 80%}]}"
    (desk.folder / "projects.yaml").write_text(f"{INVENTORY}budgets: {{search: {budget}}}\n")
    desk.fails("version of nix", "not installed, but `budgets`", "install `nix<8,>=7`")


def test_a_stack_is_taken_by_its_full_name(desk: Desk) -> None:
    findings = desk.doctor("--stack", "organization/acme/dev")
    assert (desk.exit_code, findings["state"][0]) == (0, "ok")
    assert findings["settings"][1].startswith("Pulumi.dev.yaml: scope all")


@pytest.mark.parametrize(
    ("script", "check"),
    [
        ("#!/bin/sh\nexit 1\n", "pulumi"),
        ("#!/bin/sh\n[ $1 = version ] && echo v3.100.0 || echo '{\"deployment\": null}'\n", "pulumi"),
        ("#!/bin/sh\n[ $1 = version ] && echo v3.274.1 || exit 255\n", "state"),
    ],
)
def test_a_pulumi_cli_that_will_not_do_fails(desk: Desk, script: str, check: str) -> None:
    (desk.folder / "bin" / "pulumi").write_text(script)
    assert desk.doctor()[check][0] == "failed"
    assert desk.exit_code == 1


def test_without_the_cli_nothing_is_said_of_the_state(desk: Desk) -> None:
    (desk.folder / "bin" / "pulumi").unlink()
    desk.setenv("PATH", str(desk.folder / "bin"))
    desk.fails("pulumi", "not on PATH")
    assert "state" not in desk.doctor()


def test_text_shows_each_failing_line_with_what_to_do(desk: Desk, aws: LocalAws) -> None:
    aws.faults([Fault(kind="denied", action="*:GetProject")])
    done = run("doctor", "--stack", "dev", folder=desk.folder)
    lines = done.out.splitlines()
    failing = [number for number, line in enumerate(lines) if line.startswith("FAILED")]
    assert (done.code, len(failing)) == (1, 2)
    assert all("→ grant the policy" in lines[number + 1] for number in failing)


EXPORTED = """
exports:
  acme-cur2: {table: cur2, location: copy}
  bedrock: {table: cur2, create: true, bucket: acme-bedrock-costs, region: us-east-1}
"""


@pytest.fixture
def exporting(desk: Desk, aws: LocalAws) -> Desk:
    """The desk with an inventory that has two exports; the copy of one was delivered."""
    (desk.folder / "projects.yaml").write_text(INVENTORY + EXPORTED)
    destination = str(desk.folder / "copy")
    aws.export(DataExport(account=ACCOUNT, destination=destination, periods=("2026-10", "2026-11")))
    desk.settings(scope="billing")
    return desk


def created_bucket() -> None:
    new_session().client("s3", region_name="us-east-1").create_bucket(Bucket="acme-bedrock-costs")


def test_the_newest_delivery_of_each_export_is_looked_at(exporting: Desk, aws: LocalAws) -> None:
    created_bucket()
    destination = "s3://acme-bedrock-costs/exports"
    selected = columns(iam_principals=False)
    aws.export(
        DataExport(account=ACCOUNT, destination=destination, name="bedrock", periods=("2026-11",), columns=selected)
    )
    aws.clear_requests()
    findings = exporting.doctor()
    assert (findings["export acme-cur2"][0], findings["export bedrock"][0]) == ("ok", "ok")
    assert "; months 2026-10 to 2026-11" in findings["export acme-cur2"][1]
    listing, manifest = sorted(request.operation for request in aws.requests("s3:*"))
    assert (listing, manifest.rpartition("/")[2]) == ("s3:GET /acme-bedrock-costs", "bedrock-Manifest.json")


def test_an_export_that_the_stack_has_yet_to_create_is_not_a_failure(exporting: Desk) -> None:
    outcome, said = exporting.doctor()["export bedrock"]
    assert (outcome, said) == (
        "hint",
        "not created yet: no bucket acme-bedrock-costs → run `pulumi up` for the stack of Billing",
    )


def test_an_export_without_a_delivery_waits_for_the_first(exporting: Desk) -> None:
    created_bucket()
    outcome, said = exporting.doctor()["export bedrock"]
    assert outcome == "hint"
    assert said.startswith("s3://acme-bedrock-costs/exports/bedrock has no delivery yet → AWS delivers within 24 hours")


def test_a_bucket_that_may_not_be_read_names_the_policy(exporting: Desk, aws: LocalAws) -> None:
    aws.faults([Fault(kind="denied", action="s3:*")])
    exporting.fails("export bedrock", "s3:ListBucket", "`bedrock-projects iam export bedrock` prints")


def test_a_bucket_that_does_not_answer_is_asked_again(exporting: Desk, aws: LocalAws) -> None:
    aws.faults([Fault(kind="server_error", operation="s3:*")])
    exporting.fails("export bedrock", "listing s3://acme-bedrock-costs/", "→ run this again")


def test_a_bucket_that_no_stack_creates_is_not_one_to_wait_for(exporting: Desk) -> None:
    elsewhere = EXPORTED.replace("location: copy", 'location: "s3://acme-billing/cur2"')
    (exporting.folder / "projects.yaml").write_text(INVENTORY + elsewhere)
    words = ("listing s3://acme-billing/cur2/", "The specified bucket does not exist", "→ correct `location`")
    exporting.fails("export acme-cur2", *words)


def test_a_copy_that_is_not_there_or_half_there_is_named(exporting: Desk) -> None:
    newest = exporting.folder / "copy/acme-cur2/metadata/BILLING_PERIOD=2026-11"
    shutil.rmtree(newest)
    outcome, said = exporting.doctor()["export acme-cur2"]
    assert outcome == "hint"
    assert "2026-11 has files, but no manifest: its delivery is not complete" in said
    shutil.rmtree(exporting.folder / "copy")
    outcome, said = exporting.doctor()["export acme-cur2"]
    assert (outcome, said.partition(" → ")[2]) == ("failed", "copy the export there, or correct `location`")


def test_a_file_that_is_missing_is_a_failure(exporting: Desk) -> None:
    for file in (exporting.folder / "copy").rglob("*.parquet"):
        file.unlink()
    exporting.fails("export acme-cur2", "is missing; copy the export again")
