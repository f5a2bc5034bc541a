"""Product attributes in Cost Explorer: the model, provider and so on of what Bedrock costs."""

from decimal import Decimal
from typing import Any

import pytest

from local_aws import LocalAws
from tests.local_aws.billing import Billing, refusal
from tests.local_aws.costs import EC2, HAIKU, OSS, ask, by_dimension, by_tag, credit, line
from tests.local_aws.mantle import ACCOUNT, Mantle

OCTOBER = {"Start": "2026-10-01", "End": "2026-11-01"}
BEDROCK, NEWER, EDITION = "Amazon Bedrock", "Amazon Bedrock Service", "Claude Haiku 4.5 (Amazon Bedrock Edition)"
NAMES = [BEDROCK, NEWER, EDITION]
# Each line costs another power of two, so that a sum says which lines are in it.
LINES = [
    line("2026-10-01", "1", service=BEDROCK, model="Nova Pro", provider="Amazon", tags={"Team": "a"}),
    line("2026-10-01", "2", service=NEWER, model="GPT-5.5", provider="OpenAI", inference_type="Input tokens"),
    line("2026-10-01", "4", service=EDITION, model="Claude Haiku 4.5", provider="Anthropic", tags={"Team": "a"}),
    line("2026-10-01", "8", service=BEDROCK, usage_type="EU-Guardrail-ContentPolicy", feature="Guardrails"),
    line("2026-10-01", "16", tags={"Team": "a"}),
    line("2026-10-01", "32", service="AWS Glue", model="Nova Pro"),
]
ALL = 1 + 2 + 4 + 8
SERVICE = by_dimension("SERVICE", *NAMES)
OTHER_SERVICE = by_dimension("SERVICE", BEDROCK, EC2)


@pytest.fixture
def ce(aws: LocalAws, billing: Billing) -> Any:
    """boto3's client of an account with six lines in October 2026."""
    aws.set_clock("2026-10-15T12:00:00Z")
    aws.tag_keys(ACCOUNT, ["Team"], status="Active")
    aws.costs(LINES)
    return billing.client


def attribute(key: str, *values: str, **more: Any) -> dict[str, Any]:
    """A filter by a product attribute."""
    return {"ProductAttributes": {"Key": key, **({"Values": list(values)} if values else {}), **more}}


def absent(key: str) -> dict[str, Any]:
    return attribute(key, MatchOptions=["ABSENT"])


def group(key: str) -> dict[str, str]:
    return {"Type": "PRODUCT_ATTRIBUTE", "Key": key}


def sums(ce: Any, *groups: dict[str, str], **question: Any) -> dict[Any, int]:
    """Cost of October by group, or of all under ()."""
    [result] = ask(ce, OCTOBER, **({"GroupBy": list(groups)} if groups else {}), **question)
    if not groups:
        return {(): int(Decimal(result["Total"]["UnblendedCost"]["Amount"]))}
    return {
        tuple(shown["Keys"]): int(Decimal(shown["Metrics"]["UnblendedCost"]["Amount"])) for shown in result["Groups"]
    }


def values(ce: Any, key: str | None = None, **question: Any) -> list[str]:
    asked = {"TimePeriod": OCTOBER, "Dimension": "PRODUCT_ATTRIBUTE", **question}
    answer = ce.get_dimension_values(**asked, **({"DimensionKey": key} if key is not None else {}))
    assert answer["ReturnSize"] == len(answer["DimensionValues"])
    return [value["Value"] for value in answer["DimensionValues"]]


def test_costs_by_model_are_those_of_bedrock_under_all_its_names(ce: Any) -> None:
    assert sums(ce, group("model")) == {
        ("model$",): 8,
        ("model$Nova Pro",): 1,
        ("model$GPT-5.5",): 2,
        ("model$Claude Haiku 4.5",): 4,
    }
    assert sums(ce, group("provider"))["provider$Anthropic",] == 4
    assert sums(ce, group("inferenceType")) == {("inferenceType$",): 13, ("inferenceType$Input tokens",): 2}
    assert sums(ce, group("feature")) == {("feature$",): 7, ("feature$Guardrails",): 8}


