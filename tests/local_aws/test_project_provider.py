"""The provider of projects against the local AWS: what each of the engine's calls answers, and whose credentials."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from bedrock_projects.errors import BedrockProjectsError, RefusedError
from bedrock_projects.projects.lifecycle import PartlyDoneError
from bedrock_projects.projects.properties import inputs_of, outputs_of
from bedrock_projects.projects.run_ledger import this_run
from bedrock_projects.resources import project
from bedrock_projects.resources.project import ProjectProvider
from bedrock_projects.stacks.state import PROJECT_TYPE
from local_aws import Fault, LocalAws
from tests.local_aws.mantle import ACCOUNT
from tests.pulumi_cli import PulumiStandIn
from tests.unit import provider_requests
from tests.unit.provider_requests import URN, configure, within

DECLARED = replace(provider_requests.DECLARED, tags={"Team": "Search"}, data_retention="none")
INPUTS = inputs_of(DECLARED)
OTHER = "222222222222"
ROLE = f"arn:aws:iam::{OTHER}:role/bedrock-projects"


def in_a_run(settings: Mapping[str, str] | None = None) -> ProjectProvider:
    """As each run of Pulumi has one."""
    this_run.cache_clear()
    provider = ProjectProvider()
    configure(provider, settings)
    return provider


@pytest.fixture
def provider(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> ProjectProvider:
    for name, value in aws.environment(ACCOUNT).items():
        monkeypatch.setenv(name, value)
    return in_a_run()


def created(provider: ProjectProvider) -> tuple[str, dict[str, Any]]:
    """The id and the outputs, which the SDK's types hold for optional."""
    result = provider.create(INPUTS)
    assert result.outs is not None
    return result.id, result.outs


def shown(aws: LocalAws) -> list[tuple[str, str, dict[str, str], bool]]:
    projects = [project for project in aws.projects(ACCOUNT) if project.id != "default"]
    return [(project.id, project.name, project.tags, project.active) for project in projects]


def test_a_project_is_created_read_updated_and_archived(aws: LocalAws, provider: ProjectProvider) -> None:
    id_, outputs = created(provider)
    assert shown(aws) == [(id_, "Search", {"Team": "Search", "bedrock-project": "acme/dev/search"}, True)]
    added = {
        "arn": f"arn:aws:bedrock-mantle:us-west-2:{ACCOUNT}:project/{id_}",
        "account_id": ACCOUNT,
        "base_url": f"{aws.url}/v1",
        "created_at": outputs["created_at"],
    }
    assert outputs == {**INPUTS, **added}
    assert isinstance(outputs["created_at"], int)

    read = provider.read(id_, outputs)
    assert (read.id, read.outs, read.inputs) == (id_, outputs, INPUTS)

    news = inputs_of(replace(DECLARED, name="Find", tags={"Owner": "me"}))
    assert provider.update(id_, outputs, news).outs == {**news, **added}
    assert shown(aws) == [(id_, "Find", {"Owner": "me", "bedrock-project": "acme/dev/search"}, True)]

    in_a_run().delete(id_, {**news, **added})
    assert [active for *_, active in shown(aws)] == [False]
    gone = provider.read(id_, {**news, **added})
    assert (gone.id, gone.outs) == ("", {})


