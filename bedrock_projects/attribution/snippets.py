"""Snippets that use a project, by client: pure functions from a `Use` to text.

Two headers name a project, and each belongs to one interface: `OpenAI-Project` to Responses and Chat Completions below
`/v1`, `anthropic-workspace-id` to Messages below `/anthropic`. The endpoint silently ignores an unknown header, and the
cost is attributed to the project `default`.
https://docs.aws.amazon.com/bedrock/latest/userguide/projects.html
https://docs.aws.amazon.com/bedrock/latest/userguide/workspaces.html
"""

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bedrock_projects.aws.credentials import BEARER_VARIABLE
from bedrock_projects.errors import SettingsError
from bedrock_projects.model_ids import is_claude

OPENAI_HEADER: Final = "OpenAI-Project"
MESSAGES_HEADER: Final = "anthropic-workspace-id"
KEY: Final = BEARER_VARIABLE

_OPENAI_MODEL: Final = "openai.gpt-oss-120b"
_CLAUDE_MODEL: Final = "anthropic.claude-haiku-4-5"
_KEY_IN_SHELL: Final = f"${{{KEY}:?set it to a Bedrock API key}}"
_ASK: Final = "Say hello."


@dataclass(frozen=True, kw_only=True)
class Use:
    """One project as an application uses it; `base_url` ends in `/v1`, `model` None: the client's default."""

    key: str
    environment: str
    project_id: str
    region: str
    base_url: str
    model: str | None = None

    @property
    def messages_url(self) -> str:
        """The base URL for Anthropic's clients, which add `/v1/messages` themselves."""
        return f"{self.base_url.removesuffix('/v1')}/anthropic"

    @property
    def title(self) -> str:
        """The line above a snippet."""
        return f"# {self.key} in {self.environment} ({self.region})"


def openai(use: Use) -> str:
    """https://github.com/openai/openai-python."""
    return f"""\
{use.title}; pip install openai
import os

from openai import OpenAI

client = OpenAI(
    base_url={_text(use.base_url)},
    api_key=os.environ["{KEY}"],  # a Bedrock API key
    project={_text(use.project_id)},  # the header {OPENAI_HEADER}
)
answer = client.chat.completions.create(
    model={_text(_not_claude(use, "anthropic"))},
    messages=[{{"role": "user", "content": "{_ASK}"}}],
)
print(answer.choices[0].message.content)
"""


def anthropic(use: Use) -> str:
    """https://docs.aws.amazon.com/bedrock/latest/userguide/inference-messages-api.html."""
    return f"""\
{use.title}; pip install "anthropic[bedrock]"
from anthropic import AnthropicBedrockMantle

client = AnthropicBedrockMantle(  # takes {KEY}, else the AWS credentials of this machine
    base_url={_text(use.messages_url)},
    aws_region={_text(use.region)},
    default_headers={{"{MESSAGES_HEADER}": {_text(use.project_id)}}},
)
message = client.messages.create(
    model={_text(_only_claude(use, "openai"))},
    max_tokens=100,
    messages=[{{"role": "user", "content": "{_ASK}"}}],
)
print(message.content[0].text)
"""


def langchain(use: Use) -> str:
    """https://docs.langchain.com/oss/python/integrations/chat."""
    model = use.model or _OPENAI_MODEL
    package, name, url, header = (
        ("langchain_anthropic", "ChatAnthropic", use.messages_url, MESSAGES_HEADER)
        if is_claude(model)
        else ("langchain_openai", "ChatOpenAI", use.base_url, OPENAI_HEADER)
    )
    return f"""\
{use.title}; pip install {package.replace("_", "-")}
import os

from {package} import {name}

model = {name}(
    model={_text(model)},
    base_url={_text(url)},
    api_key=os.environ["{KEY}"],  # a Bedrock API key
    default_headers={{"{header}": {_text(use.project_id)}}},
)
print(model.invoke("{_ASK}").text)
"""


