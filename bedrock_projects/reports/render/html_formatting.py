"""Writes the numbers of `formatting` for the HTML page, with typographic minus signs and non-breaking spaces."""

import re
from dataclasses import replace
from decimal import Decimal

from bedrock_projects.reports.labels import account_label
from bedrock_projects.reports.model import Account, DateRange, Granularity, Header, Line, Period, Report
from bedrock_projects.reports.periods import first_of_month, last_of_month
from bedrock_projects.reports.render import formatting
from bedrock_projects.reports.units import MILLION

NOTHING = "\N{EN DASH}"
"""Shown for a missing figure, which is not the same as 0."""
MINUS = "\N{MINUS SIGN}"
_SPACE = "\N{NO-BREAK SPACE}"
_DATE = r"\d{4}-\d\d-\d\d"
_UNBROKEN = re.compile(rf"({_DATE}(?: to {_DATE})?|\b\w{{3}}{_SPACE}\d+-\d+,{_SPACE}\d{{4}}|\b[A-Z]{{3}} -?\d[\d.,]*)")
"""Dates, ranges of dates and amounts with their currency. A browser also breaks lines at their hyphens."""


def money(amount: Decimal | None) -> str:
    """An amount."""
    return typeset(formatting.money(amount))


def total(line: Line, report: Report) -> str:
    """The total of a line; `no data` if the source has nothing of any period."""
    return money(line.total) if any(period.has_data for period in report.periods) else formatting.NO_DATA


def previous(line: Line) -> str:
    """The amount of the prior period, in a report that compares."""
    return formatting.NO_DATA if line.previous is None else money(line.previous)


def unit_cost(value: Decimal | None) -> str:
    """What a million tokens cost."""
    return typeset(formatting.unit_cost(value))


def signed(amount: Decimal | None) -> str:
    """A change in the currency, with a plus sign above 0."""
    return typeset(formatting.signed(amount))


def share(per_cent: Decimal | None) -> str:
    """A share in per cent."""
    return typeset(formatting.share(per_cent))


def millions(tokens: Decimal | None) -> str:
    """A number of tokens, in millions; empty for none."""
    return money(tokens / MILLION if tokens else None)


def count(number: int | None) -> str:
    """A number of requests."""
    return typeset("" if number is None else f"{number:,}")


def part(ratio: Decimal | None) -> str:
    """A part from 0 to 1, in per cent."""
    return share(None if ratio is None else ratio * 100)


def change(per_cent: Decimal | None, amount: Decimal | None, *, before: Decimal | None) -> str:
    """A change by this amount in per cent; `new` if there was nothing before."""
    if per_cent is None:
        return "new" if amount and not before else NOTHING
    return typeset(formatting.change_percent(per_cent))


def period(period: Period, granularity: Granularity) -> str:
    """The day, or the month without its days, such as `Nov 2026`."""
    if granularity == "month":
        period = replace(period, start=first_of_month(period.start), end=last_of_month(period.end))
    return _days_of(period, granularity)


def heading(period: Period, header: Header) -> str:
    """The day or the month, its days if some are missing, and its status: `Nov 1-24, 2026 (month to date, estimated)`.

    Its days are not wrapped.
    """
    status = _status(period, header)
    return _days_of(period, header.granularity) + (f" ({status})" if status else "")


def days(dates: DateRange) -> str:
    """The first and the last day; within a month in its short form, such as `Nov 1-24, 2026`."""
    is_month = dates.start != dates.end and first_of_month(dates.start) == first_of_month(dates.end)
    return _days_of(Period(start=dates.start, end=dates.end), "month") if is_month else formatting.dates(dates)


def noun(header: Header, number: int) -> str:
    """So many lines, such as `40 Team values` or `1 project`."""
    kind = header.grouping.kind
    return f"{number:,} {f'{header.grouping.tag_key} value' if kind == 'tag' else kind}{'' if number == 1 else 's'}"


def project_facts(line: Line) -> list[tuple[str, str]]:
    """Where the project of a line is, its id and its tags; a label and a text for each that is known."""
    project = line.project
    if project is None:
        return []
    account = account_label(Account(id=project.account, name=project.account_name)) if project.account else ""
    place = [("Account", account), ("Region", project.region), ("Project id", project.id), *project.tags.items()]
    return [(label, text) for label, text in place if text]


def pieces(text: str) -> list[str]:
    """The text in parts, of which every second one must not be wrapped: it is a date, a range or an amount."""
    return _UNBROKEN.split(text)


def _days_of(period: Period, granularity: Granularity) -> str:
    return formatting.period(replace(period, estimated=False), granularity).replace(" ", _SPACE)


def _status(period: Period, header: Header) -> str:
    today = header.created_at.date()
    is_this_month = header.granularity == "month" and first_of_month(today) == period.start
    partial = "month to date" if is_this_month and period.end < last_of_month(today) else "partial"
    words = [word for word, applies in ((partial, period.partial), ("estimated", period.estimated)) if applies]
    return ", ".join(words)


def typeset(figure: str) -> str:
    """A number as a page shows it; a dash for none."""
    return figure.replace("-", MINUS).replace(" ", _SPACE) or NOTHING
