"""The projects that a run creates, and what is done to them. Each is in the private file before it is sent."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from bedrock_projects.aws.endpoints import ENDPOINTS, MANTLE, RUNTIME, Endpoint
from bedrock_projects.aws.observing import Answer
from bedrock_projects.conformance.checks import Ending, LevelEndedError, NotCheckedError, Reason
from bedrock_projects.conformance.create import MARKER_KEY, NAME, PAUSES
from bedrock_projects.conformance.live import listing
from bedrock_projects.conformance.live.guest import Guest
from bedrock_projects.conformance.live.private_file import PrivateFile, ThrowAway
from bedrock_projects.errors import ServiceError, SettingsError
from bedrock_projects.model import OWNERSHIP_TAG_KEY, other_ownership

_T = TypeVar("_T")


@dataclass(frozen=True)
class Leftover:
    """An active project of this command, of any run. `name` is the one that the run gave it, without what follows."""

    endpoint: Endpoint
    id: str
    name: str
    run: str


class Projects:
    """Requests about the projects of one run. `tags` are what the organisation demands on each project."""

    def __init__(self, guest: Guest, private: PrivateFile, tags: Mapping[str, str]) -> None:
        self.guest = guest
        self.private = private
        self.tags = {**tags, MARKER_KEY: private.run}
        self.refusals: dict[str, ServiceError] = {}
        self._made: dict[int, ThrowAway] = {}
        self._unwritten: SettingsError | None = None

    def name(self, number: int) -> str:
        """The name of the project of that number, 1 to 4."""
        return f"conformance-{self.private.run}-{number}"

    def create(self, number: int, endpoint: Endpoint, *, name: str) -> Answer:
        """Creates a project, in one request that is sent once.

        LevelEndedError: no answer about this project came, so it may exist.
        """
        expected = ThrowAway(endpoint.name, name)
        self.private.expect(expected)
        tags = dict(self.tags) if endpoint is MANTLE else _pairs(self.tags)
        try:
            answer = self.guest.ask(endpoint.action("CreateProject"), name=name, tags=tags)
        except NotCheckedError as error:
            if error.reason is Reason.NO_ANSWER:
                raise LevelEndedError(Ending.LOST_ANSWER) from None
            self.private.change(expected, may_be_active=False)
            raise
        except LevelEndedError:
            self.private.change(expected, may_be_active=False)
            raise
        if answer.refusal:
            self.private.change(expected, may_be_active=False)
            return answer
        if not answer.body.get("id") or answer.body.get("name") not in (None, name):
            raise LevelEndedError(Ending.LOST_ANSWER)
        shown = {"id": answer.body["id"], "arn": answer.body.get("arn") or ""}
        self._made[number] = self.private.change(expected, **shown)
        return answer

    def id(self, number: int) -> str:
        """The id of a project; NotCheckedError if it was not created."""
        if number not in self._made:
            raise NotCheckedError(Reason.NOTHING_TO_LOOK_AT)
        return self._made[number].id

    def note_answer(self, number: int) -> None:
        """Remembers, for the level `follow-up`, that a model answered for the project."""
        self._made[number] = self.private.change(self._made[number], was_answered=True)

    def get(self, number: int) -> Answer:
        """The project as AWS shows it."""
        if self._endpoint(number) is MANTLE:
            return self.guest.ask(MANTLE.action("GetProject"), project_id=self.id(number))
        return self.guest.ask(RUNTIME.action("GetProject"), projectIdentifier=self.id(number))

    def shown(self, number: int) -> listing.Item:
        """The same, of a project that must be readable: NotCheckedError if AWS refuses to show it."""
        answer = self.get(number)
        if answer.refusal:
            raise NotCheckedError(Reason.REFUSED)
        return answer.body

    def rename(self, number: int, name: str) -> Answer:
        """Gives it another name, which begins like its first one."""
        if self._endpoint(number) is MANTLE:
            return self.guest.ask(MANTLE.action("UpdateProject"), project_id=self.id(number), name=name)
        return self.guest.ask(RUNTIME.action("UpdateProject"), projectIdentifier=self.id(number), name=name)

    def retag(self, number: int, tags: Mapping[str, str], *, remove: Iterable[str] = ()) -> Answer:
        """Adds tags, and with the OpenAI-shaped API takes others away in the same request."""
        if self._endpoint(number) is MANTLE:
            removed: dict[str, Any] = {"remove_tag_keys": sorted(remove)} if remove else {}
            operation = MANTLE.action("UpdateProject")
            return self.guest.ask(operation, project_id=self.id(number), add_tags=dict(tags), **removed)
        return self.guest.ask(RUNTIME.action("TagResource"), resourceARN=self.arn(number), tags=_pairs(tags))

    def arn(self, number: int) -> str:
        """The ARN of a project; NotCheckedError if it was not created, or no answer had it."""
        if not self.id(number) or not self._made[number].arn:
            raise NotCheckedError(Reason.NOTHING_TO_LOOK_AT)
        return self._made[number].arn

    def tags_of(self, number: int) -> dict[str, str]:
        """Its tags; NotCheckedError if AWS refuses to show them."""
        if self._endpoint(number) is MANTLE:
            return dict(self.shown(number).get("tags") or {})
        answer = self.guest.ask(RUNTIME.action("ListTagsForResource"), resourceARN=self.arn(number))
        if answer.refusal:
            raise NotCheckedError(Reason.REFUSED)
        return listing.tags_in(answer)

    def tags_with(self, number: int, expected: Mapping[str, str]) -> dict[str, str]:
        """Its tags once they have the expected ones, or as they are after a minute: a reader may see them late."""
        return self.looked_at(lambda: self.tags_of(number), lambda tags: expected.items() <= tags.items())

    def shown_with(self, number: int, is_expected: Callable[[listing.Item], bool]) -> listing.Item:
        """What AWS shows of it once that is as expected, or as it is after a minute."""
        return self.looked_at(lambda: self.shown(number), is_expected)

    def looked_at(self, look: Callable[[], _T], is_expected: Callable[[_T], bool]) -> _T:
        """What is seen once it is as expected, or after a minute: one read after a write may be too early."""
        self.guest.wait(PAUSES[0])
        found = look()
        for pause in PAUSES[1:]:
            if is_expected(found):
                break
            self.guest.wait(pause)
            found = look()
        return found

    def archive(self, number: int) -> Answer:
        """Archives one of them."""
        answer = _archive(self.guest, self._endpoint(number), self.id(number))
        if _says_archived(answer) and self._made[number].may_be_active:
            self._made[number] = self.private.change(self._made[number], may_be_active=False)
        return answer

    def clean_up(self) -> None:
        """Archives all that the run created; the private file says what may still be active.

        A project whose create was not answered is looked for by its name and marker tag. SettingsError, once all is
        archived: the private file cannot be written.
        """
        for project in [one for one in self.private.left() if one.id]:
            if is_archived_after(self.guest, ENDPOINTS[project.endpoint], project.id):
                self._note(project)
        if lost := self.private.left():
            self._archive_lost(lost)
        if self._unwritten:
            raise self._unwritten

    def _archive_lost(self, lost: Sequence[ThrowAway]) -> None:
        """If no list can be read, the private file goes on naming them."""
        try:
            found = leftovers(self.guest, run=self.private.run)
        except NotCheckedError:
            return
        left = archive_leftovers(self.guest, found)
        known = {project.id for project in self.private.projects}
        archived = {one.id: one for one in found if one not in left}
        for project in lost:
            is_found = project.id in archived or any(
                (one.name, one.endpoint.name) == (project.name, project.endpoint)
                for id_, one in archived.items()
                if not project.id and id_ not in known
            )
            if is_found:
                self._note(project)

    def _note(self, archived: ThrowAway) -> None:
        """A full disk must not keep the other projects from being archived."""
        try:
            self.private.change(archived, may_be_active=False)
        except SettingsError as error:
            self._unwritten = error

    def _endpoint(self, number: int) -> Endpoint:
        self.id(number)
        return ENDPOINTS[self._made[number].endpoint]


def count_of(guest: Guest) -> int:
    """How many projects the API with more of them has, archived ones included."""
    own = listing.projects_of(guest, include_archived=True)
    return max(len(own), len(listing.native_projects_of(guest)))


def leftovers(guest: Guest, *, run: str = "") -> list[Leftover]:
    """The active projects of this command: those whose name and marker tag name the same run, or this one.

    NotCheckedError if a list is refused.
    """
    found = [*_named(MANTLE, listing.projects_of(guest)), *_named(RUNTIME, listing.native_projects_of(guest))]
    marked = [
        (leftover, _marker_of(guest, leftover.endpoint, item)) for leftover, item in found if run in ("", leftover.run)
    ]
    return [leftover for leftover, marker in marked if marker == leftover.run]


def recorded(guest: Guest, projects: Iterable[ThrowAway]) -> list[Leftover]:
    """Those of a private file that are active and have their own name and marker tag, also if no list shows them."""
    items = [(ENDPOINTS[one.endpoint], item) for one in projects if (item := _read(guest, one))]
    named = [pair for endpoint, item in items for pair in _named(endpoint, [item])]
    return [leftover for leftover, item in named if _marker_of(guest, leftover.endpoint, item) == leftover.run]


def _read(guest: Guest, project: ThrowAway) -> listing.Item | None:
    return listing.read(guest, ENDPOINTS[project.endpoint], project.id)


def _named(endpoint: Endpoint, items: Iterable[listing.Item]) -> Iterator[tuple[Leftover, listing.Item]]:
    for item in listing.named(items):
        if match := NAME.fullmatch(item.get("name") or ""):
            yield Leftover(endpoint, item["id"], match["name"], match["run"]), item


def _marker_of(guest: Guest, endpoint: Endpoint, item: listing.Item) -> str:
    """The run in the marker tag, as the project has it now: a list may show other tags.

    Empty without one, and for a project that an inventory has adopted meanwhile.
    """
    if endpoint is MANTLE:
        tags = (listing.read(guest, MANTLE, item["id"]) or {}).get("tags") or {}
    elif item.get("arn"):
        tags = listing.tags_in(guest.ask(RUNTIME.action("ListTagsForResource"), resourceARN=item["arn"]))
    else:
        return ""
    is_managed = OWNERSHIP_TAG_KEY in tags or other_ownership(tags, ()) is not None
    return "" if is_managed else str(tags.get(MARKER_KEY, ""))


def archive_leftovers(guest: Guest, found: Iterable[Leftover]) -> list[Leftover]:
    """Archives them; gives those that AWS does not show as archived afterwards."""
    return [leftover for leftover in found if not is_archived_after(guest, leftover.endpoint, leftover.id)]


def is_archived_after(guest: Guest, endpoint: Endpoint, project_id: str) -> bool:
    """Archives a project, and says whether it is archived then: a second archive may be refused.

    LevelEndedError: no other request can do better. A policy may refuse one API alone.
    """
    try:
        if _says_archived(_archive(guest, endpoint, project_id)):
            return True
        shown = listing.read(guest, endpoint, project_id)
    except NotCheckedError:
        return False
    except LevelEndedError as error:
        if error.ending is Ending.POLICY:
            return False
        raise
    return shown is not None and shown.get("status") == "archived"


def _archive(guest: Guest, endpoint: Endpoint, project_id: str) -> Answer:
    parameter = "project_id" if endpoint is MANTLE else "projectIdentifier"
    asked: dict[str, Any] = {parameter: project_id}
    return guest.ask(endpoint.action("ArchiveProject"), **asked)


def _says_archived(answer: Answer) -> bool:
    """An answer without a status is a yes."""
    return answer.refusal is None and answer.body.get("status") in (None, "archived")


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]
