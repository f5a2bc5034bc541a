"""What users' states refer to: these names never change, even if all else moves."""

import base64
import json
import pickletools
from pathlib import Path

import pytest
from pulumi.dynamic import Resource, ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider

from bedrock_projects.resources.cost_allocation_tags import CostAllocationTags, CostAllocationTagsProvider
from bedrock_projects.resources.project import Project, ProjectProvider
from tests.unit.declared import declare

FROZEN = [
    (
        Project,
        ProjectProvider,
        "bedrock_projects.resources.project",
        "Project",
        "ProjectProvider",
        "dynamic/bedrock:Project",
    ),
    (
        CostAllocationTags,
        CostAllocationTagsProvider,
        "bedrock_projects.resources.cost_allocation_tags",
        "CostAllocationTags",
        "CostAllocationTagsProvider",
        "dynamic/billing:CostAllocationTags",
    ),
]

COMPONENTS = "bedrock-projects:components:"
STATES = Path(__file__).parents[1] / "engine" / "states"
RENAMED = [
    ("CostControls", "cost-controls", "CostGuardrails", "cost-guardrails"),
    ("PublishedProjects", "published-projects", "ProjectHandOver", "hand-over"),
]
"""Type and name of a component, and those that it has in states of the first version."""


@pytest.mark.parametrize(("resource", "provider", "module", "resource_name", "provider_name", "token"), FROZEN)
def test_modules_classes_and_type_tokens_stay(
    resource: type[Resource],
    provider: type[ResourceProvider],
    module: str,
    resource_name: str,
    provider_name: str,
    token: str,
) -> None:
    assert (resource.__module__, resource.__qualname__) == (module, resource_name)
    assert (provider.__module__, provider.__qualname__) == (module, provider_name)
    assert resource._resource_type_name == token  # noqa: SLF001 (the SDK has no public way to ask)


@pytest.mark.parametrize(("provider", "module", "name"), [(row[1], row[2], row[4]) for row in FROZEN])
def test_a_state_holds_the_provider_by_name_only(provider: type[ResourceProvider], module: str, name: str) -> None:
    pickled = base64.b64decode(serialize_provider(provider()))
    words = [argument for _, argument, _ in pickletools.genops(pickled) if isinstance(argument, str)]
    assert words == [module, name]
    assert provider.serialize_as_secret_always is False


def types_of(file: str) -> set[str]:
    state = json.loads((STATES / file).read_text())
    return {resource["type"] for resource in state["deployment"]["resources"]}


def test_a_state_of_the_first_version_names_every_component() -> None:
    types = types_of("0.1.json")
    assert {f"{COMPONENTS}BedrockProjects", f"{COMPONENTS}CostAllocationTags"} < types
    assert {f"pulumi-python:{row[5]}" for row in FROZEN} < types
    # These types are only in states from before the components got other names: such a file is not written again.
    assert {f"{COMPONENTS}{row[2]}" for row in RENAMED} < types_of("0.1-cost-controls.json")


@pytest.mark.parametrize(("type_", "name", "former_type", "former_name"), RENAMED)
def test_a_renamed_component_keeps_its_former_type_and_name_as_an_alias(
    type_: str, name: str, former_type: str, former_name: str
) -> None:
    aliases = declare().former[f"{COMPONENTS}{type_}", name]
    assert (f"{COMPONENTS}{former_type}", former_name) in aliases
