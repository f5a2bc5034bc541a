"""The rows of a month from tables of two columns, and Bedrock's part of the bill."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.chargeback.costs import CostRow
from bedrock_projects.chargeback.source.parts import bill_parts
from bedrock_projects.chargeback.source.reading import cost_rows
from bedrock_projects.chargeback.source.rows import ProjectTables, Questions
from bedrock_projects.chargeback.splitting import exact_sum
from bedrock_projects.reports.charge_types import charge_type
from bedrock_projects.reports.cost_data import CostTable, Group, Row
from bedrock_projects.reports.model import DateRange
from tests.unit.chargeback_cases import OCTOBER

Line = tuple[str, str, str, Decimal]
"""A value as billed, an owner, a charge type of AWS and an amount."""
MONTH = DateRange(start=OCTOBER, end=OCTOBER.replace(day=31))
DISCOUNT, COVERED = "Enterprise Discount Program Discount", "SavingsPlanCoveredUsage"
RENAMED = {"Procurement": "Sourcing"}
AMOUNTS = st.decimals(min_value=-50, max_value=500, places=4)
LINES = st.lists(
    st.tuples(
        st.sampled_from(["", "Search", "Shop", "Sourcing", "Procurement"]),
        st.sampled_from(["", "acme/prod/a", "acme/prod/b", "acme/prod/c", "acme/prod/d"]),
        st.sampled_from(["Usage", COVERED, DISCOUNT, "Credit", "To Come"]),
        AMOUNTS,
    ),
    max_size=25,
)


def line(value: str, owner: str, kind: str, amount: str) -> Line:
    return value, owner, kind, Decimal(amount)


def current(value: str) -> str:
    return RENAMED.get(value, value)


def table(lines: Sequence[Line], one: int, other: int) -> CostTable:
    """What Cost Explorer answers by two columns; a group whose lines add up to 0 is there too."""
    sums: defaultdict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for each in lines:
        sums[str(each[one]), str(each[other])].append(each[3])
    amounts: dict[Group, Row] = {group: (exact_sum(parts),) for group, parts in sums.items()}
    return CostTable(periods=(MONTH,), estimated=(False,), amounts=amounts, currency="USD")


def read(lines: Sequence[Line]) -> tuple[tuple[CostRow, ...], Questions]:
    """The rows by tables of two columns alone, and what had to be asked for them."""
    tables = ProjectTables(table(lines, 1, 2), table(lines, 1, 0), line=current)
    questions = tables.questions()
    by_owner = {owner: table([each for each in lines if each[1] == owner], 0, 2) for owner in questions.owners}
    by_value = {
        value: table([each for each in lines if each[0] in tables.billed_values(value)], 1, 2)
        for value in questions.values
    }
    return cost_rows([*tables.implied(), *tables.asked(by_owner, by_value)]), questions


def rows_by_hand(lines: Sequence[Line]) -> tuple[CostRow, ...]:
    return cost_rows((current(value), owner, charge_type(kind), amount) for value, owner, kind, amount in lines)


@given(LINES)
def test_tables_of_two_columns_give_the_rows_of_all_lines(lines: list[Line]) -> None:
    rows, _ = read(lines)
    assert rows == rows_by_hand(lines)
    assert exact_sum(row.amount for row in rows) == exact_sum(amount for *_, amount in lines)


@given(LINES)
def test_no_more_is_asked_than_one_question_for_each_split_project(lines: list[Line]) -> None:
    values: defaultdict[str, set[str]] = defaultdict(set)
    kinds: defaultdict[str, set[str]] = defaultdict(set)
    for value, owner, kind, _ in lines:
        values[owner].add(current(value))
        kinds[owner].add(charge_type(kind))
    split = [owner for owner in values if len(values[owner]) > 1 and len(kinds[owner]) > 1]
    _, questions = read(lines)
    assert len(questions.owners) + len(questions.values) <= len(split)
    assert bool(questions.owners or questions.values) == bool(split)


def moved(*numbers: int) -> list[Line]:
    """Projects that went from Search to Shop, with a discount on both sides."""
    return [
        line(value, f"acme/prod/p{number}", kind, amount)
        for number in numbers
        for value, kind, amount in (("Search", "Usage", "10"), ("Shop", "Usage", "7"), ("Shop", DISCOUNT, "-1"))
    ]


ASKED: Mapping[str, tuple[list[Line], Questions]] = {
    "one value each": (
        [line("Search", "acme/prod/a", "Usage", "10"), line("Search", "acme/prod/a", DISCOUNT, "-1")],
        Questions(),
    ),
    "one charge type": (
        [line("Search", "acme/prod/a", "Usage", "10"), line("Shop", "acme/prod/a", COVERED, "5")],
        Questions(),
    ),
    "a new name": (
        [line("Procurement", "acme/prod/a", "Usage", "10"), line("Sourcing", "acme/prod/a", DISCOUNT, "-1")],
        Questions(),
    ),
    "usage without a project": (
        [line("Search", "", "Usage", "10"), line("", "", "Usage", "5"), line("", "", "Credit", "-2")],
        Questions(owners=("",)),
    ),
    "a project of two teams": (moved(1), Questions(owners=("acme/prod/p1",))),
    "ten projects of the same two teams": (moved(*range(10)), Questions(values=("Shop",))),
}


@pytest.mark.parametrize("name", ASKED)
def test_what_is_asked_for_split_projects(name: str) -> None:
    lines, expected = ASKED[name]
    rows, questions = read(lines)
    assert questions == expected
    assert rows == rows_by_hand(lines)


def test_what_adds_up_to_nothing_is_not_a_row() -> None:
    lines = [line("Search", "acme/prod/a", "Usage", "10"), line("Search", "acme/prod/a", "Usage", "-10")]
    assert read(lines)[0] == ()


def bill(**amounts: str) -> CostTable:
    """A bill by service and charge type; the names of the arguments are those of `SERVICES`."""
    named: dict[Group, Row] = {SERVICES[name]: (Decimal(amount),) for name, amount in amounts.items()}
    return CostTable(periods=(MONTH,), estimated=(False,), amounts=named, currency="USD")


SERVICES: Mapping[str, tuple[str, str]] = {
    "bedrock": ("Amazon Bedrock", "Usage"),
    "credit": ("Amazon Bedrock", "Credit"),
    "ec2": ("Amazon EC2", "Usage"),
    "tax": ("Tax", "Tax"),
    "tax_of_bedrock": ("Amazon Bedrock", "Tax"),
    "tax_of_ec2": ("Amazon EC2", "Tax"),
    "support": ("AWS Support (Business)", "Usage"),
}


def parts_of(**amounts: str) -> tuple[Decimal, ...]:
    """Bedrock, the rest, and Bedrock's tax and support."""
    parts = bill_parts(bill(**amounts), services=["Amazon Bedrock"], elsewhere=None)
    return parts.bedrock, parts.rest, parts.bedrock_part("tax"), parts.bedrock_part("support")


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ({"bedrock": "30", "ec2": "70", "tax": "20", "support": "10"}, (30, 100, 6, 3)),
        ({"bedrock": "30", "credit": "-10", "ec2": "80", "tax": "20"}, (20, 100, 4, 0)),
        ({"bedrock": "30", "ec2": "70", "tax_of_bedrock": "5", "tax_of_ec2": "9"}, (30, 84, 5, 0)),
        ({"bedrock": "30", "ec2": "70", "tax_of_bedrock": "5", "tax": "10"}, (30, 85, 8, 0)),
        ({"bedrock": "-5", "ec2": "70", "tax": "20"}, (-5, 90, 0, 0)),
        ({"bedrock": "30", "ec2": "-70", "tax": "20", "support": "4"}, (30, -46, 20, 4)),
        ({"ec2": "0", "tax": "20"}, (0, 20, 0, 0)),
        ({"bedrock": "30", "ec2": "60", "tax": "-9"}, (30, 51, -3, 0)),
    ],
)
def test_bedrocks_part_of_tax_and_support(amounts: dict[str, str], expected: tuple[int, ...]) -> None:
    assert parts_of(**amounts) == expected


