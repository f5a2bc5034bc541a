"""Writes FOCUS files of a made-up bill, and prints the rules that they break without a reason.

python -m tools.focus_validator VALIDATOR    # VALIDATOR: the program focus-validator

The exit status is 1 if a rule is broken that allowed.yaml does not name, or if it names one that no file breaks. The
validator's own status is 0 with any finding, so its output is read.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import yaml

import local_aws
from tests.local_aws.doc_setups import DocSetup, delivered
from tests.local_aws.mantle import ACCOUNT, REGION
from tests.shell import bash

_HERE: Final = Path(__file__).parent
_COMMAND: Final = "bedrock-projects costs --format focus --output out"
_REPORTS: Final = (
    "--month 2026-10",
    "--month 2026-10 --source acme-cur2 --by model",
    "--month 2026-10 --source acme-cur2 --by account --granularity day",
    "--from 2026-09-01 --source acme-cur2 --by Team",
)
_VERSION: Final = "1.2.0.1"
_APPLICABLE: Final = "SUB_ACCOUNT_SUPPORTED,TAGGING_SUPPORTED"
"""What the files have of the parts of FOCUS that a provider may lack; quantities are not on every charge."""
_RESULT: Final = re.compile(r"^\W*(?P<rule>\w+-[A-Z]-\d{3}-[A-Z]): (?P<result>PASS|FAIL)\b(?P<rest>.*)", re.MULTILINE)


def main() -> int:
    """Runs it; the exit status."""
    validator = Path(sys.argv[1]).absolute()
    allowed: dict[str, str] = yaml.safe_load((_HERE / "allowed.yaml").read_text("utf-8"))
    broken: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        for file in _written(Path(folder)):
            passed, failed = results(_validated(validator, file))
            print(f"{file.name}: {len(passed)} rules kept, {len(failed)} broken")
            broken |= failed
    problems = [f"{rule} is broken: {why}" for rule, why in broken.items() if rule not in allowed]
    problems += [f"allowed.yaml allows {rule}, which no file breaks" for rule in sorted(allowed.keys() - broken.keys())]
    print("\n".join(problems))
    return 1 if problems else 0


def results(output: str) -> tuple[set[str], dict[str, str]]:
    """The rules that a file keeps, and those that it breaks with what the validator says of them.

    Rules that only join others (`…-000-…`) are left out. Raises ValueError if the output has no result of any rule.
    """
    found = [match for match in _RESULT.finditer(output) if "-000-" not in match["rule"]]
    if not found:
        raise ValueError(f"the validator printed no result: {output[-2000:]}")
    passed = {match["rule"] for match in found if match["result"] == "PASS"}
    return passed, {match["rule"]: match["rest"].strip() for match in found if match["result"] == "FAIL"}


def _validated(validator: Path, file: Path) -> str:
    """What the validator prints of the file. It reads some of its own files relative to the working directory."""
    (packages,) = validator.parents[1].glob("lib/python3.*/site-packages")
    command = [str(validator), "--data-file", str(file), "--validate-version", _VERSION, "--block-download"]
    command += ["--focus-dataset", "CostAndUsage", "--applicability-criteria", _APPLICABLE]
    return subprocess.run(command, cwd=packages, capture_output=True, text=True, check=True).stdout


def _written(folder: Path) -> list[Path]:
    """The Parquet files of all reports. Raises RuntimeError if one is not written."""
    with local_aws.running() as aws:
        environment = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            **aws.environment(ACCOUNT, region=REGION),
        }
        with bash(folder, environment) as shell:
            delivered(DocSetup(aws, folder, shell))
            answers = [line for options in _REPORTS for line in shell.run(f"{_COMMAND} {options}")]
    files = sorted((folder / "out").glob("*.parquet"))
    if len(files) != len(_REPORTS):
        raise RuntimeError("\n".join(answers))
    return files


if __name__ == "__main__":
    sys.exit(main())
