"""Where the files of an export go: a folder of this machine, or a bucket of moto's S3.

Not imitated: the bucket's policy, which AWS asks for.
"""

from collections.abc import Sequence
from pathlib import Path

from local_aws.data_exports.delivery import File

S3 = "s3://"


def write(destination: str, files: Sequence[File]) -> None:
    """Writes the files one after the other; ValueError for a bucket that is not there."""
    if destination.startswith(S3):
        _to_bucket(destination[len(S3) :], files)
    else:
        _to_folder(Path(destination), files)


def _to_folder(root: Path, files: Sequence[File]) -> None:
    for file in files:
        path = root / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.body)


def _to_bucket(place: str, files: Sequence[File]) -> None:
    from moto.s3.models import s3_backends  # a third of a second

    bucket, _, prefix = place.partition("/")
    if bucket not in s3_backends.bucket_accounts:
        raise ValueError(f"no bucket {bucket}")
    partition, account = s3_backends.bucket_accounts[bucket]
    below = f"{prefix.rstrip('/')}/" if prefix else ""
    for file in files:
        s3_backends[account][partition].put_object(bucket, below + file.path, file.body)
