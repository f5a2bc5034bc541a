"""How a family of services writes its errors down.

`AwsJson` is JSON 1.0/1.1 and REST-JSON, `AwsQuery` the XML of the query protocol, `S3Xml` that of S3. The Projects API
has one of its own, in local_aws.bedrock_mantle.exceptions. Not imitated: CBOR, per-service throttling codes except
`ce`'s.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from xml.sax.saxutils import escape

from typing_extensions import override

from local_aws.errors import AwsError
from local_aws.identity import AuthError
from local_aws.messages import Response, json_response


@dataclass(frozen=True)
class Denial:
    """A missing permission. `explicit`: a service control policy says no, instead of nothing saying yes."""

    principal: str
    action: str
    resource: str
    explicit: bool = False

    def __str__(self) -> str:
        because = (
            "with an explicit deny in a service control policy"
            if self.explicit
            else f"because no identity-based policy allows the {self.action} action"
        )
        return (
            f"User: {self.principal} is not authorized to perform: {self.action} on resource: {self.resource} {because}"
        )


class Dialect(ABC):
    """Makes the errors that every service has, and writes any error down."""

    @abstractmethod
    def unauthenticated(self, error: AuthError) -> AwsError:
        """The sender is not believed."""

    @abstractmethod
    def denied(self, denial: Denial, *, status: int | None) -> AwsError:
        """The sender lacks a permission; `status` overrides the usual one."""

    @abstractmethod
    def throttled(self, retry_after: float | None) -> AwsError:
        """Too many requests; `retry_after` in seconds goes into the headers if given."""

    @abstractmethod
    def failed(self, status: int) -> AwsError:
        """The service's own fault, 500 to 599."""

    @abstractmethod
    def render(self, error: AwsError, request_id: str) -> Response:
        """The answer on the wire."""

    @abstractmethod
    def request_id_headers(self, request_id: str) -> dict[str, str]:
        """The headers that name the request, on every answer."""


def retry_headers(retry_after: float | None) -> dict[str, str]:
    """Both headers that clients look at: Retry-After in whole seconds, x-amz-retry-after in milliseconds."""
    if retry_after is None:
        return {}
    return {"Retry-After": str(int(-(-retry_after // 1))), "x-amz-retry-after": str(int(retry_after * 1000))}


@dataclass(frozen=True)
class AwsJson(Dialect):
    """JSON services: the code in `__type`."""

    throttling_code: str = "ThrottlingException"

    @override
    def unauthenticated(self, error: AuthError) -> AwsError:
        code = {
            "missing": "MissingAuthenticationTokenException",
            "signature": "InvalidSignatureException",
            "signature_expired": "InvalidSignatureException",
            "token_expired": "ExpiredTokenException",
        }.get(error.reason, "UnrecognizedClientException")
        return AwsError(error.message, status=400, code=code)

    @override
    def denied(self, denial: Denial, *, status: int | None) -> AwsError:
        return AwsError(str(denial), status=status or 400, code="AccessDeniedException")

    @override
    def throttled(self, retry_after: float | None) -> AwsError:
        return AwsError("Rate exceeded", status=400, code=self.throttling_code, headers=retry_headers(retry_after))

    @override
    def failed(self, status: int) -> AwsError:
        code = "ServiceUnavailableException" if status == 503 else "InternalFailure"
        return AwsError("The request processing has failed because of an unknown error.", status=status, code=code)

    @override
    def render(self, error: AwsError, request_id: str) -> Response:
        payload = {"__type": error.code, "message": error.message}
        answer = json_response(payload, status=error.status, content_type="application/x-amz-json-1.1")
        named = {"x-amzn-errortype": error.code, **self.request_id_headers(request_id)}
        return Response(answer.status, answer.body, {**answer.headers, **error.headers, **named})

    @override
    def request_id_headers(self, request_id: str) -> dict[str, str]:
        return {"x-amzn-RequestId": request_id}


@dataclass(frozen=True)
class AwsQuery(Dialect):
    """Services of the query protocol (STS, IAM, SNS, …): XML."""

    @override
    def unauthenticated(self, error: AuthError) -> AwsError:
        code = {
            "missing": "MissingAuthenticationToken",
            "signature": "SignatureDoesNotMatch",
            "signature_expired": "SignatureDoesNotMatch",
            "token_expired": "ExpiredToken",
        }.get(error.reason, "InvalidClientTokenId")
        return AwsError(error.message, status=403, code=code)

    @override
    def denied(self, denial: Denial, *, status: int | None) -> AwsError:
        return AwsError(str(denial), status=status or 403, code="AccessDenied")

    @override
    def throttled(self, retry_after: float | None) -> AwsError:
        return AwsError("Rate exceeded", status=400, code="Throttling", headers=retry_headers(retry_after))

    @override
    def failed(self, status: int) -> AwsError:
        code = "ServiceUnavailable" if status == 503 else "InternalFailure"
        return AwsError("The request processing has failed because of an unknown error.", status=status, code=code)

    @override
    def render(self, error: AwsError, request_id: str) -> Response:
        side = "Sender" if error.status < 500 else "Receiver"
        inner = f"<Type>{side}</Type><Code>{error.code}</Code><Message>{escape(error.message)}</Message>"
        return _xml(f"<ErrorResponse><Error>{inner}</Error><RequestId>{request_id}</RequestId></ErrorResponse>", error)

    @override
    def request_id_headers(self, request_id: str) -> dict[str, str]:
        return {"x-amzn-RequestId": request_id}


@dataclass(frozen=True)
class S3Xml(AwsQuery):
    """S3: XML without the outer element, and codes of its own."""

    @override
    def unauthenticated(self, error: AuthError) -> AwsError:
        code = {
            "missing": "AccessDenied",
            "signature": "SignatureDoesNotMatch",
            "signature_expired": "RequestTimeTooSkewed",
            "token": "InvalidToken",
            "token_expired": "ExpiredToken",
        }.get(error.reason, "InvalidAccessKeyId")
        return AwsError(error.message, status=403, code=code)

    @override
    def render(self, error: AwsError, request_id: str) -> Response:
        inner = f"<Code>{error.code}</Code><Message>{escape(error.message)}</Message>"
        return _xml(f"<Error>{inner}<RequestId>{request_id}</RequestId></Error>", error)


def _xml(text: str, error: AwsError) -> Response:
    return Response(error.status, text.encode(), {"Content-Type": "text/xml", **error.headers})
