"""Maps AWS's charge types, as Cost Explorer spells them, to the few that a report shows.

Cost Explorer's model lists no values of RECORD_TYPE. These are the ones that programs which read live accounts know.
An export (line_item_line_item_type) spells discounts differently, and both spellings are here. AWS documents some:
https://docs.aws.amazon.com/cur/latest/userguide/table-dictionary-cur2-line-item.html. Seen in queries of live exports:
`EdpDiscount`, `SppDiscount`, `RiVolumeDiscount` (github.com/aws-samples, github.com/FinOps-Data-CrowdSourcing).
FOCUS has five (ChargeCategory): Usage, Tax, Credit, Purchase, and Adjustment, which may be a discount or a refund.
https://focus.finops.org/focus-specification/v1-2/. ChargeClass only says that a charge corrects an earlier month.
A value that is not here is `other`, and the report names it.
"""

from collections.abc import Iterable, Mapping
from typing import Final, Literal, get_args

ChargeType = Literal["usage", "purchase", "discount", "credit", "refund", "tax", "support", "other"]
CHARGE_TYPES: Final[tuple[ChargeType, ...]] = get_args(ChargeType)
"""All charge types in the order in which a report shows them."""

PLURALS: Final[Mapping[ChargeType, str]] = {
    "usage": "usage",
    "purchase": "purchases",
    "discount": "discounts",
    "credit": "credits",
    "refund": "refunds",
    "tax": "tax",
    "support": "support",
    "other": "other charges",
}
"""The names of charge types as column headings, and as values of `--exclude`."""

USAGE: Final = "Usage"
"""AWS's name of most usage."""

_TYPES: Final[Mapping[str, ChargeType]] = {
    USAGE: "usage",
    "DiscountedUsage": "usage",
    "SavingsPlanCoveredUsage": "usage",
    "Fee": "purchase",
    "RIFee": "purchase",
    "SavingsPlanRecurringFee": "purchase",
    "SavingsPlanUpfrontFee": "purchase",
    "Enterprise Discount Program Discount": "discount",
    "Solution Provider Program Discount": "discount",
    "Bundled Discount": "discount",
    "Private Rate Discount": "discount",
    "Distributor Discount": "discount",
    "EdpDiscount": "discount",
    "SppDiscount": "discount",
    "BundledDiscount": "discount",
    "PrivateRateDiscount": "discount",
    "DistributorDiscount": "discount",
    "RiVolumeDiscount": "discount",
    "Discount": "discount",
    "SavingsPlanNegation": "discount",
    "Credit": "credit",
    "Refund": "refund",
    "Tax": "tax",
    "Support": "support",
    "Purchase": "purchase",
    "Adjustment": "other",
}
USAGE_RECORD_TYPES: Final = tuple(name for name, kind in _TYPES.items() if kind == "usage")
"""AWS's names of direct usage."""
_SUPPORT_SERVICES: Final = ("AWS Support", "AWS Premium Support", "AWSSupport", "OCBPremiumSupport")
"""How the names of support services begin, or their product codes if an export names no service (seen)."""


def charge_type(record_type: str, *, service: str = "") -> ChargeType:
    """The charge type of a value of RECORD_TYPE.

    Tax and support are services of their own, and the service decides.
    """
    if service == "Tax":
        return "tax"
    if service.startswith(_SUPPORT_SERVICES):
        return "support"
    return _TYPES.get(record_type, "other")


def is_usage(record_type: str) -> bool:
    """Whether the value is direct usage: what was used, before discounts and credits."""
    return charge_type(record_type) == "usage"


def unknown_types(record_types: Iterable[str]) -> tuple[str, ...]:
    """The values that no charge type is known for, sorted."""
    return tuple(sorted(value for value in set(record_types) if value not in _TYPES))
