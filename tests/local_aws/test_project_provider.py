"""The provider of projects against the local AWS: what each of the engine's calls answers, and whose credentials."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from bedrock_projects.errors import BedrockProjectsError, RefusedError
from bedrock_projects.projects.run import this_run
from bedrock_projects.resources.project import ProjectProvider, inputs_of
from local_aws import LocalAws
from tests.local_aws.mantle import ACCOUNT
from tests.unit import provider_requests
from tests.unit.provider_requests import configure

DECLARED = replace(provider_requests.DECLARED, tags={"Team": "Search"}, data_retention="none")
INPUTS = inputs_of(DECLARED)


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


def test_what_is_left_undone_on_purpose_is_told(
    aws: LocalAws, provider: ProjectProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    id_, outputs = created(provider)
    in_a_run().delete(id_, {**outputs, "owner": "acme/dev/find"})
    assert [active for *_, active in shown(aws)] == [True]
    told = capsys.readouterr().err
    assert told.startswith(f"search: project {id_} (Search) is left as it is: ")
    assert told.endswith("; only the state lets go of it\n")


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


@pytest.mark.parametrize("scope", [None, "all", "projects"])
def test_a_stack_with_projects_archives_them(aws: LocalAws, provider: ProjectProvider, scope: Any) -> None:
    in_a_run({"scope": scope} if scope else {}).delete(*created(provider))
    assert [active for *_, active in shown(aws)] == [False]


@pytest.mark.parametrize(("has_program", "left"), [(False, 0), (True, 2)])
def test_a_destroy_has_no_cap_on_archives_and_a_run_of_the_program_has(
    aws: LocalAws, provider: ProjectProvider, has_program: bool, left: int
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
    assert sum(active for *_, active in shown(aws)) == left
