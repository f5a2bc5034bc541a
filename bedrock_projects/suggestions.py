"""What a user probably meant, and strings that look alike to a reader."""

import unicodedata
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import lru_cache
from itertools import takewhile

_LISTED = 20
_SHOWN = 5
_CODE_POINTS = 4


def did_you_mean(word: str, known: Iterable[str], *, otherwise: str = "", remedy: str = "") -> str:
    """The end of an error message: the closest known word as a question, else `otherwise` or the known words.

    `remedy` is what else to do, in small letters; it comes last.
    """
    hint = _hint(word, known, otherwise)
    if not remedy:
        return hint
    return f"{hint} {remedy[0].upper()}{remedy[1:]}" if hint.endswith("?") else f"{hint}; {remedy}"


def _hint(word: str, known: Iterable[str], otherwise: str) -> str:
    words = tuple(sorted(known))
    closest = _closest(word, words)
    if closest is not None:
        # A question that repeats what the reader sees would not help.
        unseen = f" It differs {difference(closest, word)}" if as_shown(closest) == as_shown(word) else ""
        return f"did you mean {closest!r}?{unseen}"
    if otherwise or not words:
        return otherwise or "none are declared"
    return f"known: {', '.join(words[:_LISTED])}{' …' * (len(words) > _LISTED)}"


def alternatives(words: Iterable[str]) -> str:
    """The words as a choice: `a, b or c`."""
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def listed(names: Sequence[str]) -> str:
    """The names as a part of a sentence, without those that would make it long; at least one name."""
    shown = names[:_SHOWN]
    if len(names) > _SHOWN:
        return f"{', '.join(shown)} and {len(names) - _SHOWN} more"
    *first, last = shown
    return f"{', '.join(first)} and {last}" if first else last


def counted(count: int, what: str) -> str:
    """`1 project`, `1,200 projects`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def as_shown(text: str) -> str:
    """The same for all strings that look the same on a page: in any normal form, with any white space between words."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def simplified(text: str) -> str:
    """The same for all strings that differ in normal form, case, width and white space only."""
    # Folding the case can undo a normal form, and bring letters that fold once more: Unicode's NFKC_Casefold.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold()).casefold()
    return as_shown(unicodedata.normalize("NFKC", folded))


def difference(one: str, other: str) -> str:
    """How two strings with the same `simplified` form differ: by code points, if not in case or white space only."""
    if one.split() == other.split():
        return "in white space only"
    if one.lower() == other.lower() and all(unicodedata.is_normalized("NFC", text) for text in (one, other)):
        return "in case only"
    here, there = _differing(one, other)
    return f"in code points only ({_code_points(here)}, not {_code_points(there)})"


def _differing(one: str, other: str) -> tuple[str, str]:
    """The strings without their common beginning and end."""
    start = _in_common(one, other)
    one, other = one[start:], other[start:]
    end = _in_common(one[::-1], other[::-1])
    return one[: len(one) - end], other[: len(other) - end]


def _in_common(one: str, other: str) -> int:
    """The length of the common beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _code_points(text: str) -> str:
    points = [f"U+{ord(character):04X}" for character in text[:_CODE_POINTS]]
    return " ".join([*points, *(["…"] if len(text) > _CODE_POINTS else [])]) or "nothing"


@lru_cache(maxsize=1024)
def _closest(word: str, known: tuple[str, ...]) -> str | None:
    by_folded = {name.casefold(): name for name in known}
    return next((by_folded[match] for match in get_close_matches(word.casefold(), by_folded, n=1)), None)
