"""Errors of the Resource Groups Tagging API, in JSON 1.1."""

from typing import Final

from local_aws.dialects import AwsJson
from local_aws.errors import AwsError
from local_aws.rules import Rule
from local_aws.tagging import rules

DIALECT: Final = AwsJson(throttling_code="ThrottledException")


class InvalidParameterException(AwsError):
    """400: a parameter is out of range, or of a kind that is not supported."""

    def __init__(self, message: str, *, rule: Rule) -> None:
        super().__init__(message, status=400, code="InvalidParameterException", rule=rule)


class PaginationTokenExpiredException(AwsError):
    """400: the token is older than 15 minutes."""

    def __init__(self) -> None:
        message = "The PaginationToken has expired."
        super().__init__(message, status=400, code="PaginationTokenExpiredException", rule=rules.EXPIRED)


class AccessDeniedException(AwsError):
    """400: the sender may not ask."""

    def __init__(self, principal: str) -> None:
        message = f"User: {principal} is not authorized to perform: tag:GetResources"
        super().__init__(message, status=400, code="AccessDeniedException", rule=rules.REFUSED)
