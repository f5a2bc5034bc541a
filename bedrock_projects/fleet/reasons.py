"""Why a run of the engine failed: the first line of what it said, and what to do if only this package knows."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from bedrock_projects.fleet.events import Steps
from bedrock_projects.model import Inventory
from bedrock_projects.stacks.pulumi_cli import beginning
from bedrock_projects.stacks.state import PROJECT_TYPE

_HOLDER = re.compile(r"created by .*")
_REMEDIES: Final[Mapping[str, str]] = {
    # A bucket or a folder: `checkForLock` in Pulumi's pkg/backend/diy/lock.go.
    "the stack is currently locked": "{holders}, run `pulumi cancel --stack {stack}`",
    # Pulumi Cloud: https://www.pulumi.com/docs/iac/operations/troubleshooting/update-conflicts/ and the words in
    # `IsConcurrentUpdateError` of Pulumi's sdk/go/auto/errors.go.
    "Another update is currently in progress": "Pulumi Cloud shows who runs it; if nobody does, run `pulumi cancel "
    "--stack {stack}`, which ends a run that is active",
    # A state that a kill cut off: seen in tests/engine/test_kills.py.
    "failed to load checkpoint: EOF": "docs/operations.md says what to do after a killed run",
}
"""What to do, by what the Pulumi CLI says."""
_PROTECTED = re.compile(rf'resource "urn:[^"]*{re.escape(PROJECT_TYPE)}::([^"]+)" cannot be deleted')
"""A step of Pulumi's pkg/resource/deploy that would delete a protected project: the advice that follows is to
unprotect the resource in the state, which leaves no trace in the inventory."""
_KILLED: Final = 9
_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")
_WHO = re.compile(r"(arn:aws[\w-]*:(?:sts|iam)::\d{12}:(?:assumed-role|federated-user|user)/)[\w+=,.@/-]+")
"""Who sent a request. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns"""
_WHO_LOCKED = re.compile(r"(created by ).*?( \(pid )")


def reason_of(steps: Steps, said: str, *, code: int, stack: str) -> str:
    """One line: the first error of the engine, else of what the CLI `said`, else its exit code; and what to do.

    With an exit code of 0, only the event log can be what failed.
    """
    if code == 0:
        return f"{steps.gap}, so what it did is not known; see the log"
    _, *bare = f"\n{said}".split("\nerror: ")
    first = next(filter(None, (text.strip().partition("\n")[0] for text in (*steps.errors, *bare))), "")
    protected = _PROTECTED.search(first)
    if protected:
        first = (
            f"project {protected[1]} is protected: keep its entry with `status: archived`, or deploy `protect: false` "
            "before you remove it"
        )
    line = beginning(first) if first and code > 0 else _end_of(code)
    return "; ".join(filter(None, (line, _remedy(code, said, stack), steps.contradiction)))


def _end_of(code: int) -> str:
    how = f"signal {-code} ended the Pulumi CLI" if code < 0 else f"the Pulumi CLI ended with exit code {code}"
    return f"{how}; see the log"


def _remedy(code: int, said: str, stack: str) -> str:
    """What to do; empty if only the user can know."""
    if code == -_KILLED:
        return (
            "if memory ran out, give a smaller `--parallel`; if the stack is locked then, run `pulumi cancel --stack "
            f"{stack}`"
        )
    holders = [beginning(holder.strip()) for holder in _HOLDER.findall(said)]
    ended = "that process has ended" if len(holders) == 1 else "these processes have ended"
    found = f"{'; '.join(holders)}; if {ended}" if holders else "if no run of it is active"
    remedy = next((remedy for cause, remedy in _REMEDIES.items() if cause in said), "")
    return remedy.format(holders=found, stack=stack)


def accounts_named(inventory: Inventory) -> frozenset[str]:
    """All account ids that the inventory has anywhere."""
    return frozenset(_ACCOUNT.findall(inventory.model_dump_json()))


def for_others(reason: str, *, named: Collection[str]) -> str:
    """The reason for files and comments: a reason quotes AWS and the CLI, which say who asked, and where.

    The names of sessions, users and machines become `…`, and so do account ids, but for those that are named already.
    """
    nobody = _WHO_LOCKED.sub(r"\1…\2", _WHO.sub(r"\1…", reason))
    return _ACCOUNT.sub(lambda match: match[0] if match[0] in named else "…", nobody)
