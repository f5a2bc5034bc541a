"""What `bedrock-projects doctor` makes of what it finds on a machine and in a stack's files."""

import json
import re
import threading
from pathlib import Path

import pytest

from bedrock_projects.doctor import findings
from bedrock_projects.doctor.checks import examine
from bedrock_projects.errors import (
    AmbiguousError,
    BedrockProjectsError,
    CredentialsError,
    SettingsError,
    UnreachableError,
)
from bedrock_projects.findings import Finding, Outcome, finding_of_refusal, lines_of, run_in_time
from bedrock_projects.stacks.files import read_stack, settings_of, stack_names
from bedrock_projects.terminal import plain
from tests.unit.command_line import run

PROJECT = """\
name: bedrock-projects
config:
  scope: {type: string, default: all}
  inventory: {default: teams.yaml}
  auth: sigv4
  environment: {type: string}
"""


@pytest.mark.parametrize(
    ("version", "wanted", "is_met"),
    [
        ("3.272.0", "<4,>=3.272", True),
        ("3.271.9", "<4,>=3.272", False),
        ("4.0.0", "<4,>=3.272", False),
        ("3.10.0", ">=3.10", True),
        ("3.9.18", ">=3.10", False),
        ("3.11.0rc1", ">=3.10", True),
        ("1.44.8.post1", ">=1.44", True),
        ("1", "", True),
    ],
)
def test_versions_are_compared_by_their_numbers(version: str, wanted: str, is_met: bool) -> None:
    assert findings.meets(version, wanted) is is_met


@pytest.mark.parametrize(
    ("version", "outcome"), [("3.272.0", "ok"), ("3.100.0", "failed"), (None, "failed"), ("4.1", "failed")]
)
def test_a_package_out_of_range_fails(version: str | None, outcome: Outcome) -> None:
    assert findings.check_package("pulumi", version, "<4,>=3.272").outcome == outcome


CLIS: dict[str, tuple[str | None, str, bool, Outcome]] = {
    "none": (None, "", False, "failed"),
    "one that runs Python": ("/bin/pulumi", "v3.274.1", True, "ok"),
    "one too old": ("/bin/pulumi", "v3.100.0", True, "failed"),
    "one too new": ("/bin/pulumi", "v4.0.0", True, "failed"),
    "one that does not run": ("/bin/pulumi", "", True, "failed"),
    "one without the language host": ("/bin/pulumi", "v3.274.1", False, "failed"),
}


@pytest.mark.parametrize(("executable", "said", "has_host", "outcome"), CLIS.values(), ids=CLIS)
def test_a_pulumi_cli_that_will_not_do_fails(
    executable: str | None, said: str, has_host: bool, outcome: Outcome
) -> None:
    assert findings.check_pulumi(executable, said, has_host=has_host).outcome == outcome


PENDING = {"resource": {"urn": "urn:pulumi:dev::p::t::search"}, "type": "creating"}
STATES: dict[str, tuple[int, str, str, Outcome, str]] = {
    "nothing open": (0, json.dumps({"deployment": {"resources": []}}), "", "ok", "`pulumi cancel`"),
    "a stack never deployed": (0, json.dumps({"deployment": None}), "", "ok", ""),
    "a killed run": (
        0,
        json.dumps({"deployment": {"pending_operations": [PENDING]}}),
        "",
        "hint",
        "changing search → make sure that no run is active, then run `pulumi refresh --clear-pending-creates` once",
    ),
    "no such stack": (
        255,
        "",
        "error: no stack named 'dev' found\n",
        "hint",
        "no stack named 'dev' found → make it with `pulumi stack init acme/dev`",
    ),
    "no backend": (255, "", "error: PULUMI_ACCESS_TOKEN must be set\n", "failed", "→ `pulumi login` to the state's"),
    "no state": (0, "[]", "", "unknown", "printed no state"),
}


@pytest.mark.parametrize(("code", "stdout", "stderr", "outcome", "words"), STATES.values(), ids=STATES)
def test_the_state_tells_what_a_killed_run_left(
    code: int, stdout: str, stderr: str, outcome: Outcome, words: str
) -> None:
    finding = findings.check_state("acme/dev", code, stdout, stderr)
    assert finding.outcome == outcome
    assert words in f"{finding.result} → {finding.remedy}"


