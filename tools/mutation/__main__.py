"""Runs mutmut in a copy of the project, counts by module, and prints what survived without an explanation.

python -m tools.mutation                   # a sample of each module, the same one each time
python -m tools.mutation --sample 0        # every mutant: hours
python -m tools.mutation --only inventory/layers projects/changes

The exit status is 1 if a mutant survived that explained.yaml does not explain, or if explained.yaml explains one that
did not survive.
"""

import argparse
import json
import random
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.mutation.copying import MUTATED, PACKAGE, ROOT, copy_project
from tools.mutation.explained import Mutant, reason_for, reasons, stale, without_mutant

_FOLDER = ROOT / ".local" / "mutation"
_SAMPLE = 40
_SURVIVED = (0, 33)
"""mutmut's codes for a mutant that all tests passed with, and for one that no test reaches."""
_FIRST = f"{PACKAGE}.resources.messages*"
"""A few mutants, run so that mutmut writes down the names of all."""

Results = Mapping[str, Mapping[str, int | None]]
"""By module: mutants with their exit codes, None for those that were not run."""


def main() -> int:
    """Runs it; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutation")
    parser.add_argument("--sample", type=int, default=_SAMPLE, help=f"mutants of a module ({_SAMPLE}); 0: all")
    parser.add_argument("--only", nargs="+", help="modules, such as inventory/layers")
    parser.add_argument("--folder", type=Path, default=_FOLDER, help="where the copy is made")
    chosen = parser.parse_args()
    known = reasons()
    if gone := stale(known):
        sys.exit("\n".join(["explained.yaml explains functions that are not there:", *gone]))
    copy_project(chosen.folder)
    _run(chosen.folder, [_FIRST])
    if gone := without_mutant(known, chosen.folder / "mutants" / PACKAGE):
        sys.exit("\n".join(["explained.yaml explains mutants that are not there:", *gone]))
    results = _results(chosen.folder)
    named = chosen.only or [pattern.removesuffix(".py") for pattern in MUTATED if "*" not in pattern]
    if without := sorted(set(named) - results.keys()):
        sys.exit(f"there are no mutants of {', '.join(without)}")
    by_module = {name: results[name] for name in chosen.only or results}
    sample = [mutant for results in by_module.values() for mutant in _sampled(sorted(results), chosen.sample)]
    _run(chosen.folder, sample)
    return _report(chosen.folder, sample)


def _run(folder: Path, names: Sequence[str]) -> None:
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", "1", *names]
    log = folder.parent / "mutation.log"
    with log.open("ab") as output:
        done = subprocess.run(command, cwd=folder, stdout=output, stderr=output, check=False)
    if done.returncode:
        sys.exit(f"mutmut failed; see {log}")


def _results(folder: Path) -> Results:
    package = folder / "mutants" / PACKAGE
    contents = {
        path.relative_to(package).as_posix().removesuffix(".py.meta"): json.loads(path.read_text("utf-8"))
        for path in sorted(package.rglob("*.meta"))
    }
    return {name: content["exit_code_by_key"] for name, content in contents.items() if content["exit_code_by_key"]}


def _sampled(names: list[str], size: int) -> list[str]:
    return random.Random(0).sample(names, size) if 0 < size < len(names) else names  # noqa: S311  the same each time


def _report(folder: Path, sample: Sequence[str]) -> int:
    """A row for each module, then what survived and is not explained, and what is explained and did not survive."""
    known, wanted = reasons(), set(sample)
    unexplained: list[Mutant] = []
    unneeded: list[str] = []
    print(f"{'module':34}{'mutants':>8}{'run':>6}{'killed':>8}{'explained':>11}{'survived':>10}")
    for module, results in _results(folder).items():
        run = wanted & results.keys()
        if not run:
            continue
        survivors = [_mutant(folder, name) for name in sorted(run) if results[name] in _SURVIVED]
        left = [survivor for survivor in survivors if reason_for(survivor, known) is None]
        unexplained += left
        counts = (len(run), len(run) - len(survivors), len(survivors) - len(left), len(left))
        print(f"{module:34}{len(results):8}" + "".join(f"{n:{w}}" for n, w in zip(counts, (6, 8, 11, 10), strict=True)))
        if len(run) == len(results):
            of_module = {key for key in known if key[0].startswith(f"{module.replace('/', '.')}.x")}
            unneeded += [f"{function}: {put}" for function, put in sorted(of_module - {s.key for s in survivors})]
    print(*unexplained, sep="\n")
    if unneeded:
        print("explained.yaml explains what did not survive:", *unneeded, sep="\n  ")
    return int(bool(unexplained or unneeded))


def _mutant(folder: Path, name: str) -> Mutant:
    command = [sys.executable, "-m", "mutmut", "show", name]
    shown = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
    lines = [line for line in shown.splitlines() if not line.startswith(("+++", "---"))]
    taken, put = (tuple(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
    return Mutant(name, taken=taken, put=put)


if __name__ == "__main__":
    sys.exit(main())
