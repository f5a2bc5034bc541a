"""All commands, with a hostile text in every place that others can fill: no medium shows it as it is."""

import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from bedrock_projects.ci.review_comment import MARK
from bedrock_projects.cli import COMMANDS
from bedrock_projects.inventory import load
from bedrock_projects.template.pins import installed_version
from local_aws import Fault, LocalAws
from tests.local_aws.costs import line
from tests.local_aws.costs_cli import MANTLE, MARKETPLACE, OWN
from tests.local_aws.hostile_aws import hostile_aws
from tests.local_aws.mantle import ACCOUNT, REGION, Mantle
from tests.unit.command_line import Done, repository, run
from tests.unit.hostile import PRINTABLE, TEXT, check_csv, check_html, check_json, check_lines, check_markdown
from tests.unit.wheels import empty_wheel

CHECKS = {"csv": check_csv, "html": check_html, "json": check_json, "gitlab": check_json, "markdown": check_markdown}
TAG = "bedrock-project"
FILE = TEXT.replace("/", "_")[:60]


def quoted(text: str) -> str:
    """The text as a scalar of YAML, all in escapes."""
    return '"' + "".join(f"\\U{ord(character):08x}" for character in text) + '"'


VALID = f"""\
version: 1
inventory: acme
environments: {{dev: {{account: "{ACCOUNT}", region: us-west-2, description: {quoted(TEXT)}}}}}
tag_keys: {{"@acme/team": {{}}, Team: {{description: {quoted(TEXT)}}}}}
defaults: {{environments: [dev]}}
projects:
  search: {{name: {quoted(PRINTABLE)}, tags: {{"@acme/team": "::error::www.evil.example"}}}}
  chat: {{name: "::error::x", description: {quoted(TEXT)}}}
"""
KEY = f"? {quoted(TEXT)} "  # a key of more than 1,024 characters needs the mark
INVALID = f"""\
version: 1
inventory: {quoted(TEXT)}
environments: {{dev: {{region: {quoted(TEXT)}, {KEY}: x}}, {KEY}: {{}}}}
tag_keys: {{{KEY}: {{}}, Team: {{pattern: {quoted("[" + TEXT)}}}}}
include: {{? {quoted(TEXT + ".yaml")} : {{}}, {KEY}: {{}}}}
ignore_tags: [{quoted(TEXT)}]
projects: {{
  {KEY}: {{name: {quoted(TEXT)}, environments: [{quoted(TEXT)}], {KEY}: {quoted(TEXT)}, on_remove: {quoted(TEXT)}}},
  ? {quoted("x-" + TEXT)} : {{}},
  search: {{name: Search, environments: {{dev: {{tags: {{{KEY}: {quoted(TEXT)}}}}}, {KEY}: {{}}}}}}}}
"""
# In place of the CLI: it answers with what is in the file `output`, or says what is in `said` and fails.
CLI = """\
#!/bin/sh
here=$(dirname "$0")
[ -f "$here/output" ] && cat "$here/output" && exit 0
cat "$here/said" >&2
exit 255
"""
PROJECT = {
    "id": "proj_abc",
    "arn": f"arn:aws:bedrock-mantle:{REGION}:{ACCOUNT}:project/proj_abc",
    "name": TEXT,
    "region": REGION,
    "status": "active",
    "base_url": "https://bedrock-mantle.us-west-2.api.aws/v1",
}
CATALOGUE: dict[str, Any] = {
    "version": 1,
    "inventory": "acme",
    "environments": {"dev": {"account": None, "region": REGION, "base_url": TEXT, "projects": {"chat": PROJECT}}},
    "declared": {TEXT: [TEXT], "chat": ["dev"]},
}
FORMS = ("text", "json")
WHEEL = f"bedrock_projects-{installed_version()}-py3-none-any.whl"
CALLS: dict[str, list[list[str]]] = {
    "validate": [
        *(
            ["validate", name, "--format", form]
            for name in ("bad.yaml", "valid.yaml", FILE, TEXT)
            for form in ("text", "json", "github", "gitlab")
        ),
        ["validate", "valid.yaml", "--environment", TEXT],
    ],
    "review": [
        *(
            ["review", base, "valid.yaml", "--format", form]
            for base in ("before.yaml", "bad.yaml", "v1", TEXT)
            for form in ("text", "json", "markdown")
        ),
        ["review", "before.yaml", "valid.yaml", "--environment", TEXT],
        ["review", "v1", "--inventory", FILE],
    ],
    "environments": [
        ["environments", "--inventory", "valid.yaml", "--format", "json"],
        ["environments", "--inventory", "valid.yaml", "--changed-since", TEXT],
    ],
    "schema": [["schema"], ["schema", TEXT]],
    "init": [
        ["init", "new", "--name", TEXT, "--region", REGION],
        ["init", "new", "--name", "acme", "--region", TEXT],
        ["init", FILE, "--name", "acme", "--region", REGION],
        ["init", "new", "--name", "acme", "--region", REGION, "--wheel", TEXT],
        ["init", PRINTABLE, "--name", "acme", "--region", REGION, "--wheel", WHEEL],
    ],
    "upgrade": [["upgrade", "--yes", "--wheel", TEXT], ["upgrade", "--yes", "--wheel", WHEEL]],
    "adopt": [
        ["adopt", "--region", REGION],
        ["adopt", "--region", TEXT],
        ["adopt", "--map-tag", TEXT],
        ["adopt", "--into", FILE],
        ["adopt", "--profile", TEXT],
    ],
    "backfill": [
        ["backfill", "--from", f"{datetime.now(tz=timezone.utc):%Y-%m-01}", "--yes"],
        ["backfill", "--status"],
        ["backfill", "--status", "--profile", TEXT],
        ["backfill", "--status", "--role-arn", TEXT],
    ],
    "preflight": [
        *(["preflight", "--stack", "dev", "--format", form] for form in FORMS),
        ["preflight", "--stack", TEXT],
    ],
    # What the table shows of a stack is held in tests/unit/test_fleet_run.py.
    "run": [
        *(["run", operation, "--all", "--format", form] for operation in ("preview", "doctor") for form in FORMS),
        ["run", "preview", "--environment", TEXT],
        ["run", "preview", "--changed-since", TEXT],
    ],
    "doctor": [
        *(["doctor", "--stack", "dev", "--format", form] for form in FORMS),
        ["doctor", "--inventory", FILE, "--environment", TEXT],
    ],
    "audit": [
        *(["audit", "--stack", "dev", "--costs", "--format", form] for form in FORMS),
        ["audit", "--inventory", "valid.yaml", "--environment", TEXT],
    ],
    "accounts": [
        *(["accounts", "--inventory", "valid.yaml", "--format", form] for form in FORMS),
        ["accounts", "--role-arn", TEXT],
        ["accounts", "--inventory", FILE],
        ["accounts", "--inventory", "valid.yaml", "--region", TEXT],
    ],
    # What a run shows of the account is held in test_conformance_command.py: its requests are spaced, two a second.
    "conformance": [
        ["conformance", "--compare", TEXT],
        ["conformance", "--compare", "c.json"],
        ["conformance", "--region", TEXT, "--plan"],
        ["conformance", "--clean-up", TEXT],
        ["conformance", "--create", ACCOUNT, "--tag", TEXT, "--plan"],
        ["conformance", "--inventory", FILE],
    ],
    "catalogue": [
        ["catalogue", "--all"],
        ["catalogue", "--stack", "dev"],
        ["catalogue", "--stack", "other"],
        ["catalogue", "--stack", TEXT],
    ],
    "use": [
        *(["use", key, "--environment", "dev", "--client", "env", "--catalogue", "c.json"] for key in ("chat", TEXT)),
        *(
            ["use", "chat", "--environment", "dev", "--client", client, "--model", TEXT]
            for client in ("openai", "curl", TEXT)
        ),
    ],
    "verify": [
        ["verify", key, "--environment", "dev", "--model", TEXT, "--yes", "--catalogue", "c.json"]
        for key in ("chat", TEXT)
    ],
    "costs": [
        *(
            ["costs", "--inventory", "valid.yaml", "--by", by, "--compare", "previous", "--format", form]
            for by in ("project", "Team", "service", "model")
            for form in ("table", *CHECKS)
            if form != "gitlab"
        ),
        ["costs", "--inventory", "valid.yaml", "--filter", f"Team={TEXT}"],
        ["costs", "--inventory", "valid.yaml", "--by", TEXT],
        ["costs", "--inventory", "valid.yaml", "--by", f"tag:{TEXT}"],
    ],
    "chargeback": [
        ["chargeback", "status", "--inventory", FILE],
        ["chargeback", "statements", "--inventory", "valid.yaml", "--month", TEXT],
        ["chargeback", "close", "--inventory", "valid.yaml"],
        ["chargeback", "true-up", "--inventory", "bad.yaml"],
    ],
    "iam": [
        ["iam", "guard", "--role-arn", TEXT, "--inventory", "valid.yaml"],
        ["iam", "deploy", "--account", TEXT],
        ["iam", "deploy", "--environment", TEXT, "--inventory", "valid.yaml"],
        ["iam", "roles", "--github", TEXT, "--inventory", "valid.yaml"],
        ["iam", "roles", "--gitlab", "acme/infra", "--environment", TEXT, "--inventory", "valid.yaml"],
        ["iam", "hub", "--inventory", "valid.yaml"],
    ],
    "ci": [
        *(["ci", "review", base, "--inventory", "valid.yaml"] for base in ("before.yaml", "v1")),
        ["ci", "review", "v1", "v1", "--inventory", FILE],
        ["ci", "touched", "v1", "--inventory", "bad.yaml"],
        ["ci", "touched", TEXT, "--inventory", "valid.yaml"],
        ["ci", "deploy", TEXT],
        ["ci", "daily", "dev"],
        ["ci", "comment", TEXT],
        ["ci", "table", TEXT],
        ["ci", "table", ".", "--after", TEXT],
        ["ci", "deployments", "--repository", TEXT, "--role-arn", f"arn:aws:iam::{ACCOUNT}:role/pulumi"],
        ["ci", "deployments", "--repository", "a/b", "--role-arn", TEXT],
        ["ci", "pulumi", "--into", TEXT],
    ],
}