@given(st.fixed_dictionaries({}, optional={name: AMOUNTS.map(str) for name in SERVICES}))
def test_bedrock_and_the_rest_are_the_bill(amounts: dict[str, str]) -> None:
    bedrock, rest, *_ = parts_of(**amounts)
    assert exact_sum([bedrock, rest]) == exact_sum(map(Decimal, amounts.values()))


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_the_parts_of_a_tax_add_up_to_it(bedrock: Decimal, others: Decimal, tax: Decimal) -> None:
    """That of Bedrock and that of everything else, each as if it were asked for."""
    one = parts_of(bedrock=str(bedrock), ec2=str(others), tax=str(tax))[2]
    other = parts_of(bedrock=str(others), ec2=str(bedrock), tax=str(tax))[2]
    if bedrock > 0 or others > 0:
        assert abs(exact_sum([one, other, -tax])) <= Decimal("1e-18")


def test_cost_of_projects_under_other_services_is_bedrocks() -> None:
    elsewhere = bill(ec2="12")
    parts = bill_parts(bill(bedrock="30", ec2="70", support="10"), services=["Amazon Bedrock"], elsewhere=elsewhere)
    assert (parts.bedrock, parts.rest) == (Decimal(42), Decimal(68))
    assert parts.bedrock_part("support") == Decimal("4.2")
