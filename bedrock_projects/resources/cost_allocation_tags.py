"""`CostAllocationTags`: all cost allocation tags of a stack as one Pulumi resource, since the API is a bulk one.

Whether a key can be activated is decided when the change is applied, from what Billing lists then. A key that Billing
does not know yet is pending, which is a state and not a failure: the next `pulumi up` tries again.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
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
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.identity import billing_account
from bedrock_projects.cost_tags.activation import (
    Activation,
    deactivated_notice,
    elsewhere_notice,
    is_elsewhere,
    keys_to_activate,
    known_in,
    merge_status,
    remedy_for,
    unknown_account_notice,
)
from bedrock_projects.errors import AccessDeniedError, ServiceError
from bedrock_projects.printing import for_terminal
from bedrock_projects.projects.changes import UNKNOWN
from bedrock_projects.projects.run_ledger import RunLedger, this_run
from bedrock_projects.resources.configuration import RunSettings, run_settings
from bedrock_projects.resources.messages import notify_user, one_message
from bedrock_projects.resources.sdk import without_unknowns

_ID = "cost-allocation-tags"
_MEANWHILE = (
    "Projects were created and updated. Until you resolve this error, `pulumi up` neither archives nor releases a "
    "project whose entry was removed or moved"
)


def activation_from(properties: Mapping[str, Any]) -> Activation:
    """Reads the inputs or outputs of the resource.

    A state may be older or newer than this version: what it lacks, or has as another type, is as if it were unset.
    """
    known = without_unknowns(dict(properties), instead=UNKNOWN)
    refused, account_id = known.get("refused"), known.get("account_id")
    return Activation(
        keys=_keys(known.get("keys")),
        active=_keys(known.get("active")),
        pending=_days(known.get("pending")),
        activated=_keys(known.get("activated")),
        unused=_keys(known.get("unused")),
        refused=refused if isinstance(refused, str) and refused else None,
        account_id=account_id if isinstance(account_id, str) and account_id else None,
    )


def _keys(value: object) -> tuple[str, ...]:
    """Tag keys; what is not known yet as a whole is one key that is not known."""
    parts = [value] if value == UNKNOWN else value
    return tuple(key for key in parts if isinstance(key, str)) if isinstance(parts, list | tuple) else ()


def _may_be_keys(value: object) -> bool:
    """Whether an input is a list of strings, is missing, or is not known yet."""
    known = without_unknowns(value, instead=UNKNOWN)
    return known is None or known == UNKNOWN or (isinstance(known, list) and len(_keys(known)) == len(known))


def _days(value: object) -> Mapping[str, date]:
    """Keys with the day since when each is pending; a key without a day that can be read is asked for anew."""
    days: dict[str, date] = {}
    for key, since in value.items() if isinstance(value, Mapping) else ():
        with suppress(ValueError, TypeError):
            days[key] = date.fromisoformat(since)
    return days


def role_from(properties: Mapping[str, Any]) -> str | None:
    """The role that is assumed for Billing, of the inputs or outputs; None if it is unset, or not known yet."""
    role = properties.get("role_arn")
    return role if isinstance(role, str) and role else None


def inputs_of(keys: Sequence[str], role_arn: str | None) -> dict[str, Any]:
    """The inputs of the resource; a role that is unset is left out, as in a state of a version without it."""
    return {"keys": list(keys), **({"role_arn": role_arn} if role_arn else {})}


def outputs_of(activation: Activation, role_arn: str | None = None) -> dict[str, Any]:
    """The outputs of the resource; days are ISO 8601, `refused` is empty if nothing was."""
    outputs = {
        **inputs_of(activation.keys, role_arn),
        "active": list(activation.active),
        "pending": {key: since.isoformat() for key, since in activation.pending.items()},
        "activated": list(activation.activated),
        "unused": list(activation.unused),
        "refused": activation.refused or "",
    }
    # A refresh of an older state adds nothing to it: that would be a difference.
    return outputs | ({"account_id": activation.account_id} if activation.account_id else {})


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
        """Offline; AWS's own keys cannot be activated by a user. Keys that are not known yet go back as they came."""
        keys = activation_from(news).keys
        self._ledger.declare_keys(keys)
        reserved = [key for key in keys if key.startswith("aws:")]
        failures = [
            CheckFailure("keys", for_terminal(f"{key} is AWS's own: keys that start with `aws:` are not ours"))
            for key in reserved
        ]
        if not _may_be_keys(news.get("keys")):
            failures.append(CheckFailure("keys", "must be a list of strings"))
        return CheckResult(news, failures)

    @one_message
    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """A key that is not active yet is reason enough to try again, and so is another account's Billing."""
        old, keys = activation_from(_olds), set(activation_from(_news).keys)
        role = role_from(_news)
        elsewhere = old.account_id is not None and self._is_elsewhere(old, self._settings.billing_credentials(role))
        waiting = sorted(old.pending.keys() & keys)
        if waiting:
            notify_user(f"not known to Billing at the last run, asked again: {', '.join(waiting)}")
        unfinished = bool(old.refused) or keys != set(old.active)
        is_other = role != role_from(_olds) or keys != set(old.keys)
        return DiffResult(changes=elsewhere or unfinished or is_other)

    @one_message
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Activates what Billing knows."""
        return CreateResult(_ID, self._activate(Activation(keys=()), props))

    @one_message
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """What Billing lists now; if it may not be asked, the state stays as it is."""
        before, role = activation_from(props), role_from(props)
        credentials = self._settings.billing_credentials(role)
        if not self._settings.asks_billing:
            notify_user("the cost allocation tags are taken as they were: with `scope: projects` Billing is not asked")
            return ReadResult(id_, outputs_of(before, role), inputs_of(before.keys, role))
        try:
            # A state that does not name its account learns it at its next update.
            known = self._known_here(before, credentials) if before.account_id else before
            client = BillingClient(credentials)
            now = merge_status(known, before.keys, client.statuses(), today=_today())
        except AccessDeniedError as error:
            notify_user(f"the cost allocation tags are taken as they were: {error}")
            now = before
        return ReadResult(id_, outputs_of(now, role), inputs_of(now.keys, role))

    @one_message
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Activates what Billing knows by now."""
        return UpdateResult(self._activate(activation_from(_olds), _news))

    @one_message
    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Leaves the tags active, for they are the whole organisation's, unless a destroy is to deactivate them.

        A run of the program deactivates nothing: it replaces the resource, whose keys are declared all the same, or
        another stack has the keys from now on. In the Billing of another account than the state's, this stack has
        activated nothing.
        """
        known = activation_from(_props)
        activated = self._ledger.undeclared(known.activated)
        if not activated:
            return
        if self._ledger.program_runs or not self._settings.deactivates_on_destroy:
            advice = "; `deactivateOnDestroy` counts after a `pulumi up`" if self._settings.waits_for_a_run else ""
            notify_user(f"cost allocation tags stay active for the whole organisation: {', '.join(activated)}{advice}")
            return
        if known.account_id is None:
            notify_user(unknown_account_notice(activated))
            return
        credentials = self._settings.billing_credentials(role_from(_props))
        if self._known_here(known, credentials) != known:
            return
        client = BillingClient(credentials)
        statuses = client.statuses()
        change = client.set_status([key for key in activated if statuses.get(key) == "Active"], "Inactive")
        if change.done:
            notify_user(deactivated_notice(change.done))
        if change.error:
            raise change.error

    def _activate(self, before: Activation, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The outputs after one look, and the updates of what can be updated.

        What fails then becomes an output: the projects stand all the same, the state has what was done, and the program
        can say what to do. If Billing may not be asked at all, the state stays as it is.
        """
        keys, role = activation_from(inputs).keys, role_from(inputs)
        credentials = self._settings.billing_credentials(role)
        try:
            known = known_in(before, billing_account(credentials))
            client = BillingClient(credentials)
            statuses = client.statuses()
        except AccessDeniedError as error:
            active = tuple(key for key in before.active if key in keys)
            refused = replace(before, keys=tuple(sorted(keys)), active=active, refused=_refusal(error))
            return outputs_of(refused, role)
        change = client.set_status(keys_to_activate(keys, statuses), "Active")
        listed = {key: status for key, status in statuses.items() if key not in change.unknown}
        after = merge_status(known, keys, listed, today=_today(), activated=change.done)
        return outputs_of(replace(after, refused=_refusal(change.error) if change.error else None), role)

    def _is_elsewhere(self, known: Activation, credentials: Credentials) -> bool:
        """Whether Billing's credentials are of another account than the state; a preview may lack them."""
        try:
            return self._known_here(known, credentials) != known
        except ServiceError as error:
            notify_user(f"whether Billing is still that of account {known.account_id} was not looked at: {error}")
            return False

    def _known_here(self, known: Activation, credentials: Credentials) -> Activation:
        """What the state says about the Billing of today's credentials; says so if it is about another one's."""
        account_id = billing_account(credentials)
        if is_elsewhere(known, account_id):
            notify_user(elsewhere_notice(known, account_id))
        return known_in(known, account_id)


class CostAllocationTags(Resource, module="billing", name="CostAllocationTags"):
    """The tag keys that are to be dimensions of Cost Explorer."""

    keys: pulumi.Output[list[str]]
    active: pulumi.Output[list[str]]
    pending: pulumi.Output[dict[str, str]]
    activated: pulumi.Output[list[str]]
    unused: pulumi.Output[list[str]]
    refused: pulumi.Output[str]
    account_id: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        keys: list[str],
        opts: pulumi.ResourceOptions | None = None,
        *,
        role_arn: str | None = None,
    ) -> None:
        outputs = dict.fromkeys(("active", "pending", "activated", "unused", "refused", "account_id"))
        inputs = inputs_of(sorted(keys), role_arn)
        super().__init__(CostAllocationTagsProvider(), resource_name, {**inputs, **outputs}, opts)


def _refusal(error: ServiceError) -> str:
    remedy = remedy_for(error) if isinstance(error, AccessDeniedError) else ""
    return f"{'; '.join(filter(None, (str(error), remedy)))}. {_MEANWHILE}"


def _today() -> date:
    return datetime.now(tz=timezone.utc).date()
