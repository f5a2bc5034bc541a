"""Snippets that use a project of `bedrock-mantle`, by client: pure functions from a `Use` to text.

Programs read the project from their environment, because it differs from one environment to the next. What is for a
shell has it written out: it sets the environment, or is tried once.

Two headers name a project, and each belongs to one interface: `OpenAI-Project` to Responses and Chat Completions below
`/v1`, `anthropic-workspace-id` to Messages below `/anthropic`. The endpoint silently ignores an unknown header, and the
cost is attributed to the project `default`.
https://docs.aws.amazon.com/bedrock/latest/userguide/projects.html
https://docs.aws.amazon.com/bedrock/latest/userguide/workspaces.html
"""

import json
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bedrock_projects.aws.credentials import BEARER_VARIABLE
from bedrock_projects.errors import SettingsError
from bedrock_projects.model_ids import is_claude

OPENAI_HEADER: Final = "OpenAI-Project"
MESSAGES_HEADER: Final = "anthropic-workspace-id"
KEY: Final = BEARER_VARIABLE
PROJECT_ID: Final = "BEDROCK_PROJECT_ID"
BASE_URL: Final = "BEDROCK_BASE_URL"
REGION: Final = "BEDROCK_REGION"
"""What programs read: an id belongs to one region of one account, so a program has it from its environment.

They are not the SDKs' own variables: without those an SDK asks its default service, for its default project.
"""

_OPENAI_MODEL: Final = "openai.gpt-oss-120b"
_CLAUDE_MODEL: Final = "anthropic.claude-haiku-4-5"
_KEY_IN_SHELL: Final = f"${{{KEY}:?set it to a Bedrock API key}}"
ASK: Final = "Say hello."
_PYTHON_MESSAGES_URL: Final = f'os.environ["{BASE_URL}"].removesuffix("/v1") + "/anthropic"'
_V1_AT_END: Final = r"/\/v1$/"
_TYPESCRIPT_VARIABLES: Final = f"""\
const {{ {KEY}: apiKey, {BASE_URL}: baseURL, {PROJECT_ID}: project }} = process.env;
if (!apiKey || !baseURL || !project) throw new Error("set {KEY}, {BASE_URL} and {PROJECT_ID}");"""


@dataclass(frozen=True, kw_only=True)
class Use:
    """One project as an application uses it; `base_url` ends in `/v1`, or is empty if the endpoint has none.

    `model` None: the client's default.
    """

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
    def place(self) -> str:
        """What the snippet is for, in words."""
        return f"{self.key} in {self.environment} ({self.region})"

    @property
    def title(self) -> str:
        """The line above a snippet of a shell."""
        return f"# {self.place}"


def openai(use: Use) -> str:
    """https://github.com/openai/openai-python."""
    return f"""\
{_python_title(use, "openai")}
import os

from openai import OpenAI

client = OpenAI(
    base_url=os.environ["{BASE_URL}"],
    api_key=os.environ["{KEY}"],  # a Bedrock API key
    project=os.environ["{PROJECT_ID}"],  # the header {OPENAI_HEADER}
)
answer = client.chat.completions.create(
    model={quoted(_not_claude(use, "anthropic"))},
    messages=[{{"role": "user", "content": "{ASK}"}}],
)
print(answer.choices[0].message.content)
"""


def anthropic(use: Use) -> str:
    """https://docs.aws.amazon.com/bedrock/latest/userguide/inference-messages-api.html."""
    return f"""\
{_python_title(use, '"anthropic[bedrock]"', (PROJECT_ID, BASE_URL, REGION))}
import os

from anthropic import AnthropicBedrockMantle

client = AnthropicBedrockMantle(  # takes {KEY}, else the AWS credentials of this machine
    base_url={_PYTHON_MESSAGES_URL},
    aws_region=os.environ["{REGION}"],
    default_headers={{"{MESSAGES_HEADER}": os.environ["{PROJECT_ID}"]}},
)
message = client.messages.create(
    model={quoted(_only_claude(use, "openai"))},
    max_tokens=100,
    messages=[{{"role": "user", "content": "{ASK}"}}],
)
print(message.content[0].text)
"""


def langchain(use: Use) -> str:
    """https://docs.langchain.com/oss/python/integrations/chat."""
    model = use.model or _OPENAI_MODEL
    package, name, url, header = (
        ("langchain_anthropic", "ChatAnthropic", _PYTHON_MESSAGES_URL, MESSAGES_HEADER)
        if is_claude(model)
        else ("langchain_openai", "ChatOpenAI", f'os.environ["{BASE_URL}"]', OPENAI_HEADER)
    )
    return f"""\
{_python_title(use, package.replace("_", "-"))}
import os

from {package} import {name}

model = {name}(
    model={quoted(model)},
    base_url={url},
    api_key=os.environ["{KEY}"],  # a Bedrock API key
    default_headers={{"{header}": os.environ["{PROJECT_ID}"]}},
)
print(model.invoke("{ASK}").text)
"""


