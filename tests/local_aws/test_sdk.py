"""Pulumi's own provider process, driven as the engine drives it: what `resources.sdk` finds inside of the SDK is there.

If one of these fails with a new version of the SDK, `bedrock_projects/resources/sdk.py` has to follow it.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Barrier
from typing import Any, cast

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # it has no stubs
from pulumi import log
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.output import Output, Unknown
from pulumi.runtime import settings
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, provider_pb2_grpc
from pulumi.runtime.rpc import UNKNOWN, deserialize_properties
from pulumi.runtime.rpc_manager import RPCManager
from pulumi.runtime.stack import wait_for_rpcs

from bedrock_projects.projects.properties import inputs_of
from bedrock_projects.resources import sdk
from bedrock_projects.resources.cost_allocation_tags import CostAllocationTagsProvider
from bedrock_projects.resources.project import ProjectProvider
from local_aws import Fault, LocalAws
from tests.local_aws.mantle import ACCOUNT
from tests.patience import LIMIT
from tests.serving import serving
from tests.unit.provider_requests import DECLARED

REPOSITORY = Path(__file__).parents[2]
URN = "urn:pulumi:dev::shop::bedrock-projects:components:BedrockProjects$pulumi-python:dynamic/bedrock:Project::search"
INPUTS = inputs_of(replace(DECLARED, tags={"Team": "Search"}))


class FakeEngine(engine_pb2_grpc.EngineServicer):
    """In place of the engine: keeps what it is asked to log."""

    def __init__(self) -> None:
        self.logged: list[tuple[str, str, str]] = []

    def Log(self, request: engine_pb2.LogRequest, context: grpc.ServicerContext) -> Empty:  # noqa: N802  the service's
        del context
        self.logged.append((engine_pb2.LogSeverity.Name(request.severity), request.urn, request.message))
        return Empty()

    def GetRootResource(  # noqa: N802  the service's
        self, request: engine_pb2.GetRootResourceRequest, context: grpc.ServicerContext
    ) -> engine_pb2.GetRootResourceResponse:
        del request, context
        return engine_pb2.GetRootResourceResponse(urn=URN)


@pytest.fixture(scope="module")
def engine() -> Iterator[tuple[FakeEngine, int]]:
    fake = FakeEngine()
    server = grpc.server(ThreadPoolExecutor(2))
    engine_pb2_grpc.add_EngineServicer_to_server(fake, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield fake, port
    server.stop(None).wait()


@contextmanager
def provider_process(*arguments: str, stderr: Path) -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    """The SDK's provider process; `arguments` are what it is started with, the address of the engine."""
    command = [sys.executable, "-u", "-m", "pulumi.dynamic", *arguments]
    with (
        stderr.open("wb") as errors,
        subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=errors) as process,
    ):
        assert process.stdout
        with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
            provider = provider_pb2_grpc.ResourceProviderStub(channel)
            provider.Configure(provider_pb2.ConfigureRequest())
            yield provider
        process.terminate()


