"""What came of each stack of a run, and the table of all: for a terminal, as Markdown and as JSON."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from bedrock_projects.fleet.stacks import FleetStack, Operation
from bedrock_projects.printing import for_markdown_table
from bedrock_projects.suggestions import counted
from bedrock_projects.terminal import Hanging, Line, Style, Styled

Outcome = Literal[
    "unchanged",
    "ok",
    "no stack",
    "changed",
    "to change",
    "action needed",
    "not started",
    "interrupted",
    "refused",
    "failed",
]
"""In the order of the table's last line. `no stack`: the backend has none of that name, so nothing is to be done."""

QUIET: tuple[Outcome, ...] = ("unchanged", "ok", "no stack")
"""What needs no line of its own in a table of 180 stacks, unless there is something to say."""
UNFINISHED: tuple[Outcome, ...] = ("not started", "interrupted", "refused", "failed")

_STYLES: Mapping[Outcome, Style] = {
    "changed": Style.GOOD,
    "to change": Style.CAUTION,
    "action needed": Style.CAUTION,
    "not started": Style.CAUTION,
    "interrupted": Style.BAD,
    "refused": Style.BAD,
    "failed": Style.BAD,
}
_ORDER: tuple[Outcome, ...] = (*QUIET, "changed", "to change", "action needed", *UNFINISHED)
_OTHERS = "no project"
"""Of a stack that changes without them: it is new and empty, or its outputs differ."""


@dataclass(frozen=True)
class StackResult:
    """What came of one stack.

    `changes` are counts by kind (`created`, `updated`, `archived`, …; of a doctor or an audit, by outcome). `drift` are
    resources that a refresh found changed or gone. `tags_only`: an update of the cost allocation tags is all that
    changes, for example since keys are pending. `pending_keys` are tag keys that Billing does not know yet. `reason`
    is one line. `warnings` are what preflight says before a stack changes, for a person: which projects would be
    archived, and which of them are in use. `log` is the path of the log, empty if nothing ran.
    """

    stack: str
    environment: str | None
    outcome: Outcome
    changes: Mapping[str, int] = field(default_factory=dict)
    drift: int = 0
    tags_only: bool = False
    pending_keys: tuple[str, ...] = ()
    reason: str = ""
    seconds: float = 0.0
    log: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def details(self) -> str:
        """All but the outcome, in words."""
        counts = [f"{count} {kind}" for kind, count in self.changes.items()]
        if self.drift:
            counts.append(f"{self.drift} drifted")
        pending = f"pending keys: {', '.join(self.pending_keys)}" if self.pending_keys else ""
        details = "; ".join(filter(None, (", ".join(counts), pending, self.reason)))
        return details or (_OTHERS if self.outcome in ("changed", "to change") else "")


def not_started(stack: FleetStack, reason: str = "") -> StackResult:
    """The result of a stack that was not run."""
    return StackResult(stack.name, stack.environment, "not started", reason=reason)


def lines_of(results: Sequence[StackResult]) -> Iterator[Line]:
    """A line for each stack that changed, failed or has pending keys, and one that counts all."""
    shown = [result for result in results if _is_shown(result)]
    width = max((len(result.stack) for result in shown), default=0)
    outcomes = max((len(result.outcome) for result in shown), default=0)
    for result in shown:
        outcome = f"{result.outcome:<{outcomes}}"
        styled = Styled(outcome, _STYLES[result.outcome]) if result.outcome in _STYLES else outcome
        head = (f"{result.stack:<{width}}  ", styled, "  ")
        yield Hanging(head, result.details, indent=width + outcomes + 4)
        for warning in result.warnings:
            for line in warning.split("\n"):
                yield Hanging((" " * (width + 4),), line, indent=width + 4)
    yield Styled(summary_of(results), Style.HEADING)


def summary_of(results: Sequence[StackResult]) -> str:
    """How many stacks there are, by outcome."""
    return f"{counted(len(results), 'stack')}: {counts_of(results)}"


def counts_of(results: Sequence[StackResult]) -> str:
    """The outcomes with their numbers."""
    outcomes = Counter(result.outcome for result in results)
    return ", ".join(f"{outcomes[outcome]} {outcome}" for outcome in _ORDER if outcomes[outcome])


def markdown_of(results: Sequence[StackResult], operation: Operation) -> str:
    """The table for a comment or the summary of a job."""
    head = "| stack | result | changes | drift | pending keys | reason |"
    rows = [_row(result) for result in results if _is_shown(result)]
    table = [head, "|---|---|---|---|---|---|", *rows, ""] if rows else []
    return "\n".join([f"**`{operation}`** · {summary_of(results)}", "", *table])


def document_of(results: Sequence[StackResult], operation: Operation) -> dict[str, Any]:
    """The same for a program, with all stacks."""
    outcomes = Counter(result.outcome for result in results)
    return {
        "operation": operation,
        "outcomes": {outcome: outcomes[outcome] for outcome in _ORDER if outcomes[outcome]},
        "stacks": [_as_json(result) for result in results],
    }


def _as_json(result: StackResult) -> dict[str, Any]:
    """Without the warnings: they name projects, and such a file may be an artifact that others read."""
    return {name: value for name, value in asdict(result).items() if name != "warnings"}


def _is_shown(result: StackResult) -> bool:
    return result.outcome not in QUIET or bool(result.pending_keys)


def _row(result: StackResult) -> str:
    changes = ", ".join(f"{count} {kind}" for kind, count in result.changes.items())
    drift = str(result.drift or "")
    cells = (result.stack, result.outcome, changes, drift, ", ".join(result.pending_keys), result.reason)
    return f"| {' | '.join(map(for_markdown_table, cells))} |"
