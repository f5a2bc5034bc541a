"""A report request and its queries: which days, which spend, and what is refused before anything is paid."""

from dataclasses import replace
from datetime import date

import pytest

from bedrock_projects.commands.costs import Metric
from bedrock_projects.errors import SettingsError
from bedrock_projects.reports import query
from bedrock_projects.reports.model import DateRange, Grouping
from bedrock_projects.reports.periods import previous_dates, report_dates, time_period
from bedrock_projects.reports.request import METRICS, parse_grouping
from tests.unit.cost_answers import inventory, make_request

TODAY = date(2026, 4, 15)
OWNED = {"Not": {"Tags": {"Key": "bedrock-project", "MatchOptions": ["ABSENT"]}}}
SERVICES = ["Amazon Bedrock", "Claude X (Amazon Bedrock Edition)"]
NAMED = {"Dimensions": {"Key": "SERVICE", "Values": SERVICES}}


def day(text: str) -> date:
    return date.fromisoformat(text)


def dates(start: str, end: str) -> DateRange:
    return DateRange(start=day(start), end=day(end))


def test_the_last_day_is_included() -> None:
    assert time_period(dates("2026-03-01", "2026-03-31")) == {"Start": "2026-03-01", "End": "2026-04-01"}


@pytest.mark.parametrize(
    ("today", "start", "end", "expected"),
    [
        ("2026-04-15", None, None, dates("2026-04-01", "2026-04-14")),
        ("2026-04-01", None, None, dates("2026-03-01", "2026-03-31")),
        ("2026-04-15", "2026-02-10", None, dates("2026-02-10", "2026-04-14")),
        ("2026-04-15", "2026-04-15", None, dates("2026-04-15", "2026-04-15")),
        ("2026-04-15", None, "2026-02-10", dates("2026-02-01", "2026-02-10")),
        ("2026-04-15", None, "2026-04-30", dates("2026-04-01", "2026-04-30")),
    ],
)
def test_by_default_it_is_this_month_until_yesterday(
    today: str, start: str | None, end: str | None, expected: DateRange
) -> None:
    assert report_dates(start and day(start), end and day(end), today=day(today)) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2026-08-22", "2026-07-10", "in the future"),
        ("2026-03-22", "2026-03-10", "--from 2026-03-22 is after --to 2026-03-10"),
        ("2026-04-16", None, "give 2026-04-15 at the latest"),
        ("2026-04-01", "2026-05-01", "give 2026-04-30 at the latest"),
    ],
)
def test_days_that_cost_explorer_has_no_answer_for_are_refused_here(start: str, end: str | None, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        report_dates(day(start), end and day(end), today=TODAY)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (dates("2026-03-01", "2026-03-31"), dates("2026-02-01", "2026-02-28")),
        (dates("2026-02-01", "2026-02-28"), dates("2026-01-01", "2026-01-31")),
        (dates("2026-03-01", "2026-03-30"), dates("2026-02-01", "2026-02-28")),
        (dates("2026-04-01", "2026-04-14"), dates("2026-03-01", "2026-03-14")),
        (dates("2026-01-01", "2026-03-31"), dates("2025-10-01", "2025-12-31")),
        (dates("2026-03-10", "2026-03-12"), dates("2026-03-07", "2026-03-09")),
        (dates("2026-03-02", "2026-03-31"), dates("2026-01-31", "2026-03-01")),
    ],
)
def test_months_are_compared_with_months_and_days_with_days(now: DateRange, then: DateRange) -> None:
    assert previous_dates(now) == then


@pytest.mark.parametrize(
    ("start", "end", "then"),
    [
        ("2026-04-01", "2026-04-30", dates("2026-03-01", "2026-03-14")),
        ("2026-04-01", "2026-04-15", dates("2026-03-01", "2026-03-14")),
        ("2026-03-01", "2026-04-20", dates("2026-01-01", "2026-02-14")),
        ("2026-04-11", "2026-04-30", dates("2026-04-07", "2026-04-10")),
        ("2026-04-15", "2026-04-30", dates("2026-04-14", "2026-04-14")),
        ("2026-04-01", "2026-04-14", dates("2026-03-01", "2026-03-14")),
    ],
)
def test_days_that_are_not_over_are_compared_with_none(start: str, end: str, then: DateRange) -> None:
    """Today is the 15th: a whole month before would always look like a drop."""
    assert make_request(start=start, end=end, compare=True).previous == then


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("Team", [{"Type": "TAG", "Key": "Team"}, {"Type": "DIMENSION", "Key": "SERVICE"}]),
        ("project", [{"Type": "TAG", "Key": "bedrock-project"}, {"Type": "DIMENSION", "Key": "SERVICE"}]),
        ("model", [{"Type": "DIMENSION", "Key": "SERVICE"}, {"Type": "DIMENSION", "Key": "USAGE_TYPE"}]),
        ("service", [{"Type": "DIMENSION", "Key": "SERVICE"}, {"Type": "DIMENSION", "Key": "USAGE_TYPE"}]),
    ],
)
def test_one_grouped_query_says_lines_and_what_drives_them(by: str, expected: list[dict[str, str]]) -> None:
    request = make_request(by)
    asked = query.costs_query(request, SERVICES, request.dates)
    assert asked["GroupBy"] == expected
    assert (asked["Granularity"], asked["Metrics"]) == ("MONTHLY", ["UnblendedCost"])


