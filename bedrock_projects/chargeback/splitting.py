"""Splits amounts without losing any of them, and rounds them so that they still add up.

All of it counts whole units of integers: `Decimal` divides and adds within a precision, and would lose digits.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

Key = TypeVar("Key", bound=tuple[str, ...] | str)

_PLACES = 18
"""The least number of decimal places of a part, as many as exports are read with."""


def split(amount: Decimal, weights: Mapping[Key, Decimal]) -> dict[Key, Decimal]:
    """The amount in proportion to the weights, which are not negative; the parts add up to it exactly.

    A part has 18 decimal places, or those of the amount if they are more. What does not divide is given in the last
    place: first to the largest remainder, then to the first key. Raises ValueError if no weight is above 0.
    """
    total = sum(map(Fraction, weights.values()), Fraction())
    if total <= 0 or any(weight < 0 for weight in weights.values()):
        raise ValueError("no weight is above 0, or one is below it")
    places = max(_PLACES, _places(amount))
    units = _units(amount, places)
    return _decimals(
        _whole({key: units * Fraction(weight) / total for key, weight in weights.items()}, total=units), places
    )


def round_parts(amounts: Mapping[Key, Decimal], *, total: Decimal, places: int) -> dict[Key, Decimal]:
    """The amounts in that many decimal places, so that they add up to the total, which has no more places.

    The total differs from their sum by less than one unit of the last place; so does each amount from what it was. The
    largest remainders are rounded up, equal ones by key. An amount that needs no rounding stays.
    """
    unit = Fraction(1, 10**places)
    return _decimals(
        _whole({key: Fraction(amount) / unit for key, amount in amounts.items()}, total=_units(total, places)), places
    )


def rounded(amount: Decimal, places: int) -> Decimal:
    """The amount in that many decimal places, half to even."""
    return _decimal(round(Fraction(amount) * 10**places), places)


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """The sum, with all digits."""
    added = list(amounts)
    places = max(map(_places, added), default=0)
    return _decimal(sum(_units(amount, places) for amount in added), places)


def _whole(amounts: Mapping[Key, Fraction], *, total: int) -> dict[Key, int]:
    """Whole numbers that add up to the total: those below, and one more for the largest remainders."""
    below = {key: amount.__floor__() for key, amount in amounts.items()}
    left = total - sum(below.values())
    raised = set(sorted(amounts, key=lambda key: (below[key] - amounts[key], key))[:left])
    return {key: below[key] + (key in raised) for key in amounts}


def _places(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    return max(0, -int(exponent))


def _units(amount: Decimal, places: int) -> int:
    """The amount in units of the last of so many places, which are enough for it."""
    whole = Fraction(amount) * Fraction(10) ** places
    if whole.denominator != 1:
        raise ValueError(f"{amount} has more than {places} decimal places")
    return int(whole.numerator)


def _decimals(units: Mapping[Key, int], places: int) -> dict[Key, Decimal]:
    return {key: _decimal(count, places) for key, count in units.items()}


def _decimal(units: int, places: int) -> Decimal:
    """Of the digits, since arithmetic would round to the precision of the context."""
    digits = tuple(int(digit) for digit in str(abs(units)))
    return Decimal((int(units < 0), digits, -places))
