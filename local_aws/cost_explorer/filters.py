"""Reads an Expression: the filter of a question.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_Expression.html
Not imitated: cost categories and product attributes.
"""

from typing import Final

from local_aws.cost_explorer import rules
from local_aws.cost_explorer.dimensions import DIMENSIONS, NOT_IMITATED
from local_aws.cost_explorer.exceptions import NotImitatedError, ValidationException
from local_aws.cost_explorer.query import Matches
from local_aws.cost_explorer.validation import Members

_ROOTS: Final = ("And", "Or", "Not", "Dimensions", "Tags", "CostCategories", "ProductAttributes")
_ROOTS_MESSAGE: Final = (
    "Expression has zero or more than one roots. Only one root operator is allowed for each expression: "
    '"and", "or", "not", "tag" or "dimensionValue"'
)
_EXACT: Final = frozenset({"EQUALS", "CASE_SENSITIVE"})


def expression(members: Members) -> Matches:
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
        return _tag(inner)
    raise NotImitatedError(f"a filter by {root}")


def dimension(members: Members, name: str) -> str:
    """The dimension that a required member names; 501 for one of AWS's that the lines here do not have."""
    key = members.text(name, required=True, allowed=(*DIMENSIONS, *NOT_IMITATED)) or ""
    members.check()
    if key in NOT_IMITATED:
        raise NotImitatedError(f"the dimension {key}")
    return key


def _not(part: Matches) -> Matches:
    return lambda item, tags: not part(item, tags)


def _several(root: str, parts: list[Matches]) -> Matches:
    if len(parts) < 2:
        raise ValidationException(f"{root} expression must have at least 2 operands", rule=rules.TWO_OPERANDS)
    if root == "And":
        return lambda item, tags: all(part(item, tags) for part in parts)
    return lambda item, tags: any(part(item, tags) for part in parts)


def _dimension(members: Members) -> Matches:
    value = DIMENSIONS[dimension(members, "Key")]
    wanted = frozenset(members.texts("Values") or ())
    _match_options(members, allowed=_EXACT)
    return lambda item, _tags: value(item) in wanted


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
