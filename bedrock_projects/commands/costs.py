"""`bedrock-projects costs`: reports Bedrock spend.

What asks AWS is imported where it is used: boto3 is slow to import, and the files of an export in a folder are read
without it.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Annotated, Final

import typer

from bedrock_projects import inventory as inventories
from bedrock_projects.attribution.catalogue import Catalogue, read_catalogue
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.commands import options
from bedrock_projects.commands.spending import Spending, Yes
from bedrock_projects.errors import SettingsError
from bedrock_projects.exports.fetch import check_request, read_cost_data
from bedrock_projects.exports.loading import check_installed
from bedrock_projects.exports.sources import COST_EXPLORER, check_options, notes_on, open_source, place_of
from bedrock_projects.model import Inventory
from bedrock_projects.reports import model as reports
from bedrock_projects.reports.cost_data import CostData
from bedrock_projects.reports.model import DateRange, ProjectUse, Report
from bedrock_projects.reports.periods import check_history, check_hours, chosen_dates, comparison_dates, history_note
from bedrock_projects.reports.render import focus, formatting, table
from bedrock_projects.reports.render.writing import Format, check_output, print_csv_notes, render, write_files
from bedrock_projects.reports.report import build_report
from bedrock_projects.reports.request import DEFAULT_COST, ReportRequest, parse_request
from bedrock_projects.stacks.access import chosen_settings, for_reading
from bedrock_projects.stacks.outputs import read_stacks
from bedrock_projects.stacks.settings import Settings
from bedrock_projects.terminal import progress, show, stdout_console

EXAMPLES = options.examples(
    "costs --by Team,model --month last-month --exclude credits",
    "costs --month 2026-10 --format html --output october",
)
_COUNTED_BY_PROJECT: Final = "requests are counted by project: use --by project"


class Granularity(str, enum.Enum):
    """The lengths of a period."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


def costs(
    *,
    by: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WORD",
            help="Group by TAG, project, environment, account, model or service; two as Team,model (repeatable; "
            "default: project; tag:KEY for a tag outside the inventory).",
        ),
    ] = None,
    month: Annotated[str | None, typer.Option(metavar="MONTH", help="YYYY-MM, last-month or this-month.")] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help="Start date or month (default: first of this month)."),
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="End date or month, inclusive (default: yesterday).")
    ] = None,
    source: Annotated[
        str,
        typer.Option(
            metavar="SOURCE",
            help="cost-explorer, or an AWS data export (CUR 2.0, FOCUS): export[:NAME] of the inventory, FOLDER or "
            "s3://BUCKET/PREFIX.",
        ),
    ] = COST_EXPLORER,
    no_cache: options.NoCache = False,
    granularity: Annotated[Granularity, typer.Option(help="Time granularity.")] = Granularity.MONTH,
    compare: Annotated[
        str | None,
        typer.Option(metavar="PERIOD", help="Compare with previous, last-year or YYYY-MM."),
    ] = None,
    filters: Annotated[
        list[str] | None,
        typer.Option("--filter", metavar="TAG=VALUE", help="Only this tag value (repeatable)."),
    ] = None,
    environment: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Only the accounts of this environment, group or pattern (repeatable; default: all accounts).",
        ),
    ] = None,
    account: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only this account (repeatable; default: all accounts).")
    ] = None,
    cost: Annotated[
        str,
        typer.Option(metavar="BASIS", help="Cost: billed, effective, list, or a metric of Cost Explorer."),
    ] = DEFAULT_COST,
    exclude: Annotated[
        list[str] | None,
        typer.Option(metavar="CHARGES", help="Leave out charges, such as credits,tax (repeatable)."),
    ] = None,
    usage: Annotated[
        bool, typer.Option("--usage", help="Show tokens and unit costs; with --stack also requests.")
    ] = False,
    output_formats: Annotated[
        list[Format] | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="table, csv, json, markdown, html or focus (repeatable with --output; default: table).",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write a file for each format into this folder.")
    ] = None,
    catalogue: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Take project ids from this catalogue.")
    ] = None,
    stack: options.StackForBilling = None,
    inventory: options.Inventory = None,
    profile: Annotated[str | None, typer.Option(metavar="NAME", help="AWS profile for Cost Explorer.")] = None,
    role_arn: Annotated[
        str | None, typer.Option(metavar="ARN", callback=options.role_arn, help="Role to assume for Cost Explorer.")
    ] = None,
    yes: Yes = False,
) -> None:
    """Report Bedrock costs by tag, project, account or model.

    AWS charges USD 0.01 per Cost Explorer API request; the report shows the number.
    Exit codes: 0 report written, 1 refused or failed, 3 no cost data yet.
    """
    is_paid = source == COST_EXPLORER
    if not is_paid:
        check_installed()
    formats = _formats(output_formats, output)
    settings = chosen_settings(stack, inventory=inventory)
    contents = inventories.load(settings.inventory)
    settings = for_reading(settings, contents)
    place = place_of(source, contents.exports, folder=settings.inventory.parent)
    check_options(place, no_cache=no_cache, signs_in=bool(profile or role_arn))
    now = datetime.now(tz=timezone.utc)
    today = now.date()
    dates, previous = _dates((month, start, end), compare, granularity.value, today=today, is_limited=is_paid)
    request = parse_request(
        contents,
        by=by or ["project"],
        filters=filters or (),
        dates=dates,
        previous=previous,
        granularity=granularity.value,
        cost=cost,
        exclude=exclude or (),
        environments=environment or (),
        accounts=account or (),
        usage=usage,
    )
    if not is_paid:
        check_request(request)
    if Format.FOCUS in formats:
        focus.check_request(request)
    name = formatting.file_name(request, tag_keys=contents.tag_keys)
    check_output(formats, output, name=name)
    catalogues = _catalogue(contents, catalogue)
    used = _used(settings, contents, stack, request, now=now) if usage and stack else _Used()
    # What is given here comes before the inventory, as the stack's own settings do.
    settings = replace(
        settings,
        billing_profile=profile or settings.billing_profile,
        billing_role_arn=role_arn or settings.billing_role_arn,
    )
    credentials = settings.billing_credentials
    if is_paid:
        data = _from_cost_explorer(request, credentials, is_agreed=yes, today=today)
    else:
        with (
            progress(f"Reading costs from {place}"),
            open_source(place, credentials, keeps_copies=not no_cache, exports=contents.exports) as store,
        ):
            data = read_cost_data(request, store, tag_keys=contents.tag_keys)
    report = build_report(
        request,
        data,
        contents,
        now=now,
        ids=_ids([*catalogues, *used.projects]),
        use=used.by_owner,
        notes=(
            *filter(None, [history_note(previous or dates, today=today) if is_paid else ""]),
            *notes_on(place, contents.exports),
            *used.notes,
        ),
    )
    if output is None:
        _print(report, formats[0], shows_usage=usage)
    else:
        write_files(report, formats, output, name=name, shows_usage=usage)


