"""What each operation makes of AWS's answer that a project is gone or archived: one table, and its sentences.

Every other answer is AWS's error, and nothing changes: a 404 that names no project, a missing permission, a request
that is refused for another reason. `docs/operations.md` has the table for readers.
"""

from collections.abc import Mapping
from typing import Literal

Operation = Literal["read", "update", "archive", "release", "delete", "adopt", "recover"]
"""What a run does with a project that exists; `archive` and `release` are by `status`, `delete` is of an entry."""

Answer = Literal["gone", "archived"]
"""`gone`: a 404 that names the project, to credentials of its account. `archived`: its status, with any error."""

Outcome = Literal["forgotten", "done", "refused"]
"""`forgotten`: it leaves the state. `done`: there is nothing to do. `refused`: an error that says what to do."""

OUTCOMES: Mapping[Operation, Mapping[Answer, Outcome]] = {
    "read": {"gone": "forgotten", "archived": "forgotten"},
    "update": {"gone": "refused", "archived": "refused"},
    "archive": {"gone": "done", "archived": "done"},
    "release": {"gone": "done", "archived": "done"},
    "delete": {"gone": "done", "archived": "done"},
    "adopt": {"gone": "refused", "archived": "refused"},
    "recover": {"gone": "refused", "archived": "refused"},
}

_ANEW = "`pulumi refresh` removes it from the state and the next `pulumi up` creates a new one"
_AFTER_RELEASE = "it was released before: remove the entry, run `pulumi up`, and add it again"


def remedy(operation: Operation, answer: Answer, *, was_released: bool = False) -> str:
    """What to do about a project that the operation needs; `was_released`: the state says that it was released."""
    if operation in ("adopt", "recover"):
        return "it was there when the run began: run `pulumi up` again"
    is_archived = "it is archived (irreversible); " if answer == "archived" else "if it is gone for good, "
    if was_released:
        return f"{is_archived}{_AFTER_RELEASE}"
    return f"{is_archived}{_ANEW}" + ("; or write `status: archived` in the entry" if answer == "archived" else "")
