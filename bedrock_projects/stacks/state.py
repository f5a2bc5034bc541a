"""The projects in the state of a stack, as `pulumi stack export` prints them and as the engine shows them."""

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bedrock_projects.errors import SettingsError
from bedrock_projects.json_reading import read_json
from bedrock_projects.limits import NO_PROJECT_ID
from bedrock_projects.model import Inventory
from bedrock_projects.projects.changes import ManagedProject
from bedrock_projects.projects.properties import managed_from
from bedrock_projects.stacks.files import stack_basename
from bedrock_projects.stacks.pulumi_cli import one_line, remedy_for, run_pulumi

PROJECT_TYPE = "pulumi-python:dynamic/bedrock:Project"
SET_TYPE = "bedrock-projects:components:BedrockProjects"
"""The component that declares the projects of an inventory."""


@dataclass(frozen=True)
class StackState:
    """The projects in the state of a stack.

    `held` are by the name of their resource: the key of the entry, perhaps a former one. `doomed` are what the next run
    deletes in any case: what a replacement left, and a second one of the same name. `of_sets` are the ids of those that
    a set of projects declares. `is_whole` is whether the CLI showed it: to a program, the engine shows less.
    """

    held: Mapping[str, ManagedProject] = field(default_factory=dict)
    doomed: tuple[ManagedProject, ...] = ()
    of_sets: frozenset[str] = frozenset()
    is_whole: bool = False

    @property
    def all(self) -> tuple[ManagedProject, ...]:
        """Both."""
        return (*self.held.values(), *self.doomed)

    @property
    def archived_by_destroy(self) -> list[str]:
        """The ids of the projects that a destroy of the stack archives."""
        return [
            project.id
            for project in self.all
            if project.declared.status == "active" and not project.declared.is_released and project.id != NO_PROJECT_ID
        ]

    def owners_besides(self, prefixes: tuple[str, ...]) -> list[str]:
        """Inventory and environment of projects whose ownership tag begins with none of these, sorted."""
        owners = (project.declared.owner for project in self.all if project.declared.status == "active")
        return sorted({owner.rpartition("/")[0] for owner in owners if owner and not owner.startswith(prefixes)})

    def of_inventory(self, inventory: Inventory) -> "StackState":
        """What is of this inventory, or of a set of projects: a program may have single projects too."""
        names = {inventory.name, inventory.previous_name, ""}

        def is_own(managed: ManagedProject) -> bool:
            return managed.id in self.of_sets or managed.declared.owner.partition("/")[0] in names

        held = {name: managed for name, managed in self.held.items() if is_own(managed)}
        return replace(self, held=held, doomed=tuple(filter(is_own, self.doomed)))


def state_of(resources: Iterable[Mapping[str, Any]]) -> StackState:
    """The projects among the resources of a state.

    Raises KeyError, TypeError or AttributeError for what is not a resource.
    """
    held: dict[str, ManagedProject] = {}
    doomed = []
    projects = [resource for resource in resources if resource["type"] == PROJECT_TYPE]
    # What `pulumi state move` put next to the component, under the name of one in it, is deleted.
    for resource in sorted(projects, key=lambda resource: resource["urn"].count("$"), reverse=True):
        name, managed = resource["urn"].rpartition("::")[2], managed_from(resource["id"], resource["outputs"])
        if resource.get("delete") or name in held:
            doomed.append(managed)
        else:
            held[name] = managed
    of_sets = frozenset(resource["id"] for resource in projects if f"{SET_TYPE}$" in resource["urn"])
    return StackState(held=held, doomed=tuple(doomed), of_sets=of_sets)


def exported_state(stack: str, *, protected: bool = True) -> StackState:
    """The projects in the state of a stack, as the Pulumi CLI shows it; perhaps without those that are protected.

    Raises SettingsError if the CLI shows no state.
    """
    if not shutil.which("pulumi"):
        raise SettingsError(f"the state of stack {stack} cannot be read: `pulumi` is not on PATH")
    code, stdout, stderr = run_pulumi("stack", "export", "--stack", stack, "--non-interactive")
    if code:
        said = one_line(stderr)
        raise SettingsError(f"the state of stack {stack} cannot be read: {said}; {remedy_for(stack, said)}")
    try:
        deployment = read_json(stdout)["deployment"] or {}
        resources = deployment.get("resources") or []
        state = state_of(resource for resource in resources if protected or not resource.get("protect"))
        return replace(state, is_whole=protected)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SettingsError(f"`pulumi stack export` printed no state of stack {stack}") from None


def full_name(stack: str, *, project: str, state: StackState) -> str | None:
    """`<organization>/<project>/<stack>`; None if the organization cannot be known.

    It is that of `stack`, which may be `<organization>/<stack>` or the full name, or that of the state. A backend of
    one's own always calls it `organization`.
    """
    parts = stack.split("/")
    recorded = (managed.declared.stack for managed in state.all)
    organization = parts[0] if parts[1:] else next((name.partition("/")[0] for name in recorded if name), None)
    if organization is None:
        code, stdout, _ = run_pulumi("whoami", "--verbose", "--json")
        organization = None if code or '"url": "http' in stdout else "organization"
    return f"{organization}/{project}/{stack_basename(stack)}" if organization else None
