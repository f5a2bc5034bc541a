"""Finds out for which model AWS billed an amount, from its service and usage type.

`bedrock-mantle` bills as `{REGION}-{model}-mantle-{input|output}-tokens-{tier}`, `bedrock-runtime` in the same way but
without `-mantle`. A model that is sold through Marketplace has a SERVICE name of its own, and its usage types name no
model.
"""

import re

MANTLE = "-mantle-"
_OWN = "Amazon Bedrock"
_EDITION = re.compile(r"\s*\(Amazon Bedrock Edition\)$")
_REGION = re.compile(r"^[A-Z]{2,4}\d+-")
_KIND = re.compile(r"-(mantle-|input-|output-|cache-|cross-region-|batch-).*$", re.IGNORECASE)


def is_marketplace(service: str) -> bool:
    """Whether the service is a model that is sold through Marketplace, and not one of Bedrock's own names."""
    return not service.startswith(_OWN)


def model_name(service: str, usage_type: str) -> str:
    """The model's name on the bill; if the usage type names no model, the usage type itself."""
    if is_marketplace(service):
        return _EDITION.sub("", service)
    return _KIND.sub("", _REGION.sub("", usage_type)) or usage_type
