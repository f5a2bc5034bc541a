"""Closed months: their files, their order, and what is booked of what AWS changed later."""

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.chargeback.costs import CostRow, MonthCosts
from bedrock_projects.chargeback.month_file import MonthFile, SourceKind, parsed, written
from bedrock_projects.chargeback.months import (
    Months,
    changes_since,
    months_of,
    reasons_before_reading,
    reasons_in_adjustments,
    reasons_in_costs,
    waits,
)
from bedrock_projects.chargeback.rules import Adjustment, Chargeback, Closed, Split
from bedrock_projects.chargeback.splitting import exact_sum, rounded
from bedrock_projects.errors import SettingsError
from tests.unit.chargeback_cases import GATEWAY, INVOICE, closed, month, row, rules, shop, untagged


def true_up(of: str, costs: MonthCosts, months: Months) -> MonthFile:
    """What these costs change in the closed month."""
    before = months.closed(of)
    assert before
    earlier = months.true_ups(of)
    file = closed(of, costs, months, kind="true-up", number=len(earlier) + 1, rules=before.rules, books=())
    return file.model_copy(update={"changes": changes_since(before, earlier, costs), "statements": ()})


NONE = months_of(())
COSTS = month(row("30.005"), shop("9.995"), invoices=(INVOICE,))
OCTOBER_CLOSED = closed("2026-10", COSTS, NONE)


