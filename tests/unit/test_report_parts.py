"""The parts of a line and its charges by period add up to it, with any combination in the tables of a source."""

from collections.abc import Mapping
from datetime import date, datetime, timezone
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.model import Environment, Inventory, Project, TagKey
from bedrock_projects.reports.charge_types import CHARGE_TYPES
from bedrock_projects.reports.cost_data import (
    ACCOUNT,
    CHARGE_TYPE,
    MODEL,
    PROJECT,
    USAGE_TYPE,
    Column,
    Columns,
    CostData,
    CostTable,
    Group,
)
from bedrock_projects.reports.model import DateRange, Grouping, Report
from bedrock_projects.reports.report import NOT_SPLIT, build_report
from bedrock_projects.reports.request import ReportRequest

PERIODS = (
    DateRange(start=date(2026, 9, 1), end=date(2026, 9, 30)),
    DateRange(start=date(2026, 10, 1), end=date(2026, 10, 31)),
)
OWNER = "acme/prod/chat"
TEAM = Grouping(kind="tag", tag_key="Team")
NAMES = ("Usage", "Fee", "Credit", "Refund", "Bundled Discount", "Odd")
CENTS = st.decimals("-100", "100", places=10)


def table(groups: Mapping[Group, tuple[str, ...]]) -> CostTable:
    """Amounts of the two months."""
    amounts = {group: tuple(map(Decimal, row)) for group, row in groups.items()}
    return CostTable(periods=PERIODS, estimated=(False, False), amounts=amounts, currency="USD")


def built(second: Grouping | None, charges: Mapping[str, tuple[str, str]], **parts: tuple[str, str]) -> Report:
    """A report by team of one project with these charges, and the second grouping's parts of it."""
    project = Project(key="chat", name="Chat", environment="prod", owner=OWNER, location="p:1:1", tags={"Team": "a"})
    inventory = Inventory(
        name="acme",
        environments={"prod": Environment(name="prod", account="222222222222")},
        tag_keys={"Team": TagKey(key="Team")},
        projects=(project,),
    )
    request = ReportRequest(
        groupings=(TEAM, *([second] if second else [])),
        dates=DateRange(start=PERIODS[0].start, end=PERIODS[1].end),
        granularity="month",
        ownership_tag_key="bedrock-project",
    )
    team = Column("tag", "Team")
    whole = ("1", "1")
    tables: dict[Columns, CostTable] = {
        (PROJECT, CHARGE_TYPE): table({(OWNER, name): row for name, row in charges.items()}),
        (PROJECT, team): table({(OWNER, "a"): whole}),
        (PROJECT, USAGE_TYPE): table({}),
        (PROJECT, MODEL): table({}),
        (ACCOUNT, PROJECT): table({("222222222222", OWNER): whole}),
    }
    if second and second.kind == "model":
        tables[team, MODEL] = table({("a", model): row for model, row in parts.items()})
    bill = table({("Amazon Bedrock", "Usage"): whole})
    data = CostData(bill=bill, services=("Amazon Bedrock",), tables=tables)
    return build_report(request, data, inventory, now=datetime(2026, 11, 25, tzinfo=timezone.utc))


@given(st.dictionaries(st.sampled_from(NAMES), st.tuples(CENTS, CENTS), min_size=1))
def test_charges_by_period_add_up_both_ways(drawn: dict[str, tuple[Decimal, Decimal]]) -> None:
    report = built(None, {name: (f"{one:f}", f"{two:f}") for name, (one, two) in drawn.items()})
    for line in (*report.lines, report.total):
        assert tuple(sum(charges.values(), Decimal()) for charges in line.charges_by_period) == line.amounts
        for kind in CHARGE_TYPES:
            both = sum((charges.get(kind, Decimal()) for charges in line.charges_by_period), Decimal())
            assert both == line.charges.get(kind, Decimal())


@given(CENTS, CENTS, CENTS)
def test_parts_add_up_to_their_line(whole: Decimal, one: Decimal, two: Decimal) -> None:
    """AWS has models of Bedrock's own services alone."""
    report = built(
        Grouping(kind="model"), {"Usage": (f"{whole:f}", "0")}, gpt=(f"{one:f}", "0"), claude=("0", f"{two:f}")
    )
    (line,) = [line for line in report.lines if line.value == "a"]
    assert not line.parts or sum((part.total for part in line.parts), Decimal()) == line.total
    is_split = whole == one + two or not (one or two)
    assert [part.label for part in line.parts if part.label == NOT_SPLIT] == [NOT_SPLIT] * (not is_split)


def test_a_part_that_is_a_project_has_its_account_and_tags() -> None:
    report = built(Grouping(kind="project", tag_key="bedrock-project"), {"Usage": ("1", "1")})
    (line,) = [line for line in report.lines if line.value == "a"]
    (part,) = line.parts
    assert part.project is not None
    assert (part.project.account, part.project.tags) == ("222222222222", {"Team": "a"})
