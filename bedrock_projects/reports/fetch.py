"""Asks Cost Explorer for everything that a report needs, with as few billed requests as possible."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final

from bedrock_projects.aws.billing import BillingClient
from bedrock_projects.aws.cost_explorer import PRICE, CostExplorerClient
from bedrock_projects.aws.models import active_since
from bedrock_projects.errors import ServiceError
from bedrock_projects.reports import query
from bedrock_projects.reports.answers import TableReader, read_forecast
from bedrock_projects.reports.cost_data import (
    ACCOUNT,
    CHARGE_TYPE,
    MODEL,
    PROJECT,
    SERVICE,
    SERVICE_SEARCH,
    USAGE_TYPE,
    Columns,
    CostData,
    CostTable,
    ForecastAnswer,
    TagKeyAnswer,
)
from bedrock_projects.reports.model import DateRange
from bedrock_projects.reports.periods import covers_month_to_date, history_note, rest_of_month
from bedrock_projects.reports.request import ReportRequest

_CHANGED: Final = "RequestChangedException"
_STARTS: Final = 3
"""How often a table is read from its first page on, while Cost Explorer says that its data has changed."""
_INVALID: Final = "ValidationException"
_REFUSED: Final = (_INVALID, "DataUnavailableException")
"""What Cost Explorer answers to a group that it does not have for these dates or this account."""


def requests_needed(request: ReportRequest, *, today: date) -> int:
    """The least number of requests that the report takes: one for each table. Further pages come on top."""
    spans = [(request.dates, query.tables_needed(request))]
    if request.previous:
        spans.append((request.previous, query.previous_tables_needed(request)))
    tables = sum(1 + sum(not _lacks_models(columns, dates) for columns in wanted) for dates, wanted in spans)
    return tables + _wants_forecast(request, today=today)


def fetch_cost_data(
    request: ReportRequest,
    client: CostExplorerClient,
    *,
    open_billing: Callable[[], BillingClient],
    today: date,
) -> CostData:
    """Sends the queries of a report; Billing is asked only if a tag key may explain missing data.

    Raises ServiceError; it is a NoDataError if Cost Explorer has no data of this account yet.
    """
    source = _Source(request, client, request.dates, today)
    data = source.data(query.tables_needed(request))
    tag_keys = _fetch_tag_keys(request, data, open_billing)
    data = replace(
        data,
        tag_keys=tag_keys,
        before_activation=source.before_activation(data, tag_keys),
        forecast=_fetch_forecast(request, data, client, today=today),
    )
    if request.previous:
        previous = _Source(request, client, request.previous, today).data(query.previous_tables_needed(request))
        data = replace(data, previous=previous)
    return replace(data, requests=client.requests, price=client.requests * PRICE)


@dataclass
class _Source:
    """Reads the tables of one range of dates, the bill first: it says what the others are restricted to."""

    request: ReportRequest
    client: CostExplorerClient
    dates: DateRange
    today: date
    services: tuple[str, ...] = ()
    record_types: frozenset[str] = frozenset()
    tables: dict[Columns, CostTable] = field(default_factory=dict)
    missing: dict[Columns, str] = field(default_factory=dict)
    account_names: dict[str, str] = field(default_factory=dict)

    def data(self, wanted: Iterable[Columns]) -> CostData:
        """The bill and the tables, and those that these turn out to need."""
        bill = self._bill()
        self.services = tuple(sorted({service for service, _ in bill.amounts if SERVICE_SEARCH in service}))
        self.record_types = frozenset(record_type for _, record_type in bill.amounts)
        for columns in wanted:
            self._add(columns, is_empty=not bill.amounts)
        self._add_own_charges()
        return CostData(
            bill=bill,
            services=self.services,
            tables=self.tables,
            missing=self.missing,
            account_names=self.account_names,
            tagged_elsewhere=self._tagged_elsewhere(bill),
        )

    def before_activation(self, data: CostData, tag_keys: TagKeyAnswer) -> CostTable | None:
        """Usage without the tag before its key was active, by project and usage type; None if that is all or none."""
        key = self.request.grouping.tag_key
        since = tag_keys.active_since.get(key)
        if since is None or not self.dates.start < since <= self.dates.end or not data.bill.amounts:
            return None
        columns = (PROJECT, USAGE_TYPE)
        dates = DateRange(start=self.dates.start, end=since - timedelta(days=1))
        asked = query.table_query(
            self.request, columns, dates, services=self.services, charges=self._charges(columns), absent=key
        )
        return self._read(asked, columns)

    def _bill(self) -> CostTable:
        """The first table; if Cost Explorer refuses it, the error says what this account may lack."""
        try:
            return self._read(query.bill_query(self.request, self.dates), (SERVICE, CHARGE_TYPE))
        except ServiceError as error:
            metric, history = self.request.metric, history_note(self.dates, today=self.today)
            if error.code != _INVALID:
                raise
            if metric not in query.FORECAST_METRICS:
                raise error.with_hint(f"not every account has {metric}; use --cost billed or effective") from None
            raise (error.with_hint(history) if history else error) from None

    def _add(self, columns: Columns, *, is_empty: bool = False) -> None:
        """Adds the table; if AWS has no models for it, adds the reason, and a table to read models from."""
        if is_empty:
            self.tables[columns] = CostTable(periods=(), estimated=(), amounts={}, currency="")
        elif _lacks_models(columns, self.dates):
            self._add_without_models(columns, f"AWS names models from {query.MODELS_SINCE} on")
        else:
            try:
                self.tables[columns] = self._read(self._query(columns, self._charges(columns)), columns)
            except ServiceError as error:
                if MODEL not in columns or error.code not in _REFUSED:
                    raise
                self._add_without_models(columns, f"Cost Explorer refused to group by model ({error.message})")

    def _add_without_models(self, columns: Columns, reason: str) -> None:
        """Adds the reason; a report by model then reads models from services and usage types, which name most."""
        self.missing[columns] = reason
        instead = query.instead_of_models(columns)
        if instead:
            charges = query.ChargeFilter(without=self._excluded())
            self.tables[instead] = self._read(self._query(instead, charges), instead)

    def _add_own_charges(self) -> None:
        columns = query.own_charges_needed(self.request, self.tables)
        if columns:
            self._add(columns)

    def _query(self, columns: Columns, charges: query.ChargeFilter) -> query.Query:
        return query.table_query(self.request, columns, self.dates, services=self.services, charges=charges)

    def _charges(self, columns: Columns) -> query.ChargeFilter:
        return query.charge_filter(self.request, columns, self.record_types)

    def _excluded(self) -> tuple[str, ...]:
        return query.excluded_types(self.request, self.record_types)

    def _tagged_elsewhere(self, bill: CostTable) -> CostTable | None:
        """What carries the ownership tag under other names; asked for only if the tables have more than the bill."""
        whole = self.tables.get((ACCOUNT, PROJECT))
        if (
            whole is None
            or self.request.filters
            or whole.total == query.bedrock_in(bill, self.services, self._excluded())
        ):
            return None
        asked = query.tagged_elsewhere_query(self.request, self.dates, services=self.services)
        return self._read(asked, (SERVICE, CHARGE_TYPE))

    def _read(self, asked: query.Query, columns: Columns) -> CostTable:
        """Reads all pages; if Cost Explorer says that the data has changed, from the first one on once more."""
        for start in range(1, _STARTS + 1):
            reader = TableReader(columns, metric=self.request.metric)
            try:
                for page in self.client.cost_and_usage(asked):
                    reader.add(page)
            except ServiceError as error:
                if error.code != _CHANGED:
                    raise
                if start == _STARTS:
                    advice = f"its data changed {_STARTS} times while it was read; run again later"
                    raise error.with_hint(advice) from None
            else:
                break
        self.account_names |= reader.account_names
        return reader.table()


def _fetch_tag_keys(request: ReportRequest, data: CostData, open_billing: Callable[[], BillingClient]) -> TagKeyAnswer:
    keys = query.keys_to_look_up(request, data)
    if not keys:
        return TagKeyAnswer()
    try:
        billing = open_billing()
        states = billing.tag_keys()
        active = {key: states[key] for key in keys if key in states and states[key].status == "Active"}
        recent = any(state.changed_on and state.changed_on > request.dates.start for state in active.values())
        backfills = billing.backfills() if recent else []
    except ServiceError as error:
        # The requests are already billed, so the report is written without the explanation.
        return TagKeyAnswer(keys=keys, error=error)
    since = {key: active_since(state, backfills) for key, state in active.items()}
    return TagKeyAnswer(
        keys=keys,
        statuses={key: state.status for key, state in states.items()},
        active_since={key: day for key, day in since.items() if day is not None},
    )


def _fetch_forecast(
    request: ReportRequest, data: CostData, client: CostExplorerClient, *, today: date
) -> ForecastAnswer | ServiceError | None:
    if not (_wants_forecast(request, today=today) and data.services):
        return None
    try:
        return read_forecast(client.forecast(query.forecast_query(request, data.services, rest_of_month(today))))
    except ServiceError as error:
        # The requests are already billed, so the report is written without a forecast.
        return error


def _wants_forecast(request: ReportRequest, *, today: date) -> bool:
    """Whether the report gets a forecast: AWS documents none by tag, and one without some charges is another amount."""
    has_filters = bool(request.filters or request.excluded)
    is_forecast = request.metric in query.FORECAST_METRICS
    return is_forecast and not has_filters and covers_month_to_date(request.dates, today=today)


def _lacks_models(columns: Columns, dates: DateRange) -> bool:
    return MODEL in columns and dates.start < query.MODELS_SINCE
