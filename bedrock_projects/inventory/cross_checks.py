"""What must hold between projects: one id, one name, one owner each."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Mapping as AbstractMapping

from bedrock_projects.aws.endpoints import MANTLE
from bedrock_projects.inventory.layers import Entry, ResolvedEntry
from bedrock_projects.inventory.nodes import Mapping, ProblemList, Scalar
from bedrock_projects.inventory.taxonomy import Taxonomy
from bedrock_projects.model import Environment, Project
from bedrock_projects.suggestions import as_shown, difference, simplified

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
    """No two projects that are active may have one name in one account and region, or names that look the same.

    Hints at names that a reader may take for one another.
    """
    first: dict[tuple[str, str | None, Callable[[str], str], str], ResolvedEntry] = {}
    for resolved in projects:
        project = resolved.project
        if project.status != "active":
            continue
        account = environments[project.environment].account or project.environment
        for form in (str, as_shown, simplified):
            other = first.setdefault((account, project.region, form, form(project.name)), resolved)
            if other is not resolved:
                say = problems.warning if form is simplified else problems.error
                say(resolved.written("name"), _same_name(project, other))
                break


def _same_name(project: Project, other: ResolvedEntry) -> str:
    name, whose = project.name, f"{other.project.key} is called in {other.project.environment} already"
    remedy = "choose another name, or give the environments a `name_format` each"
    if name == other.project.name:
        is_same = f"{name!r} is in {project.environment} what"
    else:
        is_same = f"{name!r} differs {difference(name, other.project.name)} from {other.project.name!r}, as"
    return f"{is_same} {whose} ({_where(other.written('name'))}), in one account and region; {remedy}"


def check_keys(entries: AbstractMapping[str, Entry], problems: ProblemList) -> None:
    """Hints at keys that look alike."""
    first: dict[str, Entry] = {}
    for entry in entries.values():
        other = first.setdefault(simplified(entry.key), entry)
        if other is not entry:
            message = (
                f"differs {difference(entry.key, other.key)} from the key of another entry, {other.key} "
                f"({_where(other.place)}); choose another key, with `aliases: [{entry.key}]` if it is deployed"
            )
            problems.warning(entry.place, message)


def check_tag_values(files: Iterable[Mapping], tag_keys: Mapping, problems: ProblemList) -> None:
    """Hints at values of one key that look alike; of a key with `values`, only these may be used."""
    written: dict[str, dict[str, list[Scalar]]] = {}
    listed = {key: node.items("values") for key, node in tag_keys.mappings().items() if "values" in node.entries}
    for key, values in listed.items():
        for value in values:
            written.setdefault(key, {}).setdefault(value.text, []).append(value)
    for key, value in (tag for file in files for tag in _written_tags(file) if tag[0] not in listed):
        written.setdefault(key, {}).setdefault(value.text, []).append(value)
    for spellings in written.values():
        _check_spellings(spellings, problems)


def _written_tags(file: Mapping) -> Iterator[tuple[str, Scalar]]:
    """All tags that a file gives or grants, as written."""
    entries = file.mapping("projects").mappings().values()
    overrides = (override for entry in entries for override in entry.mapping("environments").mappings().values())
    environments = file.mapping("environments").mappings().values()
    for node in (file.mapping("defaults"), *environments, *entries, *overrides):
        yield from node.mapping("tags").scalars().items()
    for grant in file.mapping("include").mappings().values():
        tags = grant.mapping("tags")
        yield from ((key, value) for key in tags.entries for value in tags.items(key))


def _check_spellings(spellings: AbstractMapping[str, list[Scalar]], problems: ProblemList) -> None:
    """The spelling that is written most often is taken for the right one."""
    usual: dict[str, Scalar] = {}
    for text in sorted(spellings, key=lambda text: (-len(spellings[text]), text)):
        value = spellings[text][0]
        other = usual.setdefault(simplified(text), value)
        if other is not value:
            message = (
                f"{text!r} differs {difference(text, other.text)} from {other.text!r} ({_where(other)}), and reports "
                "count the two apart; write one of them everywhere"
            )
            problems.warning(value, message)


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
    """A move has two regions, and ends in a project that does not exist yet."""
    for resolved in projects:
        if resolved.project.move_from is None:
            continue
        if resolved.project.adopt_id is not None:
            move = f"`move_from: {resolved.project.move_from}` ({_where(resolved.written('move_from'))})"
            message = f"does not go with {move}: a move makes a new project with a new id; take one of the two out"
            problems.error(resolved.written("id"), message)
        if resolved.project.move_from == resolved.project.region:
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


def check_tag_keys(
    projects: Sequence[ResolvedEntry], taxonomy: Taxonomy, *, tag_keys: Mapping, problems: ProblemList
) -> None:
    """Hints at tag keys that look alike, and at who uses which."""
    for group in taxonomy.lookalikes:
        place = next(tag_keys.keys[key] for key in reversed(group) if key in tag_keys.keys)
        uses = "; ".join(f"{key} in {_users(key, projects, taxonomy=taxonomy)}" for key in group)
        message = (
            f"differs {difference(*group[:2])} from another key: Billing keeps them apart, reports may not ({uses})"
        )
        problems.warning(place, message)


def _users(key: str, projects: Sequence[ResolvedEntry], *, taxonomy: Taxonomy) -> str:
    if key == taxonomy.ownership_key:
        return "every project"
    users = sorted({resolved.project.key for resolved in projects if key in resolved.project.tags})
    return (", ".join(users[:_NAMED_USERS]) or "no project") + " …" * (len(users) > _NAMED_USERS)


def _where(place: Scalar) -> str:
    return f"{place.file}:{place.line}"
