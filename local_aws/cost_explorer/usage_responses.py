"""GetCostAndUsage, and the same by resource.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostAndUsage.html
https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostAndUsageWithResources.html
Not imitated of the latter: a filter by RESOURCE_ID, and the SERVICE of EC2, which its documentation demands in one
sentence and contradicts in another.
Seen: a period without a group has a Total of "0" in the unit "N/A", any other one of a grouped answer an empty Total.
"""

from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby
from typing import Any, Final, NamedTuple

from local_aws.cost_explorer import costs, filters, product_attributes, rules, time_period
from local_aws.cost_explorer.dimensions import RESOURCE_ID, Dimension, Group, Resource, Tag
from local_aws.cost_explorer.exceptions import DataUnavailableException, NotImitatedError, ValidationException
from local_aws.cost_explorer.periods import Period
from local_aws.cost_explorer.product_attributes import Attribute
from local_aws.cost_explorer.query import Keys, Query, Result, Sum, ask
from local_aws.cost_explorer.validation import Members
from local_aws.messages import Response
from local_aws.service import Call
from local_aws.state import State

_TYPES: Final = ("DIMENSION", "TAG", "COST_CATEGORY", "PRODUCT_ATTRIBUTE")
_MOST_GROUPS: Final = 2
_RESOURCE_DAYS: Final = timedelta(days=14)
_FILTERS_ONLY: Final = frozenset({"BILLING_ENTITY"})


class _Row(NamedTuple):
    """What is counted for a page: a group of a period, or a period without one."""

    period: Period
    keys: Keys
    total: Sum | None


def get_cost_and_usage(state: State, call: Call) -> Response:
    """GetCostAndUsage."""
    members = Members.of(call.request)
    return _costs(state, call, _groups(members.structures("GroupBy", required=False)))


def get_cost_and_usage_with_resources(state: State, call: Call) -> Response:
    """GetCostAndUsageWithResources."""
    if state.settings.resource_costs == "off":
        raise DataUnavailableException("Costs by resource are not enabled.", rule=rules.RESOURCES_OFF)
    today = costs.scope(state, call).today
    members = Members.of(call.request)
    members.structure("Filter")
    members.check()
    start = time_period.past(members, now=today, months=state.settings.cost_history_months).start
    if start < today - _RESOURCE_DAYS:
        message = f"Start date {start} is more than {_RESOURCE_DAYS.days} days ago"
        raise ValidationException(message, rule=rules.RESOURCE_DAYS)
    definitions = list(members.structures("GroupBy", required=False))
    others = [one for one in definitions if one.text("Key") != RESOURCE_ID]
    if len(others) == len(definitions):
        raise ValidationException(f"The request must be grouped by {RESOURCE_ID}", rule=rules.RESOURCE_ID)
    return _costs(state, call, (Resource(), *_groups(others)))


def _costs(state: State, call: Call, groups: tuple[Group, ...]) -> Response:
    scope = costs.scope(state, call)
    members = Members.of(call.request)
    unit = time_period.granularity(members)
    period = time_period.past(members, now=scope.today, months=state.settings.cost_history_months, unit=unit)
    metrics = _metrics(members, costs.metrics(state))
    if len(groups) > _MOST_GROUPS:
        message = f"GroupBy takes {_MOST_GROUPS} groups at most, this has {len(groups)}"
        raise ValidationException(message, rule=rules.GROUPS)
    matches = product_attributes.restricted(
        costs.filter_of(members),
        start=period.start,
        settings=state.settings,
        grouped=any(isinstance(group, Attribute) for group in groups),
    )
    query = Query(scope.sees, scope.active, period.split(unit), matches, groups)
    page = costs.page(state, call, items=lambda: rows(ask(costs.ledger(state), query)))
    results = [
        _result(part, list(period_rows), metrics)
        | {"Estimated": part.estimated(scope.today, bill_final_day=state.settings.bill_final_day)}
        for part, period_rows in groupby(page.items, key=lambda row: row.period)
    ]
    definitions = {"GroupDefinitions": call.request.json_object["GroupBy"]} if groups else {}
    attributes = _attributes(page.items, groups)
    return costs.answer(
        definitions | {"ResultsByTime": results, "DimensionValueAttributes": attributes, **page.following}
    )


def rows(results: Iterable[Result]) -> list[_Row]:
    """What is counted for pages, in the order of the answer."""
    return [
        _Row(result.period, keys, total)
        for result in results
        for keys, total in (result.sums.items() if result.sums else (((), None),))
    ]


def _metrics(members: Members, known: dict[str, str]) -> list[str]:
    wanted = members.texts("Metrics")
    members.check()
    spelled = {spelling: name for name, other in known.items() for spelling in (name, other)}
    if not wanted or not set(wanted) <= spelled.keys():
        message = f"Metrics {wanted or []} should be one or more of {', '.join(sorted(known.values()))}"
        raise ValidationException(message, rule=rules.METRICS)
    return [spelled[name] for name in wanted]


def _groups(definitions: Iterable[Members]) -> tuple[Group, ...]:
    return tuple(map(_group, definitions))


def _group(definition: Members) -> Group:
    kind = definition.text("Type", required=True, allowed=_TYPES)
    key = definition.text("Key", required=True) or ""
    definition.check()
    if kind == "TAG":
        return Tag(key)
    if kind == product_attributes.GROUP_TYPE:
        return Attribute(key)
    if kind == "DIMENSION":
        dimension = Dimension(filters.dimension(definition, "Key"))
        if dimension.key in _FILTERS_ONLY:
            message = f"{dimension.key} can not be grouped by, only filtered by"
            raise ValidationException(message, rule=rules.GROUP_KEY)
        return dimension
    raise NotImitatedError(f"a group by {kind}")


def _result(period: Period, period_rows: list[_Row], metrics: list[str]) -> dict[str, Any]:
    groups = [row for row in period_rows if row.keys]
    total = {} if groups else {name: costs.metric(name, period_rows[0].total) for name in metrics}
    return {
        "TimePeriod": period.shown(),
        "Total": total,
        "Groups": [
            {"Keys": list(row.keys), "Metrics": {name: costs.metric(name, row.total) for name in metrics}}
            for row in groups
        ],
    }


def _attributes(page_rows: list[_Row], groups: tuple[Group, ...]) -> list[dict[str, Any]]:
    places = [place for place, group in enumerate(groups) if group == Dimension("LINKED_ACCOUNT")]
    return costs.account_attributes({row.keys[place] for row in page_rows if row.keys for place in places})