@pytest.fixture(autouse=True)
def _account(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in aws.environment(ACCOUNT).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def stub(engine: tuple[FakeEngine, int], tmp_path: Path) -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    """A provider process as the engine starts it."""
    fake, port = engine
    fake.logged.clear()
    with provider_process(f"127.0.0.1:{port}", stderr=tmp_path / "stderr") as provider:
        yield provider


def properties(values: Mapping[str, Any], provider: ResourceProvider | None = None) -> Struct:
    """The values as the engine sends them, with the pickled provider."""
    struct = Struct()
    struct.update({**values, "__provider": serialize_provider(provider or ProjectProvider())})
    return struct


def details_of(error: grpc.RpcError) -> dict[str, Any]:
    """What an error carries besides its text; the error of a call is the call."""
    assert isinstance(error, grpc.Call)
    return {item[0]: item[1] for item in error.trailing_metadata()}


def kept(error: grpc.RpcError) -> provider_pb2.ErrorResourceInitFailed:
    """What the engine reads from the status details of a failed create or update, and keeps."""
    status = Status.FromString(details_of(error)["grpc-status-details-bin"])
    assert status.code == grpc.StatusCode.UNKNOWN.value[0]
    failed = provider_pb2.ErrorResourceInitFailed()
    [detail] = status.details
    assert detail.Unpack(failed)
    assert list(failed.reasons) == [status.message]
    return failed


def ids(aws: LocalAws) -> list[str]:
    return [project.id for project in aws.projects(ACCOUNT) if project.id != "default"]


def test_a_create_that_is_done_in_part_is_kept_by_the_engine_as_aws_has_it(
    aws: LocalAws, stub: provider_pb2_grpc.ResourceProviderStub
) -> None:
    aws.faults([Fault(kind="partly_done", left_out="tags", operation="bedrock-mantle:CreateProject")])
    with pytest.raises(grpc.RpcError) as error:
        stub.Create(provider_pb2.CreateRequest(urn=URN, properties=properties(INPUTS)))
    failed = kept(error.value)
    assert [failed.id] == ids(aws)
    assert failed.reasons[0].endswith(
        f"project {failed.id} is not as asked: tag Team is missing, not 'Search'; tag bedrock-project is missing, not "
        "'acme/dev/search'; the state notes that, and the next `pulumi up` puts it right"
    )
    has = {**INPUTS, "tags": {}, "owner": ""}
    for name, values in {"inputs": failed.inputs, "properties": failed.properties}.items():
        shown = MessageToDict(values)
        assert shown.pop("__provider") == properties(INPUTS)["__provider"]
        assert {key: shown[key] for key in has} == has, name
    assert failed.properties["account_id"] == ACCOUNT


def test_so_is_an_update(aws: LocalAws, stub: provider_pb2_grpc.ResourceProviderStub) -> None:
    made = stub.Create(provider_pb2.CreateRequest(urn=URN, properties=properties(INPUTS)))
    aws.faults([Fault(kind="partly_done", left_out="name", operation="bedrock-mantle:UpdateProject")])
    news = properties({**INPUTS, "name": "Find", "tags": {"Team": "Find"}})
    with pytest.raises(grpc.RpcError) as error:
        stub.Update(provider_pb2.UpdateRequest(id=made.id, urn=URN, olds=made.properties, news=news))
    failed = kept(error.value)
    assert failed.id == made.id
    has = MessageToDict(failed.properties)
    assert (has["name"], has["tags"]) == ("Search", {"Team": "Find"})
    assert has.pop("unfinished").endswith("is not as asked: name is 'Search', not 'Find'")
    assert {**has, "tags": INPUTS["tags"]} == MessageToDict(made.properties)


def test_an_error_that_changed_nothing_keeps_nothing(
    aws: LocalAws, stub: provider_pb2_grpc.ResourceProviderStub
) -> None:
    aws.faults([Fault(kind="denied", action="bedrock-mantle:CreateProject")])
    with pytest.raises(grpc.RpcError) as error:
        stub.Create(provider_pb2.CreateRequest(urn=URN, properties=properties(INPUTS)))
    assert "grpc-status-details-bin" not in details_of(error.value)
    assert "not authorized to perform" in str(error.value)


def leave_as_it_is(stub: provider_pb2_grpc.ResourceProviderStub) -> str:
    """Deletes a project that the run still uses; the warning that it is left."""
    made = stub.Create(provider_pb2.CreateRequest(urn=URN, properties=properties(INPUTS)))
    stub.Delete(provider_pb2.DeleteRequest(id=made.id, urn=f"{URN}-2", properties=made.properties))
    return (
        f"search: project {made.id} was not archived: an entry in the inventory still uses it. "
        "Only its old resource was removed from the state"
    )


def test_a_warning_is_shown_on_its_resource(
    engine: tuple[FakeEngine, int], stub: provider_pb2_grpc.ResourceProviderStub
) -> None:
    warning = leave_as_it_is(stub)
    assert engine[0].logged == [("WARNING", f"{URN}-2", warning)]


@pytest.mark.parametrize("arguments", [[], ["127.0.0.1:1"]], ids=["no address", "nobody there"])
def test_a_warning_that_the_engine_cannot_take_is_on_stderr(tmp_path: Path, arguments: list[str]) -> None:
    with provider_process(*arguments, stderr=tmp_path / "stderr") as stub:
        warning = leave_as_it_is(stub)
    assert warning in (tmp_path / "stderr").read_text().splitlines()


def test_a_call_knows_its_stack_and_project() -> None:
    call = sdk.EngineCall(provider_pb2.DeleteRequest(urn=URN), cast("grpc.ServicerContext", None))
    assert (call.stack, call.project) == ("dev", "shop")


def test_values_that_are_not_known_yet_are_known_as_such_at_any_depth() -> None:
    sent = Struct()
    sent.update({"a": UNKNOWN, "b": {"c": UNKNOWN, "d": ["e", UNKNOWN]}, "f": "g"})
    received = deserialize_properties(sent, True)
    assert isinstance(received["a"], Unknown)
    assert sdk.without_unknowns(received, instead="?") == {"a": "?", "b": {"c": "?", "d": ["e", "?"]}, "f": "g"}


def test_they_pass_check_and_diff_as_they_came(stub: provider_pb2_grpc.ResourceProviderStub) -> None:
    for name in ("name", "tags", "region", "adopt_id", "ignore_tags", "previous_owners", "status"):
        news = properties({**INPUTS, name: UNKNOWN})
        checked = stub.Check(provider_pb2.CheckRequest(urn=URN, news=news))
        assert (MessageToDict(checked.inputs), list(checked.failures)) == (MessageToDict(news), []), name
        difference = stub.Diff(provider_pb2.DiffRequest(id="proj_1", urn=URN, olds=properties(INPUTS), news=news))
        assert difference.changes == provider_pb2.DiffResponse.DIFF_SOME, name


def test_so_do_cost_allocation_tags(stub: provider_pb2_grpc.ResourceProviderStub) -> None:
    provider = CostAllocationTagsProvider()
    olds = properties({"keys": ["Team"], "active": ["Team"]}, provider)
    for keys in (UNKNOWN, ["Team", UNKNOWN]):
        news = properties({"keys": keys}, provider)
        checked = stub.Check(provider_pb2.CheckRequest(urn=URN, news=news))
        assert MessageToDict(checked.inputs) == MessageToDict(news)
        difference = stub.Diff(provider_pb2.DiffRequest(id="tags", urn=URN, olds=olds, news=news))
        assert difference.changes == provider_pb2.DiffResponse.DIFF_SOME


MANY = 12


class PatientAws(BaseHTTPRequestHandler):
    """In place of AWS: answers a create only when many are in flight."""

    together = Barrier(MANY, timeout=LIMIT)
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer({"data": [], "has_more": False})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.together.wait()
        self._answer({"id": f"proj_{body['name'].lower()}", "arn": f"arn:aws:x:us-west-2:{ACCOUNT}:project/p", **body})

    def _answer(self, body: object) -> None:
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def _patient_aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with serving(PatientAws) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_MANTLE", address)
        yield


@pytest.mark.usefixtures("_patient_aws")
def test_many_calls_are_worked_on_at_once(stub: provider_pb2_grpc.ResourceProviderStub) -> None:
    """The SDK has four threads by itself: with four, no create is answered."""
    calls = []
    for number in range(MANY):
        values = {**INPUTS, "key": f"p{number}", "name": f"P{number}", "owner": f"acme/dev/p{number}"}
        calls.append(
            stub.Create.future(provider_pb2.CreateRequest(urn=f"{URN}{number}", properties=properties(values)))
        )
    assert {call.result().id for call in calls} == {f"proj_p{number}" for number in range(MANY)}


def test_the_debug_messages_of_a_program_are_sent_together_and_before_what_comes_after(
    engine: tuple[FakeEngine, int],
) -> None:
    fake, port = engine
    fake.logged.clear()

    async def program() -> sdk.BundlingEngine:
        assert sdk.bundle_debug_messages()
        for number in range(3):
            log.debug(f"registering {number}")
        log.warn("look")
        log.debug("a moment later")
        while len(fake.logged) < 3:
            await asyncio.sleep(0.01)
        log.debug("at the end")
        bundling = settings.get_engine()
        assert isinstance(bundling, sdk.BundlingEngine)
        return bundling

    def run() -> None:
        settings.SETTINGS.engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(f"127.0.0.1:{port}"))
        asyncio.run(program()).flush()

    copy_context().run(run)
    assert fake.logged == [
        ("DEBUG", "", "registering 0\nregistering 1\nregistering 2"),
        ("WARNING", "", "look"),
        ("DEBUG", "", "a moment later"),
        ("DEBUG", "", "at the end"),
    ]


