"""What a level sends, costs and leaves, before anything is sent: the lines of `--plan`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bedrock_projects.aws.endpoints import MANTLE, RUNTIME
from bedrock_projects.aws.prices import COST_EXPLORER_REQUEST
from bedrock_projects.conformance.checks import Level
from bedrock_projects.conformance.follow_up import COST_EXPLORER_REQUESTS as LATER_REQUESTS
from bedrock_projects.conformance.paid import COST_EXPLORER_REQUESTS, MOST_ANSWERS, MOST_COST
from bedrock_projects.conformance.table import checks_of, clean_up_requests, most_requests
from bedrock_projects.model_ids import MOST_TOKENS


@dataclass(frozen=True, kw_only=True)
class Consequences:
    """What a level does to an account, as sentences."""

    changes: str
    costs: str
    leaves: str


CONSEQUENCES: Final[Mapping[Level, Consequences]] = {
    Level.READ_ONLY: Consequences(
        changes="Changes nothing: each operation is named Get, List or Describe.",
        costs="Costs nothing: AWS charges for none of these operations.",
        leaves="Leaves nothing in the account.",
    ),
    Level.CREATE: Consequences(
        changes="Creates four projects, two with each API, changes their names and tags, and archives all four.",
        costs="Costs nothing: a project without requests has no cost.",
        leaves="Four archived projects stay in this account permanently, and may count towards its quota of 1,000.",
    ),
    Level.PAID: Consequences(
        changes="Creates two projects, one with each API, asks the model for each of them, and archives both.",
        costs=(
            f"Costs at most USD {MOST_COST}: {COST_EXPLORER_REQUESTS} Cost Explorer API requests of USD "
            f"{COST_EXPLORER_REQUEST}, and at most {MOST_ANSWERS} answers of {MOST_TOKENS} tokens."
        ),
        leaves="Two archived projects stay in this account permanently, and may count towards its quota of 1,000.",
    ),
    Level.FOLLOW_UP: Consequences(
        changes="Changes nothing: each operation is named Get, List or Describe.",
        costs=(
            f"Costs at most USD {LATER_REQUESTS * COST_EXPLORER_REQUEST}: {LATER_REQUESTS} Cost Explorer API requests "
            f"of USD {COST_EXPLORER_REQUEST}."
        ),
        leaves="Leaves nothing in the account.",
    ),
}
_EVENT_SOURCES: Final = {
    MANTLE.iam_prefix: f"{MANTLE.iam_prefix}.amazonaws.com",
    RUNTIME.iam_prefix: f"{RUNTIME.iam_prefix}.amazonaws.com",
    RUNTIME.name: f"{RUNTIME.iam_prefix}.amazonaws.com",
    "resourcegroupstaggingapi": "tagging.amazonaws.com",
    "cloudwatch": "monitoring.amazonaws.com",
    "budgets": "budgets.amazonaws.com",
    "ce": "ce.amazonaws.com",
    "service-quotas": "servicequotas.amazonaws.com",
    "sts": "sts.amazonaws.com",
}


CLEAN_UP: Final = Consequences(
    changes="Archives the active projects of earlier runs, by their names and marker tags, and changes nothing else.",
    costs="Costs nothing: AWS charges for none of these operations.",
    leaves="An archive cannot be undone. A run on another machine is not seen: what it has created is archived too.",
)
"""What a clean-up does to an account."""


def plan_lines(level: Level, *, region: str, user_agent: str) -> Iterator[str]:
    """What the level does in that region, and what CloudTrail shows of it."""
    yield f"Level {level.value} in {region}: {len(checks_of(level))} checks."
    yield from _lines(CONSEQUENCES[level], most_requests(level), user_agent)


def clean_up_lines(*, region: str, user_agent: str) -> Iterator[str]:
    """What a clean-up does in that region, and what CloudTrail shows of it."""
    yield f"Clean-up in {region}."
    yield from _lines(CLEAN_UP, clean_up_requests(), user_agent)


def _lines(consequences: Consequences, most: Mapping[str, int], user_agent: str) -> Iterator[str]:
    yield from (consequences.changes, consequences.costs, consequences.leaves)
    yield "Sends at most 2 requests a second, and each once: no request is retried."
    yield "Operations, each with the most requests (with all pages of long lists):"
    width = max(map(len, most))
    yield from (f"  {operation:<{width}}  {count:>3}" for operation, count in most.items())
    sources = sorted({_EVENT_SOURCES[operation.partition(":")[0]] for operation in most})
    yield f"CloudTrail shows them as events with the user agent {user_agent}, from these sources:"
    yield from (f"  {source}" for source in sources)
