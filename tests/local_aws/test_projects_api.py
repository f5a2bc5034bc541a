"""The contract of the port to AWS's Projects APIs, run against each of them on the local AWS.

What only one API does (its paging, its requests, how it confirms a write) is in a module of its own:
`test_mantle_projects`, `test_native_client`.
"""

from collections.abc import Callable

import pytest

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import MANTLE, RUNTIME, RegionalEndpoint
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
from local_aws import Fault, LocalAws, LocalProject

ACCOUNT, REGION = "111111111111", "eu-west-1"
OPERATIONS = ["ListProjects", "GetProject", "UpdateProject", "ArchiveProject"]


@pytest.fixture(params=[MANTLE, RUNTIME], ids=lambda endpoint: endpoint.name)
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


def stored(aws: LocalAws, api: ProjectsApi) -> list[LocalProject]:
    """What the API's projects really are, without `default`."""
    projects = aws.projects(ACCOUNT, REGION, service=api.where.endpoint.arn_service)
    return [project for project in projects if project.id != "default"]


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
    [made] = stored(aws, api)
    assert (made.id, made.name, made.tags, made.retention) == (project.id, "Search", {"Team": "Search"}, "none")


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
def test_a_list_shows_true_tags_if_the_service_leaves_some_out(aws: LocalAws, api: ProjectsApi, list_tags: str) -> None:
    ids = {create(api, f"P{number}") for number in range(3)}
    aws.settings(list_tags=list_tags)
    listed = {project.id: project.tags for project in api.list_all()}
    assert listed == {id_: {"Team": "Search"} for id_ in ids} | {"default": {}}
    assert [project.tags for project in api.named("P1")] == [{"Team": "Search"}]


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
def test_a_404_that_is_about_something_else_proves_nothing(aws: LocalAws, api: ProjectsApi, name: str) -> None:
    project_id = create(api)
    aws.faults([Fault(kind="not_json", status=404, operation=operation(api, "*"))])
    with pytest.raises(ServiceError) as error:
        call(api, name, project_id)
    assert not isinstance(error.value, NotFoundError)


# An archive is idempotent


@pytest.mark.parametrize("answer", ["answered", "refused"])
def test_a_second_archive_is_not_an_error_with_any_answer(aws: LocalAws, api: ProjectsApi, answer: str) -> None:
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
    return [Fault.model_validate({**fault, "operation": operation(api, name)}) for name in _requests(name)]


