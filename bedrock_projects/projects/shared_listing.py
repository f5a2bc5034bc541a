"""One look at AWS that all changes of a run share."""

import threading
from collections.abc import Callable

from bedrock_projects.aws.endpoints import RegionalEndpoint
from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.aws.projects import ProjectsApi
from bedrock_projects.limits import UNMANAGED_ID
from bedrock_projects.projects.changes import DeclaredProject
from bedrock_projects.projects.listing import Listing


class SharedListing:
    """One look at an endpoint in a region, for many threads."""

    def __init__(self, api: ProjectsApi) -> None:
        self._api = api
        self._lock = threading.Lock()
        self._listing: Listing | None = None
        self.account_id = ""
        """The account in the ARNs of the listing, that of `default` among them; empty before the look."""

    def look(self) -> Listing:
        """The listing; AWS is asked once."""
        with self._lock:
            if self._listing is None:
                projects = self._api.list_all(include_archived=True)
                self.account_id = next((project.account_id for project in projects if project.account_id), "")
                self._listing = Listing(tuple(project for project in projects if project.id != UNMANAGED_ID))
            return self._listing


def with_moved(
    entry: DeclaredProject,
    listed: Callable[[RegionalEndpoint], Listing],
    get: Callable[[RegionalEndpoint, str], RemoteProject | None],
) -> Listing:
    """What AWS shows where the entry is, with the project that the entry leaves, if both endpoints have it.

    A list may lag behind, and a move that overlooked the project would archive it; so `get` asks for its id. It returns
    None for a project that is not there.
    """
    listing, left = listed(entry.where), entry.moves_from
    if left is None or left.endpoint is entry.where.endpoint or listing.owned_by(entry):
        return listing
    for project in listed(left).owned_by(entry):
        shown = get(entry.where, project.id)
        listing = listing.with_fresh(shown) if shown else listing
    return listing
