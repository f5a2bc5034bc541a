"""`bedrock-projects accounts`: which accounts of the organisation the inventory does not know (read-only)."""

from dataclasses import replace
from typing import Annotated

import typer

from bedrock_projects import inventory as inventories
from bedrock_projects.audit.accounts import role_pattern
from bedrock_projects.audit.organization import AccountSurvey
from bedrock_projects.commands import options
from bedrock_projects.commands.findings import end_of_audit
from bedrock_projects.limits import ASSUMED_ROLE_ARN
from bedrock_projects.stacks.access import chosen_settings, for_reading
from bedrock_projects.terminal import progress

EXAMPLES = options.examples("accounts", "accounts --stack billing --format json")


def accounts(
    *,
    stack: options.StackForBilling = None,
    inventory: options.Inventory = None,
    profile: Annotated[str | None, typer.Option(metavar="NAME", help="AWS profile of the management account.")] = None,
    role_arn: Annotated[
        str | None,
        typer.Option(
            metavar="ARN",
            callback=options.checked_by(ASSUMED_ROLE_ARN),
            help="Role to assume in each account (default: the inventory's).",
        ),
    ] = None,
    regions: Annotated[
        list[str] | None,
        typer.Option(
            "--region",
            metavar="REGION",
            callback=options.aws_regions,
            help="Region to look at (repeatable; default: all of the inventory).",
        ),
    ] = None,
    output: options.Output = options.TextOrJson.TEXT,
) -> None:
    """Report accounts of the organisation without an environment.

    Looks for projects in them, if a role can be assumed there. Changes nothing. Exit codes: 0 no action needed,
    10 action needed, 1 a check failed or was not possible.
    """
    settings = chosen_settings(stack, inventory=inventory)
    contents = inventories.load(settings.inventory)
    settings = for_reading(settings, contents)
    survey = AccountSurvey(
        inventory=contents,
        credentials=replace(settings, billing_profile=profile or settings.billing_profile).billing_credentials,
        role_arn=role_arn or role_pattern(contents),
        regions=regions or (),
    )
    with progress("Listing the accounts of the organisation and the projects of those without an environment"):
        findings = survey.findings()
    end_of_audit(findings, output)
