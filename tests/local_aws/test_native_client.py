"""What the native Projects API's client does beyond the contract of the port: its requests, its tags, odd answers."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import RUNTIME, RegionalEndpoint
from bedrock_projects.aws.models import ProjectUpdate, RemoteProject, UnconfirmedError
from bedrock_projects.aws.projects import ProjectsApi, open_projects_api
from bedrock_projects.aws.projects.native import check_model
from bedrock_projects.errors import AmbiguousError, NotFoundError, ServiceError
from local_aws import Fault, LocalAws, LocalProject
from tests.local_aws.scripted import ScriptedAnswer, scripted

ACCOUNT, WHERE = "111111111111", RegionalEndpoint("eu-west-1", RUNTIME)
OWNED = {"Team": "Search", "bedrock-project": "acme/dev/search"}
INDEX = "tagging:GetResources"


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
def api(environment: pytest.MonkeyPatch, waits: list[float]) -> ProjectsApi:
    return open_projects_api(Credentials(), WHERE, sleep=waits.append, jitter=lambda: 1.0)


def create(api: ProjectsApi, name: str = "Search", **tags: str) -> RemoteProject:
    return api.create(name=name, tags=tags or OWNED, data_retention=None)


def stored(aws: LocalAws) -> list[LocalProject]:
    return [project for project in aws.projects(ACCOUNT, service="bedrock") if project.id != "default"]


def sent(aws: LocalAws) -> list[str]:
    """The operations so far, in their order."""
    return [request.operation.partition(":")[2] for request in aws.requests()]


def test_there_is_no_base_url(api: ProjectsApi) -> None:
    assert api.base_url == ""


def test_a_boto3_that_does_not_know_projects_says_what_to_do() -> None:
    with pytest.raises(ServiceError, match=r"upgrade boto3 to 1\.44\.8 or newer"):
        check_model(["GetFoundationModel", "ListTagsForResource"])


# Requests


def test_a_create_is_one_request_and_one_read_of_the_tags(aws: LocalAws, api: ProjectsApi) -> None:
    api.create(name="Search", tags={"Team": "Search"}, data_retention="none")
    created, read = aws.requests()
    assert created.body == {
        "name": "Search",
        "tags": [{"key": "Team", "value": "Search"}],
        "dataRetention": {"mode": "none"},
    }
    assert read.operation == "bedrock:ListTagsForResource"


def test_a_create_without_tags_reads_nothing(aws: LocalAws, api: ProjectsApi) -> None:
    assert api.create(name="Search", tags={}, data_retention=None).tags == {}
    assert sent(aws) == ["CreateProject"]


ADD, REMOVE = {"a": "1"}, ("Team",)


@pytest.mark.parametrize(
    ("update", "requests"),
    [
        (ProjectUpdate(name="Find"), ["UpdateProject"]),
        (ProjectUpdate(data_retention="none"), ["UpdateProject"]),
        (ProjectUpdate(add_tags=ADD), ["TagResource", "ListTagsForResource"]),
        (ProjectUpdate(remove_tag_keys=REMOVE), ["UntagResource", "ListTagsForResource"]),
        (
            ProjectUpdate(name="Find", add_tags=ADD, remove_tag_keys=REMOVE, data_retention="none"),
            ["TagResource", "UntagResource", "UpdateProject", "UpdateProject", "ListTagsForResource"],
        ),
    ],
)
def test_an_update_takes_few_requests_tags_first(
    aws: LocalAws, api: ProjectsApi, update: ProjectUpdate, requests: list[str]
) -> None:
    project = create(api)
    aws.clear_requests()
    changed = api.apply(project, update)
    assert sent(aws) == requests
    assert changed == api.get(project.id)


@pytest.mark.parametrize(("full", "first"), [(50, "UntagResource"), (49, "TagResource")])
def test_removals_come_first_only_if_there_would_be_too_many_tags(
    aws: LocalAws, api: ProjectsApi, full: int, first: str
) -> None:
    project = create(api, "Search", **{f"k{number}": "1" for number in range(full)})
    aws.clear_requests()
    api.apply(project, ProjectUpdate(add_tags=ADD, remove_tag_keys=("k0",)))
    assert sent(aws)[0] == first


def test_the_arn_of_a_project_that_nobody_read_is_looked_up(aws: LocalAws, api: ProjectsApi) -> None:
    made = create(api)
    aws.clear_requests()
    assert api.apply(RemoteProject(id=made.id), ProjectUpdate(add_tags=ADD)).tags == {**OWNED, **ADD}
    assert sent(aws) == ["GetProject", "ListTagsForResource", "TagResource", "ListTagsForResource"]


def test_the_tags_of_default_and_of_what_is_archived_are_never_read(aws: LocalAws, api: ProjectsApi) -> None:
    gone = create(api)
    api.archive(gone.id)
    aws.clear_requests()
    assert api.get("default").tags == {}
    assert "tags" not in api.get(gone.id).model_fields_set
    assert {project.id for project in api.list_all(include_archived=True)} == {"default", gone.id}
    assert "ListTagsForResource" not in sent(aws)


@pytest.mark.parametrize("include_archived", [True, False])
def test_a_list_is_in_pages_of_100_with_archived_ones_if_they_are_wanted(
    aws: LocalAws, api: ProjectsApi, include_archived: bool
) -> None:
    ids = {create(api, f"P{number}").id for number in range(120)}
    gone = create(api)
    api.archive(gone.id)
    aws.clear_requests()
    listed = api.list_all(include_archived=include_archived)
    assert {project.id for project in listed} == ids | {"default"} | ({gone.id} if include_archived else set())
    pages = aws.requests("bedrock:ListProjects")
    assert [request.query["maxResults"] for request in pages] == ["100", "100"]
    assert {request.query.get("statusFilter") for request in pages} == {None if include_archived else "active"}


# Tags are true


@pytest.mark.parametrize(("lag", "looks"), [(0, 1), (1, 2), (4, 5)])
def test_written_tags_are_looked_at_until_they_are_as_asked(
    aws: LocalAws, api: ProjectsApi, waits: list[float], lag: int, looks: int
) -> None:
    project = create(api)
    aws.settings(native_tag_lag=lag)
    aws.clear_requests()
    assert api.apply(project, ProjectUpdate(add_tags=ADD, remove_tag_keys=REMOVE)).tags == stored(aws)[0].tags
    assert sent(aws).count("ListTagsForResource") == looks
    assert waits == [0.5, 1.0, 2.0, 4.0][: looks - 1]


def test_so_are_those_of_a_create(aws: LocalAws, api: ProjectsApi, waits: list[float]) -> None:
    aws.settings(native_tag_lag=2)
    assert create(api).tags == OWNED
    assert waits == [0.5, 1.0]


@pytest.mark.parametrize("write", ["create", "apply"])
def test_tags_that_lag_for_longer_are_not_confirmed(aws: LocalAws, api: ProjectsApi, write: str) -> None:
    project = create(api)
    aws.settings(native_tag_lag=99)
    writes: dict[str, Callable[[], RemoteProject]] = {
        "create": lambda: create(api, "Find", a="1"),
        "apply": lambda: api.apply(project, ProjectUpdate(add_tags=ADD)),
    }
    with pytest.raises(UnconfirmedError, match="tag a is missing, not '1'") as error:
        writes[write]()
    assert error.value.project.tags == ({} if write == "create" else OWNED)


@pytest.mark.parametrize("conflict", ["conflict", "conflict_after"])
def test_a_conflict_of_a_create_says_nothing_of_what_was_made(aws: LocalAws, api: ProjectsApi, conflict: str) -> None:
    aws.faults([Fault.model_validate({"kind": conflict, "operation": "bedrock:CreateProject"})])
    with pytest.raises(AmbiguousError, match="conflict"):
        create(api)
    assert sent(aws) == ["CreateProject"]
    assert [project.tags for project in api.named("Search")] == [OWNED] * len(stored(aws))


def conflicts(kind: str) -> list[Fault]:
    names = ("UpdateProject", "ArchiveProject")
    return [Fault.model_validate({"kind": kind, "operation": f"bedrock:{name}"}) for name in names]


def test_a_conflict_of_an_update_or_an_archive_is_read_once_more(aws: LocalAws, api: ProjectsApi) -> None:
    project = create(api)
    aws.faults(conflicts("conflict"))
    with pytest.raises(
        UnconfirmedError, match=r"conflict.*; project \w+ is not as asked: name is 'Search', not 'Find'"
    ):
        api.apply(project, ProjectUpdate(name="Find"))
    with pytest.raises(AmbiguousError, match="conflict"):
        api.archive(project.id)
    aws.faults(conflicts("conflict_after"))
    assert api.apply(project, ProjectUpdate(name="Find")).name == "Find"
    assert api.archive(project.id).status == "archived"


@pytest.mark.parametrize("get", ["answered", "not_found"])
def test_an_archived_project_may_be_purged(aws: LocalAws, api: ProjectsApi, get: str) -> None:
    project = create(api)
    aws.settings(native_archived_get=get)
    aws.faults([Fault(kind="reset_after", operation="bedrock:ArchiveProject", count=1)])
    assert [api.archive(project.id).status for _ in range(2)] == ["archived", "archived"]


# An update that is carried out in part shows what was

EVERYTHING = ProjectUpdate(name="Find", add_tags=ADD, remove_tag_keys=REMOVE, data_retention="none")
STEPS = ["TagResource", "UntagResource", "UpdateProject", "ListTagsForResource"]
STOPS = [(step, kind) for step in STEPS for kind in ("server_error", "reset_after", "denied", "not_json")]


@pytest.mark.parametrize(("name", "kind"), [*STOPS, ("UpdateProject", "throttled")])
def test_wherever_an_update_stops_the_error_has_what_aws_has(
    aws: LocalAws, api: ProjectsApi, name: str, kind: str
) -> None:
    project = create(api)
    fields: dict[str, Any] = {"kind": kind, "operation": f"bedrock:{name}"}
    aws.faults([Fault.model_validate(fields | ({"action": f"bedrock:{name}"} if kind == "denied" else {}))])
    shown, error = outcome(lambda: api.apply(project, EVERYTHING))
    aws.faults([])
    if (name, kind) == ("TagResource", "denied"):
        assert "not authorized" in error
        assert api.get(project.id) == project
    elif name == "ListTagsForResource":
        assert f"what was done is not known, as reading project {project.id} failed" in error
    else:
        assert shown == api.get(project.id)
        assert " is not as asked: " in error


def outcome(write: Callable[[], RemoteProject]) -> tuple[RemoteProject | None, str]:
    """The project that a write gives, or that its error has; and the error's text."""
    try:
        return write(), ""
    except UnconfirmedError as error:
        return error.project, str(error)
    except ServiceError as error:
        return None, str(error)


