"""The forecast: the mean of the last full days goes on, every day.

AWS's own model is not published; this rule is a choice of the local AWS. The interval is that of a normal distribution
with the deviation of those days, and never below zero unless the mean is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt
from statistics import NormalDist, pstdev
from typing import Final

from local_aws.cost_explorer.periods import Period

DAYS: Final = 30
_STEP: Final = Decimal(1).scaleb(-10)


@dataclass(frozen=True)
class Outlook:
    """What a period will cost, in USD; `low` and `high` are the bounds of the interval."""

    period: Period
    mean: Decimal
    low: Decimal
    high: Decimal


def outlook(costs_of_days: Sequence[Decimal], periods: Sequence[Period], *, level: int) -> list[Outlook]:
    """The outlook for each period, from the costs of full days; `level` is the interval's, in percent."""
    mean = sum(costs_of_days, Decimal(0)) / len(costs_of_days)
    deviation = pstdev(map(float, costs_of_days))
    width = NormalDist().inv_cdf(0.5 + level / 200)
    outlooks = []
    for period in periods:
        whole = (mean * period.days).quantize(_STEP)
        margin = Decimal(width * deviation * sqrt(period.days)).quantize(_STEP)
        low = max(min(Decimal(0), whole), whole - margin)
        outlooks.append(Outlook(period, whole, low, whole + margin))
    return outlooks
