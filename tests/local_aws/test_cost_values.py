"""GetDimensionValues, GetTags and GetCostForecast, and the control calls behind them."""

from decimal import Decimal
from typing import Any

import pytest

from local_aws import ControlError, Fault, LocalAws, Use
from tests.local_aws.billing import Billing, refusal
from tests.local_aws.costs import EC2, HAIKU, MARCH, OSS, ask, by_dimension, grouped, line, total
from tests.local_aws.mantle import ACCOUNT

AHEAD = {"Start": "2026-03-15", "End": "2026-05-01"}


@pytest.fixture
def ce(aws: LocalAws, billing: Billing) -> Any:
    """boto3's client of an account with lines of three services in March."""
    aws.tag_keys(ACCOUNT, ["Team", "Stage"], status="Active")
    aws.costs(
        [
            line("2026-03-01", "1", service="Amazon Bedrock", tags={"Team": "b"}),
            line("2026-03-02", "9", service="Claude Haiku 4.5 (Amazon Bedrock Edition)", tags={"Team": "a"}),
            line("2026-03-03", "4", tags={"Team": "Bb", "Stage": "dev"}),
            line("2026-02-28", "4", service="AWS Glue", tags={"Team": "old"}),
        ]
    )
    return billing.client


def dimension(ce: Any, key: str = "SERVICE", **question: Any) -> list[str]:
    values = ce.get_dimension_values(TimePeriod=MARCH, Dimension=key, **question)["DimensionValues"]
    return [value["Value"] for value in values]


def tags(ce: Any, **question: Any) -> list[str]:
    names: list[str] = ce.get_tags(TimePeriod=MARCH, **question)["Tags"]
    return names


def test_the_values_of_a_dimension_are_those_of_the_period(ce: Any) -> None:
    assert dimension(ce) == ["Amazon Bedrock", EC2, "Claude Haiku 4.5 (Amazon Bedrock Edition)"]
    assert dimension(ce, SearchString="bedrock") == ["Amazon Bedrock", "Claude Haiku 4.5 (Amazon Bedrock Edition)"]
    assert dimension(ce, Filter={"Tags": {"Key": "Team", "Values": ["a"]}}, Context="COST_AND_USAGE") == [
        "Claude Haiku 4.5 (Amazon Bedrock Edition)"
    ]
    assert dimension(ce, "BILLING_ENTITY") == ["AWS"]


def test_an_account_comes_with_its_name(ce: Any) -> None:
    answer = ce.get_dimension_values(TimePeriod=MARCH, Dimension="LINKED_ACCOUNT")
    assert answer["DimensionValues"] == [{"Value": ACCOUNT, "Attributes": {"description": f"account-{ACCOUNT}"}}]


def test_values_can_be_sorted_by_what_they_cost(ce: Any) -> None:
    by_cost: dict[str, Any] = {"SortBy": [{"Key": "UnblendedCost", "SortOrder": "DESCENDING"}]}
    assert dimension(ce, **by_cost) == ["Claude Haiku 4.5 (Amazon Bedrock Edition)", EC2, "Amazon Bedrock"]
    assert tags(ce, TagKey="Team", SortBy=[{"Key": "UnblendedCost"}], MaxResults=2) == ["b", "Bb"]


@pytest.mark.parametrize("member", ["SearchString", "NextPageToken"])
def test_sorted_values_are_neither_searched_nor_paged(ce: Any, member: str) -> None:
    question: dict[str, Any] = {"SortBy": [{"Key": "UnblendedCost"}], member: "x"}
    message = "SearchString and NextPageToken are not supported with SortBy"
    assert refusal(lambda: dimension(ce, **question)) == (400, "ValidationException", message)


def test_tags_are_keys_or_the_values_of_one(ce: Any, aws: LocalAws) -> None:
    assert tags(ce) == ["Stage", "Team"]
    assert tags(ce, TagKey="Team") == ["Bb", "a", "b"]
    assert tags(ce, TagKey="Team", SearchString="B") == ["Bb", "b"]
    assert tags(ce, TagKey="Stage") == ["", "dev"]
    assert tags(ce, TagKey="team") == [""]
    assert tags(ce, Filter=by_dimension("SERVICE", "Amazon Bedrock")) == ["Team"]


