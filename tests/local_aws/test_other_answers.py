"""Answers that AWS may give and the local AWS never does, from a fake that gives them."""

from collections.abc import Callable, Mapping

import pytest

from bedrock_projects.aws.billing import BillingClient
from bedrock_projects.aws.cost_explorer import CostExplorerClient
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import RUNTIME, RegionalEndpoint
from bedrock_projects.aws.errors import translate_errors
from bedrock_projects.aws.models import TagStatus
from bedrock_projects.aws.projects import open_projects_api
from bedrock_projects.aws.projects.mantle import mantle_client
from bedrock_projects.errors import AmbiguousError, ServiceError, ThrottledError
from tests.local_aws.scripted import ScriptedAnswer, scripted


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "unused")


PROJECT = {"object": "organization.project", "id": "proj_1", "name": "Search", "status": "active", "tags": {"a": "1"}}


READ: list[tuple[str, object, object]] = [
    ("created_at", 1772366400, 1772366400),
    ("created_at", 1772366400.7, 1772366400),
    ("created_at", "1772366400", 1772366400),
    ("created_at", "2026-03-01T12:00:00Z", 1772366400),
    ("created_at", "2026-03-01T13:00:00+01:00", 1772366400),
    ("created_at", "2026-03-01T12:00:00", 1772366400),
    ("tags", {"a": "1", "b": None, "c": 5}, {"a": "1", "b": "", "c": "5"}),
    ("tags", [{"key": "a", "value": "1"}, {"Key": "b", "Value": "2"}], {"a": "1", "b": "2"}),
    ("tags", [{"key": "a"}, {"key": 5, "value": "1"}, "b", 5, None], {"a": ""}),
    ("data_retention", {"mode": "none"}, "none"),
    ("data_retention", "none", "none"),
    ("status", "ARCHIVED", "archived"),
    # Were it neither, its entry would look as if it had no project, and a run would create a second one.
    *(("status", word, "active") for word in ("Active", "suspended", "archiving")),
]
UNREADABLE: dict[str, tuple[object, list[object]]] = {
    "created_at": (None, ["", "soon", None, True, [], {}, -1, 1e999, 10**400, "1e999", "nan"]),
    "tags": ({}, [None, [], {}, "a", 5]),
    "data_retention": (None, [None, {}, {"mode": None}, {"mode": 5}, [], 5, ""]),
    "name": ("", [None, 5, [], {}]),
    "status": ("active", [None, 5, [], {}, ""]),
    "arn": (None, [None, 5, [], {}, ""]),
}
READ += [(field, value, read) for field, (read, values) in UNREADABLE.items() for value in values]


@pytest.mark.parametrize(("field", "value", "read"), READ)
def test_a_field_of_a_project_is_read_from_any_type(
    monkeypatch: pytest.MonkeyPatch, field: str, value: object, read: object
) -> None:
    answer = {**PROJECT, field: value}
    with scripted(ScriptedAnswer(answer), ScriptedAnswer({"data": [answer], "has_more": False})) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        api = open_projects_api(Credentials(), RegionalEndpoint("us-west-2"))
        project = api.get("proj_1")
        assert getattr(project, field) == read
        if project.tags:  # else it would be read once more
            assert api.list_all() == [project]


@pytest.mark.parametrize("answer", [{}, {"id": None}, {"id": 5}, {"id": ["proj_1"]}, {"id": "proj_2"}])
def test_an_answer_that_is_not_about_the_project_is_none(
    monkeypatch: pytest.MonkeyPatch, answer: Mapping[str, object]
) -> None:
    with scripted(ScriptedAnswer(answer)) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(AmbiguousError, match="the answer is"):
            open_projects_api(Credentials(), RegionalEndpoint("us-west-2")).get("proj_1")


