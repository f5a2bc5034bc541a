"""A rule of the local AWS: what it does, how that is known, and since when.

`documented`: AWS's own text or schema. `seen`: reported from a live account. `assumed`: nobody has said; one answer was
picked, and where a client may depend on it a setting turns it to the other one.
"""

from dataclasses import dataclass
from typing import Literal

REFERENCE = "docs/service-notes.md"
READ = "2026-11-25"


@dataclass(frozen=True)
class Rule:
    """One behaviour; its `id` is in the record of each request that it refused."""

    id: str
    says: str
    known: Literal["documented", "seen", "assumed"]
    source: str
    date: str = READ