@dataclass(frozen=True)
class _Used:
    """What `--usage` adds for a stack: its projects, their use by owner, and sentences about what is missing."""

    projects: Sequence[Catalogue] = ()
    by_owner: Mapping[str, ProjectUse] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def _formats(given: Sequence[Format] | None, output: Path | None) -> tuple[Format, ...]:
    """The formats, each once; SettingsError for those that need a folder."""
    formats = tuple(dict.fromkeys(given or [Format.TABLE]))
    if output is None and len(formats) > 1:
        raise SettingsError(f"--format is given {len(formats)} times; add --output FOLDER, which gets a file for each")
    if output is None and Format.FOCUS in formats:
        raise SettingsError("--format focus writes a Parquet and a CSV file; add --output FOLDER")
    return formats


def _dates(
    given: tuple[str | None, str | None, str | None],
    compare: str | None,
    granularity: reports.Granularity,
    *,
    today: date,
    is_limited: bool,
) -> tuple[DateRange, DateRange | None]:
    """The dates of the report and of the prior period, within what Cost Explorer keeps if it is the source."""
    dates = chosen_dates(*given, today=today)
    if granularity == "hour":
        check_hours(dates, has_lines=not is_limited)
    if is_limited:
        check_history(dates, granularity, today=today)
    if compare is None:
        return dates, None
    return dates, comparison_dates(compare, dates, granularity=granularity, today=today, is_limited=is_limited)


def _used(settings: Settings, contents: Inventory, stack: str, request: ReportRequest, *, now: datetime) -> _Used:
    """The projects of the stack if the report is about projects, and their use if each line is one."""
    from bedrock_projects.reports.project_use import stack_use

    kinds = [grouping.kind for grouping in request.groupings]
    if "project" not in kinds:
        return _Used(notes=(_COUNTED_BY_PROJECT,))
    projects = _stack_projects(contents, stack)
    if kinds[0] != "project":
        return _Used([projects], notes=(_COUNTED_BY_PROJECT,))
    use = stack_use(settings, projects, request.dates, now=now)
    return _Used([projects], use.by_owner, use.notes)


def _from_cost_explorer(request: ReportRequest, credentials: Credentials, *, is_agreed: bool, today: date) -> CostData:
    from bedrock_projects.aws.billing import BillingClient
    from bedrock_projects.aws.cost_explorer import CostExplorerClient
    from bedrock_projects.reports.fetch import fetch_cost_data, requests_needed

    with Spending(requests_needed(request, today=today), is_agreed=is_agreed) as spending:
        return fetch_cost_data(
            request,
            CostExplorerClient(credentials, before_request=spending.before_request),
            open_billing=lambda: BillingClient(credentials),
            today=today,
        )


def _catalogue(contents: Inventory, file: Path | None) -> list[Catalogue]:
    """The catalogue in the file; empty without one."""
    if file is None:
        return []
    catalogue = read_catalogue(file)
    if catalogue.inventory != contents.name:
        raise SettingsError(
            f"{file} is a catalogue of inventory {catalogue.inventory!r}; give one of inventory {contents.name!r}"
        )
    return [catalogue]


def _stack_projects(contents: Inventory, stack: str) -> Catalogue:
    """The projects in the outputs of the stack."""
    catalogue = read_stacks([stack])
    if catalogue.inventory != contents.name:
        raise SettingsError(
            f"stack {stack} is of inventory {catalogue.inventory!r}, not of {contents.name!r}; leave out --inventory"
        )
    return catalogue


def _ids(catalogues: Sequence[Catalogue]) -> dict[tuple[str, str], str]:
    """Project ids by environment and key; those of a later catalogue come first."""
    return {
        (name, key): project.id
        for catalogue in catalogues
        for name, environment in catalogue.environments.items()
        for key, project in environment.projects.items()
        if project.arn
    }


def _print(report: Report, output_format: Format, *, shows_usage: bool) -> None:
    if output_format is Format.TABLE and (console := stdout_console()):
        table.print_report(report, console, shows_usage=shows_usage)
    else:
        typer.echo(render(report, output_format, shows_usage=shows_usage), nl=False)
    if output_format is Format.CSV:
        print_csv_notes(report, shows_usage=shows_usage)
        if shows_usage and report.unit_prices:
            show("Unit prices by model: add --output FOLDER, which gets a file with them", err=True)
