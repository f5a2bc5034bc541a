"""The lines of an export: charges of the bill, added up by item, tags that count, hour, day or month, and invoice.

Documented: a line has no request of its own; the id of its invoice appears once that is issued.
Choices of the local AWS: a line of a bill that is invoiced for zero has no invoice id; a correction is a line of its
own once the month is invoiced, and part of the line that it corrects before.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from typing import Final, Literal

from local_aws.cost_explorer import costs
from local_aws.cost_explorer.ledger import MINUTES_OF_DAY, Item, Ledger
from local_aws.cost_explorer.periods import EPOCH, next_month
from local_aws.cost_explorer.query import ZERO, Sum
from local_aws.invoicing.documents import Bill, issued_on
from local_aws.invoicing.responses import issued_documents
from local_aws.state import State

Granularity = Literal["hourly", "daily", "monthly"]
_MINUTES: Final = {"hourly": 60, "daily": MINUTES_OF_DAY}


@dataclass(frozen=True)
class Line:
    """A line of the bill; `item` has those of its tags that count, and `invoice_id` is "" until there is an invoice.

    `start` and `end` bound its use, within the billing period that starts on the day `month`. It is `late` if it came
    to the bill after that was invoiced.
    """

    payer: str
    item: Item
    month: date
    start: datetime
    end: datetime
    invoice_id: str
    late: bool
    total: Sum


@dataclass(frozen=True)
class _Key:
    item: Item
    month: date
    start: datetime
    invoice_id: str
    late: bool


def lines(state: State, account: str, *, granularity: Granularity) -> list[Line]:
    """All lines that an account sees now, in order of time."""
    scope, payer_of = costs.scope_of(state, account), state.accounts.payer
    invoices = {
        (document.bill, charge_type): document.id
        for document in issued_documents(state)
        for charge_type in document.by_type
    }
    sums: dict[_Key, Sum] = {}
    for moment, ledger in costs.postings(state).items():
        posted = datetime.fromtimestamp(moment, timezone.utc).date()
        for item, span, minute, part in _charges(ledger, scope):
            day = EPOCH + timedelta(days=minute // MINUTES_OF_DAY)
            month = day.replace(day=1)
            issued = issued_on(month, invoice_day=state.settings.invoice_day, posted=posted)
            late = posted > issued_on(month, invoice_day=state.settings.invoice_day, posted=month)
            bill = Bill(payer_of(item.account), month, item.billing_entity, issued)
            invoice_id = invoices.get((bill, item.charge_type), "")
            key = _Key(span, month, _start(minute, month, granularity), invoice_id, late)
            sums.setdefault(key, Sum()).add(part)
    return [
        Line(
            payer=payer_of(key.item.account),
            item=key.item,
            month=key.month,
            start=key.start,
            end=_end(key, granularity),
            invoice_id=key.invoice_id,
            late=key.late,
            total=total,
        )
        for key, total in sorted(sums.items(), key=lambda pair: (pair[0].start, pair[0].invoice_id))
    ]


def _charges(ledger: Ledger, scope: costs.Scope) -> Iterator[tuple[Item, Item, int, Sum]]:
    for item, charges in ledger.items():
        if scope.sees(item.account):
            spans = [
                replace(item, tags=tuple((key, value) for key, value in item.tags if key in active))
                for active in scope.active.keys
            ]
            for minute, cost, quantity, others in charges:
                more = {metric: amount - cost for metric, amount in others}
                yield item, spans[scope.active.span(minute)], minute, Sum(cost, quantity, item.unit, more)


def _start(minute: int, month: date, granularity: Granularity) -> datetime:
    if granularity == "monthly":
        return datetime(month.year, month.month, 1, tzinfo=timezone.utc)
    return datetime.fromtimestamp(minute // _MINUTES[granularity] * _MINUTES[granularity] * 60, timezone.utc)


def _end(key: _Key, granularity: Granularity) -> datetime:
    if granularity == "monthly":
        return midnight(next_month(key.month))
    return key.start + timedelta(minutes=_MINUTES[granularity])


def midnight(day: date) -> datetime:
    """The first moment of a day, by UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=timezone.utc)


def discounted_months(every: Sequence[Line]) -> frozenset[date]:
    """The months that have net costs: those with a discount, or with lines whose net cost is another."""
    return frozenset(
        line.month
        for line in every
        if line.item.charge_type.endswith("Discount")
        or any(line.total.more.get(metric, ZERO) for metric in ("NetUnblendedCost", "NetAmortizedCost"))
    )


def by_month(every: list[Line]) -> Mapping[date, list[Line]]:
    """The lines of each billing period."""
    months: dict[date, list[Line]] = {}
    for line in every:
        months.setdefault(line.month, []).append(line)
    return months
