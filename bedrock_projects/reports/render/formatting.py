"""The words and numbers that the formats for people share."""

from collections.abc import Sequence
from decimal import Decimal

from bedrock_projects.reports.model import Account, Granularity, Header, Jump, Line, Period, Report, Span, TagFilter
from bedrock_projects.reports.periods import last_of_month

ESTIMATED = "*"
"""The mark of an amount that may still change."""

_CENT = Decimal("0.01")
_LISTED = 10
_WIDE = 4


def title(header: Header) -> str:
    """What the report is of."""
    what = f"tag {header.grouping.tag_key}" if header.grouping.kind == "tag" else header.grouping.kind
    return f"Costs of Amazon Bedrock by {what}, {days(header.span)}"


def facts(header: Header) -> list[tuple[str, str]]:
    """What a reader must know of the numbers: a word and a text each."""
    environment = f"environment {header.environment}" if header.environment else "all environments"
    services = _listed(header.services, "; ") or "none found"
    found = [
        ("Scope", f"inventory {header.inventory}, {environment}"),
        ("Accounts", accounts(header.accounts)),
        ("Metric", f"{header.metric}{f' in {header.currency}' if header.currency else ''}, by {header.granularity}"),
        ("Counted", f"{header.restriction}; found: {services}"),
        ("Filter", filters(header.filters)),
        ("Compared with", days(header.previous) if header.previous else ""),
        ("Paid requests", f"{header.paid_requests} of Cost Explorer, USD {header.price:.2f}"),
    ]
    return [(word, text) for word, text in found if text]


def filters(found: Sequence[TagFilter]) -> str:
    """What the spend is restricted to."""
    return " and ".join(_filter(each) for each in found)


def accounts(found: tuple[Account, ...]) -> str:
    """The accounts with their names; of many, the first ten and how many there are besides."""
    return _listed([account(each) for each in found], ", ") or "none with such spend in this time"


def account(found: Account) -> str:
    """Its id, and its name where there is one."""
    return f"{found.id} ({found.name})" if found.name else found.id


def days(span: Span) -> str:
    """The days of a span, both ends included."""
    return f"{span.start} to {span.end}" if span.start != span.end else f"{span.start}"


def period(found: Period, granularity: Granularity) -> str:
    """The head of a period's column: estimated ones are marked, months cut off by the report named by their days."""
    if granularity == "day":
        name = f"{found.start}"
    else:
        first = f" from {found.start:%d}" if found.start.day > 1 else ""
        last = f" to {found.end:%d}" if found.end != last_of_month(found.end) else ""
        name = f"{found.start:%Y-%m}{first}{last}"
    return name + (ESTIMATED if found.estimated else "")


def is_narrow(report: Report) -> bool:
    """Whether the periods go beside the lines: one alone is the total anyway, many go below."""
    return 1 < len(report.periods) <= _WIDE


def money(amount: Decimal | None) -> str:
    """Two decimal places, two significant ones below one cent; empty for none."""
    if amount is None:
        return ""
    is_small = amount and abs(amount) < _CENT
    return f"{amount + 0:,.{1 - amount.adjusted() if is_small else 2}f}"  # no minus sign before a zero


def signed(amount: Decimal | None) -> str:
    """As money, with a plus sign above 0."""
    return f"{'+' if amount is not None and amount > 0 else ''}{money(amount)}"


def share(per_cent: Decimal | None) -> str:
    """One decimal place; empty for none."""
    return "" if per_cent is None else f"{per_cent:.1f} %"


def change(line: Line) -> str:
    """How much a line changed, in the currency and in per cent; empty where it was compared with nothing."""
    if line.change is None:
        return ""
    if line.change_percent is None:
        return f"{signed(line.change)} (new)" if line.change and not line.previous else signed(line.change)
    return f"{signed(line.change)} ({line.change_percent:+.1f} %)"


def name(line: Line) -> str:
    """A line's label, with the project's key and what is to be known of it."""
    if line.project is None:
        return line.label
    state = {"active": "", "archived": ", archived", "released": ", released", "unlisted": ", not in the inventory"}
    return f"{line.label} ({line.project.environment}/{line.project.key}{state[line.project.state]})"


def drivers(line: Line, *, shown: int = 2) -> str:
    """The largest parts of a line, with their shares of it."""
    return "; ".join(f"{each.label}{f' {share(each.share)}' if each.share else ''}" for each in line.drivers[:shown])


def jump(found: Jump) -> str:
    """A jump as a sentence."""
    new = "" if found.amount_before else " (new)"
    per_cent = new if found.change_percent is None else f" ({found.change_percent:+.1f} %)"
    because = "; ".join(f"{each.label} {signed(each.total)}" for each in found.drivers)
    return (
        f"{found.label}: {money(found.amount_before)} → {money(found.amount_after)}, {signed(found.change)}{per_cent}, "
        f"{days(found.before)} → {days(found.after)}" + (f"; {because}" if because else "")
    )


def forecast(report: Report) -> list[str]:
    """The forecast as a sentence; empty for none."""
    found = report.forecast
    if found is None:
        return []
    sentence = (
        f"{found.month.start:%Y-%m} will end at {money(found.total)} {report.header.currency} "
        f"({found.level} % sure: {money(found.low)} to {money(found.high)}): "
        f"{money(found.actual)} so far and {money(found.rest)} forecast for the rest"
    )
    return [sentence]


def remarks(report: Report) -> list[str]:
    """The notes, with what the marks mean."""
    is_estimated = report.header.previous_estimated or any(period.estimated for period in report.periods)
    mark = f"{ESTIMATED} estimated: Billing may still change these amounts" if is_estimated else ""
    return [text for text in (mark, *report.notes) if text]


def _listed(texts: Sequence[str], separator: str) -> str:
    more = f"{separator}and {len(texts) - _LISTED} more" if len(texts) > _LISTED else ""
    return separator.join(texts[:_LISTED]) + more


def _filter(found: TagFilter) -> str:
    named = " or ".join(value for value in found.values if value)
    parts = [f"{found.tag_key} = {named}"] if named else []
    return " or ".join([*parts, f"{found.tag_key} absent"] if "" in found.values else parts)
