"""Cost Explorer's GetCostAndUsage over metered use, asked by boto3."""

from decimal import Decimal
from typing import Any, get_args

import pytest

from local_aws import LocalAws, Use
from local_aws.cost_explorer import prices
from local_aws.cost_explorer.entries import OtherMetric
from local_aws.model_catalogue import MODELS
from tests.local_aws.billing import Billing
from tests.local_aws.costs import EC2, HAIKU, MARCH, OSS, YEAR, ask, by_dimension, by_tag, grouped, line, total
from tests.local_aws.mantle import ACCOUNT, Mantle

OTHER = "222222222222"
OTHER_METRICS = get_args(OtherMetric)
OWNER = "bedrock-project"


@pytest.fixture
def ce(billing: Billing) -> Any:
    """boto3's client of a standalone account, in the middle of March 2026."""
    return billing.client


@pytest.fixture
def project(aws: LocalAws, billing: Billing, mantle: Mantle) -> str:
    """A project of team a, whose keys count."""
    aws.tag_keys(ACCOUNT, ["Team", OWNER], status="Active")
    return str(mantle.create("A", tags={"Team": "a", OWNER: "inventory/dev/a"})["id"])


def default(model: str = OSS, input_tokens: int = 1_000_000, **more: Any) -> Use:
    fields = {"project_id": "default", "account": ACCOUNT, "region": "us-west-2", "model": model}
    return Use.model_validate(fields | {"input_tokens": input_tokens, "output_tokens": 0} | more)


@pytest.mark.parametrize("model", MODELS)
def test_every_model_of_the_catalogue_costs_its_tokens_times_its_price(aws: LocalAws, ce: Any, model: str) -> None:
    aws.use_many([default(model, 1234, output_tokens=567)])
    price = prices.PRICES[model]
    assert total(ce) == (1234 * price.input + 567 * price.output) / 1_000_000


@pytest.mark.parametrize("model", MODELS)
def test_a_price_has_no_more_decimals_than_a_token_of_it_can_be_shown_with(model: str) -> None:
    price = prices.PRICES[model]
    for usd in map(price.of, prices.KINDS):
        assert usd > 0
        assert usd == usd.quantize(Decimal("0.0001"))


def test_services_and_usage_types_are_those_that_were_seen(aws: LocalAws, ce: Any) -> None:
    aws.use_many([default(OSS, 1000, output_tokens=1000), default(HAIKU), default("openai.gpt-5.5")])
    assert grouped(ce, "SERVICE", "USAGE_TYPE").keys() == {
        ("Amazon Bedrock", "USW2-openai.gpt-oss-20b-mantle-input-tokens-standard"),
        ("Amazon Bedrock", "USW2-openai.gpt-oss-20b-mantle-output-tokens-standard"),
        ("Amazon Bedrock Service", "USW2-openai.gpt-5.5-mantle-input-tokens-standard"),
        ("Claude Haiku 4.5 (Amazon Bedrock Edition)", "USW2-MP:USW2_input_tokens_standard-Units"),
    }


def test_an_answer_has_the_service_s_shape(aws: LocalAws, ce: Any, project: str) -> None:
    aws.use(project, OSS, 1_500_000, 0, requests=3)
    metrics = ["UnblendedCost", "UsageQuantity", "NormalizedUsageAmount"]
    by = [{"Type": "TAG", "Key": "Team"}, {"Type": "DIMENSION", "Key": "LINKED_ACCOUNT"}]
    answer = ce.get_cost_and_usage(TimePeriod=MARCH, Granularity="MONTHLY", Metrics=metrics, GroupBy=by)
    del answer["ResponseMetadata"]
    assert answer == {
        "GroupDefinitions": by,
        "ResultsByTime": [
            {
                "TimePeriod": MARCH,
                "Total": {},
                "Groups": [
                    {
                        "Keys": ["Team$a", ACCOUNT],
                        "Metrics": {
                            "UnblendedCost": {"Amount": "0.105", "Unit": "USD"},
                            "UsageQuantity": {"Amount": "1500", "Unit": "1K tokens"},
                            "NormalizedUsageAmount": {"Amount": "0", "Unit": "N/A"},
                        },
                    }
                ],
                "Estimated": True,
            }
        ],
        "DimensionValueAttributes": [{"Value": ACCOUNT, "Attributes": {"description": f"account-{ACCOUNT}"}}],
    }


