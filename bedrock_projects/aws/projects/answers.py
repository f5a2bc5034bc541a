"""What both APIs make of an answer: one that cannot be read says nothing, and one about another project is none."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from botocore.parsers import ResponseParserError

from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.errors import AmbiguousError

# What botocore's parser, or a look at a member, raises for an answer that has other members or types than the model.
_UNREADABLE = (ResponseParserError, AttributeError, TypeError, ValueError, KeyError)


@contextmanager
def readable(otherwise: str, *, action: str) -> Iterator[None]:
    """Raises AmbiguousError if the answer cannot be read; `otherwise` says what it is not."""
    try:
        yield
    except _UNREADABLE:
        raise AmbiguousError(otherwise, action=action) from None


def each_once(page: Iterable[RemoteProject], known: set[str]) -> list[RemoteProject]:
    """The projects of a page that are not `known` yet, whose ids are added to it.

    Of one that is there twice, an active one counts: an archived one would be replaced by a new project.
    """
    new: dict[str, RemoteProject] = {}
    for project in page:
        if project.id not in known and (project.id not in new or project.status == "active"):
            new[project.id] = project
    known.update(new)
    return [*new.values()]


def check_about(project: RemoteProject, project_id: str | None, *, action: str) -> None:
    """Raises AmbiguousError if the answer is about another project than the one of that id; None: any."""
    if project_id not in (None, project.id):
        raise AmbiguousError(f"the answer is about project {project.id}", action=action)
