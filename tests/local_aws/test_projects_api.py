"""The contract of the port to AWS's Projects APIs, run against each of them on the local AWS.

What only one API does (its paging, the bodies of its requests) is in a module of its own, `test_mantle_projects`.
"""

from collections.abc import Callable

import pytest

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import MANTLE, RegionalEndpoint
from bedrock_projects.aws.identity import caller_account
from bedrock_projects.aws.models import ProjectUpdate, RemoteProject, UnconfirmedError
from bedrock_projects.aws.projects import ProjectsApi, open_projects_api
from bedrock_projects.errors import (
    AccessDeniedError,
    AmbiguousError,
    CredentialsError,
    NotFoundError,
    ServiceError,
    ThrottledError,
)
from local_aws import Fault, LocalAws

ACCOUNT, REGION = "111111111111", "eu-west-1"
OPERATIONS = ["ListProjects", "GetProject", "UpdateProject", "ArchiveProject"]


@pytest.fixture(params=[MANTLE], ids=lambda endpoint: endpoint.name)
def where(request: pytest.FixtureRequest) -> RegionalEndpoint:
    """Each endpoint that has an API: a new one is one more."""
    return RegionalEndpoint(REGION, request.param)


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
def api(environment: pytest.MonkeyPatch, where: RegionalEndpoint, waits: list[float]) -> ProjectsApi:
    return open_projects_api(Credentials(), where, sleep=waits.append, jitter=lambda: 1.0)


def create(api: ProjectsApi, name: str = "Search") -> str:
    return api.create(name=name, tags={"Team": "Search"}, data_retention=None).id


def operation(api: ProjectsApi, name: str) -> str:
    """The name by which the local AWS knows an operation."""
    return api.where.endpoint.action(name)


def call(api: ProjectsApi, name: str, project_id: str) -> object:
    calls: dict[str, Callable[[], object]] = {
        "ListProjects": api.list_all,
        "GetProject": lambda: api.get(project_id),
        "UpdateProject": lambda: api.apply(RemoteProject(id=project_id), ProjectUpdate(name="Other")),
        "ArchiveProject": lambda: api.archive(project_id),
    }
    return calls[name]()


def test_one_region_is_in_host_scope_and_answer(aws: LocalAws, api: ProjectsApi) -> None:
    project = api.get(create(api))
    service = api.where.endpoint.arn_service
    assert project.arn == f"arn:aws:{service}:{REGION}:{ACCOUNT}:project/{project.id}"
    sent = aws.requests(operation(api, "*"))
    assert {tuple(request.scope.split("/")[1:3]) for request in sent} == {(REGION, service)}


def test_a_create_carries_name_tags_and_retention(aws: LocalAws, api: ProjectsApi) -> None:
    project = api.create(name="Search", tags={"Team": "Search"}, data_retention="none")
    assert (project.name, project.tags, project.data_retention) == ("Search", {"Team": "Search"}, "none")
    [stored] = [stored for stored in aws.projects(ACCOUNT, REGION) if stored.id == project.id]
    assert (stored.name, stored.tags, stored.retention) == ("Search", {"Team": "Search"}, "none")


def test_an_update_changes_just_what_it_says_and_answers_with_all(api: ProjectsApi) -> None:
    project_id = create(api)
    update = ProjectUpdate(name="Find", add_tags={"a": "1"}, remove_tag_keys=("Team",), data_retention="none")
    changed = api.apply(api.get(project_id), update)
    assert (changed.name, changed.tags, changed.data_retention) == ("Find", {"a": "1"}, "none")
    assert api.get(project_id) == changed
    assert api.apply(api.get(project_id), ProjectUpdate(add_tags={"b": "2"})).name == "Find"


# A create is sent once


@pytest.mark.parametrize("kind", ["server_error", "unavailable", "reset_before", "reset_after", "cut_off", "not_json"])
def test_a_create_without_a_clear_answer_is_sent_once(aws: LocalAws, api: ProjectsApi, kind: str) -> None:
    aws.faults([Fault.model_validate({"kind": kind, "operation": operation(api, "CreateProject")})])
    with pytest.raises(AmbiguousError):
        create(api)
    assert len(aws.requests(operation(api, "CreateProject"))) == 1


