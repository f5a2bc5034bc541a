"""boto3's sessions as of a new process, which reads the environment."""

from functools import cache

import boto3
import botocore.session
from botocore.loaders import Loader, create_loader


def new_session(access_key: str | None = None, secret: str | None = None, token: str | None = None) -> boto3.Session:
    """A session with these keys, by default with those of the environment.

    All of them share what reads AWS's service models: a session of its own takes a tenth of a second for its first
    client.
    """
    core = botocore.session.get_session()
    core.register_component("data_loader", _models())
    return boto3.Session(access_key, secret, token, botocore_session=core)


@cache
def _models() -> Loader:
    return create_loader()
