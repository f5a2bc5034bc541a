"""A review says what a change of the inventory will do, from the two inventories alone."""

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.errors import SettingsError
from bedrock_projects.model import Environment, Inventory, Project, RenamedValue, TagKey
from bedrock_projects.review.comparison import Change, EnvironmentReview, Review, environments_touched, review

IRREVERSIBLE = {"archived", "moved", "endpoint"}
TO_RUNTIME = {"endpoint": "bedrock-runtime", "move_from_endpoint": "bedrock-mantle"}


def entry(key: str, **more: object) -> Project:
    fields: dict[str, object] = {
        "key": key,
        "environment": "dev",
        "name": f"{key}-Dev",
        "region": "us-west-2",
        "protect": False,
        "owner": f"acme/dev/{key}",
        "location": "projects.yaml:1:1",
    }
    return Project.model_validate(fields | more)


def inventory(
    *projects: Project, environments: Sequence[str] = ("dev",), tag_keys: Sequence[str] = ("Team",)
) -> Inventory:
    return Inventory(
        name="acme",
        environments={name: Environment(name=name, region="us-west-2") for name in environments},
        tag_keys={key: TagKey(key=key) for key in tag_keys},
        projects=projects,
    )


def notes(before: Sequence[Project], after: Sequence[Project]) -> list[tuple[str, tuple[str, ...]]]:
    environments = review(inventory(*before), inventory(*after)).environments
    return [(note.text, note.keys) for environment in environments for note in environment.notes]


CASES = {
    "created": ([], [entry("a")], [("created", "a")]),
    "adopted": ([], [entry("a", adopt_id="proj_1")], [("adopted", "a")]),
    "an id that is written later": ([entry("a")], [entry("a", adopt_id="proj_1")], []),
    "archived by removal": ([entry("a")], [], [("archived", "a")]),
    "released by removal": ([entry("a", on_remove="release")], [], [("released", "a")]),
    "archived by status": ([entry("a")], [entry("a", status="archived")], [("archived", "a")]),
    "released by status": ([entry("a")], [entry("a", status="released")], [("released", "a")]),
    "a tombstone that is removed": ([entry("a", status="archived")], [], [("removed", "a")]),
    "a tombstone from the start": ([], [entry("a", status="archived")], []),
    "a tombstone that is edited": ([entry("a", status="archived")], [entry("a", status="archived", name="b")], []),
    "active again": ([entry("a", status="archived")], [entry("a")], [("created", "a")]),
    "taken back": ([entry("a", status="released")], [entry("a")], [("adopted", "a")]),
    "taken back by its id": ([entry("a", status="released")], [entry("a", adopt_id="proj_1")], [("adopted", "a")]),
    "renamed": ([entry("a")], [entry("a", name="b")], [("renamed", "a")]),
    "written in another normal form": (
        [entry("a", name="Caf\u00e9", tags={"Team": "Caf\u00e9"})],
        [entry("a", name="Cafe\u0301", tags={"Team": "Cafe\u0301"})],
        [],
    ),
    "a new key with its former one": ([entry("a")], [entry("b", aliases=("a",), name="a-Dev")], [("key_changed", "b")]),
    "a new key without": ([entry("a")], [entry("b")], [("archived", "a"), ("created", "b")]),
    "retagged": ([entry("a", tags={"Team": "X"})], [entry("a", tags={"Team": "Y"})], [("retagged", "a")]),
    "a tag that goes": ([entry("a", tags={"Team": "X"})], [entry("a")], [("retagged", "a")]),
    "retention": ([entry("a")], [entry("a", data_retention="none")], [("retention", "a")]),
    "moved": ([entry("a")], [entry("a", region="eu-west-1", move_from="us-west-2")], [("moved", "a")]),
    "moved to another endpoint": ([entry("a")], [entry("a", **TO_RUNTIME)], [("endpoint", "a")]),
    "moved long ago": ([entry("a", **TO_RUNTIME)], [entry("a", endpoint="bedrock-runtime")], []),
    "protection that goes": ([entry("a", protect=True)], [entry("a")], [("unprotected", "a")]),
    "description and place": ([entry("a")], [entry("a", description="x", location="teams/a.yaml:9:9")], []),
}


@pytest.mark.parametrize(("before", "after", "expected"), CASES.values(), ids=CASES)
def test_each_kind_of_change_is_named(
    before: list[Project], after: list[Project], expected: list[tuple[str, str]]
) -> None:
    reviewed = review(inventory(*before), inventory(*after))
    assert [(change.kind, change.key) for change in reviewed.changes] == expected
    assert reviewed.irreversible == any(kind in IRREVERSIBLE for kind, _ in expected)
    assert all(change.irreversible == (change.kind in IRREVERSIBLE) for change in reviewed.changes)


