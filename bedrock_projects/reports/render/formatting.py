"""Writes the texts and numbers that the formats for people share.

All numbers are rounded half up, as invoices are: 0.125 is 0.13, and -0.125 is -0.13.
"""

import hashlib
import json
import re
from collections.abc import Collection, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import get_args

from bedrock_projects.printing import visible_ends
from bedrock_projects.reports.charge_types import CHARGE_TYPES, PLURALS, ChargeType
from bedrock_projects.reports.labels import account_label
from bedrock_projects.reports.model import (
    Account,
    CostChange,
    DateRange,
    Granularity,
    Grouping,
    GroupKind,
    Header,
    Line,
    LinePart,
    Period,
    Report,
)
from bedrock_projects.reports.periods import last_of_month
from bedrock_projects.reports.request import DEFAULT_COST, ReportRequest, describe_filters

ESTIMATED = "*"
"""The mark of an amount that AWS may still change."""

NO_DATA = "no data"
"""Shown for the amount of a period of which the source has nothing."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_a-zA-Z]+|\d+")
_CENT = Decimal("0.01")
_MOST_LISTED = 10
_MOST_PERIOD_COLUMNS = 4
_MOST_PERCENT = Decimal("999.9")
_MOST_COMPARED_PERIOD_COLUMNS = 2
_QUOTIENT = Context(prec=10, rounding=ROUND_HALF_UP)
_ROUNDING = Context(prec=100, rounding=ROUND_HALF_UP)
"""More digits than any amount has."""
_DIGITS_OF_UNIT_COST = 4
_MOST_OF_NAME = 40
_PLAIN = re.compile(rf"[A-Za-z0-9_.]{{1,{_MOST_OF_NAME}}}")
_DIGITS_OF_DIGEST = 10
_OF_ONE, _OF_SEVERAL = "this account's", "these accounts'"


def title(header: Header) -> str:
    """The title: what the report groups by, and its dates."""
    names = [grouping_name(header), *([name_of(header.second)] if header.second else [])]
    return f"Amazon Bedrock costs by {' and '.join(names)}, {dates(header.span)}"


def file_name(request: ReportRequest, *, tag_keys: Collection[str]) -> str:
    """The name of a file with the report, without its ending, such as `costs-by-Team-2026-10`.

    Reports with different options have different names, also if capitals do not count, and a rerun has the same one.
    Values, environments and accounts are in it as a digest, because they may be long, secret, or a path. So is a tag
    key, unless it is one of `tag_keys`, those of the inventory, and cannot be taken for another one or for a word of
    `--by`. `--usage` is not in the name.
    """
    names = [name_of(grouping) for grouping in request.groupings]
    words = ["costs-by", *(re.sub(r"[^A-Za-z0-9_.-]+", "-", name)[:_MOST_OF_NAME] for name in names)]
    words.append(_file_dates(request.dates))
    words += [] if request.granularity == "month" else ["daily" if request.granularity == "day" else "hourly"]
    words += [] if request.cost == DEFAULT_COST else [request.cost]
    if request.excluded:
        words += ["without", *(PLURALS[kind] for kind in CHARGE_TYPES if kind in request.excluded)]
    if request.previous:
        words += ["compared-with", _file_dates(request.previous)]
    is_plain = all(_is_plain(grouping, tag_keys) for grouping in request.groupings)
    restrictions = (
        sorted(request.environments),
        sorted(request.accounts),
        sorted((each.tag_key, sorted(each.values)) for each in request.filters),
        [] if is_plain else [(each.kind, each.tag_key) for each in request.groupings],
    )
    if any(restrictions):
        words.append(hashlib.sha256(json.dumps(restrictions).encode()).hexdigest()[:_DIGITS_OF_DIGEST])
    return "-".join(words)


def _is_plain(grouping: Grouping, tag_keys: Collection[str]) -> bool:
    """Whether the name of the grouping is in a file name as it is, and as that of nothing else.

    Names that differ in capitals alone are one file on macOS and Windows.
    """
    key = grouping.tag_key
    if grouping.kind != "tag":
        return True
    others = {other.lower() for other in (*tag_keys, *get_args(GroupKind)) if other != key}
    return key in tag_keys and _PLAIN.fullmatch(key) is not None and key.lower() not in others


def _file_dates(dates: DateRange) -> str:
    """The dates in the name of a file: a month, months, a day or days."""
    is_months = dates.start.day == 1 and dates.end == last_of_month(dates.end)
    ends = [f"{day:%Y-%m}" if is_months else f"{day}" for day in (dates.start, dates.end)]
    return "-to-".join(dict.fromkeys(ends))


def grouping_name(header: Header) -> str:
    """The name of the grouping of the lines."""
    return name_of(header.grouping)


def name_of(grouping: Grouping) -> str:
    """The tag key, or `project`, `environment`, `account`, `model` or `service`."""
    return grouping.tag_key if grouping.kind == "tag" else grouping.kind


def facts(header: Header) -> list[tuple[str, str]]:
    """Facts about the numbers: a label and a text for each."""
    services = _listed(header.services, "; ") or "none"
    all_facts = [
        ("Scope", f"inventory {header.inventory}, {scope(header)}"),
        ("Accounts", accounts(header.accounts)),
        ("Source", header.source),
        ("Cost", f"{basis(header)}{f' in {header.currency}' if header.currency else ''}, by {_granularity(header)}"),
        ("Excluded", ", ".join(PLURALS[kind] for kind in header.excluded)),
        ("Services included", services),
        ("Selection", header.restriction),
        ("Filter", describe_filters(header.filters)),
        ("Comparison period", _comparison(header)),
        ("Cost Explorer API requests", _price(header)),
    ]
    return [(label, text) for label, text in all_facts if text]


def _price(header: Header) -> str:
    """How many requests the report took, and their price; empty for a source that takes none."""
    return f"{header.paid_requests} (USD {header.price:.2f})" if header.paid_requests else ""


def scope(header: Header) -> str:
    """The environments and the accounts to which the report is restricted."""
    parts = [_counted("environment", header.environments)] if header.environments else []
    if header.restricted_accounts:
        parts.append(f"{_counted('account', header.restricted_accounts)} only")
    return ", ".join(parts) or "all environments"


def bill_total(header: Header) -> str:
    """The label of the total of the bill: that of all accounts, or of those to which the report is restricted."""
    restricted = len(header.restricted_accounts)
    return f"Total of {'the' if not restricted else _OF_ONE if restricted == 1 else _OF_SEVERAL} bill"


def known_total(known: Sequence[object], every: Sequence[Line]) -> str:
    """The label of a total of as many lines as are known, which may not be all."""
    return "Total" if len(known) == len(every) else "Total of the known usage"


def _counted(noun: str, names: Sequence[str]) -> str:
    return f"{noun}{'' if len(names) == 1 else 's'} {_listed(names, ', ')}"


def _comparison(header: Header) -> str:
    if header.previous is None:
        return ""
    return f"{dates(header.previous)}{' (estimated)' if header.previous_estimated else ''}"


def basis(header: Header) -> str:
    """The cost basis, with Cost Explorer's name of it."""
    return header.metric if header.cost == header.metric else f"{header.cost} ({header.metric})"


