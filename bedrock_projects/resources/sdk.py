"""All that reaches into Pulumi's SDK, where it has no interface: nothing else in the package knows how the SDK is made.

Each function says what is lost if the SDK or Python is made otherwise: comfort, never a project.
`tests/local_aws/test_sdk.py` drives the SDK's own provider process, and fails if a version of it changes any of this.
"""

import asyncio
import atexit
import functools
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType
from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.struct_pb2 import Struct
from pulumi.output import Unknown
from pulumi.runtime import settings
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2

REQUESTS_IN_FLIGHT = 32

_PROVIDER = "__provider"
"""The property in which the SDK keeps the pickled provider."""

_REQUESTS = (
    provider_pb2.CheckRequest,
    provider_pb2.DiffRequest,
    provider_pb2.CreateRequest,
    provider_pb2.ReadRequest,
    provider_pb2.UpdateRequest,
    provider_pb2.DeleteRequest,
)

_LOG_TIMEOUT = 10.0
_BUNDLE_SECONDS = 0.2
"""How late a debug message may be: `pulumi up --debug` shows what a program that waits did last."""
_UNKNOWN_ERROR = grpc.StatusCode.UNKNOWN.value[0]
_LENGTH_DELIMITED = 2


@dataclass(frozen=True)
class EngineCall:
    """The call of the engine that this thread works on."""

    request: Any
    context: grpc.ServicerContext

    @property
    def urn(self) -> str:
        """The resource that the call is about: `urn:pulumi:<stack>::<project>::<type>::<name>`."""
        return str(self.request.urn)

    @property
    def stack(self) -> str:
        """The name of the stack, without its organization."""
        return self.urn.removeprefix("urn:pulumi:").partition("::")[0]

    @property
    def project(self) -> str:
        """The name of the Pulumi project."""
        return self.urn.removeprefix("urn:pulumi:").split("::")[1]

    @property
    def name(self) -> str:
        """The name of the resource."""
        return self.urn.rpartition("::")[2]

    @property
    def is_check(self) -> bool:
        """Whether the engine checks what a program declares: then a program runs."""
        return isinstance(self.request, provider_pb2.CheckRequest)


def current_call() -> EngineCall | None:
    """The call of the engine that this thread works on, from the frames of the SDK's servicer.

    None outside of a call, or if the SDK names its arguments otherwise: warnings then go to stderr, what AWS did in
    part is not kept in the state, and a destroy counts its archives as they come.
    """
    for frame in _frames():
        request, context = frame.f_locals.get("request"), frame.f_locals.get("context")
        if isinstance(context, grpc.ServicerContext) and isinstance(request, _REQUESTS):
            return EngineCall(request, context)
    return None


def log_warning(line: str) -> bool:
    """Shows a warning on the resource of the current call, through the engine, whose address the SDK was started with.

    False if there is no call or no engine: then nothing was shown.
    """
    call = current_call()
    if call is None or len(sys.argv) < 2:
        return False
    severity = engine_pb2.LogSeverity.WARNING
    request = engine_pb2.LogRequest(severity=severity, message=line, urn=call.urn)
    try:
        _engine(sys.argv[1]).Log(request, timeout=_LOG_TIMEOUT)
    except grpc.RpcError:
        return False
    return True


def keep_in_state(id_: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any], *, reason: str) -> bool:
    """Lets the engine keep the resource of a create or update that is about to fail, with these outputs and inputs.

    The engine marks it, so that the next `pulumi up` updates it. The SDK has no answer that says so; the engine reads
    it from the status details of the error. False if there is no call: then the state has what it had before.
    """
    call = current_call()
    if call is None:
        return False
    given = getattr(call.request, "news", None) or call.request.properties
    detail = provider_pb2.ErrorResourceInitFailed(
        id=id_, properties=_properties(outputs, given), reasons=[reason], inputs=_properties(inputs, given)
    )
    call.context.set_trailing_metadata((("grpc-status-details-bin", _status(detail, reason)),))
    return True


class BundlingEngine:
    """The client of the engine as the SDK uses it, which sends the SDK's debug messages many at a time.

    The SDK sends four for each resource, and each blocks the program until the engine has answered.
    """

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._lines: list[str] = []

    def Log(self, request: Any) -> Any:  # noqa: N802 (the name of the RPC)
        """Sends the message: one of debugging within _BUNDLE_SECONDS, any other at once and after those before it."""
        loop = _running_loop()
        if request.severity != engine_pb2.LogSeverity.DEBUG or request.urn or loop is None:
            self.flush()
            return self._engine.Log(request)
        if not self._lines:
            loop.call_later(_BUNDLE_SECONDS, self.flush)
        self._lines.append(request.message)
        return None

    def flush(self) -> None:
        """Sends what is left."""
        lines, self._lines = self._lines, []
        if lines:
            request = engine_pb2.LogRequest(severity=engine_pb2.LogSeverity.DEBUG, message="\n".join(lines))
            with suppress(grpc.RpcError):  # an engine that has ended reads no messages
                self._engine.Log(request)

    def __getattr__(self, name: str) -> Any:
        """All other calls are the engine's."""
        return getattr(self._engine, name)


