"""Asks Cost Explorer for everything that a report needs, with as few billed requests as possible."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final

from bedrock_projects.aws.billing import BillingClient
from bedrock_projects.aws.cost_explorer import CostExplorerClient
from bedrock_projects.aws.models import Backfill, active_since
from bedrock_projects.aws.prices import COST_EXPLORER_REQUEST
from bedrock_projects.errors import ServiceError
from bedrock_projects.reports import query
from bedrock_projects.reports.answers import TableReader, read_forecast
from bedrock_projects.reports.cost_data import (
    CHARGE_TYPE,
    MODEL,
    PROJECT,
    SERVICE,
    USAGE_TYPE,
    Columns,
    CostData,
    CostTable,
    ForecastAnswer,
    TagKeyAnswer,
    with_periods,
)
from bedrock_projects.reports.model import DateRange, TagFilter
from bedrock_projects.reports.periods import covers_month_to_date, history_note, rest_of_month
from bedrock_projects.reports.reconciliation import has_cost_elsewhere
from bedrock_projects.reports.request import ReportRequest
from bedrock_projects.reports.usage_types import is_bedrock

_CHANGED: Final = "RequestChangedException"
_STARTS: Final = 3
"""How often a table is read from its first page on, while Cost Explorer says that its data has changed."""
_INVALID: Final = "ValidationException"
_REFUSED: Final = (_INVALID, "DataUnavailableException")
"""What Cost Explorer answers to a group that it does not have for these dates or this account."""


def requests_needed(request: ReportRequest, *, today: date) -> int:
    """The least number of requests that the report takes: one for each table. Further pages come on top."""
    has_models = query.may_have_models(request)
    tables = 1 + len(query.tables_needed(request, has_models=has_models))
    if request.previous:
        tables += 1 + len(query.previous_tables_needed(request, has_models=has_models))
    return tables + _wants_forecast(request, today=today)


def fetch_cost_data(
    request: ReportRequest,
    client: CostExplorerClient,
    *,
    open_billing: Callable[[], BillingClient],
    today: date,
) -> CostData:
    """Sends the queries of a report; Billing is asked only if a tag key may explain missing data.

    Raises ServiceError; it is a NoDataError if Cost Explorer has no data of this account yet. What only explains the
    report or adds to it is left out if it fails: the other requests are billed already.
    """
    source = _Source(request, client, request.dates, today)
    if not query.may_have_models(request):
        source.models_missing = f"AWS names models from {query.MODELS_SINCE} on"
    source.read()
    previous = _fetch_previous(request, source)
    source.read_explanations()
    tag_keys = _fetch_tag_keys(request, source.data(), open_billing)
    source.read_before_activation(tag_keys)
    return replace(
        source.data(),
        tag_keys=tag_keys,
        forecast=_fetch_forecast(request, source.services, client, today=today),
        previous=previous,
        requests=client.requests,
        price=client.requests * COST_EXPLORER_REQUEST,
    )


@dataclass
class Tables:
    """Reads tables of one range of dates, the bill first: it says what the others are restricted to.

    `account_names` and `request_ids` are those of all answers so far.
    """

    request: ReportRequest
    client: CostExplorerClient
    dates: DateRange
    today: date
    bill: CostTable = field(default_factory=lambda: _empty())
    account_names: dict[str, str] = field(default_factory=dict)
    request_ids: list[str] = field(default_factory=list)

    @property
    def services(self) -> tuple[str, ...]:
        """The names under which AWS billed Bedrock."""
        return tuple(sorted({service for service, _ in self.bill.amounts if is_bedrock(service)}))

    def read_bill(self) -> None:
        """Reads the bill; if Cost Explorer refuses it, the error says what this account may lack."""
        try:
            self.bill = self._read_as_asked(query.bill_query(self.request, self.dates), (SERVICE, CHARGE_TYPE))
        except ServiceError as error:
            metric, history = self.request.metric, history_note(self.dates, today=self.today)
            if error.code != _INVALID:
                raise
            if metric not in query.FORECAST_METRICS:
                raise error.with_hint(f"not every account has {metric}; use --cost billed or effective") from None
            raise (error.with_hint(history) if history else error) from None

    def table(self, columns: Columns, *, filters: Sequence[TagFilter] = ()) -> CostTable:
        """A table, restricted by the tags of the request and these; without a question if the bill has nothing for it.

        Raises ModelsRefusedError if AWS has no models for it.
        """
        charges = self.charges(columns)
        if charges is None or not self.bill.amounts:
            return _empty()
        request = replace(self.request, filters=(*self.request.filters, *filters))
        try:
            asked = query.table_query(request, columns, self.dates, services=self.services, charges=charges)
            return self._read(asked, columns)
        except ServiceError as error:
            if MODEL in columns and error.code in _REFUSED:
                raise ModelsRefusedError(error.message) from None
            raise

    def elsewhere(self) -> CostTable:
        """What has the ownership tag under other service names than Bedrock's."""
        asked = query.tagged_elsewhere_query(self.request, self.dates, services=self.services)
        return self._read(asked, (SERVICE, CHARGE_TYPE))

    def charges(self, columns: Columns) -> query.ChargeFilter | None:
        """The charges to which a table is restricted; None if the bill has none of them."""
        return query.charges_of(self.request, columns, {name for _, name in self.bill.amounts})

    def _read(self, asked: query.Query, columns: Columns) -> CostTable:
        return with_periods(self._read_as_asked(asked, columns), self.bill)

    def _read_as_asked(self, asked: query.Query, columns: Columns) -> CostTable:
        """Reads all pages; if Cost Explorer says that the data has changed, from the first one on once more."""
        starts = 0
        while True:
            starts += 1
            reader = TableReader(columns, metric=self.request.metric)
            try:
                for page in self.client.cost_and_usage(asked):
                    reader.add(page)
                    self.request_ids += filter(None, [page["ResponseMetadata"].get("RequestId")])
            except ServiceError as error:
                if error.code != _CHANGED:
                    raise
                if starts == _STARTS:
                    advice = f"its data changed {_STARTS} times while it was read; run again later"
                    raise error.with_hint(advice) from None
            else:
                self.account_names |= reader.account_names
                return reader.table()


