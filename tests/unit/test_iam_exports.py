"""`bedrock-projects iam export`: who may read a data export, and who may create it."""

import json
from pathlib import Path

import pytest

from tests.unit.command_line import run
from tests.unit.iam import actions_of, allows

INVENTORY = """\
version: 1
inventory: acme
environments: {dev: {}}
projects: {}
exports:
  acme-cur2: {table: cur2, location: "s3://acme-billing/cost/acme-cur2/"}
  bedrock: {table: cur2, create: true, bucket: acme-bedrock-costs, region: us-east-1}
  copy: {table: cur2, location: copies/cur2}
  whole: {table: cur2, location: "s3://acme-exports"}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "projects.yaml").write_text(INVENTORY)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "bucket", "prefix"),
    [
        ("acme-cur2", "acme-billing", "cost/acme-cur2/"),
        ("bedrock", "acme-bedrock-costs", "exports/bedrock/"),
        ("whole", "acme-exports", ""),
    ],
)
def test_a_reader_may_list_and_read_the_export_and_nothing_else(
    name: str, bucket: str, prefix: str, folder: Path
) -> None:
    policy = json.loads(run("iam", "export", name, folder=folder).out)
    assert actions_of(policy) == {"s3:GetObject", "s3:ListBucket"}
    assert allows(policy, "s3:ListBucket", f"arn:aws:s3:::{bucket}")
    assert allows(policy, "s3:GetObject", f"arn:aws:s3:::{bucket}/{prefix}data/file.parquet")
    assert not allows(policy, "s3:GetObject", "arn:aws:s3:::other/file.parquet")
    assert allows(policy, "s3:GetObject", f"arn:aws:s3:::{bucket}/other/file.parquet") == (prefix == "")
    [listing, _] = policy["Statement"]
    assert listing.get("Condition") == ({"StringLike": {"s3:prefix": f"{prefix}*"}} if prefix else None)


def test_the_creator_may_make_the_export_in_its_bucket_and_delete_nothing(folder: Path) -> None:
    policy = json.loads(run("iam", "export", "bedrock", "--create", folder=folder).out)
    assert not [action for action in actions_of(policy) if "Delete" in action or "*" in action]
    table = "arn:aws:bcm-data-exports:us-east-1:999999999999:table/COST_AND_USAGE_REPORT"
    export = "arn:aws:bcm-data-exports:us-east-1:999999999999:export/bedrock-1"
    assert all(allows(policy, "bcm-data-exports:CreateExport", arn) for arn in (table, export))
    assert allows(policy, "cur:PutReportDefinition", "arn:aws:cur:us-east-1:999999999999:definition/bedrock")
    assert allows(policy, "s3:PutBucketPolicy", "arn:aws:s3:::acme-bedrock-costs")
    assert not allows(policy, "s3:PutBucketPolicy", "arn:aws:s3:::acme-billing")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["bedrok"], "unknown export 'bedrok' in projects.yaml; did you mean 'bedrock'?"),
        (["copy"], "export 'copy' of the inventory is the folder copies/cur2, which needs no policy"),
        (
            ["acme-cur2", "--create"],
            (
                "export 'acme-cur2' has a `location` in the inventory, so no stack creates it; leave out --create, or "
                "replace `location` by `create: true`"
            ),
        ),
    ],
)
def test_an_export_without_such_a_policy_is_refused(arguments: list[str], message: str, folder: Path) -> None:
    done = run("iam", "export", *arguments, folder=folder)
    assert (done.code, done.out) == (1, "")
    assert message in " ".join(done.err.split())


def test_an_inventory_without_exports_says_so(folder: Path) -> None:
    (folder / "projects.yaml").write_text(INVENTORY.partition("exports:")[0])
    assert "unknown export 'bedrock' in projects.yaml; it has no `exports`; add one" in " ".join(
        run("iam", "export", "bedrock", folder=folder).err.split()
    )
