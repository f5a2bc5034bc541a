"""Finds the project that a value of the ownership tag names."""

from collections import Counter
from collections.abc import Mapping

from bedrock_projects.model import Inventory, Project
from bedrock_projects.reports.model import ProjectName

ProjectIds = Mapping[tuple[str, str], str]
"""Project ids by environment and key."""


class ProjectNames:
    """The names of an inventory's projects by values of the ownership tag, former values included.

    `ids` are those of a catalogue; an entry's own `id` needs none.
    """

    def __init__(self, inventory: Inventory, ids: ProjectIds | None = None) -> None:
        self._ids = ids or {}
        self._regions = {environment.name: environment.region for environment in inventory.environments.values()}
        self._inventories = {inventory.name, inventory.previous_name}
        self._by_value = {
            value: self._name_of(project)
            for project in inventory.projects
            for value in (*project.previous_owners, project.owner)
        }
        self._current_values = {project.owner for project in inventory.projects}
        self._uses_of_name = Counter(project.name for project in inventory.projects)

    def find(self, value: str) -> ProjectName | None:
        """The project of `<inventory>/<environment>/<key>`; None for another form or another inventory."""
        inventory, _, rest = value.partition("/")
        environment, _, key = rest.partition("/")
        if inventory not in self._inventories or not key:
            return self._by_value.get(value)
        unlisted = ProjectName(key=key, name="", environment=environment, state="unlisted")
        return self._by_value.get(value, unlisted)

    def label(self, value: str) -> str:
        """The label of a value in a report: the project's name, with the value itself if that is a former one.

        If several environments use the same name, the label adds the environment.
        """
        project = self.find(value)
        if project is None:
            return value
        is_former = project.state != "unlisted" and value not in self._current_values
        environment = f" in {project.environment}" if self._uses_of_name[project.name] > 1 else ""
        return f"{project.name or project.key}{environment}{f', formerly {value}' if is_former else ''}"

    def environment(self, value: str) -> str:
        """The environment of the project; the value itself if it names none of this inventory."""
        project = self.find(value)
        return project.environment if project else value

    def _name_of(self, project: Project) -> ProjectName:
        return ProjectName(
            key=project.key,
            name=project.name,
            environment=project.environment,
            state=project.status,
            region=project.region or self._regions.get(project.environment) or "",
            id=self._ids.get((project.environment, project.key)) or project.adopt_id or "",
            tags=project.tags,
        )
