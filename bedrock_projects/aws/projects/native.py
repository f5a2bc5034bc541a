"""The Projects API of AWS's SDKs, boto3's client `bedrock`: the projects of bedrock-runtime (decision 15).

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateProject.html

No answer has tags: they are read project by project. Nothing else but a name or a mode changes with one request.
"""

import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any, TypeAlias

from botocore.model import OperationModel
from botocore.parsers import ResponseParserError

from bedrock_projects.aws.api_key import put_api_key
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import RUNTIME, RegionalEndpoint
from bedrock_projects.aws.errors import translate_errors
from bedrock_projects.aws.models import ProjectUpdate, RemoteProject
from bedrock_projects.aws.pages import pages_of
from bedrock_projects.aws.projects.answers import check_about, each_once, readable
from bedrock_projects.aws.projects.writes import archive_once, carry_out, confirm, create_once, shows
from bedrock_projects.aws.session import USER_AGENT, client_config, open_client
from bedrock_projects.errors import AmbiguousError, NotFoundError, ServiceError
from bedrock_projects.json_reading import read_json
from bedrock_projects.limits import UNMANAGED_ID

_SERVICE = "bedrock"
_INDEX = "resourcegroupstaggingapi"
_RESOURCE_TYPE = "bedrock:project"
_PAGE = 100
_ATTEMPTS = 5
# Both bound what an index that nobody can reach costs a run: some ten seconds.
_INDEX_ATTEMPTS = 2
_INDEX_TIMEOUT = 5
_IN_FLIGHT = 32
_LOOKS_AT_TAGS = (0.5, 1.0, 2.0, 4.0)
"""Seconds before each further look at the tags that were written: what a read shows may lag behind."""

_BY_CODE: Mapping[str, type[ServiceError]] = {
    "ResourceNotFoundException": NotFoundError,
    "ConflictException": AmbiguousError,
}
_MOST_OF_A_PAGE = 500

Step: TypeAlias = Callable[[RemoteProject], RemoteProject]


