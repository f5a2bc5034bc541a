"""Makes the tables of a report from a data export: the same that `reports.fetch` asks Cost Explorer for."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from bedrock_projects.exports.layout import LineQuery
from bedrock_projects.exports.lines import LineTable, open_lines
from bedrock_projects.exports.loading import PeriodFiles, check_installed
from bedrock_projects.exports.manifests import find_export
from bedrock_projects.exports.schema import check_cost
from bedrock_projects.exports.stores import ChangedError, Store
from bedrock_projects.exports.tag_keys import tag_keys_of
from bedrock_projects.reports import query
from bedrock_projects.reports.charge_types import USAGE_RECORD_TYPES
from bedrock_projects.reports.cost_data import ACCOUNT, PROJECT, SERVICE, USAGE_TYPE, Columns, CostData, CostTable
from bedrock_projects.reports.line_facts import LineFacts
from bedrock_projects.reports.model import DateRange, Granularity, HourRange
from bedrock_projects.reports.periods import first_of_month, last_of_month
from bedrock_projects.reports.reconciliation import has_cost_elsewhere
from bedrock_projects.reports.request import COSTS, ReportRequest

_MONTHS_OF_ORIGINS: Final = 3
"""For how many months a report says who spends what is unallocated: each origin takes memory."""
_NO_ORIGINS: Final = f"who spends what is unallocated is named for at most {_MONTHS_OF_ORIGINS} months; give fewer"
_NO_INVOICES: Final = "invoices are of billed cost, so they are not named; use --cost billed"
_EMPTY: Final = CostTable(periods=(), estimated=(), amounts={}, currency="")
_STARTS: Final = 3
"""How often an export is read from its manifests on, while AWS refreshes it."""


@dataclass(frozen=True, kw_only=True)
class _Files:
    """The newest deliveries of an export on this machine, by billing period; `etags` are those of all files."""

    name: str
    periods: dict[date, PeriodFiles]
    etags: tuple[str, ...]

    @property
    def delivered(self) -> datetime:
        return max(files.delivery.delivered for files in self.periods.values())


@dataclass(frozen=True, kw_only=True)
class OpenMonth:
    """The lines of a whole billing period, and the delivery that has them; files of a folder have no ETags."""

    lines: LineTable
    name: str
    delivered: datetime
    etags: tuple[str, ...]


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
    with ExitStack() as stack:
        lines, *before = (
            stack.enter_context(_open(request, dates, files, tag_keys, shows_origins=dates == request.dates))
            for dates in ranges
        )
        # A comparison needs models on both sides, or on none.
        has_models = all(each.names_models() for each in (lines, *before))
        tables = _Tables(request, lines, has_models=has_models)
        data = tables.with_details(tables.read(query.tables_needed))
        previous = [_Tables(request, each, has_models=has_models).read(query.previous_tables_needed) for each in before]
        table = lines.loaded.table.name
    of_table = f" ({table})" if table else ""
    return replace(
        data,
        previous=previous[0] if previous else None,
        source=f"AWS Data Exports {files.name}{of_table}, delivered {files.delivered:%Y-%m-%d %H:%M} UTC",
    )


def read_owners_table(
    store: Store, dates: DateRange, *, ownership_tag_key: str, tag_keys: Collection[str], account: str | None
) -> CostTable:
    """Billed cost of Bedrock's usage on the dates by ownership tag and service, by months.

    It is the answer to `reports.query.owners_query`, and all of it is Bedrock's or carries the tag. `tag_keys`
    are those of the inventory; `account` None: all accounts. Raises SettingsError as `read_cost_data` does.
    """
    accounts = (account,) if account else ()
    with _open_months(store, dates, ownership_tag_key=ownership_tag_key, tag_keys=tag_keys, accounts=accounts) as lines:
        return lines.bedrock((PROJECT, SERVICE), (), query.ChargeFilter(only=USAGE_RECORD_TYPES))


def read_line_facts(store: Store, dates: DateRange, *, ownership_tag_key: str, tag_keys: Collection[str]) -> LineFacts:
    """What the lines of these dates show of what AWS does not document, in all accounts.

    Raises SettingsError as `read_cost_data` does.
    """
    with _open_months(store, dates, ownership_tag_key=ownership_tag_key, tag_keys=tag_keys, accounts=()) as lines:
        return lines.facts()


def read_tag_keys(store: Store, dates: DateRange) -> Mapping[str, frozenset[str]]:
    """The tag keys of all lines of the months of these dates, as the export writes them, by the column of tags.

    Raises SettingsError as `read_cost_data` does.
    """
    months = _months(dates)
    files = _newest_files(store, months)
    return tag_keys_of([files.periods[month] for month in months])


@contextmanager
def open_month(request: ReportRequest, store: Store, *, tag_keys: Collection[str]) -> Iterator[OpenMonth]:
    """The lines of the month of a request, which it need not cover; `tag_keys` are those of the inventory.

    Raises SettingsError as `read_cost_data` does.
    """
    check_request(request)
    first = first_of_month(request.dates.start)
    files = _newest_files(store, [first])
    whole = DateRange(start=first, end=last_of_month(first))
    with _open(request, whole, files, tag_keys, shows_origins=False) as lines:
        yield OpenMonth(lines=lines, name=files.name, delivered=files.delivered, etags=files.etags)


@contextmanager
def _open_months(
    store: Store, dates: DateRange, *, ownership_tag_key: str, tag_keys: Collection[str], accounts: tuple[str, ...]
) -> Iterator[LineTable]:
    """The lines of these dates by months, with billed cost and the ownership tag."""
    files = _newest_files(store, _months(dates))
    line_query = LineQuery(
        metric=COSTS["billed"],
        periods=_periods(dates, "month"),
        ownership_tag_key=ownership_tag_key,
        tag_keys=(),
        all_tag_keys=frozenset(tag_keys),
        accounts=accounts,
    )
    with open_lines(line_query, [files.periods[month] for month in _months(dates)]) as lines:
        yield lines


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
    etags = {listing[path].etag for delivery in deliveries for path in delivery.files}
    return _Files(
        name=export.name,
        etags=tuple(sorted(filter(None, etags))),
        periods={
            delivery.month: PeriodFiles(
                of=f"export {export.name}, {delivery.month:%Y-%m}",
                delivery=delivery,
                paths=tuple(local[path] for path in delivery.files),
            )
            for delivery in deliveries
        },
    )


def _open(
    request: ReportRequest, dates: DateRange, files: _Files, tag_keys: Collection[str], *, shows_origins: bool
) -> AbstractContextManager[LineTable]:
    line_query = LineQuery(
        metric=request.metric,
        periods=_periods(dates, request.granularity),
        ownership_tag_key=request.ownership_tag_key,
        tag_keys=_tag_keys(request),
        all_tag_keys=frozenset(tag_keys),
        accounts=request.accounts,
        origins_without=request.grouping.tag_key if shows_origins and _has_few_months(dates) else "",
    )
    return open_lines(line_query, [files.periods[month] for month in _months(dates)])


class _Tables:
    """Reads the tables of one range of dates; the bill says what the others are restricted to."""

    def __init__(self, request: ReportRequest, lines: LineTable, *, has_models: bool) -> None:
        self._request = request
        self._lines = lines
        self._has_models = has_models
        self._bill = lines.bill()
        self._tables: dict[Columns, CostTable] = {}

    def read(self, needed: Callable[..., Sequence[Columns]]) -> CostData:
        """The bill and all tables that `needed` names, and those that these turn out to need."""
        for columns in needed(self._request, has_models=self._has_models):
            self._add(columns)
        for columns in query.tables_of_split_projects(self._request, self._tables):
            self._add(columns)
        billed = {service for service, _ in self._bill.amounts}
        data = CostData(
            bill=self._bill,
            services=tuple(service for service in self._lines.loaded.services if service in billed),
            tables=self._tables,
            models_missing="" if self._has_models else self._lines.loaded.table.without_models,
            account_names=self._account_names(),
            usage_by_value=self._usage_by_value(),
            selection=self._lines.loaded.table.selection,
        )
        # A prior period has no table by account, and nothing to explain.
        explains = (ACCOUNT, PROJECT) in self._tables and has_cost_elsewhere(self._request, data)
        elsewhere = self._lines.elsewhere() if explains else None
        return replace(data, tagged_elsewhere=elsewhere, notes=self._notes(data))

    def with_details(self, data: CostData) -> CostData:
        """The data with what only lines say."""
        request, lines, charges = self._request, self._lines, self._charges((PROJECT, USAGE_TYPE))
        if not self._bill.amounts:
            return data
        is_billed = request.metric == COSTS["billed"]
        has_origins = bool(request.grouping.tag_key) and _has_few_months(request.dates)
        lacking = [
            *([] if is_billed or lines.advice("invoice") else [_NO_INVOICES]),
            *([_NO_ORIGINS] if request.grouping.tag_key and not has_origins else []),
        ]
        notes = [*data.notes, *lacking, *_long_lines(request, lines)]
        data = replace(
            data,
            invoices=lines.invoices() if is_billed else None,
            line_facts=lines.facts(),
            notes=tuple(notes),
        )
        if charges is None:
            return data
        own = query.column_of(request.grouping)
        return replace(
            data,
            usage_by_model=lines.usage_by_model((own,), request.filters, charges, has_models=self._has_models),
            unallocated_usage=(lines.unallocated_usage(request.filters, charges) if has_origins else None),
        )

    def _add(self, columns: Columns) -> None:
        charges = self._charges(columns)
        self._tables[columns] = self._table(columns, charges) if charges and self._bill.amounts else _EMPTY

    def _charges(self, columns: Columns) -> query.ChargeFilter | None:
        return query.charges_of(self._request, columns, {line_type for _, line_type in self._bill.amounts})

    def _table(self, columns: Columns, charges: query.ChargeFilter) -> CostTable:
        return self._lines.bedrock(columns, self._request.filters, charges)

    def _usage_by_value(self) -> CostTable | None:
        columns = query.usage_by_value_needed(self._request, self._tables)
        charges = self._charges((PROJECT, USAGE_TYPE))
        return self._table(columns, charges) if columns and charges else None

    def _account_names(self) -> dict[str, str]:
        """The names of the accounts in the tables."""
        places = [(columns, columns.index(ACCOUNT)) for columns in self._tables if ACCOUNT in columns]
        accounts = {group[index] for columns, index in places for group in self._tables[columns].amounts}
        return {account: name for account, name in self._lines.account_names().items() if account in accounts}

    def _notes(self, data: CostData) -> tuple[str, ...]:
        """What the table lacks, what is left out, and a sentence for each tag key that no line has."""
        loaded = self._lines.loaded
        line_types = {line_type for service, line_type in self._bill.amounts if service in data.services}
        others = f"charges of other providers than AWS, which are left out: {loaded.foreign}"
        return (
            *self._lines.advice("invoice"),
            *(note for line_type, note in loaded.table.notes_on_types.items() if line_type in line_types),
            *([others] if loaded.foreign else []),
            *self._notes_on_keys(data),
        )

    def _notes_on_keys(self, data: CostData) -> tuple[str, ...]:
        """A sentence for each tag key that explains missing data: no line has it."""
        return tuple(
            f"no line of Bedrock in the export has the tag {key} on these dates: the key was not active in Billing, or "
            "nothing that was used carries it"
            for key in query.keys_to_look_up(self._request, data)
            if not self._lines.carries(key)
        )


def _has_few_months(dates: DateRange) -> bool:
    return len(_months(dates)) <= _MONTHS_OF_ORIGINS


def _long_lines(request: ReportRequest, lines: LineTable) -> list[str]:
    count = lines.long_lines() if request.granularity == "hour" else 0
    if not count:
        return []
    return [f"{count:,} lines of Bedrock cover more than an hour; each counts on the hour in which it begins"]


def _tag_keys(request: ReportRequest) -> tuple[str, ...]:
    """The tag keys of the groupings and filters, but for the ownership tag."""
    keys = [grouping.tag_key for grouping in request.groupings if grouping.kind == "tag"]
    keys += [tag_filter.tag_key for tag_filter in request.filters]
    return tuple(key for key in dict.fromkeys(keys) if key != request.ownership_tag_key)


def _months(dates: DateRange) -> list[date]:
    """The first day of each month that the dates touch."""
    return [period.start.replace(day=1) for period in _periods(dates, "month")]


def _periods(dates: DateRange, granularity: Granularity) -> tuple[DateRange, ...]:
    """The hours, days or months of a range; the first and the last month may lack days."""
    if granularity == "hour":
        days = _periods(dates, "day")
        return tuple(HourRange(start=day.start, end=day.end, hour=hour) for day in days for hour in range(24))
    periods: list[DateRange] = []
    start = dates.start
    while start <= dates.end:
        end = start if granularity == "day" else min(last_of_month(start), dates.end)
        periods.append(DateRange(start=start, end=end))
        start = end + timedelta(days=1)
    return tuple(periods)
