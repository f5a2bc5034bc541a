"""The calls that the engine makes to a language host."""
# ruff: noqa: N802, ARG002 - the protocol names the methods and says what they take

import functools
import json
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from . import program
from .program import HostError

# The executor's exit status for "the user knows why"; the engine then adds nothing.
EXIT_STATUS_BAIL = 32
# What the SDK and the engine allow a message to have; gRPC's own limit is 4 MiB.
MESSAGE_BYTES = 400 * 1024 * 1024

_Answer = TypeVar("_Answer")


def refuse(context: grpc.ServicerContext, error: HostError) -> NoReturn:
    """Ends the call with the error's text."""
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
    raise error


def answers(method: Callable[..., _Answer]) -> Callable[..., _Answer]:
    """Makes a call of the protocol out of a method that takes the request only and may raise HostError."""

    @functools.wraps(method)
    def call(host: "LanguageHost", request: object, context: grpc.ServicerContext) -> _Answer:
        try:
            return method(host, request)
        except HostError as error:
            refuse(context, error)

    return call


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """The language of the programs that one CLI runs; `engine` is the address that they report to."""

    def __init__(self, engine: str) -> None:
        self._engine = engine

    @answers
    def Handshake(self, request: language_pb2.LanguageHandshakeRequest) -> Any:
        """Says the engine's address where the engine did not start the host itself."""
        self._engine = request.engine_address
        return language_pb2.LanguageHandshakeResponse()

    @answers
    def GetPluginInfo(self, _request: empty_pb2.Empty) -> Any:
        """The host has no version of its own: it belongs to the CLI that it is next to."""
        return plugin_pb2.PluginInfo()

    @answers
    def GetRequiredPackages(self, request: language_pb2.GetRequiredPackagesRequest) -> Any:
        """The provider plugins that the engine has to have before the program runs."""
        packages = [
            plugin_pb2.PackageDependency(
                name=plugin["name"],
                version="v" + plugin["version"].removeprefix("v"),
                kind="resource",
                server=plugin.get("server", ""),
                parameterization=parameterization_of(plugin),
            )
            for plugin in program.plugins_of(request.info)
        ]
        return language_pb2.GetRequiredPackagesResponse(packages=packages)

    @answers
    def About(self, request: language_pb2.AboutRequest) -> Any:
        """For `pulumi about`, and for the notes that the CLI takes of an update."""
        python = program.python_of(request.info)
        version = python.output("--version", folder=request.info.program_directory).removeprefix("Python ").strip()
        return language_pb2.AboutResponse(executable=str(python.executable), version=version)

    @answers
    def GetProgramDependencies(self, request: language_pb2.GetProgramDependenciesRequest) -> Any:
        """For `pulumi about`: what pip lists."""
        which = [] if request.transitiveDependencies else ["--not-required"]
        listed = program.python_of(request.info).output(
            "-m", "pip", "list", "--format", "json", *which, folder=request.info.program_directory
        )
        dependencies = [
            language_pb2.DependencyInfo(name=package["name"], version=package["version"])
            for package in json.loads(listed)
        ]
        return language_pb2.GetProgramDependenciesResponse(dependencies=dependencies)

    def InstallDependencies(
        self, request: language_pb2.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[Any]:
        """For `pulumi install` and `pulumi new`."""
        try:
            for line in program.install(request.info):
                yield language_pb2.InstallDependenciesResponse(stdout=line.encode())
        except HostError as error:
            refuse(context, error)

    @answers
    def RuntimeOptionsPrompts(self, _request: language_pb2.RuntimeOptionsRequest) -> Any:
        """`pulumi new` has nothing to ask: there is one toolchain."""
        return language_pb2.RuntimeOptionsResponse()

    @answers
    def Template(self, _request: language_pb2.TemplateRequest) -> Any:
        """With pip, a template is what it is."""
        return language_pb2.TemplateResponse()

    @answers
    def Cancel(self, _request: empty_pb2.Empty) -> Any:
        """The program ends by itself when the engine closes the resource monitor."""
        return empty_pb2.Empty()

    def Run(self, request: language_pb2.RunRequest, context: grpc.ServicerContext) -> Any:
        """Runs the program to its end."""
        try:
            process = program.run(request, self._engine)
        except HostError as error:
            refuse(context, error)
        # The call also ends when the engine gives up or dies; the program has nobody to talk to then.
        if not context.add_callback(process.kill):
            process.kill()
        status = process.wait()
        if status == EXIT_STATUS_BAIL:
            return language_pb2.RunResponse(bail=True)
        return language_pb2.RunResponse(error=f"program exited with non-zero exit code: {status}" if status else "")

    def _refuse_call(self, request: Any, context: grpc.ServicerContext) -> Any:
        context.abort(
            grpc.StatusCode.UNIMPLEMENTED,
            "a Pulumi CLI built by tools/engine runs programs; for packages, plugins and policies in Python "
            "install Pulumi: https://www.pulumi.com/docs/install/",
        )

    RunPlugin = GenerateProject = GenerateProgram = GeneratePackage = Pack = Link = _refuse_call


def parameterization_of(plugin: dict[str, Any]) -> plugin_pb2.PackageParameterization | None:
    """What tells a plugin that serves many packages which one is meant."""
    said = plugin.get("parameterization")
    return json_format.ParseDict(said, plugin_pb2.PackageParameterization()) if said else None


def serve(engine: str) -> None:
    """Says the port on stdout, then serves until the engine interrupts the host, or is gone."""
    # The engine's way to end the host; there is nothing to clean up.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    options = [("grpc.max_receive_message_length", MESSAGE_BYTES), ("grpc.max_send_message_length", MESSAGE_BYTES)]
    server = grpc.server(ThreadPoolExecutor(), options=options)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageHost(engine), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    sys.stdin.buffer.read()
    server.stop(grace=None)
