"""Shares of a report: of which amounts there are some, and of which none."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.reports.percentages import shares

AMOUNTS = st.lists(st.decimals("-1000", "1000", places=4), max_size=6)


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ((), []),
        (("1", "3"), ["25.0", "75.0"]),
        (("0", "0"), [None, None]),
        (("5", "-3"), [None, None]),
        (("-5", "1"), [None, None]),
        (("0.0005", "0.9995"), ["0.1", "100.0"]),
    ],
)
def test_shares_are_of_amounts_without_negative_ones(amounts: tuple[str, ...], expected: list[str | None]) -> None:
    """A line of 5 next to one of -3 would be 250.0% of their sum."""
    assert shares(list(map(Decimal, amounts))) == [None if each is None else Decimal(each) for each in expected]


@given(AMOUNTS)
def test_a_share_is_between_0_and_100(amounts: list[Decimal]) -> None:
    assert all(share is None or 0 <= share <= 100 for share in shares(amounts))


@given(st.lists(st.decimals(0, 1000, places=4), min_size=1, max_size=40).filter(any))
def test_each_share_is_rounded_for_itself(amounts: list[Decimal]) -> None:
    total = sum(amounts, Decimal())
    for amount, share in zip(amounts, shares(amounts), strict=True):
        assert share is not None
        assert share.as_tuple().exponent == -1
        assert abs(share * total - 100 * amount) <= Decimal("0.05") * total
