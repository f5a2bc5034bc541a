"""The native Projects API, as boto3's client `bedrock` sees it."""

import re
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import boto3
import pytest

from local_aws import Fault, LocalAws
from tests.local_aws.mantle import ACCOUNT, REGION, Mantle
from tests.local_aws.native import Native, arn, client, fields_of, pairs


def test_a_project_is_created_with_tags_and_retention_in_one_request(native: Native, aws: LocalAws) -> None:
    aws.set_clock("2026-11-28T12:00:00Z")
    project = native.create("Chat", {"Team": "Search"}, dataRetention={"mode": "none"})
    assert re.fullmatch(r"proj_[a-z2-7]{20}", project["id"])
    assert datetime(2026, 11, 28, 12, tzinfo=timezone.utc) <= project.pop("createdAt")
    assert project == {
        "id": project["id"],
        "arn": arn(project["id"]),
        "name": "Chat",
        "status": "active",
        "dataRetention": {"mode": "none"},
    }
    assert native.tags(project["id"]) == {"Team": "Search"}


def test_a_project_is_found_by_id_and_by_arn(native: Native) -> None:
    project = native.create()
    assert native.get(project["id"]) == native.get(project["arn"]) == project
    assert project["dataRetention"] == {"mode": "inherit"}


def test_the_default_project_is_there(native: Native) -> None:
    project = native.get("default")
    assert (project["id"], project["arn"], project["status"]) == ("default", arn("default"), "active")
    assert native.listed() == ["default"]
    assert native.tags("default") == {}


def test_a_partition_of_its_own_has_arns_of_its_own(aws: LocalAws) -> None:
    gov = Native(aws.url, region="us-gov-west-1")
    project = gov.create()
    assert project["arn"].startswith("arn:aws-us-gov:bedrock:us-gov-west-1:")
    assert gov.get(project["arn"]) == project


def test_two_projects_may_have_one_name(native: Native) -> None:
    assert native.create("Chat")["id"] != native.create("Chat")["id"]


def test_an_update_changes_one_field(native: Native) -> None:
    project = native.create("Chat", {"a": "b"})
    renamed = fields_of(native.bedrock.update_project(projectIdentifier=project["id"], name="Talk"))
    assert renamed == project | {"name": "Talk"}
    kept = native.bedrock.update_project(projectIdentifier=project["arn"], dataRetention={"mode": "aws_review"})
    assert fields_of(kept) == renamed | {"dataRetention": {"mode": "aws_review"}}
    assert native.tags(project["id"]) == {"a": "b"}


def test_an_archive_is_for_good_and_a_second_one_changes_nothing(native: Native, aws: LocalAws) -> None:
    aws.set_clock("2026-11-28T12:00:00Z")
    project = native.create()
    archived = fields_of(native.bedrock.archive_project(projectIdentifier=project["id"]))
    assert archived == project | {"status": "archived", "archivedAt": archived["archivedAt"]}
    aws.advance(hours=1)
    assert fields_of(native.bedrock.archive_project(projectIdentifier=project["arn"])) == archived
    assert native.get(project["id"]) == archived


def test_tags_are_added_and_taken_away(native: Native) -> None:
    project_id = native.create("Chat", {"a": "1", "b": "2"})["id"]
    native.tag(project_id, {"b": "3", "c": ""})
    native.untag(project_id, "a", "absent")
    assert native.tags(project_id) == {"b": "3", "c": ""}


def test_no_answer_has_tags(native: Native) -> None:
    project = native.create("Chat", {"a": "b"})
    native.bedrock.update_project(projectIdentifier=project["id"], name="Talk")
    listed = native.bedrock.list_projects()["projectSummaries"]
    archived = native.bedrock.archive_project(projectIdentifier=project["id"])
    assert not any("tags" in shown for shown in (project, native.get(project["id"]), archived, *listed))


def test_a_list_has_pages_of_20_and_archived_projects(native: Native) -> None:
    native.archived()
    names = ["default", "Chat", *(f"p{number}" for number in range(23))]
    for name in names[2:]:
        native.create(name)
    first = native.bedrock.list_projects()
    assert len(first["projectSummaries"]) == 20
    second = native.bedrock.list_projects(nextToken=first["nextToken"])
    assert "nextToken" not in second
    shown = [project["name"] for page in (first, second) for project in page["projectSummaries"]]
    assert shown == names
    assert native.listed(maxResults=100) == names


def test_the_paginator_of_boto3_sees_every_project(native: Native) -> None:
    for number in range(7):
        native.create(f"p{number}")
    pages = list(native.bedrock.get_paginator("list_projects").paginate(PaginationConfig={"PageSize": 3}))
    assert [len(page["projectSummaries"]) for page in pages] == [3, 3, 2]


