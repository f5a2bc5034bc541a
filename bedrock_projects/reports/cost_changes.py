"""Finds the largest changes from one period to the next, and their drivers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bedrock_projects.reports.model import CostChange, CostDriver, DateRange
from bedrock_projects.reports.percentages import percent, percent_change

_LEAST_PERCENT = 25
"""The smallest change to report, in per cent of the prior period."""
_LEAST_SHARE = Decimal("0.01")
"""The smallest change as a share of all spend: a large report should not list its smallest lines."""
_LEAST_AMOUNT = Decimal(1)
_MOST_CHANGES = 10
_MOST_DRIVERS = 3

PartAmounts = Mapping[str, Mapping[str, Decimal]]
"""The spend of each line by part: by tag value and then by service, for example."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two periods to compare, and all spend in each."""

    before: DateRange
    after: DateRange
    spent_before: PartAmounts
    spent_after: PartAmounts


def find_cost_changes(comparisons: Sequence[Comparison], labels: Mapping[str, str]) -> tuple[CostChange, ...]:
    """The largest changes first, ten at most; `labels` has the label of each line.

    A change counts if it is at least 25% of the prior period, 1 in the report's currency, and 1% of all spend in the
    more expensive of the two periods.
    """
    changes = [change for comparison in comparisons for change in _changes_between(comparison, labels)]
    by_size = sorted(changes, key=lambda change: (-abs(change.change), change.value, change.after.start))
    return tuple(by_size[:_MOST_CHANGES])


def _changes_between(times: Comparison, labels: Mapping[str, str]) -> list[CostChange]:
    least = max(_LEAST_AMOUNT, _LEAST_SHARE * max(_total(times.spent_before), _total(times.spent_after)))
    changes = []
    for value, label in labels.items():
        parts_before, parts_after = times.spent_before.get(value, {}), times.spent_after.get(value, {})
        before, after = sum(parts_before.values(), Decimal()), sum(parts_after.values(), Decimal())
        change = after - before
        if abs(change) >= least and 100 * abs(change) >= _LEAST_PERCENT * abs(before):
            cost_change = CostChange(
                value=value,
                label=label,
                before=times.before,
                after=times.after,
                amount_before=before,
                amount_after=after,
                change=change,
                change_percent=percent_change(change, before),
                drivers=_drivers(parts_before, parts_after, change),
            )
            changes.append(cost_change)
    return changes


def _drivers(before: Mapping[str, Decimal], after: Mapping[str, Decimal], change: Decimal) -> tuple[CostDriver, ...]:
    """The parts that changed in the same direction as the line, the largest change first."""
    changes = {part: after.get(part, Decimal()) - before.get(part, Decimal()) for part in {**before, **after}}
    same_direction = sorted(
        ((part, amount) for part, amount in changes.items() if amount * change > 0),
        key=lambda item: (-abs(item[1]), item[0]),
    )
    return tuple(
        CostDriver(label=part, total=amount, share=percent(amount, change))
        for part, amount in same_direction[:_MOST_DRIVERS]
    )


def _total(spent: PartAmounts) -> Decimal:
    return sum((amount for parts in spent.values() for amount in parts.values()), Decimal())
