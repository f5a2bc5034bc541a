"""Every format says what the numbers are, marks what may still change, and holds any value."""

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from bedrock_projects.reports.answers import ForecastAnswer, TagKeyAnswer
from bedrock_projects.reports.model import Account, Period, Report
from bedrock_projects.reports.render import csv as csv_format
from bedrock_projects.reports.render import formatting, html, markdown, table
from bedrock_projects.reports.render import json as json_format
from tests import reports
from tests.terminals import text_of
from tests.unit.cost_answers import CLAUDE, OWN, cost_table, inventory, make_report, make_request, project, result
from tests.unit.hostile import check_csv, check_html, check_json, check_lines, check_markdown

FORMATS: dict[str, Callable[[Report], str]] = {
    "table": table.render,
    "markdown": markdown.render,
    "csv": csv_format.render,
    "json": json_format.render,
}
PEOPLE = ("table", "markdown")
CONTENTS = inventory(project("chat"), project("old", status="archived"))
KEYS = st.sampled_from(["dev", "eu", "dev-eu", "eu-dev", "chat", "chat-dev"])
HOSTILE = "=a|b`*_[x](y)<b>\x1b[31m\nc,\"d\" 'e' + @f"


def of_march(*, estimated: bool = False, value: str = "acme/prod/chat", amount: str = "30") -> Report:
    groups = {(f"bedrock-project${value}", OWN): amount, ("bedrock-project$", CLAUDE): "70"}
    costs = cost_table(result("2026-03", groups, estimated=estimated))
    return make_report(make_request("project"), costs, contents=CONTENTS)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_marks_estimated_rows_and_only_those(name: str) -> None:
    sure, estimated = (FORMATS[name](of_march(estimated=is_estimated)) for is_estimated in (False, True))
    if name == "csv":
        assert {row["estimated"] for row in rows(sure)} == {"false"}
        assert {row["estimated"] for row in rows(estimated)} == {"true"}
    elif name == "json":
        assert [json.loads(text)["periods"][0]["estimated"] for text in (sure, estimated)] == [False, True]
    else:
        assert "estimated" not in sure
        assert "estimated: subject to change" in estimated


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_names_metric_currency_and_unallocated_spend(name: str) -> None:
    text = FORMATS[name](of_march())
    for word in ("UnblendedCost", "USD", "unallocated (no project)", "Chat"):
        assert word in text


@pytest.mark.parametrize("name", [*PEOPLE, "json"])
def test_accounts_services_and_price_are_said(name: str) -> None:
    text = FORMATS[name](of_march())
    for word in ("111111111111", "Shop", "Amazon Bedrock", "bedrock-project", "0.04"):
        assert word in text


@pytest.mark.parametrize("name", PEOPLE)
def test_shares_and_the_total_are_next_to_the_amounts(name: str) -> None:
    text = FORMATS[name](of_march())
    for word in ("30.00", "30.0%", "70.00", "70.0%", "100.00", "100.0%"):
        assert word in text


@pytest.mark.parametrize("name", FORMATS)
def test_an_archived_project_that_still_spends_is_marked(name: str) -> None:
    text = FORMATS[name](of_march(value="acme/prod/old"))
    assert "archived" in text
    assert "archived" not in FORMATS[name](of_march())


@pytest.mark.parametrize(
    ("label", "key", "environment", "place"),
    [
        ("CustomerChatbot-Dev", "customer-chatbot", "dev", ""),
        ("customerchatbot-dev", "customer-chatbot", "dev", ""),
        ("Chat in dev", "chat", "dev", ""),
        ("old-pilot", "old-pilot", "dev", "dev"),
        ("Find-Dev", "search", "dev", "search"),
        ("ProductSearch", "product-search", "prod", ""),
        ("ProductSearch", "search", "pro", "pro"),
        ("AIHelper2", "ai-helper-2", "eu-west", "eu-west"),
        ("Helper", "maintenance", "dev", "dev/maintenance"),
        ("Maintenance", "ai", "dev", "dev/ai"),
    ],
)
def test_a_name_or_an_environment_is_said_once(label: str, key: str, environment: str, place: str) -> None:
    """The environment of the report is prod: its header says so."""
    named = reports.project(key, name=label, environment=environment)
    line = reports.line("value", "1", label=label, project=named)
    assert formatting.place(line, reports.header(reports.months(1))) == place


@given(st.lists(st.tuples(st.sampled_from(["dev", "eu"]), KEYS), min_size=2, unique=True))
def test_projects_that_differ_are_shown_differently(projects: list[tuple[str, str]]) -> None:
    """Of all environments, without an entry: the key is the label then."""
    header = reports.header(reports.months(1), environment=None)
    lines = [
        reports.line("value", "1", label=key, project=reports.project(key, environment=environment))
        for environment, key in projects
    ]
    assert len({formatting.line_name(line, header) for line in lines}) == len(lines)


