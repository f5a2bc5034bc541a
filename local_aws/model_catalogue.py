"""The models that the inference endpoint serves here: a few of each kind that bills in another way.

Ids as `bedrock-mantle` writes them, without the version and inference-profile affixes of `bedrock-runtime`; a few are
served there too.
Sources, read 2026-11-25:
https://docs.aws.amazon.com/bedrock/latest/userguide/models-endpoint-availability.html
https://docs.aws.amazon.com/bedrock/latest/userguide/inference-responses-api.html (the prefix varies by model)
https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html (ids of `bedrock-runtime`)
Not imitated: which model is served in which region, access requests, service tiers.
"""

from dataclasses import dataclass
from typing import Final, Literal

Api = Literal["responses", "chat", "messages"]


@dataclass(frozen=True)
class Model:
    """A model, with the id that it has on `bedrock-mantle`, and `runtime_id`, empty if `bedrock-runtime` has it not.

    `marketplace`: sold through AWS Marketplace, under a SERVICE name of its own in Cost Explorer.

    `apis` are those that answer for it, `prefix` is where its OpenAI-shaped ones are.
    """

    id: str
    name: str
    provider: str
    apis: frozenset[Api]
    marketplace: bool = False
    prefix: Literal["/v1", "/openai/v1"] = "/v1"
    runtime_id: str = ""


_BOTH: Final[frozenset[Api]] = frozenset({"responses", "chat"})
_CHAT: Final[frozenset[Api]] = frozenset({"chat"})
_MESSAGES: Final[frozenset[Api]] = frozenset({"messages"})

MODELS: Final = {
    model.id: model
    for model in (
        Model("openai.gpt-oss-20b", "gpt-oss-20b", "OpenAI", _BOTH, runtime_id="openai.gpt-oss-20b-1:0"),
        Model("openai.gpt-oss-120b", "gpt-oss-120b", "OpenAI", _BOTH, runtime_id="openai.gpt-oss-120b-1:0"),
        Model("openai.gpt-5.5", "GPT-5.5", "OpenAI", frozenset({"responses"}), prefix="/openai/v1"),
        Model("nvidia.nemotron-nano-9b-v2", "Nemotron Nano 9B v2", "NVIDIA", _CHAT),
        Model("qwen.qwen3-32b", "Qwen3 32B", "Qwen", _CHAT, runtime_id="qwen.qwen3-32b-v1:0"),
        Model(
            "anthropic.claude-haiku-4-5",
            "Claude Haiku 4.5",
            "Anthropic",
            _MESSAGES,
            marketplace=True,
            runtime_id="anthropic.claude-haiku-4-5-20251001-v1:0",
        ),
        Model("anthropic.claude-opus-4-7", "Claude Opus 4.7", "Anthropic", _MESSAGES, marketplace=True),
    )
}
