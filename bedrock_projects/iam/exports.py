"""The permissions around a data export: of the role that creates it, and of those who read it.

Pulumi's AWS provider sends the calls of the first; they are of its documentation and of CloudFormation's, not measured.
"""

from collections.abc import Mapping
from typing import Any, Final

from bedrock_projects.errors import SettingsError
from bedrock_projects.iam.permissions import BUCKET_ACTIONS, OPERATIONS, Need, Target
from bedrock_projects.iam.policies import Policy, allowed, policy_of
from bedrock_projects.model import Export

_EXPORT_ACTIONS: Final = "https://docs.aws.amazon.com/cur/latest/userguide/bcm-data-exports-access.html"
_HANDLER: Final = "seen in CloudFormation's own permissions for exports"
_S3: Final = "s3://"
_READING: Final = ("s3:ListObjectsV2", "s3:GetObject")


def _export(action: str, when: str = "always", *, on: Target = "export") -> Need:
    return Need(action=f"bcm-data-exports:{action}", on=on, when=when, source=_EXPORT_ACTIONS)


def _bucket(*actions: str) -> tuple[Need, ...]:
    return tuple(Need(action=f"s3:{action}", on="bucket", when="always", source=BUCKET_ACTIONS) for action in actions)


CREATING: Final[Mapping[str, tuple[Need, ...]]] = {
    "aws.bcmdata.Export": (
        _export("CreateExport"),
        _export("CreateExport", on="table"),
        _export("GetExport"),
        _export("ListTagsForResource"),
        _export("TagResource"),
        _export("UpdateExport", "`rows` changes, or a new version selects more columns"),
        _export("UpdateExport", "`rows` changes, or a new version selects more columns", on="table"),
        _export("UntagResource", "a tag is removed"),
        Need(action="cur:PutReportDefinition", on="report definition", when="an export is created", source=_HANDLER),
    ),
    "aws.s3.Bucket": _bucket(
        "CreateBucket",
        "GetAccelerateConfiguration",
        "GetBucketAcl",
        "GetBucketCORS",
        "GetBucketLogging",
        "GetBucketObjectLockConfiguration",
        "GetBucketRequestPayment",
        "GetBucketTagging",
        "GetBucketWebsite",
        "GetReplicationConfiguration",
        "ListBucket",
        "PutBucketTagging",
        "ListTagsForResource",
        "TagResource",
        "UntagResource",
    ),
    "aws.s3.BucketPublicAccessBlock": _bucket("GetBucketPublicAccessBlock", "PutBucketPublicAccessBlock"),
    "aws.s3.BucketOwnershipControls": _bucket("GetBucketOwnershipControls", "PutBucketOwnershipControls"),
    "aws.s3.BucketServerSideEncryptionConfiguration": _bucket(
        "GetEncryptionConfiguration", "PutEncryptionConfiguration"
    ),
    "aws.s3.BucketVersioning": _bucket("GetBucketVersioning", "PutBucketVersioning"),
    "aws.s3.BucketLifecycleConfiguration": _bucket("GetLifecycleConfiguration", "PutLifecycleConfiguration"),
    "aws.s3.BucketPolicy": _bucket("GetBucketPolicy", "PutBucketPolicy"),
}
"""What each resource of an export needs. There is no right to delete anything: a stack keeps all of it."""


def creating_policy(export: Export) -> Policy:
    """The policy of the role that creates the export; SettingsError if the inventory says that it exists."""
    if export.creation is None:
        raise SettingsError(
            f"export {export.name!r} has a `location` in the inventory, so no stack creates it; leave out --create, or "
            "replace `location` by `create: true`"
        )
    arns: Mapping[Target, str] = {
        "export": "arn:aws:bcm-data-exports:us-east-1:*:export/*",
        "table": "arn:aws:bcm-data-exports:us-east-1:*:table/COST_AND_USAGE_REPORT",
        "report definition": "arn:aws:cur:us-east-1:*:definition/*",
        "bucket": f"arn:aws:s3:::{export.creation.bucket}",
    }
    needs = [need for each in CREATING.values() for need in each]
    sids: Mapping[Target, str] = {
        "export": "OnExports",
        "table": "OnTheTableOfExports",
        "report definition": "OnReportDefinitions",
        "bucket": "OnTheBucketOfTheExport",
    }
    return policy_of(
        [allowed(sid, {need.action for need in needs if need.on == on}, [arns[on]]) for on, sid in sids.items()]
    )


def reading_policy(export: Export) -> Policy:
    """The policy of those who read the export in its bucket; SettingsError if it is a folder."""
    if not export.location.startswith(_S3):
        raise SettingsError(
            f"export {export.name!r} of the inventory is the folder {export.location}, which needs no policy"
        )
    bucket, _, prefix = export.location.removeprefix(_S3).strip("/").partition("/")
    below = f"{prefix}/*" if prefix else "*"
    listing, reading = ([need.action for need in OPERATIONS[call].needs] for call in _READING)
    listed: dict[str, Any] = allowed("ListTheExport", listing, [f"arn:aws:s3:::{bucket}"])
    if prefix:
        listed["Condition"] = {"StringLike": {"s3:prefix": below}}
    return policy_of([listed, allowed("ReadTheExport", reading, [f"arn:aws:s3:::{bucket}/{below}"])])
