"""Our client against the local AWS: what is sent, what is sent again, and what an answer becomes."""

from collections.abc import Callable

import pytest

from bedrock_projects.aws.identity import caller_account
from bedrock_projects.aws.projects import ProjectsClient
from bedrock_projects.aws.session import Credentials
from bedrock_projects.errors import (
    AccessDeniedError,
    AmbiguousError,
    CredentialsError,
    NotFoundError,
    ServiceError,
    ThrottledError,
    UnreachableError,
)
from local_aws import Fault, LocalAws

ACCOUNT, REGION = "111111111111", "eu-west-1"
CREATE = "bedrock-mantle:CreateProject"
READS_AND_UPDATES = ["ListProjects", "GetProject", "UpdateProject", "ArchiveProject"]


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def environment(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in aws.environment(ACCOUNT, region="us-east-1").items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_BEARER_TOKEN_BEDROCK", raising=False)
    return monkeypatch


@pytest.fixture
def client(environment: pytest.MonkeyPatch, waits: list[float]) -> ProjectsClient:
    return ProjectsClient(Credentials(), region=REGION, sleep=waits.append, jitter=lambda: 1.0)


def create(client: ProjectsClient, name: str = "Search") -> str:
    return client.create(name=name, tags={"Team": "Search"}, data_retention=None).id


def call(client: ProjectsClient, operation: str, project_id: str) -> object:
    calls: dict[str, Callable[[], object]] = {
        "ListProjects": client.list_all,
        "GetProject": lambda: client.get(project_id),
        "UpdateProject": lambda: client.update(project_id, name="Other"),
        "ArchiveProject": lambda: client.archive(project_id),
    }
    return calls[operation]()


def test_one_region_is_in_host_scope_and_answer(aws: LocalAws, client: ProjectsClient) -> None:
    project = client.get(create(client))
    assert project.arn == f"arn:aws:bedrock-mantle:{REGION}:{ACCOUNT}:project/{project.id}"
    assert {
        request.scope.split("/")[1:3] == [REGION, "bedrock-mantle"] for request in aws.requests("bedrock-mantle:*")
    } == {True}


def test_a_create_carries_everything_and_nothing_else(aws: LocalAws, client: ProjectsClient) -> None:
    project = client.create(name="Search", tags={"Team": "Search"}, data_retention="none")
    [request] = aws.requests(CREATE)
    assert request.body == {"name": "Search", "tags": {"Team": "Search"}, "data_retention": {"mode": "none"}}
    assert (project.name, project.tags, project.data_retention) == ("Search", {"Team": "Search"}, "none")


def test_an_update_carries_just_what_it_is_given(aws: LocalAws, client: ProjectsClient) -> None:
    project_id = create(client)
    client.update(project_id, add_tags={"a": "1"}, remove_tag_keys=["Team"])
    [request] = aws.requests("bedrock-mantle:UpdateProject")
    assert request.body == {"add_tags": {"a": "1"}, "remove_tag_keys": ["Team"]}


LOST = ["server_error", "unavailable", "reset_before", "reset_after", "cut_off", "not_json"]


@pytest.mark.parametrize("kind", LOST)
def test_a_create_without_a_clear_answer_is_sent_once(aws: LocalAws, client: ProjectsClient, kind: str) -> None:
    aws.faults([Fault.model_validate({"kind": kind, "operation": CREATE})])
    with pytest.raises(AmbiguousError):
        create(client)
    assert len(aws.requests(CREATE)) == 1


@pytest.mark.parametrize(("retry_after", "waited"), [(None, [2.0, 4.0]), (3, [4.0, 4.0])])
def test_a_create_is_sent_again_after_429_and_waits_as_told(
    aws: LocalAws, client: ProjectsClient, waits: list[float], retry_after: float | None, waited: list[float]
) -> None:
    aws.faults([Fault(kind="throttled", operation=CREATE, count=2, retry_after=retry_after)])
    create(client)
    assert len(aws.requests(CREATE)) == 3
    assert waits == waited


def test_a_create_that_is_throttled_for_ever_ends(aws: LocalAws, client: ProjectsClient, waits: list[float]) -> None:
    aws.faults([Fault(kind="throttled", operation=CREATE)])
    with pytest.raises(ThrottledError, match="run again later"):
        create(client)
    assert len(aws.requests(CREATE)) == 8
    assert max(waits) <= 20


@pytest.mark.parametrize("operation", READS_AND_UPDATES)
@pytest.mark.parametrize("kind", ["server_error", "reset_before", "throttled"])
def test_what_may_be_repeated_is_repeated(aws: LocalAws, client: ProjectsClient, operation: str, kind: str) -> None:
    project_id = create(client)
    pattern = f"bedrock-mantle:{operation}"
    aws.faults([Fault.model_validate({"kind": kind, "operation": pattern, "count": 1})])
    call(client, operation, project_id)
    assert len(aws.requests(pattern)) == 2


@pytest.mark.parametrize("paging", ["honoured", "ignored", "stuck"])
@pytest.mark.parametrize("last_id", ["last_item", "another_item"])
def test_each_project_is_listed_once_whatever_becomes_of_the_paging(
    aws: LocalAws, client: ProjectsClient, paging: str, last_id: str
) -> None:
    ids = {create(client, f"P{number}") for number in range(130)}
    aws.settings(list_paging=paging, list_last_id=last_id)
    listed = [project.id for project in client.list_all()]
    assert len(listed) == len(set(listed))
    if paging == "stuck":
        assert set(listed) < ids | {"default"}
    else:
        assert set(listed) == ids | {"default"}


@pytest.mark.parametrize("archived", ["on_request", "always", "never"])
def test_archived_projects_are_told_by_their_status(aws: LocalAws, client: ProjectsClient, archived: str) -> None:
    project_id = create(client)
    client.archive(project_id)
    aws.settings(list_archived=archived)
    statuses = {project.id: project.status for project in client.list_all(include_archived=True)}
    assert statuses.get(project_id) == (None if archived == "never" else "archived")


def test_a_service_that_refuses_to_list_the_archived_is_asked_without_them(
    aws: LocalAws, client: ProjectsClient
) -> None:
    aws.faults([Fault(kind="server_error", status=400, operation="bedrock-mantle:ListProjects", count=1)])
    assert [project.id for project in client.list_all(include_archived=True)] == ["default"]
    refused, answered = aws.requests("bedrock-mantle:ListProjects")
    assert ("include_archived" in refused.query, "include_archived" in answered.query) == (True, False)


@pytest.mark.parametrize("kind", ["denied", "throttled"])
def test_a_refusal_of_another_kind_is_no_reason_to_ask_without_them(
    aws: LocalAws, client: ProjectsClient, kind: str
) -> None:
    more = {"action": "bedrock-mantle:ListProjects"} if kind == "denied" else {}
    aws.faults([Fault.model_validate({"kind": kind, "operation": "bedrock-mantle:ListProjects", **more})])
    with pytest.raises(ServiceError):
        client.list_all(include_archived=True)
    assert {"include_archived" in each.query for each in aws.requests("bedrock-mantle:ListProjects")} == {True}


@pytest.mark.parametrize("operation", ["ListProjects", "GetProject", "UpdateProject"])
def test_an_answer_that_is_none_is_not_taken_for_one(aws: LocalAws, client: ProjectsClient, operation: str) -> None:
    project_id = create(client)
    aws.faults([Fault(kind="not_json", operation=f"bedrock-mantle:{operation}")])
    with pytest.raises(AmbiguousError, match="the answer is not a"):
        call(client, operation, project_id)


def test_a_proxy_that_refuses_is_no_missing_permission_of_ours(aws: LocalAws, client: ProjectsClient) -> None:
    aws.faults([Fault(kind="not_json", status=403)])
    with pytest.raises(AccessDeniedError, match=r"the credentials may not do this \(used: environment variable"):
        client.list_all()


@pytest.mark.parametrize("missing", ["arn", "tags", "data_retention", "created_at"])
def test_a_field_that_an_answer_lacks_is_none_or_empty(aws: LocalAws, client: ProjectsClient, missing: str) -> None:
    aws.settings(omit_fields=[missing])
    assert not getattr(client.get(create(client)), missing)


@pytest.mark.parametrize(("status", "explicit"), [(403, False), (401, False), (403, True)])
def test_a_missing_permission_is_told_by_its_text_whatever_the_status(
    aws: LocalAws, client: ProjectsClient, status: int, explicit: bool
) -> None:
    aws.faults([Fault(kind="denied", action="bedrock-mantle:CreateProject", status=status, explicit=explicit)])
    with pytest.raises(AccessDeniedError) as error:
        create(client)
    assert "not authorized to perform: bedrock-mantle:CreateProject" in str(error.value)
    assert ("aws:RequestedRegion" in str(error.value)) == explicit
    assert error.value.status == status
    assert error.value.request_id


def test_a_404_is_not_found_and_names_the_arn(client: ProjectsClient) -> None:
    with pytest.raises(NotFoundError, match=f"arn:aws:bedrock-mantle:{REGION}:{ACCOUNT}:project/proj_nothere"):
        client.get("proj_nothere")


def test_a_refused_name_is_a_service_error_with_code_and_request_id(client: ProjectsClient) -> None:
    with pytest.raises(ServiceError) as error:
        create(client, "")
    assert (error.value.status, error.value.code, bool(error.value.request_id)) == (400, "validation_error", True)


def test_an_expired_session_names_the_credentials(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AWS_SESSION_TOKEN", "expired")
    with pytest.raises(CredentialsError, match=r"renew them \(used: environment variable AWS_ACCESS_KEY_ID"):
        ProjectsClient(Credentials(), region=REGION).list_all()


def test_an_unknown_profile_is_said_before_anything_is_sent(aws: LocalAws, environment: pytest.MonkeyPatch) -> None:
    with pytest.raises(CredentialsError, match="profile nobody"):
        ProjectsClient(Credentials(profile="nobody"), region=REGION)
    assert aws.requests() == []


def test_a_host_that_is_not_there_is_named_with_its_region(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AWS_ENDPOINT_URL_BEDROCK_MANTLE", "http://bedrock-mantle.us-west-1.invalid")
    with pytest.raises(UnreachableError, match=r"us-west-1.*bedrock-mantle\.us-west-1\.invalid"):
        ProjectsClient(Credentials(), region="us-west-1", sleep=lambda _: None).list_all()


def test_an_api_key_is_sent_as_it_is_and_its_account_is_told(aws: LocalAws, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AWS_BEARER_TOKEN_BEDROCK", f"local-key-{ACCOUNT}-{REGION}")
    credentials = Credentials(auth="bearer")
    client = ProjectsClient(credentials, region=REGION)
    project = client.get(create(client))
    assert project.account_id == ACCOUNT
    assert caller_account(credentials, client) == ACCOUNT
    assert aws.requests("sts:*") == []


@pytest.mark.parametrize("token", ["", " "])
def test_an_empty_api_key_counts_as_unset(environment: pytest.MonkeyPatch, token: str) -> None:
    environment.setenv("AWS_BEARER_TOKEN_BEDROCK", token)
    with pytest.raises(CredentialsError, match="AWS_BEARER_TOKEN_BEDROCK is not set"):
        ProjectsClient(Credentials(auth="bearer"), region=REGION)


def test_an_api_key_in_the_environment_does_not_shadow_signing(aws: LocalAws, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AWS_BEARER_TOKEN_BEDROCK", "expired")
    client = ProjectsClient(Credentials(), region=REGION)
    create(client)
    assert aws.requests(CREATE)[0].access_key == f"local-{ACCOUNT}"


@pytest.fixture(params=["us-west-2", "us-gov-west-1", "eu-south-1"])
def live_region(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_BEDROCK_MANTLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "unused")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "unused")
    return str(request.param)


@pytest.mark.parametrize(
    ("variable", "value", "word"),
    [
        ("AWS_ENDPOINT_URL_BEDROCK_MANTLE", "localhost:5000", "Invalid endpoint"),
        ("AWS_ENDPOINT_URL_BEDROCK_MANTLE", "http://", "Invalid endpoint"),
    ],
)
def test_an_endpoint_that_is_none_is_one_message(
    environment: pytest.MonkeyPatch, variable: str, value: str, word: str
) -> None:
    environment.setenv(variable, value)
    with pytest.raises(ServiceError, match=word):
        ProjectsClient(Credentials(), region=REGION)


def test_a_region_that_is_none_is_one_message(environment: pytest.MonkeyPatch) -> None:
    with pytest.raises(ServiceError, match="us_west_2"):
        ProjectsClient(Credentials(), region="us_west_2")


def test_an_endpoint_of_ones_own_is_what_the_outputs_show(live_region: str, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"https://vpce-1.bedrock-mantle.{live_region}.vpce.amazonaws.com"
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_MANTLE", url)
    assert ProjectsClient(Credentials(), region=live_region).base_url == f"{url}/v1"


def test_the_live_endpoint_follows_the_region(live_region: str) -> None:
    client = ProjectsClient(Credentials(), region=live_region)
    assert client.base_url == f"https://bedrock-mantle.{live_region}.api.aws/v1"
