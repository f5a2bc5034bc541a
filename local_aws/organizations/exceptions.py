"""Errors of AWS Organizations, in JSON 1.1.

Not imitated: the member `Reason` of an error.
"""

from typing import Final

from local_aws.dialects import AwsJson
from local_aws.errors import AwsError
from local_aws.organizations import rules
from local_aws.rules import Rule

DIALECT: Final = AwsJson(throttling_code="TooManyRequestsException")


class AWSOrganizationsNotInUseException(AwsError):
    """400: the account is in no organisation."""

    def __init__(self) -> None:
        message = "Your account is not a member of an organization."
        super().__init__(message, status=400, code="AWSOrganizationsNotInUseException", rule=rules.NOT_IN_USE)


class AccessDeniedException(AwsError):
    """400: a member account may not ask."""

    def __init__(self) -> None:
        message = "You don't have permissions to access this resource."
        super().__init__(message, status=400, code="AccessDeniedException", rule=rules.MEMBER)


class InvalidInputException(AwsError):
    """400: the request breaks a rule."""

    def __init__(self, message: str, *, rule: Rule) -> None:
        super().__init__(message, status=400, code="InvalidInputException", rule=rule)
