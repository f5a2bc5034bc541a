"""Which cost allocation tags are active, which Billing does not know yet, what is to be done: pure decisions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from bedrock_projects.aws.models import TagStatus
from bedrock_projects.errors import AccessDeniedError, NotEnabledError
from bedrock_projects.model import Inventory
from bedrock_projects.printing import for_terminal

DISCOVERY = timedelta(days=2)
"""How long Billing takes at most, as reported, to discover a key after billed use of a project that carries it."""


@dataclass(frozen=True, kw_only=True)
class Activation:
    """The cost allocation tags of a stack: the outputs of the resource.

    `pending` maps a key that Billing does not know to the day since when. `activated` are the active keys that were
    switched on by this stack, `unused` those that are still active though no project of the stack carries them any
    more. `refused` is why not all could be done. `account_id` is the account whose Billing all of this is about; None
    in the states of earlier versions.
    """

    keys: tuple[str, ...]
    active: tuple[str, ...] = ()
    pending: Mapping[str, date] = field(default_factory=dict)
    activated: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    refused: str | None = None
    account_id: str | None = None

    @property
    def complete(self) -> bool:
        """Whether there is nothing left to do."""
        return set(self.keys) == set(self.active)


def keys_in_use(inventory: Inventory, *, environment: str | None = None) -> set[str]:
    """The tag keys that are to be dimensions of cost reports: the ownership tag's, and those that projects carry.

    `environment` None takes the projects of all environments; keys with `cost_allocation: false` are left out.
    """
    carried = {
        key
        for project in inventory.projects
        if project.status == "active" and environment in (None, project.environment)
        for key in project.tags
    }
    return {inventory.ownership_tag_key} | {
        key for key, tag in inventory.tag_keys.items() if tag.cost_allocation and key in carried
    }


def keys_to_activate(keys: Collection[str], statuses: Mapping[str, TagStatus]) -> list[str]:
    """The keys that Billing knows and has not active."""
    return sorted(key for key in keys if statuses.get(key) == "Inactive")


def is_elsewhere(known: Activation, account_id: str) -> bool:
    """Whether the state is about the Billing of another account than this one."""
    return known.account_id not in (None, account_id)


def known_in(known: Activation, account_id: str) -> Activation:
    """What the state says about the Billing of this account: nothing, if it is about another one.

    A state that does not say which is taken for this one's.
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
    """The activation of `keys` given what Billing lists and which keys were just `activated`."""
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
    """One line about a state that is about another account's Billing than the credentials of today."""
    return (
        f"the cost allocation tags in the state are of account {known.account_id}, and Billing's credentials are now "
        f"for account {account_id}: nothing in the state counts there, and account {known.account_id} stays as it is"
    )


def pending_notice(pending: Mapping[str, date], *, today: date) -> str:
    """One warning that names the pending keys, the likely cause, and when to come back; `pending` is not empty."""
    by_day: dict[date, list[str]] = {}
    for key, since in sorted(pending.items()):
        by_day.setdefault(since, []).append(key)
    lines = [f"{len(pending)} cost allocation tag{'s' if len(pending) > 1 else ''} not known to Billing yet:"]
    for since, keys in sorted(by_day.items()):
        lines.append(f"  {', '.join(keys)} (since {since.isoformat()}): {_likely_cause(since, today)}")
    lines.append("Run `pulumi up` again from tomorrow on: it activates them as soon as Billing lists them.")
    return for_terminal(*lines)


def remedy_for(refusal: AccessDeniedError) -> str:
    """What to do about a refusal by Billing, for the cause at hand; empty where the refusal says so itself."""
    if isinstance(refusal, NotEnabledError):
        return ""
    if "linked account" in refusal.message.lower():
        return (
            "cost allocation tags belong to the organisation's management account: set `billingRoleArn` to a role "
            "there, or set `scope: projects` here and deploy a stack with `scope: billing` there"
        )
    return (
        "grant what `bedrock-projects iam billing` prints to these credentials, or set `billingRoleArn` to a role that "
        "has it"
    )


def unused_notice(unused: Sequence[str]) -> str:
    """One line that names the keys that are still active though nothing of this stack uses them; not empty."""
    return (
        f"still active in Billing though no longer used here: {', '.join(unused)}. Cost allocation tags are shared by "
        "the whole organisation, so they stay; deactivate them in Billing if nobody needs them"
    )


def _likely_cause(since: date, today: date) -> str:
    if today - since < DISCOVERY:
        return "Billing discovers a key within a day or two of the first billed request of a project that carries it"
    return "most likely no project that carries it has had a billed request yet"