@pytest.mark.parametrize("key", ["Model", "model ", "none"])
def test_a_key_that_does_not_exist_is_not_an_error(ce: Any, key: str) -> None:
    assert sums(ce, group(key)) == {(f"{key}$",): ALL}
    assert sums(ce, Filter=attribute(key, "Nova Pro", "")) == {(): 0}
    assert sums(ce, Filter=absent(key)) == {(): ALL}
    assert values(ce, key) == [""]


def test_they_go_with_a_tag_or_a_dimension(ce: Any) -> None:
    by_team = sums(ce, {"Type": "TAG", "Key": "Team"}, group("model"))
    assert by_team == {
        ("Team$a", "model$Nova Pro"): 1,
        ("Team$", "model$GPT-5.5"): 2,
        ("Team$a", "model$Claude Haiku 4.5"): 4,
        ("Team$", "model$"): 8,
    }
    by_service = sums(ce, group("model"), {"Type": "DIMENSION", "Key": "SERVICE"})
    assert by_service["model$Claude Haiku 4.5", EDITION] == 4
    assert sums(ce, group("provider"), group("model"))["provider$OpenAI", "model$GPT-5.5"] == 2


@pytest.mark.parametrize(
    ("expression", "left"),
    [
        (attribute("model", "Nova Pro"), 1),
        (attribute("model", "nova pro"), 0),
        (attribute("model", "Nova Pro", "GPT-5.5", MatchOptions=["EQUALS", "CASE_SENSITIVE"]), 1 + 2),
        (absent("model"), 8),
        ({"Not": absent("model")}, 1 + 2 + 4),
        ({"Not": attribute("model", "Nova Pro")}, 2 + 4 + 8),
        ({"And": [attribute("provider", "Anthropic"), by_tag("Team", "a")]}, 4),
        ({"Or": [attribute("provider", "Anthropic"), by_tag("Team", "a")]}, 1 + 4),
        ({"And": [absent("model"), SERVICE]}, 8),
        ({"And": [absent("model"), {"And": [SERVICE, by_tag("Team", "")]}]}, 8),
        ({"Or": [{"And": [SERVICE, attribute("model", "GPT-5.5")]}, by_dimension("SERVICE", BEDROCK)]}, 1 + 2 + 8),
    ],
)
def test_a_filter_by_them_leaves_costs_of_bedrock_only(ce: Any, expression: dict[str, Any], left: int) -> None:
    assert sums(ce, Filter=expression) == {(): left}


@pytest.mark.parametrize(
    ("expression", "rule"),
    [
        (OTHER_SERVICE, "attributes-service"),
        (by_dimension("SERVICE", "amazon bedrock"), "attributes-service"),
        ({"Not": SERVICE}, "attributes-whole"),
        ({"Not": OTHER_SERVICE}, "attributes-whole"),
        ({"And": [by_tag("Team", "a"), {"Not": SERVICE}]}, "attributes-whole"),
        ({"Not": {"Not": SERVICE}}, "attributes-whole"),
        ({"Or": [SERVICE, by_tag("Team", "a")]}, "attributes-whole"),
        ({"And": [SERVICE, {"Or": [SERVICE, by_tag("Team", "a")]}]}, "attributes-whole"),
    ],
)
def test_a_service_filter_is_of_bedrock_and_holds_for_the_whole_request(
    aws: LocalAws, ce: Any, expression: dict[str, Any], rule: str
) -> None:
    filtered = {"And": [attribute("model", "Nova Pro"), expression]}
    for question in ({"Filter": filtered}, {"Filter": expression, "GroupBy": [group("model")]}):
        refused = refusal(lambda question=question: ask(ce, OCTOBER, **question))  # type: ignore[misc]
        assert refused[:2] == (400, "ValidationException")
        assert aws.requests()[-1].rule == rule
    # Without attributes, Cost Explorer takes each of them.
    assert sums(ce, Filter=expression)