@pytest.mark.parametrize(("retry_after", "waited"), [(None, [2.0, 4.0]), (3, [4.0, 4.0])])
def test_a_create_is_sent_again_after_429_and_waits_as_asked(
    aws: LocalAws, api: ProjectsApi, waits: list[float], retry_after: float | None, waited: list[float]
) -> None:
    aws.faults([Fault(kind="throttled", operation=operation(api, "CreateProject"), count=2, retry_after=retry_after)])
    create(api)
    assert len(aws.requests(operation(api, "CreateProject"))) == 3
    assert waits == waited


def test_a_create_that_is_always_throttled_ends(aws: LocalAws, api: ProjectsApi, waits: list[float]) -> None:
    aws.faults([Fault(kind="throttled", operation=operation(api, "CreateProject"))])
    with pytest.raises(ThrottledError, match="run again later"):
        create(api)
    assert len(aws.requests(operation(api, "CreateProject"))) == 8
    assert max(waits) <= 20


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("kind", ["server_error", "reset_before", "throttled"])
def test_what_may_be_repeated_is_repeated(aws: LocalAws, api: ProjectsApi, name: str, kind: str) -> None:
    project_id = create(api)
    aws.faults([Fault.model_validate({"kind": kind, "operation": operation(api, name), "count": 1})])
    call(api, name, project_id)
    assert len(aws.requests(operation(api, name))) == 2


# Tags are true


@pytest.mark.parametrize("list_tags", ["full", "empty"])
def test_a_list_shows_true_tags_whatever_the_service_leaves_out(
    aws: LocalAws, api: ProjectsApi, list_tags: str
) -> None:
    ids = {create(api, f"P{number}") for number in range(3)}
    aws.settings(list_tags=list_tags)
    listed = {project.id: project.tags for project in api.list_all()}
    assert listed == {id_: {"Team": "Search"} for id_ in ids} | {"default": {}}
    assert [project.tags for project in api.named("P1")] == [{"Team": "Search"}]


@pytest.mark.parametrize("archived", ["on_request", "always", "never"])
def test_archived_projects_have_their_status(aws: LocalAws, api: ProjectsApi, archived: str) -> None:
    project_id = create(api)
    api.archive(project_id)
    aws.settings(list_archived=archived)
    statuses = {project.id: project.status for project in api.list_all(include_archived=True)}
    assert statuses.get(project_id) == (None if archived == "never" else "archived")


@pytest.mark.parametrize("archived", ["on_request", "always", "never"])
def test_namesakes_are_active_and_of_that_name(aws: LocalAws, api: ProjectsApi, archived: str) -> None:
    aws.settings(list_archived=archived)
    api.archive(create(api))
    create(api, "Other")
    assert api.named("Search") == []
    made = create(api)
    assert [project.id for project in api.named("Search")] == [made]


# A not-found is about this project


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name != "ListProjects"])
def test_a_project_that_is_not_there_is_not_found_and_named(api: ProjectsApi, name: str) -> None:
    arn = f"arn:aws:{api.where.endpoint.arn_service}:{REGION}:{ACCOUNT}:project/proj_nothere"
    with pytest.raises(NotFoundError, match=arn):
        call(api, name, "proj_nothere")


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name != "ListProjects"])
def test_a_404_that_is_about_something_else_is_no_proof(aws: LocalAws, api: ProjectsApi, name: str) -> None:
    project_id = create(api)
    aws.faults([Fault(kind="not_json", status=404, operation=operation(api, "*"))])
    with pytest.raises(ServiceError) as error:
        call(api, name, project_id)
    assert not isinstance(error.value, NotFoundError)


# An archive is idempotent


@pytest.mark.parametrize("answer", ["answered", "refused"])
def test_a_second_archive_is_no_error_whatever_the_service_says(aws: LocalAws, api: ProjectsApi, answer: str) -> None:
    aws.settings(archived_archive=answer)
    project_id = create(api)
    assert [api.archive(project_id).status for _ in range(2)] == ["archived", "archived"]


