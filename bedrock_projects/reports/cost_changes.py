"""Lines that changed much from one time to the next, and which part of them did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bedrock_projects.reports.model import Driver, Jump, Span
from bedrock_projects.reports.percentages import growth, percent

PERCENT = 25
"""A change of less than that, of what was before, is no jump."""

_SHARE = Decimal("0.01")
_LEAST = Decimal(1)
_SHOWN = 10
_DRIVERS = 3

Parts = Mapping[str, Mapping[str, Decimal]]
"""What each line spent on each part: a tag's value and service, say."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two times to compare, and all spend in each."""

    before: Span
    after: Span
    spent_before: Parts
    spent_after: Parts


def jumps(comparisons: Sequence[Comparison], labels: Mapping[str, str]) -> tuple[Jump, ...]:
    """The changes worth a look, the largest first, ten at most.

    A jump is at least a quarter of what was before, 1 in the report's currency, and 1 % of all that was spent in the
    dearer of the two times. `labels` says how each line is called.
    """
    found = [jump for each in comparisons for jump in _between(each, labels)]
    return tuple(sorted(found, key=lambda jump: (-abs(jump.change), jump.value, jump.after.start))[:_SHOWN])


def _between(times: Comparison, labels: Mapping[str, str]) -> list[Jump]:
    least = max(_LEAST, _SHARE * max(_total(times.spent_before), _total(times.spent_after)))
    found = []
    for value, label in labels.items():
        before, after = times.spent_before.get(value, {}), times.spent_after.get(value, {})
        was, now = sum(before.values(), Decimal()), sum(after.values(), Decimal())
        change = now - was
        if abs(change) >= least and 100 * abs(change) >= PERCENT * abs(was):
            jump = Jump(
                value=value,
                label=label,
                before=times.before,
                after=times.after,
                amount_before=was,
                amount_after=now,
                change=change,
                change_percent=growth(change, was),
                drivers=_drivers(before, after, change),
            )
            found.append(jump)
    return found


def _drivers(before: Mapping[str, Decimal], after: Mapping[str, Decimal], change: Decimal) -> tuple[Driver, ...]:
    """The parts that changed in the same direction as the line, the largest change first."""
    changes = {part: after.get(part, Decimal()) - before.get(part, Decimal()) for part in {**before, **after}}
    same = sorted(
        ((part, amount) for part, amount in changes.items() if amount * change > 0),
        key=lambda item: (-abs(item[1]), item[0]),
    )
    return tuple(Driver(label=part, total=amount, share=percent(amount, change)) for part, amount in same[:_DRIVERS])


def _total(parts: Parts) -> Decimal:
    return sum((amount for line in parts.values() for amount in line.values()), Decimal())
