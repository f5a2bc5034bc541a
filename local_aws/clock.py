"""The local clock: the machine's, moved forward or set by the control API.

What the services remember (creation, discovery by Billing, backfills) goes by this clock. Signatures and sessions go by
the machine's, because clients sign with that. Not imitated: clocks that differ between services.
"""

import time
from datetime import datetime, timezone


class Clock:
    """Runs with the machine's clock, at an offset."""

    def __init__(self) -> None:
        self._offset = 0.0

    def now(self) -> float:
        """Unix seconds."""
        return time.time() + self._offset

    def advance(self, seconds: float) -> None:
        """Moves the clock forward."""
        self._offset += seconds

    def set(self, moment: float) -> None:
        """Sets the clock to a moment, in unix seconds; it runs on from there."""
        self._offset = moment - time.time()


def iso(moment: float) -> str:
    """Unix seconds as `2026-01-31T23:59:59Z`."""
    return datetime.fromtimestamp(int(moment), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def unix(text: str) -> float:
    """Reads what `iso` writes, an offset such as `+01:00` too; ValueError otherwise."""
    return datetime.strptime(text.replace("Z", "+00:00"), "%Y-%m-%dT%H:%M:%S%z").timestamp()
