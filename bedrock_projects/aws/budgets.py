"""The client of AWS Budgets: what each budget forecasts. A request is free.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_DescribeBudgets.html
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.errors import translate_errors
from bedrock_projects.aws.models import BudgetState
from bedrock_projects.aws.session import BILLING_REGION, client_config, open_client
from bedrock_projects.model import BUDGET_CURRENCY

_ATTEMPTS: Final = 5


class BudgetsClient:
    """One method per question; errors are ServiceError."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = str(credentials)
        self._client = open_client(
            "budgets", credentials, region=BILLING_REGION, config=client_config(attempts=_ATTEMPTS)
        )

    def states(self, account: str) -> list[BudgetState]:
        """All budgets of an account."""
        with translate_errors("reading the budgets (budgets:DescribeBudgets)", credentials=self._credentials):
            pages = self._client.get_paginator("describe_budgets").paginate(AccountId=account)
            return [_state(budget) for page in pages for budget in page.get("Budgets", ())]


def _state(budget: Mapping[str, Any]) -> BudgetState:
    forecast = budget.get("CalculatedSpend", {}).get("ForecastedSpend", {})
    is_money = forecast.get("Unit") == BUDGET_CURRENCY
    return BudgetState(
        name=budget["BudgetName"],
        time_unit=budget["TimeUnit"],
        cost_types=budget.get("CostTypes", {}),
        forecast=Decimal(forecast["Amount"]) if is_money else None,
    )
