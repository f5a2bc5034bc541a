"""The projects of every account and region.

Not imitated: the delay between a change and the moment when every reader sees it (the fault `list_lag` does that for
lists), and the creation of the `default` project (here it is there when an account first asks in a region).
"""

import random
import string
from collections.abc import Iterator
from dataclasses import dataclass, field

from local_aws.bedrock_mantle import rules
from local_aws.bedrock_mantle.exceptions import LimitError, NotFoundError, ValidationError
from local_aws.bedrock_mantle.validation import check_tag_count
from local_aws.settings import Settings

DEFAULT_ID = "default"
# https://docs.aws.amazon.com/bedrock/latest/APIReference/API_TagResource.html: the pattern of an ARN in it
_ID_CHARACTERS = string.ascii_lowercase + "234567"
_ID_LENGTH = 20


@dataclass(frozen=True)
class Place:
    """An account in a region."""

    account: str
    region: str

    def arn(self, project_id: str) -> str:
        """The ARN of a project here."""
        partition = "aws-us-gov" if self.region.startswith("us-gov-") else "aws"
        return f"arn:{partition}:bedrock-mantle:{self.region}:{self.account}:project/{project_id}"


@dataclass
class Project:
    """A project; moments are unix seconds of the local clock."""

    id: str
    arn: str
    name: str
    created_at: float
    tags: dict[str, str] = field(default_factory=dict)
    retention: str = "inherit"
    archived_at: float | None = None

    @property
    def active(self) -> bool:
        """Not archived."""
        return self.archived_at is None


@dataclass(frozen=True)
class Change:
    """An update: what is None or empty stays."""

    name: str | None = None
    add_tags: dict[str, str] = field(default_factory=dict)
    remove_tag_keys: list[str] = field(default_factory=list)
    retention: str | None = None

    @property
    def of_tags(self) -> bool:
        """Whether tags change."""
        return bool(self.add_tags or self.remove_tag_keys)


class ProjectStore:
    """Projects by account and region, each in order of creation. `ids` is where new ids come from."""

    def __init__(self, ids: random.Random) -> None:
        self._ids = ids
        self._used = {DEFAULT_ID}
        self._places: dict[Place, dict[str, Project]] = {}

    def places(self) -> list[Place]:
        """Where somebody asked for projects."""
        return list(self._places)

    def all(self, place: Place, *, now: float) -> dict[str, Project]:
        """All projects there by id, archived ones and `default` too."""
        if place not in self._places:
            default = Project(DEFAULT_ID, place.arn(DEFAULT_ID), DEFAULT_ID, now)
            self._places[place] = {DEFAULT_ID: default}
        return self._places[place]

    def get(self, place: Place, project_id: str, *, now: float) -> Project:
        """NotFoundError for an id that is not of this account and region."""
        project = self.all(place, now=now).get(project_id)
        if project is None:
            raise NotFoundError(f"Project {place.arn(project_id)} was not found.", rule=rules.REGIONAL)
        return project

    def create(
        self, place: Place, *, name: str, tags: dict[str, str], retention: str, settings: Settings, now: float
    ) -> Project:
        """A new project, with an id that was never used before."""
        check_tag_count(tags, settings)
        self._check_name(place, name, settings=settings, now=now)
        self._check_room(place, settings)
        project_id = self._new_id()
        project = Project(project_id, place.arn(project_id), name, now, tags, retention)
        self.all(place, now=now)[project_id] = project
        return project

    def update(self, place: Place, project_id: str, change: Change, *, settings: Settings, now: float) -> Project:
        """All of the change, or none of it."""
        project = self.get(place, project_id, now=now)
        if project.id == DEFAULT_ID and change.of_tags:
            raise ValidationError("The default project cannot be tagged.", rule=rules.DEFAULT)
        if not project.active and settings.archived_update == "refused":
            raise ValidationError(f"Project {project.arn} is archived and cannot be updated.", rule=rules.ARCHIVED)
        if not project.active and settings.archived_update == "not_found":
            raise NotFoundError(f"Project {project.arn} was not found.", rule=rules.ARCHIVED)
        if change.name is not None and change.name != project.name:
            self._check_name(place, change.name, settings=settings, now=now)
        if both := sorted(change.add_tags.keys() & set(change.remove_tag_keys)):
            message = f"Tag keys are both added and removed: {', '.join(both)}."
            raise ValidationError(message, rule=rules.TAG_TWICE)
        kept = {key: value for key, value in project.tags.items() if key not in change.remove_tag_keys}
        counted = project.tags if settings.tags_counted == "additions_first" else kept
        check_tag_count(counted | change.add_tags, settings)
        project.tags = kept | change.add_tags
        project.name = project.name if change.name is None else change.name
        project.retention = change.retention or project.retention
        return project

    def archive(self, place: Place, project_id: str, *, settings: Settings, now: float) -> Project:
        """Archives for good; a second time changes nothing, or is refused."""
        project = self.get(place, project_id, now=now)
        if project.id == DEFAULT_ID:
            raise ValidationError("The default project cannot be archived.", rule=rules.DEFAULT)
        if not project.active and settings.archived_archive == "refused":
            raise ValidationError(f"Project {project.arn} is archived already.", rule=rules.ARCHIVED)
        if project.active:
            project.archived_at = now
        return project

    def _check_name(self, place: Place, name: str, *, settings: Settings, now: float) -> None:
        unique = settings.names == "guide" or settings.duplicate_names == "refused"
        if unique and any(other.name == name and other.active for other in self.all(place, now=now).values()):
            rule = rules.NAME_GUIDE if settings.names == "guide" else rules.DUPLICATE_NAME
            raise ValidationError(f"A project with the name {name!r} exists already.", rule=rule)

    def _check_room(self, place: Place, settings: Settings) -> None:
        counted = sum(
            project.id != DEFAULT_ID and (project.active or settings.projects_limit_counts_archived)
            for project in self._within_limit(place, settings)
        )
        if counted >= settings.projects_per_account:
            message = f"The account has reached its limit of {settings.projects_per_account} projects."
            raise LimitError(message, status=settings.projects_limit_status)

    def _within_limit(self, place: Place, settings: Settings) -> Iterator[Project]:
        for other, projects in self._places.items():
            same_region = settings.projects_limit_per == "account" or other.region == place.region
            if other.account == place.account and same_region:
                yield from projects.values()

    def _new_id(self) -> str:
        while True:
            project_id = "proj_" + "".join(self._ids.choices(_ID_CHARACTERS, k=_ID_LENGTH))
            if project_id not in self._used:
                self._used.add(project_id)
                return project_id
