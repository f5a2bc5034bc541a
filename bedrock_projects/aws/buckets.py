"""The client of Amazon S3: lists the objects of a prefix and downloads them.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Final

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.errors import translate_errors
from bedrock_projects.aws.session import BILLING_REGION, client_config, open_client

_ATTEMPTS = 4
_CHUNK: Final = 1024 * 1024
CHANGED: Final = "PreconditionFailed"
"""The code of the error for an object that is no longer the one with the ETag."""


@dataclass(frozen=True, kw_only=True)
class BucketObject:
    """An object: its size in bytes, when it was written (UTC), and the ETag of its content."""

    key: str
    size: int
    modified: datetime
    etag: str


class BucketClient:
    """The objects of one bucket, in any region: boto3 follows AWS's answer that names the region."""

    def __init__(self, bucket: str, credentials: Credentials) -> None:
        self._bucket = bucket
        self._credentials = str(credentials)
        self._client = open_client("s3", credentials, region=BILLING_REGION, config=client_config(attempts=_ATTEMPTS))

    def objects(self, prefix: str) -> Iterator[BucketObject]:
        """All objects whose keys begin with the prefix (s3:ListObjectsV2)."""
        action = f"listing s3://{self._bucket}/{prefix} (s3:ListBucket)"
        with translate_errors(action, credentials=self._credentials):
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
                for item in page.get("Contents", ()):
                    yield BucketObject(
                        key=item["Key"], size=item["Size"], modified=item["LastModified"], etag=item["ETag"]
                    )

    def download(self, key: str, *, etag: str, target: IO[bytes]) -> None:
        """Writes an object's bytes (s3:GetObject); a ServiceError with the code CHANGED if it has another ETag."""
        with translate_errors(f"reading s3://{self._bucket}/{key} (s3:GetObject)", credentials=self._credentials):
            body = self._client.get_object(Bucket=self._bucket, Key=key, IfMatch=etag)["Body"]
            for chunk in body.iter_chunks(_CHUNK):
                target.write(chunk)
