"""Names that keep within what is allowed and stay apart."""

import hashlib

_DIGEST = 8


def digest(text: str) -> str:
    """Eight characters that stand for the text."""
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]


def shortened(text: str, longest: int) -> str:
    """What fits of the text; `longest` in bytes of UTF-8."""
    return text.encode()[:longest].decode(errors="ignore")


def fitting(name: str, longest: int) -> str:
    """The name, or what fits of it with a digest of the whole; `longest` in bytes of UTF-8."""
    if len(name.encode()) <= longest:
        return name
    return f"{shortened(name, longest - _DIGEST - 1)}.{digest(name)}"