def litellm(use: Use) -> str:
    """https://docs.litellm.ai/docs/providers/bedrock_mantle; its Messages are asynchronous only."""
    model = use.model or _OPENAI_MODEL
    imports, call, limit, end, text = (
        (
            "import asyncio\nimport os\n\nimport litellm",
            "asyncio.run(litellm.anthropic.messages.acreate(",
            "\n    max_tokens=100,",
            "))",
            'answer["content"][0]["text"]',
        )
        if is_claude(model)
        else ("import os\n\nimport litellm", "litellm.completion(", "", ")", "answer.choices[0].message.content")
    )
    return f"""\
{_python_title(use, "litellm")}
# LiteLLM reads a Bedrock API key from {KEY}.
{imports}

answer = {call}
    model={quoted(f"bedrock_mantle/{model}")},
    api_base=os.environ["{BASE_URL}"],
    aws_bedrock_project_id=os.environ["{PROJECT_ID}"],{limit}
    messages=[{{"role": "user", "content": "{ASK}"}}],
{end}
print({text})
"""


def openai_typescript(use: Use) -> str:
    """https://github.com/openai/openai-node/blob/master/src/client.ts: the options of `OpenAI`."""
    return f"""\
{title("//", use, "npm install openai")}
import OpenAI from "openai";

{_TYPESCRIPT_VARIABLES}

const client = new OpenAI({{
  baseURL,
  apiKey, // a Bedrock API key
  project, // the header {OPENAI_HEADER}
}});
const answer = await client.chat.completions.create({{
  model: {quoted(_not_claude(use, "anthropic-typescript"))},
  messages: [{{ role: "user", content: "{ASK}" }}],
}});
console.log(answer.choices[0]?.message.content);
"""


def anthropic_typescript(use: Use) -> str:
    """https://github.com/anthropics/anthropic-sdk-typescript/blob/main/src/client.ts: the options of `Anthropic`."""
    return f"""\
{title("//", use, "npm install @anthropic-ai/sdk")}
import Anthropic from "@anthropic-ai/sdk";

{_TYPESCRIPT_VARIABLES}

const client = new Anthropic({{
  baseURL: baseURL.replace({_V1_AT_END}, "/anthropic"),
  apiKey: null, // ANTHROPIC_API_KEY is for another service
  authToken: apiKey, // a Bedrock API key
  defaultHeaders: {{ "{MESSAGES_HEADER}": project }},
}});
const message = await client.messages.create({{
  model: {quoted(_only_claude(use, "openai-typescript"))},
  max_tokens: 100,
  messages: [{{ role: "user", content: "{ASK}" }}],
}});
for (const block of message.content) if (block.type === "text") console.log(block.text);
"""


def ai_sdk(use: Use) -> str:
    """The options of the providers: https://ai-sdk.dev/providers/ai-sdk-providers/openai and .../anthropic."""
    model = use.model or _OPENAI_MODEL
    package, create, options, chosen = (
        (
            "anthropic",
            "createAnthropic",
            (
                f'  baseURL: baseURL.replace({_V1_AT_END}, "/anthropic/v1"),\n'
                "  authToken: apiKey, // a Bedrock API key\n"
                f'  headers: {{ "{MESSAGES_HEADER}": project }},'
            ),
            f"bedrock({quoted(model)})",
        )
        if is_claude(model)
        else (
            "openai",
            "createOpenAI",
            f"  baseURL,\n  apiKey, // a Bedrock API key\n  project, // the header {OPENAI_HEADER}",
            f"bedrock.chat({quoted(model)})",
        )
    )
    return f"""\
{title("//", use, f"npm install ai @ai-sdk/{package}")}
import {{ {create} }} from "@ai-sdk/{package}";
import {{ generateText }} from "ai";

{_TYPESCRIPT_VARIABLES}

const bedrock = {create}({{
{options}
}});
const {{ text }} = await generateText({{ model: {chosen}, prompt: "{ASK}" }});
console.log(text);
"""