def test_tags_of_an_attempt_before_a_refused_one_have_the_time_to_show(
    aws: LocalAws, api: ProjectsApi, waits: list[float]
) -> None:
    project = create(api)
    aws.settings(native_tag_lag=2)
    lost, name = Fault(kind="reset_after", operation="bedrock:TagResource", nth=1), "bedrock:TagResource"
    aws.faults([lost, Fault(kind="expired_credentials", operation=name, after=1)])
    assert api.apply(project, ProjectUpdate(add_tags=ADD)).tags == {**OWNED, **ADD}
    assert waits == [0.5, 1.0]


# 429

INDEX_STATES = ["knows", "refuses", "empty", "lags", "unsupported"]


def never(_: RemoteProject) -> bool:
    return False


def always(_: RemoteProject) -> bool:
    return True


def many(aws: LocalAws, api: ProjectsApi, count: int) -> dict[str, Mapping[str, str]]:
    for number in range(count):
        create(api, f"P{number}", bedrock=f"acme/dev/{number}")
    return {project.id: project.tags for project in stored(aws)}


@pytest.mark.usefixtures("real_pauses")
@pytest.mark.parametrize("settled", [never, always])
@pytest.mark.parametrize("index", INDEX_STATES)
def test_tags_are_true_at_10_requests_a_second_with_any_index(
    aws: LocalAws, api: ProjectsApi, index: str, settled: Callable[[RemoteProject], bool]
) -> None:
    true = many(aws, api, 20)
    aws.settings(native_requests_a_second=10, project_index=index)
    assert {project.id: project.tags for project in api.list_all(settled=settled)} == true | {"default": {}}


