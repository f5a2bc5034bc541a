"""Usage of a line: kinds of usage types, tokens in units, and what a million tokens cost."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.reports.unit_costs import LineUsage, UsageAmount, name_uncounted, sum_usage, usage_of
from bedrock_projects.reports.units import tokens
from bedrock_projects.reports.usage_types import (
    TOKEN_KINDS,
    UsageKind,
    is_marketplace_usage,
    is_of_project_endpoint,
    usage_kind,
)

# As AWS's pages, AWS's price lists and bills of live accounts have them, in public repositories.
KINDS: dict[UsageKind, Sequence[str]] = {
    "input": (
        "USE1-openai.gpt-5.5-mantle-input-tokens-standard",
        "USW2-anthropic.claude-opus-4-8-mantle-input-tokens-global-standard",
        "USE1-xai.grok-4.3-mantle-input-tokens-batch",
        "USE1-Claude2.0-input-tokens",
        "USE1-Claude4.6Sonnet-input-tokens",
        "USE1-Claude4.6Opus-input-tokens-cross-region-global",
        "USE1-Claude4Sonnet-input-tokens-cross-region-global-batch",
        "USE1-Nova2.0Lite-input-tokens-flex",
        "USE1-NovaPro-input-tokens-latency-optimized",
        "USE1-NovaMicro-input-tokens-batch",
        "USE1-NovaSonic-text-input-tokens",
        "EU-TitanEmbeddingV2-Text-input-tokens",
        "USE1-TitanEmbeddingsG1-Image-input-tokens",
        "USE1-MP:USE1_InputTokenCount-Units",
        "USE1-MP:USE1_InputTokenCount_Global-Units",
        "USE1-MP:USE1_InputTokenCount_Batch-Units",
        "USE1-MP:USE1_input_tokens_standard-Units",
        "USE1-MP:USE1_input_tokens_global_standard-Units",
        "APN1-MP:APN1_MillionBatchInputTokens-Units",
        "USE1-Model-INPUT-TOKENS",
    ),
    "output": (
        "USE1-openai.gpt-5.5-mantle-output-tokens-standard",
        "USE1-gpt-oss-120b-output-tokens-priority",
        "USE1-Claude4Sonnet-output-tokens-long-context-cross-region-global",
        "APN1-model-output-token-count",
        "USW2-MP:USW2_output_tokens_standard-Units",
        "USE1-MP:USE1_OutputTokenCount-Units",
        "USE1-MP:USE1_OutputTokenCount_Global-Units",
        "USE1-MP:USE1_MillionBatchOutputTokens-Units",
    ),
    "cache read": (
        "USE1-openai.gpt-5.5-mantle-cache-read-tokens-standard",
        "USE1-Claude4.6Sonnet-cache-read-input-token-count",
        "USE1-Claude4.6Opus-cache-read-input-token-count-cross-region-global",
        "USE1-NovaMicro-cache-read-input-token-count-custom-model",
        "USE1-model-cacheread-tokens",
        "USE1-MP:USE1_CacheReadInputTokenCount-Units",
        "USE1-MP:USE1_CacheReadInputTokenCount_Global-Units",
        "USE1-MP:USE1_cache_read_tokens_standard-Units",
    ),
    "cache write": (
        "USW2-anthropic.claude-opus-4-8-mantle-cache-write-tokens-standard",
        "USE1-openai.gpt-5.6-luna-mantle-cache-write-tokens-5m-long-ctx-flex",
        "USE1-Nova2.0Lite-cache-write-input-token-count",
        "USE1-Claude4.6Opus-cache-write-1h-input-token-count",
        "USE1-model-cache-write-1h-tokens",
        "USE1-MP:USE1_CacheWriteInputTokenCount-Units",
        "USE1-MP:USE1_CacheWrite1hInputTokenCount_Global-Units",
        "USE1-MP:USE1_cache_write_tokens_1h_global_standard-Units",
        "EU-MP:EU_cache_write_tokens_standard-Units",
    ),
    "other": (
        "EU-Guardrail-ContentPolicy",
        "USE1-Guardrail-ContentPolicyUnitsConsumed",
        "USE1-Qwen3-32B-ProvisionedThroughput-NoCommit-ModelUnits",
        "USE1-MP:USE1_Reserved_1Month_InputTPM_Geo-Units",
        "APN1-AmazonRerank-v1-searchunits",
        "USE1-BedrockKnowledgeBase-searchunits-token",
        "USE1-TitanEmbeddingsG1-Image-input-image",
        "USE1-Qwen3-32B-input-image-token-count",
        "USE1-Nova2.0Omni-input-audio-token-count",
        "USE1-NovaSonic-speech-input-tokens",
        "USE1-NovaSonic-speech-output-tokens",
        "USE1-MP:USE1_InputTextRequestCount-Units",
        "USE1-NovaLite-Customization-Training",
        "Requests",
        "BoxUsage:m5.large",
        "",
    ),
}
INPUT, OUTPUT = "USE1-openai.gpt-5.5-mantle-input-tokens-standard", "USE1-openai.gpt-5.5-mantle-output-tokens-standard"
READ, WRITE = "USE1-m-mantle-cache-read-tokens-standard", "USE1-m-mantle-cache-write-tokens-standard"
MARKETPLACE, GUARDRAIL = "USE1-MP:USE1_input_tokens_standard-Units", "EU-Guardrail-ContentPolicy"


@pytest.mark.parametrize(
    ("usage_type", "kind"), [(usage_type, kind) for kind, several in KINDS.items() for usage_type in several]
)
def test_the_words_of_a_usage_type_say_what_it_counts(usage_type: str, kind: UsageKind) -> None:
    assert usage_kind(usage_type) == kind


@pytest.mark.parametrize(("usage_type", "mark"), [(INPUT, True), ("USE1-Claude2.0-input-tokens", False)])
def test_the_endpoint_of_projects_marks_its_usage_types(usage_type: str, mark: bool) -> None:
    assert is_of_project_endpoint(usage_type) is mark


@pytest.mark.parametrize("usage_type", [MARKETPLACE, "USE2_InputTokenCount-Units", "USE1-MP:USE1_tokens"])
def test_usage_types_of_marketplace_are_recognised(usage_type: str) -> None:
    assert is_marketplace_usage(usage_type)
    assert not is_marketplace_usage(INPUT)


UNITS = [
    ("Tokens", INPUT, 1),
    ("1K tokens", INPUT, 1_000),
    ("1K Tokens", OUTPUT, 1_000),
    ("1000 tokens", INPUT, 1_000),
    ("1000 Tokens", INPUT, 1_000),
    ("1M tokens", MARKETPLACE, 1_000_000),
    ("1M Tokens", INPUT, 1_000_000),
    (" 1m  tokens ", INPUT, 1_000_000),
    ("1000000 Tokens", INPUT, 1_000_000),
    ("Units", MARKETPLACE, 1_000_000),
    ("Units", "USE1-MP:USE1_CacheReadInputTokenCount-Units", 1_000_000),
]


@pytest.mark.parametrize(("unit", "usage_type", "size"), UNITS)
def test_a_unit_of_tokens_is_so_many_of_them(unit: str, usage_type: str, size: int) -> None:
    assert tokens(Decimal("2.0000000001"), unit, usage_type) == Decimal("2.0000000001") * size


@pytest.mark.parametrize("unit", ["N/A", "", "1B tokens", "Requests", "hour", "1K text units", "tokens/s"])
@pytest.mark.parametrize("usage_type", [INPUT, MARKETPLACE])
def test_any_other_unit_is_not_a_number_of_tokens(unit: str, usage_type: str) -> None:
    assert tokens(Decimal(1), unit, usage_type) is None


def test_units_are_tokens_in_marketplace_alone() -> None:
    assert tokens(Decimal(1), "Units", INPUT) is None


@pytest.mark.parametrize("usage_type", KINDS["other"])
@pytest.mark.parametrize("unit", ["1K tokens", "Units", "Tokens"])
def test_usage_that_is_not_in_tokens_has_none_in_any_unit(usage_type: str, unit: str) -> None:
    assert tokens(Decimal(1), unit, usage_type) is None


def amount(usage_type: str, unit: str, quantity: str, cost: str) -> UsageAmount:
    return UsageAmount(usage_type=usage_type, unit=unit, quantity=Decimal(quantity), cost=Decimal(cost))


def cost_of(line: LineUsage) -> Decimal:
    """The cost of everything."""
    return sum(line.cost.values(), Decimal()) + line.unknown_cost


def test_tokens_of_different_units_are_added_as_tokens() -> None:
    line = usage_of([amount(INPUT, "1K tokens", "1500", "8.25"), amount(MARKETPLACE, "Units", "0.5", "2.75")])
    assert line.tokens == {"input": 2_000_000, "output": 0, "cache read": 0, "cache write": 0}
    assert line.per_million == {"input": Decimal("5.5"), "output": None, "cache read": None, "cache write": None}
    assert line.blended_per_million == Decimal("5.5")
    assert (line.is_partial, line.other) == (False, {})


def test_a_blended_unit_cost_is_all_cost_of_tokens_over_all_tokens() -> None:
    line = usage_of(
        [
            amount(INPUT, "1K tokens", "3000", "16.5"),
            amount(OUTPUT, "1K tokens", "1000", "33"),
            amount(GUARDRAIL, "1K text units", "4", "0.6"),
        ]
    )
    assert line.blended_per_million == Decimal("49.5") / 4
    assert (line.cost["other"], cost_of(line)) == (Decimal("0.6"), Decimal("50.1"))
    assert line.other == {"1K text units": 4}
    assert line.unknown_cost == 0


def test_tokens_that_cannot_be_counted_are_in_no_unit_cost_and_are_named() -> None:
    line = usage_of([amount(INPUT, "1K tokens", "1000", "5"), amount(INPUT, "N/A", "7", "2")])
    assert line.is_partial
    assert (line.per_million["input"], line.blended_per_million) == (Decimal(5), None)
    assert (line.unknown_cost, cost_of(line)) == (Decimal(2), Decimal(7))
    assert line.other == {"N/A": 7}
    assert name_uncounted(line) == f"{INPUT} (N/A)"


def test_of_many_only_the_most_expensive_are_named() -> None:
    line = usage_of([amount(f"USE1-m{n}-input-tokens", "", "1", str(n)) for n in range(5)])
    assert name_uncounted(line, most=2) == (
        "USE1-m4-input-tokens (without a unit), USE1-m3-input-tokens (without a unit) and 3 more"
    )
    assert name_uncounted(usage_of([])) == ""


def test_the_cache_share_is_of_what_was_sent_to_models() -> None:
    sent = [amount(INPUT, "1K tokens", "1", "1"), amount(READ, "1K tokens", "6", "1")]
    line = usage_of([*sent, amount(WRITE, "1K tokens", "1", "1"), amount(OUTPUT, "1K tokens", "100", "1")])
    assert line.cache_hit_share == Decimal("0.75")
    assert usage_of([amount(OUTPUT, "1K tokens", "1", "1")]).cache_hit_share is None


@pytest.mark.parametrize(
    ("uncounted", "has_share"),
    [("USE1-m-input-tokens", False), (READ, False), (WRITE, False), (OUTPUT, True)],
)
def test_no_quotient_is_of_a_kind_that_is_counted_in_part(uncounted: str, has_share: bool) -> None:
    """Half of the input would make the share of the cache too high, and the mix of the blended cost another one."""
    known = [amount(kind, "1K tokens", "4", "1") for kind in (INPUT, READ, WRITE, OUTPUT)]
    assert (usage_of(known).cache_hit_share, usage_of(known).blended_per_million) == (Decimal(1) / 3, Decimal(250))
    line = usage_of([*known, amount(uncounted, "Units", "7", "2")])
    assert (line.cache_hit_share is not None, line.blended_per_million) == (has_share, None)
    assert line.per_million["input"] == 250, "of the tokens that are counted"
    whole = sum_usage([line, usage_of(known)])
    assert (whole.cache_hit_share is not None, whole.blended_per_million) == (has_share, None)


def test_without_use_nothing_is_divided() -> None:
    line = usage_of([amount(INPUT, "N/A", "0", "0")])
    assert line == usage_of([])
    assert (line.blended_per_million, line.cache_hit_share, line.is_partial) == (None, None, False)
    assert set(line.per_million.values()) == {None}


def test_tokens_that_aws_took_back_give_no_unit_cost() -> None:
    line = usage_of([amount(INPUT, "1K tokens", "-1", "-5"), amount(READ, "1K tokens", "-1", "1")])
    assert (line.per_million["input"], line.blended_per_million, line.cache_hit_share) == (None, None, None)


def test_a_credit_is_cost_without_quantity() -> None:
    line = usage_of([amount(INPUT, "1K tokens", "1000", "5"), amount(INPUT, "N/A", "0", "-5")])
    assert line.per_million["input"] == 5
    assert (line.unknown_cost, cost_of(line)) == (Decimal(-5), Decimal())
    assert line.other == {}


decimals = st.decimals(min_value=-(10**9), max_value=10**9, places=10, allow_nan=False, allow_infinity=False)
amounts = st.lists(
    st.builds(
        UsageAmount,
        usage_type=st.sampled_from([INPUT, OUTPUT, READ, WRITE, MARKETPLACE, GUARDRAIL, "USE1-m-input-tokens"]),
        unit=st.sampled_from(["1K tokens", "1M Tokens", "Tokens", "Units", "N/A", "", "hour"]),
        quantity=decimals,
        cost=decimals,
    ),
    max_size=8,
)


@given(amounts, amounts)
def test_lines_together_have_the_usage_of_all_their_amounts(one: list[UsageAmount], more: list[UsageAmount]) -> None:
    assert sum_usage([usage_of(one), usage_of(more)]) == usage_of(one + more)


@given(amounts)
def test_all_cost_is_in_a_line_once(several: list[UsageAmount]) -> None:
    assert cost_of(usage_of(several)) == sum(each.cost for each in several)


@given(amounts)
def test_a_quantity_is_in_tokens_or_by_its_own_unit(several: list[UsageAmount]) -> None:
    line: LineUsage = usage_of(several)
    assert set(line.tokens) == set(TOKEN_KINDS)
    as_tokens = [(each, tokens(each.quantity, each.unit, each.usage_type)) for each in several]
    assert line.total_tokens == sum(count for _, count in as_tokens if count is not None)
    for unit, quantity in line.other.items():
        assert quantity == sum(each.quantity for each, count in as_tokens if count is None and each.unit == unit)
