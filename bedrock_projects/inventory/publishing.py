"""Reads what an inventory publishes: parameters with project ids, and which roles may use which project."""

from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence

from bedrock_projects.arns import account_in, role_name
from bedrock_projects.inventory.cost_controls import are_projects_whole, environments_of
from bedrock_projects.inventory.header import InventoryHeader
from bedrock_projects.inventory.layers import ResolvedEntry
from bedrock_projects.inventory.nodes import HERE, Mapping, ProblemList, Scalar, empty
from bedrock_projects.limits import ENVIRONMENT_PLACEHOLDER, PARAMETER_PREFIX
from bedrock_projects.model import Environment, Publication
from bedrock_projects.suggestions import did_you_mean, listed


def read_publications(
    root: Mapping, header: InventoryHeader, projects: Sequence[ResolvedEntry], *, problems: ProblemList
) -> tuple[Publication, ...]:
    """One publication for each environment that has something to publish, sorted."""
    node = root.mapping("publish")
    is_complete = are_projects_whole(problems)
    named = environments_of(node, header, problems)
    overrides = dict.fromkeys(header.environments, empty(node)) if named is None else named
    keys: dict[str, set[str]] = {name: set() for name in overrides}
    regions: dict[str, set[str | None]] = {name: set() for name in overrides}
    for project in (resolved.project for resolved in projects if resolved.project.environment in overrides):
        keys[project.environment].add(project.key)
        regions[project.environment].add(project.region)
    if is_complete:
        _check_keys(node.mapping("inference"), set().union(*keys.values()), problems=problems)
    publications = []
    for name, override in sorted(overrides.items()):
        if is_complete:
            _check_keys(override.mapping("inference"), keys[name], environment=name, problems=problems)
        roles = {**_roles(node), **_roles(override)}
        inference = {key: roles[key] for key in sorted(roles) if key in keys[name]}
        _check_accounts(inference, header.environments[name].environment, problems=problems)
        _check_roles(inference, problems)
        publication = Publication(
            environment=name,
            parameters=_prefix(name, (override, node), problems),
            inference={
                key: tuple(sorted(role.text for role in allowed_roles)) for key, allowed_roles in inference.items()
            },
        )
        if publication.parameters or publication.inference:
            publications.append(publication)
    _check_parameters(publications, header, node, regions=regions, problems=problems)
    return tuple(publications)


def _prefix(environment: str, layers: Sequence[Mapping], problems: ProblemList) -> str | None:
    """The prefix with the name of the environment, which may make it too long, or one that AWS reserves."""
    written = next((layer.entries["parameters"] for layer in layers if "parameters" in layer.entries), None)
    if not isinstance(written, Scalar):
        return None
    prefix = written.text.replace(ENVIRONMENT_PLACEHOLDER, environment)
    violation = PARAMETER_PREFIX.violation(prefix)
    if violation:
        problems.error(written, f"in environment {environment!r}: {violation}")
        return None
    return prefix


def _roles(node: Mapping) -> dict[str, list[Scalar]]:
    inference = node.mapping("inference")
    return {key: inference.items(key) for key in inference.entries}


def _check_keys(inference: Mapping, known: set[str], *, environment: str | None = None, problems: ProblemList) -> None:
    where = f" in {HERE}" if environment else ""
    for key in inference.entries:
        if key not in known:
            message = f"unknown entry {key!r}{where}; {did_you_mean(key, known)}"
            problems.error(inference.keys[key], message, environment=environment)


def _check_accounts(inference: dict[str, list[Scalar]], environment: Environment, *, problems: ProblemList) -> None:
    """A policy is attached to a role in the projects' account."""
    given = [role for roles in inference.values() for role in roles]
    for role in given:
        account, first = account_in(role.text), account_in(given[0].text)
        if environment.account not in (None, account):
            problems.error(
                role,
                f"is a role of account {account}, which is not that of {HERE}; write the roles of each environment "
                "under `publish.environments.<name>.inference`",
                environment=environment.name,
            )
        elif account != first:
            problems.error(
                role,
                f"is a role of account {account}, but {given[0].text!r} is in account {first}; write the roles of each "
                "environment under `publish.environments.<name>.inference`",
            )


def _check_roles(inference: dict[str, list[Scalar]], problems: ProblemList) -> None:
    """A role is found by its name alone, without its path."""
    for roles in inference.values():
        first: dict[str, Scalar] = {}
        for role in roles:
            other = first.setdefault(role_name(role.text), role)
            if other is not role and account_in(other.text) == account_in(role.text):
                message = (
                    f"is the same role as {other.text!r}: role names are unique in an account; keep one of the two"
                )
                problems.error(role, message)


def _check_parameters(
    publications: list[Publication],
    header: InventoryHeader,
    node: Mapping,
    *,
    regions: AbstractMapping[str, set[str | None]],
    problems: ProblemList,
) -> None:
    """Two environments of one account must not write the same parameters; one error for each prefix that they share."""
    users: dict[tuple[str, str], dict[str | None, list[str]]] = {}
    for publication in publications:
        account = header.environments[publication.environment].environment.account
        if publication.parameters is None or account is None:
            continue
        by_region = users.setdefault((account, publication.parameters), {})
        for region in regions[publication.environment]:
            by_region.setdefault(region, []).append(publication.environment)
    for (_, prefix), by_region in users.items():
        sharing = sorted({repr(name) for names in by_region.values() if len(names) > 1 for name in names})
        if sharing:
            problems.error(
                node.entries.get("parameters", node),
                f"{listed(sharing)} share the prefix {prefix!r} in one account and region; write "
                f"{prefix}/{ENVIRONMENT_PLACEHOLDER}, or give each its own prefix under `publish.environments`",
            )