@pytest.mark.usefixtures("real_pauses")
def test_200_projects_at_10_requests_a_second_without_an_index(aws: LocalAws, api: ProjectsApi) -> None:
    true = many(aws, api, 200)
    aws.settings(native_requests_a_second=10)
    assert {project.id: project.tags for project in api.list_all()} == true | {"default": {}}


# The index


def test_without_a_word_on_what_is_settled_no_index_is_asked(aws: LocalAws, api: ProjectsApi) -> None:
    create(api)
    api.list_all()
    assert aws.requests(INDEX) == []


def test_what_is_settled_is_not_read(aws: LocalAws, api: ProjectsApi) -> None:
    kept, other = create(api, "Kept"), create(api, "Other", Team="Find")
    untagged = api.create(name="Untagged", tags={}, data_retention=None)
    asked: list[str] = []

    def settled(project: RemoteProject) -> bool:
        asked.append(project.id)
        return project.tags == OWNED

    aws.clear_requests()
    tags = {project.id: project.tags for project in api.list_all(settled=settled)}
    assert tags == {"default": {}, kept.id: OWNED, other.id: {"Team": "Find"}, untagged.id: {}}
    assert sorted(asked) == sorted([kept.id, other.id])
    read = [request.body["resourceARN"] for request in aws.requests("bedrock:ListTagsForResource")]
    assert sorted(read) == sorted(str(project.arn) for project in (other, untagged))
    [request] = aws.requests(INDEX)
    assert (request.body["ResourceTypeFilters"], request.region) == (["bedrock:project"], WHERE.region)


