"""Tries the whole matrix on a local AWS, writes docs/faults.md, and fails if anything in it is not as it must be."""

import os
import sys
from pathlib import Path

import local_aws
from tools.fault_matrix.cells import cells
from tools.fault_matrix.table import markdown
from tools.fault_matrix.trial import ACCOUNT, attempt

_PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
_PROJECTS = 100


def main() -> int:
    """Exit status 1 if something was doubled, lost or wrongly archived, or the state differs."""
    outcomes = []
    with local_aws.running() as aws:
        os.environ.update(aws.environment(ACCOUNT))
        for cell in cells(_PROJECTS):
            outcome = attempt(aws, cell, projects=_PROJECTS)
            print(f"{cell.scenario.name}, {cell.operation}, {cell.fault}: {outcome}", file=sys.stderr)
            outcomes.append((cell, outcome))
    _PAGE.write_text(markdown(outcomes, projects=_PROJECTS))
    return int(not all(outcome.good for _, outcome in outcomes))


sys.exit(main())