@dataclass
class _Source(Tables):
    """Reads the tables of a report."""

    models_missing: str = ""
    tables: dict[Columns, CostTable] = field(default_factory=dict)
    tagged_elsewhere: CostTable | None = None
    usage_by_value: CostTable | None = None
    before_activation: CostTable | None = None
    failures: list[str] = field(default_factory=list)

    def data(self) -> CostData:
        """What was read so far."""
        return CostData(
            bill=self.bill,
            services=self.services,
            tables=self.tables,
            models_missing=self.models_missing,
            account_names=self.account_names,
            tagged_elsewhere=self.tagged_elsewhere,
            usage_by_value=self.usage_by_value,
            before_activation=self.before_activation,
            failures=tuple(self.failures),
        )

    def read(self, needed: Callable[..., Sequence[Columns]] = query.tables_needed) -> None:
        """Reads the bill and all tables that `needed` names, and those that these turn out to need."""
        self.read_bill()
        self.read_tables(needed)

    def read_tables(self, needed: Callable[..., Sequence[Columns]]) -> None:
        """Reads the tables that are not there yet; if AWS refuses models, those that do without."""
        try:
            for columns in needed(self.request, has_models=not self.models_missing):
                if columns not in self.tables:
                    self.tables[columns] = self.table(columns)
        except ModelsRefusedError as refused:
            self.drop_models(f"Cost Explorer refused to group by model ({refused.reason})", needed)
        self._add_tables_of_split_projects()

    def drop_models(self, reason: str, needed: Callable[..., Sequence[Columns]]) -> None:
        """Replaces the tables by model."""
        self.models_missing = reason
        self.tables = {columns: table for columns, table in self.tables.items() if MODEL not in columns}
        self.read_tables(needed)

    def read_explanations(self) -> None:
        """Reads what explains a difference from the bill: cost with the ownership tag under other service names."""
        if not has_cost_elsewhere(self.request, self.data()):
            return
        try:
            self.tagged_elsewhere = self.elsewhere()
        except ServiceError as error:
            self.failures.append(f"cost with the ownership tag under other service names is unknown: {error}")

    def read_before_activation(self, tag_keys: TagKeyAnswer) -> None:
        """Reads usage without the tag before its key was active, unless that is all or none."""
        key, columns = self.request.grouping.tag_key, (PROJECT, USAGE_TYPE)
        since, charges = tag_keys.active_since.get(key), self.charges(columns)
        if since is None or charges is None or not self.dates.start < since <= self.dates.end:
            return
        dates = DateRange(start=self.dates.start, end=since - timedelta(days=1))
        asked = query.table_query(self.request, columns, dates, services=self.services, charges=charges, absent=key)
        try:
            self.before_activation = self._read_as_asked(asked, columns)
        except ServiceError as error:
            self.failures.append(f"unallocated usage before the activation of {key} on {since} is unknown: {error}")

    def _add_tables_of_split_projects(self) -> None:
        """Adds the lines' own tables if a project has several of them in one period."""
        for columns in query.tables_of_split_projects(self.request, self.tables):
            self.tables[columns] = self.table(columns)
        by_value = query.usage_by_value_needed(self.request, self.tables)
        charges = self.charges((PROJECT, USAGE_TYPE))
        if by_value is not None and charges is not None:
            asked = query.table_query(self.request, by_value, self.dates, services=self.services, charges=charges)
            self.usage_by_value = self._read(asked, by_value)


