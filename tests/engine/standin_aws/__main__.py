"""Serves the stand-in to the engine; see the package."""
# ruff: noqa: N802 - the protocol names the methods

import functools
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any, TypeVar

import grpc
from botocore.exceptions import BotoCoreError, ClientError
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from tests.engine.standin_aws.account import Account, folder
from tests.engine.standin_aws.exports import EXPORT_TYPES
from tests.engine.standin_aws.types import TYPES, Properties, Type

_Answer = TypeVar("_Answer")
_LONGEST, _RANDOM = 255, 7
"""Of a name that the provider makes, and of what is random in it."""


def _dict(struct: struct_pb2.Struct) -> Properties:
    return dict(json_format.MessageToDict(struct))


def _struct(properties: Properties) -> struct_pb2.Struct:
    return json_format.ParseDict(properties, struct_pb2.Struct())


def _answers(method: Callable[..., _Answer]) -> Callable[..., _Answer]:
    """The service's refusal is the call's."""

    @functools.wraps(method)
    def call(standin: "StandIn", request: object, context: grpc.ServicerContext) -> _Answer:
        try:
            return method(standin, request)
        except (BotoCoreError, ClientError, PermissionError, ValueError) as error:
            context.abort(grpc.StatusCode.UNKNOWN, f"stand-in for pulumi-aws: {error}")
            raise

    return call


class StandIn(provider_pb2_grpc.ResourceProviderServicer):
    """One provider resource of the program."""

    _account: Account

    @_answers
    def CheckConfig(self, request: provider_pb2.CheckRequest) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    @_answers
    def DiffConfig(self, request: provider_pb2.DiffRequest) -> Any:
        # https://github.com/pulumi/pulumi-aws/pull/4000
        return _diff(_dict(request.olds), _dict(request.news), replaces=frozenset({"region"}))

    @_answers
    def Configure(self, request: provider_pb2.ConfigureRequest) -> Any:
        self._account = Account(_dict(request.args))
        return provider_pb2.ConfigureResponse()

    @_answers
    def Check(self, request: provider_pb2.CheckRequest) -> Any:
        news = _dict(request.news)
        if _type(request.urn).is_named and "name" not in news:
            news["name"] = _dict(request.olds).get("name") or _random_name(request.urn, request.randomSeed)
        return provider_pb2.CheckResponse(inputs=_struct(news))

    @_answers
    def Diff(self, request: provider_pb2.DiffRequest) -> Any:
        kind, olds = _type(request.urn), _dict(request.old_inputs)
        # As the real one does, what was read last is compared, and what has a name of the program's is deleted first.
        read = {key: value for key, value in _dict(request.olds).items() if key in olds}
        return _diff(
            kind.parts({**olds, **read}),
            kind.parts(_dict(request.news)),
            replaces=kind.replaces,
            ignored=frozenset(request.ignoreChanges),
            deletes_first=not kind.is_named,
        )

    @_answers
    def Create(self, request: provider_pb2.CreateRequest) -> Any:
        id_, outputs = _type(request.urn).create(self._account, _dict(request.properties))
        return provider_pb2.CreateResponse(id=id_, properties=_struct(outputs))

    @_answers
    def Read(self, request: provider_pb2.ReadRequest) -> Any:
        kind = _type(request.urn)
        if not kind.exists(self._account, request.id, _dict(request.properties)):
            return provider_pb2.ReadResponse()
        properties, inputs = (_struct(kind.read(_dict(struct))) for struct in (request.properties, request.inputs))
        return provider_pb2.ReadResponse(id=request.id, properties=properties, inputs=inputs)

    @_answers
    def Update(self, request: provider_pb2.UpdateRequest) -> Any:
        outputs = _type(request.urn).update(self._account, request.id, _dict(request.news))
        return provider_pb2.UpdateResponse(properties=_struct(outputs))

    @_answers
    def Delete(self, request: provider_pb2.DeleteRequest) -> Any:
        _type(request.urn).delete(self._account, request.id, _dict(request.properties))
        return empty_pb2.Empty()

    @_answers
    def Invoke(self, request: provider_pb2.InvokeRequest) -> Any:
        if request.tok != "aws:index/getCallerIdentity:getCallerIdentity":
            raise ValueError(f"no function {request.tok}")
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(_struct({"accountId": self._account.id}))  # a word of Python
        return response

    @_answers
    def Cancel(self, _request: empty_pb2.Empty) -> Any:
        return empty_pb2.Empty()

    @_answers
    def GetPluginInfo(self, _request: empty_pb2.Empty) -> Any:
        return plugin_pb2.PluginInfo(version="7.51.1")


def _type(urn: str) -> Type:
    return {**TYPES, **EXPORT_TYPES}[urn.split("::")[2].rpartition("$")[2]]


def _random_name(urn: str, seed: bytes) -> str:
    """https://github.com/pulumi/pulumi-terraform-bridge/blob/main/pkg/tfbridge/info/autonaming.go."""
    prefix = f"{urn.split('::', 3)[3]}-"
    if len(prefix.encode()) + _RANDOM > _LONGEST:
        raise ValueError(f"name '{prefix}' plus {_RANDOM} random chars is longer than maximum length {_LONGEST}")
    return prefix + seed.hex()[:_RANDOM]


def _diff(
    olds: Properties,
    news: Properties,
    *,
    replaces: frozenset[str],
    ignored: frozenset[str] = frozenset(),
    deletes_first: bool = False,
) -> Any:
    internal = {"__internal", "__defaults", "version"} | ignored
    changed = sorted(key for key in {*olds, *news} - internal if olds.get(key) != news.get(key))
    kind = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
    replaced = [key for key in changed if key in replaces]
    return provider_pb2.DiffResponse(
        changes=kind, diffs=changed, replaces=replaced, deleteBeforeReplace=bool(replaced) and deletes_first
    )


def main() -> None:
    """Notes the start, says the port, serves until the engine ends the process."""
    with (folder() / "started").open("a") as log:
        log.write("started\n")
    # One at a time: what moto lacks is kept in one file.
    server = grpc.server(ThreadPoolExecutor(max_workers=1))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(StandIn(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    Event().wait()


if __name__ == "__main__":
    main()
