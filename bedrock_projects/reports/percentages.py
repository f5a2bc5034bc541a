"""Computes shares and changes in per cent, with one decimal place."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal

_STEP = Decimal("0.1")


def shares(amounts: Sequence[Decimal]) -> list[Decimal | None]:
    """The share of each amount in their sum; the shares add up to exactly 100. All are None if the sum is not above 0.

    Each share is rounded down; then those that lost most to rounding get the missing tenths.
    """
    total = sum(amounts, Decimal())
    if total <= 0:
        return [None] * len(amounts)
    exact = [100 * amount / total for amount in amounts]
    floors = [share.quantize(_STEP, rounding=ROUND_FLOOR) for share in exact]
    missing = int((100 - sum(floors, Decimal())) / _STEP)
    lost_most = sorted(range(len(exact)), key=lambda index: floors[index] - exact[index])
    raised = set(lost_most[:missing])
    return [floor + _STEP if index in raised else floor for index, floor in enumerate(floors)]


def percent(part: Decimal, whole: Decimal) -> Decimal | None:
    """The part in per cent of the whole; None if the whole is 0."""
    return (100 * part / whole).quantize(_STEP) if whole else None


def percent_change(change: Decimal, before: Decimal) -> Decimal | None:
    """The change in per cent of the amount before; None if that is not above 0, as after a credit."""
    return percent(change, before) if before > 0 else None
