"""Makes the file of a month of what a source said: a preview, an accrual, a closed month, or what changed since."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from bedrock_projects.chargeback.costs import MonthCosts
from bedrock_projects.chargeback.details import MonthDetails
from bedrock_projects.chargeback.month_file import MonthFile, Source
from bedrock_projects.chargeback.months import Months, changes_since, with_statements
from bedrock_projects.chargeback.rules import Chargeback
from bedrock_projects.errors import SettingsError


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a month is made of. `now` is UTC; the rest is as in `MonthFile`."""

    inventory: str
    month: str
    now: datetime
    commit: str | None
    rules: Chargeback
    rule_of: Mapping[str, str]
    weights: Mapping[str, Mapping[str, Decimal]]
    source: Source
    costs: MonthCosts
    details: MonthDetails


def make_month(made: Made, months: Months, *, kind: Literal["provisional", "closed"]) -> MonthFile:
    """The month with its statements; it books the entries of earlier months that no closed month has booked yet."""
    return with_statements(
        MonthFile(
            kind=kind,
            inventory=made.inventory,
            month=made.month,
            made_at=made.now,
            commit=made.commit,
            previous=months.last_digest if kind == "closed" else None,
            source=made.source,
            costs=made.costs,
            rules=made.rules,
            rule_of=made.rule_of,
            weights=made.weights,
            books=tuple(entry for entry in months.to_book() if entry.month < made.month),
            details=made.details,
        )
    )


def make_true_up(made: Made, months: Months) -> MonthFile:
    """What changed in a closed month since it was closed, and since its last true-up; `changes` may be empty.

    The rules are those of the closed month. Raises SettingsError if the month is not closed, or from another source.
    """
    closed = months.closed(made.month)
    if closed is None:
        raise SettingsError(f"{made.month} is not closed, so nothing of it is booked; close it first")
    if (made.source.kind, made.source.name) != (closed.source.kind, closed.source.name):
        raise SettingsError(
            f"{made.month} was closed from {closed.source.name}, and two sources may differ by more than what AWS "
            f"corrected; read it from {closed.source.name}"
        )
    earlier = months.true_ups(made.month)
    return MonthFile(
        kind="true-up",
        inventory=made.inventory,
        month=made.month,
        number=len(earlier) + 1,
        made_at=made.now,
        commit=made.commit,
        previous=months.last_digest,
        source=made.source,
        costs=made.costs,
        rules=closed.rules,
        rule_of=closed.rule_of,
        weights=closed.weights,
        changes=changes_since(closed, earlier, made.costs),
    )
