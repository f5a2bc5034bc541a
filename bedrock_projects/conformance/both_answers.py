"""By which test the package behaves rightly whichever answer AWS gives, or why its behaviour does not depend on it.

Each question with a switch, or whose answer is unknown, is in one of these tables. An answer that none of them covers
contradicts an assumption of the package.
"""

from collections.abc import Mapping
from typing import Final

from bedrock_projects.conformance.checks import Question

TESTED_BY: Final[Mapping[str, str]] = {
    "archived_archive": "test_a_second_archive_is_not_an_error_with_any_answer",
    "archived_get": "test_a_project_archived_by_hand_ends_in_nothing_to_do",
    "archived_inference": "test_a_request_for_an_archived_project_is_judged_by_its_answer",
    "archived_update": "test_an_update_of_it_says_so_and_a_refresh_ends_it",
    "cost_analytics_metrics": "test_a_cost_that_the_account_does_not_have_is_one_message",
    "cost_page_size": "test_pages_change_the_number_of_requests_and_nothing_else",
    "discovery_hours": "test_a_key_stays_pending_until_billing_knows_it_however_late_that_is",
    "duplicate_names": "test_no_run_needs_two_projects_of_one_name",
    "list_archived": "test_a_project_archived_by_hand_ends_in_nothing_to_do",
    "list_last_id": "test_each_project_is_listed_once_with_any_paging",
    "list_paging": "test_each_project_is_listed_once_with_any_paging",
    "list_tags": "test_a_list_shows_true_tags_if_the_service_leaves_some_out",
    "marketplace_tags": "test_lines_of_marketplace_without_tags_are_unallocated",
    "metric_series": "test_requests_and_tokens_are_counted_once_whichever_series_there_are",
    "names": "test_a_name_that_aws_refuses_is_one_error_and_changes_nothing",
    "native_archived_get": "test_an_archived_project_may_be_purged",
    "native_archived_tag": "test_an_update_of_a_native_project_that_is_archived_says_so_and_a_refresh_ends_it",
    "native_archived_update": "test_an_update_of_a_native_project_that_is_archived_says_so_and_a_refresh_ends_it",
    "native_refusal": "test_an_update_of_a_native_project_that_is_archived_says_so_and_a_refresh_ends_it",
    "native_tag_lag": "test_written_tags_are_looked_at_until_they_are_as_asked",
    "omit_fields": "test_what_an_answer_leaves_out_stays_as_it_was",
    "product_attributes": "test_an_account_without_models_still_gets_a_report",
    "project_index": "test_tags_are_true_at_10_requests_a_second_with_any_index",
    "project_stores": "test_a_project_that_both_endpoints_list_counts_once",
    "runtime_project_error": "test_however_an_unknown_id_is_refused_it_counts",
    "runtime_usage_tags": "test_usage_of_bedrock_runtime_is_of_the_project_whose_tags_its_lines_have",
    "tags_counted": "test_at_the_limit_of_tags_the_removals_come_first",
    "tags_per_project": "test_as_many_tags_as_an_entry_may_have_are_written_and_replaced",
    "write_answers": "test_an_archive_that_is_not_carried_out_is_an_error",
}
"""The test, below tests/, by the switch that it sets."""

_SAME_VALUES: Final = "test_an_update_of_nothing_asks_for_nothing"
_LATE_LIST: Final = "test_a_new_project_that_no_list_shows_is_not_made_twice"
_INDEX: Final = "test_tags_are_true_at_10_requests_a_second_with_any_index"

TESTED_WITHOUT_SWITCH: Final[Mapping[str, str]] = {
    "archived.listed native-index": _INDEX,
    "archived.name-free-again name": "test_a_name_that_aws_refuses_is_one_error_and_changes_nothing",
    "create.visible-after list": _LATE_LIST,
    "create.visible-after native-index": _INDEX,
    "create.visible-after native-list": _LATE_LIST,
    "endpoint.resolves host": "test_a_region_without_the_service_is_one_message_with_host_and_region",
    "export.tag-key-form Tags": "test_each_form_of_a_tag_key_is_read",
    "metrics.default-project-value value": "test_both_levels_count_the_same_requests",
    "name.limits look-alikes": "test_an_answer_in_another_normal_form_is_not_a_change",
    "update.same-values name": _SAME_VALUES,
    "update.same-values native-name": _SAME_VALUES,
    "update.same-values native-tags": _SAME_VALUES,
    "update.same-values tags": _SAME_VALUES,
}
"""The test, below tests/, by check and question, for answers that another means than a switch gives."""

_OWN_INDEX: Final = "no code asks the index for projects of the OpenAI-shaped API"
_EARLY_READ: Final = "what a run reads too early, the next run finds by its ownership tag"

NOT_ASSUMED: Final[Mapping[str, str]] = {
    "archived.listed index": _OWN_INDEX,
    "cost.resource-id-is-project-arn resource-id": "a report on an export counts such lines, and no cost depends on it",
    "create.visible-after get": _EARLY_READ,
    "create.visible-after index": _OWN_INDEX,
    "create.visible-after native-get": _EARLY_READ,
    "quota.archived-count usage": "no code reads the usage of a quota",
    "tags.of-default native": "no code reads the tags of `default`",
}
"""Why no behaviour of the package depends on the answer, by check and question."""

ASSUMED: Final[Mapping[str, str]] = {
    "budgets.filter-expression keys": "a budget by a tag counts more than it should if either key is enough",
    "quota.archived-count counted": "AWS may refuse a project that preflight lets pass if archived ones count too",
}
"""What goes wrong with another answer than the expected one, by check and question: `doctor` warns of it."""


def handling_of(check: str, question: Question) -> str:
    """By which test, or why, any listed answer is all right; empty if another one than the expected is not."""
    name = f"{check} {question.name}"
    tests = {**TESTED_WITHOUT_SWITCH, **({name: TESTED_BY[question.switch]} if question.switch in TESTED_BY else {})}
    return f"`{tests[name]}`" if name in tests else NOT_ASSUMED.get(name, "")


def contradicts(check: str, question: Question, answer: str) -> bool:
    """Whether that answer contradicts what the package assumes.

    Another one is expected, and neither does a test have this one nor is it all the same. The tests by switch have the
    answers that it gives, the others all that the question lists.
    """
    if answer in question.expected:
        return False
    by_switch = answer in question.values and question.switch in TESTED_BY
    name = f"{check} {question.name}"
    return not by_switch and (answer not in question.others or name not in {**TESTED_WITHOUT_SWITCH, **NOT_ASSUMED})
