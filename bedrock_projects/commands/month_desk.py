"""What the commands of a chargeback work with: the rules, the closed months, and what a source says of a month."""

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import Final

from bedrock_projects import inventory as inventories
from bedrock_projects.aws.budgets import BudgetsClient
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.identity import billing_account
from bedrock_projects.chargeback.budgets import charged_budgets, month_budgets, renamed_since, with_forecasts
from bedrock_projects.chargeback.folder import read_months
from bedrock_projects.chargeback.making import GONE, Gone, Made, check_sources, make_month
from bedrock_projects.chargeback.month_file import MonthFile, Source
from bedrock_projects.chargeback.months import Allocated, Months, first_day
from bedrock_projects.chargeback.resolving import rule_of, value_centers, weights_of
from bedrock_projects.chargeback.rules import Chargeback
from bedrock_projects.chargeback.source.cost_explorer import NAME, PLANNED_REQUESTS, fetch_month_costs, open_clients
from bedrock_projects.chargeback.source.export import read_month_costs
from bedrock_projects.chargeback.source.forecasts import OwnForecasts, own_forecasts
from bedrock_projects.chargeback.source.reading import MonthReading
from bedrock_projects.ci.git import checked_out
from bedrock_projects.commands.spending import Spending
from bedrock_projects.errors import SettingsError
from bedrock_projects.exports.sources import COST_EXPLORER, check_options, notes_on, open_source, place_of
from bedrock_projects.exports.stores import SCHEME
from bedrock_projects.model import Inventory
from bedrock_projects.reports.periods import last_of_month, month_range
from bedrock_projects.stacks.access import chosen_settings, for_reading
from bedrock_projects.terminal import progress, show

CHANGE_FROM: Final = "--change-from"
"""The option that names the former source of a true-up."""


@dataclass(frozen=True, kw_only=True)
class Access:
    """Where the costs of a month are read, and how; `option` is the one that says where."""

    option: str = "--source"
    source: str
    no_cache: bool
    profile: str | None
    role_arn: str | None
    is_agreed: bool


@dataclass(frozen=True, kw_only=True)
class Desk:
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


def open_desk(inventory: Path, month: str) -> Desk:
    """The desk of an inventory, for a month as the option --month says it; nothing is asked of AWS.

    Raises SettingsError without rules, or if the closed months are of another inventory.
    """
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
    return Desk(
        contents=contents,
        rules=contents.chargeback,
        folder=inventory.parent,
        closed_folder=closed_folder,
        months=months,
        now=now,
        month=f"{dates.start:%Y-%m}",
    )


def read_open_month(desk: Desk, access: Access) -> Made:
    """What a month is made of that is not closed, with its budgets and cost centers."""
    return _with_inventory(desk, _read(desk, access, _places(desk, access)[0]))


def preview_month(desk: Desk, access: Access) -> Allocated:
    """The month as it would be now; of one that is not over, with forecasts of its budgets."""
    first, today = first_day(desk.month), desk.now.date()
    is_running = today <= last_of_month(first)
    place = _places(desk, access)[0]
    # What is free is asked first, so a refusal costs nothing.
    own = _own_forecasts(desk, access, place) if is_running else OwnForecasts({})
    preview = make_month(_with_inventory(desk, _read(desk, access, place)), desk.months, kind="provisional")
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


def read_for_true_up(desk: Desk, access: Access, change_from: str | None) -> tuple[Made, Made | Gone | None]:
    """What the source says of a closed month now, and the former one if the source changes.

    Cost Explorer is asked last, since its requests cost: what an export shows to be wrong is refused before.
    """
    files = desk.months.booked(desk.month)
    accesses = [access]
    unread = None if change_from is None else GONE
    if change_from is not None and change_from != GONE:
        accesses.append(replace(access, option=CHANGE_FROM, source=change_from))
    places = dict(zip(accesses, _places(desk, *accesses), strict=True))
    known = {each.option: _before_reading(place) for each, place in places.items()}
    made: dict[str, Made] = {}
    for each in sorted(accesses, key=lambda each: places[each] == COST_EXPLORER):
        check_sources(desk.month, files[-1].source, known[access.option], known.get(CHANGE_FROM, unread))
        made[each.option] = _read(desk, each, places[each], closed=files[0])
        known[each.option] = made[each.option].source
    return made[access.option], made.get(CHANGE_FROM, unread)


def _before_reading(place: str) -> Source:
    """What is known of a source before it is read: an export has its name in its files."""
    return Source(kind="cost-explorer", name=NAME) if place == COST_EXPLORER else Source(kind="export", name="")


def _own_forecasts(desk: Desk, access: Access, place: str) -> OwnForecasts:
    """Those of AWS Budgets; none without a budget on a statement, or from an export, for which no service is asked."""
    if place != COST_EXPLORER or not charged_budgets(desk.contents, desk.rules):
        return OwnForecasts({})
    credentials = _credentials(desk, access)
    return own_forecasts(BudgetsClient(credentials), billing_account(credentials))


def _credentials(desk: Desk, access: Access) -> Credentials:
    own = replace(chosen_settings(None), billing_profile=access.profile, billing_role_arn=access.role_arn)
    return for_reading(own, desk.contents).billing_credentials


def _places(desk: Desk, *accesses: Access) -> list[str]:
    """Where the sources are; raises SettingsError if an option has no effect on any of them."""
    exports = desk.contents.exports
    places = [place_of(each.source, exports, folder=desk.folder, option=each.option) for each in accesses]
    most_remote = max(places, key=lambda place: (place.startswith(SCHEME), place == COST_EXPLORER))
    access = accesses[0]
    check_options(most_remote, no_cache=access.no_cache, signs_in=bool(access.profile or access.role_arn))
    return places


def _with_inventory(desk: Desk, made: Made) -> Made:
    """With what the inventory has of now: the budgets and the cost centers of values."""
    budgets, notes = month_budgets(desk.contents, desk.rules, made.costs)
    return replace(
        made,
        details=made.details.model_copy(update={"notes": (*made.details.notes, *notes)}),
        budgets=budgets,
        centers=value_centers(desk.rules, desk.contents),
    )


def _read(desk: Desk, access: Access, place: str, *, closed: MonthFile | None = None) -> Made:
    """What the month is made of, by the rules of now; by all that a `closed` month was made with, if it is given."""
    rules = closed.rules if closed else desk.rules
    weights = closed.weights if closed else weights_of(rules, desk.contents, folder=desk.folder, month=desk.month)
    reading = _reading(desk, access, place, rules, closed)
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


def _reading(desk: Desk, access: Access, place: str, rules: Chargeback, closed: MonthFile | None) -> MonthReading:
    contents, month = desk.contents, first_day(desk.month)
    renamed = closed.details.renamed if closed else None
    known = closed or desk.months.last_closed
    currency = known.costs.currency if known else ""
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
