"""One line of a report of `doctor` or `audit`: what was checked, the result, and what to do."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bedrock_projects.errors import (
    AccessDeniedError,
    AmbiguousError,
    ApiKeyDeniedError,
    BedrockProjectsError,
    ClockError,
    CredentialsError,
    CredentialSourceError,
    NotEnabledError,
    ServiceError,
    UnreachableError,
)
from bedrock_projects.limits import REGIONS
from bedrock_projects.terminal import Hanging, Line, Style, Styled

Outcome = Literal["ok", "failed", "hint", "unknown"]

ACTION_NEEDED: Final = 10
"""The exit code of an audit that has hints, and no check that failed."""

SECONDS = 60.0
"""How long all requests to AWS may take together."""

_MARK, _WIDTH = 8, 22
_STYLES: Mapping[Outcome, Style] = {
    "ok": Style.GOOD,
    "failed": Style.BAD,
    "hint": Style.CAUTION,
    "unknown": Style.FAINT,
}


Check = tuple[str, Callable[[], "list[Finding]"]]
"""A name, and the function that checks."""


@dataclass(frozen=True)
class Finding:
    """One line of the report: what was checked, the outcome, the details, and what to do.

    `unknown`: cannot be checked without changing something. `hint`: correct, but worth a look.
    """

    check: str
    outcome: Outcome
    result: str
    remedy: str = ""


def finding_of_refusal(check: str, error: ServiceError, *, region: str | None = None) -> Finding:
    """A failed request to AWS, with what to do about it."""
    if isinstance(error, UnreachableError | AmbiguousError) and not error.status:
        known = f"the service is known in {', '.join(REGIONS)}; otherwise " if region and region not in REGIONS else ""
        return Finding(check, "failed", str(error), f"{known}check the network, HTTPS_PROXY and AWS_ENDPOINT_URL")
    if isinstance(error, ClockError):
        return Finding(check, "failed", str(error), "correct the clock of this machine, then run this again")
    if isinstance(error, NotEnabledError):
        remedy = "run this again once it is enabled, which takes up to 24 hours"
        return Finding(check, "failed", str(error), remedy)
    if isinstance(error, CredentialSourceError):
        return Finding(check, "failed", str(error), "correct this, then run this again")
    if isinstance(error, CredentialsError):
        remedy = "sign in again, or set `aws:profile` or AWS_PROFILE to valid credentials"
        return Finding(check, "failed", str(error), remedy)
    if isinstance(error, ApiKeyDeniedError):
        return Finding(check, "failed", str(error), "use `auth: sigv4`, or change the policy, then run this again")
    if isinstance(error, AccessDeniedError):
        remedy = "grant the policy that `bedrock-projects iam deploy` prints (read-only: `iam review`)"
        return Finding(check, "failed", str(error), remedy)
    return Finding(check, "failed", str(error), "run this again; if it persists, contact AWS with the request id")


def finding_of_error(check: str, error: BedrockProjectsError) -> Finding:
    """The finding for an error that ended a check."""
    if isinstance(error, ServiceError):
        return finding_of_refusal(check, error)
    return Finding(check, "failed", str(error))


def run_in_time(checks: Sequence[Check], *, seconds: float = SECONDS) -> list[Finding]:
    """Runs all checks in parallel; a check that does not end in time is a finding too.

    Each has its own thread, since a pool would wait at exit for a check that never ends.
    """
    answers: dict[str, list[Finding]] = {}

    def run(name: str, look: Callable[[], list[Finding]]) -> None:
        try:
            answers[name] = look()
        except BedrockProjectsError as error:
            answers[name] = [finding_of_error(name, error)]

    threads = [threading.Thread(target=run, args=check, daemon=True) for check in checks]
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    late = f"no answer within {seconds:.0f} seconds"
    remedy = "check the network, HTTPS_PROXY and AWS_ENDPOINT_URL, then run this again"
    return [finding for name, _ in checks for finding in answers.get(name, [Finding(name, "failed", late, remedy)])]


def lines_of(findings: Sequence[Finding]) -> Iterator[Line]:
    """A line for each finding, and one below it with what to do."""
    for finding in findings:
        mark = finding.outcome.upper() if finding.outcome == "failed" else finding.outcome
        head = (Styled(f"{mark:<{_MARK}}", _STYLES[finding.outcome]), f"{finding.check:<{_WIDTH}} ")
        yield Hanging(head, finding.result, indent=_MARK + _WIDTH + 1)
        if finding.remedy:
            yield Hanging((f"{'':<{_MARK}}{'':<{_WIDTH}} → ",), finding.remedy, indent=_MARK + _WIDTH + 3)
