"""The rules of AWS Organizations, each with how it is known."""

from typing import Final

from local_aws.rules import Rule

_READ: Final = "2026-11-29"
_PAGE: Final = "https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html"

NOT_IN_USE: Final = Rule(
    "organization-none",
    "AWSOrganizationsNotInUseException for an account that is in no organisation",
    "documented",
    _PAGE,
    _READ,
)
MEMBER: Final = Rule(
    "organization-member",
    "only the management account and delegated administrators list the accounts",
    "documented",
    _PAGE,
    _READ,
)
SHAPE: Final = Rule("organization-shape", "MaxResults is 1 to 20", "documented", _PAGE, _READ)
TOKEN: Final = Rule("organization-token", "a token is one that an answer gave", "documented", _PAGE, _READ)
