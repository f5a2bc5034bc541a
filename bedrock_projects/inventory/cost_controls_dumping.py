"""Writes budgets, anomaly alerts and publications as sections of a file again: merged, so without defaults."""

from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar

from bedrock_projects.model import Alert, AnomalyAlert, Budget, Inventory, Publication

Written: TypeAlias = str | int | list[str] | list[dict[str, "Written"]] | dict[str, "Written"]
_CostControl = TypeVar("_CostControl", Budget, AnomalyAlert)


def dumped_cost_controls(inventory: Inventory) -> dict[str, Written]:
    """The three sections, without empty ones."""
    sections: dict[str, Written] = {
        "budgets": _by_key(inventory.budgets, _counted, _budget),
        "anomaly_alerts": _by_key(inventory.anomaly_alerts, _watched, _alert),
        "publish": _publish(inventory.publications),
    }
    return {key: section for key, section in sections.items() if section}


def _by_key(
    cost_controls: Sequence[_CostControl],
    identity: Callable[[_CostControl], dict[str, Written]],
    settings: Callable[[_CostControl], dict[str, Written]],
) -> dict[str, Written]:
    """Entries by key: the settings of the first one, if all have them; the others as overrides."""
    groups: dict[str, list[_CostControl]] = {}
    for control in cost_controls:
        groups.setdefault(control.key, []).append(control)
    entries: dict[str, Written] = {}
    for key, group in sorted(groups.items()):
        shared = {name: value for name, value in settings(group[0]).items() if all(name in settings(o) for o in group)}
        overrides: dict[str, Written] = {
            control.environment: {name: value for name, value in settings(control).items() if shared.get(name) != value}
            for control in group
            if control.environment is not None
        }
        entries[key] = {**identity(group[0]), **shared, **({"environments": overrides} if overrides else {})}
    return entries


def _counted(budget: Budget) -> dict[str, Written]:
    if budget.tag:
        return {"tag": {budget.tag[0]: budget.tag[1]}}
    return {"project": budget.project or ""}


def _budget(budget: Budget) -> dict[str, Written]:
    alerts: list[dict[str, Written]] = [_budget_alert(alert) for alert in budget.alerts]
    return {"amount": budget.amount, "period": budget.period, "alerts": alerts}


def _budget_alert(alert: Alert) -> dict[str, Written]:
    return {"at": alert.at, "of": alert.of, "notify": list(alert.notify)}


def _watched(alert: AnomalyAlert) -> dict[str, Written]:
    return {"tag_key": alert.tag_key}


def _alert(alert: AnomalyAlert) -> dict[str, Written]:
    thresholds = {"above": alert.above, "above_percent": alert.above_percent}
    return {
        **{key: value for key, value in thresholds.items() if value is not None},
        "frequency": alert.frequency,
        "notify": list(alert.notify),
    }


def _publish(publications: Sequence[Publication]) -> Written:
    if not publications:
        return {}
    environments: dict[str, Written] = {
        publication.environment: {
            **({"parameters": publication.parameters} if publication.parameters else {}),
            **(
                {"inference": {key: list(roles) for key, roles in publication.inference.items()}}
                if publication.inference
                else {}
            ),
        }
        for publication in publications
    }
    return {"environments": environments}
