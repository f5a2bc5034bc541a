"""What the component of data exports asks the AWS provider for, exactly, seen by Pulumi's mocks."""

import json
import logging
from copy import deepcopy
from pathlib import Path

import pytest

from bedrock_projects.errors import RefusedError
from bedrock_projects.exports import cur2
from bedrock_projects.exports.creation import ExportInputs, check_held, columns, created_exports
from bedrock_projects.stacks.settings import Settings
from local_aws.data_exports.columns import CUR2
from tests.unit.declared import PAYER, Recorded, declare
from tests.unit.inventory_files import inventory

HEAD = """\
version: 1
inventory: acme
environments: {dev: {region: us-west-2}, prod: {}}
projects: {}
exports:
  acme-cur2: {table: cur2, location: "s3://acme-billing/cur2"}
"""
BEDROCK = "  bedrock: {table: cur2, create: true, bucket: acme-bedrock-costs, region: eu-west-1}\n"
FULL = BEDROCK.replace("}", ", granularity: hourly, rows: bedrock, iam_principals: true}")
TAGS = {"bedrock-projects:inventory": "acme", "bedrock-projects:key": "bedrock"}
OF_BUCKET = {"bucket": "proj_bedrock", "region": "eu-west-1"}
KINDS = {
    "Bucket",
    "BucketLifecycleConfiguration",
    "BucketOwnershipControls",
    "BucketPolicy",
    "BucketPublicAccessBlock",
    "BucketServerSideEncryptionConfiguration",
    "BucketVersioning",
    "Export",
}


def declared(folder: Path, text: str, **settings: str) -> Recorded:
    file = folder / "projects.yaml"
    file.write_text(HEAD + text)
    return declare(inventory=str(file), **{"scope": "billing", **settings})


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return declared(tmp_path_factory.mktemp("exports"), BEDROCK)


def test_the_bucket_is_private_encrypted_and_versioned(recorded: Recorded) -> None:
    assert recorded.inputs("Bucket", "bedrock") == {"bucket": "acme-bedrock-costs", "region": "eu-west-1", "tags": TAGS}
    assert recorded.inputs("BucketPublicAccessBlock", "bedrock") == {
        **OF_BUCKET,
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }
    assert recorded.inputs("BucketOwnershipControls", "bedrock") == {
        **OF_BUCKET,
        "rule": {"objectOwnership": "BucketOwnerEnforced"},
    }
    assert recorded.inputs("BucketServerSideEncryptionConfiguration", "bedrock") == {
        **OF_BUCKET,
        "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}],
    }
    assert recorded.inputs("BucketVersioning", "bedrock") == {
        **OF_BUCKET,
        "versioningConfiguration": {"status": "Enabled"},
    }


def test_the_life_cycle_touches_old_versions_only(recorded: Recorded) -> None:
    assert recorded.inputs("BucketLifecycleConfiguration", "bedrock") == {
        **OF_BUCKET,
        "rules": [
            {
                "id": "old-versions",
                "status": "Enabled",
                "filter": {"prefix": "exports/"},
                "noncurrentVersionExpiration": {"noncurrentDays": 30},
            }
        ],
    }


def test_the_policy_lets_data_exports_of_the_account_write_over_tls_and_nobody_else(recorded: Recorded) -> None:
    inputs = recorded.inputs("BucketPolicy", "bedrock")
    both = ["arn:aws:s3:::acme-bedrock-costs", "arn:aws:s3:::acme-bedrock-costs/*"]
    assert json.loads(inputs.pop("policy")) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "DataExportsDelivers",
                "Effect": "Allow",
                "Principal": {"Service": ["bcm-data-exports.amazonaws.com", "billingreports.amazonaws.com"]},
                "Action": ["s3:GetBucketPolicy", "s3:PutObject"],
                "Resource": both,
                "Condition": {
                    "StringLike": {
                        "aws:SourceAccount": PAYER,
                        "aws:SourceArn": [
                            f"arn:aws:bcm-data-exports:us-east-1:{PAYER}:export/*",
                            f"arn:aws:cur:us-east-1:{PAYER}:definition/*",
                        ],
                    }
                },
            },
            {
                "Sid": "OnlyOverTLS",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": both,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ],
    }
    assert inputs == OF_BUCKET


