"""The SQL that reads a column, by DuckDB itself."""

from decimal import Decimal
from functools import cache

import duckdb
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bedrock_projects.exports.expressions import money
from bedrock_projects.exports.schema import Schema

SCHEMA = Schema(of="export acme", types={"cost": "DOUBLE"})
WRITTEN = st.decimals(-10_000_000, 10_000_000, places=10).filter(lambda amount: len(amount.as_tuple().digits) <= 15)
"""Amounts as AWS writes them: a double keeps 15 digits."""
SOME_EXAMPLES = settings(max_examples=25)  # each of up to 50 amounts
OTHERS = st.floats(-1e15, 1e15).filter(lambda value: len(f"{Decimal(repr(value)):f}".partition(".")[2]) <= 18)


@cache
def database() -> duckdb.DuckDBPyConnection:
    """One for all examples."""
    return duckdb.connect(config={"threads": 1})


def exact(values: list[float]) -> list[Decimal]:
    """The amounts of doubles, in their order."""
    rows = (
        database()
        .execute(f"SELECT {money(SCHEMA, 'cost')} FROM (SELECT unnest($values::DOUBLE[]) AS cost)", {"values": values})
        .fetchall()
    )
    return [amount for (amount,) in rows]


@SOME_EXAMPLES
@given(amounts=st.lists(WRITTEN, min_size=1, max_size=50))
@example(amounts=[Decimal("99998.9999999999"), Decimal("99999.9999999999"), Decimal("-0.0000000001"), Decimal("0")])
def test_an_amount_of_a_double_is_the_one_that_was_written(amounts: list[Decimal]) -> None:
    assert exact([float(amount) for amount in amounts]) == amounts


@SOME_EXAMPLES
@given(values=st.lists(OTHERS, min_size=1, max_size=50))
@example(values=[0.1 + 0.2, 1e-12, 99998.123456789012, 123456.123456789012, -0.0])
def test_an_amount_of_any_double_is_its_shortest_text(values: list[float]) -> None:
    assert exact(values) == [Decimal(repr(value)) for value in values]
