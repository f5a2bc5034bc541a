"""By which test the package behaves rightly whichever answer AWS gives, for the switches that give both.

An answer of a switch that is not here, or of no switch, contradicts an assumption of the package.
"""

from collections.abc import Mapping
from typing import Final

from bedrock_projects.conformance.checks import Question

TESTED_BY: Final[Mapping[str, str]] = {
    "archived_archive": "test_a_second_archive_is_no_error_whatever_the_service_says",
    "archived_get": "test_a_project_archived_by_hand_ends_in_nothing_to_do",
    "archived_update": "test_an_update_of_it_says_so_and_a_refresh_ends_it",
    "list_archived": "test_a_project_archived_by_hand_ends_in_nothing_to_do",
    "list_last_id": "test_each_project_is_listed_once_whatever_becomes_of_the_paging",
    "list_paging": "test_each_project_is_listed_once_whatever_becomes_of_the_paging",
    "list_tags": "test_a_list_shows_true_tags_whatever_the_service_leaves_out",
    "metric_series": "test_requests_and_tokens_are_counted_once_whichever_series_there_are",
    "native_archived_get": "test_an_archived_project_may_be_purged",
    "native_tag_lag": "test_written_tags_are_looked_at_until_they_are_as_asked",
    "omit_fields": "test_what_an_answer_leaves_out_stays_as_it_was",
    "project_index": "test_tags_are_true_at_10_requests_a_second_whatever_the_index_does",
    "project_stores": "test_a_project_that_both_endpoints_list_counts_once",
    "tags_counted": "test_at_the_limit_of_tags_the_removals_come_first",
    "write_answers": "test_an_archive_that_is_not_carried_out_is_an_error",
}
"""The test, one of tests/local_aws, by the switch that it sets."""


def contradicts(question: Question, answer: str) -> bool:
    """Whether that answer contradicts what the package assumes: another is expected, and no test has this one."""
    if answer in question.expected:
        return False
    return answer not in question.values or question.switch not in TESTED_BY
