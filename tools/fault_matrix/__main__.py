"""Tries the whole matrix on a local AWS, writes docs/faults.md, and fails if anything in it is not as it must be."""

import os
import sys
from pathlib import Path

import local_aws
from tools.fault_matrix.experiment import ACCOUNT, attempt
from tools.fault_matrix.faults import fault_cases
from tools.fault_matrix.table import markdown

_PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
_PROJECTS = 100


def main() -> int:
    """Exit status 1 if something was doubled, lost or wrongly archived, or the state differs."""
    outcomes = []
    with local_aws.running() as aws:
        os.environ.update(aws.environment(ACCOUNT))
        for case in fault_cases(_PROJECTS):
            outcome = attempt(aws, case, projects=_PROJECTS)
            print(f"{case.endpoint}, {case.scenario.name}, {case.operation}, {case.fault}: {outcome}", file=sys.stderr)
            outcomes.append((case, outcome))
    _PAGE.write_text(markdown(outcomes, projects=_PROJECTS))
    return int(not all(outcome.good for _, outcome in outcomes))


sys.exit(main())
