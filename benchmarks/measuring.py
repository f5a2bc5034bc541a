"""Runs what is measured and keeps what it took, as plain values that go to JSON."""

import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.processes import Sampler
from benchmarks.rate_limit import rate_limited
from benchmarks.subjects import (
    ACCOUNT,
    QUIET,
    REGION,
    Floor,
    Projects,
    RuntimeProjects,
    Subject,
    commands,
    inventory_text,
    settled,
    tags_of,
)
from benchmarks.thin_client import create_all
from local_aws import Fault, LocalAws
from tests.engine.run import Run
from tools.up import MANY

LATENCY = 0.1
IN_FLIGHT = 32
RATE = 50.0
UNCHANGING = ("no-change up", "preview", "refresh")
"""What changes nothing can be measured again: the median of REPEATS runs, ours and the floor's in turn."""
REPEATS = 3
MOST_AS_IT_COMES = 300
"""Without settings the time grows with the square: more projects would take minutes and say nothing new."""
_KEY = "benchmark-key"
Tell = Callable[[str], None]


@dataclass
class Measured:
    """One command: wall seconds, CPU seconds and peak MB by kind of process, requests by operation, load before it."""

    seconds: float
    cpu: dict[str, float]
    peak: dict[str, float]
    requests: dict[str, int]
    load: float


@dataclass
class Size:
    """All that was measured for one number of projects; seconds. Operation to Measured, ours and the floor's.

    `projects` are on bedrock-mantle, `runtime` on bedrock-runtime; `unindexed` is its no-change up if the Resource
    Groups Tagging API does not know projects.
    """

    count: int
    state_bytes: int = 0
    sequential: float = 0.0
    in_flight: float = 0.0
    projects: dict[str, Measured] = field(default_factory=dict)
    floor: dict[str, Measured] = field(default_factory=dict)
    runtime: dict[str, Measured] = field(default_factory=dict)
    unindexed: Measured | None = None
    as_it_comes: Measured | None = None


@dataclass
class Throttled:
    """First up under a quota: `limit` is the least that it allows, for the requests that passed; all in seconds."""

    count: int
    rate: float
    measured: Measured
    limit: float
    passed: int
    refused: int
    active: int
    names: int


def slow(aws: LocalAws) -> None:
    """An empty account whose every answer takes LATENCY."""
    aws.reset()
    aws.add_bearer_key(_KEY, account=ACCOUNT, region=REGION)
    services = ("bedrock-mantle", "bedrock", "tagging")
    aws.faults([Fault(kind="latency", operation=f"{service}:*", seconds=LATENCY) for service in services])


def measure(command: Callable[[], Run], aws: LocalAws) -> Measured:
    """Runs it; AssertionError with its output if it fails."""
    aws.clear_requests()
    load = os.getloadavg()[0]
    with Sampler() as sampler:
        start = time.perf_counter()
        run = command()
        seconds = time.perf_counter() - start
    run.succeeded()
    return Measured(
        seconds=round(seconds, 2),
        cpu={kind: round(cost.cpu, 2) for kind, cost in sampler.costs.items()},
        peak={kind: round(cost.peak, 1) for kind, cost in sampler.costs.items()},
        requests=dict(Counter(request.operation for request in aws.requests())),
        load=round(load, 1),
    )


def measure_size(aws: LocalAws, count: int, tell: Tell) -> Size:
    """Everything for one number of projects; each operation of the floor right before ours."""
    size = Size(count)
    bodies = [{"name": f"Project{number}", "tags": tags_of(number, team="A")} for number in range(count)]
    for name, in_flight in (("in_flight", IN_FLIGHT), ("sequential", 1)):
        slow(aws)
        setattr(size, name, round(create_all(aws.url, _KEY, bodies, in_flight=in_flight), 2))
        tell(f"{count}: thin client, {in_flight} in flight: {getattr(size, name)} s")
    slow(aws)
    with tempfile.TemporaryDirectory() as temporary:
        if count <= MOST_AS_IT_COMES:
            size.as_it_comes = _as_it_comes(Path(temporary) / "plain", aws, count)
            tell(f"{count}: first up as Pulumi comes: {size.as_it_comes.seconds} s")
        slow(aws)
        ours, floor, runtime = (
            settled(make(Path(temporary) / make.__name__, aws)) for make in (Projects, Floor, RuntimeProjects)
        )
        for operation in commands(ours, count):
            runs: dict[str, list[Measured]] = {"ours": [], "floor": [], "runtime": []}
            for _ in range(REPEATS if operation in UNCHANGING else 1):
                for name, subject in (("floor", floor), ("ours", ours), ("runtime", runtime)):
                    text, command = commands(subject, count)[operation]
                    subject.declare(text)
                    runs[name].append(measure(command, aws))
            size.projects[operation], size.floor[operation] = (_median(runs[name]) for name in ("ours", "floor"))
            size.runtime[operation] = _median(runs["runtime"])
            if operation == "no-change up":
                aws.settings(project_index="refuses")
                size.unindexed = measure(command, aws)
                aws.settings(project_index="knows")
            if operation == "first up":
                size.state_bytes = _state_bytes(ours)
            tell(
                f"{count}: {operation}: {size.projects[operation].seconds} s, bedrock-runtime "
                f"{size.runtime[operation].seconds} s, floor {size.floor[operation].seconds} s"
            )
    return size


def _median(runs: Sequence[Measured]) -> Measured:
    return sorted(runs, key=lambda run: run.seconds)[len(runs) // 2]


def _as_it_comes(folder: Path, aws: LocalAws, count: int) -> Measured:
    subject = Projects(folder, aws)
    subject.declare(inventory_text(count, lambda _: "A"))
    return measure(lambda: subject.stack.up(*QUIET), aws)


def _state_bytes(subject: Subject) -> int:
    files = (subject.stack.folder / "backend").rglob("stacks/**/*.json")
    return max(file.stat().st_size for file in files)


def measure_throttled(aws: LocalAws, count: int, tell: Tell) -> Throttled:
    """First up of that many with a quota of RATE requests a second."""
    slow(aws)
    with tempfile.TemporaryDirectory() as temporary, rate_limited(aws.url, rate=RATE) as limited:
        subject = settled(Projects(Path(temporary) / "stack", aws, url=limited.url))
        subject.declare(inventory_text(count, lambda _: "A"))
        measured = measure(lambda: subject.stack.up(*MANY.options, *QUIET), aws)
    active = [project for project in aws.projects(ACCOUNT, REGION) if project.active and project.id != "default"]
    result = Throttled(
        count=count,
        rate=RATE,
        measured=measured,
        limit=round(max(0.0, limited.passed / RATE - 1), 2),  # the bucket is full at the start
        passed=limited.passed,
        refused=limited.refused,
        active=len(active),
        names=len({project.name for project in active}),
    )
    tell(f"{count}: first up at {RATE:.0f} requests a second: {measured.seconds} s, the limit allows {result.limit} s")
    return result


def settings() -> Mapping[str, object]:
    """What the figures depend on."""
    return {
        "latency": LATENCY,
        "options": [*MANY.options, *QUIET, "--skip-preview"],
        "environment": dict(MANY.environment),
        "list_page": 100,
        "backend": "file",
        "cpus": os.cpu_count(),
    }
