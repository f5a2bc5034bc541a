"""What a stack deploys: its environment's entries, the inputs of their resources, and where they are."""

from dataclasses import dataclass

from bedrock_projects.aws.endpoints import RegionalEndpoint
from bedrock_projects.errors import SettingsError
from bedrock_projects.model import Environment, Inventory, Project
from bedrock_projects.projects.changes import DeclaredProject, declare
from bedrock_projects.stacks.settings import OF_THE_STACK, Settings, check_region


@dataclass(frozen=True)
class Deployment:
    """One environment of an inventory; `declared` are the inputs of the `entries`, in the same order.

    `endpoints` are all that the environment uses: its own, those of its entries, and those that entries move from;
    sorted. `stack` is the full name of the stack, `<organization>/<project>/<stack>`; None if only the
    engine knows it.
    """

    environment: Environment
    entries: tuple[Project, ...]
    declared: tuple[DeclaredProject, ...]
    endpoints: tuple[RegionalEndpoint, ...]
    stack: str | None = None

    def require_endpoints(self) -> tuple[RegionalEndpoint, ...]:
        """The endpoints in use; SettingsError if there is none, so that nothing can be looked at."""
        if not self.endpoints:
            raise SettingsError(
                f"environment {self.environment.name!r} has no project and no region, so that nothing can be looked "
                "at; give it a `region`, or run `pulumi config set aws:region <region>`"
            )
        return self.endpoints


def deployment_of(settings: Settings, inventory: Inventory, *, stack: str | None = None) -> Deployment:
    """The deployment that a stack's settings pick; SettingsError if they and the inventory disagree."""
    environment = inventory.environment(settings.environment, remedy=OF_THE_STACK)
    check_region(settings, environment)
    entries = inventory.in_environment(environment.name)
    declared = tuple(declare(entry, inventory, region=settings.region, stack=stack) for entry in entries)
    endpoints = inventory.endpoints(environment.name, default=settings.region)
    return Deployment(environment, entries, declared, endpoints, stack)
