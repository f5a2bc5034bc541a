"""A review says what a change of the inventory will do, from the two inventories alone."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.errors import SettingsError
from bedrock_projects.model import Environment, Inventory, Project, TagKey
from bedrock_projects.review.reviewing import Change, EnvironmentReview, Review, environments_touched, review

IRREVERSIBLE = {"archived", "moved"}


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


def changes(before: Sequence[Project], after: Sequence[Project]) -> list[tuple[str, str]]:
    return [(change.kind, change.key) for change in review(inventory(*before), inventory(*after)).changes]


CASES = {
    "created": ([], [entry("a")], [("created", "a")]),
    "adopted": ([], [entry("a", adopt_id="proj_1")], [("adopted", "a")]),
    "an id that is written later": ([entry("a")], [entry("a", adopt_id="proj_1")], []),
    "archived by leaving the file": ([entry("a")], [], [("archived", "a")]),
    "let go of by leaving the file": ([entry("a", on_remove="release")], [], [("released", "a")]),
    "archived by status": ([entry("a")], [entry("a", status="archived")], [("archived", "a")]),
    "released by status": ([entry("a")], [entry("a", status="released")], [("released", "a")]),
    "a tombstone that is dropped": ([entry("a", status="archived")], [], [("dropped", "a")]),
    "a tombstone from the start": ([], [entry("a", status="archived")], []),
    "a tombstone that is edited": ([entry("a", status="archived")], [entry("a", status="archived", name="b")], []),
    "active again": ([entry("a", status="archived")], [entry("a")], [("created", "a")]),
    "renamed": ([entry("a")], [entry("a", name="b")], [("renamed", "a")]),
    "a new key with its former one": ([entry("a")], [entry("b", aliases=("a",), name="a-Dev")], [("rekeyed", "b")]),
    "a new key without": ([entry("a")], [entry("b")], [("archived", "a"), ("created", "b")]),
    "retagged": ([entry("a", tags={"Team": "X"})], [entry("a", tags={"Team": "Y"})], [("retagged", "a")]),
    "a tag that goes": ([entry("a", tags={"Team": "X"})], [entry("a")], [("retagged", "a")]),
    "retention": ([entry("a")], [entry("a", data_retention="none")], [("retention", "a")]),
    "moved": ([entry("a")], [entry("a", region="eu-west-1", move_from="us-west-2")], [("moved", "a")]),
    "protection that goes": ([entry("a", protect=True)], [entry("a")], [("guarded", "a")]),
    "description and place": ([entry("a")], [entry("a", description="x", location="teams/a.yaml:9:9")], []),
}


@pytest.mark.parametrize(("before", "after", "expected"), CASES.values(), ids=CASES)
def test_each_kind_of_change_is_named(
    before: list[Project], after: list[Project], expected: list[tuple[str, str]]
) -> None:
    found = review(inventory(*before), inventory(*after))
    assert [(change.kind, change.key) for change in found.changes] == expected
    assert found.irreversible == any(kind in IRREVERSIBLE for kind, _ in expected)
    assert all(change.irreversible == (change.kind in IRREVERSIBLE) for change in found.changes)


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
    assert change.what == "region of the stack → us-west-2 (nothing happens if that is the same one)"


def test_an_entry_cannot_change_to_another_project() -> None:
    before, after = inventory(entry("a", adopt_id="proj_1")), inventory(entry("a", adopt_id="proj_2"))
    [note] = review(before, after).environments[0].notes
    assert "proj_1 → proj_2" in note.text


def test_equal_refusals_are_one_note_with_all_keys() -> None:
    many = [entry(f"p{number}", protect=True) for number in range(3)]
    [note] = review(inventory(*many), inventory()).environments[0].notes
    assert note.keys == ("p0", "p1", "p2")


def renamed_inventory(previous: str | None) -> Inventory:
    owners = (f"{previous}/dev/a",) if previous else ()
    found = inventory(entry("a", owner="shop/dev/a", previous_owners=owners))
    return found.model_copy(update={"name": "shop", "previous_name": previous})


def test_an_inventory_that_is_called_otherwise_says_who_it_was_or_loses_its_projects() -> None:
    [kept] = review(inventory(entry("a")), renamed_inventory("acme")).environments[0].notes
    assert "acme/… to bedrock-project: shop/…" in kept.text
    [lost] = review(inventory(entry("a")), renamed_inventory(None)).environments[0].notes
    assert "write `previous_owner: {inventory: acme, ownership_tag: bedrock-project}`" in lost.text
    assert lost.keys == ("a",)


def test_another_ownership_tag_without_its_former_key_loses_the_projects() -> None:
    after = inventory(entry("a")).model_copy(update={"ownership_tag_key": "owner"})
    [environment] = review(inventory(entry("a")), after).environments
    assert "previous_owner" in environment.notes[0].text
    known = after.model_copy(update={"previous_ownership_tag_key": "bedrock-project"})
    [environment] = review(inventory(entry("a")), known).environments
    assert "reports by it split here" in environment.notes[0].text


def test_an_environment_under_a_new_name_keeps_its_projects() -> None:
    prod = entry("a", environment="prod", owner="acme/prod/a", name="a-Dev", previous_owners=("acme/dev/a",))
    environments = {"prod": Environment(name="prod", region="us-west-2", aliases=("dev",))}
    after = inventory(prod).model_copy(update={"environments": environments})
    found = review(inventory(entry("a")), after)
    assert found.changes == ()
    [environment] = found.environments
    assert environment.environment == "prod"
    assert "was called dev" in environment.notes[0].text


def test_an_environment_that_neither_inventory_has_is_an_error() -> None:
    with pytest.raises(SettingsError, match=r"'dve'; did you mean dev\?"):
        review(inventory(), inventory(), only="dve")


def test_tag_keys_that_come_and_go_are_named_with_the_days_that_billing_needs() -> None:
    keys = ("Team", "Cost")
    before = inventory(entry("a", tags={"Team": "X"}), tag_keys=keys)
    after = inventory(entry("a", tags={"Cost": "1"}), tag_keys=keys)
    new, gone = review(before, after).notes
    assert "Cost" in new.text
    assert "day or two" in new.text
    assert "Team" in gone.text


def test_an_environment_that_leaves_the_file_archives_nothing() -> None:
    found = review(inventory(entry("a"), environments=("dev", "prod")), inventory(environments=("prod",)))
    assert found.changes == ()
    assert "until it is destroyed" in found.environments[0].notes[0].text


def test_only_the_environment_asked_for() -> None:
    prod = entry("a", environment="prod", owner="acme/prod/a")
    both = inventory(entry("a"), prod, environments=("dev", "prod"))
    found = review(inventory(environments=("dev", "prod")), both, only="prod")
    assert found.environments == (EnvironmentReview("prod", (Change("created", "", "a"),)),)
    assert environments_touched(inventory(environments=("dev", "prod")), both) == ["dev", "prod"]
    assert environments_touched(inventory(entry("a"), environments=("dev", "prod")), both) == ["prod"]


def test_limits_that_come_near_are_named() -> None:
    many = [entry(f"p{number}") for number in range(900)]
    full = entry("full", tags={f"k{number}": "v" for number in range(44)})
    [environment] = review(inventory(), inventory(*many, full)).environments
    assert [("901 projects" in note.text, note.keys) for note in environment.notes] == [(True, ()), (False, ("full",))]
