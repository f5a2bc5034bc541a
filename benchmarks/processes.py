"""What the processes of a command cost: CPU seconds and peak memory, by kind of process, read from /proc (Linux)."""

import os
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_INTERVAL = 0.1
_TICKS = os.sysconf("SC_CLK_TCK")
_ENGINES = ("up", "preview", "refresh", "destroy")
# The first of these words in a command line names its kind.
_KINDS = {
    "pulumi-language-python-exec": "program",
    "pulumi.dynamic": "provider",
    "language_host": "language host",
    "local_aws": "local AWS",
}


@dataclass
class Cost:
    """CPU seconds, and the highest resident memory of one process in MB (10^6 bytes)."""

    cpu: float = 0.0
    peak: float = 0.0


@dataclass
class _Seen:
    kind: str
    cost: Cost = field(default_factory=Cost)


def kind_of(command_line: bytes) -> str:
    """engine, program, provider, language host, local AWS, or other."""
    words = [Path(word).name for word in command_line.decode(errors="replace").split("\0")]
    text = " ".join(words)
    if words[0] == "pulumi":
        return "engine" if words[1:2] and words[1] in _ENGINES else "other"
    return next((kind for word, kind in _KINDS.items() if word in text), "other")


class Sampler:
    """Looks at all descendants of this process ten times a second, from `with` to its end.

    `most` is how many of each kind there were at once, `megabytes` the highest sum of what all of them had in memory at
    one time, but for the local AWS; what processes share counts once for each.

    What a process used in its last tenth of a second is missed; its peak is the kernel's own high-water mark.
    """

    def __init__(self) -> None:
        self._seen: dict[int, _Seen] = {}
        self._before: dict[int, float] = {}
        self.most: Counter[str] = Counter()
        self.megabytes = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Sampler":
        self._before = {process: _cpu(process) for process in _descendants(os.getpid())}
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    @property
    def costs(self) -> dict[str, Cost]:
        """Kind to the sum of its CPU seconds and the peak of its largest process."""
        costs: dict[str, Cost] = {}
        for seen in self._seen.values():
            cost = costs.setdefault(seen.kind, Cost())
            cost.cpu += seen.cost.cpu
            cost.peak = max(cost.peak, seen.cost.peak)
        return costs

    def _watch(self) -> None:
        while not self._done.wait(_INTERVAL):
            self._look()
        self._look()

    def _look(self) -> None:
        kinds: dict[int, str] = {}
        megabytes = 0.0
        for process in _descendants(os.getpid()):
            try:
                command_line = Path(f"/proc/{process}/cmdline").read_bytes()
                cpu, peak = _cpu(process) - self._before.get(process, 0.0), _peak(process)
            except (FileNotFoundError, ProcessLookupError):
                continue  # ended since
            if command_line:
                # A process that becomes another program (`exec`) keeps its number: what it is last is what it is.
                kind = kind_of(command_line)
                self._seen[process] = _Seen(kind, Cost(cpu, peak))
                kinds[process] = kind
                megabytes += _resident(process) if kind != "local AWS" else 0.0
            elif process in self._seen:  # ended, not asked for yet: only its times are left
                self._seen[process].cost.cpu = cpu
        # A look takes time: what has ended meanwhile was not there together with what came.
        # A process that begins to become another program looks like its parent for a moment.
        self.most |= Counter(
            kind for process, kind in kinds.items() if _is_alive(process) and kinds.get(_parent(process)) != kind
        )
        self.megabytes = max(self.megabytes, megabytes)


def _descendants(process: int) -> Iterator[int]:
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        for child in map(int, children):
            yield child
            yield from _descendants(child)


def _cpu(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _parent(process: int) -> int:
    """The number of the process that started it; 0 if it has ended."""
    try:
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _is_alive(process: int) -> bool:
    """Whether the process runs; one that has ended and was not asked for yet has no command line."""
    try:
        return bool(Path(f"/proc/{process}/cmdline").read_bytes())
    except (FileNotFoundError, ProcessLookupError):
        return False


def _resident(process: int) -> float:
    """What the process has in memory now; 0 if it has ended."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _peak(process: int) -> float:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0  # ended, not asked for yet
