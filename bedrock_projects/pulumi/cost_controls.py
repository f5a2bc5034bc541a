"""`CostControls`: budgets and anomaly alerts, in the management account."""

from collections.abc import Collection, Sequence

import pulumi

from bedrock_projects.cost_controls.budgets import (
    BudgetInputs,
    SubscriptionInputs,
    cost_control_inputs,
    pending_budgets_notice,
)
from bedrock_projects.model import BUDGET_CURRENCY, NOT_BUDGETED
from bedrock_projects.pulumi.arguments import Kind, named, require
from bedrock_projects.pulumi.aws_package import (
    aws_package,
    child_options,
    payer_provider,
    require_aws_package,
    with_former,
)
from bedrock_projects.pulumi.context import InventorySource, ending_with_one_message, settings_and_inventory
from bedrock_projects.pulumi.cost_allocation_tags import CostAllocationTags
from bedrock_projects.pulumi.messages import warn

_TAGS = Kind((CostAllocationTags,), "the CostAllocationTags of this stack")


class CostControls(pulumi.ComponentResource):
    """The budgets and anomaly alerts that the inventory has for this stack; needs the extra `bedrock-projects[aws]`.

    `inventory` and `environment` are as in ProjectSet. `tags` are the stack's cost allocation tags: budgets that count
    by one that Billing does not know yet are warned of. The credentials are the stack's `billingProfile` and
    `billingRoleArn`, else those of the stack with the role of the inventory's `billing`. Ends the program with one
    message (`pulumi.RunError`) if the inventory is wrong or the package is missing.
    """

    def __init__(
        self,
        name: str,
        *,
        tags: CostAllocationTags,
        inventory: InventorySource = "projects.yaml",
        environment: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        with ending_with_one_message():
            whose = named("CostControls", name)
            require(whose, "tags", tags, _TAGS)
            settings, contents = settings_and_inventory(whose, inventory, environment)
            controls = cost_control_inputs(settings, contents)
            require_aws_package()
        former = with_former(opts, name="cost-guardrails", type_="CostGuardrails")
        super().__init__("bedrock-projects:components:CostControls", name, None, former)
        self._aws = aws_package()
        self._payer = payer_provider(self, settings.billing_credentials)
        for budget in controls.budgets:
            self._declare_budget(budget)
        for subscription in controls.subscriptions:
            self._declare_subscription(subscription)
        tags.outputs["pending"].apply(lambda keys: self._warn_of_pending(controls.budgets, keys))
        self.register_outputs({})

    def _declare_budget(self, inputs: BudgetInputs) -> None:
        self._aws.budgets.Budget(
            inputs.resource,
            name=inputs.name,
            budget_type="COST",
            limit_amount=inputs.amount,
            limit_unit=BUDGET_CURRENCY,
            time_unit=inputs.time_unit,
            cost_filters=[{"name": "TagKeyValue", "values": list(inputs.cost_filter)}],
            cost_types={f"include_{charge_type}": False for charge_type in NOT_BUDGETED},
            notifications=list(inputs.notifications),
            tags=inputs.tags,
            opts=child_options(self, self._payer, former=inputs.former),
        )

    def _declare_subscription(self, inputs: SubscriptionInputs) -> None:
        monitors = [
            # Another specification is another resource, so what AWS adds to the JSON text does not count.
            self._aws.costexplorer.AnomalyMonitor(
                monitor.resource,
                monitor_type="CUSTOM",
                monitor_specification=monitor.specification,
                tags=inputs.tags,
                opts=child_options(self, self._payer, ignored=["monitorSpecification"]),
            )
            for monitor in inputs.monitors
        ]
        self._aws.costexplorer.AnomalySubscription(
            inputs.resource,
            name=inputs.name,
            frequency=inputs.frequency,
            monitor_arn_lists=[monitor.arn for monitor in monitors],
            threshold_expression=inputs.threshold,
            subscribers=list(inputs.subscribers),
            tags=inputs.tags,
            opts=child_options(self, self._payer, former=inputs.former),
        )

    def _warn_of_pending(self, budgets: Sequence[BudgetInputs], pending: Collection[str]) -> None:
        notice = pending_budgets_notice(budgets, pending)
        if notice:
            warn(notice, self)
