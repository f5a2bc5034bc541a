"""What a run would do, and what it refuses, where the state of the stack is known: the counts are those of the run."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from bedrock_projects.aws.endpoints import RUNTIME, RegionalEndpoint
from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.errors import RefusedError
from bedrock_projects.preflight.run_plan import (
    Context,
    Ownership,
    RunPlan,
    archive_notices,
    check_orphans,
    plan_run,
    state_notices,
    summary,
    to_hand_over,
)
from bedrock_projects.projects.changes import DeclaredProject, ManagedProject
from bedrock_projects.projects.listing import Listing
from bedrock_projects.stacks.state import StackState

TAG, STACK_TAG, PREFIX = "bedrock-project", "bedrock-project-stack", "acme/dev/"
STACK, OTHER = "organization/acme/dev", "organization/acme/dev2"
HERE, AWAY = RegionalEndpoint("us-west-2"), RegionalEndpoint("eu-west-1")
OWNERSHIP = Ownership((TAG,), (PREFIX,))


def entry(key: str, **more: Any) -> DeclaredProject:
    base = DeclaredProject(key=key, name=key, region=HERE.region, owner=PREFIX + key, owner_tag_key=TAG, stack=STACK)
    return replace(base, **more)


def project(key: str, *, stack: str = STACK, status: str = "active", owner: str = "", **tags: str) -> RemoteProject:
    own = {TAG: owner or PREFIX + key, STACK_TAG: stack}
    return RemoteProject(id=f"proj_{key}", name=key, status=status, tags=own | tags)


def held(*entries: DeclaredProject, doomed: Sequence[DeclaredProject] = ()) -> StackState:
    def managed(one: DeclaredProject) -> ManagedProject:
        return ManagedProject(id=f"proj_{one.key}", declared=one)

    return StackState(held={one.key: managed(one) for one in entries}, doomed=tuple(map(managed, doomed)))


def look(
    declared: Sequence[DeclaredProject],
    state: StackState,
    *listed: RemoteProject,
    away: Sequence[RemoteProject] = (),
    ownership: Ownership = OWNERSHIP,
    **context: Any,
) -> RunPlan:
    listings = {HERE: Listing(listed), AWAY: Listing(tuple(away))}
    return plan_run(declared, listings, ownership, Context(state=state, **{"stack": STACK, **context}))


def test_each_project_is_counted_by_what_the_run_does_with_it() -> None:
    state = held(entry("kept"), entry("changed"), entry("drifted"), entry("gone"), entry("let-go", on_remove="release"))
    plan = look(
        [entry("kept"), entry("changed", name="New"), entry("drifted"), entry("found"), entry("new")],
        state,
        *map(project, ("kept", "changed", "gone", "let-go", "orphan")),
        project("drifted", Team="Hand"),
        project("found", Team="Hand"),
    )
    assert summary(plan, where="dev") == (
        "dev: 1 new · 0 adopted · 2 unchanged · 1 to archive · 1 recovered by their tag, not in this stack's state"
        " · 1 to release · 1 to update (changed: name changed → New) · 1 differing (found: Team Hand → (none))"
        " · 1 drifted (run `pulumi up --refresh`; drifted: Team Hand → (none)) · 1 orphaned"
    )
    assert [one.id for one in plan.archived] == ["proj_gone"]
    assert plan.owned == 5


def test_what_an_entry_takes_over_by_its_tag_is_not_archived_under_the_name_that_the_state_has() -> None:
    """After `pulumi state rename` to a name of no entry."""
    state = StackState(held={"b": ManagedProject(id="proj_a", declared=entry("a"))})
    plan = look([entry("a")], state, project("a"))
    assert (plan.recovered, plan.archived) == (("a",), ())


def test_a_resource_that_was_renamed_in_the_state_archives_nothing() -> None:
    state = StackState(held={"b": ManagedProject(id="proj_a", declared=entry("a"))})
    assert look([], state, project("a")).archived == ()


MOVED = entry("a", region=AWAY.region)


@pytest.mark.parametrize(("says", "archived"), [(HERE.region, ["proj_a"]), (None, [])])
def test_what_a_move_left_is_archived_only_while_its_entry_says_the_move(says: str | None, archived: list[str]) -> None:
    new = ManagedProject(id="proj_new", declared=MOVED)
    state = StackState(held={"a": new}, doomed=held(entry("a")).all)
    moved = replace(MOVED, move_from=says)
    plan = look([moved], state, project("a"), away=[project("a").model_copy(update={"id": "proj_new"})])
    assert [one.id for one in plan.archived] == archived


def test_what_a_replacement_left_of_the_entrys_own_project_stays() -> None:
    state = StackState(held=held(entry("a")).held, doomed=held(entry("a")).all)
    assert look([entry("a")], state, project("a")).archived == ()


def test_an_entry_that_goes_while_the_state_has_it_from_another_stack_is_refused() -> None:
    of_other = entry("gone", stack=OTHER)
    with pytest.raises(RefusedError) as refused:
        look([], held(of_other), project("gone", stack=OTHER))
    assert str(refused.value) == (
        "entry 'gone': project proj_gone (gone) belongs to stack organization/acme/dev2 in the state, this is stack "
        "organization/acme/dev, and the entry was removed. If you renamed the stack, restore the entry, take the "
        "project over, then remove the entry in the next run. If you moved the resource here, move it back with "
        "`pulumi state move`"
    )
    # What the other stack no longer manages either is left as it is.
    assert look([], held(of_other), project("gone")).archived == ()


def test_projects_are_taken_over_by_their_exact_number() -> None:
    entries = [entry("a"), entry("b")]
    listed = [project("a", stack=OTHER), project("b", stack=OTHER)]
    for told in (None, "1", "3", "x"):
        with pytest.raises(RefusedError, match=r"to take over 2 from another stack, rerun with .*_TAKE_OVER=2"):
            look(entries, StackState(), *listed, take_over=told)
    plan = look(entries, StackState(), *listed, take_over="2")
    assert (plan.taken_over, plan.recovered) == (("a", "b"), ("a", "b"))


def test_projects_that_the_state_takes_for_its_own_are_taken_back_after_a_refresh() -> None:
    """The engine finds no difference to such a state, and would send nothing."""
    state, listed = held(entry("a")), project("a", stack=OTHER)
    with pytest.raises(RefusedError, match="take it over with `pulumi up --refresh`"):
        look([entry("a")], state, listed, take_over="1")
    refreshed = held(entry("a").as_seen(listed))
    plan = look([entry("a")], refreshed, listed, take_over="1")
    assert plan.taken_over == ("a",)
    assert plan.updated == {"a": f"{STACK_TAG} {OTHER} → {STACK}"}


@pytest.mark.parametrize("more", [{}, {"on_remove": "release"}])
def test_a_stack_that_deploys_another_environment_removes_nothing_of_the_former_one(more: dict[str, Any]) -> None:
    """Of `b`, the inventory has no entry any more: that one is removed."""
    state = held(entry("a", **more), entry("b"))
    other: dict[str, Any] = {
        "ownership": Ownership((TAG,), ("acme/test/",)),
        "owned_elsewhere": {PREFIX + "a": "sandbox"},
    }
    with pytest.raises(RefusedError) as refused:
        look([], state, project("a"), project("b"), **other)
    assert str(refused.value) == (
        "entry 'a': project proj_a (a) belongs to acme/dev/a, which is still in the inventory, but this stack now "
        "deploys another environment and would remove it; deploy 'sandbox' with this stack, and the other environment "
        "with a stack of its own"
    )
    for taken in (project("a", stack=OTHER), project("a", status="archived")):
        plan = look([], state, taken, project("b"), **other)
        assert [one.id for one in plan.archived] == ["proj_b"]


@pytest.mark.parametrize("more", [{}, {"on_remove": "release"}])
def test_what_an_entry_of_another_environment_takes_over_by_its_owner_is_neither_removed_nor_an_orphan(
    more: dict[str, Any],
) -> None:
    taken = {PREFIX + "a": "prod"}
    with pytest.raises(RefusedError) as refused:
        look([], held(entry("a", **more)), project("a"), owned_elsewhere=taken)
    assert str(refused.value) == (
        "entry 'a': project proj_a (a) belongs to acme/dev/a, and an entry of environment 'prod' names that owner in "
        "`previous_owner`, but this run would remove it; write `id: proj_a` there in place of `previous_owner`, and "
        "this run releases it"
    )
    assert [one.project.id for one in look([], StackState(), project("a")).orphans] == ["proj_a"]
    assert look([], StackState(), project("a"), owned_elsewhere=taken).orphans == ()


@pytest.mark.parametrize("more", [{}, {"on_remove": "release"}])
def test_a_stack_that_another_inventory_deployed_removes_nothing_of_it(more: dict[str, Any]) -> None:
    """Two repositories from one template may have the same Pulumi project and stack, and share a backend."""
    theirs = entry("a", owner="other/dev/a", **more)
    with pytest.raises(RefusedError) as refused:
        look([entry("b")], held(theirs, entry("c")), project("a", owner="other/dev/a"), project("c"))
    assert str(refused.value) == (
        "entry 'a': project proj_a (a) belongs to other/dev/a, so another inventory deployed this stack before, and "
        "this one would remove it; give this inventory a stack of its own. If it was called 'other' before, write "
        "`previous_owner: {inventory: other}` at the top of the file"
    )
    renamed = Ownership((TAG,), (PREFIX, "other/dev/"))
    listings = {HERE: Listing((project("a", owner="other/dev/a"),))}
    plan = plan_run([], listings, renamed, Context(state=held(theirs), stack=STACK))
    assert [one.id for one in (*plan.archived, *plan.released)] == ["proj_a"]


# Another environment of the inventory names a project by `id`


def test_a_project_that_another_environment_names_is_released_and_no_orphan() -> None:
    plan = look([], held(entry("gone")), project("gone"), project("lost"), named_elsewhere=["proj_gone", "proj_lost"])
    assert (plan.archived, plan.orphans) == ((), ())
    assert [managed.id for managed in plan.handed_over] == ["proj_gone"]
    assert "1 to release" in summary(plan, where="dev")
    assert "for the environment whose entry names them by `id`: gone (proj_gone)" in "".join(state_notices(plan))


@pytest.mark.parametrize(
    "declared", [entry("gone", on_remove="release"), entry("gone", status="archived"), entry("gone", adopt_id="proj_x")]
)
def test_what_is_released_anyway_is_not_handed_over(declared: DeclaredProject) -> None:
    assert to_hand_over([], Context(state=held(declared), named_elsewhere=["proj_gone"])) == ()


def test_what_cannot_be_handed_over_is_not_a_count() -> None:
    archived = look([], held(entry("gone")), project("gone", status="archived"), named_elsewhere=["proj_gone"])
    assert archived.handed_over == ()
    with pytest.raises(RefusedError, match="is managed by stack organization/acme/dev2"):
        look([], held(entry("gone")), project("gone", stack=OTHER), named_elsewhere=["proj_gone"])


@pytest.mark.parametrize(
    ("declared", "state"),
    [
        (replace(MOVED, move_from=HERE.region), held(entry("a"))),
        (MOVED, StackState(held={"a": ManagedProject(id="proj_new", declared=MOVED)}, doomed=held(entry("a")).all)),
    ],
    ids=["moves now", "moved in a run that was interrupted"],
)
def test_a_project_that_an_entry_leaves_is_not_handed_over(declared: DeclaredProject, state: StackState) -> None:
    with pytest.raises(RefusedError, match="an entry of another environment names it by `id`; remove that `id`"):
        look([declared], state, project("a"), named_elsewhere=["proj_a"])


@pytest.mark.parametrize("more", [{"on_remove": "release"}, {"status": "archived"}])
def test_what_an_entry_leaves_and_releases_anyway_may_be_named_elsewhere(more: dict[str, Any]) -> None:
    left = StackState(doomed=held(entry("a", **more)).all)
    assert to_hand_over([], Context(state=left, named_elsewhere=["proj_a"])) == ()


# Orphans


@pytest.mark.parametrize(("told", "passes"), [(None, True), ("2", True), ("1", False), ("0", False), ("all", False)])
def test_orphans_are_archived_by_their_exact_number(told: str | None, passes: bool) -> None:
    plan = look([], StackState(), project("a"), project("b"), project("c", stack=OTHER))
    assert [orphan.project.id for orphan in plan.orphans] == ["proj_a", "proj_b"]
    if passes:
        check_orphans(plan, confirmed=told)
        return
    with pytest.raises(RefusedError) as refused:
        check_orphans(plan, confirmed=told)
    assert str(refused.value) == (
        f"BEDROCK_PROJECTS_ARCHIVE_ORPHANS is {told!r}, but 2 projects are orphaned: a (proj_a), b (proj_b); set it to "
        "their number, or unset it"
    )


def test_a_number_of_orphans_where_there_are_none_is_refused() -> None:
    with pytest.raises(RefusedError, match="but 0 projects are orphaned; set it"):
        check_orphans(look([], StackState()), confirmed="1")


# Two endpoints of a region

THERE = RegionalEndpoint(HERE.region, RUNTIME)
ON_RUNTIME = entry("a", endpoint=RUNTIME.name)
MOVES = replace(ON_RUNTIME, move_from_endpoint="bedrock-mantle")


def look_at_both(
    declared: Sequence[DeclaredProject], state: StackState | None, here: Sequence[str], there: Sequence[str]
) -> RunPlan:
    listings = {HERE: Listing(tuple(map(project, here))), THERE: Listing(tuple(map(project, there)))}
    return plan_run(declared, listings, OWNERSHIP, Context(state=state, stack=STACK))


@pytest.mark.parametrize("is_compared", [True, False])
@pytest.mark.parametrize("doomed", [(), (entry("a"),)], ids=["moves now", "killed between create and delete"])
def test_a_move_between_endpoints_that_have_the_same_projects_archives_nothing(
    doomed: tuple[DeclaredProject, ...], is_compared: bool
) -> None:
    state = held(MOVES if doomed else entry("a"), doomed=doomed) if is_compared else None
    plan = look_at_both([MOVES], state, ["a"], ["a"])
    assert (plan.in_place, plan.archived, plan.orphans, plan.new, plan.recovered) == (("a",), (), (), (), ())
    assert plan.moved == (("a",) if is_compared and not doomed else ())
    assert plan.owned == 1


def test_the_preview_says_which_of_the_two_a_move_is() -> None:
    one = look_at_both([MOVES], held(entry("a")), ["a"], ["a"])
    assert summary(one, where="dev") == (
        "dev: 0 new · 0 adopted · 1 unchanged · 0 to archive · 1 moved to an endpoint that has the same project (a)"
    )
    two = look_at_both([MOVES], held(entry("a")), ["a"], [])
    assert summary(two, where="dev") == "dev: 1 new · 0 adopted · 0 unchanged · 1 to archive"
    assert archive_notices(two) == [
        "to archive (irreversible), because the entry moves: a (proj_a, to bedrock-runtime)"
    ]


@pytest.mark.parametrize("state", [held(ON_RUNTIME, entry("b")), None], ids=["compared", "not compared"])
def test_a_project_that_both_endpoints_list_is_one_project(state: StackState | None) -> None:
    plan = look_at_both([ON_RUNTIME, entry("b")], state, ["a", "b"], ["a", "b"])
    assert (plan.in_place, plan.archived, plan.orphans) == (("a", "b"), (), ())


def test_an_orphan_that_both_endpoints_list_is_one_orphan() -> None:
    plan = look_at_both([ON_RUNTIME, entry("b")], held(ON_RUNTIME, entry("b")), ["a", "b", "c"], ["a", "b", "c"])
    assert [(str(orphan.where), orphan.project.id) for orphan in plan.orphans] == [("us-west-2", "proj_c")]


def test_what_is_archived_at_one_endpoint_is_counted_there() -> None:
    plan = look_at_both([], held(ON_RUNTIME), ["b"], ["a"])
    assert [one.id for one in plan.archived] == ["proj_a"]
    assert [orphan.project.id for orphan in plan.orphans] == ["proj_b"]


def test_a_project_with_two_resources_is_archived_once() -> None:
    """After a move between endpoints that have the same projects was killed, and the entry was removed."""
    plan = look_at_both([], held(ON_RUNTIME, doomed=(entry("a"),)), ["a"], ["a"])
    assert [one.id for one in plan.archived] == ["proj_a"]
