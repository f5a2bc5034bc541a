"""The Pulumi program: one stack is one environment of the inventory."""

import asyncio
import gc
from concurrent.futures import Future, ThreadPoolExecutor

import pulumi
from pulumi.runtime.config import get_config_env

from bedrock_projects import inventory
from bedrock_projects.cost_tags.activation import keys_in_use
from bedrock_projects.errors import BedrockProjectsError
from bedrock_projects.model import Inventory
from bedrock_projects.preflight.run import Preflight, preflight
from bedrock_projects.stacks.deployment import Deployment, deployment_of
from bedrock_projects.stacks.settings import Settings, read_settings
from components.bedrock_projects import BedrockProjects
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
        deployment = deployment_of(settings, contents)
        checked = pulumi.ResourceOptions(depends_on=_checked(settings, contents, deployment))
        projects = BedrockProjects("projects", entries=deployment.entries, declared=deployment.declared, opts=checked)
        pulumi.export("projects", projects.outputs)
    if settings.scope != "projects":
        keys = keys_in_use(contents, environment=settings.environment if projects else None)
        tags = CostAllocationTags("cost-allocation-tags", keys=keys, after=projects, opts=checked)
        pulumi.export("cost_allocation_tags", tags.outputs)
    extras.declare(projects=projects, tags=tags, opts=checked)


def _checked(settings: Settings, contents: Inventory, deployment: Deployment) -> pulumi.Output[list[pulumi.Resource]]:
    """Starts preflight. What depends on it is not registered before it has passed; meanwhile the SDK prepares it."""
    looking = None
    if settings.preflight:
        thread = ThreadPoolExecutor(1)
        looking = thread.submit(preflight, settings, contents, deployment)
    return pulumi.Output.from_input(_passed(looking))


async def _passed(looking: Future[Preflight] | None) -> list[pulumi.Resource]:
    if looking:
        try:
            told = await asyncio.wrap_future(looking)
        except BedrockProjectsError as error:
            raise failure(error) from None
        info(told.summary)
        if told.warning:
            warn(told.warning)
    return []


try:
    main()
except BedrockProjectsError as error:
    raise failure(error) from None
