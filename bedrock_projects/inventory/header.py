"""Settings of the inventory's own file for all of its projects."""

from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass

from bedrock_projects.aws.endpoints import ENDPOINTS, MANTLE, Endpoint
from bedrock_projects.inventory.nodes import Mapping, ProblemList
from bedrock_projects.inventory.taxonomy import Tags, Taxonomy, read_taxonomy
from bedrock_projects.model import OWNERSHIP_TAG_KEY, UNCHANGED_NAME, Environment
from bedrock_projects.suggestions import did_you_mean

_UNNAMED = "unnamed"
"""Replaces an invalid name, so that the rest can be checked; such an inventory is never returned."""


@dataclass(frozen=True)
class DeclaredEnvironment:
    """An environment as a value and as a layer."""

    environment: Environment
    node: Mapping
    tags: Tags


@dataclass(frozen=True)
class InventoryHeader:
    """`known_environments` includes environments with errors; None if they are unknown."""

    name: str
    previous_name: str | None
    taxonomy: Taxonomy
    environments: AbstractMapping[str, DeclaredEnvironment]
    known_environments: frozenset[str] | None
    defaults: Mapping


def read_header(root: Mapping, problems: ProblemList) -> InventoryHeader:
    """Reads a root that was checked against its schema."""
    ownership_key = root.text("ownership_tag") or OWNERSHIP_TAG_KEY
    taxonomy = read_taxonomy(root, ownership_key, problems=problems)
    declared = root.mapping("environments")
    environments = {
        key: _environment(key, root, taxonomy=taxonomy, problems=problems) for key in sorted(declared.mappings())
    }
    _check_aliases(declared, problems)
    _check_former(root, ownership_key, problems=problems)
    return InventoryHeader(
        name=root.text("inventory") or _UNNAMED,
        previous_name=root.mapping("previous_owner").text("inventory"),
        taxonomy=taxonomy,
        environments=environments,
        known_environments=frozenset(environments) | declared.broken if "environments" in root.entries else None,
        defaults=root.mapping("defaults"),
    )


def check_region(node: Mapping, endpoint: Endpoint, *, problems: ProblemList) -> None:
    """Warns about a region in which the endpoint is not known to exist."""
    region, known = node.text("region"), endpoint.regions
    if region is not None and known is not None and region not in known:
        message = f"{region!r} is not a known region of {endpoint}; {did_you_mean(region, known)}"
        problems.warning(node.entries["region"], message)


def _environment(key: str, root: Mapping, *, taxonomy: Taxonomy, problems: ProblemList) -> DeclaredEnvironment:
    node = root.mapping("environments").mapping(key)
    tags = taxonomy.tags(node.mapping("tags"), grant={}, problems=problems)
    defaults = root.mapping("defaults")
    endpoint = node.text("endpoint") or defaults.text("endpoint") or MANTLE.name
    check_region(node, ENDPOINTS[endpoint], problems=problems)
    environment = Environment(
        name=key,
        account=node.text("account"),
        region=node.text("region"),
        name_format=node.text("name_format") or UNCHANGED_NAME,
        description=node.text("description"),
        tags={name: tags[name].text for name in sorted(tags)},
        protect=(node.text("protect") or defaults.text("protect")) != "false",
        endpoint=endpoint,
        data_retention=node.text("data_retention") or defaults.text("data_retention"),
        aliases=node.texts("aliases"),
    )
    return DeclaredEnvironment(environment, node, tags)


def _check_aliases(declared: Mapping, problems: ProblemList) -> None:
    """Two environments must not share a name, current or previous."""
    owner_of = dict.fromkeys(declared.entries, "a declared environment")
    for key, node in declared.mappings().items():
        for alias in node.items("aliases"):
            if alias.text in owner_of:
                problems.error(alias, f"{alias.text!r} is also {owner_of[alias.text]}; remove one of the two")
            owner_of.setdefault(alias.text, f"an alias of {key!r}")


def _check_former(root: Mapping, ownership_key: str, *, problems: ProblemList) -> None:
    former = root.mapping("previous_owner")
    for key, present in (("inventory", root.text("inventory")), ("ownership_tag", ownership_key)):
        if present is not None and former.text(key) == present:
            message = f"{present!r} is the current value; write the previous one, or remove the line"
            problems.error(former.entries[key], message)