def accounts(accounts: tuple[Account, ...]) -> str:
    """The accounts with their names; of more than ten, the first ten and the number of the others."""
    return _listed(list(map(account_label, accounts)), ", ") or "none with matching spend in this period"


def dates(dates: DateRange) -> str:
    """The first and the last day, or the only one."""
    return f"{dates.start} to {dates.end}" if dates.start != dates.end else f"{dates.start}"


def period(period: Period, granularity: Granularity) -> str:
    """The column heading of a period, such as `Oct 2026` or `Nov 1-24, 2026*`; `*` marks an estimated one."""
    if granularity != "month":
        text = f"{period.start}" if period.hour is None else f"{period.start} {period.hour:02}:00"
    else:
        is_whole = period.start.day == 1 and period.end == last_of_month(period.end)
        days = "" if is_whole else f" {_day_range(period)},"
        text = f"{period.start:%b}{days} {period.start:%Y}"
    return text + (ESTIMATED if period.estimated else "")


def _granularity(header: Header) -> str:
    return "hour of UTC" if header.granularity == "hour" else header.granularity


def has_period_columns(report: Report) -> bool:
    """Whether each period is a column of the lines: a single one equals the total, and many do not fit.

    Fewer fit next to a comparison.
    """
    most = _MOST_COMPARED_PERIOD_COLUMNS if report.header.previous else _MOST_PERIOD_COLUMNS
    return 1 < len(report.periods) <= most


def all_lines(report: Report) -> tuple[Line, ...]:
    """The lines, the unallocated one last; without the total."""
    return (*report.lines, *([report.unallocated.line] if report.unallocated else []))


def charge_columns(report: Report) -> tuple[ChargeType, ...]:
    """The charge types that have a column: those with any amount, unless all cost is usage."""
    lines = all_lines(report)
    kinds = tuple(kind for kind in CHARGE_TYPES if any(line.charges.get(kind) for line in lines))
    return () if kinds in ((), ("usage",)) else kinds


def money(amount: Decimal | None) -> str:
    """Two decimal places; two significant digits if the amount is below one cent; empty for None."""
    if amount is None:
        return ""
    is_small = amount and abs(amount) < _CENT
    return f"{_rounded(amount, 1 - amount.adjusted() if is_small else 2):,f}"


def previous(line: Line) -> str:
    """The amount of the prior period, in a report that compares."""
    return NO_DATA if line.previous is None else money(line.previous)


def unit_cost(value: Decimal | None) -> str:
    """Four significant digits, and two decimal places at least; empty for None."""
    if value is None:
        return ""
    decimals = max(2, _DIGITS_OF_UNIT_COST - 1 - value.adjusted()) if value else 2
    whole, _, fraction = f"{_rounded(value, decimals):,f}".partition(".")
    return f"{whole}.{fraction.rstrip('0'):0<2}"