@pytest.mark.parametrize("data", [None, {}, "x", [None], ["x"], [{}], [{"id": None}]])
def test_a_list_that_is_none_is_an_error(monkeypatch: pytest.MonkeyPatch, data: object) -> None:
    with scripted(ScriptedAnswer({"data": data})) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(AmbiguousError, match="the answer is not a list of projects"):
            open_projects_api(Credentials(), RegionalEndpoint("us-west-2")).list_all()


@pytest.mark.parametrize("data", [None, {}, "", "x", [None], [{}], [{"id": None}]])
def test_a_native_list_that_is_none_is_an_error(monkeypatch: pytest.MonkeyPatch, data: object) -> None:
    with scripted(ScriptedAnswer({"projectSummaries": data})) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(AmbiguousError, match="the answer is not a list of projects"):
            open_projects_api(Credentials(), RegionalEndpoint("us-west-2", RUNTIME)).list_all()


@pytest.mark.parametrize("tags", [{}, "", None])
def test_native_tags_that_are_no_list_are_an_error(monkeypatch: pytest.MonkeyPatch, tags: object) -> None:
    project = {"id": "p1", "arn": "arn:aws:bedrock:us-west-2:111111111111:project/p1", "name": "A", "status": "active"}
    with scripted(ScriptedAnswer(project), ScriptedAnswer({"tags": tags})) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(AmbiguousError, match="the answer has no tags"):
            open_projects_api(Credentials(), RegionalEndpoint("us-west-2", RUNTIME)).get("p1")


def test_of_a_project_that_is_twice_on_a_page_the_active_one_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = [PROJECT | {"status": status} for status in ("archived", "active", "archived")]
    with scripted(ScriptedAnswer({"data": twice, "has_more": False})) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        [listed] = open_projects_api(Credentials(), RegionalEndpoint("us-west-2")).list_all(include_archived=True)
    assert listed.status == "active"


@pytest.mark.parametrize("error", [{"message": {"a": 1}, "code": 5}, {"message": None}, "x", None, []])
def test_an_error_of_any_form_is_an_error(monkeypatch: pytest.MonkeyPatch, error: object) -> None:
    with scripted(ScriptedAnswer({"error": error}, status=400)) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(ServiceError, match="HTTP 400"):
            open_projects_api(Credentials(), RegionalEndpoint("us-west-2")).get("proj_1")


def backfill(day: str) -> dict[str, str]:
    return {"BackfillFrom": f"2026-{day}T00:00:00Z", "RequestedAt": f"2026-{day}T12:00:00Z", "BackfillStatus": "FAILED"}


def listed(**statuses: str) -> ScriptedAnswer:
    """Billing's list of keys, with the status of each."""
    tags = [{"TagKey": key, "Type": "UserDefined", "Status": status} for key, status in statuses.items()]
    return ScriptedAnswer({"CostAllocationTags": tags})


def test_all_pages_of_the_backfills_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    first = ScriptedAnswer({"BackfillRequests": [backfill("03-01")], "NextToken": "more"})
    with scripted(first, ScriptedAnswer({"BackfillRequests": [backfill("04-01"), backfill("02-01")]})) as (url, asked):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        backfills = BillingClient(Credentials()).backfills()
    assert [backfill.since[:10] for backfill in backfills] == ["2026-04-01", "2026-03-01", "2026-02-01"]
    assert asked == [{}, {"NextToken": "more"}]


REQUEST = {
    "TimePeriod": {"Start": "2026-03-01", "End": "2026-04-01"},
    "Granularity": "MONTHLY",
    "Metrics": ["UnblendedCost"],
}
PAGED: dict[str, tuple[Callable[[str], Mapping[str, object]], str, Callable[[], object]]] = {
    "tag keys": (
        lambda name: {"CostAllocationTags": [], "NextToken": name},
        "NextToken",
        lambda: BillingClient(Credentials()).statuses(),
    ),
    "backfills": (
        lambda name: {"BackfillRequests": [], "NextToken": name},
        "NextToken",
        lambda: BillingClient(Credentials()).backfills(),
    ),
    "costs": (
        lambda name: {"ResultsByTime": [], "NextPageToken": name},
        "NextPageToken",
        lambda: list(CostExplorerClient(Credentials()).cost_and_usage(REQUEST)),
    ),
    "projects of bedrock-mantle": (
        lambda name: {"data": [], "has_more": True, "last_id": name},
        "after",
        lambda: open_projects_api(Credentials(), RegionalEndpoint("us-west-2")).list_all(),
    ),
    "projects of bedrock-runtime": (
        lambda name: {"projectSummaries": [], "nextToken": name},
        "nextToken",
        lambda: open_projects_api(Credentials(), RegionalEndpoint("us-west-2", RUNTIME)).list_all(),
    ),
}


