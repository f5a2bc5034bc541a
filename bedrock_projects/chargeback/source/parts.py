"""Divides the bill of a month into Bedrock and the rest, and finds Bedrock's part of tax and support.

A line of tax that names what it is for, as those of CUR 2.0 do, belongs to that: Bedrock's own is exact. All other tax,
and support, have no product. Of these, Bedrock's part is

    amount * max(Bedrock, 0) / (max(Bedrock, 0) + max(other services, 0))

both sums without tax and support: what AWS adds in proportion to the bill is passed on in that proportion. The part is
0 if neither is above 0. `splitting.split` makes it exact.
"""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from bedrock_projects.chargeback.splitting import exact_sum, split
from bedrock_projects.reports.charge_types import ChargeType, charge_type
from bedrock_projects.reports.cost_data import CostTable, row_total

ADDITIONS: Final[tuple[ChargeType, ChargeType]] = ("tax", "support")
"""What is billed in addition to services, and is not a row of the cost table."""
_NO_SERVICE: Final = "Tax"
"""The service of tax that names no product: Cost Explorer's, and that of lines without a product code."""


@dataclass(frozen=True, kw_only=True)
class BillParts:
    """The bill by service and charge type, divided: `bedrock` and `others` are without tax and support.

    `rest` is all but `bedrock`. `own` are Bedrock's tax and support, as far as lines name it; `shared` are those of no
    service.
    """

    bedrock: Decimal
    others: Decimal
    rest: Decimal
    own: dict[ChargeType, Decimal]
    shared: dict[ChargeType, Decimal]

    def bedrock_part(self, kind: ChargeType) -> Decimal:
        """Bedrock's part of tax or support."""
        weights = {"bedrock": max(self.bedrock, Decimal()), "others": max(self.others, Decimal())}
        shared = self.shared[kind]
        part = split(shared, weights)["bedrock"] if shared and any(weights.values()) else Decimal()
        return exact_sum([self.own[kind], part])


def bill_parts(bill: CostTable, *, services: Collection[str], elsewhere: CostTable | None) -> BillParts:
    """The parts of a bill. `services` are Bedrock's, `elsewhere` what has the ownership tag under other services."""
    own = [(group, row_total(row)) for group, row in bill.amounts.items() if group[0] in services]
    moved = [(group, row_total(row)) for group, row in elsewhere.amounts.items()] if elsewhere else []
    others = [(group, row_total(row)) for group, row in bill.amounts.items() if group[0] not in services]
    bedrock, rest = _by_kind([*own, *moved]), _by_kind([*others, *((group, -amount) for group, amount in moved)])
    return BillParts(
        bedrock=exact_sum(amount for kind, _, amount in bedrock if kind not in ADDITIONS),
        others=exact_sum(amount for kind, _, amount in rest if kind not in ADDITIONS),
        rest=exact_sum(
            [
                *(amount for _, _, amount in rest),
                *(amount for kind, _, amount in bedrock if kind in ADDITIONS),
            ]
        ),
        own={addition: exact_sum(amount for kind, _, amount in bedrock if kind == addition) for addition in ADDITIONS},
        shared={
            addition: exact_sum(
                amount
                for kind, service, amount in rest
                if kind == addition and (kind == "support" or service == _NO_SERVICE)
            )
            for addition in ADDITIONS
        },
    )


def _by_kind(amounts: list[tuple[tuple[str, ...], Decimal]]) -> list[tuple[ChargeType, str, Decimal]]:
    return [(charge_type(line_type, service=service), service, amount) for (service, line_type), amount in amounts]
