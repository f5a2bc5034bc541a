"""Makes the tables of a report from a data export: the same that `reports.fetch` asks Cost Explorer for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

from bedrock_projects.exports.lines import LineQuery, LineTable, PeriodFiles, check_installed, open_lines
from bedrock_projects.exports.manifests import find_export
from bedrock_projects.exports.schema import check_cost
from bedrock_projects.exports.stores import ChangedError, Store
from bedrock_projects.reports import query
from bedrock_projects.reports.cost_data import ACCOUNT, MODEL, PROJECT, Columns, CostData, CostTable
from bedrock_projects.reports.model import DateRange, Granularity
from bedrock_projects.reports.periods import last_of_month
from bedrock_projects.reports.request import ReportRequest

SELECTION: Final = "lines of which the family, the product code or the name is Bedrock's"
"""What counts as Bedrock in an export, as the head of a report says it."""
NO_MODELS: Final = "the export names no model on these dates; AWS does since 2026-07-20"
_STARTS: Final = 3
"""How often an export is read from its manifests on, while AWS refreshes it."""


@dataclass(frozen=True, kw_only=True)
class _Files:
    """The newest deliveries of an export on this machine, by billing period."""

    name: str
    periods: dict[date, PeriodFiles]

    @property
    def delivered(self) -> datetime:
        return max(files.delivery.delivered for files in self.periods.values())


def check_request(request: ReportRequest) -> None:
    """Raises an error if a report cannot be made from any export: before a file is read or copied."""
    check_installed()
    check_cost(request.metric)


def read_cost_data(request: ReportRequest, store: Store, *, tag_keys: Collection[str]) -> CostData:
    """The tables of a report; `tag_keys` are those of the inventory.

    Raises SettingsError with one sentence if the export cannot answer exactly; then there is no part of an answer.
    """
    check_request(request)
    ranges = [dates for dates in (request.dates, request.previous) if dates]
    files = _newest_files(store, sorted({month for dates in ranges for month in _months(dates)}))
    data = _read(request, request.dates, files, query.tables_needed(request), tag_keys)
    if request.previous:
        wanted = query.previous_tables_needed(request)
        data = replace(data, previous=_read(request, request.previous, files, wanted, tag_keys))
    return replace(data, source=f"AWS Data Exports {files.name}, delivered {files.delivered:%Y-%m-%d %H:%M} UTC")


def _newest_files(store: Store, months: Sequence[date], *, starts: int = _STARTS) -> _Files:
    """The newest deliveries; if AWS refreshes the export meanwhile, those of a new start."""
    try:
        listing = store.listing()
        export = find_export(listing, store.location)
        deliveries = [export.delivery(month, listing, store.read) for month in months]
        local = store.local([path for delivery in deliveries for path in delivery.files], listing)
    except ChangedError:
        if starts == 1:
            raise
        return _newest_files(store, months, starts=starts - 1)
    return _Files(
        name=export.name,
        periods={
            delivery.month: PeriodFiles(
                of=f"export {export.name}, {delivery.month:%Y-%m}",
                delivery=delivery,
                paths=tuple(local[path] for path in delivery.files),
            )
            for delivery in deliveries
        },
    )


def _read(
    request: ReportRequest, dates: DateRange, files: _Files, wanted: Sequence[Columns], tag_keys: Collection[str]
) -> CostData:
    """The bill of a range of dates and the tables, and those that these turn out to need."""
    line_query = LineQuery(
        metric=request.metric,
        periods=_periods(dates, request.granularity),
        ownership_tag_key=request.ownership_tag_key,
        tag_keys=_tag_keys(request),
        all_tag_keys=frozenset(tag_keys),
        accounts=request.accounts,
    )
    with open_lines(line_query, [files.periods[month] for month in _months(dates)]) as lines:
        return _Tables(request, lines, lines.bill()).data(wanted)


@dataclass
class _Tables:
    """Reads the tables of one range of dates; the bill says what the others are restricted to."""

    request: ReportRequest
    lines: LineTable
    bill: CostTable
    tables: dict[Columns, CostTable] = field(default_factory=dict)
    missing: dict[Columns, str] = field(default_factory=dict)

    def data(self, wanted: Sequence[Columns]) -> CostData:
        for columns in wanted:
            self._add(columns)
        own = query.own_charges_needed(self.request, self.tables)
        if own:
            self._add(own)
        accounts = {value for columns in self.tables for value in self._accounts(columns)}
        data = CostData(
            bill=self.bill,
            services=tuple(service for service in self.lines.services if self._is_billed(service)),
            tables=self.tables,
            missing=self.missing,
            account_names={
                account: name for account, name in self.lines.account_names().items() if account in accounts
            },
            tagged_elsewhere=self._tagged_elsewhere(),
            selection=SELECTION,
        )
        return replace(data, notes=self._notes(data))

    def _add(self, columns: Columns) -> None:
        """Adds the table; if no line names a model, adds the reason, and a table to read models from."""
        if not self.bill.amounts:
            self.tables[columns] = CostTable(periods=(), estimated=(), amounts={}, currency="")
        elif MODEL in columns and not self.lines.names_models():
            self.missing[columns] = NO_MODELS
            instead = query.instead_of_models(columns)
            if instead:
                without = query.excluded_types(self.request, self._line_types)
                self.tables[instead] = self._read(instead, query.ChargeFilter(without=without))
        else:
            self.tables[columns] = self._read(columns, query.charge_filter(self.request, columns, self._line_types))

    def _read(self, columns: Columns, charges: query.ChargeFilter) -> CostTable:
        return self.lines.bedrock(columns, self.request.filters, charges)

    @property
    def _line_types(self) -> frozenset[str]:
        return frozenset(line_type for _, line_type in self.bill.amounts)

    def _is_billed(self, service: str) -> bool:
        return any(service == billed for billed, _ in self.bill.amounts)

    def _accounts(self, columns: Columns) -> set[str]:
        """The accounts in a table."""
        places = [index for index, column in enumerate(columns) if column == ACCOUNT]
        return {group[index] for index in places for group in self.tables[columns].amounts}

    def _tagged_elsewhere(self) -> CostTable | None:
        whole = self.tables.get((ACCOUNT, PROJECT))
        excluded = query.excluded_types(self.request, self._line_types)
        bedrock = query.bedrock_in(self.bill, self.lines.services, excluded)
        if whole is None or self.request.filters or whole.total == bedrock:
            return None
        return self.lines.elsewhere()

    def _notes(self, data: CostData) -> tuple[str, ...]:
        """A sentence for each tag key that explains missing data: no line has it."""
        return tuple(
            f"no line of Bedrock in the export has the tag {key} on these dates: the key was not active in Billing, or "
            "nothing that was used carries it"
            for key in query.keys_to_look_up(self.request, data)
            if not self.lines.carries(key)
        )


def _tag_keys(request: ReportRequest) -> tuple[str, ...]:
    """The tag keys of the groupings and filters, but for the ownership tag."""
    keys = [grouping.tag_key for grouping in request.groupings if grouping.kind == "tag"]
    keys += [tag_filter.tag_key for tag_filter in request.filters]
    return tuple(key for key in dict.fromkeys(keys) if key != request.ownership_tag_key)


def _months(dates: DateRange) -> list[date]:
    """The first day of each month that the dates touch."""
    return [period.start.replace(day=1) for period in _periods(dates, "month")]


def _periods(dates: DateRange, granularity: Granularity) -> tuple[DateRange, ...]:
    """The days or months of a range; the first and the last month may lack days."""
    periods: list[DateRange] = []
    start = dates.start
    while start <= dates.end:
        end = start if granularity == "day" else min(last_of_month(start), dates.end)
        periods.append(DateRange(start=start, end=end))
        start = end + timedelta(days=1)
    return tuple(periods)
