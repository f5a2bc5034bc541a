"""Writes the rules of a chargeback as the section of a file again, without what is so by default."""

from decimal import Decimal
from typing import Final

from pydantic import BaseModel

from bedrock_projects.chargeback.rules import Adjustment, Chargeback, SharedCost, Split
from bedrock_projects.inventory.cost_controls_dumping import Written

_APART: Final = frozenset({"shared", "unallocated", "adjustments"})
"""Sections that the file writes flatter than the values are."""


def dumped_chargeback(rules: Chargeback) -> dict[str, Written]:
    """The section, with the shared costs in their order."""
    sections: dict[str, Written] = {
        **_given(rules, without=_APART),
        "shared": {shared.name: _shared(shared) for shared in rules.shared},
        "unallocated": _split(rules.unallocated) if rules.unallocated else {},
        "adjustments": {
            month: [_adjustment(adjustment) for adjustment in adjustments]
            for month, adjustments in rules.adjustments.items()
        },
    }
    return {key: section for key, section in sections.items() if section}


def _given(value: BaseModel, *, without: frozenset[str] = frozenset()) -> dict[str, Written]:
    """The fields that differ from their defaults; the order is that of the fields."""
    written: dict[str, Written] = {}
    for key, content in value:
        if key in without or content == type(value).model_fields[key].default:
            continue
        written[key] = (
            _given(content)
            if isinstance(content, BaseModel)
            else f"{content:f}"
            if isinstance(content, Decimal)
            else content
        )
    return written


def _shared(shared: SharedCost) -> dict[str, Written]:
    return {"projects": list(shared.projects), **_split(shared.split)}


def _adjustment(adjustment: Adjustment) -> dict[str, Written]:
    return {
        "description": adjustment.description,
        "amount": f"{adjustment.amount:f}",
        **_split(adjustment.split),
    }


def _split(split: Split) -> dict[str, Written]:
    written: dict[str, Written] = {"method": split.method}
    if split.to:
        written["to"] = list(split.to)
    if split.shares:
        written["shares"] = {value: f"{share:f}%" for value, share in split.shares.items()}
    if split.weights:
        written["weights"] = split.weights
    return written