@pytest.fixture
def folder(aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A program, an account and a CLI, with what others may have left in them."""
    repo = repository(tmp_path)
    files = {
        "valid.yaml": VALID,
        "bad.yaml": INVALID,
        "before.yaml": VALID.replace("::error::x", "=1+1 @acme").replace("search:", "find:").replace(" Team:", " X:"),
        FILE: INVALID,
        "projects.yaml": INVALID,
        "Pulumi.yaml": f"name: bedrock-projects\nruntime: python\ndescription: {quoted(TEXT)}\n",
        "Pulumi.dev.yaml": "config: {bedrock-projects:inventory: valid.yaml}\n",
        "Pulumi.other.yaml": f"config: {{? {quoted(f'bedrock-projects:{TEXT}')} : x, {KEY}: y}}\n",
        "c.json": json.dumps(CATALOGUE),
        "bin/said": TEXT,
    }
    empty_wheel(tmp_path)
    for name, text in files.items():
        repo.write(name, text)
    repo.write("bin/pulumi", CLI).chmod(0o755)
    repo.commit("v1")
    assert run("validate", "valid.yaml", "before.yaml", folder=tmp_path).code == 0
    fill(aws)
    with hostile_aws(aws.url) as url:
        for name, value in aws.environment(ACCOUNT, region=REGION).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
        yield tmp_path


def fill(aws: LocalAws) -> None:
    """Projects, tag keys and a bill. A name has at most 128 characters here, the fake in between adds the rest."""
    now = datetime.now(tz=timezone.utc)
    aws.set_clock(f"{now:%Y-%m-%dT%H:%M:%SZ}")
    mantle = Mantle(aws.url)
    for name, tags in (
        (TEXT[:128], {TAG: "acme/dev/gone"}),
        ("Search", {TAG: "acme/dev/search", "Te\u3164am": "a\u2028b"}),
        ("Other", {"Te\u3164am": "a\u2028b"}),
        ("Plain", {"@acme/team": "::error::x"}),
    ):
        mantle.create(name, tags=tags)
    aws.tag_keys(ACCOUNT, [TAG, "Team", f"Key {TEXT}"], status="Active")
    days = (now.replace(day=1), (now.replace(day=1) - timedelta(days=1)))
    lines = [
        line(f"{day:%Y-%m-%d}", amount, service=service, usage_type=usage_type, tags=tags)
        for day in days
        for amount, service, usage_type, tags in (
            ("5", OWN, MANTLE, {TAG: "acme/dev/search", "Team": TEXT}),
            ("7", OWN, f"USE1-{TEXT}-mantle-input-tokens-standard", {TAG: TEXT, "Team": "=1+1"}),
            ("9", f"{TEXT} (Amazon Bedrock Edition)", MARKETPLACE, {"Team": "@acme/team"}),
        )
    ]
    aws.costs(lines)


def checked(done: Done, words: list[str]) -> bool:
    """Whether the text was shown at all, in the form in which its medium has it."""
    form = words[words.index("--format") + 1] if "--format" in words else "text"
    check_lines(done.err)
    if words[0] == "schema" or (words[0] in ("iam", "catalogue") and done.out):
        form = "json"
    if words[:2] == ["ci", "review"]:
        mark, _, text = done.out.partition("\n")
        assert mark == MARK
        check_markdown(text)
        return "evil.example" in text
    if words[:2] in (["ci", "deploy"], ["ci", "daily"]):
        check_lines(done.out.replace("\nFAKE", "\n"))  # what the CLI says has the line breaks of the CLI
        return "pwned" in done.out + done.err
    if form == "github":
        for command in done.out.splitlines():
            assert command.startswith(("::error file=", "::warning file="))
            check_lines(command.removeprefix("::"))
    elif done.out:
        CHECKS.get(form, check_lines)(done.out)
    return "evil.example" in done.out + done.err or "pwned" in done.out + done.err


@pytest.mark.parametrize("is_answered", [True, False], ids=["answered", "refused"])
@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_shows_a_text_of_others_as_it_is(
    aws: LocalAws, folder: Path, command: str, *, is_answered: bool
) -> None:
    """AWS and the CLI answer, or both refuse."""
    if is_answered:
        (folder / "bin/output").write_text(json.dumps({"projects": CATALOGUE["environments"]["dev"]["projects"]}))
    else:
        aws.faults([Fault(kind="denied", action="*")])
    shown = []
    for words in CALLS[command]:
        done = run(*words, folder=folder)
        try:
            shown.append(checked(done, words))
        except (AssertionError, ValueError) as error:
            raise AssertionError(f"{words}: {error}") from error
    assert any(shown)


def test_every_command_is_called() -> None:
    assert CALLS.keys() == set(COMMANDS)


def test_adopt_writes_an_inventory_that_says_exactly_what_aws_has_and_refuses_what_no_reader_sees(
    aws: LocalAws, mantle: Mantle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it writes may be in a log too."""
    for name, value in aws.environment(ACCOUNT, region=REGION).items():
        monkeypatch.setenv(name, value)
    names = [PRINTABLE, "::error::x", "a ##[error]b", f"{'long ' * 20}::error::x", 100 * '"' + " ::error::x"]
    tags = {"@acme/team": "::error::www.evil.example", "::error::key": f"{'long ' * 30}::error::x"}
    for name in names:
        mantle.create(name, tags=tags)
    hidden = [mantle.create(name)["id"] for name in ("Chat\u202eveD", "Pay\u200broll", "Search\U000e0041")]
    hidden.append(mantle.create("Tagged", tags={"Te\u3164am": "x"})["id"])
    done = run("adopt", folder=tmp_path)
    assert done.code == 0
    for text in (done.out, done.err):
        check_lines(text)
    (tmp_path / "projects.yaml").write_text(done.out, "utf-8")
    assert {(project.name, *project.tags.items()) for project in load(tmp_path / "projects.yaml").projects} == {
        (name, *sorted(tags.items())) for name in names
    }
    for id_, code in zip(hidden, ("U+202E", "U+200B", "U+E0041", "U+3164"), strict=True):
        assert id_ not in done.out
        [said] = [said for said in done.err.splitlines() if id_ in said]
        assert code in said
