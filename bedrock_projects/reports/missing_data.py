"""Why a report has nothing to show, in words instead of 0.00.

Cost Explorer answers a query for a key that is inactive, unknown or written in another case without any error: all
spend has no value then.
"""

from collections.abc import Collection, Iterable, Mapping

from bedrock_projects.aws.models import TagStatus
from bedrock_projects.errors import AccessDeniedError, ServiceError
from bedrock_projects.model import Inventory
from bedrock_projects.reports.answers import Table
from bedrock_projects.reports.model import Account
from bedrock_projects.reports.query import Wish
from bedrock_projects.reports.render import formatting

Statuses = Mapping[str, TagStatus]


def to_explain(wish: Wish, table: Table) -> tuple[str, ...]:
    """The tag keys whose status in Billing is worth a look: those of the filters where there is no spend at all.

    Where there is some, the key of the grouping if all of it is without a value, and those of which none was asked
    for: without a key that reports do not know is everything.
    """
    if not table.spent:
        return tuple(tag.tag_key for tag in wish.filters)
    has_value = any(cell[0] for cell in table.spent)
    grouping = [wish.grouping.tag_key] if wish.grouping.tag_key and not has_value else []
    return tuple(dict.fromkeys([*grouping, *(tag.tag_key for tag in wish.filters if "" in tag.values)]))


def explanations(keys: Iterable[str], wish: Wish, table: Table, statuses: Statuses) -> tuple[str, ...]:
    """What there is to say of those keys; nothing of an active one where spend without a value was asked for."""
    is_asked_for = bool(table.spent) and any("" in tag.values for tag in wish.filters)
    return tuple(explanation(key, statuses) for key in keys if statuses.get(key) != "Active" or not is_asked_for)


def nothing_at_all(wish: Wish, table: Table) -> tuple[str, ...]:
    """A sentence where there is no amount whatever."""
    if table.spent:
        return ()
    with_tags = f" with {formatting.filters(wish.filters)}" if wish.filters else ""
    return (f"no Bedrock spend{with_tags} from {wish.span.start} to {wish.span.end}",)


def explanation(key: str, statuses: Statuses) -> str:
    """Why no spend has a value of that key, from what Billing says about its keys."""
    if statuses.get(key) == "Active":
        return (
            f"key {key} is Active in Billing, though no spend here has such a value. A key counts from its activation "
            "on, and shows up to 24 hours later; `bedrock-projects backfill` applies it to earlier months"
        )
    if key in statuses:
        return (
            f"key {key} is Inactive in Billing, so reports do not know it: `pulumi up` activates the keys of the "
            "inventory, and reports show them from the next day on"
        )
    other = _in_other_case(key, statuses)
    if other:
        return f"Billing has no key {key}, but {other} ({statuses[other]}); keys are case-sensitive: write {other}"
    return (
        f"Billing does not know a key {key}, or not yet: it discovers one within a day or two of the first billed "
        "request of a project that carries it; after that, `pulumi up` activates it"
    )


def unexplained(key: str, known: Collection[str], refusal: ServiceError) -> str:
    """What can be said where Billing does not show its keys, or does not answer; `known` are those of the inventory."""
    reason = refusal.message
    if isinstance(refusal, AccessDeniedError):
        reason += "; `bedrock-projects iam costs` prints what a report takes"
    if "linked account" in refusal.message.lower():
        reason = "Billing shows its keys to the management account only; --profile or --role-arn can name one there"
    other = _in_other_case(key, known)
    hint = f"; the inventory writes {other}, and keys are case-sensitive" if other else ""
    return f"whether key {key} is active, so that reports know it, could not be looked up: {reason}{hint}"


def not_covered(wish: Wish, inventory: Inventory, accounts: Collection[Account], table: Table) -> tuple[str, ...]:
    """A sentence about the environments whose accounts the report shows nothing of; none where a filter may be why."""
    if wish.filters:
        return ()
    seen = {account.id for account in accounts if table.spent or not wish.account}
    missing: dict[str, list[str]] = {}
    for environment in inventory.environments.values():
        if environment.account and environment.account not in seen and wish.account in (None, environment.account):
            missing.setdefault(environment.account, []).append(environment.name)
    if not missing:
        return ()
    named = ", ".join(f"{account} ({', '.join(names)})" for account, names in missing.items())
    note = (
        f"no spend of account {named} is in this report: it has none in this time, or these credentials do not see it; "
        "those of the management account see all, those of a linked account see themselves"
    )
    return (note,)


def _in_other_case(key: str, known: Collection[str]) -> str | None:
    return next((each for each in sorted(known) if each != key and each.casefold() == key.casefold()), None)
