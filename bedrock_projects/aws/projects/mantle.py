"""The Projects API of `bedrock-mantle`, in OpenAI's shape.

https://docs.aws.amazon.com/bedrock/latest/userguide/projects.html

botocore sends the requests by a service model of ours (decision 1); a create has a client of its own, which never sends
it twice (decision 2).
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from bedrock_projects.aws.api_key import put_api_key
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import MANTLE, RegionalEndpoint
from bedrock_projects.aws.errors import translate_errors
from bedrock_projects.aws.models import ProjectUpdate, RemoteProject
from bedrock_projects.aws.pages import pages_of
from bedrock_projects.aws.projects.answers import check_about, each_once, readable
from bedrock_projects.aws.projects.writes import archive_once, carry_out, confirm, create_once, requests_for
from bedrock_projects.aws.readable import readable_answer
from bedrock_projects.aws.session import USER_AGENT, client_config, open_client
from bedrock_projects.errors import (
    AccessDeniedError,
    AmbiguousError,
    CredentialsError,
    NotFoundError,
    ServiceError,
    ThrottledError,
)
from bedrock_projects.json_reading import read_json
from bedrock_projects.limits import UNMANAGED_ID

# Pinned: were botocore to ship a model of the service, an upgrade of it must not change what we send.
_API_VERSION = "2026-11-25"
_PAGE = 100
_ATTEMPTS = 5
_CONCURRENT_READS = 8


class MantleProjects:
    """`ProjectsApi` of this endpoint; the Protocol says what each method does.

    A create is sent once: the service has no idempotency token, so what may have been carried out is never sent
    again. Only 429, which says that nothing was done, is retried.
    """

    def __init__(
        self,
        credentials: Credentials,
        where: RegionalEndpoint,
        *,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float],
    ) -> None:
        self.where = where
        self._credentials = credentials
        self._sleep = sleep
        self._jitter = jitter
        self._client, self._create_client = (
            mantle_client(credentials, region=where.region, attempts=attempts) for attempts in (_ATTEMPTS, 1)
        )

    @property
    def base_url(self) -> str:
        url: str = self._client.meta.endpoint_url
        # Without an override botocore shows the name that it would have made without the endpoint rules.
        made_up = url.startswith(f"https://{MANTLE.name}.{self.where}.amazonaws.com")
        return MANTLE.base_url(self.where.region, override=None if made_up else url)

    def account_id(self) -> str | None:
        action = f"reading the account of the projects in {self.where}"
        pages = self._pages({}, action=action)
        return next((project.account_id for page in pages for project in page if project.account_id), None)

    def create(self, *, name: str, tags: Mapping[str, str], data_retention: str | None) -> RemoteProject:
        action = f"creating project {name!r} in {self.where}"
        request: dict[str, Any] = {"name": name, "tags": dict(tags)}
        if data_retention is not None:
            request["data_retention"] = {"mode": data_retention}
        answer = create_once(
            lambda: self._project(action, lambda: self._create_client.create_project(**request)),
            sleep=self._sleep,
            jitter=self._jitter,
        )
        asked = ProjectUpdate(name=name, add_tags=tags, data_retention=data_retention)
        return confirm(answer, asked, action=action, read=lambda: self.get(answer.id))

    def get(self, project_id: str) -> RemoteProject:
        action = f"reading project {project_id} in {self.where}"
        return self._project(action, lambda: self._client.get_project(project_id=project_id), project_id=project_id)

    def list_all(
        self, *, include_archived: bool = False, settled: Callable[[RemoteProject], bool] | None = None
    ) -> list[RemoteProject]:
        del settled  # there is no index: a list has the tags, or each project is read
        listed = self._list(include_archived=include_archived)
        return self._with_true_tags(listed, listed)

    def named(self, name: str) -> list[RemoteProject]:
        listed = self._list(include_archived=False)
        namesakes = [project for project in listed if project.status == "active" and project.name == name]
        return self._with_true_tags(namesakes, listed)

    def apply(self, project: RemoteProject, update: ProjectUpdate) -> RemoteProject:
        def step(request: ProjectUpdate) -> Callable[[RemoteProject], RemoteProject]:
            return lambda project: self._update(project.id, request)

        return carry_out(
            project,
            update,
            [step(request) for request in requests_for(project, update, limit=MANTLE.tags_per_project)],
            action=f"updating project {project.id} in {self.where}",
            read=lambda _: self.get(project.id),
        )

    def archive(self, project_id: str) -> RemoteProject:
        action = f"archiving project {project_id} in {self.where}"
        return archive_once(
            project_id,
            lambda: self._project(
                action, lambda: self._client.archive_project(project_id=project_id), project_id=project_id
            ),
            action=action,
            look=lambda: self.get(project_id),
        )

    def _update(self, project_id: str, update: ProjectUpdate) -> RemoteProject:
        request: dict[str, Any] = {"project_id": project_id}
        if update.name is not None:
            request["name"] = update.name
        if update.add_tags:
            request["add_tags"] = dict(update.add_tags)
        if update.remove_tag_keys:
            request["remove_tag_keys"] = sorted(update.remove_tag_keys)
        if update.data_retention is not None:
            request["data_retention"] = {"mode": update.data_retention}
        action = f"updating project {project_id} in {self.where}"
        answer = self._project(action, lambda: self._client.update_project(**request), project_id=project_id)
        return confirm(answer, update, action=action, read=lambda: self.get(project_id))

    def _list(self, *, include_archived: bool) -> list[RemoteProject]:
        action = f"listing the projects in {self.where}"
        if not include_archived:
            return [project for page in self._pages({}, action=action) for project in page]
        try:
            return [project for page in self._pages({"include_archived": True}, action=action) for project in page]
        except ServiceError as error:
            # OpenAI's specification has the parameter, AWS's manual does not: one that refuses it is asked without.
            if error.status != 400 or isinstance(error, CredentialsError | AccessDeniedError | ThrottledError):
                raise
            return self._list(include_archived=False)

    def _pages(self, parameters: dict[str, Any], *, action: str) -> Iterator[list[RemoteProject]]:
        """The pages of a list; each project once, however the service takes the paging parameters.

        AmbiguousError if more follow, but no page is named: a part of a list would make projects look new. A page that
        does not say whether more follow is the last one if nothing of it is new.
        """
        known: set[str] = set()
        new: list[RemoteProject] = []

        def following(page: dict[str, Any]) -> str | None:
            if not page.get("has_more", new):
                return None
            # A page without projects may be one of others that the service left out.
            name: str | None = page["data"][-1]["id"] if page["data"] else page.get("last_id")
            if not name:
                raise AmbiguousError(
                    f"AWS says that more projects follow the {len(known)} that it has shown, but names no "
                    "further page; run this again, and report it if it stays so",
                    action=action,
                )
            return name

        with translate_errors(action, credentials=str(self._credentials)):
            ask = partial(self._client.list_projects, **parameters, limit=_PAGE)
            with readable("the answer is not a list of projects", action=action):
                for page in pages_of(ask, cursor="after", action=action, following=following):
                    new = each_once(map(_parse, page["data"]), known)
                    yield new

    def _with_true_tags(self, wanted: list[RemoteProject], listed: list[RemoteProject]) -> list[RemoteProject]:
        """A list may come without tags: if it shows some it is trusted, else each active project is read."""
        if any(project.tags for project in listed if project.id != UNMANAGED_ID):
            return wanted
        with ThreadPoolExecutor(_CONCURRENT_READS) as pool:
            return list(pool.map(self._read_if_active, wanted))

    def _read_if_active(self, project: RemoteProject) -> RemoteProject:
        return project if project.status != "active" or project.id == UNMANAGED_ID else self.get(project.id)

    def _project(
        self, action: str, call: Callable[[], dict[str, Any]], *, project_id: str | None = None
    ) -> RemoteProject:
        try:
            with (
                translate_errors(action, credentials=str(self._credentials)),
                readable("the answer is not a project", action=action),
            ):
                project = _parse(call())
        except NotFoundError as error:
            if f"project/{project_id}" in error.message:
                raise
            raise error.as_kind(ServiceError) from None
        check_about(project, project_id, action=action)
        return project


def mantle_client(credentials: Credentials, *, region: str, attempts: int, user_agent: str = USER_AGENT) -> Any:
    """A botocore client of the endpoint's whole API, inference too; sends each request at most `attempts` times."""
    client = open_client(
        MANTLE.name,
        credentials,
        region=region,
        config=client_config(
            attempts=attempts, signed=credentials.auth != "bearer", retries="adaptive", user_agent=user_agent
        ),
        api_version=_API_VERSION,
    )
    client.meta.events.register(f"before-parse.{MANTLE.name}", _flatten_answer)
    put_api_key(client, credentials, service=MANTLE.name)
    return client


