"""The budgets of the inventory against what they count of a month, and their forecasts: pure functions.

A budget is on the statement of the value of the charged tag that it names. It counts as in AWS Budgets: direct cost of
its projects before any rule of the chargeback, with discounts, without what `NOT_BUDGETED` names. So `actual` is not
the total of the statement.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

from bedrock_projects.chargeback.costs import MonthCosts
from bedrock_projects.chargeback.rules import Chargeback, Value
from bedrock_projects.chargeback.splitting import exact_sum, rounded
from bedrock_projects.chargeback.statements import places_of
from bedrock_projects.model import BUDGET_CURRENCY, NOT_BUDGETED, Budget, Inventory, budgeted_owners, cost_control_name

ForecastSource = Literal["AWS Budgets", "run rate"]


class BudgetForecast(Value):
    """What a budget will count of its month, and who says so."""

    amount: Decimal
    source: ForecastSource


class MonthBudget(Value):
    """A monthly budget of a value of the charged tag, in the currency of the bill, with what it counts of a month.

    `environment` is empty for all together. A month that is over has no `forecast`.
    """

    key: str
    environment: str = ""
    value: str
    amount: Decimal
    actual: Decimal
    forecast: BudgetForecast | None = None


class MonthBudgets(NamedTuple):
    """The budgets of a month, by value, environment and key, and sentences on those that no statement has."""

    budgets: tuple[MonthBudget, ...]
    notes: tuple[str, ...]


def charged_budgets(inventory: Inventory, rules: Chargeback) -> tuple[Budget, ...]:
    """The budgets that statements by these rules have."""
    return tuple(budget for budget in inventory.budgets if not _reason(budget, rules))


def month_budgets(inventory: Inventory, rules: Chargeback, costs: MonthCosts) -> MonthBudgets:
    """What each budget counts of these costs; a former value of the charged tag counts as its current name."""
    left_out: dict[str, list[str]] = {}
    charged: list[MonthBudget] = []
    for budget in inventory.budgets:
        if reason := _reason(budget, rules) or _other_currency(costs):
            left_out.setdefault(reason, []).append(label_of(budget.key, budget.environment or ""))
        else:
            charged.append(_counted(budget, _value(budget, rules.by), inventory, costs))
    notes = [f"budgets without a statement, because {reason}: {', '.join(names)}" for reason, names in left_out.items()]
    charged.sort(key=lambda budget: (budget.value, budget.environment, budget.key))
    return MonthBudgets(tuple(charged), tuple(notes))


def renamed_since(inventory: Inventory, key: str, first: date) -> frozenset[str]:
    """The current names of the values of a tag key that got a new name on this day or later."""
    tag_key = inventory.tag_keys.get(key)
    if tag_key is None:
        return frozenset()
    return frozenset(tag_key.current_value(each.former) for each in tag_key.renamed if each.since >= first)


def with_forecasts(
    budgets: Iterable[MonthBudget],
    own: Mapping[str, Decimal],
    *,
    inventory: str,
    elapsed: int,
    days: int,
    renamed: Collection[str] = (),
) -> tuple[MonthBudget, ...]:
    """The budgets with forecasts of their month, of which `elapsed` of its `days` have costs.

    `own` are the forecasts of AWS Budgets by the name of the budget there. One that is less than what is used already
    is of a budget that does not count all of it, for example because its tags are pending. Nor does one of a value that
    was `renamed` in the month: AWS Budgets counts none of its former name. Then, and without any, the forecast is the
    run rate; on the first day there is none.
    """

    def forecast(budget: MonthBudget) -> BudgetForecast | None:
        name = cost_control_name(inventory, budget.environment or None, budget.key)
        amount = None if budget.value in renamed else own.get(name)
        return _forecast(budget, amount, elapsed=elapsed, days=days)

    return tuple(budget.model_copy(update={"forecast": forecast(budget)}) for budget in budgets)


def label_of(key: str, environment: str) -> str:
    """The key of a budget, with the environment if it is of one."""
    return f"{key} ({environment})" if environment else key


def _reason(budget: Budget, rules: Chargeback) -> str:
    """Why no statement has the budget; empty if one has it."""
    if not _value(budget, rules.by):
        return f"they do not count by the tag {rules.by}"
    if budget.period != "monthly":
        return "they are not monthly"
    if rules.cost != "billed":
        return f"they count billed cost, and the statements have {rules.cost} cost"
    return ""


def _value(budget: Budget, by: str) -> str:
    """The value of the charged tag that the budget counts; empty if it counts by something else."""
    key, value = budget.tag or ("", "")
    return value if key == by else ""


def _other_currency(costs: MonthCosts) -> str:
    if costs.currency == BUDGET_CURRENCY:
        return ""
    return f"they are in {BUDGET_CURRENCY}, and the statements in {costs.currency}"


def _counted(budget: Budget, value: str, inventory: Inventory, costs: MonthCosts) -> MonthBudget:
    owners = set(budgeted_owners(budget, inventory.projects))
    return MonthBudget(
        key=budget.key,
        environment=budget.environment or "",
        value=value,
        amount=Decimal(budget.amount),
        actual=exact_sum(
            row.amount
            for row in costs.rows
            if row.value == value and row.owner in owners and row.charge_type not in NOT_BUDGETED
        ),
    )


def _forecast(budget: MonthBudget, own: Decimal | None, *, elapsed: int, days: int) -> BudgetForecast | None:
    if own is not None and own >= budget.actual:
        return BudgetForecast(amount=own, source="AWS Budgets")
    if not elapsed:
        return None
    return BudgetForecast(amount=rounded(budget.actual * days / elapsed, places_of(BUDGET_CURRENCY)), source="run rate")
