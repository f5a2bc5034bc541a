"""`bedrock-projects audit`: reports what to clean up in an account (read-only)."""

from datetime import datetime, timezone
from typing import Annotated

import typer

from bedrock_projects import inventory as inventories
from bedrock_projects.audit.run import Survey
from bedrock_projects.commands import options
from bedrock_projects.commands.findings import end_of_audit
from bedrock_projects.exports.loading import check_installed
from bedrock_projects.exports.sources import COST_EXPLORER, check_options, place_of
from bedrock_projects.stacks.access import chosen_settings, for_reading
from bedrock_projects.terminal import progress

_MONTHS_15 = 455
EXAMPLES = options.examples("audit --stack prod", "audit --environment prod --unused-days 90 --costs")


def audit(
    *,
    stack: options.Stack = None,
    inventory: options.Inventory = None,
    environment: options.Environment = None,
    unused_days: Annotated[
        int,
        typer.Option(
            min=1, max=_MONTHS_15, metavar="DAYS", help="Report projects without a request for this many days."
        ),
    ] = 30,
    costs: Annotated[
        bool, typer.Option("--costs", help="Report unallocated spend (one Cost Explorer API request, USD 0.01).")
    ] = False,
    source: Annotated[
        str,
        typer.Option(
            metavar="SOURCE",
            help="With --costs: cost-explorer, or an AWS data export (CUR 2.0, FOCUS): export[:NAME] of the inventory, "
            "FOLDER or s3://BUCKET/PREFIX.",
        ),
    ] = COST_EXPLORER,
    no_cache: options.NoCache = False,
    output: options.Output = options.TextOrJson.TEXT,
) -> None:
    """Report unmanaged and unused projects and tag keys.

    Changes nothing. Exit codes: 0 no action needed, 10 action needed, 1 a check failed or was not possible.
    """
    if stack is None and environment is None:
        raise typer.BadParameter("give --stack or --environment")
    if source != COST_EXPLORER:
        if not costs:
            raise typer.BadParameter("--source is for --costs; add it, or leave out --source")
        check_installed()
    settings = chosen_settings(stack, inventory=inventory, environment=environment)
    contents = inventories.load(settings.inventory)
    settings = for_reading(settings, contents)
    if environment is not None and settings.scope != "billing":
        contents.environment(environment)  # otherwise the message would blame the stack's settings
    place = place_of(source, contents.exports, folder=settings.inventory.parent)
    check_options(place, no_cache=no_cache, signs_in=False)
    survey = Survey(
        settings=settings,
        inventory=contents,
        unused_days=unused_days,
        costs=costs,
        place=place,
        keeps_copies=not no_cache,
        now=datetime.now(tz=timezone.utc),
    )
    with progress("Checking projects, requests and tag keys"):
        findings = survey.findings()
    end_of_audit(findings, output)
