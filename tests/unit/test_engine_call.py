"""The call of the engine, seen from a provider: in a process of the SDK itself, so that another SDK is noticed."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import create_autospec

import grpc
import pytest
from google.protobuf import struct_pb2
from pulumi.dynamic.dynamic import PROVIDER_KEY, serialize_provider
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from bedrock_projects.resources.cost_allocation_tags import CostAllocationTagsProvider
from bedrock_projects.resources.sdk import current_call

ROOT = Path(__file__).parents[2]
URN = "urn:pulumi:dev::shop::bedrock-projects:components:Tags$pulumi-python:dynamic/billing:CostAllocationTags::tags"


@pytest.mark.parametrize("kind", ["Check", "Diff", "Create", "Read", "Update", "Delete"])
def test_the_call_is_found_from_within(kind: str) -> None:
    request = getattr(provider_pb2, f"{kind}Request")(urn=URN)
    context = create_autospec(grpc.ServicerContext, instance=True)
    call = current_call()
    assert call
    assert (call.stack, call.project, call.is_check) == ("dev", "shop", kind == "Check")
    del request, context


@pytest.mark.parametrize("local", [None, "request", provider_pb2.ConfigureRequest()])
def test_a_request_of_somebody_else_is_not_a_call(local: object) -> None:
    request, context = local, create_autospec(grpc.ServicerContext, instance=True)
    assert current_call() is None
    del request, context


class Sdk:
    """The process that the engine starts for dynamic providers, in the folder of a program."""

    def __init__(self, folder: Path) -> None:
        self.errors = folder / "stderr"
        environment = {"PATH": "", "PYTHONPATH": str(ROOT), "PULUMI_PROJECT": "shop"}
        with self.errors.open("wb") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, "-u", "-m", "pulumi.dynamic"],
                cwd=folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=stderr,
            )
        assert self.process.stdout
        self.channel = grpc.insecure_channel(f"127.0.0.1:{int(self.process.stdout.readline())}")
        self.provider = provider_pb2_grpc.ResourceProviderStub(self.channel)

    def close(self) -> None:
        self.channel.close()
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def sdk(tmp_path: Path) -> Iterator[Sdk]:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {shop:scope: projects}\n")
    process = Sdk(tmp_path)
    yield process
    process.close()


def struct(**values: Any) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(values)
    return made


def test_the_sdk_shows_the_call(sdk: Sdk) -> None:
    """The last run deactivated tags and asked Billing; the file of now says that this stack has no tags."""
    recorded = {"shop:scope": "all", "shop:deactivateOnDestroy": "true"}
    sdk.provider.Configure(provider_pb2.ConfigureRequest(args=struct(**recorded)))
    pickled = serialize_provider(CostAllocationTagsProvider())
    properties = struct(**{PROVIDER_KEY: pickled, "keys": ["Team"], "active": ["Team"], "activated": ["Team"]})
    read = sdk.provider.Read(provider_pb2.ReadRequest(id="tags", urn=URN, properties=properties))
    sdk.provider.Delete(provider_pb2.DeleteRequest(id="tags", urn=URN, properties=properties))
    assert list(read.properties["active"]) == ["Team"]
    assert sdk.errors.read_text().splitlines() == [
        "the cost allocation tags are taken as they were: with `scope: projects` Billing is not asked",
        "cost allocation tags stay active for the whole organisation: Team",
    ]