def test_the_export_is_what_aws_wants(recorded: Recorded) -> None:
    inputs = deepcopy(recorded.inputs("Export", "bedrock"))
    [data_query] = inputs["export"].pop("dataQueries")
    selected = ", ".join(columns(iam_principals=False))
    assert data_query == {
        "queryStatement": f"SELECT {selected} FROM COST_AND_USAGE_REPORT",
        "tableConfigurations": {
            "COST_AND_USAGE_REPORT": {
                "BILLING_VIEW_ARN": f"arn:aws:billing::{PAYER}:billingview/primary",
                "INCLUDE_CAPACITY_RESERVATION_DATA": "FALSE",
                "INCLUDE_IAM_PRINCIPAL_DATA": "FALSE",
                "INCLUDE_MANUAL_DISCOUNT_COMPATIBILITY": "FALSE",
                "INCLUDE_RESOURCES": "TRUE",
                "INCLUDE_SPLIT_COST_ALLOCATION_DATA": "FALSE",
                "TIME_GRANULARITY": "DAILY",
            }
        },
    }
    output = {
        "format": "PARQUET",
        "compression": "PARQUET",
        "outputType": "CUSTOM",
        "overwrite": "OVERWRITE_REPORT",
    }
    destination = {
        "s3Bucket": "acme-bedrock-costs",
        "s3Prefix": "exports",
        "s3Region": "eu-west-1",
        "s3OutputConfigurations": [output],
    }
    assert inputs == {
        "export": {
            "name": "bedrock",
            "destinationConfigurations": [{"s3Destinations": [destination]}],
            "refreshCadences": [{"frequency": "SYNCHRONOUS"}],
        },
        "tags": TAGS,
    }


def test_every_setting_reaches_the_export(tmp_path: Path) -> None:
    [data_query] = declared(tmp_path, FULL).inputs("Export", "bedrock")["export"]["dataQueries"]
    table = data_query["tableConfigurations"]["COST_AND_USAGE_REPORT"]
    assert (table["TIME_GRANULARITY"], table["INCLUDE_IAM_PRINCIPAL_DATA"]) == ("HOURLY", "TRUE")
    query = data_query["queryStatement"]
    assert "line_item_iam_principal" in query
    assert query.endswith("FROM COST_AND_USAGE_REPORT WHERE product_product_family = 'Amazon Bedrock'")
    assert len(query) <= 36_000


@pytest.mark.parametrize("iam_principals", [False, True])
def test_the_columns_are_all_that_reports_read_and_the_table_has_them(*, iam_principals: bool) -> None:
    selected = set(columns(iam_principals=iam_principals))
    amortized = {name.lstrip("-") for parts in cur2.AMORTIZED.values() for part in parts for name in part}
    assert {*cur2.REQUIRED, cur2.TAGS, cur2.NET_COST, cur2.ACCOUNT_NAME, *amortized} < selected
    assert {"line_item_resource_id", "bill_billing_entity"} < selected
    assert selected <= CUR2.keys()
    # Other settings of the table have these: https://docs.aws.amazon.com/cur/latest/userguide/table-dictionary-cur2.html
    assert not [name for name in selected if name.startswith(("split_line_item_", "capacity_reservation_", "discount"))]
    assert ("line_item_iam_principal" in selected) == iam_principals


def test_nothing_is_ever_deleted_and_the_export_and_its_bucket_are_protected(recorded: Recorded) -> None:
    ours = {kind: recorded.requests[kind, "bedrock"] for kind in KINDS}
    assert {kind for kind, name in recorded.declared if name == "bedrock"} == KINDS
    assert {kind for kind, request in ours.items() if request.retainOnDelete} == KINDS
    assert {kind for kind, request in ours.items() if request.protect} == {"Bucket", "Export"}


def test_the_type_and_the_name_of_the_component_stay(recorded: Recorded) -> None:
    assert "bedrock-projects:components:DataExports" in {request.type for request in recorded.requests.values()}
    urn = recorded.requests["Export", "bedrock"].parent
    assert urn.endswith("$bedrock-projects:components:DataExports::data-exports")


def test_the_export_waits_for_the_policy_of_its_bucket(recorded: Recorded) -> None:
    waits = [urn.rpartition("$")[2] for urn in recorded.requests["Export", "bedrock"].dependencies]
    assert "aws:s3/bucketPolicy:BucketPolicy::bedrock" in waits


