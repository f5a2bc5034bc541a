"""What somebody probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

_LISTED = 20


def did_you_mean(word: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """The end of an error message: the closest known word as a question, else `otherwise` or the known words."""
    words = tuple(sorted(known))
    closest = _closest(word, words)
    if closest is not None:
        return f"did you mean {closest}?"
    if otherwise or not words:
        return otherwise or "none is declared"
    return f"known are {', '.join(words[:_LISTED])}{' …' * (len(words) > _LISTED)}"


@lru_cache(maxsize=1024)
def _closest(word: str, known: tuple[str, ...]) -> str | None:
    by_folded = {name.casefold(): name for name in known}
    return next((by_folded[match] for match in get_close_matches(word.casefold(), by_folded, n=1)), None)
