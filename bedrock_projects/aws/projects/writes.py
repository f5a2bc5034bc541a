"""What both APIs do with a write: how often it is sent, in what steps, and whether AWS shows its result."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from http import HTTPStatus

from bedrock_projects.aws.models import ProjectUpdate, RemoteProject, UnconfirmedError
from bedrock_projects.errors import AmbiguousError, NotFoundError, ServiceError, ThrottledError
from bedrock_projects.projects.changes import as_declared, same_text

CREATE_ATTEMPTS = 8


def create_once(
    send: Callable[[], RemoteProject], *, sleep: Callable[[float], None], jitter: Callable[[], float]
) -> RemoteProject:
    """What a create answers. Only 429, which says that nothing was done, is sent again: neither API has a token.

    `sleep` takes seconds, `jitter` gives 0 to 1.
    """
    attempt = 1
    while True:
        try:
            return send()
        except ThrottledError as error:
            if attempt == CREATE_ATTEMPTS or error.status != HTTPStatus.TOO_MANY_REQUESTS:
                raise
            sleep(_pause(attempt, error, jitter))
            attempt += 1


def _pause(attempt: int, error: ThrottledError, jitter: Callable[[], float]) -> float:
    """Seconds until the next attempt: what the service asks for, at most a minute, else back-off with jitter."""
    back_off = jitter() * min(20.0, 2.0**attempt)
    return back_off if error.retry_after is None else min(error.retry_after + jitter(), 60.0)


def carry_out(
    project: RemoteProject,
    asked: ProjectUpdate,
    steps: Sequence[Callable[[RemoteProject], RemoteProject]],
    *,
    action: str,
    read: Callable[[ServiceError], RemoteProject],
) -> RemoteProject:
    """The project after the steps of an update: each gets the project as it is before, and gives it as it is then.

    If one of them fails, AWS is read: what it shows counts. `read` gets the error. The error of a first step that was
    refused is raised if AWS is as in `project`: a refused retry does not prove that the first attempt did nothing.
    UnconfirmedError: the project is not as asked. AmbiguousError: that could not be read.
    """
    before = project
    for number, step in enumerate(steps):
        try:
            project = step(project)
        except UnconfirmedError:
            raise
        except ServiceError as error:
            is_refusal = not number and not isinstance(error, AmbiguousError)
            return _seen_after(error, before, asked, is_refusal=is_refusal, action=action, read=read)
    return project


def _seen_after(
    error: ServiceError,
    before: RemoteProject,
    asked: ProjectUpdate,
    *,
    is_refusal: bool,
    action: str,
    read: Callable[[ServiceError], RemoteProject],
) -> RemoteProject:
    """The project as AWS shows it after the error, if it is as asked; a refusal is raised if it is as before."""
    try:
        project = read(error)
    except NotFoundError:
        raise
    except ServiceError as unread:
        if is_refusal and error.retries == 0:
            raise _about_other_than_project(error) from None
        message = f"{error.message}; what was done is not known, as reading project {before.id} failed"
        raise AmbiguousError(f"{message}: {unread.message}", action=action) from None
    if is_refusal and _is_as_before(project, before, asked):
        raise _about_other_than_project(error) from None
    if project.status == "archived":
        return project
    if missing := list(_differences(project, asked)):
        raise UnconfirmedError(
            f"{error.message}; project {project.id} is not as asked: {'; '.join(missing)}",
            action=action,
            project=project,
        ) from None
    return project


def _is_as_before(project: RemoteProject, before: RemoteProject, asked: ProjectUpdate) -> bool:
    """Whether nothing of what was asked was done since `before`, as far as both show it; always if it is archived."""
    if project.status == "archived":
        return True
    if shows(project, asked):
        return False
    comparable = before.model_dump(include=project.model_fields_set, exclude_unset=True)
    undone = set(_differences(RemoteProject.model_validate(comparable), asked))
    return undone <= set(_differences(project, asked))


def _about_other_than_project(error: ServiceError) -> ServiceError:
    """The error of a write; a not-found is not about the project, unless a read says the same."""
    return error.as_kind(ServiceError) if isinstance(error, NotFoundError) else error


def archive_once(
    project_id: str, send: Callable[[], RemoteProject], *, action: str, look: Callable[[], RemoteProject]
) -> RemoteProject:
    """The project after an archive. An error counts only if it is still active: a second archive may be refused.

    `look` reads it. NotFoundError: the look says so too. UnconfirmedError: AWS answered, and shows it active.
    """

    def archived() -> RemoteProject:
        """Whether an archived project is answered or not found, AWS does not say."""
        try:
            return look()
        except NotFoundError:
            return RemoteProject(id=project_id, status="archived")

    try:
        answer = send()
    except ServiceError as error:
        try:
            project = look() if isinstance(error, NotFoundError) else archived()
        except NotFoundError:
            raise
        except ServiceError:
            raise _about_other_than_project(error) from None
        if project.status != "archived":
            raise _about_other_than_project(error) from None
        return project
    return confirm(answer, ProjectUpdate(), action=action, read=archived, is_archive=True)


def requests_for(project: RemoteProject, update: ProjectUpdate, *, limit: int) -> list[ProjectUpdate]:
    """The update as one request, or as two if a service that counts additions first would find too many tags.

    `limit` is the number of tags that a project may have. The removals come first, in a request of their own.
    """
    if not update.remove_tag_keys or len(project.tags.keys() | update.add_tags.keys()) <= limit:
        return [update]
    return [ProjectUpdate(remove_tag_keys=update.remove_tag_keys), replace(update, remove_tag_keys=())]


def confirm(
    answer: RemoteProject,
    asked: ProjectUpdate,
    *,
    action: str,
    read: Callable[[], RemoteProject],
    is_archive: bool = False,
) -> RemoteProject:
    """The project after a write, from its answer; if that does not show what was asked, from one read.

    Raises UnconfirmedError if neither shows it. What the read leaves out cannot be compared, and passes.
    """
    if shows(answer, asked, is_archive=is_archive):
        return answer
    try:
        project = read()
    except ServiceError as error:
        raise UnconfirmedError(
            f"AWS answered, but not with all that was asked of project {answer.id}, and reading it failed: {error}",
            action=action,
            project=answer,
        ) from None
    if missing := list(_differences(project, asked, is_archive=is_archive)):
        raise UnconfirmedError(
            f"AWS answered, but project {project.id} is not as asked: {'; '.join(missing)}",
            action=action,
            project=project,
        )
    return project


def shows(project: RemoteProject, asked: ProjectUpdate, *, is_archive: bool = False) -> bool:
    """Whether the project shows all that was asked, as it was asked."""
    has_fields = _needed_fields(asked, is_archive=is_archive) <= project.model_fields_set
    return has_fields and not list(_differences(project, asked, is_archive=is_archive))


def _needed_fields(asked: ProjectUpdate, *, is_archive: bool) -> set[str]:
    """The fields by which a write is confirmed."""
    needed = {
        "name": asked.name is not None,
        "tags": bool(asked.add_tags or asked.remove_tag_keys),
        "data_retention": asked.data_retention is not None,
        "status": is_archive,
    }
    return {field for field, is_needed in needed.items() if is_needed}


def _differences(project: RemoteProject, asked: ProjectUpdate, *, is_archive: bool = False) -> Iterator[str]:
    """What the project shows otherwise than asked, field by field; what it does not show passes."""
    shown = project.model_fields_set & _needed_fields(asked, is_archive=is_archive)
    if "name" in shown and not same_text(project.name, asked.name):
        yield f"name is {project.name!r}, not {asked.name!r}"
    if "tags" in shown:
        yield from _tag_differences(project, asked)
    if "data_retention" in shown and project.data_retention != asked.data_retention:
        yield f"data retention is {project.data_retention}, not {asked.data_retention}"
    if is_archive and project.status != "archived":
        yield f"status is {project.status}, not archived"


def _tag_differences(project: RemoteProject, asked: ProjectUpdate) -> Iterator[str]:
    tags = as_declared(project.tags, asked.add_tags)
    for key, value in sorted(asked.add_tags.items()):
        if tags.get(key) != value:
            is_now = repr(tags[key]) if key in tags else "missing"
            yield f"tag {key} is {is_now}, not {value!r}"
    for key in sorted(project.tags.keys() & set(asked.remove_tag_keys)):
        yield f"tag {key} is {project.tags[key]!r}, not removed"
