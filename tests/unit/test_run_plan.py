"""What a run would do, and what it refuses, by the listings alone."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.aws.endpoints import RegionalEndpoint
from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.errors import RefusedError
from bedrock_projects.model import Environment, Inventory
from bedrock_projects.preflight.run_plan import Context, Ownership, RunPlan, archive_notices, plan_run, summary
from bedrock_projects.projects.archive_limit import Destroy, check_announced
from bedrock_projects.projects.changes import DeclaredProject
from bedrock_projects.projects.listing import Listing
from bedrock_projects.projects.run_ledger import RunLedger

TAG = "bedrock-project"
PREFIX = "acme/dev/"
HERE, ELSEWHERE = RegionalEndpoint("us-west-2"), RegionalEndpoint("eu-west-1")
OWNERSHIP = Ownership((TAG,), (PREFIX,))


def entry(key: str, **more: object) -> DeclaredProject:
    base = DeclaredProject(key=key, name=f"{key}-Dev", region="us-west-2", owner=PREFIX + key, owner_tag_key=TAG)
    return replace(base, **more)  # type: ignore[arg-type]  # each test names fields of its own


def project(key: str, *, owner: str | None = None, status: str = "active", name: str | None = None) -> RemoteProject:
    tags = {TAG: PREFIX + key} if owner is None else {TAG: owner} if owner else {}
    return RemoteProject(id=f"proj_{key}", name=name or f"{key}-Dev", status=status, tags=tags)


def look(
    declared: Sequence[DeclaredProject], *listed: RemoteProject, elsewhere: Sequence[RemoteProject] = ()
) -> RunPlan:
    return plan_run(declared, {HERE: Listing(listed), ELSEWHERE: Listing(tuple(elsewhere))}, OWNERSHIP)


def check_limit(plan: RunPlan, *, allowed: str | None) -> None:
    check_announced(plan.archived, owned=plan.owned, allowed=allowed)


def test_each_entry_is_distinguished() -> None:
    seen = look(
        [
            entry("new"),
            entry("lost"),
            entry("adopt", adopt_id="proj_adopt"),
            entry("kept"),
            entry("differs", tags={"Team": "Y"}),
        ],
        project("lost", status="archived"),
        project("adopt", owner=""),
        project("kept"),
        project("differs"),
        project("gone"),
    )
    assert seen.new == ("new",)
    assert seen.renewed == ("lost",)
    assert seen.adopted == ("adopt",)
    assert seen.in_place == ("kept", "differs")
    assert dict(seen.differing) == {"differs": "Team (none) → Y"}
    assert [gone.id for gone in seen.archived] == ["proj_gone"]
    assert summary(seen, where="dev · us-west-2") == (
        "dev · us-west-2: 1 new · 1 adopted · 2 recovered by their tag"
        " · at most 1 to archive, not compared with the state · 1 differing (differs: Team (none) → Y)"
        " · 1 replaced (the old project is archived; new id): lost"
        "; run `pulumi refresh` first if the state still lists the archived project"
    )


@pytest.mark.parametrize("owner", ["acme/prod/x", "other/dev/x", "acme/developers/x", ""])
def test_projects_of_others_are_never_counted_as_ours(owner: str) -> None:
    assert look([entry("a")], project("a"), project("x", owner=owner)).archived == ()


@pytest.mark.parametrize("status", ["archived", "released"])
def test_a_tombstone_is_not_a_removal_and_is_announced_until_it_is_done(status: str) -> None:
    seen = look([entry("a", status=status)], project("a"))
    assert (seen.archived, seen.retired) == ((), ("a",))
    assert "1 to archive or release by `status` (a)" in summary(seen, where="dev")
    assert look([entry("a", status=status)]).retired == ()


def test_what_would_be_archived_is_named_with_the_way_to_retire_it() -> None:
    assert archive_notices(look([entry("a")], project("a"))) == []
    [notice] = archive_notices(look([], project("a")))
    assert "because the entry was removed: a-Dev (proj_a). " in notice
    assert "restore its entry with `status: archived`" in notice


@pytest.mark.parametrize("previous_owners", [(), (PREFIX + "old",)])
def test_what_would_be_archived_by_a_move_is_named_with_the_new_region(previous_owners: tuple[str, ...]) -> None:
    left = project("old" if previous_owners else "a")
    moved = entry("a", region="us-west-2", move_from="eu-west-1", previous_owners=previous_owners)
    gone, moves = archive_notices(look([moved], project("gone"), elsewhere=[left]))
    assert "because the entry was removed: gone-Dev (proj_gone). " in gone
    assert f"because the entry moves: {left.name} ({left.id}, to us-west-2)" in moves
    assert "status" not in moves


def test_a_new_key_with_its_former_one_named_is_not_a_removal() -> None:
    seen = look([entry("b", previous_owners=(PREFIX + "a",))], project("a"))
    assert (seen.archived, seen.in_place) == ((), ("b",))


@pytest.mark.parametrize("status", ["active", "archived"])
def test_a_key_that_goes_to_another_entry_in_the_run_that_drops_its_own_is_refused(status: str) -> None:
    taken = entry("chat", status=status, previous_owners=(PREFIX + "search",))
    with pytest.raises(RefusedError, match=r"2 active projects in us-west-2 belong to it: chat-Dev .* and search-Dev "):
        look([taken], project("search"), project("chat"))


def test_a_move_to_another_region_counts_as_an_archive() -> None:
    moved = entry("a", region="us-west-2", move_from="eu-west-1")
    seen = look([moved], elsewhere=[project("a")])
    assert seen.new == ("a",)
    assert [gone.id for gone in seen.archived] == ["proj_a"]


def test_a_move_of_a_protected_entry_is_refused_at_its_place_in_the_file() -> None:
    moved = entry("a", region="us-west-2", move_from="eu-west-1")
    listings = {HERE: Listing(), ELSEWHERE: Listing((project("a"),))}
    places = {"a": "projects.yaml:12:3"}
    with pytest.raises(
        RefusedError, match=r"projects\.yaml:12:3: entry 'a': the project is protected.*`protect: false`"
    ):
        plan_run([moved], listings, OWNERSHIP, Context(protected={"a"}, places=places))
    done = {HERE: Listing((project("a"),)), ELSEWHERE: Listing()}
    assert plan_run([moved], done, OWNERSHIP, Context(protected={"a"}, places=places)).in_place == ("a",)


@pytest.mark.parametrize(
    ("owner", "remedy"),
    [
        ("", "write `id: proj_x`"),
        ("other/dev/x", "it belongs to other/dev/x: choose another name"),
        ("by hand", "it belongs to by hand: choose another name"),
        ("acme/dev/a/b", "it belongs to acme/dev/a/b: choose another name"),
        ("acme/dev/b", "belongs to acme/dev/b: if the entry was called that before, write `aliases: [b]` in it, else"),
        (
            "acme/test/a",
            "if the environment was called that before, write `aliases: [test]` in it, else choose another",
        ),
        ("shop/dev/a", "if the inventory was called that before, write `previous_owner: {inventory: shop}` at the top"),
    ],
)
def test_a_name_that_somebody_elses_project_has_is_refused_with_the_way_out(owner: str, remedy: str) -> None:
    with pytest.raises(RefusedError) as error:
        look([entry("a")], project("x", owner=owner, name="a-Dev"))
    assert remedy in str(error.value)


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        ([], "project proj_x is not an active project in us-west-2; check `id`"),
        ([project("x", status="archived")], "project proj_x is archived \\(irreversible\\); remove `id`"),
    ],
)
def test_an_id_that_is_not_there_or_archived_is_refused(listed: list[RemoteProject], message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        look([entry("a", adopt_id="proj_x")], *listed)


def test_an_adopted_project_that_moves_has_to_remove_its_id() -> None:
    moving = entry("a", adopt_id="proj_a", move_from="eu-west-1")
    with pytest.raises(RefusedError, match="a move from eu-west-1 creates a new project, so remove `id`"):
        look([moving], elsewhere=[project("a")])


def test_an_id_that_belongs_to_somebody_else_is_refused_at_preview() -> None:
    with pytest.raises(RefusedError, match=r"project proj_x .* belongs to other/dev/x.*`previous_owner`"):
        look([entry("a", adopt_id="proj_x")], project("x", owner="other/dev/x"))


def test_what_adoption_changes_besides_our_tag_is_reported() -> None:
    seen = look(
        [entry("same", adopt_id="proj_same"), entry("other", adopt_id="proj_other", tags={"Team": "Y"})],
        project("same", owner=""),
        project("other", owner=""),
    )
    assert seen.adopted == ("same", "other")
    assert dict(seen.differing) == {"other": "Team (none) → Y"}


def test_an_id_is_adopted_before_it_is_archived() -> None:
    with pytest.raises(RefusedError, match=r"adopt it in one change and set `status: archived` in the next"):
        look([entry("a", adopt_id="proj_x", status="archived")], project("x", owner=""))
    assert look([entry("a", adopt_id="proj_a", status="archived")], project("a")).retired == ("a",)
    assert look([entry("a", adopt_id="proj_x", status="released")], project("x", owner="")).retired == ()


def test_a_new_name_that_a_stranger_has_is_refused_and_one_that_our_own_gives_up_is_not() -> None:
    with pytest.raises(RefusedError, match="is named 'Taken' too and is not this entry's"):
        look([entry("a", name="Taken")], project("a"), project("x", owner="", name="Taken"))
    seen = look([entry("a", name="b-Dev"), entry("b", name="c-Dev")], project("a"), project("b"))
    assert set(seen.differing) == {"a", "b"}


@pytest.mark.parametrize(
    ("key", "owner"),
    [(TAG, "acme-old/dev/gone"), (TAG, "acme/development/gone"), ("owned-by", "acme/dev/gone"), (TAG, "acme/dev/gone")],
)
def test_a_project_under_a_former_name_of_inventory_environment_or_tag_is_ours_to_archive(key: str, owner: str) -> None:
    inventory = Inventory(
        name="acme",
        previous_name="acme-old",
        previous_ownership_tag_key="owned-by",
        environments={"dev": Environment(name="dev", aliases=("development",))},
    )
    ownership = Ownership.of(inventory, inventory.environments["dev"])
    gone = RemoteProject(id="proj_gone", tags={key: owner})
    assert plan_run([], {HERE: Listing((gone,))}, ownership).archived == (gone,)


def test_more_projects_than_an_account_may_have_are_refused() -> None:
    full = [project(f"x{number}", owner="other/dev/x") for number in range(999)]
    assert look([entry("a")], *full).new == ("a",)
    with pytest.raises(RefusedError, match="us-west-2 has 999 projects and the run would create 2,"):
        look([entry("a"), entry("b")], *full)


@pytest.mark.parametrize(
    ("owned", "archives", "passes"),
    [
        (3, 3, True),
        (4, 4, False),
        (9, 3, True),
        (9, 4, False),
        (10, 3, True),
        (10, 4, False),
        (100, 30, True),
        (100, 31, False),
        (100, 40, False),
    ],
)
def test_the_cap_on_archives(owned: int, archives: int, passes: bool) -> None:
    names = [f"p{number}" for number in range(owned)]
    seen = look([entry(name) for name in names[archives:]], *map(project, names))
    assert len(seen.archived) == archives
    if passes:
        check_limit(seen, allowed=None)
        return
    with pytest.raises(RefusedError) as error:
        check_limit(seen, allowed=None)
    assert all(f"{name}-Dev (proj_{name})" in str(error.value) for name in names[:archives])
    assert f"BEDROCK_PROJECTS_ALLOW_ARCHIVE={archives}" in str(error.value)


@given(st.integers(0, 60))
def test_only_the_exact_number_lifts_the_cap(told: int) -> None:
    names = [f"p{number}" for number in range(50)]
    seen = look([entry(name) for name in names[40:]], *map(project, names))
    if told == 40:
        check_limit(seen, allowed=str(told))
    else:
        with pytest.raises(RefusedError, match=rf"ALLOW_ARCHIVE=40 \(it is '{told}' now\); otherwise"):
            check_limit(seen, allowed=str(told))


@pytest.mark.parametrize(("kept", "archives"), [(0, 3), (1, 3), (14, 6), (70, 30)])
def test_the_provider_counts_to_the_same_limit(kept: int, archives: int) -> None:
    ledger = RunLedger()
    ledger.declare_keys(["Team"])
    for number in range(kept):
        ledger.claim(f"proj_{number}", f"{PREFIX}p{number}")
    for _ in range(archives):
        ledger.count_archive(Destroy)
    with pytest.raises(RefusedError, match=f"has already archived {archives} projects and would archive more;"):
        ledger.count_archive(Destroy)