@pytest.mark.parametrize(("status", "names"), [("active", ["default", "New"]), ("archived", ["Chat"])])
def test_a_list_can_be_of_one_status(native: Native, status: str, names: list[str]) -> None:
    native.archived()
    native.create("New")
    assert native.listed(statusFilter=status) == names


def test_a_project_that_is_archived_between_two_pages_loses_none(native: Native) -> None:
    for number in range(4):
        native.create(f"p{number}")
    first = native.bedrock.list_projects(maxResults=2, statusFilter="active")
    native.bedrock.archive_project(projectIdentifier=first["projectSummaries"][1]["id"])
    assert native.listed(statusFilter="active", nextToken=first["nextToken"]) == ["p1", "p2", "p3"]


def test_projects_are_of_their_account_and_region(native: Native, aws: LocalAws) -> None:
    project_id = native.create()["id"]
    for other in (Native(aws.url, account="222222222222"), Native(aws.url, region="eu-west-1")):
        assert other.listed() == ["default"]
        assert other.refusal("get_project", projectIdentifier=project_id)[:2] == (404, "ResourceNotFoundException")


def test_every_region_has_it(aws: LocalAws) -> None:
    assert Native(aws.url, region="ap-northeast-3").listed() == ["default"]


@pytest.mark.parametrize(
    ("stores", "shown"),
    [("two", (["default", "Native"], ["default", "Mantle"])), ("one", (["default", "Mantle", "Native"],) * 2)],
)
def test_both_apis_show_the_same_projects_or_not(
    native: Native, mantle: Mantle, aws: LocalAws, stores: str, shown: tuple[list[str], list[str]]
) -> None:
    aws.settings(project_stores=stores)
    mantle.create("Mantle")
    native.create("Native")
    assert (native.listed(), mantle.listed()) == shown


def test_with_one_store_ids_tags_and_archives_are_shared_and_arns_are_not(
    native: Native, mantle: Mantle, aws: LocalAws
) -> None:
    aws.settings(project_stores="one")
    project = mantle.create("Chat", tags={"a": "b"})
    assert native.get(project["id"])["arn"] == arn(project["id"]) != project["arn"]
    native.tag(project["id"], {"c": "d"})
    assert mantle.call("GET", f"/{project['id']}").json["tags"] == {"a": "b", "c": "d"} == native.tags(project["id"])
    other = native.create("Other", {"x": "y"})
    shown = mantle.call("POST", f"/{other['id']}/archive").json
    assert (shown["arn"], shown["tags"]) == (arn(other["id"], service="bedrock-mantle"), {"x": "y"})
    assert native.get(other["id"])["status"] == "archived"


def test_with_two_stores_no_id_is_in_both(native: Native, mantle: Mantle) -> None:
    assert mantle.call("GET", f"/{native.create()['id']}").status == 404
    code = native.refusal("get_project", projectIdentifier=mantle.create("Chat")["id"])[1]
    assert code == "ResourceNotFoundException"


@pytest.mark.parametrize(
    "call",
    [
        lambda url: client(url).list_custom_models(),
        lambda url: client(url).get_model_invocation_logging_configuration(),
        lambda url: client(url, "s3").list_buckets(),
    ],
)
def test_what_is_not_ours_goes_on_to_moto(aws: LocalAws, call: Callable[[str], Any]) -> None:
    assert call(aws.url)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_tags_of_other_resources_go_on_to_moto(native: Native, aws: LocalAws) -> None:
    iam = client(aws.url, "iam")
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    s3 = {"s3Uri": "s3://bucket/key"}
    native.bedrock.create_model_customization_job(
        jobName="job",
        customModelName="model",
        roleArn=role,
        baseModelIdentifier="anthropic.claude-haiku-4-5",
        trainingDataConfig=s3,
        outputDataConfig=s3,
        hyperParameters={},
    )
    job = native.bedrock.get_model_customization_job(jobIdentifier="job")["jobArn"]
    native.bedrock.tag_resource(resourceARN=job, tags=pairs({"a": "b"}))
    assert native.bedrock.list_tags_for_resource(resourceARN=job)["tags"] == pairs({"a": "b"})
    native.bedrock.untag_resource(resourceARN=job, tagKeys=["a"])
    assert native.bedrock.list_tags_for_resource(resourceARN=job)["tags"] == []


def test_a_bucket_may_be_called_projects(aws: LocalAws) -> None:
    s3 = client(aws.url, "s3", region="us-east-1")
    s3.create_bucket(Bucket="projects")
    s3.put_object(Bucket="projects", Key="a/archive", Body=b"x")
    assert [item["Key"] for item in s3.list_objects_v2(Bucket="projects")["Contents"]] == ["a/archive"]


