"""What AWS shows at an endpoint in a region, as a value that a plan is made from."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.projects.changes import DeclaredProject, update_from


@dataclass(frozen=True)
class Listing:
    """The projects without `default`, archived ones among them if the service lists them.

    They are looked up by id, tag value and name: to compare 1,000 entries with 1,000 projects would be a million
    comparisons.
    """

    projects: tuple[RemoteProject, ...] = ()

    @cached_property
    def _by_id(self) -> Mapping[str, RemoteProject]:
        return {project.id: project for project in self.projects}

    @cached_property
    def _by_tag_value(self) -> Mapping[str, list[RemoteProject]]:
        by_value: dict[str, list[RemoteProject]] = {}
        for project in self.projects:
            for value in set(project.tags.values()):
                by_value.setdefault(value, []).append(project)
        return by_value

    @cached_property
    def _active_by_name(self) -> Mapping[str, list[RemoteProject]]:
        by_name: dict[str, list[RemoteProject]] = {}
        for project in self.projects:
            if project.status == "active":
                by_name.setdefault(project.name, []).append(project)
        return by_name

    def get(self, project_id: str) -> RemoteProject | None:
        """The project of that id, if it is listed."""
        return self._by_id.get(project_id)

    def named(self, name: str) -> list[RemoteProject]:
        """The active projects of that name."""
        return self._active_by_name.get(name, [])

    def owned_by(self, entry: DeclaredProject, *, status: str = "active") -> list[RemoteProject]:
        """The projects with the entry's ownership tag, those under its present name first."""
        values = dict.fromkeys((entry.owner, *entry.previous_owners))
        near = {project.id: project for value in values for project in self._by_tag_value.get(value, ())}
        return owned_by(entry, near.values(), status=status)

    def without(self, project_id: str) -> "Listing":
        """The same listing without a project that is gone since."""
        return Listing(tuple(project for project in self.projects if project.id != project_id))

    def with_fresh(self, fresh: RemoteProject) -> "Listing":
        """The same listing with one project as it was read just now."""
        return Listing((*self.without(fresh.id).projects, fresh))


def owned_by(
    entry: DeclaredProject, projects: Iterable[RemoteProject], *, status: str = "active"
) -> list[RemoteProject]:
    """Those of the projects with the entry's ownership tag, those under its present name first."""
    owned = [project for project in projects if project.status == status and entry.owns(project.tags)]
    return sorted(owned, key=lambda project: project.tags.get(entry.owner_tag_key) != entry.owner)


def settled_by(declared: Iterable[DeclaredProject]) -> Callable[[RemoteProject], bool]:
    """Whether a project is exactly as its entry among these declares it, so that a run sends nothing to it."""
    entries = {(entry.owner_tag_key, entry.owner): entry for entry in declared if entry.status == "active"}

    def settled(project: RemoteProject) -> bool:
        entry = next((entries[tag] for tag in project.tags.items() if tag in entries), None)
        return entry is not None and project.status == "active" and not update_from(project, entry)

    return settled
