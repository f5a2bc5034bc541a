"""What is said and how tokens are counted, so that every figure can be worked out by hand.

One token is four characters of text, rounded up, at least one: all `content` and `text` of the messages or the input,
system prompts and instructions included. Roles, images and tools count nothing. An answer is cut after the tokens that
the request allows.
"""

from typing import Any

CHARACTERS_PER_TOKEN = 4
TEXT = "The local AWS answers every prompt with these words, and counts the tokens of both."


def characters(value: Any) -> int:
    """The characters of text in a prompt, at any depth of its `content` and `text` fields."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, list):
        return sum(characters(item) for item in value)
    if isinstance(value, dict):
        return characters(value.get("content")) + characters(value.get("text"))
    return 0


def tokens(count: int) -> int:
    """The tokens of so many characters."""
    return max(1, -(-count // CHARACTERS_PER_TOKEN))


def spoken(limit: int | None) -> str:
    """The answer within a limit of tokens."""
    return TEXT if limit is None else TEXT[: limit * CHARACTERS_PER_TOKEN]


def pieces(text: str) -> list[str]:
    """The text word by word, as a stream brings it."""
    words = text.split(" ")
    return [word + " " for word in words[:-1]] + words[-1:]