@given(st.lists(st.sampled_from([case[0] for case in CASES.values()]), max_size=1))
def test_an_inventory_differs_in_nothing_from_itself(picked: list[list[Project]]) -> None:
    same = inventory(*(picked[0] if picked else []))
    assert review(same, same) == Review(())
    assert environments_touched(same, same) == []


@pytest.mark.parametrize(
    ("after", "word"),
    [
        ([], "status: archived"),
        ([entry("a", protect=True, region="eu-west-1", move_from="us-west-2")], "protect: false"),
        ([entry("a", region="eu-west-1")], "move_from: us-west-2"),
        ([entry("a", protect=True, **TO_RUNTIME)], "protect: false"),
        ([entry("a", endpoint="bedrock-runtime")], "`move_from_endpoint: bedrock-mantle`"),
        ([entry("a", region="eu-west-1", **TO_RUNTIME)], "cannot change together"),
        ([entry("a", status="released", **TO_RUNTIME)], "release and move are not possible in one change"),
    ],
)
def test_what_a_run_will_refuse_is_said_in_terms_of_the_file(after: list[Project], word: str) -> None:
    [environment] = review(inventory(entry("a", protect=True)), inventory(*after)).environments
    assert any(word in note.text for note in environment.notes)


def test_a_move_needs_its_former_region_whether_protected_or_not() -> None:
    before, after = inventory(entry("a")), inventory(entry("a", region="eu-west-1"))
    [note] = review(before, after).environments[0].notes
    assert "move_from: us-west-2" in note.text
    assert note.keys == ("a",)


def test_a_region_that_one_side_leaves_to_the_stack_may_be_the_same() -> None:
    [change] = review(inventory(entry("a", region=None)), inventory(entry("a"))).changes
    assert change.what.startswith("region of the stack → us-west-2; ")
    assert change.what.endswith("; no change if both are the same region")


def test_an_entry_cannot_change_to_another_project() -> None:
    before, after = inventory(entry("a", adopt_id="proj_1")), inventory(entry("a", adopt_id="proj_2"))
    [note] = review(before, after).environments[0].notes
    assert "project proj_1 is this entry's, and `id` cannot change it to proj_2" in note.text


def test_equal_refusals_are_one_note_with_all_keys() -> None:
    many = [entry(f"p{number}", protect=True) for number in range(3)]
    [note] = review(inventory(*many), inventory()).environments[0].notes
    assert note.keys == ("p0", "p1", "p2")


NOT_ARCHIVED = {
    "adopted": {"adopt_id": "proj_1"},
    "released": {"on_remove": "release"},
}


@pytest.mark.parametrize("facts", NOT_ARCHIVED.values(), ids=NOT_ARCHIVED)
def test_what_is_released_when_removed_is_released_when_moved(facts: dict[str, object]) -> None:
    after = entry("a", region="eu-west-1", move_from="us-west-2")
    [change] = review(inventory(entry("a", **facts)), inventory(after)).changes
    assert (change.kind, change.irreversible) == ("moved", False)
    assert "us-west-2 → eu-west-1; the old project is released" in change.what


def test_a_project_that_its_entry_releases_in_a_move_is_shown_as_released() -> None:
    moved = entry("a", region="eu-west-1", move_from="us-west-2", on_remove="release")
    to_runtime = entry("a", **TO_RUNTIME, on_remove="release")
    for after in (moved, to_runtime):
        [change] = review(inventory(entry("a")), inventory(after)).changes
        assert (change.irreversible, "the old project is released" in change.what) == (False, True)


@pytest.mark.parametrize(
    ("facts", "end", "irreversible"),
    [
        ({}, "the old project is archived (irreversible)", True),
        ({"adopt_id": "proj_1", "on_remove": "archive"}, "the old project is archived (irreversible)", True),
        *((facts, "the old project is released and stays in AWS", False) for facts in NOT_ARCHIVED.values()),
    ],
)
def test_a_move_to_another_endpoint_says_that_a_project_of_both_stays(
    facts: dict[str, object], end: str, irreversible: bool
) -> None:
    [change] = review(inventory(entry("a", **facts)), inventory(entry("a", **TO_RUNTIME))).changes
    assert change == Change(
        "endpoint",
        f"endpoint bedrock-mantle → bedrock-runtime; unless both endpoints have it, {end}",
        "a",
        irreversible=irreversible,
    )


