"""The settings of this run: what the engine hands over, and what the stack has now.

A run of the program is given the stack's configuration. A refresh and a destroy are given that of the last run, which
the state has kept; what the stack's file says now is read here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pulumi.dynamic import ConfigureRequest

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.projects.run_ledger import this_run
from bedrock_projects.resources.messages import notify_user_once
from bedrock_projects.resources.sdk import current_call
from bedrock_projects.stacks.current import CurrentConfig, current_config
from bedrock_projects.stacks.files import full_key, text_of
from bedrock_projects.stacks.settings import Settings, read_settings

_KEYS = ("aws:profile", "auth", "scope", "billingProfile", "billingRoleArn", "deactivateOnDestroy")
"""What a provider goes by. Other keys are the program's, which need not be ours."""

_CONFIRMED = ("scope", "deactivateOnDestroy")
"""What is looked at in the last run's settings too."""


@dataclass(frozen=True)
class RunSettings:
    """What counts is `current`; what archives, deactivates or asks Billing needs the `recorded` ones too.

    In a run of the program both are the same.
    """

    current: Settings
    recorded: Settings

    @property
    def credentials(self) -> Credentials:
        """The credentials for the projects."""
        return self.current.credentials

    def billing_credentials(self, role_arn: str | None = None) -> Credentials:
        """The credentials for the management account; `role_arn` is the inventory's, as the resource has it."""
        return replace(self.current, inventory_billing_role_arn=role_arn).billing_credentials

    @property
    def asks_billing(self) -> bool:
        """Whether this stack has to do with Billing: a stack that hands its tags over to a billing stack has not."""
        return "projects" not in (self.current.scope, self.recorded.scope)

    @property
    def deactivates_on_destroy(self) -> bool:
        """Whether a destroy deactivates the cost allocation tags that this stack activated."""
        return self.asks_billing and self.current.deactivate_on_destroy and self.recorded.deactivate_on_destroy

    @property
    def waits_for_a_run(self) -> bool:
        """Whether a destroy would deactivate them if the last run had known `deactivateOnDestroy`."""
        return self.asks_billing and self.current.deactivate_on_destroy and not self.recorded.deactivate_on_destroy

    @property
    def refusal_to_archive(self) -> str:
        """Why this run archives no project; empty if it may."""
        if self.current.scope == "billing":
            return (
                "this stack holds projects, but says `scope: billing`, which would archive them; set `scope` to all or "
                "projects here, and deploy a stack of its own for Billing"
            )
        if self.recorded.scope == "billing":
            return (
                "this stack holds projects, but its last run had `scope: billing`; run `pulumi up` with the `scope` "
                "that it has now, then do this again"
            )
        return ""


def run_settings(req: ConfigureRequest) -> RunSettings:
    """The settings of this run; SettingsError if what the stack has now is nothing that a setting may be."""
    call = current_call()
    names = _Names(call.stack, call.project) if call else _Names("", "")
    given = {full_key(key, names.project): req.config.get(key) for key in _KEYS}
    recorded = {key: text_of(value) for key, value in given.items() if value is not None}
    if this_run().program_runs or (call and call.is_check):
        settings = names.settings(recorded)
        return RunSettings(current=settings, recorded=settings)
    problem = "the Pulumi SDK does not show which stack this is"
    if call:
        now = current_config(call.stack)
        if not now.problem:
            values = {**now.config, **_kept(now, recorded, names)}
            return RunSettings(current=names.settings(values), recorded=names.settings(recorded, _CONFIRMED))
        problem = now.problem
    notify_user_once(
        f"the settings that this stack has now cannot be had: {problem}. Those of the last run are used, and no cost "
        "allocation tag is deactivated"
    )
    last = names.settings(recorded)
    return RunSettings(current=replace(last, deactivate_on_destroy=False), recorded=last)


@dataclass(frozen=True)
class _Names:
    """The names of a stack and of its Pulumi project."""

    stack: str
    project: str

    def settings(self, config: Mapping[str, str], keys: Sequence[str] = _KEYS) -> Settings:
        """What the keys are set to; all others count as unset."""
        names = {full_key(key, self.project) for key in keys}
        known = {key: value for key, value in config.items() if key in names}
        return read_settings(known, project=self.project, stack=self.stack)


def _kept(now: CurrentConfig, recorded: Mapping[str, str], names: _Names) -> dict[str, str]:
    """The values of the last run for what is set now, but cannot be read."""
    unreadable = sorted(now.unreadable & {full_key(key, names.project) for key in _KEYS})
    for key in unreadable:
        instead = "that of the last run is used" if key in recorded else "the last run had none, so it is unset"
        notify_user_once(f"the value of {key} in {now.source} cannot be read: {instead}")
    return {key: recorded[key] for key in unreadable if key in recorded}
