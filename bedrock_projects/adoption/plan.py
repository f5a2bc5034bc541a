"""Decides which projects of an account an inventory adopts, and the keys and contents of their entries. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from bedrock_projects.adoption.proposals import propose_key, propose_tag_key
from bedrock_projects.aws.endpoints import RegionalEndpoint
from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.limits import PROJECT_ID
from bedrock_projects.model import (
    OWNERSHIP_TAG_KEY,
    UNCHANGED_NAME,
    Environment,
    Project,
    TagKey,
    entry_name,
    other_ownership,
    stack_tag_key,
)
from bedrock_projects.suggestions import as_shown, difference, simplified


@dataclass(frozen=True, order=True)
class ListedProject:
    """A project and where it is; the sort order does not depend on the order of the listing."""

    name: str
    created_at: int
    id: str
    region: str
    where: RegionalEndpoint = field(compare=False)
    project: RemoteProject = field(compare=False)

    @classmethod
    def of(cls, project: RemoteProject, where: RegionalEndpoint) -> "ListedProject":
        """A project of an endpoint in a region."""
        return cls(project.name, project.created_at or 0, project.id, where.region, where, project)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An entry of the file; `tags`, `region` and `endpoint` are those of all its environments.

    `places` are those of its projects. `obstacle` says why the entry cannot get another environment; it is empty if it
    can.
    """

    key: str
    name: str
    tags: Mapping[str, str]
    environments: frozenset[str]
    region: str | None = None
    endpoint: str | None = None
    places: frozenset[RegionalEndpoint] = frozenset()
    obstacle: str = ""


@dataclass(frozen=True, kw_only=True)
class Target:
    """The inventory that adopts the projects, and their environment.

    `environments` are the other environments, `base_tags` the tags of the defaults, `taken` the keys that no new entry
    may have, `tag_keys` the declared tag keys.
    """

    environment: Environment
    environments: Sequence[Environment] = ()
    entries: Sequence[Entry] = ()
    projects: Sequence[Project] = ()
    taken: frozenset[str] = frozenset()
    tag_keys: frozenset[str] = frozenset()
    base_tags: Mapping[str, str] = field(default_factory=dict)
    ignore_tags: Sequence[str] = ()
    ownership_tag_key: str = OWNERSHIP_TAG_KEY


@dataclass(frozen=True, kw_only=True)
class Adopted:
    """An adopted project. `name` is the entry's; `is_exact` means that the name format does not give the final name.

    `tags` are those that the file must have: of the entry if `is_new`, else of the environment's override. `region` and
    `endpoint` are those that the override must have, None if they apply without it.
    """

    key: str
    listed: ListedProject
    name: str
    is_exact: bool
    region: str | None
    endpoint: str | None
    tags: Mapping[str, str]
    is_new: bool


@dataclass(frozen=True)
class Plan:
    """`left_out` has the projects that cannot be adopted, with the reason; `known` those that the inventory has.

    `tag_keys` are the keys to declare; `tag_counts` says how many projects carry each of them.
    """

    adopted: tuple[Adopted, ...]
    left_out: tuple[tuple[ListedProject, str], ...]
    known: tuple[ListedProject, ...]
    tag_keys: tuple[TagKey, ...]
    tag_counts: Mapping[str, int]
    notes: tuple[str, ...]


def plan(projects: Iterable[ListedProject], target: Target, *, renamed_tags: Mapping[str, str]) -> Plan:
    """Plans the adoption of each project; `renamed_tags` maps legacy spellings of tag keys to the right ones.

    The result does not depend on the order of the projects.
    """
    planner = _Planner(target, renamed_tags)
    name_format = target.environment.name_format
    # Names that fit the format come first: they get the plain keys, the others get a number if a key is taken.
    for listed in sorted(projects, key=lambda listed: (entry_name(listed.name, name_format) is None, listed)):
        planner.place(listed)
    carried: dict[str, list[str]] = {}
    for adopted in planner.adopted:
        for key, value in planner.tags_of(adopted.listed.project).items():
            carried.setdefault(key, []).append(value)
    new = sorted(carried.keys() - target.tag_keys)
    return Plan(
        adopted=tuple(planner.adopted),
        left_out=tuple(planner.left_out),
        known=tuple(planner.known),
        tag_keys=tuple(propose_tag_key(key, carried[key], projects=len(planner.adopted)) for key in new),
        tag_counts={key: len(carried[key]) for key in new},
        notes=tuple(planner.notes),
    )


