"""The days of a report: by default, checked, compared, and as Cost Explorer wants them."""

from calendar import monthrange
from datetime import date, timedelta

from bedrock_projects.errors import SettingsError
from bedrock_projects.reports.model import Granularity, Span

_DAY = timedelta(days=1)


def span_of(start: date | None, end: date | None, *, today: date) -> Span:
    """The days of a report, by default this month until yesterday: today's costs are hardly there before tomorrow.

    On the first day of a month that is the whole month before. Raises SettingsError where the days are none that Cost
    Explorer answers for.
    """
    if start and start > today:
        raise SettingsError(f"--from {start} is yet to come: there are costs until today, {today}")
    last = end or (today if start == today else today - _DAY)
    span = Span(start=start or first_of_month(last), end=last)
    if span.start > span.end:
        raise SettingsError(f"--from {span.start} is after --to {span.end}: give the earlier day with --from")
    if span.end > last_of_month(today):
        raise SettingsError(f"--to {span.end}: Cost Explorer ends with this month; give {last_of_month(today)} at most")
    return span


def before(span: Span) -> Span:
    """The time that a report compares with: as many months before, or as many days where it starts within a month.

    Days that the earlier month lacks are left out: 1 to 30 March is compared with all of February.
    """
    if span.start.day != 1:
        length = span.end - span.start + _DAY
        return Span(start=span.start - length, end=span.end - length)
    months = (span.end.year - span.start.year) * 12 + span.end.month - span.start.month + 1
    last_month = _months_later(first_of_month(span.end), -months)
    same_day = last_month + _DAY * (span.end.day - 1)
    is_whole = span.end == last_of_month(span.end)
    end = last_of_month(last_month) if is_whole else min(same_day, last_of_month(last_month))
    return Span(start=_months_later(span.start, -months), end=end)


def elapsed(span: Span, *, today: date) -> Span:
    """The days of the span that are over: those to come always look like a drop. Today alone stays."""
    return Span(start=span.start, end=min(span.end, max(span.start, today - _DAY)))


def time_period(span: Span) -> dict[str, str]:
    """The span as Cost Explorer wants it: `End` is the day after the last one."""
    return {"Start": span.start.isoformat(), "End": (span.end + _DAY).isoformat()}


def is_partial(span: Span, granularity: Granularity, *, today: date) -> bool:
    """Whether days are missing from the day or month that the span stands for; today is not over yet."""
    if granularity == "day":
        return span.end >= today
    return span.start.day != 1 or span.end != last_of_month(span.end) or span.end >= today


def rest_of_month(today: date) -> Span:
    """Today and the days of its month that are still to come."""
    return Span(start=today, end=last_of_month(today))


def first_of_month(day: date) -> date:
    """The first day of the day's month."""
    return day.replace(day=1)


def last_of_month(day: date) -> date:
    """The last day of the day's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def _months_later(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
