"""The allocation of a month: whose cost each amount is, exactly, and rounded once."""

import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.chargeback.allocation import AmountKind, Inputs, allocate
from bedrock_projects.chargeback.costs import CostRow, MonthCosts, MonthInvoice
from bedrock_projects.chargeback.equations import equations
from bedrock_projects.chargeback.rules import Adjustment, Chargeback, Method, SharedCost, Split
from bedrock_projects.chargeback.splitting import exact_sum, round_parts, rounded, split
from bedrock_projects.chargeback.statements import make_statements, places_of
from bedrock_projects.errors import SettingsError
from tests.unit.chargeback_cases import GATEWAY, SEARCH, SHOP, month, row, rules, shop, untagged


def lines(costs: MonthCosts, given_rules: Chargeback, **inputs: Any) -> dict[str, dict[AmountKind, Decimal]]:
    """The allocated amounts by value; what is central is under the empty value."""
    allocation = allocate(costs, given_rules, Inputs(**{"month": "2026-10"} | inputs))
    sums: dict[str, dict[AmountKind, Decimal]] = {"": dict(allocation.central)} if allocation.central else {}
    for (value, _), amounts in allocation.lines.items():
        for kind, amount in amounts.items():
            sums.setdefault(value, {})[kind] = sums.get(value, {}).get(kind, Decimal()) + amount
    return sums


def shared(method: Method, **fields: Any) -> tuple[SharedCost, ...]:
    return (SharedCost(name="gateway", projects=("gateway",), split=Split(method=method, **fields)),)


def gateway(amount: str = "90", charge_type: Any = "usage") -> CostRow:
    return row(amount, value="Platform", owner=GATEWAY, charge_type=charge_type)


OF_GATEWAY = {GATEWAY: "gateway"}


def test_a_cost_with_the_tag_is_direct_and_one_without_it_is_central() -> None:
    assert lines(month(row("10"), shop("5"), untagged("1")), rules()) == {
        "Search": {"direct": 10},
        "Shop": {"direct": 5},
        "": {"unallocated": 1},
    }


@pytest.mark.parametrize(
    ("charge_type", "column"),
    [
        ("usage", "direct"),
        ("purchase", "direct"),
        ("other", "direct"),
        ("discount", "discounts"),
        ("refund", "refunds"),
    ],
)
def test_charges_are_with_the_usage_that_has_them(charge_type: str, column: str) -> None:
    assert lines(month(row("-2", charge_type=charge_type)), rules()) == {"Search": {column: -2}}


def test_credits_are_central_unless_they_are_passed_on() -> None:
    costs = month(row("30"), shop("10"), row("-4", charge_type="credit"))
    assert lines(costs, rules())[""] == {"credits": -4}
    assert lines(costs, rules(credits="as_billed"))["Search"] == {"direct": 30, "credits": -4}
    passed_on = lines(costs, rules(credits="proportional"))
    assert passed_on == {"Search": {"direct": 30, "credits": -3}, "Shop": {"direct": 10, "credits": -1}}


@pytest.mark.parametrize(("charge_type", "field"), [("discount", "discounts"), ("refund", "refunds")])
def test_discounts_and_refunds_may_be_central(charge_type: str, field: str) -> None:
    costs = month(row("30"), row("-4", charge_type=charge_type))
    assert lines(costs, rules(**{field: "central"})) == {"Search": {"direct": 30}, "": {field: -4}}


@pytest.mark.parametrize(
    ("rule", "inputs", "search", "shop_part"),
    [
        (shared("proportional"), {}, 60, 30),
        (shared("even"), {}, 45, 45),
        (shared("even", to=("Shop",)), {}, None, 90),
        (shared("fixed", shares={"Search": "10", "Shop": "90"}), {}, 9, 81),
        (shared("weights", weights="w.csv"), {"gateway": {"Search": Decimal(2), "Shop": Decimal(7)}}, 20, 70),
    ],
    ids=["proportional", "even", "even to one", "fixed", "weights"],
)
def test_a_shared_cost_is_split(rule: Any, inputs: Any, search: int | None, shop_part: int) -> None:
    costs = month(row("20"), shop("10"), gateway())
    found = lines(costs, rules(shared=rule), rule_of=OF_GATEWAY, weights=inputs)
    assert "Platform" not in found
    assert found["Search"].get("shared") == search
    assert found["Shop"]["shared"] == shop_part


