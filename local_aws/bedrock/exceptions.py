"""Errors of `bedrock` and `bedrock-runtime`: REST-JSON, with the code in the header x-amzn-errortype."""

from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from local_aws.bedrock import rules
from local_aws.dialects import AwsJson, Denial, retry_headers
from local_aws.errors import AwsError
from local_aws.identity import AuthError
from local_aws.messages import Response, json_response
from local_aws.rules import Rule


class ValidationException(AwsError):
    """400: the request breaks a rule."""

    def __init__(self, message: str, *, rule: Rule) -> None:
        super().__init__(message, status=400, code="ValidationException", rule=rule)


class SerializationException(AwsError):
    """400: the body is not a JSON object."""

    def __init__(self, message: str) -> None:
        super().__init__(message, status=400, code="SerializationException", rule=rules.BODY)


class ConflictException(AwsError):
    """400: the model says no more than that there is a conflict."""

    def __init__(self, message: str, *, rule: Rule = rules.CONFLICT) -> None:
        super().__init__(message, status=400, code="ConflictException", rule=rule)


class ResourceNotFoundException(AwsError):
    """404: no such project in this account and region."""

    def __init__(self, arn: str, *, rule: Rule = rules.UNKNOWN) -> None:
        super().__init__(f"Project {arn} was not found.", status=404, code="ResourceNotFoundException", rule=rule)


class UnknownOperationException(AwsError):
    """404: no operation has this path."""

    def __init__(self) -> None:
        super().__init__("Unknown operation.", status=404, code="UnknownOperationException", rule=rules.PATH)


class TooManyTagsException(AwsError):
    """400: more tags than a resource may have; names the resource."""

    def __init__(self, message: str, *, resource: str) -> None:
        named = {"resourceName": resource} if resource else {}
        super().__init__(message, status=400, code="TooManyTagsException", members=named, rule=rules.TAGS)


class ServiceQuotaExceededException(AwsError):
    """400: the account has as many projects as it may."""

    def __init__(self, message: str) -> None:
        super().__init__(message, status=400, code="ServiceQuotaExceededException", rule=rules.QUOTA)


class ThrottlingException(AwsError):
    """429: more requests in a second than the setting allows."""

    def __init__(self) -> None:
        message = "Too many requests, please wait before trying again."
        super().__init__(message, status=429, code="ThrottlingException", rule=rules.RATE)


_UNPROVEN: Final = {
    "missing": "MissingAuthenticationTokenException",
    "signature": "InvalidSignatureException",
    "signature_expired": "InvalidSignatureException",
    "service": "InvalidSignatureException",
    "region": "InvalidSignatureException",
    "token_expired": "ExpiredTokenException",
    "bearer": "AccessDeniedException",
}


@dataclass(frozen=True)
class RestJson(AwsJson):
    """The dialect of both clients."""

    @override
    def unauthenticated(self, error: AuthError) -> AwsError:
        code = _UNPROVEN.get(error.reason, "UnrecognizedClientException")
        broken = {"service": rules.SIGNING_NAME, "region": rules.HOST_REGION}.get(error.reason, rules.AUTHENTICATED)
        return AwsError(error.message, status=403, code=code, rule=broken)

    @override
    def denied(self, denial: Denial, *, status: int | None) -> AwsError:
        return AwsError(str(denial), status=status or 403, code="AccessDeniedException")

    @override
    def throttled(self, retry_after: float | None) -> AwsError:
        message = "Too many requests, please wait before trying again."
        return AwsError(message, status=429, code=self.throttling_code, headers=retry_headers(retry_after))

    @override
    def failed(self, status: int) -> AwsError:
        code = "ServiceUnavailableException" if status == 503 else "InternalServerException"
        return AwsError("The server encountered an internal error while processing.", status=status, code=code)

    @override
    def render(self, error: AwsError, request_id: str) -> Response:
        answer = json_response({"message": error.message, **error.members}, status=error.status)
        named = {"x-amzn-errortype": error.code, **self.request_id_headers(request_id)}
        return Response(answer.status, answer.body, {**answer.headers, **error.headers, **named})


DIALECT: Final = RestJson()