@pytest.mark.parametrize("by", [None, "TAG"])
def test_where_nothing_matched_the_amount_is_0_in_the_unit_n_a(ce: Any, by: str | None) -> None:
    question: dict[str, Any] = {"GroupBy": [{"Type": by, "Key": "Team"}]} if by else {}
    nothing = {"UnblendedCost": {"Amount": "0", "Unit": "N/A"}, "UsageQuantity": {"Amount": "0", "Unit": "N/A"}}
    assert ask(ce, Metrics=["UnblendedCost", "UsageQuantity"], **question) == [
        {"TimePeriod": MARCH, "Total": nothing, "Groups": [], "Estimated": True}
    ]


@pytest.mark.parametrize("metric", OTHER_METRICS)
def test_all_metrics_of_cost_are_equal_without_reservations_in_either_spelling(
    aws: LocalAws, ce: Any, metric: str
) -> None:
    aws.costs([line("2026-03-02", "1.5")])
    spelled = "".join(f"_{letter}" if letter.isupper() else letter for letter in metric).upper().strip("_")
    for name in (metric, spelled):
        assert ask(ce, Metrics=[name])[0]["Total"] == {metric: {"Amount": "1.5", "Unit": "USD"}}


def test_the_end_is_exclusive_and_the_start_is_not(aws: LocalAws, ce: Any) -> None:
    aws.costs([line("2026-02-28", "1"), line("2026-03-01", "2"), line("2026-03-09", "4"), line("2026-03-10", "8")])
    assert total(ce, {"Start": "2026-03-01", "End": "2026-03-10"}, Granularity="DAILY") == 6


def test_days_and_months_are_cut_to_the_question(aws: LocalAws, ce: Any) -> None:
    period = {"Start": "2026-02-27", "End": "2026-03-02"}
    assert [(*result["TimePeriod"].values(), result["Estimated"]) for result in ask(ce, period)] == [
        ("2026-02-27", "2026-03-01", False),
        ("2026-03-01", "2026-03-02", True),
    ]
    assert [result["TimePeriod"]["Start"] for result in ask(ce, period, Granularity="DAILY")] == [
        "2026-02-27",
        "2026-02-28",
        "2026-03-01",
    ]


@pytest.mark.parametrize(
    ("final_day", "today", "estimated"),
    [
        (1, "2026-03-01", [False, False, True]),
        (8, "2026-03-01", [False, True, True]),
        (8, "2026-03-07", [False, True, True]),
        (8, "2026-03-08", [False, False, True]),
    ],
)
def test_a_month_is_estimated_until_its_bill_is_final(
    aws: LocalAws, ce: Any, final_day: int, today: str, estimated: list[bool]
) -> None:
    aws.settings(bill_final_day=final_day)
    aws.set_clock(f"{today}T12:00:00Z")
    months = ask(ce, {"Start": "2026-01-01", "End": "2026-04-01"})
    assert [month["Estimated"] for month in months] == estimated
    days = ask(ce, {"Start": "2026-01-31", "End": "2026-02-02"}, Granularity="DAILY")
    assert [day["Estimated"] for day in days] == estimated[:2]


def test_a_month_is_final_at_its_end_unless_a_switch_says_so(aws: LocalAws) -> None:
    assert aws.settings()["bill_final_day"] == 1


def test_what_has_no_tag_has_the_empty_value(aws: LocalAws, ce: Any, project: str, mantle: Mantle) -> None:
    untagged = mantle.create("B")["id"]
    aws.use(project, OSS, 1_000_000, 0)
    aws.use(untagged, OSS, 10_000_000, 0)
    aws.use_many([default(input_tokens=100_000_000)])
    runtime = "USE1-Claude4.6Sonnet-input-tokens"
    aws.costs([line("2026-03-01", "30"), line("2026-03-01", "20", service="Amazon Bedrock", usage_type=runtime)])
    assert grouped(ce, "Team") == {"Team$a": Decimal("0.07"), "Team$": Decimal("57.7")}


