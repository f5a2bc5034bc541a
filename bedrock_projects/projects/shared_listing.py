"""One look at AWS that all changes of a run share."""

import threading

from bedrock_projects.aws.projects import ProjectsApi
from bedrock_projects.limits import UNMANAGED_ID
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
