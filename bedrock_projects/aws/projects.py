"""The client of the Projects API in one region.

https://docs.aws.amazon.com/bedrock/latest/userguide/projects.html
"""

import random
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from botocore.parsers import ResponseParserError

from bedrock_projects.aws.errors import translate_errors
from bedrock_projects.aws.mantle import SERVICE, mantle_client
from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.aws.session import Credentials
from bedrock_projects.errors import AccessDeniedError, AmbiguousError, CredentialsError, ServiceError, ThrottledError

_PAGE = 100
_ATTEMPTS = 5
_CREATE_ATTEMPTS = 8
# What botocore's parser raises for an answer whose fields have other types than the model says.
_UNREADABLE = (ResponseParserError, AttributeError, TypeError, ValueError, KeyError)


class ProjectsClient:
    """One method per operation; answers are RemoteProject, errors ServiceError.

    A create is sent once: the service has no idempotency token, so what may have been carried out is never sent
    again. Only 429, which says that nothing was done, is retried. `sleep` and `jitter` (0 to 1) are for tests.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        region: str,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.region = region
        self._credentials = credentials
        self._sleep = sleep
        self._jitter = jitter
        session = credentials.session()
        self._client, self._create_client = (
            mantle_client(credentials, session, region=region, attempts=attempts) for attempts in (_ATTEMPTS, 1)
        )

    @property
    def base_url(self) -> str:
        """What an OpenAI client of this region's projects takes as its `base_url`."""
        url: str = self._client.meta.endpoint_url
        # Without an override botocore shows the name that it would have made without the endpoint rules.
        made_up = url.startswith(f"https://{SERVICE}.{self.region}.amazonaws.com")
        host = f"https://{SERVICE}.{self.region}.api.aws" if made_up else url.rstrip("/")
        return f"{host}/v1"

    def create(self, *, name: str, tags: Mapping[str, str], data_retention: str | None) -> RemoteProject:
        """One POST that carries everything. AmbiguousError: it may exist all the same; look before doing anything."""
        action = f"creating project {name!r} in {self.region}"
        request: dict[str, Any] = {"name": name, "tags": dict(tags)}
        if data_retention is not None:
            request["data_retention"] = {"mode": data_retention}
        attempt = 1
        while True:
            try:
                return self._project(action, lambda: self._create_client.create_project(**request))
            except ThrottledError as error:
                if attempt == _CREATE_ATTEMPTS or error.status != HTTPStatus.TOO_MANY_REQUESTS:
                    raise
                self._sleep(self._pause(attempt, error))
                attempt += 1

    def get(self, project_id: str) -> RemoteProject:
        """Gets one project; NotFoundError where this region and account have none of that id."""
        action = f"reading project {project_id} in {self.region}"
        return self._project(action, lambda: self._client.get_project(project_id=project_id))

    def list_all(self, *, include_archived: bool = False) -> list[RemoteProject]:
        """Lists all projects, `default` among them; each once, whatever the service makes of the paging parameters.

        Archived ones may be in it even if not asked for, and missing even if asked for: go by `status`.
        """
        if not include_archived:
            return self._list({})
        try:
            return self._list({"include_archived": True})
        except ServiceError as error:
            # OpenAI's specification has the parameter, AWS's manual does not: one that refuses it is asked without.
            if error.status != 400 or isinstance(error, CredentialsError | AccessDeniedError | ThrottledError):
                raise
            return self._list({})

    def _list(self, parameters: dict[str, Any]) -> list[RemoteProject]:
        action = f"listing the projects in {self.region}"
        found: dict[str, RemoteProject] = {}
        with translate_errors(action, credentials=str(self._credentials)):
            pages = self._client.get_paginator("list_projects").paginate(
                **parameters, PaginationConfig={"PageSize": _PAGE}
            )
            try:
                for page in pages:
                    new = {item["id"]: _parse(item) for item in page["data"] if item["id"] not in found}
                    if not new:
                        break
                    found |= new
            except _UNREADABLE:
                raise AmbiguousError("the answer is not a list of projects", action=action) from None
        return list(found.values())

    def update(
        self,
        project_id: str,
        *,
        name: str | None = None,
        add_tags: Mapping[str, str] | None = None,
        remove_tag_keys: list[str] | None = None,
        data_retention: str | None = None,
    ) -> RemoteProject:
        """One POST with just what is given."""
        request: dict[str, Any] = {"project_id": project_id}
        if name is not None:
            request["name"] = name
        if add_tags:
            request["add_tags"] = dict(add_tags)
        if remove_tag_keys:
            request["remove_tag_keys"] = sorted(remove_tag_keys)
        if data_retention is not None:
            request["data_retention"] = {"mode": data_retention}
        action = f"updating project {project_id} in {self.region}"
        return self._project(action, lambda: self._client.update_project(**request))

    def archive(self, project_id: str) -> None:
        """Archives a project. Cannot be undone."""
        action = f"archiving project {project_id} in {self.region}"
        with translate_errors(action, credentials=str(self._credentials)):
            self._client.archive_project(project_id=project_id)

    def _project(self, action: str, call: Callable[[], dict[str, Any]]) -> RemoteProject:
        with translate_errors(action, credentials=str(self._credentials)):
            try:
                return _parse(call())
            except _UNREADABLE:
                raise AmbiguousError("the answer is not a project", action=action) from None

    def _pause(self, attempt: int, error: ThrottledError) -> float:
        """Seconds until the next attempt: what the service asks for, at most a minute, else back-off with jitter."""
        back_off = self._jitter() * min(20.0, 2.0**attempt)
        return back_off if error.retry_after is None else min(error.retry_after + self._jitter(), 60.0)


def _parse(item: Mapping[str, Any]) -> RemoteProject:
    retention = item.get("data_retention") or {}
    return RemoteProject(
        id=item["id"],
        arn=item.get("arn"),
        name=item.get("name", ""),
        status=item.get("status", "active"),
        created_at=int(item["created_at"]) if "created_at" in item else None,
        tags=item.get("tags", {}),
        data_retention=retention.get("mode"),
    )
