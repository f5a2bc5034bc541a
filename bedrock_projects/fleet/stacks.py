"""Which stacks a run over many stacks has, and in which order they are run."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bedrock_projects.model import BILLING_STACK, Inventory
from bedrock_projects.stacks.settings import Settings

Operation = Literal["preview", "up", "refresh", "destroy", "doctor", "audit"]

CHECKS: tuple[Operation, ...] = ("doctor", "audit")
"""Commands of this package; the others are the Pulumi CLI's."""


@dataclass(frozen=True)
class FleetStack:
    """A stack, and the environment that it deploys; None: it is for Billing alone."""

    name: str
    environment: str | None


def stacks_of(inventory: Inventory, settings: Mapping[str, Settings]) -> tuple[FleetStack, ...]:
    """A stack for each environment, sorted by environment, then those of Billing.

    `settings` are those of the stacks that have a file: these may deploy an environment of another name. Any other
    stack has the name of its environment.
    """
    named = sorted(settings.items(), key=lambda item: (item[0] == item[1].environment, item[0]))
    # The stack of the environment's own name comes last, so it wins.
    deploying = {stack.environment: name for name, stack in named if stack.scope != "billing"}
    billing = sorted(name for name, stack in settings.items() if stack.scope == "billing")
    if inventory.billing and not billing:
        billing = [BILLING_STACK]
    return (
        *(FleetStack(deploying.get(name, name), name) for name in sorted(inventory.environments)),
        *(FleetStack(name, None) for name in billing),
    )


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

    Billing is last in an `up`, since it activates keys of projects, and first in a destroy. All others read alone.
    """
    projects = tuple(stack for stack in stacks if stack.environment is not None)
    billing = tuple(stack for stack in stacks if stack.environment is None)
    groups = {"up": (projects, billing), "destroy": (billing, projects)}.get(operation, (tuple(stacks),))
    return tuple(group for group in groups if group)
