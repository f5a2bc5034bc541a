"""What the program declares of an inventory, seen by Pulumi's mocks."""

import gc
import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks
from pulumi.runtime.proto.resource_pb2 import RegisterResourceRequest

from bedrock_projects.pulumi import deploy
from tests.unit.inventory_files import FOLDER
from tests.unit.sdk_loops import event_loops

FILE = FOLDER / "valid" / "cost-controls.yaml"
PAYER = "999999999999"
ARN = "arn:aws:bedrock-mantle:us-west-2:222222222222:project/proj_{}"


class Recorded(mocks.Mocks):
    """Every resource that was declared, by type and name.

    `former` has the types and names of its aliases, `requests` what the engine would be asked for, with all options.
    """

    def __init__(self) -> None:
        self.declared: dict[tuple[str, str], mocks.MockResourceArgs] = {}
        self.former: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self.requests: dict[tuple[str, str], RegisterResourceRequest] = {}

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        kind = args.typ.rpartition(":")[2]
        self.declared[kind, args.name] = args
        outputs: dict[str, dict[str, Any]] = {
            "Project": {"arn": ARN.format(args.name), "base_url": f"https://{args.name}.example.com/v1"},
            "CostAllocationTags": {"pending": {"Team": "2026-11-25"}, "active": [], "unused": [], "refused": ""},
            "AnomalyMonitor": {"arn": f"arn:{args.name}"},
        }
        return f"proj_{args.name}", {**args.inputs, **outputs.get(kind, {})}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        assert args.token == "aws:index/getCallerIdentity:getCallerIdentity"
        return {"accountId": PAYER, "arn": "", "id": PAYER, "userId": ""}, []

    def inputs(self, kind: str, name: str) -> dict[str, Any]:
        return dict(self.declared[kind, name].inputs)

    def names(self, kind: str) -> list[str]:
        return sorted(name for declared_kind, name in self.declared if declared_kind == kind)

    def provider(self, kind: str, name: str) -> dict[str, Any]:
        """The inputs of the provider that a resource is made with."""
        urn = (self.declared[kind, name].provider or "").rpartition("::")[0]
        return self.inputs("aws", urn.rpartition("::")[2])


class _Monitor(mocks.MockMonitor):
    """Notes aliases too: the SDK does not give them to the mocks."""

    def __init__(self, recorded: Recorded) -> None:
        super().__init__(recorded)
        self._recorded = recorded

    def RegisterResource(self, request: RegisterResourceRequest) -> Any:  # noqa: N802  the SDK's name
        former = [(alias.spec.type, alias.spec.name) for alias in request.aliases]
        self._recorded.former[request.type, request.name] = former
        self._recorded.requests[request.type.rpartition(":")[2], request.name] = request
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]  # the SDK's


def declare(**settings: Any) -> Recorded:
    """What the program declares of the fixture; `settings` are those of the stack, `aws:` ones by their whole name."""
    return declare_by(deploy, **settings)


def declare_by(program: Callable[[], None], **settings: Any) -> Recorded:
    """What another program declares."""
    recorded = Recorded()
    chosen = {"inventory": str(FILE), "preflight": "false", "aws:region": "us-west-2", **settings}
    config = {key if ":" in key else f"bedrock-projects:{key}": value for key, value in chosen.items()}

    @pulumi.runtime.test  # type: ignore[untyped-decorator]  # the SDK's
    def declaring() -> None:
        program()

    with event_loops(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("PULUMI_CONFIG", json.dumps(config))
        pulumi.runtime.set_mocks(recorded, project="bedrock-projects", stack="prod", monitor=_Monitor(recorded))
        try:
            declaring()
        finally:
            gc.enable()  # `deploy` turns it off for the program, which soon ends
    return recorded