def test_the_credentials_are_those_of_billing(tmp_path: Path) -> None:
    role = "arn:aws:iam::999999999999:role/billing"
    recorded = declared(tmp_path, BEDROCK, billingRoleArn=role)
    assert recorded.provider("Export", "bedrock") == recorded.provider("Bucket", "bedrock")
    assert json.loads(recorded.provider("Export", "bedrock")["assumeRoles"]) == [
        {"roleArn": role, "sessionName": "bedrock-projects"}
    ]
    assert recorded.provider("Export", "bedrock")["region"] == "us-east-1"


@pytest.mark.parametrize("scope", ["all", "projects"])
def test_the_stack_of_one_of_several_environments_creates_none(
    scope: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert declared(tmp_path, BEDROCK, scope=scope, environment="dev").names("Export") == []
    notices = [record.getMessage() for record in caplog.records if "does not create" in record.getMessage()]
    expected = (
        "this stack does not create the data exports of the inventory: bedrock. Create them with a stack that has"
    )
    assert [notice.startswith(expected) for notice in notices] == ([True] if scope == "all" else [])


def test_the_stack_of_the_only_environment_creates_it(tmp_path: Path) -> None:
    file = tmp_path / "projects.yaml"
    file.write_text((HEAD + BEDROCK).replace(", prod: {}", ""))
    assert declare(inventory=str(file), environment="dev").names("Export") == ["bedrock"]


CHANGES = {
    "granularity": ("granularity: hourly", "granularity daily → hourly", "`granularity: daily`"),
    "iam_principals": ("iam_principals: true", "iam_principals false → true", "`iam_principals: false`"),
}


@pytest.mark.parametrize(("written", "change", "former"), CHANGES.values(), ids=CHANGES)
def test_a_change_that_would_replace_the_export_is_refused(
    written: str, change: str, former: str, recorded: Recorded, tmp_path: Path
) -> None:
    held = {"bedrock": recorded.inputs("Export", "bedrock")}
    with pytest.raises(RefusedError) as refused:
        check_held(_exports(tmp_path, BEDROCK.replace("}", f", {written}}}")), held)
    assert str(refused.value) == (
        f"export 'bedrock' in the inventory: {change}. AWS would replace the export, and delivers no earlier month "
        f"again. Write {former} again; for other settings, add a second export with a bucket of its own"
    )


@pytest.mark.parametrize(
    ("written", "changes"),
    [
        (BEDROCK.replace("acme-bedrock", "acme-other"), "bucket acme-bedrock-costs → acme-other-costs"),
        (BEDROCK.replace("eu-west-1", "us-east-1"), "region eu-west-1 → us-east-1"),
    ],
)
def test_another_bucket_is_refused(written: str, changes: str, recorded: Recorded, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=changes):
        check_held(_exports(tmp_path, written), {"bedrock": recorded.inputs("Export", "bedrock")})


def test_what_aws_adds_to_the_table_and_other_rows_are_no_replacement(recorded: Recorded, tmp_path: Path) -> None:
    held = deepcopy(recorded.inputs("Export", "bedrock"))
    held["export"]["dataQueries"][0]["tableConfigurations"]["COST_AND_USAGE_REPORT"]["INCLUDE_MORE"] = "FALSE"
    check_held(_exports(tmp_path, BEDROCK.replace("}", ", rows: bedrock}")), {"bedrock": held})
    check_held(_exports(tmp_path, BEDROCK.replace("bedrock:", "second:")), {"bedrock": held})


def test_a_setting_that_the_state_does_not_say_is_refused(recorded: Recorded, tmp_path: Path) -> None:
    held = deepcopy(recorded.inputs("Export", "bedrock"))
    del held["export"]["dataQueries"][0]["tableConfigurations"]["COST_AND_USAGE_REPORT"]["TIME_GRANULARITY"]
    with pytest.raises(RefusedError, match="does not say its granularity, so a run might replace the export"):
        check_held(_exports(tmp_path, BEDROCK), {"bedrock": held})


def _exports(folder: Path, text: str) -> tuple[ExportInputs, ...]:
    settings = Settings(environment="dev", inventory=Path("projects.yaml"), scope="billing")
    return created_exports(settings, inventory(folder, HEAD + text)).exports
