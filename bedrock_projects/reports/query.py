"""Turns a report request into queries to Cost Explorer.

A report must count only Bedrock, but other services carry tags such as Team or CostCenter too, and AWS bills Bedrock
under many names: `Amazon Bedrock`, `Amazon Bedrock Service`, and a name for each model that is sold through
Marketplace. A filter by the tag alone would hide untagged spend; a filter by one service name would lose most of the
Claude spend. So a query counts the services that have "Bedrock" in their names, as the unfiltered bill has them, and
everything that carries the ownership tag, which only Bedrock projects have.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_Expression.html
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from bedrock_projects.reports.answers import QUANTITY
from bedrock_projects.reports.charge_types import USAGE_RECORD_TYPES, charge_type, is_usage
from bedrock_projects.reports.cost_data import (
    ACCOUNT,
    CHARGE_TYPE,
    MODEL,
    PROJECT,
    SERVICE,
    USAGE_TYPE,
    Column,
    ColumnKind,
    Columns,
    CostData,
    CostTable,
)
from bedrock_projects.reports.derive import split_projects
from bedrock_projects.reports.model import UNTAGGED, DateRange, Granularity, Grouping, GroupKind, TagFilter
from bedrock_projects.reports.periods import time_period
from bedrock_projects.reports.request import COSTS, ReportRequest

Expression = dict[str, Any]
Query = dict[str, Any]
"""The members of a request to Cost Explorer as boto3 takes them."""

FORECAST_LEVEL: Final = 80
"""The level of a forecast's prediction interval in per cent, as in Cost Explorer's console."""
MODELS_SINCE: Final = date(2026, 9, 1)
"""The first day for which AWS has product attributes; a query that starts before it is refused as a whole.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_ProductAttributeValues.html
"""
FORECAST_METRICS: Final = {
    "UnblendedCost": "UNBLENDED_COST",
    "NetUnblendedCost": "NET_UNBLENDED_COST",
    "AmortizedCost": "AMORTIZED_COST",
    "NetAmortizedCost": "NET_AMORTIZED_COST",
    "BlendedCost": "BLENDED_COST",
}
"""The costs that GetCostForecast can forecast, by the name that GetCostAndUsage has."""

_COLUMNS: Final[Mapping[GroupKind, Column]] = {
    "project": PROJECT,
    "environment": PROJECT,
    "account": ACCOUNT,
    "model": MODEL,
    "service": SERVICE,
}
_GRANULARITIES: Final[dict[Granularity, str]] = {"day": "DAILY", "month": "MONTHLY"}
_DIMENSIONS: Final[dict[ColumnKind, str]] = {
    "service": "SERVICE",
    "account": "LINKED_ACCOUNT",
    "charge type": "RECORD_TYPE",
    "usage type": "USAGE_TYPE",
}


@dataclass(frozen=True, kw_only=True)
class ChargeFilter:
    """AWS's names of charge types: `only` these, or all `without` these; both empty for all."""

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


def column_of(grouping: Grouping) -> Column:
    """The column whose values become the grouping; environments are read from the ownership tags of projects."""
    return Column("tag", grouping.tag_key) if grouping.kind == "tag" else _COLUMNS[grouping.kind]


def may_have_models(request: ReportRequest) -> bool:
    """Whether AWS has models for all dates of the report; a comparison needs them on both sides, or on none."""
    return all(dates.start >= MODELS_SINCE for dates in (request.dates, request.previous) if dates)


def tables_needed(request: ReportRequest, *, has_models: bool) -> tuple[Columns, ...]:
    """The tables of Bedrock that the report needs, in addition to the bill; each is one query.

    A report by project, environment or tag is computed from tables by project, so that one fetch serves every format,
    and each project is on it with all that is known of it. Without models, services and usage types name most of them.
    """
    column = column_of(request.grouping)
    if column == MODEL and not has_models:
        return ((SERVICE, CHARGE_TYPE), (SERVICE, USAGE_TYPE), (ACCOUNT, PROJECT))
    tables = [(column, CHARGE_TYPE), (column, USAGE_TYPE), (column, MODEL), (ACCOUNT, PROJECT)]
    if column in (MODEL, SERVICE):
        tables.remove((column, MODEL))
    elif column.kind == "tag":
        tables = [
            (PROJECT, CHARGE_TYPE),
            (PROJECT, column),
            (PROJECT, USAGE_TYPE),
            (PROJECT, MODEL),
            (ACCOUNT, PROJECT),
        ]
    if request.second:
        pair = (column, column_of(request.second))
        if pair not in tables and pair[::-1] not in tables:
            tables.append(pair)
    return tuple(pair for pair in tables if has_models or MODEL not in pair)


