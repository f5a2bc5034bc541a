"""The inventory as values: frozen, closed, and helpful about environments."""

import pytest
from pydantic import ValidationError

from bedrock_projects.errors import SettingsError
from bedrock_projects.model import Environment, Inventory, Project, owners

PROJECT = Project(key="search", environment="dev", name="Search", owner="acme/dev/search", location="projects.yaml:1:1")
INVENTORY = Inventory(
    name="acme",
    environments={"dev": Environment(name="dev"), "prod": Environment(name="prod")},
    projects=(PROJECT,),
)


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
