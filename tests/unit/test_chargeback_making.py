"""True-ups of a closed month: from its own source, and from another one that takes it over."""

from collections.abc import Mapping
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.chargeback.costs import MonthCosts, MonthInvoice
from bedrock_projects.chargeback.details import MonthDetails
from bedrock_projects.chargeback.making import Made, TrueUp, make_month, make_true_up
from bedrock_projects.chargeback.month_file import Source, parsed, written
from bedrock_projects.chargeback.months import Months, minus, months_of
from bedrock_projects.chargeback.rules import Closed
from bedrock_projects.chargeback.splitting import exact_sum
from bedrock_projects.errors import SettingsError
from tests.unit.chargeback_cases import (
    GATEWAY,
    GIVEN_RULES,
    INVOICE,
    MADE_AT,
    SEARCH,
    closed,
    month,
    row,
    shop,
)

CUR2 = Source(kind="export", name="acme-cur2", versions=("etag",), delivered=datetime(2026, 11, 9, tzinfo=timezone.utc))
FOCUS = Source(kind="export", name="acme-focus")
ASKED = Source(kind="cost-explorer", name="Cost Explorer")
ALL_OF_IT = Closed(smallest_true_up=Decimal(0))


def costs(search: str, shop_amount: str = "10", **fields: Any) -> MonthCosts:
    return month(row(search), shop(shop_amount), **{"invoices": (INVOICE,)} | fields)


def made(of: MonthCosts, source: Source = CUR2, **fields: Any) -> Made:
    known: dict[str, Any] = {
        "inventory": "acme",
        "month": "2026-10",
        "now": MADE_AT,
        "commit": None,
        "rules": GIVEN_RULES,
        "rule_of": {GATEWAY: "gateway"},
        "weights": {},
        "source": source,
        "costs": of,
        "details": MonthDetails(),
    }
    return Made(**known | fields)


OCTOBER = make_month(made(costs("30")), months_of(()), kind="closed").file
CLOSED = months_of((OCTOBER,))


def after(months: Months, found: TrueUp) -> Months:
    assert found.file
    return months_of((*months.chain, parsed(written(found.file), name=found.file.name)))


def texts(amounts: Mapping[str, Decimal] | None) -> dict[str, str] | None:
    return None if amounts is None else {value: f"{amount:f}" for value, amount in amounts.items()}


def test_what_a_change_of_the_source_alone_makes_is_what_the_two_differ_by_now() -> None:
    found = make_true_up(made(costs("33", "9"), ASKED), CLOSED, Closed(), former=made(costs("28")))
    assert texts(found.changes) == {"Search": "3.00", "Shop": "-1.00"}
    assert texts(found.by_aws) == {"Search": "-2.00"}
    assert texts(found.by_source) == {"Search": "5.00", "Shop": "-1.00"}
    assert found.file
    assert found.file.changes == found.changes
    assert found.file.source_change
    assert (found.file.source_change.former, found.file.source_change.amounts) == (CUR2, found.by_source)


def test_after_a_change_the_month_is_of_the_new_source() -> None:
    months = after(CLOSED, make_true_up(made(costs("33"), ASKED), CLOSED, Closed(), former=made(costs("28"))))
    again = make_true_up(made(costs("33"), ASKED), months, Closed())
    assert (again.changes, again.file, again.waits) == ({}, None, False)
    with pytest.raises(SettingsError, match="2026-10 was read from Cost Explorer so far, and two sources may differ"):
        make_true_up(made(costs("33")), months, Closed())
    back = make_true_up(made(costs("30")), months, Closed(), former=made(costs("33"), ASKED))
    assert texts(back.changes) == texts(back.by_source) == {"Search": "-3.00"}
    assert back.file
    assert back.file.name == "2026-10.true-up-2.json"


def test_a_change_that_makes_no_difference_is_kept_and_booked_by_nothing() -> None:
    found = make_true_up(made(costs("30"), ASKED), CLOSED, Closed(), former=made(costs("30")))
    assert (found.changes, found.by_aws, found.by_source) == ({}, {}, {})
    months = after(CLOSED, found)
    assert months.to_book() == ()
    assert make_true_up(made(costs("31"), ASKED), months, Closed()).changes == {"Search": 1}


def test_a_small_difference_waits_and_the_source_changes() -> None:
    found = make_true_up(made(costs("30.40"), ASKED), CLOSED, Closed(), former=made(costs("30")))
    assert (found.waits, texts(found.changes)) == (True, {"Search": "0.40"})
    months = after(CLOSED, found)
    assert months.to_book() == ()
    later = make_true_up(made(costs("31"), ASKED), months, Closed())
    assert (later.waits, texts(later.changes)) == (False, {"Search": "1.00"})


