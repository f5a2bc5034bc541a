"""Rows of CUR 2.0, of the lines of the bill.

https://docs.aws.amazon.com/cur/latest/userguide/table-dictionary-cur2.html
Documented: net costs have a value only if discounts apply; which columns the effective cost is made of.
Seen, 2026-07: Bedrock's usage since 2026-07-20 has provider, model, inference type and feature in the map `product`,
and the product family `Amazon Bedrock`, on AWS Marketplace too; the unit of a line of AWS Marketplace is the third part
of its description. Assumed: lines of tax, credits and refunds have no product columns, the product code of a tax is
that of the service that it is for, and a line of AWS Marketplace is of the model's provider.
Invented: descriptions, line ids, ARNs of commitments. Not imitated: rates, SKUs, cost categories, split cost
allocation, capacity reservations; those columns are empty.
"""

import hashlib
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from local_aws.cost_explorer.ledger import Item
from local_aws.cost_explorer.periods import next_month
from local_aws.data_exports.files import Row
from local_aws.data_exports.lines import Line, midnight
from local_aws.data_exports.names import is_bedrock, line_type, product_code, resource_tags, tags_map

FAMILY_SINCE: Final = date(2026, 7, 20)
ISSUER: Final = "Amazon Web Services, Inc."
_ZERO: Final = Decimal(0)
_BARE: Final = frozenset({"Tax", "Credit", "Refund"})
_USED: Final = frozenset({"Usage", "DiscountedUsage", "SavingsPlanCoveredUsage"})
_KEYS: Final = {"feature": "feature", "inferenceType": "inference_type", "model": "model", "provider": "provider"}


def row(line: Line, *, net: bool) -> Row:
    """The columns of a line that have a value; `net` says whether its month has net costs."""
    item, total = line.item, line.total
    kind = line_type(item.charge_type)
    filled: Row = {
        **_bill(line, kind),
        "identity_line_item_id": _id(line),
        "identity_time_interval": f"{line.start:%Y-%m-%dT%H:%M:%SZ}/{line.end:%Y-%m-%dT%H:%M:%SZ}",
        "line_item_blended_cost": total.by("BlendedCost"),
        "line_item_currency_code": "USD",
        "line_item_iam_principal": item.iam_principal,
        "line_item_legal_entity": publisher(item),
        "line_item_line_item_description": described(line),
        "line_item_line_item_type": kind,
        "line_item_net_unblended_cost": total.by("NetUnblendedCost") if net else None,
        "line_item_operation": item.operation,
        "line_item_product_code": product_code(item.taxed_service or item.service),
        "line_item_resource_id": item.resource_id,
        "line_item_tax_type": "Tax" if kind == "Tax" else "",
        "line_item_unblended_cost": total.cost,
        "line_item_usage_account_id": item.account,
        "line_item_usage_account_name": f"account-{item.account}",
        "line_item_usage_amount": total.quantity,
        "line_item_usage_end_date": line.end,
        "line_item_usage_start_date": line.start,
        "line_item_usage_type": item.usage_type,
        "pricing_currency": "USD",
        "pricing_unit": item.unit,
        "resource_tags": resource_tags(item.tags),
        "tags": tags_map(item.tags),
        **({} if kind in _BARE else _product(line)),
        **_commitments(line, kind, net=net),
    }
    if kind in _USED:
        filled["pricing_public_on_demand_cost"] = total.by("PublicOnDemandCost")
        filled["pricing_term"] = "OnDemand"
    return filled


def bill_bounds(line: Line) -> tuple[datetime, datetime]:
    """The first moment of the billing period, and of the next one."""
    return midnight(line.month), midnight(next_month(line.month))


def publisher(item: Item) -> str:
    """Who sells."""
    return dict(item.attributes).get("provider", "") if _marketplace(item) else ISSUER


def described(line: Line) -> str:
    """The description of a line."""
    item, kind = line.item, line_type(line.item.charge_type)
    if kind == "Tax":
        return f"Tax for product code {product_code(item.taxed_service or item.service)}"
    if _marketplace(item):
        return f"AWS Marketplace software usage|{item.region}|{item.unit or kind}"
    return f"{item.service} {item.usage_type}".strip()


def _bill(line: Line, kind: str) -> Row:
    start, end = bill_bounds(line)
    return {
        "bill_bill_type": "Refund" if kind == "Refund" else "Anniversary",
        "bill_billing_entity": line.item.billing_entity,
        "bill_billing_period_end_date": end,
        "bill_billing_period_start_date": start,
        "bill_invoice_id": line.invoice_id,
        "bill_invoicing_entity": ISSUER,
        "bill_payer_account_id": line.payer,
        "bill_payer_account_name": f"account-{line.payer}",
    }


def _product(line: Line) -> Row:
    item, code = line.item, product_code(line.item.service)
    product = {"product_name": item.service} | ({"region": item.region} if item.region else {})
    filled: Row = {
        "product_region_code": item.region,
        "product_servicecode": code,
        "product_operation": item.operation,
        "product_usagetype": item.usage_type,
    }
    if is_bedrock(item.service) and line.start.date() >= FAMILY_SINCE:
        product |= {_KEYS[key]: value for key, value in item.attributes}
        filled["product_product_family"] = "Amazon Bedrock"
    return {**filled, "product": product}


def _commitments(line: Line, kind: str, *, net: bool) -> Row:
    """What makes the effective cost of a line of a reservation or savings plan its AmortizedCost."""
    cost, amortized = line.total.cost, line.total.by("AmortizedCost")
    net_amortized = line.total.by("NetAmortizedCost") if net else None
    account = line.payer
    if kind.startswith("SavingsPlan"):
        filled: Row = {"savings_plan_savings_plan_a_r_n": f"arn:aws:savingsplans::{account}:savingsplan/{_UUID}"}
        if kind == "SavingsPlanCoveredUsage":
            filled["savings_plan_savings_plan_effective_cost"] = amortized
            filled["savings_plan_net_savings_plan_effective_cost"] = net_amortized
        if kind == "SavingsPlanRecurringFee":
            filled["savings_plan_total_commitment_to_date"] = cost
            filled["savings_plan_used_commitment"] = cost - amortized
        return filled
    reserved = kind in ("DiscountedUsage", "RIFee") or (kind == "Fee" and cost and not amortized)
    if not reserved:
        return {}
    arn = f"arn:aws:ec2:{line.item.region or 'us-east-1'}:{account}:reserved-instances/{_UUID}"
    filled = {"reservation_reservation_a_r_n": arn}
    if kind == "DiscountedUsage":
        filled["reservation_effective_cost"] = amortized
        filled["reservation_net_effective_cost"] = net_amortized
    if kind == "RIFee":
        filled["reservation_unused_amortized_upfront_fee_for_billing_period"] = _ZERO
        filled["reservation_unused_recurring_fee"] = amortized
        filled["reservation_net_unused_amortized_upfront_fee_for_billing_period"] = _ZERO if net else None
        filled["reservation_net_unused_recurring_fee"] = net_amortized
    return filled


_UUID: Final = "00000000-0000-4000-8000-000000000000"


def _marketplace(item: Item) -> bool:
    return item.billing_entity == "AWS Marketplace"


def _id(line: Line) -> str:
    text = repr((line.item, line.start, line.invoice_id))
    return hashlib.sha256(text.encode()).hexdigest()[:52]
