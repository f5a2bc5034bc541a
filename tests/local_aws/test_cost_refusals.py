"""What Cost Explorer refuses, in AWS's words as far as they were reported."""

from typing import Any

import pytest

from local_aws import Fault, LocalAws
from tests.local_aws.billing import Billing, refusal
from tests.local_aws.costs import MARCH, ask, by_dimension, by_tag

ROOTS = (
    "Expression has zero or more than one roots. Only one root operator is allowed for each expression: "
    '"and", "or", "not", "tag" or "dimensionValue"'
)
HOURS = "Hourly timePeriod is not supported for this request"
ORDER = "Start date (and hour) should be before end date (and hour)"
TOO_LONG_AGO = "You haven't enabled historical data beyond 14 months."
LONG_AGO = "To retrieve data beyond the past 14 months, your start date needs to be the first day of the month."
NO_DATA = (
    "Data is not available. Please try to adjust the time period. "
    "If just enabled Cost Explorer, data might not be ingested yet"
)
NO_DATE = (
    "1 validation error detected: Value '01.03.2026' at 'timePeriod.start' failed to satisfy constraint: "
    r"Member must satisfy regular expression pattern: (\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}:\d{2}Z)?"
)
SERVICE = by_dimension("SERVICE", "Amazon Bedrock")
CALLS: dict[str, dict[str, Any]] = {
    "get_cost_and_usage": {"Granularity": "DAILY", "Metrics": ["UnblendedCost"]},
    "get_dimension_values": {"Dimension": "SERVICE"},
    "get_tags": {},
}
FORECAST: dict[str, Any] = {"Granularity": "MONTHLY", "Metric": "UNBLENDED_COST"}


@pytest.fixture
def ce(billing: Billing) -> Any:
    """boto3's client of a standalone account, in the middle of March 2026."""
    return billing.client


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        ("2026-03-01", "2026-03-01", ORDER),
        ("2026-03-02", "2026-03-01", ORDER),
        ("2026-03-16", "2026-03-17", "Start date 2026-03-16 should be equal to or before the current date"),
        ("2026-03-01", "2026-04-02", "end date past the beginning of next month"),
        ("2025-02-01", "2026-03-01", None),
        ("2025-01-31", "2026-03-01", TOO_LONG_AGO),
        ("2025-01-01", "2026-03-01", TOO_LONG_AGO),
        ("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z", HOURS),
        ("2026-02-30", "2026-03-01", "TimePeriod 2026-02-30 to 2026-03-01 has a day that no calendar has"),
        (
            "01.03.2026",
            "2026-03-02",
            NO_DATE,
        ),
    ],
)
def test_a_period_is_within_what_there_is(ce: Any, call: str, start: str, end: str, message: str | None) -> None:
    def asked() -> Any:
        return getattr(ce, call)(TimePeriod={"Start": start, "End": end}, **CALLS[call])

    if message is None:
        asked()
    else:
        assert refusal(asked) == (400, "ValidationException", message)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("start", "message"),
    [
        ("2025-02-02", None),
        ("2025-01-31", LONG_AGO),
        ("2025-01-01", None),
        ("2023-02-01", None),
        ("2023-01-31", "You haven't enabled historical data beyond 38 months."),
    ],
)
def test_38_months_of_history_may_be_enabled(
    aws: LocalAws, ce: Any, call: str, start: str, message: str | None
) -> None:
    aws.settings(cost_history_months=38)

    def asked() -> Any:
        by_month = {"Granularity": "MONTHLY"} if call == "get_cost_and_usage" else {}
        return getattr(ce, call)(TimePeriod={"Start": start, "End": "2026-03-01"}, **CALLS[call] | by_month)

    if message is None:
        asked()
    else:
        assert refusal(asked) == (400, "ValidationException", message)


@pytest.mark.parametrize(("start", "refused"), [("2025-02-01", False), ("2025-01-01", True)])
def test_beyond_14_months_there_are_no_days(aws: LocalAws, ce: Any, start: str, refused: bool) -> None:
    aws.settings(cost_history_months=38)

    def asked() -> Any:
        return ask(ce, {"Start": start, "End": "2025-03-01"}, Granularity="DAILY")

    if refused:
        assert refusal(asked)[:2] == (400, "ValidationException")
        assert aws.requests()[-1].rule == "old-days"
    else:
        assert len(asked()) == 28


