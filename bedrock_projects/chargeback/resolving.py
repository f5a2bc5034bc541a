"""What the rules of a month are resolved to by the inventory."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

from bedrock_projects.model import Inventory


def rule_of(inventory: Inventory, owners: Iterable[str]) -> dict[str, str]:
    """The shared rule of each ownership tag that has one, by the key of the entry at its end."""
    rules = inventory.chargeback.shared if inventory.chargeback else ()
    by_key = {key: rule.name for rule in rules for key in rule.projects}
    return {owner: by_key[key] for owner in owners if (key := owner.rpartition("/")[2]) in by_key}


def read_weights(folder: Path, path: str, *, month: str, known: Iterable[str]) -> Mapping[str, Decimal]:
    """Temporary."""
    raise NotImplementedError
