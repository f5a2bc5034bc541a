"""Writes the numbers of `formatting` for the HTML page, with typographic minus signs and non-breaking spaces."""

from dataclasses import replace
from decimal import Decimal

from bedrock_projects.reports.model import Granularity, Period
from bedrock_projects.reports.periods import last_of_month
from bedrock_projects.reports.render import formatting

NOTHING = "\N{EN DASH}"
"""Shown for a missing figure, which is not the same as 0."""
MINUS = "\N{MINUS SIGN}"


def money(amount: Decimal | None) -> str:
    """An amount."""
    return _typeset(formatting.money(amount))


def signed(amount: Decimal | None) -> str:
    """A change in the currency, with a plus sign above 0."""
    return _typeset(formatting.signed(amount))


def share(per_cent: Decimal | None) -> str:
    """A share in per cent."""
    return _typeset(formatting.share(per_cent))


def change(per_cent: Decimal | None, amount: Decimal | None, *, before: Decimal | None) -> str:
    """A change by this amount in per cent; `new` if there was nothing before."""
    if per_cent is None and amount and not before:
        return "new"
    return ("+" if per_cent is not None and per_cent > 0 else "") + share(per_cent)


def period(period: Period, granularity: Granularity) -> str:
    """The day, or the month without its days: the page marks a period as estimated or partial itself."""
    if granularity == "month":
        period = replace(period, start=period.start.replace(day=1), end=last_of_month(period.end))
    return formatting.period(replace(period, estimated=False), granularity)


def _typeset(figure: str) -> str:
    return figure.replace("-", MINUS).replace(" ", "\N{NO-BREAK SPACE}") or NOTHING
