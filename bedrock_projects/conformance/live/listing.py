"""Lists that are read whole, and samples of them, for several checks."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from bedrock_projects.aws.endpoints import MANTLE, RUNTIME, Endpoint
from bedrock_projects.aws.observing import Answer
from bedrock_projects.conformance.checks import NotCheckedError, Reason
from bedrock_projects.conformance.live.guest import Guest
from bedrock_projects.conformance.read_only import MOST_PAGES
from bedrock_projects.limits import UNMANAGED_ID

_PAGE: Final = 100

Item = Mapping[str, Any]
"""A project as AWS shows it."""


def projects_of(guest: Guest, **parameters: Any) -> list[Item]:
    """The projects that the OpenAI-shaped API lists, each once, however it takes the paging parameters."""
    known: dict[str, Item] = {}
    after: dict[str, Any] = {}
    for _ in range(MOST_PAGES):
        answer = guest.ask(MANTLE.action("ListProjects"), limit=_PAGE, **after, **parameters)
        if answer.refusal:
            raise NotCheckedError(Reason.REFUSED)
        page = {item["id"]: item for item in answer.body.get("data", ()) if item.get("id") and item["id"] not in known}
        known |= page
        if not answer.body.get("has_more"):
            return list(known.values())
        if not page:  # the same page again: what comes after it is not known
            raise NotCheckedError(Reason.STUCK)
        after = {"after": list(page)[-1]}
    raise NotCheckedError(Reason.TOO_MANY)


def native_projects_of(guest: Guest, **parameters: Any) -> list[Item]:
    """The projects that the native API lists, archived ones among them."""
    operation = RUNTIME.action("ListProjects")
    items = pages_of(guest, operation, "projectSummaries", cursor="nextToken", maxResults=_PAGE, **parameters)
    return [item for item in items if "id" in item]


def pages_of(guest: Guest, operation: str, member: str, *, cursor: str, **parameters: Any) -> list[Item]:
    """The items of `member` on all pages; `cursor` is the member that names the next page.

    NotCheckedError if a page is refused, or if there are too many.
    """
    items: list[Item] = []
    next_page: dict[str, Any] = {}
    for _ in range(MOST_PAGES):
        answer = guest.ask(operation, **parameters, **next_page)
        if answer.refusal:
            raise NotCheckedError(Reason.REFUSED)
        items += answer.body.get(member) or ()
        following = answer.body.get(cursor)
        if not following:
            return items
        next_page = {cursor: following}
    raise NotCheckedError(Reason.TOO_MANY)


def tags_in(answer: Answer) -> dict[str, str]:
    """The tags in an answer of the native API; what is missing in one of them is empty."""
    return {tag.get("key", ""): tag.get("value", "") for tag in answer.body.get("tags", ())}


def named(projects: Iterable[Item], *, status: str = "active") -> list[Item]:
    """The projects of that status, without `default`."""
    return [
        item
        for item in projects
        if item.get("id") not in (None, UNMANAGED_ID) and item.get("status", "active") == status
    ]


def read(guest: Guest, endpoint: Endpoint, project_id: str) -> Item | None:
    """A project by its id; None if AWS refuses to show it."""
    asked: dict[str, Any] = {"project_id" if endpoint is MANTLE else "projectIdentifier": project_id}
    answer = guest.ask(endpoint.action("GetProject"), **asked)
    return None if answer.refusal else answer.body


def some(items: Sequence[Item]) -> Item:
    """One of them; NotCheckedError if there are none."""
    if not items:
        raise NotCheckedError(Reason.NOTHING_TO_LOOK_AT)
    return items[0]