def test_the_base_is_usage_after_discounts_before_any_rule() -> None:
    costs = month(
        row("20"), row("-10", charge_type="discount"), row("900", charge_type="refund"), shop("30"), gateway()
    )
    found = lines(costs, rules(shared=shared("proportional")), rule_of=OF_GATEWAY)
    assert (found["Search"]["shared"], found["Shop"]["shared"]) == (Decimal("22.5"), Decimal("67.5"))


@pytest.mark.parametrize("method", ["proportional", "even"])
def test_a_value_without_a_positive_base_gets_no_share(method: Method) -> None:
    rows = [row("-5", charge_type="credit"), row("1"), row("-3", charge_type="discount"), shop("30"), untagged("8")]
    found = lines(month(*rows), rules(credits="as_billed", unallocated=Split(method=method)))
    assert "unallocated" not in found["Search"]
    assert found["Shop"]["unallocated"] == 8


def test_without_any_base_the_amount_stays_central() -> None:
    allocation = allocate(
        month(gateway()),
        rules(shared=shared("proportional")),
        Inputs(month="2026-10", rule_of=OF_GATEWAY),
    )
    assert allocation.central == {"shared": 90}
    assert [(pool.name, pool.parts) for pool in allocation.pools] == [("gateway", {})]


def test_a_share_is_on_the_lines_that_have_usage() -> None:
    costs = month(row("20"), row("10", owner="acme/dev/search"), row("-7", owner=""), untagged("6"))
    allocation = allocate(costs, rules(unallocated=Split(method="even")), Inputs(month="2026-10"))
    assert {owner: amounts.get("unallocated") for (_, owner), amounts in allocation.lines.items()} == {
        SEARCH: 4,
        "acme/dev/search": 2,
        "": None,
    }


def test_a_value_that_has_no_usage_gets_a_line_for_its_share() -> None:
    allocation = allocate(
        month(untagged("6")), rules(unallocated=Split(method="even", to=("Shop",))), Inputs(month="2026-10")
    )
    assert allocation.lines == {("Shop", ""): {"unallocated": 6}}


@pytest.mark.parametrize("kind", ["tax", "support"])
def test_tax_and_support_are_excluded_unless_a_rule_includes_them(kind: str) -> None:
    costs = month(row("30"), shop("10")).model_copy(update={kind: Decimal(4)})
    assert kind not in lines(costs, rules())["Search"]
    assert lines(costs, rules(**{kind: "central"}))[""] == {kind: 4}
    assert lines(costs, rules(**{kind: "proportional"}))["Search"] == {"direct": 30, kind: 3}


def test_adjustments_are_of_their_month() -> None:
    fee = Adjustment(description="Platform fee", amount=Decimal(40), split=Split(method="even"))
    costs = month(row("30"), shop("10"))
    given = rules(adjustments={"2026-10": (fee,)})
    assert lines(costs, given)["Shop"] == {"direct": 10, "adjustments": 20}
    [pool] = allocate(costs, given, Inputs(month="2026-10")).pools
    assert (pool.name, pool.kind, pool.total) == ("Platform fee", "adjustments", Decimal(40))
    assert lines(costs, rules(adjustments={"2026-09": (fee,)}))["Shop"] == {"direct": 10}


def test_entries_of_earlier_months_are_booked_on_their_values() -> None:
    found = lines(month(row("30")), rules(), prior={"Search": Decimal("-3.15"), "": Decimal(1)})
    assert found == {"Search": {"direct": 30, "prior period": Decimal("-3.15")}, "": {"prior period": 1}}


@pytest.mark.parametrize(("currency", "places"), [("USD", 2), ("JPY", 0), ("KWD", 3)])
def test_statements_have_the_minor_unit_of_the_currency(currency: str, places: int) -> None:
    assert places_of(currency) == places
    statements = made(month(row("1.23456"), shop("1.23456"), currency=currency), rules(), currency=currency)
    assert {statement.total.as_tuple().exponent for statement in statements} == {-places}


