"""The matrix as Markdown."""

from collections.abc import Iterable, Mapping, Sequence

from bedrock_projects.resources.sdk import REQUESTS_IN_FLIGHT
from tools.fault_matrix.experiment import Outcome
from tools.fault_matrix.faults import SCENARIOS, FaultCase

_HEAD = """\
# When the service fails

<!-- Written by `make faults`. -->

What is doubled, lost or wrongly archived when requests fail, and whether a second run puts everything right.

Made by `make faults` (`python -m tools.fault_matrix`) on the local AWS; nothing of it was tried on the live service.
In each of the {cases} rows a stack of {projects} projects and five of strangers has one run in which requests of one
operation are struck, then the same run again without faults. A run is preflight, then what the Pulumi engine does, with
the provider's own code and its {threads} threads; the engine itself is not in it. What is not struck goes on, as with
`--continue-on-error`. An operation that a scenario never asks for has no rows there.

Struck is every 20th request of the operation; of lists, which are few, every 2nd, and each one by what only a list
can do. A missing permission strikes all, expired credentials all from half way on. Nothing is left to chance: ids have
a fixed seed, and the waits before looking or sending again move the local AWS's clock (botocore's own between two
attempts are real). "Struck" and "reported" are the requests that failed and the errors that the user was shown in the
first run; where errors are fewer, the rest was made good on the spot. "Answered 200" are writes that AWS accepts and
does not carry out, or not all of it: the answer shows the project as it is. The other columns are counted after the
second run, at the service: active projects beyond one for an ownership tag; entries without an active project; archived
ones that the file did not take out; and whether file, state and service say the same of every project, the strangers'
included, with no error in the second run.

In {cases} rows {struck} requests were struck, without those of "each": {duplicates} duplicates, {lost} lost,
{wrongly_archived} wrongly archived, {unequal} rows in which the state differs from the service.

What no client can rule out: a create whose answer is lost, while lists lag behind by more than the 7.5 s that the
provider waits for it *and* until the next run looks. The service has no idempotency token. The first run fails then,
and says that it does not know.
"""


def markdown(outcomes: Sequence[tuple[FaultCase, Outcome]], *, projects: int) -> str:
    """The whole page."""
    results = [outcome for _, outcome in outcomes]
    head = _HEAD.format(
        cases=len(results),
        projects=projects,
        threads=REQUESTS_IN_FLIGHT,
        struck=sum(outcome.struck for case, outcome in outcomes if _is_counted(case)),
        duplicates=sum(outcome.duplicates for outcome in results),
        lost=sum(outcome.lost for outcome in results),
        wrongly_archived=sum(outcome.wrongly_archived for outcome in results),
        unequal=sum(outcome.differing > 0 for outcome in results),
    )
    return "\n".join([head, *_tables(outcomes)])


def _tables(outcomes: Sequence[tuple[FaultCase, Outcome]]) -> Iterable[str]:
    for scenario in SCENARIOS:
        rows = {case: outcome for case, outcome in outcomes if case.scenario == scenario}
        yield f"## {scenario.name.capitalize()}: {scenario.says}\n"
        yield "| operation | fault | struck | reported | duplicates | lost | wrongly archived | state = service |"
        yield "|---|---|--:|--:|--:|--:|--:|---|"
        yield from _rows(rows)
        yield ""


def _is_counted(case: FaultCase) -> bool:
    """How many are under way when the first of them is refused depends on the machine."""
    return case.rules[0].every is not None


def _rows(rows: Mapping[FaultCase, Outcome]) -> Iterable[str]:
    for case, outcome in rows.items():
        equal = "yes" if not outcome.differing else f"no: {outcome.differing}"
        struck = outcome.struck if _is_counted(case) else "each"
        numbers = (struck, outcome.told, outcome.duplicates, outcome.lost, outcome.wrongly_archived)
        yield f"| {case.operation} | {case.fault} | {' | '.join(map(str, numbers))} | {equal} |"