class ModelsRefusedError(Exception):
    """Cost Explorer does not group by model for these dates or this account."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _empty() -> CostTable:
    return CostTable(periods=(), estimated=(), amounts={}, currency="")


def _fetch_previous(request: ReportRequest, source: _Source) -> CostData | None:
    """The prior period, with models on both sides or on none; if a request fails, the report has no comparison."""
    if request.previous is None:
        return None
    previous = _Source(request, source.client, request.previous, source.today, models_missing=source.models_missing)
    try:
        previous.read(query.previous_tables_needed)
        if previous.models_missing and not source.models_missing:
            source.drop_models(previous.models_missing, query.tables_needed)
    except ServiceError as error:
        source.failures.append(f"no comparison: {error}")
        return None
    return previous.data()


def _fetch_tag_keys(request: ReportRequest, data: CostData, open_billing: Callable[[], BillingClient]) -> TagKeyAnswer:
    keys = query.keys_to_look_up(request, data)
    if not keys:
        return TagKeyAnswer()
    try:
        billing = open_billing()
        states = billing.tag_keys()
    except ServiceError as error:
        # The requests are already billed, so the report is written without the explanation.
        return TagKeyAnswer(keys=keys, error=error)
    answer = TagKeyAnswer(keys=keys, statuses={key: state.status for key, state in states.items()})
    active = {key: states[key] for key in keys if key in states and states[key].status == "Active"}
    backfills: list[Backfill] = []
    if any(state.changed_on and state.changed_on > request.dates.start for state in active.values()):
        try:
            backfills = billing.backfills()
        except ServiceError as error:
            return replace(answer, since_error=error)
    since = {key: active_since(state, backfills) for key, state in active.items()}
    return replace(answer, active_since={key: day for key, day in since.items() if day is not None})


def _fetch_forecast(
    request: ReportRequest, services: Sequence[str], client: CostExplorerClient, *, today: date
) -> ForecastAnswer | ServiceError | None:
    if not (_wants_forecast(request, today=today) and services):
        return None
    try:
        return read_forecast(client.forecast(query.forecast_query(request, services, rest_of_month(today))))
    except ServiceError as error:
        # The requests are already billed, so the report is written without a forecast.
        return error


def _wants_forecast(request: ReportRequest, *, today: date) -> bool:
    """Whether the report gets a forecast: AWS documents none by tag, and one without some charges is another amount."""
    has_filters = bool(request.filters or request.excluded)
    is_forecast = request.metric in query.FORECAST_METRICS
    return is_forecast and not has_filters and covers_month_to_date(request.dates, today=today)
