"""Errors of `bedrock-mantle`, in the envelope of the router that a request came to.

`/v1` and `/openai/v1`: OpenAI's, `{"error": {"message", "type", "code"}}`.
`/anthropic`: Anthropic's, `{"type": "error", "request_id", "error": {"type", "message"}}`, its type by the status.
"""

from dataclasses import dataclass

from typing_extensions import override

from local_aws.bedrock_mantle import rules
from local_aws.dialects import Denial, Dialect, retry_headers
from local_aws.errors import AwsError
from local_aws.identity import AuthError
from local_aws.messages import Response, json_response
from local_aws.rules import Rule


class ValidationError(AwsError):
    """400: the request breaks a rule."""

    def __init__(self, message: str, *, rule: Rule) -> None:
        super().__init__(message, status=400, code="validation_error", rule=rule)


class NotFoundError(AwsError):
    """404: no such project in this account and region, or no such path."""

    def __init__(self, message: str, *, rule: Rule) -> None:
        super().__init__(message, status=404, code="not_found_error", rule=rule)


class InferenceError(AwsError):
    """400: an inference request that cannot be carried out."""

    def __init__(self, message: str, *, rule: Rule) -> None:
        super().__init__(message, status=400, code="validation_error", kind="invalid_request_error", rule=rule)


class LimitError(AwsError):
    """The account has as many projects as it may; the status is unknown, 400 unless a setting says 429."""

    def __init__(self, message: str, *, status: int) -> None:
        code = "validation_error" if status == 400 else "rate_limit_exceeded"
        super().__init__(message, status=status, code=code, rule=rules.PROJECTS)


class UnauthorizedError(AwsError):
    """401: the sender is not believed."""

    def __init__(self, message: str, *, rule: Rule) -> None:
        super().__init__(message, status=401, code="invalid_api_key", kind="authentication_error", rule=rule)


@dataclass(frozen=True)
class OpenAiDialect(Dialect):
    """The dialect of `/v1`."""

    @override
    def unauthenticated(self, error: AuthError) -> AwsError:
        broken = {"service": rules.SIGNING_NAME, "region": rules.HOST_REGION}.get(error.reason, rules.AUTHENTICATED)
        return UnauthorizedError(error.message, rule=broken)

    @override
    def denied(self, denial: Denial, *, status: int | None) -> AwsError:
        """403 in most reports, 401 in one: the fault's `status` picks."""
        return AwsError(str(denial), status=status or 403, code="access_denied", kind="permission_error")

    @override
    def throttled(self, retry_after: float | None) -> AwsError:
        return AwsError(
            "Too many requests, please wait before trying again.",
            status=429,
            code="rate_limit_exceeded",
            kind="rate_limit_error",
            headers=retry_headers(retry_after),
        )

    @override
    def failed(self, status: int) -> AwsError:
        if status == 503:
            return AwsError("The region is out of capacity.", status=503, code="service_unavailable")
        return AwsError("The server had an error while processing your request.", status=status, code="server_error")

    @override
    def render(self, error: AwsError, request_id: str) -> Response:
        payload = {"error": {"message": error.message, "type": error.kind, "code": error.code}}
        answer = json_response(payload, status=error.status)
        return Response(
            answer.status, answer.body, {**answer.headers, **error.headers, **self.request_id_headers(request_id)}
        )

    @override
    def request_id_headers(self, request_id: str) -> dict[str, str]:
        return {"x-request-id": request_id}


_ANTHROPIC_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}


@dataclass(frozen=True)
class AnthropicDialect(OpenAiDialect):
    """The dialect of `/anthropic`: the same errors, in another envelope."""

    @override
    def render(self, error: AwsError, request_id: str) -> Response:
        inner = {"type": _ANTHROPIC_TYPES.get(error.status, "api_error"), "message": error.message}
        answer = json_response({"type": "error", "request_id": request_id, "error": inner}, status=error.status)
        named = self.request_id_headers(request_id)
        return Response(answer.status, answer.body, {**answer.headers, **error.headers, **named})

    @override
    def request_id_headers(self, request_id: str) -> dict[str, str]:
        return {"request-id": request_id, "x-request-id": request_id}