@pytest.mark.parametrize("kind", ["denied", "not_json", "cut_off", "throttled", "reset_before", "server_error"])
def test_an_index_that_fails_is_one_that_shows_nothing(aws: LocalAws, api: ProjectsApi, kind: str) -> None:
    made = create(api)
    more = {"action": "tag:GetResources"} if kind == "denied" else {}
    aws.faults([Fault.model_validate({"kind": kind, "operation": INDEX, **more})])
    aws.clear_requests()
    assert made in api.list_all(settled=always)
    assert sent(aws).count("ListTagsForResource") == 1
    assert 1 <= len(aws.requests(INDEX)) <= 2


def test_an_index_that_is_not_there_is_one_that_shows_nothing(
    aws: LocalAws, api: ProjectsApi, environment: pytest.MonkeyPatch
) -> None:
    made = create(api)
    environment.setenv("AWS_ENDPOINT_URL_RESOURCE_GROUPS_TAGGING_API", "http://index.invalid")
    assert made in api.list_all(settled=always)
    assert aws.requests(INDEX) == []


def test_an_index_of_many_pages_is_read_to_its_end(aws: LocalAws, api: ProjectsApi) -> None:
    true = many(aws, api, 120)
    aws.clear_requests()
    assert {project.id: project.tags for project in api.list_all(settled=always)} == true | {"default": {}}
    assert "ListTagsForResource" not in sent(aws)
    assert len(aws.requests(INDEX)) == 2


