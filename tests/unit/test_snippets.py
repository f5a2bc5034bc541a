"""The snippets of `bedrock-projects use`: right URL and header for each interface, and text that cannot break out."""

import ast
import json
import re
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from bedrock_projects.attribution.snippets import (
    BASE_URL,
    MESSAGES_HEADER,
    OPENAI_HEADER,
    PROJECT_ID,
    REGION,
    SNIPPETS,
    Use,
)
from bedrock_projects.attribution.using import CLIENTS
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
OPEN, MESSAGES = OPENAI_HEADER, MESSAGES_HEADER
INTERFACES: dict[str, tuple[str, Use, str]] = {
    "openai": ("openai", USE, OPEN),
    "anthropic": ("anthropic", USE, MESSAGES),
    "langchain": ("langchain", USE, OPEN),
    "langchain, Claude": ("langchain", CLAUDE, MESSAGES),
    "openai-typescript": ("openai-typescript", USE, OPEN),
    "anthropic-typescript": ("anthropic-typescript", USE, MESSAGES),
    "ai-sdk": ("ai-sdk", USE, OPEN),
    "ai-sdk, Claude": ("ai-sdk", CLAUDE, MESSAGES),
    "openai-java": ("openai-java", USE, OPEN),
    "openai-go": ("openai-go", USE, OPEN),
    "claude-code": ("claude-code", USE, MESSAGES),
    "curl": ("curl", USE, OPEN),
    "curl, Claude": ("curl", CLAUDE, MESSAGES),
}
PYTHON = ("openai", "anthropic", "langchain", "litellm")
PROGRAMS = (*PYTHON, "openai-typescript", "anthropic-typescript", "ai-sdk", "openai-java", "openai-go")
OPENAI_ONLY = ("openai", "openai-typescript", "openai-java", "openai-go")
OLD_HEADER = re.compile(r"anthropic-workspace(?!-id)", re.IGNORECASE)


def test_each_client_of_the_command_has_a_snippet() -> None:
    assert [client.value for client in Client] == list(CLIENTS)


@pytest.mark.parametrize(("client", "use", "header"), INTERFACES.values(), ids=INTERFACES)
def test_url_and_header_are_those_of_one_interface(client: str, use: Use, header: str) -> None:
    text = SNIPPETS[client](use)
    assert ("/anthropic" in text.replace("@anthropic-ai/", "@ai/").replace("@ai-sdk/anthropic", "")) is (
        header == MESSAGES_HEADER
    )
    assert header in text
    assert ({OPENAI_HEADER, MESSAGES_HEADER} - {header}).pop() not in text


@pytest.mark.parametrize("use", [USE, CLAUDE], ids=["default model", "Claude"])
@pytest.mark.parametrize("client", PROGRAMS)
def test_a_program_reads_its_project_from_the_environment(client: str, use: Use) -> None:
    """The id differs from one environment to the next, so code must not hold it."""
    text = SNIPPETS[client](USE if client in OPENAI_ONLY else use)
    title, how, *code = text.splitlines()
    assert "search in dev (us-west-2)" in title
    assert re.sub(r"\W+", " ", how).startswith(f" {PROJECT_ID} ")
    variable = re.compile(r"BEDROCK_[A-Z_]+")
    assert {*variable.findall("\n".join(code))} == {*variable.findall(how)}
    assert use.project_id not in text
    assert use.base_url.removesuffix("/v1") not in text


@pytest.mark.parametrize("client", ["claude-code", "curl"])
def test_a_shell_gets_the_project_itself(client: str) -> None:
    text = SNIPPETS[client](USE)
    assert text.count(USE.project_id) == 1
    assert text.count(USE.base_url.removesuffix("/v1")) == 1


