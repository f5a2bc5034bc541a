"""From the lines of the bill to sums: pure, one pass for each question."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from local_aws.cost_explorer.activation import ActiveKeys
from local_aws.cost_explorer.dimensions import Group, Tags
from local_aws.cost_explorer.ledger import MINUTES_OF_DAY, Charge, Item, Ledger
from local_aws.cost_explorer.periods import EPOCH, Period

Matches = Callable[[Item, Tags], bool]
Keys = tuple[str, ...]
ZERO: Final = Decimal(0)
NO_UNIT: Final = "N/A"


def everything(item: Item, tags: Tags) -> bool:
    """The filter of a question without one."""
    del item, tags
    return True


@dataclass(frozen=True)
class Query:
    """A question: lines of the accounts that are seen, in periods (one after the other, without a gap), grouped."""

    sees: Callable[[str], bool]
    active: ActiveKeys
    periods: tuple[Period, ...]
    matches: Matches = everything
    groups: tuple[Group, ...] = ()


@dataclass
class Sum:
    """Cost in USD, and quantity; its `unit` is "" as long as there is none, and NO_UNIT for several units.

    `more` is by how much a metric differs from the cost.
    """

    cost: Decimal = ZERO
    quantity: Decimal = ZERO
    unit: str = ""
    more: dict[str, Decimal] = field(default_factory=dict)

    def by(self, metric: str) -> Decimal:
        """The cost by one of the metrics of cost."""
        return self.cost + self.more.get(metric, ZERO)

    def add(self, other: "Sum") -> None:
        """Adds another sum to this one."""
        self.cost += other.cost
        self.quantity += other.quantity
        self.unit = _unit(self.unit, other.unit)
        for metric, amount in other.more.items():
            self.more[metric] = self.more.get(metric, ZERO) + amount


def _unit(one: str, other: str) -> str:
    if one in ("", other):
        return other
    return NO_UNIT if other else one


@dataclass(frozen=True)
class Result:
    """A period, and the sums of its groups in order of their keys. Without lines it has none; without groups `()`."""

    period: Period
    sums: dict[Keys, Sum] = field(default_factory=dict)


def ask(ledger: Ledger, query: Query) -> list[Result]:
    """The answer: one result for each period."""
    sums: list[dict[Keys, Sum]] = [{} for _ in query.periods]
    first = (query.periods[0].start - EPOCH).days
    period_of_day = [number for number, period in enumerate(query.periods) for _ in range(period.days)]
    for item, charges in ledger.items():
        if query.sees(item.account):
            _add(sums, charges, item.unit or NO_UNIT, _keys_by_span(item, query), (query.active, first, period_of_day))
    return [
        Result(period, dict(sorted(period_sums.items())))
        for period, period_sums in zip(query.periods, sums, strict=True)
    ]


def values(results: Iterable[Result]) -> dict[Keys, Sum]:
    """The sums of all periods together."""
    whole: dict[Keys, Sum] = {}
    for result in results:
        for keys, part in result.sums.items():
            whole.setdefault(keys, Sum()).add(part)
    return whole


def _keys_by_span(item: Item, query: Query) -> list[Keys | None]:
    """The groups' keys of an item for each span of active keys, None if it does not match."""
    keys_by_span: list[Keys | None] = []
    for active in query.active.keys:
        tags = {key: value for key, value in item.tags if key in active}
        keys_by_span.append(
            tuple(group.of(item, tags) for group in query.groups) if query.matches(item, tags) else None
        )
    return keys_by_span


def _add(
    sums: list[dict[Keys, Sum]],
    charges: list[Charge],
    unit: str,
    keys_by_span: list[Keys | None],
    calendar: tuple[ActiveKeys, int, list[int]],
) -> None:
    active, first, period_of_day = calendar
    if not any(keys is not None for keys in keys_by_span):
        return
    for minute, cost, quantity, others in charges:
        day = minute // MINUTES_OF_DAY - first
        keys = keys_by_span[active.span(minute)]
        if keys is not None and 0 <= day < len(period_of_day):
            period_sums = sums[period_of_day[day]]
            total = period_sums.get(keys)
            if total is None:
                total = period_sums[keys] = Sum()
            total.cost += cost
            if quantity:
                total.quantity += quantity
                if total.unit != unit:
                    total.unit = _unit(total.unit, unit)
            for metric, amount in others:
                total.more[metric] = total.more.get(metric, ZERO) + amount - cost
