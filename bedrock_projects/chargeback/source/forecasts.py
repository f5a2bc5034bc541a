"""Asks AWS Budgets what the budgets of an inventory forecast for the running month."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from bedrock_projects.aws.budgets import BudgetsClient
from bedrock_projects.aws.models import BudgetState
from bedrock_projects.errors import AccessDeniedError
from bedrock_projects.model import NOT_BUDGETED

_MONTHLY: Final = "MONTHLY"
_COUNTED: Final[Mapping[str, bool]] = {
    **{f"Include{charge_type.title()}": False for charge_type in NOT_BUDGETED},
    "UseAmortized": False,
    "UseBlended": False,
}
"""The cost types of a budget that counts as a statement shows it. AWS's defaults are not these."""


class OwnForecasts(NamedTuple):
    """The forecasts in US dollars by the name of the budget, and sentences on what is missing."""

    amounts: Mapping[str, Decimal]
    notes: tuple[str, ...] = ()


def own_forecasts(client: BudgetsClient, account: str) -> OwnForecasts:
    """What the monthly budgets of the account forecast; of those that count otherwise than a statement, nothing.

    Raises ServiceError, but not for a missing permission.
    """
    try:
        states = client.states(account)
    except AccessDeniedError as error:
        return OwnForecasts({}, (f"forecasts are run rates, because AWS Budgets was not readable: {error}",))
    return OwnForecasts(
        {state.name: state.forecast for state in states if state.forecast is not None and _counts_alike(state)}
    )


def _counts_alike(state: BudgetState) -> bool:
    return state.time_unit == _MONTHLY and all(
        state.cost_types.get(name) is expected for name, expected in _COUNTED.items()
    )
