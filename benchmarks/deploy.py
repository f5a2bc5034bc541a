"""How long projects take to deploy, change and destroy, on a local AWS whose every answer takes 100 ms.

    python -m benchmarks.deploy                      # 10, 100 and 1,000 projects: ten minutes on two quiet cores
    python -m benchmarks.deploy --sizes 10 100

Next to them in the same run: a script that sends one request after another, a thin client with 32 in flight (the local
AWS is not the limit where that takes N / 32 answers), and the floor (benchmarks/floor), the same number of resources of
a provider that does nothing. Prints a table with ratios; --json and --chart write files.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path

from benchmarks.chart import bar_chart
from benchmarks.measuring import Size, measure_size, measure_throttled, settings
from benchmarks.report import lines
from local_aws import running
from tools.engine.locate import locate


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0; a deployment that fails raises with its output."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 100, 1000], metavar="N")
    parser.add_argument("--json", type=Path, help="write all measures to this file")
    parser.add_argument("--chart", type=Path, help="write the largest size as SVG to this file")
    wish = parser.parse_args(arguments)
    locate(_tell)  # which may take minutes, so not within a measure
    before = os.getloadavg()
    with running() as aws:
        sizes = [measure_size(aws, count, _tell) for count in sorted(wish.sizes)]
        throttled = measure_throttled(aws, sizes[-1].count, _tell)
    print(f"load of the machine: {before[0]:.1f} before, {os.getloadavg()[0]:.1f} after; {os.cpu_count()} CPUs")
    print("\n".join(lines(sizes, throttled)))
    if wish.json:
        document = {
            "measured": datetime.now(tz=timezone.utc).date().isoformat(),
            "settings": settings(),
            "sizes": [asdict(size) for size in sizes],
            "throttled": asdict(throttled),
        }
        wish.json.write_text(json.dumps(document, indent=1) + "\n")
    if wish.chart:
        wish.chart.write_text(_chart(sizes[-1]))
    return 0


def _chart(size: Size) -> str:
    bars = {"script, one request after another": size.sequential}
    if size.as_it_comes:
        bars["first up as Pulumi comes"] = size.as_it_comes.seconds
    bars |= {operation: measured.seconds for operation, measured in size.projects.items()}
    bars["32 requests in flight, nothing else"] = size.in_flight
    return bar_chart(f"{size.count:,} projects, 100 ms an answer", bars)


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
