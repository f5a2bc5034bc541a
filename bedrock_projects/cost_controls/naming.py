"""Names that are short enough and stay unique."""

import hashlib

_DIGEST = 8


def digest(text: str) -> str:
    """A digest of the string, of eight characters."""
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]


def shortened(text: str, longest: int) -> str:
    """The beginning of the string that fits; `longest` in bytes of UTF-8."""
    return text.encode()[:longest].decode(errors="ignore")


def fitting(name: str, longest: int) -> str:
    """The name, or its beginning with a digest of the whole; `longest` in bytes of UTF-8."""
    if len(name.encode()) <= longest:
        return name
    return f"{shortened(name, longest - _DIGEST - 1)}.{digest(name)}"
