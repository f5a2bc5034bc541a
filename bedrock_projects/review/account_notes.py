"""Notes on what an inventory says about accounts: roles, groups of environments, and the stack of Billing."""

from collections.abc import Iterator, Mapping

from bedrock_projects.limits import ACCOUNT_PLACEHOLDER
from bedrock_projects.model import BILLING_STACK, Billing, Environment, Inventory
from bedrock_projects.review.notes import Note
from bedrock_projects.suggestions import listed

_USES = {"role_arn": "the stack assumes", "preview_role_arn": "previews assume"}


def role_notes(before: Environment | Billing, after: Environment | Billing) -> Iterator[Note]:
    """Which role takes the place of which; with the same words in all accounts that change alike."""
    for field, assumes in _USES.items():
        old, new = (_role(place, field) for place in (before, after))
        if old != new:
            yield Note(f"{assumes} {new} instead of {old}; nothing changes in AWS")


def group_notes(before: Mapping[str, tuple[str, ...]], after: Mapping[str, tuple[str, ...]]) -> Iterator[Note]:
    """The groups that gain or lose environments; the projects are listed in their environments."""
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            yield Note(f"the environment group {name!r} is removed")
        elif name not in before:
            yield Note(f"new environment group {name!r}: {_names(after[name])}")
        elif before[name] != after[name]:
            gained = [member for member in after[name] if member not in before[name]]
            lost = [member for member in before[name] if member not in after[name]]
            parts = [f"{verb} {_names(names)}" for verb, names in (("gains", gained), ("loses", lost)) if names]
            yield Note(f"the environment group {name!r} {' and '.join(parts)}")


def billing_notes(before: Inventory, after: Inventory) -> Iterator[Note]:
    """What `billing` changes for stacks; a stack whose settings have a `scope` keeps it."""
    old, new = before.billing, after.billing
    if old is None and new is not None:
        yield Note(
            f"new stack {BILLING_STACK!r} in account {new.account}: it manages what is for all environments, and "
            "stacks without `scope` manage projects only"
        )
    elif old is not None and new is None:
        yield Note(
            f"the inventory no longer declares the stack {BILLING_STACK!r}: stacks without `scope` manage cost "
            "allocation tags too, and it keeps what it has until you destroy it"
        )
    elif old is not None and new is not None:
        if old.account != new.account:
            yield Note(
                f"the stack {BILLING_STACK!r} is in account {new.account} instead of {old.account}; what it has in "
                f"{old.account} stays there until you destroy it"
            )
        yield from (Note(f"{BILLING_STACK}: {note.text}") for note in role_notes(old, new))


def _role(place: Environment | Billing, field: str) -> str:
    role: str | None = getattr(place, field)
    if role is None:
        return "`role_arn`" if field == "preview_role_arn" and place.role_arn else "no role"
    return f"`{role.replace(place.account, ACCOUNT_PLACEHOLDER) if place.account else role}`"


def _names(names: list[str] | tuple[str, ...]) -> str:
    return listed([repr(name) for name in names])
