"""Pages become one exact table, however the groups are spread over them; shares and model names come out right."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.aws.models import Backfill, TagKeyState, active_since
from bedrock_projects.errors import SettingsError
from bedrock_projects.reports.answers import QUANTITY, TableReader, read_forecast, read_pages
from bedrock_projects.reports.cost_data import (
    ACCOUNT,
    CHARGE_TYPE,
    MODEL,
    PROJECT,
    SERVICE,
    USAGE_TYPE,
    Column,
    ForecastAnswer,
    Quantity,
    find_table,
    transposed,
    with_periods,
)
from bedrock_projects.reports.percentages import percent_change, shares
from bedrock_projects.reports.usage_types import model_name
from tests.unit.cost_answers import CLAUDE, METRIC, OWN, TEAM, cost_table, page, result

MARCH, APRIL = "2026-03", "2026-04"
PAIR = (TEAM, SERVICE)
_AMOUNTS = st.decimals(min_value=-1000, max_value=100_000, places=10)


def test_a_period_goes_on_over_pages() -> None:
    pages = [
        page(result(MARCH, {("t$a", OWN): "1"})),
        page(result(MARCH, {("t$b", OWN): "2"}), result(APRIL, {("t$a", OWN): "3"})),
    ]
    table = read_pages(pages, PAIR, metric=METRIC)
    assert table.amounts == {("a", OWN): (Decimal(1), Decimal(3)), ("b", OWN): (Decimal(2), None)}
    assert [period.start.isoformat() for period in table.periods] == ["2026-03-01", "2026-04-01"]
    assert [period.end.isoformat() for period in table.periods] == ["2026-03-31", "2026-04-30"]
    assert table.total == 6


def test_a_group_that_comes_twice_adds_up_without_rounding() -> None:
    pages = [page(result(MARCH, {("t$a", OWN): "0.1"})), page(result(MARCH, {("t$a", OWN): "0.2000000001"}))]
    assert read_pages(pages, PAIR, metric=METRIC).amounts == {("a", OWN): (Decimal("0.3000000001"),)}


@pytest.mark.parametrize("marks", [(True, False), (False, True)])
def test_a_period_is_estimated_if_any_page_says_so(marks: tuple[bool, bool]) -> None:
    pages = [page(result(MARCH, {}, estimated=mark), result(APRIL, {})) for mark in marks]
    assert read_pages(pages, PAIR, metric=METRIC).estimated == (True, False)


def test_periods_come_in_order_with_any_order_of_the_pages() -> None:
    pages = [page(result(APRIL, {("t$a", "x"): "1"})), page(result(MARCH, {("t$a", "x"): "2"}))]
    assert read_pages(pages, PAIR, metric=METRIC).amounts == {("a", "x"): (Decimal(2), Decimal(1))}


def test_nothing_behind_an_amount_is_not_a_currency() -> None:
    nothing = result(MARCH, {("t$", OWN): "0"}, unit="N/A")
    assert cost_table(nothing).currency == ""
    assert cost_table(nothing, result(APRIL, {("t$a", OWN): "1"})).currency == "USD"


def test_two_currencies_do_not_add_up() -> None:
    with pytest.raises(SettingsError, match="CNY, USD"):
        cost_table(result(MARCH, {("t$a", OWN): "1"}), result(APRIL, {("t$a", OWN): "1"}, unit="CNY"))


@pytest.mark.parametrize(
    ("column", "key", "value"),
    [
        (TEAM, "team$", ""),
        (TEAM, "team$a", "a"),
        (TEAM, "team$a$b", "a$b"),
        (TEAM, "team$$", "$"),
        (PROJECT, "a:b/c$acme/prod/x", "acme/prod/x"),
        (MODEL, "model$Claude Sonnet 5", "Claude Sonnet 5"),
        (MODEL, "model$", ""),
        (SERVICE, "A $ervice", "A $ervice"),
        (ACCOUNT, "111111111111", "111111111111"),
    ],
)
def test_a_value_of_a_tag_or_an_attribute_is_what_follows_the_first_dollar_sign(
    column: Column, key: str, value: str
) -> None:
    table = cost_table(result(MARCH, {(key, "x"): "1"}), columns=(column, CHARGE_TYPE))
    assert list(table.amounts) == [(value, "x")]


def used(*quantities: tuple[str, str]) -> Quantity | None:
    """What pages with these quantities of one group add up to."""
    reader = TableReader((PROJECT, USAGE_TYPE), metric=METRIC)
    for amount, unit in quantities:
        answer = result(MARCH, {("t$a", "x"): "1"})
        answer["Groups"][0]["Metrics"][QUANTITY] = {"Amount": amount, "Unit": unit}
        reader.add(page(answer))
    return reader.table().quantities[("a", "x")][0]


def test_quantities_are_never_added_across_units() -> None:
    assert used(("1.5", "1K tokens"), ("2", "1K tokens")) == Quantity(Decimal("3.5"), "1K tokens")
    assert used(("1.5", "1K tokens"), ("2", "Units")) == Quantity(Decimal(), "")
    assert used(("1.5", "N/A")) == Quantity(Decimal("1.5"), "")


def test_accounts_are_named_by_the_answer_itself() -> None:
    reader = TableReader((ACCOUNT, PROJECT), metric=METRIC)
    named = {"Value": "111111111111", "Attributes": {"description": "Shop"}}
    reader.add(page(result(MARCH, {})) | {"DimensionValueAttributes": [named]})
    assert reader.account_names == {"111111111111": "Shop"}


def test_a_table_is_found_whichever_column_comes_first() -> None:
    table = cost_table(result(MARCH, {("t$a", OWN): "1"}), columns=PAIR)
    assert find_table({PAIR: table}, PAIR) is table
    assert find_table({PAIR: table}, (SERVICE, TEAM)) == transposed(table)
    assert find_table({PAIR: table}, (SERVICE, PROJECT)) is None
    assert transposed(table).amounts == {(OWN, "a"): (Decimal(1),)}


def test_a_period_that_an_answer_leaves_out_is_unknown_in_its_place() -> None:
    columns = (PROJECT, USAGE_TYPE)
    used = result(APRIL, {("t$a", "x"): "5"})
    used["Groups"][0]["Metrics"][QUANTITY] = {"Amount": "7", "Unit": "Units"}
    bill = cost_table(result(MARCH, {("t$", OWN): "1"}), result(APRIL, {("t$a", OWN): "5"}, estimated=True))
    table = with_periods(cost_table(used, columns=columns), bill)
    assert (table.periods, table.estimated) == (bill.periods, (False, True))
    assert table.amounts == {("a", "x"): (None, Decimal(5))}
    assert table.quantities == {("a", "x"): (None, Quantity(Decimal(7), "Units"))}


def test_a_forecast_without_an_interval_is_one_point() -> None:
    answer = {"Total": {"Amount": "3", "Unit": "USD"}, "ForecastResultsByTime": [{"MeanValue": "3"}]}
    assert read_forecast(answer) == ForecastAnswer(mean=Decimal(3), low=Decimal(3), high=Decimal(3))


ACTIVATED = TagKeyState(status="Active", changed_on=date(2026, 3, 10))


@pytest.mark.parametrize(
    ("backfills", "expected"),
    [
        ([], date(2026, 3, 10)),
        ([("2026-02-01", "2026-03-12", "SUCCEEDED")], date(2026, 2, 1)),
        ([("2026-02-01", "2026-03-12", "PROCESSING")], date(2026, 3, 10)),
        ([("2026-02-01", "2026-03-12", "FAILED")], date(2026, 3, 10)),
        # Asked for before the activation, it gave the past the status of that day.
        ([("2026-01-01", "2026-03-09", "SUCCEEDED")], date(2026, 3, 10)),
        ([("2026-02-01", "2026-03-12", "SUCCEEDED"), ("2026-01-01", "2026-04-12", "SUCCEEDED")], date(2026, 1, 1)),
    ],
)
def test_a_key_counts_from_its_activation_or_a_later_backfill(
    backfills: list[tuple[str, str, str]], expected: date
) -> None:
    asked = [
        Backfill(since=f"{since}T00:00:00Z", requested_at=f"{on}T10:00:00Z", status=status)
        for since, on, status in backfills
    ]
    assert active_since(ACTIVATED, asked) == expected


def test_a_key_whose_activation_billing_does_not_date_counts_from_an_unknown_day() -> None:
    assert active_since(TagKeyState(status="Active"), []) is None


@given(_AMOUNTS.filter(lambda amount: amount > 0), st.integers(1, 40), st.lists(_AMOUNTS, max_size=10))
def test_equal_amounts_have_equal_shares(amount: Decimal, count: int, others: list[Decimal]) -> None:
    assert len({*shares([amount] * count + others)[:count]}) == 1


@pytest.mark.parametrize(
    ("change", "before", "expected"), [("5", "10", "50.0"), ("-5", "10", "-50.0"), ("1", "0", None), ("5", "-4", None)]
)
def test_a_percent_change_needs_an_amount_before(change: str, before: str, expected: str | None) -> None:
    assert percent_change(Decimal(change), Decimal(before)) == (expected and Decimal(expected))


@pytest.mark.parametrize(
    ("service", "usage_type", "model"),
    [
        (OWN, "USE1-openai.gpt-5.5-mantle-input-tokens-standard", "openai.gpt-5.5"),
        (OWN, "APS3-openai.gpt-oss-120b-mantle-output-tokens-flex", "openai.gpt-oss-120b"),
        (OWN, "USE1-Nova2.0Lite-input-tokens", "Nova2.0Lite"),
        (OWN, "USW2-Guardrail-ContentPolicy", "Guardrail-ContentPolicy"),
        (CLAUDE, "USW2-MP:USW2_output_tokens_standard-Units", "Claude X"),
        ("A Model of Tomorrow", "USW2-MP:USW2_output_tokens_standard-Units", "A Model of Tomorrow"),
    ],
)
def test_a_model_is_named_by_its_usage_type_or_its_own_service(service: str, usage_type: str, model: str) -> None:
    assert model_name(service, usage_type) == model
