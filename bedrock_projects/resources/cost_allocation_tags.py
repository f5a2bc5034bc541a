"""`CostAllocationTags`: all cost allocation tags of a stack as one Pulumi resource, since the API is a bulk one.

Whether a key can be activated is decided when the change is applied, from what Billing lists then. A key that Billing
does not know yet is pending, which is a state and not a failure: the next `pulumi up` tries again.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timezone
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

from bedrock_projects.aws.billing import BillingClient
from bedrock_projects.cost_tags.activation import Activation, keys_to_activate, merge_status, remedy_for
from bedrock_projects.errors import AccessDeniedError
from bedrock_projects.projects.run import RunLedger, this_run
from bedrock_projects.resources.configuration import RunSettings, run_settings
from bedrock_projects.resources.messages import notify_user, one_message

_ID = "cost-allocation-tags"
_MEANWHILE = "The projects are deployed; until this is settled `pulumi up` carries out no removals"


def activation_from(properties: Mapping[str, Any]) -> Activation:
    """Reads the inputs or outputs of the resource."""
    return Activation(
        keys=tuple(properties.get("keys") or ()),
        active=tuple(properties.get("active") or ()),
        pending={key: date.fromisoformat(since) for key, since in (properties.get("pending") or {}).items()},
        activated=tuple(properties.get("activated") or ()),
        unused=tuple(properties.get("unused") or ()),
        refused=properties.get("refused") or None,
    )


def outputs_of(activation: Activation) -> dict[str, Any]:
    """The outputs of the resource; days are ISO 8601, `refused` is empty where nothing was."""
    return {
        "keys": list(activation.keys),
        "active": list(activation.active),
        "pending": {key: since.isoformat() for key, since in activation.pending.items()},
        "activated": list(activation.activated),
        "unused": list(activation.unused),
        "refused": activation.refused or "",
    }


class CostAllocationTagsProvider(ResourceProvider):
    """Adapts the engine's calls to Billing. Holds nothing when pickled: no credential reaches the state."""

    serialize_as_secret_always = False
    _settings: RunSettings
    _ledger: RunLedger

    @one_message
    def configure(self, req: ConfigureRequest) -> None:
        """Called once per process, with the configuration of the whole stack or that of its last run."""
        self._settings = run_settings(req)
        self._ledger = this_run()

    @one_message
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Offline; AWS's own keys cannot be activated by a user."""
        self._ledger.declare_keys(news.get("keys") or ())
        reserved = [key for key in news.get("keys") or () if key.startswith("aws:")]
        failures = [
            CheckFailure("keys", f"{key} is AWS's own: keys that start with `aws:` are not ours") for key in reserved
        ]
        return CheckResult(news, failures)

    @one_message
    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Offline; a key that is not active yet is reason enough to try again."""
        old, keys = activation_from(_olds), set(_news["keys"])
        waiting = sorted(old.pending.keys() & keys)
        if waiting:
            notify_user(f"not known to Billing at the last run, asked again: {', '.join(waiting)}")
        return DiffResult(changes=bool(old.refused) or keys != set(old.active) or keys != set(old.keys))

    @one_message
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Activates what Billing knows."""
        return CreateResult(_ID, outputs_of(self._activate(Activation(keys=()), props["keys"])))

    @one_message
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """What Billing lists now; where it may not be asked, the state stays as it is."""
        before = activation_from(props)
        if not self._settings.asks_billing:
            notify_user("the cost allocation tags are taken as they were: with `scope: projects` Billing is not asked")
            return ReadResult(id_, outputs_of(before), {"keys": list(before.keys)})
        try:
            client = BillingClient(self._settings.billing_credentials)
            now = merge_status(before, before.keys, client.statuses(), today=_today())
        except AccessDeniedError as error:
            notify_user(f"the cost allocation tags are taken as they were: {error}")
            now = before
        return ReadResult(id_, outputs_of(now), {"keys": list(now.keys)})

    @one_message
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Activates what Billing knows by now."""
        return UpdateResult(outputs_of(self._activate(activation_from(_olds), _news["keys"])))

    @one_message
    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Leaves the tags active, for they are the whole organisation's, unless the stack says otherwise.

        A resource that was replaced is deleted under its former place in the state: its keys are declared all the same.
        """
        activated = self._ledger.undeclared(activation_from(_props).activated)
        if not activated:
            return
        if not self._settings.deactivates_on_destroy:
            advice = "; `deactivateOnDestroy` counts after a `pulumi up`" if self._settings.waits_for_a_run else ""
            notify_user(f"cost allocation tags stay active for the whole organisation: {', '.join(activated)}{advice}")
            return
        client = BillingClient(self._settings.billing_credentials)
        statuses = client.statuses()
        client.set_status([key for key in activated if statuses.get(key) == "Active"], "Inactive")

    def _activate(self, before: Activation, keys: list[str]) -> Activation:
        """One look, one update of what can be updated.

        A refusal becomes an output: the projects stand all the same, and the program can say what to do.
        """
        try:
            client = BillingClient(self._settings.billing_credentials)
            statuses = client.statuses()
            wanted = keys_to_activate(keys, statuses)
            unknown = client.set_status(wanted, "Active")
        except AccessDeniedError as error:
            return replace(
                before,
                keys=tuple(sorted(keys)),
                active=tuple(key for key in before.active if key in keys),
                refused=f"{'; '.join(filter(None, (str(error), remedy_for(error))))}. {_MEANWHILE}",
            )
        known = {key: status for key, status in statuses.items() if key not in unknown}
        return merge_status(before, keys, known, today=_today(), activated=set(wanted) - unknown)


class CostAllocationTags(Resource, module="billing", name="CostAllocationTags"):
    """The tag keys that are to be dimensions of Cost Explorer."""

    keys: pulumi.Output[list[str]]
    active: pulumi.Output[list[str]]
    pending: pulumi.Output[dict[str, str]]
    activated: pulumi.Output[list[str]]
    unused: pulumi.Output[list[str]]
    refused: pulumi.Output[str]

    def __init__(self, resource_name: str, keys: list[str], opts: pulumi.ResourceOptions | None = None) -> None:
        outputs = dict.fromkeys(("active", "pending", "activated", "unused", "refused"))
        super().__init__(CostAllocationTagsProvider(), resource_name, {"keys": sorted(keys), **outputs}, opts)


def _today() -> date:
    return datetime.now(tz=timezone.utc).date()
