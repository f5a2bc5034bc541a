"""Reads the rules of a month's chargeback, and checks them against the tag keys and the projects."""

from collections.abc import Mapping as AbstractMapping
from typing import Any, Final

from bedrock_projects.chargeback.rules import Chargeback
from bedrock_projects.inventory.nodes import Mapping, ProblemList

_WORDS: Final = ("by", "cost", "discounts", "refunds", "credits", "tax", "support")


def read_chargeback(root: Mapping, problems: ProblemList) -> Chargeback | None:
    """The rules of a root that was checked against its schema.

    None if it has none, and also if anything in the inventory has errors: then nobody gets to see them.
    """
    node = root.entries.get("chargeback")
    if not isinstance(node, Mapping) or problems.has_errors:
        return None
    rules: dict[str, Any] = {
        **_texts(node, _WORDS),
        "shared": [_shared(name, shared) for name, shared in node.mapping("shared").mappings().items()],
        "adjustments": {month: _adjustments(node.mapping("adjustments"), month) for month in _months(node)},
        **{key: _texts(node.mapping(key)) for key in ("central", "journal", "closed") if key in node.entries},
    }
    unallocated = node.entries.get("unallocated")
    if isinstance(unallocated, Mapping):
        rules["unallocated"] = _split(unallocated)
    return Chargeback.model_validate(rules)


def _texts(node: Mapping, keys: tuple[str, ...] | None = None) -> dict[str, str]:
    return {key: value.text for key, value in node.scalars().items() if keys is None or key in keys}


def _shared(name: str, node: Mapping) -> AbstractMapping[str, Any]:
    return {"name": name, "projects": node.texts("projects"), "split": _split(node)}


def _months(node: Mapping) -> list[str]:
    return sorted(node.mapping("adjustments").entries)


def _adjustments(node: Mapping, month: str) -> list[AbstractMapping[str, Any]]:
    return [
        {"description": block.text("description"), "amount": block.text("amount"), "split": _split(block)}
        for block in node.blocks(month)
    ]


def _split(node: Mapping) -> AbstractMapping[str, Any]:
    return {
        "method": node.text("method"),
        "to": node.texts("to"),
        "shares": {value: share.text.removesuffix("%") for value, share in node.mapping("shares").scalars().items()},
        "weights": node.text("weights"),
    }
