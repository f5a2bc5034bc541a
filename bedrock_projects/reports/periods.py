"""Computes the dates of a report: the default, the prior period, and the form that Cost Explorer takes."""

from calendar import monthrange
from datetime import date, timedelta

from bedrock_projects.errors import SettingsError
from bedrock_projects.reports.model import DateRange, Granularity

_DAY = timedelta(days=1)


def report_dates(start: date | None, end: date | None, *, today: date) -> DateRange:
    """The dates of a report: by default this month until yesterday, on the first of a month the whole month before.

    Raises SettingsError if Cost Explorer has no answer for these dates.
    """
    if start and start > today:
        raise SettingsError(f"--from {start} is in the future; give {today} at the latest")
    # Until yesterday, because Cost Explorer has hardly any of today's costs before tomorrow.
    last = end or (today if start == today else today - _DAY)
    dates = DateRange(start=start or first_of_month(last), end=last)
    if dates.start > dates.end:
        raise SettingsError(f"--from {dates.start} is after --to {dates.end}; give the earlier day with --from")
    if dates.end > last_of_month(today):
        raise SettingsError(
            f"--to {dates.end} is after the end of this month; give {last_of_month(today)} at the latest"
        )
    return dates


def previous_dates(dates: DateRange) -> DateRange:
    """The prior period: the same number of months, or the same number of days if the dates start within a month.

    A shorter month counts as a whole: the prior period of 1 to 30 March is all of February.
    """
    if dates.start.day != 1:
        length = dates.end - dates.start + _DAY
        return DateRange(start=dates.start - length, end=dates.end - length)
    months = (dates.end.year - dates.start.year) * 12 + dates.end.month - dates.start.month + 1
    last_month = _months_later(first_of_month(dates.end), -months)
    same_day = last_month + _DAY * (dates.end.day - 1)
    is_whole = dates.end == last_of_month(dates.end)
    end = last_of_month(last_month) if is_whole else min(same_day, last_of_month(last_month))
    return DateRange(start=_months_later(dates.start, -months), end=end)


def elapsed_dates(dates: DateRange, *, today: date) -> DateRange:
    """The dates without today and later, which always look like a drop. A range of only today is unchanged."""
    return DateRange(start=dates.start, end=min(dates.end, max(dates.start, today - _DAY)))


def time_period(dates: DateRange) -> dict[str, str]:
    """The dates as Cost Explorer takes them: `End` is the day after the last one."""
    return {"Start": dates.start.isoformat(), "End": (dates.end + _DAY).isoformat()}


def is_partial(dates: DateRange, granularity: Granularity, *, today: date) -> bool:
    """Whether the dates lack days of their day or month; today counts as missing, because it is not over yet."""
    if granularity == "day":
        return dates.end >= today
    return dates.start.day != 1 or dates.end != last_of_month(dates.end) or dates.end >= today


def covers_month_to_date(dates: DateRange, *, today: date) -> bool:
    """Whether the dates include all days of the current month until yesterday."""
    return dates.start <= first_of_month(today) and dates.end >= today - _DAY


def rest_of_month(today: date) -> DateRange:
    """Today and the remaining days of its month."""
    return DateRange(start=today, end=last_of_month(today))


def first_of_month(day: date) -> date:
    """The first day of the day's month."""
    return day.replace(day=1)


def last_of_month(day: date) -> date:
    """The last day of the day's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def _months_later(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
