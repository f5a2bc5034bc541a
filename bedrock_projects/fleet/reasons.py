"""Why a run of the engine failed: the first line of what it said, and what to do if only this package knows."""

import re
from collections.abc import Collection, Sequence

from bedrock_projects.model import Inventory

_LOCKED = "the stack is currently locked"
_HOLDER = re.compile(r"created by .*")
_CUT_OFF = "failed to load checkpoint: EOF"
_MOST = 300
_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")
_WHO = re.compile(r"(arn:aws[\w-]*:(?:sts|iam)::\d{12}:(?:assumed-role|federated-user|user)/)[\w+=,.@/-]+")
"""Who sent a request. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns"""


def reason_of(errors: Sequence[str], said: str, *, code: int, stack: str) -> str:
    """One line: the first of the engine's `errors`, else of what the CLI `said`, else its exit code.

    With an exit code of 0, only the event log can be what failed.
    """
    if code == 0:
        return "the Pulumi CLI wrote no complete event log, so what it did is not known; see the log"
    _, *bare = f"\n{said}".split("\nerror: ")
    first = next(filter(None, (text.strip().partition("\n")[0] for text in (*errors, *bare))), "")
    line = first[:_MOST] or f"the Pulumi CLI ended with exit code {code}; see the log"
    return f"{line}{_remedy(said, stack)}"


def _remedy(said: str, stack: str) -> str:
    if _LOCKED in said:
        holder = _HOLDER.search(said)
        ended = f"{holder[0].strip()[:_MOST]}; if that process has ended" if holder else "if no run of it is active"
        return f"; {ended}, run `pulumi cancel --stack {stack}`"
    if _CUT_OFF in said:
        return "; docs/operations.md says what to do after a killed run"
    return ""


def accounts_named(inventory: Inventory) -> frozenset[str]:
    """All account ids that the inventory has anywhere."""
    return frozenset(_ACCOUNT.findall(inventory.model_dump_json()))


def for_others(reason: str, *, named: Collection[str]) -> str:
    """The reason for files and comments: a reason quotes AWS, which says who asked, and where.

    The names of sessions and users become `…`, and so do account ids, but for those that are named already.
    """
    return _ACCOUNT.sub(lambda match: match[0] if match[0] in named else "…", _WHO.sub(r"\1…", reason))
