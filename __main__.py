"""The Pulumi program: one stack is one environment of the inventory."""

import asyncio
import gc
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pulumi
from pulumi.runtime.config import get_config_env

from bedrock_projects import inventory
from bedrock_projects.cost_tags.activation import keys_in_use
from bedrock_projects.errors import BedrockProjectsError
from bedrock_projects.model import Inventory
from bedrock_projects.preflight.run import handed_over, judge, look
from bedrock_projects.projects.changes import DeclaredProject
from bedrock_projects.stacks.deployment import Deployment, deployment_of
from bedrock_projects.stacks.settings import Settings, read_settings
from bedrock_projects.stacks.state import StackState
from components.bedrock_projects import BedrockProjects, Check
from components.cost_allocation_tags import CostAllocationTags
from components.extras import stack_extras
from components.messages import failure, info, warn

# The program ends soon and drops little before: at 400 projects, looking for garbage took a sixth of its CPU time.
gc.disable()


def main() -> None:
    """Reads, checks, declares, exports."""
    settings = read_settings(get_config_env(), project=pulumi.get_project(), stack=pulumi.get_stack())
    contents = inventory.load(settings.inventory)
    extras = stack_extras(settings, contents)
    projects, tags, checked = None, None, None
    if settings.scope != "billing":
        stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
        deployment = deployment_of(settings, contents, stack=stack)
        start = _start_preflight if settings.preflight else _without_preflight
        check = _in_words(start(settings, contents, deployment))
        projects = BedrockProjects("projects", entries=deployment.entries, declared=deployment.declared, check=check)
        checked = pulumi.ResourceOptions(depends_on=projects.checked)
        pulumi.export("projects", projects.outputs)
    if settings.scope != "projects":
        keys = keys_in_use(contents, environment=settings.environment if projects else None)
        tags = CostAllocationTags("cost-allocation-tags", keys=keys, after=projects, opts=checked)
        pulumi.export("cost_allocation_tags", tags.outputs)
    extras.declare(projects=projects, tags=tags, opts=checked)


def _start_preflight(settings: Settings, contents: Inventory, deployment: Deployment) -> Check:
    """Starts to look at AWS; meanwhile the engine starts the provider and shows the state."""
    looking = ThreadPoolExecutor(1).submit(look, settings, contents, deployment)

    async def check(state: StackState | None) -> Sequence[DeclaredProject]:
        report = await asyncio.to_thread(judge, await asyncio.wrap_future(looking), state)
        info(report.summary)
        if report.warning:
            warn(report.warning)
        return report.leftovers

    return check


def _without_preflight(_: Settings, contents: Inventory, deployment: Deployment) -> Check:
    """Nothing is looked at; what another environment is to have is released all the same."""

    async def check(state: StackState | None) -> Sequence[DeclaredProject]:
        return handed_over(contents, deployment, state)

    return check


def _in_words(check: Check) -> Check:
    """The same check, whose refusal ends the program with a message and without a traceback."""

    async def checked(state: StackState | None) -> Sequence[DeclaredProject]:
        try:
            return await check(state)
        except BedrockProjectsError as error:
            raise failure(error) from None

    return checked


try:
    main()
except BedrockProjectsError as error:
    raise failure(error) from None
