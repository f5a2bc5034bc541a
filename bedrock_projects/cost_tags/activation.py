"""Decides which cost allocation tags are active or pending, and what to do: pure functions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from bedrock_projects.aws.models import TagStatus
from bedrock_projects.errors import AccessDeniedError, NotEnabledError
from bedrock_projects.model import Inventory
from bedrock_projects.printing import for_terminal

DISCOVERY = timedelta(days=2)
"""The longest reported time from the first billed request of a project with a key to its discovery by Billing."""


@dataclass(frozen=True, kw_only=True)
class Activation:
    """The cost allocation tags of a stack: the outputs of the resource.

    `pending` maps each key that Billing does not know to the first day of that status. `activated` are the active keys
    that this stack activated, `unused` those that are still active although no project of the stack carries them.
    `refused` is the reason if an activation failed. `account_id` is the account of Billing; None in the states of
    earlier versions.
    """

    keys: tuple[str, ...]
    active: tuple[str, ...] = ()
    pending: Mapping[str, date] = field(default_factory=dict)
    activated: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    refused: str | None = None
    account_id: str | None = None


def keys_in_use(inventory: Inventory, *, environment: str | None = None) -> set[str]:
    """The tag keys to use in cost reports: the ownership tag's, and those that projects carry.

    `environment` None means the projects of all environments; keys with `cost_allocation: false` do not count.
    """
    projects = inventory.projects if environment is None else inventory.by_environment.get(environment, ())
    carried = {key for project in projects if project.status == "active" for key in project.tags}
    return {inventory.ownership_tag_key} | {
        key for key, tag in inventory.tag_keys.items() if tag.cost_allocation and key in carried
    }


def keys_to_activate(keys: Collection[str], statuses: Mapping[str, TagStatus]) -> list[str]:
    """The keys that Billing knows and that are not active."""
    return sorted(key for key in keys if statuses.get(key) == "Inactive")


def is_elsewhere(known: Activation, account_id: str) -> bool:
    """Whether the state is about the Billing of another account than this one."""
    return known.account_id not in (None, account_id)


def known_in(known: Activation, account_id: str) -> Activation:
    """The state for the Billing of this account; empty if the state is about another account.

    A state without an account counts as one of this account.
    """
    here = Activation(keys=()) if is_elsewhere(known, account_id) else known
    return replace(here, account_id=account_id)


def merge_status(
    before: Activation,
    keys: Sequence[str],
    statuses: Mapping[str, TagStatus],
    *,
    today: date,
    activated: Collection[str] = (),
) -> Activation:
    """The activation of `keys`, from the list of Billing and the keys that were just `activated`."""
    now_active = {key for key, status in statuses.items() if status == "Active"} | set(activated)
    dropped = (set(before.keys) | set(before.unused)) - set(keys)
    return Activation(
        keys=tuple(sorted(keys)),
        active=tuple(sorted(now_active & set(keys))),
        pending={key: before.pending.get(key, today) for key in sorted(set(keys) - statuses.keys() - set(activated))},
        activated=tuple(sorted((set(before.activated) | set(activated)) & now_active)),
        unused=tuple(sorted(dropped & now_active)),
        account_id=before.account_id,
    )


def elsewhere_notice(known: Activation, account_id: str) -> str:
    """One line about a state for another account than that of Billing's current credentials."""
    return (
        f"the cost allocation tags in the state are of account {known.account_id}, but Billing's credentials are for "
        f"account {account_id}; the state does not apply there, and account {known.account_id} is unchanged"
    )


def unknown_account_notice(keys: Sequence[str]) -> str:
    """One line about keys of a state that does not say in which account they were activated."""
    return (
        f"cost allocation tags stay active for the whole organisation: {', '.join(keys)}; the state, of an earlier "
        "version, does not say in which account it activated them: to deactivate them, run `pulumi up` first"
    )


def pending_notice(pending: Mapping[str, date], *, today: date) -> str:
    """One warning with the pending keys, the likely cause, and when to run again; `pending` is not empty."""
    by_day: dict[date, list[str]] = {}
    for key, since in sorted(pending.items()):
        by_day.setdefault(since, []).append(key)
    lines = [f"{len(pending)} cost allocation tag{'s' if len(pending) > 1 else ''} not known to Billing yet:"]
    for since, keys in sorted(by_day.items()):
        lines.append(f"  {', '.join(keys)} (since {since.isoformat()}): {_likely_cause(since, today)}")
    lines.append("Run `pulumi up` again tomorrow or later; it activates them once Billing lists them.")
    return for_terminal(*lines)


def remedy_for(refusal: AccessDeniedError) -> str:
    """What to do about a refusal by Billing; empty if the refusal itself says it."""
    if isinstance(refusal, NotEnabledError):
        return ""
    if "linked account" in refusal.message.lower():
        return (
            "only the organisation's management account has cost allocation tags; set `billingRoleArn` to a role "
            "there, or set `scope: projects` here and deploy a stack with `scope: billing` there"
        )
    return (
        "grant what `bedrock-projects iam billing` prints to these credentials, or set `billingRoleArn` to a role that "
        "has it"
    )


def unused_notice(unused: Sequence[str]) -> str:
    """One line with the keys that are still active although this stack does not use them; `unused` is not empty."""
    return (
        f"still active in Billing, but no longer used here: {', '.join(unused)}. The whole organisation shares cost "
        "allocation tags, so a run does not deactivate them; do so in Billing if nobody needs them"
    )


def deactivated_notice(keys: Collection[str]) -> str:
    """One line with the keys that a destroy deactivated; Billing does not say who else uses them."""
    return (
        f"cost allocation tags deactivated for the whole organisation: {', '.join(sorted(keys))}; if another stack or "
        "inventory uses one of them, run `pulumi up --refresh` there"
    )


def _likely_cause(since: date, today: date) -> str:
    if today - since < DISCOVERY:
        return "Billing discovers a key within two days of the first billed request of a project that carries it"
    return "most likely no project that carries it had a billed request yet"
