"""All checks, and what each level sends."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from bedrock_projects.conformance import create, follow_up, paid, read_only
from bedrock_projects.conformance.checks import Check, Level

CHECKS: Final = (*read_only.CHECKS, *create.CHECKS, *paid.CHECKS, *follow_up.CHECKS)
"""Every check, in the order of the levels and in each level in the order in which they run."""

ACCOUNT: Final = "sts:GetCallerIdentity"
"""What every level sends once before its first check."""

_BESIDES: Final[Mapping[Level, Mapping[str, int]]] = {
    Level.READ_ONLY: {},
    Level.CREATE: create.BESIDES,
    Level.PAID: create.BESIDES,
    Level.FOLLOW_UP: {},
}
"""What a level sends before its first check and after its last one."""


def checks_of(level: Level) -> tuple[Check, ...]:
    """The checks of the level, in the order in which they run."""
    return tuple(check for check in CHECKS if check.level is level)


def most_requests(level: Level) -> Mapping[str, int]:
    """The operations that a level sends, by `service:Operation`, each with the most requests it can be."""
    counts: Counter[str] = Counter({ACCOUNT: 1, **_BESIDES[level]})
    for check in checks_of(level):
        counts.update(check.sends)
    return dict(sorted(counts.items()))


_NO_CLEANING: Final = ("resourcegroupstaggingapi:GetResources",)


def clean_up_requests() -> Mapping[str, int]:
    """The same of a clean-up: it lists and reads, and archives as many projects as earlier runs may have left."""
    words = ("Archive", "Get", "List")
    operations = [name for name in most_requests(Level.CREATE) if name.partition(":")[2].startswith(words)]
    return dict.fromkeys((name for name in operations if name not in _NO_CLEANING), create.MOST_PROJECTS)
