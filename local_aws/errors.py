"""Errors of the services, before a dialect writes them down."""

from collections.abc import Mapping

from local_aws.rules import Rule


class AwsError(Exception):
    """An answer that is an error: HTTP status, the service's code and message.

    `kind` is the second name that some dialects give (OpenAI's `type`); `headers` go with the answer, `members` into a
    body of REST-JSON.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str,
        kind: str | None = None,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, str] | None = None,
        rule: Rule | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.kind = kind or code
        self.headers = dict(headers or {})
        self.members = dict(members or {})
        self.rule = rule
