"""What the Projects API refuses, with code and message, and that it then changes nothing."""

from typing import Any

import pytest

from local_aws import LocalAws
from tests.local_aws.mantle import PROJECTS, Mantle

FIFTY = {f"k{number}": "v" for number in range(50)}

BAD_CREATES: dict[str, tuple[Any, str, str]] = {
    "no name": ({}, "name", "name is required"),
    "name null": ({"name": None}, "fields", "must not be null: name"),
    "name number": ({"name": 7}, "name", "must be a string"),
    "name empty": ({"name": ""}, "name", "1 to 128 characters, this has 0"),
    "name of 129": ({"name": "x" * 129}, "name", "this has 129"),
    "unknown field": ({"name": "x", "key": "y", "arn": "z"}, "fields", "Unknown fields in the request body: arn, key."),
    "a list": ([], "json-body", "must be a JSON object"),
    "tags list": ({"name": "x", "tags": [{"Key": "a", "Value": "b"}]}, "tag", "tags must be an object of strings"),
    "tag number": ({"name": "x", "tags": {"a": 1}}, "tag", "tags must be an object of strings"),
    "tag key empty": ({"name": "x", "tags": {"": "v"}}, "tag", "1 to 128 characters"),
    "tag key of 129": ({"name": "x", "tags": {"k" * 129: "v"}}, "tag", "1 to 128 characters"),
    "tag key of other characters": ({"name": "x", "tags": {"a;b": "v"}}, "tag", "letters, digits, spaces and _ . : /"),
    "tag value of 257": ({"name": "x", "tags": {"k": "v" * 257}}, "tag", "0 to 256 characters"),
    "tag value of other characters": ({"name": "x", "tags": {"k": "a\nb"}}, "tag", "0 to 256 characters"),
    "aws: prefix": ({"name": "x", "tags": {"aws:x": "v"}}, "tag", "reserved prefix aws:"),
    "AWS: prefix": ({"name": "x", "tags": {"AWS:x": "v"}}, "tag", "reserved prefix aws:"),
    "51 tags": ({"name": "x", "tags": FIFTY | {"one more": ""}}, "tags", "at most 50 tags, this would have 51"),
    "retention text": ({"name": "x", "data_retention": "none"}, "retention", "inherit, none, default, aws_review"),
    "retention mode": ({"name": "x", "data_retention": {"mode": "zero"}}, "retention", "provider_data_share"),
    "retention field": ({"name": "x", "data_retention": {"mode": "none", "days": 3}}, "retention", "must be"),
}


@pytest.mark.parametrize("case", BAD_CREATES)
def test_a_create_that_breaks_a_rule_creates_nothing(mantle: Mantle, aws: LocalAws, case: str) -> None:
    body, rule, message = BAD_CREATES[case]
    status, code, text = mantle.call("POST", "", body).error
    assert (status, code) == (400, "validation_error")
    assert message in text
    assert aws.requests()[-1].rule == rule
    assert aws.projects() == []


def test_a_body_that_is_not_json_is_refused(mantle: Mantle) -> None:
    answer = mantle.send(mantle.signed("POST", PROJECTS, b"{name: x}"))
    assert answer.error == (400, "validation_error", "The request body is not valid JSON.")


BAD_UPDATES: dict[str, tuple[Any, str, str]] = {
    "nothing": ({}, "no-change", "An update needs one of"),
    "tags": ({"tags": {"a": "b"}}, "fields", "Unknown fields in the request body: tags."),
    "status": ({"status": "archived"}, "fields", "Unknown fields in the request body: status."),
    "name": ({"name": ""}, "name", "1 to 128 characters"),
    "reserved key added": ({"add_tags": {"aws:a": "b"}}, "tag", "reserved prefix"),
    "reserved key removed": ({"remove_tag_keys": ["aws:a"]}, "tag", "reserved prefix"),
    "keys as text": ({"remove_tag_keys": "Team"}, "tag", "must be a list of strings"),
    "both ways": ({"add_tags": {"Team": "x"}, "remove_tag_keys": ["Team"]}, "tag-twice", "added and removed: Team"),
    "too many": ({"add_tags": FIFTY}, "tags", "this would have 51"),
    "retention": ({"name": "New", "data_retention": {"mode": "never"}}, "retention", "must be"),
}


