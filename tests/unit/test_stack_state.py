"""The projects in the state of a stack: what `pulumi stack export` prints of them, and what a destroy would archive."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from bedrock_projects.errors import SettingsError
from bedrock_projects.projects.archive_limit import Destroy
from bedrock_projects.projects.changes import ManagedProject
from bedrock_projects.resources.destroyed import destroy_of
from bedrock_projects.resources.remembered import was_adopted
from bedrock_projects.stacks.state import PROJECT_TYPE, StackState, exported_state, full_name, state_of
from tests.pulumi_cli import PulumiStandIn
from tests.unit.provider_requests import DECLARED, within

OUTPUTS = {"key": "a", "name": "A", "region": "us-west-2", "owner": "acme/dev/a", "owner_tag_key": "bedrock-project"}
URN = f"urn:pulumi:dev::shop::{PROJECT_TYPE}::"


def project(
    name: str = "a", *, id_: str = "proj_1", outputs: Mapping[str, Any] = OUTPUTS, under: str = "", **more: Any
) -> Any:
    urn = URN.replace("::pulumi", "::a:b:Set$pulumi") if not under else URN
    return {"urn": urn + name, "type": PROJECT_TYPE, "id": id_, "outputs": dict(outputs), **more}


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PulumiStandIn:
    stand_in = PulumiStandIn(tmp_path)
    monkeypatch.setenv("PATH", stand_in.path)
    return stand_in


def test_a_state_has_projects_by_the_name_of_their_resource_and_what_is_left_to_be_deleted() -> None:
    old, beside = project("b", id_="proj_old", delete=True), project("b", id_="proj_beside", under="stack")
    state = state_of([{"type": "pulumi:pulumi:Stack"}, old, beside, project("b", id_="proj_2"), project()])
    assert {name: managed.id for name, managed in state.held.items()} == {"a": "proj_1", "b": "proj_2"}
    assert [managed.id for managed in state.doomed] == ["proj_old", "proj_beside"]
    assert {managed.id for managed in state.all} == {"proj_1", "proj_2", "proj_old", "proj_beside"}
    assert state.held["a"].declared.owner == "acme/dev/a"


def test_the_state_is_what_the_cli_exports(pulumi: PulumiStandIn) -> None:
    pulumi.has([project(), project("b", protect=True)])
    assert exported_state("dev").held.keys() == {"a", "b"}
    assert exported_state("dev", protected=False).held.keys() == {"a"}
    assert pulumi.asked == ["stack export --stack dev --non-interactive"] * 2


def test_the_state_says_once_for_a_run_which_projects_were_adopted(
    pulumi: PulumiStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    here = replace(DECLARED, stack="organization/shop/dev")
    pulumi.has([project(outputs=OUTPUTS | {"adopt_id": "proj_1"}), project("b", id_="proj_2")])
    assert [was_adopted(here, id_) for id_ in ("proj_1", "proj_2", "proj_3")] == [True, False, False]
    assert not was_adopted(replace(here, stack=None), "proj_1")
    pulumi.answers("error: no stack named 'dev2' found", code=255)
    assert not any(was_adopted(replace(here, stack="organization/shop/dev2"), id_) for id_ in ("proj_1", "proj_2"))
    assert pulumi.asked == [
        f"stack export --stack organization/shop/{name} --non-interactive" for name in ("dev", "dev2")
    ]
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("which projects were adopted is not known: the state of stack organization/shop/dev2 cannot")
    assert line.endswith("Their entries release them if they have `id` or `on_remove: release`")


@pytest.mark.parametrize("text", ['{"deployment": null}', '{"deployment": {}}', '{"deployment": {"resources": null}}'])
def test_a_new_stack_has_no_projects(pulumi: PulumiStandIn, text: str) -> None:
    pulumi.answers(text)
    assert exported_state("dev") == StackState(is_whole=True)


@pytest.mark.parametrize(
    "text", ["", "null", "{}", '{"deployment": {"resources": [null]}}', json.dumps({"deployment": {"resources": [{}]}})]
)
def test_what_is_not_a_state_is_refused_and_said(pulumi: PulumiStandIn, text: str) -> None:
    pulumi.answers(text)
    with pytest.raises(SettingsError, match="`pulumi stack export` printed no state of stack dev"):
        exported_state("dev")
    why = "`pulumi stack export` printed no state of stack dev"
    assert in_a_delete(MANAGED) == Destroy(doubt=why)


def test_why_the_cli_shows_no_state_is_reported(pulumi: PulumiStandIn) -> None:
    pulumi.answers("error: no stack named 'dev' found", code=255)
    with pytest.raises(SettingsError, match=r"no stack named 'dev' found; make it with `pulumi stack init dev`"):
        exported_state("dev")


def in_a_delete(managed: ManagedProject) -> Destroy:
    request = provider_pb2.DeleteRequest(urn=URN + managed.declared.key)
    return within(request, lambda: destroy_of(managed))


MANAGED = ManagedProject(id="proj_1", declared=DECLARED)


@pytest.mark.parametrize(
    ("resource", "count"),
    [
        (project("b"), 1),
        (project("b", delete=True), 1),
        (project("a", under="beside"), 1),
        (project("b", outputs={**OUTPUTS, "on_remove": "archive", "adopt_id": "proj_1"}), 1),
        (project("b", outputs={**OUTPUTS, "adopt_id": "proj_1"}), 0),
        (project("b", outputs={**OUTPUTS, "on_remove": "release"}), 0),
        (project("b", outputs={**OUTPUTS, "status": "archived"}), 0),
        (project("b", outputs={**OUTPUTS, "status": "released"}), 0),
        (project("b", protect=True), 0),
        (project("b", id_="nothing"), 0),
        ({"type": "pulumi:pulumi:Stack"}, 0),
    ],
)
def test_a_destroy_archives_what_is_active_not_protected_and_not_released(
    pulumi: PulumiStandIn, resource: dict[str, Any], count: int
) -> None:
    pulumi.has([resource, project()])
    assert in_a_delete(MANAGED) == Destroy(total=count + 1)


def test_the_stack_of_a_destroy_has_the_recorded_organization_and_the_name_in_the_urn(pulumi: PulumiStandIn) -> None:
    pulumi.has([project()])
    assert in_a_delete(MANAGED).doubt == ""
    recorded = replace(MANAGED, declared=replace(DECLARED, stack="acme/shop/dev"))
    assert in_a_delete(recorded).doubt == ""
    renamed = replace(MANAGED, declared=replace(DECLARED, stack="acme/shop/former"))
    assert in_a_delete(renamed) == Destroy(
        total=1,
        doubt="the state has them from stack acme/shop/former, and this is shop/dev: a renamed stack or a copied state",
    )
    assert [line.split()[3] for line in pulumi.asked] == ["dev", "acme/shop/dev", "acme/shop/dev"]


@pytest.mark.parametrize("resource", [project(id_="proj_2"), project(protect=True)])
def test_a_state_that_lacks_what_is_destroyed_is_another_stacks(
    pulumi: PulumiStandIn, resource: dict[str, Any]
) -> None:
    pulumi.has([resource])
    doubt = "project proj_1 is missing from the state of stack dev, or protected there"
    assert in_a_delete(MANAGED) == Destroy(doubt=doubt)


def test_outside_of_a_call_of_the_engine_nothing_is_counted(pulumi: PulumiStandIn) -> None:
    pulumi.has([project()])
    assert within(None, lambda: destroy_of(MANAGED)) == Destroy()
    assert pulumi.asked == []


@pytest.mark.parametrize(
    ("stack", "state", "answer", "name"),
    [
        ("acme/shop/dev", StackState(), "", "acme/shop/dev"),
        ("dev", state_of([project(outputs={**OUTPUTS, "stack": "acme/shop/former"})]), "", "acme/shop/dev"),
        ("acme/dev", StackState(), "", "acme/shop/dev"),
        ("dev", state_of([project()]), '{"url": "file:///state"}', "organization/shop/dev"),
        ("dev", StackState(), '{\n  "url": "https://app.pulumi.com/somebody"\n}', None),
    ],
)
def test_the_full_name_of_a_stack_is_that_of_the_record_or_of_a_backend_of_ones_own(
    pulumi: PulumiStandIn, stack: str, state: StackState, answer: str, name: str | None
) -> None:
    pulumi.answers(answer)
    assert full_name(stack, project="shop", state=state) == name


def test_a_stack_whose_backend_does_not_answer_has_no_full_name(pulumi: PulumiStandIn) -> None:
    pulumi.answers("error: not logged in", code=1)
    assert full_name("dev", project="shop", state=StackState()) is None
