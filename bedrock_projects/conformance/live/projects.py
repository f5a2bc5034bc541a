"""Checks of the OpenAI-shaped Projects API, read-only."""

from typing import Final

from bedrock_projects.arns import account_in
from bedrock_projects.attribution import verification
from bedrock_projects.aws.endpoints import MANTLE, RUNTIME
from bedrock_projects.aws.observing import Answer
from bedrock_projects.conformance.checks import (
    OTHER,
    Answers,
    Ending,
    LevelEndedError,
    NotCheckedError,
    Reason,
    Seen,
)
from bedrock_projects.conformance.live import listing
from bedrock_projects.conformance.live.guest import Guest, decided, seen
from bedrock_projects.conformance.live.index import indexed_ids
from bedrock_projects.conformance.live.native import default_tags
from bedrock_projects.conformance.read_only import SAMPLE
from bedrock_projects.errors import CredentialsError
from bedrock_projects.limits import UNMANAGED_ID

_LIST: Final = MANTLE.action("ListProjects")
_GET: Final = MANTLE.action("GetProject")
_NOT_FOUND: Final = ("not_found_error", "ResourceNotFoundException")
_STATUSES: Final = ("404", "400", "403")


def resolves(guest: Guest) -> Answers:
    """Without the endpoint nothing else of the level can be looked at; a proxy's page does not come from it."""
    try:
        answer = guest.ask(_LIST, limit=1)
        is_of_service = answer.refusal is None or _is_code(answer.refusal.code)
    except NotCheckedError as error:
        is_of_service = _is_code(error.code)
    if not is_of_service:
        raise LevelEndedError(Ending.NO_ENDPOINT)
    return {"host": Seen("answers")}


def _is_code(code: str) -> bool:
    """Whether a refusal has an error code of an API: botocore takes the status for one if the answer has none."""
    return bool(code) and not code.isdecimal()


def signature(guest: Guest) -> Answers:
    """A refused signature ends the level, so an answer means that it was accepted."""
    answer = guest.ask(_LIST, limit=1)
    return {"signature": Reason.REFUSED if answer.refusal else Seen("accepted")}


def bearer(guest: Guest, account: str) -> Answers:
    """The API key of the environment, if it is of the same account; one that expired says nothing of the API."""
    answer = guest.ask_with_key(_LIST, limit=1, tolerates=(CredentialsError,))
    if isinstance(answer.refusal, CredentialsError):
        return {"key": Reason.REFUSED}
    if answer.refusal:
        return {"key": seen("refused", answer)}
    accounts = {account_in(item.get("arn") or "") for item in answer.body.get("data", ())}
    return {"key": Seen("accepted") if accounts <= {account, None} else Reason.ANOTHER_ACCOUNT}


def pages_end(guest: Guest) -> Answers:
    """One page of one project, the next one, and what `last_id` of a page of several is."""
    first, whole = guest.ask(_LIST, limit=1), guest.ask(_LIST, limit=100)
    shown, ids = _ids(first), _ids(whole)
    if len(ids) < 2:
        return {}
    answers = {"last-id": _last_id(whole.body.get("last_id"), ids[-1])}
    if len(shown) != 1:
        return {**answers, "paging": Seen("limit ignored")}
    answer = guest.ask(_LIST, limit=1, after=shown[0])
    if answer.refusal:
        return {**answers, "paging": seen(OTHER, answer)}
    return {**answers, "paging": Seen("same page again" if _ids(answer) in ([], shown) else "pages")}


def _ids(answer: Answer) -> list[str]:
    return [item["id"] for item in answer.body.get("data", ()) if item.get("id")]


def _last_id(last: str | None, expected: str) -> Seen:
    return Seen("missing" if not last else "last item" if last == expected else "another item")


def tags_are_true(guest: Guest) -> Answers:
    """Of some projects: the tags in the list, and those that each project shows."""
    listed = listing.named(listing.projects_of(guest))[:SAMPLE]
    read = {item["id"]: listing.read(guest, MANTLE, item["id"]) for item in listed}
    pairs = [
        (dict(item.get("tags") or {}), dict(one.get("tags") or {}))
        for item in listed
        if (one := read[item["id"]]) is not None
    ]
    if not any(one for _, one in pairs):
        return {}
    if all(shown == one for shown, one in pairs):
        return {"tags": Seen("the same")}
    return {"tags": Seen("others" if any(shown for shown, _ in pairs) else "missing in the list")}


def archived_default(guest: Guest) -> Answers:
    """The list that nobody asked for archived projects, and the one that was."""
    if listing.named(listing.projects_of(guest), status="archived"):
        return {"archived": Seen("always")}
    listed = listing.projects_of(guest, include_archived=True)
    if listing.named(listed, status="archived"):
        return {"archived": Seen("on request")}
    known = {item["id"] for item in listed}
    hidden = sorted(indexed_ids(guest, MANTLE) - known)[:SAMPLE]
    found = [listing.read(guest, MANTLE, project_id) for project_id in hidden]
    is_archived = any(item is not None and item.get("status") == "archived" for item in found)
    return {"archived": Seen("never")} if is_archived else {}


def made_up_id(guest: Guest) -> Answers:
    """An id of the right form that no project has."""
    project_id = verification.made_up_id()
    answer = guest.ask(_GET, project_id=project_id)
    if answer.refusal is None:
        return {"answer": Seen("another status")}
    status = str(answer.refusal.status)
    text = "names the project" if f"project/{project_id}" in answer.refusal.message else "does not name it"
    return {
        "answer": seen(status if status in _STATUSES else "another status", answer),
        "text": Seen(text),
    }


def default(guest: Guest) -> Answers:
    """Which fields `default` shows."""
    answer = guest.ask(_GET, project_id=UNMANAGED_ID)
    if answer.refusal:
        return {"answer": seen("refused", answer)}
    fields = ("arn", "created_at", "data_retention")
    shown = {name.replace("_", "-"): Seen("missing" if answer.body.get(name) is None else "shown") for name in fields}
    return {"answer": Seen("answered"), **shown}


def tags_of_default(guest: Guest) -> Answers:
    """What each API says of the tags of `default`."""
    answer = guest.ask(_GET, project_id=UNMANAGED_ID)
    own = {} if answer.refusal else {"tags": Seen("some" if answer.body.get("tags") else "none")}
    return {**own, "native": decided(lambda: default_tags(guest))}


def stores(guest: Guest) -> Answers:
    """A project of each API asked of the other one."""

    def there() -> Seen:
        project_id = listing.some(listing.named(listing.projects_of(guest)))["id"]
        return _found(guest.ask(RUNTIME.action("GetProject"), projectIdentifier=project_id))

    def back() -> Seen:
        project_id = listing.some(listing.named(listing.native_projects_of(guest)))["id"]
        return _found(guest.ask(_GET, project_id=project_id))

    return {"there": decided(there), "back": decided(back)}


def _found(answer: Answer) -> Seen:
    """A refusal that is not a not-found of the API says nothing of the stores: a proxy has a 404 too."""
    if answer.refusal is None:
        return Seen("one store")
    return seen("two stores" if answer.refusal.code in _NOT_FOUND else OTHER, answer)