def previous_tables_needed(request: ReportRequest, *, has_models: bool) -> tuple[Columns, ...]:
    """The tables of the prior period that a comparison needs: lines, and what drives them."""
    column = column_of(request.grouping)
    drivers = MODEL if has_models and column not in (MODEL, SERVICE) else USAGE_TYPE
    if column.kind == "tag":
        return ((PROJECT, CHARGE_TYPE), (PROJECT, column), (PROJECT, drivers))
    if column == MODEL and not has_models:
        column = SERVICE
    return ((column, CHARGE_TYPE), (column, drivers))


def charges_of(request: ReportRequest, columns: Columns, record_types: Iterable[str]) -> ChargeFilter | None:
    """The charges to which a table is restricted, by those of the bill; None if no charge of it is left.

    Usage types, and models that are not lines, are of direct usage. All other tables are without what is excluded.
    """
    known = sorted(record_types)
    if USAGE_TYPE in columns or (MODEL in columns and request.grouping.kind != "model"):
        usage = tuple(filter(is_usage, known))
        return ChargeFilter(only=usage) if usage else None
    return ChargeFilter(without=tuple(name for name in known if charge_type(name) in request.excluded))


def tables_of_split_projects(request: ReportRequest, tables: Mapping[Columns, CostTable]) -> tuple[Columns, ...]:
    """The lines' own tables, if a project has several of them in one period; nothing if they can be computed."""
    own = column_of(request.grouping)
    if (own, CHARGE_TYPE) in tables or not _split_projects(request, tables):
        return ()
    return ((own, CHARGE_TYPE), (own, USAGE_TYPE)) if request.usage else ((own, CHARGE_TYPE),)


def usage_by_value_needed(request: ReportRequest, tables: Mapping[Columns, CostTable]) -> Columns | None:
    """The columns of direct usage by project and tag value, if other charges hide it; else None.

    Of a project that lacks the tag for a part of the month, other charges than usage hide how much usage that is.
    """
    own = column_of(request.grouping)
    split = _split_projects(request, tables)
    partly = {project for project in split - {UNTAGGED} if (project, UNTAGGED) in tables[PROJECT, own].amounts}
    others = tables[PROJECT, CHARGE_TYPE].amounts.items() if partly else ()
    hides = any(project in partly and not is_usage(name) and any(row) for (project, name), row in others)
    return (PROJECT, own) if hides else None


def _split_projects(request: ReportRequest, tables: Mapping[Columns, CostTable]) -> frozenset[str]:
    own = column_of(request.grouping)
    by_project = tables.get((PROJECT, own)) if own.kind == "tag" else None
    return split_projects(by_project) if by_project else frozenset()


def keys_to_look_up(request: ReportRequest, data: CostData) -> tuple[str, ...]:
    """The tag keys whose status in Billing may explain missing data.

    Without any spend, these are the keys of the filters. Otherwise they are the key of the grouping if some spend has
    no value of it, and the keys whose absence a filter asks for: all spend lacks a key that Billing does not know.
    """
    column = column_of(request.grouping)
    table = data.find((column, PROJECT)) or data.find((column, CHARGE_TYPE)) or data.bill
    if table.is_empty:
        return tuple(tag_filter.tag_key for tag_filter in request.filters)
    key = request.grouping.tag_key
    has_untagged = any(group[0] == UNTAGGED and any(row) for group, row in table.amounts.items())
    absent = [tag_filter.tag_key for tag_filter in request.filters if "" in tag_filter.values]
    return tuple(dict.fromkeys([*([key] if key and has_untagged else []), *absent]))


def bill_query(request: ReportRequest, dates: DateRange) -> Query:
    """Asks for the whole bill by service and charge type; it also says which services are Bedrock."""
    query = _costs(dates, request, [SERVICE, CHARGE_TYPE])
    return query | ({"Filter": _in_accounts(request.accounts)} if request.accounts else {})


def table_query(
    request: ReportRequest,
    columns: Columns,
    dates: DateRange,
    *,
    services: Sequence[str],
    charges: ChargeFilter,
    absent: str = "",
) -> Query:
    """Asks for a table of Bedrock.

    `absent` is a tag key that the spend must not have. A query by usage type asks for quantities too.
    """
    parts = _restrictions(request, services, is_by_attribute=MODEL in columns)
    if charges.only:
        parts.append(_dimension_filter("RECORD_TYPE", charges.only))
    if charges.without:
        parts.append({"Not": _dimension_filter("RECORD_TYPE", charges.without)})
    if absent:
        parts.append(_absent(absent))
    query = _costs(dates, request, columns)
    return query | ({"Filter": _all(parts)} if parts else {})


