"""`BedrockProjects`: one Project resource for each entry of an environment."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

import pulumi
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import monitor_supports_feature

from bedrock_projects import model
from bedrock_projects.projects.changes import DeclaredProject
from bedrock_projects.resources.project import Project
from bedrock_projects.stacks.state import StackState, state_of

Check: TypeAlias = Callable[[StackState | None], Awaitable[Sequence[DeclaredProject]]]
"""Looks at what the state of the stack has, None if it cannot be had; what is to be declared besides the entries."""


class BedrockProjects(pulumi.ComponentResource):
    """The projects of one environment; `declared` are the inputs of the `entries`, in the same order.

    No project is registered before `check` has passed; `checked` is what else has to wait for it. `outputs` maps each
    key to `id`, `arn`, `name`, `region`, `status` and `base_url`, for users of the stack.
    """

    def __init__(
        self,
        name: str,
        *,
        entries: Sequence[model.Project],
        declared: Sequence[DeclaredProject],
        check: Check | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        self._state = StackState()
        self._is_state_shown = monitor_supports_feature(resource_pb2.RESOURCE_MONITOR_FEATURE_STATE_MIGRATIONS)
        reading = pulumi.ResourceOptions(state_migrations=[self._read_state] if self._is_state_shown else None)
        super().__init__(
            "bedrock-projects:components:BedrockProjects", name, None, pulumi.ResourceOptions.merge(opts, reading)
        )
        self.checked: pulumi.Output[list[pulumi.Resource]] = pulumi.Output.from_input(self._checked(check))
        self.projects = {
            entry.key: Project(
                entry.key, inputs, self._options(entry.aliases, protect=entry.protect and entry.status == "active")
            )
            for entry, inputs in zip(entries, declared, strict=True)
        }
        self.outputs = {key: _published(project) for key, project in self.projects.items()}
        # The program exports them; here they would be serialised and stored a second time.
        self.register_outputs({})

    def _read_state(self, args: pulumi.StateMigrationArgs) -> None:
        """Called by the engine with the state of this component and its children, if there is any; changes nothing."""
        self._state = state_of(args.old_state)

    async def _checked(self, check: Check | None) -> list[pulumi.Resource]:
        if check is not None:
            # The engine has shown the state once this component is registered.
            await self.urn.future()
            for inputs in await check(self._state if self._is_state_shown else None):
                Project(inputs.key, inputs, pulumi.ResourceOptions(parent=self))
        return []

    def _options(self, aliases: Sequence[str], *, protect: bool) -> pulumi.ResourceOptions:
        # `pulumi state move` puts a project next to its component.
        beside = pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)
        former = [pulumi.Alias(name=alias) for alias in aliases]
        return pulumi.ResourceOptions(parent=self, protect=protect, aliases=[*former, beside], depends_on=self.checked)


def _published(project: Project) -> dict[str, pulumi.Output[str]]:
    return {
        "id": project.id,
        "arn": project.arn,
        "name": project.name,
        "region": project.region,
        "status": project.status,
        "base_url": project.base_url,
    }
