"""What applications do: requests of the real OpenAI and Anthropic clients, each naming its project."""

from collections.abc import Callable, Mapping
from typing import Any

from anthropic import Anthropic
from openai import OpenAI

GPT, CLAUDE = "openai.gpt-oss-120b", "anthropic.claude-haiku-4-5"


def respond(project: Mapping[str, Any], key: str) -> int:
    """One Responses request; the tokens that it used."""
    with OpenAI(base_url=project["base_url"], api_key=key, project=project["id"]) as client:
        usage = client.responses.create(model=GPT, input="Where is my parcel?").usage
    if usage is None:
        raise ValueError("the answer says no usage")
    return usage.total_tokens


def chat(project: Mapping[str, Any], key: str) -> int:
    """One streamed Chat Completions request; the tokens that it used."""
    with OpenAI(base_url=project["base_url"], api_key=key, project=project["id"]) as client:
        stream = client.chat.completions.create(
            model=GPT,
            messages=[{"role": "user", "content": "May I return it?"}],
            stream=True,
            stream_options={"include_usage": True},
        )
        return sum(chunk.usage.total_tokens for chunk in stream if chunk.usage)


def message(project: Mapping[str, Any], key: str) -> int:
    """One Messages request; the tokens that it used."""
    endpoint = project["base_url"].removesuffix("/v1") + "/anthropic"
    header = {"anthropic-workspace-id": project["id"]}
    with Anthropic(base_url=endpoint, api_key=key, default_headers=header) as client:
        usage = client.messages.create(
            model=CLAUDE, max_tokens=200, messages=[{"role": "user", "content": "Describe this lamp."}]
        ).usage
    return usage.input_tokens + usage.output_tokens


APPLICATIONS: Mapping[str, tuple[str, str, Callable[[Mapping[str, Any], str], int]]] = {
    "customer-chatbot": ("OpenAI client, Responses", GPT, respond),
    "returns-assistant": ("OpenAI client, Chat Completions, streamed", GPT, chat),
    "catalog-enrichment": ("Anthropic client, Messages", CLAUDE, message),
}
