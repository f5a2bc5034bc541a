"""boto3, unchanged but for its endpoint, works against moto behind our own services."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import ControlError, LocalAws
from tests.local_aws.mantle import Mantle
from tests.local_aws.sessions import new_session

A, B = "111111111111", "222222222222"


@pytest.fixture
def client(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Clients made from environment variables alone."""

    def make(service: str, account: str = A, region: str = "us-west-2", **overrides: str) -> Any:
        for name, value in (aws.environment(account, region=region) | overrides).items():
            monkeypatch.setenv(name, value)
        return new_session().client(service)  # type: ignore[call-overload]  # any service

    return make


def test_the_caller_is_the_keys_account(client: Callable[..., Any]) -> None:
    assert [client("sts", account).get_caller_identity()["Account"] for account in (A, B)] == [A, B]


def test_accounts_and_regions_are_apart(client: Callable[..., Any]) -> None:
    client("ssm").put_parameter(Name="/x", Value="1", Type="String")
    assert client("ssm").get_parameter(Name="/x")["Parameter"]["ARN"] == f"arn:aws:ssm:us-west-2:{A}:parameter/x"
    for other in (client("ssm", B), client("ssm", A, "eu-west-1")):
        with pytest.raises(ClientError, match="ParameterNotFound"):
            other.get_parameter(Name="/x")


def test_an_assumed_role_acts_in_its_account(client: Callable[..., Any], aws: LocalAws) -> None:
    role = f"arn:aws:iam::{B}:role/billing"
    aws.add_role(role)
    issued = client("sts").assume_role(RoleArn=role, RoleSessionName="ci")["Credentials"]
    session = new_session(issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"])
    identity = session.client("sts").get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == (B, f"arn:aws:sts::{B}:assumed-role/billing/ci")
    session.client("ssm").put_parameter(Name="/x", Value="1", Type="String")
    assert client("ssm", B).get_parameter(Name="/x")["Parameter"]["Value"] == "1"


def test_a_role_is_assumed_only_if_its_account_has_it(client: Callable[..., Any], aws: LocalAws) -> None:
    role = f"arn:aws:iam::{B}:role/deploy/bedrock-projects"
    aws.add_role(f"arn:aws:iam::{A}:role/deploy/bedrock-projects")
    with pytest.raises(ClientError) as caught:
        client("sts").assume_role(RoleArn=role, RoleSessionName="ci")
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    assert str(caught.value).endswith(
        f"User: arn:aws:iam::{A}:user/local is not authorized to perform: sts:AssumeRole on resource: {role} because "
        "no identity-based policy allows the sts:AssumeRole action"
    )
    aws.add_role(role)
    aws.add_role(role)
    client("sts").assume_role(RoleArn=role, RoleSessionName="ci")
    assert [request.status for request in aws.requests("sts:AssumeRole")] == [403, 200]
    with pytest.raises(ControlError, match="not the ARN of a role"):
        aws.add_role("deploy")


def test_keys_of_iam_users_work_and_are_checked(client: Callable[..., Any]) -> None:
    iam = client("iam")
    iam.create_user(UserName="ci")
    key = iam.create_access_key(UserName="ci")["AccessKey"]
    chosen = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    assert client("sts", **chosen).get_caller_identity()["Arn"] == f"arn:aws:iam::{A}:user/ci"
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        client("sts", **chosen | {"AWS_SECRET_ACCESS_KEY": "another"}).get_caller_identity()


def test_objects_with_any_key_can_be_stored(client: Callable[..., Any]) -> None:
    s3 = client("s3", region="us-east-1")
    s3.create_bucket(Bucket="v1-reports")
    s3.put_object(Bucket="v1-reports", Key="a b/ü+%x", Body=b"text" * 100_000)
    assert [item["Key"] for item in s3.list_objects_v2(Bucket="v1-reports")["Contents"]] == ["a b/ü+%x"]
    assert s3.get_object(Bucket="v1-reports", Key="a b/ü+%x")["Body"].read() == b"text" * 100_000


def test_metrics_sent_compressed_arrive(client: Callable[..., Any]) -> None:
    cloudwatch = client("cloudwatch")
    data = [{"MetricName": f"m{number:03}", "Value": 1.0} for number in range(400)]
    cloudwatch.put_metric_data(Namespace="X", MetricData=data)
    pages = cloudwatch.get_paginator("list_metrics").paginate(Namespace="X")
    assert sum(len(page["Metrics"]) for page in pages) == 400


@pytest.mark.parametrize(
    ("service", "call", "refusals"),
    [
        ("sts", "get_caller_identity", ["SignatureDoesNotMatch", "InvalidClientTokenId", "ExpiredToken"]),
        ("ssm", "describe_parameters", ["InvalidSignature", "UnrecognizedClient", "ExpiredTokenException"]),
        ("s3", "list_buckets", ["SignatureDoesNotMatch", "InvalidAccessKeyId", "ExpiredToken"]),
    ],
)
def test_senders_are_refused_in_the_services_own_words(
    client: Callable[..., Any], service: str, call: str, refusals: list[str]
) -> None:
    wrong = [
        {"AWS_SECRET_ACCESS_KEY": "another"},
        {"AWS_ACCESS_KEY_ID": "AKIAUNKNOWNUNKNOWN12"},
        {"AWS_ACCESS_KEY_ID": f"local-{A}", "AWS_SECRET_ACCESS_KEY": "local-secret", "AWS_SESSION_TOKEN": "expired"},
    ]
    for overrides, code in zip(wrong, refusals, strict=True):
        with pytest.raises(ClientError, match=code):
            getattr(client(service, **overrides), call)()


def test_a_reset_empties_moto_too(client: Callable[..., Any], aws: LocalAws) -> None:
    client("ssm").put_parameter(Name="/x", Value="1", Type="String")
    aws.reset()
    with pytest.raises(ClientError, match="ParameterNotFound"):
        client("ssm").get_parameter(Name="/x")


def test_calls_to_moto_are_recorded_by_service_and_operation(client: Callable[..., Any], aws: LocalAws) -> None:
    client("sts").get_caller_identity()
    client("ssm", B, "eu-west-1").describe_parameters()
    client("s3").list_buckets()
    recorded = [(request.operation, request.account, request.region, request.status) for request in aws.requests()]
    assert recorded == [
        ("sts:GetCallerIdentity", A, "us-west-2", 200),
        ("ssm:DescribeParameters", B, "eu-west-1", 200),
        ("s3:GET /", A, "us-west-2", 200),
    ]


def test_the_projects_api_needs_no_moto(mantle: Mantle, aws: LocalAws) -> None:
    mantle.create("A")
    assert [request.service for request in aws.requests()] == ["bedrock-mantle"]
