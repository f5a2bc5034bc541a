"""Shortens the labels of a chart so that each of them keeps the part in which it differs from the others."""

from collections.abc import Collection, Iterator, Sequence
from itertools import chain

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


def shortened(labels: Sequence[str], longest: int) -> list[str]:
    """The labels, each of at most `longest` characters; different labels stay different.

    A label that fits is unchanged. Another one keeps its beginning and its end if no other label has both, else a part
    that no other label has, else its beginning and a number. `longest` is at least 8, for at most 1,000 labels.
    """
    texts = {label: label for label in labels if len(label) <= longest}
    for label in labels:
        if label not in texts and (text := _cut(label, labels, taken=texts.values(), longest=longest)):
            texts[label] = text
    for label in labels:
        if label not in texts:
            texts[label] = _numbered(label, texts.values(), longest)
    return [texts[label] for label in labels]


def _cut(label: str, labels: Sequence[str], *, taken: Collection[str], longest: int) -> str | None:
    """The shortened label; None if each way to cut it fits another label too.

    A text that is taken is that of a label that has an ellipsis itself.
    """
    others = {other for other in labels if other != label}
    candidates = (text for text in chain(_ends(label, longest), _middles(label, longest)) if text not in taken)
    return next((text for text in candidates if not any(_fits(text, other) for other in others)), None)


def _ends(label: str, longest: int) -> list[str]:
    """Beginning and end: first those whose end is whole words, of these first those of which both parts are long."""
    kept = longest - len(ELLIPSIS)
    half = kept // 2
    starts = (*range(half, -1, -1), *range(half + 1, kept + 1))
    cuts = sorted(((start, len(label) - kept + start) for start in starts), key=lambda cut: label[cut[1] - 1].isalnum())
    return [f"{label[:start]}{ELLIPSIS}{label[end:]}" for start, end in cuts]


def _middles(label: str, longest: int) -> Iterator[str]:
    kept = longest - 2 * len(ELLIPSIS)
    for start in range(1, len(label) - kept):
        yield f"{ELLIPSIS}{label[start : start + kept]}{ELLIPSIS}"


def _fits(text: str, label: str) -> bool:
    """Whether the text could be this label, shortened."""
    start, _, end = text.partition(ELLIPSIS)
    if not start and end.endswith(ELLIPSIS):
        return end.removesuffix(ELLIPSIS) in label
    return text == label or (label.startswith(start) and label.endswith(end))


def _numbered(label: str, taken: Collection[str], longest: int) -> str:
    """The beginning with the first number that makes it a new text."""
    endings = (f"{ELLIPSIS}{number}" for number in range(1, len(taken) + 2))
    return next(text for text in (f"{label[: longest - len(end)]}{end}" for end in endings) if text not in taken)
