"""What the resources keep in a state comes back as it was, and is named as users' states have it."""

from dataclasses import fields, replace
from datetime import date
from typing import Any

import pulumi
import pytest
from pulumi.dynamic import Resource, ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime import mocks

from bedrock_projects.cost_tags.activation import Activation
from bedrock_projects.errors import RefusedError
from bedrock_projects.projects.changes import DeclaredProject, ManagedProject
from bedrock_projects.projects.properties import declared_from, inputs_of, managed_from, outputs_of
from bedrock_projects.resources import cost_allocation_tags
from bedrock_projects.resources.cost_allocation_tags import CostAllocationTags, CostAllocationTagsProvider
from bedrock_projects.resources.project import Project, ProjectProvider
from tests.unit.sdk_loops import event_loops

LEAST = DeclaredProject(key="search", name="Search", region="us-west-2", owner="acme/dev/search", owner_tag_key="of")
LEAST_INPUTS = {
    "key": "search",
    "name": "Search",
    "region": "us-west-2",
    "owner": "acme/dev/search",
    "owner_tag_key": "of",
    "tags": {},
    "status": "active",
}
ALL = replace(
    LEAST,
    tags={"Team": "Search"},
    data_retention="none",
    status="archived",
    adopt_id="proj_1",
    move_from="us-east-1",
    endpoint="bedrock-runtime",
    move_from_endpoint="bedrock-mantle",
    previous_owners=("acme/dev/find", "acme/dev/look"),
    previous_owner_tag_key="former",
    ignore_tags=("c7n:*",),
    on_remove="release",
    stack="organization/acme/dev",
    role_arn="arn:aws:iam::111111111111:role/deploy",
)
ALL_INPUTS = {
    **LEAST_INPUTS,
    "tags": {"Team": "Search"},
    "data_retention": "none",
    "status": "archived",
    "adopt_id": "proj_1",
    "move_from": "us-east-1",
    "endpoint": "bedrock-runtime",
    "move_from_endpoint": "bedrock-mantle",
    "previous_owners": ["acme/dev/find", "acme/dev/look"],
    "previous_owner_tag_key": "former",
    "ignore_tags": ["c7n:*"],
    "on_remove": "release",
    "stack": "organization/acme/dev",
    "role_arn": "arn:aws:iam::111111111111:role/deploy",
}
MANAGED = ManagedProject(
    id="proj_1", declared=ALL, arn="arn:1", created_at=1764000000, account_id="111111111111", base_url="https://x/v1"
)
ACTIVATION = Activation(
    keys=("Team", "Owner", "Gone"),
    active=("Team",),
    pending={"Owner": date(2026, 3, 1)},
    activated=("Team", "Old"),
    unused=("Old",),
    refused="no",
    account_id="999999999999",
)
ACTIVATION_OUTPUTS = {
    "keys": ["Team", "Owner", "Gone"],
    "active": ["Team"],
    "pending": {"Owner": "2026-03-01"},
    "activated": ["Team", "Old"],
    "unused": ["Old"],
    "refused": "no",
    "account_id": "999999999999",
}


@pytest.mark.parametrize(("declared", "inputs"), [(LEAST, LEAST_INPUTS), (ALL, ALL_INPUTS)])
def test_a_declaration_is_its_inputs_without_what_is_unset(declared: DeclaredProject, inputs: dict[str, Any]) -> None:
    assert inputs_of(declared) == inputs
    assert declared_from(inputs) == declared
    assert declared_from({**inputs, "arn": "arn:1", "__provider": "x"}) == declared


def test_every_field_of_a_declaration_is_seen_to_be_kept() -> None:
    assert ALL_INPUTS.keys() == {field.name for field in fields(DeclaredProject)}


def test_a_role_of_the_tags_is_an_input_only_where_there_is_one() -> None:
    role = "arn:aws:iam::999999999999:role/billing"
    assert cost_allocation_tags.outputs_of(ACTIVATION) == ACTIVATION_OUTPUTS
    outputs = cost_allocation_tags.outputs_of(ACTIVATION, role)
    assert outputs == {**ACTIVATION_OUTPUTS, "role_arn": role}
    assert cost_allocation_tags.role_from(outputs) == role
    for none in ({}, {"role_arn": None}, {"role_arn": ""}, {"role_arn": 5}):
        assert cost_allocation_tags.role_from(none) is None


@pytest.mark.parametrize("unset", ["data_retention", "adopt_id", "move_from", "previous_owners", "ignore_tags"])
def test_an_input_that_is_none_counts_as_unset(unset: str) -> None:
    assert declared_from({**LEAST_INPUTS, unset: None}) == LEAST


def test_a_project_is_its_inputs_and_what_the_service_adds() -> None:
    outputs = outputs_of(MANAGED)
    added = {
        "arn": "arn:1",
        "created_at": 1764000000,
        "account_id": "111111111111",
        "base_url": "https://x/v1",
    }
    assert outputs == {**ALL_INPUTS, **added}
    assert managed_from("proj_1", outputs) == MANAGED


