"""What a stack owns and which roles it assumes, if the inventory says so: the settings come from both.

A run goes by `for_deploying`, all that only reads by `for_reading`: a preview, `doctor`, `audit`, `costs` and others.
"""

from dataclasses import replace
from pathlib import Path

from bedrock_projects import inventory as inventories
from bedrock_projects.errors import SettingsError
from bedrock_projects.model import BILLING_STACK, Billing, Environment, Inventory
from bedrock_projects.stacks.files import (
    program_settings,
    remedy_without_file,
    settings_file,
    settings_of,
    stack_basename,
    stack_file,
    stack_names,
)
from bedrock_projects.stacks.settings import Settings


def settings_of_stack(stack: str, *, file: Path | None = None) -> Settings:
    """The settings of a stack of the program in the current folder, as its file has them; see `settings_of`.

    A stack that `run` has made has no file there: if the inventory has an environment of that name, or `billing`, the
    settings are those of Pulumi.yaml. `file` is that of the stack, if it is not the CLI's own.
    """
    own = stack_file(stack, folder=Path())
    if (file or own) == own and not own.exists():
        program, name = program_settings(Path()), stack_basename(stack)
        contents = inventories.load(program.inventory)
        if name in contents.environments or (contents.billing and name == BILLING_STACK):
            return replace(program, environment=name)
        known = {*stack_names(Path()), *contents.environments}
        raise SettingsError(f"{own} does not exist; {remedy_without_file(stack, known)}")
    return settings_of(stack, folder=Path(), file=file)


def chosen_settings(stack: str | None, *, inventory: Path | None = None, environment: str | None = None) -> Settings:
    """What a command goes by: the settings of a stack in the current folder, or none, and what was given with it."""
    if stack is None:
        return Settings(environment=environment or "", inventory=inventory or Path("projects.yaml"))
    read = settings_of_stack(stack, file=settings_file(stack, folder=Path()))
    return replace(read, inventory=inventory or read.inventory, environment=environment or read.environment)


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
