"""From botocore's exceptions to ours: one place that reads error codes."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore import exceptions as aws

from bedrock_projects.aws.credentials import missing_files
from bedrock_projects.errors import (
    AccessDeniedError,
    AmbiguousError,
    ApiKeyDeniedError,
    ClockError,
    CredentialsError,
    CredentialSourceError,
    NoDataError,
    NotEnabledError,
    NotFoundError,
    ServiceError,
    ThrottledError,
    UnreachableError,
)

_THROTTLED = {
    "LimitExceededException",
    "ThrottlingException",
    "Throttling",
    "TooManyRequestsException",
    "RequestLimitExceeded",
}
_ONE_BACKFILL = "BackfillLimitExceededException"
_CLOCK_TEXT = re.compile(r"signature (expired|not yet current)", re.IGNORECASE)
_EXPIRED_TEXT = re.compile(r"(token|signature|credentials?|key)\b.* expired", re.IGNORECASE)
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_UNAUTHENTICATED = {
    "invalid_api_key",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "IncompleteSignature",
    "IncompleteSignatureException",
}
_SWITCH_ON = (
    "switch Cost Explorer on in the management account, once for all; the preferences there must let a member account "
    "in as well"
)
_NO_DATA = {"DataUnavailableException"}
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
_ON_API_KEYS = "callwithbearertoken"


@contextmanager
def translate_errors(action: str, *, credentials: str) -> Iterator[None]:
    """Raises what botocore raises as one of our errors.

    `action` is what was asked, in words; `credentials` names where the credentials came from, so that a refusal can
    say which of them to renew.
    """
    try:
        yield
    except (aws.BotoCoreError, aws.ClientError, aws.HTTPClientError, ValueError) as error:
        raise translated(error, action, credentials) from None


def translated(error: Exception, action: str, credentials: str) -> ServiceError:
    """The error of ours for what botocore raised; the arguments are as for `translate_errors`."""
    if isinstance(error, aws.ClientError):
        return _answered(error, action, credentials)
    if isinstance(error, aws.ConfigParseError | aws.InvalidConfigError):
        return CredentialSourceError(f"{sentence(error)}; correct it (credentials used: {credentials})", action=action)
    if isinstance(error, aws.NoCredentialsError | aws.ProfileNotFound):
        advice = f"sign in again or set the profile (credentials used: {credentials})"
        if isinstance(error, aws.ProfileNotFound) and not credentials.startswith("profile "):
            advice = "AWS_PROFILE or AWS_DEFAULT_PROFILE names it: unset it, or name a profile that there is"
        text = "; ".join(filter(None, (sentence(error), missing_files(os.environ), advice)))
        return CredentialsError(text, action=action)
    if isinstance(
        error, (aws.EndpointConnectionError, aws.ConnectTimeoutError, aws.ProxyConnectionError, aws.SSLError)
    ):
        return UnreachableError(sentence(error), action=action)
    if isinstance(error, aws.HTTPClientError):
        return AmbiguousError(f"no complete answer came back: {sentence(error)}", action=action)
    return ServiceError(sentence(error), action=action)


def _answered(error: aws.ClientError, action: str, credentials: str) -> ServiceError:
    answer = error.response.get("Error", {})
    metadata: Any = error.response.get("ResponseMetadata", {})
    code, text = str(answer.get("Code", "")), str(answer.get("Message", "")).strip()
    status = int(metadata.get("HTTPStatusCode", 0))
    kind, advice = _kind(code, status, text, credentials)
    message = (text or "the service gave no reason") + (f"; {advice}" if advice else "")
    wait = metadata.get("HTTPHeaders", {}).get("x-amz-retry-after", "")
    return kind(
        message,
        action=action,
        code=code,
        status=status,
        request_id=str(metadata.get("RequestId", "")),
        retry_after=int(wait) / 1000 if wait.isdecimal() else None,
        retries=metadata.get("RetryAttempts"),
    )


def _kind(code: str, status: int, text: str, credentials: str) -> tuple[type[ServiceError], str]:
    """The class of an answered error, and what to do about it.

    A missing permission comes as 403, in one report as 401: the text decides.
    """
    lowered = text.lower()
    if "not enabled for cost explorer" in lowered:
        return NotEnabledError, _SWITCH_ON
    if "not authorized to perform" in lowered or code in _DENIED:
        if _ON_API_KEYS in lowered:
            return ApiKeyDeniedError, _without_api_key("explicit deny" in lowered)
        hint = "" if "linked account" in lowered else "grant the action to the credentials that ran this"
        if "explicit deny" in lowered:
            hint = "a policy denies it; conditions on aws:RequestedRegion do not match this endpoint's calls"
        return AccessDeniedError, hint
    if code in _NO_DATA:
        return NoDataError, "Cost Explorer prepares its data in up to 24 hours after it is enabled: run again later"
    return _of_credentials(code, status, text, credentials) or _of_service(code, status, credentials)


def _without_api_key(is_forbidden: bool) -> str:
    if is_forbidden:
        return "a policy keeps all Bedrock API keys out: use AWS credentials, `auth: sigv4`, or have the policy changed"
    return "grant this action to the identity of the API key (`iam deploy --bearer`), or use `auth: sigv4`"


def _of_credentials(code: str, status: int, text: str, credentials: str) -> tuple[type[ServiceError], str] | None:
    """The same of what is wrong with the signature; None if nothing is."""
    if _CLOCK_TEXT.search(text):
        return ClockError, f"the clock of this machine is off, not the credentials ({credentials}): set it"
    if code in _EXPIRED or (_EXPIRED_TEXT.search(text) and status in (400, 401, 403)):
        return CredentialsError, f"the credentials have expired: renew them (used: {credentials})"
    if code in _UNAUTHENTICATED or status == 401:
        return CredentialsError, f"the credentials were not accepted (used: {credentials})"
    return None


def _of_service(code: str, status: int, credentials: str) -> tuple[type[ServiceError], str]:
    if status == 403:
        return AccessDeniedError, f"the credentials may not do this (used: {credentials})"
    if status == 404:
        return NotFoundError, ""
    if code == _ONE_BACKFILL:
        return ThrottledError, "Billing takes one backfill in 24 hours: see `bedrock-projects backfill --status`"
    if status == 429 or code in _THROTTLED:
        return ThrottledError, "the service's request quota is used up: run again later"
    if status >= 500:
        return AmbiguousError, ""
    return ServiceError, ""


def sentence(error: Exception) -> str:
    """What an error says, on one line and without the full stop."""
    return " ".join(str(error).split()).rstrip(".")
