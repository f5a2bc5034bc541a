"""Finds out for which model AWS billed an amount, from its service and usage type.

The endpoint that knows projects bills as `{REGION}-{model}{usage_type_mark}{input|output}-tokens-{tier}`,
`bedrock-runtime` as `{REGION}-{model}-{input|output}-tokens-{tier}`. A model that is sold through Marketplace has a
SERVICE name of its own, and its usage types name no model.
"""

import re

from bedrock_projects.aws.endpoints import MANTLE

_OWN = "Amazon Bedrock"
_EDITION = re.compile(r"\s*\(Amazon Bedrock Edition\)$")
_REGION = re.compile(r"^[A-Z]{2,4}\d+-")
_KIND = re.compile(
    rf"({re.escape(MANTLE.usage_type_mark)}|-input-|-output-|-cache-|-cross-region-|-batch-).*$", re.IGNORECASE
)


def is_marketplace(service: str) -> bool:
    """Whether the service is a model that is sold through Marketplace, and not one of Bedrock's own names."""
    return not service.startswith(_OWN)


def model_name(service: str, usage_type: str) -> str:
    """The model's name on the bill; if the usage type names no model, the usage type itself."""
    if is_marketplace(service):
        return _EDITION.sub("", service)
    return _KIND.sub("", _REGION.sub("", usage_type)) or usage_type
