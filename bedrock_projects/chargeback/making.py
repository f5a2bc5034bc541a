"""Makes the file of a month of what a source said: a preview, an accrual, a closed month, or what changed since."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal

from bedrock_projects.chargeback.budgets import MonthBudget
from bedrock_projects.chargeback.costs import MonthCosts
from bedrock_projects.chargeback.details import MonthDetails
from bedrock_projects.chargeback.equations import equations
from bedrock_projects.chargeback.month_file import Booking, MonthFile, Source, SourceChange, file_name
from bedrock_projects.chargeback.months import (
    Allocated,
    Amounts,
    Months,
    allocated,
    changes_since,
    minus,
    waits,
)
from bedrock_projects.chargeback.rules import Chargeback, Closed
from bedrock_projects.chargeback.splitting import exact_sum
from bedrock_projects.chargeback.statements import places_of
from bedrock_projects.errors import SettingsError

Gone = Literal["gone"]
GONE: Final[Gone] = "gone"
"""The word for a former source that cannot be read any more."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a month is made of. `now` is UTC, `unfinished` as in `MonthReading`; the rest is as in `MonthFile`."""

    inventory: str
    month: str
    now: datetime
    commit: str | None
    rules: Chargeback
    rule_of: Mapping[str, str]
    weights: Mapping[str, Mapping[str, Decimal]]
    source: Source
    costs: MonthCosts
    unfinished: str = ""
    details: MonthDetails
    budgets: tuple[MonthBudget, ...] = ()
    centers: Mapping[str, str] = field(default_factory=dict)


def make_month(
    made: Made, months: Months, *, kind: Literal["provisional", "closed"], booked_outside: bool = False
) -> Allocated:
    """The month with its statements; the next one to be closed books the entries that no month has booked yet.

    An entry that it cannot book has no amounts in it. Raises SettingsError for one in a month to be closed, unless it
    is `booked_outside`, and for none if it is.
    """
    is_closed, accrual = kind == "closed", months.provisional.get(made.month)
    outside = _outside(months, made.month, by=made.rules.by, currency=made.costs.currency)
    if is_closed and not booked_outside:
        check_entries(months, made.month, by=made.rules.by, currency=made.costs.currency)
    if booked_outside and not outside:
        raise SettingsError(f"--booked-outside: {made.month} can book each entry; leave it out")
    return allocated(
        MonthFile(
            kind=kind,
            inventory=made.inventory,
            month=made.month,
            made_at=made.now,
            commit=made.commit,
            previous=months.last_digest if is_closed else None,
            accrual=accrual.digest if accrual and is_closed else None,
            source=made.source,
            costs=made.costs,
            rules=made.rules,
            rule_of=made.rule_of,
            weights=made.weights,
            centers=made.centers,
            books=tuple(
                entry.model_copy(update={"amounts": {} if entry.digest in outside else _renamed(entry, made)})
                for entry in _entries(months, made.month)
            ),
            details=made.details,
            budgets=made.budgets,
        )
    )


@dataclass(frozen=True, kw_only=True)
class TrueUp:
    """What a true-up found in a closed month.

    `changes` are what is booked so that the month is as it is now. `by_aws` and `by_source` are its two parts if the
    source changes and the former one was read, else None. `waits`: the changes are too small for an entry. `file` is to
    be written, None if nothing is.
    """

    changes: Amounts
    by_aws: Amounts | None
    by_source: Amounts | None
    waits: bool
    file: MonthFile | None


def make_true_up(made: Made, months: Months, rules: Closed, *, former: Made | Gone | None = None) -> TrueUp:
    """What changed in a closed month since it was closed, and since its last true-up.

    The rules are those of the closed month; `rules` say what waits. `former` is given if the source changes: what the
    former one says now, or that it cannot be read any more. A change of the source is written even if nothing is to be
    booked, so that the next true-up is from the new one.

    Raises SettingsError if the month is not closed, or a source is not the one that it must be.
    """
    files = months.booked(made.month)
    read = [made, former] if isinstance(former, Made) else [made]
    check_sources(made.month, files[-1].source, made.source, former.source if isinstance(former, Made) else former)
    closed = _with_rules_of(files, read)
    for each in read:
        _check_reading(each, closed, files)
    changes = changes_since(closed, files[1:], made.costs)
    by_aws = changes_since(closed, files[1:], former.costs) if isinstance(former, Made) else None
    by_source = None if by_aws is None else minus(changes, by_aws)
    is_small = waits(changes, rules)
    change = None
    if former:
        left = former.source if isinstance(former, Made) else files[-1].source
        change = SourceChange(former=left, amounts=by_source)
    file = MonthFile(
        kind="true-up",
        inventory=made.inventory,
        month=made.month,
        number=len(files),
        made_at=made.now,
        commit=made.commit,
        previous=months.last_digest,
        source=made.source,
        costs=made.costs,
        rules=closed.rules,
        rule_of=closed.rule_of,
        weights=closed.weights,
        changes={} if is_small else changes,
        source_change=change,
    )
    return TrueUp(
        changes=changes,
        by_aws=by_aws,
        by_source=by_source,
        waits=bool(changes) and is_small,
        file=file if change or file.changes else None,
    )


