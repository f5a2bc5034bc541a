"""What Billing knows: tag keys of every payer account, their status, and backfills.

A key becomes known once a resource that carried it was used for money, and `discovery_hours` have passed since; or
because the control API says so, as for keys that sit on other services. Not imitated: a key that is forgotten again
when nobody uses it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Literal

from local_aws.clock import iso
from local_aws.cost_explorer.ledger import Ledger, merged
from local_aws.cost_explorer.paging import Pages

Status = Literal["Active", "Inactive"]
Type = Literal["AWSGenerated", "UserDefined"]
GENERATED_KEYS = ("aws:cloudformation:stack-name", "aws:createdBy")
_HOUR = 3600.0


@dataclass
class TagKey:
    """A key that Billing knows; moments are unix seconds of the local clock.

    `initial` is the status until the first of `switches`, which are in order of time.
    """

    key: str
    type: Type = "UserDefined"
    initial: Status = "Inactive"
    used_at: float | None = None
    switches: list[tuple[float, Status]] = field(default_factory=list)

    @property
    def status(self) -> Status:
        """The status now."""
        return self.switches[-1][1] if self.switches else self.initial

    def switch(self, *, now: float) -> None:
        """Makes an active key inactive from now on, and an inactive one active."""
        self.switches.append((now, "Inactive" if self.status == "Active" else "Active"))

    def status_at(self, moment: float) -> Status:
        """The status that was set before a moment."""
        return next((status for switched, status in reversed(self.switches) if switched < moment), self.initial)

    def shown(self) -> dict[str, str]:
        """As ListCostAllocationTags answers it."""
        shown = {"TagKey": self.key, "Type": self.type, "Status": self.status}
        if self.switches:
            shown["LastUpdatedDate"] = iso(self.switches[-1][0])
        if self.used_at is not None:
            shown["LastUsedDate"] = iso(month_start(self.used_at))
        return shown


@dataclass(frozen=True)
class Backfill:
    """A backfill, which is over at `completed_at`, as `outcome`."""

    start: str
    requested_at: float
    completed_at: float
    outcome: Literal["SUCCEEDED", "FAILED"]

    def shown(self, now: float) -> dict[str, str]:
        """As the API answers it at this moment."""
        shown = {"BackfillFrom": self.start, "RequestedAt": iso(self.requested_at)}
        if now < self.completed_at:
            return shown | {"BackfillStatus": "PROCESSING", "LastUpdatedAt": iso(self.requested_at)}
        done = iso(self.completed_at)
        return shown | {"BackfillStatus": self.outcome, "CompletedAt": done, "LastUpdatedAt": done}


@dataclass
class _Use:
    first: float
    last: float


class BillingStore:
    """Keys and backfills by payer account, use of keys by the account that used them, and lines of other services."""

    def __init__(self) -> None:
        self.pages = Pages()
        self._postings: dict[float, Ledger] = {}
        self._uses: dict[str, dict[str, _Use]] = {}
        self._keys: dict[str, dict[str, TagKey]] = {}
        self._backfills: dict[str, list[Backfill]] = {}

    def post(self, ledger: Ledger, *, at: float) -> None:
        """Adds lines that show from a moment on; 0 for those that always did."""
        self._postings[at] = merged((self._postings.get(at, {}), ledger))

    def postings(self, *, now: float) -> dict[float, Ledger]:
        """All lines that show now, by the moment since when they do."""
        return {at: ledger for at, ledger in sorted(self._postings.items()) if at <= now}

    def use(self, account: str, keys: Iterable[str], *, now: float) -> None:
        """Billed use, in this account, of a resource that carries the keys."""
        uses = self._uses.setdefault(account, {})
        for key in keys:
            use = uses.setdefault(key, _Use(now, now))
            use.first, use.last = min(use.first, now), max(use.last, now)

    def know(self, payer: str, keys: Iterable[str], status: Status) -> None:
        """Makes keys known to a payer account at once."""
        for key in keys:
            self._of(payer)[key] = TagKey(key, initial=status)

    def keys(
        self, payer: str, *, payer_of: Callable[[str], str], now: float, discovery_hours: float
    ) -> dict[str, TagKey]:
        """The keys that this payer account knows now, in order of their names."""
        known = self._of(payer)
        for account, uses in self._uses.items():
            if payer_of(account) == payer:
                for key, use in uses.items():
                    if key in known or use.first + discovery_hours * _HOUR <= now:
                        tag = known.setdefault(key, TagKey(key))
                        tag.used_at = max(tag.used_at or 0.0, use.last)
        return dict(sorted(known.items()))

    def backfills(self, payer: str) -> list[Backfill]:
        """The payer account's backfills, newest first; to append one, insert it at the front."""
        return self._backfills.setdefault(payer, [])

    def _of(self, payer: str) -> dict[str, TagKey]:
        generated = {key: TagKey(key, type="AWSGenerated") for key in GENERATED_KEYS}
        return self._keys.setdefault(payer, generated)


def month_start(moment: float, *, months_back: int = 0) -> float:
    """The first moment of a month (UTC), so many months before that of `moment`."""
    day = datetime.fromtimestamp(moment, timezone.utc)
    month = day.year * 12 + day.month - 1 - months_back
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=timezone.utc).timestamp()