def test_an_account_has_14_months_of_history(aws: LocalAws, ce: Any) -> None:
    assert aws.settings()["cost_history_months"] == 14
    assert refusal(lambda: ask(ce, {"Start": "2020-01-01", "End": "2020-02-01"}))[2] == TOO_LONG_AGO
    assert aws.requests()[-1].rule == "oldest-start"


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({"Granularity": "HOURLY"}, HOURS),
        ({"Granularity": "YEARLY"}, "Member must satisfy enum value set: [DAILY, MONTHLY, HOURLY]"),
        ({"Metrics": []}, "Metrics [] should be one or more of AMORTIZED_COST"),
        ({"Metrics": ["Cost"]}, "Metrics ['Cost'] should be one or more of AMORTIZED_COST"),
        ({"GroupBy": [{"Type": "TAG", "Key": key} for key in "abc"]}, "2 groups at most, this has 3"),
        ({"GroupBy": [{"Type": "TAG"}]}, "'groupBy.1.member.key' failed to satisfy constraint: Member must not be"),
        ({"GroupBy": [{"Type": "DIMENSION", "Key": "service"}]}, "Member must satisfy enum value set: [SERVICE, "),
        ({"GroupBy": [{"Type": "DIMENSION", "Key": "BILLING_ENTITY"}]}, "can not be grouped by"),
        ({"Filter": {}}, ROOTS),
        ({"Filter": SERVICE | by_tag("Team", "a")}, ROOTS),
        ({"Filter": {"And": [SERVICE, {}]}}, ROOTS),
        ({"Filter": {"Not": {}}}, ROOTS),
        ({"Filter": {"And": [SERVICE]}}, "And expression must have at least 2 operands"),
        ({"Filter": {"Or": []}}, "Or expression must have at least 2 operands"),
        ({"Filter": by_dimension("SERVICES", "x")}, "at 'filter.dimensions.key' failed to satisfy constraint"),
        ({"Filter": by_dimension("SERVICE", "x", MatchOptions=["CONTAINS"])}, "MatchOptions CONTAINS can not be"),
        ({"Filter": by_dimension("SERVICE", MatchOptions=["ABSENT"])}, "MatchOptions ABSENT can not be used here"),
        ({"Filter": by_tag("Team", "x", MatchOptions=["STARTS_WITH"])}, "MatchOptions STARTS_WITH can not be"),
    ],
)
def test_a_question_fits_the_model(ce: Any, question: dict[str, Any], message: str) -> None:
    status, code, text = refusal(lambda: ask(ce, **question))
    assert (status, code) == (400, "ValidationException")
    assert message in text


@pytest.mark.parametrize(
    ("question", "what"),
    [
        ({"GroupBy": [{"Type": "DIMENSION", "Key": "AZ"}]}, "the dimension AZ"),
        ({"GroupBy": [{"Type": "COST_CATEGORY", "Key": "x"}]}, "a group by COST_CATEGORY"),
        ({"Filter": {"CostCategories": {"Key": "x"}}}, "a filter by CostCategories"),
        ({"Filter": by_dimension("TENANCY", "x")}, "the dimension TENANCY"),
    ],
)
def test_what_aws_answers_and_the_local_aws_does_not_is_said(ce: Any, question: dict[str, Any], what: str) -> None:
    answer = (501, "NotImplemented", f"The local AWS does not imitate {what}.")
    assert refusal(lambda: ask(ce, **question)) == answer


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (
            {"TimePeriod": {"Start": "2026-06-01", "End": "2026-05-31"}},
            "Requested Start: 2026-06-01 must be before requested End: 2026-05-31",
        ),
        (
            {"TimePeriod": {"Start": "2026-03-14", "End": "2026-04-01"}},
            "Requested Start: 2026-03-14 must not be before the current date: 2026-03-15",
        ),
        ({"TimePeriod": {"Start": "2026-03-15", "End": "2027-10-02"}}, "MONTHLY can span 18 months at most"),
        (
            {"TimePeriod": {"Start": "2026-03-15", "End": "2026-07-02"}, "Granularity": "DAILY"},
            "DAILY can span 3 months at most",
        ),
        ({"Granularity": "HOURLY"}, HOURS),
        ({"Metric": "USAGE_QUANTITY"}, "Value 'USAGE_QUANTITY' at 'metric' failed to satisfy constraint"),
        ({"PredictionIntervalLevel": 50}, "Member must have value greater than or equal to 51"),
        ({"PredictionIntervalLevel": 100}, "Member must have value less than or equal to 99"),
    ],
)
def test_a_forecast_is_of_days_to_come(ce: Any, question: dict[str, Any], message: str) -> None:
    members = {"TimePeriod": {"Start": "2026-03-15", "End": "2026-04-01"}} | FORECAST | question
    status, code, text = refusal(lambda: ce.get_cost_forecast(**members))
    assert (status, code) == (400, "ValidationException")
    assert message in text


@pytest.mark.parametrize("call", [*CALLS, "get_cost_forecast"])
def test_an_account_may_have_no_data_yet(aws: LocalAws, ce: Any, call: str) -> None:
    aws.settings(cost_data="unavailable")
    assert refusal(lambda: getattr(ce, call)(TimePeriod=MARCH, **CALLS.get(call, FORECAST))) == (
        400,
        "DataUnavailableException",
        NO_DATA,
    )


def test_too_many_requests_are_a_limit_exceeded(aws: LocalAws, ce: Any) -> None:
    aws.faults([Fault(kind="throttled", operation="ce:GetCostAndUsage", nth=1)])
    assert refusal(lambda: ask(ce))[:2] == (400, "LimitExceededException")
    assert len(ask(ce)) == 1