@pytest.mark.parametrize("kind", ["reset_after", "not_json", "cut_off"])
def test_an_archive_whose_answer_is_lost_is_looked_at(aws: LocalAws, api: ProjectsApi, kind: str) -> None:
    project_id = create(api)
    aws.settings(archived_archive="refused")
    aws.faults([Fault.model_validate({"kind": kind, "operation": operation(api, "ArchiveProject")})])
    assert api.archive(project_id).status == "archived"


def test_an_archive_that_was_not_carried_out_is_the_error_that_it_met(aws: LocalAws, api: ProjectsApi) -> None:
    project_id = create(api)
    aws.faults([Fault(kind="denied", action=operation(api, "ArchiveProject"))])
    with pytest.raises(AccessDeniedError, match="ArchiveProject"):
        api.archive(project_id)
    assert api.get(project_id).status == "active"


# A write is confirmed

ALL = ProjectUpdate(name="Find", add_tags={"a": "1"}, remove_tag_keys=("Team",), data_retention="none")
NAME, ADDED, REMOVED, RETENTION = (
    "name is 'Search', not 'Find'",
    "tag a is missing, not '1'",
    "tag Team is 'Search', not removed",
    "data retention is inherit, not none",
)
NOT_DONE = {
    "name": [NAME],
    "tags": [ADDED, REMOVED],
    "added_tags": [ADDED],
    "removed_tags": [REMOVED],
    "data_retention": [RETENTION],
    None: [NAME, ADDED, REMOVED, RETENTION],
}


def not_done(api: ProjectsApi, name: str, left_out: str | None) -> list[Fault]:
    """Answered 200, without the field, or without anything."""
    fault = {"kind": "partly_done", "left_out": left_out} if left_out else {"kind": "ignored"}
    return [Fault.model_validate({**fault, "operation": operation(api, name)})]


@pytest.mark.parametrize("answers", ["whole", "bare"])
@pytest.mark.parametrize("left_out", NOT_DONE)
def test_an_update_that_is_not_carried_out_is_an_error_that_names_project_and_field(
    aws: LocalAws, api: ProjectsApi, left_out: str | None, answers: str
) -> None:
    project = api.get(create(api))
    aws.settings(write_answers=answers)
    aws.faults(not_done(api, "UpdateProject", left_out))
    with pytest.raises(UnconfirmedError) as error:
        api.apply(project, ALL)
    assert str(error.value) == (
        f"updating project {project.id} in {REGION}: AWS answered, but project {project.id} is not as asked: "
        + "; ".join(NOT_DONE[left_out])
    )
    assert error.value.project == api.get(project.id)


@pytest.mark.parametrize("answers", ["whole", "bare"])
@pytest.mark.parametrize(
    ("left_out", "difference"),
    [
        ("name", "name is 'Unnamed', not 'Search'"),
        ("tags", "tag Team is missing, not 'Search'"),
        ("data_retention", "data retention is inherit, not none"),
    ],
)
def test_a_create_that_is_carried_out_in_part_is_an_error_with_the_project_that_it_made(
    aws: LocalAws, api: ProjectsApi, left_out: str, difference: str, answers: str
) -> None:
    aws.settings(write_answers=answers)
    aws.faults(not_done(api, "CreateProject", left_out))
    with pytest.raises(UnconfirmedError) as error:
        api.create(name="Search", tags={"Team": "Search"}, data_retention="none")
    [made] = [project for project in aws.projects(ACCOUNT, REGION) if project.id != "default"]
    assert str(error.value).endswith(f"AWS answered, but project {made.id} is not as asked: {difference}")
    assert error.value.project == api.get(made.id)


def test_a_create_that_is_answered_and_not_carried_out_makes_nothing_known(aws: LocalAws, api: ProjectsApi) -> None:
    aws.faults(not_done(api, "CreateProject", None))
    with pytest.raises(AmbiguousError, match="the answer is not a project"):
        create(api)


@pytest.mark.parametrize("answers", ["whole", "bare"])
def test_an_archive_that_is_not_carried_out_is_an_error(aws: LocalAws, api: ProjectsApi, answers: str) -> None:
    project_id = create(api)
    aws.settings(write_answers=answers)
    aws.faults(not_done(api, "ArchiveProject", None))
    with pytest.raises(UnconfirmedError, match=f"project {project_id} is not as asked: status is active, not archived"):
        api.archive(project_id)


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
    assert len(aws.requests(operation(api, "GetProject"))) == reads
    assert len(aws.requests(operation(api, "*"))) == 3 + reads


