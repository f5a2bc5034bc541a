"""The operation of `organizations` that is ours, by the X-Amz-Target header; all others are moto's."""

from typing import Final

from local_aws.messages import Request
from local_aws.organizations.exceptions import DIALECT
from local_aws.organizations.responses import list_accounts
from local_aws.service import Call, Operation, Permission
from local_aws.state import State

SERVICE: Final = "organizations"
_TARGET: Final = "AWSOrganizationsV20161128.ListAccounts"


def find(request: Request) -> Operation | None:
    """The operation that a request is for, None if it is not ours."""
    return _LIST if request.headers.get("X-Amz-Target") == _TARGET else None


def _permissions(state: State, call: Call) -> list[Permission]:
    del state, call
    return [Permission("organizations:ListAccounts", "*")]


_LIST: Final = Operation(SERVICE, "ListAccounts", DIALECT, list_accounts, _permissions)
