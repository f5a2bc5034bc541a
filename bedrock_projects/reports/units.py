"""Turns the units in which AWS counts tokens into single tokens."""

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Final

from bedrock_projects.reports.usage_types import is_marketplace_usage, usage_kind

MILLION: Final = Decimal(1_000_000)
_THOUSAND: Final = Decimal(1000)
_SIZES: Final[Mapping[str, Decimal]] = {
    "tokens": Decimal(1),
    "1k tokens": _THOUSAND,
    "1000 tokens": _THOUSAND,
    "1m tokens": MILLION,
    "1000000 tokens": MILLION,
}
_MARKETPLACE_UNIT: Final = "units"


def tokens(quantity: Decimal, unit: str, usage_type: str) -> Decimal | None:
    """The single tokens in a quantity of Cost Explorer, exactly; None if AWS does not say how many they are.

    Seen in Cost Explorer and in price lists: `1K tokens` for AWS's own usage types, `1M tokens` or `Units` for those of
    Marketplace. A unit of Marketplace is a million tokens: so its lines say ("Million Input Tokens"), and prices agree.
    No page of AWS documents it. `Units` of anything else, `N/A` (seen for a sum of several units, and for no use) and
    all other units are None, and so is a usage type that counts no tokens, in any unit.
    """
    size = _size(unit, usage_type)
    return None if size is None else quantity * size


@lru_cache(maxsize=4096)
def _size(unit: str, usage_type: str) -> Decimal | None:
    """How many tokens one unit is."""
    if usage_kind(usage_type) == "other":
        return None
    name = " ".join(unit.lower().split())
    if name == _MARKETPLACE_UNIT and is_marketplace_usage(usage_type):
        return MILLION
    return _SIZES.get(name)
