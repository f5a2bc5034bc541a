"""Signature Version 4, checked as the service's front door does.

https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
Not imitated: SigV4a, presigned URLs, the signatures of single chunks of an `aws-chunked` upload.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache
from urllib.parse import quote, unquote

from local_aws.messages import Request

ALGORITHM = "AWS4-HMAC-SHA256"
MAX_SKEW = 300.0  # seconds
_SAFE = "-_.~"
_UNSIGNED = ("UNSIGNED-PAYLOAD", "STREAMING-")
_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} +Credential=([^/,\s]+)/(\d{{8}})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request, *"
    r"SignedHeaders=([^,\s]+), *Signature=([0-9a-f]{64})"
)


class SignatureError(Exception):
    """The signature does not hold; the text is the one that AWS's services give."""


class SignatureExpiredError(SignatureError):
    """The request was signed too long ago, or ahead of the server's clock."""


@dataclass(frozen=True)
class Authorization:
    """The parts of an Authorization header."""

    access_key: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str

    @property
    def scope(self) -> str:
        """`20260131/us-west-2/bedrock-mantle/aws4_request`."""
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


def parse_authorization(header: str) -> Authorization:
    """Reads the header; SignatureError for a malformed one."""
    match = _AUTHORIZATION.fullmatch(header.strip())
    if match is None:
        raise SignatureError("Authorization header is not a complete Signature Version 4 one.")
    access_key, date, region, service, signed, signature = match.groups()
    return Authorization(access_key, date, region, service, tuple(signed.split(";")), signature)


def verify(request: Request, authorization: Authorization, *, secret_key: str, now: float) -> None:
    """Raises SignatureError unless the request was signed with the secret, within five minutes of `now` (unix s)."""
    stamp = request.headers.get("X-Amz-Date", "")
    _check_time(stamp, authorization, now)
    if "host" not in authorization.signed_headers:
        raise SignatureError("'Host' must be a 'SignedHeader' in the AWS Authorization.")
    canonical = _canonical_request(request, authorization)
    to_sign = "\n".join((ALGORITHM, stamp, authorization.scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = _signing_key(secret_key, authorization.date, authorization.region, authorization.service)
    if not hmac.compare_digest(_hmac(key, to_sign).hex(), authorization.signature):
        raise SignatureError(
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
        )


def _check_time(stamp: str, authorization: Authorization, now: float) -> None:
    try:
        signed_at = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        raise SignatureError("AWS authentication requires a valid 'X-Amz-Date' header.") from None
    if not stamp.startswith(authorization.date):
        raise SignatureError(
            f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{authorization.date}' != '{stamp[:8]}', from '{stamp}'."
        )
    edge = datetime.fromtimestamp(now - MAX_SKEW if signed_at < now else now + MAX_SKEW, timezone.utc)
    limit = edge.strftime("%Y%m%dT%H%M%SZ")
    if signed_at < now - MAX_SKEW:
        raise SignatureExpiredError(f"Signature expired: {stamp} is now earlier than {limit} (now - 5 min.)")
    if signed_at > now + MAX_SKEW:
        raise SignatureExpiredError(f"Signature not yet current: {stamp} is still later than {limit} (now + 5 min.)")


def _canonical_request(request: Request, authorization: Authorization) -> str:
    path, _, query = request.target.partition("?")
    s3 = authorization.service == "s3"
    headers = [(name, _header(request, name)) for name in authorization.signed_headers]
    return "\n".join(
        (
            request.method,
            path if s3 else quote(path, safe="/" + _SAFE),
            _canonical_query(query),
            *(f"{name}:{value}" for name, value in headers),
            "",
            ";".join(authorization.signed_headers),
            _payload_hash(request, s3=s3),
        )
    )


def _header(request: Request, name: str) -> str:
    return ",".join(" ".join(value.split()) for value in request.headers.getall(name, []))


def _canonical_query(query: str) -> str:
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    encoded = (f"{_encoded(name)}={_encoded(value)}" for name, _, value in pairs)
    return "&".join(sorted(encoded, key=lambda pair: pair.split("=", 1)))


def _encoded(text: str) -> str:
    return quote(unquote(text), safe=_SAFE)


def _payload_hash(request: Request, *, s3: bool) -> str:
    """The hash that was signed, checked against the body where it is one."""
    actual = hashlib.sha256(request.body).hexdigest()
    claimed = request.headers.get("X-Amz-Content-SHA256", actual)
    if s3 and claimed.startswith(_UNSIGNED):
        return claimed
    if claimed != actual:
        raise SignatureError("The provided 'x-amz-content-sha256' header does not match what was computed.")
    return actual


@lru_cache(maxsize=1024)
def _signing_key(secret_key: str, date: str, region: str, service: str) -> bytes:
    key = _hmac(f"AWS4{secret_key}".encode(), date)
    for part in (region, service, "aws4_request"):
        key = _hmac(key, part)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
