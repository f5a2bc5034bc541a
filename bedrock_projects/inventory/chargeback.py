"""Reads the rules of a month's chargeback."""

from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence
from typing import Any, Final

from bedrock_projects.chargeback.rules import Chargeback
from bedrock_projects.inventory.chargeback_checks import ChargebackChecks
from bedrock_projects.inventory.nodes import Mapping, ProblemList
from bedrock_projects.inventory.taxonomy import Taxonomy
from bedrock_projects.model import Project

_WORDS: Final = ("by", "cost", "discounts", "refunds", "credits", "tax", "support")


def read_chargeback(
    root: Mapping, taxonomy: Taxonomy, projects: Sequence[Project], *, problems: ProblemList
) -> Chargeback | None:
    """The rules of a root that was checked against its schema; reports what is wrong with them.

    None if it has none, or if anything in the inventory has errors: it has no values then.
    """
    node = root.entries.get("chargeback")
    if not isinstance(node, Mapping):
        return None
    ChargebackChecks(node, taxonomy, projects, problems=problems).run()
    return None if problems.has_errors else _rules(node)


def _rules(node: Mapping) -> Chargeback:
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
