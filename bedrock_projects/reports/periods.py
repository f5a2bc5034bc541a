"""Computes the dates of a report: as people write them, the default, what to compare with, and Cost Explorer's limits.

All days are days of UTC, as Cost Explorer counts them; `today` is the running one. Every error is a SettingsError that
names the option and what to write.
"""

import re
import shlex
from calendar import monthrange
from datetime import date, timedelta
from typing import Final

from bedrock_projects.errors import SettingsError
from bedrock_projects.reports.model import DateRange, Granularity
from bedrock_projects.suggestions import did_you_mean

_DAY = timedelta(days=1)
_DATE_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH_FORM = re.compile(r"[0-9]{4}-[0-9]{2}")
# AWS's user guide, "Exploring more data for advanced cost analysis": the current month and 13 before; with multi-year
# data up to 38 months. That the current month counts as one of the 38 is inferred from the "14-month" of the same page.
DAILY_MONTHS: Final = 14
"""How many months of costs Cost Explorer has by day, with the running one; also by month without multi-year data."""
MONTHLY_MONTHS: Final = 38
"""How many months of costs it has by month at most."""
HOURLY_DAYS: Final = 7
"""How many days a report by hour may cover, so that people can read it."""


def chosen_dates(month: str | None, start: str | None, end: str | None, *, today: date) -> DateRange:
    """The dates of a report by the values of `--month`, `--from` and `--to`; None for an option that is not given.

    Raises SettingsError for a value that is not a date, for dates in the future, and for `--month` with another one.
    """
    if month is not None:
        if start is not None or end is not None:
            raise SettingsError("--month does not go with --from or --to; give --month, or --from and --to")
        return month_range(month, today=today)
    first = None if start is None else start_date(start)
    last = None if end is None else end_date(end, start=first, today=today)
    return report_dates(first, last, today=today)


def month_range(text: str, *, today: date) -> DateRange:
    """The days of `--month`: `2026-10`, `last-month` or `this-month`; the running month until yesterday.

    Raises SettingsError for another text, for a month in the future, and on the first for the running month.
    """
    option, this_month = _given("--month", text), first_of_month(today)
    last_month = _months_later(this_month, -1)
    named = {"this-month": this_month, "last-month": last_month}
    first = named.get(text) or _first_day(text)
    if first is None:
        if _day(text):
            raise SettingsError(f"{option}: this is a day; write --month {text[:7]}, or --from {text} --to {text}")
        form = f"write YYYY-MM, such as {last_month:%Y-%m}, or last-month or this-month"
        if _MONTH_FORM.fullmatch(text):
            raise SettingsError(f"{option}: this month does not exist; {form}")
        raise SettingsError(f"{option}: {did_you_mean(text, named, otherwise=form)}")
    if first > this_month:
        raise SettingsError(f"{option}: this month is in the future; give {today - _DAY:%Y-%m} at the latest")
    if first == today:
        raise SettingsError(
            f"{option}: this month has no full day yet; write --month last-month, or --from {today} for today's costs"
        )
    return DateRange(start=first, end=min(last_of_month(first), today - _DAY))


def start_date(text: str) -> date:
    """The day of `--from`: a day, or the first one of a month; raises SettingsError for another text."""
    return _day_or_month("--from", text).start


def end_date(text: str, *, start: date | None = None, today: date) -> date:
    """The day of `--to`: a day, or the last one of a month.

    Of the running month it is yesterday, or today if nothing else is left: on the first, and if `start` is today.
    Raises SettingsError for another text, and for a month in the future.
    """
    days, this_month = _day_or_month("--to", text), first_of_month(today)
    if days.start == days.end:
        return days.end
    if days.start > this_month:
        raise SettingsError(
            f"{_given('--to', text)}: this month is in the future; give {this_month:%Y-%m} at the latest"
        )
    if days.start < this_month:
        return days.end
    return today if today in (this_month, start) else today - _DAY


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


