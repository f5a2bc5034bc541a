"""The real OpenAI client reads the answers: `admin.organization.projects`, with a bearer key."""

from collections.abc import Iterator

import openai
import pytest
from openai import OpenAI

from local_aws import LocalAws
from tests.local_aws.mantle import Mantle


@pytest.fixture
def client(aws: LocalAws) -> Iterator[OpenAI]:
    """A client of account 111111111111 in us-west-2."""
    key = "local-key-111111111111-us-west-2"
    with OpenAI(base_url=f"{aws.url}/v1", api_key=key, admin_api_key=key, max_retries=0) as client:
        yield client


def test_create_retrieve_list_and_archive_are_understood(client: OpenAI, mantle: Mantle) -> None:
    projects = client.admin.organization.projects
    created = projects.create(name="Chat")
    assert (created.object, created.name, created.status) == ("organization.project", "Chat", "active")
    assert projects.retrieve(created.id) == created
    for number in range(25):
        mantle.create(f"P{number}")
    listed = list(projects.list(limit=10))
    assert [project.name for project in listed] == ["default", "Chat", *(f"P{number}" for number in range(25))]
    archived = projects.archive(created.id)
    assert (archived.id, archived.status) == (created.id, "archived")
    assert archived.archived_at is not None
    assert created.id not in [project.id for project in projects.list()]
    assert created.id in [project.id for project in projects.list(include_archived=True)]


def test_an_update_by_name_is_understood(client: OpenAI) -> None:
    projects = client.admin.organization.projects
    assert projects.update(projects.create(name="Chat").id, name="Talk").name == "Talk"


def test_errors_are_the_clients_own_with_message_and_request_id(client: OpenAI, aws: LocalAws) -> None:
    projects = client.admin.organization.projects
    with pytest.raises(openai.NotFoundError, match=r"project/proj_x was not found") as missing:
        projects.retrieve("proj_x")
    assert missing.value.code == "not_found_error"
    assert missing.value.request_id == aws.requests()[-1].request_id
    with pytest.raises(openai.BadRequestError, match="1 to 128 characters"):
        projects.create(name="")
    stranger = client.with_options(admin_api_key="nobody")
    with pytest.raises(openai.AuthenticationError) as refused:
        stranger.admin.organization.projects.list()
    assert refused.value.code == "invalid_api_key"
