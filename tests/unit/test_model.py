"""The inventory as values: frozen, closed, and helpful about environments."""

import re
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bedrock_projects.errors import SettingsError
from bedrock_projects.model import Environment, Inventory, Project, RenamedValue, TagKey, owners

PROJECT = Project(key="search", environment="dev", name="Search", owner="acme/dev/search", location="projects.yaml:1:1")
INVENTORY = Inventory(
    name="acme",
    environments={"dev": Environment(name="dev"), "prod": Environment(name="prod")},
    projects=(PROJECT,),
)


WORDS = st.text("abcdef", min_size=1, max_size=2)


def renamed(*names: tuple[str, str]) -> TagKey:
    """A tag key with these renames, each from its first name to its second."""
    since = date(2026, 10, 15)
    renames = [RenamedValue(former=former, current=current, since=since) for former, current in names]
    return TagKey(key="Team", renamed=tuple(renames))


def test_the_projects_of_an_environment_are_those_declared_there() -> None:
    assert INVENTORY.in_environment("dev") == (PROJECT,)
    assert INVENTORY.in_environment("prod") == ()


@pytest.mark.parametrize(
    ("name", "hint"), [("pord", "did you mean 'prod'?"), ("PROD", "did you mean 'prod'?"), ("eu", "known: dev, prod")]
)
def test_an_unknown_environment_is_refused_with_the_known_ones(name: str, hint: str) -> None:
    with pytest.raises(SettingsError) as refused:
        INVENTORY.in_environment(name)
    assert hint in str(refused.value)


def test_of_many_known_words_some_are_listed() -> None:
    many = {f"env{index:02}": Environment(name=f"env{index:02}") for index in range(30)}
    with pytest.raises(SettingsError, match=r"env18, env19 …$"):
        Inventory(name="acme", environments=many).environment("x")


SEVERAL = Inventory(
    name="acme",
    environments={name: Environment(name=name) for name in ("care-dev", "care-prod", "shop-dev", "shop-prod")},
    environment_groups={"care": ("care-dev", "care-prod"), "production": ("care-prod", "shop-prod")},
)


@pytest.mark.parametrize(
    ("patterns", "selected"),
    [
        ([], ()),
        (["shop-dev"], ("shop-dev",)),
        (["production"], ("care-prod", "shop-prod")),
        (["shop-*"], ("shop-dev", "shop-prod")),
        (["shop-prod", "care", "*-prod"], ("care-dev", "care-prod", "shop-prod")),
        (["????-dev"], ("care-dev", "shop-dev")),
    ],
)
def test_environments_are_selected_by_name_group_or_pattern(patterns: list[str], selected: tuple[str, ...]) -> None:
    assert SEVERAL.select(patterns) == selected


@pytest.mark.parametrize(
    ("patterns", "message"),
    [
        (["care", "prodution"], "unknown environment 'prodution' in inventory 'acme'; did you mean 'production'?"),
        (["*-stage"], "'*-stage' matches no environment in inventory 'acme'; known: care, care-dev, care-prod"),
        ([""], "unknown environment '' in inventory 'acme'; known: care"),
    ],
)
def test_a_selection_of_nothing_is_refused(patterns: list[str], message: str) -> None:
    with pytest.raises(SettingsError, match=f"^{re.escape(message)}"):
        SEVERAL.select(patterns)


def test_where_one_environment_is_wanted_a_group_is_refused() -> None:
    message = "'production' is an environment group of inventory 'acme'; name one environment, for example 'care-prod'"
    with pytest.raises(SettingsError, match=f"^{re.escape(message)}$"):
        SEVERAL.environment("production")


def test_the_account_of_a_role_is_that_of_an_environment_without_account() -> None:
    preview = Environment(name="dev", preview_role_arn="arn:aws:iam::111111111111:role/previews")
    environments = {"dev": preview, "prod": Environment(name="prod")}
    inventory = Inventory(name="acme", environments=environments)
    assert (inventory.account_of("dev"), inventory.account_of("prod")) == ("111111111111", None)


