"""`bedrock-projects chargeback`: the statements of a month, and its close."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated, Final

import typer

from bedrock_projects import inventory as inventories
from bedrock_projects.chargeback.documents import Document, DocumentState, Overview, documents_of, overview_of
from bedrock_projects.chargeback.folder import read_months, write_month
from bedrock_projects.chargeback.journal import JournalLine, journal_lines
from bedrock_projects.chargeback.making import Made, check_source_kind, make_month, make_true_up
from bedrock_projects.chargeback.month_file import MonthFile
from bedrock_projects.chargeback.months import (
    Months,
    first_day,
    month_before,
    reasons_before_reading,
    reasons_in_costs,
    waits,
)
from bedrock_projects.chargeback.render import text
from bedrock_projects.chargeback.render.files import Format, check_formats, write_statements
from bedrock_projects.chargeback.render.sheets import overview_sheet
from bedrock_projects.chargeback.resolving import rule_of, weights_of
from bedrock_projects.chargeback.rules import Chargeback
from bedrock_projects.chargeback.source.cost_explorer import fetch_month_costs, open_clients
from bedrock_projects.chargeback.source.export import read_month_costs
from bedrock_projects.chargeback.source.reading import MonthReading
from bedrock_projects.chargeback.splitting import exact_sum
from bedrock_projects.chargeback.statements import places_of
from bedrock_projects.ci.history import checked_out
from bedrock_projects.commands import options
from bedrock_projects.errors import SettingsError
from bedrock_projects.exports.sources import COST_EXPLORER, check_options, notes_on, open_source, place_of
from bedrock_projects.model import Inventory
from bedrock_projects.printing import for_json
from bedrock_projects.reports.periods import last_of_month, month_range
from bedrock_projects.stacks.access import for_reading
from bedrock_projects.stacks.files import chosen_settings
from bedrock_projects.terminal import progress, show

chargeback = typer.Typer(
    help="Make the statements of a month, and close it.",
    epilog=options.examples("chargeback status", "chargeback statements --month 2026-10 --output october"),
    no_args_is_help=True,
)

_INVENTORY: Final = Path("projects.yaml")
_InventoryFile = Annotated[Path, typer.Option(metavar="FILE", help="Inventory file.")]
_Month = Annotated[str, typer.Option(metavar="MONTH", help="YYYY-MM or last-month.")]
_Source = Annotated[
    str,
    typer.Option(metavar="SOURCE", help="cost-explorer, export[:NAME] of the inventory, FOLDER or s3://BUCKET/PREFIX."),
]
_NoCache = Annotated[bool, typer.Option("--no-cache", help="Keep no copies of the files of an export in a bucket.")]
_Profile = Annotated[str | None, typer.Option(metavar="NAME", help="AWS profile for Billing.")]
_RoleArn = Annotated[
    str | None, typer.Option(metavar="ARN", callback=options.role_arn, help="Role to assume for Billing.")
]


@dataclass(frozen=True, kw_only=True)
class _Access:
    """Where the costs of a month are read, and how."""

    source: str
    no_cache: bool
    profile: str | None
    role_arn: str | None


@dataclass(frozen=True, kw_only=True)
class _Desk:
    """The inventory with its rules, and the months that were closed."""

    contents: Inventory
    rules: Chargeback
    folder: Path
    closed_folder: Path
    months: Months
    now: datetime
    month: str


@chargeback.command(
    cls=options.Command,
    epilog=options.examples("chargeback status", "chargeback status --format json"),
)
def status(
    *,
    inventory: _InventoryFile = _INVENTORY,
    output: Annotated[options.TextOrJson, typer.Option("--format", help="Output format.")] = options.TextOrJson.TEXT,
) -> None:
    """List months that are provisional or closed.

    Nothing is asked of AWS.
    """
    desk = _desk(inventory, "last-month")
    months = desk.months
    names = sorted({*(file.month for file in months.chain), *months.provisional})
    rows = [_status(months, name) for name in names]
    waiting = [
        {"month": entry.month, "number": entry.number, "amount": f"{exact_sum(entry.amounts.values()):f}"}
        for entry in months.to_book()
    ]
    if output is options.TextOrJson.JSON:
        typer.echo(for_json({"months": rows, "to_book": waiting}))
        return
    for row in rows:
        show("  ".join(f"{key}: {value}" if key not in ("month", "state") else value for key, value in row.items()))
    for entry in waiting:
        show(f"to be booked by the next month: {entry['month']}, true-up {entry['number']}: {entry['amount']}")
    if not rows:
        show(f"no month is closed in {desk.closed_folder}")


@chargeback.command(
    cls=options.Command,
    epilog=options.examples(
        "chargeback statements --month 2026-10",
        "chargeback statements --format html --output october",
    ),
)
def statements(
    *,
    month: _Month = "last-month",
    source: _Source = COST_EXPLORER,
    output_formats: Annotated[
        list[Format] | None,
        typer.Option("--format", metavar="FORMAT", help="text, html, csv, json or xlsx (repeatable; default: html)."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write all statements into this folder.")
    ] = None,
    inventory: _InventoryFile = _INVENTORY,
    no_cache: _NoCache = False,
    profile: _Profile = None,
    role_arn: _RoleArn = None,
) -> None:
    """Show the statement of all, and write those of each value.

    A closed month is read from its file, without a request. Of an open month it is a preview, and nothing is booked.
    """
    formats = tuple(dict.fromkeys(output_formats or [Format.HTML]))
    if output is None and output_formats:
        raise SettingsError("--format is for the files of --output FOLDER; add it")
    if output is not None:
        check_formats(formats)
    access = _Access(source=source, no_cache=no_cache, profile=profile, role_arn=role_arn)
    desk = _desk(inventory, month)
    file = desk.months.closed(desk.month) or desk.months.provisional.get(desk.month)
    state: DocumentState = "preview" if file is None else "provisional" if file.kind == "provisional" else "closed"
    file = file or make_month(_made(desk, access, desk.rules), desk.months, kind="provisional")
    overview, documents = _shown(file, desk.months, state)
    show(*text.of_sheet(overview_sheet(overview)).rstrip("\n").split("\n"))
    if output is not None:
        accrual = desk.months.provisional.get(desk.month) if state == "closed" else None
        accrued = _accrued(accrual, desk.months) if accrual else ()
        for path in write_statements(overview, documents, file.rules, formats, output, accrued=accrued):
            show(f"wrote {path}", err=True)


@chargeback.command(
    cls=options.Command,
    epilog=options.examples("chargeback close --month 2026-10", "chargeback close --provisional"),
)
def close(
    *,
    month: _Month = "last-month",
    provisional: Annotated[
        bool, typer.Option("--provisional", help="Only an accrual: the amounts may still change.")
    ] = False,
    unreconciled: Annotated[
        bool, typer.Option("--unreconciled", help="Close although the invoices differ from the bill.")
    ] = False,
    source: _Source = COST_EXPLORER,
    inventory: _InventoryFile = _INVENTORY,
    no_cache: _NoCache = False,
    profile: _Profile = None,
    role_arn: _RoleArn = None,
) -> None:
    """Close a month, so that its statements stay.

    A month is closed once, when its bill is finished. The file is never written over; a later correction of AWS is
    booked by `true-up`.
    """
    access = _Access(source=source, no_cache=no_cache, profile=profile, role_arn=role_arn)
    desk = _desk(inventory, month)
    if provisional:
        _check_accrual(desk)
    else:  # before anything is paid for
        today = desk.now.date()
        _refuse_closing(desk, reasons_before_reading(desk.month, desk.months, desk.rules.closed, today=today))
    made = _made(desk, access, desk.rules)
    if not provisional:
        _refuse_closing(desk, reasons_in_costs(made.costs, may_differ=unreconciled))
    file = make_month(made, desk.months, kind="provisional" if provisional else "closed")
    overview, documents = _shown(file, desk.months, "provisional" if provisional else "closed")
    if desk.rules.journal:
        journal_lines(documents, desk.rules)
    path = write_month(file, desk.closed_folder)
    show(*text.of_sheet(overview_sheet(overview)).rstrip("\n").split("\n"))
    show(f"wrote {path}; commit it", err=True)


@chargeback.command(
    name="true-up",
    cls=options.Command,
    epilog=options.examples("chargeback true-up --month 2026-10", "chargeback true-up --source export"),
)
def true_up(
    *,
    month: _Month = "last-month",
    source: _Source = COST_EXPLORER,
    inventory: _InventoryFile = _INVENTORY,
    no_cache: _NoCache = False,
    profile: _Profile = None,
    role_arn: _RoleArn = None,
) -> None:
    """Find what AWS changed in a closed month.

    The difference is written as an entry, which the next month to be closed books as a prior-period adjustment.
    """
    access = _Access(source=source, no_cache=no_cache, profile=profile, role_arn=role_arn)
    desk = _desk(inventory, month)
    closed = desk.months.closed(desk.month)
    if closed is None:
        raise SettingsError(f"{desk.month} is not closed, so nothing of it is booked; close it first")
    check_source_kind(closed, "cost-explorer" if source == COST_EXPLORER else "export")
    file = make_true_up(_made(desk, access, closed.rules, closed=closed), desk.months)
    places = places_of(file.costs.currency)
    if not file.changes:
        show(f"{desk.month} is as it was booked")
        return
    for value, amount in file.changes.items():
        show(f"{value or 'central'}: {amount:+,.{places}f} {file.costs.currency}")
    if waits(file.changes, desk.rules.closed):
        show(f"less than {desk.rules.closed.smallest_true_up} together (`smallest_true_up`), so it waits")
        return
    show(
        f"wrote {write_month(file, desk.closed_folder)}; commit it, and the next month to be closed books it", err=True
    )


def _desk(inventory: Path, month: str) -> _Desk:
    contents = inventories.load(inventory)
    if contents.chargeback is None:
        raise SettingsError(f"{inventory} has no `chargeback`; add it with `by`, the tag key that statements are for")
    now = datetime.now(tz=timezone.utc)
    dates = month_range(month, today=now.date())
    closed_folder = inventory.parent / contents.chargeback.closed.folder
    months = read_months(closed_folder)
    # Each file was written after the one before it: the last one says whose they are, under any former name.
    whose = months.chain[-1].inventory if months.chain else contents.name
    if whose not in (contents.name, contents.previous_name):
        raise SettingsError(
            f"{closed_folder} has months of the inventory {whose}, not of {contents.name}; if this inventory was "
            f"called that before, write `previous_owner: {{inventory: {whose}}}`, else write `closed: {{folder: …}}` "
            "in `chargeback`, with a folder of its own"
        )
    return _Desk(
        contents=contents,
        rules=contents.chargeback,
        folder=inventory.parent,
        closed_folder=closed_folder,
        months=months,
        now=now,
        month=f"{dates.start:%Y-%m}",
    )


def _check_accrual(desk: _Desk) -> None:
    if desk.months.state(desk.month) != "open":
        file = desk.closed_folder / f"{desk.month}.provisional.json"
        raise SettingsError(
            f"{desk.month} is {desk.months.state(desk.month)}; if nothing of an accrual is booked yet, remove {file}, "
            "then run again"
        )
    if desk.now.date() <= last_of_month(first_day(desk.month)):
        raise SettingsError(f"{desk.month} is not over, so an accrual of it would be of a part; run again next month")


def _refuse_closing(desk: _Desk, reasons: tuple[str, ...]) -> None:
    if desk.months.closed(desk.month):
        raise SettingsError(
            f"{desk.month} is closed; `bedrock-projects chargeback true-up --month {desk.month}` adds what changed"
        )
    if reasons:
        raise SettingsError(f"{desk.month} cannot be closed yet: {'; '.join(reasons)}")


def _made(desk: _Desk, access: _Access, rules: Chargeback, *, closed: MonthFile | None = None) -> Made:
    """What the month is made of, by these rules; by all that a `closed` month was made with, if it is given."""
    weights = closed.weights if closed else weights_of(rules, desk.contents, folder=desk.folder, month=desk.month)
    reading = _reading(desk, access, rules, renamed=closed.details.renamed if closed else None)
    if requests := reading.details.requests:
        show(f"Cost Explorer API requests: {requests} (USD {reading.details.price})", err=True)
    rule = rule_of(rules, desk.contents, {row.owner for row in reading.costs.rows})
    if closed:  # an entry that was renamed since may count under the name of another one
        had_cost = {row.owner for row in closed.costs.rows}
        rule = {owner: name for owner, name in rule.items() if owner not in had_cost} | dict(closed.rule_of)
    return Made(
        inventory=desk.contents.name,
        month=desk.month,
        now=desk.now,
        commit=checked_out(desk.folder),
        rules=rules,
        rule_of=rule,
        weights=weights,
        source=reading.source,
        costs=reading.costs,
        details=reading.details,
    )


def _reading(desk: _Desk, access: _Access, rules: Chargeback, *, renamed: Mapping[str, str] | None) -> MonthReading:
    contents, month = desk.contents, first_day(desk.month)
    place = place_of(access.source, contents.exports, folder=desk.folder)
    check_options(place, no_cache=access.no_cache, signs_in=bool(access.profile or access.role_arn))
    own = replace(chosen_settings(None), billing_profile=access.profile, billing_role_arn=access.role_arn)
    credentials = for_reading(own, contents).billing_credentials
    if place == COST_EXPLORER:
        with progress("Reading costs from Cost Explorer"):
            clients = open_clients(credentials)
            return fetch_month_costs(contents, rules, month, clients, today=desk.now.date(), renamed=renamed)
    with (
        progress(f"Reading costs from {place}"),
        open_source(place, credentials, keeps_copies=not access.no_cache, exports=contents.exports) as store,
    ):
        partial = notes_on(place, contents.exports)
        return read_month_costs(contents, rules, month, store, partial=partial, renamed=renamed)


def _shown(file: MonthFile, months: Months, state: DocumentState) -> tuple[Overview, tuple[Document, ...]]:
    before = months.closed(month_before(file.month))
    documents = documents_of(file, state=state, before=before)
    return overview_of(file, documents, state=state, before=before), documents


def _accrued(accrual: MonthFile, months: Months) -> tuple[JournalLine, ...]:
    """What was booked of an accrual, by the rules that it was made with; nothing if they had no journal."""
    return journal_lines(_shown(accrual, months, "provisional")[1], accrual.rules) if accrual.rules.journal else ()


def _status(months: Months, month: str) -> dict[str, str]:
    row = {"month": month, "state": months.state(month)}
    accrual, closed = months.provisional.get(month), months.closed(month)
    if accrual:
        row["accrued"] = f"{exact_sum(accrual.totals.values()):f}"
    if closed:
        row["booked"] = f"{exact_sum(closed.totals.values()):f}"
        changes = [amount for file in months.true_ups(month) for amount in file.changes.values()]
        if changes:
            row["changed since"] = f"{exact_sum(changes):f}"
    if accrual and closed:
        difference = exact_sum([exact_sum(closed.totals.values()), exact_sum(accrual.totals.values()).copy_negate()])
        row["booked minus accrued"] = f"{difference:f}"
    row["currency"] = (closed or accrual or months.chain[0]).costs.currency
    return row
