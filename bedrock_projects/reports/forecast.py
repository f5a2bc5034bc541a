"""What the current month will have cost at its end.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostForecast.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from bedrock_projects.reports.answers import Table
from bedrock_projects.reports.model import Forecast, Period, Span
from bedrock_projects.reports.periods import first_of_month, last_of_month
from bedrock_projects.reports.query import LEVEL


@dataclass(frozen=True, kw_only=True)
class ForecastAnswer:
    """The mean of the days to come, and the bounds of its interval."""

    mean: Decimal
    low: Decimal
    high: Decimal


def is_forecast_wanted(span: Span, *, today: date) -> bool:
    """Whether a report of those days holds all that this month has cost until now."""
    return span.start <= first_of_month(today) and span.end >= today - timedelta(days=1)


def answer_of(answer: Mapping[str, Any]) -> ForecastAnswer:
    """Reads the answer; the bounds stand in its periods only, of which one is asked for."""
    periods = answer["ForecastResultsByTime"]
    mean = Decimal(answer["Total"]["Amount"])
    low = sum((Decimal(each.get("PredictionIntervalLowerBound", each["MeanValue"])) for each in periods), Decimal())
    high = sum((Decimal(each.get("PredictionIntervalUpperBound", each["MeanValue"])) for each in periods), Decimal())
    return ForecastAnswer(mean=mean, low=low, high=high)


def forecast_of(answer: ForecastAnswer, periods: Sequence[Period], table: Table, *, today: date) -> Forecast:
    """The month's costs until yesterday and the forecast from today on.

    In a report by month whose last day is today or later, what today has cost until now is in both.
    """
    start = first_of_month(today)
    counted = [place for place, period in enumerate(periods) if start <= period.start and not _is_today(period, today)]
    actual = sum((row[place] for row in table.amounts.values() for place in counted), Decimal())
    return Forecast(
        month=Span(start=start, end=last_of_month(today)),
        actual=actual,
        rest=answer.mean,
        total=actual + answer.mean,
        low=actual + answer.low,
        high=actual + answer.high,
        level=LEVEL,
    )


def _is_today(period: Period, today: date) -> bool:
    """A column of its own for today, or for a day to come."""
    return period.start == period.end and period.start >= today
