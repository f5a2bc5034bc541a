"""Errors of AWS Invoicing, in JSON 1.0.

Not imitated: the members `resourceName`, `reason` and `fieldList` of an error.
"""

from typing import Final

from local_aws.dialects import AwsJson
from local_aws.errors import AwsError
from local_aws.invoicing import rules
from local_aws.rules import Rule

DIALECT: Final = AwsJson()


class ValidationException(AwsError):
    """400: the request breaks a rule."""

    def __init__(self, message: str, *, rule: Rule) -> None:
        super().__init__(message, status=400, code="ValidationException", rule=rule)


class AccessDeniedException(AwsError):
    """400: the caller has no invoices, or asks for those of others."""

    def __init__(self, message: str, *, rule: Rule) -> None:
        super().__init__(message, status=400, code="AccessDeniedException", rule=rule)


class ResourceNotFoundException(AwsError):
    """400: there is no such invoice."""

    def __init__(self, invoice: str) -> None:
        message = f"Invoice {invoice} was not found."
        super().__init__(message, status=400, code="ResourceNotFoundException", rule=rules.INVOICE)