def test_what_is_left_undone_on_purpose_is_reported(
    aws: LocalAws, provider: ProjectProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    id_, outputs = created(provider)
    in_a_run().delete(id_, {**outputs, "owner": "acme/dev/find"})
    assert [active for *_, active in shown(aws)] == [True]
    told = capsys.readouterr().err
    assert told.startswith(f"search: project {id_} (Search) was not changed: ")
    assert told.endswith(". It was only removed from the state\n")


@pytest.mark.parametrize(("resource", "is_left"), [("search", False), ("find", True)])
def test_a_deletion_goes_by_the_name_of_the_resource(
    aws: LocalAws, provider: ProjectProvider, capsys: pytest.CaptureFixture[str], resource: str, is_left: bool
) -> None:
    id_, outputs = created(provider)
    run = in_a_run()
    run.check({}, inputs_of(replace(DECLARED, key="chat", owner="acme/dev/chat")))
    request = provider_pb2.DeleteRequest(id=id_, urn=f"{URN.rpartition('::')[0]}::{resource}")
    within(request, lambda: run.delete(id_, outputs))
    assert [active for *_, active in shown(aws)] == [is_left]
    assert ("the resource is named 'find', but the state records entry 'search'" in capsys.readouterr().err) == is_left


def test_a_project_that_is_recovered_was_adopted_if_the_state_says_so(
    aws: LocalAws, provider: ProjectProvider, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A tainted resource is created anew, with nothing of what its state has."""
    pulumi, inputs = PulumiStandIn(tmp_path), {**INPUTS, "stack": "organization/shop/dev"}
    monkeypatch.setenv("PATH", pulumi.path)
    id_ = provider.create(inputs).id
    state = {"urn": URN, "type": PROJECT_TYPE, "id": id_, "outputs": {**inputs, "adopt_id": id_}}
    pulumi.has([state])
    assert in_a_run().create(inputs).outs == {**(provider.read(id_, inputs).outs or {}), "adopt_id": id_}


@pytest.mark.parametrize(
    ("settings", "whose"),
    [
        ({}, "environment variable AWS_ACCESS_KEY_ID"),
        ({"auth": "sigv4"}, "environment variable AWS_ACCESS_KEY_ID"),
        ({"aws:profile": "nobody"}, "profile nobody"),
        ({"auth": "bearer"}, "reading the Bedrock API key: AWS_BEARER_TOKEN_BEDROCK is not set"),
        ({"aws:profile": "nobody", "auth": "bearer"}, "profile nobody"),
    ],
)
def test_the_credentials_are_those_of_the_stack(
    provider: ProjectProvider, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], whose: str
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody's")
    configure(provider, settings)
    with pytest.raises(BedrockProjectsError) as refused:
        provider.create(INPUTS)
    assert whose in str(refused.value)


def test_each_project_has_the_role_of_its_entry(aws: LocalAws, provider: ProjectProvider) -> None:
    aws.add_role(ROLE)
    made = [provider.create(inputs) for inputs in (INPUTS, {**INPUTS, "role_arn": ROLE})]
    assert [(result.outs or {})["account_id"] for result in made] == [ACCOUNT, OTHER]
    for result in made:
        assert provider.read(result.id, result.outs or {}).outs == result.outs
        in_a_run().delete(result.id, result.outs or {})
    assert [project.id for account in (ACCOUNT, OTHER) for project in aws.projects(account) if project.active] == [
        "default",
        "default",
    ]


@pytest.mark.parametrize("field", sorted({*INPUTS, "arn", "account_id", "base_url", "created_at", "stack"}))
def test_a_state_of_another_form_causes_no_traceback_in_any_command(
    aws: LocalAws, provider: ProjectProvider, field: str
) -> None:
    id_, outputs = created(provider)
    lacking = {name: value for name, value in outputs.items() if name != field}
    odd = [{**outputs, field: value} for value in (None, True, 5.0, "x", ["x", 5.0], {"a": None, "b": 5.0})]
    for state in (lacking, *odd):
        with suppress(BedrockProjectsError):
            in_a_run().diff(id_, state, INPUTS)
        with suppress(BedrockProjectsError):
            in_a_run().read(id_, state)
        with suppress(BedrockProjectsError):
            in_a_run().update(id_, state, INPUTS)
        with suppress(BedrockProjectsError):
            in_a_run().delete(id_, {**state, "on_remove": "release"})
    assert len(aws.projects(ACCOUNT)) == 2


def test_a_state_without_its_region_is_read_where_its_arn_says(aws: LocalAws, provider: ProjectProvider) -> None:
    id_, outputs = created(provider)
    read = in_a_run().read(id_, {name: value for name, value in outputs.items() if name != "region"})
    assert (read.id, read.outs) == (id_, outputs)


@pytest.mark.parametrize("is_kept", [False, True])
@pytest.mark.parametrize(
    ("operation", "otherwise"),
    [
        ("CreateProject", "if the next `pulumi up` does not find it by its tag, write `id: {}` in the entry"),
        ("UpdateProject", "the state has what it had before: run `pulumi up --refresh`"),
    ],
)
def test_what_is_done_in_part_is_kept_in_the_state_or_says_what_to_do(
    aws: LocalAws,
    provider: ProjectProvider,
    monkeypatch: pytest.MonkeyPatch,
    operation: str,
    otherwise: str,
    is_kept: bool,
) -> None:
    kept: list[tuple[str, dict[str, Any], dict[str, Any], str]] = []

    def keep(id_: str, outputs: dict[str, Any], inputs: dict[str, Any], *, reason: str) -> bool:
        kept.append((id_, outputs, inputs, reason))
        return is_kept

    write: Callable[[], object] = partial(provider.create, INPUTS)
    if operation == "UpdateProject":
        write = partial(provider.update, *created(provider), {**INPUTS, "tags": {"Team": "Find"}})
    monkeypatch.setattr(project, "keep_in_state", keep)
    aws.faults([Fault(kind="partly_done", left_out="tags", operation=f"bedrock-mantle:{operation}")])
    with pytest.raises(PartlyDoneError) as error:
        write()
    [(id_, *_)] = shown(aws)
    [(kept_id, outputs, inputs, reason)] = kept
    managed = error.value.managed
    assert (kept_id, outputs, inputs) == (id_, outputs_of(managed), inputs_of(managed.declared))
    assert (managed.id, f"project {id_} is not as asked" in str(error.value)) == (id_, True)
    assert reason.endswith("; the state notes that, and the next `pulumi up` puts it right")
    assert str(error.value) == reason if is_kept else str(error.value).endswith(otherwise.format(id_))


def test_outside_of_a_call_of_the_engine_an_error_does_not_claim_that_the_state_notes_it(
    aws: LocalAws, provider: ProjectProvider
) -> None:
    aws.faults([Fault(kind="partly_done", left_out="tags", operation="bedrock-mantle:CreateProject")])
    with pytest.raises(PartlyDoneError) as error:
        provider.create(INPUTS)
    [(id_, *_)] = shown(aws)
    assert f"; the state does not have project {id_}: " in str(error.value)
    assert "the state notes that" not in str(error.value)


@pytest.mark.parametrize("scope", [None, "all", "projects"])
def test_a_stack_with_projects_archives_them(aws: LocalAws, provider: ProjectProvider, scope: Any) -> None:
    in_a_run({"scope": scope} if scope else {}).delete(*created(provider))
    assert [active for *_, active in shown(aws)] == [False]


@pytest.mark.parametrize("has_program", [False, True])
def test_neither_a_destroy_nor_a_run_archives_more_than_three_of_five_unconfirmed(
    aws: LocalAws, provider: ProjectProvider, has_program: bool
) -> None:
    """As in a process of their own, each."""
    made = []
    for n in range(5):
        inputs = inputs_of(replace(DECLARED, key=f"p{n}", name=f"P{n}", owner=f"acme/dev/p{n}"))
        made.append(provider.create(inputs))
    run = in_a_run()
    if has_program:
        run.check({}, INPUTS)
    for result in made:
        with suppress(RefusedError):
            run.delete(result.id, result.outs or {})
    assert sum(active for *_, active in shown(aws)) == 2
