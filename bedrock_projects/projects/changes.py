"""What a project should be, what differs, and which update closes the gap: values and pure functions."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from typing import Any, Literal

from bedrock_projects.aws.endpoints import ENDPOINTS, MANTLE, Endpoint, RegionalEndpoint
from bedrock_projects.aws.models import ProjectUpdate, RemoteProject
from bedrock_projects.errors import SettingsError
from bedrock_projects.fields import PLACED_FIELDS, SENT_FIELDS
from bedrock_projects.model import Inventory, Project, is_released, stack_tag_key

COMPARED = (
    "name",
    "owner",
    "owner_tag_key",
    "stack",
    "role_arn",
    "ignore_tags",
    "previous_owners",
    "previous_owner_tag_key",
    *(row.attribute for row in PLACED_FIELDS if row.compared),
)
"""The fields of a declaration whose difference is a change of the resource; tags are compared apart.

Some of them change nothing in AWS. But a removal and a refresh go by what the state has, and a field that is not
compared keeps its old value there.
"""

UNKNOWN = "\0unknown"
"""In place of an input that is not known before something else is created: no text of a file can be it."""

RETENTION_BY_DEFAULT = "inherit"
"""The data retention mode of a project that was created without one."""


@dataclass(frozen=True, kw_only=True)
class DeclaredProject:
    """A project as declared: the inputs of the resource.

    `tags` are without the ownership tag, which is `owner_tag_key: owner`. `data_retention` None leaves the mode as it
    is. `endpoint` is a name of `ENDPOINTS`, None for that of `MANTLE`. `move_from` and `move_from_endpoint` are what
    the entry is allowed to leave. `owner` is empty in a state whose project was seen without our tag. `stack` is the
    full name of the stack that manages the project, `<organization>/<project>/<stack>`; None if nobody knows it, as in
    a state of 0.1.0. `role_arn` is the role that is assumed to manage it, also if only the state is left; None: the
    credentials are used as they are.
    """

    key: str
    name: str
    region: str
    owner: str
    owner_tag_key: str
    stack: str | None = None
    role_arn: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    data_retention: str | None = None
    status: Literal["active", "archived", "released"] = "active"
    adopt_id: str | None = None
    move_from: str | None = None
    endpoint: str | None = None
    move_from_endpoint: str | None = None
    previous_owners: tuple[str, ...] = ()
    previous_owner_tag_key: str | None = None
    ignore_tags: tuple[str, ...] = ()
    on_remove: Literal["archive", "release"] | None = None

    @property
    def where(self) -> RegionalEndpoint:
        """The endpoint and region of the project; an endpoint that is not known yet counts as `MANTLE`."""
        return RegionalEndpoint(self.region, _endpoint(self.endpoint))

    @property
    def moves_from(self) -> RegionalEndpoint | None:
        """Where the project may leave, if the entry says `move_from` or `move_from_endpoint`."""
        if not (self.move_from or self.move_from_endpoint):
            return None
        return RegionalEndpoint(self.move_from or self.region, _endpoint(self.move_from_endpoint or self.endpoint))

    @property
    def is_released(self) -> bool:
        """Whether removing the entry releases its project instead of archiving it: as written, else if adopted."""
        return is_released(on_remove=self.on_remove, adopt_id=self.adopt_id)

    @property
    def all_tags(self) -> dict[str, str]:
        """The tags that the project carries in AWS: a released one no longer has ours."""
        if self.status == "released":
            return dict(self.tags)
        ours = {self.owner_tag_key: self.owner, self.stack_tag_key: self.stack}
        return {**self.tags, **{key: value for key, value in ours.items() if value}}

    @property
    def stack_tag_key(self) -> str:
        """The key of the tag that names the managing stack."""
        return stack_tag_key(self.owner_tag_key)

    @property
    def stack_tag_keys(self) -> tuple[str, ...]:
        """The same, and the key that belongs to the former key of the ownership tag."""
        former = [stack_tag_key(self.previous_owner_tag_key)] if self.previous_owner_tag_key else []
        return (self.stack_tag_key, *former)

    def owns(self, tags: Mapping[str, str]) -> bool:
        """Whether a project with these tags is this entry's, under its present name or a former one."""
        shown = tags.get(self.owner_tag_key) or tags.get(self.previous_owner_tag_key or "")
        return shown in {self.owner, *self.previous_owners}

    def is_owner(self, tags: Mapping[str, str]) -> bool:
        """Whether a project with these tags carries exactly this entry's ownership tag."""
        return bool(self.owner) and tags.get(self.owner_tag_key) == self.owner

    def is_manager(self, tags: Mapping[str, str]) -> bool:
        """Whether a project with these tags is this entry's and managed by its stack; a state of 0.1.0 knows no stack.

        The tag is compared with the stack that the *state* has: after a rename of the stack both have the former name.
        """
        return self.is_owner(tags) and tags.get(self.stack_tag_key) == self.stack

    def other_stack(self, tags: Mapping[str, str]) -> str | None:
        """The stack that manages a project with these tags, if it is another one."""
        value = next((tags[key] for key in self.stack_tag_keys if tags.get(key)), None)
        return value if value and self.stack and value != self.stack else None

    def foreign_owner(self, tags: Mapping[str, str]) -> str | None:
        """The ownership tag of somebody else among `tags`, if there is one."""
        value = tags.get(self.owner_tag_key)
        return value if value and not self.owns(tags) else None

    def managed(self, tags: Mapping[str, str]) -> dict[str, str]:
        """The tags without those that belong to other tools."""
        ignored = [_normal(pattern) for pattern in self.ignore_tags]
        return {key: value for key, value in tags.items() if not any(fnmatchcase(_normal(key), p) for p in ignored)}

    def as_seen(self, project: RemoteProject) -> "DeclaredProject":
        """The same declaration with what the service shows in its place: what refresh writes to the state.

        Somebody else's ownership tag is not taken over into `owner`, nor another stack's into `stack`: a later delete
        must not take it for ours.
        """
        own_keys = {self.owner_tag_key, self.stack_tag_key}
        tags = {key: value for key, value in self.managed(project.tags).items() if key not in own_keys}
        shown = project.tags.get(self.owner_tag_key, "") if self.owns(project.tags) else ""
        stack = self.stack if project.tags.get(self.stack_tag_key) == self.stack else None
        return replace(
            self,
            name=self.name if same_text(project.name, self.name) else project.name,
            tags=as_declared(tags, self.tags),
            owner=shown,
            stack=stack,
            data_retention=None if self.data_retention is None else project.data_retention or self.data_retention,
        )


