"""How many requests a second the native API takes, of one account in one region.

A bucket of tokens: it holds those of one second, at least one, and goes by the machine's clock. AWS's own figures, and
whether they hold for each operation apart, are unknown.
"""

import time
from dataclasses import dataclass

from local_aws.bedrock.exceptions import ThrottlingException
from local_aws.bedrock_mantle.models import Place


@dataclass
class _Bucket:
    tokens: float
    filled_at: float


class Throttle:
    """One bucket for each account and region."""

    def __init__(self) -> None:
        self._buckets: dict[Place, _Bucket] = {}

    def take(self, place: Place, rate: float | None) -> None:
        """Takes one request, or raises ThrottlingException; None is no limit."""
        if rate is None:
            return
        now, most = time.monotonic(), max(1.0, rate)
        bucket = self._buckets.setdefault(place, _Bucket(most, now))
        bucket.tokens = min(most, bucket.tokens + (now - bucket.filled_at) * rate)
        bucket.filled_at = now
        if bucket.tokens < 1.0:
            raise ThrottlingException
        bucket.tokens -= 1.0