@pytest.mark.parametrize(
    ("code", "stderr", "outcome", "remedy"),
    [
        (0, "", "ok", ""),
        (255, "error: incorrect passphrase\n", "failed", "set PULUMI_CONFIG_PASSPHRASE, or"),
        (255, "error: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or", "failed", "set PULUMI_CONFIG_PASSPHR"),
        (1, "`pulumi config` took more than 60 seconds", "unknown", ""),
    ],
)
def test_the_passphrase_must_be_that_of_the_stack(code: int, stderr: str, outcome: Outcome, remedy: str) -> None:
    finding = findings.check_passphrase(code, stderr)
    assert finding.outcome == outcome
    assert finding.remedy.startswith(remedy)
    assert " ".join(stderr.split()) in finding.result


@pytest.mark.parametrize(
    ("auth", "key", "outcome"),
    [
        ("sigv4", "", None),
        ("sigv4", "k", "hint"),
        ("bearer", "", "failed"),
        ("bearer", " ", "failed"),
        ("bearer", "k", None),
    ],
)
def test_an_api_key_and_the_setting_auth_must_agree(auth: str, key: str, outcome: Outcome | None) -> None:
    finding = findings.check_bearer({"AWS_BEARER_TOKEN_BEDROCK": key}, auth=auth)
    assert (finding and finding.outcome) == outcome


@pytest.mark.parametrize(
    ("declared", "environment", "outcome"),
    [("1" * 12, "dev", "ok"), ("2" * 12, "dev", "failed"), (None, "dev", "hint")],
)
def test_the_account_is_held_against_the_environment(declared: str | None, environment: str, outcome: Outcome) -> None:
    finding = findings.check_account("1" * 12, declared, environment=environment, credentials="profile dev")
    assert finding.outcome == outcome
    assert "profile dev" in finding.result


@pytest.mark.parametrize(("region", "named"), [("eu-west-3", True), ("us-west-2", False)])
def test_a_region_where_the_service_is_not_known_names_the_others(region: str, named: bool) -> None:
    finding = finding_of_refusal("region", UnreachableError("no such host", action="listing"), region=region)
    assert ("the service is known in ap-northeast-1, " in finding.remedy) is named


def test_an_answer_of_another_kind_fails_too() -> None:
    assert findings.finding_of_billing_refusal(AmbiguousError("lost", action="listing")).outcome == "failed"


@pytest.mark.parametrize(
    ("installed", "missing"),
    [((), "bedrock-projects"), (("Name: bedrock-projects", "Requires-Python: >=3.10", "Requires-Dist: nix>=1"), "nix")],
)
def test_a_package_that_is_not_installed_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, installed: tuple[str, ...], missing: str
) -> None:
    if installed:
        metadata = tmp_path / "bedrock_projects-0.1.dist-info" / "METADATA"
        metadata.parent.mkdir()
        metadata.write_text("\n".join(["Metadata-Version: 2.1", "Version: 0.1", *installed]))
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    monkeypatch.setenv("PATH", "")
    results = examine(stack=None, inventory=tmp_path / "none.yaml", environment=None)
    failing = [
        (finding.check, finding.result)
        for finding in results
        if finding.outcome == "failed" and "version" in finding.check
    ]
    assert failing == [(f"version of {missing}", "not installed")]


