"""Which call of the engine this is. The SDK hands a provider neither the resource's URN nor the kind of the call."""

import sys
from dataclasses import dataclass

from pulumi.runtime.proto import provider_pb2

_REQUESTS = (
    provider_pb2.CheckRequest,
    provider_pb2.DiffRequest,
    provider_pb2.CreateRequest,
    provider_pb2.ReadRequest,
    provider_pb2.UpdateRequest,
    provider_pb2.DeleteRequest,
)


@dataclass(frozen=True)
class EngineCall:
    """The stack and the Pulumi project of the resource; `is_check` is whether the engine checks what a program says."""

    stack: str
    project: str
    is_check: bool


def engine_call() -> EngineCall | None:
    """The call of the engine within which this runs; None if the SDK does not show it.

    It is the local `request` of the SDK's method that takes the call, in a frame above this one.
    """
    frame = sys._getframe()  # noqa: SLF001 (the only way to the call that this thread works on)
    while frame.f_back is not None:
        frame = frame.f_back
        request = frame.f_locals.get("request")
        if isinstance(request, _REQUESTS):
            return _call_of(request.urn, is_check=isinstance(request, provider_pb2.CheckRequest))
    return None


def _call_of(urn: str, *, is_check: bool) -> EngineCall | None:
    """`urn:pulumi:<stack>::<project>::<type>::<name>`."""
    kind, _, rest = urn.partition("urn:pulumi:")
    stack, _, after = rest.partition("::")
    project, separator, _ = after.partition("::")
    return EngineCall(stack, project, is_check) if not kind and stack and project and separator else None