def test_a_tag_may_be_called_like_another_grouping() -> None:
    assert parse_grouping("tag:project", inventory()) == Grouping(kind="tag", tag_key="project")


@pytest.mark.parametrize("by", ["", "tag:"])
def test_no_grouping_at_all_is_refused(by: str) -> None:
    with pytest.raises(SettingsError, match="--by is empty"):
        parse_grouping(by, inventory())


def test_bedrock_is_every_service_of_that_name_and_whatever_has_an_owner() -> None:
    assert query.bedrock_filter(make_request(), SERVICES) == {"Or": [NAMED, OWNED]}
    assert query.bedrock_filter(make_request(), []) == OWNED


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["Team=a"], [{"Tags": {"Key": "Team", "Values": ["a"]}}]),
        (["Team=a", "Team=b"], [{"Tags": {"Key": "Team", "Values": ["a", "b"]}}]),
        (["Team=a=b"], [{"Tags": {"Key": "Team", "Values": ["a=b"]}}]),
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
    assert query.bedrock_filter(make_request(filters=texts), SERVICES) == {"And": [{"Or": [NAMED, OWNED]}, *expected]}


@pytest.mark.parametrize("text", ["Team", "=a", ""])
def test_a_filter_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="write TAG=VALUE"):
        make_request(filters=[text])


def test_an_environment_is_its_account_with_what_has_no_project() -> None:
    account = {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": ["222222222222"]}}
    assert query.bedrock_filter(make_request(environment="prod"), SERVICES) == {
        "And": [{"Or": [NAMED, OWNED]}, account]
    }


@pytest.mark.parametrize(
    ("accounts", "words"),
    [
        ({"dev": None, "prod": None}, "has no `account`"),
        ({"dev": "111111111111", "prod": "111111111111"}, "dev, prod share account 111111111111"),
        ({"dev": "111111111111", "live": "222222222222"}, "unknown environment 'prod'"),
    ],
)
def test_an_environment_without_an_account_of_its_own_is_refused(accounts: dict[str, str | None], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        make_request(environment="prod", contents=inventory(accounts=accounts))


def test_spend_without_the_tag_is_split_by_two_more_queries() -> None:
    request = make_request(filters=["App=c"])
    absent = {"Tags": {"Key": "Team", "MatchOptions": ["ABSENT"]}}
    app = {"Tags": {"Key": "App", "Values": ["c"]}}
    by_cause, by_account = (
        ask(request, SERVICES) for ask in (query.unallocated_usage_query, query.unallocated_accounts_query)
    )
    assert by_cause["Filter"] == by_account["Filter"] == {"And": [{"Or": [NAMED, OWNED]}, app, absent]}
    assert [group["Key"] for group in by_cause["GroupBy"]] == ["SERVICE", "USAGE_TYPE"]
    assert [group["Key"] for group in by_account["GroupBy"]] == ["LINKED_ACCOUNT"]


def test_services_and_accounts_are_looked_for_in_all_the_time_that_is_compared() -> None:
    request = make_request(compare=True)
    whole = {"Start": "2026-02-01", "End": "2026-04-01"}
    assert query.services_query(request)["TimePeriod"] == whole
    assert query.accounts_query(request, SERVICES)["TimePeriod"] == whole


def test_every_metric_can_be_asked_for_and_forecast() -> None:
    assert [metric.value for metric in Metric] == list(METRICS)
    for metric in METRICS.values():
        request = replace(make_request(), metric=metric)
        forecast = query.forecast_query(request, SERVICES, dates("2026-04-15", "2026-04-30"))
        assert forecast["Metric"].replace("_", "").lower() == metric.lower()
        assert forecast["TimePeriod"] == {"Start": "2026-04-15", "End": "2026-05-01"}