def test_requests_are_recorded_by_operation(native: Native, aws: LocalAws) -> None:
    project = native.create("Chat", {"a": "b"})
    native.get(project["arn"])
    created, got = aws.requests()
    assert (created.operation, created.service, created.account, created.region) == (
        "bedrock:CreateProject",
        "bedrock",
        ACCOUNT,
        REGION,
    )
    assert created.body == {"name": "Chat", "tags": pairs({"a": "b"})}
    assert (got.operation, got.path, got.status) == ("bedrock:GetProject", f"/projects/{project['arn']}", 200)


def test_the_control_api_shows_and_changes_projects_of_either_api(
    native: Native, mantle: Mantle, aws: LocalAws
) -> None:
    project, other = native.create("Chat", {"a": "1", "b": "2"}), mantle.create("Other")
    for project_id in (project["id"], other["id"]):
        aws.tag(project_id, {"a": "3"}, remove=["b"])
        aws.archive(project_id)
    shown, shown_other = aws.projects(service="bedrock")[1], aws.projects()[1]
    assert (shown.id, shown.arn, shown.tags, shown.active) == (project["id"], project["arn"], {"a": "3"}, False)
    assert (shown_other.id, shown_other.tags, shown_other.active) == (other["id"], {"a": "3"}, False)
    assert native.tags(project["id"]) == {"a": "3"}


def test_the_control_api_shows_one_store_under_both_arns(mantle: Mantle, aws: LocalAws) -> None:
    aws.settings(project_stores="one")
    project = mantle.create("Chat")
    assert [aws.projects()[1].arn, aws.projects(service="bedrock")[1].arn] == [project["arn"], arn(project["id"])]


def test_faults_strike_native_operations_too(native: Native, aws: LocalAws) -> None:
    project_id = native.create("Chat", {"a": "b"})["id"]
    aws.faults([Fault(kind="ignored", operation="bedrock:*")])
    assert native.create("Lost") == {}
    native.bedrock.update_project(projectIdentifier=project_id, name="Lost")
    native.bedrock.archive_project(projectIdentifier=project_id)
    native.tag(project_id, {"c": "d"})
    native.untag(project_id, "a")
    aws.faults([])
    assert (native.listed(statusFilter="active"), native.tags(project_id)) == (["default", "Chat"], {"a": "b"})


@pytest.mark.parametrize(
    ("part", "name", "tags", "mode"),
    [
        ("name", "Unnamed", {"a": "b"}, "none"),
        ("tags", "Chat", {}, "none"),
        ("data_retention", "Chat", {"a": "b"}, "inherit"),
    ],
)
def test_a_create_may_be_carried_out_in_part(
    native: Native, aws: LocalAws, part: Any, name: str, tags: dict[str, str], mode: str
) -> None:
    aws.faults([Fault(kind="partly_done", left_out=part)])
    project = native.create("Chat", {"a": "b"}, dataRetention={"mode": "none"})
    assert (project["name"], native.tags(project["id"]), project["dataRetention"]["mode"]) == (name, tags, mode)


def test_writes_of_tags_may_be_left_out(native: Native, aws: LocalAws) -> None:
    project_id = native.create("Chat", {"a": "b"})["id"]
    aws.faults([Fault(kind="partly_done", left_out="tags")])
    native.tag(project_id, {"c": "d"})
    native.untag(project_id, "a")
    assert native.tags(project_id) == {"a": "b"}


def test_a_list_may_lag_and_may_ignore_its_pages(native: Native, aws: LocalAws) -> None:
    native.create("Old")
    aws.advance(seconds=100)
    native.create("New")
    aws.faults([Fault(kind="list_lag", seconds=50)])
    assert native.listed() == ["default", "Old"]
    aws.faults([Fault(kind="ignore_paging")])
    assert native.listed(maxResults=1) == ["default", "Old", "New"]


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("throttled", 429, "ThrottlingException"),
        ("server_error", 500, "InternalServerException"),
        ("unavailable", 503, "ServiceUnavailableException"),
        ("expired_credentials", 403, "ExpiredTokenException"),
    ],
)
def test_failures_have_the_codes_of_the_service(
    native: Native, aws: LocalAws, kind: Any, status: int, code: str
) -> None:
    aws.faults([Fault(kind=kind)])
    assert native.refusal("list_projects")[:2] == (status, code)


def test_profiles_and_session_tokens_work_as_elsewhere(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in aws.environment("222222222222", region="eu-west-1").items():
        monkeypatch.setenv(name, value)
    project = boto3.client("bedrock").create_project(name="Chat")
    assert project["arn"] == arn(project["id"], account="222222222222", region="eu-west-1")
