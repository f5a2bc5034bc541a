"""What the Projects API of `bedrock-mantle` does beyond the contract of the port: its paging, bodies and hosts."""

import json

import pytest

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import RegionalEndpoint
from bedrock_projects.aws.models import ProjectUpdate, RemoteProject, UnconfirmedError
from bedrock_projects.aws.projects import ProjectsApi, open_projects_api
from bedrock_projects.errors import AmbiguousError, ServiceError, UnreachableError
from local_aws import Fault, LocalAws
from tests.local_aws.between import server_between

ACCOUNT, WHERE = "111111111111", RegionalEndpoint("eu-west-1")
LIST = "bedrock-mantle:ListProjects"


@pytest.fixture
def environment(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in aws.environment(ACCOUNT, region="us-east-1").items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.fixture
def api(environment: pytest.MonkeyPatch) -> ProjectsApi:
    return open_projects_api(Credentials(), WHERE)


def create(api: ProjectsApi, name: str = "Search") -> str:
    return api.create(name=name, tags={"Team": "Search"}, data_retention=None).id


def test_a_create_is_one_request_that_carries_everything(aws: LocalAws, api: ProjectsApi) -> None:
    api.create(name="Search", tags={"Team": "Search"}, data_retention="none")
    [request] = aws.requests("bedrock-mantle:*")
    assert request.body == {"name": "Search", "tags": {"Team": "Search"}, "data_retention": {"mode": "none"}}


def test_an_update_is_one_request_with_just_what_it_is_given(aws: LocalAws, api: ProjectsApi) -> None:
    project = api.get(create(api))
    aws.clear_requests()
    api.apply(project, ProjectUpdate(add_tags={"a": "1"}, remove_tag_keys=("Team",)))
    [request] = aws.requests("bedrock-mantle:*")
    assert request.body == {"add_tags": {"a": "1"}, "remove_tag_keys": ["Team"]}


ALL = ProjectUpdate(name="Find", add_tags={"a": "1"}, remove_tag_keys=("Team",), data_retention="none")


def write_everything(api: ProjectsApi) -> None:
    made = api.create(name="Search", tags={"Team": "Search"}, data_retention="none")
    changed = api.apply(made, ALL)
    assert (changed.name, changed.tags, changed.data_retention) == ("Find", {"a": "1"}, "none")
    assert api.archive(made.id).status == "archived"


@pytest.mark.parametrize(("answers", "reads"), [("whole", 0), ("bare", 3)])
@pytest.mark.parametrize("archived", ["answered", "not_found"])
def test_a_write_is_read_once_only_if_its_answer_does_not_show_what_was_asked(
    aws: LocalAws, api: ProjectsApi, answers: str, reads: int, archived: str
) -> None:
    aws.settings(write_answers=answers, archived_get=archived)
    write_everything(api)
    assert len(aws.requests("bedrock-mantle:GetProject")) == reads
    assert len(aws.requests("bedrock-mantle:*")) == 3 + reads


@pytest.mark.parametrize("missing", ["tags", "data_retention"])
def test_what_not_even_a_read_shows_cannot_be_compared(aws: LocalAws, api: ProjectsApi, missing: str) -> None:
    aws.settings(omit_fields=[missing])
    project = api.create(name="Search", tags={"Team": "Search"}, data_retention="none")
    api.apply(project, ALL)
    assert len(aws.requests("bedrock-mantle:GetProject")) == 2


def test_a_write_that_cannot_be_confirmed_says_so_and_names_the_project(aws: LocalAws, api: ProjectsApi) -> None:
    aws.settings(write_answers="bare")
    aws.faults([Fault(kind="denied", action="bedrock-mantle:GetProject")])
    with pytest.raises(UnconfirmedError) as error:
        create(api)
    [made] = [project for project in aws.projects(ACCOUNT, WHERE.region) if project.id != "default"]
    assert error.value.project == RemoteProject(id=made.id)
    assert f"not with all that was asked of project {made.id}, and reading it failed" in str(error.value)
    assert error.value.with_hint("look").project == error.value.project


@pytest.mark.parametrize(
    ("count", "update"),
    [
        (0, ProjectUpdate(add_tags={"k0": "2", "k1": "2"}, remove_tag_keys=("k2",))),
        (0, ProjectUpdate(remove_tag_keys=("k0", "k1"))),
        (1, ProjectUpdate(add_tags={"a": "1"}, remove_tag_keys=("k0",))),
        (2, ProjectUpdate(name="Find", add_tags={"a": "1", "b": "1"}, remove_tag_keys=("k0",))),
    ],
)
def test_below_it_an_update_is_one_request(aws: LocalAws, api: ProjectsApi, count: int, update: ProjectUpdate) -> None:
    aws.settings(tags_counted="additions_first")
    tags = {f"k{number}": "1" for number in range(api.where.endpoint.tags_per_project - count)}
    project = api.create(name="Search", tags=tags, data_retention=None)
    aws.clear_requests()
    api.apply(project, update)
    assert len(aws.requests("bedrock-mantle:*")) == 1


@pytest.mark.parametrize("missing", ["arn", "tags", "data_retention", "created_at"])
def test_a_field_that_an_answer_lacks_is_none_or_empty(aws: LocalAws, api: ProjectsApi, missing: str) -> None:
    aws.settings(omit_fields=[missing])
    assert not getattr(api.get(create(api)), missing)


@pytest.mark.parametrize("paging", ["honoured", "ignored", "stuck"])
@pytest.mark.parametrize("last_id", ["last_item", "another_item"])
def test_each_project_is_listed_once_with_any_paging(
    aws: LocalAws, api: ProjectsApi, paging: str, last_id: str
) -> None:
    ids = {create(api, f"P{number}") for number in range(130)}
    aws.settings(list_paging=paging, list_last_id=last_id)
    if paging == "stuck":
        with pytest.raises(AmbiguousError, match="AWS names a page a second time"):
            api.list_all()
        return
    listed = [project.id for project in api.list_all()]
    assert len(listed) == len(set(listed))
    assert set(listed) == ids | {"default"}


@pytest.mark.parametrize("last_id", ["named", None, ""])
def test_a_page_may_have_no_project_if_it_says_where_the_list_goes_on(
    aws: LocalAws, api: ProjectsApi, environment: pytest.MonkeyPatch, last_id: str | None
) -> None:
    """As a service answers that makes pages first and leaves archived projects out then, perhaps a whole page."""
    ids = [create(api, f"P{number}") for number in range(130)]
    left_out: dict[str, object] = {"data": [], **({} if last_id == "named" else {"last_id": last_id})}

    def filtered(answer: bytes) -> bytes:
        page = json.loads(answer)
        return json.dumps({**page, **left_out} if page["has_more"] else page).encode()

    with server_between(aws.url, change=filtered) as url:
        environment.setenv("AWS_ENDPOINT_URL", url)
        listed = open_projects_api(Credentials(), WHERE).list_all
        if last_id != "named":
            with pytest.raises(AmbiguousError, match="more projects follow the 0 that it has shown, but names no "):
                listed()
        else:
            assert [project.id for project in listed()] == ids[99:]


@pytest.mark.parametrize("paging", ["honoured", "ignored"])
@pytest.mark.parametrize("has_more", [None, "missing"])
def test_a_page_that_does_not_say_whether_more_follow_is_not_the_end(
    aws: LocalAws, api: ProjectsApi, environment: pytest.MonkeyPatch, has_more: str | None, paging: str
) -> None:
    ids = {create(api, f"P{number}") for number in range(130)}
    aws.settings(list_paging=paging)

    def silent(answer: bytes) -> bytes:
        page = json.loads(answer) | {"has_more": None}
        return json.dumps({name: page[name] for name in page if has_more is None or name != "has_more"}).encode()

    with server_between(aws.url, change=silent) as url:
        environment.setenv("AWS_ENDPOINT_URL", url)
        listed = [project.id for project in open_projects_api(Credentials(), WHERE).list_all()]
    assert (set(listed), len(listed)) == (ids | {"default"}, 131)


def test_a_list_with_tags_is_trusted_and_one_without_is_read_project_by_project(
    aws: LocalAws, api: ProjectsApi
) -> None:
    for number in range(3):
        create(api, f"P{number}")
    api.archive(create(api, "Gone"))
    reads = []
    for list_tags in ("full", "empty"):
        aws.settings(list_tags=list_tags, list_archived="always")
        aws.clear_requests()
        api.list_all()
        reads.append(len(aws.requests("bedrock-mantle:GetProject")))
    assert reads == [0, 3]
    aws.clear_requests()
    api.named("P1")
    assert len(aws.requests("bedrock-mantle:GetProject")) == 1


@pytest.mark.parametrize("archived", ["on_request", "always", "never"])
def test_archived_projects_have_their_status(aws: LocalAws, api: ProjectsApi, archived: str) -> None:
    project_id = create(api)
    api.archive(project_id)
    aws.settings(list_archived=archived)
    statuses = {project.id: project.status for project in api.list_all(include_archived=True)}
    assert statuses.get(project_id) == (None if archived == "never" else "archived")


def test_a_service_that_refuses_to_list_the_archived_is_asked_without_them(aws: LocalAws, api: ProjectsApi) -> None:
    aws.faults([Fault(kind="server_error", status=400, operation=LIST, count=1)])
    assert [project.id for project in api.list_all(include_archived=True)] == ["default"]
    refused, answered = aws.requests(LIST)
    assert ("include_archived" in refused.query, "include_archived" in answered.query) == (True, False)


@pytest.mark.parametrize("kind", ["denied", "throttled"])
def test_a_refusal_of_another_kind_is_not_a_reason_to_ask_without_them(
    aws: LocalAws, api: ProjectsApi, kind: str
) -> None:
    more = {"action": LIST} if kind == "denied" else {}
    aws.faults([Fault.model_validate({"kind": kind, "operation": LIST, **more})])
    with pytest.raises(ServiceError):
        api.list_all(include_archived=True)
    assert {"include_archived" in request.query for request in aws.requests(LIST)} == {True}


def test_a_host_that_is_not_there_is_named_with_its_region(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AWS_ENDPOINT_URL_BEDROCK_MANTLE", "http://bedrock-mantle.us-west-1.invalid")
    with pytest.raises(UnreachableError, match=r"us-west-1.*bedrock-mantle\.us-west-1\.invalid"):
        open_projects_api(Credentials(), RegionalEndpoint("us-west-1"), sleep=lambda _: None).list_all()


@pytest.mark.parametrize("url", ["localhost:5000", "http://"])
def test_an_endpoint_that_is_none_is_one_message(environment: pytest.MonkeyPatch, url: str) -> None:
    environment.setenv("AWS_ENDPOINT_URL_BEDROCK_MANTLE", url)
    with pytest.raises(ServiceError, match="Invalid endpoint"):
        open_projects_api(Credentials(), WHERE)


@pytest.fixture(params=["us-west-2", "us-gov-west-1", "eu-south-1"])
def live_region(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_BEDROCK_MANTLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "unused")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "unused")
    return str(request.param)


def test_an_endpoint_of_ones_own_is_what_the_outputs_show(live_region: str, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"https://vpce-1.bedrock-mantle.{live_region}.vpce.amazonaws.com"
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_MANTLE", url)
    assert open_projects_api(Credentials(), RegionalEndpoint(live_region)).base_url == f"{url}/v1"


def test_the_live_endpoint_follows_the_region(live_region: str) -> None:
    api = open_projects_api(Credentials(), RegionalEndpoint(live_region))
    assert api.base_url == f"https://bedrock-mantle.{live_region}.api.aws/v1"
