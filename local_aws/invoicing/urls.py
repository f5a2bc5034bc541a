"""The operation of `invoicing` that is ours, by the X-Amz-Target header; all others are moto's."""

from typing import Final

from local_aws.invoicing.exceptions import DIALECT
from local_aws.invoicing.responses import list_invoice_summaries
from local_aws.messages import Request
from local_aws.service import Call, Operation, Permission
from local_aws.state import State

SERVICE: Final = "invoicing"
_TARGET: Final = "Invoicing.ListInvoiceSummaries"


def find(request: Request) -> Operation | None:
    """The operation that a request is for, None if it is not ours."""
    return _LIST if request.headers.get("X-Amz-Target") == _TARGET else None


def _permissions(state: State, call: Call) -> list[Permission]:
    del state, call
    return [Permission("invoicing:ListInvoiceSummaries", "*")]


_LIST: Final = Operation(SERVICE, "ListInvoiceSummaries", DIALECT, list_invoice_summaries, _permissions)
