"""The rules of AWS Invoicing, each with how it is known."""

from typing import Final

from local_aws.rules import Rule

_READ: Final = "2026-11-29"
_MODEL: Final = "botocore's model of invoicing, 2024-12-01, as of 1.44.8"
_CHOICE: Final = "choice of the local AWS"

MEMBER: Final = Rule(
    "invoice-member", "a member account has no invoices; its management account has them", "assumed", _CHOICE, _READ
)
ACCOUNT: Final = Rule(
    "invoice-account", "an account asks for itself, a management account for its members too", "assumed", _CHOICE, _READ
)
INVOICE: Final = Rule(
    "invoice-unknown",
    "ResourceNotFoundException for an invoice that the account does not have",
    "assumed",
    _CHOICE,
    _READ,
)
TOKEN: Final = Rule("invoice-token", "a page's token holds for the same question only", "documented", _MODEL, _READ)
INTERVAL: Final = Rule("invoice-interval", "TimeInterval is one month at most", "documented", _MODEL, _READ)