def _requests(name: str) -> tuple[str, ...]:
    """All operations of which one or more carry out an update; any other name is one operation."""
    return ("UpdateProject", "TagResource", "UntagResource") if name == "UpdateProject" else (name,)


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
    # An API that sends each field by itself stops at the first that is not as asked.
    named = NOT_DONE[left_out] if api.where.endpoint is MANTLE else NOT_DONE[left_out or "name"]
    assert str(error.value) == (
        f"updating project {project.id} in {api.where}: AWS answered, but project {project.id} is not as asked: "
        + "; ".join(named)
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
    [made] = stored(aws, api)
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


# The limit of tags


@pytest.mark.parametrize("counted", ["after", "additions_first"])
def test_at_the_limit_of_tags_the_removals_come_first(aws: LocalAws, api: ProjectsApi, counted: str) -> None:
    aws.settings(tags_counted=counted)
    limit = api.where.endpoint.tags_per_project
    full = {f"k{number}": "1" for number in range(limit)}
    project = api.create(name="Search", tags=full, data_retention=None)
    update = ProjectUpdate(name="Find", add_tags={"a": "1", "k1": "2"}, remove_tag_keys=("k0",))
    changed = api.apply(project, update)
    assert changed.tags == {key: tag for key, tag in {**full, "a": "1", "k1": "2"}.items() if key != "k0"}
    assert changed.name == "Find"


FIRST_OF_TWO = {MANTLE: ("UpdateProject", "UpdateProject", 1), RUNTIME: ("UntagResource", "TagResource", 0)}
"""The operations of an update at the limit: of the removals, then of the rest; how many of the latter come before."""


def test_an_update_of_which_only_the_removals_were_carried_out_says_so(aws: LocalAws, api: ProjectsApi) -> None:
    full = {f"k{number}": "1" for number in range(api.where.endpoint.tags_per_project)}
    project = api.create(name="Search", tags=full, data_retention=None)
    _, second, earlier = FIRST_OF_TWO[api.where.endpoint]
    aws.faults([Fault(kind="expired_credentials", operation=operation(api, second), after=earlier)])
    with pytest.raises(
        UnconfirmedError, match=r"expired.*; project \w+ is not as asked: tag a is missing, not '1'$"
    ) as e:
        api.apply(project, ProjectUpdate(add_tags={"a": "1"}, remove_tag_keys=("k0", "k1")))
    assert e.value.project == api.get(project.id)
    assert e.value.project.tags == {key: "1" for key in full if key not in ("k0", "k1")}


def test_an_update_whose_removals_are_refused_is_that_error(aws: LocalAws, api: ProjectsApi) -> None:
    full = {f"k{number}": "1" for number in range(api.where.endpoint.tags_per_project)}
    project = api.create(name="Search", tags=full, data_retention=None)
    first, _, _ = FIRST_OF_TWO[api.where.endpoint]
    aws.faults([Fault(kind="expired_credentials", operation=operation(api, first))])
    with pytest.raises(CredentialsError):
        api.apply(project, ProjectUpdate(add_tags={"a": "1"}, remove_tag_keys=("k0",)))


# An update whose answer is lost is looked at


@pytest.mark.parametrize("kind", ["reset_after", "not_json", "cut_off"])
def test_an_update_that_was_carried_out_without_an_answer_is_one(aws: LocalAws, api: ProjectsApi, kind: str) -> None:
    project = api.get(create(api))
    aws.faults(
        [Fault.model_validate({"kind": kind, "operation": operation(api, n)}) for n in _requests("UpdateProject")]
    )
    changed = api.apply(project, ProjectUpdate(name="Find"))
    assert (changed.name, changed.tags) == ("Find", {"Team": "Search"})


@pytest.mark.parametrize("kind", ["reset_before", "server_error"])
def test_an_update_that_was_not_carried_out_shows_the_project(aws: LocalAws, api: ProjectsApi, kind: str) -> None:
    project = api.get(create(api))
    aws.faults([Fault.model_validate({"kind": kind, "operation": operation(api, "UpdateProject")})])
    with pytest.raises(UnconfirmedError, match=r"; project \w+ is not as asked: name is 'Search', not 'Find'$") as e:
        api.apply(project, ProjectUpdate(name="Find"))
    assert e.value.project == project


def test_an_update_whose_outcome_cannot_be_read_is_not_known(aws: LocalAws, api: ProjectsApi) -> None:
    project = api.get(create(api))
    aws.faults(
        [
            Fault(kind="not_json", operation=operation(api, "UpdateProject")),
            Fault(kind="denied", action=operation(api, "GetProject")),
        ]
    )
    with pytest.raises(AmbiguousError, match=f"as reading project {project.id} failed: .*not authorized"):
        api.apply(project, ProjectUpdate(name="Find"))


def test_an_update_without_an_answer_of_what_is_archived_since_shows_that(aws: LocalAws, api: ProjectsApi) -> None:
    project = api.get(create(api))
    aws.archive(project.id)
    aws.faults([Fault(kind="server_error", operation=operation(api, "UpdateProject"))])
    assert api.apply(project, ProjectUpdate(name="Find")).status == "archived"


# So is one that botocore sent again: the refusal of a retry says nothing of the first attempt

REFUSALS = ["throttled", "expired_credentials"]


def lost_then_refused(name: str, refusal: str) -> list[Fault]:
    """The first request is carried out and its answer lost; all later ones are refused."""
    return [
        Fault(kind="reset_after", operation=name, nth=1),
        Fault.model_validate({"kind": refusal, "operation": name, "after": 1}),
    ]


UPDATES = {"UpdateProject": ProjectUpdate(name="Find"), "TagResource": ProjectUpdate(add_tags={"Team": "Other"})}


@pytest.fixture(params=UPDATES)
def first(request: pytest.FixtureRequest, where: RegionalEndpoint) -> tuple[str, ProjectUpdate]:
    """The name of the first request of an update at the local AWS, and the update."""
    name = "UpdateProject" if where.endpoint is MANTLE else request.param
    return where.endpoint.action(name), UPDATES[request.param]


@pytest.mark.parametrize("refusal", REFUSALS)
def test_an_update_whose_retry_is_refused_is_one_if_it_was_carried_out(
    aws: LocalAws, api: ProjectsApi, first: tuple[str, ProjectUpdate], refusal: str
) -> None:
    name, update = first
    project = api.get(create(api))
    aws.faults(lost_then_refused(name, refusal))
    changed = api.apply(project, update)
    assert changed != project
    assert changed == api.get(project.id)


@pytest.mark.parametrize("refusal", REFUSALS)
def test_an_update_whose_retry_is_refused_is_not_known_if_it_cannot_be_read(
    aws: LocalAws, api: ProjectsApi, first: tuple[str, ProjectUpdate], refusal: str
) -> None:
    name, update = first
    project = api.get(create(api))
    aws.faults([*lost_then_refused(name, refusal), Fault(kind="denied", action=operation(api, "GetProject"))])
    with pytest.raises(AmbiguousError, match=f"what was done is not known, as reading project {project.id} failed"):
        api.apply(project, update)


@pytest.mark.parametrize("is_readable", [True, False])
def test_an_update_that_was_sent_once_and_refused_is_that_error(
    aws: LocalAws, api: ProjectsApi, first: tuple[str, ProjectUpdate], is_readable: bool
) -> None:
    name, update = first
    project = api.get(create(api))
    unread = [] if is_readable else [Fault(kind="denied", action=operation(api, "GetProject"))]
    aws.faults([Fault(kind="expired_credentials", operation=name), *unread])
    with pytest.raises(CredentialsError):
        api.apply(project, update)
    aws.faults([])
    assert api.get(project.id) == project


def test_an_update_that_was_always_throttled_is_that_error(
    aws: LocalAws, api: ProjectsApi, first: tuple[str, ProjectUpdate]
) -> None:
    name, update = first
    project = api.get(create(api))
    aws.faults([Fault(kind="throttled", operation=name)])
    with pytest.raises(ThrottledError):
        api.apply(project, update)
    assert api.get(project.id) == project


# Errors and odd answers


@pytest.mark.parametrize("name", ["ListProjects", "GetProject"])
def test_an_answer_that_is_none_is_not_taken_for_one(aws: LocalAws, api: ProjectsApi, name: str) -> None:
    project_id = create(api)
    aws.faults([Fault(kind="not_json", operation=operation(api, name))])
    with pytest.raises(AmbiguousError, match="the answer is not a"):
        call(api, name, project_id)


def test_a_proxy_that_refuses_is_not_a_missing_permission(aws: LocalAws, api: ProjectsApi) -> None:
    aws.faults([Fault(kind="not_json", status=403)])
    with pytest.raises(AccessDeniedError, match=r"the credentials may not do this \(used: environment variable"):
        api.list_all()


@pytest.mark.parametrize(("status", "explicit"), [(403, False), (401, False), (403, True)])
def test_a_missing_permission_is_known_by_its_text_with_any_status(
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
        create(api, "N" * 129)
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


ASKED_FOR_THE_ACCOUNT = {MANTLE: "ListProjects", RUNTIME: "GetProject"}


def test_an_api_key_is_sent_as_it_is_and_its_account_is_read_from_an_arn(
    aws: LocalAws, environment: pytest.MonkeyPatch, where: RegionalEndpoint
) -> None:
    environment.setenv("AWS_BEARER_TOKEN_BEDROCK", f"local-key-{ACCOUNT}-{REGION}")
    environment.delenv("AWS_ACCESS_KEY_ID")
    environment.delenv("AWS_SECRET_ACCESS_KEY")
    credentials = Credentials(auth="bearer")
    api = open_projects_api(credentials, where)
    assert api.get(create(api)).account_id == ACCOUNT
    aws.clear_requests()
    assert caller_account(credentials, api) == api.account_id() == ACCOUNT
    assert [request.operation for request in aws.requests()] == [
        operation(api, ASKED_FOR_THE_ACCOUNT[where.endpoint])
    ] * 2


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
