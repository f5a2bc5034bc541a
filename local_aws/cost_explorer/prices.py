"""What a model's tokens cost here, and under which names Cost Explorer shows them.

Seen in Cost Explorer and in AWS's offer files, read 2026-11-25: the shape of the usage types
(`USE1-openai.gpt-5.5-mantle-input-tokens-standard`, for Marketplace `USW2-MP:USW2_output_tokens_standard-Units`), their
units (1K tokens; Marketplace `Units` of 1M), and all three kinds of SERVICE names. On `bedrock-runtime`, read
2026-11-28: `USE1-Claude2.0-input-tokens` (github.com/aws/aws-cli/issues/9567), and `…_OutputTokenCount` for newer
Claude models (github.com/BerriAI/litellm/issues/42679).
Cached tokens, read 2026-11-29 in code that reads AWS's price list: `…-mantle-cache-read-tokens-standard`, for
Marketplace `USW2-MP:USW2_cache_read_tokens_standard-Units`, on `bedrock-runtime` `…_CacheReadInputTokenCount-Units`
and `USE1-NovaPro-cache-read-input-token-count`; with `write` alike. Read at a tenth of the input's price and written
at 1.25 of it, as seen for Claude and for others of `bedrock-mantle`.
Product attributes: the keys, `Input tokens`, `Output tokens` and `On-demand Inference` are documented in botocore's
model of ce; `Cache read tokens` was seen in the price list.
Prices seen published for this endpoint in us-east-1: gpt-oss-20b (0.07 and 0.30) and GPT-5.5 (5.50 and 33.00).
Invented: all other prices, one price in every region, which of the first two SERVICE names a model has, that a model of
Marketplace has `-mantle-` in no usage type (some Claude models were seen with it), that every model here caches, and
which names the attribute `model` has.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from local_aws.metering import Endpoint
from local_aws.model_catalogue import MODELS

Kind = Literal["input", "output", "cache_read", "cache_write"]
KINDS: Final[tuple[Kind, ...]] = ("input", "output", "cache_read", "cache_write")
_MILLION: Final = Decimal(1_000_000)
_OF_INPUT: Final = {"input": Decimal(1), "cache_read": Decimal("0.1"), "cache_write": Decimal("1.25")}
_FEATURE: Final = "On-demand Inference"
_REGION_CODES: Final = {
    "us-east-1": "USE1",
    "us-east-2": "USE2",
    "us-west-2": "USW2",
    "sa-east-1": "SAE1",
    "eu-central-1": "EUC1",
    "eu-west-1": "EUW1",
    "eu-west-2": "EUW2",
    "eu-south-1": "EUS1",
    "eu-north-1": "EUN1",
    "ap-south-1": "APS3",
    "ap-southeast-2": "APS2",
    "ap-southeast-3": "APS4",
    "ap-northeast-1": "APN1",
    "us-gov-west-1": "UGW1",
}


@dataclass(frozen=True)
class Price:
    """USD for a million tokens, with four decimals at most: so each token's price is a whole number of 10⁻¹⁰ USD."""

    input: Decimal
    output: Decimal

    def of(self, kind: Kind) -> Decimal:
        """USD for a million tokens of a kind."""
        if kind == "output":
            return self.output
        return self.input * _OF_INPUT[kind]

    def of_token(self, kind: Kind) -> Decimal:
        """USD for one token, exactly."""
        return self.of(kind) / _MILLION


PRICES: Final = {
    "openai.gpt-oss-20b": Price(Decimal("0.07"), Decimal("0.30")),
    "openai.gpt-oss-120b": Price(Decimal("0.15"), Decimal("0.60")),
    "openai.gpt-5.5": Price(Decimal("5.50"), Decimal("33.00")),
    "nvidia.nemotron-nano-9b-v2": Price(Decimal("0.06"), Decimal("0.23")),
    "qwen.qwen3-32b": Price(Decimal("0.15"), Decimal("0.60")),
    "anthropic.claude-haiku-4-5": Price(Decimal("1.00"), Decimal("5.00")),
    "anthropic.claude-opus-4-7": Price(Decimal("5.00"), Decimal("25.00")),
}
_NEWER_SERVICE: Final = frozenset({"openai.gpt-5.5", "nvidia.nemotron-nano-9b-v2"})


def service(model_id: str) -> str:
    """The SERVICE that a model is billed under."""
    model = MODELS[model_id]
    if model.marketplace:
        return f"{model.name} (Amazon Bedrock Edition)"
    return "Amazon Bedrock Service" if model_id in _NEWER_SERVICE else "Amazon Bedrock"


def usage_type(model_id: str, kind: Kind, *, region: str, endpoint: Endpoint = "bedrock-mantle") -> str:
    """The USAGE_TYPE of a model's tokens in a region; one that has no code here has its name."""
    code = _REGION_CODES.get(region, region)
    dashed, cached = kind.replace("_", "-"), kind.startswith("cache")
    if endpoint == "bedrock-runtime":
        if MODELS[model_id].marketplace:
            words = "".join(word.capitalize() for word in kind.split("_"))
            return f"{code}-MP:{code}_{words}{'Input' if cached else ''}TokenCount-Units"
        return f"{code}-{MODELS[model_id].name}-{dashed}-{'input-token-count' if cached else 'tokens'}"
    if MODELS[model_id].marketplace:
        return f"{code}-MP:{code}_{kind}_tokens_standard-Units"
    return f"{code}-{model_id}-mantle-{dashed}-tokens-standard"


def unit(model_id: str) -> str:
    """The unit of its usage types."""
    return "Units" if MODELS[model_id].marketplace else "1K tokens"


def units(model_id: str) -> Decimal:
    """How much of the unit of its usage type one token is."""
    return 1 / (_MILLION if MODELS[model_id].marketplace else Decimal(1000))


def attributes(model_id: str, kind: Kind) -> tuple[tuple[str, str], ...]:
    """The product attributes of a model's tokens."""
    model, tokens = MODELS[model_id], f"{kind.replace('_', ' ').capitalize()} tokens"
    return (("feature", _FEATURE), ("inferenceType", tokens), ("model", model.name), ("provider", model.provider))