@pytest.mark.parametrize(("page", "token", "ask"), PAGED.values(), ids=PAGED)
def test_a_page_that_is_named_twice_is_asked_for_once(
    monkeypatch: pytest.MonkeyPatch, page: Callable[[str], Mapping[str, object]], token: str, ask: Callable[[], object]
) -> None:
    """Each request for costs is paid for, a page that is read twice counts twice, and a circle has no end."""
    with scripted(*(ScriptedAnswer(page(name)) for name in "aba")) as (url, asked):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(AmbiguousError, match="AWS names a page a second time"):
            ask()
    assert [(request or {}).get(token) for request in asked] == [None, "a", "b"]


def test_a_key_that_is_refused_for_another_reason_is_not_an_unknown_key(monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = {"TagKey": "a", "Code": "TagKeysNotFoundException", "Message": "Tag keys not found"}
    refused = {"TagKey": "b", "Code": "LimitExceeded", "Message": "too many keys are active"}
    with scripted(ScriptedAnswer({"Errors": [unknown, refused]}), listed(c="Active")) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        change = BillingClient(Credentials()).set_status(["a", "b", "c"], "Active")
    assert (change.done, change.unknown) == (frozenset("c"), frozenset("a"))
    assert str(change.error) == (
        "setting cost allocation tags Active (ce:UpdateCostAllocationTagsStatus): "
        "b: too many keys are active (LimitExceeded)"
    )


@pytest.mark.parametrize(
    ("status", "now", "done"),
    [
        ("Active", {"a": "Active", "b": "Inactive"}, "a"),
        ("Active", {"a": "Active"}, "a"),
        ("Inactive", {"a": "Inactive", "b": "Active"}, "a"),
        ("Inactive", {}, "ab"),
    ],
)
def test_an_answer_without_an_error_does_not_count_if_the_list_shows_otherwise(
    monkeypatch: pytest.MonkeyPatch, status: TagStatus, now: Mapping[str, str], done: str
) -> None:
    with scripted(ScriptedAnswer({"Errors": []}), listed(**now)) as (url, asked):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        change = BillingClient(Credentials()).set_status(["a", "b"], status)
    assert (change.done, change.unknown, len(asked)) == (frozenset(done), frozenset(), 2)
    assert (change.error is None) is (done == "ab")
    if change.error:
        assert change.error.message == f"answered without an error, but not listed as {status}: b"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "3"}, 3),
        ({"x-amz-retry-after": "1500"}, 1.5),
        ({"Retry-After": "3", "x-amz-retry-after": "1500"}, 1.5),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"Retry-After": "soon"}, None),
    ],
)
def test_a_wait_is_read_from_either_header_and_none_from_what_is_not_a_number(
    monkeypatch: pytest.MonkeyPatch, headers: Mapping[str, str], seconds: float | None
) -> None:
    said = ScriptedAnswer(
        {"error": {"message": "slow down", "code": "rate_limit_exceeded"}}, status=429, headers=headers
    )
    credentials = Credentials()
    with scripted(said) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        client = mantle_client(credentials, region="us-west-2", attempts=1)
        with pytest.raises(ThrottledError) as error, translate_errors("listing", credentials=str(credentials)):
            client.list_projects()
    assert error.value.retry_after == seconds
