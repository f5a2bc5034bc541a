"""Computes shares and changes in per cent, with one decimal place, half up."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

_STEP = Decimal("0.1")


def shares(amounts: Sequence[Decimal]) -> list[Decimal | None]:
    """The share of each amount in their sum; all are None if the sum is not above 0, or an amount is below 0.

    With a negative amount, the others would be more than the whole. Each is rounded for itself, so equal amounts have
    equal shares, and the shares may add up to 99.9 or 100.1.
    """
    total = sum(amounts, Decimal())
    has_shares = total > 0 and min(amounts) >= 0
    return [percent(amount, total) if has_shares else None for amount in amounts]


def percent(part: Decimal, whole: Decimal) -> Decimal | None:
    """The part in per cent of the whole; None if the whole is 0."""
    return (100 * part / whole).quantize(_STEP, rounding=ROUND_HALF_UP) if whole else None


def percent_change(change: Decimal, before: Decimal) -> Decimal | None:
    """The change in per cent of the amount before; None if that is not above 0, as after a credit."""
    return percent(change, before) if before > 0 else None
