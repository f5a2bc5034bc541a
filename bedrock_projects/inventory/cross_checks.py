"""Rules between projects: each id, name and owner is unique."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Mapping as AbstractMapping

from bedrock_projects.aws.endpoints import ENDPOINTS
from bedrock_projects.inventory.layers import Entry, ResolvedEntry
from bedrock_projects.inventory.nodes import HERE, Mapping, ProblemList, Scalar
from bedrock_projects.inventory.taxonomy import Taxonomy
from bedrock_projects.model import Environment, Project
from bedrock_projects.suggestions import as_shown, difference, simplified

_NAMED_USERS = 5


def check_aliases(entries: AbstractMapping[str, Entry], problems: ProblemList) -> None:
    """A previous key must not be a current key, nor the previous key of two entries."""
    owner_of = {key: f"the key of an entry ({_where(entry.place)})" for key, entry in entries.items()}
    for entry in entries.values():
        for alias in entry.node.items("aliases"):
            if alias.text in owner_of:
                problems.error(alias, f"{alias.text!r} is also {owner_of[alias.text]}; remove one of the two")
            owner_of.setdefault(alias.text, f"an alias of {entry.key!r} ({_where(alias)})")


def check_ids(projects: Sequence[ResolvedEntry], problems: ProblemList) -> None:
    """No project may be adopted twice, in one environment or several."""
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
                f"{id_!r} is already adopted by {_named(other)} ({_where(other.written('id'))}); remove one of the two",
            )


def check_names(
    projects: Sequence[ResolvedEntry], environments: AbstractMapping[str, Environment], *, problems: ProblemList
) -> None:
    """Two active projects at one endpoint of an account must not have the same name, or names that look the same.

    Warns about names that a reader may confuse.
    """
    first: dict[tuple[str, str | None, str, Callable[[str], str], str], ResolvedEntry] = {}
    for resolved in projects:
        project = resolved.project
        if project.status != "active":
            continue
        account = environments[project.environment].account or project.environment
        for form in (str, as_shown, simplified):
            other = first.setdefault((account, project.region, project.endpoint, form, form(project.name)), resolved)
            if other is not resolved:
                say = problems.warning if form is simplified else problems.error
                say(resolved.written("name"), _same_name(project, other), environment=project.environment)
                break


def _same_name(project: Project, other: ResolvedEntry) -> str:
    name = project.name
    remedy = "rename one, or set a `name_format`"
    if name == other.project.name:
        is_same = f"{name!r} in {HERE} is already"
    else:
        is_same = f"{name!r} in {HERE} differs {difference(name, other.project.name)} from {other.project.name!r},"
    is_there = other.project.environment == project.environment
    named = f"{other.project.key!r} there" if is_there else _named(other)
    whose = f"the name of {named} ({_where(other.written('name'))})"
    return f"{is_same} {whose} at the same endpoint and region; {remedy}"


def check_keys(entries: AbstractMapping[str, Entry], problems: ProblemList) -> None:
    """Warns about keys that look alike."""
    first: dict[str, Entry] = {}
    for entry in entries.values():
        other = first.setdefault(simplified(entry.key), entry)
        if other is not entry:
            message = (
                f"differs {difference(entry.key, other.key)} from the entry {other.key!r} ({_where(other.place)}); "
                f"choose another key, with `aliases: [{entry.key}]` if it is deployed"
            )
            problems.warning(entry.place, message)


def check_tag_values(files: Iterable[Mapping], tag_keys: Mapping, problems: ProblemList) -> None:
    """Warns about values of one key that look alike; for a key with `values`, only these are compared.

    Former values are left out: reports count them as the current ones.
    """
    written: dict[str, dict[str, list[Scalar]]] = {}
    listed = {key: node.items("values") for key, node in tag_keys.mappings().items() if "values" in node.entries}
    for key, values in listed.items():
        for value in values:
            written.setdefault(key, {}).setdefault(value.text, []).append(value)
    former = {
        (key, rename.text("from")) for key, node in tag_keys.mappings().items() for rename in node.blocks("renamed")
    }
    for key, value in (tag for file in files for tag in _written_tags(file) if tag[0] not in listed):
        if (key, value.text) not in former:
            written.setdefault(key, {}).setdefault(value.text, []).append(value)
    for spellings in written.values():
        _check_spellings(spellings, problems)


def _written_tags(file: Mapping) -> Iterator[tuple[str, Scalar]]:
    """All tags that a file sets, grants or names as the current value of a rename, as written."""
    entries = file.mapping("projects").mappings().values()
    overrides = (override for entry in entries for override in entry.mapping("environments").mappings().values())
    environments = file.mapping("environments").mappings().values()
    for node in (file.mapping("defaults"), *environments, *entries, *overrides):
        yield from node.mapping("tags").scalars().items()
    for grant in file.mapping("include").mappings().values():
        tags = grant.mapping("tags")
        yield from ((key, value) for key in tags.entries for value in tags.items(key))
    for key, node in file.mapping("tag_keys").mappings().items():
        currents = (rename.scalars().get("to") for rename in node.blocks("renamed"))
        yield from ((key, current) for current in currents if current is not None)


def _check_spellings(spellings: AbstractMapping[str, list[Scalar]], problems: ProblemList) -> None:
    """The most frequent spelling counts as the right one."""
    usual: dict[str, Scalar] = {}
    for text in sorted(spellings, key=lambda text: (-len(spellings[text]), text)):
        value = spellings[text][0]
        other = usual.setdefault(simplified(text), value)
        if other is not value:
            message = (
                f"{text!r} differs {difference(text, other.text)} from {other.text!r} ({_where(other)}), so reports "
                "count them separately; use one spelling everywhere"
            )
            problems.warning(value, message)


def check_owners(projects: Sequence[ResolvedEntry], problems: ProblemList) -> None:
    """A project cannot be taken over from an entry of this inventory, nor by two entries."""
    owner_of = {
        owner: resolved for resolved in projects for owner in resolved.ownership if owner != resolved.taken_from
    }
    for resolved in projects:
        if resolved.taken_from is None:
            continue
        other = owner_of.setdefault(resolved.taken_from, resolved)
        place, _, key = resolved.taken_from.rpartition("/")
        if other is not resolved:
            refusal = f"already belongs to {_named(other)}; write another owner, or remove the line"
        elif place == resolved.project.owner.rpartition("/")[0]:
            # Pulumi would not know the two as one resource, and `--target` could delete the former one alone.
            refusal = f"is a key of this environment; write `aliases: [{key}]` in place of it"
        else:
            continue
        problems.error(resolved.written("previous_owner"), f"{resolved.taken_from!r} {refusal}")


def check_moves(projects: Sequence[ResolvedEntry], problems: ProblemList) -> None:
    """A move has two regions or two endpoints, not both, and ends in a project that does not exist yet."""
    for resolved in projects:
        project = resolved.project
        if project.move_from is not None and project.move_from_endpoint is not None:
            other = _where(resolved.written("move_from"))
            message = (
                f"conflicts with `move_from` ({other}); move to the endpoint in one change, and then to the region"
            )
            problems.error(resolved.written("move_from_endpoint"), message)
        moves = (
            ("move_from", project.move_from, "region", project.region),
            ("move_from_endpoint", project.move_from_endpoint, "endpoint", project.endpoint),
        )
        for key, left, what, current in moves:
            if left is None:
                continue
            place = resolved.written(key)
            if project.adopt_id is not None:
                move = f"`{key}: {left}` ({_where(place)})"
                message = (
                    f"conflicts with {move}, since a move creates a new project with a new id; remove one of the two"
                )
                problems.error(resolved.written("id"), message)
            if left == current:
                problems.error(place, f"{left!r} is the current {what}; write the previous one, or remove the line")


def check_sizes(
    projects: Sequence[ResolvedEntry], environments: AbstractMapping[str, Mapping], *, problems: ProblemList
) -> None:
    """Warns about an environment with more projects at an endpoint than an account may have."""
    active = (resolved.project for resolved in projects if resolved.project.status == "active")
    counts = Counter((project.environment, project.endpoint) for project in active)
    for (name, endpoint), count in counts.items():
        most, node = ENDPOINTS[endpoint].projects_per_account, environments.get(name)
        if node is not None and most is not None and count > most:
            message = f"has {count:,} projects, but an account may have {most:,}; ask AWS to raise the quota"
            problems.warning(node, message)


def check_tag_keys(
    projects: Sequence[ResolvedEntry], taxonomy: Taxonomy, *, tag_keys: Mapping, problems: ProblemList
) -> None:
    """Warns about tag keys that look alike, with the entries that use them."""
    for group in taxonomy.lookalikes:
        place = next(tag_keys.keys[key] for key in reversed(group) if key in tag_keys.keys)
        uses = "; ".join(f"{key} in {_users(key, projects, taxonomy=taxonomy)}" for key in group)
        message = (
            f"differs {difference(*group[:2])} from another key ({uses}), and reports may not distinguish them; "
            "keep one"
        )
        problems.warning(place, message)


def _users(key: str, projects: Sequence[ResolvedEntry], *, taxonomy: Taxonomy) -> str:
    if key == taxonomy.ownership_key:
        return "every project"
    users = sorted({resolved.project.key for resolved in projects if key in resolved.project.tags})
    return (", ".join(users[:_NAMED_USERS]) or "no project") + " …" * (len(users) > _NAMED_USERS)


def _named(resolved: ResolvedEntry) -> str:
    return f"{resolved.project.key!r} in {resolved.project.environment!r}"


def _where(place: Scalar) -> str:
    return f"{place.file}:{place.line}"