def pages(call: Any, token: str = "NextPageToken", **question: Any) -> list[dict[str, Any]]:
    answers = [call(**question)]
    while token in answers[-1]:
        answers.append(call(**question, **{token: answers[-1][token]}))
    return answers


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_values_come_in_pages(aws: LocalAws, ce: Any, size: int) -> None:
    aws.settings(cost_page_size=size)
    answers = pages(ce.get_tags, TimePeriod=MARCH, TagKey="Team")
    assert [value for answer in answers for value in answer["Tags"]] == ["Bb", "a", "b"]
    assert [answer["ReturnSize"] for answer in answers] == [len(answer["Tags"]) for answer in answers]
    assert {answer["TotalSize"] for answer in answers} == {3}
    assert len(answers) == -(-3 // size)


def test_a_period_may_go_on_on_the_next_page(aws: LocalAws, ce: Any) -> None:
    aws.settings(cost_page_size=2)
    by = [{"Type": "TAG", "Key": "Team"}]
    results = ask(ce, {"Start": "2026-02-01", "End": "2026-04-01"}, GroupBy=by)
    assert [(result["TimePeriod"]["Start"], [group["Keys"] for group in result["Groups"]]) for result in results] == [
        ("2026-02-01", [["Team$old"]]),
        ("2026-03-01", [["Team$Bb"]]),
        ("2026-03-01", [["Team$a"], ["Team$b"]]),
    ]


def test_pages_of_one_question_fit_together_with_anything_between_them(aws: LocalAws, ce: Any) -> None:
    aws.settings(cost_page_size=2)
    question = {"TimePeriod": MARCH, "TagKey": "Team"}
    token = ce.get_tags(**question)["NextPageToken"]
    aws.costs([line("2026-03-01", "1", tags={"Team": "A"})])
    assert ce.get_tags(**question, NextPageToken=token)["Tags"] == ["b"]


def test_a_token_holds_for_its_question_only(aws: LocalAws, ce: Any) -> None:
    aws.settings(cost_page_size=1)
    token = ce.get_tags(TimePeriod=MARCH)["NextPageToken"]
    for other in (
        lambda: ce.get_tags(TimePeriod=MARCH, TagKey="Team", NextPageToken=token),
        lambda: Billing(aws.url, "222222222222").client.get_tags(TimePeriod=MARCH, NextPageToken=token),
    ):
        assert refusal(other)[:2] == (400, "RequestChangedException")


CHANGED = (
    "Your request parameters changed between pages. Try again with the old parameters or without a pagination token."
)


def test_aws_may_say_that_a_running_question_changed_and_starting_over_helps(aws: LocalAws, ce: Any) -> None:
    aws.settings(cost_page_size=1)
    aws.faults([Fault(kind="request_changed", operation="ce:GetCostAndUsage", nth=2)])
    by = [{"Type": "TAG", "Key": "Team"}]
    question: dict[str, Any] = {"TimePeriod": MARCH, "Granularity": "MONTHLY", "Metrics": ["UnblendedCost"]}
    token = ce.get_cost_and_usage(**question, GroupBy=by)["NextPageToken"]
    for _ in range(2):
        refused = refusal(lambda: ce.get_cost_and_usage(**question, GroupBy=by, NextPageToken=token))
        assert refused == (400, "RequestChangedException", CHANGED)
    assert [group["Keys"] for result in ask(ce, GroupBy=by) for group in result["Groups"]] == [
        ["Team$Bb"],
        ["Team$a"],
        ["Team$b"],
    ]


def test_a_first_page_is_not_what_changed(aws: LocalAws, ce: Any) -> None:
    aws.settings(cost_page_size=1)
    aws.faults([Fault(kind="request_changed", operation="ce:Get*")])
    for call in (ce.get_tags, lambda **more: ce.get_dimension_values(Dimension="SERVICE", **more)):
        token = call(TimePeriod=MARCH)["NextPageToken"]
        refused = refusal(lambda call=call, token=token: call(TimePeriod=MARCH, NextPageToken=token))  # type: ignore[misc]
        assert refused[:2] == (400, "RequestChangedException")


@pytest.mark.parametrize("nonsense", ["x", "ü", "bm8=", "OTkgMQ=="])
def test_an_invented_token_is_refused(ce: Any, nonsense: str) -> None:
    answer = (400, "InvalidNextTokenException", "Invalid NextToken.")
    assert refusal(lambda: ce.get_tags(TimePeriod=MARCH, NextPageToken=nonsense)) == answer


def forecast(ce: Any, granularity: str = "MONTHLY", **more: Any) -> Any:
    return ce.get_cost_forecast(TimePeriod=AHEAD, Granularity=granularity, Metric="UNBLENDED_COST", **more)


def test_a_forecast_goes_on_with_the_mean_of_the_last_days(aws: LocalAws, billing: Billing) -> None:
    # 31 days ago, which is too long; 10 full days with 1 a day on average; today, which is not over.
    aws.costs([line("2026-02-12", "999"), line("2026-03-05", "4"), line("2026-03-14", "6"), line("2026-03-15", "999")])
    answer = forecast(billing.client, PredictionIntervalLevel=80)
    assert answer["Total"] == {"Amount": "47", "Unit": "USD"}
    first, second = answer["ForecastResultsByTime"]
    assert (first["TimePeriod"], first["MeanValue"]) == ({"Start": "2026-03-15", "End": "2026-04-01"}, "17")
    assert (second["TimePeriod"], second["MeanValue"]) == ({"Start": "2026-04-01", "End": "2026-05-01"}, "30")
    # Variance (3² + 5² + 8 · 1²) / 10; the 90 % quantile of a normal distribution is 1.2816.
    margin = Decimal(second["PredictionIntervalUpperBound"]) - 30
    assert abs(float(margin) - 1.2816 * (4.2 * 30) ** 0.5) < 0.001
    assert Decimal(second["PredictionIntervalLowerBound"]) == 30 - margin


def test_a_forecast_by_day_adds_up_and_has_bounds_only_if_asked(aws: LocalAws, billing: Billing) -> None:
    aws.costs([line("2026-03-08", "1")])
    answer = forecast(billing.client, "DAILY")
    days = answer["ForecastResultsByTime"]
    assert len(days) == 47
    assert days[0].keys() == {"TimePeriod", "MeanValue"}
    assert sum(Decimal(day["MeanValue"]) for day in days) == Decimal(answer["Total"]["Amount"])
    assert days[0]["MeanValue"] == "0.1428571429"


def test_a_forecast_takes_a_filter_and_enough_history(aws: LocalAws, billing: Billing) -> None:
    aws.costs([line("2026-03-08", "7"), line("2026-03-09", "7", service="Amazon Bedrock")])
    assert forecast(billing.client, Filter=by_dimension("SERVICE", EC2))["Total"]["Amount"] == "47"
    short = by_dimension("SERVICE", "Amazon Bedrock")
    answer = (400, "DataUnavailableException", "Insufficient amount of historical data.")
    assert refusal(lambda: forecast(billing.client, Filter=short)) == answer
    assert refusal(lambda: forecast(billing.client, Filter=by_dimension("SERVICE", "x"))) == answer
    aws.settings(forecast_history_days=6)
    forecast(billing.client, Filter=by_dimension("SERVICE", "Amazon Bedrock"))


def use(**more: Any) -> Use:
    fields = {"project_id": "default", "account": ACCOUNT, "region": "us-west-2", "model": HAIKU}
    return Use.model_validate(fields | {"input_tokens": 1_000_000, "output_tokens": 0} | more)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"project_id": "proj_none"}, "no project proj_none in any account and region"),
        ({"at": "2026-03-15T12:30:00Z"}, "2026-03-15T12:30:00Z is in the future"),
        ({"at": "yesterday"}, "yesterday"),
    ],
)
def test_metered_use_is_all_or_nothing(aws: LocalAws, billing: Billing, wrong: dict[str, str], message: str) -> None:
    with pytest.raises(ControlError, match=message):
        aws.use_many([use(), use(**wrong)])
    assert total(billing.client) == 0


