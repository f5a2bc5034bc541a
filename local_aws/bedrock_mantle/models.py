"""The projects of every account and region.

`local_aws.bedrock.models` shows projects under the ARNs of `bedrock`; those here are of `bedrock-mantle`.
Not imitated: the delay between a change and the moment when every reader sees it (the fault `list_lag` does that for
lists), and the creation of the `default` project (here it is there when an account first asks in a region).
"""

import random
import string
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from local_aws.bedrock_mantle import rules
from local_aws.bedrock_mantle.exceptions import LimitError, NotFoundError, ValidationError
from local_aws.bedrock_mantle.validation import check_tag_count
from local_aws.settings import Settings

SERVICE = "bedrock-mantle"
DEFAULT_ID = "default"
# https://docs.aws.amazon.com/bedrock/latest/APIReference/API_TagResource.html: the pattern of an ARN in it
_ID_CHARACTERS = string.ascii_lowercase + "234567"
_ID_LENGTH = 20


@dataclass(frozen=True)
class Place:
    """An account in a region."""

    account: str
    region: str

    def arn(self, project_id: str, *, service: str = SERVICE) -> str:
        """The ARN of a project here."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:project/{project_id}"

    @property
    def partition(self) -> str:
        """The first part of an ARN here."""
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"


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


class ProjectIds:
    """New ids, none of them twice, whichever store asks."""

    def __init__(self, source: random.Random) -> None:
        self._source = source
        self._used: set[str] = set()

    def new(self) -> str:
        """An id that was never given before."""
        while True:
            project_id = "proj_" + "".join(self._source.choices(_ID_CHARACTERS, k=_ID_LENGTH))
            if project_id not in self._used:
                self._used.add(project_id)
                return project_id


class ProjectStore:
    """Projects by account and region, each in order of creation."""

    def __init__(self, ids: ProjectIds) -> None:
        self._ids = ids
        self._places: dict[Place, dict[str, Project]] = {}
        self._tags: defaultdict[str, list[tuple[float, dict[str, str]]]] = defaultdict(list)

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
        return self.add(place, name=name, tags=tags, retention=retention, now=now)

    def add(self, place: Place, *, name: str, tags: dict[str, str], retention: str, now: float) -> Project:
        """A new project, without the checks of an API."""
        project_id = self._ids.new()
        project = Project(project_id, place.arn(project_id), name, now, retention=retention)
        self.all(place, now=now)[project_id] = project
        self.set_tags(project, tags, now=now)
        return project

    def set_tags(self, project: Project, tags: dict[str, str], *, now: float) -> None:
        """Puts these tags in the place of all before."""
        project.tags = tags
        self._tags[project.id].append((now, tags))

    def tags_until(self, project_id: str, moment: float) -> list[dict[str, str]]:
        """The tags that a project had up to a moment, the latest last; empty if it did not exist then."""
        return [tags for since, tags in self._tags[project_id] if since <= moment]

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
        if change.of_tags:
            self.set_tags(project, kept | change.add_tags, now=now)
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

    def used(self, place: Place, settings: Settings) -> int:
        """How many projects count towards the limit there."""
        return sum(
            project.id != DEFAULT_ID and (project.active or settings.projects_limit_counts_archived)
            for project in self._within_limit(place, settings)
        )

    def _check_name(self, place: Place, name: str, *, settings: Settings, now: float) -> None:
        unique = settings.names == "guide" or settings.duplicate_names == "refused"
        if unique and any(other.name == name and other.active for other in self.all(place, now=now).values()):
            rule = rules.NAME_GUIDE if settings.names == "guide" else rules.DUPLICATE_NAME
            raise ValidationError(f"A project with the name {name!r} exists already.", rule=rule)

    def _check_room(self, place: Place, settings: Settings) -> None:
        if self.used(place, settings) >= settings.projects_per_account:
            message = f"The account has reached its limit of {settings.projects_per_account} projects."
            raise LimitError(message, status=settings.projects_limit_status)

    def _within_limit(self, place: Place, settings: Settings) -> Iterator[Project]:
        for other, projects in self._places.items():
            same_region = settings.projects_limit_per == "account" or other.region == place.region
            if other.account == place.account and same_region:
                yield from projects.values()