class NativeProjects:
    """`ProjectsApi` of this endpoint; the Protocol says what each method does.

    A create is sent once, by a client with one attempt: every retry mode of botocore sends it again after a reset.
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
            bedrock_client(credentials, region=where.region, attempts=attempts) for attempts in (_ATTEMPTS, 1)
        )

    @property
    def base_url(self) -> str:
        return RUNTIME.base_url(self.where.region)

    def account_id(self) -> str | None:
        return self._described(UNMANAGED_ID).account_id

    def create(self, *, name: str, tags: Mapping[str, str], data_retention: str | None) -> RemoteProject:
        action = f"creating project {name!r} in {self.where}"
        request: dict[str, Any] = {"name": name, "tags": _pairs(tags)}
        if data_retention is not None:
            request["dataRetention"] = {"mode": data_retention}
        answer = create_once(
            lambda: self._project(action, lambda: self._create_client.create_project(**request)),
            sleep=self._sleep,
            jitter=self._jitter,
        )
        asked = ProjectUpdate(name=name, add_tags=tags, data_retention=data_retention)
        return confirm(answer, asked, action=action, read=lambda: self._as_written(answer, asked))

    def get(self, project_id: str) -> RemoteProject:
        return self._with_tags(self._described(project_id))

    def list_all(
        self, *, include_archived: bool = False, settled: Callable[[RemoteProject], bool] | None = None
    ) -> list[RemoteProject]:
        pages = self._pages(include_archived=include_archived)
        if settled is None:
            return _each(pages, self._with_tags)
        with ThreadPoolExecutor(1) as pool:
            index = pool.submit(self._index)

            def tagged(project: RemoteProject) -> RemoteProject:
                shown = index.result().get(project.arn or "") if _has_tags(project) else None
                known = None if shown is None else project.model_copy(update={"tags": shown})
                return known if known and settled(known) else self._with_tags(project)

            return _each(pages, tagged)

    def named(self, name: str) -> list[RemoteProject]:
        def is_namesake(project: RemoteProject) -> bool:
            return project.status == "active" and project.name == name

        pages = self._pages(include_archived=False)
        return _each((list(filter(is_namesake, page)) for page in pages), self._with_tags)

    def apply(self, project: RemoteProject, update: ProjectUpdate) -> RemoteProject:
        if (update.add_tags or update.remove_tag_keys) and project.arn is None:
            project = self._with_tags(self._described(project.id))
        return carry_out(
            project,
            update,
            list(self._steps(project, update)),
            action=f"updating project {project.id} in {self.where}",
            read=lambda error: self._seen_after(error, project.id, update),
        )

    def archive(self, project_id: str) -> RemoteProject:
        action = f"archiving project {project_id} in {self.where}"
        return archive_once(
            project_id,
            lambda: self._project(
                action, lambda: self._client.archive_project(projectIdentifier=project_id), project_id=project_id
            ),
            action=action,
            look=lambda: self._described(project_id),
        )

    def _steps(self, project: RemoteProject, update: ProjectUpdate) -> Iterator[Step]:
        """The requests of an update, in their order.

        Added tags go first: an ownership tag that is new is there before anything else of the project changes, and the
        one that it replaces goes after it. Only if there would be too many tags, the removals make room.
        """
        tagging: list[Step] = []
        if update.add_tags:
            tagging = [lambda project: self._tag(project, update.add_tags)]
        if update.remove_tag_keys:
            is_full = len(project.tags.keys() | update.add_tags.keys()) > RUNTIME.tags_per_project
            tagging.insert(0 if is_full else 1, lambda project: self._untag(project, update.remove_tag_keys))
        yield from tagging
        if update.name is not None:
            yield lambda project: self._set(project, ProjectUpdate(name=update.name))
        if update.data_retention is not None:
            yield lambda project: self._set(project, ProjectUpdate(data_retention=update.data_retention))
        if tagging:
            yield lambda project: self._confirm_tags(project, replace(update, name=None, data_retention=None))

    def _tag(self, project: RemoteProject, tags: Mapping[str, str]) -> RemoteProject:
        with self._asking(f"tagging project {project.id} in {self.where}", "the answer is not one to new tags"):
            self._client.tag_resource(resourceARN=project.arn, tags=_pairs(tags))
        return project

    def _untag(self, project: RemoteProject, keys: Sequence[str]) -> RemoteProject:
        action = f"removing tags of project {project.id} in {self.where}"
        with self._asking(action, "the answer is not one to removed tags"):
            self._client.untag_resource(resourceARN=project.arn, tagKeys=sorted(keys))
        return project

    def _set(self, project: RemoteProject, asked: ProjectUpdate) -> RemoteProject:
        """The project with the name or the mode that is asked, and its tags as they were."""
        action = f"updating project {project.id} in {self.where}"
        request: dict[str, Any] = {"projectIdentifier": project.id}
        if asked.name is not None:
            request["name"] = asked.name
        if asked.data_retention is not None:
            request["dataRetention"] = {"mode": asked.data_retention}
        answer = self._project(action, lambda: self._client.update_project(**request), project_id=project.id)
        tags = {"tags": project.tags} if "tags" in project.model_fields_set else {}
        return confirm(answer.model_copy(update=tags), asked, action=action, read=lambda: self.get(project.id))

    def _confirm_tags(self, project: RemoteProject, asked: ProjectUpdate) -> RemoteProject:
        project = self._with_written_tags(project, asked)
        return confirm(project, asked, action=f"updating project {project.id} in {self.where}", read=lambda: project)

    def _as_written(self, answer: RemoteProject, asked: ProjectUpdate) -> RemoteProject:
        """The project after a write whose answer it is, with its tags."""
        is_shown = shows(answer, replace(asked, add_tags={}, remove_tag_keys=()))
        return self._with_written_tags(answer if is_shown else self._described(answer.id), asked)

    def _seen_after(self, error: ServiceError, project_id: str, asked: ProjectUpdate) -> RemoteProject:
        """The project after an error; tags that an attempt before a refused one may have written get time to show."""
        if error.retries == 0 or isinstance(error, AmbiguousError):
            return self.get(project_id)
        return self._with_written_tags(self._described(project_id), replace(asked, name=None, data_retention=None))

    def _with_written_tags(self, project: RemoteProject, asked: ProjectUpdate) -> RemoteProject:
        """The project with its tags as they are read, once they are as asked or have had the time for it."""
        project = self._with_tags(project)
        for pause in _LOOKS_AT_TAGS:
            if not _has_tags(project) or shows(project, asked):
                break
            self._sleep(pause)
            project = self._with_tags(project)
        return project

    def _described(self, project_id: str) -> RemoteProject:
        """The project without its tags."""
        action = f"reading project {project_id} in {self.where}"
        return self._project(
            action, lambda: self._client.get_project(projectIdentifier=project_id), project_id=project_id
        )

    def _with_tags(self, project: RemoteProject) -> RemoteProject:
        """The project with its tags; those of an archived one are never read, and `default` cannot have any."""
        if project.id == UNMANAGED_ID:
            return project.model_copy(update={"tags": {}})
        if not _has_tags(project):
            return project
        try:
            with self._asking(f"reading the tags of project {project.id} in {self.where}", "the answer has no tags"):
                answer = self._client.list_tags_for_resource(resourceARN=project.arn)
                tags = {tag["key"]: tag["value"] for tag in answer["tags"]}
        except NotFoundError as error:
            raise error.as_kind(ServiceError) from None  # the project itself was there just now
        return project.model_copy(update={"tags": tags})

    def _pages(self, *, include_archived: bool) -> Iterator[list[RemoteProject]]:
        """The pages of a list; each project once."""
        wanted = {} if include_archived else {"statusFilter": "active"}
        known: set[str] = set()
        action = f"listing the projects in {self.where}"
        with self._asking(action, "the answer is not a list of projects"):
            ask = partial(self._client.list_projects, **wanted, maxResults=_PAGE)
            for page in pages_of(ask, cursor="nextToken", action=action):
                yield each_once(map(_parse, page["projectSummaries"]), known)

    def _index(self) -> dict[str, dict[str, str]]:
        """Tags by ARN, as far as AWS's index of tags shows them: it may refuse, not know projects, or lag behind.

        An API key is for Bedrock alone, and other credentials of the environment may be of another account.
        """
        shown: dict[str, dict[str, str]] = {}
        if self._credentials.auth == "bearer":
            return shown
        config = client_config(attempts=_INDEX_ATTEMPTS, read_timeout=_INDEX_TIMEOUT)
        with (
            suppress(ServiceError),
            translate_errors(_INDEX, credentials=str(self._credentials)),
            readable("the answer is not a page of the index", action=_INDEX),
        ):
            client = open_client(_INDEX, self._credentials, region=self.where.region, config=config)
            for page in client.get_paginator("get_resources").paginate(ResourceTypeFilters=[_RESOURCE_TYPE]):
                for item in page["ResourceTagMappingList"]:
                    shown[item["ResourceARN"]] = {tag["Key"]: tag["Value"] for tag in item["Tags"]}
        return shown

    def _project(
        self, action: str, call: Callable[[], dict[str, Any]], *, project_id: str | None = None
    ) -> RemoteProject:
        with self._asking(action, "the answer is not a project"):
            project = _parse(call())
        check_about(project, project_id, action=action)
        return project

    @contextmanager
    def _asking(self, action: str, otherwise: str) -> Iterator[None]:
        """Raises what goes wrong as one of our errors; `otherwise` says what an answer is not that cannot be read.

        A not-found counts by its code. A conflict says neither whose it is nor what was done.
        """
        try:
            with translate_errors(action, credentials=str(self._credentials)), readable(otherwise, action=action):
                yield
        except ServiceError as error:
            if error.code in _BY_CODE:
                raise error.as_kind(_BY_CODE[error.code]) from None
            raise (error.as_kind(ServiceError) if isinstance(error, NotFoundError) else error) from None


def bedrock_client(credentials: Credentials, *, region: str, attempts: int, user_agent: str = USER_AGENT) -> Any:
    """A boto3 client of `bedrock` that sends each request at most `attempts` times; raises ServiceError."""
    client = open_client(
        _SERVICE,
        credentials,
        region=region,
        config=client_config(
            attempts=attempts,
            connections=_IN_FLIGHT,
            signed=credentials.auth != "bearer",
            retries="adaptive",
            user_agent=user_agent,
        ),
    )
    check_model(client.meta.service_model.operation_names)
    client.meta.events.register(f"before-parse.{_SERVICE}", _refuse_unreadable)
    put_api_key(client, credentials, service=_SERVICE)
    return client


def check_model(operations: Collection[str]) -> None:
    """ServiceError if the installed boto3 does not know projects: `operations` are those of its client `bedrock`."""
    if "CreateProject" not in operations:
        raise ServiceError(
            "the installed boto3 does not know the projects of bedrock-runtime; upgrade boto3 to 1.44.8 or newer",
            action=f"setting up the client of {_SERVICE}",
        )


def _each(pages: Iterable[list[RemoteProject]], tagged: Step) -> list[RemoteProject]:
    """The projects of all pages, each as `tagged` gives it, which begins while the list goes on."""
    with ThreadPoolExecutor(_IN_FLIGHT) as pool:
        try:
            tasks = [pool.submit(tagged, project) for page in pages for project in page]
            return [task.result() for task in tasks]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _has_tags(project: RemoteProject) -> bool:
    """Whether the tags of the project are worth a request."""
    return project.status == "active" and project.id != UNMANAGED_ID


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]


def _parse(item: Mapping[str, Any]) -> RemoteProject:
    """The project with just the fields that the answer shows, without tags; KeyError without id or ARN."""
    shown = {"id": item["id"], "arn": item["arn"], "name": item.get("name"), "status": item.get("status")}
    if "createdAt" in item:
        shown["created_at"] = int(item["createdAt"].timestamp())
    if "dataRetention" in item:
        shown["data_retention"] = item["dataRetention"].get("mode")
    return RemoteProject.model_validate({field: value for field, value in shown.items() if value is not None})


def _refuse_unreadable(response_dict: dict[str, Any], operation_model: OperationModel, **_: object) -> None:
    """Refuses an answer that is cut off, or not the service's; botocore would take it for an empty one.

    Nor is anything but a list a list: botocore would take an empty mapping for an empty one. An operation that answers
    nothing may have no body. Of an error, only its text is left.
    """
    body: bytes = response_dict["body"]
    try:
        answer = read_json(body)
    except ValueError:
        answer = None
    if isinstance(answer, dict):
        members = operation_model.output_shape.members if operation_model.output_shape else {}
        lists = (name for name, shape in members.items() if shape.type_name == "list" and name in answer)
        no_list = next((name for name in lists if not isinstance(answer[name], list)), None)
        if no_list and response_dict["status_code"] < HTTPStatus.MULTIPLE_CHOICES:
            raise ResponseParserError(f"not a list: {no_list}")
        return
    if response_dict["status_code"] >= HTTPStatus.MULTIPLE_CHOICES:
        response_dict["body"] = json.dumps({"message": body.decode(errors="replace")[:_MOST_OF_A_PAGE]}).encode()
    elif body or (operation_model.output_shape and operation_model.output_shape.members):
        raise ResponseParserError("not a JSON object")
