"""Laws of the local Cost Explorer's sums and pages, over invented bills."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy

from local_aws.clock import iso
from local_aws.cost_explorer.activation import ActiveKeys, active_keys
from local_aws.cost_explorer.costs import amount, metric
from local_aws.cost_explorer.dimensions import Dimension, Group, Tag, Tags
from local_aws.cost_explorer.ledger import Charge, Item, Ledger, merged
from local_aws.cost_explorer.models import Backfill, TagKey, month_start
from local_aws.cost_explorer.paging import Pages
from local_aws.cost_explorer.periods import EPOCH, Granularity, Period
from local_aws.cost_explorer.query import Query, ask, values
from local_aws.cost_explorer.usage_responses import rows
from local_aws.messages import Request

UNHURRIED = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
FIRST, LAST = date(2025, 11, 20), date(2026, 2, 10)
_MINUTES = st.integers((FIRST - EPOCH).days * 1440 - 9000, (LAST - EPOCH).days * 1440 + 9000)
_AMOUNTS = st.decimals(-(10**6), 10**6, places=10)
_METRICS = ("NetAmortizedCost", "ListCost")
_OTHERS = st.dictionaries(st.sampled_from(_METRICS), _AMOUNTS).map(lambda others: tuple(others.items()))
_CHARGES = st.lists(st.builds(Charge, _MINUTES, _AMOUNTS, _AMOUNTS, _OTHERS), min_size=1, max_size=5)
_TAGS = st.dictionaries(st.sampled_from(("Team", "Stage")), st.sampled_from(("", "a", "b")))
_ITEMS = st.builds(
    Item,
    account=st.sampled_from(("1", "2", "3")),
    service=st.sampled_from(("x", "y")),
    usage_type=st.just("u"),
    tags=_TAGS.map(lambda tags: tuple(sorted(tags.items()))),
    charge_type=st.sampled_from(("Usage", "Credit")),
    unit=st.sampled_from(("", "1K tokens", "Units")),
)
_LEDGERS = st.dictionaries(_ITEMS, _CHARGES, max_size=6)
_GROUPS = st.lists(
    st.sampled_from((Dimension("SERVICE"), Dimension("RECORD_TYPE"), Tag("Team"), Tag("Stage"))),
    max_size=2,
    unique=True,
)
_ACTIVE = st.builds(
    lambda starts, keys: ActiveKeys((0, *sorted(starts)), tuple(keys)),
    st.lists(_MINUTES, min_size=2, max_size=2),
    st.lists(st.frozensets(st.sampled_from(("Team", "Stage"))), min_size=3, max_size=3),
)


def query(active: ActiveKeys, groups: list[Group], granularity: Granularity = "MONTHLY") -> Query:
    def matches(item: Item, tags: Tags) -> bool:
        return item.service == "x" or tags.get("Team") == "a"

    return Query(lambda account: account != "3", active, Period(FIRST, LAST).split(granularity), matches, tuple(groups))


@UNHURRIED
@given(_LEDGERS, _ACTIVE, _GROUPS)
def test_groups_add_up_to_the_total_in_every_period(ledger: Ledger, active: ActiveKeys, groups: list[Group]) -> None:
    whole, split = ask(ledger, query(active, [])), ask(ledger, query(active, groups))
    for total, result in zip(whole, split, strict=True):
        for name in ("UnblendedCost", "UsageQuantity", *_METRICS):
            shown = [Decimal(metric(name, part)["Amount"]) for part in result.sums.values()]
            assert sum(shown, Decimal(0)) == Decimal(metric(name, total.sums.get(()))["Amount"])


@UNHURRIED
@given(_LEDGERS, _ACTIVE, _GROUPS)
def test_a_group_has_the_unit_that_all_its_quantities_have(
    ledger: Ledger, active: ActiveKeys, groups: list[Group]
) -> None:
    asked = query(active, groups)
    units: dict[tuple[str, ...], set[str]] = {}
    for item, charges in ledger.items():
        for charge in charges:
            for keys, part in values(ask({item: [charge]}, asked)).items():
                units.setdefault(keys, set()).update({item.unit or "N/A"} if part.quantity else ())
    shown = {keys: metric("UsageQuantity", total)["Unit"] for keys, total in values(ask(ledger, asked)).items()}
    assert shown == {keys: next(iter(these)) if len(these) == 1 else "N/A" for keys, these in units.items()}


@UNHURRIED
@given(_LEDGERS, _ACTIVE, _GROUPS)
def test_days_add_up_to_their_months(ledger: Ledger, active: ActiveKeys, groups: list[Group]) -> None:
    by_month, by_day = (values(ask(ledger, query(active, groups, unit))) for unit in ("MONTHLY", "DAILY"))
    assert by_month == by_day


@UNHURRIED
@given(_LEDGERS, _ACTIVE, _GROUPS, st.integers(1, 9))
def test_pages_are_the_answer_cut_up(ledger: Ledger, active: ActiveKeys, groups: list[Group], size: int) -> None:
    whole = rows(ask(ledger, query(active, groups, "DAILY")))
    pages, items, body = Pages(), [], "{}"
    while body:
        request = Request("POST", "/", CIMultiDictProxy(CIMultiDict()), body.encode())
        page = pages.page(request, "1", size=size, items=lambda: list(whole))
        items += page.items
        assert page.total == len(whole)
        token = page.following.get("NextPageToken")
        body = f'{{"NextPageToken": "{token}"}}' if token else ""
    assert items == whole


@UNHURRIED
@given(_LEDGERS, _LEDGERS)
def test_merged_ledgers_cost_what_they_cost_apart(one: Ledger, other: Ledger) -> None:
    def cost(ledger: Ledger) -> Decimal:
        return sum((charge.cost for charges in ledger.values() for charge in charges), Decimal(0))

    assert cost(merged((one, other))) == cost(one) + cost(other)


@UNHURRIED
@given(st.decimals(-(10**12), 10**12, places=10))
def test_an_amount_is_written_exactly_and_plainly(value: Decimal) -> None:
    text = amount(value)
    assert Decimal(text) == value
    assert "E" not in text
    assert text == "0" or "." not in text or not text.endswith("0")


@UNHURRIED
@given(st.dates(FIRST, LAST), st.dates(FIRST, LAST), st.sampled_from(("DAILY", "MONTHLY")))
def test_periods_follow_each_other_without_a_gap(start: date, end: date, granularity: Granularity) -> None:
    parts = Period(start, end).split(granularity)
    assert sum(part.days for part in parts) == max(0, (end - start).days)
    for one, following in pairwise(parts):
        assert one.end == following.start
        assert granularity == "DAILY" or following.start.day == 1


_HOURS = st.integers(1, 24 * 80)
_MOMENTS = _HOURS.map(lambda hours: (FIRST - EPOCH).days * 86_400.0 + hours * 3600)
_REQUESTS = st.lists(
    st.tuples(_MOMENTS, st.sampled_from((None, 0, 1, 2))), max_size=6, unique_by=lambda request: request[0]
)


@UNHURRIED
@given(_REQUESTS, st.booleans(), _HOURS)
def test_what_was_asked_for_last_holds(requests: list[tuple[float, int | None]], initial: bool, hour: int) -> None:
    """Against the plain reading: each request in turn overwrites the hours that it concerns."""
    begin, hours = (FIRST - EPOCH).days * 24, 24 * 90
    status, counts = initial, [initial] * hours
    tag, backfills = TagKey("Team", initial="Active" if initial else "Inactive"), []
    for moment, months_back in sorted(requests):
        now = int(moment // 3600) - begin
        if months_back is None:
            status = not status
            tag.switch(now=moment)
            counts[now:] = [status] * (hours - now)
        else:
            start = month_start(moment, months_back=months_back)
            first = max(0, int(start // 3600) - begin)
            backfills.append(Backfill(iso(start), moment, moment, "SUCCEEDED"))
            counts[first:now] = [status] * (now - first)
    active = active_keys([tag], backfills, now=1e12)
    assert ("Team" in active.keys[active.span((begin + hour) * 60)]) == counts[hour]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda backfill: Backfill(backfill.start, backfill.requested_at, backfill.completed_at, "FAILED"),
        lambda backfill: Backfill(backfill.start, backfill.requested_at, 2e9, "SUCCEEDED"),
    ],
)
def test_a_backfill_that_failed_or_still_runs_changes_nothing(spoil: Callable[[Backfill], Backfill]) -> None:
    tag = TagKey("Team")
    tag.switch(now=1.77e9)
    backfill = Backfill("2026-01-01T00:00:00Z", 1.771e9, 1.772e9, "SUCCEEDED")
    minute = int(1.768e9 // 60)
    for applied, counts in ((backfill, True), (spoil(backfill), False)):
        active = active_keys([tag], [applied], now=1.78e9)
        assert ("Team" in active.keys[active.span(minute)]) is counts