def test_a_check_that_never_ends_is_a_failing_line_and_the_others_are_kept() -> None:
    never = threading.Event()
    good = [Finding("quick", "ok", "yes")]

    def wait() -> list[Finding]:
        never.wait()
        return good

    try:
        results = run_in_time([("stuck", wait), ("quick", lambda: good)], seconds=0.05)
    finally:
        never.set()
    assert [(finding.check, finding.outcome) for finding in results] == [("stuck", "failed"), ("quick", "ok")]


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (SettingsError("costs are in several currencies (EUR, USD) and can't be totalled; use --environment"), ""),
        (CredentialsError("expired", action="asking"), "sign in again"),
    ],
    ids=["ours", "AWS's"],
)
def test_a_check_that_ends_in_an_error_is_a_failing_line_with_its_text(
    error: BedrockProjectsError, remedy: str, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail() -> list[Finding]:
        raise error

    [finding] = run_in_time([("costs", fail)])
    assert (finding.check, finding.outcome, finding.result) == ("costs", "failed", str(error))
    assert finding.remedy.startswith(remedy)
    assert capfd.readouterr().err == ""


def test_text_is_one_line_for_each_finding_and_one_for_its_remedy() -> None:
    first, second, third = map(
        plain, lines_of([Finding("identity", "failed", "a", "c"), Finding("billing", "ok", "d")])
    )
    assert first.split() == ["FAILED", "identity", "a"]
    assert (second.split(), third.split()) == (["→", "c"], ["ok", "billing", "d"])


def stack_files(folder: Path, settings: str, *, project: str = PROJECT) -> Path:
    (folder / "Pulumi.yaml").write_text(project)
    (folder / "Pulumi.dev.yaml").write_text(settings)
    return folder


def test_settings_are_those_of_the_stack_else_the_projects_defaults(tmp_path: Path) -> None:
    settings = (
        "config:\n  aws:region: us-west-2\n  bedrock-projects:scope: projects\n  bedrock-projects:preflight: false\n"
    )
    read = read_stack(stack_files(tmp_path, settings), "dev")
    assert read.project == "bedrock-projects"
    assert read.config == {
        "aws:region": "us-west-2",
        "bedrock-projects:scope": "projects",
        "bedrock-projects:preflight": "false",
        "bedrock-projects:inventory": "teams.yaml",
        "bedrock-projects:auth": "sigv4",
    }


def test_secrets_stay_where_they_are(tmp_path: Path) -> None:
    settings = "encryptionsalt: v1:x\nconfig:\n  other:token: {secure: v1:abc}\n  scope: {secure: v1:def}\n"
    read = read_stack(stack_files(tmp_path, settings), "dev")
    assert read.encrypted == {"other:token", "bedrock-projects:scope"}
    assert not read.encrypted & read.config.keys()


@pytest.mark.parametrize(
    ("value", "text"),
    [("yes", "yes"), ("off", "off"), ("TRUE", "true"), ("False", "false"), ("", ""), ("~", ""), ("111", "111")],
)
@pytest.mark.parametrize("key", ["bedrock-projects:auth", "auth"])
def test_a_value_and_a_key_are_what_the_cli_makes_of_them(tmp_path: Path, key: str, value: str, text: str) -> None:
    """As `pulumi config --json` of 3.274.1 shows them."""
    read = read_stack(stack_files(tmp_path, f"config:\n  {key}: {value}\n"), "dev")
    assert read.config["bedrock-projects:auth"] == text


@pytest.mark.parametrize("field", ["stackConfigDir", "config"])
def test_the_files_of_stacks_are_where_pulumi_yaml_says(tmp_path: Path, field: str) -> None:
    """`config` as a string is what `stackConfigDir` was called before."""
    (tmp_path / "Pulumi.yaml").write_text(f"name: bedrock-projects\n{field}: config/stacks\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {scope: billing}\n")
    (tmp_path / "config/stacks").mkdir(parents=True)
    with pytest.raises(SettingsError, match=r"^config/stacks/Pulumi\.dev\.yaml does not exist"):
        read_stack(tmp_path, "dev")
    (tmp_path / "config/stacks/Pulumi.dev.yaml").write_text("config: {scope: projects}\n")
    assert settings_of("dev", folder=tmp_path).scope == "projects"
    assert stack_names(tmp_path) == ["dev"]
    done = run("doctor", "--stack", "dev", folder=tmp_path)
    assert "config/stacks/Pulumi.dev.yaml: scope projects" in done.out


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2026-01-01", "2026-01-01"),
        ("2026-01-01T00:00:00Z", "2026-01-01 00:00:00+00:00"),
        ("!!binary aGk=", "b'hi'"),
        ("!!set {a}", "{'a'}"),
        ("{2026-01-01: x}", "{datetime.date(2026, 1, 1): 'x'}"),
        ("&own [*own]", "[[...]]"),
        ("[a, 1]", '["a", 1]'),
    ],
)
def test_a_value_of_another_program_may_be_all_that_yaml_knows(tmp_path: Path, value: str, text: str) -> None:
    read = read_stack(stack_files(tmp_path, f"config:\n  other:since: {value}\n"), "dev")
    assert read.config["other:since"] == text