def test_a_copy_with_other_projects_groups_those() -> None:
    other = PROJECT.model_copy(update={"environment": "prod"})
    assert INVENTORY.by_environment == {"dev": (PROJECT,)}
    copy = INVENTORY.model_copy(update={"projects": (other,)})
    assert (copy.in_environment("dev"), copy.in_environment("prod")) == ((), (other,))
    assert INVENTORY.model_copy() == INVENTORY


def test_a_value_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        PROJECT.name = "Other"  # type: ignore[misc]  # what mypy refuses, the model has to refuse too


def test_a_value_has_no_other_fields() -> None:
    with pytest.raises(ValidationError):
        Environment(name="dev", regoin="us-west-2")  # type: ignore[call-arg]  # as above


def test_owners_begin_with_the_present_one() -> None:
    assert owners(inventories=("acme", "shop"), environments=("dev",), keys=("search", "find")) == (
        "acme/dev/search",
        "acme/dev/find",
        "shop/dev/search",
        "shop/dev/find",
    )
    assert owners(inventories=("acme", None), environments=("dev",), keys=("search",)) == ("acme/dev/search",)


def test_a_former_value_has_the_last_name_that_its_renames_lead_to() -> None:
    team = renamed(("Procurement", "Sourcing"), ("Buying", "Procurement"), ("Shop", "Store"))
    assert team.former_values == {"Procurement", "Buying", "Shop"}
    assert [team.current_value(value) for value in ("Buying", "Procurement", "Sourcing", "Shop", "Search")] == [
        "Sourcing",
        "Sourcing",
        "Sourcing",
        "Store",
        "Search",
    ]
    assert [(rename.former, rename.current) for rename in team.renames_of("Buying")] == [
        ("Buying", "Procurement"),
        ("Procurement", "Sourcing"),
    ]
    assert team.renames_of("Sourcing") == ()


def test_a_key_without_renames_has_no_former_value() -> None:
    assert TagKey(key="Team").former_values == frozenset()
    assert TagKey(key="Team").current_value("Search") == "Search"


@given(st.lists(WORDS, min_size=1, max_size=8, unique=True), st.data())
def test_a_current_value_is_its_own_current_value_and_never_a_former_one(
    names: Sequence[str], data: st.DataObject
) -> None:
    later = [(name, data.draw(st.sampled_from(names[index:]))) for index, name in enumerate(names[:-1], start=1)]
    team = renamed(*data.draw(st.permutations(later)))
    for name in (*names, "Other"):
        current = team.current_value(name)
        assert current not in team.former_values
        assert team.current_value(current) == current
        assert (current == name) == (name not in team.former_values)


def test_the_known_values_of_a_key_are_declared_carried_or_renamed_in_any_environment() -> None:
    team = renamed(("Procurement", "Sourcing")).model_copy(update={"values": ("Search", "Sourcing")})
    projects = [
        PROJECT.model_copy(update={"environment": environment, "tags": tags})
        for environment, tags in (("dev", {"Team": "Trials", "App": "a"}), ("prod", {"App": "b"}))
    ]
    tag_keys = {"Team": team, "Stage": TagKey(key="Stage")}
    inventory = INVENTORY.model_copy(update={"tag_keys": tag_keys, "projects": tuple(projects)})
    assert inventory.known_values("Team") == {"Search", "Sourcing", "Procurement", "Trials"}
    assert inventory.known_values("App") == {"a", "b"}
    assert inventory.known_values("Stage") == inventory.known_values("Unknown") == frozenset()


def test_the_known_values_of_the_ownership_tag_are_its_current_and_previous_ones() -> None:
    project = PROJECT.model_copy(update={"previous_owners": ("acme/dev/find",)})
    inventory = INVENTORY.model_copy(update={"projects": (project,)})
    assert inventory.known_values("bedrock-project") == {"acme/dev/search", "acme/dev/find"}
