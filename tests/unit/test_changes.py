"""An update says only what differs, and closes the gap."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.aws.models import ProjectUpdate, RemoteProject
from bedrock_projects.projects.changes import (
    DeclaredProject,
    ManagedProject,
    as_declared,
    as_left,
    in_words,
    same_text,
    update_between,
    update_from,
    with_remembered_adoption,
)
from bedrock_projects.projects.listing import Listing
from bedrock_projects.projects.plan import Keep, compare, decide

OWNER = "acme/dev/search"
DECLARED = DeclaredProject(
    key="search",
    name="Search-Dev",
    region="us-west-2",
    owner=OWNER,
    owner_tag_key="bedrock-project",
    tags={"Team": "Search", "CostCenter": "CC-1"},
)
words = st.text(alphabet="abcXYZ-", min_size=1, max_size=4)
tags = st.dictionaries(words, st.text(alphabet="abc", max_size=3), max_size=5)
modes = st.sampled_from([None, "inherit", "none", "default", "aws_review"])
declarations = st.builds(
    DeclaredProject,
    key=st.just("search"),
    name=words,
    region=st.just("us-west-2"),
    owner=st.sampled_from([OWNER, "acme/dev/old"]),
    owner_tag_key=st.just("bedrock-project"),
    tags=tags,
    data_retention=modes,
)


def applied(project: RemoteProject, update: ProjectUpdate) -> RemoteProject:
    """What the service makes of an update."""
    kept = {key: value for key, value in project.tags.items() if key not in update.remove_tag_keys}
    return project.model_copy(
        update={
            "name": update.name or project.name,
            "tags": {**kept, **update.add_tags},
            "data_retention": update.data_retention or project.data_retention,
        }
    )


def created(declared: DeclaredProject) -> RemoteProject:
    return RemoteProject(
        id="proj_1", name=declared.name, tags=declared.all_tags, data_retention=declared.data_retention or "inherit"
    )


@given(declarations, declarations)
def test_an_update_turns_the_old_project_into_the_new_one(old: DeclaredProject, new: DeclaredProject) -> None:
    result = applied(created(old), update_between(old, new))
    assert result.name == new.name
    assert result.tags == new.all_tags
    assert result.data_retention == (new.data_retention or "inherit")


@given(declarations, declarations)
def test_an_update_names_nothing_that_is_so_already(old: DeclaredProject, new: DeclaredProject) -> None:
    update, before = update_between(old, new), created(old)
    assert update.name != before.name
    assert not update.add_tags.items() & before.tags.items()
    assert set(update.remove_tag_keys) <= before.tags.keys()
    assert not update.add_tags.keys() & set(update.remove_tag_keys)


@given(declarations)
def test_nothing_differs_from_itself(declared: DeclaredProject) -> None:
    assert not update_between(declared, declared)


@given(tags, words, modes, declarations)
def test_adopting_any_project_makes_it_the_declared_one(
    found_tags: dict[str, str], name: str, mode: str | None, new: DeclaredProject
) -> None:
    project = RemoteProject(id="proj_1", name=name, tags=found_tags, data_retention=mode)
    result = applied(project, update_from(project, new))
    assert (result.name, result.tags) == (new.name, new.all_tags)
    assert result.data_retention == (new.data_retention or mode)


@pytest.mark.parametrize(
    ("shown", "sent"),
    [("none", "inherit"), ("aws_review", None), ("inherit", None), (None, "inherit")],
)
def test_a_mode_of_ours_that_is_no_longer_declared_goes_back_and_one_of_others_stays(
    shown: str | None, sent: str | None
) -> None:
    old, new = replace(DECLARED, data_retention="none"), replace(DECLARED, data_retention=None)
    project = created(new).model_copy(update={"data_retention": shown})
    assert update_from(project, new, old=old).data_retention == sent
    assert update_from(project, new).data_retention is None


@given(declarations, declarations, modes)
def test_what_an_update_left_is_what_aws_shows(old: DeclaredProject, new: DeclaredProject, mode: str | None) -> None:
    for written in (old, new):
        project = created(written).model_copy(update={"data_retention": mode or written.data_retention})
        left = as_left(old, new, project)
        assert (left.name, left.status) == (project.name, old.status)
        if old.owns(project.tags) or new.owns(project.tags):
            assert left.all_tags == project.tags
        may_be_set = new.data_retention if project.data_retention is None else project.data_retention
        assert left.data_retention in (None, may_be_set, old.data_retention)


MODES_LEFT = [
    # declared before and now, what AWS shows, what the state keeps
    (None, None, "aws_review", None),
    (None, "none", "none", "none"),
    (None, "none", "aws_review", None),
    ("none", None, "inherit", "inherit"),
    ("none", "default", None, "none"),
    (None, "none", None, "none"),
]


@pytest.mark.parametrize(("before", "now", "shown", "kept"), MODES_LEFT)
def test_a_mode_is_kept_if_it_was_declared_or_is_the_one_that_was_sent(
    before: str | None, now: str | None, shown: str | None, kept: str | None
) -> None:
    old, new = (replace(DECLARED, data_retention=mode) for mode in (before, now))
    assert as_left(old, new, created(new).model_copy(update={"data_retention": shown})).data_retention == kept


def test_what_an_update_left_has_the_status_of_before() -> None:
    old, new = replace(DECLARED, status="released", stack="org/p/former"), replace(DECLARED, stack="org/p/now")
    left = as_left(old, new, created(new))
    assert (left.stack, left.status) == ("org/p/now", "released")


def test_a_manager_is_the_stack_that_the_tag_names() -> None:
    here, there, unknown = (replace(DECLARED, stack=stack) for stack in ("org/p/here", "org/p/there", None))
    assert [each.is_manager(here.all_tags) for each in (here, there, unknown)] == [True, False, False]
    assert [each.is_manager(unknown.all_tags) for each in (here, unknown)] == [False, True]


def test_what_aws_does_not_show_is_as_before_and_a_mode_may_have_been_set() -> None:
    old, new = replace(DECLARED, name="Old"), replace(DECLARED, data_retention="none")
    assert as_left(old, new, None) == replace(old, data_retention="none")
    assert as_left(replace(old, data_retention="default"), new, None).data_retention == "default"


def test_tags_of_other_tools_are_neither_seen_nor_removed() -> None:
    new = replace(DECLARED, ignore_tags=("c7n:*",))
    project = RemoteProject(id="proj_1", name=new.name, tags={**new.all_tags, "c7n:status": "marked"})
    assert not update_from(project, new)
    assert new.as_seen(project).tags == new.tags


def test_a_tag_that_is_ignored_from_now_on_stays_although_a_refresh_saw_it() -> None:
    seen = replace(DECLARED, tags={**DECLARED.tags, "c7n:status": "marked"})
    assert not update_between(seen, replace(DECLARED, ignore_tags=("c7n:*",)))


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


# Accents, signs that have but one canonical form (angstrom, kelvin), and a syllable of Hangul.
scripts = st.text(alphabet="ae\u00e9\u0301\u0327\u00c5\u212b\u212aK\uac01", max_size=4)
declared_in_any_script = st.builds(
    replace,
    declarations,
    name=scripts.filter(bool),
    tags=st.dictionaries(scripts.filter(bool), scripts, max_size=5).filter(
        lambda tags: len(set(map(nfc, tags))) == len(tags)
    ),
    ignore_tags=st.sampled_from([(), ("\u00e9*",), ("e\u0301*",)]),
).map(lambda declared: replace(declared, tags=declared.managed(declared.tags)))


def answered(declared: DeclaredProject, form: Callable[[str], str]) -> RemoteProject:
    """The project as a service shows it that brings all text into one normal form."""
    tags = {form(key): form(value) for key, value in declared.all_tags.items()}
    return created(declared).model_copy(update={"name": form(declared.name), "tags": tags})


@given(declared_in_any_script, st.sampled_from([nfc, nfd]))
def test_an_answer_in_another_normal_form_is_not_a_change(
    declared: DeclaredProject, form: Callable[[str], str]
) -> None:
    project = answered(declared, form)
    assert not update_from(project, declared)
    seen = declared.as_seen(project)
    assert (seen.name, seen.tags, seen.owner) == (declared.name, declared.tags, declared.owner)
    # A state that an earlier refresh wrote has the form of the answer.
    known = ManagedProject("proj_1", replace(declared, name=project.name, tags=nfd_of(declared.tags)))
    assert not update_between(known.declared, declared)
    assert compare(declared, known) == Keep()
    assert decide(declared, known, lambda _: Listing((project,))) == Keep(project)


def nfd_of(tags: Mapping[str, str]) -> dict[str, str]:
    return {nfd(key): nfd(value) for key, value in tags.items()}


@given(declared_in_any_script, st.dictionaries(scripts.filter(bool), scripts, max_size=5), st.booleans())
def test_runs_and_refreshes_end_in_what_is_declared_in_any_form_that_the_service_keeps(
    declared: DeclaredProject, shown: dict[str, str], keeps: bool
) -> None:
    def form(text: str) -> str:
        return text if keeps else nfd(text)

    project = RemoteProject(id="proj_1", name="x", tags={form(key): form(value) for key, value in shown.items()})
    declared = replace(declared, ignore_tags=(), data_retention=None)
    for _ in range(2):  # the second run removes the key in its other form
        update = update_from(project, declared)
        sent = replace(update, add_tags={form(key): form(value) for key, value in update.add_tags.items()})
        kept = {key: value for key, value in project.tags.items() if key not in map(form, update.remove_tag_keys)}
        project = project.model_copy(update={"name": declared.name, "tags": {**kept, **sent.add_tags}})
    assert not update_from(project, declared)
    assert as_declared(project.tags, declared.all_tags) == declared.all_tags


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Caf\u00e9", "Cafe\u0301", True),
        ("\u212b", "\u00c5", True),
        ("Search", "search", False),
        ("\uff33", "S", False),  # full width: another text, for AWS too
        (None, None, True),
        (None, "", False),
        (("a",), ("a",), True),
    ],
)
def test_only_the_normal_form_makes_no_difference(one: object, other: object, same: bool) -> None:
    assert same_text(one, other) is same


def test_a_key_that_is_shown_in_two_forms_is_two_tags() -> None:
    shown = {"Caf\u00e9": "a", "Cafe\u0301": "b"}
    assert as_declared(shown, {"Caf\u00e9": "a"}) == shown
    declared = replace(DECLARED, tags={"Caf\u00e9": "a"})
    project = created(declared).model_copy(update={"tags": {**declared.all_tags, **shown}})
    assert update_from(project, declared) == ProjectUpdate(remove_tag_keys=("Cafe\u0301",))


def test_taking_the_id_out_of_an_entry_changes_nothing_not_even_what_happens_when_it_goes() -> None:
    adopted = replace(DECLARED, adopt_id="proj_1")
    assert with_remembered_adoption(adopted, DECLARED) == adopted
    assert with_remembered_adoption(DECLARED, adopted) == adopted
    another = replace(DECLARED, adopt_id="proj_2")
    assert with_remembered_adoption(adopted, another) == another


@pytest.mark.parametrize(
    ("adopt_id", "on_remove", "let_go"),
    [
        (None, None, False),
        ("proj_1", None, True),
        (None, "release", True),
        ("proj_1", "archive", False),
        ("proj_1", "release", True),
    ],
)
def test_what_is_written_decides_what_removing_an_entry_does_else_whether_it_was_adopted(
    adopt_id: str | None, on_remove: Any, let_go: bool
) -> None:
    declared = replace(DECLARED, adopt_id=adopt_id, on_remove=on_remove)
    assert declared.is_released == let_go
    assert with_remembered_adoption(declared, replace(declared, adopt_id=None)).is_released == let_go


@pytest.mark.parametrize("shown", [{}, {"bedrock-project": "other/dev/search"}])
def test_a_project_without_our_tag_is_seen_as_nobodys(shown: dict[str, str]) -> None:
    seen = DECLARED.as_seen(RemoteProject(id="proj_1", name="x", tags=shown))
    assert seen.owner == ""
    assert not seen.is_owner(shown)


def test_a_former_owner_is_ours_and_is_rewritten() -> None:
    renamed = replace(DECLARED, owner="acme/dev/find", previous_owners=(OWNER,))
    project = RemoteProject(id="proj_1", name=renamed.name, tags=DECLARED.all_tags)
    assert renamed.owns(project.tags)
    assert renamed.foreign_owner(project.tags) is None
    assert update_from(project, renamed) == ProjectUpdate(add_tags={"bedrock-project": "acme/dev/find"})


def test_releasing_takes_off_our_tag_and_nothing_else() -> None:
    assert update_between(DECLARED, replace(DECLARED, status="released")) == ProjectUpdate(
        remove_tag_keys=("bedrock-project",)
    )


@pytest.mark.parametrize(
    "update",
    [
        ProjectUpdate(name="Find"),
        ProjectUpdate(add_tags={"Team": "Search"}),
        ProjectUpdate(remove_tag_keys=("Team",)),
        ProjectUpdate(data_retention="none"),
    ],
)
def test_an_update_that_says_anything_is_sent(update: ProjectUpdate) -> None:
    assert update
    assert not ProjectUpdate()


@pytest.mark.parametrize(
    ("old", "new", "sent"),
    [
        (None, None, None),
        ("none", "none", None),
        ("inherit", None, None),
        ("none", None, "inherit"),
        (None, "none", "none"),
        (None, "inherit", "inherit"),
        ("none", "default", "default"),
    ],
)
def test_a_mode_is_sent_where_it_differs_and_goes_back_to_the_services_own(
    old: str | None, new: str | None, sent: str | None
) -> None:
    before, after = replace(DECLARED, data_retention=old), replace(DECLARED, data_retention=new)
    assert update_between(before, after) == ProjectUpdate(data_retention=sent)


@pytest.mark.parametrize(
    ("shown", "declared", "sent"),
    [("none", None, None), ("none", "none", None), (None, "none", "none"), ("default", "none", "none")],
)
def test_the_mode_of_a_project_that_is_taken_over_is_sent_where_it_is_not_known_to_be_right(
    shown: str | None, declared: str | None, sent: str | None
) -> None:
    new = replace(DECLARED, data_retention=declared)
    project = RemoteProject(id="proj_1", name=new.name, tags=new.all_tags, data_retention=shown)
    assert update_from(project, new) == ProjectUpdate(data_retention=sent)


def test_a_project_that_is_taken_over_only_to_be_released_loses_our_tag() -> None:
    project = RemoteProject(id="proj_1", name=DECLARED.name, tags=DECLARED.all_tags)
    released = ProjectUpdate(remove_tag_keys=("bedrock-project",))
    assert update_from(project, replace(DECLARED, status="released")) == released


def test_an_update_is_worded_with_the_old_values() -> None:
    before = RemoteProject(id="proj_1", name="Search", tags={"Team": "Search", "Old": "x"}, data_retention="none")
    update = ProjectUpdate(
        name="Find", add_tags={"Team": "Find", "Owner": "me"}, remove_tag_keys=("Old",), data_retention="default"
    )
    assert in_words(update, before=before) == (
        "name Search → Find, Owner (none) → me, Team Search → Find, Old x → (none), data retention none → default"
    )


def test_an_empty_tag_and_a_mode_that_is_not_known_are_worded_as_in_a_review() -> None:
    before = RemoteProject(id="proj_1", name="Search", tags={"Team": "", "Old": ""})
    update = ProjectUpdate(add_tags={"Team": "Find", "Owner": ""}, remove_tag_keys=("Old",), data_retention="none")
    assert in_words(update, before=before) == (
        'Owner (none) → "", Team "" → Find, Old "" → (none), data retention (none) → none'
    )
