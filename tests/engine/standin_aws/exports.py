"""The types of a data export: a bucket with its settings, in moto's S3, and the export, which moto lacks."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from tests.engine.standin_aws.account import Account, Kept
from tests.engine.standin_aws.types import Properties, Type, held_against_the_model, tags_of

_TABLE = "COST_AND_USAGE_REPORT"
_NOT_THERE = ("404", "NoSuchBucket")


def _s3(account: Account, properties: Properties) -> Any:
    return account.client("s3", properties["region"])


def _create_bucket(account: Account, news: Properties) -> tuple[str, Properties]:
    where = {"LocationConstraint": news["region"]}
    given = {} if news["region"] == "us-east-1" else {"CreateBucketConfiguration": where}
    _s3(account, news).create_bucket(Bucket=news["bucket"], **given)
    return news["bucket"], _update_bucket(account, news["bucket"], news)


def _update_bucket(account: Account, id_: str, news: Properties) -> Properties:
    _s3(account, news).put_bucket_tagging(Bucket=id_, Tagging={"TagSet": tags_of(news)})
    return {**news, "arn": f"arn:aws:s3:::{id_}"}


def _delete_bucket(account: Account, id_: str, olds: Properties) -> None:
    _s3(account, olds).delete_bucket(Bucket=id_)


def _has_bucket(account: Account, _id: str, olds: Properties) -> bool:
    try:
        _s3(account, olds).head_bucket(Bucket=olds["bucket"])
    except ClientError as error:
        if error.response["Error"]["Code"] in _NOT_THERE:
            return False
        raise
    return True


def _of_bucket(put: str, delete: str, request: Callable[[Properties], dict[str, Any]]) -> Type:
    """A setting of a bucket, by its operations; `request` makes the parameters but for the bucket's name.

    S3 has no operation that deletes versioning: then `delete` is empty.
    """

    def update(account: Account, _id: str, news: Properties) -> Properties:
        getattr(_s3(account, news), put)(Bucket=news["bucket"], **request(news))
        return news

    def drop(account: Account, _id: str, olds: Properties) -> None:
        if delete:
            getattr(_s3(account, olds), delete)(Bucket=olds["bucket"])

    def create(account: Account, news: Properties) -> tuple[str, Properties]:
        return news["bucket"], update(account, "", news)

    return Type(create, update, drop, _has_bucket, frozenset({"bucket", "region"}))


def _capitalized(properties: Properties) -> Properties:
    return {f"{name[0].upper()}{name[1:]}": value for name, value in properties.items()}


def _access(news: Properties) -> dict[str, Any]:
    flags = {name: value for name, value in news.items() if isinstance(value, bool)}
    return {"PublicAccessBlockConfiguration": _capitalized(flags)}


def _ownership(news: Properties) -> dict[str, Any]:
    return {"OwnershipControls": {"Rules": [_capitalized(news["rule"])]}}


def _encryption(news: Properties) -> dict[str, Any]:
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": {
                "SSEAlgorithm": rule["applyServerSideEncryptionByDefault"]["sseAlgorithm"]
            }
        }
        for rule in news["rules"]
    ]
    return {"ServerSideEncryptionConfiguration": {"Rules": rules}}


def _versioning(news: Properties) -> dict[str, Any]:
    return {"VersioningConfiguration": _capitalized(news["versioningConfiguration"])}


def _life_cycle(news: Properties) -> dict[str, Any]:
    rules = [
        {
            "ID": rule["id"],
            "Status": rule["status"],
            "Filter": _capitalized(rule["filter"]),
            "NoncurrentVersionExpiration": {
                "NoncurrentDays": int(rule["noncurrentVersionExpiration"]["noncurrentDays"])
            },
        }
        for rule in news["rules"]
    ]
    return {"LifecycleConfiguration": {"Rules": rules}}


def _policy(news: Properties) -> dict[str, Any]:
    return {"Policy": news["policy"]}


def _create_export(account: Account, news: Properties) -> tuple[str, Properties]:
    """AWS looks at the bucket's policy before it creates an export: one without a policy is refused."""
    definition = _definition(news)
    request = {"Export": definition, "ResourceTags": tags_of(news)}
    held_against_the_model(account, "bcm-data-exports", "CreateExport", request)
    bucket = definition["DestinationConfigurations"]["S3Destination"]
    account.client("s3", bucket["S3Region"]).get_bucket_policy(Bucket=bucket["S3Bucket"])
    arn = f"arn:aws:bcm-data-exports:us-east-1:{account.id}:export/{definition['Name']}-1"
    Kept().put(arn, definition)
    return arn, {**news, "arn": arn}


