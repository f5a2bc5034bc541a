"""Which model a billed amount is for, by its service and usage type.

`bedrock-mantle` bills as `{REGION}-{model}-mantle-{input|output}-tokens-{tier}`, `bedrock-runtime` alike without the
`-mantle-`. Models that are sold through Marketplace have a SERVICE name of their own, and usage types that name none.
"""

import re

MANTLE = "-mantle-"
_OWN = "Amazon Bedrock"
_EDITION = re.compile(r"\s*\(Amazon Bedrock Edition\)$")
_REGION = re.compile(r"^[A-Z]{2,4}\d+-")
_KIND = re.compile(r"-(mantle-|input-|output-|cache-|cross-region-|batch-).*$", re.IGNORECASE)


def is_marketplace(service: str) -> bool:
    """Whether that is a model sold through Marketplace, and not one of Bedrock's own names."""
    return not service.startswith(_OWN)


def model_of(service: str, usage_type: str) -> str:
    """The model's name as it is billed; a usage type that names none stands for itself."""
    if is_marketplace(service):
        return _EDITION.sub("", service)
    return _KIND.sub("", _REGION.sub("", usage_type)) or usage_type
