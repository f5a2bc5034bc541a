"""Reads the TimePeriod of a question, and refuses it in AWS's words where those were reported.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_DateInterval.html
"""

from datetime import date, datetime, timezone
from typing import Final

from local_aws.cost_explorer import rules
from local_aws.cost_explorer.exceptions import ValidationException
from local_aws.cost_explorer.periods import Granularity, Period, next_month
from local_aws.cost_explorer.validation import Members

_PATTERN: Final = r"(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}:\d{2}Z)?"
_MONTHS: Final = 14  # this one and 13 before
_FORECAST_MONTHS: Final[dict[Granularity, int]] = {"DAILY": 3, "MONTHLY": 18}
_GRANULARITIES: Final[tuple[Granularity, ...]] = ("DAILY", "MONTHLY")


def today(now: float) -> date:
    """The day of a moment (unix seconds), by UTC."""
    return datetime.fromtimestamp(now, timezone.utc).date()


def granularity(members: Members) -> Granularity:
    """The required member Granularity."""
    value = members.text("Granularity", required=True, allowed=(*_GRANULARITIES, "HOURLY"))
    members.check()
    if value == "HOURLY":
        raise ValidationException("Hourly timePeriod is not supported for this request", rule=rules.HOURLY)
    return "DAILY" if value == "DAILY" else "MONTHLY"


def past(members: Members, *, now: date, months: int, unit: Granularity | None = None) -> Period:
    """The period of a question about costs that were; `months` of history are there, this one included."""
    period = _read(members)
    if period.start >= period.end:
        raise ValidationException("Start date (and hour) should be before end date (and hour)", rule=rules.START_END)
    if period.start > now:
        message = f"Start date {period.start} should be equal to or before the current date"
        raise ValidationException(message, rule=rules.START)
    if period.end > next_month(now):
        raise ValidationException("end date past the beginning of next month", rule=rules.END)
    if period.start < next_month(now, months=1 - months):
        message = f"You haven't enabled historical data beyond {months} months."
        raise ValidationException(message, rule=rules.OLDEST_START)
    if period.start < next_month(now, months=1 - _MONTHS):
        _check_old(period, unit)
    return period


def _check_old(period: Period, unit: Granularity | None) -> None:
    if period.start.day > 1:
        message = (
            f"To retrieve data beyond the past {_MONTHS} months, "
            "your start date needs to be the first day of the month."
        )
        raise ValidationException(message, rule=rules.OLD_START)
    if unit == "DAILY":
        message = f"Data beyond the past {_MONTHS} months has the granularity MONTHLY only."
        raise ValidationException(message, rule=rules.OLD_DAYS)


def future(members: Members, unit: Granularity, *, now: date) -> Period:
    """The period of a forecast."""
    period = _read(members)
    if period.start >= period.end:
        message = f"Requested Start: {period.start} must be before requested End: {period.end}"
        raise ValidationException(message, rule=rules.FORECAST_START_END)
    if period.start < now:
        message = f"Requested Start: {period.start} must not be before the current date: {now}"
        raise ValidationException(message, rule=rules.FORECAST_START)
    months = _FORECAST_MONTHS[unit]
    if period.end > next_month(now, months=months + 1):
        message = f"A forecast with the granularity {unit} can span {months} months at most"
        raise ValidationException(message, rule=rules.FORECAST_SPAN)
    return period


def _read(members: Members) -> Period:
    interval = members.structure("TimePeriod")
    texts = [interval.matching(name, _PATTERN) for name in ("Start", "End")]
    members.check()
    if any("T" in text for text in texts):
        raise ValidationException("Hourly timePeriod is not supported for this request", rule=rules.HOURLY)
    try:
        start, end = (date.fromisoformat(text) for text in texts)
    except ValueError:
        message = f"TimePeriod {texts[0]} to {texts[1]} has a day that no calendar has"
        raise ValidationException(message, rule=rules.DATE) from None
    return Period(start, end)
