"""What a report over 12 months costs in time and memory of our own, by the number of tag values.

    python -m benchmarks.costs

Each report is a process of its own, `bedrock-projects costs --by Team`, against the local Cost Explorer with 1,000
groups on a page. Prints for each number of values: paid requests, wall seconds (those of the local Cost Explorer among
them), CPU seconds and peak memory of the report's process, and the CPU of the last over that of the first.
"""

import os
import sys
import tempfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from time import perf_counter

import local_aws
from local_aws import CostLine, LocalAws

VALUES = (10, 250, 1000)
MONTHS = 12
ACCOUNT = "111111111111"
SERVICES = ("Amazon Bedrock", "Claude X (Amazon Bedrock Edition)")
INVENTORY = """\
version: 1
inventory: benchmark
environments: {dev: {region: us-east-1}}
projects: {}
"""


@dataclass(frozen=True)
class Cost:
    """One report: seconds, and MB (10^6 bytes)."""

    wall: float
    cpu: float
    peak: float
    requests: int


def months(today: date) -> list[date]:
    """The first days of the last twelve whole months."""
    first_days: list[date] = []
    day = today.replace(day=1)
    for _ in range(MONTHS):
        day = (day - timedelta(days=1)).replace(day=1)
        first_days.insert(0, day)
    return first_days


def fill(aws: LocalAws, count: int, days: list[date]) -> None:
    """A bill with two lines for each value and month, the keys active since before."""
    aws.reset(now=f"{days[0]}T00:00:00Z")
    aws.tag_keys(ACCOUNT, ["Team", "bedrock-project"], status="Active")
    aws.set_clock(datetime.now(tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
    for day in days:
        aws.costs(
            [
                CostLine(
                    account=ACCOUNT,
                    day=day.isoformat(),
                    service=service,
                    usage_type="USE1-model-mantle-input-tokens-standard",
                    amount=f"{number}.0123456789",
                    tags={"Team": f"team-{number}"},
                )
                for number in range(count)
                for service in SERVICES
            ]
        )


def measure(aws: LocalAws, folder: Path, days: list[date]) -> Cost:
    """One report, in a process of its own."""
    aws.clear_requests()
    last = (days[-1] + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    words = ["costs", "--by", "Team", "--from", f"{days[0]}", "--to", f"{last}", "--format", "json"]
    command = [sys.executable, "-m", "bedrock_projects", *words, "--inventory", str(folder / "projects.yaml")]
    with (folder / "report.json").open("wb") as out:
        start = perf_counter()
        actions = [(os.POSIX_SPAWN_DUP2, out.fileno(), 1)]
        child = os.posix_spawn(
            sys.executable, command, {**os.environ, **aws.environment(ACCOUNT)}, file_actions=actions
        )
        _, status, usage = os.wait4(child, 0)
        wall = perf_counter() - start
    if status:
        raise SystemExit(f"the report ended with {os.waitstatus_to_exitcode(status)}")
    requests = len(aws.requests("ce:Get*"))
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6, requests)


def main() -> None:
    """Prints a row for each number of values."""
    days = months(datetime.now(tz=timezone.utc).date())
    print(f"{'values':>8}{'requests':>10}{'wall s':>9}{'CPU s':>8}{'peak MB':>9}")
    costs = []
    with tempfile.TemporaryDirectory() as folder, local_aws.running() as aws:
        (Path(folder) / "projects.yaml").write_text(INVENTORY)
        for count in VALUES:
            fill(aws, count, days)
            cost = measure(aws, Path(folder), days)
            costs.append(cost)
            print(f"{count:>8}{cost.requests:>10}{cost.wall:>9.2f}{cost.cpu:>8.2f}{cost.peak:>9.0f}")
    ratio, more = costs[-1].cpu / costs[0].cpu, costs[-1].peak - costs[0].peak
    print(f"{VALUES[-1]} values take {ratio:.2f} times the CPU of {VALUES[0]}, and {more:.0f} MB more")


if __name__ == "__main__":
    main()