def test_another_service_with_the_same_team_is_distinguished_by_the_owner_s_tag_and_by_service(
    aws: LocalAws, ce: Any, project: str
) -> None:
    aws.use(project, OSS, 1_000_000, 0)
    aws.costs([line("2026-03-14", "99", tags={"Team": "a"})])
    assert grouped(ce, "Team") == {"Team$a": Decimal("99.07")}
    assert grouped(ce, "Team", "SERVICE") == {("Team$a", "Amazon Bedrock"): Decimal("0.07"), ("Team$a", EC2): 99}
    ours = {"Not": by_tag(OWNER, "", MatchOptions=["EQUALS"])}
    for filtered in (ours, by_tag(OWNER, "inventory/dev/a"), by_dimension("SERVICE", "Amazon Bedrock")):
        assert grouped(ce, "Team", Filter=filtered) == {"Team$a": Decimal("0.07")}


def test_marketplace_spend_and_amazon_bedrock_are_under_the_same_tag(aws: LocalAws, ce: Any, project: str) -> None:
    aws.use(project, OSS, 1_000_000, 0)
    aws.use(project, HAIKU, 1_000_000, 0)
    assert grouped(ce, "Team") == {"Team$a": Decimal("1.07")}
    assert total(ce, Filter=by_dimension("SERVICE", "Amazon Bedrock")) == Decimal("0.07")
    assert total(ce, Filter=by_dimension("BILLING_ENTITY", "AWS Marketplace")) == 1


def test_lines_of_marketplace_may_lack_the_project_s_tags(aws: LocalAws, ce: Any, project: str) -> None:
    aws.settings(marketplace_tags="missing")
    aws.use(project, OSS, 1_000_000, 0)
    aws.use(project, HAIKU, 1_000_000, 0)
    assert grouped(ce, "Team") == {"Team$a": Decimal("0.07"), "Team$": 1}


def test_a_use_carries_the_tags_of_its_time(aws: LocalAws, ce: Any, project: str, mantle: Mantle) -> None:
    aws.use(project, OSS, 1_000_000, 0)
    mantle.call("POST", f"/{project}", {"add_tags": {"Team": "b"}})
    aws.use(project, OSS, 2_000_000, 0)
    assert grouped(ce, "Team") == {"Team$a": Decimal("0.07"), "Team$b": Decimal("0.14")}


def test_keys_are_distinguished_by_case(aws: LocalAws, ce: Any, project: str) -> None:
    aws.use(project, OSS, 1_000_000, 0)
    assert grouped(ce, "team") == {"team$": Decimal("0.07")}


@pytest.mark.parametrize(
    ("account", "seen"), [("999999999999", {ACCOUNT: 1, OTHER: 2}), (ACCOUNT, {ACCOUNT: 1}), (OTHER, {OTHER: 2})]
)
def test_a_management_account_sees_its_organisation_a_linked_one_itself(
    aws: LocalAws, billing: Billing, account: str, seen: dict[str, int]
) -> None:
    aws.organization(management="999999999999", members=[ACCOUNT, OTHER])
    aws.tag_keys("999999999999", ["Team"], status="Active")
    cost_lines = [
        line("2026-03-01", "1"),
        line("2026-03-01", "2", account=OTHER),
        line("2026-03-01", "4", account="3" * 12),
    ]
    aws.costs([cost_line.model_copy(update={"tags": {"Team": "x"}}) for cost_line in cost_lines])
    ce = Billing(aws.url, account).client
    assert grouped(ce, "LINKED_ACCOUNT", "Team") == {(account, "Team$x"): cost for account, cost in seen.items()}


def test_a_reset_forgets_use_and_lines(aws: LocalAws, ce: Any) -> None:
    aws.costs([line("2026-03-01", "1")])
    aws.use_many([default()])
    aws.reset(now="2026-03-15T12:00:00Z")
    assert total(ce) == 0


def test_twelve_months_of_a_thousand_tag_values_are_all_there(aws: LocalAws, ce: Any) -> None:
    aws.tag_keys(ACCOUNT, ["Team"], status="Active")
    months = [f"2025-{month:02d}-03" for month in range(4, 13)] + [f"2026-{month:02d}-03" for month in range(1, 4)]
    aws.costs([line(day, "0.1", tags={"Team": f"t{value}"}) for value in range(1000) for day in months])
    sums = grouped(ce, "Team", period=YEAR)
    assert len(sums) == 1000
    assert set(sums.values()) == {Decimal("1.2")}
    assert len(aws.requests("ce:GetCostAndUsage")) == 12
