"""What a change of budgets, anomaly alerts and publications will do, told from the two inventories alone."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from bedrock_projects.model import AnomalyAlert, Budget, Inventory, Publication

CostControlKind = Literal["budget", "alert", "published"]
Found: TypeAlias = tuple[CostControlKind, str, str]
"""Kind, what happens, and the key of the entry."""

_Facts: TypeAlias = Mapping[str, Mapping[str, str]]


def cost_control_changes(
    before: Inventory, after: Inventory, *, environment: str | None, former: str | None
) -> Iterator[Found]:
    """What happens in one environment, which was called `former`; None: to what is for all environments together."""
    budgets = (_facts(each.budgets, of) for each, of in ((before, former), (after, environment)))
    yield from _compared("budget", *budgets)
    alerts = (_facts(each.anomaly_alerts, of) for each, of in ((before, former), (after, environment)))
    yield from _compared("alert", *alerts)
    published = (_published(each.publications, of) for each, of in ((before, former), (after, environment)))
    yield from _compared("published", *published)


def cost_controls_declared_in(environment: str, inventory: Inventory) -> list[object]:
    """What the stack of an environment declares of these; what is for all of several is another stack's."""
    places = (environment, None) if len(inventory.environments) == 1 else (environment,)
    payers: list[Budget | AnomalyAlert] = [*inventory.budgets, *inventory.anomaly_alerts]
    published = [each for each in inventory.publications if each.environment == environment]
    return [*(each for each in payers if each.environment in places), *published]


def _compared(kind: CostControlKind, before: _Facts, after: _Facts) -> Iterator[Found]:
    for key in sorted(before.keys() | after.keys()):
        if key not in before:
            yield kind, f"new: {', '.join(f'{name} {fact}' for name, fact in after[key].items())}", key
        elif key not in after:
            yield kind, "removed", key
        else:
            old, new = before[key], after[key]
            for name in sorted(old.keys() | new.keys()):
                if old.get(name) != new.get(name):
                    yield kind, f"{name} {old.get(name, '(none)')} → {new.get(name, '(none)')}", key


def _facts(cost_controls: Sequence[Budget] | Sequence[AnomalyAlert], environment: str | None) -> _Facts:
    return {
        each.key: _of_budget(each) if isinstance(each, Budget) else _of_alert(each)
        for each in cost_controls
        if each.environment == environment
    }


def _of_budget(budget: Budget) -> dict[str, str]:
    return {
        "amount": f"{budget.amount} USD {budget.period}",
        "for": f"{budget.tag[0]}: {budget.tag[1]}" if budget.tag else f"project {budget.project}",
        "alerts": "; ".join(f"{each.at} of {each.of} to {', '.join(each.notify)}" for each in budget.alerts),
    }


def _of_alert(alert: AnomalyAlert) -> dict[str, str]:
    thresholds = [f"{alert.above} USD" if alert.above else "", alert.above_percent or ""]
    return {
        "by": alert.tag_key,
        "above": " and ".join(filter(None, thresholds)),
        "told": f"{alert.frequency} to {', '.join(alert.notify)}",
    }


def _published(publications: Sequence[Publication], environment: str | None) -> _Facts:
    found = next((each for each in publications if each.environment == environment), None)
    if found is None:
        return {}
    parameters = {"all projects": {"parameters": f"{found.parameters}/<key>/project-id"}} if found.parameters else {}
    return parameters | {key: {"inference by": ", ".join(roles)} for key, roles in found.inference.items()}
