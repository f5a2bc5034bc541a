"""Which stacks a run over many stacks has, and in which order they are run."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from bedrock_projects.errors import SettingsError
from bedrock_projects.model import BILLING_STACK, Inventory
from bedrock_projects.stacks.settings import Settings

Operation = Literal["preview", "up", "refresh", "destroy", "doctor", "audit"]

CHECKS: tuple[Operation, ...] = ("doctor", "audit")
"""Commands of this package; the others are the Pulumi CLI's."""


@dataclass(frozen=True)
class FleetStack:
    """A stack, and the environment that it deploys; None: it is for Billing alone.

    `owners` is how the ownership tags of its projects begin.
    """

    name: str
    environment: str | None
    owners: tuple[str, ...] = ()


def stacks_of(inventory: Inventory, settings: Mapping[str, Settings]) -> tuple[FleetStack, ...]:
    """A stack for each environment, sorted by environment, then those of Billing.

    `settings` are those of the stacks that have a file: these may deploy an environment of another name. Any other
    stack has the name of its environment. SettingsError if two stacks are the same, or deploy the same environment.
    """
    billing = sorted(name for name, stack in settings.items() if _is_of_billing(stack, inventory))
    named = sorted(
        (stack.environment, name)
        for name, stack in settings.items()
        if name not in billing and stack.environment in inventory.environments
    )
    for (environment, name), (another, other) in pairwise(named):
        if environment == another:
            raise SettingsError(
                f"Pulumi.{name}.yaml and Pulumi.{other}.yaml both deploy environment {environment!r}; remove one of "
                "them, or write another `environment` into it"
            )
    deploying = dict(named)
    stacks = (
        *(
            FleetStack(deploying.get(name, name), name, inventory.owner_prefixes(name))
            for name in sorted(inventory.environments)
        ),
        *(FleetStack(name, None) for name in billing or ([BILLING_STACK] if inventory.billing else [])),
    )
    for stack in stacks:
        files = billing if stack.environment is None else [deploying.get(stack.environment)]
        if stack.name in settings and stack.name not in files:
            raise SettingsError(_taken(stack, settings[stack.name]))
    return stacks


def _is_of_billing(stack: Settings, inventory: Inventory) -> bool:
    """As a run of the stack decides it."""
    is_declared = inventory.billing is not None and stack.scope == "all" and stack.environment == BILLING_STACK
    return stack.scope == "billing" or is_declared


def _taken(stack: FleetStack, other: Settings) -> str:
    """What is wrong if the stack would have the name of another one, which has these settings."""
    has = f"Pulumi.{stack.name}.yaml has `{_target_of(other)}`"
    if stack.environment is None:
        return f"{has}, and `billing` of the inventory needs this stack; write `environment: billing` into the file"
    return (
        f"{has}, so the stack of environment {stack.environment!r} needs another name; write a file for it, such as "
        f"Pulumi.{stack.name}-2.yaml with `environment: {stack.environment}`"
    )


def _target_of(settings: Settings) -> str:
    return "scope: billing" if settings.scope == "billing" else f"environment: {settings.environment}"


def chosen(
    stacks: Sequence[FleetStack],
    inventory: Inventory,
    *,
    patterns: Sequence[str] = (),
    changed: Collection[str] | None = None,
    billing_changed: bool = False,
) -> tuple[FleetStack, ...]:
    """The stacks whose environments are selected and changed, in the same order; no pattern selects all.

    A stack of Billing is selected by its name. It depends on all environments, so it changes with each of them;
    `billing_changed` says whether what it alone deploys has changed.
    SettingsError if a pattern matches nothing.
    """
    of_billing = {stack.name for stack in stacks if stack.environment is None}
    others = [pattern for pattern in patterns if pattern not in of_billing]
    selected = set(inventory.select(others) if others else ()) if patterns else set(inventory.environments)

    is_billing_changed = changed is None or bool(changed) or billing_changed

    def is_chosen(stack: FleetStack) -> bool:
        if stack.environment is None:
            return (not patterns or stack.name in patterns) and is_billing_changed
        return stack.environment in selected and (changed is None or stack.environment in changed)

    return tuple(filter(is_chosen, stacks))


def waves(stacks: Sequence[FleetStack], operation: Operation) -> tuple[tuple[FleetStack, ...], ...]:
    """The stacks in groups, of which each begins when the one before has ended.

    Billing is last in an `up`, since it activates keys of projects, and last in a destroy, since projects that stay
    need them. All others read alone.
    """
    projects = tuple(stack for stack in stacks if stack.environment is not None)
    billing = tuple(stack for stack in stacks if stack.environment is None)
    groups = (projects, billing) if operation in ("up", "destroy") else (tuple(stacks),)
    return tuple(group for group in groups if group)