def openai_java(use: Use) -> str:
    """https://github.com/openai/openai-java#client-configuration."""
    return f"""\
{title("//", use, "com.openai:openai-java")}
import static java.util.Objects.requireNonNull;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.chat.completions.ChatCompletionCreateParams;

public class UseProject {{
    public static void main(String[] arguments) {{
        OpenAIClient client = OpenAIOkHttpClient.builder()
            .baseUrl(variable("{BASE_URL}"))
            .apiKey(variable("{KEY}")) // a Bedrock API key
            .project(variable("{PROJECT_ID}")) // the header {OPENAI_HEADER}
            .build();
        ChatCompletionCreateParams question = ChatCompletionCreateParams.builder()
            .model({quoted(_not_claude(use, "anthropic-typescript"))})
            .addUserMessage("{ASK}")
            .build();
        client.chat().completions().create(question).choices().get(0).message().content()
            .ifPresent(System.out::println);
    }}

    private static String variable(String name) {{
        return requireNonNull(System.getenv(name), "set " + name);
    }}
}}
"""


def openai_go(use: Use) -> str:
    """https://github.com/openai/openai-go/blob/main/option/requestoption.go; `gofmt -w` sets its tabs."""
    return f"""\
{title("//", use, "go get github.com/openai/openai-go/v3")}
package main

import (
    "context"
    "fmt"
    "log"
    "os"

    "github.com/openai/openai-go/v3"
    "github.com/openai/openai-go/v3/option"
)

func main() {{
    client := openai.NewClient(
        option.WithBaseURL(variable("{BASE_URL}")),
        option.WithAPIKey(variable("{KEY}")), // a Bedrock API key
        option.WithProject(variable("{PROJECT_ID}")), // the header {OPENAI_HEADER}
    )
    answer, err := client.Chat.Completions.New(context.Background(), openai.ChatCompletionNewParams{{
        Model:    {quoted(_not_claude(use, "anthropic-typescript"))},
        Messages: []openai.ChatCompletionMessageParamUnion{{openai.UserMessage("{ASK}")}},
    }})
    if err != nil {{
        log.Fatal(err)
    }}
    fmt.Println(answer.Choices[0].Message.Content)
}}

func variable(name string) string {{
    value := os.Getenv(name)
    if value == "" {{
        log.Fatalf("set %s", name)
    }}
    return value
}}
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
    """The variables of the other snippets, and those that the OpenAI and Anthropic clients read by themselves."""
    refuse_model_of_variables(use)
    return f"""\
{use.title}
export {PROJECT_ID}={shlex.quote(use.project_id)}
export {BASE_URL}={shlex.quote(use.base_url)}
export {REGION}={shlex.quote(use.region)}
export OPENAI_BASE_URL={shlex.quote(use.base_url)}
export OPENAI_PROJECT_ID={shlex.quote(use.project_id)}
export OPENAI_API_KEY="{_KEY_IN_SHELL}"
export ANTHROPIC_BASE_URL={shlex.quote(use.messages_url)}
export ANTHROPIC_CUSTOM_HEADERS={shlex.quote(f"{MESSAGES_HEADER}: {use.project_id}")}
export ANTHROPIC_AUTH_TOKEN="$OPENAI_API_KEY"
unset ANTHROPIC_API_KEY
"""


def curl(use: Use) -> str:
    """https://docs.aws.amazon.com/bedrock/latest/userguide/bedrock-mantle.html."""
    model = use.model or _OPENAI_MODEL
    body: dict[str, object] = {"model": model, "messages": [{"role": "user", "content": ASK}]}
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
    "openai-typescript": openai_typescript,
    "anthropic-typescript": anthropic_typescript,
    "ai-sdk": ai_sdk,
    "openai-java": openai_java,
    "openai-go": openai_go,
    "claude-code": claude_code,
    "env": env,
    "curl": curl,
}
"""By the value of `--client`."""


def refuse_model_of_variables(use: Use) -> None:
    """Raises SettingsError if a model is given to a client that only sets variables."""
    if use.model:
        raise SettingsError("--client env: the variables do not set a model; remove `--model`")


def title(mark: str, use: Use, install: str, variables: Sequence[str] = (PROJECT_ID, BASE_URL)) -> str:
    """The lines above a program, as comments: what it is for, and how to set the variables that it reads."""
    *others, last = variables
    how = f"{', '.join(others)} and {last}: `bedrock-projects use` prints them with `--client env`"
    return f"{mark} {use.place}; {install}\n{mark} {how}"


def _python_title(use: Use, package: str, variables: Sequence[str] = (PROJECT_ID, BASE_URL)) -> str:
    return title("#", use, f"pip install {package}", variables)


def quoted(value: str) -> str:
    """A string in double quotes, as Python, TypeScript, Java and Go read it."""
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
