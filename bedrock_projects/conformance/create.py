"""The checks of the level `create`: four projects in one region, two with each API, which are archived in the end.

A project cannot be deleted. So the level has no more than four, and all that can be tried on one project is tried on
these.
"""

import re
from typing import Final

from bedrock_projects.aws.endpoints import MANTLE, RUNTIME
from bedrock_projects.conformance.checks import Check, Known, Level, Question, SettingValue
from bedrock_projects.conformance.read_only import MOST_PAGES

MARKER_KEY: Final = "bedrock-projects-conformance"
"""The key of the one tag that says that a project is of this command; its value is the run."""

NAME: Final = re.compile(r"(?P<name>conformance-(?P<run>\d{8}-[0-9a-f]{6})-[1-4])(?!\d).*", re.DOTALL)
"""The names of the projects of this command: the first one, and what a rename adds to it."""

MOST_PROJECTS: Final = 900
"""From so many projects of an API on, archived ones included, an account is left alone."""

PAUSES: Final = (0, 5, 10, 45)
"""Seconds before each look for what was written."""

SOON: Final = ("at once", "within 5 s", "within 15 s", "within 60 s")
"""How soon the looks after these pauses find it."""

LATER: Final = "not within 60 s"

_MANUAL: Final = "https://docs.aws.amazon.com/bedrock/latest/userguide/projects.html"
_NATIVE: Final = "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateProject.html"
_TAG: Final = "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_TagResource.html"
_ARCHIVE: Final = "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ArchiveProject.html"
_RESOURCES: Final = "resourcegroupstaggingapi:GetResources"


def _openai_shaped(**counts: int) -> dict[str, int]:
    return {MANTLE.action(operation): count for operation, count in counts.items()}


def _native(**counts: int) -> dict[str, int]:
    return {RUNTIME.action(operation): count for operation, count in counts.items()}


def _question(
    name: str,
    expected: str,
    *others: str,
    known: Known = "unknown",
    switch: str = "",
    **values: SettingValue,
) -> Question:
    """A question; `values` has the value of the switch for an answer, with `_` for its spaces."""
    by_answer = {answer.replace("_", " "): value for answer, value in values.items()}
    return Question(name=name, expected=(expected,), others=others, known=known, switch=switch, values=by_answer)


def _visible(name: str) -> Question:
    """How soon something is seen; the index of native projects may lag in the local AWS."""
    switch = "index_lag_seconds" if name == "native-index" else ""
    return Question(name=name, expected=(SOON[0],), others=(*SOON[1:], LATER), known="unknown", switch=switch)


BESIDES: Final = {
    **_openai_shaped(ListProjects=3 * MOST_PAGES, GetProject=8, ArchiveProject=4),
    **_native(ListProjects=3 * MOST_PAGES, GetProject=4, ListTagsForResource=8, ArchiveProject=4),
}
"""What counts the projects before the first check, and archives after the last one."""

