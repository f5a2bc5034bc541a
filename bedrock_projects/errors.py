"""All errors, as one tree; each message says where, what is wrong, and what to do.

BedrockProjectsError
├── InventoryError            the inventory file, with all its problems
├── SettingsError             a stack's settings, or environment variables
├── RefusedError              a safeguard of this package: the request was never sent
└── ServiceError              AWS answered with an error, or did not answer
    ├── CredentialsError      no usable credentials: missing, expired, of an unknown profile
    │   ├── CredentialSourceError  the source of the credentials failed: a program, a file, a sign-in
    │   └── ClockError        the clock of this machine differs from that of the service
    ├── AccessDeniedError     the credentials are good, the permission is missing
    │   ├── ApiKeyDeniedError no permission is missing: a policy denies Bedrock API keys
    │   └── NotEnabledError   no permission is missing: the service is not enabled in the account
    ├── NotFoundError         what the request names does not exist
    ├── NoDataError           Cost Explorer has no data of this account yet
    ├── ThrottledError        too many requests, retries used up: nothing happened
    ├── UnreachableError      no connection: nothing happened
    ├── AmbiguousError        a time-out, a reset, a 5xx, an unreadable answer: it may have happened
    └── UnconfirmedError      a write was answered, but AWS does not show its result (in `aws.models`)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


class BedrockProjectsError(Exception):
    """The root of all errors that are for a person to read.

    `lines` are the lines of the message; a line break within one of them comes from somebody else's text.
    """

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """A problem at one place of an inventory file; `line` and `column` count from 1."""

    file: str
    line: int
    column: int
    path: str
    message: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}"
        return f"{where}: {self.path}: {self.message}" if self.path else f"{where}: {self.message}"

    @property
    def line_of_text(self) -> str:
        """The problem for a list that has warnings too."""
        return f"{self}" if self.severity == "error" else f"{self.severity}: {self}"


class InventoryError(BedrockProjectsError):
    """All problems of an inventory, errors before warnings, each sorted by place."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.severity, problem)))
        super().__init__(*(problem.line_of_text for problem in self.problems))


class SettingsError(BedrockProjectsError):
    """A setting of the stack is missing, unknown or contradicts the inventory."""


class RefusedError(BedrockProjectsError):
    """A safeguard of this package refuses a change."""


class PipelineError(BedrockProjectsError):
    """A step of a pipeline failed: the Pulumi CLI, a download, or the service that has the pull request."""


class ServiceError(BedrockProjectsError):
    """AWS refused, failed or did not answer.

    Attributes: `action` (the request, in words), `code` and `status` of the service's answer (empty and 0 without
    an answer), `request_id`, `retry_after` (seconds that the service asks to wait, or None), `retries` (how often the
    request was sent again before this answer; None if not known). An answer to a retry does not describe the attempts
    before it.
    """

    def __init__(
        self,
        message: str,
        *,
        action: str,
        code: str = "",
        status: int = 0,
        request_id: str = "",
        retry_after: float | None = None,
        retries: int | None = None,
    ) -> None:
        self.message = message
        self.action = action
        self.code = code
        self.status = status
        self.request_id = request_id
        self.retry_after = retry_after
        self.retries = retries
        facts = ", ".join(
            filter(None, (f"HTTP {status}" if status else "", code, f"request {request_id}" if request_id else ""))
        )
        super().__init__(f"{action}: {message}" + (f" ({facts})" if facts else ""))

    def with_hint(self, advice: str) -> "ServiceError":
        """The same error with what to do about it."""
        return self._again(type(self), f"{self.message}; {advice}")

    def as_kind(self, kind: "type[ServiceError]") -> "ServiceError":
        """The same error as another kind."""
        return self._again(kind, self.message)

    def _again(self, kind: "type[ServiceError]", message: str) -> "ServiceError":
        return kind(
            message,
            action=self.action,
            code=self.code,
            status=self.status,
            request_id=self.request_id,
            retry_after=self.retry_after,
            retries=self.retries,
        )


class CredentialsError(ServiceError):
    """The credentials are missing, or the service rejects them."""


class CredentialSourceError(CredentialsError):
    """The source of the credentials failed before any request was sent; the message says what to do."""


class ClockError(CredentialsError):
    """The signature is too old or in the future: the clock of this machine differs from that of the service."""


class AccessDeniedError(ServiceError):
    """The credentials lack a permission."""


class ApiKeyDeniedError(AccessDeniedError):
    """A policy denies all Bedrock API keys, or the identity of this one."""


class NotEnabledError(AccessDeniedError):
    """The service refuses every request of this account until it is enabled there."""


class NotFoundError(ServiceError):
    """What the request names does not exist in this account and region."""


class NoDataError(ServiceError):
    """Cost Explorer has no data, as on the first day after it was enabled."""


class ThrottledError(ServiceError):
    """The service still asked to slow down after the last retry; it did not carry out that attempt."""


class UnreachableError(ServiceError):
    """No connection to the endpoint; the last attempt was not carried out."""


class AmbiguousError(ServiceError):
    """The request may or may not have been carried out."""