def test_a_program_that_bundles_its_messages_asks_the_engine_for_all_else(engine: tuple[FakeEngine, int]) -> None:
    _, port = engine
    bundling = sdk.BundlingEngine(engine_pb2_grpc.EngineStub(grpc.insecure_channel(f"127.0.0.1:{port}")))
    assert bundling.GetRootResource(engine_pb2.GetRootResourceRequest()).urn == URN


def test_without_an_engine_nothing_is_bundled() -> None:
    def run() -> bool:
        settings.SETTINGS.engine = None
        return sdk.bundle_debug_messages()

    assert copy_context().run(run) is False


@pytest.mark.parametrize("first", [True, False])
def test_a_program_waits_for_its_registrations_before_it_looks_at_its_outputs(
    monkeypatch: pytest.MonkeyPatch, first: bool
) -> None:
    """20 registrations that end one after the other; by itself, the SDK looks at all open outputs after each."""
    looks: list[int] = []
    wait = asyncio.wait

    def counting(tasks: Any, **options: Any) -> Any:
        looks.append(len(tasks))
        return wait(tasks, **options)

    async def program() -> None:
        loop = asyncio.get_running_loop()
        begun = []
        for number in range(20):
            answered = loop.create_future()

            async def register(number: int = number, answered: asyncio.Future[int] = answered) -> None:
                await asyncio.sleep(0.005 * number)
                answered.set_result(number)

            Output.from_input(answered)
            begun.append(asyncio.ensure_future(settings.SETTINGS.rpc_manager.do_rpc("register", register)()))
        if first:
            assert sdk.wait_for_registrations_first()
        await wait_for_rpcs()

    def run() -> None:
        # What other tests of this process left open belongs to loops that have ended.
        settings.SETTINGS.rpc_manager = RPCManager()  # type: ignore[no-untyped-call]  # the SDK's
        settings.SETTINGS.outputs = set()
        asyncio.run(asyncio.wait_for(program(), LIMIT))

    monkeypatch.setattr(asyncio, "wait", counting)
    copy_context().run(run)
    assert sum(looks) < 20 if first else sum(looks) > 100


def test_outside_of_a_loop_nothing_is_waited_for() -> None:
    assert sdk.wait_for_registrations_first() is False
