"""Who sends a request, and whether that is proven.

A bearer key is in Authorization, or below `/anthropic/` also in x-api-key, where Anthropic's clients put it:
https://docs.aws.amazon.com/bedrock/latest/userguide/inference-messages-api.html

Region of a signed request: its credential scope. Of a bearer request: the host if it reads `bedrock-mantle.<region>.…`,
or the same with `bedrock` or `bedrock-runtime`; else the key's own region, else the setting `bearer_region`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from local_aws.accounts import Accounts, Secret
from local_aws.messages import Request
from local_aws.sigv4 import Authorization, SignatureError, SignatureExpiredError, parse_authorization, verify

Reason = Literal[
    "missing", "unknown_key", "signature", "signature_expired", "token", "token_expired", "service", "region", "bearer"
]
_HOST = re.compile(r"bedrock(?:-mantle|-runtime)?\.([a-z0-9-]+)\.")


class AuthError(Exception):
    """The sender is not who the request claims, or claims nobody; the text is the usual one of AWS's services."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True)
class Identity:
    """The sender as the request states it; `error` is why that is not believed."""

    account: str = ""
    region: str = ""
    service: str = ""
    access_key: str = ""
    principal: str = ""
    scope: str = ""
    bearer: bool = False
    error: AuthError | None = None


def identify(
    request: Request, accounts: Accounts, *, machine_time: Callable[[], float], bearer_region: str
) -> Identity:
    """Reads and proves the Authorization header. Never raises: what is wrong is the identity's `error`."""
    header = request.headers.get("Authorization", "").strip()
    if not header and "x-api-key" in request.headers and request.path.startswith("/anthropic/"):
        header = f"Bearer {request.headers['x-api-key']}"
    if not header:
        return Identity(error=AuthError("missing", "Missing Authentication Token"))
    if header[:7].lower() == "bearer ":
        return _bearer(request, accounts, key=header[7:].strip(), default_region=bearer_region)
    try:
        authorization = parse_authorization(header)
    except SignatureError as error:
        return Identity(error=AuthError("signature", str(error)))
    return _signed(request, authorization, accounts, machine_time())


def _bearer(request: Request, accounts: Accounts, *, key: str, default_region: str) -> Identity:
    bearer_key = accounts.bearer_key(key)
    host = host_region(request)
    if bearer_key is None:
        error = AuthError("bearer", "Invalid API key: the bearer token is malformed or was never issued.")
        return Identity(region=host or default_region, service="bedrock-mantle", bearer=True, error=error)
    return Identity(
        account=bearer_key.account,
        region=host or bearer_key.region or default_region,
        service="bedrock-mantle",
        principal=f"arn:aws:iam::{bearer_key.account}:user/BedrockAPIKey-local",
        bearer=True,
    )


def host_region(request: Request) -> str | None:
    """The region that the request's host names, if it is the service's own host."""
    match = _HOST.match(request.headers.get("Host", ""))
    return match[1] if match else None


def _signed(request: Request, authorization: Authorization, accounts: Accounts, now: float) -> Identity:
    token = request.headers.get("X-Amz-Security-Token")
    secret = accounts.secret(authorization.access_key, session_token=token)
    return Identity(
        account=secret.account if secret else "",
        region=authorization.region,
        service=authorization.service,
        access_key=authorization.access_key,
        principal=secret.principal if secret else "",
        scope=authorization.scope,
        error=_distrust(request, authorization, secret=secret, token=token, now=now),
    )


def _distrust(
    request: Request, authorization: Authorization, *, secret: Secret | None, token: str | None, now: float
) -> AuthError | None:
    if secret is None or secret.session_token != token:
        reason: Reason = "unknown_key" if secret is None else "token"
        return AuthError(reason, "The security token included in the request is invalid.")
    try:
        verify(request, authorization, secret_key=secret.secret_key, now=now)
    except SignatureExpiredError as error:
        return AuthError("signature_expired", str(error))
    except SignatureError as error:
        return AuthError("signature", str(error))
    if secret.expires is not None and secret.expires <= now:
        return AuthError("token_expired", "The security token included in the request is expired")
    return None