def check_sources(month: str, last: Source, now: Source, former: Source | Gone | None) -> None:
    """Raises SettingsError if a true-up may not be read from these sources; `last` is the one of the month so far.

    The name of a source that was not read yet may be empty: then only what is sure is refused.
    """
    if former is None:
        if _differ(now, last):
            raise SettingsError(
                f"{month} was read from {last.name} so far, and two sources may differ by more than what AWS "
                f"corrected; read it from {last.name}, or change its source by --change-from"
            )
        return
    if (now.kind, now.name) == (last.kind, last.name):
        raise SettingsError(f"{month} is read from {last.name} already; leave out --change-from")
    if isinstance(former, Source) and _differ(former, last):
        raise SettingsError(
            f"{month} was read from {last.name} so far, and --change-from is {former.name or 'an export'}; give "
            f"{last.name} there, or `{GONE}` if it cannot be read any more"
        )


def _differ(source: Source, last: Source) -> bool:
    return source.kind != last.kind or source.name not in ("", last.name)


def _with_rules_of(files: Sequence[MonthFile], read: Iterable[Made]) -> MonthFile:
    """The closed month with the shared rules of projects that had no cost in it so far, and may have some now.

    All others keep what they had in it or in its true-ups: a new name in the inventory changes nothing that is booked.
    """
    closed, last = files[0], files[-1]
    had_cost = {row.owner for file in files for row in file.costs.rows}
    later = {owner: rule for each in read for owner, rule in each.rule_of.items() if owner not in had_cost}
    return closed.model_copy(update={"rule_of": later | dict(last.rule_of)})


def check_entries(months: Months, month: str, *, by: str, currency: str = "") -> None:
    """Raises SettingsError if a month by this tag key, in this currency if it is known, cannot book an entry.

    Its file must stay: without it, the next true-up would find the same difference again.
    """
    if sentences := _outside(months, month, by=by, currency=currency).values():
        raise SettingsError(*sentences)


def _outside(months: Months, month: str, *, by: str, currency: str) -> dict[str, str]:
    """What to do about each entry that the month cannot book, by the digest of the entry."""
    sentences = {}
    for entry in _entries(months, month):
        former = months.booked(entry.month)[0].rules.by
        if former != by:
            reason = f"is by {former}, and {month} is by {by}"
        elif currency not in ("", entry.currency):
            reason = f"is in {entry.currency}, and {month} is in {currency}"
        else:
            continue
        sentences[entry.digest] = (
            f"{file_name('true-up', entry.month, number=entry.number)} {reason}, so {month} cannot book it: book the "
            "`changes` of that file outside, and close with --booked-outside; the file stays"
        )
    return sentences


def _entries(months: Months, month: str) -> tuple[Booking, ...]:
    """The entries that the month books or leaves to others; none in a month before which another is to be closed."""
    return months.to_book() if month == months.due else ()


def _renamed(entry: Booking, made: Made) -> dict[str, Decimal]:
    """The amounts of an entry by the names that the values have now."""
    amounts: dict[str, list[Decimal]] = defaultdict(list)
    for value, amount in entry.amounts.items():
        amounts[made.details.renamed.get(value, value)].append(amount)
    return {value: exact_sum(each) for value, each in amounts.items()}


def _check_reading(made: Made, closed: MonthFile, files: Iterable[MonthFile]) -> None:
    """Raises SettingsError if the costs are of another bill, older than what is known, or may still change."""
    before = closed.details.accounts
    if before and not before & made.details.accounts:
        raise SettingsError(
            f"{made.month} was closed with projects of the accounts {', '.join(sorted(before))}, and none of them is "
            f"in {made.source.name}; read the source of the same organisation"
        )
    invoices, now = ({each.id for each in costs.invoices or ()} for costs in (closed.costs, made.costs))
    if invoices and not invoices & now:
        without = made.costs.without_invoices
        remedy = f" ({without}); read a source that has them" if without else "; read the source of the same account"
        raise SettingsError(
            f"{made.month} was closed with the invoices {', '.join(sorted(invoices))}, and none of them is in "
            f"{made.source.name}{remedy}"
        )
    for known in files:
        if made.source.name == known.source.name and _is_before(made.source, known.source):
            raise SettingsError(
                f"{made.source.name} was delivered {made.source.delivered:%Y-%m-%d %H:%M} UTC, before what "
                f"{known.name} was made from; copy the newest delivery"
            )
    # A month that was closed without invoices may never have any.
    if made.unfinished and not (made.source.kind == "export" and closed.costs.estimated):
        raise SettingsError(f"{made.month} cannot be trued up yet: {made.unfinished}")
    file, allocation = allocated(closed.model_copy(update={"costs": made.costs}))
    equations(file.costs, allocation, file.statements, places=places_of(file.costs.currency))


def _is_before(source: Source, other: Source) -> bool:
    return bool(source.delivered and other.delivered and source.delivered < other.delivered)
