"""Product attributes: model, provider and so on of the costs of Amazon Bedrock.

botocore's model of ce, ProductAttributeValues, read 2026-11-28. Nobody has reported a live answer.
Documented: a question that filters or groups by them is about the costs of supported services alone, and Amazon Bedrock
is the only one, under several service names; the value of a key that a cost does not have is empty; keys have a case,
and one that does not exist is not an error.
Assumed: a service is Amazon Bedrock's if its name has `Bedrock` in it; the words of all messages.
"""

import json
from dataclasses import dataclass
from datetime import date
from typing import Final

from local_aws.cost_explorer import rules
from local_aws.cost_explorer.dimensions import Tags
from local_aws.cost_explorer.exceptions import DataUnavailableException, ValidationException
from local_aws.cost_explorer.filters import Filter
from local_aws.cost_explorer.ledger import Item
from local_aws.cost_explorer.query import Matches
from local_aws.settings import Settings

GROUP_TYPE: Final = "PRODUCT_ATTRIBUTE"
FIRST_DAY: Final = date(2026, 9, 1)
_SUPPORTED: Final = "Bedrock"


@dataclass(frozen=True)
class Attribute:
    """A group by an attribute: `model$Claude Haiku 4.5`, and `model$` for all that does not have it."""

    key: str

    def of(self, item: Item, tags: Tags) -> str:
        """The key, `$`, and the value if there is one."""
        del tags
        return f"{self.key}${dict(item.attributes).get(self.key, '')}"


@dataclass(frozen=True)
class AttributeKeys:
    """Lines with the same attributes together."""

    def of(self, item: Item, tags: Tags) -> str:
        """The keys as a JSON list."""
        del tags
        return json.dumps([key for key, _ in item.attributes])


def restricted(
    filtered: Filter, *, start: date, settings: Settings, grouped: bool = False, service_required: bool = False
) -> Matches:
    """What a question is about: with attributes in its filter or groups, the costs of supported services alone.

    ValidationException if its SERVICE filter is not one that AWS takes, DataUnavailableException for a start too early.
    `service_required`: the operation demands a SERVICE filter if the filter has attributes.
    """
    if not (grouped or filtered.attributes):
        return filtered.matches
    if settings.product_attributes == "refused":
        raise ValidationException("Product attributes are not available for this account.", rule=rules.ATTRIBUTES)
    if start < FIRST_DAY:
        message = f"Product attribute data is available for time periods that start on or after {FIRST_DAY}."
        raise DataUnavailableException(message, rule=rules.ATTRIBUTES_START)
    if filtered.partly_by_service:
        message = "With product attributes, a SERVICE filter must apply to the whole request, and not be inside Not."
        raise ValidationException(message, rule=rules.ATTRIBUTES_WHOLE)
    if others := sorted(name for name in filtered.services if not _supported(name)):
        message = f"Product attributes are not supported for {', '.join(others)}"
        raise ValidationException(message, rule=rules.ATTRIBUTES_SERVICE)
    if service_required and filtered.attributes and not filtered.by_service:
        message = "This operation requires a SERVICE filter if the filter has ProductAttributes."
        raise ValidationException(message, rule=rules.ATTRIBUTES_SERVICE_REQUIRED)
    return lambda item, tags: _supported(item.service) and filtered.matches(item, tags)


def refuse(filtered: Filter) -> None:
    """ValidationException for attributes in the filter of an operation that does not support them."""
    if filtered.attributes:
        message = "ProductAttributes are not supported for this operation."
        raise ValidationException(message, rule=rules.ATTRIBUTES_OPERATION)


def _supported(service: str) -> bool:
    return _SUPPORTED in service
