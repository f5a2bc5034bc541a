"""Snippets that use a project of `bedrock-runtime`, by client: pure functions from a `Use` to text.

`Converse` names the project in its body, `InvokeModel` in a header; AWS's SDKs have one member for both.
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html
"""

import shlex
from collections.abc import Callable, Sequence
from typing import Final

from bedrock_projects.attribution.snippets import (
    ASK,
    KEY,
    PROJECT_ID,
    REGION,
    Use,
    quoted,
    refuse_model_of_variables,
    title,
)
from bedrock_projects.attribution.targets import check_target
from bedrock_projects.model_ids import is_claude

_CLAUDE_MODEL: Final = "global.anthropic.claude-haiku-4-5-20251001-v1:0"
"""https://docs.aws.amazon.com/bedrock/latest/userguide/model-card-anthropic-claude-haiku-4-5.html"""

_INSTALL: Final = 'pip install "boto3>=1.44.8"'
_VARIABLES: Final = (PROJECT_ID, REGION)
_CREDENTIALS: Final = f"{KEY} (a Bedrock API key), else the AWS credentials of this machine"
_CAVEAT: Final = (
    "AWS documents this since 2026-11-20.",
    "Nobody has shown yet that the cost is attributed to the project.",
)
_DROPPED: Final = (
    "An SDK that does not know `projectIdentifier` leaves it out, and the request succeeds without a project.",
    "Version 3.1164.0 (2026-11-06) does not know it; which version does is not known yet.",
    "So run `tsc --strict --noEmit` on this file first: it refuses the member if the SDK does not know it.",
)
# The body of InvokeModel is that of the model's own interface, here Anthropic's Messages:
# https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-request-response.html
_MESSAGES_VERSION: Final = "bedrock-2023-05-31"
_MOST_TOKENS: Final = 100


def boto3(use: Use) -> str:
    """https://docs.aws.amazon.com/boto3/latest/reference/services/bedrock-runtime/client/converse.html."""
    model = _checked_model(use)
    imports = "import json\nimport os" if is_claude(model) else "import os"
    converse = f"""\
{title("#", use, _INSTALL, _VARIABLES)}
{_comment("#", _CAVEAT)}
{imports}

import boto3

client = boto3.client(  # takes {_CREDENTIALS}
    "bedrock-runtime", region_name=os.environ["{REGION}"]
)
project = os.environ["{PROJECT_ID}"]
model = {quoted(model)}

answer = client.converse(
    modelId=model,
    projectIdentifier=project,
    messages=[{{"role": "user", "content": [{{"text": "{ASK}"}}]}}],
)
for part in answer["output"]["message"]["content"]:
    if "text" in part:
        print(part["text"])
"""
    if not is_claude(model):
        return converse
    return f"""\
{converse}
# The same by InvokeModel, with the body of Anthropic's Messages.
body = {{
    "anthropic_version": "{_MESSAGES_VERSION}",
    "max_tokens": {_MOST_TOKENS},
    "messages": [{{"role": "user", "content": "{ASK}"}}],
}}
answer = client.invoke_model(modelId=model, projectIdentifier=project, body=json.dumps(body))
for block in json.loads(answer["body"].read())["content"]:
    if block["type"] == "text":
        print(block["text"])
"""


def aws_sdk_typescript(use: Use) -> str:
    """https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/client/bedrock-runtime/command/ConverseCommand/."""
    model = _checked_model(use)
    commands = "ConverseCommand, InvokeModelCommand" if is_claude(model) else "ConverseCommand"
    converse = f"""\
{title("//", use, "npm install @aws-sdk/client-bedrock-runtime", _VARIABLES)}
{_comment("//", (*_CAVEAT, *_DROPPED))}
import {{ BedrockRuntimeClient, {commands} }} from "@aws-sdk/client-bedrock-runtime";

const {{ {REGION}: region, {PROJECT_ID}: projectIdentifier }} = process.env;
if (!region || !projectIdentifier) throw new Error("set {PROJECT_ID} and {REGION}");

const client = new BedrockRuntimeClient({{ region }}); // takes {_CREDENTIALS}
const modelId = {quoted(model)};

const answer = await client.send(
  new ConverseCommand({{
    modelId,
    projectIdentifier,
    messages: [{{ role: "user", content: [{{ text: "{ASK}" }}] }}],
  }}),
);
for (const part of answer.output?.message?.content ?? []) if (part.text) console.log(part.text);
"""
    if not is_claude(model):
        return converse
    return f"""\
{converse}
// The same by InvokeModel, with the body of Anthropic's Messages.
const body = {{
  anthropic_version: "{_MESSAGES_VERSION}",
  max_tokens: {_MOST_TOKENS},
  messages: [{{ role: "user", content: "{ASK}" }}],
}};
const invoked = await client.send(
  new InvokeModelCommand({{ modelId, projectIdentifier, contentType: "application/json", body: JSON.stringify(body) }}),
);
for (const block of JSON.parse(new TextDecoder().decode(invoked.body)).content) if (block.text) console.log(block.text);
"""


def env(use: Use) -> str:
    """The variables of the other snippets."""
    refuse_model_of_variables(use)
    return f"""\
{use.title}
export {PROJECT_ID}={shlex.quote(use.project_id)}
export {REGION}={shlex.quote(use.region)}
"""


RUNTIME_SNIPPETS: Final[dict[str, Callable[[Use], str]]] = {
    "boto3": boto3,
    "aws-sdk-typescript": aws_sdk_typescript,
    "env": env,
}
"""By the value of `--client`."""


def _checked_model(use: Use) -> str:
    model = use.model or _CLAUDE_MODEL
    check_target(model)
    return model


def _comment(mark: str, lines: Sequence[str]) -> str:
    return "\n".join(f"{mark} {line}" for line in lines)