def made(costs: MonthCosts, given_rules: Chargeback, *, currency: str = "USD") -> Any:
    return make_statements(allocate(costs, given_rules, Inputs(month="2026-10")), places=places_of(currency))


def test_the_largest_remainder_is_rounded_up_and_then_the_first_key() -> None:
    thirds = {name: Decimal(10) / 3 for name in ("a", "b", "c")}
    assert round_parts(thirds, total=Decimal("10.00"), places=2) == {
        "a": Decimal("3.34"),
        "b": Decimal("3.33"),
        "c": Decimal("3.33"),
    }


@pytest.mark.parametrize("number", [1, 2])
def test_a_source_that_contradicts_itself_gives_no_statement(number: int) -> None:
    costs = month(row("30"))
    costs = costs.model_copy(update={"bedrock": Decimal(31)} if number == 1 else {"rest": Decimal(8)})
    allocation = allocate(costs, rules(), Inputs(month="2026-10"))
    with pytest.raises(SettingsError, match="does not add up"):
        equations(costs, allocation, make_statements(allocation, places=2), places=2)


def test_invoices_may_differ_by_a_minor_unit_each() -> None:
    invoices = (MonthInvoice(id="A", amount=Decimal("30.00")), MonthInvoice(id="B", amount=Decimal("7.02")))
    third = third_equation(month(row("30"), invoices=invoices))
    assert (third.difference, third.allowed, third.holds) == (Decimal("-0.02"), Decimal("0.02"), True)
    assert not third_equation(month(row("30.01"), invoices=invoices[:1])).holds


def third_equation(costs: MonthCosts) -> Any:
    allocation = allocate(costs, rules(), Inputs(month="2026-10"))
    return equations(costs, allocation, make_statements(allocation, places=2), places=2)[2]


# Properties: for any table and any rules.

VALUES = ("Search", "Shop", "Data", "Ops")
OWNERS = ("", SEARCH, SHOP, GATEWAY, "acme/prod/sandbox")
amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=10, allow_nan=False, allow_infinity=False)
cost_rows = st.builds(
    CostRow,
    value=st.sampled_from(("", *VALUES)),
    owner=st.sampled_from(OWNERS),
    charge_type=st.sampled_from(("usage", "purchase", "discount", "credit", "refund", "other")),
    amount=amounts,
)
weights = st.dictionaries(st.sampled_from(VALUES), st.decimals(0, 1000, places=3), min_size=1)


@st.composite
def splits(draw: st.DrawFn) -> Split:
    method = draw(st.sampled_from(("proportional", "even", "fixed", "weights")))
    if method == "fixed":
        first = draw(st.integers(0, 100))
        return Split(method="fixed", shares={"Search": Decimal(first), "Shop": Decimal(100 - first)})
    targets = draw(st.sets(st.sampled_from(VALUES))) if method != "weights" else set()
    return Split(method=method, to=tuple(sorted(targets)), weights="w.csv" if method == "weights" else None)


@st.composite
def cases(draw: st.DrawFn) -> tuple[MonthCosts, Chargeback, Inputs]:
    named = ("gateway", "sandbox")[: draw(st.integers(0, 2))]
    no_file = splits().filter(lambda each: each.method != "weights")
    given_rules = rules(
        shared=tuple(SharedCost(name=name, projects=(name,), split=draw(splits())) for name in named),
        unallocated=draw(st.none() | no_file),
        discounts=draw(st.sampled_from(("as_billed", "central"))),
        refunds=draw(st.sampled_from(("as_billed", "central"))),
        credits=draw(st.sampled_from(("as_billed", "central", "proportional"))),
        tax=draw(st.sampled_from(("exclude", "central", "proportional"))),
        support=draw(st.sampled_from(("exclude", "central", "proportional"))),
        adjustments={
            "2026-10": tuple(
                Adjustment(description=f"fee {index}", amount=draw(amounts), split=draw(no_file))
                for index in range(draw(st.integers(0, 2)))
            )
        },
    )
    costs = month(
        *draw(st.lists(cost_rows, max_size=30)),
        currency=draw(st.sampled_from(("USD", "JPY", "KWD"))),
        tax=draw(amounts),
        support=draw(amounts),
    )
    inputs = Inputs(
        month="2026-10",
        rule_of={f"acme/prod/{name}": name for name in named},
        weights={name: draw(weights) for name in named},
        prior=draw(st.dictionaries(st.sampled_from(("", *VALUES)), amounts)),
    )
    return costs, given_rules, inputs