@pytest.mark.parametrize("case", BAD_UPDATES)
def test_an_update_that_breaks_a_rule_changes_nothing(mantle: Mantle, aws: LocalAws, case: str) -> None:
    body, rule, message = BAD_UPDATES[case]
    project = mantle.create("Chat", tags={"Team": "Search"})
    status, code, text = mantle.call("POST", f"/{project['id']}", body).error
    assert (status, code) == (400, "validation_error")
    assert message in text
    assert aws.requests()[-1].rule == rule
    assert mantle.call("GET", f"/{project['id']}").json == project


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("GET", "", None), ("POST", "", {"name": "x"}), ("POST", "/archive", None)],
    ids=["get", "update", "archive"],
)
@pytest.mark.parametrize("project_id", ["proj_5ht6vmk4cnu6yfmc345k", "nonsense", "Default"])
def test_an_id_that_is_not_there_is_named_by_its_arn(
    mantle: Mantle, method: str, path: str, body: Any, project_id: str
) -> None:
    status, code, message = mantle.call(method, f"/{project_id}{path}", body).error
    assert (status, code) == (404, "not_found_error")
    assert f"arn:aws:bedrock-mantle:us-west-2:111111111111:project/{project_id}" in message


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"limit": "-1"}, {"after": "proj_x"}])
def test_paging_parameters_out_of_range_are_refused(mantle: Mantle, query: dict[str, Any]) -> None:
    status, code, message = mantle.call("GET", query=query).error
    assert (status, code) == (400, "validation_error")
    assert next(iter(query)) in message


@pytest.mark.parametrize("body", [b'{"reason": "x"}', b"null", b"x"])
def test_an_archive_takes_no_body(mantle: Mantle, body: bytes) -> None:
    project = mantle.create("Chat")
    answer = mantle.send(mantle.signed("POST", f"{PROJECTS}/{project['id']}/archive", body))
    assert answer.error == (400, "validation_error", "This operation takes no request body.")
    assert mantle.listed() == ["default", "Chat"]


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("", {"add_tags": {"a": "b"}}, "The default project cannot be tagged."),
        ("", {"remove_tag_keys": ["a"]}, "The default project cannot be tagged."),
        ("/archive", None, "The default project cannot be archived."),
    ],
)
def test_the_default_project_is_neither_tagged_nor_archived(mantle: Mantle, path: str, body: Any, message: str) -> None:
    assert mantle.call("POST", f"/default{path}", body).error == (400, "validation_error", message)


@pytest.mark.parametrize(
    "path",
    [
        "/openai/v1/organization/projects",
        "/v1/organization/project",
        "/v1/organization/projects/proj_x/restore",
        "/v1/projects",
    ],
)
def test_the_projects_api_is_nowhere_else(mantle: Mantle, path: str) -> None:
    status, code, message = mantle.send(mantle.signed("GET", path)).error
    assert (status, code, message) == (404, "not_found_error", f"Invalid URL (GET {path})")


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH"])
def test_there_is_no_delete_and_no_other_way_to_update(mantle: Mantle, method: str) -> None:
    project = mantle.create("Chat")
    assert mantle.call(method, f"/{project['id']}").status == 404
    assert mantle.listed() == ["default", "Chat"]


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "x" * 128},
        {"name": "ü 漢 / any"},
        {"name": "x", "tags": FIFTY},
        {"name": "x", "tags": {"k" * 128: "v" * 256}},
        {"name": "x", "tags": {"Ünï 漢_.:/=+-@": "ß 1"}},
        {"name": "x", "tags": {"Team": "a", "team": "b"}},
        {"name": "x", "data_retention": {"mode": "provider_data_share"}},
    ],
    ids=["longest name", "any name", "50 tags", "longest tag", "all characters", "case counts", "legacy mode"],
)
def test_what_is_just_inside_the_limits_is_taken(mantle: Mantle, fields: dict[str, Any]) -> None:
    project = mantle.create(**fields)
    assert {name: project[name] for name in fields} == fields


def test_two_projects_may_have_one_name(mantle: Mantle) -> None:
    assert mantle.create("Chat")["id"] != mantle.create("Chat")["id"]


def test_an_archived_project_answers_get_and_archive_but_not_update(mantle: Mantle) -> None:
    project = mantle.create("Chat")
    archived = mantle.call("POST", f"/{project['id']}/archive").json
    assert mantle.call("GET", f"/{project['id']}").json == archived
    assert mantle.call("POST", f"/{project['id']}/archive").json == archived
    answer = mantle.call("POST", f"/{project['id']}", {"name": "New"})
    expected = f"Project {project['arn']} is archived and cannot be updated."
    assert answer.error == (400, "validation_error", expected)