def check_history(
    dates: DateRange, granularity: Granularity, *, today: date, option: str = "--from or --month"
) -> None:
    """Raises SettingsError if the dates begin before what Cost Explorer keeps; `option` is what they come from.

    It keeps DAILY_MONTHS by day, and up to MONTHLY_MONTHS by month. Beyond the former it takes no range that begins
    within a month (seen: "your start date needs to be the first day of the month").
    """
    daily, monthly = _earliest(DAILY_MONTHS, today), _earliest(MONTHLY_MONTHS, today)
    earliest = daily if granularity == "day" else monthly
    if dates.start < earliest:
        coarser = ", or --granularity month" if monthly <= dates.start else ""
        raise SettingsError(
            f"{option}: {dates.start} is too early; by {granularity}, Cost Explorer has costs since {earliest}; give "
            f"later dates{coarser}"
        )
    month = first_of_month(dates.start)
    if dates.start < daily and dates.start != month:
        raise SettingsError(
            f"{option}: {dates.start} is within a month; before {daily}, Cost Explorer needs the first day of a month; "
            f"give {month} or {_months_later(month, 1)}"
        )


def check_hours(dates: DateRange, *, has_lines: bool) -> None:
    """Raises SettingsError if a report by hour has too many days, or if the source has no lines of the bill.

    Cost Explorer has hours of the last 14 days, if an account pays for them (seen). Only this package's own limits are
    checked here: whether an export has hours is known once its files are read.
    """
    if not has_lines:
        raise SettingsError(
            "--granularity hour: Cost Explorer has no hours unless an account pays for those of the last 14 days; give "
            "--source with an hourly export, or --granularity day"
        )
    days = (dates.end - dates.start).days + 1
    if days > HOURLY_DAYS:
        raise SettingsError(
            f"--granularity hour takes at most {HOURLY_DAYS} days, not {days}; give fewer with --from and --to, or "
            "--granularity day"
        )


def history_note(dates: DateRange, *, today: date) -> str:
    """A sentence for the report if its dates need multi-year data, which AWS documents as optional; else empty."""
    daily = _earliest(DAILY_MONTHS, today)
    if dates.start >= daily:
        return ""
    return (
        f"costs before {daily} need multi-year data, which an account enables in Cost Explorer's settings; AWS "
        "disables it after three months without use"
    )


def comparison_dates(
    text: str, dates: DateRange, *, granularity: Granularity, today: date, is_limited: bool = True
) -> DateRange:
    """The days that `--compare` names for these dates, without the days that are not over: a period before them.

    `previous` is the prior period, `last-year` the same days a year before, and `2026-07` the same days of that month,
    all of it for a whole month. Raises SettingsError for another text, and for days that Cost Explorer lacks.
    `is_limited` says whether the source is limited to what it keeps.
    """
    if is_limited:
        check_history(dates, granularity, today=today)
    option, elapsed = _given("--compare", text), elapsed_dates(dates, today=today)
    if text == "previous":
        compared = previous_dates(elapsed)
    elif text == "last-year":
        compared = _year_before(elapsed)
        if compared.end >= dates.start:
            raise SettingsError(f"{option}: the report covers more than a year; give at most 12 months")
    else:
        compared = _same_days(option, text, elapsed)
    if is_limited:
        check_history(compared, granularity, today=today, option=option)
    return compared


def previous_dates(dates: DateRange) -> DateRange:
    """The prior period: the same number of months, or the same number of days if the dates start within a month.

    A shorter month counts as a whole: the prior period of 1 to 30 March is all of February.
    """
    if dates.start.day != 1:
        length = dates.end - dates.start + _DAY
        return DateRange(start=dates.start - length, end=dates.end - length)
    months = (dates.end.year - dates.start.year) * 12 + dates.end.month - dates.start.month + 1
    end = _same_day(dates.end, _months_later(first_of_month(dates.end), -months))
    return DateRange(start=_months_later(dates.start, -months), end=end)


