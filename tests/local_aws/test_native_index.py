"""GetResources of the Resource Groups Tagging API, as boto3 sees it, in each position of its switch."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import Fault, LocalAws
from local_aws.rules import Rule
from local_aws.tagging import rules
from tests.local_aws.mantle import Mantle
from tests.local_aws.native import Native, arn, client


@pytest.fixture
def index(aws: LocalAws) -> Any:
    """A client of the tagging API."""
    return client(aws.url, "resourcegroupstaggingapi")


def shown(index: Any, **parameters: Any) -> dict[str, dict[str, str]]:
    """The tags of one page by ARN."""
    parameters.setdefault("ResourceTypeFilters", ["bedrock:project"])
    mappings = index.get_resources(**parameters)["ResourceTagMappingList"]
    return {one["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in one["Tags"]} for one in mappings}


def refusal(index: Any, **parameters: Any) -> tuple[str, str]:
    """Code and message of a request that must be refused."""
    with pytest.raises(ClientError) as raised:
        index.get_resources(**parameters)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def test_it_shows_tagged_projects_only(index: Any, native: Native) -> None:
    project = native.create("Tagged", {"Team": "Search", "a": "b"})
    native.create("Untagged")
    assert shown(index) == {project["arn"]: {"Team": "Search", "a": "b"}}


def test_it_shows_changes_at_once_and_emptied_projects_without_tags(index: Any, native: Native) -> None:
    project = native.create("Chat")
    assert shown(index) == {}
    native.tag(project["id"], {"a": "1"})
    assert shown(index) == {project["arn"]: {"a": "1"}}
    native.untag(project["id"], "a")
    assert shown(index) == {project["arn"]: {}}


def test_archived_projects_stay(index: Any, native: Native) -> None:
    project = native.create("Chat", {"a": "1"})
    native.bedrock.archive_project(projectIdentifier=project["id"])
    assert shown(index) == {project["arn"]: {"a": "1"}}


def test_it_is_of_one_account_and_region(index: Any, aws: LocalAws) -> None:
    Native(aws.url, region="eu-west-1").create("A", {"a": "1"})
    Native(aws.url, account="222222222222").create("B", {"a": "1"})
    assert shown(index) == {}


@pytest.mark.parametrize(
    ("types", "native_shown", "mantle_shown"),
    [
        (["bedrock:project"], True, False),
        (["bedrock"], True, False),
        (["bedrock-mantle:project"], False, True),
        (["s3", "bedrock:project"], True, False),
        ([], True, True),
        (None, True, True),
    ],
)
def test_each_api_has_a_type(
    index: Any, native: Native, mantle: Mantle, types: list[str] | None, native_shown: bool, mantle_shown: bool
) -> None:
    project, other = native.create("A", {"a": "1"}), mantle.create("B", tags={"a": "1"})
    expected = {project["arn"]} if native_shown else set()
    expected |= {other["arn"]} if mantle_shown else set()
    parameters = {} if types is None else {"ResourceTypeFilters": types}
    answer = index.get_resources(**parameters)
    assert {one["ResourceARN"] for one in answer["ResourceTagMappingList"]} == expected


def test_with_one_store_a_project_has_both_arns(index: Any, mantle: Mantle, aws: LocalAws) -> None:
    aws.settings(project_stores="one")
    project = mantle.create("Chat", tags={"a": "1"})
    assert shown(index) == {arn(project["id"]): {"a": "1"}}
    assert set(shown(index, ResourceTypeFilters=[])) == {arn(project["id"]), project["arn"]}


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ([{"Key": "Team"}], {"A", "B"}),
        ([{"Key": "Team", "Values": ["Search"]}], {"A"}),
        ([{"Key": "Team", "Values": ["Search", "Shop"]}, {"Key": "Env", "Values": ["dev"]}], {"B"}),
        ([{"Key": "team"}], set()),
    ],
)
def test_filters_by_tag_hold_together(
    index: Any, native: Native, filters: list[dict[str, Any]], names: set[str]
) -> None:
    arns = {
        native.create(name, tags)["arn"]: name
        for name, tags in {"A": {"Team": "Search"}, "B": {"Team": "Shop", "Env": "dev"}, "C": {"x": "y"}}.items()
    }
    assert {arns[one] for one in shown(index, TagFilters=filters)} == names


def test_pages_have_up_to_100_and_bring_each_project_once(index: Any, native: Native) -> None:
    arns = {native.create(f"p{number}", {"a": "1"})["arn"] for number in range(7)}
    pages = index.get_paginator("get_resources").paginate(
        ResourceTypeFilters=["bedrock:project"], PaginationConfig={"PageSize": 3}
    )
    sizes, seen = [], []
    for page in pages:
        sizes.append(len(page["ResourceTagMappingList"]))
        seen += [one["ResourceARN"] for one in page["ResourceTagMappingList"]]
    assert (sizes, sorted(seen)) == ([3, 3, 1], sorted(arns))


def test_the_last_page_has_an_empty_token(index: Any, native: Native) -> None:
    native.create("Chat", {"a": "1"})
    assert index.get_resources(ResourceTypeFilters=["bedrock:project"])["PaginationToken"] == ""


@pytest.mark.parametrize(
    ("parameters", "rule"),
    [
        ({"ResourcesPerPage": 0}, rules.SHAPE),
        ({"ResourcesPerPage": 101}, rules.SHAPE),
        ({"PaginationToken": "abc"}, rules.TOKEN),
        ({"PaginationToken": "YWJjIGRlZg=="}, rules.TOKEN),
    ],
)
def test_parameters_out_of_range_are_refused(index: Any, aws: LocalAws, parameters: dict[str, Any], rule: Rule) -> None:
    assert rule.id in ("index-shape", "index-token")
    assert refusal(index, ResourceTypeFilters=["bedrock:project"], **parameters)[0] == "InvalidParameterException"
    assert aws.requests()[-1].rule == rule.id


def test_a_token_expires(index: Any, native: Native, aws: LocalAws) -> None:
    for number in range(2):
        native.create(f"p{number}", {"a": "1"})
    token = index.get_resources(ResourcesPerPage=1)["PaginationToken"]
    aws.advance(seconds=901)
    assert refusal(index, ResourcesPerPage=1, PaginationToken=token)[0] == "PaginationTokenExpiredException"
    assert aws.requests()[-1].rule == "index-expired"


def test_by_default_it_knows_the_type(aws: LocalAws) -> None:
    assert aws.settings()["project_index"] == "knows"


def test_it_may_be_empty(index: Any, native: Native, mantle: Mantle, aws: LocalAws) -> None:
    aws.settings(project_index="empty")
    native.create("Chat", {"a": "1"})
    other = mantle.create("Other", tags={"a": "1"})
    assert shown(index) == {}
    assert set(shown(index, ResourceTypeFilters=[])) == {other["arn"]}


def test_it_may_refuse(index: Any, aws: LocalAws) -> None:
    aws.settings(project_index="refuses")
    code, message = refusal(index)
    assert code == "AccessDeniedException"
    assert "is not authorized to perform: tag:GetResources" in message
    assert aws.requests()[-1].rule == "index-refused"


def test_it_may_not_support_the_type(index: Any, native: Native, aws: LocalAws) -> None:
    aws.settings(project_index="unsupported")
    native.create("Chat", {"a": "1"})
    assert refusal(index, ResourceTypeFilters=["bedrock:project"]) == (
        "InvalidParameterException",
        "Unsupported service=bedrock in ResourceTypeFilter - bedrock:project",
    )
    assert aws.requests()[-1].rule == "index-unsupported"
    assert shown(index, ResourceTypeFilters=[]) == {}


def test_it_may_lag(index: Any, native: Native, aws: LocalAws) -> None:
    aws.settings(project_index="lags", index_lag_seconds=3600)
    project = native.create("Chat", {"a": "1"})
    assert shown(index) == {}
    aws.advance(seconds=1800)
    native.tag(project["id"], {"a": "2"})
    aws.advance(seconds=1801)
    assert shown(index) == {project["arn"]: {"a": "1"}}
    aws.advance(seconds=1800)
    assert shown(index) == {project["arn"]: {"a": "2"}}


def test_it_takes_one_permission(index: Any, aws: LocalAws) -> None:
    shown(index)
    request = aws.requests()[-1]
    assert (request.operation, request.permissions) == ("tagging:GetResources", [["tag:GetResources", "*"]])
    aws.faults([Fault(kind="denied", action="tag:GetResources")])
    assert refusal(index)[0] == "AccessDeniedException"


def test_it_may_be_throttled(index: Any, aws: LocalAws) -> None:
    aws.faults([Fault(kind="throttled", operation="tagging:*")])
    assert refusal(index)[0] == "ThrottledException"


def test_other_requests_of_the_service_are_motos(index: Any, aws: LocalAws) -> None:
    s3 = client(aws.url, "s3", region="us-east-1")
    s3.create_bucket(Bucket="reports")
    s3.put_bucket_tagging(Bucket="reports", Tagging={"TagSet": [{"Key": "a", "Value": "1"}]})
    elsewhere = client(aws.url, "resourcegroupstaggingapi", region="us-east-1")
    assert shown(elsewhere, ResourceTypeFilters=["s3"]) == {"arn:aws:s3:::reports": {"a": "1"}}
    assert elsewhere.get_tag_keys()["TagKeys"] == ["a"]
    assert json.dumps(aws.requests()[-1].body) == "{}"
