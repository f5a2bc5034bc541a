"""`bedrock-projects chargeback`: the statements of a month, and its close."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

import typer

from bedrock_projects.chargeback.allocation import Allocation
from bedrock_projects.chargeback.documents import Document, DocumentState, Overview, documents_of
from bedrock_projects.chargeback.folder import write_month
from bedrock_projects.chargeback.journal import JournalLine, journal_lines
from bedrock_projects.chargeback.making import GONE, Made, TrueUp, check_entries, make_month, make_true_up
from bedrock_projects.chargeback.month_file import MonthFile
from bedrock_projects.chargeback.months import (
    Months,
    first_day,
    month_before,
    reasons_before_reading,
    reasons_in_adjustments,
    reasons_in_costs,
)
from bedrock_projects.chargeback.render import text
from bedrock_projects.chargeback.render.files import Format, check_output, write_statements
from bedrock_projects.chargeback.render.sheets import overview_sheet
from bedrock_projects.chargeback.splitting import exact_sum
from bedrock_projects.chargeback.statements import places_of
from bedrock_projects.commands import options
from bedrock_projects.commands.month_desk import (
    CHANGE_FROM,
    Access,
    Desk,
    open_desk,
    preview_month,
    read_for_true_up,
    read_open_month,
)
from bedrock_projects.commands.spending import Yes
from bedrock_projects.errors import SettingsError
from bedrock_projects.exports.sources import COST_EXPLORER
from bedrock_projects.printing import for_json
from bedrock_projects.reports.periods import last_of_month
from bedrock_projects.terminal import show

chargeback = typer.Typer(
    help="Make the statements of a month, and close it.",
    epilog=options.examples("chargeback status", "chargeback statements --month 2026-10 --output october"),
    no_args_is_help=True,
)


@dataclass(frozen=True, kw_only=True)
class _MonthOptions:
    """The options of a command on one month: which one, and where its costs are read."""

    month: Annotated[str, typer.Option(metavar="MONTH", help="YYYY-MM, last-month or this-month.")] = "last-month"
    source: Annotated[
        str,
        typer.Option(
            metavar="SOURCE", help="cost-explorer, export[:NAME] of the inventory, FOLDER or s3://BUCKET/PREFIX."
        ),
    ] = COST_EXPLORER
    inventory: options.InventoryFile = options.USUAL_INVENTORY
    no_cache: options.NoCache = False
    profile: options.BillingProfile = None
    role_arn: options.BillingRole = None
    yes: Yes = False

    @property
    def access(self) -> Access:
        """Where the costs are read, and how."""
        return Access(
            source=self.source,
            no_cache=self.no_cache,
            profile=self.profile,
            role_arn=self.role_arn,
            is_agreed=self.yes,
        )

    def desk(self) -> Desk:
        """What the command works with."""
        return open_desk(self.inventory, self.month)


@chargeback.command(
    cls=options.Command,
    epilog=options.examples("chargeback status", "chargeback status --format json"),
)
def status(
    *,
    inventory: options.InventoryFile = options.USUAL_INVENTORY,
    output: options.Output = options.TextOrJson.TEXT,
) -> None:
    """List months that are provisional or closed.

    Nothing is asked of AWS.
    """
    desk = open_desk(inventory, "last-month")
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
@options.shared(_MonthOptions)
def statements(
    asked: _MonthOptions,
    *,
    output_formats: Annotated[
        list[Format] | None,
        typer.Option("--format", metavar="FORMAT", help="text, html, csv, json or xlsx (repeatable; default: html)."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write all statements into this folder.")
    ] = None,
) -> None:
    """Show the statement of all, and write those of each value.

    A closed month is read from its file, without a request. Of an open month it is a preview, and nothing is booked.
    """
    formats = tuple(dict.fromkeys(output_formats or [Format.HTML]))
    if output is None and output_formats:
        raise SettingsError("--format is for the files of --output FOLDER; add it")
    desk = asked.desk()
    file = desk.months.closed(desk.month) or desk.months.provisional.get(desk.month)
    if output is not None:
        check_output(formats, output, month=desk.month, inventory=file.inventory if file else desk.contents.name)
    if file:
        state: DocumentState = "provisional" if file.kind == "provisional" else "closed"
        overview, documents = _shown(file, desk.months, state)
    else:
        state = "preview"
        file, allocation = preview_month(desk, asked.access)
        overview, documents = _shown(file, desk.months, state, allocation)
    show(*text.of_sheet(overview_sheet(overview)).rstrip("\n").split("\n"))
    if output is not None:
        accrual = desk.months.provisional.get(desk.month) if state == "closed" else None
        accrued = _accrued(accrual, desk.months) if accrual else ()
        written = write_statements(overview, documents, file.rules, formats, output, accrued=accrued)
        # Many teams make many files: their names would push the statement out of sight.
        show(f"wrote {len(written.paths)} files into {written.paths[0].parent}", err=True)
        if written.advice:
            show(written.advice, err=True)


@chargeback.command(
    cls=options.Command,
    epilog=options.examples("chargeback close --month 2026-10", "chargeback close --provisional"),
)
@options.shared(_MonthOptions)
def close(
    asked: _MonthOptions,
    *,
    provisional: Annotated[
        bool, typer.Option("--provisional", help="Only an accrual: the amounts may still change.")
    ] = False,
    unreconciled: Annotated[
        bool, typer.Option("--unreconciled", help="Close although no invoices confirm the bill.")
    ] = False,
    booked_outside: Annotated[
        bool, typer.Option("--booked-outside", help="Leave out true-ups that this month cannot book.")
    ] = False,
) -> None:
    """Close a month, so that its statements stay.

    A month is closed once, when its bill is finished. The file is never written over; a later correction of AWS is
    booked by `true-up`.
    """
    if provisional and unreconciled:
        raise SettingsError("--unreconciled is for a close; an accrual (--provisional) needs no invoices: leave it out")
    desk = asked.desk()
    desk.months.check_not_closed(desk.month)
    if provisional:
        _check_accrual(desk)
    else:
        # Before anything is paid for.
        today = desk.now.date()
        reasons = reasons_before_reading(desk.month, desk.months, desk.rules.closed, today=today)
        _refuse_closing(desk, (*reasons, *reasons_in_adjustments(desk.months, desk.rules)))
        if not booked_outside:
            check_entries(desk.months, desk.month, by=desk.rules.by)
    made = read_open_month(desk, asked.access)
    if not provisional:
        reasons = reasons_in_costs(made.costs, made.unfinished, source=made.source.kind, unreconciled=unreconciled)
        _refuse_closing(desk, reasons)
    kind: Literal["provisional", "closed"] = "provisional" if provisional else "closed"
    file, allocation = make_month(made, desk.months, kind=kind, booked_outside=booked_outside)
    overview, documents = _shown(file, desk.months, kind, allocation)
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
@options.shared(_MonthOptions)
def true_up(
    asked: _MonthOptions,
    *,
    change_from: Annotated[
        str | None,
        typer.Option(
            CHANGE_FROM, metavar="SOURCE", help=f"Change to --source: where the former source is now, or {GONE}."
        ),
    ] = None,
) -> None:
    """Find what AWS changed in a closed month.

    The difference is written as an entry, which the next month to be closed books as a prior-period adjustment. A month
    stays with its source; --change-from changes it, and says what of the difference the change alone makes.
    """
    desk = asked.desk()
    now, former = read_for_true_up(desk, asked.access, change_from)
    found = make_true_up(now, desk.months, desk.rules.closed, former=former)
    _show_true_up(desk, found, now)
    if found.file:
        path = write_month(found.file, desk.closed_folder)
        books = ", and the next month to be closed books it" if found.file.changes else ""
        show(f"wrote {path}; commit it{books}", err=True)


def _show_true_up(desk: Desk, found: TrueUp, now: Made) -> None:
    by_aws, by_source = found.by_aws or {}, found.by_source or {}
    places = places_of(now.costs.currency)
    for value in sorted({*found.changes, *by_aws, *by_source}):
        change, of_aws, of_source = (
            f"{amounts.get(value, Decimal()):+,.{places}f}" for amounts in (found.changes, by_aws, by_source)
        )
        parts = f" ({of_aws} by AWS, {of_source} by the change of source)" if found.by_source is not None else ""
        show(f"{value or 'central'}: {change} {now.costs.currency}{parts}")
    if not found.changes:
        show(f"{desk.month} is as it was booked")
    if found.waits:
        show(f"less than {desk.rules.closed.smallest_true_up} together (`smallest_true_up`), so it waits")
    if found.file and (left := found.file.source_change):
        if left.amounts is None:
            show(f"what of it the change of source alone makes is not known, since {left.former.name} was not read")
        show(f"{desk.month} is read from {now.source.name} from now on")


def _check_accrual(desk: Desk) -> None:
    if accrual := desk.months.provisional.get(desk.month):
        raise SettingsError(
            f"{desk.month} has an accrual already; if nothing of it is booked yet, remove "
            f"{desk.closed_folder / accrual.name}, then run again"
        )
    if desk.months.due and desk.month < desk.months.due:
        raise SettingsError(
            f"{desk.months.chain[0].month} was the first month to be closed, and earlier ones stay open, so nothing "
            f"would take back an accrual of {desk.month}"
        )
    if desk.now.date() <= last_of_month(first_day(desk.month)):
        raise SettingsError(f"{desk.month} is not over, so an accrual of it would be of a part; run again next month")


def _refuse_closing(desk: Desk, reasons: tuple[str, ...]) -> None:
    if reasons:
        raise SettingsError(f"{desk.month} cannot be closed yet: {'; '.join(reasons)}")


def _shown(
    file: MonthFile, months: Months, state: DocumentState, allocation: Allocation | None = None
) -> tuple[Overview, tuple[Document, ...]]:
    before = months.closed(month_before(file.month))
    if before and before.made_at > file.made_at:
        # A row of the month before can have a cost center, so what an accrual has booked would change.
        before = None
    return documents_of(file, state=state, before=before, allocation=allocation)


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
