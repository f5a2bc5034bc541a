"""Charge types, metrics and units of Cost Explorer, as lines of the control API have them."""

from decimal import Decimal
from functools import partial
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from local_aws import ControlError, CostLine, LocalAws, Use
from local_aws.cost_explorer import prices
from local_aws.cost_explorer.entries import OtherMetric
from local_aws.model_catalogue import MODELS
from tests.local_aws.billing import Billing, refusal
from tests.local_aws.costs import (
    EC2,
    HAIKU,
    MARCH,
    OSS,
    SUPPORT,
    ask,
    by_dimension,
    credit,
    grouped,
    line,
    support,
    tax,
    total,
)
from tests.local_aws.mantle import ACCOUNT, Mantle

DISCOUNT = "Enterprise Discount Program Discount"
TEAM = {"Team": "a"}
BILL = [
    line("2026-03-02", "100", service="Amazon Bedrock", tags=TEAM),
    line("2026-03-02", "-24.5", service="Amazon Bedrock", tags=TEAM, charge_type=DISCOUNT),
    line("2026-03-01", "10", service="Savings Plans", charge_type="SavingsPlanRecurringFee"),
    line("2026-03-01", "3", charge_type="Fee"),
    line("2026-03-09", "-2", charge_type="Refund"),
    line("2026-03-09", "-0.5", charge_type="Charge Type To Come"),
    credit("2026-03-03", "-150", tags=TEAM),
    tax("2026-03-01", "7.25"),
    support("2026-03-01", "29"),
]
BY_TYPE = {
    "Usage": Decimal(129),
    DISCOUNT: Decimal("-24.5"),
    "SavingsPlanRecurringFee": Decimal(10),
    "Fee": Decimal(3),
    "Refund": Decimal(-2),
    "Charge Type To Come": Decimal("-0.5"),
    "Credit": Decimal(-150),
    "Tax": Decimal("7.25"),
}
ANALYTICS = ("BilledCost", "ListCost", "ContractedCost", "PublicEquivalentBilledCost", "PublicOnDemandCost")
ALL_METRICS = ["UnblendedCost", *get_args(OtherMetric), "UsageQuantity", "NormalizedUsageAmount"]


@pytest.fixture
def ce(aws: LocalAws, billing: Billing) -> Any:
    """boto3's client of a standalone account, whose key Team counts."""
    aws.tag_keys(ACCOUNT, ["Team"], status="Active")
    return billing.client


def upper(metric: str) -> str:
    """The other spelling of a metric."""
    return "".join(f"_{letter}" if letter.isupper() else letter for letter in metric).upper().strip("_")


def quantities(ce: Any, *keys: str) -> dict[Any, tuple[str, str]]:
    """Amount and unit of UsageQuantity, by dimensions."""
    by = [{"Type": "DIMENSION", "Key": key} for key in keys]
    groups = ask(ce, Metrics=["UsageQuantity"], GroupBy=by)[0]["Groups"]
    return {tuple(group["Keys"]): tuple(group["Metrics"]["UsageQuantity"].values()) for group in groups}


def test_a_month_is_split_by_charge_type_and_adds_up(aws: LocalAws, ce: Any) -> None:
    aws.costs(BILL)
    assert grouped(ce, "RECORD_TYPE") == BY_TYPE
    assert total(ce) == sum(BY_TYPE.values()) == Decimal("-27.75")


def test_tax_and_support_are_services_of_their_own(aws: LocalAws, ce: Any) -> None:
    aws.costs(BILL)
    shown = grouped(ce, "SERVICE", "RECORD_TYPE")
    assert shown["Tax", "Tax"] == Decimal("7.25")
    assert shown[SUPPORT, "Usage"] == 29
    assert grouped(ce, "SERVICE", "USAGE_TYPE")["Tax", "NoUsageType"] == Decimal("7.25")


@pytest.mark.parametrize("charge_type", BY_TYPE)
def test_a_charge_type_filters(aws: LocalAws, ce: Any, charge_type: str) -> None:
    aws.costs(BILL)
    only = by_dimension("RECORD_TYPE", charge_type)
    assert total(ce, Filter=only) == BY_TYPE[charge_type]
    assert total(ce, Filter={"Not": only}) == sum(BY_TYPE.values()) - BY_TYPE[charge_type]


def test_the_charge_types_of_a_period_are_values_of_a_dimension(aws: LocalAws, ce: Any) -> None:
    aws.costs(BILL)
    asked: dict[str, Any] = {"TimePeriod": MARCH, "Dimension": "RECORD_TYPE"}
    values = ce.get_dimension_values(**asked)["DimensionValues"]
    assert [value["Value"] for value in values] == sorted(BY_TYPE)
    by_cost = ce.get_dimension_values(**asked, SortBy=[{"Key": "UnblendedCost"}])["DimensionValues"]
    assert [value["Value"] for value in by_cost] == sorted(BY_TYPE, key=lambda name: BY_TYPE[name])


