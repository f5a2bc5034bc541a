"""Budgets and anomaly alerts in the form of AWS: what a stack declares, decided from the inventory alone.

A budget or alert belongs to the management account and exists once. If it names environments, the stack of each of
them declares it (`scope: all`), or the one stack with `scope: billing` declares all. If it names none, that stack
declares it, or the stack of the only environment. A stack with `scope: projects` declares none.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bedrock_projects.arns import is_arn
from bedrock_projects.cost_controls.naming import digest, shortened
from bedrock_projects.limits import MONITOR_RESOURCE
from bedrock_projects.model import (
    Alert,
    AnomalyAlert,
    Budget,
    Inventory,
    budgeted_owners,
    cost_control_name,
    monitored_owners,
)
from bedrock_projects.printing import for_terminal
from bedrock_projects.stacks.settings import Settings

_TIME_UNITS = {"daily": "DAILY", "monthly": "MONTHLY", "quarterly": "QUARTERLY", "yearly": "ANNUALLY"}
_TAG_PREFIX = "bedrock-projects:"


@dataclass(frozen=True, kw_only=True)
class BudgetInputs:
    """One budget. `resource` is its name in the stack, `former` are its previous names there.

    `counted_keys` are the tag keys that must be active for it to count. `notifications` are as the resource expects.
    """

    resource: str
    former: tuple[str, ...]
    name: str
    amount: str
    time_unit: str
    cost_filter: tuple[str, ...]
    notifications: tuple[dict[str, Any], ...]
    counted_keys: frozenset[str]
    tags: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class MonitorInputs:
    """One monitor; `specification` is the JSON text of an expression, and a part of the name `resource`."""

    resource: str
    specification: str


@dataclass(frozen=True, kw_only=True)
class SubscriptionInputs:
    """Who is notified of what the monitors find; `threshold` and `subscribers` are as the resource expects."""

    resource: str
    former: tuple[str, ...]
    name: str
    monitors: tuple[MonitorInputs, ...]
    frequency: str
    threshold: dict[str, Any]
    subscribers: tuple[dict[str, str], ...]
    tags: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class CostControlInputs:
    """What a stack declares in the management account; `left_out` are keys that another stack must declare."""

    budgets: tuple[BudgetInputs, ...] = ()
    subscriptions: tuple[SubscriptionInputs, ...] = ()
    left_out: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.budgets or self.subscriptions)


def cost_control_inputs(settings: Settings, inventory: Inventory) -> CostControlInputs:
    """The cost controls that a stack with these settings declares."""
    if settings.scope == "projects":
        return CostControlInputs()
    ours: set[str | None] = {settings.environment}
    if settings.scope == "billing" or len(inventory.environments) == 1:
        ours = {None, *inventory.environments}
    declared: list[Budget | AnomalyAlert] = [*inventory.budgets, *inventory.anomaly_alerts]
    return CostControlInputs(
        budgets=tuple(budget_inputs(budget, inventory) for budget in inventory.budgets if budget.environment in ours),
        subscriptions=tuple(
            subscription_inputs(alert, inventory) for alert in inventory.anomaly_alerts if alert.environment in ours
        ),
        left_out=() if None in ours else tuple(control.key for control in declared if control.environment is None),
    )


def budget_inputs(budget: Budget, inventory: Inventory) -> BudgetInputs:
    """The budget as AWS Budgets expects it.

    Only Bedrock projects have the ownership tag, so other costs with the same tag are not counted.
    https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Budget.html
    """
    tag = [f"user:{budget.tag[0]}${budget.tag[1]}"] if budget.tag else []
    owned = [f"user:{inventory.ownership_tag_key}${owner}" for owner in budgeted_owners(budget, inventory.projects)]
    return BudgetInputs(
        resource=_resource(budget),
        former=_former(budget, inventory),
        name=cost_control_name(inventory.name, budget.environment, budget.key),
        amount=budget.amount,
        time_unit=_TIME_UNITS[budget.period],
        cost_filter=(*tag, *owned),
        notifications=tuple(map(_notification, budget.alerts)),
        counted_keys=frozenset({inventory.ownership_tag_key, *([budget.tag[0]] if budget.tag else [])}),
        tags=cost_control_tags(inventory, budget.environment, budget.key),
    )


def subscription_inputs(alert: AnomalyAlert, inventory: Inventory) -> SubscriptionInputs:
    """The alert as Cost Anomaly Detection expects it, with a monitor for the projects of each value of the tag key.

    https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_AnomalySubscription.html
    """
    return SubscriptionInputs(
        resource=_resource(alert),
        former=_former(alert, inventory),
        name=cost_control_name(inventory.name, alert.environment, alert.key),
        monitors=tuple(_monitors(alert, inventory)),
        frequency=alert.frequency.upper(),
        threshold=_threshold(alert),
        subscribers=tuple({"type": _channel(subscriber), "address": subscriber} for subscriber in alert.notify),
        tags=cost_control_tags(inventory, alert.environment, alert.key),
    )


def cost_control_tags(inventory: Inventory, environment: str | None, key: str) -> dict[str, str]:
    """The tags of all other resources of a stack; never the ownership tag, which is for projects only."""
    tags = {"inventory": inventory.name, "key": key, **({"environment": environment} if environment else {})}
    return {f"{_TAG_PREFIX}{name}": value for name, value in tags.items()}


def pending_budgets_notice(budgets: Sequence[BudgetInputs], pending: Collection[str]) -> str | None:
    """One warning that names the budgets with pending tag keys; None if there are none."""
    waiting = {budget.name: sorted(budget.counted_keys & set(pending)) for budget in budgets}
    lines = [f"  {name}: {', '.join(keys)}" for name, keys in sorted(waiting.items()) if keys]
    if not lines:
        return None
    return for_terminal(
        "these budgets count nothing until their tags are active in Billing:",
        *lines,
        "Earlier costs are never counted. `pulumi up` activates the tags as soon as Billing lists them.",
    )


def left_out_notice(left_out: Sequence[str]) -> str:
    """One warning that names the budgets and alerts for all environments; `left_out` is not empty."""
    return (
        f"this stack does not declare what applies to all environments: {', '.join(left_out)}. Declare them with a "
        "stack that has `scope: billing`, or write `environments: [<name>]` in each for one environment"
    )


def _resource(control: Budget | AnomalyAlert) -> str:
    return ".".join(part for part in (control.environment, control.key) if part)


def _former(control: Budget | AnomalyAlert, inventory: Inventory) -> tuple[str, ...]:
    if control.environment is None:
        return ()
    return tuple(f"{alias}.{control.key}" for alias in inventory.environments[control.environment].aliases)


def _notification(alert: Alert) -> dict[str, Any]:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Notification.html."""
    by_channel = {
        "subscriber_email_addresses": [subscriber for subscriber in alert.notify if _channel(subscriber) == "EMAIL"],
        "subscriber_sns_topic_arns": [subscriber for subscriber in alert.notify if _channel(subscriber) == "SNS"],
    }
    return {
        "notification_type": "FORECASTED" if alert.of == "forecast" else "ACTUAL",
        "comparison_operator": "GREATER_THAN",
        "threshold": float(Decimal(alert.at.removesuffix("%"))),
        "threshold_type": "PERCENTAGE" if alert.at.endswith("%") else "ABSOLUTE_VALUE",
        **{key: subscribers for key, subscribers in by_channel.items() if subscribers},
    }