def _parse(item: Mapping[str, Any]) -> RemoteProject:
    """The project with just the fields that the answer shows."""
    retention = item.get("data_retention", {}).get("mode")
    return RemoteProject.model_validate(
        {field: value for field, value in item.items() if value is not None and field != "data_retention"}
        | ({} if retention is None else {"data_retention": retention})
    )


def _flatten_answer(response_dict: dict[str, Any], **_: object) -> None:
    """Turns an answer into the shape that botocore's JSON parser knows.

    The service's errors are OpenAI's (`{"error": {"message", "type", "code"}}`), its request id is in `x-request-id`,
    a wait in `Retry-After` (seconds; botocore's retries read `x-amz-retry-after`, milliseconds);
    anything that is not a JSON object becomes an empty one, which no caller takes for a project. Fields of projects get
    the types of the service model.
    """
    headers = response_dict["headers"]
    if "x-request-id" in headers and "x-amzn-requestid" not in headers:
        headers["x-amzn-requestid"] = headers["x-request-id"]
    if headers.get("retry-after", "").isdecimal() and "x-amz-retry-after" not in headers:
        headers["x-amz-retry-after"] = str(int(headers["retry-after"]) * 1000)
    try:
        body = read_json(response_dict["body"] or b"{}")
    except ValueError:
        body = None
    if response_dict["status_code"] >= 300:
        error = body.get("error") if isinstance(body, dict) else None
        error = error if isinstance(error, dict) else {"message": response_dict["body"].decode(errors="replace")[:500]}
        body = {"message": error.get("message") or "", "code": error.get("code") or error.get("type") or ""}
        response_dict["body"] = json.dumps({name: str(value) for name, value in body.items()}).encode()
    else:
        response_dict["body"] = json.dumps(readable_answer(body)).encode()
