"""Allocates the cost of a month by the rules: a pure function, exact to the last digit.

Every amount of the cost table is in exactly one place: on a line of a value of the charged tag, or central. Rules are
applied in the order of `Rules`: charge types, then shared costs as they are written, then what is unallocated. The base
of `proportional` is fixed before all of them, so no rule changes that of another.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal, get_args

from bedrock_projects.chargeback.costs import CostRow, MonthCosts
from bedrock_projects.chargeback.rules import Addition, Chargeback, Split
from bedrock_projects.chargeback.splitting import exact_sum, split
from bedrock_projects.reports.charge_types import ChargeType

AmountKind = Literal[
    "direct",
    "shared",
    "unallocated",
    "discounts",
    "credits",
    "refunds",
    "tax",
    "support",
    "adjustments",
    "prior period",
]
"""The columns of a statement, in their order."""
AMOUNT_KINDS: tuple[AmountKind, ...] = get_args(AmountKind)
Owner = tuple[str, str]
"""A line: a value of the charged tag, and an ownership tag, which is empty for what is not a project."""
_NO_PROJECT: Final = ""
_CENTRAL: Final[Owner] = ("", _NO_PROJECT)
_UNALLOCATED: Final = ""
"""The pool of what has no value and no shared rule."""
_PROPORTIONAL: Final = Split(method="proportional")
_KINDS: Mapping[ChargeType, AmountKind] = {"discount": "discounts", "credit": "credits", "refund": "refunds"}
"""The columns of charge types; all others are direct."""


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What the rules need that is neither a rule nor a cost.

    `rule_of` names the shared rule of ownership tags. `weights` are those of the shared rules that have a file.
    `month` is YYYY-MM. `prior` are the entries of earlier months that this one books, by value; empty text: central.
    """

    month: str
    rule_of: Mapping[str, str] = field(default_factory=dict)
    weights: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    prior: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PoolSplit:
    """How an amount was split: `parts` by value, in proportion to `weights`. Without parts, all of it is central."""

    name: str
    kind: AmountKind
    method: str
    total: Decimal
    weights: Mapping[str, Decimal]
    parts: Mapping[str, Decimal]


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """The cost of a month by lines, and what stays central; none of the amounts is rounded.

    `direct`, `shared` and `unallocated` are what the cost table has of each before any rule: together Bedrock.
    `added` is what is not of the cost table: tax, support, adjustments and prior periods that the rules include.
    """

    lines: Mapping[Owner, Mapping[AmountKind, Decimal]]
    central: Mapping[AmountKind, Decimal]
    pools: tuple[PoolSplit, ...]
    direct: Decimal
    shared: Decimal
    unallocated: Decimal
    added: Decimal

    @property
    def total(self) -> Decimal:
        """The sum of all lines and of what is central."""
        lines = (amount for line in self.lines.values() for amount in line.values())
        return exact_sum([*lines, *self.central.values()])


def allocate(costs: MonthCosts, rules: Chargeback, inputs: Inputs) -> Allocation:
    """Whose cost each amount is. The order of the rows changes nothing.

    Values without positive direct usage cost get nothing by `proportional`. If no value has any, the amount is central.
    """
    rows = [_Classified(row, inputs.rule_of.get(row.owner)) for row in costs.rows]
    work = _Work(rules, rows)
    for row in rows:
        work.place(row)
    for rule in rules.shared:
        work.pass_on(rule.name, "shared", rule.split, work.pools[rule.name], weights=inputs.weights.get(rule.name))
    work.pass_on("unallocated", "unallocated", rules.unallocated, work.pools[_UNALLOCATED])
    if rules.credits == "proportional":
        work.pass_on("credits", "credits", _PROPORTIONAL, work.credits)
    added = []
    additions: tuple[tuple[AmountKind, Addition, Decimal], ...] = (
        ("tax", rules.tax, costs.tax),
        ("support", rules.support, costs.support),
    )
    for kind, addition, amount in additions:
        if addition != "exclude":
            work.pass_on(kind, kind, _PROPORTIONAL if addition == "proportional" else None, [amount])
            added.append(amount)
    for adjustment in rules.adjustments.get(inputs.month, ()):
        work.pass_on(adjustment.description, "adjustments", adjustment.split, [adjustment.amount])
        added.append(adjustment.amount)
    for value, amount in sorted(inputs.prior.items()):
        work.put((value, _NO_PROJECT) if value else _CENTRAL, "prior period", amount)
        added.append(amount)
    lines = work.summed()
    return Allocation(
        central=lines.pop(_CENTRAL, {}),
        lines=lines,
        pools=tuple(work.splits),
        direct=exact_sum(row.amount for row in rows if row.rule is None and row.row.value),
        shared=exact_sum(row.amount for row in rows if row.rule is not None),
        unallocated=exact_sum(row.amount for row in rows if row.rule is None and not row.row.value),
        added=exact_sum(added),
    )


