"""Pages become one exact table, however the groups are spread over them; shares and model names come out right."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.errors import SettingsError
from bedrock_projects.reports.answers import read_pages, tag_value
from bedrock_projects.reports.percentages import percent_change, shares
from bedrock_projects.reports.usage_types import model_name
from tests.unit.cost_answers import CLAUDE, METRIC, OWN, page, result

MARCH, APRIL = "2026-03", "2026-04"
_AMOUNTS = st.decimals(min_value=-1000, max_value=100_000, places=10)


def test_a_period_goes_on_over_pages() -> None:
    pages = [
        page(result(MARCH, {("t$a", OWN): "1"})),
        page(result(MARCH, {("t$b", OWN): "2"}), result(APRIL, {("t$a", OWN): "3"})),
    ]
    table = read_pages(pages, metric=METRIC, by_tag=True)
    assert table.amounts == {("a", OWN): (Decimal(1), Decimal(3)), ("b", OWN): (Decimal(2), Decimal(0))}
    assert [period.start.isoformat() for period in table.periods] == ["2026-03-01", "2026-04-01"]
    assert [period.end.isoformat() for period in table.periods] == ["2026-03-31", "2026-04-30"]
    assert table.total == 6


def test_a_group_that_comes_twice_adds_up_without_rounding() -> None:
    pages = [page(result(MARCH, {("t$a", OWN): "0.1"})), page(result(MARCH, {("t$a", OWN): "0.2000000001"}))]
    assert read_pages(pages, metric=METRIC, by_tag=True).amounts == {("a", OWN): (Decimal("0.3000000001"),)}


@pytest.mark.parametrize("marks", [(True, False), (False, True)])
def test_a_period_is_estimated_if_any_page_says_so(marks: tuple[bool, bool]) -> None:
    pages = [page(result(MARCH, {}, estimated=mark), result(APRIL, {})) for mark in marks]
    assert read_pages(pages, metric=METRIC).estimated == (True, False)


def test_periods_come_in_order_whatever_the_order_of_the_pages() -> None:
    pages = [page(result(APRIL, {("a",): "1"})), page(result(MARCH, {("a",): "2"}))]
    assert read_pages(pages, metric=METRIC).amounts == {("a",): (Decimal(2), Decimal(1))}


def test_nothing_behind_an_amount_is_no_currency() -> None:
    assert read_pages([page(result(MARCH, {("t$", OWN): "0"}, unit="N/A"))], metric=METRIC, by_tag=True).currency == ""
    both = [page(result(MARCH, {("t$", OWN): "0"}, unit="N/A"), result(APRIL, {("t$a", OWN): "1"}))]
    assert read_pages(both, metric=METRIC, by_tag=True).currency == "USD"


def test_two_currencies_do_not_add_up() -> None:
    pages = [page(result(MARCH, {("a",): "1"}), result(APRIL, {("a",): "1"}, unit="CNY"))]
    with pytest.raises(SettingsError, match="CNY, USD"):
        read_pages(pages, metric=METRIC)


@pytest.mark.parametrize(
    ("key", "value"),
    [("team$", ""), ("team$a", "a"), ("team$a$b", "a$b"), ("team$$", "$"), ("a:b/c$acme/prod/x", "acme/prod/x")],
)
def test_a_value_is_what_follows_the_first_dollar_sign(key: str, value: str) -> None:
    assert tag_value(key) == value


@given(st.lists(_AMOUNTS, max_size=40))
def test_each_share_is_rounded_for_itself(amounts: list[Decimal]) -> None:
    rounded, total = shares(amounts), sum(amounts, Decimal())
    if total <= 0:
        assert rounded == [None] * len(amounts)
        return
    for amount, share in zip(amounts, rounded, strict=True):
        assert share is not None
        assert share.as_tuple().exponent == -1
        assert abs(share * total - 100 * amount) <= Decimal("0.05") * total
        assert all((share > other) <= (amount > one) for one, other in zip(amounts, rounded, strict=True) if other)


@given(_AMOUNTS.filter(lambda amount: amount > 0), st.integers(1, 40), st.lists(_AMOUNTS, max_size=10))
def test_equal_amounts_have_equal_shares(amount: Decimal, count: int, others: list[Decimal]) -> None:
    assert len({*shares([amount] * count + others)[:count]}) == 1


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        (["1", "1", "1"], ["33.3", "33.3", "33.3"]),
        (["77.50", "77.50", "320.45"], ["16.3", "16.3", "67.4"]),
        (["0.25", "99.75"], ["0.3", "99.8"]),
        (["-25", "125"], ["-25.0", "125.0"]),
    ],
)
def test_shares_are_rounded_half_up_and_may_add_up_to_99_9_or_100_1(amounts: list[str], expected: list[str]) -> None:
    assert shares(list(map(Decimal, amounts))) == list(map(Decimal, expected))


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
