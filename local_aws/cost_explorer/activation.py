"""Since when which tag keys count in reports.

https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/cost-allocation-backfill.html
A key counts for use from the minute of its activation on; a backfill gives what was before it, from its month on, the
status that each key had when it was asked for.
Not imitated: the up to 24 hours until an activation or a finished backfill shows in reports.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from local_aws.clock import unix
from local_aws.cost_explorer.models import Backfill, TagKey


@dataclass(frozen=True)
class ActiveKeys:
    """The keys that count, by time: `keys[n]` from the minute `starts[n]` on, until the next one."""

    starts: tuple[int, ...]
    keys: tuple[frozenset[str], ...]

    def span(self, minute: int) -> int:
        """Which of the spans a minute is in."""
        return bisect_right(self.starts, minute) - 1


def active_keys(tags: Iterable[TagKey], backfills: Iterable[Backfill], *, now: float) -> ActiveKeys:
    """What holds now, for all time: switches of the status, and the backfills that succeeded."""
    known = list(tags)
    done = [backfill for backfill in backfills if backfill.outcome == "SUCCEEDED" and backfill.completed_at <= now]
    moments = {moment for tag in known for moment, _ in tag.switches}
    moments |= {moment for backfill in done for moment in (unix(backfill.start), backfill.requested_at)}
    # The first span begins before every use.
    starts = (0, *sorted({int(moment // 60) for moment in moments}))
    spans = (frozenset(tag.key for tag in known if _counts(tag, done, minute=start)) for start in starts)
    return ActiveKeys(starts, tuple(spans))


def _counts(tag: TagKey, backfills: list[Backfill], *, minute: int) -> bool:
    """The latest request that concerns the minute decides: a switch all that follows it, a backfill what was before."""
    end = (minute + 1) * 60.0
    covering = [backfill for backfill in backfills if unix(backfill.start) < end <= backfill.requested_at]
    latest = max((backfill.requested_at for backfill in covering), default=None)
    return tag.status_at(latest if latest is not None else end) == "Active"
