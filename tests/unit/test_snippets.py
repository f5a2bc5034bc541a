"""The snippets of `bedrock-projects use`: right URL and header for each interface, and text that cannot break out."""

import ast
import json
import re
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from bedrock_projects.attribution.snippets import MESSAGES_HEADER, OPENAI_HEADER, SNIPPETS, Use
from bedrock_projects.commands.use import Client
from bedrock_projects.errors import SettingsError

ROOT = Path(__file__).parents[2]
USE = Use(
    key="search",
    environment="dev",
    project_id="proj_5ht6vmk4cnu6yfmc345k",
    region="us-west-2",
    base_url="https://bedrock-mantle.us-west-2.api.aws/v1",
)
CLAUDE = replace(USE, model="anthropic.claude-opus-4-7")
OPEN, MESSAGES = (USE.base_url, OPENAI_HEADER), (USE.messages_url, MESSAGES_HEADER)
INTERFACES: dict[str, tuple[str, Use, tuple[str, str]]] = {
    "openai": ("openai", USE, OPEN),
    "anthropic": ("anthropic", USE, MESSAGES),
    "langchain": ("langchain", USE, OPEN),
    "langchain, Claude": ("langchain", CLAUDE, MESSAGES),
    "claude-code": ("claude-code", USE, MESSAGES),
    "curl": ("curl", USE, OPEN),
    "curl, Claude": ("curl", CLAUDE, MESSAGES),
}
PYTHON = ("openai", "anthropic", "langchain", "litellm")
OLD_HEADER = re.compile(r"anthropic-workspace(?!-id)", re.IGNORECASE)


def test_each_client_of_the_command_has_a_snippet() -> None:
    assert [client.value for client in Client] == list(SNIPPETS)


@pytest.mark.parametrize(("client", "use", "interface"), INTERFACES.values(), ids=INTERFACES)
def test_url_and_header_are_those_of_one_interface(client: str, use: Use, interface: tuple[str, str]) -> None:
    url, header = interface
    text = SNIPPETS[client](use)
    [written_url] = re.findall(r"https://bedrock-mantle[^\s'\",]+", text)
    assert written_url.startswith(url)
    assert ("/anthropic" in written_url) is (header == MESSAGES_HEADER)
    assert header in text
    assert ({OPENAI_HEADER, MESSAGES_HEADER} - {header}).pop() not in text
    assert text.count(USE.project_id) == 1


def test_env_sets_both_interfaces() -> None:
    lines = dict(line.split("=", 1) for line in SNIPPETS["env"](USE).splitlines() if line.startswith("export "))
    assert lines["export OPENAI_BASE_URL"] == USE.base_url
    assert lines["export OPENAI_PROJECT_ID"] == USE.project_id
    assert lines["export ANTHROPIC_BASE_URL"] == USE.messages_url
    assert shlex.split(lines["export ANTHROPIC_CUSTOM_HEADERS"]) == [f"{MESSAGES_HEADER}: {USE.project_id}"]


@pytest.mark.parametrize("use", [USE, CLAUDE], ids=["default model", "Claude"])
@pytest.mark.parametrize("client", ["langchain", "litellm", "curl"])
def test_the_model_is_the_one_asked_for(client: str, use: Use) -> None:
    assert (use.model or "openai.gpt-oss-120b") in SNIPPETS[client](use)


@pytest.mark.parametrize(
    ("client", "model", "other"),
    [
        ("openai", "anthropic.claude-haiku-4-5", "--client anthropic"),
        ("anthropic", "openai.gpt-oss-120b", "--client openai"),
        ("claude-code", "openai.gpt-oss-120b", "--client openai"),
        ("env", "openai.gpt-oss-120b", "remove `--model`"),
    ],
)
def test_a_model_that_the_client_does_not_reach_is_refused(client: str, model: str, other: str) -> None:
    with pytest.raises(SettingsError, match=other):
        SNIPPETS[client](replace(USE, model=model))


@pytest.mark.parametrize("client", SNIPPETS)
def test_no_snippet_names_the_header_that_is_ignored_or_holds_a_key(client: str) -> None:
    for use in (USE, *([CLAUDE] if client not in ("openai", "env") else [])):
        text = SNIPPETS[client](use)
        assert not OLD_HEADER.search(text)
        assert "AWS_BEARER_TOKEN_BEDROCK" in text


@pytest.mark.parametrize("path", ["README.md", *sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("docs/**/*.md"))])
def test_no_page_writes_the_header_that_is_ignored_as_one_to_send(path: str) -> None:
    text = (ROOT / path).read_text("utf-8")
    assert not re.search(r"anthropic-workspace(?!-id)[`\"']*\s*:", text, re.IGNORECASE)


HOSTILE = replace(USE, model="""anthropic.a"b'c\\$(id)`id`""")


@pytest.mark.parametrize("client", PYTHON)
def test_python_stays_python_whatever_the_model_is_called(client: str) -> None:
    assert HOSTILE.model
    use = replace(HOSTILE, model=HOSTILE.model.removeprefix("anthropic.")) if client == "openai" else HOSTILE
    texts = [n.value for n in ast.walk(ast.parse(SNIPPETS[client](use))) if isinstance(n, ast.Constant)]
    assert [text for text in texts if isinstance(text, str) and text.endswith(str(use.model))]


@pytest.mark.parametrize("client", ["curl", "claude-code"])
def test_the_shell_reads_texts_as_they_are(client: str, tmp_path: Path) -> None:
    (tmp_path / "curl").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    (tmp_path / "curl").chmod(0o755)
    done = subprocess.run(
        ["bash", "-ec", SNIPPETS[client](HOSTILE) + 'printf "%s\\n" "$ANTHROPIC_MODEL"'],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "AWS_BEARER_TOKEN_BEDROCK": "k"},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    said = json.loads(lines[-2])["model"] if client == "curl" else lines[-1]
    assert said == HOSTILE.model


@pytest.mark.parametrize("client", ["curl", "env"])
def test_without_an_api_key_the_shell_stops_and_says_what_to_set(client: str) -> None:
    done = subprocess.run(
        ["bash", "-c", SNIPPETS[client](USE)], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "AWS_BEARER_TOKEN_BEDROCK: set it to a Bedrock API key" in done.stderr