@given(cases())
def test_no_amount_is_lost_and_none_is_invented(case: tuple[MonthCosts, Chargeback, Inputs]) -> None:
    costs, given_rules, inputs = case
    allocation = allocate(costs, given_rules, inputs)
    statements = make_statements(allocation, places=places_of(costs.currency))
    made = {each.number: each for each in equations(costs, allocation, statements, places=2)}
    assert [*made] == [1, 2, 4]
    assert all(each.difference == 0 for each in made.values())
    assert made[1].right_total == exact_sum(row.amount for row in costs.rows)
    assert made[4].right_total == exact_sum(
        amount for each in statements for line in each.lines for amount in line.exact.values()
    )


@given(cases())
def test_rounded_amounts_add_up_and_none_changes_by_a_unit(case: tuple[MonthCosts, Chargeback, Inputs]) -> None:
    costs, given_rules, inputs = case
    allocation = allocate(costs, given_rules, inputs)
    places = places_of(costs.currency)
    unit = Decimal(1).scaleb(-places)
    statements = make_statements(allocation, places=places)
    assert exact_sum(each.total for each in statements) == rounded(allocation.total, places)
    for statement in statements:
        assert exact_sum(line.total for line in statement.lines) == statement.total
        assert abs(exact_sum([statement.total, statement.exact.copy_negate()])) < unit
        for line in statement.lines:
            assert exact_sum(line.amounts.values()) == line.total
            assert all(changed(line.amounts, line.exact, kind) < unit for kind in line.exact)
            assert abs(exact_sum([line.total, exact_sum(line.exact.values()).copy_negate()])) < unit


def changed(after: Mapping[AmountKind, Decimal], before: Mapping[AmountKind, Decimal], kind: AmountKind) -> Decimal:
    return abs(exact_sum([after[kind], before[kind].copy_negate()]))


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(
    case: tuple[MonthCosts, Chargeback, Inputs], shuffled: random.Random
) -> None:
    costs, given_rules, inputs = case
    rows = list(costs.rows)
    shuffled.shuffle(rows)
    again = allocate(costs.model_copy(update={"rows": tuple(rows)}), given_rules, inputs)
    first = allocate(costs, given_rules, inputs)
    assert again == first
    places = places_of(costs.currency)
    assert repr(make_statements(again, places=places)) == repr(make_statements(first, places=places))


@given(amounts, weights.filter(lambda each: any(each.values())))
def test_the_parts_of_an_amount_add_up_to_it(amount: Decimal, given_weights: dict[str, Decimal]) -> None:
    parts = split(amount, given_weights)
    assert exact_sum(parts.values()) == amount
    assert all(not parts[key] for key, weight in given_weights.items() if not weight)


@pytest.mark.parametrize("given_weights", [{}, {"a": "0", "b": "0"}, {"a": "2", "b": "-1"}])
def test_an_amount_that_nobody_has_a_share_of_is_not_split(given_weights: Mapping[str, str]) -> None:
    with pytest.raises(ValueError, match="no weight is above 0, or one is below it"):
        split(Decimal(10), {key: Decimal(weight) for key, weight in given_weights.items()})


def test_amounts_are_not_rounded_to_a_total_with_more_places() -> None:
    """The last digits of the total would be lost."""
    with pytest.raises(ValueError, match=r"10\.005 has more than 2 decimal places"):
        round_parts({"a": Decimal("10.005")}, total=Decimal("10.005"), places=2)