def test_with_an_api_key_no_index_is_asked(aws: LocalAws, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AWS_BEARER_TOKEN_BEDROCK", f"local-key-{ACCOUNT}-{WHERE.region}")
    api = open_projects_api(Credentials(auth="bearer"), WHERE)
    made = create(api)
    assert made in api.list_all(settled=always)
    assert aws.requests(INDEX) == []


def test_a_list_that_fails_ends_at_once(aws: LocalAws, api: ProjectsApi) -> None:
    many(aws, api, 100)
    aws.faults([Fault(kind="denied", action="bedrock:ListTagsForResource")])
    aws.clear_requests()
    with pytest.raises(ServiceError, match=r"reading the tags of project proj_\w+ in eu-west-1"):
        api.list_all()
    assert sent(aws).count("ListTagsForResource") < 100


# Odd answers

OPERATIONS: dict[str, Callable[[ProjectsApi, RemoteProject], object]] = {
    "CreateProject": lambda api, _: create(api),
    "GetProject": lambda api, project: api.get(project.id),
    "ListProjects": lambda api, _: api.list_all(),
    "ListTagsForResource": lambda api, project: api.get(project.id),
}


@pytest.mark.parametrize("kind", ["not_json", "cut_off"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_page_of_a_proxy_and_half_an_answer_are_never_taken_for_one(
    aws: LocalAws, api: ProjectsApi, name: str, kind: str
) -> None:
    project = create(api)
    aws.faults([Fault.model_validate({"kind": kind, "operation": f"bedrock:{name}"})])
    with pytest.raises(AmbiguousError):
        OPERATIONS[name](api, project)


@pytest.mark.parametrize("name", ["TagResource", "UntagResource"])
def test_nor_is_one_for_tags_that_were_not_written(aws: LocalAws, api: ProjectsApi, name: str) -> None:
    project = create(api)
    aws.faults([Fault(kind="ignored", operation=f"bedrock:{name}")])
    with pytest.raises(UnconfirmedError):
        api.apply(project, ProjectUpdate(add_tags=ADD, remove_tag_keys=REMOVE))
    aws.faults([Fault(kind="not_json", operation=f"bedrock:{name}")])
    assert api.apply(project, ProjectUpdate(add_tags=ADD, remove_tag_keys=REMOVE)).tags == stored(aws)[0].tags


PROJECT_ID = "proj_aaaaaaaaaaaaaaaaaaaa"
PROJECT: dict[str, Any] = {
    "id": PROJECT_ID,
    "arn": f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:project/{PROJECT_ID}",
    "name": "Search",
    "status": "active",
    "createdAt": "2026-11-28T12:00:00Z",
    "dataRetention": {"mode": "none"},
}
LISTED = {"projectSummaries": [PROJECT]}
HALF = '{"projectSummaries": [{"id": "proj_a'


def answered(environment: pytest.MonkeyPatch, *bodies: Mapping[str, Any] | str, status: int = 200) -> str:
    """What `list_all` makes of these answers: the error, or tags by name."""
    with scripted(*(ScriptedAnswer(body, status=status) for body in bodies)) as (url, _):
        environment.setenv("AWS_ENDPOINT_URL", url)
        try:
            return str({project.name: project.tags for project in open_projects_api(Credentials(), WHERE).list_all()})
        except AmbiguousError as error:
            return error.message


NO_LIST, NO_TAGS = "the answer is not a list of projects", "the answer has no tags"


@pytest.mark.parametrize(
    ("bodies", "result"),
    [
        ([LISTED, {"tags": [{"key": "a", "value": "1"}]}], "{'Search': {'a': '1'}}"),
        ([{"projectSummaries": []}], "{}"),
        *(([body], NO_LIST) for body in ("", "[]", "null", "<html/>", HALF, {}, {"projectSummaries": None})),
        *(
            ([{"projectSummaries": [item]}], NO_LIST)
            for item in (None, "a", {}, {"id": "proj_a"}, {**PROJECT, "name": 5})
        ),
        ([{"projectSummaries": [{**PROJECT, "createdAt": "soon"}]}], NO_LIST),
        *(([LISTED, body], NO_TAGS) for body in ("", "[]", "<html/>", {}, {"tags": None}, {"tags": [{"key": "a"}]})),
    ],
)
def test_a_list_of_another_form_is_none(
    environment: pytest.MonkeyPatch, bodies: list[Mapping[str, Any] | str], result: str
) -> None:
    assert answered(environment, *bodies) == result


@pytest.mark.parametrize("missing", ["name", "status", "createdAt", "dataRetention"])
def test_a_member_that_says_nothing_of_whose_it_is_may_be_missing(
    environment: pytest.MonkeyPatch, missing: str
) -> None:
    answer = {name: value for name, value in PROJECT.items() if name != missing}
    with scripted(ScriptedAnswer(answer), ScriptedAnswer({"tags": []})) as (url, _):
        environment.setenv("AWS_ENDPOINT_URL", url)
        project = open_projects_api(Credentials(), WHERE).get(PROJECT_ID)
    assert len(project.model_fields_set) == 6


def test_an_answer_about_another_project_is_none(environment: pytest.MonkeyPatch) -> None:
    with scripted(ScriptedAnswer(PROJECT)) as (url, _):
        environment.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(AmbiguousError, match=f"the answer is about project {PROJECT_ID}"):
            open_projects_api(Credentials(), WHERE).get("proj_b")


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (404, "ResourceNotFoundException", NotFoundError),
        (400, "ResourceNotFoundException", NotFoundError),
        (404, "UnknownOperationException", ServiceError),
        (404, "", ServiceError),
    ],
)
def test_a_not_found_counts_by_its_code(
    environment: pytest.MonkeyPatch, status: int, code: str, kind: type[ServiceError]
) -> None:
    headers = {"x-amzn-errortype": code} if code else {}
    with scripted(ScriptedAnswer({"message": "No."}, status=status, headers=headers)) as (url, _):
        environment.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(ServiceError) as error:
            open_projects_api(Credentials(), WHERE).get("proj_a")
    assert type(error.value) is kind


@pytest.mark.parametrize("body", ["<html>" + "x" * 10_000, '["no"]', ""])
def test_of_an_error_page_a_little_is_shown(environment: pytest.MonkeyPatch, body: str) -> None:
    with scripted(ScriptedAnswer(body, status=400)) as (url, _):
        environment.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(ServiceError) as error:
            open_projects_api(Credentials(), WHERE).get("proj_a")
    assert len(str(error.value)) < 700


def test_tags_that_are_not_found_of_a_listed_project_are_no_proof_that_it_is_gone(
    environment: pytest.MonkeyPatch,
) -> None:
    missing = ScriptedAnswer({"message": "No."}, 404, {"x-amzn-errortype": "ResourceNotFoundException"})
    with scripted(ScriptedAnswer(PROJECT), missing) as (url, _):
        environment.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(ServiceError, match="reading the tags of project") as error:
            open_projects_api(Credentials(), WHERE).get(PROJECT_ID)
    assert not isinstance(error.value, NotFoundError)


WRITES: dict[str, Callable[[ProjectsApi, RemoteProject], object]] = {
    "TagResource": lambda api, project: api.apply(project, ProjectUpdate(add_tags=ADD)),
    "UntagResource": lambda api, project: api.apply(project, ProjectUpdate(remove_tag_keys=("b",))),
    "UpdateProject": lambda api, project: api.apply(project, ProjectUpdate(name="Find")),
    "ArchiveProject": lambda api, project: api.archive(project.id),
}


@pytest.mark.parametrize("is_readable", [True, False])
@pytest.mark.parametrize("write", WRITES)
def test_a_not_found_of_a_write_does_not_prove_that_a_project_is_gone(
    environment: pytest.MonkeyPatch, write: str, is_readable: bool
) -> None:
    project = RemoteProject(id=PROJECT_ID, arn=PROJECT["arn"], name="Search", tags={"b": "1"})
    missing = ScriptedAnswer({"message": "No."}, 404, {"x-amzn-errortype": "ResourceNotFoundException"})
    denied = ScriptedAnswer({"message": "No."}, 403, {"x-amzn-errortype": "AccessDeniedException"})
    seen = [ScriptedAnswer(PROJECT), ScriptedAnswer({"tags": [{"key": "b", "value": "1"}]})]
    with scripted(missing, *(seen if is_readable else [denied])) as (url, _):
        environment.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(ServiceError) as error:
            WRITES[write](open_projects_api(Credentials(), WHERE), project)
    assert type(error.value) is ServiceError


@pytest.mark.parametrize("write", WRITES)
def test_it_is_one_if_a_read_says_so_too(environment: pytest.MonkeyPatch, write: str) -> None:
    project = RemoteProject(id=PROJECT_ID, arn=PROJECT["arn"], name="Search", tags={"b": "1"})
    missing = ScriptedAnswer({"message": "No."}, 404, {"x-amzn-errortype": "ResourceNotFoundException"})
    with scripted(missing, missing) as (url, _):
        environment.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(NotFoundError):
            WRITES[write](open_projects_api(Credentials(), WHERE), project)


def test_an_empty_answer_to_new_tags_is_one(environment: pytest.MonkeyPatch) -> None:
    project = RemoteProject(id=PROJECT_ID, arn=PROJECT["arn"])
    answers = [ScriptedAnswer(""), ScriptedAnswer({"tags": [{"key": "a", "value": "1"}]})]
    with scripted(*answers) as (url, _):
        environment.setenv("AWS_ENDPOINT_URL", url)
        assert open_projects_api(Credentials(), WHERE).apply(project, ProjectUpdate(add_tags=ADD)).tags == ADD


@pytest.mark.parametrize("body", ["<html/>", "[]", HALF])
@pytest.mark.parametrize(
    "update", [ProjectUpdate(add_tags=ADD), ProjectUpdate(remove_tag_keys=("b",))], ids=["added", "removed"]
)
def test_a_page_of_a_proxy_is_not_an_answer_to_new_tags(
    environment: pytest.MonkeyPatch, waits: list[float], update: ProjectUpdate, body: str
) -> None:
    project = RemoteProject(id=PROJECT_ID, arn=PROJECT["arn"])
    answers = [ScriptedAnswer(body), ScriptedAnswer(PROJECT), ScriptedAnswer({"tags": [{"key": "b", "value": "1"}]})]
    with scripted(*answers) as (url, _):
        environment.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(
            UnconfirmedError, match=r"the answer is not one to (new|removed) tags; project \w+ is not as"
        ):
            open_projects_api(Credentials(), WHERE, sleep=waits.append).apply(project, update)
    assert waits == []
