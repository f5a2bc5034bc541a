"""Statements of an allocation: rounded once, so that lines add up to statements, and these to the total.

The rounded amounts are booked; the exact ones are kept with them.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from bedrock_projects.chargeback.allocation import AMOUNT_KINDS, Allocation, AmountKind
from bedrock_projects.chargeback.splitting import exact_sum, round_parts, rounded

_NO_PLACES: Final = ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF")
_THREE_PLACES: Final = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_PLACES: Final[Mapping[str, int]] = {**dict.fromkeys((*_NO_PLACES, "XOF", "XPF"), 0), **dict.fromkeys(_THREE_PLACES, 3)}
"""The decimal places of currencies that have not two.

ISO 4217: https://www.six-group.com/en/products-services/financial-information/data-standards.html
"""
_USUAL_PLACES: Final = 2


@dataclass(frozen=True, kw_only=True)
class StatementLine:
    """A project, or tagged usage that is none (`owner` empty). `exact` and `amounts` are by column, in their order.

    The rounded `amounts` add up to the rounded `total`.
    """

    owner: str
    exact: Mapping[AmountKind, Decimal]
    amounts: Mapping[AmountKind, Decimal]
    total: Decimal


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What a value of the charged tag owes; `value` is empty for what is central. Lines are sorted by owner."""

    value: str
    lines: tuple[StatementLine, ...]
    exact: Decimal
    total: Decimal


def places_of(currency: str) -> int:
    """The decimal places of the currency's minor unit."""
    return _PLACES.get(currency, _USUAL_PLACES)


def make_statements(allocation: Allocation, *, places: int) -> tuple[Statement, ...]:
    """A statement for each value, sorted, and the central one at the end if anything is central.

    Statements are rounded first, then the lines of each, then the amounts of each line. No amount is changed by a whole
    unit of the last place.
    """
    lines: dict[str, dict[str, Mapping[AmountKind, Decimal]]] = defaultdict(dict)
    for (value, owner), amounts in allocation.lines.items():
        lines[value][owner] = amounts
    if allocation.central:
        lines[""][""] = allocation.central
    exact = {
        value: exact_sum(amount for amounts in of_value.values() for amount in amounts.values())
        for value, of_value in lines.items()
    }
    totals = round_parts(exact, total=rounded(exact_sum(exact.values()), places), places=places)
    return tuple(
        Statement(
            value=value,
            lines=_lines(lines[value], total=totals[value], places=places),
            exact=exact[value],
            total=totals[value],
        )
        for value in sorted(lines, key=lambda value: (not value, value))
    )


def _lines(
    amounts: Mapping[str, Mapping[AmountKind, Decimal]], *, total: Decimal, places: int
) -> tuple[StatementLine, ...]:
    sums = {owner: exact_sum(of_line.values()) for owner, of_line in amounts.items()}
    totals = round_parts(sums, total=total, places=places)
    return tuple(
        StatementLine(
            owner=owner,
            exact=_in_order(amounts[owner]),
            amounts=_in_order(round_parts(amounts[owner], total=totals[owner], places=places)),
            total=totals[owner],
        )
        for owner in sorted(amounts)
    )


def _in_order(amounts: Mapping[AmountKind, Decimal]) -> dict[AmountKind, Decimal]:
    return {kind: amounts[kind] for kind in AMOUNT_KINDS if kind in amounts}
