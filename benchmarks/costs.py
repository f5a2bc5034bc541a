"""What a report of many projects costs in time and memory of our own, and in requests.

    python -m benchmarks.costs

The bill has, for each project and month, a line of usage for each of eight models; 40 teams share the projects. Each
report is a process of its own, `bedrock-projects costs --by … --usage`, against the local Cost Explorer with 1,000
groups on a page. Prints for each: paid requests, wall seconds (most are those of the local Cost Explorer), CPU seconds
and peak memory of the report's process. Then the CPU and the memory of many projects against those of few.

Twelve months begin before AWS has names of models (see reports.query), so only the report of one month asks for them.
"""

import json
import os
import sys
import tempfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import local_aws
from benchmarks.child import Child, run_child
from local_aws import CostLine, LocalAws

FEW, MANY = 10, 1000
MONTHS = 12
TEAMS = 40
MODELS = 8
ACCOUNT = "111111111111"
SERVICES = ("Amazon Bedrock", "Amazon Bedrock Service")


@dataclass(frozen=True)
class Asked:
    """A report: its grouping, and how many of the last whole months it covers."""

    by: str
    months: int


REPORTS = (Asked("Team", MONTHS), Asked("project", MONTHS), Asked("project", 1))


@dataclass(frozen=True)
class Cost:
    """One report: its process and its paid requests."""

    child: Child
    requests: int


def months(today: date) -> list[date]:
    """The first days of the last twelve whole months."""
    first_days: list[date] = []
    day = today.replace(day=1)
    for _ in range(MONTHS):
        day = (day - timedelta(days=1)).replace(day=1)
        first_days.insert(0, day)
    return first_days


def inventory(count: int) -> str:
    """An inventory of that many projects; JSON is YAML."""
    projects = {
        f"project-{number}": {"name": f"Project{number}", "environments": ["dev"], "tags": {"Team": team_of(number)}}
        for number in range(count)
    }
    head = {"version": 1, "inventory": "benchmark", "environments": {"dev": {"region": "us-east-1"}}}
    return json.dumps({**head, "tag_keys": {"Team": {}}, "projects": projects})


def team_of(number: int) -> str:
    """The team of a project."""
    return f"team-{number % TEAMS}"


def fill(aws: LocalAws, count: int, days: list[date]) -> None:
    """A bill with a line for each project, model and month, the keys active since before."""
    aws.reset(now=f"{days[0]}T00:00:00Z")
    aws.tag_keys(ACCOUNT, ["Team", "bedrock-project"], status="Active")
    aws.set_clock(datetime.now(tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
    for day in days:
        aws.costs(
            [
                CostLine(
                    account=ACCOUNT,
                    day=day,
                    service=SERVICES[model % len(SERVICES)],
                    usage_type=f"USE1-vendor.model-{model}-mantle-input-tokens-standard",
                    amount=f"{number}.0123456789",
                    quantity=f"{number * 100}",
                    unit="1K tokens",
                    model=f"Model {model}",
                    tags={"bedrock-project": f"benchmark/dev/project-{number}", "Team": team_of(number)},
                )
                for number in range(count)
                for model in range(MODELS)
            ]
        )


def measure(aws: LocalAws, folder: Path, asked: Asked, days: list[date]) -> Cost:
    """One report, in a process of its own."""
    aws.clear_requests()
    dates = ["--from", f"{days[-asked.months]:%Y-%m}", "--to", f"{days[-1]:%Y-%m}"]
    words = ["costs", "--by", asked.by, *dates, "--usage", "--yes", "--format", "json"]
    command = [sys.executable, "-m", "bedrock_projects", *words, "--inventory", str(folder / "projects.yaml")]
    child = run_child(command, {**os.environ, **aws.environment(ACCOUNT)}, output=folder / "report.json")
    return Cost(child, len(aws.requests("ce:Get*")))


def main() -> None:
    """Prints a row for each number of projects and each report."""
    days = months(datetime.now(tz=timezone.utc).date())
    print(f"{'by':8}{'months':>8}{'projects':>10}{'requests':>10}{'wall s':>9}{'CPU s':>8}{'peak MB':>9}")
    costs: dict[tuple[Asked, int], Cost] = {}
    with tempfile.TemporaryDirectory() as folder, local_aws.running() as aws:
        for count in (FEW, MANY):
            (Path(folder) / "projects.yaml").write_text(inventory(count))
            fill(aws, count, days)
            for asked in REPORTS:
                cost = costs[asked, count] = measure(aws, Path(folder), asked, days)
                row = f"{asked.by:8}{asked.months:>8}{count:>10}{cost.requests:>10}"
                print(f"{row}{cost.child.wall:>9.2f}{cost.child.cpu:>8.2f}{cost.child.peak:>9.0f}")
    for asked in REPORTS:
        few, many = costs[asked, FEW].child, costs[asked, MANY].child
        print(
            f"by {asked.by}, {asked.months} months: {MANY} projects take {many.cpu / few.cpu:.2f} times the CPU of "
            f"{FEW}, and {many.peak - few.peak:.0f} MB more"
        )


if __name__ == "__main__":
    main()