def test_the_full_name_of_a_stack_is_that_of_the_same_file(tmp_path: Path) -> None:
    folder = stack_files(tmp_path, "config: {aws:region: us-west-2}\n")
    assert read_stack(folder, "organization/acme/dev") == read_stack(folder, "dev")
    assert settings_of("acme/dev", folder=folder).environment == "dev"
    with pytest.raises(SettingsError, match=r"Pulumi\.dve\.yaml .*did you mean 'dev'\?.* `pulumi stack init acme/dve`"):
        read_stack(folder, "acme/dve")


@pytest.mark.parametrize(("text", "is_locked"), [("encryptionsalt: v1:x\n", True), ("config: {}\n", False)])
def test_a_file_says_whether_a_passphrase_locks_it(tmp_path: Path, text: str, is_locked: bool) -> None:
    assert read_stack(stack_files(tmp_path, text), "dev").has_passphrase is is_locked


@pytest.mark.parametrize("settings", ["", "config:\n", "encryptionsalt: v1:x\n"])
def test_a_stack_without_settings_has_the_defaults(tmp_path: Path, settings: str) -> None:
    assert read_stack(stack_files(tmp_path, settings), "dev").config["bedrock-projects:scope"] == "all"


ALIASES = "config:\n  a:b0: &b0 [x, x]\n" + "".join(
    f"  a:b{level}: &b{level} [*b{level - 1}, *b{level - 1}]\n" for level in range(1, 22)
)
BROKEN = {
    "no YAML": ("config: {", PROJECT, "Pulumi.dev.yaml cannot be read"),
    "a date that is none": ("config: {a:b: 2026-13-45}", PROJECT, "Pulumi.dev.yaml cannot be read: month must be"),
    "nesting without an end": ("[" * 5000, PROJECT, "Pulumi.dev.yaml cannot be read"),
    "aliases without an end": (ALIASES, PROJECT, "Pulumi.dev.yaml expands to more than 1,000,000 values"),
    "a list": ("- a\n", PROJECT, "Pulumi.dev.yaml is not a mapping"),
    "a list as config": ("config: [a]\n", PROJECT, "Pulumi.dev.yaml: `config` is not a mapping"),
    "a project without a name": ("", "runtime: python\n", "Pulumi.yaml has no `name`"),
}


@pytest.mark.parametrize(("settings", "project", "words"), BROKEN.values(), ids=BROKEN)
def test_files_that_pulumi_would_not_take_are_refused(tmp_path: Path, settings: str, project: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        read_stack(stack_files(tmp_path, settings, project=project), "dev")


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    assert stack_names(tmp_path) == []
    with pytest.raises(SettingsError, match=r"Pulumi\.yaml does not exist; run this in the folder"):
        read_stack(tmp_path, "dev")
    with pytest.raises(
        SettingsError, match=r"Pulumi\.dve\.yaml does not exist; did you mean 'dev'\? Create a new stack with"
    ):
        read_stack(stack_files(tmp_path, ""), "dve")


def test_json_has_every_field(tmp_path: Path) -> None:
    done = run("doctor", "--format", "json", folder=tmp_path)
    printed = json.loads(done.out)
    assert done.code == 1
    assert all(set(finding) == {"check", "outcome", "result", "remedy"} for finding in printed)
    [inventory] = [finding for finding in printed if finding["check"] == "inventory"]
    assert (inventory["outcome"], "projects.yaml" in inventory["result"]) == ("failed", True)


@pytest.mark.parametrize("settings", ["config: {bedrock-projects:inventory: projects.yaml}\n", None])
def test_an_inventory_that_is_not_valid_is_one_line_also_for_a_stack_without_a_file(
    tmp_path: Path, settings: str | None
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: bedrock-projects\nruntime: python\n", "utf-8")
    if settings:
        (tmp_path / "Pulumi.dev.yaml").write_text(settings, "utf-8")
    (tmp_path / "projects.yaml").write_text("version: 1\nnotes: []\n", "utf-8")
    done = run("doctor", "--stack", "dev", folder=tmp_path)
    [failed] = [line for line in done.out.splitlines() if line.startswith("FAILED  inventory")]
    assert re.search(r"projects\.yaml:\d+:\d+: .* \(and \d more\)$", failed)
    assert "`bedrock-projects validate" in done.out
    assert done.code == 1
