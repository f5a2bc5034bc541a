"""`Project`: a Bedrock Project as a Pulumi resource.

The engine pickles the provider as module path and class name, so that an upgrade of this package takes effect at once
in `refresh` and `destroy` too: https://www.pulumi.com/docs/iac/concepts/resources/dynamic-providers/
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

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
from pulumi.runtime.rpc import UNKNOWN

from bedrock_projects.errors import RefusedError
from bedrock_projects.projects.changes import UNKNOWN as NOT_KNOWN
from bedrock_projects.projects.changes import DeclaredProject, ManagedProject
from bedrock_projects.projects.lifecycle import ProjectLifecycle
from bedrock_projects.projects.plan import Keep, Refuse, Replace, compare
from bedrock_projects.projects.run import this_run
from bedrock_projects.resources.concurrency import widen_worker_pool
from bedrock_projects.resources.configuration import RunSettings, run_settings
from bedrock_projects.resources.messages import notify_user, one_message

_SEQUENCES = ("previous_owners", "ignore_tags")


def declared_from(properties: Mapping[str, Any]) -> DeclaredProject:
    """Reads the inputs or outputs of the resource; other properties are left out."""
    names = {field.name for field in fields(DeclaredProject)}
    values: dict[str, Any] = {name: v for name, v in properties.items() if name in names and v is not None}
    values.update({name: tuple(values[name]) for name in _SEQUENCES if name in values})
    return DeclaredProject(**values)


def inputs_of(declared: DeclaredProject) -> dict[str, Any]:
    """The inputs of the resource; what is unset is left out, as the engine does."""
    values = {field.name: getattr(declared, field.name) for field in fields(DeclaredProject)}
    inputs = {name: list(value) for name, value in values.items() if name in _SEQUENCES and value}
    return inputs | {name: value for name, value in values.items() if name not in _SEQUENCES and value is not None}


def outputs_of(managed: ManagedProject) -> dict[str, Any]:
    """The outputs of the resource: its inputs and what the service adds."""
    return {
        **inputs_of(managed.declared),
        "arn": managed.arn,
        "created_at": managed.created_at,
        "account_id": managed.account_id,
        "base_url": managed.base_url,
    }


def managed_from(id_: str, properties: Mapping[str, Any]) -> ManagedProject:
    """Reads the outputs of the resource."""
    created_at = properties.get("created_at")
    return ManagedProject(
        id=id_,
        declared=declared_from(properties),
        arn=properties.get("arn") or "",
        created_at=None if created_at is None else int(created_at),
        account_id=properties.get("account_id") or "",
        base_url=properties.get("base_url") or "",
    )


class ProjectProvider(ResourceProvider):
    """Adapts the engine's calls to ProjectLifecycle. Holds nothing when pickled: no credential reaches the state."""

    serialize_as_secret_always = False
    _lifecycle: ProjectLifecycle
    _settings: RunSettings

    @one_message
    def configure(self, req: ConfigureRequest) -> None:
        """Called once per process, with the configuration of the whole stack or that of its last run."""
        widen_worker_pool()
        self._settings = run_settings(req)
        self._lifecycle = ProjectLifecycle(self._settings.credentials, ledger=this_run(), warn=notify_user)

    @one_message
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Offline; values that are not known yet pass."""
        self._lifecycle.ledger.declare(news.get("owner") or "")
        missing = [name for name in ("key", "name", "region", "owner", "owner_tag_key") if not news.get(name)]
        return CheckResult(news, [CheckFailure(name, "is required and must not be empty") for name in missing])

    @one_message
    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Offline; compares the named fields only, so that what the service or the SDK adds is no change."""
        known = managed_from(_id, _known_values(_olds))
        entry = declared_from(_known_values(_news))
        # Before anything is sent: no project may serve two entries of a run (decision 9).
        self._lifecycle.ledger.claim_known(_id, entry.owner, formerly=entry.previous_owners)
        difference = compare(entry, known)
        if isinstance(difference, Refuse):
            raise difference.error
        replaces = list(difference.properties) if isinstance(difference, Replace) else []
        # The new project comes first, so that a run that stops half way leaves two and never none.
        return DiffResult(changes=not isinstance(difference, Keep), replaces=replaces, delete_before_replace=False)

    @one_message
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Takes over or creates; the id is the service's."""
        managed = self._lifecycle.create(declared_from(props))
        return CreateResult(managed.id, outputs_of(managed))

    @one_message
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """What refresh shows; an empty id says that the project is gone."""
        managed = self._lifecycle.read(managed_from(id_, props))
        if managed is None:
            return ReadResult("", {})
        return ReadResult(id_, outputs_of(managed), inputs_of(managed.declared))

    @one_message
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Sends what differs; all outputs are returned, since the engine keeps no others."""
        return UpdateResult(outputs_of(self._lifecycle.update(managed_from(_id, _olds), declared_from(_news))))

    @one_message
    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Archives, releases, or only leaves the state."""
        if refusal := self._settings.refusal_to_archive:
            raise RefusedError(f"entry {_props['key']!r}: {refusal}")
        self._lifecycle.delete(managed_from(_id, _props))


class Project(Resource, module="bedrock", name="Project"):
    """A Bedrock Project. `key` is its identity in the inventory; the resource's id is the service's `proj_…`."""

    name: pulumi.Output[str]
    tags: pulumi.Output[dict[str, str]]
    region: pulumi.Output[str]
    status: pulumi.Output[str]
    arn: pulumi.Output[str]
    created_at: pulumi.Output[int]
    account_id: pulumi.Output[str]
    base_url: pulumi.Output[str]

    def __init__(
        self, resource_name: str, declared: DeclaredProject, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        outputs = dict.fromkeys(("arn", "created_at", "account_id", "base_url"))
        super().__init__(ProjectProvider(), resource_name, {**inputs_of(declared), **outputs}, opts)


def _known_values(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs with our own word for what Pulumi does not know yet."""
    return {name: NOT_KNOWN if value == UNKNOWN else value for name, value in properties.items()}