def _update_export(account: Account, id_: str, news: Properties) -> Properties:
    definition = _definition(news)
    held_against_the_model(account, "bcm-data-exports", "UpdateExport", {"ExportArn": id_, "Export": definition})
    Kept().put(id_, definition)
    return {**news, "arn": id_}


def _definition(news: Properties) -> dict[str, Any]:
    export = news["export"]
    [query], [destination], [cadence] = (
        export[name] for name in ("dataQueries", "destinationConfigurations", "refreshCadences")
    )
    [place] = destination["s3Destinations"]
    [output] = place["s3OutputConfigurations"]
    return {
        "Name": export["name"],
        "DataQuery": {"QueryStatement": query["queryStatement"], "TableConfigurations": query["tableConfigurations"]},
        "DestinationConfigurations": {
            "S3Destination": {
                "S3Bucket": place["s3Bucket"],
                "S3Prefix": place["s3Prefix"],
                "S3Region": place["s3Region"],
                "S3OutputConfigurations": _capitalized(output),
            }
        },
        "RefreshCadence": _capitalized(cadence),
    }


def _read_export(properties: Properties) -> Properties:
    """With a property of the table that AWS added: https://github.com/hashicorp/terraform-provider-aws/issues/46402."""
    [query] = properties["export"]["dataQueries"]
    table = {**query["tableConfigurations"][_TABLE], "INCLUDE_LATER_DATA": "FALSE"}
    export = {**properties["export"], "dataQueries": [{**query, "tableConfigurations": {_TABLE: table}}]}
    return {**properties, "export": export}


def _parts_of_export(properties: Properties) -> Properties:
    """Only another table makes another export, the rest of it is updated.

    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/bcmdataexports/export.go
    """
    path = "export.dataQueries[0].tableConfigurations"
    [query] = properties["export"]["dataQueries"]
    rest = {**query, "tableConfigurations": None}
    parts = {**properties, path: query["tableConfigurations"]}
    return {**parts, "export": {**properties["export"], "dataQueries": [rest]}}


def _forget_export(_account: Account, id_: str, _olds: Properties) -> None:
    Kept().drop(id_)


def _has_export(_account: Account, id_: str, _olds: Properties) -> bool:
    return id_ in Kept().all()


EXPORT_TYPES = {
    "aws:s3/bucket:Bucket": Type(
        _create_bucket, _update_bucket, _delete_bucket, _has_bucket, frozenset({"bucket", "region"})
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _of_bucket(
        "put_public_access_block", "delete_public_access_block", _access
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _of_bucket(
        "put_bucket_ownership_controls", "delete_bucket_ownership_controls", _ownership
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _of_bucket(
        "put_bucket_encryption", "delete_bucket_encryption", _encryption
    ),
    "aws:s3/bucketVersioning:BucketVersioning": _of_bucket("put_bucket_versioning", "", _versioning),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _of_bucket(
        "put_bucket_lifecycle_configuration", "delete_bucket_lifecycle", _life_cycle
    ),
    "aws:s3/bucketPolicy:BucketPolicy": _of_bucket("put_bucket_policy", "delete_bucket_policy", _policy),
    "aws:bcmdata/export:Export": Type(
        _create_export,
        _update_export,
        _forget_export,
        _has_export,
        frozenset({"export.dataQueries[0].tableConfigurations"}),
        parts=_parts_of_export,
        read=_read_export,
    ),
}
