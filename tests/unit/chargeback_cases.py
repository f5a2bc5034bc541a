"""Made-up months of a chargeback."""

from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

from bedrock_projects.chargeback.costs import CostRow, MonthCosts, MonthInvoice
from bedrock_projects.chargeback.month_file import MonthFile, Source
from bedrock_projects.chargeback.months import Months, with_statements
from bedrock_projects.chargeback.rules import Central, Chargeback, SharedCost, Split
from bedrock_projects.chargeback.splitting import exact_sum

OCTOBER = date(2026, 10, 1)
CENTRAL = Central(name="Platform", cost_center="CC-0001")
SEARCH, SHOP, GATEWAY = "acme/prod/search", "acme/prod/shop", "acme/prod/gateway"
INVOICE = MonthInvoice(id="EUINUS26-1", amount=Decimal("47.00"))


def row(amount: str, *, value: str = "Search", owner: str = SEARCH, charge_type: Any = "usage") -> CostRow:
    return CostRow(value=value, owner=owner, charge_type=charge_type, amount=Decimal(amount))


def untagged(amount: str, charge_type: Any = "usage") -> CostRow:
    return row(amount, value="", owner="", charge_type=charge_type)


def shop(amount: str, charge_type: Any = "usage") -> CostRow:
    return row(amount, value="Shop", owner=SHOP, charge_type=charge_type)


def month(*rows: CostRow, currency: str = "USD", **fields: Any) -> MonthCosts:
    """The costs of October unless `month` says another; 7.00 of the bill are of other services."""
    bedrock = exact_sum(each.amount for each in rows)
    known = {"month": OCTOBER, "currency": currency, "bedrock": bedrock, "rest": Decimal(7), "rows": rows}
    return MonthCosts(**known | {"bill": exact_sum([bedrock, Decimal(7)])} | fields)


def rules(**fields: Any) -> Chargeback:
    return Chargeback(**{"by": "Team", "central": CENTRAL} | fields)


MADE_AT = datetime(2026, 11, 9, 4, 12, tzinfo=timezone.utc)
GIVEN_RULES = rules(
    credits="proportional",
    shared=(SharedCost(name="gateway", projects=("gateway",), split=Split(method="proportional")),),
)


def closed(of: str, costs: MonthCosts, months: Months, **fields: Any) -> MonthFile:
    """The month with these costs, which books what no month has booked yet."""
    known: dict[str, Any] = {
        "kind": "closed",
        "inventory": "acme",
        "month": of,
        "made_at": MADE_AT,
        "commit": "0" * 40,
        "previous": months.last_digest,
        "source": Source(kind="export", name="acme-cur2", versions=("etag",)),
        "costs": costs,
        "rules": GIVEN_RULES,
        "rule_of": {GATEWAY: "gateway"},
        "books": months.to_book(),
    }
    return with_statements(MonthFile(**known | fields))
