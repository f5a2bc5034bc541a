"""A report request and its queries: which days, which spend, and what is refused before anything is paid."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bedrock_projects.errors import SettingsError
from bedrock_projects.model import RenamedValue
from bedrock_projects.reports import query
from bedrock_projects.reports.cost_data import (
    ACCOUNT,
    CHARGE_TYPE,
    MODEL,
    PROJECT,
    SERVICE,
    USAGE_TYPE,
    Column,
    Columns,
)
from bedrock_projects.reports.fetch import requests_needed
from bedrock_projects.reports.model import DateRange, Grouping, TagFilter
from bedrock_projects.reports.periods import time_period
from bedrock_projects.reports.request import (
    COSTS,
    METRICS,
    describe_filters,
    merge_filters,
    parse_cost,
    parse_filter,
    parse_groupings,
)
from tests.unit.cost_answers import TEAM
from tests.unit.cost_spends import DEV, NOW, PROD, inventory, make_request, project

OWNED = {"Not": {"Tags": {"Key": "bedrock-project", "MatchOptions": ["ABSENT"]}}}
SERVICES = ("Amazon Bedrock", "Claude X (Amazon Bedrock Edition)")
NAMED = {"Dimensions": {"Key": "SERVICE", "Values": list(SERVICES)}}
ALL = query.ChargeFilter()
CONTENTS = inventory(
    project("chat", tags={"Team": "Sourcing"}),
    renamed=(RenamedValue(former="Procurement", current="Sourcing", since=date(2026, 10, 15)),),
)


def dates(start: str, end: str) -> DateRange:
    return DateRange(start=date.fromisoformat(start), end=date.fromisoformat(end))


def asked(*by: str, columns: Columns = (PROJECT, CHARGE_TYPE), charges: query.ChargeFilter = ALL, **more: Any) -> Any:
    """The query of a table for November."""
    request = make_request(*by, **more)
    return query.table_query(request, columns, request.dates, services=SERVICES, charges=charges)


def test_the_last_day_is_included() -> None:
    assert time_period(dates("2026-03-01", "2026-03-31")) == {"Start": "2026-03-01", "End": "2026-04-01"}


# Groupings


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (["project"], [("project", "bedrock-project")]),
        (["environment"], [("environment", "bedrock-project")]),
        (["account"], [("account", "")]),
        (["model"], [("model", "")]),
        (["service"], [("service", "")]),
        (["Team"], [("tag", "Team")]),
        (["tag:team"], [("tag", "team")]),
        (["tag:project"], [("tag", "project")]),
        (["tag:tag"], [("tag", "tag")]),
        (["Team,model"], [("tag", "Team"), ("model", "")]),
        (["Team", "account"], [("tag", "Team"), ("account", "")]),
        (["Team, App"], [("tag", "Team"), ("tag", "App")]),
        (["bedrock-project"], [("project", "bedrock-project")]),
        (["tag:bedrock-project"], [("project", "bedrock-project")]),
        (["Team,bedrock-project"], [("tag", "Team"), ("project", "bedrock-project")]),
    ],
)
def test_a_report_is_by_one_or_two(by: list[str], expected: list[tuple[str, str]]) -> None:
    groupings = parse_groupings(by, inventory())
    assert [(grouping.kind, grouping.tag_key) for grouping in groupings] == expected


@pytest.mark.parametrize(
    ("by", "words"),
    [
        ([""], "--by is empty; give a tag key, project, environment, account, model or service"),
        (["Team,"], "--by is empty"),
        (["tag:"], "--by tag:: give a key after tag:"),
        (["Teem"], "unknown grouping 'Teem'; did you mean 'Team'"),
        (["team"], "did you mean 'Team'? For a tag key outside the inventory, write tag:team"),
        (["projects"], "did you mean 'project'"),
        (["tag"], "unknown grouping 'tag'"),
        (["Team$a"], "a tag key cannot contain $"),
        (["Team,App,model"], "Cost Explorer groups by two things at most; leave out model"),
        (["Team", "App", "model"], "groups by two things at most"),
        (["Team,Team"], "the two are the same"),
        (["project,bedrock-project"], "the two are the same"),
        (["tag:bedrock-project", "project"], "the two are the same"),
        (["bedrock-project,environment"], "already names the environment"),
        (["project,environment"], "already names the environment"),
        (["environment", "project"], "already names the environment"),
    ],
)
def test_a_grouping_that_makes_no_report_is_refused(by: list[str], words: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(words)):
        parse_groupings(by, inventory())


# Filters


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["Team=Sourcing"], ("Sourcing", "Procurement")),
        (["Team=Procurement"], ("Procurement", "Sourcing")),
        (["tag:Team=Sourcing"], ("Sourcing", "Procurement")),
        (["tag:Team=Procurement"], ("Procurement", "Sourcing")),
        (["tag:Team=elsewhere"], ("elsewhere",)),
        (["tag:Other=a=b"], ("a=b",)),
        (["App=anything"], ("anything",)),
        (["Team="], ("",)),
        (["bedrock-project=acme/prod/chat"], ("acme/prod/chat",)),
    ],
)
def test_a_value_of_a_filter_means_what_was_renamed_too(texts: list[str], expected: tuple[str, ...]) -> None:
    assert [parse_filter(text, CONTENTS).values for text in texts] == [expected]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Team", "write TAG=VALUE"),
        ("=a", "write TAG=VALUE"),
        ("", "write TAG=VALUE"),
        ("team=Sourcing", "unknown tag key 'team'; did you mean 'Team'"),
        (
            "Team=Sourcng",
            "no project has Team = 'Sourcng'; did you mean 'Sourcing'? For a value outside the inventory",
        ),
        ("Team=x", "known: Procurement, Sourcing; for a value outside the inventory, write tag:Team=x"),
        ("bedrock-project=acme/prod/chatt", "did you mean 'acme/prod/chat'"),
    ],
)
def test_a_filter_that_can_find_nothing_is_refused(text: str, words: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(words)):
        parse_filter(text, CONTENTS)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["Team=a"], [{"Tags": {"Key": "Team", "Values": ["a"]}}]),
        (["Team=a", "Team=b"], [{"Tags": {"Key": "Team", "Values": ["a", "b"]}}]),
        (["Team="], [{"Tags": {"Key": "Team", "MatchOptions": ["ABSENT"]}}]),
        (
            ["Team=a", "Team="],
            [
                {
                    "Or": [
                        {"Tags": {"Key": "Team", "Values": ["a"]}},
                        {"Tags": {"Key": "Team", "MatchOptions": ["ABSENT"]}},
                    ]
                }
            ],
        ),
        (
            ["Team=a", "App=c"],
            [{"Tags": {"Key": "Team", "Values": ["a"]}}, {"Tags": {"Key": "App", "Values": ["c"]}}],
        ),
    ],
)
def test_values_of_one_key_are_alternatives_and_keys_add_up(texts: list[str], expected: list[object]) -> None:
    assert asked(filters=texts)["Filter"] == {"And": [{"Or": [NAMED, OWNED]}, *expected]}


# Accounts


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"environments": ["prod"]}, [PROD]),
        ({"environments": ["prod", "dev"]}, [PROD, DEV]),
        ({"accounts": [DEV]}, [DEV]),
        ({"environments": ["dev"], "accounts": [DEV, PROD]}, [DEV, PROD]),
    ],
)
def test_an_environment_is_its_account_with_what_has_no_project(
    options: Mapping[str, Any], expected: list[str]
) -> None:
    contents = inventory(accounts={"dev": DEV, "prod": PROD})
    in_accounts = {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": expected}}
    assert asked(contents=contents, **options)["Filter"] == {"And": [{"Or": [NAMED, OWNED]}, in_accounts]}
    request = make_request(contents=contents, **options)
    assert query.bill_query(request, request.dates)["Filter"] == in_accounts


def test_environments_of_one_account_are_reported_together() -> None:
    contents = inventory(accounts={"dev-eu": DEV, "dev-us": DEV})
    assert make_request(contents=contents, environments=["dev-eu", "dev-us"]).accounts == (DEV,)


def test_environments_may_be_named_by_group_and_pattern() -> None:
    contents = inventory(accounts={"dev": DEV, "prod": PROD}).model_copy(
        update={"environment_groups": {"all": ("prod",)}}
    )
    request = make_request(contents=contents, environments=["all", "d*", "dev"])
    assert (request.environments, request.accounts) == (("prod", "dev"), (PROD, DEV))


@pytest.mark.parametrize(
    ("accounts", "options", "words"),
    [
        ({"dev": None, "prod": None}, {"environments": ["prod"]}, "has no `account`"),
        ({"dev": DEV, "prod": PROD}, {"environments": ["live-*"]}, "'live-*' matches no environment in inventory"),
        ({"dev": DEV, "prod": DEV}, {"environments": ["prod"]}, "dev and prod share account 111111111111"),
        ({"dev": DEV, "live": PROD}, {"environments": ["prod"]}, "unknown environment 'prod'"),
        ({"dev": DEV, "prod": PROD}, {"accounts": ["111111111112"]}, "did you mean '111111111111'"),
        ({"dev": DEV, "prod": PROD}, {"accounts": ["prod"]}, "--account prod: "),
        ({"dev": None, "prod": None}, {"accounts": ["1111-1111-1111"]}, "remove the hyphens"),
    ],
)
def test_an_account_that_cannot_be_meant_is_refused(
    accounts: dict[str, str | None], options: Mapping[str, Any], words: str
) -> None:
    with pytest.raises(SettingsError, match=re.escape(words)):
        make_request(contents=inventory(accounts=accounts), **options)


def test_without_accounts_in_the_inventory_any_may_be_named() -> None:
    assert make_request(accounts=[PROD]).accounts == (PROD,)


# Costs and charges


@pytest.mark.parametrize(("text", "metric"), [*COSTS.items(), *((name, name) for name in METRICS)])
def test_a_cost_is_a_basis_or_cost_explorers_name(text: str, metric: str) -> None:
    assert parse_cost(text) == metric
    assert asked(cost=text)["Metrics"] == [metric]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"cost": "bild"}, "--cost bild: unknown cost; did you mean 'billed'"),
        ({"cost": "UsageQuantity"}, "unknown cost"),
        ({"exclude": ["credit"]}, "--exclude credit: unknown charge type; did you mean 'credits'"),
        ({"exclude": ["usage"]}, "unknown charge type"),
        ({"exclude": [""]}, "unknown charge type"),
    ],
)
def test_an_unknown_cost_or_charge_is_refused(options: Mapping[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(words)):
        make_request(**options)


@pytest.mark.parametrize("texts", [["credits,tax"], ["credits", "tax"], ["credits", "tax,credits"]])
def test_charges_to_exclude_are_given_together_or_one_by_one(texts: list[str]) -> None:
    assert make_request(exclude=texts).excluded == ("credit", "tax")


@pytest.mark.parametrize(
    ("charges", "expected"),
    [
        (query.ChargeFilter(only=("Usage",)), {"Dimensions": {"Key": "RECORD_TYPE", "Values": ["Usage"]}}),
        (
            query.ChargeFilter(without=("Credit", "Tax")),
            {"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": ["Credit", "Tax"]}}},
        ),
    ],
)
def test_a_table_may_be_of_some_charges_only(charges: query.ChargeFilter, expected: object) -> None:
    assert asked(charges=charges)["Filter"] == {"And": [{"Or": [NAMED, OWNED]}, expected]}


# Tables

SIX: tuple[Columns, ...] = (
    (PROJECT, CHARGE_TYPE),
    (PROJECT, TEAM),
    (PROJECT, USAGE_TYPE),
    (PROJECT, MODEL),
    (ACCOUNT, PROJECT),
)
"""With the bill, the six queries of a month."""


@pytest.mark.parametrize(
    ("by", "more"),
    [
        (["Team"], ()),
        (["Team", "project"], ()),
        (["Team", "environment"], ()),
        (["Team", "model"], ((TEAM, MODEL),)),
        (["Team", "account"], ((TEAM, ACCOUNT),)),
        (["Team", "App"], ((TEAM, Column("tag", "App")),)),
    ],
)
def test_a_month_by_team_is_six_queries_and_one_for_another_pair(by: list[str], more: tuple[Columns, ...]) -> None:
    request = make_request(*by)
    assert query.tables_needed(request, has_models=True) == (*SIX, *more)
    assert requests_needed(request, today=NOW.date()) == 6 + len(more)


@pytest.mark.parametrize(
    ("by", "tables"),
    [
        (["project"], tuple(columns for columns in SIX if TEAM not in columns)),
        (["environment"], tuple(columns for columns in SIX if TEAM not in columns)),
        (["account"], ((ACCOUNT, CHARGE_TYPE), (ACCOUNT, USAGE_TYPE), (ACCOUNT, MODEL), (ACCOUNT, PROJECT))),
        (["project", "model"], tuple(columns for columns in SIX if TEAM not in columns)),
        (["account", "project"], ((ACCOUNT, CHARGE_TYPE), (ACCOUNT, USAGE_TYPE), (ACCOUNT, MODEL), (ACCOUNT, PROJECT))),
        (["model"], ((MODEL, CHARGE_TYPE), (MODEL, USAGE_TYPE), (ACCOUNT, PROJECT))),
        (["service"], ((SERVICE, CHARGE_TYPE), (SERVICE, USAGE_TYPE), (ACCOUNT, PROJECT))),
    ],
)
def test_no_report_asks_for_a_table_that_another_one_has(by: list[str], tables: tuple[Columns, ...]) -> None:
    assert query.tables_needed(make_request(*by), has_models=True) == tables


def test_models_are_not_asked_for_before_aws_has_them() -> None:
    request = make_request(start="2026-08-01", end="2026-08-31")
    assert requests_needed(request, today=NOW.date()) == 5


@pytest.mark.parametrize(("by", "more"), [("Team", 4), ("project", 3), ("account", 3), ("model", 3), ("service", 3)])
def test_a_comparison_asks_for_what_it_shows(by: str, more: int) -> None:
    plain, compared = make_request(by), make_request(by, compare="previous")
    today = NOW.date()
    assert requests_needed(compared, today=today) - requests_needed(plain, today=today) == more


@pytest.mark.parametrize(
    ("options", "more"),
    [
        ({}, 1),
        ({"filters": ["Team=a"]}, 0),
        ({"exclude": ["credits"]}, 0),
        ({"cost": "list"}, 0),
        ({"cost": "blended"}, 1),
    ],
)
def test_a_forecast_is_one_more_if_aws_can_make_it(options: Mapping[str, Any], more: int) -> None:
    request = make_request(start="2026-12-01", end="2026-12-14", **options)
    assert requests_needed(request, today=NOW.date()) == 6 + more


@pytest.mark.parametrize(
    ("column", "group"),
    [
        (PROJECT, {"Type": "TAG", "Key": "bedrock-project"}),
        (TEAM, {"Type": "TAG", "Key": "Team"}),
        (MODEL, {"Type": "PRODUCT_ATTRIBUTE", "Key": "model"}),
        (SERVICE, {"Type": "DIMENSION", "Key": "SERVICE"}),
        (ACCOUNT, {"Type": "DIMENSION", "Key": "LINKED_ACCOUNT"}),
        (CHARGE_TYPE, {"Type": "DIMENSION", "Key": "RECORD_TYPE"}),
        (USAGE_TYPE, {"Type": "DIMENSION", "Key": "USAGE_TYPE"}),
    ],
)
def test_each_column_is_a_group_of_cost_explorer(column: Column, group: dict[str, str]) -> None:
    found = asked(columns=(PROJECT, column))
    assert found["GroupBy"] == [{"Type": "TAG", "Key": "bedrock-project"}, group]
    assert found["Metrics"] == ["UnblendedCost", *(["UsageQuantity"] if column == USAGE_TYPE else [])]
    assert found["Granularity"] == "MONTHLY"


def test_bedrock_is_every_service_of_that_name_and_all_that_has_an_owner() -> None:
    assert asked()["Filter"] == {"Or": [NAMED, OWNED]}
    request = make_request()
    without = query.table_query(request, (PROJECT, CHARGE_TYPE), request.dates, services=(), charges=ALL)
    assert without["Filter"] == OWNED


def test_by_model_aws_itself_knows_what_bedrock_is() -> None:
    """AWS refuses other services in such a query, and a filter by service under Not: its page says to leave it out."""
    assert "Filter" not in asked(columns=(PROJECT, MODEL))
    team = {"Tags": {"Key": "Team", "Values": ["a"]}}
    assert asked(columns=(PROJECT, MODEL), filters=["Team=a"])["Filter"] == team


def test_the_bill_is_asked_for_whole() -> None:
    request = make_request(filters=["Team=a"], exclude=["credits"])
    assert "Filter" not in query.bill_query(request, request.dates)


def test_what_is_tagged_elsewhere_is_asked_for_without_the_services_of_bedrock() -> None:
    request = make_request(accounts=[PROD])
    elsewhere = query.tagged_elsewhere_query(request, request.dates, services=SERVICES)
    in_account = {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": [PROD]}}
    assert elsewhere["Filter"] == {"And": [OWNED, {"Not": NAMED}, in_account]}
    assert query.tagged_elsewhere_query(make_request(), request.dates, services=())["Filter"] == OWNED


def test_every_cost_that_can_be_forecast_is() -> None:
    for metric in query.FORECAST_METRICS:
        request = replace(make_request(), metric=metric)
        forecast = query.forecast_query(request, SERVICES, dates("2026-12-15", "2026-12-31"))
        assert forecast["Metric"].replace("_", "").lower() == metric.lower()
        assert forecast["TimePeriod"] == {"Start": "2026-12-15", "End": "2027-01-01"}
        assert forecast["Filter"] == NAMED


def test_the_forecast_of_accounts_is_of_these_alone() -> None:
    """What is added to it is what these accounts have spent."""
    request = make_request(accounts=[PROD])
    forecast = query.forecast_query(request, SERVICES, dates("2026-12-15", "2026-12-31"))
    assert forecast["Filter"] == {"And": [NAMED, {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": [PROD]}}]}


@pytest.mark.parametrize("account", [None, PROD])
def test_the_audit_asks_for_usage_alone(account: str | None) -> None:
    found = query.owners_query(dates("2026-11-01", "2026-11-30"), ownership_tag_key="bedrock-project", account=account)
    usage = {"Dimensions": {"Key": "RECORD_TYPE", "Values": ["Usage", "DiscountedUsage", "SavingsPlanCoveredUsage"]}}
    assert found["Filter"] == (
        {"And": [usage, {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": [PROD]}}]} if account else usage
    )


def test_usage_is_asked_for_only_if_the_request_says_so() -> None:
    assert (make_request().usage, make_request(usage=True).usage) == (False, True)


def test_a_blank_value_of_a_filter_is_in_quotes() -> None:
    filters = merge_filters([TagFilter(tag_key="Team", values=("Sourcing", " ", "a "))])
    assert describe_filters(filters) == "Team = Sourcing or ' ' or 'a '"


def test_a_grouping_names_what_it_is() -> None:
    assert query.column_of(Grouping(kind="tag", tag_key="Team")) == TEAM
    assert query.column_of(Grouping(kind="environment", tag_key="bedrock-project")) == PROJECT
