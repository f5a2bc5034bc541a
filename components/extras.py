"""Cost controls and published ids: declared, and pulumi_aws imported, only if the inventory asks for them."""

from dataclasses import dataclass

import pulumi

from bedrock_projects.cost_controls.budgets import CostControlInputs, cost_control_inputs, left_out_notice
from bedrock_projects.cost_controls.publishing import PublicationInputs, publication_inputs
from bedrock_projects.model import Inventory
from bedrock_projects.stacks.settings import Settings
from components.aws_package import require_aws_package
from components.bedrock_projects import BedrockProjects
from components.cost_allocation_tags import CostAllocationTags
from components.messages import warn


@dataclass(frozen=True)
class StackExtras:
    """What a stack is asked for besides projects and tags."""

    settings: Settings
    controls: CostControlInputs
    published: PublicationInputs

    def declare(
        self,
        *,
        projects: BedrockProjects | None,
        tags: CostAllocationTags | None,
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        """Declares it, after what it depends on; `opts` are those of the components."""
        if self.controls.left_out:
            warn(left_out_notice(self.controls.left_out))
        if self.controls and tags:
            from components.cost_controls import CostControls

            payer = self.settings.billing_credentials
            CostControls(
                "cost-controls",
                self.controls,
                profile=payer.profile,
                role_arn=payer.role_arn,
                pending=tags.outputs["pending"],
                opts=opts,
            )
        if self.published and projects:
            from components.published_projects import PublishedProjects

            PublishedProjects(
                "published-projects",
                self.published,
                projects=projects.projects,
                profile=self.settings.profile,
                opts=opts,
            )


def stack_extras(settings: Settings, inventory: Inventory) -> StackExtras:
    """What this stack is asked for; SettingsError where it needs a package that is missing."""
    asked = StackExtras(settings, cost_control_inputs(settings, inventory), publication_inputs(settings, inventory))
    if asked.controls or asked.published:
        require_aws_package()
    return asked
