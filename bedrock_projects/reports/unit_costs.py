"""Usage and unit costs of a line: tokens by kind, and what a million of them cost.

Sums are exact up to the 28 digits of Python's default context; AWS writes fewer. Only a division rounds, in the same
context. Costs are in the currency of the report, and those of usage alone: credits and discounts have no tokens.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from bedrock_projects.reports.units import MILLION, tokens
from bedrock_projects.reports.usage_types import TOKEN_KINDS, TokenKind, UsageKind, usage_kind

_Key = TypeVar("_Key")

_ZERO = Decimal()
_CACHEABLE: tuple[TokenKind, ...] = ("input", "cache read", "cache write")


@dataclass(frozen=True, kw_only=True)
class UsageAmount:
    """What Cost Explorer has for a usage type of a line: a quantity with its unit, and the cost."""

    usage_type: str
    unit: str
    quantity: Decimal
    cost: Decimal


@dataclass(frozen=True)
class UncountedUsage:
    """A usage type of tokens with a unit that does not say how many they are."""

    usage_type: str
    unit: str

    def __str__(self) -> str:
        return f"{self.usage_type} ({self.unit or 'without a unit'})"


@dataclass(frozen=True, kw_only=True)
class LineUsage:
    """The usage of one line of a report: a project, a tag's value or a model.

    `tokens` and `cost` have every kind. `cost` of a kind of tokens is that of its counted tokens; `other` is the cost
    of usage that is not in tokens. `uncounted` is the cost of tokens that AWS does not let us count. Together these
    costs are the line's cost. `other` has the quantities that are not in `tokens`, by the unit that AWS wrote.
    """

    tokens: Mapping[TokenKind, Decimal]
    cost: Mapping[UsageKind, Decimal]
    uncounted: Mapping[UncountedUsage, Decimal]
    other: Mapping[str, Decimal]

    @property
    def unknown_cost(self) -> Decimal:
        """The cost of the tokens that cannot be counted."""
        return sum(self.uncounted.values(), _ZERO)

    @property
    def total_tokens(self) -> Decimal:
        """The counted tokens of all kinds."""
        return sum(self.tokens.values(), _ZERO)

    @property
    def is_partial(self) -> bool:
        """Whether some tokens cannot be counted: counts of their kinds are then too low."""
        return bool(self.uncounted)

    @property
    def partial_kinds(self) -> frozenset[UsageKind]:
        """The kinds of which some tokens cannot be counted."""
        return frozenset(usage_kind(usage.usage_type) for usage in self.uncounted)

    @property
    def per_million(self) -> Mapping[TokenKind, Decimal | None]:
        """The cost of a million tokens by kind, of those that are counted; None without tokens."""
        return {kind: _per_million(self.cost[kind], self.tokens[kind]) for kind in TOKEN_KINDS}

    @property
    def blended_per_million(self) -> Decimal | None:
        """The cost of a million tokens of all kinds together. Costs in no token are left out.

        None without tokens, and if some cannot be counted: the others are another mix of kinds.
        """
        if self.is_partial:
            return None
        return _per_million(sum((self.cost[kind] for kind in TOKEN_KINDS), _ZERO), self.total_tokens)

    @property
    def cache_hit_share(self) -> Decimal | None:
        """The part of the tokens sent to models that came from the cache, from 0 to 1.

        None without such tokens, and if some of them cannot be counted. Bedrock bills the input, the tokens read from
        the cache and those written to it apart, so they are added.
        """
        if not self.partial_kinds.isdisjoint(_CACHEABLE):
            return None
        sent = sum((self.tokens[kind] for kind in _CACHEABLE), _ZERO)
        return self.tokens["cache read"] / sent if sent > 0 else None


def usage_of(amounts: Iterable[UsageAmount]) -> LineUsage:
    """Adds up the amounts of a line; an amount without quantity and cost is nothing.

    Quantities are added as tokens, or by their unit, so never across units.
    """
    return sum_usage(_usage_of_one(amount) for amount in amounts if amount.quantity or amount.cost)


def sum_usage(lines: Iterable[LineUsage]) -> LineUsage:
    """The usage of several lines together: the same as that of all their amounts."""
    counted: dict[TokenKind, Decimal] = dict.fromkeys(TOKEN_KINDS, _ZERO)
    cost: dict[UsageKind, Decimal] = {**dict.fromkeys(TOKEN_KINDS, _ZERO), "other": _ZERO}
    uncounted: dict[UncountedUsage, Decimal] = {}
    other: dict[str, Decimal] = {}
    for line in lines:
        _add(counted, line.tokens)
        _add(cost, line.cost)
        _add(uncounted, line.uncounted)
        _add(other, line.other)
    return LineUsage(tokens=counted, cost=cost, uncounted=uncounted, other=other)


def name_uncounted(line: LineUsage, *, most: int = 3) -> str:
    """The usage whose tokens cannot be counted, the most expensive first; empty if there is none."""
    by_cost = sorted(line.uncounted.items(), key=lambda item: (-item[1], str(item[0])))
    named = ", ".join(str(usage) for usage, _ in by_cost[:most])
    return f"{named} and {len(by_cost) - most} more" if len(by_cost) > most else named


def _per_million(cost: Decimal, count: Decimal) -> Decimal | None:
    return cost * MILLION / count if count > 0 else None


def _usage_of_one(amount: UsageAmount) -> LineUsage:
    """The usage of one amount, with what it has alone."""
    kind = usage_kind(amount.usage_type)
    count = tokens(amount.quantity, amount.unit, amount.usage_type)
    if kind != "other" and count is not None:
        return LineUsage(tokens={kind: count}, cost={kind: amount.cost}, uncounted={}, other={})
    quantity = {amount.unit: amount.quantity} if amount.quantity else {}
    if kind == "other":
        return LineUsage(tokens={}, cost={kind: amount.cost}, uncounted={}, other=quantity)
    uncounted = {UncountedUsage(amount.usage_type, amount.unit): amount.cost}
    return LineUsage(tokens={}, cost={}, uncounted=uncounted, other=quantity)


def _add(sums: dict[_Key, Decimal], more: Mapping[_Key, Decimal]) -> None:
    for key, value in more.items():
        sums[key] = sums.get(key, _ZERO) + value
