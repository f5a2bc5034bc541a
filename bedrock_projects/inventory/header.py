"""Settings of the inventory's own file for all of its projects."""

from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass

from bedrock_projects.arns import account_in
from bedrock_projects.aws.endpoints import ENDPOINTS, MANTLE, Endpoint
from bedrock_projects.inventory.names import EnvironmentNames, read_names
from bedrock_projects.inventory.nodes import Mapping, ProblemList, Scalar
from bedrock_projects.inventory.taxonomy import Tags, Taxonomy, read_taxonomy
from bedrock_projects.limits import ACCOUNT_PLACEHOLDER
from bedrock_projects.model import OWNERSHIP_TAG_KEY, UNCHANGED_NAME, Billing, Environment
from bedrock_projects.suggestions import did_you_mean, listed

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
    """What the inventory's own file says for all; `billing` is None without a stack of that name."""

    name: str
    previous_name: str | None
    taxonomy: Taxonomy
    environments: AbstractMapping[str, DeclaredEnvironment]
    names: EnvironmentNames
    billing: Billing | None
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
    _check_common_roles(root, problems)
    _check_former(root, ownership_key, problems=problems)
    return InventoryHeader(
        name=root.text("inventory") or _UNNAMED,
        previous_name=root.mapping("previous_owner").text("inventory"),
        taxonomy=taxonomy,
        environments=environments,
        names=read_names(root, problems),
        billing=_billing(root, problems),
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
        role_arn=_role("role_arn", (node, defaults), problems),
        preview_role_arn=_role("preview_role_arn", (node, defaults), problems),
    )
    return DeclaredEnvironment(environment, node, tags)


def _billing(root: Mapping, problems: ProblemList) -> Billing | None:
    """The management account. The roles of `defaults` are not for it: its stack needs other permissions."""
    node = root.mapping("billing")
    account = node.text("account")
    if account is None:
        return None
    return Billing(
        account=account,
        role_arn=_role("role_arn", (node,), problems),
        preview_role_arn=_role("preview_role_arn", (node,), problems),
    )


def _role(key: str, layers: tuple[Mapping, ...], problems: ProblemList) -> str | None:
    """The role of the nearest layer, with the account of the first one, which must be its own."""
    own = layers[0]
    account = own.text("account")
    written = next((layer.entries[key] for layer in layers if key in layer.entries), None)
    if key in own.broken or not isinstance(written, Scalar):
        return None
    if ACCOUNT_PLACEHOLDER in written.text:
        if account is None and "account" not in own.broken:
            message = f"`account` is missing; add it, since `{key}` contains {ACCOUNT_PLACEHOLDER}"
            problems.error(own, message)
        return written.text.replace(ACCOUNT_PLACEHOLDER, account or "")
    if written is own.entries.get(key) and account not in (None, account_in(written.text)):
        message = f"is a role of account {account_in(written.text)}, but `account` is {account}; correct one of the two"
        problems.error(written, message)
    return written.text


def _check_common_roles(root: Mapping, problems: ProblemList) -> None:
    """A role of `defaults` in one account is for environments of that account only; one error for all others."""
    for key in ("role_arn", "preview_role_arn"):
        role = root.mapping("defaults").entries.get(key)
        if not isinstance(role, Scalar) or ACCOUNT_PLACEHOLDER in role.text:
            continue
        account = account_in(role.text)
        others = [
            repr(name)
            for name, node in sorted(root.mapping("environments").mappings().items())
            if key not in node.entries.keys() | node.broken and node.text("account") not in (None, account)
        ]
        if others:
            have = "has" if len(others) == 1 else "have"
            message = (
                f"is a role of account {account}, but {listed(others)} {have} another; write {ACCOUNT_PLACEHOLDER} "
                "instead of the number"
            )
            problems.error(role, message)


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
