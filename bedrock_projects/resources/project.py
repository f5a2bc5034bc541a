"""`Project`: a Bedrock Project as a Pulumi resource.

The engine pickles the provider as module path and class name, so that an upgrade of this package takes effect at once
in `refresh` and `destroy` too: https://www.pulumi.com/docs/iac/concepts/resources/dynamic-providers/
"""

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from bedrock_projects.errors import RefusedError
from bedrock_projects.printing import for_terminal
from bedrock_projects.projects.changes import UNKNOWN as NOT_KNOWN
from bedrock_projects.projects.changes import DeclaredProject
from bedrock_projects.projects.lifecycle import PartlyDoneError, ProjectLifecycle
from bedrock_projects.projects.plan import Keep, Refuse, Replace, Staying, compare
from bedrock_projects.projects.properties import (
    REQUIRED,
    declared_from,
    inputs_of,
    managed_from,
    mistyped,
    outputs_of,
    violations,
)
from bedrock_projects.projects.run_ledger import RunLedger, this_run
from bedrock_projects.resources.configuration import RunSettings, run_settings
from bedrock_projects.resources.destroyed import destroy_of
from bedrock_projects.resources.messages import notify_user, one_message
from bedrock_projects.resources.remembered import was_adopted
from bedrock_projects.resources.sdk import current_call, keep_in_state, widen_worker_pool, without_unknowns


class ProjectProvider(ResourceProvider):
    """Adapts the engine's calls to ProjectLifecycle. Holds nothing when pickled: no credential reaches the state."""

    serialize_as_secret_always = False
    _ledger: RunLedger
    _settings: RunSettings
    _lifecycles: dict[str | None, ProjectLifecycle]
    _lock: threading.Lock

    @one_message
    def configure(self, req: ConfigureRequest) -> None:
        """Called once per process, with the configuration of the whole stack or that of its last run."""
        widen_worker_pool()
        self._settings = run_settings(req)
        self._ledger = this_run()
        self._lifecycles = {}
        self._lock = threading.Lock()

    @one_message
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Offline; values that are not known yet pass, and go back as they came."""
        known = _known_values(news)
        entry = declared_from(known)
        self._ledger.declare(entry.owner, staying=Staying.of(entry), formerly=entry.previous_owners)
        empty = ((name, "is required and must not be empty") for name in REQUIRED if known.get(name) in (None, ""))
        wrong = (*empty, *mistyped(known), *violations(entry))
        failures = [CheckFailure(name, for_terminal(problem)) for name, problem in wrong]
        return CheckResult(news, failures)

    @one_message
    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Offline; compares the named fields only, so what the service or the SDK adds is not a change."""
        known = managed_from(_id, _known_values(_olds))
        entry = declared_from(_known_values(_news))
        # Before anything is sent: no project may serve two entries of a run (decision 9).
        self._ledger.claim_known(_id, entry.owner, formerly=entry.previous_owners, adopted_as=known.declared.adopt_id)
        difference = compare(entry, known)
        if isinstance(difference, Refuse):
            raise difference.error
        replaces = list(difference.properties) if isinstance(difference, Replace) else []
        # The new project comes first, so that a run that stops half way leaves two and never none.
        return DiffResult(changes=not isinstance(difference, Keep), replaces=replaces, delete_before_replace=False)

    @one_message
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Takes over or creates; the id is the service's."""
        try:
            declared = declared_from(props)
            managed = self._lifecycle_of(declared).create(declared)
        except PartlyDoneError as error:
            raise _kept(
                error,
                otherwise=f"the state does not have project {error.managed.id}: if the next `pulumi up` does not find "
                f"it by its tag, write `id: {error.managed.id}` in the entry",
            ) from None
        return CreateResult(managed.id, outputs_of(managed))

    @one_message
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """What refresh shows; an empty id says that the project is gone."""
        before = managed_from(id_, props)
        managed = self._lifecycle_of(before.declared).read(before)
        if managed is None:
            return ReadResult("", {})
        return ReadResult(id_, outputs_of(managed), inputs_of(managed.declared))

    @one_message
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Sends what differs; all outputs are returned, since the engine keeps no others."""
        try:
            declared = declared_from(_news)
            managed = self._lifecycle_of(declared).update(managed_from(_id, _olds), declared)
        except PartlyDoneError as error:
            raise _kept(error, otherwise="the state has what it had before: run `pulumi up --refresh`") from None
        return UpdateResult(outputs_of(managed))

    @one_message
    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Archives, releases, or only leaves the state."""
        managed = managed_from(_id, _props)
        if refusal := self._settings.refusal_to_archive:
            raise RefusedError(f"entry {managed.declared.key!r}: {refusal}")
        call = current_call()
        self._lifecycle_of(managed.declared).delete(managed, resource=call.name if call else None)

    def _lifecycle_of(self, declared: DeclaredProject) -> ProjectLifecycle:
        """The operations with the role of that project: in a refresh and a destroy the one that the state has."""
        role = declared.role_arn
        with self._lock:
            if role not in self._lifecycles:
                self._lifecycles[role] = ProjectLifecycle(
                    self._settings.credentials.assuming(role),
                    ledger=self._ledger,
                    warn=notify_user,
                    destroy_of=destroy_of,
                    was_adopted=was_adopted,
                )
            return self._lifecycles[role]


class Project(Resource, module="bedrock", name="Project"):
    """A Bedrock Project. `key` is its identity in the inventory; the resource's id is the service's `proj_…`."""

    created_at: pulumi.Output[int]
    if TYPE_CHECKING:
        # The SDK reads annotations anew for each resource. Only a number needs one: the engine sends it as a float.
        name: pulumi.Output[str]
        tags: pulumi.Output[dict[str, str]]
        region: pulumi.Output[str]
        status: pulumi.Output[str]
        arn: pulumi.Output[str]
        account_id: pulumi.Output[str]
        base_url: pulumi.Output[str]

    def __init__(
        self, resource_name: str, declared: DeclaredProject, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        self._register(resource_name, inputs_of(declared), opts)

    def _register(
        self, resource_name: str, inputs: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        outputs = dict.fromkeys(("arn", "created_at", "account_id", "base_url"))
        super().__init__(ProjectProvider(), resource_name, {**inputs, **outputs}, opts)


def _known_values(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties with our own word for what Pulumi does not know yet."""
    return {name: without_unknowns(value, instead=NOT_KNOWN) for name, value in properties.items()}


def _kept(error: PartlyDoneError, *, otherwise: str) -> PartlyDoneError:
    """The same error, after the state got what AWS has, or with what to do `otherwise`."""
    managed = error.managed
    message = f"{error}; the state notes that, and the next `pulumi up` puts it right"
    is_kept = keep_in_state(managed.id, outputs_of(managed), inputs_of(managed.declared), reason=message)
    return PartlyDoneError(message if is_kept else f"{error}; {otherwise}", managed=managed)
