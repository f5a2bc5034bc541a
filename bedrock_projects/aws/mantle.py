"""A botocore client of `bedrock-mantle`: our service model, and the service's own manners at its edges."""

import json
import os
from collections.abc import Callable
from typing import Any

import boto3
from botocore.awsrequest import AWSRequest

from bedrock_projects.aws.errors import translate_errors
from bedrock_projects.aws.session import BEARER_VARIABLE, Credentials, bearer_token, client_config
from bedrock_projects.errors import CredentialsError

SERVICE = "bedrock-mantle"
# Pinned: were botocore to ship a model of the service, an upgrade of it must not change what we send.
_API_VERSION = "2026-11-25"


def mantle_client(credentials: Credentials, session: boto3.Session, *, region: str, attempts: int) -> Any:
    """A client that sends each request at most `attempts` times; `session` is one of the credentials'."""
    with translate_errors(f"setting up the client of {SERVICE} in {region}", credentials=str(credentials)):
        client = session.client(
            SERVICE,  # type: ignore[call-overload]  # a service that the stubs of boto3 do not know
            region_name=region,
            api_version=_API_VERSION,
            config=client_config(attempts=attempts, signed=credentials.auth != "bearer", retries="adaptive"),
        )
    client.meta.events.register(f"before-parse.{SERVICE}", _flatten_answer)
    if credentials.auth == "bearer":
        client.meta.events.register(f"request-created.{SERVICE}", _bearer_header())
    return client


def _flatten_answer(response_dict: dict[str, Any], **_: object) -> None:
    """Turns an answer into the shape that botocore's JSON parser knows.

    The service's errors are OpenAI's (`{"error": {"message", "type", "code"}}`), its request id is in `x-request-id`,
    a wait in `Retry-After` (seconds; botocore's retries read `x-amz-retry-after`, milliseconds);
    anything that is not a JSON object becomes an empty one, which no caller takes for a project.
    """
    headers = response_dict["headers"]
    if "x-request-id" in headers and "x-amzn-requestid" not in headers:
        headers["x-amzn-requestid"] = headers["x-request-id"]
    if headers.get("retry-after", "").isdigit() and "x-amz-retry-after" not in headers:
        headers["x-amz-retry-after"] = str(int(headers["retry-after"]) * 1000)
    try:
        body = json.loads(response_dict["body"] or b"{}")
    except ValueError:
        body = None
    if response_dict["status_code"] >= 300:
        error = body.get("error") if isinstance(body, dict) else None
        error = error if isinstance(error, dict) else {"message": response_dict["body"].decode(errors="replace")[:500]}
        body = {"message": error.get("message") or "", "code": error.get("code") or error.get("type") or ""}
        response_dict["body"] = json.dumps(body).encode()
    elif not isinstance(body, dict):
        response_dict["body"] = b"{}"


def _bearer_header() -> Callable[..., None]:
    token = bearer_token(os.environ)
    if token is None:
        raise CredentialsError(
            f"{BEARER_VARIABLE} is not set; set it, or set `auth: sigv4` in the stack's settings",
            action="reading the Bedrock API key",
        )

    def add(request: AWSRequest, **_: object) -> None:
        request.headers["Authorization"] = f"Bearer {token}"

    return add
