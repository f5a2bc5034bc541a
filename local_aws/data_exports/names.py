"""How an export spells what Cost Explorer spells otherwise: charge types, services, tag keys.

https://docs.aws.amazon.com/cur/latest/userguide/Lineitem-columns.html
Seen: Bedrock's two product codes, an opaque one for models of AWS Marketplace, and keys of `resource_tags`: `user_` or
`aws_` and the key in small letters, with `_` for all else and between the words of CamelCase.
Invented: which opaque code a model has. Assumed: the code of any other service, unless it is here, is its name
without spaces; of two keys of a line that become one, the first by name counts.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import Final

LINE_TYPES: Final = {
    "Enterprise Discount Program Discount": "EdpDiscount",
    "Solution Provider Program Discount": "SppDiscount",
    "Bundled Discount": "BundledDiscount",
    "Private Rate Discount": "PrivateRateDiscount",
}
_CODES: Final = {
    "Amazon Bedrock": "AmazonBedrock",
    "Amazon Bedrock Service": "AmazonBedrockService",
    "Amazon Elastic Compute Cloud - Compute": "AmazonEC2",
    "EC2 - Other": "AmazonEC2",
    "Amazon Simple Storage Service": "AmazonS3",
    "Amazon Relational Database Service": "AmazonRDS",
    "Amazon DynamoDB": "AmazonDynamoDB",
    "AWS Lambda": "AWSLambda",
    "AWS Support (Business)": "AWSSupportBusiness",
    "AWS Support (Enterprise)": "AWSSupportEnterprise",
    "Tax": "",
}
_MARKETPLACE: Final = " (Amazon Bedrock Edition)"
_OPAQUE: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
_CODE_LENGTH: Final = 25


def line_type(charge_type: str) -> str:
    """A charge type as the export spells it; an unknown one stays as it is."""
    return LINE_TYPES.get(charge_type, charge_type)


def product_code(service: str) -> str:
    """The product code of a service."""
    if service.endswith(_MARKETPLACE):
        digest = hashlib.sha256(service.encode()).digest()
        return "".join(_OPAQUE[byte % len(_OPAQUE)] for byte in digest[:_CODE_LENGTH])
    return _CODES.get(service, re.sub(r"[^0-9A-Za-z]", "", service))


def is_bedrock(service: str) -> bool:
    """Whether a service is Amazon Bedrock, under any of its names."""
    return "Bedrock" in service


def resource_tag(key: str) -> str:
    """A tag key as the map `resource_tags` has it."""
    prefix, plain = ("aws_", key[len("aws:") :]) if key.startswith("aws:") else ("user_", key)
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain)
    return prefix + re.sub(r"[^a-z0-9]", "_", words.lower())


def resource_tags(tags: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The map `resource_tags`."""
    named: dict[str, str] = {}
    for key, value in sorted(tags):
        named.setdefault(resource_tag(key), value)
    return named


def tags_map(tags: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The map `tags`, whose keys are verbatim."""
    return {f"resourceTags/{key}": value for key, value in tags}