@dataclass(frozen=True)
class _Classified:
    """A row with the shared rule that it belongs to."""

    row: CostRow
    rule: str | None

    @property
    def amount(self) -> Decimal:
        return self.row.amount

    @property
    def is_direct(self) -> bool:
        return self.rule is None and bool(self.row.value)


class _Work:
    """An allocation while it is made."""

    def __init__(self, rules: Chargeback, rows: Iterable[_Classified]) -> None:
        self._rules = rules
        self._amounts: defaultdict[tuple[Owner, AmountKind], list[Decimal]] = defaultdict(list)
        self._line_bases = _line_bases(rows)
        self._value_bases = _value_bases(self._line_bases)
        self.pools: dict[str, list[Decimal]] = defaultdict(list)
        self.credits: list[Decimal] = []
        self.splits: list[PoolSplit] = []

    def place(self, each: _Classified) -> None:
        """Puts a row on its line, into the pool that a rule splits, or among what is central."""
        row = each.row
        kind = _KINDS.get(row.charge_type, "direct")
        if kind == "credits" and self._rules.credits == "proportional":
            self.credits.append(row.amount)
        elif kind in self._central_kinds:
            self.put(_CENTRAL, kind, row.amount)
        elif each.is_direct:
            self.put((row.value, row.owner), kind, row.amount)
        else:
            self.pools[each.rule or _UNALLOCATED].append(row.amount)

    @property
    def _central_kinds(self) -> set[AmountKind]:
        passing: dict[AmountKind, str] = {
            "discounts": self._rules.discounts,
            "refunds": self._rules.refunds,
            "credits": self._rules.credits,
        }
        return {kind for kind, rule in passing.items() if rule == "central"}

    def pass_on(
        self,
        name: str,
        kind: AmountKind,
        rule: Split | None,
        amounts: Iterable[Decimal],
        *,
        weights: Mapping[str, Decimal] | None = None,
    ) -> None:
        """Splits an amount among values, and each part among the lines of its value; without a rule it is central."""
        total = exact_sum(amounts)
        if not total:
            return
        by_value = self._weights(rule, weights) if rule else {}
        parts = split(total, by_value) if by_value else {}
        if rule:
            self.splits.append(
                PoolSplit(name=name, kind=kind, method=rule.method, total=total, weights=by_value, parts=parts)
            )
        if not parts:
            self.put(_CENTRAL, kind, total)
        lines: dict[str, dict[Owner, Decimal]] = defaultdict(dict)
        for owner, base in self._line_bases.items():
            if base > 0:
                lines[owner[0]][owner] = base
        for value, part in parts.items():
            for owner, amount in split(part, lines.get(value) or {(value, _NO_PROJECT): Decimal(1)}).items():
                self.put(owner, kind, amount)

    def _weights(self, rule: Split, weights: Mapping[str, Decimal] | None) -> dict[str, Decimal]:
        """The weights above 0 by value; empty if there is none."""
        chosen = {value: base for value, base in self._value_bases.items() if not rule.to or value in rule.to}
        if rule.method == "even":
            chosen = dict.fromkeys(rule.to or chosen, Decimal(1))
        elif rule.method == "fixed":
            chosen = dict(rule.shares)
        elif rule.method == "weights":
            chosen = dict(weights or {})
        return {value: weight for value, weight in sorted(chosen.items()) if weight > 0}

    def put(self, owner: Owner, kind: AmountKind, amount: Decimal) -> None:
        """Adds an amount to a line, or to what is central."""
        self._amounts[owner, kind].append(amount)

    def summed(self) -> dict[Owner, dict[AmountKind, Decimal]]:
        """The sums by line, sorted; what is central is the line without a value."""
        sums: dict[Owner, dict[AmountKind, Decimal]] = defaultdict(dict)
        for (owner, kind), amounts in sorted(self._amounts.items(), key=lambda item: item[0]):
            sums[owner][kind] = exact_sum(amounts)
        return sums


def _line_bases(rows: Iterable[_Classified]) -> dict[Owner, Decimal]:
    """The direct usage cost of each line after discounts."""
    sums: dict[Owner, list[Decimal]] = defaultdict(list)
    for each in rows:
        if each.is_direct and each.row.charge_type in ("usage", "discount"):
            sums[each.row.value, each.row.owner].append(each.amount)
    return {owner: exact_sum(amounts) for owner, amounts in sums.items()}


def _value_bases(lines: Mapping[Owner, Decimal]) -> dict[str, Decimal]:
    """The same of each value, if it is above 0."""
    sums: dict[str, list[Decimal]] = defaultdict(list)
    for (value, _), base in lines.items():
        sums[value].append(base)
    totals = {value: exact_sum(amounts) for value, amounts in sums.items()}
    return {value: total for value, total in totals.items() if total > 0}
