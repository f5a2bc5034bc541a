"""The SQL of what a report reads of each line; all of it is constants, and names of others are parameters.

AWS writes costs as decimals, but Parquet files have them as doubles. The shortest text of a double is what AWS wrote,
so costs are read by their text and summed as decimals of 18 places: sums of doubles depend on the number of threads.
"""

from collections.abc import Callable, Mapping
from typing import Final

from bedrock_projects.errors import SettingsError
from bedrock_projects.exports import schema as columns
from bedrock_projects.exports.schema import Schema

_MONEY: Final = "CAST(CAST({column} AS VARCHAR) AS DECIMAL(38, 18))"
_NO_AMOUNT: Final = "CAST(0 AS DECIMAL(38, 18))"

AMORTIZED: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "SavingsPlanCoveredUsage": (
        ("savings_plan_net_savings_plan_effective_cost", "savings_plan_savings_plan_effective_cost"),
    ),
    "SavingsPlanRecurringFee": (("savings_plan_total_commitment_to_date",), ("-savings_plan_used_commitment",)),
    "SavingsPlanNegation": (),
    "SavingsPlanUpfrontFee": (),
    "DiscountedUsage": (("reservation_net_effective_cost", "reservation_effective_cost"),),
    "RIFee": (
        (
            "reservation_net_unused_amortized_upfront_fee_for_billing_period",
            "reservation_unused_amortized_upfront_fee_for_billing_period",
        ),
        ("reservation_net_unused_recurring_fee", "reservation_unused_recurring_fee"),
    ),
}
"""What makes the net amortized cost of lines of commitments: a sum, each part the first column that has a value.

The form is AWS's own, in its library of queries (amortized_cost_by_charge_type.sql, awslabs/aws-well-architected-labs):
https://wellarchitectedlabs.com/cost-optimization/cur_queries/queries/global/. That a net column comes before the plain
one is documented: it has a value only where discounts apply. AWS names no net amount for the unused part of a savings
plan, so that is before discounts. The fee of a reservation that was paid upfront is 0: `reservation_reservation_a_r_n`.
"""
_RESERVATION: Final = "reservation_reservation_a_r_n"


def text(column: str) -> str:
    """The text of a column; an empty one and the word NULL are no text."""
    return f"nullif(nullif(CAST({column} AS VARCHAR), ''), 'NULL')"


def day(schema: Schema, column: str) -> str:
    """The day (UTC) of a column."""
    return f"CAST({column} AS DATE)" if schema.is_timestamp(column) else f"CAST(left({column}, 10) AS DATE)"


def money(column: str) -> str:
    """The exact amount of a column."""
    return _MONEY.format(column=column)


def entry(schema: Schema, column: str, parameter: str) -> str:
    """The text of a map's entry; the parameter is its key, or its JSON pointer if the map is a text."""
    is_map = schema.types[column].startswith("MAP")
    found = f"{column}[${parameter}]" if is_map else f"json_extract_string({column}, ${parameter})"
    return text(found)


def entry_key(schema: Schema, column: str, key: str) -> str:
    """The value of the parameter of `entry` for a key."""
    if schema.types[column].startswith("MAP"):
        return key
    return "/" + key.replace("~", "~0").replace("/", "~1")


def whole_lines(schema: Schema) -> str:
    """The condition that leaves out the lines which split cost allocation adds below a line that is there too."""
    return f"{text(columns.PARENT)} IS NULL" if schema.has(columns.PARENT) else "true"


def cost(schema: Schema, metric: str) -> str:
    """The cost of a line by the metric, one of `schema.COSTS`."""
    return _COSTS[metric](schema)


def check_commitments(schema: Schema, line_types: set[str]) -> None:
    """Raises SettingsError if lines of commitments are there and the columns of their amortized cost are not."""
    for line_type in sorted(line_types & AMORTIZED.keys()):
        for part in AMORTIZED[line_type]:
            names = [name.lstrip("-") for name in part]
            if not any(map(schema.has, names)):
                raise SettingsError(
                    f"{schema.of} has lines of {line_type}, whose effective cost needs the column {names[-1]}; select "
                    "it in the export's query, or use --cost billed"
                )
    if "Fee" in line_types and not schema.has(_RESERVATION):
        raise SettingsError(
            f"{schema.of} has lines of Fee, whose effective cost needs the column {_RESERVATION}; select it in the "
            "export's query, or use --cost billed"
        )


def _effective(schema: Schema) -> str:
    cases = [
        f"WHEN '{line_type}' THEN {_sum(schema, parts)}"
        for line_type, parts in AMORTIZED.items()
        if all(any(schema.has(name.lstrip("-")) for name in part) for part in parts)
    ]
    rest = f"coalesce({money(columns.NET_COST)}, {money(columns.UNBLENDED_COST)})"
    if schema.has(_RESERVATION):
        is_upfront = f"{columns.LINE_TYPE} = 'Fee' AND {text(_RESERVATION)} IS NOT NULL"
        rest = f"CASE WHEN {is_upfront} THEN {_NO_AMOUNT} ELSE {rest} END"
    return f"CASE {columns.LINE_TYPE} {' '.join(cases)} ELSE {rest} END"


def _sum(schema: Schema, parts: tuple[tuple[str, ...], ...]) -> str:
    """The sum of the parts, those with a minus subtracted."""
    sums = [_NO_AMOUNT]
    for part in parts:
        there = [name.lstrip("-") for name in part if schema.has(name.lstrip("-"))]
        sums.append(f"{'-' if part[0].startswith('-') else '+'} coalesce({', '.join(map(money, there))}, {_NO_AMOUNT})")
    return " ".join(sums)


_COSTS: Final[Mapping[str, Callable[[Schema], str]]] = {
    "UnblendedCost": lambda _: money(columns.UNBLENDED_COST),
    "NetAmortizedCost": _effective,
}
