"""Reads an Expression: the filter of a question.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_Expression.html
Not imitated: cost categories.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from local_aws.cost_explorer import rules
from local_aws.cost_explorer.dimensions import DIMENSIONS, NOT_IMITATED
from local_aws.cost_explorer.exceptions import NotImitatedError, ValidationException
from local_aws.cost_explorer.query import Matches, everything
from local_aws.cost_explorer.validation import Members

_ROOTS: Final = ("And", "Or", "Not", "Dimensions", "Tags", "CostCategories", "ProductAttributes")
_ROOTS_MESSAGE: Final = (
    "Expression has zero or more than one roots. Only one root operator is allowed for each expression: "
    '"and", "or", "not", "tag" or "dimensionValue"'
)
_EXACT: Final = frozenset({"EQUALS", "CASE_SENSITIVE"})


@dataclass(frozen=True)
class Filter:
    """Which lines it leaves, and what product attributes ask of it.

    `attributes`: it has product attributes. `services`: all names in its SERVICE filters. `by_service`: one of these
    holds for all that it leaves. `partly_by_service`: one of them holds for a part only, or is negated.
    """

    matches: Matches = everything
    attributes: bool = False
    services: frozenset[str] = frozenset()
    by_service: bool = False
    partly_by_service: bool = False


def expression(members: Members) -> Filter:
    """The filter; ValidationException for one that AWS refuses."""
    roots = [name for name in _ROOTS if members.has(name)]
    if len(roots) != 1:
        raise ValidationException(_ROOTS_MESSAGE, rule=rules.ONE_ROOT)
    root = roots[0]
    if root in ("And", "Or"):
        return _several(root, [expression(part) for part in members.structures(root)])
    inner = members.structure(root)
    if root == "Not":
        return _not(expression(inner))
    if root == "Dimensions":
        return _dimension(inner)
    if root == "Tags":
        return Filter(_tag(inner))
    if root == "ProductAttributes":
        return Filter(_attribute(inner), attributes=True)
    raise NotImitatedError(f"a filter by {root}")


def dimension(members: Members, name: str) -> str:
    """The dimension that a required member names; 501 for one of AWS's that the lines here do not have."""
    key = members.text(name, required=True, allowed=(*DIMENSIONS, *NOT_IMITATED)) or ""
    members.check()
    if key in NOT_IMITATED:
        raise NotImitatedError(f"the dimension {key}")
    return key


def _not(part: Filter) -> Filter:
    negated = bool(part.services)
    return replace(
        part, matches=lambda item, tags: not part.matches(item, tags), by_service=False, partly_by_service=negated
    )


def _several(root: str, parts: list[Filter]) -> Filter:
    if len(parts) < 2:
        raise ValidationException(f"{root} expression must have at least 2 operands", rule=rules.TWO_OPERANDS)
    services = frozenset[str]().union(*(part.services for part in parts))
    by_service = (any if root == "And" else all)(part.by_service for part in parts)
    partly = any(part.partly_by_service for part in parts) or (root == "Or" and bool(services) and not by_service)
    return Filter(
        _all(parts) if root == "And" else _any(parts),
        attributes=any(part.attributes for part in parts),
        services=services,
        by_service=by_service,
        partly_by_service=partly,
    )


def _all(parts: Sequence[Filter]) -> Matches:
    return lambda item, tags: all(part.matches(item, tags) for part in parts)


def _any(parts: Sequence[Filter]) -> Matches:
    return lambda item, tags: any(part.matches(item, tags) for part in parts)


def _dimension(members: Members) -> Filter:
    key = dimension(members, "Key")
    value = DIMENSIONS[key]
    wanted = frozenset(members.texts("Values") or ())
    _match_options(members, allowed=_EXACT)
    by_service = key == "SERVICE"
    return Filter(
        lambda item, _tags: value(item) in wanted,
        services=wanted if by_service else frozenset(),
        by_service=by_service,
    )


def _attribute(members: Members) -> Matches:
    key, values = members.text("Key", required=True) or "", members.texts("Values")
    options = _match_options(members, allowed=_EXACT | {"ABSENT"})
    members.check()
    if "ABSENT" in options:
        if values or options != {"ABSENT"}:
            message = "ProductAttributes with ABSENT take no Values and no other MatchOptions"
            raise ValidationException(message, rule=rules.ATTRIBUTES_ABSENT)
        return lambda item, _tags: not dict(item.attributes).get(key)
    if not values:
        raise ValidationException("ProductAttributes need Values, or ABSENT", rule=rules.ATTRIBUTES_VALUES)
    wanted = frozenset(values)
    return lambda item, _tags: dict(item.attributes).get(key) in wanted


def _tag(members: Members) -> Matches:
    key, values = members.text("Key"), members.texts("Values")
    absent = values is None or "ABSENT" in _match_options(members, allowed=_EXACT | {"ABSENT"})
    members.check()
    if key is None:
        return lambda _item, tags: not any(tags.values())
    if absent:
        return lambda _item, tags: not tags.get(key)
    wanted = frozenset(values or ())
    return lambda _item, tags: tags.get(key, "") in wanted


def _match_options(members: Members, *, allowed: frozenset[str]) -> frozenset[str]:
    options = frozenset(members.texts("MatchOptions") or ())
    if wrong := sorted(options - allowed):
        message = f"MatchOptions {', '.join(wrong)} can not be used here, only {', '.join(sorted(allowed))}"
        raise ValidationException(message, rule=rules.MATCH_OPTIONS)
    return options
