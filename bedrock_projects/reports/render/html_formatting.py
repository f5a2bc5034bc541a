"""The numbers of the other formats, set as a page sets them: minus signs, dashes, spaces that do not break."""

from dataclasses import replace
from decimal import Decimal

from bedrock_projects.reports.model import Granularity, Period
from bedrock_projects.reports.periods import last_of_month
from bedrock_projects.reports.render import formatting

NOTHING = "\N{EN DASH}"
"""Where there is no figure: not the same as 0."""
MINUS = "\N{MINUS SIGN}"


def money(amount: Decimal | None) -> str:
    """An amount."""
    return _set(formatting.money(amount))


def signed(amount: Decimal | None) -> str:
    """A change: with a plus sign where it is more."""
    return _set(formatting.signed(amount))


def share(per_cent: Decimal | None) -> str:
    """A share of something."""
    return _set(formatting.share(per_cent))


def change(per_cent: Decimal | None, amount: Decimal | None, *, before: Decimal | None) -> str:
    """A change by this amount in per cent; `new` where there was nothing before."""
    if per_cent is None and amount and not before:
        return "new"
    return ("+" if per_cent is not None and per_cent > 0 else "") + share(per_cent)


def period(found: Period, granularity: Granularity) -> str:
    """The name of a period, without marks: the page has room to spell them out. A month's end is one of them."""
    return formatting.period(replace(found, estimated=False, end=last_of_month(found.end)), granularity)


def _set(figure: str) -> str:
    return figure.replace("-", MINUS).replace(" ", "\N{NO-BREAK SPACE}") or NOTHING