def bundle_debug_messages() -> bool:
    """Lets the SDK send its debug messages many at a time, for the program that runs.

    False if there is no engine: then each is sent by itself, which is slower and nothing else.
    """
    engine = settings.get_engine()
    if engine is None:
        return False
    bundling = BundlingEngine(engine)
    settings.SETTINGS.engine = bundling
    atexit.register(bundling.flush)
    return True


def wait_for_registrations_first() -> bool:
    """Lets the SDK wait for the registrations of a program first, and then for the outputs that are left.

    The SDK waits for both in turn, and looks through all open outputs each time that one is ready. It begins with the
    outputs if no registration has begun, and none has when a program ends: with 1,000 projects there are 20,000. One
    more to wait for, which is over at once, makes it begin with the registrations. False if the SDK has no such list:
    then it is slower and nothing else.
    """
    registrations = getattr(getattr(settings.SETTINGS, "rpc_manager", None), "rpcs", None)
    if not isinstance(registrations, list) or _running_loop() is None:
        return False
    registrations.append(asyncio.ensure_future(asyncio.sleep(0)))
    return True


def without_unknowns(value: Any, *, instead: str) -> Any:
    """The value with `instead` for each part that Pulumi does not know yet, at any depth."""
    if isinstance(value, Unknown):
        return instead
    if isinstance(value, Mapping):
        return {key: without_unknowns(part, instead=instead) for key, part in value.items()}
    if isinstance(value, list):
        return [without_unknowns(part, instead=instead) for part in value]
    return value


def widen_worker_pool(workers: int = REQUESTS_IN_FLIGHT) -> bool:
    """Lets the SDK's gRPC server, on one of whose worker threads this is called, work on that many calls at once.

    The SDK starts its provider process with four workers and no way to ask for more. A worker thread holds a reference
    to its pool, so the pool is found from here. False if it is not found: then it stays at four, which is slower and
    nothing else.
    """
    for frame in _frames():
        reference = frame.f_locals.get("executor_reference")
        pool = reference() if callable(reference) else None
        if isinstance(pool, ThreadPoolExecutor) and _has_what_is_used(pool):
            _widen(pool, workers)
            return True
    return False


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _frames() -> Iterator[FrameType]:
    """The frames of those that called the caller, from the innermost one."""
    frame = sys._getframe(1).f_back  # noqa: SLF001 (the only way to what the SDK does not hand over)
    while frame is not None:
        yield frame
        frame = frame.f_back


@functools.cache
def _engine(address: str) -> engine_pb2_grpc.EngineStub:
    return engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))


def _properties(values: Mapping[str, Any], given: Struct) -> Struct:
    """The values as properties of the resource, with the provider that the call was given."""
    properties = Struct()
    properties.update({name: value for name, value in values.items() if value is not None})
    properties.fields[_PROVIDER].CopyFrom(given.fields[_PROVIDER])
    return properties


def _status(detail: provider_pb2.ErrorResourceInitFailed, message: str) -> bytes:
    """A `google.rpc.Status` with one detail, as bytes.

    Two packages define its Python class, Pulumi's and Google's; a process that imports both ends with an error.
    """
    packed = AnyMessage()
    packed.Pack(detail)
    return bytes([1 << 3, _UNKNOWN_ERROR]) + _field(2, message.encode()) + _field(3, packed.SerializeToString())


def _field(number: int, content: bytes) -> bytes:
    """A field of a protobuf message: https://protobuf.dev/programming-guides/encoding/."""
    length, prefix = len(content), bytearray([number << 3 | _LENGTH_DELIMITED])
    while length > 0x7F:
        prefix.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes([*prefix, length]) + content


def _has_what_is_used(pool: ThreadPoolExecutor) -> bool:
    return isinstance(getattr(pool, "_max_workers", None), int) and callable(
        getattr(pool, "_adjust_thread_count", None)
    )


def _widen(pool: ThreadPoolExecutor, workers: int) -> None:
    added = workers - pool._max_workers  # noqa: SLF001 (as its caller says)
    pool._max_workers = max(pool._max_workers, workers)  # noqa: SLF001
    # Threads are started only when a call comes in and no worker has just become free: with a backlog, as in a destroy,
    # where all calls are there before the first is answered, the pool would stay as small as it was.
    for _ in range(added):
        pool._adjust_thread_count()  # noqa: SLF001
