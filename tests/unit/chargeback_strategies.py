"""Any rules of a chargeback that go with given projects, for properties of inventories."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, get_args

from hypothesis import strategies as st

from bedrock_projects.chargeback.rules import (
    Addition,
    Adjustment,
    Basis,
    Central,
    Chargeback,
    Closed,
    CreditPassing,
    Passing,
    SharedCost,
    Split,
)
from bedrock_projects.inventory.charged_values import charged_values, source_values
from bedrock_projects.model import Project, TagKey

AMOUNTS = st.decimals(-1000, 1000, places=3).filter(bool)
LINES = st.sampled_from(["Platform", "Fee: 4 %", "no", "2026-10", "a #b"])


@st.composite
def chargebacks(draw: st.DrawFn, projects: Sequence[Project], taxonomy: Mapping[str, TagKey]) -> Chargeback | None:
    keys = [key for key, tag_key in taxonomy.items() if tag_key.cost_allocation]
    if not keys or not draw(st.booleans()):
        return None
    by = draw(st.sampled_from(keys))
    values = charged_values(by, projects, taxonomy)
    passing = st.sampled_from(get_args(Passing))
    addition = st.sampled_from(get_args(Addition))
    months = st.sampled_from(["2026-09", "2026-10"])
    names = st.lists(LINES, min_size=1, max_size=2, unique=True)
    adjusted = draw(st.dictionaries(months, names, max_size=2))
    return Chargeback(
        by=by,
        cost=draw(st.sampled_from(get_args(Basis))),
        central=Central(name=draw(LINES), cost_center=draw(st.sampled_from([None, "0001"]))),
        shared=draw(shared_costs(by, projects, values)),
        unallocated=draw(st.none() | splits(values)),
        discounts=draw(passing),
        refunds=draw(passing),
        credits=draw(st.sampled_from(get_args(CreditPassing))),
        tax=draw(addition),
        support=draw(addition),
        adjustments={
            month: tuple(
                Adjustment(description=name, amount=draw(AMOUNTS), split=draw(splits(values)))
                for name in adjusted[month]
            )
            for month in sorted(adjusted)
        },
        closed=Closed(not_before_day=draw(st.integers(1, 28)), smallest_true_up=abs(draw(AMOUNTS))),
    )


@st.composite
def shared_costs(
    draw: st.DrawFn, by: str, projects: Sequence[Project], values: frozenset[str]
) -> tuple[SharedCost, ...]:
    keys = draw(st.permutations(sorted({project.key for project in projects})))
    costs = []
    for name, part in zip(draw(st.permutations(["gateway", "a", "Z"])), (keys[:1], keys[1:3]), strict=False):
        if draw(st.booleans()) and part:
            targets = values - source_values(by, projects, part)
            files = st.sampled_from(["weights.csv", "weights/{month}.csv"])
            by_file = files.map(lambda file: Split(method="weights", weights=file))
            costs.append(SharedCost(name=name, projects=tuple(part), split=draw(splits(targets) | by_file)))
    return tuple(costs)


@st.composite
def splits(draw: st.DrawFn, values: frozenset[str]) -> Split:
    # A key that starts with `x-` is the user's own in any mapping of the file.
    chosen = draw(st.lists(st.sampled_from(sorted(values)), max_size=3, unique=True)) if values else []
    method = draw(st.sampled_from(["proportional", "even", "fixed"]))
    if method != "fixed" or any(value.startswith("x-") for value in chosen) or not chosen:
        given: dict[str, Any] = {"method": "even" if method == "fixed" else method, "to": tuple(chosen)}
        return Split(**given)
    *first, last = chosen
    shares = {value: draw(st.decimals("0.01", 30, places=2)) for value in first}
    return Split(method="fixed", shares={**shares, last: 100 - sum(shares.values(), Decimal())})
