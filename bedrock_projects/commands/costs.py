"""`bedrock-projects costs`: reports Bedrock spend."""

import enum
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated

import typer

from bedrock_projects import inventory as inventories
from bedrock_projects.aws.billing import BillingClient
from bedrock_projects.aws.cost_explorer import CostExplorerClient
from bedrock_projects.aws.credentials import BillingCredentials
from bedrock_projects.commands import options
from bedrock_projects.reports.fetch import fetch_answers
from bedrock_projects.reports.model import Report
from bedrock_projects.reports.render import columns, csv, formatting, html, json, markdown, table
from bedrock_projects.reports.report import build_report
from bedrock_projects.reports.request import parse_filter, parse_request
from bedrock_projects.stacks.files import chosen_settings
from bedrock_projects.terminal import progress, show, stdout_console

EXAMPLES = options.examples(
    "costs --by Team --from 2026-10-01 --to 2026-10-31",
    "costs --by model --filter Team=Search --compare previous",
)


class Format(str, enum.Enum):
    """The output formats of the report."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"


class Granularity(str, enum.Enum):
    """The lengths of a period."""

    DAY = "day"
    MONTH = "month"


class Metric(str, enum.Enum):
    """The cost metrics of Cost Explorer."""

    UNBLENDED = "unblended"
    NET_UNBLENDED = "net-unblended"
    AMORTIZED = "amortized"
    NET_AMORTIZED = "net-amortized"
    BLENDED = "blended"


class Compare(str, enum.Enum):
    """The periods to compare with."""

    PREVIOUS = "previous"


def costs(
    *,
    by: Annotated[
        str,
        typer.Option(metavar="TAG|project|model|service", help="Group by (tag:KEY for a tag outside the inventory)."),
    ] = "project",
    filters: Annotated[
        list[str] | None,
        typer.Option("--filter", metavar="TAG=VALUE", help="Only this tag value (repeatable)."),
    ] = None,
    start: Annotated[
        datetime | None,
        typer.Option(
            "--from", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Start date (default: first of this month)."
        ),
    ] = None,
    end: Annotated[
        datetime | None,
        typer.Option(
            "--to", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="End date, inclusive (default: yesterday)."
        ),
    ] = None,
    granularity: Annotated[Granularity, typer.Option(help="Time granularity.")] = Granularity.MONTH,
    metric: Annotated[Metric, typer.Option(help="Cost metric.")] = Metric.UNBLENDED,
    compare: Annotated[Compare | None, typer.Option(help="Compare with the prior period of the same length.")] = None,
    output: Annotated[Format, typer.Option("--format", help="Output format.")] = Format.TABLE,
    stack: Annotated[
        str | None, typer.Option(metavar="NAME", help="Use the inventory and Billing access of this Pulumi stack.")
    ] = None,
    inventory: Annotated[Path | None, typer.Option(metavar="FILE", help="Inventory (default: the stack's).")] = None,
    environment: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only the account of this environment (default: all accounts).")
    ] = None,
    profile: Annotated[str | None, typer.Option(metavar="NAME", help="AWS profile for Cost Explorer.")] = None,
    role_arn: Annotated[
        str | None, typer.Option(metavar="ARN", callback=options.role_arn, help="Role to assume for Cost Explorer.")
    ] = None,
) -> None:
    """Report Bedrock costs by tag, project, model or service.

    AWS charges USD 0.01 per Cost Explorer API request; the report shows the number.
    Exit codes: 0 report written, 1 refused or failed, 3 no cost data yet.
    """
    settings = chosen_settings(stack, inventory=inventory)
    contents = inventories.load(settings.inventory)
    now = datetime.now(tz=timezone.utc)
    request = parse_request(
        contents,
        by=by,
        filters=[parse_filter(text, contents) for text in filters or ()],
        start=start.date() if start else None,
        end=end.date() if end else None,
        granularity=granularity.value,
        metric=metric.value,
        compare=compare is not None,
        environment=environment,
        today=now.date(),
    )
    own = settings.billing_credentials
    credentials = BillingCredentials(profile=profile or own.profile, role_arn=role_arn or own.role_arn)
    client = CostExplorerClient(credentials)
    with progress("Reading costs from Cost Explorer"):
        answers = fetch_answers(
            request, client, read_statuses=lambda: BillingClient(credentials).statuses(), today=now.date()
        )
    report = build_report(request, answers, contents, now=now)
    if output is Format.TABLE and (console := stdout_console()):
        table.print_report(report, console)
    else:
        typer.echo(_rendered(report, output), nl=False)
    if output is Format.CSV:
        _print_csv_notes(report)


def _rendered(report: Report, output: Format) -> str:
    if output is Format.CSV:
        return csv.render(report)
    if output is Format.JSON:
        return json.render(report)
    if output is Format.MARKDOWN:
        return markdown.render(report)
    if output is Format.HTML:
        return html.render(report)
    return table.render(report)


def _print_csv_notes(report: Report) -> None:
    """Prints to standard error what the CSV rows have no column for."""
    unallocated = columns.unallocated_grid(report)
    details = [
        *(f"{label}: {text}" for label, text in formatting.facts(report.header)),
        *(f"Unallocated: {' '.join(cells)}" for cells in (unallocated.rows if unallocated else ())),
        *(f"Largest change: {formatting.cost_change(change)}" for change in report.jumps),
        *formatting.forecast(report),
        *(f"Note: {note}" for note in report.notes),
    ]
    show(*details, err=True)