def test_getcostandusage_takes_no_service_filter_for_a_filter_and_the_values_do(aws: LocalAws, ce: Any) -> None:
    model = attribute("model", "Nova Pro")
    calls: list[tuple[Any, dict[str, Any], Any]] = [
        (ce.get_dimension_values, {"Dimension": "USAGE_TYPE"}, "DimensionValues"),
        (ce.get_dimension_values, {"Dimension": "PRODUCT_ATTRIBUTE", "DimensionKey": "model"}, "DimensionValues"),
        (ce.get_tags, {"TagKey": "Team"}, "Tags"),
    ]
    assert sums(ce, Filter=model) == {(): 1}
    for call, question, member in calls:
        asked = {"TimePeriod": OCTOBER, **question}
        for without in (model, {"Or": [model, by_tag("Team", "a")]}):
            refused = refusal(lambda call=call, asked=asked, without=without: call(**asked, Filter=without))  # type: ignore[misc]
            assert refused[:2] == (400, "ValidationException")
            assert aws.requests()[-1].rule == "attributes-service-required"
        assert len(call(**asked, Filter={"And": [SERVICE, model]})[member]) == 1


def test_values_of_a_key_have_an_empty_one_for_costs_without_it(aws: LocalAws, ce: Any) -> None:
    assert values(ce, "model") == ["", "Claude Haiku 4.5", "GPT-5.5", "Nova Pro"]
    assert values(ce, "model", SearchString="nova") == ["Nova Pro"]
    assert values(ce, "model", Context="COST_AND_USAGE", Filter=by_tag("Team", "a")) == ["Claude Haiku 4.5", "Nova Pro"]
    by_cost = [{"Key": "UnblendedCost", "SortOrder": "DESCENDING"}]
    assert values(ce, "model", SortBy=by_cost) == ["", "Claude Haiku 4.5", "GPT-5.5", "Nova Pro"]
    with_haiku = by_dimension("SERVICE", EDITION)
    assert values(ce, "model", Filter=with_haiku) == ["Claude Haiku 4.5"]
    aws.settings(cost_page_size=2)
    assert values(ce, "model") == ["", "Claude Haiku 4.5"]


@pytest.mark.parametrize("key", [None, ""])
def test_without_a_key_the_keys_are_listed_and_not_sorted(aws: LocalAws, ce: Any, key: str | None) -> None:
    assert values(ce, key) == ["feature", "inferenceType", "model", "provider"]
    assert refusal(lambda: values(ce, key, SortBy=[{"Key": "UnblendedCost"}]))[:2] == (400, "ValidationException")
    assert aws.requests()[-1].rule == "sorted-keys"


@pytest.mark.parametrize(
    ("question", "rule"),
    [
        ({"Dimension": "SERVICE", "DimensionKey": "model"}, "dimension-key"),
        ({"Dimension": "PRODUCT_ATTRIBUTE", "Context": "RESERVATIONS"}, "attributes-context"),
        ({"Dimension": "PRODUCT_ATTRIBUTE", "Filter": OTHER_SERVICE}, "attributes-service"),
    ],
)
def test_what_getdimensionvalues_refuses(aws: LocalAws, ce: Any, question: dict[str, Any], rule: str) -> None:
    refused = refusal(lambda: ce.get_dimension_values(TimePeriod=OCTOBER, **question))
    assert refused[:2] == (400, "ValidationException")
    assert aws.requests()[-1].rule == rule


@pytest.mark.parametrize(
    ("expression", "rule"),
    [
        (attribute("model"), "attributes-values"),
        (attribute("model", MatchOptions=["EQUALS"]), "attributes-values"),
        (attribute("model", "x", MatchOptions=["ABSENT"]), "attributes-absent"),
        (attribute("model", MatchOptions=["ABSENT", "CASE_SENSITIVE"]), "attributes-absent"),
        (attribute("model", "x", MatchOptions=["CONTAINS"]), "match-options"),
        ({"ProductAttributes": {"Values": ["x"]}}, "shape"),
    ],
)
def test_a_filter_has_values_or_absent(aws: LocalAws, ce: Any, expression: dict[str, Any], rule: str) -> None:
    assert refusal(lambda: ask(ce, OCTOBER, Filter=expression))[:2] == (400, "ValidationException")
    assert aws.requests()[-1].rule == rule


