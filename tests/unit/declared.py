"""What the program declares of an inventory, seen by Pulumi's mocks."""

from typing import Any

import pulumi
from pulumi.runtime import mocks
from pulumi.runtime.proto.resource_pb2 import RegisterResourceRequest

from bedrock_projects.inventory import load
from bedrock_projects.stacks.deployment import deployment_of
from bedrock_projects.stacks.settings import Settings
from components.bedrock_projects import BedrockProjects
from components.cost_allocation_tags import CostAllocationTags
from components.extras import stack_extras
from tests.unit.inventory_files import FOLDER
from tests.unit.sdk_loops import event_loops

FILE = FOLDER / "valid" / "cost-controls.yaml"
ARN = "arn:aws:bedrock-mantle:us-west-2:222222222222:project/proj_{}"


class Recorded(mocks.Mocks):
    """Every resource that was declared, by type and name; `former` has the types and names of its aliases."""

    def __init__(self) -> None:
        self.declared: dict[tuple[str, str], mocks.MockResourceArgs] = {}
        self.former: dict[tuple[str, str], list[tuple[str, str]]] = {}

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
        raise AssertionError(args.token)

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
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]  # the SDK's


def declare(**settings: Any) -> Recorded:
    """What the program declares of the fixture, as `__main__` does."""
    recorded = Recorded()
    chosen = Settings(**{"environment": "prod", "inventory": FILE, "scope": "all", **settings})
    contents = load(FILE)

    @pulumi.runtime.test  # type: ignore[untyped-decorator]  # the SDK's
    def program() -> None:
        extras = stack_extras(chosen, contents)
        projects = None
        if chosen.scope != "billing":
            deployment = deployment_of(chosen, contents)
            projects = BedrockProjects("projects", entries=deployment.entries, declared=deployment.declared)
        tags = CostAllocationTags("tags", keys=["Team"], after=projects) if chosen.scope != "projects" else None
        extras.declare(projects=projects, tags=tags, opts=None)

    with event_loops():
        pulumi.runtime.set_mocks(recorded, project="bedrock-projects", stack="prod", monitor=_Monitor(recorded))
        program()
    return recorded
