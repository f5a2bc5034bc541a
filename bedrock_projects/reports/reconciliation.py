"""Ties the report to the bill of its dates: what is Bedrock, what is the rest, and that both add up to the total."""

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal
from typing import Final

from bedrock_projects.reports.charge_types import ChargeType, charge_type
from bedrock_projects.reports.cost_data import ACCOUNT, PROJECT, CostData, row_total
from bedrock_projects.reports.model import BillPart, Reconciliation
from bedrock_projects.reports.request import ReportRequest

_REST: Final = "other services"
_NAMES: Final[dict[ChargeType, str]] = {"tax": "tax (billed separately)", "support": "support (billed separately)"}


def reconcile(request: ReportRequest, data: CostData, *, reported: Decimal) -> Reconciliation | None:
    """The two sums of the bill; None if a filter leaves out spend, or if there is no bill.

    The tables of Bedrock and the bill are separate questions to the source, so a difference shows a mistake, or that
    AWS changed the data in between.
    """
    if request.filters or not data.bill.amounts:
        return None
    excluded = bedrock_in(data, only=request.excluded)
    bedrock = bedrock_in(data)
    total = data.bill.total
    return Reconciliation(
        reported=reported,
        excluded=excluded,
        bedrock=bedrock,
        difference=reported + excluded - bedrock,
        rest=_rest(data),
        total=total,
        currency=data.bill.currency,
    )


def bedrock_in(data: CostData, *, only: Collection[ChargeType] | None = None) -> Decimal:
    """Bedrock in the bill, of all charge types or some: its services, and what has the ownership tag elsewhere."""
    own = (item for item in data.bill.amounts.items() if item[0][0] in data.services)
    elsewhere = data.tagged_elsewhere.amounts.items() if data.tagged_elsewhere else ()
    return sum(
        (
            row_total(row)
            for (_, record_type), row in (*own, *elsewhere)
            if only is None or charge_type(record_type) in only
        ),
        Decimal(),
    )


def has_cost_elsewhere(request: ReportRequest, data: CostData) -> bool:
    """Whether the tables have more than Bedrock in the bill: cost with the ownership tag under other service names.

    A filter leaves out a part of the tables, so then nobody can say.
    """
    if request.filters:
        return False
    whole = data.table((ACCOUNT, PROJECT)).total
    return whole + bedrock_in(data, only=request.excluded) != bedrock_in(data)


def _rest(data: CostData) -> tuple[BillPart, ...]:
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for (service, record_type), row in data.bill.amounts.items():
        if service not in data.services:
            sums[_NAMES.get(charge_type(record_type, service=service), _REST)] += row_total(row)
    sums[_REST] -= data.tagged_elsewhere.total if data.tagged_elsewhere else Decimal()
    return tuple(BillPart(label=label, total=sums[label]) for label in (*_NAMES.values(), _REST) if sums[label])