def _endpoint(name: str | None) -> Endpoint:
    return ENDPOINTS.get(name or MANTLE.name, MANTLE)


@dataclass(frozen=True)
class ManagedProject:
    """A project as the state keeps it: what was declared, and what the service adds. `account_id` may be empty.

    `unfinished` says why the last write was carried out in part, or may have been; empty if it was whole. `declared`
    then is what AWS showed after it, as far as it could be read.
    """

    id: str
    declared: DeclaredProject
    arn: str = ""
    created_at: int | None = None
    account_id: str = ""
    base_url: str = ""
    unfinished: str = ""

    @property
    def name(self) -> str:
        """The name that the state has."""
        return self.declared.name


def with_remembered_adoption(old: DeclaredProject, new: DeclaredProject) -> DeclaredProject:
    """The new declaration with what the state remembers of an adoption.

    Taking `id` out of an entry changes nothing: its project is still released, not archived, when the entry is removed.
    """
    return replace(new, adopt_id=old.adopt_id) if old.adopt_id and not new.adopt_id else new


def same_text(one: object, other: object) -> bool:
    """Whether two values are the same, strings in any of Unicode's normal forms.

    The service, or a proxy before it, may answer another form than was sent. If that counted as a change, each run
    would send it again.
    """
    return one == other or (isinstance(one, str) and isinstance(other, str) and _normal(one) == _normal(other))


