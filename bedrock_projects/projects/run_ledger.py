"""The ledger of a run: what this process has seen of it."""

import functools
import os
import threading
from collections.abc import Callable, Iterable, Sequence

from bedrock_projects.limits import NO_PROJECT_ID
from bedrock_projects.projects.archive_limit import ALLOW_ARCHIVE_VARIABLE, Destroy, check_destroy, check_next
from bedrock_projects.projects.confirmation import TAKE_OVER_VARIABLE, confirmed_number
from bedrock_projects.projects.plan import DECLARED, Staying, already_claimed, take_over_exceeded


class RunLedger:
    """What one run has declared, which entry uses which project, and what was archived; safe for many threads.

    The engine calls the providers of a run in one process, on many threads, and tells them nothing about the run as a
    whole. These invariants hold (decision 9):

    1. *A `check` call distinguishes a run of the program from a refresh or a destroy.* The engine calls
       `check` for what a program registers, and for nothing else. So `program_runs` is true from the first declaration
       on.
    2. *Only what the program declares is claimed.* A refresh and a destroy compare what the state holds, too; neither
       says that an entry keeps its project.
    3. *A project has one entry in a run.* A second claim is refused, unless it is the same entry under a former name.
    4. *What an entry has now is never archived by a deletion.* If a resource is replaced though its entry stays, the
       engine creates first, which finds the same project, and then deletes the old resource: `holds` says so.
       An entry that moved to another project no longer holds the one that it left.
    5. *A run archives no more than the limit*, counted here too: preflight may be off, and a destroy has none. A
       destroy counts what its state has before it archives anything.

    6. *A run takes over from other stacks no more projects than was confirmed.*

    `allowed` is what ALLOW_ARCHIVE_VARIABLE holds, `take_over` what TAKE_OVER_VARIABLE holds.
    """

    def __init__(self, *, allowed: str | None = None, take_over: str | None = None) -> None:
        self._lock = threading.Lock()
        self._allowed = allowed
        self._owners: set[str] = set()
        self._staying: dict[str, Staying] = {}
        self._stack: str | None = None
        self._keys: set[str] = set()
        self._owner_of: dict[str, str] = {}
        self._id_of: dict[str, str] = {}
        self._created: set[str] = set()
        self._adopted_as: dict[str, str] = {}
        self._archived = 0
        self._destroy: Destroy | None = None
        self._take_over = confirmed_number(take_over)
        self._taken_over = 0
        self._program_runs = False

    @property
    def program_runs(self) -> bool:
        """Whether the run has a program, which says what is kept."""
        return self._program_runs

    def declare(self, owner: str, *, staying: Staying = DECLARED, formerly: Sequence[str] = ()) -> None:
        """Notes that the program declares the entry with this ownership tag; `formerly` are its former ones."""
        with self._lock:
            self._program_runs = True
            self._stack = self._stack or staying.stack
            self._owners.add(owner)
            self._staying.update(dict.fromkeys((owner, *formerly), staying))

    def staying(self, owner: str) -> Staying:
        """What the program says of the entry with this ownership tag."""
        with self._lock:
            return self._staying.get(owner) or Staying(stack=self._stack)

    def declare_keys(self, keys: Iterable[str]) -> None:
        """Notes that the program declares these cost allocation tags."""
        with self._lock:
            self._program_runs = True
            self._keys.update(keys)

    def undeclared(self, keys: Iterable[str]) -> list[str]:
        """The cost allocation tags among `keys` that the program does not declare."""
        with self._lock:
            return [key for key in keys if key not in self._keys]

    def claim_known(
        self, project_id: str, owner: str, *, formerly: Sequence[str] = (), adopted_as: str | None = None
    ) -> None:
        """Claims a project that the state holds, if the program of this run declares its entry.

        `formerly` are the entry's former owners, under which the run may have claimed the project already.
        `adopted_as` is the `id` by which the state says that it was adopted.
        """
        with self._lock:
            if adopted_as:
                self._adopted_as[project_id] = adopted_as
            if project_id != NO_PROJECT_ID and owner in self._owners:
                self._claim(project_id, owner, formerly)

    def project_of(self, owner: str) -> str | None:
        """The id of the project that the entry with this ownership tag uses in this run, if it is known."""
        with self._lock:
            return self._id_of.get(owner)

    def adopted_as(self, project_id: str) -> str | None:
        """The `id` by which the state says that the project was adopted."""
        with self._lock:
            return self._adopted_as.get(project_id)

    def claim(self, project_id: str, owner: str, *, is_new: bool = False) -> None:
        """Notes that `owner` (the value of an ownership tag) uses the project; `is_new`: this run created it.

        What is new does not count for the archive limit, which is a part of what was there before.

        Raises RefusedError if another entry uses it.
        """
        with self._lock:
            self._claim(project_id, owner)
            if is_new:
                self._created.add(project_id)

    def holds(self, project_id: str) -> bool:
        """Whether an entry uses the project now."""
        with self._lock:
            return self._id_of.get(self._owner_of.get(project_id, "")) == project_id

    def count_archive(self, destroy: Callable[[], Destroy]) -> None:
        """Notes one more archive; RefusedError if that is more than the limit.

        `destroy` is asked once, and in a run without a program alone: what the whole of it would archive.
        """
        with self._lock:
            if self._program_runs:
                kept = len({*self._id_of.values()} - self._created)
                check_next(self._archived, kept=kept, allowed=self._allowed)
            else:
                self._destroy = self._destroy or destroy()
                check_destroy(self._archived, self._destroy, allowed=self._allowed)
            self._archived += 1

    @property
    def may_take_over(self) -> bool:
        """Whether the user confirmed that projects are taken over from other stacks."""
        return self._take_over > 0

    def count_take_over(self, project_id: str, stack: str) -> None:
        """Notes that a project is taken over from another stack; RefusedError if that is one more than confirmed."""
        with self._lock:
            if self._taken_over == self._take_over:
                raise take_over_exceeded(project_id, stack, confirmed=self._take_over)
            self._taken_over += 1

    def _claim(self, project_id: str, owner: str, formerly: Sequence[str] = ()) -> None:
        other = self._owner_of.get(project_id, owner)
        if other != owner and other not in formerly:
            raise already_claimed(project_id, owner, by=other)
        self._id_of.pop(other, None)
        self._owner_of[project_id] = owner
        self._id_of[owner] = project_id


@functools.cache
def this_run() -> RunLedger:
    """The ledger of this process, which both providers share: the engine starts a process for each run."""
    environment = os.environ.get
    return RunLedger(allowed=environment(ALLOW_ARCHIVE_VARIABLE), take_over=environment(TAKE_OVER_VARIABLE))
