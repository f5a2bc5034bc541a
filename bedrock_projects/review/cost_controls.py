"""Compares the budgets, anomaly alerts, publications, data exports and chargeback rules of two inventories."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from bedrock_projects.model import AnomalyAlert, Budget, Inventory, Publication
from bedrock_projects.review.chargeback import chargeback_rules
from bedrock_projects.review.exports import created_exports, read_exports

CostControlKind = Literal["budget", "alert", "published", "created_export", "export", "chargeback"]
CostControlChange: TypeAlias = tuple[CostControlKind, str, str]
"""The kind, the change, and the key of the entry."""

_Facts: TypeAlias = Mapping[str, Mapping[str, str]]


def cost_control_changes(
    before: Inventory, after: Inventory, *, environment: str | None, former: str | None
) -> Iterator[CostControlChange]:
    """The changes in one environment, formerly called `former`; None means those for all environments together."""
    budgets = (_facts(inventory.budgets, of) for inventory, of in ((before, former), (after, environment)))
    yield from _compared("budget", *budgets)
    alerts = (_facts(inventory.anomaly_alerts, of) for inventory, of in ((before, former), (after, environment)))
    yield from _compared("alert", *alerts)
    published = (_published(inventory.publications, of) for inventory, of in ((before, former), (after, environment)))
    yield from _compared("published", *published)
    if environment is None:
        yield from _compared("created_export", created_exports(before.exports), created_exports(after.exports))
        yield from _compared("export", read_exports(before.exports), read_exports(after.exports))
        yield from _compared("chargeback", chargeback_rules(before.chargeback), chargeback_rules(after.chargeback))


def cost_controls_declared_in(environment: str, inventory: Inventory) -> list[object]:
    """The budgets, alerts, exports and publications of an environment's stack; another stack has those of several."""
    places = (environment, None) if len(inventory.environments) == 1 else (environment,)
    in_management_account: list[Budget | AnomalyAlert] = [*inventory.budgets, *inventory.anomaly_alerts]
    published = [publication for publication in inventory.publications if publication.environment == environment]
    exports = [export for export in inventory.exports if export.creation and None in places]
    return [*(control for control in in_management_account if control.environment in places), *exports, *published]


def _compared(kind: CostControlKind, before: _Facts, after: _Facts) -> Iterator[CostControlChange]:
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
        control.key: _of_budget(control) if isinstance(control, Budget) else _of_alert(control)
        for control in cost_controls
        if control.environment == environment
    }


def _of_budget(budget: Budget) -> dict[str, str]:
    return {
        "amount": f"{budget.amount} USD {budget.period}",
        "for": f"{budget.tag[0]}: {budget.tag[1]}" if budget.tag else f"project {budget.project}",
        "alerts": "; ".join(f"{alert.at} of {alert.of} to {', '.join(alert.notify)}" for alert in budget.alerts),
    }


def _of_alert(alert: AnomalyAlert) -> dict[str, str]:
    thresholds = [f"{alert.above} USD" if alert.above else "", alert.above_percent or ""]
    return {
        "by": alert.tag_key,
        "above": " and ".join(filter(None, thresholds)),
        "alerts": f"{alert.frequency} to {', '.join(alert.notify)}",
    }


def _published(publications: Sequence[Publication], environment: str | None) -> _Facts:
    published = next((publication for publication in publications if publication.environment == environment), None)
    if published is None:
        return {}
    parameters = (
        {"all projects": {"parameters": f"{published.parameters}/<key>/project-id, …/base-url, …/region"}}
        if published.parameters
        else {}
    )
    return parameters | {key: {"inference by": ", ".join(roles)} for key, roles in published.inference.items()}
