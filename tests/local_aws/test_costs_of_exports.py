"""The analyst's month by both sources, Cost Explorer and a data export: the same tables, to the last decimal."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bedrock_projects import inventory as inventories
from bedrock_projects.aws.billing import BillingClient
from bedrock_projects.aws.cost_explorer import CostExplorerClient
from bedrock_projects.aws.credentials import BillingCredentials
from bedrock_projects.exports.fetch import read_cost_data
from bedrock_projects.exports.stores import Folder
from bedrock_projects.reports.charge_types import charge_type
from bedrock_projects.reports.cost_data import CHARGE_TYPE, Columns, CostData, CostTable, Group, Row
from bedrock_projects.reports.fetch import fetch_cost_data
from bedrock_projects.reports.periods import month_range, previous_dates
from bedrock_projects.reports.request import ReportRequest, parse_request
from local_aws.data_exports.definition import DataExport
from tests.local_aws.analysts_month import Month
from tests.local_aws.costs_cli import PAYER


@dataclass(frozen=True)
class Sources:
    """Both sources of one report."""

    cost_explorer: CostData
    export: CostData


def delivered(month: Month, folder: Path, **fields: Any) -> Folder:
    """A copy of what the export delivers now."""
    month.aws.export(DataExport(account=PAYER, destination=str(folder), **fields))
    return Folder(folder)


def request_of(month: Month, by: str, **options: Any) -> ReportRequest:
    dates = month_range(month.name, today=month.today)
    given: dict[str, Any] = {
        "filters": (),
        "previous": None,
        "granularity": "month",
        "cost": "billed",
        "exclude": (),
        "environments": (),
        "accounts": (),
    }
    if options.pop("compare", False):
        given["previous"] = previous_dates(dates)
    inventory = inventories.load(month.folder / "projects.yaml")
    return parse_request(inventory, by=by.split(","), dates=dates, **given | options)


def sources(month: Month, store: Folder, request: ReportRequest) -> Sources:
    """What both say of the report."""
    credentials = BillingCredentials()
    asked = fetch_cost_data(
        request,
        CostExplorerClient(credentials),
        open_billing=lambda: BillingClient(credentials),
        today=datetime.now(tz=timezone.utc).date(),
    )
    tag_keys = inventories.load(month.folder / "projects.yaml").tag_keys
    return Sources(asked, read_cost_data(request, store, tag_keys=tag_keys))


def comparable(columns: Columns, table: CostTable) -> Mapping[Group, Row]:
    """The amounts by the charge types of a report, because the sources spell AWS's differently."""
    sums: defaultdict[Group, list[Decimal | None]] = defaultdict(lambda: [None] * len(table.periods))
    for (one, other), row in table.amounts.items():
        group = (one, charge_type(other, service=one)) if columns[1] == CHARGE_TYPE else (one, other)
        for index, amount in enumerate(row):
            if amount is not None:
                sums[group][index] = (sums[group][index] or Decimal()) + amount
    return {group: tuple(row) for group, row in sums.items()}


REPORTS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "project": ("project", {}),
    "project, compared": ("project", {"compare": True}),
    "team": ("Team", {}),
    "team and model": ("Team,model", {}),
    "environment": ("environment", {}),
    "account": ("account", {}),
    "model": ("model", {}),
    "service": ("service", {}),
    "cost center and account": ("CostCenter,account", {}),
    "by day": ("Team", {"granularity": "day"}),
    "effective": ("project", {"cost": "effective"}),
    "without credits": ("Team", {"exclude": ["credits", "refunds"]}),
    "a filter": ("project", {"filters": ["Team=Search"]}),
    "without a tag": ("project", {"filters": ["Team="]}),
    "one account": ("Team", {"accounts": ["222222222222"]}),
}


@pytest.mark.parametrize("name", REPORTS)
def test_both_sources_give_the_same_tables(month: Month, tmp_path: Path, name: str) -> None:
    by, options = REPORTS[name]
    request = request_of(month, by, **options)
    both = sources(month, delivered(month, tmp_path), request)
    assert_same(both.cost_explorer, both.export)
    if request.previous:
        assert both.cost_explorer.previous
        assert both.export.previous
        assert_same(both.cost_explorer.previous, both.export.previous)


def assert_same(one: CostData, other: CostData) -> None:
    assert other.services == one.services
    assert other.account_names == one.account_names
    assert other.tables.keys() == one.tables.keys()
    assert one.tables
    for columns, table in one.tables.items():
        found = other.tables[columns]
        assert found.periods == table.periods, columns
        assert found.currency == table.currency, columns
        assert comparable(columns, found) == comparable(columns, table), columns
        assert found.quantities == table.quantities, columns
    assert comparable((CHARGE_TYPE, CHARGE_TYPE), other.bill) == comparable((CHARGE_TYPE, CHARGE_TYPE), one.bill)
