"""From measures to what people read: the table with its ratios, the targets, how it grows."""

import math
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.measuring import Measured, Size, Throttled

PROCESSES = ("engine", "program", "provider")


@dataclass(frozen=True)
class Target:
    """A ratio of one run and the most that it may be."""

    name: str
    ratio: float
    bound: float

    @property
    def met(self) -> bool:
        """Whether the bound is kept."""
        return self.ratio <= self.bound

    def __str__(self) -> str:
        return f"{self.name:62} {self.ratio:8.2f}  ≤ {self.bound:<6g} {'met' if self.met else 'MISSED'}"


@dataclass(frozen=True)
class Growth:
    """A line through the sizes: `fixed`, and what one more project adds; `exponent` between the two largest sizes.

    The exponent is that of what grows, without `fixed`: 1 is linear, 2 quadratic.
    """

    fixed: float
    per_project: float
    exponent: float


def targets(size: Size, throttled: Throttled | None) -> list[Target]:
    """The ratios of this size, each against measures of the same run.

    They go by the floor: a ratio to a script, which waits all the time, depends on the CPU of the machine.
    """
    ours = {name: measured.seconds for name, measured in size.projects.items()}
    floor = {name: measured.seconds for name, measured in size.floor.items()}
    memory = max(
        peak for measured in size.projects.values() for kind, peak in measured.peak.items() if kind != "local AWS"
    )
    ratios = [
        *(
            Target(f"{name} / (32 in flight + floor)", ours[name] / (size.in_flight + floor[name]), bound)
            for name, bound in (("first up", 1.05), ("one tag on all", 1.25), ("destroy", 2.2), ("refresh", 2.5))
        ),
        Target("no-change up / floor", ours["no-change up"] / floor["no-change up"], 1.3),
        Target("preview / floor", ours["preview"] / floor["preview"], 1.3),
    ]
    if size.runtime:
        on_runtime = size.runtime["no-change up"].seconds
        ratios.append(Target("no-change up on bedrock-runtime / floor", on_runtime / floor["no-change up"], 1.5))
    if throttled and throttled.limit:
        ratios.append(Target("first up under the quota / its limit", throttled.measured.seconds / throttled.limit, 1.5))
    return [*ratios, Target("peak memory of a process, MB", memory, 350)]


def growth(sizes: Sequence[Size], value: Callable[[Size], float]) -> Growth:
    """Fits `value` against the number of projects; at least two sizes."""
    points = sorted((size.count, value(size)) for size in sizes)
    counts, values = zip(*points, strict=True)
    line = statistics.linear_regression(counts, values)
    (fewer, less), (more, most) = points[-2:]
    return Growth(line.intercept, line.slope, _exponent(less, most, more / fewer, at_rest=points[0][1]))


def _exponent(less: float, most: float, factor: float, *, at_rest: float) -> float:
    grown = max(most - at_rest, 0.01) / max(less - at_rest, 0.01)
    return math.log(grown) / math.log(factor)


def lines(sizes: Sequence[Size], throttled: Throttled | None) -> Iterator[str]:
    """The whole report, a line at a time."""
    for size in sizes:
        yield from _size_lines(size)
    largest = max(sizes, key=lambda size: size.count)
    if throttled:
        yield (
            f"\nquota of {throttled.rate:.0f} requests a second, {throttled.count} projects: {throttled.active} active "
            f"of {throttled.names} names, {throttled.refused} requests refused; {throttled.measured.seconds} s, "
            f"of which the quota takes {throttled.limit} s"
        )
    yield f"\n{'ratios, ' + str(largest.count) + ' projects':62} {'measured':>8}  target"
    yield from (str(target) for target in targets(largest, throttled))
    ours, floor = (measured["first up"].seconds for measured in (largest.projects, largest.floor))
    yield f"script / first up: {largest.sequential / ours:.1f}; script / floor: {largest.sequential / floor:.1f}"
    if len(sizes) > 1:
        yield from _growth_lines(sizes)


def _size_lines(size: Size) -> Iterator[str]:
    yield f"\n{size.count} projects, state of {size.state_bytes / 1e6:.2f} MB"
    kinds = ", ".join(PROCESSES)
    yield f"{'':28}{'seconds':>8}{'floor':>8}{'ratio':>7}  {'CPU seconds: ' + kinds:42}{'peak MB':21} load"
    yield f"{'script, one after another':28}{size.sequential:8.2f}"
    yield f"{'thin client, 32 in flight':28}{size.in_flight:8.2f}"
    if size.as_it_comes:
        yield f"{'first up as Pulumi comes':28}{_row(size.as_it_comes, None)}"
    for operation, measured in size.projects.items():
        yield f"{operation:28}{_row(measured, size.floor[operation])}"
    yield from _runtime_lines(size)


def _runtime_lines(size: Size) -> Iterator[str]:
    """The same on bedrock-runtime, each with its requests."""
    if size.runtime:
        yield "on bedrock-runtime"
    for operation, measured in size.runtime.items():
        yield f"{operation:28}{_row(measured, size.floor[operation])}"
        yield f"{'':28}{_requests(measured)}"
    if size.unindexed:
        yield f"{'no-change up, no index':28}{_row(size.unindexed, size.floor['no-change up'])}"
        yield f"{'':28}{_requests(size.unindexed)}"


def _requests(measured: Measured) -> str:
    return ", ".join(f"{count:,} {operation}" for operation, count in sorted(measured.requests.items()))


def _row(measured: Measured, floor: Measured | None) -> str:
    comparison = f"{floor.seconds:8.2f}{measured.seconds / floor.seconds:7.2f}" if floor else " " * 15
    figures = f"{_figures(measured.cpu, 14)}{_figures(measured.peak, 7)}{measured.load:5.1f}"
    return f"{measured.seconds:8.2f}{comparison}  {figures}"


def _figures(by_kind: Mapping[str, float], width: int) -> str:
    return "".join(f"{by_kind.get(kind, 0.0):<{width}.1f}" for kind in PROCESSES)


def _growth_lines(sizes: Sequence[Size]) -> Iterator[str]:
    yield f"\n{'how it grows':28}{'fixed':>9}{'per 1,000':>11}{'exponent':>10}"
    for operation in sizes[0].projects:
        fit = growth(sizes, lambda size, name=operation: size.projects[name].seconds)  # type: ignore[misc]
        yield f"{operation + ', s':28}{fit.fixed:9.2f}{fit.per_project * 1000:11.2f}{fit.exponent:10.2f}"
    for kind in PROCESSES:
        fit = growth(sizes, lambda size, kind=kind: size.projects["first up"].peak.get(kind, 0.0))  # type: ignore[misc]
        yield f"{kind + ', peak MB':28}{fit.fixed:9.1f}{fit.per_project * 1000:11.1f}{fit.exponent:10.2f}"
