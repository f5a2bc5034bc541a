"""What a month's chargeback takes: 40 teams with 400 projects, by Cost Explorer and by an export, in four formats.

    python -m benchmarks.chargeback                                           # two minutes on two quiet cores
    python -m benchmarks.chargeback --json docs/benchmarks/chargeback.json

The bill has, for each project, usage of eight models and a discount; shared, unallocated and other cost, credits, tax
and support come on top. Each answer of the local AWS takes 100 ms, and a page of Cost Explorer has 1,000 groups. Each
command is a process of its own. The floor is in the same run: `costs --by Team` of the same month from the same source.
Prints the medians of three runs, with the requests that AWS bills, and how many of them are further pages. Ratios are
of CPU seconds: wall seconds have the 100 ms of each request in them, and the load of the machine.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from benchmarks.child import Child, run_child
from benchmarks.measuring import LATENCY
from benchmarks.report import Target
from local_aws import CostLine, DataExport, Fault, LocalAws, running

TEAMS, PROJECTS, MODELS, RUNS = 40, 400, 8, 3
PAYER, ACCOUNT = "999999999999", "222222222222"
FORMATS = ("html", "csv", "json", "xlsx")
SOURCES = ("Cost Explorer", "export")
COMMANDS = ("costs", "preview", "close", "closed")
MOST_CPU = 3
"""Four formats of 42 statements take at most so much more than one report."""
_INVENTORY_NAME = "benchmark"
_OWNER_KEY, _CHARGED_KEY = "bedrock-project", "Team"
_EXPORT = "cur"
_SERVICE, _DISCOUNT = "Amazon Bedrock Service", "Enterprise Discount Program Discount"


@dataclass(frozen=True)
class Measured:
    """A command from a source: medians of its process, paid requests, and how many of these are further pages."""

    source: str
    command: str
    seconds: float
    cpu: float
    megabytes: float
    requests: int
    pages: int
    files: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0; a command that fails ends this with its message."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write all measures to this file")
    wish = parser.parse_args(arguments)
    today = datetime.now(tz=timezone.utc).date()
    with tempfile.TemporaryDirectory() as folder, running() as aws:
        measured = measure(aws, Path(folder), closable_month(today))
    print("\n".join(lines(measured)))
    if wish.json:
        document = {
            "measured": today.isoformat(),
            "latency": LATENCY,
            "cpus": os.cpu_count(),
            "load": round(os.getloadavg()[0], 1),
            "teams": TEAMS,
            "projects": PROJECTS,
            "models": MODELS,
            "runs": RUNS,
            "commands": [asdict(each) for each in measured],
        }
        wish.json.write_text(json.dumps(document, indent=1) + "\n")
    return 0


def closable_month(today: date) -> date:
    """The first day of the last month that can be closed: the 8th of the month after it is reached."""
    return ((today - timedelta(days=7)).replace(day=1) - timedelta(days=1)).replace(day=1)


def measure(aws: LocalAws, folder: Path, month: date) -> list[Measured]:
    """Each command from each source, in turn, so that a busy machine slows all."""
    fill(aws, month)
    (folder / "projects.yaml").write_text(json.dumps(inventory()))
    aws.export(DataExport(account=PAYER, destination=str(folder / _EXPORT), name=_EXPORT))
    aws.faults([Fault(kind="latency", operation="*", seconds=LATENCY)])
    runs: dict[tuple[str, str], list[tuple[Child, int, int, int]]] = {}
    for _ in range(RUNS):
        for source in SOURCES:
            shutil.rmtree(folder / "chargeback", ignore_errors=True)
            for command in COMMANDS:
                runs.setdefault((source, command), []).append(_run(aws, folder, month, source, command))
    return [_median(source, command, of_command) for (source, command), of_command in runs.items()]


def _run(aws: LocalAws, folder: Path, month: date, source: str, command: str) -> tuple[Child, int, int, int]:
    """The process, paid requests, further pages among them, and files."""
    aws.clear_requests()
    output = folder / "statements"
    shutil.rmtree(output, ignore_errors=True)
    formats = [word for each in FORMATS for word in ("--format", each)]
    words = {
        "costs": ["costs", "--by", _CHARGED_KEY, "--format", "json", "--yes"],
        "preview": ["chargeback", "statements", "--output", str(output), *formats],
        "close": ["chargeback", "close"],
        "closed": ["chargeback", "statements", "--output", str(output), *formats],
    }[command]
    place = "cost-explorer" if source == "Cost Explorer" else str(folder / _EXPORT)
    options = ["--month", f"{month:%Y-%m}", "--source", place, "--inventory", str(folder / "projects.yaml")]
    environment = {**os.environ, **aws.environment(PAYER)}
    child = run_child([sys.executable, "-m", "bedrock_projects", *words, *options], environment, output=folder / "out")
    paid = aws.requests("ce:Get*")
    pages = sum("NextPageToken" in request.body for request in paid)
    return child, len(paid), pages, sum(path.is_file() for path in output.rglob("*"))


def _median(source: str, command: str, runs: Sequence[tuple[Child, int, int, int]]) -> Measured:
    children = [child for child, *_ in runs]
    ((requests, pages, files),) = {run[1:] for run in runs}
    return Measured(
        source,
        command,
        seconds=round(statistics.median(child.wall for child in children), 2),
        cpu=round(statistics.median(child.cpu for child in children), 2),
        megabytes=round(max(child.peak for child in children)),
        requests=requests,
        pages=pages,
        files=files,
    )


def lines(measured: Sequence[Measured]) -> Iterator[str]:
    """The table, then what was promised."""
    yield f"{'source':15}{'command':10}{'seconds':>9}{'CPU s':>8}{'peak MB':>9}{'requests':>10}{'pages':>7}{'files':>7}"
    for each in measured:
        yield (
            f"{each.source:15}{each.command:10}{each.seconds:>9.2f}{each.cpu:>8.2f}{each.megabytes:>9.0f}"
            f"{each.requests:>10}{each.pages:>7}{each.files:>7}"
        )
    yield from map(str, targets(measured))


def targets(measured: Sequence[Measured]) -> list[Target]:
    """The requests, and each command against the report of the same month from the same source."""
    by_name = {(each.source, each.command): each for each in measured}
    asked, closed = by_name["Cost Explorer", "preview"], by_name["Cost Explorer", "closed"]
    found = [
        Target("requests of an open month, without further pages", asked.requests - asked.pages, 6),
        Target("requests of a closed month", closed.requests, 0),
    ]
    for source in SOURCES:
        floor = by_name[source, "costs"].cpu
        found += [
            Target(f"CPU of {command} / costs, {source}", by_name[source, command].cpu / floor, MOST_CPU)
            for command in COMMANDS[1:]
        ]
    return found


def inventory() -> dict[str, object]:
    """The projects with the rules of a chargeback; JSON is YAML."""
    projects: dict[str, object] = {
        f"project-{number}": {
            "name": f"Project{number}",
            "tags": {_CHARGED_KEY: team_of(number), "CostCenter": f"CC-{1000 + number % TEAMS}"},
        }
        for number in range(PROJECTS)
    }
    projects["gateway"] = {"name": "Gateway", "tags": {_CHARGED_KEY: "Platform", "CostCenter": "CC-0001"}}
    return {
        "version": 1,
        "inventory": _INVENTORY_NAME,
        "environments": {"prod": {"account": ACCOUNT, "region": "us-west-2"}},
        "tag_keys": {_CHARGED_KEY: {}, "CostCenter": {}},
        "defaults": {"environments": ["prod"]},
        "projects": projects,
        "chargeback": {
            "by": _CHARGED_KEY,
            "central": {"name": "Platform team", "cost_center": "CC-0001"},
            "shared": {"gateway": {"projects": ["gateway"], "method": "proportional"}},
            "unallocated": {"method": "proportional"},
            "tax": "proportional",
            "journal": {"cost_center": "CostCenter", "gl_account": "6450"},
        },
    }


def team_of(number: int) -> str:
    """The team of a project."""
    return f"team-{number % TEAMS}"


def fill(aws: LocalAws, month: date) -> None:
    """The bill of a month, whose costs are reported by project and by team all along."""
    aws.reset(now=f"{month - timedelta(days=1)}T00:00:00Z")
    aws.organization(management=PAYER, members=[ACCOUNT])
    aws.tag_keys(PAYER, [_CHARGED_KEY, _OWNER_KEY], status="Active")
    aws.set_clock(datetime.now(tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
    aws.costs([*_project_lines(month), *_other_lines(month)])


def _project_lines(month: date) -> Iterator[CostLine]:
    owners = {f"project-{number}": team_of(number) for number in range(PROJECTS)} | {"gateway": "Platform"}
    for number, (key, team) in enumerate(owners.items(), start=1):
        tags = {_OWNER_KEY: f"{_INVENTORY_NAME}/prod/{key}", _CHARGED_KEY: team}
        for model in range(MODELS):
            yield CostLine(
                account=ACCOUNT,
                day=month,
                service=_SERVICE,
                usage_type=f"USW2-vendor.model-{model}-mantle-input-tokens-standard",
                amount=f"{number}.0123456789",
                quantity=f"{number * 100}",
                unit="1K tokens",
                provider="Vendor",
                model=f"Model {model}",
                tags=tags,
            )
        yield CostLine(
            account=ACCOUNT, day=month, service=_SERVICE, amount=f"-{number}.01", charge_type=_DISCOUNT, tags=tags
        )


def _other_lines(month: date) -> Iterator[CostLine]:
    untagged = {"service": _SERVICE, "usage_type": "USW2-vendor.model-0-mantle-input-tokens-standard"}
    others: tuple[dict[str, str], ...] = (
        {**untagged, "amount": "812.4", "model": "Model 0", "provider": "Vendor"},
        {"service": _SERVICE, "amount": "-250", "charge_type": "Credit"},
        {"service": "Tax", "amount": "4000", "charge_type": "Tax", "taxed_service": _SERVICE},
        {"service": "AWS Support (Business)", "amount": "1000", "charge_type": "Usage"},
        {"service": "Amazon Elastic Compute Cloud - Compute", "usage_type": "USW2-BoxUsage", "amount": "20000"},
    )
    for fields in others:
        yield CostLine.model_validate({"account": ACCOUNT, "day": month, **fields})


if __name__ == "__main__":
    sys.exit(main())