def tagged_elsewhere_query(request: ReportRequest, dates: DateRange, *, services: Sequence[str]) -> Query:
    """Asks for what carries the ownership tag and is billed under another name than those services."""
    parts = [_owned(request)]
    if services:
        parts.append({"Not": _dimension_filter("SERVICE", services)})
    if request.accounts:
        parts.append(_in_accounts(request.accounts))
    return _costs(dates, request, [SERVICE, CHARGE_TYPE]) | {"Filter": _all(parts)}


def owners_query(dates: DateRange, *, ownership_tag_key: str, account: str | None) -> Query:
    """Asks for all usage of the dates by ownership tag and service, of one account or of all; by months."""
    query = {
        "TimePeriod": time_period(dates),
        "Granularity": _GRANULARITIES["month"],
        "Metrics": [COSTS["billed"]],
        "GroupBy": [_group(Column("tag", ownership_tag_key), ownership_tag_key), _group(SERVICE, ownership_tag_key)],
    }
    usage = _dimension_filter("RECORD_TYPE", USAGE_RECORD_TYPES)
    return query | {"Filter": _all([usage, _in_accounts([account])]) if account else usage}


def forecast_query(request: ReportRequest, services: Sequence[str], dates: DateRange) -> Query:
    """Asks for the cost of the coming days, as one amount with a prediction interval.

    The filters that AWS documents for a forecast name dimensions only, no tags:
    https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostForecast.html
    """
    parts = [_dimension_filter("SERVICE", services)]
    if request.accounts:
        parts.append(_in_accounts(request.accounts))
    return {
        "TimePeriod": time_period(dates),
        "Metric": FORECAST_METRICS[request.metric],
        "Granularity": "MONTHLY",
        "Filter": _all(parts),
        "PredictionIntervalLevel": FORECAST_LEVEL,
    }


def _restrictions(request: ReportRequest, services: Sequence[str], *, is_by_attribute: bool) -> list[Expression]:
    """The filters of every table: Bedrock's spend, in the accounts and with the tags of the request."""
    parts: list[Expression] = []
    if not is_by_attribute:
        # AWS restricts a query by product attributes to Bedrock itself, under all its names.
        named = [_dimension_filter("SERVICE", services)] if services else []
        parts.append(_any([*named, _owned(request)]))
    parts += [_with_values(tag_filter) for tag_filter in request.filters]
    if request.accounts:
        parts.append(_in_accounts(request.accounts))
    return parts


def _costs(dates: DateRange, request: ReportRequest, columns: Sequence[Column]) -> Query:
    return {
        "TimePeriod": time_period(dates),
        "Granularity": _GRANULARITIES[request.granularity],
        "Metrics": [request.metric, *([QUANTITY] if USAGE_TYPE in columns else [])],
        "GroupBy": [_group(column, request.ownership_tag_key) for column in columns],
    }


def _group(column: Column, ownership_tag_key: str) -> dict[str, str]:
    if column.kind in ("project", "tag"):
        return {"Type": "TAG", "Key": column.tag_key or ownership_tag_key}
    if column.kind == "model":
        return {"Type": "PRODUCT_ATTRIBUTE", "Key": "model"}
    return {"Type": "DIMENSION", "Key": _DIMENSIONS[column.kind]}


def _owned(request: ReportRequest) -> Expression:
    return {"Not": _absent(request.ownership_tag_key)}


def _in_accounts(accounts: Sequence[str]) -> Expression:
    return _dimension_filter("LINKED_ACCOUNT", accounts)


def _dimension_filter(key: str, values: Sequence[str]) -> Expression:
    return {"Dimensions": {"Key": key, "Values": list(values)}}


def _with_values(tag_filter: TagFilter) -> Expression:
    values = [value for value in tag_filter.values if value]
    parts = [{"Tags": {"Key": tag_filter.tag_key, "Values": values}}] if values else []
    return _any([*parts, _absent(tag_filter.tag_key)] if "" in tag_filter.values else parts)


def _absent(key: str) -> Expression:
    """Spend without the tag: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_TagValues.html."""
    return {"Tags": {"Key": key, "MatchOptions": ["ABSENT"]}}


def _any(parts: Sequence[Expression]) -> Expression:
    # Cost Explorer refuses Or and And with a single part.
    return parts[0] if len(parts) == 1 else {"Or": list(parts)}


def _all(parts: Sequence[Expression]) -> Expression:
    return parts[0] if len(parts) == 1 else {"And": list(parts)}
