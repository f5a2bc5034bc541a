"""Computes what each line used of each model and kind of usage, and what a unit of it cost.

Costs are those of direct usage; together they are that of the whole report. Sums are exact, only a unit price is a
quotient.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final, NamedTuple

from bedrock_projects.reports.cost_data import CostTable, Group
from bedrock_projects.reports.labels import NO_MODEL
from bedrock_projects.reports.line_facts import UnitPrice
from bedrock_projects.reports.units import MILLION, tokens
from bedrock_projects.reports.usage_types import UsageKind, model_name, usage_kind

TOKENS: Final = "1M tokens"
"""The unit of all tokens that can be counted."""


class _Key(NamedTuple):
    value: str
    model: str
    kind: UsageKind
    unit: str


def unit_prices(
    table: CostTable, *, line: Callable[[str], str], label: Callable[[str], str], has_models: bool
) -> tuple[UnitPrice, ...]:
    """The unit prices, the largest cost first.

    The table is by value, model and usage type with quantities; without models, by value, service and usage type, which
    together name most models. `line` gives the line of a value, `label` what to show for a line.
    """
    sums: defaultdict[_Key, list[Decimal]] = defaultdict(lambda: [Decimal(), Decimal()])
    for group, quantity, unit, cost in _amounts(table):
        value, model, usage_type = group
        kind, counted = usage_kind(usage_type), tokens(quantity, unit, usage_type)
        name = (model or NO_MODEL) if has_models else model_name(model, usage_type)
        key = _Key(line(value), name, kind, unit if counted is None else TOKENS)
        sums[key][0] += quantity if counted is None else counted / MILLION
        sums[key][1] += cost
    prices = [
        UnitPrice(
            **key._asdict(),
            label=label(key.value),
            quantity=quantity,
            cost=cost,
            unit_price=cost / quantity if quantity > 0 else None,
        )
        for key, (quantity, cost) in sums.items()
        if quantity or cost
    ]
    return tuple(sorted(prices, key=lambda price: (-price.cost, price.value, price.model, price.kind, price.unit)))


def _amounts(table: CostTable) -> Iterator[tuple[Group, Decimal, str, Decimal]]:
    for group, row in table.amounts.items():
        for cost, quantity in zip(row, table.quantities[group], strict=True):
            if cost is not None and quantity is not None:
                yield group, quantity.amount, quantity.unit, cost
