"""From answers to a report: whose spend it is, why some is nobody's, what jumped, what the month will have cost."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bedrock_projects.errors import AccessDeniedError, SettingsError
from bedrock_projects.reports.forecast import ForecastAnswer, answer_of, is_forecast_wanted
from bedrock_projects.reports.missing_data import explanation, nothing_at_all, to_explain, unexplained
from bedrock_projects.reports.model import Line, Report
from tests.unit.cost_answers import ACCOUNTS, CLAUDE, NOW, OWN, inventory, project, report, result, table, wish

MARCH, APRIL = "2026-03", "2026-04"


def line_of(found: Report, value: str) -> Line:
    [line] = [each for each in found.lines if each.value == value]
    return line


def march(*, by: str = "Team", **amounts: str) -> Report:
    """March by a tag, of `Amazon Bedrock`; `_` stands for no value."""
    groups = {(f"{by}${'' if value == '_' else value}", OWN): amount for value, amount in amounts.items()}
    return report(wish(by), table(result(MARCH, groups)))


def test_spend_without_the_tag_is_a_line_of_its_own_with_its_share() -> None:
    found = march(by="project", a="30", _="70")
    assert found.unattributed is not None
    line = found.unattributed.line
    assert (line.label, line.total, line.share) == ("unattributed (no project)", Decimal(70), Decimal(70))
    assert [each.value for each in found.lines] == ["a"]
    assert found.total.total == 100


def test_where_nothing_is_unattributed_the_line_says_so() -> None:
    found = march(a="30")
    assert found.unattributed is not None
    assert (found.unattributed.line.total, found.unattributed.causes) == (Decimal(), ())


@pytest.mark.parametrize("by", ["model", "service"])
def test_a_report_without_a_tag_has_no_unattributed_line(by: str) -> None:
    costs = table(result(MARCH, {(OWN, "USE1-m-mantle-input-tokens-standard"): "3"}), by_tag=False)
    assert report(wish(by), costs).unattributed is None


def test_marketplace_spend_counts_on_the_line_of_its_tag() -> None:
    found = report(wish(), table(result(MARCH, {("Team$a", OWN): "5", ("Team$a", CLAUDE): "90"})))
    line = line_of(found, "a")
    assert line.total == 95
    assert [(each.label, each.total, each.share) for each in line.drivers] == [
        (CLAUDE, Decimal(90), Decimal("94.7")),
        (OWN, Decimal(5), Decimal("5.3")),
    ]


@pytest.mark.parametrize(("own", "first"), [("-200", OWN), ("-5", CLAUDE), ("-90", CLAUDE)])
def test_what_drives_a_line_is_what_has_its_sign(own: str, first: str) -> None:
    found = report(wish(), table(result(MARCH, {("Team$a", OWN): own, ("Team$a", CLAUDE): "90"})))
    assert line_of(found, "a").drivers[0].label == first


def test_lines_are_the_largest_first_and_their_shares_add_up() -> None:
    found = march(a="1", b="2", c="3", _="1")
    assert [each.value for each in found.lines] == ["c", "b", "a"]
    assert found.unattributed is not None
    shares = [each.share for each in (*found.lines, found.unattributed.line)]
    assert sum(share for share in shares if share is not None) == 100
    assert found.total.amounts == (Decimal(7),)


def test_models_of_a_service_and_usage_types_of_a_model() -> None:
    groups = {
        (OWN, "USE1-gpt-mantle-input-tokens-standard"): "3",
        (OWN, "EUW1-gpt-mantle-output-tokens-standard"): "4",
        (CLAUDE, "USE1-MP:USE1_input_tokens_standard-Units"): "1",
    }
    costs = table(result(MARCH, groups), by_tag=False)
    by_model, by_service = report(wish("model"), costs), report(wish("service"), costs)
    assert [(each.value, each.total) for each in by_model.lines] == [("gpt", Decimal(7)), ("Claude X", Decimal(1))]
    assert [each.label for each in line_of(by_model, "gpt").drivers] == [
        "EUW1-gpt-mantle-output-tokens-standard",
        "USE1-gpt-mantle-input-tokens-standard",
    ]
    assert [(each.label, each.total) for each in line_of(by_service, OWN).drivers] == [("gpt", Decimal(7))]


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
    costs = table(result(MARCH, {(f"bedrock-project${value}", OWN): "1"}))
    line = line_of(report(wish("project"), costs, contents=CONTENTS), value)
    assert (line.label, line.project and line.project.state, line.archived) == (label, state, archived)


def test_projects_of_one_name_in_several_environments_are_told_apart() -> None:
    contents = inventory(project("chat"), project("chat", environment="dev"), project("old"))
    groups = {(f"bedrock-project$acme/{name}", OWN): "1" for name in ("dev/chat", "prod/chat", "prod/old")}
    found = report(wish("project"), table(result(MARCH, groups)), contents=contents)
    assert [line.label for line in found.lines] == ["Chat in dev", "Chat in prod", "Old"]


UNATTRIBUTED = {
    (OWN, "USE1-gpt-mantle-input-tokens-standard"): "10",
    (OWN, "USE1-Nova2.0Lite-input-tokens"): "20",
    ("Amazon Bedrock Service", "USE1-x-mantle-output-tokens-flex"): "5",
    (CLAUDE, "USE1-MP:USE1_input_tokens_standard-Units"): "60",
}


def split(total: str, **answers: Any) -> Report:
    return report(wish(), table(result(MARCH, {("Team$", OWN): total})), **answers)


def test_unattributed_spend_is_split_by_cause_and_account() -> None:
    causes = table(result(MARCH, UNATTRIBUTED), by_tag=False)
    in_accounts = table(result(MARCH, {("222222222222",): "90", ("111111111111",): "5"}), by_tag=False)
    found = split("95", causes=causes, in_accounts=in_accounts).unattributed
    assert found is not None
    assert [(each.kind, each.total) for each in found.causes] == [
        ("marketplace", Decimal(60)),
        ("bedrock-runtime", Decimal(20)),
        ("default project", Decimal(15)),
    ]
    assert [(each.account.id, each.account.name, each.total) for each in found.accounts] == [
        ("222222222222", "", Decimal(90)),
        ("111111111111", "Shop", Decimal(5)),
    ]


def test_what_the_splits_miss_is_said_and_nothing_is_lost() -> None:
    causes = table(result(MARCH, UNATTRIBUTED), by_tag=False)
    in_accounts = table(result(MARCH, {("111111111111",): "90"}), by_tag=False)
    found = split("97", causes=causes, in_accounts=in_accounts).unattributed
    assert found is not None
    assert ("unknown", Decimal(2)) in [(each.kind, each.total) for each in found.causes]
    assert ("unknown", Decimal(7)) in [(each.account.id, each.total) for each in found.accounts]
    for parts in (found.causes, found.accounts):
        assert sum((each.total for each in parts), Decimal()) == 97
        assert sum(each.share or 0 for each in parts) == 100


def test_with_one_account_all_unattributed_spend_is_there() -> None:
    found = split("97", accounts=ACCOUNTS[:1]).unattributed
    assert found is not None
    assert [(each.account, each.total) for each in found.accounts] == [(ACCOUNTS[0], Decimal(97))]


def test_estimated_and_partial_periods_are_marked() -> None:
    costs = table(result(MARCH, {("Team$a", OWN): "1"}), result(APRIL, {("Team$a", OWN): "1"}, estimated=True))
    found = report(wish(end="2026-04-30"), costs)
    assert [(each.estimated, each.partial) for each in found.periods] == [(False, False), (True, True)]


def test_a_comparison_has_lines_of_both_times() -> None:
    previous = table(result("2026-02", {("Team$a", OWN): "10", ("Team$gone", OWN): "4"}))
    costs = table(result(MARCH, {("Team$a", OWN): "15", ("Team$new", OWN): "3"}))
    found = report(wish(compare=True), costs, previous=previous)
    changes = {each.value: (each.previous, each.change, each.change_percent) for each in found.lines}
    assert changes == {
        "a": (Decimal(10), Decimal(5), Decimal("50.0")),
        "new": (Decimal(), Decimal(3), None),
        "gone": (Decimal(4), Decimal(-4), Decimal("-100.0")),
    }
    assert (found.total.total, found.total.previous, found.total.change) == (Decimal(18), Decimal(14), Decimal(4))


def test_times_in_two_currencies_are_not_compared() -> None:
    previous, costs = (table(result(MARCH, {("Team$a", OWN): "1"}, unit=unit)) for unit in ("CNY", "USD"))
    with pytest.raises(SettingsError, match="CNY and USD"):
        report(wish(compare=True), costs, previous=previous)


def test_jumps_name_the_service_that_drives_them() -> None:
    previous = table(result("2026-02", {("Team$a", OWN): "10", ("Team$a", CLAUDE): "10", ("Team$b", OWN): "100"}))
    costs = table(result(MARCH, {("Team$a", OWN): "9", ("Team$a", CLAUDE): "40", ("Team$b", OWN): "110"}))
    [jump] = report(wish(compare=True), costs, previous=previous).jumps
    assert (jump.value, jump.change, jump.change_percent) == ("a", Decimal(29), Decimal("145.0"))
    assert [(each.label, each.total) for each in jump.drivers] == [(CLAUDE, Decimal(30))]
    assert jump.before == wish(compare=True).previous


def test_jumps_are_between_whole_months_only() -> None:
    """The running month always looks like a drop."""
    costs = table(
        result("2026-02", {("Team$a", OWN): "10"}),
        result(MARCH, {("Team$a", OWN): "30"}),
        result(APRIL, {("Team$a", OWN): "1"}, estimated=True),
    )
    [jump] = report(wish(start="2026-02-01", end="2026-04-14"), costs).jumps
    assert (jump.after.start.month, jump.change) == (3, Decimal(20))


@pytest.mark.parametrize(
    ("before", "after", "rest", "jumps"),
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
def test_a_jump_is_a_quarter_and_one_dollar_and_one_per_cent_of_all(
    before: str, after: str, rest: str, jumps: bool
) -> None:
    previous = table(result("2026-02", {("Team$a", OWN): before, ("Team$b", OWN): rest}))
    costs = table(result(MARCH, {("Team$a", OWN): after, ("Team$b", OWN): rest}))
    found = report(wish(compare=True), costs, previous=previous).jumps
    assert [each.value for each in found] == (["a"] if jumps else [])


def test_the_forecast_adds_to_what_the_month_has_cost() -> None:
    costs = table(result(MARCH, {("Team$a", OWN): "50"}), result(APRIL, {("Team$a", OWN): "20"}))
    answer = ForecastAnswer(mean=Decimal(16), low=Decimal(10), high=Decimal(22))
    found = report(wish(end="2026-04-14"), costs, forecast=answer).forecast
    assert found is not None
    assert (found.actual, found.rest, found.total, found.low, found.high) == tuple(map(Decimal, (20, 16, 36, 30, 42)))
    assert (found.month.start.isoformat(), found.month.end.isoformat()) == ("2026-04-01", "2026-04-30")


def test_todays_column_is_not_counted_twice() -> None:
    costs = table(result("2026-04-14", {("Team$a", OWN): "20"}), result("2026-04-15", {("Team$a", OWN): "3"}))
    answer = ForecastAnswer(mean=Decimal(16), low=Decimal(10), high=Decimal(22))
    found = report(wish(start="2026-04-01", end="2026-04-15", granularity="day"), costs, forecast=answer).forecast
    assert found is not None
    assert found.actual == 20


@pytest.mark.parametrize(
    ("start", "end", "wanted"),
    [
        ("2026-04-01", "2026-04-14", True),
        ("2026-02-01", "2026-04-30", True),
        ("2026-04-02", "2026-04-14", False),
        ("2026-04-01", "2026-04-13", False),
    ],
)
def test_there_is_a_forecast_where_the_report_has_the_month_until_now(start: str, end: str, wanted: bool) -> None:
    assert is_forecast_wanted(wish(start=start, end=end).span, today=NOW.date()) is wanted


def test_a_forecast_without_an_interval_is_one_point() -> None:
    answer = {"Total": {"Amount": "3", "Unit": "USD"}, "ForecastResultsByTime": [{"MeanValue": "3"}]}
    assert answer_of(answer) == ForecastAnswer(mean=Decimal(3), low=Decimal(3), high=Decimal(3))


@pytest.mark.parametrize(
    ("by", "filters", "groups", "keys"),
    [
        ("team", [], {("team$", OWN): "5"}, ("team",)),
        ("team", [], {("team$", OWN): "5", ("team$a", OWN): "0"}, ("team",)),
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
def test_a_key_is_looked_up_where_all_spend_is_without_a_value_or_the_filter_leaves_none(
    by: str, filters: list[str], groups: dict[tuple[str, ...], str], keys: tuple[str, ...]
) -> None:
    costs = table(result(MARCH, groups), by_tag=by != "service")
    assert to_explain(wish(by, filters=filters), costs) == keys


@pytest.mark.parametrize(
    ("statuses", "words"),
    [
        ({"team": "Inactive"}, "key team is Inactive in Billing"),
        ({"team": "Active"}, "key team is Active in Billing"),
        ({"Team": "Active"}, "no key team, but Team (Active); keys are case-sensitive: write Team"),
        ({"Team": "Inactive", "team": "Inactive"}, "key team is Inactive"),
        ({"App": "Active"}, "does not know a key team, or not yet"),
        ({}, "within a day or two of the first billed request"),
    ],
)
def test_a_key_is_explained_by_what_billing_says(statuses: dict[str, object], words: str) -> None:
    assert words in explanation("team", statuses)  # type: ignore[arg-type]


def test_where_billing_does_not_say_the_inventory_helps() -> None:
    refusal = AccessDeniedError("denied", action="listing")
    assert "the inventory writes Team" in unexplained("team", ["Team"], refusal)
    assert "inventory" not in unexplained("Team", ["Team"], refusal)


def test_nothing_is_said_to_be_nothing() -> None:
    costs = table(result(MARCH, {("Team$", OWN): "0"}, unit="N/A"))
    wished = wish(filters=["App=x", "Env="])
    assert nothing_at_all(wished, costs) == (
        "no Bedrock spend with App = x and Env absent from 2026-03-01 to 2026-03-31",
    )
    assert nothing_at_all(replace(wished, filters=()), table(result(MARCH, {("Team$a", OWN): "1"}))) == ()
