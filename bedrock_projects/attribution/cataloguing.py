"""Makes a catalogue from the outputs of stacks and their inventory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bedrock_projects.attribution.catalogue import Catalogue, CatalogueEnvironment, project_from
from bedrock_projects.errors import SettingsError
from bedrock_projects.model import Inventory


@dataclass(frozen=True)
class Deployed:
    """One stack: its environment's region, and its output `projects` as JSON."""

    stack: str
    environment: str
    region: str | None
    projects: Mapping[str, Any]


def catalogue_of(inventory: Inventory, stacks: Sequence[Deployed]) -> Catalogue:
    """The catalogue of these stacks; SettingsError if two have the same environment, or an output is invalid."""
    environments: dict[str, CatalogueEnvironment] = {}
    for deployed in stacks:
        name = deployed.environment
        if name in environments:
            raise SettingsError(
                f"stack {deployed.stack!r}: environment {name!r} already has another stack; name only one"
            )
        environments[name] = _environment(inventory, deployed)
    declared: dict[str, list[str]] = {}
    for entry in inventory.projects:
        declared.setdefault(entry.key, []).append(entry.environment)
    return Catalogue(
        inventory=inventory.name,
        environments=dict(sorted(environments.items())),
        declared=dict(sorted(declared.items())),
    )


def _environment(inventory: Inventory, deployed: Deployed) -> CatalogueEnvironment:
    try:
        projects = {key: project_from(key, value) for key, value in sorted(deployed.projects.items())}
    except ValueError as error:
        raise SettingsError(f"stack {deployed.stack!r}, output `projects`: {error}") from None
    return CatalogueEnvironment(
        account=next(
            (project.account for project in projects.values() if project.account),
            inventory.environment(deployed.environment).account,
        ),
        region=deployed.region,
        base_url=next(
            (
                project.base_url
                for project in projects.values()
                if project.base_url and project.region == deployed.region
            ),
            None,
        ),
        projects=projects,
    )
