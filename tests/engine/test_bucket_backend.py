"""State in an S3 bucket, the local AWS's: with checkpoints and without."""

import json

import boto3
import pytest

from local_aws import LocalAws
from tests.engine.conftest import DEV, Cloud, MakeStack
from tests.engine.harness import Stack
from tests.engine.inventories import inventory
from tests.engine.run import DYNAMIC
from tools.up import MANY, MANY_ON_A_SERVICE, Choice

BUCKET = "state"
MANY_ENTRIES = inventory({f"p{number}": f"{{name: P{number}}}" for number in range(12)})


def make_bucket(aws: LocalAws) -> str:
    """An empty bucket; its URL as a Pulumi backend."""
    keys = aws.environment(DEV)
    s3 = boto3.client(
        "s3",
        endpoint_url=aws.url,
        region_name="us-east-1",
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
    )
    s3.create_bucket(Bucket=BUCKET)
    host = aws.url.removeprefix("http://")
    return f"s3://{BUCKET}?endpoint={host}&disableSSL=true&s3ForcePathStyle=true&region=us-east-1"


def in_bucket(stack: Stack, cloud: Cloud, choice: Choice) -> Stack:
    """The stack, on a bucket, with the settings that `make up` chooses."""
    stack.environment |= {"PULUMI_BACKEND_URL": make_bucket(cloud.aws), **choice.environment}
    stack.pulumi("stack select", "--create").succeeded()
    return stack


@pytest.mark.parametrize(("choice", "most", "least"), [(MANY, 12, 1), (MANY_ON_A_SERVICE, 1000, 13)])
def test_a_bucket_keeps_the_state_and_is_written_once_where_checkpoints_are_skipped(
    cloud: Cloud, make_stack: MakeStack, choice: Choice, most: int, least: int
) -> None:
    stack = in_bucket(make_stack(MANY_ENTRIES), cloud, choice)
    cloud.forget_requests()
    stack.up(*choice.options).succeeded()
    writes = [r for r in cloud.aws.requests("s3:PUT*") if "/stacks/" in r.path]
    assert least <= len(writes) <= most
    assert len(cloud.active(DEV)) == 12
    state = json.loads(stack.pulumi("stack export").succeeded().stdout)
    held = {resource["id"] for resource in state["deployment"]["resources"] if resource["type"].startswith(DYNAMIC)}
    assert held == {project["id"] for project in cloud.active(DEV)}