@pytest.mark.parametrize("wrong", [{"model": "gpt-0"}, {"region": None}, {"requests": 0}, {"input_tokens": -1}])
def test_a_use_says_what_it_needs(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"gpt-0|account and region|requests|input_tokens"):
        use(**wrong)


@pytest.mark.parametrize("wrong", [{"amount": "0.00000000001"}, {"amount": "x"}, {"day": "2026-02-30"}, {"tag": {}}])
def test_a_line_says_what_it_needs(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"amount|day|tag"):
        line(**({"day": "2026-03-01", "amount": "1"} | wrong))


def test_requests_count_once_and_tokens_as_said(aws: LocalAws, billing: Billing) -> None:
    aws.use_many([use(requests=3), use(requests=2, at="2026-03-02T00:00:00Z")])
    assert [(meter["requests"], meter["input_tokens"]) for meter in aws.meters()] == [(3, 1_000_000), (2, 1_000_000)]
    assert total(billing.client) == 2
    assert grouped(billing.client, "REGION", "OPERATION") == {("us-west-2", "Usage"): 2}
    assert total(billing.client, {"Start": "2026-03-02", "End": "2026-03-03"}, Granularity="DAILY") == 1


def test_use_without_a_price_costs_nothing_and_has_no_line(aws: LocalAws, billing: Billing) -> None:
    aws.use_many([use(model=OSS, input_tokens=0)])
    assert dimension(billing.client) == []
