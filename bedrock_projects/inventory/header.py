"""What the inventory's own file says about all of its projects."""

from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass

from bedrock_projects.inventory.nodes import Mapping, ProblemList
from bedrock_projects.inventory.taxonomy import Tags, Taxonomy, read_taxonomy
from bedrock_projects.limits import REGIONS
from bedrock_projects.model import OWNERSHIP_TAG_KEY, UNCHANGED_NAME, Environment
from bedrock_projects.suggestions import did_you_mean

_UNNAMED = "unnamed"
"""Stands in for a name that was found wrong, so that the rest can be checked; such an inventory is not handed out."""


@dataclass(frozen=True)
class DeclaredEnvironment:
    """An environment as a value and as the layer that it is."""

    environment: Environment
    node: Mapping
    tags: Tags


@dataclass(frozen=True)
class InventoryHeader:
    """`known_environments` has those too that are declared wrongly; None where nothing can be told of them."""

    name: str
    previous_name: str | None
    taxonomy: Taxonomy
    environments: AbstractMapping[str, DeclaredEnvironment]
    known_environments: frozenset[str] | None
    defaults: Mapping


def read_header(root: Mapping, problems: ProblemList) -> InventoryHeader:
    """Reads a root that was held against its form."""
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


def check_region(node: Mapping, problems: ProblemList) -> None:
    """Hints at a region that the service is not known to be in."""
    region = node.text("region")
    if region is not None and region not in REGIONS:
        message = f"{region} is not known to have Bedrock projects: {did_you_mean(region, REGIONS)}"
        problems.warning(node.entries["region"], message)


def _environment(key: str, root: Mapping, *, taxonomy: Taxonomy, problems: ProblemList) -> DeclaredEnvironment:
    node = root.mapping("environments").mapping(key)
    tags = taxonomy.tags(node.mapping("tags"), grant={}, problems=problems)
    check_region(node, problems)
    defaults = root.mapping("defaults")
    environment = Environment(
        name=key,
        account=node.text("account"),
        region=node.text("region"),
        name_format=node.text("name_format") or UNCHANGED_NAME,
        description=node.text("description"),
        tags={name: tags[name].text for name in sorted(tags)},
        protect=(node.text("protect") or defaults.text("protect")) != "false",
        data_retention=node.text("data_retention") or defaults.text("data_retention"),
        aliases=node.texts("aliases"),
    )
    return DeclaredEnvironment(environment, node, tags)


def _check_aliases(declared: Mapping, problems: ProblemList) -> None:
    """Two environments must never have the same name, be it a former one."""
    owner_of = dict.fromkeys(declared.entries, "a declared environment")
    for key, node in declared.mappings().items():
        for alias in node.items("aliases"):
            if alias.text in owner_of:
                problems.error(alias, f"{alias.text} is {owner_of[alias.text]} too; take one of the two out")
            owner_of.setdefault(alias.text, f"an alias of {key}")


def _check_former(root: Mapping, ownership_key: str, *, problems: ProblemList) -> None:
    former = root.mapping("previous_owner")
    for key, present in (("inventory", root.text("inventory")), ("ownership_tag", ownership_key)):
        if present is not None and former.text(key) == present:
            problems.error(former.entries[key], f"{present} is the present one; write the former, or take the line out")
