"""How many projects one run may archive without having been told their number."""

import threading

from bedrock_projects.errors import RefusedError

ALLOW_ARCHIVE_VARIABLE = "BEDROCK_PROJECTS_ALLOW_ARCHIVE"
"""Set for one run to the exact number of projects that it may archive."""

_FEW = 10
_ARCHIVES_OF_FEW = 3
_SHARE_OF_MANY = 0.3


def archive_limit(owned: int) -> int:
    """So many of a team's `owned` projects may go at once: 3 of fewer than 10, else 30 %."""
    return _ARCHIVES_OF_FEW if owned < _FEW else int(owned * _SHARE_OF_MANY)


class ArchiveCap:
    """Counts the archives of a run and stops it at the cap.

    Preflight says it before anything is done, but it cannot see a state: this holds where that was switched off, or
    where the entries that went were the last of their region or stood under another inventory's name. `allowed` is
    what ALLOW_ARCHIVE_VARIABLE holds. A `pulumi destroy`, which says itself what it does, is not counted.
    """

    def __init__(self, *, allowed: str | None) -> None:
        self._allowed = int(allowed) if allowed is not None and allowed.isdigit() else 0
        self._archived = 0
        self._lock = threading.Lock()

    def count(self, *, kept: int) -> None:
        """Notes one more archive, of a run that keeps so many projects; RefusedError where that is too many."""
        with self._lock:
            archived = self._archived + 1
            if archived > max(archive_limit(kept + archived), self._allowed):
                raise RefusedError(
                    f"this run has archived {self._archived} projects and keeps {kept}; to archive more at once, run "
                    f"with {ALLOW_ARCHIVE_VARIABLE} set to their number, else look for what took their entries out"
                )
            self._archived = archived
