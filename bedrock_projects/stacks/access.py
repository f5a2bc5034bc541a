"""What a stack owns and which roles it assumes, if the inventory says so: the settings come from both.

A run goes by `for_deploying`, all that only reads by `for_reading`: a preview, `doctor`, `audit`, `costs` and others.
"""

from dataclasses import replace

from bedrock_projects.model import BILLING_STACK, Billing, Environment, Inventory
from bedrock_projects.stacks.settings import Settings


def for_deploying(settings: Settings, inventory: Inventory) -> Settings:
    """The settings of a run of the stack: with `role_arn` of its environment and of `billing`.

    SettingsError if a role is to be assumed with a Bedrock API key.
    """
    return _completed(settings, inventory, reads_only=False)


def for_reading(settings: Settings, inventory: Inventory) -> Settings:
    """The same for what changes nothing: with `preview_role_arn` if there is one."""
    return _completed(settings, inventory, reads_only=True)


def role_of(holder: Environment | Billing | None, *, reads_only: bool) -> str | None:
    """The role that an environment, or `billing`, has for reading or for all; None if it has none."""
    if holder is None:
        return None
    return (holder.preview_role_arn if reads_only else None) or holder.role_arn


def _completed(settings: Settings, inventory: Inventory, *, reads_only: bool) -> Settings:
    scope = settings.scope
    if inventory.billing and scope == "all":
        scope = "billing" if settings.environment == BILLING_STACK else "projects"
    environment = None if scope == "billing" else inventory.environments.get(settings.environment)
    role = role_of(environment, reads_only=reads_only)
    completed = replace(
        settings,
        scope=scope,
        role_arn=role,
        inventory_billing_role_arn=role_of(inventory.billing, reads_only=reads_only) if inventory.billing else role,
    )
    completed.credentials  # noqa: B018 - raises if they cannot assume the role
    return completed
