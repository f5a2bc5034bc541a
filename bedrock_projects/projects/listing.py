"""One look at all projects of a region, shared by all changes of a run, and the ids that the run already uses."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.aws.projects import ProjectsClient
from bedrock_projects.errors import RefusedError
from bedrock_projects.limits import UNMANAGED_ID
from bedrock_projects.projects.changes import DeclaredProject

_CONCURRENT_READS = 8
_RENAMED = (
    "if the inventory was called that before, write `previous_owner: {{inventory: {}}}` at the top of the file",
    "if the environment was called that before, write `aliases: [{}]` in it",
    "if the entry was called that before, write `aliases: [{}]` in it",
)
"""What to write where a part of an owner changed: that of inventory, environment or key."""


class Claims:
    """Which entry uses which project id in this run: no id may serve two, and none that is in use may go."""

    def __init__(self) -> None:
        self._owner_of: dict[str, str] = {}
        self._id_of: dict[str, str] = {}
        self._lock = threading.Lock()

    def claim(self, project_id: str, owner: str, *, formerly: Sequence[str] = ()) -> None:
        """Notes that `owner` (the value of an ownership tag) uses the project.

        RefusedError when another owner does, unless that is the same entry under a former name (`formerly`).
        """
        with self._lock:
            other = self._owner_of.get(project_id, owner)
            if other != owner and other not in formerly:
                raise RefusedError(
                    f"project {project_id} already belongs to {other} in this run, so {owner} cannot have it too; "
                    "if one is the other's new key, say so with `aliases` and drop the old entry"
                )
            self._id_of.pop(other, None)
            self._owner_of[project_id] = owner
            self._id_of[owner] = project_id

    def hold(self, project_id: str) -> bool:
        """Whether an entry uses the project now; one that has moved on to another does not."""
        with self._lock:
            return self._id_of.get(self._owner_of.get(project_id, "")) == project_id

    @property
    def count(self) -> int:
        """How many projects the run uses as far as it has come."""
        with self._lock:
            return len(self._id_of)


class RegionListing:
    """The projects of one region as of one moment, with their true tags; safe for many threads.

    `include_archived` asks for archived ones too, which the service may not grant.
    """

    def __init__(self, client: ProjectsClient, *, include_archived: bool = False) -> None:
        self._client = client
        self._include_archived = include_archived
        self._lock = threading.Lock()
        self._projects: tuple[RemoteProject, ...] | None = None
        self.account_id = ""
        """The account in the ARNs of the latest listing, `default`'s among them; empty before it."""

    def projects(self) -> tuple[RemoteProject, ...]:
        """All projects but `default`; the service is asked once."""
        with self._lock:
            if self._projects is None:
                self._projects = self._look()
            return self._projects

    def look_again(self) -> tuple[RemoteProject, ...]:
        """Asks the service anew; for after an answer that was lost."""
        with self._lock:
            self._projects = self._look()
            return self._projects

    def _look(self) -> tuple[RemoteProject, ...]:
        """A list may come without tags; where it shows some, it is trusted, else each active project is read."""
        everything = self._client.list_all(include_archived=self._include_archived)
        self.account_id = next((project.account_id for project in everything if project.account_id), "")
        listed = [project for project in everything if project.id != UNMANAGED_ID]
        if any(project.tags for project in listed):
            return tuple(listed)
        return tuple(_in_parallel(self._read_active, listed))

    def _read_active(self, project: RemoteProject) -> RemoteProject:
        return self._client.get(project.id) if project.status == "active" else project


def candidates(
    declared: Iterable[DeclaredProject], listings: Mapping[str, Iterable[RemoteProject]]
) -> dict[str, list[RemoteProject]]:
    """Key of each entry to the projects of its region that have its `id`, or one of its owners as a tag's value.

    They are looked up: each entry beside each project would be a million comparisons at 1,000.
    """
    marked: defaultdict[tuple[str, str], list[RemoteProject]] = defaultdict(list)
    for region, listed in listings.items():
        for project in listed:
            for mark in {project.id, *project.tags.values()}:
                marked[region, mark].append(project)
    found = {}
    for entry in declared:
        marks = (entry.adopt_id or "", entry.owner, *entry.previous_owners)
        found[entry.key] = list({p.id: p for mark in marks for p in marked.get((entry.region, mark), ())}.values())
    return found


def owned_by(
    declared: DeclaredProject, projects: Iterable[RemoteProject], *, status: str = "active"
) -> list[RemoteProject]:
    """The projects with this entry's ownership tag, those under its present name first."""
    ours = [p for p in projects if p.status == status and declared.owns(p.tags)]
    return sorted(ours, key=lambda p: p.tags.get(declared.owner_tag_key) != declared.owner)


def namesake_error(declared: DeclaredProject, project: RemoteProject) -> RefusedError:
    """Why an entry's project is not created: an active one of that name is there and is not the entry's."""
    other = declared.foreign_owner(project.tags)
    if other is None:
        remedy = f"to manage that one write `id: {project.id}` in the entry, else choose another name"
    else:
        remedy = f"it belongs to {other}: {_where_renamed(declared.owner, other)}choose another name"
    return RefusedError(
        f"entry {declared.key!r}: a project named {declared.name!r} exists already in {declared.region} ({project.id}) "
        f"and is not this entry's; {remedy}"
    )


def _where_renamed(owner: str, other: str) -> str:
    """What to write if this entry is the other one under another name: their owners differ in one part then."""
    parts = list(zip(owner.split("/"), other.split("/"), strict=False))
    changed = [number for number, (new, old) in enumerate(parts) if new != old]
    if len(changed) != 1 or len(parts) != len(_RENAMED):
        return ""
    [part] = changed
    return _RENAMED[part].format(parts[part][1]) + ", else "


def _in_parallel(
    function: Callable[[RemoteProject], RemoteProject], projects: list[RemoteProject]
) -> Iterable[RemoteProject]:
    with ThreadPoolExecutor(_CONCURRENT_READS) as pool:
        return list(pool.map(function, projects))
