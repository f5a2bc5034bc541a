"""Notes for the reviewer in addition to the changes: refusals, limits, reports that split."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from bedrock_projects.aws.endpoints import ENDPOINTS
from bedrock_projects.limits import NEAR
from bedrock_projects.model import Environment, Inventory, Project, RenamedValue, TagKey
from bedrock_projects.projects.archive_limit import limit_notice
from bedrock_projects.review.refusals import Pair, refusals
from bedrock_projects.suggestions import counted


@dataclass(frozen=True)
class Note:
    """A note for the reviewer; `keys` are the projects that it is about, empty if it is about all."""

    text: str
    keys: tuple[str, ...] = ()


def environment_notes(name: str, former: str, before: Inventory, after: Inventory, pairs: Sequence[Pair]) -> list[Note]:
    """All notes on one environment, formerly called `former`."""
    notes = [*_limits([project for _, project in pairs if project])]
    if former != name:
        notes.append(Note(f"formerly {former}: run `pulumi config set environment {name}` on its stack"))
    if former in before.environments:
        notes += _other_account(before.environments[former], after.environments[name])
    else:
        notes += _perhaps_renamed(name, before, after)
    lost = _not_recognised(before, after, pairs)
    refused: dict[str, list[str]] = {}
    for refusal in refusals(before, after, [pair for pair in pairs if pair[1] is None or pair[1].key not in lost]):
        refused.setdefault(refusal.reason, []).append(refusal.key)
    notes += [Note(text, tuple(sorted(keys))) for text, keys in refused.items()]
    return [*notes, *_many_leave(pairs), *_ownership(before, after, lost)]


def is_other_account(before: Environment, after: Environment) -> bool:
    """Whether an environment moves to another account; one without `account` may have been there before."""
    return None not in (before.account, after.account) and before.account != after.account


def kept(pairs: Iterable[Pair]) -> list[tuple[Project, Project]]:
    """The entries that are active before and after."""
    return [(one, other) for one, other in pairs if one and other and one.status == other.status == "active"]


def leaves_its_region(before: Project, after: Project) -> bool:
    """Whether an active entry moves to another region."""
    return before.status == after.status == "active" and before.region != after.region


def leaves_its_endpoint(before: Project, after: Project) -> bool:
    """Whether an active entry moves to another endpoint; its project stays if both have it."""
    return before.status == after.status == "active" and before.endpoint != after.endpoint


def tag_key_notes(old: AbstractSet[str], new: AbstractSet[str]) -> Iterator[Note]:
    """Notes on the new and the unused cost allocation tags."""
    if new - old:
        yield Note(
            f"new cost allocation tags: {', '.join(sorted(new - old))}. Billing discovers them within two days of "
            "the first billed request, and reports split by them from their activation"
        )
    if old - new:
        yield Note(f"no longer used, but active until you deactivate them in Billing: {', '.join(sorted(old - new))}")


def renamed_value_notes(old: Mapping[str, TagKey], new: Mapping[str, TagKey]) -> Iterator[Note]:
    """Notes on changes of `renamed`, which only reports read."""
    for key in sorted(old.keys() | new.keys()):
        before, after = _renames(key, old), _renames(key, new)
        for former, rename in after.items():
            if before.get(former) != rename:
                yield Note(
                    f"tag {key}: reports count {former!r} as {rename.current!r}, its name as of {rename.since}; "
                    "nothing changes in AWS"
                )
        for former, rename in before.items():
            if former not in after:
                yield Note(
                    f"tag {key}: reports no longer count {former!r} as {rename.current!r}; nothing changes in AWS"
                )


def _renames(key: str, tag_keys: Mapping[str, TagKey]) -> Mapping[str, RenamedValue]:
    """The renames of a tag key by their former values; empty without the key."""
    return {rename.former: rename for rename in tag_keys[key].renamed} if key in tag_keys else {}


def _limits(projects: Sequence[Project]) -> Iterator[Note]:
    for endpoint in ENDPOINTS.values():
        here = [project for project in projects if project.endpoint == endpoint.name]
        active, most = sum(project.status == "active" for project in here), endpoint.projects_per_account
        if most is not None and active >= most * NEAR:
            yield Note(f"{counted(active, 'project')}, near the limit of {most:,} per account")
        full = [project.key for project in here if len(project.tags) + 2 >= endpoint.tags_per_project * NEAR]
        if full:
            yield Note(f"near the limit of {endpoint.tags_per_project} tags per project", tuple(sorted(full)))


def _other_account(before: Environment, after: Environment) -> Iterator[Note]:
    """Declared inputs name no account, so the engine finds no difference for the projects in its state."""
    if is_other_account(before, after):
        yield Note(
            f"the projects stay in account {before.account}, and a run in account {after.account} cannot change them; "
            "give the new account an environment and a stack of its own, and archive the entries of this one "
            f"under account {before.account}"
        )


def _perhaps_renamed(name: str, before: Inventory, after: Inventory) -> Iterator[Note]:
    """Whether a removed environment had the same entries, so that this one may be its new name."""
    keys = _names(after, name).keys()
    known = {
        *after.environments,
        *(alias for environment in after.environments.values() for alias in environment.aliases),
    }
    gone = [
        former
        for former in before.environments
        if former not in known and keys and _names(before, former).keys() == keys
    ]
    if gone:
        [likeliest, *_] = sorted(gone, key=lambda former: -_likeness(before, former, after, name))
        yield Note(
            f"has the entries of environment {likeliest!r}, which is no longer in the inventory; if it was renamed, "
            f"add `aliases: [{likeliest}]` to the environment to keep its projects"
        )


def _likeness(before: Inventory, former: str, after: Inventory, name: str) -> int:
    same_account = before.environments[former].account == after.environments[name].account
    return same_account + len(_names(before, former).items() & _names(after, name).items())


def _names(inventory: Inventory, environment: str) -> Mapping[str, str]:
    return {project.key: project.name for project in inventory.by_environment.get(environment, ())}


def _many_leave(pairs: Sequence[Pair]) -> Iterator[Note]:
    """The notice if a run exceeds the archive limit; entries with `status: archived` do not count."""
    active = [(one, other) for one, other in pairs if one and one.status == "active"]
    perhaps = sum(other is not None and leaves_its_endpoint(one, other) for one, other in active)
    notice = limit_notice(sum(other is None or _moves(one, other) for one, other in active), owned=len(active))
    if notice and perhaps:
        notice += f". {perhaps} of them move to another endpoint: those that both endpoints have stay, and do not count"
    if notice:
        yield Note(notice)


def _moves(before: Project, after: Project) -> bool:
    return leaves_its_region(before, after) or leaves_its_endpoint(before, after)


def _not_recognised(before: Inventory, after: Inventory, pairs: Sequence[Pair]) -> list[str]:
    """The keys of entries whose projects a run cannot recover by their ownership tags."""
    is_tag_known = before.ownership_tag_key in {after.ownership_tag_key, after.previous_ownership_tag_key}
    return sorted(
        other.key
        for one, other in kept(pairs)
        if not is_tag_known or one.owner not in {other.owner, *other.previous_owners}
    )


def _ownership(before: Inventory, after: Inventory, lost: Sequence[str]) -> Iterator[Note]:
    """The `previous_owner` to write if the inventory or its ownership tag has a new name."""
    if lost:
        names = {
            "inventory": (before.name, after.name),
            "ownership_tag": (before.ownership_tag_key, after.ownership_tag_key),
        }
        needed = ", ".join(f"{field}: {old}" for field, (old, new) in names.items() if old != new)
        yield Note(f"`pulumi up` cannot recognise its projects; write `previous_owner: {{{needed}}}`", tuple(lost))
