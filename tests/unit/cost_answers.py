"""Cost Explorer's answers as dicts, and reports made from them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from bedrock_projects.model import Environment, Inventory, Project, TagKey
from bedrock_projects.reports.answers import Answers, CostTable, read_pages
from bedrock_projects.reports.model import Account, Granularity, Report
from bedrock_projects.reports.report import build_report
from bedrock_projects.reports.request import ReportRequest, parse_filter, parse_request

METRIC = "UnblendedCost"
NOW = datetime(2026, 4, 15, 12, tzinfo=timezone.utc)
ACCOUNTS = (Account(id="111111111111", name="Shop"), Account(id="222222222222"))
OWN = "Amazon Bedrock"
CLAUDE = "Claude X (Amazon Bedrock Edition)"
Groups = Mapping[Any, str]
"""The keys of each group, a tuple of texts, and its amount."""


def project(key: str, *, environment: str = "prod", **fields: Any) -> Project:
    """An entry of the inventory `acme`."""
    owner = f"acme/{environment}/{key}"
    return Project(key=key, name=key.title(), environment=environment, owner=owner, location="p:1:1", **fields)


def inventory(*projects: Project, accounts: Mapping[str, str | None] | None = None) -> Inventory:
    """The inventory `acme` with environments in these accounts."""
    declared = accounts or {"dev": "111111111111", "prod": "222222222222"}
    environments = {name: Environment(name=name, account=account) for name, account in declared.items()}
    tag_keys = {key: TagKey(key=key) for key in ("App", "Env", "Team")}
    return Inventory(name="acme", environments=environments, tag_keys=tag_keys, projects=projects)


def result(month: str, groups: Groups, *, estimated: bool = False, unit: str = "USD") -> dict[str, Any]:
    """A month, or a day, of an answer."""
    start = date.fromisoformat(f"{month}-01" if len(month) == 7 else month)
    end = (start + timedelta(days=31)).replace(day=1) if len(month) == 7 else start + timedelta(days=1)
    return {
        "TimePeriod": {"Start": start.isoformat(), "End": end.isoformat()},
        "Total": {},
        "Groups": [
            {"Keys": list(keys), "Metrics": {METRIC: {"Amount": amount, "Unit": unit}}}
            for keys, amount in groups.items()
        ],
        "Estimated": estimated,
    }


def page(*results: Mapping[str, Any]) -> dict[str, Any]:
    """A page of an answer."""
    return {"ResultsByTime": list(results), "DimensionValueAttributes": []}


def cost_table(*results: Mapping[str, Any], by_tag: bool = True) -> CostTable:
    """The amounts of an answer of one page."""
    return read_pages([page(*results)], metric=METRIC, by_tag=by_tag)


def make_request(
    by: str = "Team",
    *,
    filters: Iterable[str] = (),
    start: str = "2026-03-01",
    end: str = "2026-03-31",
    compare: bool = False,
    granularity: Granularity = "month",
    environment: str | None = None,
    contents: Inventory | None = None,
) -> ReportRequest:
    """A request in the middle of April 2026, by default for March."""
    return parse_request(
        contents or inventory(),
        by=by,
        filters=[parse_filter(text, contents or inventory()) for text in filters],
        start=date.fromisoformat(start),
        end=date.fromisoformat(end),
        granularity=granularity,
        metric="unblended",
        compare=compare,
        environment=environment,
        today=NOW.date(),
    )


def make_report(
    request: ReportRequest,
    costs: CostTable,
    *,
    contents: Inventory | None = None,
    accounts: Sequence[Account] = ACCOUNTS,
    services: Sequence[str] = (OWN, CLAUDE),
    **more: Any,
) -> Report:
    """The report from these answers to a request."""
    answers = Answers(
        services=tuple(services),
        accounts=tuple(accounts),
        costs=costs,
        paid_requests=4,
        price=Decimal("0.04"),
        **more,
    )
    return build_report(request, answers, contents or inventory(), now=NOW)
