"""From answers to a report: whose spend it is, why some has no tag, what changed, what the month will have cost."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bedrock_projects.errors import AccessDeniedError, SettingsError
from bedrock_projects.reports.answers import ForecastAnswer, read_forecast
from bedrock_projects.reports.fetch import keys_to_look_up
from bedrock_projects.reports.missing_data import Statuses, explain_failed_lookup, explain_tag_key, no_spend_notes
from bedrock_projects.reports.model import Line, Report
from bedrock_projects.reports.percentages import percent
from bedrock_projects.reports.periods import covers_month_to_date
from tests.unit.cost_answers import (
    ACCOUNTS,
    CLAUDE,
    NOW,
    OWN,
    cost_table,
    inventory,
    make_report,
    make_request,
    project,
    result,
)

MARCH, APRIL = "2026-03", "2026-04"


def line_of(report: Report, value: str) -> Line:
    [line] = [line for line in report.lines if line.value == value]
    return line


def march(*, by: str = "Team", **amounts: str) -> Report:
    """March by a tag, of `Amazon Bedrock`; `_` means no value."""
    groups = {(f"{by}${'' if value == '_' else value}", OWN): amount for value, amount in amounts.items()}
    return make_report(make_request(by), cost_table(result(MARCH, groups)))


def test_spend_without_the_tag_is_a_line_of_its_own_with_its_share() -> None:
    report = march(by="project", a="30", _="70")
    assert report.unattributed is not None
    line = report.unattributed.line
    assert (line.label, line.total, line.share) == ("unallocated (no project)", Decimal(70), Decimal(70))
    assert [line.value for line in report.lines] == ["a"]
    assert report.total.total == 100


def test_if_nothing_is_unallocated_the_line_says_so() -> None:
    report = march(a="30")
    assert report.unattributed is not None
    assert (report.unattributed.line.total, report.unattributed.causes) == (Decimal(), ())


@pytest.mark.parametrize("by", ["model", "service"])
def test_a_report_without_a_tag_has_no_unallocated_line(by: str) -> None:
    costs = cost_table(result(MARCH, {(OWN, "USE1-m-mantle-input-tokens-standard"): "3"}), by_tag=False)
    assert make_report(make_request(by), costs).unattributed is None


def test_marketplace_spend_counts_on_the_line_of_its_tag() -> None:
    report = make_report(make_request(), cost_table(result(MARCH, {("Team$a", OWN): "5", ("Team$a", CLAUDE): "90"})))
    line = line_of(report, "a")
    assert line.total == 95
    assert [(driver.label, driver.total, driver.share) for driver in line.drivers] == [
        (CLAUDE, Decimal(90), Decimal("94.7")),
        (OWN, Decimal(5), Decimal("5.3")),
    ]


@pytest.mark.parametrize(("own", "first"), [("-200", OWN), ("-5", CLAUDE), ("-90", CLAUDE)])
def test_what_drives_a_line_is_what_has_its_sign(own: str, first: str) -> None:
    report = make_report(make_request(), cost_table(result(MARCH, {("Team$a", OWN): own, ("Team$a", CLAUDE): "90"})))
    assert line_of(report, "a").drivers[0].label == first


def test_lines_are_the_largest_first_and_equal_ones_have_equal_shares() -> None:
    report = march(a="1", b="2", c="3", _="1")
    assert [line.value for line in report.lines] == ["c", "b", "a"]
    assert report.unattributed is not None
    shares = [line.share for line in (*report.lines, report.unattributed.line)]
    assert shares == [Decimal(share) for share in ("42.9", "28.6", "14.3", "14.3")]
    assert report.total.amounts == (Decimal(7),)


def test_models_of_a_service_and_usage_types_of_a_model() -> None:
    groups = {
        (OWN, "USE1-gpt-mantle-input-tokens-standard"): "3",
        (OWN, "EUW1-gpt-mantle-output-tokens-standard"): "4",
        (CLAUDE, "USE1-MP:USE1_input_tokens_standard-Units"): "1",
    }
    costs = cost_table(result(MARCH, groups), by_tag=False)
    by_model, by_service = make_report(make_request("model"), costs), make_report(make_request("service"), costs)
    assert [(line.value, line.total) for line in by_model.lines] == [("gpt", Decimal(7)), ("Claude X", Decimal(1))]
    assert [driver.label for driver in line_of(by_model, "gpt").drivers] == [
        "EUW1-gpt-mantle-output-tokens-standard",
        "USE1-gpt-mantle-input-tokens-standard",
    ]
    assert [(driver.label, driver.total) for driver in line_of(by_service, OWN).drivers] == [("gpt", Decimal(7))]


CONTENTS = inventory(
    project("chat"),
    project("old", status="archived"),
    project("new-key", previous_owners=("acme/prod/old-key",)),
)


@pytest.mark.parametrize(
    ("value", "label", "state", "archived"),
    [
        ("acme/prod/chat", "Chat", "active", False),
        ("acme/prod/old", "Old", "archived", True),
        ("acme/prod/gone", "gone", "unlisted", True),
        ("acme/prod/old-key", "New-Key, formerly acme/prod/old-key", "active", False),
        ("other/prod/chat", "other/prod/chat", None, False),
        ("acme/prod", "acme/prod", None, False),
    ],
)
def test_a_project_is_named_by_the_inventory_also_when_it_is_archived_or_gone(
    value: str, label: str, state: str | None, archived: bool
) -> None:
    costs = cost_table(result(MARCH, {(f"bedrock-project${value}", OWN): "1"}))
    line = line_of(make_report(make_request("project"), costs, contents=CONTENTS), value)
    assert (line.label, line.project and line.project.state, line.archived) == (label, state, archived)


def test_projects_of_one_name_in_several_environments_get_different_labels() -> None:
    contents = inventory(project("chat"), project("chat", environment="dev"), project("old"))
    groups = {(f"bedrock-project$acme/{name}", OWN): "1" for name in ("dev/chat", "prod/chat", "prod/old")}
    report = make_report(make_request("project"), cost_table(result(MARCH, groups)), contents=contents)
    assert [line.label for line in report.lines] == ["Chat in dev", "Chat in prod", "Old"]


UNATTRIBUTED = {
    (OWN, "USE1-gpt-mantle-input-tokens-standard"): "10",
    (OWN, "USE1-Nova2.0Lite-input-tokens"): "20",
    ("Amazon Bedrock Service", "USE1-x-mantle-output-tokens-flex"): "5",
    (CLAUDE, "USE1-MP:USE1_input_tokens_standard-Units"): "60",
}


def split(total: str, **answers: Any) -> Report:
    return make_report(make_request(), cost_table(result(MARCH, {("Team$", OWN): total})), **answers)


def test_unallocated_spend_is_split_by_cause_and_account() -> None:
    usage = cost_table(result(MARCH, UNATTRIBUTED), by_tag=False)
    in_accounts = cost_table(result(MARCH, {("222222222222",): "90", ("111111111111",): "5"}), by_tag=False)
    unallocated = split("95", unallocated_usage=usage, unallocated_accounts=in_accounts).unattributed
    assert unallocated is not None
    assert [(cause.kind, cause.total) for cause in unallocated.causes] == [
        ("marketplace", Decimal(60)),
        ("bedrock-runtime", Decimal(20)),
        ("default project", Decimal(15)),
    ]
    assert [(part.account.id, part.account.name, part.total) for part in unallocated.accounts] == [
        ("222222222222", "", Decimal(90)),
        ("111111111111", "Shop", Decimal(5)),
    ]


def test_what_the_splits_miss_is_said_and_nothing_is_lost() -> None:
    usage = cost_table(result(MARCH, UNATTRIBUTED), by_tag=False)
    in_accounts = cost_table(result(MARCH, {("111111111111",): "90"}), by_tag=False)
    unallocated = split("97", unallocated_usage=usage, unallocated_accounts=in_accounts).unattributed
    assert unallocated is not None
    assert ("unknown", Decimal(2)) in [(cause.kind, cause.total) for cause in unallocated.causes]
    assert ("unknown", Decimal(7)) in [(part.account.id, part.total) for part in unallocated.accounts]
    for parts in (unallocated.causes, unallocated.accounts):
        assert sum((part.total for part in parts), Decimal()) == 97
        assert all(part.share == percent(part.total, Decimal(97)) for part in parts)


def test_with_one_account_all_unallocated_spend_is_there() -> None:
    unallocated = split("97", accounts=ACCOUNTS[:1]).unattributed
    assert unallocated is not None
    assert [(part.account, part.total) for part in unallocated.accounts] == [(ACCOUNTS[0], Decimal(97))]


def test_estimated_and_partial_periods_are_marked() -> None:
    costs = cost_table(result(MARCH, {("Team$a", OWN): "1"}), result(APRIL, {("Team$a", OWN): "1"}, estimated=True))
    report = make_report(make_request(end="2026-04-30"), costs)
    assert [(period.estimated, period.partial) for period in report.periods] == [(False, False), (True, True)]


def test_a_comparison_has_lines_of_both_times() -> None:
    previous = cost_table(result("2026-02", {("Team$a", OWN): "10", ("Team$gone", OWN): "4"}))
    costs = cost_table(result(MARCH, {("Team$a", OWN): "15", ("Team$new", OWN): "3"}))
    report = make_report(make_request(compare=True), costs, previous=previous)
    changes = {line.value: (line.previous, line.change, line.change_percent) for line in report.lines}
    assert changes == {
        "a": (Decimal(10), Decimal(5), Decimal("50.0")),
        "new": (Decimal(), Decimal(3), None),
        "gone": (Decimal(4), Decimal(-4), Decimal("-100.0")),
    }
    assert (report.total.total, report.total.previous, report.total.change) == (Decimal(18), Decimal(14), Decimal(4))


def test_times_in_two_currencies_are_not_compared() -> None:
    previous, costs = (cost_table(result(MARCH, {("Team$a", OWN): "1"}, unit=unit)) for unit in ("CNY", "USD"))
    with pytest.raises(SettingsError, match="CNY, USD"):
        make_report(make_request(compare=True), costs, previous=previous)


def test_cost_changes_name_the_service_that_drives_them() -> None:
    previous = cost_table(result("2026-02", {("Team$a", OWN): "10", ("Team$a", CLAUDE): "10", ("Team$b", OWN): "100"}))
    costs = cost_table(result(MARCH, {("Team$a", OWN): "9", ("Team$a", CLAUDE): "40", ("Team$b", OWN): "110"}))
    [cost_change] = make_report(make_request(compare=True), costs, previous=previous).jumps
    assert (cost_change.value, cost_change.change, cost_change.change_percent) == ("a", Decimal(29), Decimal("145.0"))
    assert [(driver.label, driver.total) for driver in cost_change.drivers] == [(CLAUDE, Decimal(30))]
    assert cost_change.before == make_request(compare=True).previous


def test_cost_changes_are_between_whole_months_only() -> None:
    """The running month always looks like a drop."""
    costs = cost_table(
        result("2026-02", {("Team$a", OWN): "10"}),
        result(MARCH, {("Team$a", OWN): "30"}),
        result(APRIL, {("Team$a", OWN): "1"}, estimated=True),
    )
    [cost_change] = make_report(make_request(start="2026-02-01", end="2026-04-14"), costs).jumps
    assert (cost_change.after.start.month, cost_change.change) == (3, Decimal(20))


@pytest.mark.parametrize(
    ("before", "after", "rest", "is_change"),
    [
        ("10", "12.50", "0", True),
        ("10", "12.49", "0", False),
        ("10", "7.50", "0", True),
        ("0", "1", "0", True),
        ("0", "0.99", "0", False),
        ("0", "5", "1000", False),
        ("0", "15", "1000", True),
    ],
)
def test_a_cost_change_is_a_quarter_and_one_dollar_and_one_per_cent_of_all(
    before: str, after: str, rest: str, is_change: bool
) -> None:
    previous = cost_table(result("2026-02", {("Team$a", OWN): before, ("Team$b", OWN): rest}))
    costs = cost_table(result(MARCH, {("Team$a", OWN): after, ("Team$b", OWN): rest}))
    cost_changes = make_report(make_request(compare=True), costs, previous=previous).jumps
    assert [change.value for change in cost_changes] == (["a"] if is_change else [])


def test_the_forecast_adds_to_what_the_month_has_cost() -> None:
    costs = cost_table(result(MARCH, {("Team$a", OWN): "50"}), result(APRIL, {("Team$a", OWN): "20"}))
    answer = ForecastAnswer(mean=Decimal(16), low=Decimal(10), high=Decimal(22))
    forecast = make_report(make_request(end="2026-04-14"), costs, forecast=answer).forecast
    assert forecast is not None
    assert (forecast.actual, forecast.rest, forecast.total, forecast.low, forecast.high) == tuple(
        map(Decimal, (20, 16, 36, 30, 42))
    )
    assert (forecast.month.start.isoformat(), forecast.month.end.isoformat()) == ("2026-04-01", "2026-04-30")


def test_todays_column_is_not_counted_twice() -> None:
    costs = cost_table(result("2026-04-14", {("Team$a", OWN): "20"}), result("2026-04-15", {("Team$a", OWN): "3"}))
    answer = ForecastAnswer(mean=Decimal(16), low=Decimal(10), high=Decimal(22))
    forecast = make_report(
        make_request(start="2026-04-01", end="2026-04-15", granularity="day"), costs, forecast=answer
    ).forecast
    assert forecast is not None
    assert forecast.actual == 20


@pytest.mark.parametrize(
    ("start", "end", "wanted"),
    [
        ("2026-04-01", "2026-04-14", True),
        ("2026-02-01", "2026-04-30", True),
        ("2026-04-02", "2026-04-14", False),
        ("2026-04-01", "2026-04-13", False),
    ],
)
def test_there_is_a_forecast_if_the_report_has_the_month_until_now(start: str, end: str, wanted: bool) -> None:
    assert covers_month_to_date(make_request(start=start, end=end).dates, today=NOW.date()) is wanted


def test_a_forecast_without_an_interval_is_one_point() -> None:
    answer = {"Total": {"Amount": "3", "Unit": "USD"}, "ForecastResultsByTime": [{"MeanValue": "3"}]}
    assert read_forecast(answer) == ForecastAnswer(mean=Decimal(3), low=Decimal(3), high=Decimal(3))


@pytest.mark.parametrize(
    ("by", "filters", "groups", "keys"),
    [
        ("tag:team", [], {("team$", OWN): "5"}, ("team",)),
        ("tag:team", [], {("team$", OWN): "5", ("team$a", OWN): "0"}, ("team",)),
        ("Team", [], {("Team$", OWN): "5", ("Team$a", OWN): "1"}, ()),
        ("Team", ["App=x"], {}, ("App",)),
        ("Team", ["App=x", "Env=y"], {("Team$", OWN): "0"}, ("App", "Env")),
        ("Team", ["App=x"], {("Team$", OWN): "1"}, ("Team",)),
        ("Team", ["App="], {("Team$a", OWN): "1"}, ("App",)),
        ("Team", ["App=x", "App=", "Team="], {("Team$", OWN): "1"}, ("Team", "App")),
        ("Team", [], {}, ()),
        ("service", [], {(OWN, "x"): "1"}, ()),
    ],
)
def test_a_key_is_looked_up_if_all_spend_is_without_a_value_or_the_filter_leaves_none(
    by: str, filters: list[str], groups: dict[tuple[str, ...], str], keys: tuple[str, ...]
) -> None:
    costs = cost_table(result(MARCH, groups), by_tag=by != "service")
    assert keys_to_look_up(make_request(by, filters=filters), costs) == keys


@pytest.mark.parametrize(
    ("statuses", "words"),
    [
        ({"team": "Inactive"}, "tag key team is inactive in Billing"),
        ({"team": "Active"}, "tag key team is active, but no spend in this period carries it"),
        ({"Team": "Active"}, "no tag key team, but Team (Active); keys are case-sensitive: use Team"),
        ({"Team": "Inactive", "team": "Inactive"}, "tag key team is inactive"),
        ({"App": "Active"}, "tag key team is pending"),
        ({}, "within two days of the first billed request"),
    ],
)
def test_a_key_is_explained_by_what_billing_says(statuses: Statuses, words: str) -> None:
    assert words in explain_tag_key("team", statuses, ["team"])


@pytest.mark.parametrize("statuses", [{"Unit": "Inactive"}, {}])
def test_a_run_activates_the_keys_of_the_inventory_and_no_others(statuses: Statuses) -> None:
    assert "`pulumi up` activates it" in explain_tag_key("Unit", statuses, ["Unit"])
    note = explain_tag_key("Unit", statuses, ["Team"])
    assert "`pulumi up`" not in note
    assert "activate it in Billing (it is not in the inventory)" in note


def test_if_billing_does_not_say_the_inventory_helps() -> None:
    refusal = AccessDeniedError("denied", action="listing")
    assert "the inventory has Team" in explain_failed_lookup("team", ["Team"], refusal)
    assert "inventory" not in explain_failed_lookup("Team", ["Team"], refusal)


def test_nothing_is_said_to_be_nothing() -> None:
    costs = cost_table(result(MARCH, {("Team$", OWN): "0"}, unit="N/A"))
    request = make_request(filters=["App=x", "Env="])
    assert no_spend_notes(request, costs) == (
        "no Bedrock spend with App = x and Env absent from 2026-03-01 to 2026-03-31",
    )
    assert no_spend_notes(replace(request, filters=()), cost_table(result(MARCH, {("Team$a", OWN): "1"}))) == ()
