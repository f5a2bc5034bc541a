"""The months of a chargeback by their files: the state of each, what may be closed, and what is to be booked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple

from bedrock_projects.chargeback.allocation import Allocation, Inputs, allocate
from bedrock_projects.chargeback.costs import MonthCosts
from bedrock_projects.chargeback.equations import invoice_equation
from bedrock_projects.chargeback.month_file import Booking, MonthFile, SourceKind, file_name
from bedrock_projects.chargeback.rules import Chargeback, Closed
from bedrock_projects.chargeback.splitting import exact_sum, rounded
from bedrock_projects.chargeback.statements import make_statements, places_of
from bedrock_projects.errors import SettingsError
from bedrock_projects.reports.periods import last_of_month

State = Literal["open", "provisional", "closed", "trued up"]
Amounts = Mapping[str, Decimal]
"""Amounts by value of the charged tag, empty text for what is central."""


@dataclass(frozen=True)
class Months:
    """The files of all months: the chain of closed months and true-ups in the order in which they were written.

    `provisional` are by month.
    """

    chain: tuple[MonthFile, ...]
    provisional: Mapping[str, MonthFile]

    @property
    def last_digest(self) -> str | None:
        """What the next file names as the one before it."""
        return self.chain[-1].digest if self.chain else None

    def closed(self, month: str) -> MonthFile | None:
        """The closed month; None if it is not closed."""
        return next((file for file in self.chain if (file.kind, file.month) == ("closed", month)), None)

    @property
    def last_closed(self) -> MonthFile | None:
        """The month that was closed last; None if none is closed."""
        return next((file for file in reversed(self.chain) if file.kind == "closed"), None)

    @property
    def due(self) -> str | None:
        """The month that must be closed next; None if none is closed, so that any may be the first."""
        return month_after(self.last_closed.month) if self.last_closed else None

    def check_not_closed(self, month: str) -> None:
        """Raises SettingsError if the month is closed."""
        if self.closed(month):
            raise SettingsError(
                f"{month} is closed; `bedrock-projects chargeback true-up --month {month}` adds what changed"
            )

    def booked(self, month: str) -> tuple[MonthFile, ...]:
        """The closed month and its true-ups, in their order. Raises SettingsError if it is not closed."""
        closed = self.closed(month)
        if closed is None:
            raise SettingsError(f"{month} is not closed, so nothing of it is booked; close it first")
        return closed, *self.true_ups(month)

    def true_ups(self, month: str) -> tuple[MonthFile, ...]:
        """The true-ups of a month, the first one first."""
        return tuple(file for file in self.chain if (file.kind, file.month) == ("true-up", month))

    def state(self, month: str) -> State:
        """How far the month is."""
        if self.true_ups(month):
            return "trued up"
        if self.closed(month):
            return "closed"
        return "provisional" if month in self.provisional else "open"

    def to_book(self) -> tuple[Booking, ...]:
        """The true-ups with changes that no closed month has booked yet."""
        booked = {entry.digest for file in self.chain for entry in file.books}
        return tuple(
            Booking(
                month=file.month,
                number=file.number,
                digest=file.digest,
                currency=file.costs.currency,
                amounts=file.changes,
            )
            for file in self.chain
            if file.kind == "true-up" and file.changes and file.digest not in booked
        )


def months_of(files: Iterable[MonthFile]) -> Months:
    """The months of these files.

    Raises SettingsError if they are not one chain, an entry is booked twice, or an accrual is missing.
    """
    provisional: dict[str, MonthFile] = {}
    after: dict[str | None, MonthFile] = {}
    for file in sorted(files, key=lambda file: file.name):
        if file.kind == "provisional":
            provisional[file.month] = file
        elif file.previous in after:
            raise SettingsError(
                f"{after[file.previous].name} and {file.name} were both written after the same file, perhaps on two "
                "branches; remove one of the two and make it again"
            )
        else:
            after[file.previous] = file
    chain: list[MonthFile] = []
    while (last := chain[-1].digest if chain else None) in after:
        chain.append(after.pop(last))
    if after:
        names = ", ".join(sorted(file.name for file in after.values()))
        raise SettingsError(
            f"{names} was written after a file that is missing or was replaced; restore the folder from version control"
        )
    _check_bookings(chain)
    _check_accruals(chain, provisional)
    return Months(tuple(chain), provisional)


def _check_bookings(chain: Iterable[MonthFile]) -> None:
    booked: dict[str, str] = {}
    for file in chain:
        for entry in file.books:
            if entry.digest in booked:
                raise SettingsError(f"{file.name} books what {booked[entry.digest]} has booked; restore the folder")
            booked[entry.digest] = file.name


def _check_accruals(chain: Iterable[MonthFile], provisional: Mapping[str, MonthFile]) -> None:
    """Without its accrual, the journal of a closed month would not take back what was booked of it."""
    for file in chain:
        found = provisional.get(file.month)
        if file.accrual and (found is None or found.digest != file.accrual):
            raise SettingsError(
                f"{file.name} takes back the accrual {file_name('provisional', file.month)}, which is missing or was "
                "replaced; commit it, or restore it from version control"
            )


def reasons_before_reading(month: str, months: Months, rules: Closed, *, today: date) -> tuple[str, ...]:
    """Why an open month cannot be closed now, with any costs; empty if it can. `today` is by UTC."""
    opens = first_day(month_after(month)).replace(day=rules.not_before_day)
    reasons = []
    if today <= last_of_month(first_day(month)):
        reasons.append(f"{month} is not over")
    elif today < opens:
        reasons.append(f"support and corrections may still be billed until {opens} (`not_before_day`)")
    reasons += _out_of_order(month, months)
    return tuple(reasons)


def _out_of_order(month: str, months: Months) -> list[str]:
    """Why another month comes first; an accrual of an earlier month would never be taken back."""
    if months.due:
        if month < months.due:
            return [f"{months.chain[0].month} was the first month to be closed, and earlier ones stay open"]
        last = month_before(months.due)
        return [f"the last closed month is {last}; close {months.due} first"] if month > months.due else []
    return [
        f"{accrued} has an accrual that nothing has taken back; close {accrued} first, or remove {file.name} if "
        "nothing of it is booked"
        for accrued, file in sorted(months.provisional.items())
        if accrued < month
    ]


def reasons_in_adjustments(months: Months, rules: Chargeback) -> tuple[str, ...]:
    """Why no month can be closed with these rules: adjustments of closed months would be booked by none."""
    reasons: list[str] = []
    for month, adjustments in sorted(rules.adjustments.items()):
        if closed := months.closed(month):
            known = {(each.description, each.amount) for each in closed.rules.adjustments.get(month, ())}
            reasons += [
                f"{month} is closed, and its adjustment {each.description!r} was added or changed later, so no month "
                f"books that; write what is missing under {months.due} instead"
                for each in adjustments
                if (each.description, each.amount) not in known
            ]
    return tuple(reasons)


def reasons_in_costs(costs: MonthCosts, unfinished: str, *, source: SourceKind, unreconciled: bool) -> tuple[str, ...]:
    """Why a month with these costs cannot be closed, in sentences; empty if it can.

    `unfinished` says why they are estimated. `unreconciled`: missing invoices, and such that differ from the bill, are
    no reason. What AWS itself marks as estimated is one always.
    """
    if source == "cost-explorer" and unfinished:
        return (unfinished, *([] if unreconciled else _without_invoices(costs)))
    if unreconciled:
        return ()
    return tuple(
        f"{reason}, or give --unreconciled" for reason in ([unfinished] if unfinished else _without_invoices(costs))
    )


def _without_invoices(costs: MonthCosts) -> list[str]:
    """Why the invoices do not confirm the bill; empty if they do, or if the source or the basis has none."""
    places = places_of(costs.currency)
    if not (costs.invoices or costs.without_invoices):
        # Credits may pay for all of it.
        return ["no invoice of it was found: wait for it"] if rounded(costs.bill, places) else []
    invoiced = invoice_equation(costs, places=places)
    if invoiced is None or invoiced.holds:
        return []
    ids = ", ".join(invoice.id for invoice in costs.invoices or ())
    of_invoices = f"{invoiced.right_total:,f}: wait for the others"
    return [f"the bill is {invoiced.left_total:,f}, and its invoices and credit memos ({ids}) are {of_invoices}"]


def allocation_of(file: MonthFile) -> Allocation:
    """What the rules of a month make of its costs, with the entries that it books."""
    prior: dict[str, list[Decimal]] = {}
    for entry in file.books:
        for value, amount in entry.amounts.items():
            prior.setdefault(value, []).append(amount)
    inputs = Inputs(
        month=file.month,
        rule_of=file.rule_of,
        weights=file.weights,
        prior={value: exact_sum(amounts) for value, amounts in prior.items()},
    )
    return allocate(file.costs, file.rules, inputs)


class Allocated(NamedTuple):
    """A month with its statements, and the allocation that they are made of."""

    file: MonthFile
    allocation: Allocation


def allocated(file: MonthFile) -> Allocated:
    """The file with the statements that its costs, rules and entries make."""
    allocation = allocation_of(file)
    statements = make_statements(allocation, places=places_of(file.costs.currency))
    return Allocated(file.model_copy(update={"statements": statements}), allocation)


def with_statements(file: MonthFile) -> MonthFile:
    """The same without the allocation."""
    return allocated(file).file


def changes_since(closed: MonthFile, true_ups: Iterable[MonthFile], costs: MonthCosts) -> Amounts:
    """What must be booked by value so that a closed month is what these costs make of it, by the rules of that month.

    Raises SettingsError if they are in another currency, or if this version would have closed the month otherwise: the
    changes would be those of the version too.
    """
    if costs.currency != closed.costs.currency:
        raise SettingsError(
            f"{closed.month} was closed in {closed.costs.currency}, and its costs are now in {costs.currency}; they "
            "cannot be compared"
        )
    if with_statements(closed).statements != closed.statements:
        raise SettingsError(
            f"this version of bedrock-projects would have closed {closed.month} with other statements; true it up with "
            "the version that closed it"
        )
    now = with_statements(closed.model_copy(update={"costs": costs})).totals
    return minus(now, closed.totals, *(file.changes for file in true_ups))


def minus(amounts: Amounts, *others: Amounts) -> Amounts:
    """The amounts without all of the others, sorted by value; what is 0 is left out."""
    differences = {
        value: exact_sum(
            [amounts.get(value, Decimal()), *(other.get(value, Decimal()).copy_negate() for other in others)]
        )
        for value in sorted({*amounts, *(value for other in others for value in other)})
    }
    return {value: amount for value, amount in differences.items() if amount}


def waits(changes: Amounts, rules: Closed) -> bool:
    """Whether the changes are too small for an entry of their own."""
    return exact_sum(amount.copy_abs() for amount in changes.values()) < rules.smallest_true_up


def first_day(month: str) -> date:
    """The first day of a month that is written YYYY-MM."""
    return date.fromisoformat(f"{month}-01")


def month_after(month: str) -> str:
    """The month after this one, YYYY-MM."""
    return f"{last_of_month(first_day(month)) + timedelta(days=1):%Y-%m}"


def month_before(month: str) -> str:
    """The month before this one, YYYY-MM."""
    return f"{first_day(month) - timedelta(days=1):%Y-%m}"