def as_declared(shown: Mapping[str, str], declared: Mapping[str, str]) -> dict[str, str]:
    """The tags that AWS shows, with keys and values written as in `declared` if they are the same text."""
    written = {_normal(key): key for key in declared}
    tags = {}
    for key, value in shown.items():
        own = written.get(_normal(key), key)
        # Two tags whose keys have two forms of one text stay two: the one that is not declared is removed.
        own = key if own in shown else own
        tags[own] = declared[own] if own in declared and same_text(value, declared[own]) else value
    return tags


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def update_between(old: DeclaredProject, new: DeclaredProject) -> ProjectUpdate:
    """What one update has to say so that `old` becomes `new`.

    A mode that is no longer declared goes back to the service's own default. Tags that `new` ignores stay.
    """
    after = new.all_tags
    before = as_declared(new.managed(old.all_tags), after)
    retention = new.data_retention or (RETENTION_BY_DEFAULT if old.data_retention else None)
    return ProjectUpdate(
        name=None if same_text(new.name, old.name) else new.name,
        add_tags={key: value for key, value in after.items() if before.get(key) != value},
        remove_tag_keys=tuple(sorted(before.keys() - after.keys())),
        data_retention=retention if retention != old.data_retention else None,
    )


def update_from(project: RemoteProject, new: DeclaredProject, *, old: DeclaredProject | None = None) -> ProjectUpdate:
    """What one update has to say so that the project in AWS becomes `new`; a mode that an answer lacks is sent.

    `old` is what the state has of it: the mode there that is no longer declared goes back to the service's default,
    unless somebody has set another one since.
    """
    declared_before = old.data_retention if old and project.data_retention in (None, old.data_retention) else None
    mode = project.data_retention if new.data_retention else declared_before
    return update_between(replace(new.as_seen(project), status="active", data_retention=mode), new)


def as_left(old: DeclaredProject, new: DeclaredProject, project: RemoteProject | None) -> DeclaredProject:
    """What the state keeps after an update from `old` to `new` that was carried out in part: what AWS shows.

    None if AWS could not be read. A mode that only `new` declares is in it if it was set, or may have been: if the file
    is put back, it goes back to the service's default.
    """
    mode = project.data_retention if project else None
    if mode is None:
        mode = old.data_retention or new.data_retention
    elif not old.data_retention and mode != new.data_retention:
        mode = None
    if project is None:
        return replace(old, data_retention=mode)
    is_new = new.is_manager(project.tags) and not old.is_manager(project.tags)
    return replace((new if is_new else old).as_seen(project), status=old.status, data_retention=mode)


def shown(value: str | bool | None) -> str:
    """A value in a sentence."""
    return "(none)" if value is None else str(value) or '""'


def in_words(update: ProjectUpdate, *, before: RemoteProject) -> str:
    """The update as old → new of each field, tags by their key."""
    words = [f"name {before.name} → {update.name}"] if update.name else []
    words += [f"{k} {shown(before.tags.get(k))} → {shown(new)}" for k, new in sorted(update.add_tags.items())]
    words += [f"{key} {shown(before.tags[key])} → (none)" for key in update.remove_tag_keys]
    sent = ((field, value) for field in SENT_FIELDS if (value := field.of(update)))
    words += [f"{field.label} {shown(field.of(before))} → {value}" for field, value in sent]
    return ", ".join(words)


def declare(project: Project, inventory: Inventory, *, region: str | None, stack: str | None = None) -> DeclaredProject:
    """The inputs of an entry's resource; `region` (the stack's `aws:region`) is for entries that name none.

    `stack` is the full name of the stack that deploys it; None if that is not known.

    Raises SettingsError if there is no region at all: one from the ambient AWS configuration could differ from one
    machine to the next.
    """
    region = project.region or region
    if region is None:
        raise SettingsError(
            f"{project.location}: {project.key}: no region; give environment {project.environment!r} a `region`, or "
            "run `pulumi config set aws:region <region>`"
        )
    inputs = {declared.name for declared in fields(DeclaredProject)}
    simple: dict[str, Any] = {row.attribute: row.of(project) for row in PLACED_FIELDS if row.attribute in inputs}
    if simple["endpoint"] == MANTLE.name:
        simple["endpoint"] = None  # as in a state of a version that knew no other
    return DeclaredProject(
        key=project.key,
        name=project.name,
        owner=project.owner,
        owner_tag_key=inventory.ownership_tag_key,
        stack=stack,
        role_arn=inventory.environment(project.environment).role_arn,
        tags=dict(project.tags),
        previous_owners=project.previous_owners,
        previous_owner_tag_key=inventory.previous_ownership_tag_key,
        ignore_tags=inventory.ignore_tags,
        **simple | {"region": region},
    )
