"""What a service of the local AWS is made of: routes to operations, each with its work and its permissions."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from local_aws.dialects import Dialect
from local_aws.faults import Fault
from local_aws.identity import Identity
from local_aws.messages import Request, Response
from local_aws.state import State


@dataclass(frozen=True)
class Permission:
    """An IAM action on a resource (an ARN or `*`)."""

    action: str
    resource: str


@dataclass(frozen=True)
class Call:
    """A request on its way to an operation: who sends it, the path's parameters, the faults that bend the work."""

    request: Request
    identity: Identity
    parameters: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, Fault] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """`work` carries a call out or raises AwsError; `permissions` says what the call takes, before it is validated.

    `signing` is the name that signatures are for, if it is not the service's.
    """

    service: str
    name: str
    dialect: Dialect
    work: Callable[[State, Call], Response]
    permissions: Callable[[State, Call], list[Permission]]
    signing: str = ""

    @property
    def signing_name(self) -> str:
        """What the credential scope of a signature names."""
        return self.signing or self.service


@dataclass(frozen=True)
class Route:
    """Requests with this method and path belong to the operation; named groups are the call's parameters."""

    method: str
    path: re.Pattern[str]
    operation: Operation

    def match(self, request: Request) -> dict[str, str] | None:
        """The path's parameters, or None for another operation's request."""
        if request.method != self.method:
            return None
        match = self.path.fullmatch(request.path)
        return match.groupdict() if match else None