def quotient(value: Decimal | None) -> str:
    """The result of a division with ten significant digits; empty for None."""
    return "" if value is None else f"{_QUOTIENT.plus(value):f}"


def signed(amount: Decimal | None) -> str:
    """The amount as `money` writes it, with a plus sign above 0."""
    return f"{'+' if amount is not None and amount > 0 else ''}{money(amount)}"


def share(per_cent: Decimal | None) -> str:
    """One decimal place; empty for None."""
    return "" if per_cent is None else f"{_rounded(per_cent, 1):,f}%"


def change_percent(per_cent: Decimal) -> str:
    """A change with its sign and one decimal place; `>+999%` or `<-999%` if it is too large to say anything."""
    if abs(per_cent) > _MOST_PERCENT:
        return ">+999%" if per_cent > 0 else "<-999%"
    return f"{'+' if per_cent > 0 else ''}{share(per_cent)}"


def change(line: Line) -> str:
    """The change of a line, as an amount and in per cent; empty if the report has no comparison."""
    if line.change is None:
        return ""
    if line.change_percent is None:
        # The percentage is also None if credits exceeded the prior spend, but then the line is not new.
        return f"{signed(line.change)} (new)" if line.change and not line.previous else signed(line.change)
    return f"{signed(line.change)} ({change_percent(line.change_percent)})"


def line_name(line: Line, header: Header) -> str:
    """A line's label, with the project's place and state."""
    details = ", ".join(text for text in (place(line, header), line.mark) if text)
    label = visible_ends(line.label)
    return f"{label} ({details})" if details else label


def part_name(part: LinePart) -> str:
    """The label of a part of a line, with its mark."""
    label = visible_ends(part.label)
    return f"{label} ({part.mark})" if part.mark else label


def place(line: Line, header: Header) -> str:
    """The environment and the key of a line's project, each only if neither the label nor the header says it."""
    project = line.project
    if project is None:
        return ""
    # Without a name the label is the key, which may be the same in several environments.
    is_said = project.environment in header.environments or (project.name and _says(line.label, project.environment))
    key = "" if _says(line.label, project.key) else project.key
    return "/".join(text for text in ("" if is_said else project.environment, key) if text)


def drivers(line: Line) -> str:
    """The two largest parts of a line, with their shares of it."""
    return "; ".join(
        f"{driver.label}{f' {share(driver.share)}' if driver.share else ''}" for driver in line.drivers[:2]
    )


def cost_change(change: CostChange) -> str:
    """The change of a line as a sentence."""
    new = "" if change.amount_before else " (new)"
    per_cent = new if change.change_percent is None else f" ({change_percent(change.change_percent)})"
    causes = "; ".join(f"{driver.label} {signed(driver.total)}" for driver in change.drivers)
    amounts = f"{money(change.amount_before)} → {money(change.amount_after)}, {signed(change.change)}{per_cent}"
    times = f"{dates(change.before)} → {dates(change.after)}"
    return f"{visible_ends(change.label)}: {amounts}, {times}" + (f"; {causes}" if causes else "")


def forecast(report: Report) -> list[str]:
    """The forecast in one line; empty if there is none."""
    expected = report.forecast
    if expected is None:
        return []
    sentence = (
        f"Month-end forecast: {report.header.currency} {money(expected.total)} "
        f"({expected.level}% prediction interval {money(expected.low)} to {money(expected.high)}); "
        f"month-to-date {money(expected.actual)}, remaining {money(expected.rest)}"
    )
    return [sentence]


def notes(report: Report) -> list[str]:
    """The report's notes, with an explanation of the mark if the report has one."""
    is_estimated = report.header.previous_estimated or any(period.estimated for period in report.periods)
    mark = f"{ESTIMATED} estimated: subject to change until the bill is final" if is_estimated else ""
    return [text for text in (mark, *report.notes) if text]


def _rounded(number: Decimal, decimals: int) -> Decimal:
    rounded = number.quantize(Decimal(1).scaleb(-decimals), context=_ROUNDING)
    return rounded or rounded.copy_abs()  # a zero without a sign


def _says(label: str, name: str) -> bool:
    """Whether whole words of the label are the name: `CustomerChatbot-Dev` says `customer-chatbot` and `dev`."""
    words, wanted = _words(label), "".join(_words(name))
    ends = range(1, len(words) + 1)
    return any("".join(words[start:end]) == wanted for end in ends for start in range(end))


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _day_range(period: Period) -> str:
    first, last = period.start.day, period.end.day
    return f"{first}" if first == last else f"{first}-{last}"


def _listed(texts: Sequence[str], separator: str) -> str:
    more = f"{separator}and {len(texts) - _MOST_LISTED} more" if len(texts) > _MOST_LISTED else ""
    return separator.join(texts[:_MOST_LISTED]) + more
