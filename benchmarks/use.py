"""How much CPU `use` with a catalogue takes, against Python alone and against a command that imports Typer.

    python -m benchmarks.use

Prints user and system seconds as min / median / max, and the ratios of the medians to `python -c pass`.
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

RUNS = 15
_URL = "https://bedrock-mantle.us-west-2.api.aws/v1"
_SEARCH = {
    "id": "proj_5ht6vmk4cnu6yfmc345k",
    "arn": "arn:aws:bedrock-mantle:us-west-2:111111111111:project/proj_5ht6vmk4cnu6yfmc345k",
    "name": "Search",
    "region": "us-west-2",
    "status": "active",
    "base_url": _URL,
}
_DEV = {"account": "111111111111", "region": "us-west-2", "base_url": _URL, "projects": {"search": _SEARCH}}
CATALOGUE = {"version": 1, "inventory": "acme", "environments": {"dev": _DEV}, "declared": {"search": ["dev"]}}
"""A small catalogue, as `bedrock-projects catalogue` writes one; the tests of the start of `use` read it too."""
USE = ("-m", "bedrock_projects", "use", "search", "--environment", "dev", "--client", "env", "--catalogue")


def cpu(*arguments: str) -> float:
    """The CPU seconds of a process of this Python, from its start to its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measures all in turn, so that a busy machine slows all."""
    with tempfile.TemporaryDirectory() as folder:
        catalogue = Path(folder) / "catalogue.json"
        catalogue.write_text(json.dumps(CATALOGUE), "utf-8")
        processes = {
            "python -c pass": ("-c", "pass"),
            "use --catalogue": (*USE, str(catalogue)),
            "use --help, which imports Typer": ("-m", "bedrock_projects", "use", "--help"),
        }
        times: dict[str, list[float]] = {name: [] for name in processes}
        for _ in range(RUNS):
            for name, arguments in processes.items():
                times[name].append(cpu(*arguments))
    print(f"{RUNS} runs, in CPU seconds")
    floor = statistics.median(times["python -c pass"])
    for name, measured in times.items():
        median = statistics.median(measured)
        print(f"{name:34} {min(measured):6.3f} / {median:6.3f} / {max(measured):6.3f}   ratio {median / floor:5.1f}")


if __name__ == "__main__":
    main()
