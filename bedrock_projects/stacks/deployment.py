"""What a stack deploys: its environment's entries, and the inputs of their resources."""

from dataclasses import dataclass

from bedrock_projects.model import Environment, Inventory, Project
from bedrock_projects.projects.changes import DeclaredProject, declare
from bedrock_projects.stacks.settings import OF_THE_STACK, Settings, check_region


@dataclass(frozen=True)
class Deployment:
    """One environment of an inventory; `declared` are the inputs of the `entries`, in the same order."""

    environment: Environment
    entries: tuple[Project, ...]
    declared: tuple[DeclaredProject, ...]


def deployment_of(settings: Settings, inventory: Inventory) -> Deployment:
    """The deployment that a stack's settings pick; SettingsError where they and the inventory disagree."""
    environment = inventory.environment(settings.environment, remedy=OF_THE_STACK)
    check_region(settings, environment)
    entries = inventory.in_environment(environment.name)
    declared = tuple(declare(entry, inventory, region=settings.region) for entry in entries)
    return Deployment(environment, entries, declared)