def test_an_environment_with_another_endpoint_moves_the_entries_that_set_none() -> None:
    before = [entry("a"), entry("b", endpoint="bedrock-runtime")]
    after = [entry(key, endpoint="bedrock-runtime") for key in ("a", "b")]
    assert [(change.kind, change.key) for change in review(inventory(*before), inventory(*after)).changes] == [
        ("endpoint", "a")
    ]


def test_a_name_may_be_at_both_endpoints_but_not_twice_at_one() -> None:
    old = entry("old", endpoint="bedrock-runtime")
    assert notes([old], [old, entry("new", name="old-Dev")]) == []
    [(text, keys)] = notes([old], [old, entry("new", name="old-Dev", endpoint="bedrock-runtime")])
    assert "in us-west-2 (bedrock-runtime)" in text
    assert keys == ("new",)


def test_an_adopted_project_that_is_archived_when_removed_is_archived_when_moved() -> None:
    before = entry("a", adopt_id="proj_1", on_remove="archive")
    [change] = review(inventory(before), inventory(entry("a", region="eu-west-1", move_from="us-west-2"))).changes
    assert (change.kind, change.irreversible) == ("moved", True)
    assert "the old project is archived" in change.what


def test_a_move_that_keeps_the_id_is_a_run_that_is_refused() -> None:
    after = entry("a", adopt_id="proj_1", region="eu-west-1", move_from="us-west-2")
    assert notes([entry("a", adopt_id="proj_1")], [after]) == [
        (
            (
                "project proj_1 is not an active project in eu-west-1; a move from us-west-2 creates a new project, "
                "so remove `id`"
            ),
            ("a",),
        )
    ]


@pytest.mark.parametrize(("known", "written"), [(None, "<id of a>"), ("proj_1", "proj_1")])
def test_what_was_released_is_taken_back_under_its_id_alone(known: str | None, written: str) -> None:
    before = [entry("a", status="released", adopt_id=known)]
    [(text, keys)] = notes(before, [entry("a")])
    assert f"write `id: {written}` in the entry" in text
    assert keys == ("a",)
    assert notes(before, [entry("a", adopt_id="proj_1")]) == []


def test_what_was_released_cannot_be_archived() -> None:
    [(text, keys)] = notes([entry("a", status="released")], [entry("a", status="archived")])
    assert (
        "project <id of a> was released before: adopt it again first, with `id: <id of a>` and without `status`" in text
    )
    assert keys == ("a",)


def test_a_new_entry_with_the_name_of_one_that_goes_may_be_that_one() -> None:
    [(text, keys)] = notes([entry("old", name="Chat")], [entry("new", name="Chat")])
    assert "write `aliases: [old]`" in text
    assert keys == ("new",)


NO_NAMESAKES = {
    "another name": entry("new"),
    "another region": entry("new", name="old-Dev", region="eu-west-1"),
    "an id": entry("new", name="old-Dev", adopt_id="proj_1"),
    "retired from the start": entry("new", name="old-Dev", status="archived"),
    "its former key": entry("new", name="old-Dev", aliases=("old",), previous_owners=("acme/dev/old",)),
}


@pytest.mark.parametrize("new", NO_NAMESAKES.values(), ids=NO_NAMESAKES)
def test_no_former_key_is_asked_for_where_nothing_is_in_the_way(new: Project) -> None:
    assert notes([entry("old")], [new]) == []


def test_the_name_of_a_project_that_was_retired_before_is_free() -> None:
    assert notes([entry("old", status="archived")], [entry("new", name="old-Dev")]) == []


@pytest.mark.parametrize(("left", "words"), [(range(6), ""), (range(5), "BEDROCK_PROJECTS_ALLOW_ARCHIVE=4")])
def test_more_removals_than_a_run_takes_unasked_are_reported_with_their_number(left: Sequence[int], words: str) -> None:
    nine = [entry(f"p{number}") for number in range(9)]
    texts_and_keys = notes(nine, [nine[number] for number in left])
    assert [text for text, _ in texts_and_keys if words not in text] == []
    assert bool(texts_and_keys) == bool(words)


def test_moves_count_as_removals_and_entries_that_retire_themselves_do_not() -> None:
    nine = [entry(f"p{number}") for number in range(9)]
    moved = [entry(f"p{number}", region="eu-west-1", move_from="us-west-2") for number in range(4)]
    assert "4 of 9 projects would be archived or released" in notes(nine, [*moved, *nine[4:]])[0][0]
    retired = [entry(f"p{number}", status="archived") for number in range(9)]
    assert notes(nine, retired) == []