@pytest.mark.parametrize("name", FORMATS)
def test_a_value_stays_within_its_cell_whatever_it_is(name: str) -> None:
    text = FORMATS[name](of_march(value=HOSTILE))
    if name == "csv":
        shown = HOSTILE.replace("\x1b", r"\x1b").replace("\n", r"\n")
        assert [row["value"] for row in rows(text)] == [f"'{shown}", ""]
    elif name == "json":
        assert json.loads(text)["lines"][0]["value"] == HOSTILE
    else:
        assert "\x1b" not in text
        assert len(text.splitlines()) == len(FORMATS[name](of_march()).splitlines())
    if name == "markdown":
        assert "=a\\|b\\`\\*\\_\\[x\\](y)\\<b\\>" in text


CHECKS = {"csv": check_csv, "json": check_json, "markdown": check_markdown, "html": check_html, "table": check_lines}


@pytest.mark.parametrize("name", CHECKS)
def test_no_text_of_others_works_in_any_format(name: str) -> None:
    """Wherever a report has one: as value, label, driver, note, account, filter, service or head."""
    text = {**FORMATS, "html": html.render}[name](reports.hostile())
    CHECKS[name](text)
    assert "evil.example" in text


def test_a_pipe_gets_whole_lines_and_a_terminal_its_width() -> None:
    long = of_march(value="x" * 200)
    assert "x" * 200 in table.render(long)
    assert "\x1b" not in table.render(long)
    shown = on_console(long)
    assert "\x1b[1m" in shown
    assert max(map(len, text_of(shown).splitlines())) <= 80


def test_no_text_of_others_steers_a_terminal() -> None:
    check_lines(text_of(on_console(reports.hostile())))


def on_console(report: Report) -> str:
    """What a terminal of 80 columns gets."""
    out = io.StringIO()
    table.print_report(report, Console(file=out, width=80, force_terminal=True, color_system="standard"))
    return out.getvalue()


def test_csv_calls_no_spend_unallocated_in_a_report_that_is_not_by_a_tag() -> None:
    usage = (OWN, "USE1-m-mantle-input-tokens-standard")
    report = make_report(make_request("model"), cost_table(result("2026-03", {usage: "30"}), by_tag=False))
    assert [(row["attributed"], row["amount"]) for row in rows(csv_format.render(report))] == [("true", "30")]


def test_what_was_compared_with_nothing_has_no_change() -> None:
    assert formatting.change(of_march().total) == ""


def test_csv_sums_to_the_total_and_keeps_every_decimal() -> None:
    report = of_march(amount="0.0000000001")
    amounts = [Decimal(row["amount"]) for row in rows(csv_format.render(report))]
    assert amounts == [Decimal("0.0000000001"), Decimal(70)]
    assert sum(amounts) == report.total.total


@pytest.mark.parametrize("value", ['=HYPERLINK("x")', "+1", "-1", "@sum"])
def test_csv_gives_a_spreadsheet_no_formula(value: str) -> None:
    row, _ = rows(csv_format.render(of_march(value=value)))
    assert row["value"] == f"'{value}"


def test_json_has_amounts_as_texts_and_days_as_given() -> None:
    document = json.loads(json_format.render(of_march(amount="0.0000000001")))
    assert document["lines"][0]["total"] == "0.0000000001"
    assert document["total"]["total"] == "70.0000000001"
    assert document["header"]["span"] == {"start": "2026-03-01", "end": "2026-03-31"}
    assert document["header"]["price"] == "0.04"
    assert document["header"]["paid_requests"] == 4
    assert document["lines"][0]["project"] == {
        "key": "chat",
        "name": "Chat",
        "environment": "prod",
        "state": "active",
    }


