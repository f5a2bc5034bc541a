"""`bedrock-projects costs`: who spends how much on Bedrock."""

import enum
import shutil
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated

import typer

from bedrock_projects import inventory as inventories
from bedrock_projects.aws.billing import BillingClient
from bedrock_projects.aws.cost_explorer import CostExplorerClient
from bedrock_projects.aws.credentials import BillingCredentials
from bedrock_projects.commands import options
from bedrock_projects.printing import for_terminal
from bedrock_projects.reports.fetch import fetch_answers
from bedrock_projects.reports.model import Report
from bedrock_projects.reports.render import columns, csv, formatting, html, json, markdown, table
from bedrock_projects.reports.report import build_report
from bedrock_projects.reports.request import parse_filter, parse_request
from bedrock_projects.stacks.files import chosen_settings


class Format(str, enum.Enum):
    """How the report is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"


class Granularity(str, enum.Enum):
    """What a period is."""

    DAY = "day"
    MONTH = "month"


class Metric(str, enum.Enum):
    """Which of Cost Explorer's costs are reported."""

    UNBLENDED = "unblended"
    NET_UNBLENDED = "net-unblended"
    AMORTIZED = "amortized"
    NET_AMORTIZED = "net-amortized"
    BLENDED = "blended"


class Compare(str, enum.Enum):
    """What the report is compared with."""

    PREVIOUS = "previous"


def costs(
    *,
    by: Annotated[
        str,
        typer.Option(metavar="TAG|project|model|service", help="What a line is; tag:KEY for any tag."),
    ] = "project",
    filters: Annotated[
        list[str] | None, typer.Option("--filter", metavar="TAG=VALUE", help="Only spend with this tag; repeatable.")
    ] = None,
    start: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="First day; by default this month's."),
    ] = None,
    end: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Last day, included; yesterday."),
    ] = None,
    granularity: Annotated[Granularity, typer.Option(help="What a period is.")] = Granularity.MONTH,
    metric: Annotated[Metric, typer.Option(help="Which of Cost Explorer's costs.")] = Metric.UNBLENDED,
    compare: Annotated[Compare | None, typer.Option(help="Compare with as many days or months before.")] = None,
    output: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.TABLE,
    stack: Annotated[
        str | None, typer.Option(metavar="NAME", help="A Pulumi stack whose inventory and Billing access to use.")
    ] = None,
    inventory: Annotated[Path | None, typer.Option(metavar="FILE", help="Instead of the stack's inventory.")] = None,
    environment: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only the account of this environment; by default all.")
    ] = None,
    profile: Annotated[str | None, typer.Option(help="AWS profile to use for Cost Explorer.")] = None,
    role_arn: Annotated[
        str | None, typer.Option(callback=options.role_arn, help="Role to assume for Cost Explorer.")
    ] = None,
) -> None:
    """Report what Bedrock costs, by tag, project, model or service.

    Costs USD 0.01 for each request to Cost Explorer; the report says how many. Exit codes: 0 a report, 1 refused or
    failed, 3 Cost Explorer has no data yet.
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
    answers = fetch_answers(
        request, client, read_statuses=lambda: BillingClient(credentials).statuses(), today=now.date()
    )
    report = build_report(request, answers, contents, now=now)
    typer.echo(_rendered(report, output), nl=False)
    if output is Format.CSV:
        _print_what_csv_lacks(report)


def _rendered(report: Report, output: Format) -> str:
    if output is Format.CSV:
        return csv.render(report)
    if output is Format.JSON:
        return json.render(report)
    if output is Format.MARKDOWN:
        return markdown.render(report)
    if output is Format.HTML:
        return html.render(report)
    return table.render(report, width=_terminal_width())


def _terminal_width() -> int | None:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _print_what_csv_lacks(report: Report) -> None:
    """Prints to standard error what the rows of CSV have no column for."""
    unallocated = columns.unallocated_grid(report)
    details = [
        *formatting.facts(report.header),
        *(("Unattributed", " ".join(cells)) for cells in (unallocated.rows if unallocated else ())),
        *(("Jump", formatting.cost_change(change)) for change in report.jumps),
        *(("Forecast", sentence) for sentence in formatting.forecast(report)),
        *(("Note", note) for note in report.notes),
    ]
    for word, text in details:
        typer.echo(for_terminal(f"{word}: {text}"), err=True)