def test_moves_to_an_endpoint_count_as_removals_unless_both_have_the_project() -> None:
    nine = [entry(f"p{number}") for number in range(9)]
    moved = [entry(f"p{number}", **TO_RUNTIME) for number in range(3)]
    assert notes(nine, [*moved, *nine[4:]]) == [
        (
            (
                "4 of 9 projects would be archived or released: `pulumi up` refuses this without "
                "BEDROCK_PROJECTS_ALLOW_ARCHIVE=4. 3 of them move to another endpoint: those that both endpoints have "
                "stay, and do not count"
            ),
            (),
        )
    ]


def inventory_called(
    name: str, *, previous: str | None = None, tag: str | None = None, former_tag: str | None = None
) -> Inventory:
    """The inventory of one entry, called otherwise, with what it says of its former names."""
    owners = (f"{previous}/dev/a",) if previous else ()
    before_renaming = inventory(entry("a", owner=f"{name}/dev/a", previous_owners=owners))
    tags = {"ownership_tag_key": tag, "previous_ownership_tag_key": former_tag} if tag else {}
    return before_renaming.model_copy(update={"name": name, "previous_name": previous, **tags})


RENAMED = {
    "the inventory": (
        inventory_called("shop"),
        inventory_called("shop", previous="acme"),
        "{inventory: acme}",
        "bedrock-project acme/dev/… → shop/dev/…",
    ),
    "the ownership tag": (
        inventory_called("acme", tag="owner"),
        inventory_called("acme", tag="owner", former_tag="bedrock-project"),
        "{ownership_tag: bedrock-project}",
        "bedrock-project acme/dev/… → owner acme/dev/…",
    ),
    "both": (
        inventory_called("shop", tag="owner", previous="acme"),
        inventory_called("shop", tag="owner", previous="acme", former_tag="bedrock-project"),
        "{inventory: acme, ownership_tag: bedrock-project}",
        "bedrock-project acme/dev/… → owner shop/dev/…",
    ),
}


@pytest.mark.parametrize(("unsaid", "said", "needed", "what"), RENAMED.values(), ids=RENAMED)
def test_what_is_called_otherwise_rewrites_all_ownership_tags_and_says_what_it_was_called(
    unsaid: Inventory, said: Inventory, needed: str, what: str
) -> None:
    [environment] = review(inventory(entry("a")), said).environments
    assert environment == EnvironmentReview("dev", (Change("retagged", what, "a"),))
    [environment] = review(inventory(entry("a")), unsaid).environments
    assert environment.changes == (Change("retagged", what, "a"),)
    [note] = environment.notes
    assert (f"write `previous_owner: {needed}`" in note.text, note.keys) == (True, ("a",))


def in_environment(name: str, *entries: Project, aliases: Sequence[str] = (), account: str | None = None) -> Inventory:
    """The inventory with the entries in its one environment."""
    placed = [
        project.model_copy(update={"environment": name, "owner": f"acme/{name}/{project.key}"}) for project in entries
    ]
    formerly = [
        project.model_copy(update={"previous_owners": tuple(f"acme/{alias}/{project.key}" for alias in aliases)})
        for project in placed
    ]
    environment = Environment(name=name, region="us-west-2", aliases=tuple(aliases), account=account)
    return inventory(*formerly).model_copy(update={"environments": {name: environment}})


def test_an_environment_under_a_new_name_keeps_its_projects_whose_ownership_tags_change() -> None:
    reviewed = review(in_environment("dev", entry("a")), in_environment("qa", entry("a"), aliases=["dev"]))
    [environment] = reviewed.environments
    assert environment.environment == "qa"
    assert environment.changes == (Change("retagged", "bedrock-project acme/dev/… → acme/qa/…", "a"),)
    [note] = environment.notes
    assert "formerly dev: " in note.text


def test_an_environment_with_the_entries_of_one_that_went_may_be_that_one() -> None:
    before, after = in_environment("dev", entry("a")), in_environment("qa", entry("a", name="a-QA"))
    gone, new = review(before, after).environments
    assert "no longer in the inventory" in gone.notes[0].text
    [note] = new.notes
    assert "`aliases: [dev]`" in note.text


@pytest.mark.parametrize("entries", [(), (entry("b"),), (entry("a"), entry("b"))])
def test_an_environment_with_other_entries_than_one_that_went_is_a_new_one(entries: Sequence[Project]) -> None:
    reviewed = review(in_environment("dev", entry("a")), in_environment("qa", *entries))
    assert [environment.environment for environment in reviewed.environments if environment.notes] == ["dev"]


