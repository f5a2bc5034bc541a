"""What a model's tokens cost here, and under which names Cost Explorer shows them.

Seen in Cost Explorer and in AWS's offer files, read 2026-11-25: the shape of the usage types
(`USE1-openai.gpt-5.5-mantle-input-tokens-standard`, for Marketplace `USW2-MP:USW2_output_tokens_standard-Units`), their
units (1K tokens, Marketplace 1M), and all three kinds of SERVICE names. On `bedrock-runtime`, read 2026-11-28:
`USE1-Claude2.0-input-tokens` (github.com/aws/aws-cli/issues/9567), and `…_OutputTokenCount` for newer Claude models
(github.com/BerriAI/litellm/issues/42679).
Prices seen published for this endpoint in us-east-1: gpt-oss-20b (0.07 and 0.30) and GPT-5.5 (5.50 and 33.00).
Invented: all other prices, one price in every region, which of the first two SERVICE names a model has, and that a
model of Marketplace has `-mantle-` in no usage type (some Claude models were seen with it).
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from local_aws.metering import Endpoint
from local_aws.model_catalogue import MODELS

Kind = Literal["input", "output"]
_MILLION: Final = Decimal(1_000_000)
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

    def of_token(self, kind: Kind) -> Decimal:
        """USD for one token, exactly."""
        return (self.input if kind == "input" else self.output) / _MILLION


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
    """The USAGE_TYPE of a model's tokens in a region; one that has no code here stands with its name."""
    code = _REGION_CODES.get(region, region)
    if endpoint == "bedrock-runtime":
        if MODELS[model_id].marketplace:
            return f"{code}-MP:{code}_{kind.capitalize()}TokenCount-Units"
        return f"{code}-{MODELS[model_id].name}-{kind}-tokens"
    if MODELS[model_id].marketplace:
        return f"{code}-MP:{code}_{kind}_tokens_standard-Units"
    return f"{code}-{model_id}-mantle-{kind}-tokens-standard"


def units(model_id: str) -> Decimal:
    """How much of the unit of its usage type one token is."""
    return 1 / (_MILLION if MODELS[model_id].marketplace else Decimal(1000))
