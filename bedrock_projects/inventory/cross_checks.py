"""What must hold between projects: one id, one name, one owner each."""

from collections import Counter
from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence

from bedrock_projects.inventory.layers import Entry, ResolvedEntry
from bedrock_projects.inventory.nodes import Mapping, ProblemList, Scalar
from bedrock_projects.inventory.taxonomy import Taxonomy
from bedrock_projects.limits import PROJECTS_PER_ACCOUNT
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
    for merged in projects:
        id_ = merged.project.adopt_id
        if id_ is None:
            continue
        other = first.setdefault(id_, merged)
        if other is not merged:
            place = merged.written("id")
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
    for merged in projects:
        project = merged.project
        if project.status != "active":
            continue
        account = environments[project.environment].account or project.environment
        other = first.setdefault((account, project.region, project.name), merged)
        if other is not merged:
            place = merged.written("name")
            problems.error(
                place,
                f"{project.name!r} is in {project.environment} what {other.project.key} is called in "
                f"{other.project.environment} already ({_where(other.written('name'))}), in one account and region; "
                "choose another name, or give the environments a `name_format` each",
            )


def check_owners(projects: Sequence[ResolvedEntry], problems: ProblemList) -> None:
    """No project may be taken over from an entry of this inventory, nor by two entries."""
    owner_of = {owner: merged for merged in projects for owner in merged.ownership if owner != merged.taken_from}
    for merged in projects:
        if merged.taken_from is None:
            continue
        other = owner_of.setdefault(merged.taken_from, merged)
        if other is not merged:
            place = merged.written("previous_owner")
            whose = f"{other.project.key} in {other.project.environment}"
            message = f"{merged.taken_from} goes to {whose} already; one project is one entry in one environment"
            problems.error(place, message)


def check_moves(projects: Sequence[ResolvedEntry], problems: ProblemList) -> None:
    """A move has two regions."""
    for merged in projects:
        if merged.project.move_from is not None and merged.project.move_from == merged.project.region:
            place = merged.written("move_from")
            message = f"{merged.project.move_from} is the present region; write the former, or take the line out"
            problems.error(place, message)


def check_sizes(
    projects: Sequence[ResolvedEntry], environments: AbstractMapping[str, Mapping], *, problems: ProblemList
) -> None:
    """Hints at an environment that no account can hold."""
    counts = Counter(merged.project.environment for merged in projects if merged.project.status == "active")
    for name, node in environments.items():
        if counts[name] > PROJECTS_PER_ACCOUNT:
            message = f"has {counts[name]:,} projects; an account holds {PROJECTS_PER_ACCOUNT:,} unless AWS raised that"
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
    users = sorted({merged.project.key for merged in projects if key in merged.project.tags})
    return (", ".join(users[:_NAMED_USERS]) or "no project") + " …" * (len(users) > _NAMED_USERS)


def _where(place: Scalar) -> str:
    return f"{place.file}:{place.line}"
