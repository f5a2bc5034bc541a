"""Makes the file of a month of what a source said: a preview, an accrual, a closed month, or what changed since."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from bedrock_projects.chargeback.allocation import allocate
from bedrock_projects.chargeback.costs import MonthCosts
from bedrock_projects.chargeback.details import MonthDetails
from bedrock_projects.chargeback.equations import equations
from bedrock_projects.chargeback.month_file import Booking, MonthFile, Source, SourceKind
from bedrock_projects.chargeback.months import Months, changes_since, inputs_of, with_statements
from bedrock_projects.chargeback.rules import Chargeback
from bedrock_projects.chargeback.splitting import exact_sum
from bedrock_projects.chargeback.statements import places_of
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
            books=_entries(made, months),
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
    # A project that had no cost when the month was closed may have some now.
    closed = closed.model_copy(update={"rule_of": made.rule_of})
    earlier = months.true_ups(made.month)
    _check_source(made, closed, (earlier or (closed,))[-1])
    _check_costs(made, closed)
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


def _entries(made: Made, months: Months) -> tuple[Booking, ...]:
    """The entries to book, by the names that the values have now.

    Raises SettingsError for another currency, and for values of another tag key.
    """
    entries = [entry for entry in months.to_book() if entry.month < made.month]
    for entry in entries:
        closed = months.closed(entry.month)
        if closed and closed.rules.by != made.rules.by:
            raise SettingsError(
                f"the true-up of {entry.month} is by {closed.rules.by}, and {made.month} by {made.rules.by}; book it "
                "outside, and remove its file"
            )
        if entry.currency != made.costs.currency:
            raise SettingsError(
                f"the true-up of {entry.month} is in {entry.currency}, and {made.month} in {made.costs.currency}; book "
                "it outside, and remove its file"
            )
    return tuple(entry.model_copy(update={"amounts": _renamed(entry, made)}) for entry in entries)


def _renamed(entry: Booking, made: Made) -> dict[str, Decimal]:
    amounts: dict[str, list[Decimal]] = defaultdict(list)
    for value, amount in entry.amounts.items():
        amounts[made.details.renamed.get(value, value)].append(amount)
    return {value: exact_sum(each) for value, each in amounts.items()}


def check_source_kind(closed: MonthFile, kind: SourceKind) -> None:
    """Raises SettingsError if the month was closed from another kind of source: before that is read, or paid for."""
    if kind != closed.source.kind:
        raise _other_source(closed)


def _other_source(closed: MonthFile) -> SettingsError:
    return SettingsError(
        f"{closed.month} was closed from {closed.source.name}, and two sources may differ by more than what AWS "
        f"corrected; read it from {closed.source.name}"
    )


def _check_source(made: Made, closed: MonthFile, last: MonthFile) -> None:
    """Raises SettingsError if the costs are not what the month was closed from, or older than what is known."""
    check_source_kind(closed, made.source.kind)
    if made.source.name != closed.source.name:
        raise _other_source(closed)
    before = closed.details.accounts
    if before and not before & made.details.accounts:
        raise SettingsError(
            f"{made.month} was closed with projects of the accounts {', '.join(sorted(before))}, and none of them is "
            f"in {made.source.name}; read the source of the same organization"
        )
    invoices, now = ({each.id for each in costs.invoices or ()} for costs in (closed.costs, made.costs))
    if invoices and not invoices & now:
        raise SettingsError(
            f"{made.month} was closed with the invoices {', '.join(sorted(invoices))}, and none of them is in "
            f"{made.source.name}; read the source of the same account"
        )
    if made.source.delivered and last.source.delivered and made.source.delivered < last.source.delivered:
        raise SettingsError(
            f"{made.source.name} was delivered {made.source.delivered:%Y-%m-%d %H:%M} UTC, before what {last.name} was "
            "made from; copy the newest delivery"
        )


def _check_costs(made: Made, closed: MonthFile) -> None:
    """Raises SettingsError if the new costs do not add up, or may still change."""
    if made.costs.estimated:
        raise SettingsError(f"AWS marks amounts of {made.month} as estimated; true it up when the bill is finished")
    now = with_statements(closed.model_copy(update={"costs": made.costs}))
    allocation = allocate(now.costs, now.rules, inputs_of(now))
    equations(now.costs, allocation, now.statements, places=places_of(now.costs.currency))
