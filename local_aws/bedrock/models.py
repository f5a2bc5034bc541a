"""The projects of `bedrock`: its own ones, or those of `bedrock-mantle` under other ARNs.

No page says whether both APIs show the same projects; the setting `project_stores` picks. It is meant to be set before
the first project: with `one` the projects of the own store are not shown.
Not imitated: the purge of archived projects, tags that each reader sees at another time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from local_aws.bedrock import rules
from local_aws.bedrock.exceptions import (
    ConflictException,
    ResourceNotFoundException,
    ServiceQuotaExceededException,
    TooManyTagsException,
    ValidationException,
)
from local_aws.bedrock.validation import MAX_TAGS
from local_aws.bedrock_mantle.models import DEFAULT_ID, Place, Project, ProjectIds, ProjectStore
from local_aws.errors import AwsError
from local_aws.rules import Rule
from local_aws.settings import Settings

SERVICE: Final = "bedrock"


@dataclass
class _StaleTags:
    """What a project's readers still see, for so many reads."""

    tags: dict[str, str]
    reads: int


@dataclass
class NativeProjects:
    """The projects as the API shows them; `mantle` are the other API's."""

    mantle: ProjectStore
    ids: ProjectIds
    own: ProjectStore = field(init=False)
    _stale: dict[str, _StaleTags] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.own = ProjectStore(self.ids, service=SERVICE)

    def store(self, settings: Settings) -> ProjectStore:
        """Where the projects are."""
        return self.mantle if settings.project_stores == "one" else self.own

    def all(self, place: Place, *, settings: Settings, now: float) -> list[Project]:
        """All projects there, oldest first, archived ones and `default` too; copies with this API's ARNs."""
        projects = self.store(settings).all(place, now=now).values()
        return [replace(project, arn=place.arn(project.id, service=SERVICE)) for project in projects]

    def get(self, place: Place, project_id: str, *, settings: Settings, now: float) -> Project:
        """A copy with this API's ARN; ResourceNotFoundException for an id that is not of this account and region."""
        return _shown(place, self._find(place, project_id, settings=settings, now=now))

    def create(
        self, place: Place, *, name: str, tags: dict[str, str], retention: str, settings: Settings, now: float
    ) -> Project:
        """A new project; another one may have its name."""
        _check_count(tags, resource="")
        self._check_room(place, settings)
        project = self.store(settings).add(place, name=name, tags={}, retention=retention, now=now)
        if tags:
            self._set_tags(project, tags, settings=settings, now=now)
        return _shown(place, project)

    def update(
        self,
        place: Place,
        project_id: str,
        *,
        name: str | None,
        retention: str | None,
        settings: Settings,
        now: float,
    ) -> Project:
        """Changes what is given."""
        project = self._find(place, project_id, settings=settings, now=now)
        if project.id == DEFAULT_ID:
            raise _rejected("The default project cannot be updated.", settings, rules.DEFAULT)
        _check_archived(project, place, settings.native_archived_update, settings)
        project.name = project.name if name is None else name
        project.retention = retention or project.retention
        return _shown(place, project)

    def archive(self, place: Place, project_id: str, *, settings: Settings, now: float) -> Project:
        """Archives for good; a second time changes nothing."""
        project = self._find(place, project_id, settings=settings, now=now)
        if project.id == DEFAULT_ID:
            raise _rejected("The default project cannot be archived.", settings, rules.DEFAULT)
        if project.active:
            project.archived_at = now
        return _shown(place, project)

    def tag(self, place: Place, project_id: str, tags: dict[str, str], *, settings: Settings, now: float) -> None:
        """Adds tags, or gives them other values."""
        project = self._for_tags(place, project_id, settings=settings, now=now)
        together = project.tags | tags
        _check_count(together, resource=place.arn(project_id, service=SERVICE))
        self._set_tags(project, together, settings=settings, now=now)

    def untag(self, place: Place, project_id: str, keys: list[str], *, settings: Settings, now: float) -> None:
        """Takes tags away."""
        project = self._for_tags(place, project_id, settings=settings, now=now)
        kept = {key: value for key, value in project.tags.items() if key not in keys}
        self._set_tags(project, kept, settings=settings, now=now)

    def read_tags(self, place: Place, project_id: str, *, settings: Settings, now: float) -> dict[str, str]:
        """The tags as a reader sees them, which may be the old ones for some reads."""
        project = self._find(place, project_id, settings=settings, now=now)
        stale = self._stale.get(project_id)
        if stale is None or not stale.reads:
            return project.tags
        stale.reads -= 1
        return stale.tags

    def _find(self, place: Place, project_id: str, *, settings: Settings, now: float) -> Project:
        project = self.store(settings).all(place, now=now).get(project_id)
        if project is None:
            raise ResourceNotFoundException(place.arn(project_id, service=SERVICE))
        return project

    def _for_tags(self, place: Place, project_id: str, *, settings: Settings, now: float) -> Project:
        project = self._find(place, project_id, settings=settings, now=now)
        if project.id == DEFAULT_ID:
            raise ValidationException("The default project cannot be tagged.", rule=rules.DEFAULT_TAGS)
        _check_archived(project, place, settings.native_archived_tag, settings)
        return project

    def _set_tags(self, project: Project, tags: dict[str, str], *, settings: Settings, now: float) -> None:
        if settings.native_tag_lag:
            stale = self._stale.get(project.id)
            seen = stale.tags if stale and stale.reads else project.tags
            self._stale[project.id] = _StaleTags(seen, settings.native_tag_lag)
        self.store(settings).set_tags(project, tags, now=now)

    def _check_room(self, place: Place, settings: Settings) -> None:
        limit, store = settings.native_projects_per_account, self.store(settings)
        if limit is None:
            return
        places = [other for other in store.places() if other.account == place.account]
        projects = [project for other in places for project in store.all(other, now=0.0).values()]
        if sum(project.active and project.id != DEFAULT_ID for project in projects) >= limit:
            raise ServiceQuotaExceededException(f"The account has reached its limit of {limit} projects.")


def _shown(place: Place, project: Project) -> Project:
    return replace(project, arn=place.arn(project.id, service=SERVICE))


def _check_count(tags: Mapping[str, str], *, resource: str) -> None:
    if len(tags) > MAX_TAGS:
        message = f"A project can have at most {MAX_TAGS} tags, this would have {len(tags)}."
        raise TooManyTagsException(message, resource=resource)


def _check_archived(project: Project, place: Place, answer: str, settings: Settings) -> None:
    """Raises what a change of an archived project is answered with."""
    if project.active or answer == "carried_out":
        return
    if answer == "not_found":
        raise ResourceNotFoundException(place.arn(project.id, service=SERVICE), rule=rules.ARCHIVED)
    raise _rejected("The project is archived and cannot be changed.", settings, rules.ARCHIVED)


def _rejected(message: str, settings: Settings, rule: Rule) -> AwsError:
    if settings.native_refusal == "ConflictException":
        return ConflictException(message, rule=rule)
    return ValidationException(message, rule=rule)
