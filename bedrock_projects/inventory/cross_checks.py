"""What must hold between projects: one id, one name, one owner each."""

from collections import Counter
from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence

from bedrock_projects.aws.endpoints import MANTLE
from bedrock_projects.inventory.layers import Entry, ResolvedEntry
from bedrock_projects.inventory.nodes import Mapping, ProblemList, Scalar
from bedrock_projects.inventory.taxonomy import Taxonomy
from bedrock_projects.model import Environment

_NAMED_USERS = 5


def check_aliases(entries: AbstractMapping[str, Entry], problems: ProblemList) -> None:
    """A former key must not be a present one, nor the former one of two entries."""
    owner_of = {key: f"the key of {_where(entry.place)}" for key, entry in entries.items()}
    for entry in entries.values():
        for alias in entry.node.items("aliases"):
            if alias.text in owner_of:
                problems.error(alias, f"{alias.text} is {owner_of[alias.text]} too; take one of the two out")
            owner_of.setdefault(alias.text, f"an alias of {entry.key} ({_where(alias)})")


def check_ids(projects: Sequence[ResolvedEntry], problems: ProblemList) -> None:
    """No project may be adopted twice, in whichever environments."""
    first: dict[str, ResolvedEntry] = {}
    for resolved in projects:
        id_ = resolved.project.adopt_id
        if id_ is None:
            continue
        other = first.setdefault(id_, resolved)
        if other is not resolved:
            place = resolved.written("id")
            problems.error(
                place,
                f"{id_} is adopted by {other.project.key} in {other.project.environment} already "
                f"({_where(other.written('id'))}); one project is one entry in one environment",
            )


def check_names(
    projects: Sequence[ResolvedEntry], environments: AbstractMapping[str, Environment], *, problems: ProblemList
) -> None:
    """No two projects that are active may have one name in one account and region."""
    first: dict[tuple[str, str | None, str], ResolvedEntry] = {}
    for resolved in projects:
        project = resolved.project
        if project.status != "active":
            continue
        account = environments[project.environment].account or project.environment
        other = first.setdefault((account, project.region, project.name), resolved)
        if other is not resolved:
            place = resolved.written("name")
            problems.error(
                place,
                f"{project.name!r} is in {project.environment} what {other.project.key} is called in "
                f"{other.project.environment} already ({_where(other.written('name'))}), in one account and region; "
                "choose another name, or give the environments a `name_format` each",
            )


def check_owners(projects: Sequence[ResolvedEntry], problems: ProblemList) -> None:
    """No project may be taken over from an entry of this inventory, nor by two entries."""
    owner_of = {
        owner: resolved for resolved in projects for owner in resolved.ownership if owner != resolved.taken_from
    }
    for resolved in projects:
        if resolved.taken_from is None:
            continue
        other = owner_of.setdefault(resolved.taken_from, resolved)
        if other is not resolved:
            place = resolved.written("previous_owner")
            whose = f"{other.project.key} in {other.project.environment}"
            message = f"{resolved.taken_from} goes to {whose} already; one project is one entry in one environment"
            problems.error(place, message)


def check_moves(projects: Sequence[ResolvedEntry], problems: ProblemList) -> None:
    """A move has two regions."""
    for resolved in projects:
        if resolved.project.move_from is not None and resolved.project.move_from == resolved.project.region:
            place = resolved.written("move_from")
            message = f"{resolved.project.move_from} is the present region; write the former, or take the line out"
            problems.error(place, message)


def check_sizes(
    projects: Sequence[ResolvedEntry], environments: AbstractMapping[str, Mapping], *, problems: ProblemList
) -> None:
    """Hints at an environment that no account can hold."""
    counts = Counter(resolved.project.environment for resolved in projects if resolved.project.status == "active")
    for name, node in environments.items():
        if counts[name] > MANTLE.projects_per_account:
            most = MANTLE.projects_per_account
            message = f"has {counts[name]:,} projects; an account holds {most:,} unless AWS raised that"
            problems.warning(node, message)


def check_case_conflicts(
    projects: Sequence[ResolvedEntry], taxonomy: Taxonomy, *, tag_keys: Mapping, problems: ProblemList
) -> None:
    """Hints at keys that differ in case only, and at who uses which."""
    for group in taxonomy.case_conflicts:
        place = next(tag_keys.keys[key] for key in reversed(group) if key in tag_keys.keys)
        uses = "; ".join(f"{key} in {_users(key, projects, taxonomy=taxonomy)}" for key in group)
        message = f"differs in case only from another key: Billing keeps them apart, reports may not ({uses})"
        problems.warning(place, message)


def _users(key: str, projects: Sequence[ResolvedEntry], *, taxonomy: Taxonomy) -> str:
    if key == taxonomy.ownership_key:
        return "every project"
    users = sorted({resolved.project.key for resolved in projects if key in resolved.project.tags})
    return (", ".join(users[:_NAMED_USERS]) or "no project") + " …" * (len(users) > _NAMED_USERS)


def _where(place: Scalar) -> str:
    return f"{place.file}:{place.line}"
