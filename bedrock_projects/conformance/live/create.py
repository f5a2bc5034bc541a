"""Checks with four projects of their own: 1 and 2 of the OpenAI-shaped API, 3 and 4 of the native one."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from bedrock_projects.aws.endpoints import MANTLE, RUNTIME, Endpoint
from bedrock_projects.aws.observing import Answer
from bedrock_projects.conformance.checks import OTHER, Answers, NotCheckedError, Reason, Seen
from bedrock_projects.conformance.create import LATER, PAUSES, SOON
from bedrock_projects.conformance.live import listing
from bedrock_projects.conformance.live.guest import decided, seen
from bedrock_projects.conformance.live.index import indexed_ids
from bedrock_projects.conformance.live.throw_away import Projects
from bedrock_projects.errors import NotFoundError

_MOST_TAGS: Final = 50
_LONG, _LONGEST = 127, 128
_UNICODE: Final = "\N{LATIN SMALL LETTER E WITH ACUTE}\N{HIRAGANA LETTER A}"
# One letter as two characters; a service that normalizes makes one of them.
_LOOK_ALIKE: Final = "e\N{COMBINING ACUTE ACCENT}"
_SPACES: Final = {"conformance-spaces": "two  spaces"}
_CASE: Final = {"conformance-case": "lower", "Conformance-Case": "upper"}
_LETTERS: Final = {"conformance-letters": _UNICODE}
_EXTRA: Final = "conformance-filler-extra"


def tags_in_one_request(projects: Projects) -> Answers:
    """Creates 1 and 3."""
    answers: dict[str, Seen | Reason] = {}
    own = projects.create(1, MANTLE, name=projects.name(1))
    if own.refusal:
        answers["tags"] = Reason.REFUSED  # a quota, for one: that says nothing of tags
    else:
        is_whole = all(own.body.get(field) for field in ("arn", "name", "tags", "status"))
        answers["answer"] = Seen("whole" if is_whole else "bare")
        answers["tags"] = decided(lambda: _carried(projects, 1))
    native = projects.create(3, RUNTIME, name=projects.name(3))
    if native.refusal:
        return {**answers, "native": Reason.REFUSED}
    answers["native-seen"] = decided(lambda: _soon(projects, 3, lambda _: _has_tags(projects, 3)))
    answers["native"] = decided(lambda: _carried(projects, 3))
    return answers


def _has_tags(projects: Projects, number: int) -> bool:
    return projects.tags.items() <= projects.tags_of(number).items()


def _carried(projects: Projects, number: int) -> Seen:
    tags = projects.tags_with(number, projects.tags)
    carried = projects.tags.items() & tags.items()
    return Seen("all" if carried == projects.tags.items() else "some" if carried else "none")


def visible_after(projects: Projects) -> Answers:
    """How soon 1 and 3 are seen; the clock runs from the first look."""
    guest = projects.guest
    looks: Mapping[str, tuple[int, Callable[[str], bool]]] = {
        "get": (1, lambda _: _is_shown(projects.get(1))),
        "list": (1, lambda id_: id_ in {item["id"] for item in listing.projects_of(guest)}),
        "index": (1, lambda id_: id_ in indexed_ids(guest, MANTLE)),
        "native-get": (3, lambda _: _is_shown(projects.get(3))),
        "native-list": (3, lambda id_: id_ in {item["id"] for item in listing.native_projects_of(guest)}),
        "native-index": (3, lambda id_: id_ in indexed_ids(guest, RUNTIME)),
    }
    return {name: decided(partial(_soon, projects, *look)) for name, look in looks.items()}


def _is_shown(answer: Answer) -> bool:
    """Whether AWS shows the project; NotCheckedError if it refuses for another reason than that it is not there."""
    if answer.refusal and not isinstance(answer.refusal, NotFoundError):
        raise NotCheckedError(Reason.REFUSED)
    return answer.refusal is None


def _soon(projects: Projects, number: int, look: Callable[[str], bool]) -> Seen:
    project_id = projects.id(number)
    for pause, answer in zip(PAUSES, SOON, strict=True):
        projects.guest.wait(pause)
        if look(project_id):
            return Seen(answer)
    return Seen(LATER)


def same_name_twice(projects: Projects) -> Answers:
    """Creates 2 with the name of 1, and 4 with that of 3; if that is refused, with names of their own."""
    return {
        "name": decided(lambda: _second(projects, 2, MANTLE, namesake=1)),
        "native": decided(lambda: _second(projects, 4, RUNTIME, namesake=3)),
    }


def _second(projects: Projects, number: int, endpoint: Endpoint, *, namesake: int) -> Seen:
    projects.id(namesake)
    answer = projects.create(number, endpoint, name=projects.name(namesake))
    if not answer.refusal:
        return Seen("allowed" if projects.id(number) != projects.id(namesake) else OTHER)
    if projects.create(number, endpoint, name=projects.name(number)).refusal:
        raise NotCheckedError(Reason.REFUSED)  # so the name was not the reason
    return seen("refused", answer)


def name_limits(projects: Projects) -> Answers:
    """Renames 2 and 4, to names that begin like the first ones."""

    def named(number: int, end: str, *, length: int = 0) -> Seen:
        name = projects.name(number) + end
        asked = name + "x" * (length - len(name))
        answer = projects.rename(number, asked)
        if answer.refusal:
            projects.refusals[f"name of {number}"] = answer.refusal
            return seen("refused", answer)
        shown = projects.shown_with(number, lambda project: project.get("name") == asked)
        return Seen("kept" if shown.get("name") == asked else "changed")

    return {
        "127": decided(lambda: named(2, "", length=_LONG)),
        "128": decided(lambda: named(2, "", length=_LONGEST)),
        "unicode": decided(lambda: named(2, f" {_UNICODE}")),
        "look-alikes": decided(lambda: named(2, f" {_LOOK_ALIKE}")),
        "native-127": decided(lambda: named(4, "", length=_LONG)),
        "native-128": decided(lambda: named(4, "", length=_LONGEST)),
        "native-unicode": decided(lambda: named(4, f" {_UNICODE}")),
    }


def characters_kept(projects: Projects) -> Answers:
    """Tags of 2 and 4."""

    def tagged(number: int, tags: Mapping[str, str]) -> Seen:
        answer = projects.retag(number, tags)
        if answer.refusal:
            return seen("refused", answer)
        return Seen("kept" if tags.items() <= projects.tags_with(number, tags).items() else "changed")

    cases = {"spaces": _SPACES, "case": _CASE, "unicode": _LETTERS}
    own = {name: decided(partial(tagged, 2, tags)) for name, tags in cases.items()}
    return own | {f"native-{name}": decided(partial(tagged, 4, tags)) for name, tags in cases.items()}


def fields_together(projects: Projects) -> Answers:
    """Name, a new tag and a removed one of 2, in one request."""
    name, key = f"{projects.name(2)} together", next(iter(_SPACES))
    answer = projects.guest.ask(
        MANTLE.action("UpdateProject"),
        project_id=projects.id(2),
        name=name,
        add_tags={"conformance-together": "yes"},
        remove_tag_keys=[key],
    )
    if answer.refusal:
        return {"fields": seen("refused", answer)}

    def changes(shown: listing.Item) -> list[bool]:
        tags = shown.get("tags") or {}
        return [shown.get("name") == name, "conformance-together" in tags, key not in tags]

    changed = changes(projects.shown_with(2, lambda shown: all(changes(shown))))
    return {"fields": Seen("all changed" if all(changed) else "some changed" if any(changed) else OTHER)}


def same_values(projects: Projects) -> Answers:
    """The name and the tags that 1 and 3 have already."""

    def accepted(answer: Answer) -> Seen:
        return seen("refused" if answer.refusal else "accepted", answer)

    return {
        "name": decided(lambda: accepted(projects.rename(1, projects.name(1)))),
        "tags": decided(lambda: accepted(projects.retag(1, projects.tags))),
        "native-name": decided(lambda: accepted(projects.rename(3, projects.name(3)))),
        "native-tags": decided(lambda: accepted(projects.retag(3, projects.tags))),
    }


def tag_limits(projects: Projects) -> Answers:
    """Fills 1 and 3 up with tags, adds one more, and replaces one at the limit."""
    return dict(_limits(projects, 1, "")) | dict(_limits(projects, 3, "native-"))


def _filler(number: int) -> str:
    return f"conformance-filler-{number:02}"


def _limits(projects: Projects, number: int, prefix: str) -> Iterator[tuple[str, Seen | Reason]]:
    try:
        missing = _MOST_TAGS - len(projects.tags_with(number, projects.tags))
        fillers = {_filler(n): "x" for n in range(missing)}
        full = projects.retag(number, fillers)
        yield f"{prefix}50", seen("refused" if full.refusal else "accepted", full)
        if full.refusal:
            return
        more = projects.retag(number, {_EXTRA: "x"})
        yield f"{prefix}51", seen("refused" if more.refusal else "accepted", more)
        if not more.refusal:
            return
        projects.refusals[f"tags of {number}"] = more.refusal
        if number == 1:
            replaced = projects.retag(number, {_EXTRA: "x"}, remove=[next(iter(fillers))])
            yield "replace-at-50", seen("refused" if replaced.refusal else "accepted", replaced)
    except NotCheckedError as error:
        yield f"{prefix}50", error.reason


def archive_twice(projects: Projects) -> Answers:
    """Archives 1 and 3, and both once more."""

    def second(number: int) -> Seen | Reason:
        if (first := projects.archive(number)).refusal:
            return seen(OTHER, first)
        answer = projects.archive(number)
        return seen("refused" if answer.refusal else "answered", answer)

    return {"second": decided(lambda: second(1)), "native": decided(lambda: second(3))}


def archived(projects: Projects) -> Answers:
    """What 1 and 3, which are archived, answer."""
    changed = {_filler(1): "archived"}  # a key that is there: one more would be over the limit
    native = projects.rename(3, f"{projects.name(3)} archived") if _has(projects, 3) else None
    answers: dict[str, Seen | Reason] = {
        "get": decided(lambda: _outcome(projects.get(1), "answered")),
        "update": decided(lambda: _outcome(projects.rename(1, f"{projects.name(1)} archived"), "carried out")),
        "tag": decided(lambda: _outcome(projects.retag(1, changed), "carried out")),
        "native-get": decided(lambda: _outcome(projects.get(3), "answered")),
        "native-tag": decided(lambda: _outcome(projects.retag(3, changed), "carried out")),
    }
    if native:
        answers["native-update"] = _outcome(native, "carried out")
        if native.refusal and not isinstance(native.refusal, NotFoundError):
            answers["native-code"] = seen(native.refusal.code, native)
    return answers


def _has(projects: Projects, number: int) -> bool:
    return not isinstance(decided(lambda: Seen(projects.id(number))), Reason)


def _outcome(answer: Answer, success: str) -> Seen:
    if answer.refusal is None:
        return Seen(success)
    return seen("not found" if isinstance(answer.refusal, NotFoundError) else "refused", answer)


def archived_listed(projects: Projects) -> Answers:
    """Where 1 and 3, which are archived, are shown."""
    guest = projects.guest

    def shown(number: int, ids: Callable[[], set[str]], *, expected: bool = True) -> Seen:
        project_id = projects.id(number)
        is_shown = projects.looked_at(lambda: project_id in ids(), lambda is_shown: is_shown is expected)
        return Seen("shown" if is_shown else "left out")

    def ids_of(items: list[listing.Item]) -> set[str]:
        return {item["id"] for item in items}

    return {
        "list": decided(lambda: shown(1, lambda: ids_of(listing.projects_of(guest)), expected=False)),
        "on-request": decided(lambda: shown(1, lambda: ids_of(listing.projects_of(guest, include_archived=True)))),
        "index": decided(lambda: shown(1, lambda: indexed_ids(guest, MANTLE))),
        "native": decided(lambda: shown(3, lambda: ids_of(listing.native_projects_of(guest)))),
        "native-index": decided(lambda: shown(3, lambda: indexed_ids(guest, RUNTIME))),
    }


def name_free_again(projects: Projects) -> Answers:
    """Gives 2 and 4 the names of 1 and 3, which are archived."""

    def renamed(number: int, namesake: int) -> Seen:
        projects.id(namesake)
        answer = projects.rename(number, projects.name(namesake))
        return seen("taken" if answer.refusal else "free", answer)

    return {"name": decided(lambda: renamed(2, 1)), "native": decided(lambda: renamed(4, 3))}


def error_codes(projects: Projects) -> Answers:
    """The codes of the refusals of the checks before; sends nothing."""
    names = {"tags": "tags of 1", "native-tags": "tags of 3", "native-name": "name of 4"}
    found = {question: projects.refusals.get(refusal) for question, refusal in names.items()}
    return {name: Seen(error.code, error.status, error.code) for name, error in found.items() if error}


LOOKS: Final[Mapping[str, Callable[[Projects], Answers]]] = {
    "create.tags-in-one-request": tags_in_one_request,
    "create.visible-after": visible_after,
    "create.same-name-twice": same_name_twice,
    "name.limits": name_limits,
    "tags.characters-kept": characters_kept,
    "update.fields-together": fields_together,
    "update.same-values": same_values,
    "tags.limits": tag_limits,
    "archive.twice": archive_twice,
    "archived.get-update-tag": archived,
    "archived.listed": archived_listed,
    "archived.name-free-again": name_free_again,
    "errors.shape": error_codes,
}
"""What sends the requests of each check of the level, by its name."""
