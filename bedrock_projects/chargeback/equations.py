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
    parts = allocation.direct, allocation.shared, allocation.unallocated
    of_statements = exact_sum(each.exact for each in statements)
    invoiced = invoice_equation(costs, places=places)
    return (
        _exact(1, "direct + shared + unallocated", parts, "Bedrock in the source", costs.bedrock),
        _exact(2, "Bedrock + the rest of the bill", (costs.bedrock, costs.rest), "total of the source", costs.bill),
        *((invoiced,) if invoiced else ()),
        _exact(
            4, "direct + allocated + central", (costs.bedrock, allocation.added), "sum of the statements", of_statements
        ),
    )


def _exact(number: int, left: str, parts: Sequence[Decimal], right: str, right_total: Decimal) -> Equation:
    """An equation of which the left side is the sum of the parts. Raises SettingsError if it does not hold."""
    made = Equation(number=number, left=left, left_total=exact_sum(parts), right=right, right_total=right_total)
    if not made.holds:
        raise SettingsError(
            f"the month does not add up: {left} is {made.left_total:f}, but {right} is {right_total:f}; AWS may have "
            "changed its data while it was read: run again, and report this if it stays so"
        )
    return made


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
