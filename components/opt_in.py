"""Guardrails and hand-over: declared only where the inventory asks for them, and only then is pulumi_aws imported."""

from dataclasses import dataclass

import pulumi

from bedrock_projects.guardrails.budgets import Guardrails, guardrails_of, left_out_notice
from bedrock_projects.guardrails.hand_over import HandOver, hand_over_of
from bedrock_projects.model import Inventory
from bedrock_projects.stacks.settings import Settings
from components.aws_package import require_aws_package
from components.bedrock_projects import BedrockProjects
from components.cost_allocation_tags import CostAllocationTags


@dataclass(frozen=True)
class OptIn:
    """What a stack is asked for besides projects and tags."""

    settings: Settings
    guardrails: Guardrails
    hand_over: HandOver

    def declare(
        self,
        *,
        projects: BedrockProjects | None,
        tags: CostAllocationTags | None,
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        """Declares it, after what it stands on; `opts` are those of the components."""
        if self.guardrails.left_out:
            pulumi.warn(left_out_notice(self.guardrails.left_out))
        if self.guardrails and tags:
            from components.cost_guardrails import CostGuardrails

            payer = self.settings.billing_credentials
            CostGuardrails(
                "cost-guardrails",
                self.guardrails,
                profile=payer.profile,
                role_arn=payer.role_arn,
                pending=tags.outputs["pending"],
                opts=opts,
            )
        if self.hand_over and projects:
            from components.project_hand_over import ProjectHandOver

            ProjectHandOver(
                "hand-over",
                self.hand_over,
                projects=projects.projects,
                profile=self.settings.profile,
                opts=opts,
            )


def opt_in_of(settings: Settings, inventory: Inventory) -> OptIn:
    """What this stack is asked for; SettingsError where it needs a package that is missing."""
    asked = OptIn(settings, guardrails_of(settings, inventory), hand_over_of(settings, inventory))
    if asked.guardrails or asked.hand_over:
        require_aws_package()
    return asked
