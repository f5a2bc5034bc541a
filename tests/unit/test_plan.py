"""What a run does with one entry, decided from the declaration, the state and a listing: each step and each refusal."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.aws.endpoints import RUNTIME, RegionalEndpoint
from bedrock_projects.aws.models import ProjectUpdate, RemoteProject
from bedrock_projects.errors import RefusedError
from bedrock_projects.limits import NO_PROJECT_ID
from bedrock_projects.projects.changes import UNKNOWN, DeclaredProject, ManagedProject
from bedrock_projects.projects.listing import Listing
from bedrock_projects.projects.plan import (
    Adopt,
    Archive,
    Change,
    Create,
    Keep,
    OtherStack,
    Recover,
    Refuse,
    Release,
    Replace,
    Staying,
    Step,
    Update,
    already_claimed,
    compare,
    decide,
    decide_removal,
    kept_at_other_endpoint,
    quota_reason,
)

TAG, FORMER_TAG = "bedrock-project", "project-of"
HERE, AWAY = RegionalEndpoint("us-west-2"), RegionalEndpoint("eu-west-1")
SEARCH = DeclaredProject(
    key="search",
    name="Search",
    region=HERE.region,
    owner="acme/dev/search",
    owner_tag_key=TAG,
    tags={"Team": "Search"},
    previous_owners=("acme/dev/find",),
)
ARCHIVED, RELEASED = replace(SEARCH, status="archived"), replace(SEARCH, status="released")
OF_ANOTHER_KEY = {FORMER_TAG: "other/dev/x", f"{FORMER_TAG}-stack": "organization/other/dev"}
TAKE_TAG_OFF = ProjectUpdate(remove_tag_keys=(TAG,))
NOTHING = ProjectUpdate()


def project(
    id_: str = "proj_1",
    *,
    name: str = "Search",
    owner: str = SEARCH.owner,
    status: str = "active",
    tags: dict[str, str] | None = None,
) -> RemoteProject:
    own = {"Team": "Search"} if tags is None else tags
    return RemoteProject(id=id_, name=name, status=status, tags={**own, **({TAG: owner} if owner else {})})


def plan(
    entry: DeclaredProject,
    *listed: RemoteProject,
    known: ManagedProject | None = None,
    away: tuple[RemoteProject, ...] = (),
    protected: bool = False,
) -> Step:
    listings = {HERE: Listing(listed), AWAY: Listing(away)}
    return decide(entry, known, listings.__getitem__, protected=protected)


def known(declared: DeclaredProject = SEARCH, id_: str = "proj_1") -> ManagedProject:
    return ManagedProject(id=id_, declared=declared)


def never(where: RegionalEndpoint) -> Listing:
    raise AssertionError(f"{where} was looked at")


# An entry of which the state has nothing


def test_an_entry_without_a_project_is_created() -> None:
    assert plan(SEARCH) == Create()
    assert plan(SEARCH, project("proj_2", name="Chat", owner="acme/dev/chat")) == Create()


def test_a_new_project_in_place_of_an_archived_one_has_a_new_id() -> None:
    assert plan(SEARCH, project(status="archived")) == Create(replaces_archived=True)


@pytest.mark.parametrize("owner", ["acme/dev/search", "acme/dev/find"])
def test_a_project_with_the_ownership_tag_is_recovered_under_a_former_name_too(owner: str) -> None:
    update = ProjectUpdate(add_tags={TAG: SEARCH.owner}) if owner != SEARCH.owner else NOTHING
    assert plan(SEARCH, project(owner=owner)) == Recover(project(owner=owner), update)


def test_a_project_that_is_recovered_gets_what_differs() -> None:
    seen = project(name="Old", tags={"Old": "1"})
    update = ProjectUpdate(name="Search", add_tags={"Team": "Search"}, remove_tag_keys=("Old",))
    assert plan(SEARCH, seen) == Recover(seen, update)


def test_a_project_that_the_entry_names_is_adopted() -> None:
    entry, seen = replace(SEARCH, adopt_id="proj_1"), project(owner="")
    assert plan(entry, seen) == Adopt(seen, ProjectUpdate(add_tags={TAG: SEARCH.owner}))
    assert plan(entry, project()) == Recover(project(), NOTHING)
    assert isinstance(plan(replace(entry, previous_owners=("other/dev/x",)), project(owner="other/dev/x")), Recover)


REFUSED_WITHOUT_STATE: dict[str, tuple[DeclaredProject, list[RemoteProject], str]] = {
    "an id that is not there": (
        replace(SEARCH, adopt_id="proj_9"),
        [],
        (
            "project proj_9 is not an active project in us-west-2; check `id`, `region` and `endpoint`, and whose "
            "credentials are used"
        ),
    ),
    "an id of the region that the entry left": (
        replace(SEARCH, adopt_id="proj_9", move_from="eu-west-1"),
        [],
        (
            "project proj_9 is not an active project in us-west-2; a move from eu-west-1 creates a new project, so "
            "remove `id`"
        ),
    ),
    "an id that is archived, with its tag on an active project": (
        replace(SEARCH, adopt_id="proj_9"),
        [project("proj_9", owner="", status="archived"), project()],
        "project proj_9 is archived (irreversible); remove `id` to create a new project",
    ),
    "an id of somebody else's project": (
        replace(SEARCH, adopt_id="proj_1"),
        [project(owner="other/dev/x")],
        (
            "project proj_1 (Search) belongs to other/dev/x (its tag bedrock-project); release it there, or name that"
            " owner in `previous_owner`"
        ),
    ),
    "an id of a project of another environment": (
        replace(SEARCH, adopt_id="proj_1"),
        [project(owner="acme/prod/x")],
        (
            "project proj_1 (Search) belongs to acme/prod/x (its tag bedrock-project); remove that entry, and run its "
            "environment first, which releases it"
        ),
    ),
    "a project of another environment under a former name of this one": (
        replace(SEARCH, previous_owners=("acme/prod/search",), adopt_id="proj_1"),
        [project(owner="acme/prod/x")],
        (
            "project proj_1 (Search) belongs to acme/prod/x (its tag bedrock-project); release it there, or name that"
            " owner in `previous_owner`"
        ),
    ),
    "an id of a project of an inventory with another key": (
        replace(SEARCH, adopt_id="proj_1"),
        [project(owner="", tags=OF_ANOTHER_KEY)],
        (
            "project proj_1 (Search) belongs to other/dev/x of an inventory with another `ownership_tag` (its tag "
            "project-of); release it there first"
        ),
    ),
    "an id beside a project with the entry's tag": (
        replace(SEARCH, adopt_id="proj_9"),
        [project("proj_9", name="Old", owner=""), project()],
        (
            "2 active projects in us-west-2 belong to it: Old (proj_9, tag None) and Search (proj_1, tag "
            "acme/dev/search). To reuse a key, take two runs: first remove the entry that had it, then rename the "
            "other entry"
        ),
    ),
    "two projects, the one under the present name first": (
        SEARCH,
        [project("proj_2", name="Find", owner="acme/dev/find"), project()],
        (
            "2 active projects in us-west-2 belong to it: Search (proj_1, tag acme/dev/search) and Find (proj_2, tag "
            "acme/dev/find). To reuse a key, take two runs: first remove the entry that had it, then rename the other "
            "entry"
        ),
    ),
    "two projects of an entry that is archived": (
        ARCHIVED,
        [project("proj_2", name="Find", owner="acme/dev/find"), project()],
        (
            "2 active projects in us-west-2 belong to it: Search (proj_1, tag acme/dev/search) and Find (proj_2, tag "
            "acme/dev/find). To reuse a key, take two runs: first remove the entry that had it, then rename the other "
            "entry"
        ),
    ),
    "a name that a project without an owner has": (
        SEARCH,
        [project("proj_2", owner="")],
        (
            "project proj_2 in us-west-2 is named 'Search' too and is not this entry's, and reports could "
            "not distinguish the two; to manage that one "
            "write `id: proj_2` in the entry, else choose another name"
        ),
    ),
    "a name that another entry's project has": (
        SEARCH,
        [project("proj_2", owner="acme/dev/chat")],
        (
            "project proj_2 in us-west-2 is named 'Search' too and is not this entry's, and reports could "
            "not distinguish the two; it belongs to "
            "acme/dev/chat: if the entry was called that before, write `aliases: [chat]` in it, else choose another "
            "name"
        ),
    ),
    "a name that the project of the same key in another environment has": (
        SEARCH,
        [project("proj_2", owner="acme/test/search")],
        (
            "project proj_2 in us-west-2 is named 'Search' too and is not this entry's, and reports could "
            "not distinguish the two; it belongs to "
            "acme/test/search: if the environment was called that before, write `aliases: [test]` in it, else choose "
            "another name"
        ),
    ),
    "a name that the project of another inventory has": (
        SEARCH,
        [project("proj_2", owner="shop/dev/search")],
        (
            "project proj_2 in us-west-2 is named 'Search' too and is not this entry's, and reports could "
            "not distinguish the two; it belongs to "
            "shop/dev/search: if the inventory was called that before, write `previous_owner: {inventory: shop}` at the"
            " top of the file, else choose another name"
        ),
    ),
    "a name that somebody else's project has": (
        SEARCH,
        [project("proj_2", owner="shop/prod/search")],
        (
            "project proj_2 in us-west-2 is named 'Search' too and is not this entry's, and reports could "
            "not distinguish the two; it belongs to "
            "shop/prod/search: choose another name"
        ),
    ),
    "a name that is taken, for a project that is adopted": (
        replace(SEARCH, adopt_id="proj_1"),
        [project(name="Old", owner=""), project("proj_2", owner="")],
        (
            "project proj_2 in us-west-2 is named 'Search' too and is not this entry's, and reports could "
            "not distinguish the two; to manage that one "
            "write `id: proj_2` in the entry, else choose another name"
        ),
    ),
    "an archive of what the entry only names": (
        replace(ARCHIVED, adopt_id="proj_1"),
        [project(owner="")],
        (
            "project proj_1 does not belong to this entry yet, so the entry cannot archive it; adopt it in "
            "one change and set "
            "`status: archived` in the next"
        ),
    ),
    "an archive of what has the ownership tag under its former key alone": (
        replace(ARCHIVED, previous_owner_tag_key=FORMER_TAG),
        [project(owner="", tags={FORMER_TAG: SEARCH.owner})],
        (
            "project proj_1 does not belong to this entry yet, so the entry cannot archive it; adopt it in "
            "one change and set "
            "`status: archived` in the next"
        ),
    ),
    "an archive of what another inventory still has": (
        replace(ARCHIVED, previous_owners=("other/dev/x",)),
        [project(owner="other/dev/x")],
        (
            "project proj_1 does not belong to this entry yet, so the entry cannot archive it; adopt it in "
            "one change and set "
            "`status: archived` in the next"
        ),
    ),
}


@pytest.mark.parametrize(("entry", "listed", "reason"), REFUSED_WITHOUT_STATE.values(), ids=list(REFUSED_WITHOUT_STATE))
def test_a_run_refuses_what_would_take_or_double_a_project(
    entry: DeclaredProject, listed: list[RemoteProject], reason: str
) -> None:
    assert plan(entry, *listed) == Refuse("search", reason)


def test_a_name_of_an_archived_project_is_free() -> None:
    assert plan(SEARCH, project("proj_2", owner="", status="archived")) == Create()


def test_a_rename_may_take_the_name_of_a_project_of_the_same_environment_and_no_other() -> None:
    """That one may be about to give its name up; a new project has to wait for it."""
    mine, theirs = project(name="Old"), project("proj_2", owner="acme/dev/chat")
    assert plan(SEARCH, mine, theirs) == Recover(mine, ProjectUpdate(name="Search"))
    former = replace(SEARCH, previous_owners=("acme-old/dev/search",))
    assert isinstance(plan(former, mine, project("proj_2", owner="acme-old/dev/chat")), Recover)
    for owner in ("", "acme/prod/search", "other/dev/search", "acme/development/x"):
        assert isinstance(plan(SEARCH, mine, project("proj_2", owner=owner)), Refuse), owner


@pytest.mark.parametrize("owner", ["acme/dev/search", "acme/dev/find"])
def test_an_entry_that_is_archived_or_released_without_a_state_retires_its_project(owner: str) -> None:
    seen = project(owner=owner)
    assert plan(ARCHIVED, seen) == Archive(seen)
    assert plan(RELEASED, seen) == Release(seen, TAKE_TAG_OFF)


def test_a_release_takes_the_former_key_of_the_ownership_tag_off_too_and_no_tag_of_others() -> None:
    entry = replace(RELEASED, previous_owner_tag_key=FORMER_TAG)
    both = project(tags={FORMER_TAG: "acme/dev/find"})
    assert plan(entry, both) == Release(both, ProjectUpdate(remove_tag_keys=(TAG, FORMER_TAG)))
    others = project(tags={FORMER_TAG: "other/dev/x"})
    assert plan(entry, others) == Release(others, TAKE_TAG_OFF)
    alone = project(owner="", tags={FORMER_TAG: SEARCH.owner})
    assert plan(entry, alone) == Release(alone, ProjectUpdate(remove_tag_keys=(FORMER_TAG,)))


@pytest.mark.parametrize("entry", [ARCHIVED, RELEASED])
def test_nothing_is_created_for_an_entry_that_is_archived_or_released(entry: DeclaredProject) -> None:
    assert plan(entry) == Keep()
    assert plan(entry, project(status="archived")) == Keep(project(status="archived"))
    assert plan(entry, project("proj_2", owner="")) == Keep()


def test_a_release_leaves_what_the_entry_only_names() -> None:
    assert plan(replace(RELEASED, adopt_id="proj_1"), project(owner="")) == Keep()
    assert plan(replace(ARCHIVED, adopt_id="proj_1"), project(owner="", status="archived")) == Keep()


def test_a_protected_entry_does_not_leave_its_region() -> None:
    moving = replace(SEARCH, move_from=AWAY.region)
    refused = Refuse(
        "search",
        "the project is protected, and a move from eu-west-1 to us-west-2 archives it; set `protect: false` in the "
        "same change, and remove that later",
    )
    assert plan(moving, away=(project(),), protected=True) == refused
    assert plan(moving, away=(project(),)) == Create()
    assert plan(moving, protected=True) == Create()
    assert plan(moving, project(), away=(project("proj_2"),), protected=True) == Recover(project(), NOTHING)
    assert plan(moving, known=known(replace(SEARCH, region=AWAY.region)), protected=True) == refused
    assert plan(moving, known=known(replace(SEARCH, region=AWAY.region))) == Create()


def test_only_what_the_decision_needs_is_looked_at() -> None:
    listing = {HERE: Listing()}
    moves = replace(SEARCH, move_from=AWAY.region)
    assert decide(moves, None, {**listing, AWAY: Listing()}.__getitem__) == Create()
    assert decide(ARCHIVED, known(ARCHIVED), never) == Keep()
    assert decide(ARCHIVED, known(RELEASED, NO_PROJECT_ID), never) == Keep()
    assert isinstance(decide(replace(SEARCH, region=AWAY.region), known(), never), Refuse)


# An entry that the state has


def test_what_is_as_declared_is_kept() -> None:
    assert plan(SEARCH, project(), known=known()) == Keep(project())


def test_the_update_closes_the_gap_to_the_state_and_leaves_drift_to_a_refresh() -> None:
    drifted = project(name="By hand", tags={"Team": "Hand"})
    assert plan(SEARCH, drifted, known=known()) == Keep(drifted)
    renamed = replace(SEARCH, name="Find")
    assert plan(renamed, drifted, known=known()) == Update(drifted, ProjectUpdate(name="Find"))


def test_what_is_unfinished_is_put_right_by_what_aws_shows_though_the_file_is_as_the_state() -> None:
    unfinished = replace(known(), unfinished="the name was refused")
    assert compare(SEARCH, unfinished) == Change()
    assert compare(replace(SEARCH, region=AWAY.region, move_from=HERE.region), unfinished) == Replace(("region",))
    assert compare(RELEASED, replace(unfinished, declared=RELEASED)) == Keep()
    left = project(name="Find", tags={"Team": "Find", "a": "1"})
    update = ProjectUpdate(name="Search", add_tags={"Team": "Search"}, remove_tag_keys=("a",))
    assert plan(SEARCH, left, known=unfinished) == Update(left, update)
    assert plan(SEARCH, project(), known=unfinished) == Keep(project())
    assert isinstance(plan(SEARCH, known=unfinished), Keep)


def test_what_a_list_lacks_is_taken_as_the_state_has_it() -> None:
    assert plan(replace(SEARCH, name="Find"), known=known()) == Update(project(), ProjectUpdate(name="Find"))
    kept = plan(SEARCH, known=known())
    assert isinstance(kept, Keep)
    assert kept.project == project()
    archived = plan(ARCHIVED, known=known())
    assert isinstance(archived, Archive)
    assert archived.project == project()


def test_tags_that_are_no_longer_ignored_are_removed_by_what_aws_shows() -> None:
    ignoring, marked = replace(SEARCH, ignore_tags=("c7n:*",)), project(tags={"Team": "Search", "c7n:a": "1"})
    assert plan(SEARCH, marked, known=known(ignoring)) == Update(marked, ProjectUpdate(remove_tag_keys=("c7n:a",)))
    assert plan(ignoring, marked, known=known(ignoring)) == Keep(marked)
    assert isinstance(plan(SEARCH, known=known(ignoring)), Keep)


def test_a_state_that_has_its_own_project_is_archived_or_released_by_status() -> None:
    assert plan(ARCHIVED, project(), known=known()) == Archive(project())
    assert plan(RELEASED, project(), known=known()) == Release(project(), TAKE_TAG_OFF)
    gone = project(status="archived")
    assert plan(ARCHIVED, gone, known=known()) == Keep(gone)


def test_a_key_that_changes_with_its_archive_goes_by_the_tag_that_the_state_has() -> None:
    former = replace(SEARCH, key="find", owner="acme/dev/find", previous_owners=())
    seen = project(owner="acme/dev/find")
    assert plan(ARCHIVED, seen, known=known(former)) == Archive(seen)


def test_a_release_of_what_somebody_else_has_by_now_sends_nothing_and_says_so() -> None:
    stolen = project(owner="other/dev/x")
    note = "project proj_1 (Search) was not changed: another inventory entry owns it (tag bedrock-project: other/dev/x)"
    assert plan(RELEASED, stolen, known=known()) == Release(stolen, NOTHING, note=note)


def test_what_was_released_is_taken_back() -> None:
    seen = project(owner="")
    assert plan(SEARCH, seen, known=known(RELEASED)) == Update(seen, ProjectUpdate(add_tags={TAG: SEARCH.owner}))


def test_what_was_released_to_an_inventory_with_another_key_is_not_taken_back() -> None:
    step = plan(SEARCH, project(owner="", tags=OF_ANOTHER_KEY), known=known(RELEASED))
    assert isinstance(step, Refuse)
    assert "belongs to other/dev/x of an inventory with another `ownership_tag`" in step.reason


@pytest.mark.parametrize(
    ("tags", "entry"),
    [
        ({FORMER_TAG: "other/dev/x"}, SEARCH),
        ({FORMER_TAG: "x", f"{FORMER_TAG}-stack": "organization/other/dev"}, SEARCH),
        ({FORMER_TAG: "other/dev/x", f"{FORMER_TAG}-stack": "a stack"}, SEARCH),
        ({**OF_ANOTHER_KEY, FORMER_TAG: SEARCH.owner}, SEARCH),
        (OF_ANOTHER_KEY, replace(SEARCH, previous_owner_tag_key=FORMER_TAG, previous_owners=("other/dev/x",))),
    ],
    ids=["no stack", "no owner", "no name of a stack", "its own, under a key that was changed", "its former key"],
)
def test_a_tag_that_only_looks_like_an_ownership_tag_is_a_tag(tags: dict[str, str], entry: DeclaredProject) -> None:
    assert isinstance(plan(replace(entry, adopt_id="proj_1"), project(owner="", tags=tags)), Adopt | Recover)


REFUSED_WITH_STATE: dict[str, tuple[DeclaredProject, DeclaredProject, list[RemoteProject], str]] = {
    "what somebody else has by now": (
        SEARCH,
        replace(SEARCH, name="Find"),
        [project(owner="other/dev/x")],
        (
            "project proj_1 (Search) belongs to other/dev/x (its tag bedrock-project); release it there, or name that"
            " owner in `previous_owner`"
        ),
    ),
    "what another environment has": (
        SEARCH,
        replace(SEARCH, name="Find"),
        [project(owner="acme/prod/x")],
        (
            "project proj_1 (Search) belongs to acme/prod/x (its tag bedrock-project); to move it here, write "
            "`id: proj_1` in this entry, remove that one, and run its environment first"
        ),
    ),
    "an archive of what somebody else has by now": (
        SEARCH,
        ARCHIVED,
        [project(owner="other/dev/x")],
        (
            "project proj_1 (Search) cannot be archived: it does not carry the tag bedrock-project of this entry; "
            "use `status: released` to release it"
        ),
    ),
    "an archive of what lost its tag": (
        SEARCH,
        ARCHIVED,
        [project(owner="")],
        (
            "project proj_1 (Search) cannot be archived: it does not carry the tag bedrock-project of this entry; "
            "use `status: released` to release it"
        ),
    ),
    "an archive of what the stack has of another environment": (
        replace(SEARCH, owner="acme/prod/search"),
        ARCHIVED,
        [project(owner="acme/prod/search")],
        (
            "project proj_1 (Search) cannot be archived: it does not carry the tag bedrock-project of this entry; "
            "use `status: released` to release it"
        ),
    ),
    "an archive of what was released": (
        RELEASED,
        ARCHIVED,
        [project(owner="")],
        (
            "project proj_1 was released before: adopt it again first, with `id: proj_1` and without `status`, and "
            "archive it in a later change"
        ),
    ),
    "another project": (
        SEARCH,
        replace(SEARCH, adopt_id="proj_2"),
        [project(), project("proj_2", owner="")],
        "project proj_1 is this entry's, and `id` cannot change it to proj_2; use a new key for that one",
    ),
    "another region without a word on it": (
        SEARCH,
        replace(SEARCH, region=AWAY.region),
        [project()],
        (
            "the move from us-west-2 to eu-west-1 creates a project with a new id and archives the old one "
            "(irreversible). If this is intended, add `move_from: us-west-2` to the entry"
        ),
    ),
    "a name that a project of others has": (
        SEARCH,
        replace(SEARCH, name="Chat"),
        [project(), project("proj_2", name="Chat", owner="")],
        (
            "project proj_2 in us-west-2 is named 'Chat' too and is not this entry's, and reports could "
            "not distinguish the two; to manage that one "
            "write `id: proj_2` in the entry, else choose another name"
        ),
    ),
}


@pytest.mark.parametrize(("old", "new", "listed", "reason"), REFUSED_WITH_STATE.values(), ids=list(REFUSED_WITH_STATE))
def test_a_run_refuses_what_the_state_forbids(
    old: DeclaredProject, new: DeclaredProject, listed: list[RemoteProject], reason: str
) -> None:
    assert plan(new, *listed, known=known(old)) == Refuse("search", reason)


def test_a_project_of_the_same_environment_may_give_its_name_up() -> None:
    renamed = replace(SEARCH, name="Chat")
    other = project("proj_2", name="Chat", owner="acme/dev/chat")
    assert plan(renamed, project(), other, known=known()) == Update(project(), ProjectUpdate(name="Chat"))
    assert plan(renamed, project(name="Chat"), known=known()) == Update(
        project(name="Chat"), ProjectUpdate(name="Chat")
    )


def test_what_was_archived_begins_anew() -> None:
    assert plan(SEARCH, project(status="archived"), known=known(ARCHIVED)) == Create(replaces_archived=True)
    assert plan(SEARCH, known=known(ARCHIVED, NO_PROJECT_ID)) == Create()
    assert plan(RELEASED, project(status="archived"), known=known(ARCHIVED)) == Keep(project(status="archived"))


def test_the_provider_raises_the_refusal_as_it_is() -> None:
    refusal = Refuse("search", "it is so")
    assert str(refusal) == "entry 'search': it is so"
    assert isinstance(refusal.error, RefusedError)
    assert str(refusal.error) == str(refusal)


def test_a_name_that_the_project_has_in_another_normal_form_is_not_wanted_from_a_namesake() -> None:
    entry = replace(SEARCH, name="Caf\u00e9")
    own, namesake = project(name="Cafe\u0301"), project("proj_2", name="Caf\u00e9", owner="")
    assert plan(entry, own, namesake) == Recover(own, NOTHING)


# Without a listing


COMPARED: dict[str, tuple[dict[str, Any], Any]] = {
    "nothing": ({}, Keep()),
    "name": ({"name": "Find"}, Change()),
    "tags": ({"tags": {"Team": "Find"}}, Change()),
    "tags of other tools": ({"tags": {"Team": "Search", "c7n:a": "1"}, "ignore_tags": ("c7n:*",)}, Change()),
    "retention": ({"data_retention": "none"}, Change()),
    "status": ({"status": "archived"}, Change()),
    "owner": ({"owner": "acme/dev/find"}, Change()),
    "the key of the ownership tag": ({"owner_tag_key": "owned-by"}, Change()),
    "on_remove": ({"on_remove": "release"}, Change()),
    "the id that it has": ({"adopt_id": "proj_1"}, Change()),
    "former owners": ({"previous_owners": ("acme/dev/x",)}, Change()),
    "the former key of the ownership tag": ({"previous_owner_tag_key": "owned-by"}, Change()),
    "stack": ({"stack": "organization/acme/dev"}, Change()),
    "region": ({"region": AWAY.region, "move_from": HERE.region}, Replace(("region",))),
    "a name that is not known yet": ({"name": UNKNOWN}, Change()),
    "tags that are not known yet": ({"tags": UNKNOWN}, Change()),
    "an id that is not known yet": ({"adopt_id": UNKNOWN}, Change()),
    "a region that is not known yet": ({"region": UNKNOWN}, Change()),
    "an endpoint that is not known yet": ({"endpoint": UNKNOWN}, Change()),
}


@pytest.mark.parametrize(("change", "expected"), COMPARED.values(), ids=list(COMPARED))
def test_a_resource_differs_by_its_declaration_alone(change: dict[str, Any], expected: object) -> None:
    assert compare(replace(SEARCH, **change), known()) == expected


def test_tags_of_other_tools_are_no_difference() -> None:
    ignoring = replace(SEARCH, ignore_tags=("c7n:*",))
    marked = replace(ignoring, tags={"Team": "Search", "c7n:a": "1"})
    assert compare(ignoring, known(marked)) == Keep()
    assert compare(replace(ignoring, tags={"Team": "Find"}), known(marked)) == Change()
    unknown: Any = UNKNOWN
    assert compare(replace(SEARCH, tags=unknown), known(replace(SEARCH, tags=unknown))) == Keep()
    assert compare(SEARCH, known(replace(SEARCH, tags=unknown))) == Change()


@pytest.mark.parametrize(
    ("id_", "before", "after", "expected"),
    [
        ("proj_1", ARCHIVED, SEARCH, Replace(("status",))),
        ("proj_1", ARCHIVED, RELEASED, Replace(("status",))),
        ("proj_1", RELEASED, SEARCH, Change()),
        ("proj_1", RELEASED, ARCHIVED, Change()),
        ("proj_1", RELEASED, replace(RELEASED, name="x", region=AWAY.region), Keep()),
        (NO_PROJECT_ID, RELEASED, SEARCH, Replace(("status",))),
        (NO_PROJECT_ID, RELEASED, replace(SEARCH, adopt_id="proj_2"), Replace(("status",))),
        (NO_PROJECT_ID, RELEASED, ARCHIVED, Change()),
        (
            "proj_1",
            ARCHIVED,
            replace(SEARCH, region=AWAY.region, move_from=HERE.region),
            Replace(("region", "status")),
        ),
    ],
)
def test_what_is_archived_is_replaced_and_so_is_what_never_was(
    id_: str, before: DeclaredProject, after: DeclaredProject, expected: object
) -> None:
    assert compare(after, known(before, id_)) == expected


def test_the_state_remembers_an_adoption() -> None:
    adopted = replace(SEARCH, adopt_id="proj_1")
    assert compare(SEARCH, known(adopted)) == Keep()
    assert plan(SEARCH, project(), known=known(adopted)) == Keep(project())


# A removal


def removal(old: DeclaredProject, seen: RemoteProject, *, staying: Staying | None = None, **more: Any) -> object:
    return decide_removal(old, seen, staying=staying or Staying(), **more)


def test_only_a_project_with_exactly_the_entrys_tag_is_archived_or_released() -> None:
    assert removal(SEARCH, project()) == Archive(project())
    assert removal(replace(SEARCH, on_remove="release"), project()) == Release(project(), TAKE_TAG_OFF)
    assert removal(replace(SEARCH, adopt_id="proj_1"), project()) == Release(project(), TAKE_TAG_OFF)
    for owner in ("", "other/dev/search", "acme/dev/find"):
        kept = removal(SEARCH, project(owner=owner))
        assert kept == Keep(
            project(owner=owner),
            note="project proj_1 (Search) was not changed: it does not carry the tag bedrock-project of this entry. "
            "It was only removed from the state",
        )


@pytest.mark.parametrize("owner_tag", [True, False])
def test_a_move_releases_what_its_entry_says_now_or_said_before(owner_tag: bool) -> None:
    """What can be undone wins."""
    moved = replace(SEARCH, region=AWAY.region, move_from=HERE.region)
    says = {"release": Staying.of(replace(moved, on_remove="release")), "archive": Staying.of(moved)}
    seen = project() if owner_tag else project(owner="")
    left = Keep if not owner_tag else Release
    assert isinstance(removal(SEARCH, seen, staying=says["release"]), left)
    assert isinstance(removal(replace(SEARCH, adopt_id="proj_1"), seen, staying=says["archive"]), left)
    assert isinstance(removal(SEARCH, seen, staying=says["archive"]), Archive if owner_tag else Keep)


def test_a_release_by_a_move_goes_on_if_only_the_tag_of_the_stack_is_off() -> None:
    entry = replace(MANAGED, region=AWAY.region, move_from=HERE.region, on_remove="release")
    step = removal(MANAGED, project(), staying=Staying.of(entry))
    assert step == Release(project(), TAKE_TAG_OFF)
    assert isinstance(removal(MANAGED, project(), staying=Staying.of(replace(entry, on_remove=None))), Keep)


def test_what_is_retired_already_is_left_alone() -> None:
    gone = project(status="archived")
    for old, seen in ((ARCHIVED, project()), (RELEASED, project()), (SEARCH, gone)):
        assert removal(old, seen, protected=True) == Keep(seen)


def test_a_protected_entry_is_not_removed() -> None:
    assert removal(SEARCH, project(), protected=True) == Refuse(
        "search",
        "the project is protected, so `pulumi up` refuses to delete it: keep the entry with `status: archived` or "
        "`released`, and remove it in a later change",
    )


# Which stack manages a project

DEV, OTHER = "organization/acme/dev", "organization/acme/dev2"
MANAGED = replace(SEARCH, stack=DEV)
STACK_TAG = "bedrock-project-stack"


def of_stack(stack: str, id_: str = "proj_1", **more: Any) -> RemoteProject:
    return project(id_, tags={"Team": "Search", STACK_TAG: stack}, **more)


def test_a_project_without_a_stack_is_claimed_with_all_that_changes() -> None:
    claim = ProjectUpdate(add_tags={STACK_TAG: DEV})
    assert plan(MANAGED, project()) == Recover(project(), claim)
    assert plan(MANAGED, project(), known=known()) == Update(project(), claim)
    renamed = replace(MANAGED, name="Find")
    assert plan(renamed, project(), known=known()) == Update(project(), replace(claim, name="Find"))
    assert plan(MANAGED, of_stack(DEV), known=known(MANAGED)) == Keep(of_stack(DEV))


FROM_OTHERS: dict[str, tuple[DeclaredProject, ManagedProject | None]] = {
    "recovered": (MANAGED, None),
    "adopted": (replace(MANAGED, adopt_id="proj_1"), None),
    "updated": (replace(MANAGED, name="Find"), known(MANAGED)),
    "kept": (MANAGED, known(MANAGED)),
    "archived by an entry": (replace(MANAGED, status="archived"), None),
    "released by an entry": (replace(MANAGED, status="released"), None),
    "after a rename of the stack": (MANAGED, known(replace(MANAGED, stack=OTHER))),
}


@pytest.mark.parametrize(("entry", "state"), FROM_OTHERS.values(), ids=list(FROM_OTHERS))
def test_another_stacks_project_is_refused_until_it_is_taken_over(
    entry: DeclaredProject, state: ManagedProject | None
) -> None:
    listing = {HERE: Listing((of_stack(OTHER),))}.__getitem__
    refused = decide(entry, state, listing)
    assert refused == OtherStack(
        "search",
        "project proj_1 (Search) is managed by stack organization/acme/dev2, and this is stack organization/acme/dev; "
        "deploy it from only one of them",
    )
    taken = decide(entry, state, listing, take_over=True)
    if state is not None and state.declared.stack == DEV:
        # The engine finds no difference to such a state, and would send nothing.
        assert isinstance(taken, Refuse)
        assert taken.reason == (
            f"{refused.reason}. The state does not know that yet: take it over with `pulumi up --refresh`"
        )
        refreshed = replace(state, declared=state.declared.as_seen(of_stack(OTHER)))
        taken = decide(entry, refreshed, listing, take_over=True)
    assert isinstance(taken, Adopt | Recover | Update | Archive | Release)
    if isinstance(taken, Adopt | Recover | Update):
        assert taken.update.add_tags[STACK_TAG] == DEV


def test_the_stack_tag_under_a_former_key_of_the_ownership_tag_counts_and_is_taken_off() -> None:
    renamed = replace(MANAGED, owner_tag_key="owner", previous_owner_tag_key=TAG)
    assert isinstance(plan(renamed, of_stack(OTHER)), OtherStack)
    recovered = plan(renamed, of_stack(DEV))
    assert isinstance(recovered, Recover)
    assert recovered.update == ProjectUpdate(
        add_tags={"owner": SEARCH.owner, "owner-stack": DEV}, remove_tag_keys=(TAG, STACK_TAG)
    )
    released = plan(replace(renamed, status="released"), of_stack(DEV))
    assert released == Release(of_stack(DEV), ProjectUpdate(remove_tag_keys=(TAG, STACK_TAG)))


def test_what_another_stack_had_and_is_archived_or_left_alone_is_nobodys() -> None:
    gone = of_stack(OTHER, status="archived")
    assert isinstance(plan(replace(MANAGED, status="archived"), gone, known=known(MANAGED)), Keep)
    stolen = of_stack(OTHER, owner="other/dev/x")
    assert isinstance(plan(replace(MANAGED, status="released"), stolen, known=known(MANAGED)), Release)


def test_a_removal_archives_only_if_owner_and_stack_are_those_of_the_state() -> None:
    assert removal(MANAGED, of_stack(DEV)) == Archive(of_stack(DEV))
    assert removal(SEARCH, project()) == Archive(project())
    released = removal(replace(MANAGED, on_remove="release"), of_stack(DEV))
    assert released == Release(of_stack(DEV), ProjectUpdate(remove_tag_keys=(TAG, STACK_TAG)))
    for old in (MANAGED, SEARCH):
        kept = removal(old, of_stack(OTHER))
        assert isinstance(kept, Keep)
        assert kept.note == (
            "project proj_1 (Search) was not changed: it is managed by stack organization/acme/dev2. "
            "It was only removed from the state"
        )
    lost = removal(MANAGED, project())
    assert isinstance(lost, Keep)
    assert lost.note.endswith("it lacks the tag bedrock-project-stack of its stack. It was only removed from the state")


LEFT: dict[str, tuple[Staying, str | None]] = {
    "its entry is gone": (Staying(stack=DEV), None),
    "its entry moves": (Staying(stack=DEV, is_declared=True, moves_from=HERE), None),
    "its entry goes on elsewhere": (
        Staying(stack=DEV, is_declared=True),
        "its entry is in the inventory, without `move_from: us-west-2`",
    ),
    "its entry moves from another region": (
        Staying(stack=DEV, is_declared=True, moves_from=AWAY),
        "its entry is in the inventory, without `move_from: us-west-2`",
    ),
    "its resource came from another stack": (
        Staying(stack=OTHER),
        "the state has it from stack organization/acme/dev, and this is stack organization/acme/dev2",
    ),
}


@pytest.mark.parametrize(("staying", "reason"), LEFT.values(), ids=list(LEFT))
def test_what_the_engine_deletes_is_archived_only_if_the_program_no_longer_wants_it(
    staying: Staying, reason: str | None
) -> None:
    """An interrupted move, and a state that was edited, leave resources that no reviewer saw."""
    step = removal(MANAGED, of_stack(DEV), staying=staying)
    if reason is None:
        assert step == Archive(of_stack(DEV))
    else:
        assert step == Keep(
            of_stack(DEV), note=f"project proj_1 (Search) was not changed: {reason}. It was only removed from the state"
        )


def test_a_resource_under_another_name_than_its_key_was_edited_in_the_state() -> None:
    assert removal(MANAGED, of_stack(DEV), resource="search") == Archive(of_stack(DEV))
    step = removal(MANAGED, of_stack(DEV), resource="find")
    assert isinstance(step, Keep)
    assert step.note.endswith(
        ": the resource is named 'find', but the state records entry 'search'. It was only removed from the state"
    )
    moving = Staying(stack=DEV, is_declared=True, moves_from=HERE)
    assert removal(MANAGED, of_stack(DEV), staying=moving, resource="find") == Archive(of_stack(DEV))


def test_a_release_that_took_one_tag_off_goes_on() -> None:
    adopted = replace(MANAGED, adopt_id="proj_1")
    assert removal(adopted, project()) == Release(project(), TAKE_TAG_OFF)
    assert isinstance(removal(adopted, of_stack(OTHER)), Keep)


def test_a_release_and_a_move_are_two_changes() -> None:
    step = compare(replace(SEARCH, status="released", region="eu-west-1", move_from="us-west-2"), known())
    assert isinstance(step, Refuse)
    assert "release and move are not possible in one change" in step.reason


def test_a_refresh_does_not_take_another_stacks_name_into_the_state() -> None:
    assert MANAGED.as_seen(of_stack(DEV)) == MANAGED
    assert MANAGED.as_seen(of_stack(OTHER)).stack is None
    assert MANAGED.as_seen(project()).stack is None


# All entries together


@pytest.mark.parametrize(
    ("active", "created", "fits"), [(999, 1, True), (1000, 1, False), (1000, 0, True), (0, 1001, False)]
)
def test_an_account_holds_its_quota_and_no_more(active: int, created: int, fits: bool) -> None:
    reason = quota_reason(HERE, active=active, created=created)
    assert (reason is None) is fits
    if reason:
        assert reason == (
            f"us-west-2 has {active} projects and the run would create {created}, but an account may have 1000; "
            "archive some first, or ask AWS for more"
        )


def test_two_entries_cannot_have_one_project() -> None:
    assert str(already_claimed("proj_1", "acme/dev/find", by="acme/dev/search")) == (
        "project proj_1 already belongs to acme/dev/search in this run, so acme/dev/find cannot have it too; if you "
        "changed the key, add `aliases: [<old key>]` to the new entry and remove the old one"
    )


OWNERS = st.sampled_from(["acme/dev/search", "acme/dev/find", "acme/dev/x", "acme/prod/search", "other/dev/search", ""])
PROJECTS = st.lists(
    st.builds(
        project,
        st.sampled_from(["proj_1", "proj_2", "proj_3"]),
        name=st.sampled_from(["Search", "Chat"]),
        owner=OWNERS,
        status=st.sampled_from(["active", "archived"]),
    ),
    max_size=3,
    unique_by=lambda seen: seen.id,
)
ENTRIES = st.builds(
    lambda name, adopt_id, status, previous: replace(
        SEARCH, name=name, adopt_id=adopt_id, status=status, previous_owners=previous
    ),
    st.sampled_from(["Search", "Chat"]),
    st.sampled_from([None, "proj_1", "proj_2"]),
    st.sampled_from(["active", "archived", "released"]),
    st.sampled_from([(), ("acme/dev/find",), ("other/dev/search",)]),
)


@given(ENTRIES, PROJECTS)
def test_no_step_takes_archives_or_releases_what_is_not_the_entrys(
    entry: DeclaredProject, listed: list[RemoteProject]
) -> None:
    step = plan(entry, *listed)
    if isinstance(step, Archive | Recover | Release):
        assert entry.owns(step.project.tags)
    if isinstance(step, Adopt):
        assert step.project.id == entry.adopt_id
        assert entry.foreign_owner(step.project.tags) is None
    if isinstance(step, Adopt | Archive | Recover | Release):
        assert step.project.status == "active"


@given(ENTRIES, PROJECTS)
def test_after_a_step_the_entry_has_one_active_project_or_none(
    entry: DeclaredProject, listed: list[RemoteProject]
) -> None:
    step = plan(entry, *listed)
    owned = {seen.id for seen in listed if seen.status == "active" and entry.owns(seen.tags)}
    if isinstance(step, Create):
        assert not owned
    if isinstance(step, Adopt | Recover):
        assert owned <= {step.project.id}


# The endpoint

ON_RUNTIME = replace(SEARCH, endpoint=RUNTIME.name)
MOVES = replace(ON_RUNTIME, move_from_endpoint="bedrock-mantle")
THERE = RegionalEndpoint(HERE.region, RUNTIME)


def move(
    entry: DeclaredProject = MOVES,
    *,
    here: RemoteProject | None = None,
    there: RemoteProject | None = None,
    **more: Any,
) -> Step:
    listings = {HERE: Listing((here,) if here else ()), THERE: Listing((there,) if there else ())}
    return decide(entry, known(), listings.__getitem__, **more)


def test_an_entry_is_looked_for_at_its_own_endpoint() -> None:
    assert decide(ON_RUNTIME, None, {THERE: Listing((project(),))}.__getitem__) == Recover(project(), NOTHING)
    assert decide(ON_RUNTIME, None, {THERE: Listing()}.__getitem__) == Create()


def test_a_project_that_both_endpoints_have_stays_and_nothing_is_sent() -> None:
    assert compare(MOVES, known()) == Replace(("endpoint",))
    assert move(here=project(), there=project()) == Recover(project(), NOTHING)


def test_a_project_that_the_new_endpoint_does_not_have_is_created_there() -> None:
    assert move(here=project()) == Create()
    left = removal(SEARCH, project(), staying=Staying.of(replace(MOVES, stack=None)))
    assert left == Archive(project())


def test_a_move_back_is_the_same() -> None:
    back = replace(SEARCH, move_from_endpoint=RUNTIME.name)
    assert compare(back, known(ON_RUNTIME)) == Replace(("endpoint",))
    assert back.moves_from == THERE


REFUSED_MOVES: dict[str, tuple[DeclaredProject, str]] = {
    "without the word": (
        ON_RUNTIME,
        (
            "the move from bedrock-mantle to bedrock-runtime creates a project with a new id and archives the old one "
            "(irreversible), unless both endpoints have it. If this is intended, add `move_from_endpoint: "
            "bedrock-mantle` to the entry"
        ),
    ),
    "with another word": (
        replace(ON_RUNTIME, move_from_endpoint=RUNTIME.name),
        (
            "the move from bedrock-mantle to bedrock-runtime creates a project with a new id and archives the old one "
            "(irreversible), unless both endpoints have it. If this is intended, add `move_from_endpoint: "
            "bedrock-mantle` to the entry"
        ),
    ),
    "with a region": (
        replace(MOVES, region=AWAY.region, move_from=HERE.region),
        (
            "the region and the endpoint cannot change together; restore the region us-west-2, move to "
            "bedrock-runtime, and change the region later"
        ),
    ),
    "with a release": (
        replace(MOVES, status="released"),
        (
            "release and move are not possible in one change: the move from bedrock-mantle would archive the project. "
            "Restore the endpoint to release it there"
        ),
    ),
}


@pytest.mark.parametrize("case", REFUSED_MOVES)
def test_a_move_to_another_endpoint_needs_its_own_word_and_comes_alone(case: str) -> None:
    entry, reason = REFUSED_MOVES[case]
    assert compare(entry, known()) == Refuse(SEARCH.key, reason)


def test_a_move_of_a_protected_project_is_refused_in_preview_too() -> None:
    """The engine deletes the old resource, also if its project stays."""
    for there in (None, project()):
        step = move(here=project(), there=there, protected=True)
        assert step == Refuse(
            SEARCH.key,
            "the project is protected, and a move from bedrock-mantle to bedrock-runtime archives it, unless "
            "both endpoints have it; set `protect: false` in the same change, and remove that later",
        )


def test_what_a_move_left_at_an_endpoint_stays_if_its_entry_no_longer_says_the_move() -> None:
    step = removal(SEARCH, project(), staying=Staying.of(replace(ON_RUNTIME, stack=None)))
    assert isinstance(step, Keep)
    assert "its entry is in the inventory, without `move_from_endpoint: bedrock-mantle`" in step.note


def test_the_same_name_at_another_endpoint_is_not_a_namesake() -> None:
    other = project("proj_2", owner="other/dev/x")
    listings = {HERE: Listing((other,)), THERE: Listing()}
    assert decide(ON_RUNTIME, None, listings.__getitem__) == Create()


def test_an_archive_and_a_move_are_two_changes() -> None:
    """The run would keep what the preview announces to archive."""
    for entry, what in (
        (replace(MOVES, status="archived"), "endpoint bedrock-mantle"),
        (replace(ARCHIVED, region=AWAY.region, move_from=HERE.region), "region us-west-2"),
    ):
        assert compare(entry, known()) == Refuse(
            SEARCH.key,
            f"archive and move are not possible in one change. Restore the {what} to archive the project there",
        )


def test_a_project_that_the_new_endpoint_shows_without_the_tag_is_not_made_twice() -> None:
    step = move(here=project(), there=project(owner="", name="Other"))
    assert isinstance(step, Refuse)
    assert "project proj_1 is shown in us-west-2 (bedrock-runtime) too, but without this entry's tag" in step.reason
    assert step.reason.endswith("; undo the move, and report how AWS shows the project")


@pytest.mark.parametrize("moves", [MOVES, replace(SEARCH, move_from=AWAY.region)], ids=["endpoint", "region"])
def test_a_move_does_not_leave_a_project_to_another_stack(moves: DeclaredProject) -> None:
    """Two stacks would have a project of the entry."""
    entry = replace(moves, stack=DEV)
    listings = {entry.where: Listing(), entry.moves_from: Listing((of_stack(OTHER),))}

    def step(*, take_over: bool) -> Step:
        return decide(entry, None, lambda where: listings[where], take_over=take_over)

    refused = step(take_over=False)
    assert isinstance(refused, OtherStack)
    assert f"is managed by stack {OTHER}" in refused.reason
    assert step(take_over=True) == Create()


def test_what_another_endpoint_has_too_is_kept_as_it_is() -> None:
    assert kept_at_other_endpoint(project(), Staying(where=RegionalEndpoint("us-west-2", RUNTIME))) == Keep(
        project(),
        note="project proj_1 (Search) was not changed: us-west-2 (bedrock-runtime) has it too. It was only removed "
        "from the state",
    )