class _Planner:
    """Plans one project after the other."""

    def __init__(self, target: Target, renamed_tags: Mapping[str, str]) -> None:
        self._target = target
        self._renamed = renamed_tags
        self._ids = {project.adopt_id for project in target.projects} - {None}
        self._owners = {owner for project in target.projects for owner in (project.owner, *project.previous_owners)}
        self._taken = {key.lower() for key in target.taken}
        self._filled: set[str] = set()
        self._names: dict[tuple[RegionalEndpoint, str], ListedProject] = {}
        self.adopted: list[Adopted] = []
        self.left_out: list[tuple[ListedProject, str]] = []
        self.known: list[ListedProject] = []
        self.notes: list[str] = []

    def place(self, listed: ListedProject) -> None:
        """Sorts the project as known, left out, or adopted."""
        key, tags = self._target.ownership_tag_key, listed.project.tags
        owned_by = {tags.get(key), (other_ownership(tags, (key,)) or ("", ""))[1]}
        if listed.id in self._ids or owned_by & self._owners:
            self.known.append(listed)
            return
        reason = self._unmanageable(listed) or self._fault_of_tags(listed) or self._clash(listed)
        pair = None if reason else self._pair(listed)
        if pair and pair.obstacle:
            reason = (
                f"seems to belong to entry {pair.key!r}, which cannot be extended here ({pair.obstacle}); write "
                f"`{self._target.environment.name}: {{id: {listed.id}}}` in its `environments`"
            )
        if reason:
            self.left_out.append((listed, reason))
        else:
            self._names[listed.where, as_shown(listed.name)] = listed
            self._adopt(listed, pair)

    def tags_of(self, project: RemoteProject) -> dict[str, str]:
        """The tags that the inventory would give the project: renamed, without those of other tools."""
        ignored = self._target.ignore_tags
        tags = {key: value for key, value in project.tags.items() if not any(fnmatchcase(key, p) for p in ignored)}
        tags.pop(stack_tag_key(self._target.ownership_tag_key), None)
        right = {key: value for key, value in tags.items() if key not in self._renamed}
        for key in sorted(tags.keys() & self._renamed.keys()):
            right.setdefault(self._renamed[key], tags[key])
        return {key: right[key] for key in sorted(right)}

    def _unmanageable(self, listed: ListedProject) -> str | None:
        project, key = listed.project, self._target.ownership_tag_key
        if project.status != "active":
            return f"is {project.status} (irreversible)"
        violation = PROJECT_ID.violation(project.id)
        if violation:
            return f"has an id that {violation}"
        owner = project.tags.get(key)
        if owner:
            return f"belongs to {owner} (tag {key}); release it there, or adopt it with `previous_owner`"
        if other := other_ownership(project.tags, (key,)):
            return f"belongs to {other[1]} (tag {other[0]}, another `ownership_tag`); release it there first"
        violation = listed.where.endpoint.project_name.violation(project.name)
        return f"has a name that {violation}; {_how_to_rename(listed)}" if violation else None

    def _fault_of_tags(self, listed: ListedProject) -> str | None:
        project, endpoint = listed.project, listed.where.endpoint
        if len(project.tags) + 2 > endpoint.tags_per_project:
            return (
                f"carries {len(project.tags)} tags; the ownership tag and the tag of the managing stack would exceed "
                f"the limit of {endpoint.tags_per_project}, so remove some first"
            )
        spellings: dict[str, str] = {simplified(self._target.ownership_tag_key): self._target.ownership_tag_key}
        for key, value in self.tags_of(project).items():
            if key.startswith("x-") or key[:4].lower() == "aws:":
                prefix = key[: 2 if key.startswith("x-") else 4]
                owner = "in the inventory" if prefix == "x-" else "by AWS"
                return f'carries the tag {key!r}, with a prefix reserved {owner}; write `ignore_tags: ["{prefix}*"]`'
            key_fault, value_fault = endpoint.tag_key.violation(key), endpoint.tag_value.violation(value)
            if key_fault:
                return f"carries a tag key that {key_fault}"
            if value_fault:
                return f"carries a tag {key!r} that {value_fault}"
            other = spellings.setdefault(simplified(key), key)
            if other != key:
                return f"carries {other!r} and {key!r}, which reports do not distinguish; use `--map-tag`"
        return None

    def _clash(self, listed: ListedProject) -> str | None:
        """In one place of an account, a file may not have two projects with names that are, or look, the same."""
        name = as_shown(listed.name)
        other = self._names.get((listed.where, name))
        if other:
            older = ", which is older" if 0 < other.created_at < listed.created_at else ""
            return f"{_same_name(listed, other.name)} {other.id}{older}; {_how_to_rename(listed)}"
        here = self._target.environment
        accounts = {environment.name: environment.account for environment in (*self._target.environments, here)}
        regions = {environment.name: environment.region for environment in (*self._target.environments, here)}
        for project in self._target.projects:
            same_account = project.environment == here.name or accounts[project.environment] == here.account
            region = project.region or regions[project.environment] or listed.region
            same_place = (region, project.endpoint) == (listed.region, listed.where.endpoint.name)
            is_here = same_account and same_place and project.status == "active"
            if is_here and as_shown(project.name) == name:
                return (
                    f"{_same_name(listed, project.name)} entry {project.key!r} in {project.environment}; write "
                    f"`id: {listed.id}` there if it is the same project, else {_how_to_rename(listed)}"
                )
        for environment in self._target.environments:
            if environment.account == here.account and self._belongs(listed, environment):
                return f"has the name format of {environment.name}; rerun with `--environment {environment.name}`"
        return None

    def _belongs(self, listed: ListedProject, environment: Environment) -> bool:
        """Whether the name has the format of the other environment and not that of the target."""
        return (
            environment.name_format != UNCHANGED_NAME
            and environment.region in (None, listed.region)
            and entry_name(listed.name, environment.name_format) is not None
            and (
                self._target.environment.name_format == UNCHANGED_NAME
                or entry_name(listed.name, self._target.environment.name_format) is None
            )
        )

    def _pair(self, listed: ListedProject) -> Entry | None:
        """The entry with the same name in another environment, apart from the name formats."""
        here, name = self._target.environment, self._name(listed)
        tags = self.tags_of(listed.project)
        for entry in sorted(self._target.entries, key=lambda entry: _distance(entry, listed)):
            if entry.name != name or here.name in entry.environments or entry.key in self._filled:
                continue
            missing = sorted(entry.tags.keys() - tags.keys())
            if not missing or entry.obstacle:
                return entry
            self.notes.append(
                f"{listed.name!r} ({listed.id}) becomes a separate entry: it lacks {', '.join(missing)}, which entry "
                f"{entry.key!r} would add. To merge them, move that tag to the entry's environments and rerun on the "
                "original file"
            )
        return None

    def _name(self, listed: ListedProject) -> str:
        return entry_name(listed.name, self._target.environment.name_format) or listed.name

    def _adopt(self, listed: ListedProject, pair: Entry | None) -> None:
        here, name, where = self._target.environment, self._name(listed), listed.where
        region, endpoint = (pair.region, pair.endpoint) if pair else (None, None)
        key = pair.key if pair else propose_key(name, taken=self._taken)
        self._taken.add(key.lower())
        self._filled.add(key)
        given = {**self._target.base_tags, **here.tags, **(pair.tags if pair else {})}
        self.adopted.append(
            Adopted(
                key=key,
                listed=listed,
                name=name,
                is_exact=here.name_format.replace(UNCHANGED_NAME, name) != listed.name,
                region=where.region if (region or here.region) != where.region else None,
                endpoint=where.endpoint.name if (endpoint or here.endpoint) != where.endpoint.name else None,
                tags={k: value for k, value in self.tags_of(listed.project).items() if given.get(k) != value},
                is_new=pair is None,
            )
        )


def _distance(entry: Entry, listed: ListedProject) -> tuple[bool, bool]:
    """Sorts entries with a project in the same place first, then those with one at the same endpoint."""
    at_endpoint = any(place.endpoint is listed.where.endpoint for place in entry.places)
    return listed.where not in entry.places, not at_endpoint


def _same_name(listed: ListedProject, name: str) -> str:
    if listed.name == name:
        return "has the name of"
    return f"has a name that differs {difference(listed.name, name)} from that of"


def _how_to_rename(listed: ListedProject) -> str:
    return f"write an entry with `id: {listed.id}` and another `name`: the first `pulumi up` renames it"
