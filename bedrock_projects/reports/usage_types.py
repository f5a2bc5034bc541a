"""Finds out what a usage type is about: its model, its kind of usage, and whether projects' own endpoint billed it.

The endpoint that knows projects bills as `{REGION}-{model}{usage_type_mark}{kind}-tokens-{tier}`, `bedrock-runtime` as
`{REGION}-{model}-{kind}-tokens-{tier}`. A model that is sold through Marketplace has a SERVICE name of its own, and its
usage types name no model: `{REGION}-MP:{REGION}_{kind}_tokens_{tier}-Units`.
"""

import re
from functools import lru_cache
from typing import Final, Literal

from bedrock_projects.aws.endpoints import MANTLE

TokenKind = Literal["input", "output", "cache read", "cache write"]
UsageKind = Literal["input", "output", "cache read", "cache write", "other"]
"""What a usage type counts: one of the kinds of tokens, or something else."""
TOKEN_KINDS: Final[tuple[TokenKind, ...]] = ("input", "output", "cache read", "cache write")

SERVICE_SEARCH: Final = "Bedrock"
"""The text that the name of every service billed for Bedrock contains."""
OWN_SERVICE: Final = "Amazon Bedrock"
"""The beginning of Bedrock's own service names."""
_EDITION = re.compile(r"\s*\(Amazon Bedrock Edition\)$")
_REGION = re.compile(r"^[A-Z]{2,4}\d+-")
_KIND = re.compile(
    rf"({re.escape(MANTLE.usage_type_mark)}|-input-|-output-|-cache-|-cross-region-|-batch-).*$", re.IGNORECASE
)
_MARKETPLACE = re.compile(r"(?:^|-)MP:|-Units$")
_CAMEL_CASE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_CACHE = re.compile(r"\bcache-?(read|write)(?:-?\d+[mh])?-(?:input-)?tokens?\b")
_DIRECTION = re.compile(r"(?<!speech-)\b(input|output)-(?:text-)?tokens?\b")


def is_bedrock(service: str) -> bool:
    """Whether AWS bills Bedrock under this service name: all of them contain its name, Marketplace ones too."""
    return SERVICE_SEARCH in service


def is_marketplace(service: str) -> bool:
    """Whether the service is a model that is sold through Marketplace, and not one of Bedrock's own names."""
    return not service.startswith(OWN_SERVICE)


def is_marketplace_usage(usage_type: str) -> bool:
    """Whether the usage type is one of Marketplace, such as `USE1-MP:USE1_InputTokenCount-Units`."""
    return _MARKETPLACE.search(usage_type) is not None


def is_of_project_endpoint(usage_type: str) -> bool:
    """Whether the usage type has the mark of the endpoint that knows projects; usage types of Marketplace have none."""
    return MANTLE.usage_type_mark in usage_type


def model_name(service: str, usage_type: str) -> str:
    """The model's name on the bill; if the usage type names no model, the usage type itself."""
    if is_marketplace(service):
        return _EDITION.sub("", service)
    return _KIND.sub("", _REGION.sub("", usage_type)) or usage_type


@lru_cache(maxsize=4096)
def usage_kind(usage_type: str) -> UsageKind:
    """The kind of usage, from the words of the usage type in any of AWS's spellings.

    Documented for the four kinds, https://docs.aws.amazon.com/bedrock/latest/userguide/cost-mgmt-understanding-cur-data.html:
    `…-input-tokens`, `…-output-tokens`, `…-cache-read-input-token-count`, `…-cache-write-input-token-count`, each with
    a tier or `-cross-region-global` after it. Seen in AWS's price lists, read by public repositories in July and August
    2026: `…-cache-write-tokens-5m-long-ctx-flex`, `USE1-MP:USE1_cache_write_tokens_1h_global_standard-Units`,
    `USE1-MP:USE1_CacheWrite1hInputTokenCount_Global-Units`, `USE1-MP:USE1_MillionBatchInputTokens-Units`.

    A cache kind wins over `input`, which its name may contain. Tokens of speech, audio, images and video
    (`…-speech-input-tokens`, `…-input-image-token-count`) are `other`: their prices are far from those of text. So are
    guardrails, reserved and provisioned throughput, training, images, search units and requests.
    """
    words = _CAMEL_CASE.sub("-", usage_type).lower().replace("_", "-")
    if cache := _CACHE.search(words):
        return "cache read" if cache[1] == "read" else "cache write"
    if direction := _DIRECTION.search(words):
        return "input" if direction[1] == "input" else "output"
    return "other"