def test_the_fields_of_json_are_these() -> None:
    """Programs read them: a change is a change of the interface."""
    document = json.loads(json_format.render(of_march()))
    assert list(document) == [
        "header",
        "periods",
        "lines",
        "unattributed",
        "total",
        "jumps",
        "forecast",
        "notes",
    ]
    assert list(document["lines"][0]) == [
        "value",
        "label",
        "amounts",
        "total",
        "share",
        "project",
        "previous",
        "change",
        "change_percent",
        "drivers",
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_behind_a_zero_is_no_amount(name: str) -> None:
    """An inactive key answers with 0 in no unit: the note is all that there is to say."""
    costs = cost_table(result("2026-03", {("Team$", OWN): "0"}, unit="N/A"))
    answer = TagKeyAnswer(keys=("Team",), statuses={"Team": "Inactive"})
    text = FORMATS[name](make_report(make_request(), costs, tag_keys=answer))
    assert "0.00" not in text
    if name == "csv":
        assert rows(text) == []
    else:
        assert "tag key Team is inactive in Billing" in text


@pytest.mark.parametrize("name", PEOPLE)
def test_few_periods_are_columns_and_many_are_rows(name: str) -> None:
    days = [result(f"2026-03-{day:02}", {("Team$a", OWN): f"{day}.25"}) for day in range(1, 31)]
    few = make_report(make_request(end="2026-03-04", granularity="day"), cost_table(*days[:4]))
    many = make_report(make_request(granularity="day"), cost_table(*days))
    assert len([line for line in FORMATS[name](few).splitlines() if "1.25" in line and "4.25" in line]) == 2
    assert len([line for line in FORMATS[name](many).splitlines() if "30.25" in line]) == 1


@pytest.mark.parametrize("name", PEOPLE)
def test_cost_changes_and_the_forecast_are_sentences(name: str) -> None:
    previous = cost_table(result("2026-03", {("Team$a", OWN): "10"}))
    costs = cost_table(result("2026-04", {("Team$a", OWN): "40"}))
    forecast = ForecastAnswer(mean=Decimal(5), low=Decimal(4), high=Decimal(6))
    report = make_report(
        make_request(start="2026-04-01", end="2026-04-14", compare=True), costs, previous=previous, forecast=forecast
    )
    text = FORMATS[name](report)
    assert "a: 10.00 → 40.00, +30.00 (+300.0%)" in text
    assert (
        "Month-end forecast: USD 45.00 (80% prediction interval 44.00 to 46.00); month-to-date 40.00, remaining 5.00"
        in text
    )


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ("0", "+7.00 (new)"),
        ("-5", "+12.00"),
        ("2", "+5.00 (+250.0%)"),
        ("0.0000000001", "+7.00 (>+999%)"),
    ],
)
@pytest.mark.parametrize("name", PEOPLE)
def test_only_what_had_nothing_before_is_new(name: str, before: str, words: str) -> None:
    """After a credit the change has no percentage, but the line was there."""
    previous = cost_table(result("2026-02", {("Team$a", OWN): before}))
    text = FORMATS[name](
        make_report(
            make_request(compare=True), cost_table(result("2026-03", {("Team$a", OWN): "7"})), previous=previous
        )
    )
    text = text.replace(r"\>", ">")  # Markdown's escape
    assert text.count(words) >= 3, "the line, the total and the cost change"
    assert text.count("(new)") == 3 * ("new" in words)


@pytest.mark.parametrize("name", PEOPLE)
def test_an_estimated_time_before_is_marked(name: str) -> None:
    costs = cost_table(result("2026-03", {("Team$a", OWN): "7"}))
    sure, estimated = (
        FORMATS[name](
            make_report(
                make_request(compare=True), costs, previous=cost_table(result("2026-02", {}, estimated=is_estimated))
            )
        )
        for is_estimated in (False, True)
    )
    assert "prior period*" not in sure.replace("\\", "")
    assert "prior period*" in estimated.replace("\\", "")
    assert "estimated: subject to change" in estimated


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ("2026-03-01", "2026-03-31", "Mar 2026"),
        ("2026-03-10", "2026-03-31", "Mar 10-31, 2026"),
        ("2026-03-01", "2026-03-15", "Mar 1-15, 2026"),
        ("2026-03-10", "2026-03-15", "Mar 10-15, 2026"),
        ("2026-03-01", "2026-03-01", "Mar 1, 2026"),
        ("2024-02-01", "2024-02-28", "Feb 1-28, 2024"),
    ],
)
def test_a_month_of_which_days_are_missing_does_not_look_whole(start: str, end: str, text: str) -> None:
    period = Period(start=date.fromisoformat(start), end=date.fromisoformat(end), estimated=True)
    assert formatting.period(period, "month") == f"{text}*"


def test_many_accounts_are_counted_and_ten_named() -> None:
    text = formatting.accounts(tuple(Account(id=f"{number:012}") for number in range(12)))
    assert text.startswith("000000000000, ")
    assert text.endswith("000000000009, and 2 more")


@pytest.mark.parametrize(
    ("amount", "text"),
    [("1234.5", "1,234.50"), ("0", "0.00"), ("0.004", "0.0040"), ("-0.5", "-0.50"), ("0.00001", "0.000010")],
)
def test_small_money_is_not_rounded_to_nothing(amount: str, text: str) -> None:
    assert formatting.money(Decimal(amount)) == text
