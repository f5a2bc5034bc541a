"""The providers' offline part: what is a change, what is refused, what a stack's scope forbids."""

from typing import Any

import pytest
from pulumi.dynamic import Config, ConfigureRequest
from pulumi.runtime.rpc import UNKNOWN

from bedrock_projects.errors import RefusedError
from bedrock_projects.projects.changes import DeclaredProject
from bedrock_projects.resources.cost_allocation_tags import CostAllocationTagsProvider
from bedrock_projects.resources.project import ProjectProvider, inputs_of

DECLARED = DeclaredProject(
    key="search",
    name="Search",
    region="us-west-2",
    owner="acme/dev/search",
    owner_tag_key="bedrock-project",
    tags={"a": "1"},
)
INPUTS = inputs_of(DECLARED)


def configured(**settings: str) -> ConfigureRequest:
    return ConfigureRequest(Config({f"shop:{key}": value for key, value in settings.items()}, "shop"))


@pytest.fixture
def provider() -> ProjectProvider:
    provider = ProjectProvider()
    provider.configure(configured())
    return provider


@pytest.mark.parametrize("name", ["name", "tags", "data_retention", "owner", "on_remove", "adopt_id"])
def test_a_value_that_is_not_known_yet_is_no_replacement(provider: ProjectProvider, name: str) -> None:
    result = provider.diff("proj_1", INPUTS, {**INPUTS, name: UNKNOWN})
    assert result.replaces == []
    assert result.changes == (name != "adopt_id")


def test_a_region_that_is_not_known_yet_is_a_replacement(provider: ProjectProvider) -> None:
    assert provider.diff("proj_1", INPUTS, {**INPUTS, "region": UNKNOWN}).replaces == ["region"]


@pytest.mark.parametrize("change", [{"region": "eu-west-1"}, {"adopt_id": "proj_2"}])
def test_what_the_entry_may_not_become_is_refused(provider: ProjectProvider, change: dict[str, Any]) -> None:
    with pytest.raises(RefusedError):
        provider.diff("proj_1", INPUTS, {**INPUTS, **change})


@pytest.mark.parametrize("change", [{"aliases": ["x"]}, {"adopt_id": "proj_1"}, {"previous_owners": ["acme/dev/old"]}])
def test_what_the_service_does_not_keep_is_no_change(provider: ProjectProvider, change: dict[str, Any]) -> None:
    assert provider.diff("proj_1", INPUTS, {**INPUTS, **change}).changes is False


def test_empty_and_missing_inputs_are_told_by_check(provider: ProjectProvider) -> None:
    assert provider.check({}, INPUTS).failures == []
    failed = provider.check({}, {**INPUTS, "name": "", "region": None}).failures
    assert [failure.property for failure in failed] == ["name", "region"]


def test_a_billing_stack_archives_no_projects() -> None:
    provider = ProjectProvider()
    provider.configure(configured(scope="billing"))
    with pytest.raises(RefusedError, match="entry 'search': this stack holds projects, but says `scope: billing`"):
        provider.delete("proj_1", INPUTS)


@pytest.mark.parametrize(
    ("outputs", "changes"),
    [
        ({"keys": ["a"], "active": ["a"]}, False),
        ({"keys": ["a"], "active": []}, True),
        ({"keys": ["a", "b"], "active": ["a"]}, True),
        ({"keys": ["a"], "active": ["a"], "refused": "no"}, True),
    ],
)
def test_tags_are_asked_for_again_while_anything_is_left_to_do(outputs: dict[str, Any], changes: bool) -> None:
    provider = CostAllocationTagsProvider()
    provider.configure(configured())
    assert provider.diff("tags", outputs, {"keys": ["a"]}).changes is changes


def test_aws_own_keys_are_refused() -> None:
    provider = CostAllocationTagsProvider()
    assert provider.check({}, {"keys": ["a"]}).failures == []
    assert "aws:createdBy is AWS's own" in provider.check({}, {"keys": ["aws:createdBy"]}).failures[0].reason
