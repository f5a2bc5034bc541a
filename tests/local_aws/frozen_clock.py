"""`python frozen_clock.py DAY ARGUMENT...`: `bedrock-projects` with a fake, a clock that always shows noon of that day.

Reports of the running month end on the day before; the commands go by the machine's clock, which no test can set.
"""

import sys
from datetime import datetime, timezone, tzinfo

from bedrock_projects.cli import main
from bedrock_projects.commands import backfill, costs, month_desk


def standing_clock(day: str) -> type[datetime]:
    """`datetime` with another `now`: noon of the day, in UTC."""

    class StandingClock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "StandingClock":
            assert tz is timezone.utc
            return cls.fromisoformat(f"{day}T12:00:00+00:00")

    return StandingClock


if __name__ == "__main__":
    for module in (backfill, costs, month_desk):
        assert vars(module)["datetime"] is datetime, f"{module.__name__} has no clock any more"
        vars(module)["datetime"] = standing_clock(sys.argv[1])
    main(sys.argv[2:])
