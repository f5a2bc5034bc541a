"""Errors of Billing's API, in its JSON dialect; throttling shows as LimitExceededException."""

from typing import Final

from local_aws.cost_explorer import rules
from local_aws.dialects import AwsJson
from local_aws.errors import AwsError
from local_aws.rules import Rule

DIALECT: Final = AwsJson(throttling_code="LimitExceededException")


class ValidationException(AwsError):
    """400: the request does not fit the model, or breaks a rule."""

    def __init__(self, message: str, *, rule: Rule) -> None:
        super().__init__(message, status=400, code="ValidationException", rule=rule)


class SerializationException(AwsError):
    """400: the body is not a JSON object, or a member is of another type."""

    def __init__(self, message: str) -> None:
        super().__init__(message, status=400, code="SerializationException", rule=rules.SHAPE)


class LinkedAccountError(AwsError):
    """400 AccessDeniedException: the caller is a member account of an organisation."""

    def __init__(self) -> None:
        message = "Linked account doesn't have access to cost allocation tags."
        super().__init__(message, status=400, code="AccessDeniedException", rule=rules.LINKED)


class InvalidNextTokenException(AwsError):
    """400: the token is none of ours, or belongs to another question."""

    def __init__(self) -> None:
        super().__init__("Invalid NextToken.", status=400, code="InvalidNextTokenException", rule=rules.TOKEN)


class BackfillLimitExceededException(AwsError):
    """400: one backfill in 24 hours, and one at a time."""

    def __init__(self, message: str) -> None:
        super().__init__(message, status=400, code="BackfillLimitExceededException", rule=rules.BACKFILL_ONCE)


class DataUnavailableException(AwsError):
    """400: nothing to answer from."""

    def __init__(self, message: str, *, rule: Rule) -> None:
        super().__init__(message, status=400, code="DataUnavailableException", rule=rule)


class RequestChangedException(AwsError):
    """400: a page's token came with another question than the first page, or AWS says so."""

    def __init__(self) -> None:
        message = (
            "Your request parameters changed between pages. "
            "Try again with the old parameters or without a pagination token."
        )
        super().__init__(message, status=400, code="RequestChangedException", rule=rules.SAME_QUESTION)


class NotImitatedError(AwsError):
    """501: AWS answers this, the local AWS does not."""

    def __init__(self, what: str) -> None:
        super().__init__(f"The local AWS does not imitate {what}.", status=501, code="NotImplemented")
