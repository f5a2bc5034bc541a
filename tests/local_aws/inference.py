"""The real OpenAI and Anthropic clients against the local AWS, and each way of asking as one function."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from anthropic import Anthropic, AnthropicBedrockMantle
from openai import OpenAI
from openai.providers.bedrock import bedrock

from tests.local_aws.mantle import ACCOUNT, REGION

OPEN_WEIGHT, CLAUDE = "openai.gpt-oss-20b", "anthropic.claude-haiku-4-5"
KEY = f"local-key-{ACCOUNT}-{REGION}"
Auth = Literal["bearer", "sigv4"]


class Used(NamedTuple):
    """Tokens as the client read them from an answer."""

    input_tokens: int
    output_tokens: int


@dataclass(frozen=True)
class Clients:
    """Clients of account 111111111111 in us-west-2 that never try twice."""

    openai: Any  # as an application reads answers: without asking at each step whether a field is there
    anthropic: Any

    def of(self, project: str) -> "Clients":
        """The same clients, for a project: by `project=` in one, by its header in the other."""
        headers = {"anthropic-workspace-id": project}
        return Clients(self.openai.with_options(project=project), self.anthropic.with_options(default_headers=headers))


@contextmanager
def clients(url: str, auth: Auth) -> Iterator[Clients]:
    """Both clients, with a Bedrock API key or with access keys."""
    with ExitStack() as stack:
        yield Clients(stack.enter_context(_openai(url, auth)), stack.enter_context(_anthropic(url, auth)))


def _openai(url: str, auth: Auth) -> OpenAI:
    base_url = f"{url}/v1"
    if auth == "bearer":
        return OpenAI(base_url=base_url, api_key=KEY, max_retries=0)
    provider = bedrock(
        base_url=base_url, region=REGION, access_key_id=f"local-{ACCOUNT}", secret_access_key="local-secret"
    )
    return OpenAI(provider=provider, max_retries=0)


def _anthropic(url: str, auth: Auth) -> Anthropic | AnthropicBedrockMantle:
    base_url = f"{url}/anthropic"
    if auth == "bearer":
        return Anthropic(base_url=base_url, api_key=KEY, max_retries=0)
    return AnthropicBedrockMantle(
        base_url=base_url,
        aws_region=REGION,
        aws_access_key=f"local-{ACCOUNT}",
        aws_secret_key="local-secret",
        max_retries=0,
    )


def responses(on: Clients, text: str, **options: Any) -> Used:
    answer = on.openai.responses.create(model=OPEN_WEIGHT, input=text, **options)
    return Used(answer.usage.input_tokens, answer.usage.output_tokens)


def responses_stream(on: Clients, text: str, **options: Any) -> Used:
    stream = list(on.openai.responses.create(model=OPEN_WEIGHT, input=text, stream=True, **options))
    assert [event.sequence_number for event in stream] == list(range(len(stream)))
    answer = stream[-1].response
    spoken = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
    assert (answer.output_text, stream[-1].type) == (spoken, f"response.{answer.status}")
    return Used(answer.usage.input_tokens, answer.usage.output_tokens)


def chat(on: Clients, text: str, **options: Any) -> Used:
    messages = [{"role": "user", "content": text}]
    usage = on.openai.chat.completions.create(model=OPEN_WEIGHT, messages=messages, **options).usage
    return Used(usage.prompt_tokens, usage.completion_tokens)


def chat_stream(on: Clients, text: str, **options: Any) -> Used:
    usage = chat_chunks(on, text, stream_options={"include_usage": True}, **options)[-1].usage
    return Used(usage.prompt_tokens, usage.completion_tokens)


def chat_chunks(on: Clients, text: str, **options: Any) -> list[Any]:
    """The chunks of a streamed chat."""
    messages = [{"role": "user", "content": text}]
    return list(on.openai.chat.completions.create(model=OPEN_WEIGHT, messages=messages, stream=True, **options))


def messages(on: Clients, text: str, **options: Any) -> Used:
    asked: Any = {"messages": [{"role": "user", "content": text}], "max_tokens": 1000} | options
    usage = on.anthropic.messages.create(model=CLAUDE, **asked).usage
    return Used(usage.input_tokens, usage.output_tokens)


def messages_stream(on: Clients, text: str, **options: Any) -> Used:
    asked: Any = {"messages": [{"role": "user", "content": text}], "max_tokens": 1000} | options
    with on.anthropic.messages.stream(model=CLAUDE, **asked) as stream:
        spoken = "".join(stream.text_stream)
        answer = stream.get_final_message()
    assert spoken == "".join(block.text for block in answer.content if block.type == "text") != ""
    return Used(answer.usage.input_tokens, answer.usage.output_tokens)


WAYS: dict[str, Callable[..., Used]] = {
    way.__name__: way for way in (responses, responses_stream, chat, chat_stream, messages, messages_stream)
}


def model_of(way: str) -> str:
    """The model that a way asks."""
    return CLAUDE if way.startswith("messages") else OPEN_WEIGHT
