"""`deploy`: the whole program of a stack that is one environment of an inventory."""

import gc

import pulumi

from bedrock_projects import inventory
from bedrock_projects.cost_controls.budgets import cost_control_inputs, left_out_notice
from bedrock_projects.cost_controls.publishing import publication_inputs
from bedrock_projects.cost_tags.activation import keys_in_use
from bedrock_projects.exports.creation import created_exports
from bedrock_projects.exports.creation import left_out_notice as left_out_exports_notice
from bedrock_projects.preflight.billing_stack import check_billing_stack
from bedrock_projects.pulumi.aws_package import require_aws_package
from bedrock_projects.pulumi.context import all_settings, ending_with_one_message, full_stack_name
from bedrock_projects.pulumi.cost_allocation_tags import CostAllocationTags
from bedrock_projects.pulumi.cost_controls import CostControls
from bedrock_projects.pulumi.data_exports import DataExports
from bedrock_projects.pulumi.messages import warn
from bedrock_projects.pulumi.project_set import ProjectSet
from bedrock_projects.pulumi.published_projects import PublishedProjects
from bedrock_projects.resources.sdk import bundle_debug_messages, wait_for_registrations_first
from bedrock_projects.stacks.access import for_deploying, for_reading


def deploy() -> None:
    """Deploys what the stack's settings (`Pulumi.<stack>.yaml`) and the inventory say.

    Projects, their cost allocation tags, then cost controls, data exports and published ids if the inventory has them.
    Exports `projects` (key to id, arn, name, region, status, base_url and endpoint) and `cost_allocation_tags`
    (`active`, `pending`, `unused`). If a setting, the inventory or the account is wrong, ends the program with one
    message (`pulumi.RunError`).
    """
    # The program ends soon and drops little before: at 400 projects, looking for garbage took a sixth of its CPU time.
    gc.disable()
    bundle_debug_messages()
    wait_for_registrations_first()
    with ending_with_one_message():
        written = all_settings()
        contents = inventory.load(written.inventory)
        settings = for_deploying(written, contents)
        controls, published = cost_control_inputs(settings, contents), publication_inputs(settings, contents)
        exports = created_exports(settings, contents)
        if controls or published or exports:
            require_aws_package()
        if settings.scope != "projects" and settings.preflight:
            looks = for_reading(settings, contents) if pulumi.runtime.is_dry_run() else settings
            check_billing_stack(looks, contents, written=written, stack=full_stack_name())
    projects, tags, checked = None, None, None
    if settings.scope != "billing":
        projects = ProjectSet("projects", inventory=contents, preflight=settings.preflight)
        checked = pulumi.ResourceOptions(depends_on=projects.checked)
        pulumi.export("projects", projects.exports)
    if settings.scope != "projects":
        keys = projects.tag_keys if projects else keys_in_use(contents)
        role = settings.default_billing_role
        tags = CostAllocationTags("cost-allocation-tags", keys=keys, after=projects, role_arn=role, opts=checked)
        pulumi.export("cost_allocation_tags", tags.outputs)
    if controls.left_out:
        warn(left_out_notice(controls.left_out))
    if controls and tags:
        CostControls("cost-controls", inventory=contents, tags=tags, opts=checked)
    if exports.left_out:
        warn(left_out_exports_notice(exports.left_out))
    if exports:
        DataExports("data-exports", inventory=contents, opts=checked)
    if published and projects:
        PublishedProjects("published-projects", projects=projects, opts=checked)
