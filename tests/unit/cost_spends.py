"""Invented lines of a bill, what Cost Explorer would answer of them table by table, and reports made from that.

The lines are the truth that a test compares a report with: they have all columns together, which no table has.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

from bedrock_projects.model import Environment, Inventory, Project, TagKey
from bedrock_projects.reports import query
from bedrock_projects.reports.charge_types import charge_type
from bedrock_projects.reports.cost_data import (
    CHARGE_TYPE,
    MODEL,
    PROJECT,
    SERVICE,
    USAGE_TYPE,
    Column,
    Columns,
    CostData,
    CostTable,
    Quantity,
)
from bedrock_projects.reports.model import DateRange, Granularity, Report
from bedrock_projects.reports.periods import comparison_dates, last_of_month
from bedrock_projects.reports.report import build_report
from bedrock_projects.reports.request import ReportRequest, parse_request

NOW = datetime(2026, 12, 15, 12, tzinfo=timezone.utc)
OWN, NEWER = "Amazon Bedrock", "Amazon Bedrock Service"
CLAUDE = "Claude X (Amazon Bedrock Edition)"
MANTLE = "USE1-openai.gpt-5.5-mantle-input-tokens-standard"
RUNTIME = "USE1-Nova2.0Lite-input-tokens"
MARKETPLACE = "USE1-MP:USE1_input_tokens_standard-Units"
DEV, PROD = "111111111111", "222222222222"
NOVEMBER = date(2026, 11, 1)


@dataclass(frozen=True, kw_only=True)
class Spend:
    """A line of the bill: an amount of one charge type with everything that is known of it, in one month or day.

    `project` is the value of the ownership tag, `team` that of Team; both are empty for a line without the tag.
    """

    amount: str
    project: str = ""
    team: str = ""
    service: str = OWN
    usage_type: str = MANTLE
    model: str = "GPT-5.5"
    account: str = PROD
    charge: str = "Usage"
    start: date = NOVEMBER
    quantity: str = "0"
    unit: str = "1K tokens"

    def value(self, column: Column) -> str:
        """What a table has of it in a column."""
        values = {
            PROJECT: self.project,
            SERVICE: self.service,
            MODEL: self.model,
            CHARGE_TYPE: self.charge,
            USAGE_TYPE: self.usage_type,
            Column("account"): self.account,
            Column("tag", "Team"): self.team,
        }
        return values.get(column, "")


def project(key: str, *, environment: str = "prod", **fields: Any) -> Project:
    """An entry of the inventory `acme`."""
    owner = f"acme/{environment}/{key}"
    return Project(key=key, name=key.title(), environment=environment, owner=owner, location="p:1:1", **fields)


def inventory(*projects: Project, accounts: Mapping[str, str | None] | None = None, **team: Any) -> Inventory:
    """The inventory `acme`, without accounts or with environments in these; `team` are fields of the tag key Team."""
    declared = accounts or {"dev": None, "prod": None}
    environments = {name: Environment(name=name, account=account) for name, account in declared.items()}
    tag_keys = {"App": TagKey(key="App"), "Env": TagKey(key="Env"), "Team": TagKey(key="Team", **team)}
    return Inventory(name="acme", environments=environments, tag_keys=tag_keys, projects=projects)


def make_request(
    *by: str,
    filters: Iterable[str] = (),
    start: str = "2026-11-01",
    end: str = "2026-11-30",
    compare: str | None = None,
    granularity: Granularity = "month",
    contents: Inventory | None = None,
    **options: Any,
) -> ReportRequest:
    """A request in the middle of December 2026, by default for November by Team."""
    dates = DateRange(start=date.fromisoformat(start), end=date.fromisoformat(end))
    today = NOW.date()
    previous = comparison_dates(compare, dates, granularity=granularity, today=today) if compare else None
    given = {"cost": "billed", "exclude": (), "environments": (), "accounts": ()} | options
    usage = bool(given.pop("usage", False))
    request = parse_request(
        contents or inventory(),
        by=by or ["Team"],
        filters=list(filters),
        dates=dates,
        previous=previous,
        granularity=granularity,
        **given,
    )
    return replace(request, usage=usage)


def periods_of(request: ReportRequest, dates: DateRange) -> tuple[DateRange, ...]:
    """The periods of an answer for these dates."""
    periods, start = [], dates.start
    while start <= dates.end:
        end = start if request.granularity == "day" else min(last_of_month(start), dates.end)
        periods.append(DateRange(start=start, end=end))
        start = date.fromordinal(end.toordinal() + 1)
    return tuple(periods)


def table_of(
    spends: Iterable[Spend], columns: Sequence[Column], periods: Sequence[DateRange], *, estimated: bool = False
) -> CostTable:
    """The lines by two columns, as a source gives them."""
    amounts: defaultdict[tuple[str, ...], list[Decimal | None]] = defaultdict(lambda: [None] * len(periods))
    quantities: defaultdict[tuple[str, ...], list[Quantity | None]] = defaultdict(lambda: [None] * len(periods))
    for spend in spends:
        group = tuple(spend.value(column) for column in columns)
        for index, dates in enumerate(periods):
            if dates.start <= spend.start <= dates.end:
                amounts[group][index] = (amounts[group][index] or Decimal()) + Decimal(spend.amount)
                known = quantities[group][index]
                quantity = Quantity(Decimal(spend.quantity), spend.unit)
                quantities[group][index] = Quantity(known.amount + quantity.amount, known.unit) if known else quantity
    return CostTable(
        periods=tuple(periods),
        estimated=(estimated,) * len(periods),
        amounts={group: tuple(row) for group, row in amounts.items()},
        currency="USD" if amounts else "",
        quantities={group: tuple(row) for group, row in quantities.items()} if USAGE_TYPE in columns else {},
    )


def data_of(request: ReportRequest, spends: Sequence[Spend], *, has_models: bool = True, **more: Any) -> CostData:
    """All tables that the request needs of these lines, as Cost Explorer would answer."""
    missing = "" if has_models else "AWS names models from 2026-09-01 on"
    tables = query.tables_needed(request, has_models=has_models)
    data = replace(_data(request, spends, request.dates, tables), models_missing=missing)
    if request.previous:
        tables = query.previous_tables_needed(request, has_models=has_models)
        previous = replace(_data(request, spends, request.previous, tables), models_missing=missing)
        data = replace(data, previous=previous)
    return replace(data, **more)


def make_report(
    request: ReportRequest, spends: Sequence[Spend], *, contents: Inventory | None = None, **more: Any
) -> Report:
    """The report of these lines."""
    return build_report(request, data_of(request, spends, **more), contents or inventory(), now=NOW)


def _data(request: ReportRequest, spends: Sequence[Spend], dates: DateRange, wanted: Sequence[Columns]) -> CostData:
    periods = periods_of(request, dates)
    bill = [spend for spend in spends if not request.accounts or spend.account in request.accounts]
    bedrock = [spend for spend in bill if "Bedrock" in spend.service or spend.project]
    kept = [spend for spend in bedrock if charge_type(spend.charge) not in request.excluded]
    usage = [spend for spend in bedrock if charge_type(spend.charge) == "usage"]

    def table(columns: Columns) -> CostTable:
        is_usage = USAGE_TYPE in columns or (MODEL in columns and request.grouping.kind != "model")
        return table_of(usage if is_usage else kept, columns, periods)

    tables = {columns: table(columns) for columns in wanted}
    own = query.column_of(request.grouping)
    usage_by_value = None
    if own.kind == "tag" and _is_split(kept):
        tables[own, CHARGE_TYPE] = table((own, CHARGE_TYPE))
        usage_by_value = table_of(usage, (PROJECT, own), periods)
        if request.usage:
            tables[own, USAGE_TYPE] = table((own, USAGE_TYPE))
    elsewhere = [spend for spend in bedrock if "Bedrock" not in spend.service]
    return CostData(
        bill=table_of(bill, (SERVICE, CHARGE_TYPE), periods),
        services=tuple(sorted({spend.service for spend in bill if "Bedrock" in spend.service})),
        tables=tables,
        usage_by_value=usage_by_value,
        tagged_elsewhere=table_of(elsewhere, (SERVICE, CHARGE_TYPE), periods) if elsewhere else None,
    )


def _is_split(spends: Sequence[Spend]) -> bool:
    """Whether a project has several teams in one month."""
    teams: defaultdict[tuple[str, date], set[str]] = defaultdict(set)
    for spend in spends:
        teams[spend.project, spend.start].add(spend.team)
    return any(len(each) > 1 for each in teams.values())