def elapsed_dates(dates: DateRange, *, today: date) -> DateRange:
    """The dates without today and later, which always look like a drop. A range of only today is unchanged."""
    return DateRange(start=dates.start, end=min(dates.end, max(dates.start, today - _DAY)))


def time_period(dates: DateRange) -> dict[str, str]:
    """The dates as Cost Explorer takes them: `End` is the day after the last one."""
    return {"Start": dates.start.isoformat(), "End": (dates.end + _DAY).isoformat()}


def is_partial(dates: DateRange, granularity: Granularity, *, today: date) -> bool:
    """Whether the dates lack days of their day or month; today counts as missing, because it is not over yet.

    So does each hour of today.
    """
    if granularity != "month":
        return dates.end >= today
    return dates.start.day != 1 or dates.end != last_of_month(dates.end) or dates.end >= today


def covers_month_to_date(dates: DateRange, *, today: date) -> bool:
    """Whether the dates include all days of the current month until yesterday."""
    return dates.start <= first_of_month(today) <= dates.end and dates.end >= today - _DAY


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


def _earliest(months: int, today: date) -> date:
    """The first day of so many months, of which the running one is the last."""
    return _months_later(first_of_month(today), 1 - months)


def _year_before(dates: DateRange) -> DateRange:
    """The same days a year before; the end of whole months stays the end, and 29 February becomes the 28th."""
    if dates.start.day == 1:
        end = _same_day(dates.end, _months_later(first_of_month(dates.end), -12))
        return DateRange(start=_months_later(dates.start, -12), end=end)
    return DateRange(start=_day_a_year_before(dates.start), end=_day_a_year_before(dates.end))


def _day_a_year_before(day: date) -> date:
    month = _months_later(first_of_month(day), -12)
    return min(month + _DAY * (day.day - 1), last_of_month(month))


def _same_days(option: str, text: str, dates: DateRange) -> DateRange:
    """The days of the month that the text names which the dates have of theirs."""
    month = _first_day(text)
    if month is None:
        form = "write previous, last-year, or a month as YYYY-MM"
        raise SettingsError(f"{option}: {did_you_mean(text, ('previous', 'last-year'), otherwise=form)}")
    if dates.start != first_of_month(dates.end):
        raise SettingsError(
            f"{option}: a report is compared with a month only if it covers one month, or a part from its first day; "
            "give --month, or --compare previous"
        )
    if month >= dates.start:
        raise SettingsError(
            f"{option}: this is not before {dates.start:%Y-%m}, the report's month; give an earlier one"
        )
    return DateRange(start=month, end=_same_day(dates.end, month))


def _same_day(day: date, month: date) -> date:
    """The same day of the month that begins on `month`; its last day for the last one of any month."""
    last = last_of_month(month)
    return last if day == last_of_month(day) else min(last, month + _DAY * (day.day - 1))


def _day_or_month(option: str, text: str) -> DateRange:
    day, first = _day(text), _first_day(text)
    if day:
        return DateRange(start=day, end=day)
    if first:
        return DateRange(start=first, end=last_of_month(first))
    is_date = _DATE_FORM.fullmatch(text) or _MONTH_FORM.fullmatch(text)
    problem = "this date does not exist; " if is_date else ""
    raise SettingsError(f"{_given(option, text)}: {problem}write a day as YYYY-MM-DD or a month as YYYY-MM")


def _first_day(text: str) -> date | None:
    """The first day of a month that is written as `2026-10`; None for another text."""
    return _day(f"{text}-01") if _MONTH_FORM.fullmatch(text) else None


def _day(text: str) -> date | None:
    """A day that is written as `2026-10-05`; None for another text. Python takes other forms too, such as weeks."""
    if not _DATE_FORM.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _given(option: str, text: str) -> str:
    """The option with its value as it was typed."""
    return f"{option} {shlex.quote(text)}"
