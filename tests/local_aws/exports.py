"""A report by both sources, Cost Explorer and a data export of the local AWS, and what they have in common."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

from bedrock_projects import inventory as inventories
from bedrock_projects.aws.billing import BillingClient
from bedrock_projects.aws.cost_explorer import CostExplorerClient
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.exports.fetch import read_cost_data
from bedrock_projects.exports.stores import Store
from bedrock_projects.reports.charge_types import charge_type
from bedrock_projects.reports.cost_data import CHARGE_TYPE, SERVICE, Columns, CostData, CostTable, Group, Row
from bedrock_projects.reports.fetch import fetch_cost_data
from bedrock_projects.reports.periods import month_range, previous_dates
from bedrock_projects.reports.request import ReportRequest, parse_request
from local_aws import LocalAws
from local_aws.data_exports.definition import DataExport
from tests.local_aws.costs_cli import PAYER

BILL = (SERVICE, CHARGE_TYPE)


def declare(folder: Path, *exports: str) -> None:
    """Adds exports to the inventory in the folder."""
    file = folder / "projects.yaml"
    file.write_text("\n  ".join([f"{file.read_text()}\nexports:", *exports, ""]))


def deliver(aws: LocalAws, destination: str, **fields: Any) -> list[str]:
    """Refreshes the export of the management account; gives its manifests."""
    return aws.export(DataExport(account=PAYER, destination=destination, **fields))


@dataclass(frozen=True)
class Sources:
    """Both sources of one report."""

    cost_explorer: CostData
    export: CostData


def request_of(folder: Path, by: str, *, compare: bool = False, **options: Any) -> ReportRequest:
    """A report of the month before the machine's own today."""
    today = datetime.now(tz=timezone.utc).date()
    dates = month_range("last-month", today=today)
    given: dict[str, Any] = {
        "filters": (),
        "previous": previous_dates(dates) if compare else None,
        "granularity": "month",
        "cost": "billed",
        "exclude": (),
        "environments": (),
        "accounts": (),
        "usage": True,
    }
    inventory = inventories.load(folder / "projects.yaml")
    return parse_request(inventory, by=by.split(","), dates=dates, **given | options)


def by_both(folder: Path, store: Store, request: ReportRequest) -> Sources:
    """What both say of the report."""
    return Sources(asked(request), exported(folder, store, request))


def asked(request: ReportRequest) -> CostData:
    """What Cost Explorer says."""
    credentials = Credentials()
    return fetch_cost_data(
        request,
        CostExplorerClient(credentials),
        open_billing=lambda: BillingClient(credentials),
        today=datetime.now(tz=timezone.utc).date(),
    )


def exported(folder: Path, store: Store, request: ReportRequest) -> CostData:
    """What the export says."""
    return read_cost_data(request, store, tag_keys=inventories.load(folder / "projects.yaml").tag_keys)


def comparable(columns: Columns, table: CostTable) -> Mapping[Group, Row]:
    """The amounts by the charge types of a report, because the sources spell AWS's differently."""
    sums: defaultdict[Group, list[Decimal | None]] = defaultdict(lambda: [None] * len(table.periods))
    for (one, other), row in table.amounts.items():
        group = (one, charge_type(other, service=one)) if columns[1] == CHARGE_TYPE else (one, other)
        for index, amount in enumerate(row):
            if amount is not None:
                sums[group][index] = (sums[group][index] or Decimal()) + amount
    return {group: tuple(row) for group, row in sums.items()}


def assert_same(one: CostData, other: CostData) -> None:
    """All that both can say is equal, to the last decimal."""
    assert other.services == one.services
    assert other.account_names == one.account_names
    assert other.tables.keys() == one.tables.keys()
    assert (other.usage_by_value is None) == (one.usage_by_value is None)
    if other.usage_by_value and one.usage_by_value:
        assert other.usage_by_value.amounts == one.usage_by_value.amounts
    assert one.tables
    for columns, table in one.tables.items():
        found = other.tables[columns]
        assert found.periods == table.periods, columns
        assert found.currency == table.currency, columns
        assert comparable(columns, found) == comparable(columns, table), columns
        assert found.quantities == table.quantities, columns
    assert comparable(BILL, other.bill) == comparable(BILL, one.bill)
