"""The dimensions of a line of the bill that can be asked for, grouped by and filtered by.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostAndUsage.html
`NoUsageType` is seen for tax. Not imitated: all other dimensions of AWS (they are refused with 501), cost categories.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from local_aws.cost_explorer.ledger import Item

Tags = Mapping[str, str]

DIMENSIONS: Final[dict[str, Callable[[Item], str]]] = {
    "SERVICE": lambda item: item.service,
    "LINKED_ACCOUNT": lambda item: item.account,
    "USAGE_TYPE": lambda item: item.usage_type or "NoUsageType",
    "REGION": lambda item: item.region or "NoRegion",
    "OPERATION": lambda item: item.operation or "NoOperation",
    "RECORD_TYPE": lambda item: item.charge_type,
    "BILLING_ENTITY": lambda item: item.billing_entity,
}
NOT_IMITATED: Final = (
    "AZ",
    "INSTANCE_TYPE",
    "PAYER_ACCOUNT",
    "LINKED_ACCOUNT_NAME",
    "PURCHASE_TYPE",
    "SERVICE_CODE",
    "USAGE_TYPE_GROUP",
    "OPERATING_SYSTEM",
    "TENANCY",
    "SCOPE",
    "PLATFORM",
    "SUBSCRIPTION_ID",
    "LEGAL_ENTITY_NAME",
    "DEPLOYMENT_OPTION",
    "DATABASE_ENGINE",
    "CACHE_ENGINE",
    "INSTANCE_TYPE_FAMILY",
    "RESERVATION_ID",
    "RESOURCE_ID",
    "RIGHTSIZING_TYPE",
    "SAVINGS_PLANS_TYPE",
    "SAVINGS_PLAN_ARN",
    "PAYMENT_OPTION",
    "AGREEMENT_END_DATE_TIME_AFTER",
    "AGREEMENT_END_DATE_TIME_BEFORE",
    "INVOICING_ENTITY",
    "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
    "ANOMALY_TOTAL_IMPACT_PERCENTAGE",
    "PRODUCT_ATTRIBUTE",
)


RESOURCE_ID: Final = "RESOURCE_ID"
"""The dimension that only a question about costs by resource can be grouped by."""


class Group(Protocol):
    """What lines can be grouped by."""

    def of(self, item: Item, tags: Tags) -> str:
        """The line's key in the answer; `tags` are those whose keys count for it."""


@dataclass(frozen=True)
class Resource:
    """A group by the id of what was used; `NoResourceId` is assumed for a line without one."""

    def of(self, item: Item, tags: Tags) -> str:
        """The id."""
        del tags
        return item.resource_id or "NoResourceId"


@dataclass(frozen=True)
class Dimension:
    """A group by one of DIMENSIONS."""

    key: str

    def of(self, item: Item, tags: Tags) -> str:
        """The dimension's value."""
        del tags
        return DIMENSIONS[self.key](item)


@dataclass(frozen=True)
class Tag:
    """A group by a tag key: `Team$value`, and `Team$` for all that does not carry it."""

    key: str

    def of(self, item: Item, tags: Tags) -> str:
        """The key, `$`, and the value if there is one."""
        del item
        return f"{self.key}${tags.get(self.key, '')}"
