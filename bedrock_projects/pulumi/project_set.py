"""`ProjectSet`: one Project resource for each entry of an environment."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pulumi
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import monitor_supports_feature

from bedrock_projects.aws.endpoints import ENDPOINTS
from bedrock_projects.cost_tags.activation import keys_in_use
from bedrock_projects.model import Inventory
from bedrock_projects.preflight.run import handed_over, judge, look
from bedrock_projects.projects.changes import DeclaredProject
from bedrock_projects.pulumi.arguments import Kind, named, require
from bedrock_projects.pulumi.context import (
    InventorySource,
    ending_with_one_message,
    full_stack_name,
    settings_and_inventory,
)
from bedrock_projects.pulumi.identities import declare_set
from bedrock_projects.pulumi.messages import info, warn
from bedrock_projects.resources import project as resources
from bedrock_projects.stacks.access import for_reading
from bedrock_projects.stacks.deployment import Deployment, deployment_of
from bedrock_projects.stacks.settings import Settings
from bedrock_projects.stacks.state import PROJECT_TYPE, SET_TYPE, StackState, state_of

_FLAG = Kind((bool,), "True or False")

_Check = Callable[[StackState | None], Awaitable[Sequence[DeclaredProject]]]
"""Looks at what the state of the stack has, None if it cannot be had; what is to be declared besides the entries."""


class ProjectSet(pulumi.ComponentResource):
    """The projects of one environment of an inventory.

    Each entry is a `Project`, protected unless its entry says `protect: false`, and found under its aliases. Before
    one is registered, at preview too, preflight compares the inventory with AWS and with the state, and refuses what
    the run would refuse: another account, another stack's projects, more archived projects than the archive limit.

    `inventory` is the path of the file, relative to the program, or an inventory that was read with
    `bedrock_projects.inventory.load`. `environment` is by default the stack's setting `environment`, else its name.
    Region and credentials are the stack's `aws:region`, `aws:profile` and `auth`; if the environment has `role_arn`,
    these assume it. Ends the program with one message (`pulumi.RunError`) if one of them is wrong, or if it has another
    set.
    """

    projects: Mapping[str, resources.Project]
    """The resources, by key of the entry."""

    outputs: Mapping[str, Mapping[str, pulumi.Output[str]]]
    """What is exported of each project, by key of the entry.

    `id`, `arn`, `name`, `region`, `status`, `base_url` and `endpoint`; `base_url` is empty if the endpoint has none.
    """

    tag_keys: Sequence[str]
    """The tag keys of these projects that the inventory makes cost allocation tags, sorted."""

    checked: pulumi.Output[list[pulumi.Resource]]
    """Known once preflight has passed: what else has to wait for it depends on this."""

    def __init__(
        self,
        name: str,
        *,
        inventory: InventorySource = "projects.yaml",
        environment: str | None = None,
        preflight: bool = True,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        with ending_with_one_message():
            whose = named("ProjectSet", name)
            require(whose, "preflight", preflight, _FLAG)
            self.settings, self.inventory = settings_and_inventory(whose, inventory, environment)
            deployment = deployment_of(self.settings, self.inventory, stack=full_stack_name())
            declare_set(whose, self.inventory)
        start = _start_preflight if preflight else _without_preflight
        looks = for_reading(self.settings, self.inventory) if pulumi.runtime.is_dry_run() else self.settings
        check = start(looks, self.inventory, deployment)
        self._state = StackState()
        self._is_state_shown = monitor_supports_feature(resource_pb2.RESOURCE_MONITOR_FEATURE_STATE_MIGRATIONS)
        reading = pulumi.ResourceOptions(state_migrations=[self._read_state] if self._is_state_shown else None)
        super().__init__(SET_TYPE, name, None, pulumi.ResourceOptions.merge(opts, reading))
        self.tag_keys = sorted(keys_in_use(self.inventory, environment=self.settings.environment))
        self.checked = pulumi.Output.from_input(self._checked(check))
        self.projects = {
            entry.key: resources.Project(
                entry.key,
                inputs,
                self._options(entry.key, entry.aliases, protect=entry.protect and entry.status == "active"),
            )
            for entry, inputs in zip(deployment.entries, deployment.declared, strict=True)
        }
        endpoints = {name: pulumi.Output.from_input(name) for name in ENDPOINTS}
        self.outputs = {
            entry.key: _published(self.projects[entry.key], endpoint=endpoints[entry.endpoint])
            for entry in deployment.entries
        }
        # The program exports them; here they would be serialised and stored a second time.
        self.register_outputs({})

    @property
    def exports(self) -> Mapping[str, pulumi.Output[Mapping[str, str | pulumi.Output[str]]]]:
        """The `outputs` as a program exports them, by key of the entry: one output for each project.

        Of many small ones the SDK makes two more for each. Those that are not known yet, at preview, are left as they
        are, so that the rest of their project is shown.
        """
        return {key: self.urn.apply(partial(_as_one, outputs)) for key, outputs in self.outputs.items()}

    def _read_state(self, args: pulumi.StateMigrationArgs) -> None:
        """Called by the engine with the state of this component and its children, if there is any; changes nothing."""
        self._state = state_of(args.old_state)

    async def _checked(self, check: _Check) -> list[pulumi.Resource]:
        # The engine has shown the state once this component is registered.
        await self.urn.future()
        with ending_with_one_message():
            leftovers = await check(self._state if self._is_state_shown else None)
        for inputs in leftovers:
            resources.Project(inputs.key, inputs, pulumi.ResourceOptions(parent=self))
        return []

    def _options(self, key: str, aliases: Sequence[str], *, protect: bool) -> pulumi.ResourceOptions:
        former = [pulumi.Alias(name=alias) for alias in aliases]
        # `pulumi state move` puts a project next to its component. As an `Alias`, the SDK makes twelve outputs of it.
        moved = f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{PROJECT_TYPE}::{key}"
        return pulumi.ResourceOptions(parent=self, protect=protect, aliases=[*former, moved], depends_on=self.checked)


def _start_preflight(settings: Settings, inventory: Inventory, deployment: Deployment) -> _Check:
    """Starts to look at AWS; meanwhile the engine starts the provider and shows the state."""
    looking = ThreadPoolExecutor(1).submit(look, settings, inventory, deployment)

    async def check(state: StackState | None) -> Sequence[DeclaredProject]:
        report = await asyncio.to_thread(judge, await asyncio.wrap_future(looking), state)
        info(report.summary)
        if report.warning:
            warn(report.warning)
        return report.leftovers

    return check


def _without_preflight(_: Settings, inventory: Inventory, deployment: Deployment) -> _Check:
    """Nothing is looked at; what another environment is to have is released all the same."""

    async def check(state: StackState | None) -> Sequence[DeclaredProject]:
        return handed_over(inventory, deployment, state)

    return check


async def _as_one(outputs: Mapping[str, pulumi.Output[str]], _: object) -> Mapping[str, str | pulumi.Output[str]]:
    data = {name: (await output.is_known(), await output.future()) for name, output in outputs.items()}
    return {
        name: value if is_known and value is not None else outputs[name] for name, (is_known, value) in data.items()
    }


def _published(project: resources.Project, *, endpoint: pulumi.Output[str]) -> dict[str, pulumi.Output[str]]:
    return {
        "id": project.id,
        "arn": project.arn,
        "name": project.name,
        "region": project.region,
        "status": project.status,
        "base_url": project.base_url,
        "endpoint": endpoint,
    }