def edited(text: str) -> list[str]:
    """The text with each of its values changed, one at a time."""
    texts = []

    def change(value: Any) -> Any:
        return f"{value}0" if isinstance(value, str) else value + 1 if isinstance(value, int) else "1"

    def visit(node: Any, root: Any) -> None:
        for key, value in list(node.items() if isinstance(node, dict) else enumerate(node)):
            if isinstance(value, dict | list):
                visit(value, root)
            else:
                node[key] = change(value)
                texts.append(json.dumps(root, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
                node[key] = value

    content = json.loads(text)
    visit(content, content)
    return texts


def test_a_file_is_read_as_it_was_written() -> None:
    text = written(OCTOBER_CLOSED)
    assert parsed(text, name="2026-10.json") == OCTOBER_CLOSED
    assert written(parsed(text, name="2026-10.json")) == text


def test_each_edit_of_a_file_is_found() -> None:
    texts = edited(written(OCTOBER_CLOSED))
    assert len(texts) > 40
    for text in texts:
        with pytest.raises(SettingsError, match=r"edited|version reads"):
            parsed(text, name="2026-10.json")


@pytest.mark.parametrize("number", ["1E+999999999999999", "1E-999999999999999"])
def test_a_number_whose_digits_would_fill_the_memory_is_an_edit(number: str) -> None:
    with pytest.raises(SettingsError, match="edited"):
        parsed(written(OCTOBER_CLOSED).replace('"30.005"', f'"{number}"'), name="2026-10.json")


@pytest.mark.parametrize("text", ["", "[]", "{}", "not JSON"])
def test_what_is_not_a_month_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="is not the file of a month"):
        parsed(text, name="2026-10.json")


def test_a_file_with_another_name_is_refused() -> None:
    with pytest.raises(SettingsError, match="give it its name back"):
        parsed(written(OCTOBER_CLOSED), name="2026-11.json")


def test_a_later_change_of_a_closed_month_is_booked_once() -> None:
    months = months_of([OCTOBER_CLOSED])
    first = true_up("2026-10", month(row("30.005"), row("-250", charge_type="credit"), shop("9.995")), months)
    assert exact_sum(first.changes.values()) == -250
    months = months_of([OCTOBER_CLOSED, first])
    assert months.state("2026-10") == "trued up"
    november = closed("2026-11", month(row("1"), month=date(2026, 11, 1)), months)
    months = months_of([OCTOBER_CLOSED, first, november])
    assert [entry.month for entry in november.books] == ["2026-10"]
    assert months.to_book() == ()
    assert exact_sum(november.totals.values()) == Decimal("-249.00")
    assert true_up("2026-10", first.costs, months).changes == {}


def test_a_change_of_the_rules_changes_no_closed_month() -> None:
    now = rules(unallocated=Split(method="even"))
    assert now != OCTOBER_CLOSED.rules
    assert changes_since(OCTOBER_CLOSED, (), OCTOBER_CLOSED.costs) == {}


def test_a_currency_is_not_compared_with_another() -> None:
    with pytest.raises(SettingsError, match="was closed in USD"):
        changes_since(OCTOBER_CLOSED, (), month(row("30"), currency="EUR"))


def test_statements_of_another_version_are_not_compared() -> None:
    other = OCTOBER_CLOSED.model_copy(update={"statements": OCTOBER_CLOSED.statements[:1]})
    with pytest.raises(SettingsError, match="would have closed 2026-10 with other statements"):
        changes_since(other, (), OCTOBER_CLOSED.costs)


@pytest.mark.parametrize(("amount", "is_small"), [("0.99", True), ("1.00", False), ("-0.99", True), ("-1.00", False)])
def test_a_small_change_waits(amount: str, is_small: bool) -> None:
    assert waits({"Search": Decimal(amount)}, Closed()) is is_small


def test_changes_that_cancel_each_other_do_not_wait() -> None:
    assert not waits({"Search": Decimal(5), "Shop": Decimal(-5)}, Closed())


def test_two_files_after_the_same_one_are_refused() -> None:
    one = closed("2026-10", month(row("31")), NONE)
    other = closed("2026-11", month(row("31")), NONE)
    with pytest.raises(SettingsError, match="both written after the same file"):
        months_of([one, other])


def test_a_replaced_file_is_found_by_the_one_after_it() -> None:
    november = closed("2026-11", month(row("1")), months_of([OCTOBER_CLOSED]))
    replaced = closed("2026-10", month(row("29")), NONE)
    with pytest.raises(SettingsError, match=r"2026-11\.json was written after a file that is missing or was replaced"):
        months_of([replaced, november])


def test_an_entry_is_not_booked_twice() -> None:
    change = true_up("2026-10", month(row("40")), months_of([OCTOBER_CLOSED]))
    months = months_of([OCTOBER_CLOSED, change])
    november = closed("2026-11", month(row("1")), months)
    december = closed("2026-12", month(row("1")), months_of([OCTOBER_CLOSED, change, november]), books=november.books)
    with pytest.raises(SettingsError, match=r"2026-12\.json books what 2026-11\.json has booked"):
        months_of([OCTOBER_CLOSED, change, november, december])


@pytest.mark.parametrize(
    ("of", "today", "fields", "reason"),
    [
        ("2026-11", date(2026, 11, 30), {}, "2026-11 is not over"),
        ("2026-11", date(2026, 12, 7), {}, "until 2026-12-08 (`not_before_day`)"),
        ("2026-11", date(2026, 12, 8), {"invoices": None}, "no invoice of it was found: wait for it, or give --unr"),
        ("2026-11", date(2026, 12, 8), {"invoices": ()}, "no invoice of it was found: wait for it, or give --unr"),
        (
            "2026-11",
            date(2026, 12, 8),
            {"invoices": (INVOICE.model_copy(update={"amount": Decimal("8.12")}),)},
            "the bill is 47.000, and its invoices and credit memos (EUINUS26-1) are 8.12",
        ),
        ("2026-12", date(2027, 1, 8), {}, "the last closed month is 2026-10; close 2026-11 first"),
    ],
)
def test_a_month_is_closed_once_and_when_its_bill_is_finished(
    of: str, today: date, fields: dict[str, Any], reason: str
) -> None:
    months = months_of([OCTOBER_CLOSED])
    costs = COSTS.model_copy(update=fields)
    (found,) = (*reasons_before_reading(of, months, Closed(), today=today), *reasons(costs))
    assert reason in found
    if today == date(2026, 12, 8):
        assert reasons(costs, unreconciled=True) == ()
    assert reasons_before_reading("2026-11", months, Closed(), today=date(2026, 12, 8)) == ()
    assert reasons(COSTS) == ()


def reasons(
    costs: MonthCosts, unfinished: str = "", *, source: SourceKind = "cost-explorer", unreconciled: bool = False
) -> tuple[str, ...]:
    return reasons_in_costs(costs, unfinished, source=source, unreconciled=unreconciled)


def test_what_aws_marks_as_estimated_is_closed_by_no_option() -> None:
    """Of an export, the reason is that lines have no invoice, which some bills never have."""
    for costs in (COSTS, COSTS.model_copy(update={"invoices": ()})):
        assert "estimated" in reasons(costs, "estimated")
        assert reasons(costs, "estimated", unreconciled=True) == ("estimated",)
        assert reasons(costs, "no ids", source="export") == ("no ids, or give --unreconciled",)
        assert reasons(costs, "no ids", source="export", unreconciled=True) == ()
    assert reasons(COSTS.model_copy(update={"invoices": ()}), "estimated")[1:] == (
        "no invoice of it was found: wait for it",
    )


@pytest.mark.parametrize(("bill", "is_closed"), [("0", True), ("0.004", True), ("0.01", False), ("-3", False)])
def test_a_month_of_which_nothing_is_left_to_pay_is_closed_without_an_invoice(bill: str, is_closed: bool) -> None:
    """Else no later month could be closed, and no correction of an earlier one be booked."""
    costs = COSTS.model_copy(update={"invoices": (), "bill": Decimal(bill)})
    assert (reasons(costs) == ()) is is_closed


def test_a_month_of_effective_cost_is_closed_without_invoices() -> None:
    """The reason is kept with the costs; that nothing is estimated must do."""
    costs = COSTS.model_copy(update={"invoices": None, "without_invoices": "invoices are of billed cost"})
    assert reasons(costs) == ()


def test_a_closed_month_is_not_closed_again_and_another_one_is_not_trued_up() -> None:
    months = months_of([OCTOBER_CLOSED])
    with pytest.raises(SettingsError, match="2026-10 is closed; `bedrock-projects chargeback true-up --month 2026-10`"):
        months.check_not_closed("2026-10")
    months.check_not_closed("2026-11")
    assert months.booked("2026-10") == (OCTOBER_CLOSED,)
    with pytest.raises(SettingsError, match="2026-11 is not closed, so nothing of it is booked; close it first"):
        months.booked("2026-11")


def accrued(of: str) -> MonthFile:
    return closed(of, COSTS, NONE, kind="provisional")


def test_no_accrual_is_left_behind() -> None:
    """A month before the first closed one cannot be closed, so nothing would take its accrual back."""
    months = months_of([accrued("2026-09"), accrued("2026-10")])
    [reason] = reasons_before_reading("2026-10", months, Closed(), today=date(2026, 12, 8))
    assert reason == (
        "2026-09 has an accrual that nothing has taken back; close 2026-09 first, or remove 2026-09.provisional.json "
        "if nothing of it is booked"
    )
    assert reasons_before_reading("2026-09", months, Closed(), today=date(2026, 12, 8)) == ()
    [reason] = reasons_before_reading("2026-09", months_of([OCTOBER_CLOSED]), Closed(), today=date(2026, 12, 8))
    assert reason == "2026-10 was the first month to be closed, and earlier ones stay open"


def test_the_accrual_that_a_closed_month_takes_back_stays() -> None:
    accrual = accrued("2026-10")
    file = closed("2026-10", COSTS, NONE, accrual=accrual.digest)
    assert months_of([file, accrual]).closed("2026-10") == file
    for others in ([], [accrual.model_copy(update={"commit": "1" * 40})], [accrued("2026-09")]):
        with pytest.raises(SettingsError, match=r"takes back the accrual 2026-10\.provisional\.json, which is missing"):
            months_of([file, *others])


@pytest.mark.parametrize(
    ("given", "late"),
    [
        ({}, []),
        ({"2026-10": {"Platform fee": "4000"}}, []),
        ({"2026-11": {"Other": "1"}}, []),
        ({"2026-10": {"Platform fee": "4000.00", "Other": "1"}, "2026-09": {"Other": "1"}}, ["Other"]),
        ({"2026-10": {"Platform fee": "4500"}}, ["Platform fee"]),
    ],
)
def test_an_adjustment_of_a_closed_month_is_not_lost(given: dict[str, dict[str, str]], late: list[str]) -> None:
    file = closed("2026-10", COSTS, NONE, rules=adjusted({"2026-10": {"Platform fee": "4000"}}))
    assert list(reasons_in_adjustments(months_of([file]), adjusted(given))) == [
        f"2026-10 is closed, and its adjustment {name!r} was added or changed later, so no month books that; write "
        "what is missing under 2026-11 instead"
        for name in late
    ]


def adjusted(amounts: dict[str, dict[str, str]]) -> Chargeback:
    even = Split(method="even")
    return rules(
        adjustments={
            of: tuple(Adjustment(description=name, amount=Decimal(each[name]), split=even) for name in each)
            for of, each in amounts.items()
        }
    )


def test_the_state_of_a_month_is_that_of_its_files() -> None:
    accrual = closed("2026-11", COSTS, months_of([OCTOBER_CLOSED]), kind="provisional", previous=None)
    months = months_of([OCTOBER_CLOSED, accrual])
    assert [months.state(name) for name in ("2026-10", "2026-11", "2026-12")] == ["closed", "provisional", "open"]
    assert months.last_digest == OCTOBER_CLOSED.digest


versions = st.lists(
    st.lists(
        st.builds(
            CostRow,
            value=st.sampled_from(("", "Search", "Shop")),
            owner=st.sampled_from(("acme/prod/search", GATEWAY, "")),
            charge_type=st.sampled_from(("usage", "credit", "discount", "refund")),
            amount=st.decimals(-1000, 1000, places=4),
        ),
        max_size=6,
    ),
    min_size=1,
    max_size=5,
)


@given(versions)
def test_what_is_booked_of_a_month_is_what_its_last_costs_make_of_it(found: Sequence[Sequence[CostRow]]) -> None:
    """However often AWS corrects a month, and in any months that book the corrections."""
    files = [closed("2026-10", month(*found[0]), NONE)]
    for number, rows in enumerate(found[1:], start=11):
        files.append(true_up("2026-10", month(*rows), months_of(files)))
        files.append(closed(f"2026-{number}", month(untagged("5")), months_of(files)))
    booked = {
        value: exact_sum(
            [
                files[0].totals.get(value, Decimal()),
                *(entry.amounts.get(value, Decimal()) for file in files for entry in file.books),
            ]
        )
        for value in ("", "Search", "Shop")
    }
    assert months_of(files).to_book() == ()
    last = closed("2026-10", month(*found[-1]), NONE)
    assert {value: amount for value, amount in booked.items() if amount} == {
        value: amount for value, amount in last.totals.items() if amount
    }
    assert exact_sum(booked.values()) == rounded(exact_sum(each.amount for each in found[-1]), 2)