BEFORE = {"Start": "2026-08-31", "End": "2026-10-01"}
SEPTEMBER = {"Start": "2026-09-01", "End": "2026-10-01"}


def test_a_period_that_starts_before_september_2026_has_no_data_at_all(aws: LocalAws, ce: Any) -> None:
    model = attribute("model", "Nova Pro")
    with_service: dict[str, Any] = {"Filter": {"And": [SERVICE, model]}}

    def calls(period: dict[str, str]) -> list[Any]:
        return [
            lambda: ask(ce, period, GroupBy=[group("model")]),
            lambda: ask(ce, period, Filter=model),
            lambda: ce.get_dimension_values(TimePeriod=period, Dimension="PRODUCT_ATTRIBUTE", DimensionKey="model"),
            lambda: ce.get_dimension_values(TimePeriod=period, Dimension="SERVICE", **with_service),
            lambda: ce.get_tags(TimePeriod=period, **with_service),
        ]

    for call in calls(BEFORE):
        assert refusal(call)[:2] == (400, "DataUnavailableException")
        assert aws.requests()[-1].rule == "attributes-start"
    for call in calls(SEPTEMBER):
        call()


def test_a_forecast_does_not_take_them(aws: LocalAws, ce: Any) -> None:
    ahead = {"Start": "2026-10-15", "End": "2026-11-01"}
    asked = {"TimePeriod": ahead, "Granularity": "MONTHLY", "Metric": "UNBLENDED_COST"}
    model = {"And": [SERVICE, attribute("model", "Nova Pro")]}
    assert refusal(lambda: ce.get_cost_forecast(**asked, Filter=model))[:2] == (400, "ValidationException")
    assert aws.requests()[-1].rule == "attributes-operation"


def test_an_account_may_not_have_them(aws: LocalAws, ce: Any) -> None:
    aws.settings(product_attributes="refused")
    for call in (
        lambda: ask(ce, OCTOBER, GroupBy=[group("model")]),
        lambda: ask(ce, OCTOBER, Filter=absent("model")),
        lambda: values(ce, "model"),
        lambda: values(ce),
    ):
        assert refusal(call)[:2] == (400, "ValidationException")
        assert aws.requests()[-1].rule == "attributes"
    assert sums(ce) == {(): ALL + 16 + 32}


def test_metered_use_has_the_attributes_of_its_model(aws: LocalAws, billing: Billing, mantle: Mantle) -> None:
    aws.set_clock("2026-10-15T12:00:00Z")
    project = mantle.create("A")["id"]
    aws.use(project, OSS, 1_000_000_000, 0)
    aws.use(project, HAIKU, 0, 1_000_000)
    assert sums(billing.client, group("model"), group("inferenceType")) == {
        ("model$gpt-oss-20b", "inferenceType$Input tokens"): 70,
        ("model$Claude Haiku 4.5", "inferenceType$Output tokens"): 5,
    }
    assert sums(billing.client, group("provider"), group("feature")) == {
        ("provider$OpenAI", "feature$On-demand Inference"): 70,
        ("provider$Anthropic", "feature$On-demand Inference"): 5,
    }


def test_a_credit_for_bedrock_is_in_the_answer_and_tax_is_not(aws: LocalAws, billing: Billing) -> None:
    aws.set_clock("2026-10-15T12:00:00Z")
    aws.costs([credit("2026-10-02", "-3"), line("2026-10-02", "5", service="Tax", charge_type="Tax")])
    assert sums(billing.client, group("model")) == {("model$",): -3}


def test_without_costs_of_bedrock_there_are_no_groups(aws: LocalAws, billing: Billing) -> None:
    aws.set_clock("2026-10-15T12:00:00Z")
    aws.costs([line("2026-10-02", "5")])
    assert sums(billing.client, group("model")) == {}
    assert values(billing.client) == []