def test_a_month_that_a_credit_pays_for_is_negative_by_day_too(aws: LocalAws, ce: Any) -> None:
    aws.costs(BILL)
    days = {"Start": "2026-03-03", "End": "2026-03-04"}
    assert ask(ce, days, Granularity="DAILY")[0]["Total"]["UnblendedCost"] == {"Amount": "-150", "Unit": "USD"}


def test_a_forecast_goes_on_with_negative_days(aws: LocalAws, ce: Any) -> None:
    aws.costs([credit("2026-03-05", "-10"), credit("2026-03-14", "-20")])
    ahead = {"Start": "2026-03-15", "End": "2026-03-17"}
    answer = ce.get_cost_forecast(
        TimePeriod=ahead, Granularity="DAILY", Metric="UNBLENDED_COST", PredictionIntervalLevel=80
    )
    assert answer["Total"]["Amount"] == "-6"
    for day in answer["ForecastResultsByTime"]:
        low, mean, high = (
            Decimal(day[name]) for name in ("PredictionIntervalLowerBound", "MeanValue", "PredictionIntervalUpperBound")
        )
        assert low <= mean <= high


@pytest.mark.parametrize(("switch", "team"), [("missing", Decimal("75.5")), ("kept", Decimal("-74.5"))])
def test_a_credit_carries_its_tags_or_none(aws: LocalAws, ce: Any, switch: str, team: Decimal) -> None:
    aws.settings(credit_tags=switch)
    aws.costs(BILL)
    assert grouped(ce, "Team")["Team$a"] == team
    assert total(ce) == Decimal("-27.75")


def test_credits_carry_no_tags_unless_a_switch_says_so(aws: LocalAws) -> None:
    assert aws.settings()["credit_tags"] == "missing"


def test_an_answer_has_as_many_metrics_as_were_asked_for(aws: LocalAws, ce: Any) -> None:
    others = {metric: f"{number}.5" for number, metric in enumerate(get_args(OtherMetric), start=20)}
    aws.costs([line("2026-03-02", "10", other_amounts=others), line("2026-03-03", "1")])
    expected = {metric: {"Amount": str(Decimal(value) + 1), "Unit": "USD"} for metric, value in others.items()} | {
        "UnblendedCost": {"Amount": "11", "Unit": "USD"},
        "UsageQuantity": {"Amount": "2", "Unit": "N/A"},
        "NormalizedUsageAmount": {"Amount": "0", "Unit": "N/A"},
    }
    for spelled in (ALL_METRICS, [upper(metric) for metric in ALL_METRICS]):
        assert ask(ce, Metrics=spelled)[0]["Total"] == expected
        groups = ask(ce, Metrics=spelled, GroupBy=[{"Type": "DIMENSION", "Key": "SERVICE"}])[0]["Groups"]
        assert groups == [{"Keys": [EC2], "Metrics": expected}]


def test_values_and_forecasts_go_by_the_metric_too(aws: LocalAws, ce: Any) -> None:
    aws.costs(
        [
            line("2026-03-08", "7", other_amounts={"NetAmortizedCost": "70"}),
            line("2026-03-08", "8", service="AWS Glue"),
        ]
    )
    asked: dict[str, Any] = {"TimePeriod": MARCH, "Dimension": "SERVICE"}
    for metric, first in (("UnblendedCost", EC2), ("NetAmortizedCost", "AWS Glue")):
        values = ce.get_dimension_values(**asked, SortBy=[{"Key": metric, "SortOrder": "ASCENDING"}])
        assert values["DimensionValues"][0]["Value"] == first
    ahead = {"Start": "2026-03-15", "End": "2026-03-16"}
    only = by_dimension("SERVICE", EC2)
    answer = ce.get_cost_forecast(TimePeriod=ahead, Granularity="DAILY", Metric="NET_AMORTIZED_COST", Filter=only)
    assert answer["Total"]["Amount"] == "10"


@pytest.mark.parametrize("metric", ANALYTICS)
def test_the_metrics_of_cost_analytics_may_be_refused(aws: LocalAws, ce: Any, metric: str) -> None:
    aws.settings(cost_analytics_metrics="refused")
    for spelled in (metric, upper(metric)):
        status, code, message = refusal(partial(ask, ce, Metrics=["UnblendedCost", spelled]))
        assert (status, code) == (400, "ValidationException")
        assert upper(metric) not in message.partition("should be one or more of")[2]
    assert aws.requests()[-1].rule == "metrics"
    assert ask(ce, Metrics=["UnblendedCost", "NetUnblendedCost"])


@pytest.mark.parametrize("metric", ANALYTICS)
def test_a_forecast_has_none_of_the_metrics_of_cost_analytics(ce: Any, metric: str) -> None:
    ahead = {"Start": "2026-03-15", "End": "2026-03-16"}
    asked = {"TimePeriod": ahead, "Granularity": "DAILY", "Metric": upper(metric)}
    assert refusal(lambda: ce.get_cost_forecast(**asked))[:2] == (400, "ValidationException")


