"""What `bedrock-projects use` prints is run as it is, by the real clients, and lands on the project that it names.

Nothing of a snippet is changed: the catalogue's `base_url` is the local AWS's.
`make snippets` runs those in TypeScript.
"""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from bedrock_projects.attribution.cataloguing import Deployed, catalogue_of
from bedrock_projects.inventory import load
from local_aws import LocalAws
from local_aws.accounts import LOCAL_SECRET
from tests.local_aws.mantle import ACCOUNT, REGION, Mantle
from tests.patience import LIMIT
from tests.unit.command_line import run

KEYS = ("search", "chat")
INVENTORY = """\
version: 1
inventory: acme
environments: {dev: {region: us-west-2}}
defaults: {environments: [dev]}
projects: {search: {name: Search}, chat: {name: Chat}}
"""
BEARER = {"AWS_BEARER_TOKEN_BEDROCK": f"local-key-{ACCOUNT}-{REGION}"}
SIGNED = {"AWS_ACCESS_KEY_ID": f"local-{ACCOUNT}", "AWS_SECRET_ACCESS_KEY": LOCAL_SECRET}
CLAUDE = ["--model", "anthropic.claude-haiku-4-5"]
# Code of an application that names neither URL nor key nor project.
APPLICATION = """
from anthropic import Anthropic
from openai import OpenAI

ask = [{"role": "user", "content": "Say hello."}]
OpenAI().responses.create(model="openai.gpt-oss-120b", input="Say hello.")
for chunk in OpenAI().chat.completions.create(model="openai.gpt-oss-120b", messages=ask, stream=True):
    pass
with Anthropic().messages.stream(model="anthropic.claude-haiku-4-5", max_tokens=9, messages=ask) as stream:
    stream.get_final_message()
"""


@pytest.fixture
def ids(aws: LocalAws, mantle: Mantle, tmp_path: Path) -> dict[str, str]:
    """Two projects in use, in a catalogue in the folder."""
    made = {key: mantle.create(key) for key in KEYS}
    (tmp_path / "projects.yaml").write_text(INVENTORY)
    published = {key: {**made[key], "region": REGION, "base_url": f"{aws.url}/v1"} for key in KEYS}
    deployed = Deployed(stack="dev", environment="dev", region=REGION, projects=published)
    (tmp_path / "c.json").write_text(catalogue_of(load(tmp_path / "projects.yaml"), [deployed]).as_json())
    return {key: made[key]["id"] for key in KEYS}


def snippet(folder: Path, key: str, client: str, *options: str) -> str:
    given = ["--environment", "dev", "--client", client, "--catalogue", "c.json", *options]
    done = run("use", key, *given, folder=folder)
    assert (done.code, done.err) == (0, "")
    return done.out


def execute(command: list[str], **variables: str) -> str:
    """What the command prints, in a shell that has nothing but these credentials."""
    done = subprocess.run(
        command,
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def variables_of(exports: str) -> dict[str, str]:
    """Those of `--client env` that programs read; without the others, which the clients would read by themselves."""
    exported = (line.removeprefix("export ").partition("=") for line in exports.splitlines())
    return {name: value for name, _, value in exported if name.startswith("BEDROCK_")}


@pytest.mark.parametrize("client", ["openai", "anthropic"])
def test_without_its_variables_a_snippet_stops_before_it_sends_anything(
    aws: LocalAws, ids: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: str
) -> None:
    for name, value in BEARER.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(KeyError, match="BEDROCK_BASE_URL"):
        exec(snippet(tmp_path, "search", client), {"__name__": "__main__"})
    assert aws.meters() == []


def requests(aws: LocalAws) -> Counter[tuple[str, str]]:
    """How many requests each project had, by model."""
    counted: Counter[tuple[str, str]] = Counter()
    for meter in aws.meters():
        assert meter["client_errors"] == 0
        counted[meter["project"], meter["model"]] += meter["requests"]
    return counted


OPEN, CLAUDE_MODEL = "openai.gpt-oss-120b", CLAUDE[1]
RUNS: dict[str, tuple[str, list[str], dict[str, str], str]] = {
    "openai": ("openai", [], BEARER, OPEN),
    "anthropic": ("anthropic", [], BEARER, CLAUDE_MODEL),
    "anthropic, AWS credentials": ("anthropic", [], SIGNED, CLAUDE_MODEL),
    "curl": ("curl", [], BEARER, OPEN),
    "curl, Claude": ("curl", CLAUDE, BEARER, CLAUDE_MODEL),
}


@pytest.mark.parametrize(("client", "options", "credentials", "model"), RUNS.values(), ids=RUNS)
def test_a_snippet_runs_as_it_is_printed_and_lands_on_its_project(
    aws: LocalAws,
    ids: dict[str, str],
    tmp_path: Path,
    client: str,
    options: list[str],
    credentials: dict[str, str],
    model: str,
) -> None:
    interpreter = ["bash", "-ec"] if client == "curl" else [sys.executable, "-c"]
    project = {} if client == "curl" else variables_of(snippet(tmp_path, "search", "env"))
    said = execute([*interpreter, snippet(tmp_path, "search", client, *options)], **credentials, **project)
    assert said.strip()
    assert requests(aws) == {(ids["search"], model): 1}


def test_with_the_variables_of_env_unchanged_code_lands_on_the_project(
    aws: LocalAws, ids: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "application.py").write_text(APPLICATION)
    variables = snippet(tmp_path, "chat", "env")
    leftover = {"ANTHROPIC_API_KEY": "of-another-service", "OPENAI_API_KEY": "of-another-service"}
    execute(
        ["bash", "-ec", f"{variables}exec '{sys.executable}' '{tmp_path / 'application.py'}'"],
        **BEARER,
        **leftover,
    )
    assert requests(aws) == {(ids["chat"], OPEN): 2, (ids["chat"], CLAUDE_MODEL): 1}