def test_without_the_former_source_the_parts_are_not_known() -> None:
    found = make_true_up(made(costs("33"), ASKED), CLOSED, Closed(), former="gone")
    assert texts(found.changes) == {"Search": "3.00"}
    assert found.by_aws is found.by_source is None
    assert found.file
    assert found.file.source_change
    assert (found.file.source_change.former, found.file.source_change.amounts) == (CUR2, None)


OTHER_INVOICES = (MonthInvoice(id="EUINUS26-9", amount=Decimal(47)),)
OLD = CUR2.model_copy(update={"delivered": datetime(2026, 11, 8, tzinfo=timezone.utc)})


@pytest.mark.parametrize(
    ("now", "former", "reason"),
    [
        (made(costs("30"), ASKED), None, "read it from acme-cur2, or change its source by --change-from"),
        (made(costs("30"), FOCUS), None, "read it from acme-cur2, or change its source by --change-from"),
        (made(costs("30")), "gone", "is read from acme-cur2 already; leave out --change-from"),
        (made(costs("30")), made(costs("30")), "is read from acme-cur2 already; leave out --change-from"),
        (
            made(costs("30"), ASKED),
            made(costs("30"), FOCUS),
            "--change-from is acme-focus; give acme-cur2 there, or `gone` if it cannot be read any more",
        ),
        (made(costs("30"), FOCUS), made(costs("30"), ASKED), "--change-from is Cost Explorer; give acme-cur2 there"),
        (made(costs("30", invoices=OTHER_INVOICES), ASKED), "gone", "none of them is in Cost Explorer"),
        (made(costs("30", invoices=None), FOCUS), "gone", "none of them is in acme-focus"),
        (
            made(costs("30", invoices=None, without_invoices="the export has no invoice ids"), FOCUS),
            "gone",
            "in acme-focus (the export has no invoice ids); read a source that has them",
        ),
        (made(costs("30"), ASKED), made(costs("30", invoices=OTHER_INVOICES)), "none of them is in acme-cur2"),
        (made(costs("30"), ASKED), made(costs("30"), OLD), "acme-cur2 was delivered 2026-11-08 00:00 UTC"),
        (made(costs("30"), ASKED, unfinished="so"), made(costs("30")), "2026-10 cannot be trued up yet: so"),
        (made(costs("30"), ASKED), made(costs("30"), unfinished="so"), "2026-10 cannot be trued up yet: so"),
        (made(costs("30", bedrock=Decimal(1)), ASKED), made(costs("30")), "the month does not add up"),
        (made(costs("30"), ASKED), made(costs("30", bedrock=Decimal(1))), "the month does not add up"),
        (made(costs("30", currency="EUR"), ASKED), "gone", "was closed in USD, and its costs are now in EUR"),
    ],
)
def test_a_change_from_or_to_a_wrong_source_is_refused(now: Made, former: Any, reason: str) -> None:
    with pytest.raises(SettingsError) as refused:
        make_true_up(now, CLOSED, Closed(), former=former)
    [line] = refused.value.lines
    assert reason in line


def test_a_month_that_was_closed_without_invoices_is_trued_up_without_them_from_an_export_alone() -> None:
    given = costs("30", invoices=None, without_invoices="the export has no invoice ids", estimated=True)
    months = months_of([make_month(made(given, FOCUS, unfinished="no ids"), months_of(()), kind="closed").file])
    assert make_true_up(made(given, FOCUS, unfinished="no ids"), months, Closed()).changes == {}
    with pytest.raises(SettingsError, match="2026-10 cannot be trued up yet: AWS marks"):
        make_true_up(made(given, ASKED, unfinished="AWS marks amounts"), months, Closed(), former="gone")


def test_an_older_delivery_is_refused_also_by_the_source_before_the_last_one() -> None:
    months = after(CLOSED, make_true_up(made(costs("30"), ASKED), CLOSED, Closed(), former="gone"))
    with pytest.raises(SettingsError, match=r"before what 2026-10\.json was made from"):
        make_true_up(made(costs("30"), OLD), months, Closed(), former=made(costs("30"), ASKED))


NOVEMBER = month(row("1"), month=date(2026, 11, 1))


@pytest.mark.parametrize(
    ("november", "reason"),
    [
        (made(NOVEMBER.model_copy(update={"currency": "EUR"}), month="2026-11"), "is in USD, and 2026-11 is in EUR"),
        (
            made(NOVEMBER, month="2026-11", rules=GIVEN_RULES.model_copy(update={"by": "CostCenter"})),
            "is by Team, and 2026-11 is by CostCenter",
        ),
    ],
)
def test_what_a_month_cannot_book_is_booked_outside_and_found_by_no_later_true_up(november: Made, reason: str) -> None:
    """Without its file, a later true-up would find the difference again, and what was written after it is lost."""
    months = after(CLOSED, make_true_up(made(costs("33")), CLOSED, Closed()))
    months = after(months, make_true_up(made(costs("35")), months, Closed()))
    with pytest.raises(SettingsError) as refused:
        make_month(november, months, kind="closed")
    assert refused.value.lines == tuple(
        f"{name} {reason}, so 2026-11 cannot book it: book the `changes` of that file outside, and close with "
        "--booked-outside; the file stays"
        for name in ("2026-10.true-up-1.json", "2026-10.true-up-2.json")
    )
    for file in (
        make_month(november, months, kind="provisional").file,
        make_month(november, months, kind="closed", booked_outside=True).file,
    ):
        assert [(entry.number, entry.amounts) for entry in file.books] == [(1, {}), (2, {})]
        assert exact_sum(file.totals.values()) == 1
    later = months_of((*months.chain, file))
    assert later.to_book() == ()
    assert make_true_up(made(costs("35")), later, Closed()).changes == {}


