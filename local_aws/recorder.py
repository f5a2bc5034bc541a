"""What was asked: every request except those of the control API, in order.

Not kept: bodies that are not text, answers (their status and error code are).
"""

from collections import deque
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

HEADERS = (
    "user-agent",
    "content-type",
    "openai-project",
    "anthropic-workspace-id",
    "x-amzn-bedrock-projectidentifier",
    "x-amz-target",
)
_KEPT = 200_000


@dataclass
class RecordedRequest:
    """One request. `status` is None if the sender got no whole answer, `code` the error's, `rule` the one it broke.

    `worked` says whether the service carried the work out; `permissions` are the actions and resources that it took.
    """

    number: int
    time: float  # local clock, unix seconds
    service: str
    operation: str  # `bedrock-mantle:CreateProject`
    method: str
    path: str
    query: dict[str, str]
    body: Any
    account: str
    region: str
    access_key: str
    scope: str
    headers: dict[str, str]
    permissions: list[list[str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    request_id: str = ""
    status: int | None = None
    code: str | None = None
    rule: str | None = None
    worked: bool = False


class Recorder:
    """The requests of this run, the newest 200,000."""

    def __init__(self) -> None:
        self._requests: deque[RecordedRequest] = deque(maxlen=_KEPT)
        self._count = 0

    def next_number(self) -> int:
        """The number that the next request gets, from 1."""
        self._count += 1
        return self._count

    def add(self, request: RecordedRequest) -> None:
        """Takes a request up; what becomes of it is filled in later."""
        self._requests.append(request)

    def clear(self) -> None:
        """Forgets all requests; the numbers go on."""
        self._requests.clear()

    def find(
        self, *, operation: str = "*", account: str | None = None, region: str | None = None
    ) -> list[RecordedRequest]:
        """The requests whose operation matches the pattern, oldest first."""
        return [
            request
            for request in self._requests
            if fnmatchcase(request.operation, operation)
            and account in (None, request.account)
            and region in (None, request.region)
        ]