@pytest.mark.parametrize("missing", ["tags", "data_retention"])
def test_what_not_even_a_read_shows_cannot_be_compared(aws: LocalAws, api: ProjectsApi, missing: str) -> None:
    aws.settings(omit_fields=[missing])
    project = api.create(name="Search", tags={"Team": "Search"}, data_retention="none")
    api.apply(project, ALL)
    assert len(aws.requests(operation(api, "GetProject"))) == 2


def test_a_write_that_cannot_be_confirmed_says_so_and_names_the_project(aws: LocalAws, api: ProjectsApi) -> None:
    aws.settings(write_answers="bare")
    aws.faults([Fault(kind="denied", action=operation(api, "GetProject"))])
    with pytest.raises(UnconfirmedError) as error:
        create(api)
    [made] = [project for project in aws.projects(ACCOUNT, REGION) if project.id != "default"]
    assert error.value.project == RemoteProject(id=made.id)
    assert f"not with all that was asked of project {made.id}, and reading it failed" in str(error.value)
    assert error.value.with_hint("look").project == error.value.project


# The limit of tags


@pytest.mark.parametrize("counted", ["after", "additions_first"])
def test_at_the_limit_of_tags_the_removals_come_first(aws: LocalAws, api: ProjectsApi, counted: str) -> None:
    aws.settings(tags_counted=counted)
    limit = api.where.endpoint.tags_per_project
    full = {f"k{number}": "1" for number in range(limit)}
    project = api.create(name="Search", tags=full, data_retention=None)
    aws.clear_requests()
    update = ProjectUpdate(name="Find", add_tags={"a": "1", "k1": "2"}, remove_tag_keys=("k0",))
    changed = api.apply(project, update)
    assert changed.tags == {key: tag for key, tag in {**full, "a": "1", "k1": "2"}.items() if key != "k0"}
    assert changed.name == "Find"
    assert len(aws.requests(operation(api, "UpdateProject"))) == 2


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
    assert len(aws.requests(operation(api, "*"))) == 1


def test_an_update_of_which_only_the_removals_were_carried_out_says_so(aws: LocalAws, api: ProjectsApi) -> None:
    full = {f"k{number}": "1" for number in range(api.where.endpoint.tags_per_project)}
    project = api.create(name="Search", tags=full, data_retention=None)
    aws.faults([Fault(kind="expired_credentials", operation=operation(api, "UpdateProject"), after=1)])
    with pytest.raises(UnconfirmedError, match=r"its tags k0, k1 were removed, but the rest was refused: .*expired"):
        api.apply(project, ProjectUpdate(add_tags={"a": "1"}, remove_tag_keys=("k0", "k1")))


def test_an_update_whose_removals_are_refused_is_that_error(aws: LocalAws, api: ProjectsApi) -> None:
    full = {f"k{number}": "1" for number in range(api.where.endpoint.tags_per_project)}
    project = api.create(name="Search", tags=full, data_retention=None)
    aws.faults([Fault(kind="expired_credentials", operation=operation(api, "UpdateProject"))])
    with pytest.raises(CredentialsError):
        api.apply(project, ProjectUpdate(add_tags={"a": "1"}, remove_tag_keys=("k0",)))


# Errors and odd answers


@pytest.mark.parametrize("name", ["ListProjects", "GetProject", "UpdateProject"])
def test_an_answer_that_is_none_is_not_taken_for_one(aws: LocalAws, api: ProjectsApi, name: str) -> None:
    project_id = create(api)
    aws.faults([Fault(kind="not_json", operation=operation(api, name))])
    with pytest.raises(AmbiguousError, match="the answer is not a"):
        call(api, name, project_id)


def test_a_proxy_that_refuses_is_no_missing_permission_of_ours(aws: LocalAws, api: ProjectsApi) -> None:
    aws.faults([Fault(kind="not_json", status=403)])
    with pytest.raises(AccessDeniedError, match=r"the credentials may not do this \(used: environment variable"):
        api.list_all()


