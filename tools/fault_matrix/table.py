"""The matrix as Markdown."""

from collections.abc import Iterable, Mapping, Sequence

from bedrock_projects.aws.endpoints import ENDPOINTS, Endpoint
from bedrock_projects.resources.sdk import REQUESTS_IN_FLIGHT
from tools.fault_matrix.experiment import Outcome
from tools.fault_matrix.faults import SCENARIOS, FaultCase

_HEAD = """\
# When the service fails

<!-- Written by `make faults`. -->

This page shows what happens to projects if requests fail, and whether a second run corrects everything.
It counts projects that are duplicated, lost or wrongly archived.
You need no set-up to read it; `make faults` measures it again.

All of it ran on the local AWS, with `make faults` (`python -m tools.fault_matrix`), and nothing on the live service.

In {cases} rows, {struck} requests failed, not counting the rows with "each".
The result: {duplicates} duplicates, {lost} lost, {wrongly_archived} wrongly archived.
In {unequal} rows the state differs from the service.

No client can prevent one case: the answer to a create is lost, and lists are not up to date.
The service has no idempotency token, so the provider looks for the project for 7.5 s.
If it finds none, the run fails and says that it does not know whether the project exists.
If lists still lack the project when the next run looks, that run creates a second one.

## How to read the tables

Each row is one case.
A stack of {projects} projects, and five projects of others, has one run in which requests of one operation fail.
Then the same run follows without faults.
A run is preflight, then what the Pulumi engine does, with the provider's own code and its {threads} threads.
The engine itself is not part of it.
Everything that does not fail continues, as with `--continue-on-error`.
If a scenario never calls an operation, it has no rows for it.
On bedrock-runtime, tags have operations of their own: "read tags", "tag" and "untag".

Every 20th request of an operation fails.
Lists are few, so every 2nd fails; for faults that only a list can have, every one.
If a permission is missing, all requests fail; if credentials expire, all in the second half.

Nothing is random.
Ids have a fixed seed, and the waits before a second look or a second request move the local AWS's clock.
Only botocore's own waits between two attempts are real.

| column | meaning |
|---|---|
| failed | requests that failed in the first run |
| reported | errors that the user saw in the first run; if there are fewer, the run corrected the rest itself |
| duplicates | active projects beyond one for an ownership tag, after the second run |
| lost | entries without an active project, after the second run |
| wrongly archived | archived projects that are still in the file |
| state = service | file, state and service agree on all projects, and the second run has no error |

"Answered 200" are writes that AWS accepts and does not carry out, or only in part.
The answer then shows the project as it is.
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
    for endpoint in ENDPOINTS.values():
        yield from _tables_of(endpoint, {case: outcome for case, outcome in outcomes if case.endpoint is endpoint})


def _tables_of(endpoint: Endpoint, outcomes: Mapping[FaultCase, Outcome]) -> Iterable[str]:
    for scenario in SCENARIOS:
        rows = {case: outcome for case, outcome in outcomes.items() if case.scenario is scenario}
        yield f"## {scenario.name.capitalize()}: {scenario.says} ({endpoint})\n"
        yield "| operation | fault | failed | reported | duplicates | lost | wrongly archived | state = service |"
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
        numbers = (struck, outcome.reported, outcome.duplicates, outcome.lost, outcome.wrongly_archived)
        yield f"| {case.operation} | {case.fault} | {' | '.join(map(str, numbers))} | {equal} |"
