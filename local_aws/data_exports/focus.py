"""Rows of FOCUS 1.0 and 1.2 with AWS columns, of the lines of the bill.

https://docs.aws.amazon.com/cur/latest/userguide/table-dictionary-focus-1-2-aws-columns.html
https://docs.aws.amazon.com/cur/latest/userguide/table-dictionary-focus-1-0-aws-columns.html
Documented: columns and types; the allowed values of ChargeCategory, ChargeClass, ChargeFrequency and ServiceCategory
are those of https://focus.finops.org. Seen: the usage type is SkuMeter in 1.2 and x_UsageType in 1.0.
Costs are Cost Explorer's metrics BilledCost, NetAmortizedCost, ListCost and ContractedCost.
Assumed: discounts, refunds and what has no other category are adjustments; lines that came after their month was
invoiced are corrections; units, names of services and types of accounts. Unknown: which keys `Tags` has; both can be
had. Not imitated: unit prices, SKUs, commitments, cost categories; those columns are null.
"""

from typing import Final, Literal

from local_aws.data_exports.columns import Type
from local_aws.data_exports.cur2 import ISSUER, bill_bounds, described, publisher
from local_aws.data_exports.files import Row
from local_aws.data_exports.lines import Line
from local_aws.data_exports.names import is_bedrock, line_type, product_code, resource_tags

TagKeys = Literal["plain", "normalized"]
_TIMES: Final = frozenset({"BillingPeriodEnd", "BillingPeriodStart", "ChargePeriodEnd", "ChargePeriodStart"})
_NUMBERS: Final = frozenset(
    {
        "BilledCost",
        "CommitmentDiscountQuantity",
        "ConsumedQuantity",
        "ContractedCost",
        "ContractedUnitPrice",
        "EffectiveCost",
        "ListCost",
        "ListUnitPrice",
        "PricingCurrencyContractedUnitPrice",
        "PricingCurrencyEffectiveCost",
        "PricingCurrencyListUnitPrice",
        "PricingQuantity",
    }
)
_MAPS: Final = frozenset({"SkuPriceDetails", "Tags", "x_CostCategories", "x_Discounts"})
_COMMON: Final = (
    "AvailabilityZone",
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "CommitmentDiscountCategory",
    "CommitmentDiscountId",
    "CommitmentDiscountName",
    "CommitmentDiscountStatus",
    "CommitmentDiscountType",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ContractedCost",
    "ContractedUnitPrice",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "ListUnitPrice",
    "PricingCategory",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "RegionId",
    "RegionName",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "ServiceCategory",
    "ServiceName",
    "SkuId",
    "SkuPriceId",
    "SubAccountId",
    "SubAccountName",
    "Tags",
    "x_Discounts",
    "x_Operation",
    "x_ServiceCode",
)
_SINCE_1_2: Final = (
    "BillingAccountType",
    "CapacityReservationId",
    "CapacityReservationStatus",
    "CommitmentDiscountQuantity",
    "CommitmentDiscountUnit",
    "InvoiceId",
    "PricingCurrency",
    "PricingCurrencyContractedUnitPrice",
    "PricingCurrencyEffectiveCost",
    "PricingCurrencyListUnitPrice",
    "ServiceSubcategory",
    "SkuMeter",
    "SkuPriceDetails",
    "SubAccountType",
)
_CATEGORIES: Final = {"Tax": "Tax", "Credit": "Credit"}
_FREQUENCIES: Final = {"Usage": "Usage-Based", "Purchase": "Recurring"}
_COMMITTED: Final = ("DiscountedUsage", "SavingsPlanCoveredUsage")
_SERVICE_CATEGORIES: Final = {"AmazonEC2": "Compute", "AWSLambda": "Compute", "AmazonS3": "Storage"}


def _typed(names: tuple[str, ...]) -> dict[str, Type]:
    return {
        name: "timestamp_milliseconds"
        if name in _TIMES
        else "double"
        if name in _NUMBERS
        else "map"
        if name in _MAPS
        else "string"
        for name in sorted(names)
    }


FOCUS_1_0: Final = _typed((*_COMMON, "x_CostCategories", "x_UsageType"))
FOCUS_1_2: Final = _typed((*_COMMON, *_SINCE_1_2))


def row(line: Line, *, tag_keys: TagKeys) -> Row:
    """The columns of a line that have a value, of both versions."""
    item, total = line.item, line.total
    kind = line_type(item.charge_type)
    category, bedrock = _category(kind), is_bedrock(item.taxed_service or item.service)
    code = product_code(item.taxed_service or item.service)
    start, end = bill_bounds(line)
    effective = total.by("NetAmortizedCost")
    filled: Row = {
        "BilledCost": total.by("BilledCost"),
        "BillingAccountId": line.payer,
        "BillingAccountName": f"account-{line.payer}",
        "BillingAccountType": "BillingAccount",
        "BillingCurrency": "USD",
        "BillingPeriodEnd": end,
        "BillingPeriodStart": start,
        "ChargeCategory": category,
        "ChargeClass": "Correction" if line.late else None,
        "ChargeDescription": described(line),
        "ChargeFrequency": _FREQUENCIES.get(category, "One-Time"),
        "ChargePeriodEnd": line.end,
        "ChargePeriodStart": line.start,
        "ContractedCost": total.by("ContractedCost"),
        "EffectiveCost": effective,
        "InvoiceId": line.invoice_id or None,
        "InvoiceIssuerName": ISSUER,
        "ListCost": total.by("ListCost"),
        "PricingCurrency": "USD",
        "PricingCurrencyEffectiveCost": effective,
        "ProviderName": "AWS",
        "PublisherName": publisher(item),
        "RegionId": item.region,
        "RegionName": item.region,
        "ResourceId": item.resource_id or None,
        "ServiceCategory": "AI and Machine Learning" if bedrock else _SERVICE_CATEGORIES.get(code, "Other"),
        "ServiceName": item.taxed_service or item.service,
        "ServiceSubcategory": "Generative AI" if bedrock else "Other (Other)",
        "SkuMeter": item.usage_type or None,
        "SubAccountId": item.account,
        "SubAccountName": f"account-{item.account}",
        "SubAccountType": "SubAccount",
        "Tags": dict(item.tags) if tag_keys == "plain" else resource_tags(item.tags),
        "x_Operation": item.operation,
        "x_ServiceCode": code,
        "x_UsageType": item.usage_type,
    }
    if category == "Usage":
        filled |= {
            "ConsumedQuantity": total.quantity,
            "ConsumedUnit": item.unit,
            "PricingCategory": "Committed" if kind in _COMMITTED else "Standard",
            "PricingQuantity": total.quantity,
            "PricingUnit": item.unit,
        }
    return filled


def _category(kind: str) -> str:
    if kind.endswith("Usage"):
        return "Usage"
    return _CATEGORIES.get(kind, "Purchase" if kind.endswith("Fee") else "Adjustment")