@pytest.mark.parametrize("missing", ["arn", "tags", "data_retention", "created_at"])
def test_a_field_that_an_answer_lacks_is_none_or_empty(aws: LocalAws, api: ProjectsApi, missing: str) -> None:
    aws.settings(omit_fields=[missing])
    assert not getattr(api.get(create(api)), missing)


@pytest.mark.parametrize(("status", "explicit"), [(403, False), (401, False), (403, True)])
def test_a_missing_permission_is_known_by_its_text_whatever_the_status(
    aws: LocalAws, api: ProjectsApi, status: int, explicit: bool
) -> None:
    action = operation(api, "CreateProject")
    aws.faults([Fault(kind="denied", action=action, status=status, explicit=explicit)])
    with pytest.raises(AccessDeniedError) as error:
        create(api)
    assert f"not authorized to perform: {action}" in str(error.value)
    assert ("aws:RequestedRegion" in str(error.value)) == explicit
    assert error.value.status == status
    assert error.value.request_id


def test_a_refused_name_is_a_service_error_with_code_and_request_id(api: ProjectsApi) -> None:
    with pytest.raises(ServiceError) as error:
        create(api, "")
    assert (error.value.status, bool(error.value.code), bool(error.value.request_id)) == (400, True, True)


def test_an_expired_session_names_the_credentials(environment: pytest.MonkeyPatch, where: RegionalEndpoint) -> None:
    environment.setenv("AWS_SESSION_TOKEN", "expired")
    with pytest.raises(CredentialsError, match=r"renew them \(used: environment variable AWS_ACCESS_KEY_ID"):
        open_projects_api(Credentials(), where).list_all()


def test_an_unknown_profile_is_an_error_before_anything_is_sent(
    aws: LocalAws, environment: pytest.MonkeyPatch, where: RegionalEndpoint
) -> None:
    with pytest.raises(CredentialsError, match="profile nobody"):
        open_projects_api(Credentials(profile="nobody"), where)
    assert aws.requests() == []


def test_a_region_that_is_none_is_one_message(environment: pytest.MonkeyPatch, where: RegionalEndpoint) -> None:
    with pytest.raises(ServiceError, match="us_west_2"):
        open_projects_api(Credentials(), RegionalEndpoint("us_west_2", where.endpoint))


# Credentials


def test_an_api_key_is_sent_as_it_is_and_its_account_is_read_from_an_arn(
    aws: LocalAws, environment: pytest.MonkeyPatch, where: RegionalEndpoint
) -> None:
    environment.setenv("AWS_BEARER_TOKEN_BEDROCK", f"local-key-{ACCOUNT}-{REGION}")
    credentials = Credentials(auth="bearer")
    api = open_projects_api(credentials, where)
    assert api.get(create(api)).account_id == ACCOUNT
    aws.clear_requests()
    assert caller_account(credentials, api) == api.account_id() == ACCOUNT
    assert [request.operation for request in aws.requests()] == [operation(api, "ListProjects")] * 2


def test_the_account_takes_one_request_however_many_projects_there_are(aws: LocalAws, api: ProjectsApi) -> None:
    for number in range(130):
        create(api, f"P{number}")
    aws.clear_requests()
    assert api.account_id() == ACCOUNT
    assert len(aws.requests()) == 1


@pytest.mark.parametrize("token", ["", " "])
def test_an_empty_api_key_counts_as_unset(environment: pytest.MonkeyPatch, where: RegionalEndpoint, token: str) -> None:
    environment.setenv("AWS_BEARER_TOKEN_BEDROCK", token)
    with pytest.raises(CredentialsError, match="AWS_BEARER_TOKEN_BEDROCK is not set"):
        open_projects_api(Credentials(auth="bearer"), where)


def test_an_api_key_in_the_environment_does_not_shadow_signing(
    aws: LocalAws, environment: pytest.MonkeyPatch, where: RegionalEndpoint
) -> None:
    environment.setenv("AWS_BEARER_TOKEN_BEDROCK", "expired")
    api = open_projects_api(Credentials(), where)
    create(api)
    assert aws.requests(operation(api, "CreateProject"))[0].access_key == f"local-{ACCOUNT}"
