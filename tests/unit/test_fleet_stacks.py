"""Which stacks a run over many has, and in which order."""

import re
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.errors import SettingsError
from bedrock_projects.fleet.stacks import FleetStack, chosen, stacks_of, waves
from bedrock_projects.model import Billing, Environment, Inventory
from bedrock_projects.stacks.settings import Scope, Settings

NAMES = ("care-prod", "shop-dev", "shop-prod")
INVENTORY = Inventory(
    name="acme",
    environments={name: Environment(name=name) for name in NAMES},
    environment_groups={"production": ("care-prod", "shop-prod")},
    billing=Billing(account="999999999999"),
)
STACKS = stacks_of(INVENTORY, {})


def settings(environment: str, scope: Scope = "projects") -> Settings:
    return Settings(environment=environment, inventory=Path("projects.yaml"), scope=scope)


def names(stacks: tuple[FleetStack, ...]) -> list[str]:
    return [stack.name for stack in stacks]


def test_each_environment_has_a_stack_and_the_billing_section_one_more() -> None:
    assert names(STACKS) == [*NAMES, "billing"]
    assert [stack.environment for stack in STACKS] == [*NAMES, None]
    alone = INVENTORY.model_copy(update={"billing": None})
    assert names(stacks_of(alone, {})) == [*NAMES]


def test_the_settings_files_say_which_stack_deploys_an_environment() -> None:
    files = {"blue": settings("shop-dev"), "shop-prod": settings("shop-prod"), "old": settings("shop-eu")}
    assert names(stacks_of(INVENTORY, files)) == ["care-prod", "blue", "shop-prod", "billing"]
    payer = {"payer": settings("payer", "billing")}
    assert names(stacks_of(INVENTORY, payer)) == [*NAMES, "payer"]
    for billing in (settings("billing", "all"), settings("billing", "billing")):
        assert names(stacks_of(INVENTORY, {"billing": billing})) == [*NAMES, "billing"]
    elsewhere = {"care-prod": settings("shop-dev"), "care": settings("care-prod")}
    assert names(stacks_of(INVENTORY, elsewhere)) == ["care", "care-prod", "shop-prod", "billing"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"blue": settings("shop-dev"), "shop-dev": settings("shop-dev")},
            "Pulumi.blue.yaml and Pulumi.shop-dev.yaml both deploy environment 'shop-dev'",
        ),
        ({"shop-dev": settings("shop-eu")}, "Pulumi.shop-dev.yaml has `environment: shop-eu`, so the stack of"),
        ({"shop-dev": settings("shop-prod")}, "such as Pulumi.shop-dev-2.yaml with `environment: shop-dev`"),
        ({"shop-dev": settings("shop-dev", "billing")}, "Pulumi.shop-dev.yaml has `scope: billing`"),
        ({"billing": settings("shop-dev")}, "Pulumi.billing.yaml has `environment: shop-dev`, and `billing` of"),
    ],
)
def test_two_stacks_of_one_name_or_of_one_environment_are_refused(files: dict[str, Settings], said: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(said)):
        stacks_of(INVENTORY, files)


@given(
    st.dictionaries(
        st.sampled_from([*NAMES, "billing", "other"]),
        st.builds(settings, st.sampled_from([*NAMES, "billing", "gone"]), st.sampled_from(get_args(Scope))),
    )
)
def test_each_stack_deploys_what_its_file_says_or_the_files_are_refused(files: dict[str, Settings]) -> None:
    try:
        stacks = stacks_of(INVENTORY, files)
    except SettingsError:
        return
    assert len({*names(stacks)}) == len(stacks)
    assert [stack.environment for stack in stacks if stack.environment] == [*NAMES]
    for stack in stacks:
        file = files.get(stack.name)
        is_billing = file is not None and (file.scope == "billing" or file.environment == "billing")
        assert file is None or (None if is_billing else file.environment) == stack.environment


@pytest.mark.parametrize(
    ("patterns", "changed", "expected"),
    [
        ((), None, [*NAMES, "billing"]),
        (("*-prod",), None, ["care-prod", "shop-prod"]),
        (("production", "shop-dev"), None, [*NAMES]),
        (("billing",), None, ["billing"]),
        (("billing", "shop-*"), None, ["shop-dev", "shop-prod", "billing"]),
        ((), ["shop-dev"], ["shop-dev", "billing"]),
        ((), [], []),
        (("shop-*",), ["care-prod", "shop-prod"], ["shop-prod"]),
    ],
)
def test_stacks_are_chosen_by_name_group_pattern_and_change(
    patterns: tuple[str, ...], changed: list[str] | None, expected: list[str]
) -> None:
    assert names(chosen(STACKS, INVENTORY, patterns=patterns, changed=changed)) == expected


def test_a_pattern_that_matches_nothing_is_refused() -> None:
    with pytest.raises(SettingsError, match="shop-prod"):
        chosen(STACKS, INVENTORY, patterns=["billing", "shop-prd"])


def test_billing_is_last_in_an_up_and_in_a_destroy() -> None:
    assert [names(wave) for wave in waves(STACKS, "up")] == [[*NAMES], ["billing"]]
    assert [names(wave) for wave in waves(STACKS, "destroy")] == [[*NAMES], ["billing"]]
    assert [names(wave) for wave in waves(STACKS, "preview")] == [[*NAMES, "billing"]]
    assert waves(STACKS[:1], "up") == (STACKS[:1],)