CHECKS: Final = (
    Check(
        name="create.tags-in-one-request",
        level=Level.CREATE,
        settles="whether a create with tags is one request, and what its answer shows",
        questions=(
            _question("tags", "all", "some", "none", known="documented"),
            _question("answer", "whole", "bare", switch="write_answers", bare="bare"),
            _question("native", "all", "some", "none", known="documented"),
            Question(
                name="native-seen",
                expected=(SOON[0],),
                others=(*SOON[1:], LATER),
                known="unknown",
                switch="native_tag_lag",
                values={SOON[1]: 1},
            ),
        ),
        sends={
            **_openai_shaped(CreateProject=1, GetProject=len(PAUSES)),
            **_native(CreateProject=1, ListTagsForResource=2 * len(PAUSES)),
        },
        source=_MANUAL,
        rules=("tag", "native-tag"),
        wait="60 s at most",
    ),
    Check(
        name="create.visible-after",
        level=Level.CREATE,
        settles="how soon get, list and the index of tags show a new project",
        questions=tuple(map(_visible, ("get", "list", "index", "native-get", "native-list", "native-index"))),
        sends={
            **_openai_shaped(GetProject=len(PAUSES), ListProjects=len(PAUSES) * MOST_PAGES),
            **_native(GetProject=len(PAUSES), ListProjects=len(PAUSES) * MOST_PAGES),
            _RESOURCES: 2 * len(PAUSES) * MOST_PAGES,
        },
        source=_MANUAL,
        wait="60 s for each question at most",
    ),
    Check(
        name="create.same-name-twice",
        level=Level.CREATE,
        settles="whether two active projects may have one name",
        questions=(
            _question("name", "allowed", "refused", switch="duplicate_names", refused="refused"),
            _question("native", "allowed", "refused", known="documented"),
        ),
        sends={**_openai_shaped(CreateProject=2), **_native(CreateProject=2)},
        source=_NATIVE,
        rules=("duplicate-name", "native-name"),
    ),
    Check(
        name="name.limits",
        level=Level.CREATE,
        settles="which names a project may have, and whether they are kept as they are",
        questions=(
            _question("127", "kept", "refused", "changed", known="documented"),
            _question("128", "kept", "refused", "changed", known="documented"),
            _question("unicode", "kept", "refused", "changed", known="documented", switch="names", refused="guide"),
            _question("look-alikes", "kept", "refused", "changed"),
            _question("native-127", "kept", "refused", "changed", known="documented"),
            _question("native-128", "refused", "kept", "changed", known="documented"),
            _question("native-unicode", "kept", "refused", "changed", known="documented"),
        ),
        sends={
            **_openai_shaped(UpdateProject=4, GetProject=4 * len(PAUSES)),
            **_native(UpdateProject=3, GetProject=3 * len(PAUSES)),
        },
        source=_NATIVE,
        rules=("name", "name-guide", "native-name"),
        wait="60 s for each question at most",
    ),
    Check(
        name="tags.characters-kept",
        level=Level.CREATE,
        settles="which characters tags may have, and whether they are kept as they are",
        questions=(
            _question("spaces", "kept", "refused", "changed", known="documented"),
            _question("case", "kept", "refused", "changed", known="documented"),
            _question("unicode", "kept", "refused", "changed", known="documented"),
            _question("native-spaces", "kept", "refused", "changed", known="documented"),
            _question("native-case", "kept", "refused", "changed", known="documented"),
            _question("native-unicode", "refused", "kept", "changed", known="documented"),
        ),
        sends={
            **_openai_shaped(UpdateProject=3, GetProject=3 * len(PAUSES)),
            **_native(TagResource=3, ListTagsForResource=3 * len(PAUSES)),
        },
        source=_TAG,
        rules=("tag", "native-tag"),
        wait="60 s for each question at most",
    ),
    Check(
        name="update.fields-together",
        level=Level.CREATE,
        settles="whether an update changes name and tags in one request",
        questions=(_question("fields", "all changed", "some changed", "refused", known="documented"),),
        sends=_openai_shaped(UpdateProject=1, GetProject=len(PAUSES)),
        source=_MANUAL,
        wait="60 s at most",
    ),
    Check(
        name="update.same-values",
        level=Level.CREATE,
        settles="whether an update to the values that are there is an error",
        questions=(
            _question("name", "accepted", "refused"),
            _question("tags", "accepted", "refused"),
            _question("native-name", "accepted", "refused"),
            _question("native-tags", "accepted", "refused"),
        ),
        sends={**_openai_shaped(UpdateProject=2), **_native(UpdateProject=1, TagResource=1)},
        source=_MANUAL,
    ),
    Check(
        name="tags.limits",
        level=Level.CREATE,
        settles="how many tags a project may have, and what counts in an update at the limit",
        questions=(
            _question("50", "accepted", "refused", known="documented"),
            _question("51", "refused", "accepted", known="documented", switch="tags_per_project", accepted=200),
            _question("replace-at-50", "accepted", "refused", switch="tags_counted", refused="additions_first"),
            _question("native-50", "accepted", "refused", known="documented"),
            _question("native-51", "refused", "accepted", known="documented"),
        ),
        sends={
            **_openai_shaped(GetProject=len(PAUSES), UpdateProject=3),
            **_native(ListTagsForResource=len(PAUSES), TagResource=2),
        },
        source=_TAG,
        rules=("tags", "native-tags"),
        wait="60 s for each API at most",
    ),
    Check(
        name="archive.twice",
        level=Level.CREATE,
        settles="how a second archive is answered",
        questions=(
            _question("second", "answered", "refused", switch="archived_archive", refused="refused"),
            _question("native", "answered", "refused", known="documented"),
        ),
        sends={**_openai_shaped(ArchiveProject=2), **_native(ArchiveProject=2)},
        source=_ARCHIVE,
        rules=("archived", "native-archived"),
    ),
    Check(
        name="archived.get-update-tag",
        level=Level.CREATE,
        settles="what can be done with an archived project",
        questions=(
            _question("get", "answered", "not found", "refused", switch="archived_get", not_found="not_found"),
            *(
                _question(
                    name,
                    "refused",
                    "carried out",
                    "not found",
                    switch="archived_update",
                    carried_out="carried_out",
                    not_found="not_found",
                )
                for name in ("update", "tag")
            ),
            _question(
                "native-get", "answered", "not found", "refused", switch="native_archived_get", not_found="not_found"
            ),
            *(
                _question(
                    f"native-{name}",
                    "refused",
                    "carried out",
                    "not found",
                    switch=f"native_archived_{name}",
                    carried_out="carried_out",
                    not_found="not_found",
                )
                for name in ("update", "tag")
            ),
            _question(
                "native-code",
                "ValidationException",
                "ConflictException",
                switch="native_refusal",
                ConflictException="ConflictException",
            ),
        ),
        sends={
            **_openai_shaped(GetProject=1, UpdateProject=2),
            **_native(GetProject=1, UpdateProject=1, TagResource=1),
        },
        source=_ARCHIVE,
        rules=("archived", "native-archived", "native-archived-get"),
    ),
    Check(
        name="archived.listed",
        level=Level.CREATE,
        settles="which lists show an archived project",
        questions=(
            _question("list", "left out", "shown", switch="list_archived", shown="always"),
            _question("on-request", "shown", "left out", switch="list_archived", left_out="never"),
            _question("index", "shown", "left out"),
            _question("native", "shown", "left out", known="documented"),
            _question("native-index", "shown", "left out"),
        ),
        sends={
            **_openai_shaped(ListProjects=2 * len(PAUSES) * MOST_PAGES),
            **_native(ListProjects=len(PAUSES) * MOST_PAGES),
            _RESOURCES: 2 * len(PAUSES) * MOST_PAGES,
        },
        source=_NATIVE,
        rules=("native-page",),
        wait="60 s for each question at most",
    ),
    Check(
        name="archived.name-free-again",
        level=Level.CREATE,
        settles="whether another project may have the name of an archived one",
        questions=(
            _question("name", "free", "taken"),
            _question("native", "free", "taken", known="documented"),
        ),
        sends={**_openai_shaped(UpdateProject=1), **_native(UpdateProject=1)},
        source=_NATIVE,
    ),
    Check(
        name="errors.shape",
        level=Level.CREATE,
        settles="the error codes of the refusals of this level",
        questions=(
            _question("tags", "validation_error", "limit_exceeded", "invalid_request_error", known="seen"),
            _question("native-tags", "TooManyTagsException", "ValidationException", known="documented"),
            _question("native-name", "ValidationException", known="documented"),
        ),
        sends={},
        source=_TAG,
    ),
)
"""In the order in which they run: each uses the projects as the checks before it left them."""
