"""Checks of Billing's cost allocation tags and of budgets, read-only and free."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from bedrock_projects.conformance.checks import Answers, NotCheckedError, Reason, Seen
from bedrock_projects.conformance.live import listing
from bedrock_projects.conformance.live.guest import Guest, seen
from bedrock_projects.errors import AccessDeniedError

_LIST: Final = "ce:ListCostAllocationTags"
_WORDS: Final = {("UserDefined", "Active"), ("UserDefined", "Inactive"), ("AWSGenerated", "Active")} | {
    ("AWSGenerated", "Inactive")
}
_PAGE: Final = 1000


def may_list_keys(guest: Guest) -> Answers:
    """A member account is refused with words of its own; any other refusal is a missing permission."""
    answer = guest.ask(_LIST, MaxResults=_PAGE, tolerates=(AccessDeniedError,))
    if answer.refusal is None:
        return {"list": Seen("listed")}
    if "linked account" in answer.refusal.message.lower():
        return {"list": seen("refused to a member account", answer)}
    if isinstance(answer.refusal, AccessDeniedError):
        return {"list": Reason.PERMISSION}
    return {"list": seen("refused", answer)}


def key_status(guest: Guest) -> Answers:
    """Type and status of every key."""
    words = {(key.get("Type"), key.get("Status")) for key in _keys(guest)}
    return {"words": Seen("documented" if words <= _WORDS else "others")} if words else {}


def owner_key_discovered(guest: Guest, owner_key: str) -> Answers:
    """Whether Billing knows the key; that it does not may only mean that it will tomorrow."""
    if owner_key in {key.get("TagKey") for key in _keys(guest)}:
        return {"key": Seen("known")}
    return {"key": Reason.TOO_EARLY}


def _keys(guest: Guest) -> list[Mapping[str, Any]]:
    return listing.pages_of(guest, _LIST, "CostAllocationTags", cursor="NextToken", MaxResults=_PAGE)


def filter_expression(guest: Guest, account: str) -> Answers:
    """A budget that was made with two tag keys shows how AWS combines them, if it shows it as an expression."""
    budgets = listing.pages_of(
        guest,
        "budgets:DescribeBudgets",
        "Budgets",
        cursor="NextToken",
        AccountId=account,
        ShowFilterExpression=True,
    )
    for budget in budgets:
        keys = {value.partition("$")[0] for value in (budget.get("CostFilters") or {}).get("TagKeyValue", ())}
        if len(keys) > 1 and (expression := budget.get("FilterExpression")):
            return {"keys": Seen("both" if _joins_tags(expression) else "either")}
    raise NotCheckedError(Reason.NOTHING_TO_LOOK_AT)


def _joins_tags(expression: Mapping[str, Any]) -> bool:
    """Whether an And of the expression has two tag keys."""
    return any(len({key for part in node.get("And", ()) for key in _tag_keys(part)}) > 1 for node in _nodes(expression))


def _nodes(expression: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield expression
    for operator in ("And", "Or"):
        for part in expression.get(operator) or ():
            yield from _nodes(part)


def _tag_keys(expression: Mapping[str, Any]) -> set[str]:
    return {node["Tags"].get("Key", "") for node in _nodes(expression) if node.get("Tags")}
