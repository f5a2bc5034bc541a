"""The requests to `bedrock-runtime` that are ours, by path; `bedrock` and it sign alike."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from local_aws.bedrock.exceptions import DIALECT
from local_aws.bedrock.models import SERVICE as SIGNING_NAME
from local_aws.bedrock.urls import SENDERS
from local_aws.bedrock_runtime.operation import ENDPOINT, RuntimeApi, permissions_of, work_of
from local_aws.identity import Identity
from local_aws.messages import Request
from local_aws.service import Operation

_PATH: Final = re.compile(r"/model/([^/]+)/([a-z-]+)")


def find(request: Request, identity: Identity) -> tuple[Operation, Mapping[str, str]] | None:
    """The operation that a request is for and its model, None if it is not ours."""
    match = _PATH.fullmatch(request.target.partition("?")[0])
    if match is None or request.method != "POST" or identity.service not in SENDERS:
        return None
    operation = _OPERATIONS.get(match[2])
    return (operation, {"model": unquote(match[1])}) if operation else None


def _operation(name: str, api: RuntimeApi) -> Operation:
    return Operation(ENDPOINT, name, DIALECT, work_of(api), permissions_of(api), signing=SIGNING_NAME)


_OPERATIONS: Final = {
    "converse": _operation("Converse", RuntimeApi(by_header=False, streams=False)),
    "converse-stream": _operation("ConverseStream", RuntimeApi(by_header=False, streams=True)),
    "invoke": _operation("InvokeModel", RuntimeApi(by_header=True, streams=False)),
    "invoke-with-response-stream": _operation(
        "InvokeModelWithResponseStream", RuntimeApi(by_header=True, streams=True)
    ),
}
