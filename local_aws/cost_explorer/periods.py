"""The periods that an answer is made of.

A period is estimated if any part of the current month, by UTC, is in it, or of the month before until its bill is
final. Not imitated: data of hours.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Granularity = Literal["DAILY", "MONTHLY"]
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Period:
    """From `start` until the day before `end`."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days

    def shown(self) -> dict[str, str]:
        """As a DateInterval."""
        return {"Start": self.start.isoformat(), "End": self.end.isoformat()}

    def estimated(self, today: date, *, bill_final_day: int) -> bool:
        """Whether its amounts can still change; a bill is final on this day of the next month."""
        return self.end > next_month(today, months=0 if today.day >= bill_final_day else -1)

    def split(self, granularity: Granularity) -> tuple["Period", ...]:
        """Its days, or its months; the first and the last month may be a part of one."""
        parts, start = [], self.start
        while start < self.end:
            end = start + timedelta(days=1) if granularity == "DAILY" else next_month(start)
            parts.append(Period(start, min(end, self.end)))
            start = end
        return tuple(parts)


def next_month(day: date, *, months: int = 1) -> date:
    """The first day of the month after that of `day`, or so many months later or earlier."""
    month = day.year * 12 + day.month - 1 + months
    return date(month // 12, month % 12 + 1, 1)
