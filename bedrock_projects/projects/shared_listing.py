"""One look at AWS that all changes of a run share."""

import threading
from collections.abc import Callable, Sequence

from bedrock_projects.aws.endpoints import RegionalEndpoint
from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.aws.projects import ProjectsApi, find
from bedrock_projects.limits import UNMANAGED_ID
from bedrock_projects.projects.changes import DeclaredProject
from bedrock_projects.projects.listing import Listing, settled_by


class SharedListing:
    """One look at an endpoint in a region, for many threads.

    With the entries that a run has `declared`, an API may take the tags of projects that are as declared from an index.
    """

    def __init__(self, api: ProjectsApi, *, declared: Sequence[DeclaredProject] = ()) -> None:
        self._api = api
        self._declared = declared
        self._lock = threading.Lock()
        self._listing: Listing | None = None
        self.account_id = ""
        """The account in the ARNs of the listing, that of `default` among them; empty before the look."""

    def look(self) -> Listing:
        """The listing; AWS is asked once."""
        with self._lock:
            if self._listing is None:
                settled = settled_by(self._declared) if self._declared else None
                projects = self._api.list_all(include_archived=True, settled=settled)
                self.account_id = next((project.account_id for project in projects if project.account_id), "")
                listing = Listing(tuple(project for project in projects if project.id != UNMANAGED_ID))
                self._listing = self._with_twins_read(listing)
            return self._listing

    def _with_twins_read(self, listing: Listing) -> Listing:
        """An entry with two projects is refused, which no index may decide."""
        owned = (listing.owned_by(entry) for entry in self._declared)
        for project in [project for projects in owned if len(projects) > 1 for project in projects]:
            fresh = find(self._api, project.id)
            listing = listing.with_fresh(fresh) if fresh else listing.without(project.id)
        return listing


def with_moved(
    entry: DeclaredProject,
    listed: Callable[[RegionalEndpoint], Listing],
    get: Callable[[RegionalEndpoint, str], RemoteProject | None],
    *,
    known_id: str | None = None,
) -> Listing:
    """What AWS shows where the entry is, with the project that the entry leaves, if both endpoints have it.

    Lists may lag behind, and a move that overlooked the project would archive it; so `get` asks for its id, which is
    `known_id` if the state has it. It returns None for a project that is not there.
    """
    listing, left = listed(entry.where), entry.moves_from
    if left is None or left.endpoint is entry.where.endpoint or listing.owned_by(entry):
        return listing
    for project_id in dict.fromkeys(filter(None, (known_id, *(one.id for one in listed(left).owned_by(entry))))):
        shown = get(entry.where, project_id)
        listing = listing.with_fresh(shown) if shown else listing
    return listing