@pytest.mark.parametrize("absent", [None, ...])
def test_a_state_without_what_the_service_adds_is_read(absent: object) -> None:
    names = ("arn", "created_at", "account_id", "base_url")
    without = {} if absent is ... else dict.fromkeys(names)
    assert managed_from("proj_1", {**LEAST_INPUTS, **without}) == ManagedProject(id="proj_1", declared=LEAST)


def test_what_is_unfinished_is_an_output_only_if_something_is() -> None:
    unfinished = replace(MANAGED, unfinished="entry 'search': the name was refused")
    assert outputs_of(unfinished) == {**outputs_of(MANAGED), "unfinished": "entry 'search': the name was refused"}
    assert managed_from("proj_1", outputs_of(unfinished)) == unfinished
    assert "unfinished" not in outputs_of(MANAGED)


def test_a_number_of_the_state_becomes_whole_seconds() -> None:
    created_at = managed_from("proj_1", {**LEAST_INPUTS, "created_at": 1764000000.0}).created_at
    assert repr(created_at) == "1764000000"


def test_cost_allocation_tags_come_back_as_they_were() -> None:
    assert cost_allocation_tags.outputs_of(ACTIVATION) == ACTIVATION_OUTPUTS
    assert cost_allocation_tags.activation_from(ACTIVATION_OUTPUTS) == ACTIVATION


@pytest.mark.parametrize("absent", [None, "", ...])
def test_outputs_of_cost_allocation_tags_that_are_missing_are_empty(absent: object) -> None:
    inputs = {} if absent is ... else dict.fromkeys(ACTIVATION_OUTPUTS, absent)
    assert cost_allocation_tags.activation_from(inputs) == Activation(keys=())
    outputs = cost_allocation_tags.outputs_of(Activation(keys=()))
    assert (outputs["refused"], "account_id" in outputs) == ("", False)


class Engine(mocks.Mocks):
    """Pulumi's own stand-in for the engine; it answers with the outputs that are given."""

    def __init__(self, outputs: dict[str, Any]) -> None:
        self._outputs = outputs
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.asked.append((args.name, dict(args.inputs)))
        return "id-1", {**args.inputs, **self._outputs}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        raise AssertionError(args.token)


@pytest.mark.parametrize(
    ("kind", "provider", "given", "inputs", "outputs"),
    [
        (Project, ProjectProvider, ALL, ALL_INPUTS, outputs_of(MANAGED)),
        (
            CostAllocationTags,
            CostAllocationTagsProvider,
            ["Team", "Owner", "Gone"],
            {"keys": ["Gone", "Owner", "Team"]},
            ACTIVATION_OUTPUTS,
        ),
    ],
)
def test_a_resource_asks_with_its_inputs_and_has_every_output_that_its_class_names(
    kind: Any, provider: type[ResourceProvider], given: Any, inputs: dict[str, Any], outputs: dict[str, Any]
) -> None:
    engine = Engine(outputs)
    seen: dict[str, Any] = {}

    @pulumi.runtime.test  # type: ignore[untyped-decorator]  # the SDK's
    def program() -> pulumi.Output[None]:
        parent = pulumi.ComponentResource("a:b:C", "parent")
        made: Resource = kind("the-name", given, pulumi.ResourceOptions(parent=parent))
        names = list(kind.__annotations__)
        values = pulumi.Output.all(made.urn, *(getattr(made, name) for name in names))
        return values.apply(lambda outcome: seen.update(zip(["urn", *names], outcome, strict=True)))

    with event_loops():
        pulumi.runtime.set_mocks(engine, project="shop", stack="dev")
        program()
    assert engine.asked[-1] == ("the-name", {**inputs, "__provider": serialize_provider(provider())})
    urn = seen.pop("urn")
    assert "a:b:C$" in urn
    assert urn.endswith("::the-name")
    assert seen == {name: outputs[name] for name in kind.__annotations__}


@pytest.mark.parametrize(
    ("service", "endpoint"), [("bedrock", "bedrock-runtime"), ("bedrock-mantle", None), ("iam", None)]
)
def test_a_state_without_its_endpoint_is_read_where_its_arn_says(service: str, endpoint: str | None) -> None:
    """A version that knew one endpoint wrote it."""
    arn = f"arn:aws:{service}:us-west-2:111111111111:project/proj_1"
    assert managed_from("proj_1", {**LEAST_INPUTS, "arn": arn}).declared.endpoint == endpoint
    named = {**LEAST_INPUTS, "arn": arn, "endpoint": "bedrock-mantle"}
    assert managed_from("proj_1", named).declared.endpoint == "bedrock-mantle"


def test_a_state_with_an_endpoint_that_this_version_does_not_know_is_refused() -> None:
    with pytest.raises(RefusedError) as refused:
        managed_from("proj_1", {**LEAST_INPUTS, "endpoint": "bedrock-future"})
    assert str(refused.value) == (
        "entry 'search': the state has project proj_1 at endpoint 'bedrock-future', which this version does not know; "
        "upgrade bedrock-projects"
    )
