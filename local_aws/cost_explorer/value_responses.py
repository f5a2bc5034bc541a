"""GetDimensionValues and GetTags: what there is to filter and group by in a period.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetDimensionValues.html
https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetTags.html
Assumed, because nobody has said: values are in order of their names; SearchString is a part of them, in any case.
Not imitated: attributes of values other than accounts, the contexts RESERVATIONS and SAVINGS_PLANS.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from local_aws.cost_explorer import costs, filters, product_attributes, rules, time_period
from local_aws.cost_explorer.dimensions import Dimension, Group, Tag, Tags
from local_aws.cost_explorer.exceptions import NotImitatedError, ValidationException
from local_aws.cost_explorer.ledger import Item
from local_aws.cost_explorer.paging import Page
from local_aws.cost_explorer.product_attributes import Attribute, AttributeKeys
from local_aws.cost_explorer.query import Query, Sum, ask, values
from local_aws.cost_explorer.validation import Members
from local_aws.messages import Response
from local_aws.service import Call
from local_aws.state import State

_CONTEXTS: Final = ("COST_AND_USAGE", "RESERVATIONS", "SAVINGS_PLANS")
_ORDERS: Final = ("ASCENDING", "DESCENDING")
_MOST_SORTED: Final = 1000


@dataclass(frozen=True)
class _TagKeys:
    """Lines with the same tag keys together."""

    def of(self, item: Item, tags: Tags) -> str:
        """The keys as a JSON list."""
        del item
        return json.dumps(sorted(tags))


def get_dimension_values(state: State, call: Call) -> Response:
    """GetDimensionValues."""
    members = Members.of(call.request)
    context = members.text("Context", allowed=_CONTEXTS)
    if members.text("Dimension") == product_attributes.GROUP_TYPE:
        return _attribute_values(state, call, context)
    key = filters.dimension(members, "Dimension")
    if members.has("DimensionKey"):
        message = f"DimensionKey can be specified only with the dimension {product_attributes.GROUP_TYPE}"
        raise ValidationException(message, rule=rules.DIMENSION_KEY)
    if context not in (None, _CONTEXTS[0]):
        raise NotImitatedError(f"the context {context}")
    page = _page(state, call, Dimension(key), names=lambda sums: sums)
    if key == "LINKED_ACCOUNT":
        shown = [attributes for value in page.items for attributes in costs.account_attributes({value})]
    else:
        shown = [{"Value": value, "Attributes": {}} for value in page.items]
    return _values(page, shown)


def _attribute_values(state: State, call: Call, context: str | None) -> Response:
    """The values of the attribute DimensionKey, "" for lines without it; or the attributes' keys, without it."""
    members = Members.of(call.request)
    if context not in (None, _CONTEXTS[0]):
        message = f"{product_attributes.GROUP_TYPE} is supported in the context {_CONTEXTS[0]} only"
        raise ValidationException(message, rule=rules.ATTRIBUTES_CONTEXT)
    key = members.text("DimensionKey")
    if not key and members.has("SortBy"):
        raise ValidationException("DimensionKey is required with SortBy", rule=rules.SORTED_KEYS)
    if key:
        page = _page(state, call, Attribute(key), names=lambda sums: _values_of(key, sums))
    else:
        page = _page(state, call, AttributeKeys(), names=_keys)
    return _values(page, [{"Value": value, "Attributes": {}} for value in page.items])


def _values(page: Page, shown: list[dict[str, Any]]) -> Response:
    return costs.answer({"DimensionValues": shown, "ReturnSize": len(shown), "TotalSize": page.total, **page.following})


def get_tags(state: State, call: Call) -> Response:
    """GetTags: the values of a key, "" for lines without it; or the keys that count, without TagKey."""
    key = Members.of(call.request).text("TagKey")
    if key is None:
        page = _page(state, call, _TagKeys(), names=_keys)
    else:
        page = _page(state, call, Tag(key), names=lambda sums: _values_of(key, sums))
    return costs.answer({"Tags": page.items, "ReturnSize": len(page.items), "TotalSize": page.total, **page.following})


def _values_of(key: str, sums: dict[str, Sum]) -> dict[str, Sum]:
    """Sums by value, from those by key, `$` and value."""
    return {name[len(key) + 1 :]: total for name, total in sums.items()}


def _keys(sums: dict[str, Sum]) -> dict[str, Sum]:
    keys: dict[str, Sum] = {}
    for listed, part in sums.items():
        for key in json.loads(listed):
            keys.setdefault(key, Sum()).add(part)
    return dict(sorted(keys.items()))


def _page(state: State, call: Call, group: Group, *, names: Callable[[dict[str, Sum]], dict[str, Sum]]) -> Page:
    scope = costs.scope(state, call)
    members = Members.of(call.request)
    period = time_period.past(members, now=scope.today, months=state.settings.cost_history_months)
    matches = product_attributes.restricted(
        costs.filter_of(members),
        start=period.start,
        settings=state.settings,
        grouped=isinstance(group, (Attribute, AttributeKeys)),
        service_required=True,
    )
    query = Query(scope.sees, scope.active, (period,), matches, (group,))
    search = (members.text("SearchString") or "").casefold()
    order = _order(members, tuple(costs.metrics(state)))
    most = members.number("MaxResults", low=1, high=_MOST_SORTED) or _MOST_SORTED
    members.check()

    def items() -> list[str]:
        sums = names({keys[0]: total for keys, total in values(ask(costs.ledger(state), query)).items()})
        matching = {name: total for name, total in sums.items() if search in name.casefold()}
        return list(matching) if order is None else sorted(matching, key=lambda name: order(matching[name]))

    if order is not None:
        shown = items()
        return Page(shown[:most], len(shown), {})
    return costs.page(state, call, items=items)


def _order(members: Members, metrics: tuple[str, ...]) -> Callable[[Sum], Decimal] | None:
    """What to sort by, None for the names. A sorted answer is one page: neither operation pages it."""
    keys = list(members.structures("SortBy", required=False))
    if not keys:
        return None
    name = keys[0].text("Key", required=True, allowed=metrics) or ""
    sign = -1 if keys[0].text("SortOrder", allowed=_ORDERS) == "DESCENDING" else 1
    members.check()
    if members.has("SearchString") or members.has("NextPageToken"):
        message = "SearchString and NextPageToken are not supported with SortBy"
        raise ValidationException(message, rule=rules.SORT)
    if name in costs.COST_METRICS:
        return lambda total: sign * total.by(name)
    return lambda total: sign * total.quantity
