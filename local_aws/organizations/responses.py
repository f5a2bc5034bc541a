"""ListAccounts: the management account and its members, by id.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
Not imitated: delegated administrators, email addresses and names of one's own, when an account joined, `Paths`.
"""

from typing import Any, Final

from local_aws.messages import Response, json_response
from local_aws.organizations import rules
from local_aws.organizations.exceptions import (
    AccessDeniedException,
    AWSOrganizationsNotInUseException,
    InvalidInputException,
)
from local_aws.service import Call
from local_aws.state import State

_MAX_PAGE: Final = 20
_ID: Final = "o-localaws00"


def list_accounts(state: State, call: Call) -> Response:
    """ListAccounts."""
    body, asking = call.request.json_object, call.identity.account
    management = state.accounts.payer(asking)
    members = state.accounts.members(management)
    if not members:
        raise AWSOrganizationsNotInUseException
    if management != asking:
        raise AccessDeniedException
    accounts = sorted({management, *members})
    size = body.get("MaxResults", _MAX_PAGE)
    if not isinstance(size, int) or not 1 <= size <= _MAX_PAGE:
        raise InvalidInputException(f"MaxResults must be between 1 and {_MAX_PAGE}.", rule=rules.SHAPE)
    token = body.get("NextToken")
    if token is not None and token not in accounts:
        raise InvalidInputException("NextToken is not valid.", rule=rules.TOKEN)
    following = [account for account in accounts if token is None or account > token]
    page = following[:size]
    payload: dict[str, Any] = {"Accounts": [_shown(account, management, state) for account in page]}
    if len(following) > size:
        payload["NextToken"] = page[-1]
    return json_response(payload, content_type="application/x-amz-json-1.1")


def _shown(account: str, management: str, state: State) -> dict[str, Any]:
    closed = account in state.accounts.closed
    return {
        "Id": account,
        "Arn": f"arn:aws:organizations::{management}:account/{_ID}/{account}",
        "Name": f"account-{account}",
        "Status": "SUSPENDED" if closed else "ACTIVE",
        "State": "CLOSED" if closed else "ACTIVE",
        "JoinedMethod": "CREATED",
    }