def _channel(subscriber: str) -> str:
    return "SNS" if is_arn(subscriber) else "EMAIL"


def _monitors(alert: AnomalyAlert, inventory: Inventory) -> Iterator[MonitorInputs]:
    """AWS cannot change what a monitor watches: a new specification needs a new monitor, so the name contains it.

    https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_UpdateAnomalyMonitor.html
    """
    key = inventory.ownership_tag_key
    for value, owners in monitored_owners(alert, inventory.projects, ownership_key=key):
        specification = json.dumps({"Tags": {"Key": key, "Values": owners}})
        suffix = f".{digest(specification)}"
        readable = shortened(f"{_resource(alert)}/{value}", MONITOR_RESOURCE - len(suffix))
        yield MonitorInputs(resource=readable + suffix, specification=specification)


def _threshold(alert: AnomalyAlert) -> dict[str, Any]:
    wanted = {
        "ANOMALY_TOTAL_IMPACT_ABSOLUTE": alert.above,
        "ANOMALY_TOTAL_IMPACT_PERCENTAGE": alert.above_percent and alert.above_percent.removesuffix("%"),
    }
    conditions = [
        {"dimension": {"key": key, "match_options": ["GREATER_THAN_OR_EQUAL"], "values": [value]}}
        for key, value in wanted.items()
        if value
    ]
    return conditions[0] if len(conditions) == 1 else {"ands": conditions}
