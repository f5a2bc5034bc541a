"""What the engine hands to a provider process."""

import sys
from collections.abc import Callable, Mapping
from typing import TypeVar
from unittest.mock import create_autospec, patch

import grpc
from pulumi.dynamic import Config, ConfigureRequest, ResourceProvider
from pulumi.runtime.proto import provider_pb2

from bedrock_projects.projects.changes import DeclaredProject

Answer = TypeVar("Answer")
Request = (
    provider_pb2.CheckRequest
    | provider_pb2.DiffRequest
    | provider_pb2.CreateRequest
    | provider_pb2.ReadRequest
    | provider_pb2.UpdateRequest
    | provider_pb2.DeleteRequest
)
URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/bedrock:Project::search"
A_PROGRAM_RUNS = provider_pb2.CheckRequest(urn=URN)
"""The engine checks what a program declares, before all else."""
_CONTEXT = create_autospec(grpc.ServicerContext, instance=True)
DECLARED = DeclaredProject(
    key="search",
    name="Search",
    region="us-west-2",
    owner="acme/dev/search",
    owner_tag_key="bedrock-project",
    tags={"a": "1"},
)


def configured(settings: Mapping[str, str] | None = None) -> ConfigureRequest:
    """A stack's configuration; keys without a namespace are in that of the Pulumi project."""
    given = {key if ":" in key else f"shop:{key}": value for key, value in (settings or {}).items()}
    return ConfigureRequest(Config(given, "shop"))


def within(request: Request | None, method: Callable[[], Answer]) -> Answer:
    """Calls it as the SDK does: from a method whose locals are the call of the engine.

    No engine listens: messages for it go to stderr.
    """
    context = _CONTEXT
    with patch.object(sys, "argv", sys.argv[:1]):
        answer = method()
    del request, context
    return answer


def configure(
    provider: ResourceProvider, settings: Mapping[str, str] | None = None, *, request: Request | None = A_PROGRAM_RUNS
) -> None:
    """Configures a provider within a call."""
    within(request, lambda: provider.configure(configured(settings)))
