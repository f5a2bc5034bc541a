"""A Bedrock API key on the requests of a client.

boto3 takes one from the environment by itself, in place of any signature, and refuses to send it over plain http, as to
the local AWS. So a client of ours signs as it was asked to, or has the key in a header that is put there here.
"""

import os
from typing import Any

from botocore.awsrequest import AWSRequest

from bedrock_projects.aws.credentials import BEARER_VARIABLE, Credentials, bearer_token
from bedrock_projects.errors import CredentialsError


def put_api_key(client: Any, credentials: Credentials, *, service: str) -> None:
    """Puts the API key of the environment on each request of the client, if that is what the credentials are.

    `service` is the name that botocore has for the client's service. Raises CredentialsError if there is no key.
    """
    if credentials.auth != "bearer":
        return
    token = bearer_token(os.environ)
    if token is None:
        raise CredentialsError(
            f"{BEARER_VARIABLE} is not set; set it, or set `auth: sigv4` in the stack's settings",
            action="reading the Bedrock API key",
        )

    def add(request: AWSRequest, **_: object) -> None:
        request.headers["Authorization"] = f"Bearer {token}"

    client.meta.events.register(f"request-created.{service}", add)