def test_env_sets_both_interfaces() -> None:
    lines = dict(line.split("=", 1) for line in SNIPPETS["env"](USE).splitlines() if line.startswith("export "))
    assert lines[f"export {PROJECT_ID}"] == USE.project_id
    assert lines[f"export {BASE_URL}"] == USE.base_url
    assert lines[f"export {REGION}"] == USE.region
    assert lines["export OPENAI_BASE_URL"] == USE.base_url
    assert lines["export OPENAI_PROJECT_ID"] == USE.project_id
    assert lines["export ANTHROPIC_BASE_URL"] == USE.messages_url
    assert shlex.split(lines["export ANTHROPIC_CUSTOM_HEADERS"]) == [f"{MESSAGES_HEADER}: {USE.project_id}"]


@pytest.mark.parametrize("use", [USE, CLAUDE], ids=["default model", "Claude"])
@pytest.mark.parametrize("client", ["langchain", "litellm", "ai-sdk", "curl"])
def test_the_model_is_the_one_asked_for(client: str, use: Use) -> None:
    assert (use.model or "openai.gpt-oss-120b") in SNIPPETS[client](use)


@pytest.mark.parametrize(
    ("client", "model", "other"),
    [
        ("openai", "anthropic.claude-haiku-4-5", "--client anthropic"),
        ("anthropic", "openai.gpt-oss-120b", "--client openai"),
        ("openai-typescript", "anthropic.claude-haiku-4-5", "--client anthropic-typescript"),
        ("anthropic-typescript", "openai.gpt-oss-120b", "--client openai-typescript"),
        ("openai-java", "anthropic.claude-haiku-4-5", "--client anthropic-typescript"),
        ("openai-go", "anthropic.claude-haiku-4-5", "--client anthropic-typescript"),
        ("claude-code", "openai.gpt-oss-120b", "--client openai"),
        ("env", "openai.gpt-oss-120b", "remove `--model`"),
    ],
)
def test_a_model_that_the_client_does_not_reach_is_refused(client: str, model: str, other: str) -> None:
    with pytest.raises(SettingsError, match=other):
        SNIPPETS[client](replace(USE, model=model))


@pytest.mark.parametrize("client", SNIPPETS)
def test_no_snippet_names_the_header_that_is_ignored_or_holds_a_key(client: str) -> None:
    for use in (USE, *([CLAUDE] if client not in (*OPENAI_ONLY, "env") else [])):
        text = SNIPPETS[client](use)
        assert not OLD_HEADER.search(text)
        assert "AWS_BEARER_TOKEN_BEDROCK" in text


@pytest.mark.parametrize("path", ["README.md", *sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("docs/**/*.md"))])
def test_no_page_writes_the_header_that_is_ignored_as_one_to_send(path: str) -> None:
    text = (ROOT / path).read_text("utf-8")
    assert not re.search(r"anthropic-workspace(?!-id)[`\"']*\s*:", text, re.IGNORECASE)


HOSTILE = replace(USE, model="""anthropic.a"b'c\\$(id)`id`""")


@pytest.mark.parametrize("client", PYTHON)
def test_python_stays_python_with_any_name_of_the_model(client: str) -> None:
    assert HOSTILE.model
    use = replace(HOSTILE, model=HOSTILE.model.removeprefix("anthropic.")) if client == "openai" else HOSTILE
    texts = [n.value for n in ast.walk(ast.parse(SNIPPETS[client](use))) if isinstance(n, ast.Constant)]
    assert [text for text in texts if isinstance(text, str) and text.endswith(str(use.model))]


@pytest.mark.parametrize("client", PROGRAMS[len(PYTHON) :])
def test_other_programs_have_the_model_as_one_string(client: str) -> None:
    assert HOSTILE.model
    model = HOSTILE.model.removeprefix("anthropic." if client in OPENAI_ONLY else "")
    text = SNIPPETS[client](replace(HOSTILE, model=model))
    assert [json.loads(string) for string in re.findall(r'"(?:[^"\\\n]|\\.)*"', text)].count(model) == 1


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
