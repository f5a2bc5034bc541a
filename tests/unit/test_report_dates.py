"""Dates as people write them, what to compare with, and what Cost Explorer keeps; nothing wrong is asked for."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.errors import SettingsError
from bedrock_projects.reports.model import DateRange, Granularity
from bedrock_projects.reports.periods import (
    check_history,
    check_hours,
    chosen_dates,
    comparison_dates,
    end_date,
    first_of_month,
    history_note,
    last_of_month,
    month_range,
    start_date,
)

TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)
ARABIC = "".join(chr(0x660 + int(digit)) if digit.isdecimal() else digit for digit in "2026-10")
DAYS = st.dates(min_value=date(2005, 1, 1), max_value=date(2090, 12, 31))
GRANULARITIES: st.SearchStrategy[Granularity] = st.sampled_from(("day", "month"))


def day(text: str) -> date:
    return date.fromisoformat(text)


def dates(text: str) -> DateRange:
    """The days of `2026-10-01 2026-10-31`."""
    start, end = map(day, text.split())
    return DateRange(start=start, end=end)


def answer(asked: Callable[[], DateRange]) -> DateRange | str:
    """The dates, or the message of a refusal."""
    try:
        return asked()
    except SettingsError as error:
        return str(error)


@st.composite
def reports(draw: st.DrawFn) -> tuple[DateRange, date]:
    """The dates of a report, not longer than 14 months, and the day on which it is made."""
    today = draw(DAYS)
    start = today - DAY * draw(st.integers(0, 420))
    end = min(start + DAY * draw(st.integers(0, 420)), last_of_month(today))
    return DateRange(start=start, end=end), today


@pytest.mark.parametrize(
    ("text", "today", "expected"),
    [
        ("2026-10", "2026-11-24", "2026-10-01 2026-10-31"),
        ("2024-02", "2026-11-24", "2024-02-01 2024-02-29"),
        ("last-month", "2026-11-24", "2026-10-01 2026-10-31"),
        ("last-month", "2026-11-01", "2026-10-01 2026-10-31"),
        ("last-month", "2026-01-31", "2025-12-01 2025-12-31"),
        ("this-month", "2026-11-24", "2026-11-01 2026-11-23"),
        ("2026-11", "2026-11-24", "2026-11-01 2026-11-23"),
        ("2026-11", "2026-11-02", "2026-11-01 2026-11-01"),
        ("2026-11", "2026-12-01", "2026-11-01 2026-11-30"),
    ],
)
def test_a_month_is_all_its_days_and_the_running_one_until_yesterday(text: str, today: str, expected: str) -> None:
    assert month_range(text, today=day(today)) == dates(expected)
    assert chosen_dates(text, None, None, today=day(today)) == dates(expected)


@pytest.mark.parametrize(
    ("text", "today", "message"),
    [
        (
            "2026-13",
            "2026-11-24",
            "--month 2026-13: this month does not exist; write YYYY-MM, such as 2026-10, or last-month or this-month",
        ),
        ("0000-01", "2026-11-24", "--month 0000-01: this month does not exist; "),
        ("Oct 2026", "2026-11-24", "--month 'Oct 2026': write YYYY-MM, such as 2026-10, or last-month or this-month"),
        ("", "2026-11-24", "--month '': write YYYY-MM, "),
        (ARABIC, "2026-11-24", f"--month '{ARABIC}': write YYYY-MM, "),
        ("2026-W40", "2026-11-24", "--month 2026-W40: write YYYY-MM, "),
        ("last_month", "2026-11-24", "--month last_month: did you mean 'last-month'?"),
        (
            "2026-10-05",
            "2026-11-24",
            "--month 2026-10-05: this is a day; write --month 2026-10, or --from 2026-10-05 --to 2026-10-05",
        ),
        ("2026-12", "2026-11-24", "--month 2026-12: this month is in the future; give 2026-11 at the latest"),
        ("2026-12", "2026-11-01", "--month 2026-12: this month is in the future; give 2026-10 at the latest"),
        (
            "this-month",
            "2026-11-01",
            (
                "--month this-month: this month has no full day yet; write --month last-month, or --from 2026-11-01 for"
                " today's costs"
            ),
        ),
        ("2026-11", "2026-11-01", "--month 2026-11: this month has no full day yet; "),
    ],
)
def test_another_month_is_refused_with_what_to_write(text: str, today: str, message: str) -> None:
    with pytest.raises(SettingsError) as error:
        month_range(text, today=day(today))
    assert str(error.value).startswith(message)


@given(DAYS, DAYS)
def test_a_month_that_is_written_is_that_month(month: date, today: date) -> None:
    text = f"{month:%Y-%m}"
    if first_of_month(month) > first_of_month(today) or first_of_month(month) == today:
        with pytest.raises(SettingsError):
            month_range(text, today=today)
        return
    days = month_range(text, today=today)
    assert days.start == first_of_month(month) <= days.end < today
    assert f"{days.start:%Y-%m}" == f"{days.end:%Y-%m}" == text
    assert days.end in (last_of_month(month), today - DAY)


@pytest.mark.parametrize(
    ("start", "end", "today", "expected"),
    [
        (None, None, "2026-11-24", "2026-11-01 2026-11-23"),
        (None, None, "2026-11-01", "2026-10-01 2026-10-31"),
        ("2026-10", None, "2026-11-24", "2026-10-01 2026-11-23"),
        ("2026-10-05", "2026-10-06", "2026-11-24", "2026-10-05 2026-10-06"),
        ("2026-08", "2026-10", "2026-11-24", "2026-08-01 2026-10-31"),
        (None, "2026-02", "2026-11-24", "2026-02-01 2026-02-28"),
        ("2026-10", "2026-11", "2026-11-24", "2026-10-01 2026-11-23"),
        ("2026-10", "2026-11", "2026-11-01", "2026-10-01 2026-11-01"),
        ("2026-11", "2026-11", "2026-11-01", "2026-11-01 2026-11-01"),
        (None, "2026-11", "2026-11-01", "2026-11-01 2026-11-01"),
        ("2026-11-24", "2026-11", "2026-11-24", "2026-11-24 2026-11-24"),
        ("2026-11-24", None, "2026-11-24", "2026-11-24 2026-11-24"),
        ("2026-11", "2026-11-30", "2026-11-24", "2026-11-01 2026-11-30"),
    ],
)
def test_days_and_months_are_taken_at_both_ends(start: str | None, end: str | None, today: str, expected: str) -> None:
    assert chosen_dates(None, start, end, today=day(today)) == dates(expected)


@pytest.mark.parametrize(
    ("month", "start", "end", "message"),
    [
        (None, "5.10.2026", None, "--from 5.10.2026: write a day as YYYY-MM-DD or a month as YYYY-MM"),
        (None, "20261005", None, "--from 20261005: write a day as YYYY-MM-DD or a month as YYYY-MM"),
        (None, None, "2026-W40-1", "--to 2026-W40-1: write a day as YYYY-MM-DD or a month as YYYY-MM"),
        (None, None, "Oct 2026", "--to 'Oct 2026': write a day as YYYY-MM-DD or a month as YYYY-MM"),
        (None, None, "", "--to '': write a day as YYYY-MM-DD or a month as YYYY-MM"),
        (
            None,
            "2026-02-30",
            None,
            "--from 2026-02-30: this date does not exist; write a day as YYYY-MM-DD or a month as YYYY-MM",
        ),
        (
            None,
            None,
            "2026-13",
            "--to 2026-13: this date does not exist; write a day as YYYY-MM-DD or a month as YYYY-MM",
        ),
        (None, "2026-12", None, "--from 2026-12-01 is in the future; give 2026-11-24 at the latest"),
        (None, None, "2026-12", "--to 2026-12: this month is in the future; give 2026-11 at the latest"),
        (None, None, "2026-12-01", "--to 2026-12-01 is after the end of this month; give 2026-11-30 at the latest"),
        (None, "2026-10", "2026-09", "--from 2026-10-01 is after --to 2026-09-30; give the earlier day with --from"),
        ("2026-10", "2026-10", None, "--month does not go with --from or --to; give --month, or --from and --to"),
        ("2026-13", None, "", "--month does not go with --from or --to; give --month, or --from and --to"),
    ],
)
def test_other_dates_are_refused_with_what_to_write(
    month: str | None, start: str | None, end: str | None, message: str
) -> None:
    with pytest.raises(SettingsError) as error:
        chosen_dates(month, start, end, today=TODAY)
    assert str(error.value) == message


@given(DAYS, DAYS, DAYS, st.sampled_from((7, 10)), st.sampled_from((7, 10)))
def test_the_dates_of_a_report_are_in_order_and_end_with_this_month(
    today: date, one: date, other: date, start_length: int, end_length: int
) -> None:
    start, end = (moment.isoformat()[:length] for moment, length in ((one, start_length), (other, end_length)))
    chosen = answer(lambda: chosen_dates(None, start, end, today=today))
    if isinstance(chosen, str):
        assert chosen.startswith(("--from ", "--to "))
        return
    assert chosen.start == start_date(start) <= chosen.end <= last_of_month(today)
    assert chosen.end == end_date(end, start=chosen.start, today=today)


@given(DAYS, DAYS)
def test_a_day_that_is_written_is_that_day(one: date, today: date) -> None:
    assert start_date(one.isoformat()) == end_date(one.isoformat(), today=today) == one


@pytest.mark.parametrize(
    ("start", "granularity", "is_noted"),
    [
        ("2026-11-24", "day", False),
        ("2025-10-01", "day", False),
        ("2025-10-01", "month", False),
        ("2025-09-01", "month", True),
        ("2023-10-01", "month", True),
    ],
)
def test_what_cost_explorer_keeps_may_be_asked_for(start: str, granularity: Granularity, is_noted: bool) -> None:
    days = DateRange(start=day(start), end=TODAY)
    check_history(days, granularity, today=TODAY)
    note = (
        "costs before 2025-10-01 need multi-year data, which an account enables in Cost Explorer's settings; AWS "
        "disables it after three months without use"
    )
    assert history_note(days, today=TODAY) == (note if is_noted else "")


@pytest.mark.parametrize(
    ("start", "granularity", "message"),
    [
        (
            "2025-09-30",
            "day",
            (
                "--from or --month: 2025-09-30 is too early; by day, Cost Explorer has costs since 2025-10-01; give "
                "later dates, or --granularity month"
            ),
        ),
        (
            "2023-10-01",
            "day",
            (
                "--from or --month: 2023-10-01 is too early; by day, Cost Explorer has costs since 2025-10-01; give "
                "later dates, or --granularity month"
            ),
        ),
        (
            "2023-09-30",
            "day",
            (
                "--from or --month: 2023-09-30 is too early; by day, Cost Explorer has costs since 2025-10-01; give "
                "later dates"
            ),
        ),
        (
            "2023-09-30",
            "month",
            (
                "--from or --month: 2023-09-30 is too early; by month, Cost Explorer has costs since 2023-10-01; give "
                "later dates"
            ),
        ),
        (
            "2025-09-15",
            "month",
            (
                "--from or --month: 2025-09-15 is within a month; before 2025-10-01, Cost Explorer needs the first day"
                " of a month; give 2025-09-01 or 2025-10-01"
            ),
        ),
    ],
)
def test_what_cost_explorer_does_not_keep_is_refused(start: str, granularity: Granularity, message: str) -> None:
    with pytest.raises(SettingsError) as error:
        check_history(DateRange(start=day(start), end=TODAY), granularity, today=TODAY)
    assert str(error.value) == message


@given(DAYS, GRANULARITIES, DAYS)
def test_what_is_kept_by_day_is_kept_by_month_and_needs_no_note(
    start: date, granularity: Granularity, today: date
) -> None:
    days = DateRange(start=start, end=max(start, today))
    months = (today.year - start.year) * 12 + today.month - start.month
    is_kept = months < 14 or (granularity == "month" and months < 38 and start.day == 1)
    if is_kept:
        check_history(days, granularity, today=today)
    else:
        with pytest.raises(SettingsError, match="give"):
            check_history(days, granularity, today=today)
    assert bool(history_note(days, today=today)) == (months >= 14)


@pytest.mark.parametrize(
    ("text", "report", "expected"),
    [
        ("previous", "2026-10-01 2026-10-31", "2026-09-01 2026-09-30"),
        ("previous", "2026-11-01 2026-11-30", "2026-10-01 2026-10-23"),
        ("last-year", "2026-10-01 2026-10-31", "2025-10-01 2025-10-31"),
        ("last-year", "2026-11-01 2026-11-30", "2025-11-01 2025-11-23"),
        ("last-year", "2026-11-10 2026-11-12", "2025-11-10 2025-11-12"),
        ("last-year", "2025-12-01 2026-11-23", "2024-12-01 2025-11-23"),
        ("last-year", "2025-02-01 2025-02-28", "2024-02-01 2024-02-29"),
        ("2026-07", "2026-10-01 2026-10-31", "2026-07-01 2026-07-31"),
        ("2026-02", "2026-10-01 2026-10-31", "2026-02-01 2026-02-28"),
        ("2026-03", "2026-09-01 2026-09-30", "2026-03-01 2026-03-31"),
        ("2026-07", "2026-11-01 2026-11-30", "2026-07-01 2026-07-23"),
        ("2026-02", "2026-10-01 2026-10-30", "2026-02-01 2026-02-28"),
        ("2025-07", "2026-10-01 2026-10-31", "2025-07-01 2025-07-31"),
    ],
)
def test_a_report_is_compared_with_as_many_days(text: str, report: str, expected: str) -> None:
    assert comparison_dates(text, dates(report), granularity="month", today=TODAY) == dates(expected)


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        ("2024-02-29 2024-02-29", "2023-02-28 2023-02-28"),
        ("2024-02-20 2024-02-29", "2023-02-20 2023-02-28"),
        ("2024-02-01 2024-02-29", "2023-02-01 2023-02-28"),
        ("2024-02-01 2024-02-28", "2023-02-01 2023-02-28"),
    ],
)
def test_the_29th_of_february_is_the_28th_a_year_before(report: str, expected: str) -> None:
    assert comparison_dates("last-year", dates(report), granularity="day", today=date(2024, 3, 5)) == dates(expected)


@pytest.mark.parametrize(
    ("text", "report", "granularity", "message"),
    [
        (
            "before",
            "2026-10-01 2026-10-31",
            "month",
            "--compare before: write previous, last-year, or a month as YYYY-MM",
        ),
        ("lastyear", "2026-10-01 2026-10-31", "month", "--compare lastyear: did you mean 'last-year'?"),
        (
            "2026-10",
            "2026-10-01 2026-10-31",
            "month",
            "--compare 2026-10: this is not before 2026-10, the report's month; ",
        ),
        (
            "2026-11",
            "2026-10-01 2026-10-31",
            "month",
            "--compare 2026-11: this is not before 2026-10, the report's month; ",
        ),
        (
            "2026-07",
            "2026-09-01 2026-10-31",
            "month",
            "--compare 2026-07: a report is compared with a month only if it ",
        ),
        (
            "2026-07",
            "2026-10-02 2026-10-31",
            "month",
            "--compare 2026-07: a report is compared with a month only if it ",
        ),
        ("last-year", "2025-10-01 2026-10-31", "month", "--compare last-year: the report covers more than a year; "),
        ("last-year", "2025-10-31 2026-10-31", "month", "--compare last-year: the report covers more than a year; "),
        (
            "last-year",
            "2026-09-01 2026-09-30",
            "day",
            "--compare last-year: 2025-09-01 is too early; by day, Cost Explorer has costs since 2025-10-01; ",
        ),
        ("previous", "2025-10-01 2025-10-31", "day", "--compare previous: 2025-09-01 is too early; by day, "),
        ("previous", "2025-10-02 2025-10-31", "month", "--compare previous: 2025-09-02 is within a month; "),
        ("2023-09", "2026-10-01 2026-10-31", "month", "--compare 2023-09: 2023-09-01 is too early; by month, "),
        ("previous", "0001-01-01 2025-10-31", "month", "--from or --month: 0001-01-01 is too early; by month, "),
    ],
)
def test_another_comparison_is_refused(text: str, report: str, granularity: Granularity, message: str) -> None:
    with pytest.raises(SettingsError) as error:
        comparison_dates(text, dates(report), granularity=granularity, today=TODAY)
    assert str(error.value).startswith(message)


@given(reports(), GRANULARITIES)
def test_the_prior_period_ends_on_the_day_before(made: tuple[DateRange, date], granularity: Granularity) -> None:
    report, today = made
    before = answer(lambda: comparison_dates("previous", report, granularity=granularity, today=today))
    if isinstance(before, str):
        assert "is too early" in before or "is within a month" in before
        return
    assert before.start <= before.end < report.start
    if report.start.day != 1 or (report.end < today and report.end == last_of_month(report.end)):
        assert before.end == report.start - DAY


@given(reports())
def test_a_year_before_has_the_same_days_but_for_the_end_of_february(made: tuple[DateRange, date]) -> None:
    report, today = made
    before = answer(lambda: comparison_dates("last-year", report, granularity="month", today=today))
    if isinstance(before, str):
        assert before.startswith(("--compare last-year: ", "--from or --month: "))
        return
    assert before.start <= before.end < report.start
    elapsed = min(report.end, max(report.start, today - DAY))
    for now, then in ((report.start, before.start), (elapsed, before.end)):
        assert then.year == now.year - 1
        assert then.month == now.month
        assert then.day == now.day or (then.month == 2 and {then.day, now.day} == {28, 29})


@given(DAYS.filter(lambda today: today.day > 1), st.integers(1, 13))
def test_a_baseline_has_no_more_days_than_the_report(today: date, months: int) -> None:
    report = month_range("this-month", today=today)
    baseline = first_of_month(today)
    for _ in range(months):
        baseline = first_of_month(baseline - DAY)
    before = comparison_dates(f"{baseline:%Y-%m}", report, granularity="day", today=today)
    assert before.start == baseline
    assert before.end == min(last_of_month(baseline), baseline + (report.end - report.start))


def test_hours_are_of_a_source_with_lines_and_of_a_week_at_most() -> None:
    week = dates("2026-11-02 2026-11-08")
    check_hours(week, has_lines=True)
    with pytest.raises(SettingsError, match="Cost Explorer has no hours unless an account pays"):
        check_hours(week, has_lines=False)
    with pytest.raises(SettingsError, match="takes at most 7 days, not 8; give fewer with --from and --to"):
        check_hours(dates("2026-11-02 2026-11-09"), has_lines=True)
