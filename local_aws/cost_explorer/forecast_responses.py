"""GetCostForecast.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostForecast.html
Documented: the interval is in the answer if its level was asked for.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from local_aws.cost_explorer import costs, product_attributes, rules, time_period
from local_aws.cost_explorer.exceptions import DataUnavailableException
from local_aws.cost_explorer.forecast import DAYS, Outlook, outlook
from local_aws.cost_explorer.periods import Period
from local_aws.cost_explorer.query import Matches, Query, ask
from local_aws.cost_explorer.validation import Members
from local_aws.messages import Response
from local_aws.service import Call
from local_aws.state import State

_LEVELS: Final = (51, 99)


def get_cost_forecast(state: State, call: Call) -> Response:
    """GetCostForecast."""
    scope = costs.scope(state, call)
    members = Members.of(call.request)
    unit = time_period.granularity(members)
    period = time_period.future(members, unit, now=scope.today)
    spelling = members.text("Metric", required=True, allowed=tuple(costs.PLAIN_COSTS.values()))
    level = members.number("PredictionIntervalLevel", low=_LEVELS[0], high=_LEVELS[1])
    members.check()
    metric = next(name for name, other in costs.PLAIN_COSTS.items() if other == spelling)
    filtered = costs.filter_of(members)
    product_attributes.refuse(filtered)
    days = _days(state, scope, filtered.matches, metric)
    if len(days) < state.settings.forecast_history_days:
        raise DataUnavailableException("Insufficient amount of historical data.", rule=rules.HISTORY)
    outlooks = outlook(days, period.split(unit), level=level or _LEVELS[0])
    total = sum((part.mean for part in outlooks), Decimal(0))
    return costs.answer(
        {
            "Total": {"Amount": costs.amount(total), "Unit": "USD"},
            "ForecastResultsByTime": [_shown(part, interval=level is not None) for part in outlooks],
        }
    )


def _days(state: State, scope: costs.Scope, matches: Matches, metric: str) -> list[Decimal]:
    """The costs of the last full days, from the first one with a cost on."""
    days = Period(scope.today - timedelta(days=DAYS), scope.today).split("DAILY")
    results = ask(costs.ledger(state), Query(scope.sees, scope.active, days, matches))
    first = next((number for number, result in enumerate(results) if result.sums), len(results))
    return [sum((total.by(metric) for total in result.sums.values()), Decimal(0)) for result in results[first:]]


def _shown(part: Outlook, *, interval: bool) -> dict[str, Any]:
    bounds = {
        "PredictionIntervalLowerBound": costs.amount(part.low),
        "PredictionIntervalUpperBound": costs.amount(part.high),
    }
    mean = {"TimePeriod": part.period.shown(), "MeanValue": costs.amount(part.mean)}
    return mean | bounds if interval else mean