def litellm(use: Use) -> str:
    """https://docs.litellm.ai/docs/providers/bedrock_mantle; its Messages are asynchronous only."""
    model = use.model or _OPENAI_MODEL
    imports, call, limit, end, text = (
        (
            "import asyncio\n\nimport litellm",
            "asyncio.run(litellm.anthropic.messages.acreate(",
            "\n    max_tokens=100,",
            "))",
            'answer["content"][0]["text"]',
        )
        if is_claude(model)
        else ("import litellm", "litellm.completion(", "", ")", "answer.choices[0].message.content")
    )
    return f"""\
{use.title}; pip install litellm; give it an API key in {KEY}
{imports}

answer = {call}
    model={_text(f"bedrock_mantle/{model}")},
    api_base={_text(use.base_url)},
    aws_bedrock_project_id={_text(use.project_id)},{limit}
    messages=[{{"role": "user", "content": "{_ASK}"}}],
{end}
print({text})
"""


def claude_code(use: Use) -> str:
    """https://code.claude.com/docs/en/amazon-bedrock#use-the-mantle-endpoint."""
    lines = [
        f"{use.title}: Claude Code 2.1.94 or newer, with {KEY} or the AWS credentials of this machine",
        "export CLAUDE_CODE_USE_MANTLE=1",
        f"export AWS_REGION={shlex.quote(use.region)}",
        f"export ANTHROPIC_BEDROCK_MANTLE_BASE_URL={shlex.quote(use.messages_url)}",
        f"export ANTHROPIC_CUSTOM_HEADERS={shlex.quote(f'{MESSAGES_HEADER}: {use.project_id}')}",
    ]
    lines += [f"export ANTHROPIC_MODEL={shlex.quote(_only_claude(use, 'openai'))}"] if use.model else []
    return "\n".join([*lines, ""])


def env(use: Use) -> str:
    """Environment variables that the OpenAI and Anthropic clients read, for code without URL and project."""
    if use.model:
        raise SettingsError("--client env: the variables do not set a model; remove `--model`")
    return f"""\
{use.title}
export OPENAI_BASE_URL={shlex.quote(use.base_url)}
export OPENAI_PROJECT_ID={shlex.quote(use.project_id)}
export OPENAI_API_KEY="{_KEY_IN_SHELL}"
export ANTHROPIC_BASE_URL={shlex.quote(use.messages_url)}
export ANTHROPIC_CUSTOM_HEADERS={shlex.quote(f"{MESSAGES_HEADER}: {use.project_id}")}
export ANTHROPIC_AUTH_TOKEN="$OPENAI_API_KEY"
unset ANTHROPIC_API_KEY  # it would be sent along
"""


def curl(use: Use) -> str:
    """https://docs.aws.amazon.com/bedrock/latest/userguide/bedrock-mantle.html."""
    model = use.model or _OPENAI_MODEL
    body: dict[str, object] = {"model": model, "messages": [{"role": "user", "content": _ASK}]}
    url, headers = f"{use.base_url}/chat/completions", [f"{OPENAI_HEADER}: {use.project_id}"]
    if is_claude(model):
        body |= {"max_tokens": 100}
        url = f"{use.messages_url}/v1/messages"
        headers = [f"{MESSAGES_HEADER}: {use.project_id}", "anthropic-version: 2023-06-01"]
    lines = [
        f"curl -sS --fail-with-body {shlex.quote(url)}",
        f'-H "Authorization: Bearer {_KEY_IN_SHELL}"',
        *(f"-H {shlex.quote(header)}" for header in [*headers, "Content-Type: application/json"]),
        f"-d {shlex.quote(json.dumps(body))}",
    ]
    return use.title + "\n" + " \\\n  ".join(lines) + "\n"


SNIPPETS: Final[dict[str, Callable[[Use], str]]] = {
    "openai": openai,
    "anthropic": anthropic,
    "langchain": langchain,
    "litellm": litellm,
    "claude-code": claude_code,
    "env": env,
    "curl": curl,
}
"""By the value of `--client`."""


def _text(value: str) -> str:
    """A Python string in double quotes."""
    return json.dumps(value)


def _not_claude(use: Use, client: str) -> str:
    model = use.model or _OPENAI_MODEL
    if is_claude(model):
        raise SettingsError(f"model {model!r} supports Messages only; use `--client {client}`")
    return model


def _only_claude(use: Use, client: str) -> str:
    model = use.model or _CLAUDE_MODEL
    if not is_claude(model):
        raise SettingsError(f"model {model!r} does not support Messages; use `--client {client}`")
    return model
