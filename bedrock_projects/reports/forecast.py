"""Computes the month-end forecast."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from bedrock_projects.reports.cost_data import ForecastAnswer
from bedrock_projects.reports.model import DateRange, Forecast, Period
from bedrock_projects.reports.periods import first_of_month, last_of_month
from bedrock_projects.reports.query import FORECAST_LEVEL


def forecast_month(
    answer: ForecastAnswer, periods: Sequence[Period], amounts: Sequence[Decimal], *, today: date
) -> Forecast:
    """Adds the forecast from today on to the month's costs until yesterday; `amounts` are those of the periods.

    In a report by month that ends today or later, both parts include today's costs until now.
    """
    start = first_of_month(today)
    counted = [
        index
        for index, period in enumerate(periods)
        if start <= period.start and not _is_today_or_later(period, today)  # the forecast includes those
    ]
    actual = sum((amounts[index] for index in counted), Decimal())
    return Forecast(
        month=DateRange(start=start, end=last_of_month(today)),
        actual=actual,
        rest=answer.mean,
        total=actual + answer.mean,
        low=actual + answer.low,
        high=actual + answer.high,
        level=FORECAST_LEVEL,
    )


def _is_today_or_later(period: Period, today: date) -> bool:
    return period.start == period.end and period.start >= today