def test_of_two_environments_that_went_the_one_with_the_same_account_or_names_is_meant() -> None:
    one, other = in_environment("dev", entry("a"), account="1"), in_environment("prod", entry("a"), account="2")
    both = one.model_copy(
        update={"environments": {**one.environments, **other.environments}, "projects": one.projects + other.projects}
    )
    for account, former in (("1", "dev"), ("2", "prod")):
        reviewed = review(both, in_environment("qa", entry("a"), account=account), only=["qa"])
        assert f"`aliases: [{former}]`" in reviewed.environments[0].notes[0].text


def test_an_environment_that_goes_to_another_account_leaves_its_projects_behind() -> None:
    before = in_environment("dev", entry("a"), entry("gone"), account="1")
    after = in_environment("dev", entry("a"), entry("new"), account="2")
    reviewed = review(before, after)
    assert ("account", "account 1 → 2", "a") in [(change.kind, change.what, change.key) for change in reviewed.changes]
    assert [change.key for change in reviewed.changes if change.kind == "account"] == ["a"]
    assert any("account 2" in note.text and "stack of its own" in note.text for note in reviewed.environments[0].notes)


@pytest.mark.parametrize(("old", "new"), [(None, "1"), ("1", None), ("1", "1")])
def test_an_account_that_one_side_leaves_to_the_credentials_may_be_the_same(old: str | None, new: str | None) -> None:
    before, after = in_environment("dev", entry("a"), account=old), in_environment("dev", entry("a"), account=new)
    assert review(before, after) == Review(())


def test_an_environment_that_neither_inventory_has_is_an_error() -> None:
    with pytest.raises(SettingsError, match=r"'dve' in both inventories; did you mean 'dev'\?"):
        review(inventory(), inventory(), only=["dve"])


def test_tag_keys_that_come_and_go_are_named_with_the_days_that_billing_needs() -> None:
    keys = ("Team", "Cost")
    before = inventory(entry("a", tags={"Team": "X"}), tag_keys=keys)
    after = inventory(entry("a", tags={"Cost": "1"}), tag_keys=keys)
    new, gone = review(before, after).notes
    assert "Cost" in new.text
    assert "within two days of" in new.text
    assert "Team" in gone.text


def renamed(key: str, *names: tuple[str, str, date]) -> TagKey:
    renames = [RenamedValue(former=former, current=current, since=since) for former, current, since in names]
    return TagKey(key=key, renamed=tuple(renames))


def test_a_value_that_is_renamed_changes_reports_and_nothing_in_aws() -> None:
    former, current = date(2026, 10, 15), date(2026, 11, 1)
    before = inventory(entry("a")).model_copy(
        update={
            "tag_keys": {
                "Gone": renamed("Gone", ("x", "y", former)),
                "Team": renamed("Team", ("kept", "K", former), ("late", "L", former), ("lost", "Lost", former)),
            }
        }
    )
    after = before.model_copy(
        update={
            "tag_keys": {
                "New": renamed("New", ("u", "v", current)),
                "Team": renamed("Team", ("kept", "K", former), ("late", "L", current)),
            }
        }
    )
    reviewed = review(before, after)
    assert reviewed.environments == ()
    assert [note.text for note in reviewed.notes] == [
        "tag Gone: reports no longer count 'x' as 'y'; nothing changes in AWS",
        "tag New: reports count 'u' as 'v', its name as of 2026-11-01; nothing changes in AWS",
        "tag Team: reports count 'late' as 'L', its name as of 2026-11-01; nothing changes in AWS",
        "tag Team: reports no longer count 'lost' as 'Lost'; nothing changes in AWS",
    ]
    assert environments_touched(before, after) == []


def test_an_environment_that_leaves_the_file_archives_nothing() -> None:
    reviewed = review(inventory(entry("a"), environments=("dev", "prod")), inventory(environments=("prod",)))
    assert reviewed.changes == ()
    assert "until you destroy it" in reviewed.environments[0].notes[0].text


def test_only_the_environment_asked_for() -> None:
    prod = entry("a", environment="prod", owner="acme/prod/a")
    both = inventory(entry("a"), prod, environments=("dev", "prod"))
    reviewed = review(inventory(environments=("dev", "prod")), both, only=["prod"])
    assert reviewed.environments == (EnvironmentReview("prod", (Change("created", "", "a"),)),)
    assert environments_touched(inventory(environments=("dev", "prod")), both) == ["dev", "prod"]
    assert environments_touched(inventory(entry("a"), environments=("dev", "prod")), both) == ["prod"]


def test_limits_that_come_near_are_named() -> None:
    many = [entry(f"p{number}") for number in range(900)]
    full = entry("full", tags={f"k{number}": "v" for number in range(44)})
    [environment] = review(inventory(), inventory(*many, full)).environments
    assert [("901 projects" in note.text, note.keys) for note in environment.notes] == [(True, ()), (False, ("full",))]
