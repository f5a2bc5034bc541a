"""The five operations, as their answers look."""

import re

import pytest

from local_aws import LocalAws
from tests.local_aws.mantle import ACCOUNT, REGION, Mantle

TAGS = {"Team": "Search", "Cost center/ü": "CC-1 @x"}


def test_a_created_project_is_answered_in_full(mantle: Mantle, aws: LocalAws) -> None:
    aws.set_clock("2026-03-01T12:00:00Z")
    answer = mantle.call("POST", "", {"name": "Chat", "tags": TAGS, "data_retention": {"mode": "none"}})
    project_id = answer.json["id"]
    assert re.fullmatch(r"proj_[a-z0-9]{20}", project_id)
    assert answer.status == 200
    assert answer.json.pop("created_at") in range(1772366400, 1772366460)
    assert answer.json == {
        "object": "organization.project",
        "id": project_id,
        "arn": f"arn:aws:bedrock-mantle:{REGION}:{ACCOUNT}:project/{project_id}",
        "name": "Chat",
        "status": "active",
        "archived_at": None,
        "tags": TAGS,
        "data_retention": {"mode": "none"},
    }


def test_a_name_is_all_that_a_create_needs(mantle: Mantle) -> None:
    project = mantle.create("Chat")
    assert (project["tags"], project["data_retention"]) == ({}, {"mode": "inherit"})


def test_get_answers_what_create_answered(mantle: Mantle) -> None:
    project = mantle.create("Chat", tags=TAGS)
    assert mantle.call("GET", f"/{project['id']}").json == project


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name": "Talk"}, {"name": "Talk"}),
        ({"add_tags": {"Owner": "me", "Team": "Ads"}}, {"tags": {"Team": "Ads", "Stage": "dev", "Owner": "me"}}),
        ({"remove_tag_keys": ["Team", "absent"]}, {"tags": {"Stage": "dev"}}),
        ({"data_retention": {"mode": "aws_review"}}, {"data_retention": {"mode": "aws_review"}}),
        (
            {
                "name": "Talk",
                "add_tags": {"Owner": ""},
                "remove_tag_keys": ["Stage"],
                "data_retention": {"mode": "none"},
            },
            {"name": "Talk", "tags": {"Team": "Search", "Owner": ""}, "data_retention": {"mode": "none"}},
        ),
    ],
    ids=["name", "add", "remove", "retention", "together"],
)
def test_an_update_changes_what_it_says_and_nothing_else(
    mantle: Mantle, change: dict[str, object], expected: dict[str, object]
) -> None:
    project = mantle.create("Chat", tags={"Team": "Search", "Stage": "dev"})
    answer = mantle.call("POST", f"/{project['id']}", change)
    assert (answer.status, answer.json) == (200, project | expected)
    assert mantle.call("GET", f"/{project['id']}").json == project | expected


def test_an_archived_project_keeps_its_data_and_leaves_the_list(mantle: Mantle) -> None:
    project = mantle.create("Chat", tags=TAGS)
    answer = mantle.call("POST", f"/{project['id']}/archive")
    assert answer.status == 200
    assert answer.json == project | {"status": "archived", "archived_at": answer.json["archived_at"]}
    assert answer.json["archived_at"] >= project["created_at"]
    assert mantle.listed() == ["default"]
    assert mantle.listed(include_archived="true") == ["default", "Chat"]


def test_a_list_shows_projects_as_get_does_and_has_the_default_one(mantle: Mantle) -> None:
    project = mantle.create("Chat", tags=TAGS)
    answer = mantle.call("GET")
    default = mantle.call("GET", "/default").json
    assert default["arn"] == f"arn:aws:bedrock-mantle:{REGION}:{ACCOUNT}:project/default"
    assert answer.json == {
        "object": "list",
        "data": [default, project],
        "first_id": "default",
        "last_id": project["id"],
        "has_more": False,
    }


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 100])
def test_pages_hold_each_project_once(mantle: Mantle, limit: int) -> None:
    names = ["default"] + [mantle.create(f"P{number}")["name"] for number in range(3)]
    seen: list[str] = []
    query: dict[str, object] = {"limit": limit}
    more, pages = True, 0
    while more:
        page = mantle.call("GET", query=query).json
        assert len(page["data"]) <= limit
        seen += [project["name"] for project in page["data"]]
        pages += 1
        more, query["after"] = page["has_more"], page["last_id"]
    assert (seen, pages) == (names, -(-4 // limit))


def test_a_page_has_20_projects_unless_asked(mantle: Mantle) -> None:
    for number in range(20):
        mantle.create(f"P{number}")
    page = mantle.call("GET").json
    assert (len(page["data"]), page["has_more"]) == (20, True)


def test_the_page_after_the_last_is_empty(mantle: Mantle) -> None:
    page = mantle.call("GET", query={"after": mantle.create("Chat")["id"]}).json
    assert page == {"object": "list", "data": [], "first_id": None, "last_id": None, "has_more": False}


def test_accounts_and_regions_do_not_see_each_other(mantle: Mantle, aws: LocalAws) -> None:
    project = mantle.create("Chat")
    for other in (Mantle(aws.url, account="222222222222"), Mantle(aws.url, region="eu-west-1")):
        assert other.listed() == ["default"]
        status, code, message = other.call("GET", f"/{project['id']}").error
        assert (status, code) == (404, "not_found_error")
        account = other.credentials.access_key.removeprefix("local-")
        assert f"arn:aws:bedrock-mantle:{other.region}:{account}:project/{project['id']}" in message


def test_arns_of_govcloud_have_its_partition(aws: LocalAws) -> None:
    project = Mantle(aws.url, region="us-gov-west-1").create("Chat")
    assert project["arn"].startswith("arn:aws-us-gov:bedrock-mantle:us-gov-west-1:")


def test_the_same_seed_gives_the_same_ids_with_any_reads_between(mantle: Mantle, aws: LocalAws) -> None:
    first = [mantle.create("A")["id"], mantle.create("B")["id"]]
    request_id = aws.requests()[0].request_id
    aws.reset(seed=1)
    again = mantle.create("A")["id"]
    mantle.call("GET")
    assert [again, mantle.create("B")["id"]] == first
    assert aws.requests()[0].request_id == request_id
    aws.reset(seed=2)
    assert mantle.create("A")["id"] != first[0]
    assert aws.requests()[0].request_id != request_id


def test_every_answer_names_its_request(mantle: Mantle, aws: LocalAws) -> None:
    answers = [mantle.call("GET"), mantle.call("POST", "", {}), mantle.call("GET", "/proj_none")]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert ids == [request.request_id for request in aws.requests()]
    assert len(set(ids)) == 3
