"""What the Pulumi engine does with the provider, without the engine: a state, and runs that change it.

As the engine does: creates and updates first, a replacement's new project before its old one, removals last and only
if all else went well, with as many threads as the provider has; each property goes through what the state would hold.
https://www.pulumi.com/docs/iac/concepts/how-pulumi-works/
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from bedrock_projects.errors import BedrockProjectsError
from bedrock_projects.projects.changes import DeclaredProject, ManagedProject
from bedrock_projects.projects.lifecycle import PartlyDoneError, ProjectLifecycle
from bedrock_projects.projects.properties import declared_from, inputs_of, managed_from, outputs_of
from bedrock_projects.projects.run_ledger import RunLedger
from bedrock_projects.resources.project import ProjectProvider
from bedrock_projects.resources.sdk import REQUESTS_IN_FLIGHT
from bedrock_projects.stacks.state import StackState


class KilledError(Exception):
    """The run ends here, as if the machine were lost."""


class _Offline(ProjectProvider):
    """The provider's own check and diff, with the ledger of a run that is handed in."""

    def __init__(self, ledger: RunLedger) -> None:
        self._ledger = ledger


@dataclass
class Stack:
    """The state of a stack: `held` by key, `doomed` what a replacement left to be deleted.

    What is `tainted` is replaced by the next run, with any difference, and what is `partly_done` is updated by it.
    `step` is called before each operation and again before its result is written to the state, and may raise
    KilledError.
    """

    held: dict[str, ManagedProject] = field(default_factory=dict)
    doomed: list[ManagedProject] = field(default_factory=list)
    tainted: set[str] = field(default_factory=set)
    partly_done: set[str] = field(default_factory=set)
    step: Callable[[], None] = lambda: None
    threads: int = REQUESTS_IN_FLIGHT

    @property
    def state(self) -> StackState:
        """What the engine shows of it to the program."""
        return StackState(held=self.held, doomed=tuple(self.doomed))

    def up(self, declared: Sequence[DeclaredProject], lifecycle: ProjectLifecycle) -> list[BedrockProjectsError]:
        """All entries, then, if none failed, all removals; what was raised, with the rest carried out all the same."""
        for entry in declared:
            self._follow_aliases(entry)
        errors = self._each(lambda entry: self._converge(entry, lifecycle), declared)
        return errors or self._remove({entry.key for entry in declared}, lifecycle)

    def destroy(self, lifecycle: ProjectLifecycle) -> list[BedrockProjectsError]:
        """All removals, without a program."""
        return self._remove(set(), lifecycle)

    def refresh(self, lifecycle: ProjectLifecycle) -> list[BedrockProjectsError]:
        """The state as the service shows it; all or nothing, as the engine has it."""
        seen: dict[str, ManagedProject | None] = {}

        def read(key: str) -> None:
            seen[key] = lifecycle.read(_stored(self.held[key]))

        errors = self._each(read, list(self.held))
        if not errors:
            self.held = {key: managed for key, managed in seen.items() if managed}
        return errors

    def _follow_aliases(self, entry: DeclaredProject) -> None:
        """A former key, which is the last part of a former owner, is an alias of the resource's name."""
        for owner in entry.previous_owners:
            former = owner.rpartition("/")[2]
            if former in self.held and entry.key not in self.held:
                self.held[entry.key] = self.held.pop(former)
                self.partly_done = {entry.key if key == former else key for key in self.partly_done}

    def _converge(self, entry: DeclaredProject, lifecycle: ProjectLifecycle) -> None:
        new = declared_from(inputs_of(entry))
        old = self.held.get(entry.key)
        provider = _Offline(lifecycle.ledger)
        provider.check(outputs_of(old) if old else {}, inputs_of(new))
        if old is None:
            self._hold(entry.key, lambda: lifecycle.create(new))
            return
        if entry.key in self.tainted:
            self._hold(entry.key, lambda: lifecycle.create(new), replacing=old)
            return
        difference = provider.diff(old.id, outputs_of(old), inputs_of(new))
        if difference.replaces:
            self._hold(entry.key, lambda: lifecycle.create(new), replacing=old)
        elif difference.changes or entry.key in self.partly_done:
            self._hold(entry.key, lambda: lifecycle.update(_stored(old), new))

    def _remove(self, kept: set[str], lifecycle: ProjectLifecycle) -> list[BedrockProjectsError]:
        def delete(managed: ManagedProject, resource: str) -> None:
            self.step()
            lifecycle.delete(_stored(managed), resource=resource)
            self.step()

        def doom(managed: ManagedProject) -> None:
            delete(managed, managed.declared.key)
            self.doomed.remove(managed)

        def drop(key: str) -> None:
            delete(self.held[key], key)
            del self.held[key]

        errors = self._each(doom, list(self.doomed))
        return errors + self._each(drop, [key for key in self.held if key not in kept])

    def _hold(
        self, key: str, operation: Callable[[], ManagedProject], *, replacing: ManagedProject | None = None
    ) -> None:
        """Writes to the state what comes of the operation, also if that is partly done."""
        self.step()
        error = None
        try:
            managed = operation()
        except PartlyDoneError as partly_done:
            managed, error = partly_done.managed, partly_done
        self.step()
        self.held[key] = _stored(managed)
        if replacing:
            self.doomed.append(replacing)
            self.tainted.discard(key)
        if error:
            self.partly_done.add(key)
            raise error
        self.partly_done.discard(key)

    def _each(self, function: Callable[..., None], items: Iterable[object]) -> list[BedrockProjectsError]:
        def attempt(item: object) -> BedrockProjectsError | None:
            try:
                function(item)
            except BedrockProjectsError as error:
                return error
            return None

        if self.threads == 1:
            return [error for error in map(attempt, items) if error]
        with ThreadPoolExecutor(self.threads) as pool:
            return [error for error in pool.map(attempt, items) if error]


def _stored(managed: ManagedProject) -> ManagedProject:
    """What is left of it after it went into the state and out again."""
    return managed_from(managed.id, outputs_of(managed))
