"""The four equations of a month: each says with its difference that no amount is lost and none is invented."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from bedrock_projects.chargeback.allocation import Allocation
from bedrock_projects.chargeback.costs import MonthCosts
from bedrock_projects.chargeback.splitting import exact_sum
from bedrock_projects.chargeback.statements import Statement
from bedrock_projects.errors import SettingsError


@dataclass(frozen=True, kw_only=True)
class Equation:
    """Two sums that must be equal, in the currency of the bill; `left` and `right` say what they are of.

    `difference` is the first minus the second, and not above `allowed` in either direction if the equation holds.
    """

    number: int
    left: str
    left_total: Decimal
    right: str
    right_total: Decimal
    allowed: Decimal = Decimal()

    @property
    def difference(self) -> Decimal:
        """What the left side has more than the right one."""
        return exact_sum([self.left_total, self.right_total.copy_negate()])

    @property
    def holds(self) -> bool:
        """Whether the difference is allowed."""
        return self.difference.copy_abs() <= self.allowed


def equations(
    costs: MonthCosts, allocation: Allocation, statements: Sequence[Statement], *, places: int
) -> tuple[Equation, ...]:
    """The equations 1 to 4; the third one is left out if the source knows no invoices, or has none yet.

    Raises SettingsError if the first, the second or the fourth does not hold: no statement is made then.
    """
    made = [
        Equation(
            number=1,
            left="direct + shared + unallocated",
            left_total=exact_sum([allocation.direct, allocation.shared, allocation.unallocated]),
            right="Bedrock in the source",
            right_total=costs.bedrock,
        ),
        Equation(
            number=2,
            left="Bedrock + the rest of the bill",
            left_total=exact_sum([costs.bedrock, costs.rest]),
            right="total of the source",
            right_total=costs.bill,
        ),
        Equation(
            number=4,
            left="direct + allocated + central",
            left_total=exact_sum([costs.bedrock, allocation.added]),
            right="sum of the statements",
            right_total=exact_sum(each.exact for each in statements),
        ),
    ]
    for equation in made:
        if not equation.holds:
            raise SettingsError(
                f"the month does not add up: {equation.left} is {equation.left_total:f}, but {equation.right} is "
                f"{equation.right_total:f}; AWS may have changed its data while it was read: run again, and report "
                "this if it stays so"
            )
    if invoiced := invoice_equation(costs, places=places):
        made.insert(2, invoiced)
    return tuple(made)


def invoice_equation(costs: MonthCosts, *, places: int) -> Equation | None:
    """The third equation; None if there are no invoices. Each invoice may differ by a minor unit."""
    if not costs.invoices:
        return None
    return Equation(
        number=3,
        left="total of the source",
        left_total=costs.bill,
        right="invoices and credit memos",
        right_total=exact_sum(invoice.amount for invoice in costs.invoices),
        allowed=Decimal(len(costs.invoices)).scaleb(-places),
    )
