"""The rules and switches that no check of `bedrock-projects conformance` looks at, each with the reason.

docs/conformance.md shows them. A test holds that every rule and every switch has a check, or is here.
"""

from collections.abc import Mapping
from typing import Final

_INVALID: Final = "only an invalid request shows it, and no client of ours sends one"
_QUOTA: Final = "a quota or a rate would have to be used up"
_BILLED: Final = "a billed request shows it, and the level paid sends none like it"
_DENIED: Final = "a request would have to be denied on purpose"
_PAST: Final = "it depends on the past of the account"
_SETTING: Final = "a setting of the whole account would have to be changed"
_INVOICES: Final = "no check asks for invoices yet"
_LOCAL: Final = "it is about the keys of the local AWS alone"

_RULE_IDS: Final[Mapping[str, str]] = {
    _INVALID: (
        "v1-only json-body fields no-body no-change tag-twice native-path native-body native-shape native-own "
        "native-one-field native-default native-tag-list native-tag-twice native-tag-prefix native-conflict "
        "index-shape index-expired shape key-twice keys-not-found"
    ),
    _QUOTA: "projects native-quota native-rate active-keys",
    _DENIED: "native-authenticated index-refused",
    _SETTING: "backfill-date backfill-once resource-costs",
    _PAST: "no-data history hourly resource-days",
    _INVOICES: "invoice-member invoice-account invoice-unknown invoice-token invoice-interval",
    _BILLED: (
        "inference-body anthropic-version model model-route "
        "runtime-application-profile runtime-target runtime-model runtime-json runtime-converse runtime-claude "
        "runtime-claude-extra runtime-openai runtime-limit one-root two-operands match-options date start-end "
        "forecast-start-end end start old-start oldest-start old-days metrics groups group-key sort same-question "
        "forecast-start forecast-span attributes-start attributes-service attributes-whole "
        "attributes-service-required attributes-operation attributes-values attributes-absent attributes-context "
        "dimension-key sorted-keys"
    ),
}
_SWITCH_NAMES: Final[Mapping[str, str]] = {
    _QUOTA: (
        "projects_per_account projects_limit_per projects_limit_status "
        "native_projects_per_account native_requests_a_second active_keys"
    ),
    _BILLED: ("cost_history_months bill_final_day credit_tags"),
    _SETTING: "undiscovered_key backfill_hours backfill_outcome resource_costs",
    _PAST: "cost_data forecast_history_days",
    _INVOICES: "invoice_day credit_memo_amounts",
    _LOCAL: "bearer_region",
}


def _by_name(grouped: Mapping[str, str]) -> dict[str, str]:
    return {name: reason for reason, names in grouped.items() for name in names.split()}


RULES: Final = _by_name(_RULE_IDS)
"""Rule id to the reason."""

SWITCHES: Final = _by_name(_SWITCH_NAMES)
"""Name of the setting to the reason."""
