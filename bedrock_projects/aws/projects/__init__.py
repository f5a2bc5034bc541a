"""The port to AWS's Projects APIs: what each of them must do, and the only place that opens one (decision 10).

Three contracts hold behind the port, so that nothing above it has to know how an API answers:

- *Tags are true.* What `get` and `list_all` show are the tags that the project has, also if a list leaves some out.
- *A not-found is about this project.* NotFoundError comes only if the service says that this project is not there; a
  404 of a proxy, or about something else, is a ServiceError.
- *A write is confirmed.* The answer of a create, an update or an archive, or one read after it, shows what was asked;
  otherwise it is an UnconfirmedError with the project as AWS shows it. What neither shows cannot be compared.
"""

import random
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import MANTLE, RUNTIME, Endpoint, RegionalEndpoint
from bedrock_projects.aws.models import ProjectUpdate, RemoteProject
from bedrock_projects.aws.projects.mantle import MantleProjects, mantle_client
from bedrock_projects.aws.projects.native import NativeProjects, bedrock_client
from bedrock_projects.errors import NotFoundError


class ProjectsApi(Protocol):
    """The projects of one account at one endpoint in one region; errors are ServiceError. Safe for many threads."""

    where: RegionalEndpoint

    @property
    def base_url(self) -> str:
        """What an inference client of these projects takes as its `base_url`; empty if there is none."""

    def account_id(self) -> str | None:
        """The account, read from an ARN with the fewest requests; None if no answer has one."""

    def create(self, *, name: str, tags: Mapping[str, str], data_retention: str | None) -> RemoteProject:
        """Creates a project, in one request that is sent once; what the project then shows.

        AmbiguousError: it may exist all the same. UnconfirmedError: it exists, and is not as asked.
        """

    def get(self, project_id: str) -> RemoteProject:
        """Gets one project, with its true tags; NotFoundError if the service says that it is not there."""

    def list_all(
        self, *, include_archived: bool = False, settled: Callable[[RemoteProject], bool] | None = None
    ) -> list[RemoteProject]:
        """Lists all projects, `default` among them, each once; active ones with their true tags.

        Archived ones may be in it even if not asked for, and missing even if asked for: go by `status`. An API that
        must read the tags of each project may leave them out of archived ones.

        `settled` says of a project with the tags that an index shows, which may be old, that nothing depends on them:
        the run sends nothing to it and counts no change. Then an API may take them for true and does not read the
        project. It is called on many threads. None: no index is asked.
        """

    def named(self, name: str) -> list[RemoteProject]:
        """Lists the active projects of that name as of now, with their true tags: for after a lost answer."""

    def apply(self, project: RemoteProject, update: ProjectUpdate) -> RemoteProject:
        """Sends what the update says; what the project then shows. `project` is as it was last read.

        With the fewest requests that the API takes for it; added tags, an ownership tag among them, come before name
        and mode. If a request fails, AWS is read; if it then is as before, the error is raised. NotFoundError as for
        `get`, and only if the read says it; UnconfirmedError if the project is not as asked; AmbiguousError if that
        could not be read.
        """

    def archive(self, project_id: str) -> RemoteProject:
        """Archives a project, which cannot be undone; one that is archived already is returned as it is.

        UnconfirmedError if it is still active.
        """


def open_projects_api(
    credentials: Credentials,
    where: RegionalEndpoint,
    *,
    sleep: Callable[[float], None] = time.sleep,
    jitter: Callable[[], float] = random.random,
) -> ProjectsApi:
    """The API of that endpoint; sends nothing. Raises ServiceError if the credentials or the region cannot be used.

    `sleep` takes seconds, `jitter` gives 0 to 1: how a create waits before it is sent again after a 429.
    """
    return _OPENERS[where.endpoint](credentials, where, sleep=sleep, jitter=jitter)


def open_raw_client(credentials: Credentials, endpoint: Endpoint, *, region: str, user_agent: str) -> Any:
    """boto3's client of that API, which sends each request once: for who looks at the answers themselves.

    Raises ServiceError as `open_projects_api` does. `user_agent` is what each request says that it is of.
    """
    return _CLIENTS[endpoint](credentials, region=region, attempts=1, user_agent=user_agent)


def find(api: ProjectsApi, project_id: str) -> RemoteProject | None:
    """The project as it is now; None if the service says that it is not there."""
    try:
        return api.get(project_id)
    except NotFoundError:
        return None


_OPENERS: Mapping[object, Callable[..., ProjectsApi]] = {MANTLE: MantleProjects, RUNTIME: NativeProjects}
_CLIENTS: Mapping[object, Callable[..., Any]] = {MANTLE: mantle_client, RUNTIME: bedrock_client}