def test_that_an_entry_is_booked_outside_is_not_recorded_if_the_month_books_it() -> None:
    months = after(CLOSED, make_true_up(made(costs("33")), CLOSED, Closed()))
    for each in (CLOSED, months):
        with pytest.raises(SettingsError, match="--booked-outside: 2026-11 can book each entry; leave it out"):
            make_month(made(NOVEMBER, month="2026-11"), each, kind="closed", booked_outside=True)


def test_an_entry_is_shown_by_the_month_alone_that_will_book_it() -> None:
    """Accruals of two months before one of them is closed would both have it."""
    months = after(CLOSED, make_true_up(made(costs("33")), CLOSED, Closed()))
    for name, number in (("2026-09", 0), ("2026-11", 1), ("2026-12", 0)):
        file = make_month(made(costs("1"), month=name), months, kind="provisional").file
        assert len(file.books) == number


def test_a_month_keeps_the_weights_that_it_was_made_with() -> None:
    weights = {"weights/2026-10.csv": {"Search": Decimal(3)}}
    assert make_month(made(costs("30"), weights=weights), months_of(()), kind="closed").file.weights == weights


def test_a_closed_month_names_the_accrual_that_it_takes_back() -> None:
    accrual = make_month(made(costs("29")), months_of(()), kind="provisional").file
    assert accrual.accrual is None
    months = months_of((accrual,))
    assert make_month(made(costs("30")), months, kind="closed").file.accrual == accrual.digest
    assert make_month(made(costs("30"), month="2026-11"), months, kind="closed").file.accrual is None
    assert OCTOBER.accrual is None


def test_a_new_name_in_the_inventory_changes_no_closed_month() -> None:
    """A project that had a cost when the month was closed keeps its rule; one that gets a cost later has one now."""
    shared = make_true_up(made(costs("30"), rule_of={SEARCH: "gateway"}), CLOSED, Closed())
    assert shared.changes == {}
    late = row("8", value="Platform", owner="acme/prod/late")
    now = month(row("30"), shop("10"), late, invoices=(INVOICE,))
    found = make_true_up(made(now, rule_of={"acme/prod/late": "gateway"}), CLOSED, Closed())
    assert texts(found.changes) == {"Search": "6.00", "Shop": "2.00"}
    again = make_true_up(made(now, rule_of={}), after(CLOSED, found), Closed())
    assert again.changes == {}
    single = make_true_up(made(now, rule_of={}), CLOSED, Closed())
    assert texts(single.changes) == {"Platform": "8.00"}
    again = make_true_up(made(now, rule_of={"acme/prod/late": "gateway"}), after(CLOSED, single), Closed())
    assert again.changes == {}


amounts = st.decimals(1, 1000, places=4).map(str)


@given(st.lists(st.tuples(amounts, amounts, st.booleans()), min_size=1, max_size=5))
def test_however_often_the_source_changes_the_last_one_is_booked_and_the_parts_add_up(
    versions: list[tuple[str, str, bool]],
) -> None:
    """Each version is what the two sources say at a time, and whether the source changes then."""
    months, current, other = CLOSED, CUR2, ASKED
    last = costs("30")
    for one, another, is_change in versions:
        said = {CUR2.name: costs(one), ASKED.name: costs(one, another)}
        if is_change:
            before = made(said[current.name], current)
            found = make_true_up(made(said[other.name], other), months, ALL_OF_IT, former=before)
            assert found.by_aws is not None
            assert found.by_source is not None
            negative = {value: -amount for value, amount in found.by_source.items()}
            assert minus(found.by_aws, negative) == found.changes
            current, other = other, current
        else:
            found = make_true_up(made(said[current.name], current), months, ALL_OF_IT)
        last = said[current.name]
        months = after(months, found) if found.file else months
    booked = [OCTOBER.totals, *(file.changes for file in months.true_ups("2026-10"))]
    november = closed("2026-11", month(row("1")), months)
    assert exact_sum(amount for entry in november.books for amount in entry.amounts.values()) == exact_sum(
        amount for each in booked[1:] for amount in each.values()
    )
    now = make_month(made(last), months_of(()), kind="closed").file.totals
    assert minus(now, *booked) == {}
