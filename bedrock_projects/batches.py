"""Long lists in the portions that AWS takes."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

_T = TypeVar("_T")


def batches(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    """The items in their order, `size` at a time; the last portion may be smaller."""
    return (items[start : start + size] for start in range(0, len(items), size))
