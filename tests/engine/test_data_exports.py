"""A data export and its bucket on the real engine; the AWS plugin is a stand-in, `standin_aws`."""

import json
from pathlib import Path
from typing import Any

import boto3

from local_aws.accounts import LOCAL_SECRET
from tests.engine.conftest import PAYER, Cloud, MakeStack
from tests.engine.first_state import with_standin_aws
from tests.engine.run import UNCHANGED, Run

HEAD = """\
version: 1
inventory: acme
environments: {dev: {account: "111111111111", region: us-west-2}, prod: {}}
projects: {}
"""
EXPORT = "exports: {bedrock: {table: cur2, create: true, bucket: acme-bedrock-costs, region: eu-west-1}}\n"
BUCKET = "acme-bedrock-costs"


class Seen:
    """What AWS holds; exports are seen in what the stand-in keeps, since moto lacks them."""

    def __init__(self, cloud: Cloud, kept: Path) -> None:
        self._kept = kept
        self.s3 = boto3.client(
            "s3",
            region_name="eu-west-1",
            endpoint_url=cloud.url,
            aws_access_key_id=f"local-{PAYER}",
            aws_secret_access_key=LOCAL_SECRET,
        )

    def exports(self) -> dict[str, Any]:
        """Name to definition."""
        kept = json.loads((self._kept / "kept.json").read_text())
        return {definition["Name"]: definition for definition in kept.values()}


def aws_steps(run: Run) -> dict[str, str]:
    """Kind of resource → what a run does or would do, for the resources of the AWS provider that do not stay as is."""
    steps = [step for step in run.steps if step.type.startswith("aws:") and step.op not in UNCHANGED]
    return {step.type.rpartition(":")[2]: step.op for step in steps}


def test_an_export_is_created_kept_and_never_replaced(make_stack: MakeStack, cloud: Cloud, tmp_path: Path) -> None:
    folder = tmp_path / "standin"
    folder.mkdir()
    stack = with_standin_aws(make_stack(HEAD + EXPORT), folder)
    role = cloud.role(PAYER, "billing")
    stack.config |= {"bedrock-projects:scope": "billing", "bedrock-projects:billingRoleArn": role}
    seen = Seen(cloud, folder)

    stack.up().succeeded()
    created = seen.exports()["bedrock"]
    assert created["DestinationConfigurations"]["S3Destination"]["S3Bucket"] == BUCKET
    assert "SELECT" in created["DataQuery"]["QueryStatement"]
    policy = json.loads(seen.s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
    assert policy["Statement"][0]["Condition"]["StringLike"]["aws:SourceAccount"] == PAYER
    assert seen.s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    assert all(seen.s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"].values())

    # The refresh shows a property of the table that AWS added.
    assert aws_steps(stack.up("--refresh").succeeded()) == {}

    stack.write_inventory(HEAD + EXPORT.replace("}}", ", granularity: hourly}}"))
    assert stack.preview().one_error() == (
        "export 'bedrock' in the inventory: granularity daily → hourly. AWS would replace the export, and delivers no "
        "earlier month again. Write `granularity: daily` again; for other settings, add a second export with a bucket "
        "of its own"
    )

    refused = stack.destroy().error_messages()
    assert any("Export::bedrock" in error and "because it is protected" in error for error in refused)
    assert any("pulumi state unprotect" in error for error in refused)
    stack.unprotect_all()
    left = stack.destroy().succeeded()
    assert "aws:bcmdata:Export bedrock deleted" in left.stdout
    assert "[retain]" in left.stdout
    assert seen.exports() == {"bedrock": created}
    assert seen.s3.get_bucket_policy(Bucket=BUCKET)["Policy"]
