"""How long the inventory takes to read: 1,000 entries of 6 tags, against PyYAML's C reader on the same file.

    python -m benchmarks.validate

Prints seconds as min / median / max, the ratio of the medians, and the cold start of the command with that of Python.
"""

import gc
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import yaml

from bedrock_projects import inventory

ENTRIES, RUNS = 1000, 15
TAGS = ("Application", "Team", "CostCenter", "Service", "Stage", "Owner")
HEAD = f"""\
version: 1
inventory: benchmark
environments:
  dev: {{account: "111111111111", region: us-west-2}}
tag_keys: {{{", ".join(f"{tag}: {{required: true}}" for tag in TAGS)}}}
defaults: {{environments: [dev]}}
projects:
"""


def entry(number: int) -> str:
    """One entry as people write it: a line for each field."""
    tags = "".join(f"      {tag}: {tag}-{number % 50}\n" for tag in TAGS)
    return f"  project-{number}:\n    name: Project{number}\n    tags:\n{tags}"


def seconds(work: Callable[[], object]) -> float:
    """How long it takes, without the garbage of what ran before."""
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def command(*arguments: str) -> Callable[[], object]:
    """A process of this Python, from its start to its end."""
    return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def shown(name: str, times: Sequence[float]) -> float:
    """Prints one line; the median."""
    median = statistics.median(times)
    print(f"{name:42} {min(times):7.3f} / {median:7.3f} / {max(times):7.3f}")
    return median


def main() -> None:
    """Measures both in turn, so that a busy machine slows both."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "projects.yaml"
        path.write_text(HEAD + "".join(map(entry, range(ENTRIES))), "utf-8")
        reads = {
            "inventory.load": lambda: inventory.load(path),
            "yaml.load(Loader=CSafeLoader)": lambda: yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader),
        }
        times: dict[str, list[float]] = {name: [] for name in reads}
        for _ in range(RUNS):
            for name, work in reads.items():
                times[name].append(seconds(work))
        print(f"{ENTRIES:,} entries of {len(TAGS)} tags, {path.stat().st_size / 1024:.0f} KiB, {RUNS} runs, in seconds")
        ours, theirs = (shown(name, measured) for name, measured in times.items())
        print(f"{'ratio of the medians':42} {ours / theirs:7.2f}\n")
        module = ("-m", "bedrock_projects")
        processes = {
            "python -c pass": command("-c", "pass"),
            "bedrock-projects --help": command(*module, "--help"),
            "bedrock-projects validate, 1 project": command(*module, "validate", str(_small(Path(folder)))),
            f"bedrock-projects validate, {ENTRIES:,} projects": command(*module, "validate", str(path)),
        }
        for name, work in processes.items():
            shown(name, [seconds(work) for _ in range(RUNS)])


def _small(folder: Path) -> Path:
    path = folder / "small.yaml"
    path.write_text(HEAD + entry(0), "utf-8")
    return path


if __name__ == "__main__":
    main()
