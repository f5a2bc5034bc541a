"""`bedrock-projects chargeback`: the statements of a month, and its close."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from bedrock_projects import inventory as inventories
from bedrock_projects.aws.budgets import BudgetsClient
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.identity import billing_account
from bedrock_projects.chargeback.allocation import Allocation
from bedrock_projects.chargeback.budgets import charged_budgets, month_budgets, renamed_since, with_forecasts
from bedrock_projects.chargeback.documents import Document, DocumentState, Overview, documents_of
from bedrock_projects.chargeback.folder import read_months, write_month
from bedrock_projects.chargeback.journal import JournalLine, journal_lines
from bedrock_projects.chargeback.making import GONE, Gone, Made, TrueUp, check_sources, make_month, make_true_up
from bedrock_projects.chargeback.month_file import MonthFile, Source
from bedrock_projects.chargeback.months import (
    Allocated,
    Months,
    first_day,
    month_before,
    reasons_before_reading,
    reasons_in_adjustments,
    reasons_in_costs,
)
from bedrock_projects.chargeback.render import text
from bedrock_projects.chargeback.render.files import Format, check_formats, write_statements
from bedrock_projects.chargeback.render.sheets import overview_sheet
from bedrock_projects.chargeback.resolving import rule_of, value_centers, weights_of
from bedrock_projects.chargeback.rules import Chargeback
from bedrock_projects.chargeback.source.cost_explorer import (
    NAME,
    PLANNED_REQUESTS,
    fetch_month_costs,
    open_clients,
)
from bedrock_projects.chargeback.source.export import read_month_costs
from bedrock_projects.chargeback.source.forecasts import OwnForecasts, own_forecasts
from bedrock_projects.chargeback.source.reading import MonthReading
from bedrock_projects.chargeback.splitting import exact_sum
from bedrock_projects.chargeback.statements import places_of
from bedrock_projects.ci.history import checked_out
from bedrock_projects.commands import options
from bedrock_projects.commands.spending import Spending, Yes
from bedrock_projects.errors import SettingsError
from bedrock_projects.exports.sources import COST_EXPLORER, check_options, notes_on, open_source, place_of
from bedrock_projects.exports.stores import SCHEME
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

_CHANGE_FROM: Final = "--change-from"
_INVENTORY: Final = Path("projects.yaml")
_InventoryFile = Annotated[Path, typer.Option(metavar="FILE", help="Inventory file.")]
_Month = Annotated[str, typer.Option(metavar="MONTH", help="YYYY-MM, last-month or this-month.")]
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
    """Where the costs of a month are read, and how; `option` is the one that says where."""

    option: str = "--source"
    source: str
    no_cache: bool
    profile: str | None
    role_arn: str | None
    is_agreed: bool


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

    @cached_property
    def commit(self) -> str | None:
        """The commit of the inventory, of which git is asked once."""
        return checked_out(self.folder)


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
    yes: Yes = False,
) -> None:
    """Show the statement of all, and write those of each value.

    A closed month is read from its file, without a request. Of an open month it is a preview, and nothing is booked.
    """
    formats = tuple(dict.fromkeys(output_formats or [Format.HTML]))
    if output is None and output_formats:
        raise SettingsError("--format is for the files of --output FOLDER; add it")
    if output is not None:
        check_formats(formats)
    access = _Access(source=source, no_cache=no_cache, profile=profile, role_arn=role_arn, is_agreed=yes)
    desk = _desk(inventory, month)
    file = desk.months.closed(desk.month) or desk.months.provisional.get(desk.month)
    if file:
        state: DocumentState = "provisional" if file.kind == "provisional" else "closed"
        overview, documents = _shown(file, desk.months, state)
    else:
        state = "preview"
        file, allocation = _preview(desk, access)
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
def close(
    *,
    month: _Month = "last-month",
    provisional: Annotated[
        bool, typer.Option("--provisional", help="Only an accrual: the amounts may still change.")
    ] = False,
    unreconciled: Annotated[
        bool, typer.Option("--unreconciled", help="Close although no invoices confirm the bill.")
    ] = False,
    booked_outside: Annotated[
        bool, typer.Option("--booked-outside", help="Leave out true-ups that this month cannot book.")
    ] = False,
    source: _Source = COST_EXPLORER,
    inventory: _InventoryFile = _INVENTORY,
    no_cache: _NoCache = False,
    profile: _Profile = None,
    role_arn: _RoleArn = None,
    yes: Yes = False,
) -> None:
    """Close a month, so that its statements stay.

    A month is closed once, when its bill is finished. The file is never written over; a later correction of AWS is
    booked by `true-up`.
    """
    access = _Access(source=source, no_cache=no_cache, profile=profile, role_arn=role_arn, is_agreed=yes)
    desk = _desk(inventory, month)
    desk.months.check_not_closed(desk.month)
    if provisional:
        _check_accrual(desk)
    else:
        # Before anything is paid for.
        today = desk.now.date()
        reasons = reasons_before_reading(desk.month, desk.months, desk.rules.closed, today=today)
        _refuse_closing(desk, (*reasons, *reasons_in_adjustments(desk.months, desk.rules)))
    made = _open_month(desk, access, _places(desk, access)[0])
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
def true_up(
    *,
    month: _Month = "last-month",
    source: _Source = COST_EXPLORER,
    change_from: Annotated[
        str | None,
        typer.Option(
            _CHANGE_FROM, metavar="SOURCE", help=f"Change to --source: where the former source is now, or {GONE}."
        ),
    ] = None,
    inventory: _InventoryFile = _INVENTORY,
    no_cache: _NoCache = False,
    profile: _Profile = None,
    role_arn: _RoleArn = None,
    yes: Yes = False,
) -> None:
    """Find what AWS changed in a closed month.

    The difference is written as an entry, which the next month to be closed books as a prior-period adjustment. A month
    stays with its source; --change-from changes it, and says what of the difference the change alone makes.
    """
    access = _Access(source=source, no_cache=no_cache, profile=profile, role_arn=role_arn, is_agreed=yes)
    desk = _desk(inventory, month)
    now, former = _read_for_true_up(desk, access, change_from)
    found = make_true_up(now, desk.months, desk.rules.closed, former=former)
    _show_true_up(desk, found, now)
    if found.file:
        path = write_month(found.file, desk.closed_folder)
        books = ", and the next month to be closed books it" if found.file.changes else ""
        show(f"wrote {path}; commit it{books}", err=True)


def _read_for_true_up(desk: _Desk, access: _Access, change_from: str | None) -> tuple[Made, Made | Gone | None]:
    """What the source says of a closed month now, and the former one if the source changes.

    Cost Explorer is asked last, since its requests cost: what an export shows to be wrong is refused before.
    """
    files = desk.months.booked(desk.month)
    accesses = [access]
    unread = None if change_from is None else GONE
    if change_from is not None and change_from != GONE:
        accesses.append(replace(access, option=_CHANGE_FROM, source=change_from))
    places = dict(zip(accesses, _places(desk, *accesses), strict=True))
    known = {each.option: _before_reading(place) for each, place in places.items()}
    made: dict[str, Made] = {}
    for each in sorted(accesses, key=lambda each: places[each] == COST_EXPLORER):
        check_sources(desk.month, files[-1].source, known[access.option], known.get(_CHANGE_FROM, unread))
        made[each.option] = _made(desk, each, places[each], files[0].rules, files[0].weights, files[0].details.renamed)
        known[each.option] = made[each.option].source
    return made[access.option], made.get(_CHANGE_FROM, unread)


def _before_reading(place: str) -> Source:
    """What is known of a source before it is read: an export has its name in its files."""
    return Source(kind="cost-explorer", name=NAME) if place == COST_EXPLORER else Source(kind="export", name="")


def _show_true_up(desk: _Desk, found: TrueUp, now: Made) -> None:
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


def _preview(desk: _Desk, access: _Access) -> Allocated:
    """The month as it would be now; of one that is not over, with forecasts of its budgets."""
    first, today = first_day(desk.month), desk.now.date()
    is_running = today <= last_of_month(first)
    place = _places(desk, access)[0]
    # What is free is asked first, so a refusal costs nothing.
    own = _own_forecasts(desk, access, place) if is_running else OwnForecasts({})
    preview = make_month(_open_month(desk, access, place), desk.months, kind="provisional")
    if not is_running:
        return preview
    file = preview.file
    until = min(today, file.source.delivered.date()) if file.source.delivered else today
    budgets = with_forecasts(
        file.budgets,
        own.amounts,
        inventory=desk.contents.name,
        elapsed=max((until - first).days, 0),
        days=last_of_month(first).day,
        renamed=renamed_since(desk.contents, desk.rules.by, first),
    )
    details = file.details.model_copy(update={"notes": (*file.details.notes, *own.notes)})
    return preview._replace(file=file.model_copy(update={"budgets": budgets, "details": details}))


def _own_forecasts(desk: _Desk, access: _Access, place: str) -> OwnForecasts:
    """Those of AWS Budgets; none without a budget on a statement, or from an export, for which no service is asked."""
    if place != COST_EXPLORER or not charged_budgets(desk.contents, desk.rules):
        return OwnForecasts({})
    credentials = _credentials(desk, access)
    return own_forecasts(BudgetsClient(credentials), billing_account(credentials))


def _credentials(desk: _Desk, access: _Access) -> Credentials:
    own = replace(chosen_settings(None), billing_profile=access.profile, billing_role_arn=access.role_arn)
    return for_reading(own, desk.contents).billing_credentials


def _desk(inventory: Path, month: str) -> _Desk:
    contents = inventories.load(inventory)
    if contents.chargeback is None:
        raise SettingsError(f"{inventory} has no `chargeback`; add it with `by`, the tag key that statements are for")
    now = datetime.now(tz=timezone.utc)
    dates = month_range(month, today=now.date())
    closed_folder = inventory.parent / contents.chargeback.closed.folder
    months = read_months(closed_folder)
    # Each file was written after the one before it: the last one says whose they are, under any former name. Before the
    # first close, there may be accruals alone.
    written = months.chain or tuple(file for _, file in sorted(months.provisional.items()))
    whose = written[-1].inventory if written else contents.name
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


def _refuse_closing(desk: _Desk, reasons: tuple[str, ...]) -> None:
    if reasons:
        raise SettingsError(f"{desk.month} cannot be closed yet: {'; '.join(reasons)}")


def _places(desk: _Desk, *accesses: _Access) -> list[str]:
    """Where the sources are; raises SettingsError if an option has no effect on any of them."""
    exports = desk.contents.exports
    places = [place_of(each.source, exports, folder=desk.folder, option=each.option) for each in accesses]
    most_remote = max(places, key=lambda place: (place.startswith(SCHEME), place == COST_EXPLORER))
    access = accesses[0]
    check_options(most_remote, no_cache=access.no_cache, signs_in=bool(access.profile or access.role_arn))
    return places


def _open_month(desk: _Desk, access: _Access, place: str) -> Made:
    """What a month is made of that is not closed, with its budgets, by the rules of now."""
    weights = weights_of(desk.rules, desk.contents, folder=desk.folder, month=desk.month)
    made = _made(desk, access, place, desk.rules, weights, None)
    budgets, notes = month_budgets(desk.contents, desk.rules, made.costs)
    return replace(
        made,
        details=made.details.model_copy(update={"notes": (*made.details.notes, *notes)}),
        budgets=budgets,
        centers=value_centers(desk.rules, desk.contents),
    )


def _made(
    desk: _Desk,
    access: _Access,
    place: str,
    rules: Chargeback,
    weights: Mapping[str, Mapping[str, Decimal]],
    renamed: Mapping[str, str] | None,
) -> Made:
    """What the month is made of by these rules and weights; `renamed` are those of a closed month."""
    reading = _reading(desk, access, place, rules, renamed=renamed)
    if requests := reading.details.requests:
        show(f"Cost Explorer API requests: {requests} (USD {reading.details.price})", err=True)
    owners = {row.owner for row in reading.costs.rows}
    return Made(
        inventory=desk.contents.name,
        month=desk.month,
        now=desk.now,
        commit=desk.commit,
        rules=rules,
        rule_of=rule_of(rules, desk.contents, owners),
        weights=weights,
        source=reading.source,
        costs=reading.costs,
        unfinished=reading.unfinished,
        details=reading.details,
    )


def _reading(
    desk: _Desk, access: _Access, place: str, rules: Chargeback, *, renamed: Mapping[str, str] | None
) -> MonthReading:
    contents, month, currency = desk.contents, first_day(desk.month), desk.months.currency
    credentials = _credentials(desk, access)
    if place == COST_EXPLORER:
        with Spending(PLANNED_REQUESTS, is_agreed=access.is_agreed) as spending:
            clients = open_clients(credentials, before_request=spending.before_request)
            return fetch_month_costs(
                contents, rules, month, clients, today=desk.now.date(), renamed=renamed, currency=currency
            )
    with (
        progress(f"Reading costs from {place}"),
        open_source(place, credentials, keeps_copies=not access.no_cache, exports=contents.exports) as store,
    ):
        partial = notes_on(place, contents.exports)
        return read_month_costs(contents, rules, month, store, partial=partial, renamed=renamed, currency=currency)


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
