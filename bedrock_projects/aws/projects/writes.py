"""What each API does with a write: how many requests it takes, and whether AWS shows what was asked."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from bedrock_projects.aws.models import ProjectUpdate, RemoteProject, UnconfirmedError
from bedrock_projects.errors import ServiceError
from bedrock_projects.projects.changes import as_declared, same_text


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
    shows_all = _needed_fields(asked, is_archive=is_archive) <= answer.model_fields_set
    if shows_all and not list(_differences(answer, asked, is_archive=is_archive)):
        return answer
    try:
        project = read()
    except ServiceError as error:
        raise UnconfirmedError(
            f"AWS answered, but not with all that was asked of project {answer.id}, and reading it failed: {error}",
            action=action,
            project=answer,
        ) from None
    if differences := list(_differences(project, asked, is_archive=is_archive)):
        raise UnconfirmedError(
            f"AWS answered, but project {project.id} is not as asked: {'; '.join(differences)}",
            action=action,
            project=project,
        )
    return project


def _needed_fields(asked: ProjectUpdate, *, is_archive: bool) -> set[str]:
    """The fields by which a write is confirmed."""
    needed = {
        "name": asked.name is not None,
        "tags": bool(asked.add_tags or asked.remove_tag_keys),
        "data_retention": asked.data_retention is not None,
        "status": is_archive,
    }
    return {field for field, is_needed in needed.items() if is_needed}


def _differences(project: RemoteProject, asked: ProjectUpdate, *, is_archive: bool) -> Iterator[str]:
    """What the project shows otherwise than asked, field by field."""
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