def test_metered_tokens_have_units(aws: LocalAws, ce: Any, mantle: Mantle) -> None:
    project = mantle.create("A")["id"]
    for model in (OSS, HAIKU):
        aws.use(project, model, 2_000_000, 1_000_000)
    shown = quantities(ce, "SERVICE", "USAGE_TYPE")
    assert shown["Amazon Bedrock", f"USW2-{OSS}-mantle-output-tokens-standard"] == ("1000", "1K tokens")
    marketplace = "Claude Haiku 4.5 (Amazon Bedrock Edition)"
    assert shown[marketplace, "USW2-MP:USW2_input_tokens_standard-Units"] == ("2", "Units")
    assert quantities(ce, "SERVICE") == {("Amazon Bedrock",): ("3000", "1K tokens"), (marketplace,): ("3", "Units")}
    assert ask(ce, Metrics=["UsageQuantity"])[0]["Total"]["UsageQuantity"] == {"Amount": "3003", "Unit": "N/A"}


def test_a_unit_is_shown_if_all_quantities_have_it(aws: LocalAws, ce: Any) -> None:
    bedrock = {"service": "Amazon Bedrock", "quantity": "4"}
    aws.costs(
        [
            line("2026-03-01", "1", **bedrock, unit="1K tokens", usage_type="tokens"),
            line("2026-03-02", "1", **bedrock, unit="1K tokens", usage_type="tokens"),
            credit("2026-03-02", "-1", usage_type="tokens"),
            line("2026-03-01", "1", **bedrock, unit="Images", usage_type="both"),
            line("2026-03-01", "1", **bedrock, unit="1K tokens", usage_type="both"),
            line("2026-03-01", "1", **bedrock, usage_type="none"),
            line("2026-03-01", "1", **bedrock, usage_type="some"),
            line("2026-03-01", "1", **bedrock, unit="Images", usage_type="some"),
            tax("2026-03-01", "1"),
        ]
    )
    assert quantities(ce, "USAGE_TYPE") == {
        ("tokens",): ("8", "1K tokens"),
        ("both",): ("8", "N/A"),
        ("none",): ("4", "N/A"),
        ("some",): ("8", "N/A"),
        ("NoUsageType",): ("0", "N/A"),
    }


@pytest.mark.parametrize("model", MODELS)
def test_cached_tokens_cost_their_own_price(aws: LocalAws, ce: Any, model: str) -> None:
    aws.use_many([cached(model, read=1234, written=567)])
    price = prices.PRICES[model]
    assert total(ce) == (1234 * price.input / 10 + 567 * price.input * 5 / 4) / 1_000_000


def cached(model: str, *, read: int, written: int, **more: Any) -> Use:
    fields = {"project_id": "default", "account": ACCOUNT, "region": "us-west-2", "model": model}
    tokens = {"input_tokens": 0, "output_tokens": 0, "cache_read_tokens": read, "cache_write_tokens": written}
    return Use.model_validate(fields | tokens | more)


@pytest.mark.parametrize(
    ("model", "endpoint", "usage_types"),
    [
        (OSS, "bedrock-mantle", {f"USW2-{OSS}-mantle-cache-{kind}-tokens-standard" for kind in ("read", "write")}),
        (HAIKU, "bedrock-mantle", {f"USW2-MP:USW2_cache_{kind}_tokens_standard-Units" for kind in ("read", "write")}),
        (OSS, "bedrock-runtime", {f"USW2-gpt-oss-20b-cache-{kind}-input-token-count" for kind in ("read", "write")}),
        (HAIKU, "bedrock-runtime", {f"USW2-MP:USW2_Cache{kind}InputTokenCount-Units" for kind in ("Read", "Write")}),
    ],
)
def test_cached_tokens_have_usage_types_of_their_own(
    aws: LocalAws, ce: Any, model: str, endpoint: str, usage_types: set[str]
) -> None:
    aws.use_many([cached(model, read=1000, written=1000, endpoint=endpoint)])
    assert grouped(ce, "USAGE_TYPE").keys() == usage_types
    assert [(meter["cache_read_tokens"], meter["cache_write_tokens"]) for meter in aws.meters()] == [(1000, 1000)]


def test_the_entity_that_bills_follows_from_the_usage_type_or_is_said(aws: LocalAws, ce: Any) -> None:
    aws.costs([tax("2026-03-01", "1"), tax("2026-03-01", "2", billing_entity="AWS Marketplace")])
    assert total(ce, Filter=by_dimension("BILLING_ENTITY", "AWS Marketplace")) == 2


@pytest.mark.parametrize(
    "wrong", [{"charge_type": ""}, {"other_amounts": {"UnblendedCost": "1"}}, {"other_amounts": {"ListCost": "x"}}]
)
def test_a_line_says_a_charge_type_and_metrics_that_there_are(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        line("2026-03-01", "1", **wrong)


def test_a_line_with_a_moment_that_is_none_adds_nothing(aws: LocalAws, ce: Any) -> None:
    lines: list[CostLine] = [line("2026-03-01", "1"), line("2026-03-01", "1", posted_at="tomorrow")]
    with pytest.raises(ControlError, match="tomorrow"):
        aws.costs(lines)
    assert total(ce) == 0
