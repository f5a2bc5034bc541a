"""Every format says what the numbers are, marks what may still change, and holds any value."""

import csv
import io
import json
import re
from collections.abc import Callable, Collection
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from bedrock_projects.limits import is_hidden
from bedrock_projects.reports.charge_types import CHARGE_TYPES
from bedrock_projects.reports.model import (
    Account,
    DateRange,
    Forecast,
    Grouping,
    Header,
    Line,
    LinePart,
    Period,
    ProjectName,
    ProjectUse,
    Report,
    TagFilter,
)
from bedrock_projects.reports.render import columns, formatting, html, markdown, table
from bedrock_projects.reports.render import csv as csv_format
from bedrock_projects.reports.render import json as json_format
from bedrock_projects.reports.render.grids import DRIVERS
from bedrock_projects.reports.request import ReportRequest
from tests import detailed_reports, reports
from tests.terminals import text_of
from tests.unit.hostile import TEXT, check_csv, check_html, check_json, check_lines, check_markdown

FORMATS: dict[str, Callable[[Report], str]] = {
    "table": table.render,
    "markdown": markdown.render,
    "csv": csv_format.render,
    "json": json_format.render,
}
WITH_USAGE: dict[str, Callable[[Report], str]] = {
    "table": lambda report: table.render(report, shows_usage=True),
    "markdown": lambda report: markdown.render(report, shows_usage=True),
    "csv": lambda report: csv_format.render(report, shows_usage=True),
    "json": json_format.render,
}
PEOPLE = ("table", "markdown")
KEYS = st.sampled_from(["dev", "eu", "dev-eu", "eu-dev", "chat", "chat-dev"])
HOSTILE = "=a|b`*_[x](y)<b>\x1b[31m\nc,\"d\" 'e' + @f"
SAMPLES = {
    "year": reports.year(),
    "days": reports.daily(31),
    "many": reports.many(40),
    "one": reports.single("5"),
    "credit": reports.single("5", "-9.5"),
    "empty": reports.empty(),
    "hostile": reports.hostile(),
    "ledger": reports.ledger(),
    "parts": reports.in_parts(),
    "hostile ledger": reports.hostile_ledger(),
    "hostile parts": reports.hostile_ledger(second=True),
    "details": detailed_reports.detailed(),
    "hostile details": detailed_reports.detailed(text=TEXT),
}
AMOUNTS = st.decimals("-1000", "1000", places=10)


def of_march(
    *,
    estimated: bool = False,
    value: str = "acme-retail/prod/chat",
    amount: str = "30",
    state: Any = "active",
    label: str = "Chat",
) -> Report:
    """A month of one project, and the unallocated spend."""
    periods = (Period(start=date(2026, 3, 1), end=date(2026, 3, 31), estimated=estimated),)
    whole = Decimal(amount) + 70
    named = reports.project("chat", name="Chat", state=state, region="us-east-1", id="proj_1", tags={"Team": "Search"})
    mark = "" if state == "active" else state
    only = reports.line(value, amount, of=whole, label=label, project=named, mark=mark)
    unallocated = reports.line("", "70", of=whole, label="unallocated (no project)")
    head = reports.header(periods, kind="project", tag_key="bedrock-project")
    return reports.report(head, periods, [only], unallocated=unallocated)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def amounts_in(text: str) -> Decimal:
    return sum((Decimal(row["amount"]) for row in rows(text) if row["amount"]), Decimal())


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
def test_every_format_names_cost_metric_currency_and_unallocated_spend(name: str) -> None:
    text = FORMATS[name](of_march())
    for word in ("billed", "UnblendedCost", "USD", "unallocated (no project)", "Chat"):
        assert word in text


@pytest.mark.parametrize("name", [*PEOPLE, "json"])
def test_accounts_services_source_and_price_are_said(name: str) -> None:
    text = FORMATS[name](of_march())
    for word in ("222222222222", "retail-prod", "Amazon Bedrock", "bedrock-project", "0.04", "Cost Explorer"):
        assert word in text


@pytest.mark.parametrize("name", PEOPLE)
def test_shares_and_the_total_are_next_to_the_amounts(name: str) -> None:
    text = FORMATS[name](of_march())
    for word in ("30.00", "30.0%", "70.00", "70.0%", "100.00", "100.0%"):
        assert word in text


@pytest.mark.parametrize("name", FORMATS)
def test_an_archived_project_that_still_spends_is_marked(name: str) -> None:
    assert "archived" in FORMATS[name](of_march(state="archived"))
    assert "archived" not in FORMATS[name](of_march())


@pytest.mark.parametrize("name", FORMATS)
def test_marks_of_lines_and_of_parts_are_shown(name: str) -> None:
    text = FORMATS[name](reports.in_parts())
    assert "formerly Procurement" in text
    assert text.count("not in the inventory") == 2, "a line and a part"


@pytest.mark.parametrize("name", FORMATS)
def test_every_part_of_a_line_is_shown_with_its_amount(name: str) -> None:
    text = FORMATS[name](reports.in_parts())
    for label, amount in (("ProductSearch", "250.5"), ("gone", "59.38"), ("not split", "-10.1"), ("no project", "3.5")):
        assert label in text
        assert amount in text or (label == "gone" and "59.375" in text)


@pytest.mark.parametrize("name", FORMATS)
def test_every_charge_of_a_line_is_shown(name: str) -> None:
    text = FORMATS[name](reports.ledger())
    for amount in ("10.5", "-24.37", "-250", "-3.15", "19.01", "7.25", "1.00"):
        assert amount in text


@pytest.mark.parametrize("name", PEOPLE)
def test_charges_are_shown_only_if_there_are_others_than_usage(name: str) -> None:
    assert "by charge type" not in FORMATS[name](of_march())
    assert "by charge type" in FORMATS[name](reports.ledger())


def test_the_charges_of_all_lines_add_up_to_the_total() -> None:
    """Charges that cancel each other out are charges too: the total alone does not show them."""
    periods = reports.months(1)
    lines = [
        reports.line("a", "10", charges=reports.charged(credit="-5")),
        reports.line("b", "20"),
        reports.line("c", "30"),
    ]
    unallocated = reports.line("", "1", label="unallocated", charges=reports.charged(credit="5"))
    grid = columns.charge_grid(reports.report(reports.header(periods), periods, lines, unallocated=unallocated))
    assert grid is not None
    assert grid.rows == (
        ("a", "15.00", "-5.00", "10.00"),
        ("unallocated", "-4.00", "5.00", "1.00"),
        ("all others", "50.00", "0.00", "50.00"),
    )
    assert grid.footer == ("Total", "61.00", "0.00", "61.00")


@pytest.mark.parametrize("name", [*PEOPLE, "json"])
def test_the_bill_is_shown_with_its_rest_and_the_difference(name: str) -> None:
    text = FORMATS[name](reports.ledger())
    for words in ("44.25", "0.01", "tax (billed separately)", "33.5", "others", "90"):
        assert words in text


@pytest.mark.parametrize("name", FORMATS)
def test_a_period_without_data_is_never_an_amount_of_0(name: str) -> None:
    report = reports.ledger(compares=False)
    text = FORMATS[name](report)
    if name == "csv":
        first = [row for row in rows(text) if row["start"] == "2026-09-01"]
        assert {(row["has_data"], row["amount"], row["usage"]) for row in first} == {("false", "", "")}
        assert {row["has_data"] for row in rows(text) if row["start"] != "2026-09-01"} == {"true"}
    elif name == "json":
        document = json.loads(text)
        assert [period["has_data"] for period in document["periods"]] == [False, True, True]
        assert [line["amounts"][0] for line in [*document["lines"], document["total"]]] == [None] * 3
        assert document["lines"][0]["charges_by_period"][0] is None
    else:
        assert text.count("no data") == 4 + 1, "three lines, the total, and the note"
        assert "no data" in FORMATS[name](replace(report, header=replace(report.header, previous=report.header.span)))


@pytest.mark.parametrize("name", WITH_USAGE)
def test_tokens_unit_costs_and_requests_are_shown(name: str) -> None:
    text = WITH_USAGE[name](reports.ledger())
    if name == "csv":
        row = next(row for row in rows(text) if row["project_name"] == "ProductSearch")
        assert row["input_tokens"] == "3000000"
        assert row["cache_write_tokens"] == "500000"
        assert row["output_per_million"] == "20.66666667"
        assert row["blended_per_million"] == "", "a part of the input is not counted"
        assert row["uncounted_cost"] == "2.5"
        assert (row["requests"], row["cloudwatch_output_tokens"]) == ("1234", "1500456")
    elif name == "json":
        usage = json.loads(text)["lines"][0]["usage"]
        assert list(usage) == [
            "tokens",
            "cost",
            "per_million",
            "blended_per_million",
            "cache_hit_share",
            "uncounted",
            "other",
        ]
        assert usage["tokens"]["cache_read"] == "9000000"
        assert usage["cost"]["other"] == "0.25"
        assert usage["per_million"]["output"] == "20.66666667"
        assert (usage["cache_hit_share"], usage["blended_per_million"]) == (None, None)
        unknown = {"usage_type": "USE1-gpt-mantle-input-tokens-standard", "unit": "Units", "cost": "2.5"}
        assert usage["uncounted"] == [unknown]
        assert usage["other"] == {"Units": "12"}
    else:
        assert "tokens in millions" in text
        for cell in ("3.00", "9.00", "0.50", "20.67", "0.7778", "1,234", "3,000,123", "2.50"):
            assert cell in text
        assert "does not say how many tokens they are" in text
        assert "USE1-gpt-mantle-input-tokens-standard (Units)" in text.replace("`", "")


@pytest.mark.parametrize("name", PEOPLE)
def test_usage_is_shown_only_if_asked_for(name: str) -> None:
    assert "tokens in" not in FORMATS[name](reports.ledger())
    assert WITH_USAGE[name](of_march()) == FORMATS[name](of_march())


def test_few_tokens_are_shown_in_thousands() -> None:
    usage = reports.used(("USE1-gpt-mantle-input-tokens-standard", "1K tokens", "12.5", "1"))
    periods = reports.months(1)
    report = reports.report(reports.header(periods), periods, [reports.line("a", "1", usage=usage)])
    tokens, unit_costs = columns.usage_grids(report)
    assert tokens.heads == ("Team, tokens in thousands", "input")
    assert tokens.rows == (("a", "12.50"),)
    assert tokens.footer == ("Total", "12.50")
    assert tokens.notes == ()
    assert unit_costs.heads == ("Team, USD per 1M tokens", "input", "blended")
    assert unit_costs.rows == (("a", "80.00", "80.00"),)
    assert unit_costs.footer == ("Total", "80.00", "80.00")


@pytest.mark.parametrize(
    ("usage", "label"), [(None, "Total of the known usage"), (reports.usage(2, cost="5"), "Total")]
)
def test_tables_of_usage_have_a_total_of_the_lines_whose_usage_is_known(usage: Any, label: str) -> None:
    periods = reports.months(1)
    known: dict[str, Any] = {
        "usage": reports.usage(1, cost="1"),
        "use": ProjectUse(requests=5, input_tokens=6, output_tokens=7),
    }
    lines = [reports.line("a", "20", **known), reports.line("b", "10", usage=usage)]
    tokens, unit_costs, cloudwatch = columns.usage_grids(reports.report(reports.header(periods), periods, lines))
    millions = ("1.00", "0.20", "3.00", "0.80") if usage is None else ("3.00", "0.60", "9.00", "2.40")
    assert tokens.footer == (label, *millions, "62.5%")
    assert unit_costs.footer == (label, *["20.00" if usage is None else "40.00"] * 5)
    assert cloudwatch.footer == ("Total of the known usage", "5", "6", "7")


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
    header = reports.header(reports.months(1), environments=())
    lines = [
        reports.line("value", "1", label=key, project=reports.project(key, environment=environment))
        for environment, key in projects
    ]
    assert len({formatting.line_name(line, header) for line in lines}) == len(lines)


@pytest.mark.parametrize("name", FORMATS)
def test_any_value_stays_within_its_cell(name: str) -> None:
    text = FORMATS[name](of_march(value=HOSTILE, label=HOSTILE))
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


@pytest.mark.parametrize("sample", ["hostile", "hostile ledger", "hostile parts", "hostile details"])
@pytest.mark.parametrize("name", CHECKS)
def test_no_text_of_others_works_in_any_format(name: str, sample: str) -> None:
    """Wherever a report has one: as value, label, driver, note, account, tag, project, part, usage type, service."""
    text = {**WITH_USAGE, "html": html.render}[name](SAMPLES[sample])
    CHECKS[name](text)
    assert "evil.example" in text


@pytest.mark.parametrize("sample", ["hostile ledger", "hostile parts"])
def test_every_text_of_others_is_guarded_in_csv(sample: str) -> None:
    text = csv_format.render(SAMPLES[sample], shows_usage=True)
    check_csv(text)
    (head, first, *_) = csv.reader(io.StringIO(text))
    guarded = [name for name, cell in zip(head, first, strict=True) if cell.startswith("'=1+1")]
    expected = {"value", "label", "mark", *(f"project_{name}" for name in ("key", "name", "environment", "region"))}
    expected |= {"project_id", "project_account", "project_account_name", "drivers", "inventory:=1+1"}
    if sample == "hostile parts":
        expected |= {"second_grouping", "second_value", "second_label", "second_mark"}
    assert expected <= set(guarded)
    assert not [name for name in head if name[0] in "=+-@"]


@pytest.mark.parametrize("tag", ["value", "part"])
def test_a_pipe_gets_long_names_shortened_and_different_ones_different(tag: str) -> None:
    """A tag value may have 256 characters; JSON and CSV have all of them."""
    names = [f"{'x' * 120}{number}{'y' * 120}" for number in range(3)]
    periods = reports.months(1)
    if tag == "value":
        report = reports.report(reports.header(periods), periods, [reports.line(name, "1") for name in names])
    else:
        parts = tuple(reports.part(name, "1") for name in names)
        head = reports.header(periods, second=Grouping(kind="tag", tag_key="App"))
        report = reports.report(head, periods, [reports.line("a", "3", parts=parts)])
    text = table.render(report)
    found = [line for line in text.splitlines() if "xxx" in line]
    assert len(set(found)) == 3
    assert max(map(len, found)) <= 160
    assert {line.startswith("  ") for line in found} == {tag == "part"}
    for name in ("csv", "json"):
        assert all(value in FORMATS[name](report) for value in names)


@pytest.mark.parametrize("value", [" ", "", "Search ", " Search"])
@pytest.mark.parametrize("name", [*PEOPLE, "html"])
def test_a_value_whose_white_space_would_not_be_seen_is_in_quotes(name: str, value: str) -> None:
    periods = reports.months(2)
    head = reports.header(periods, second=Grouping(kind="tag", tag_key="App"))
    lines = [reports.line(value, "1", "2", parts=(reports.part(value, "3"),)), reports.line("Search", "7", "1")]
    changes = (reports.cost_change(value, "1", "2"),)
    report = reports.report(head, periods, lines, largest_changes=changes)
    text = {**FORMATS, "html": html.render}[name](report).replace("&#39;", "'")
    assert text.count(f"'{value}'") >= 3, "the line, its part and the change"
    assert "'Search'" not in text


def test_markdown_indents_the_parts_of_a_line() -> None:
    text = markdown.render(reports.in_parts())
    assert re.search(r"^\| &nbsp;&nbsp;ProductSearch \|", text, re.MULTILINE)
    assert re.search(r"^\| Legal ", text, re.MULTILINE)


def test_a_long_sentence_hangs_in_a_terminal() -> None:
    changes = tuple(
        reports.cost_change(name, "1", "2", reports.driver("Claude " * 12, "1")) for name in ("Search", "Shop")
    )
    shown = text_of(on_console(replace(reports.single("5"), largest_changes=changes))).splitlines()
    block = shown[shown.index("Largest changes") + 1 :]
    starts = [line for line in block if line.startswith("  ") and not line.startswith("    ")]
    assert [line.split(":")[0] for line in starts[:2]] == ["  Search", "  Shop"]
    assert block[1].startswith("    ")
    assert block[1].strip()
    assert max(map(len, block)) <= 80


@pytest.mark.parametrize("name", PEOPLE)
def test_a_share_that_no_cause_has_is_not_a_column(name: str) -> None:
    report = of_march()
    assert report.unallocated is not None
    causes = reports.causes({"default project": "60", "unknown": "10"})
    with_shares = replace(report, unallocated=replace(report.unallocated, causes=causes))
    without = replace(
        report,
        unallocated=replace(report.unallocated, causes=tuple(replace(cause, share=None) for cause in causes)),
    )
    grids = [columns.unallocated_grid(each) for each in (with_shares, without)]
    assert [grid.heads[1:] for grid in grids if grid] == [("USD", "share"), ("USD",)]
    assert [len(row) for grid in grids if grid for row in grid.rows] == [3, 3, 2, 2]
    assert "because: default project" in FORMATS[name](without)


@pytest.mark.parametrize(
    ("environments", "accounts", "scope", "total"),
    [
        ((), (), "all environments", "Total of the bill"),
        (("prod",), ("222222222222",), "environment prod, account 222222222222 only", "Total of this account's bill"),
        ((), ("222222222222",), "account 222222222222 only", "Total of this account's bill"),
        (
            ("dev", "prod"),
            ("111111111111", "222222222222"),
            "environments dev, prod, accounts 111111111111, 222222222222 only",
            "Total of these accounts' bill",
        ),
    ],
)
def test_the_scope_says_to_which_accounts_a_report_is_restricted(
    environments: tuple[str, ...], accounts: tuple[str, ...], scope: str, total: str
) -> None:
    report = reports.ledger()
    head = replace(report.header, environments=environments, restricted_accounts=accounts)
    assert dict(formatting.facts(head))["Scope"] == f"inventory acme-retail, {scope}"
    for name, render in {"table": table.render, "markdown": markdown.render, "html": html.render}.items():
        text = render(replace(report, header=head)).replace("&#39;", "'")
        assert scope in text, name
        assert total in text, name


@pytest.mark.parametrize("name", [*PEOPLE, "html"])
def test_a_prior_period_without_data_is_never_an_amount_of_0(name: str) -> None:
    periods = reports.months(1)
    head = reports.header(periods, previous=DateRange(start=date(2026, 10, 1), end=date(2026, 10, 25)))
    text = {**FORMATS, "html": html.render}[name](reports.report(head, periods, [reports.line("a", "7")]))
    assert text.count("no data") == 2, "the line and the total"
    assert "new" not in re.sub(r"<style>.*</style>", "", text, flags=re.DOTALL)


def test_a_pipe_gets_whole_lines_and_a_terminal_its_width() -> None:
    long = of_march(label="x " * 100)
    assert "\x1b" not in table.render(long)
    shown = on_console(long)
    assert "\x1b[1m" in shown
    assert max(map(len, text_of(shown).splitlines())) <= 80


def test_no_text_of_others_steers_a_terminal() -> None:
    check_lines(text_of(on_console(reports.hostile())))


@pytest.mark.parametrize("sample", ["hostile ledger", "hostile parts"])
def test_no_character_of_others_is_hidden_in_a_terminal(sample: str) -> None:
    """Narrow cells are wrapped anywhere, which only the log of a job could mistake for a command."""
    assert not [line for line in text_of(on_console(SAMPLES[sample])).split("\n") if any(map(is_hidden, line))]


def on_console(report: Report, *, width: int = 80) -> str:
    """What a terminal of so many columns gets."""
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=True, color_system="standard")
    table.print_report(report, console, shows_usage=True)
    return out.getvalue()


def big(report: Report) -> Report:
    """The report with six digits before the point in every amount."""

    def bigger(line: Line) -> Line:
        return replace(
            line,
            amounts=tuple(amount * 1000 for amount in line.amounts),
            total=line.total * 1000,
            previous=None if line.previous is None else line.previous * 1000,
            change=None if line.change is None else line.change * 1000,
            charges={kind: amount * 1000 for kind, amount in line.charges.items()},
        )

    unallocated = report.unallocated and replace(report.unallocated, line=bigger(report.unallocated.line))
    lines = tuple(map(bigger, report.lines))
    return replace(report, lines=lines, unallocated=unallocated, total=bigger(report.total))


@pytest.mark.parametrize(
    "report",
    [
        reports.year(),
        big(reports.ledger()),
        big(reports.ledger(compares=False)),
        big(reports.ledger(periods=reports.months(2))),
        big(reports.ledger(periods=reports.months(4), compares=False)),
        big(reports.in_parts()),
        big(detailed_reports.detailed()),
    ],
)
def test_160_columns_show_every_amount_whole(report: Report) -> None:
    """Twelve months, every charge type, four periods, a comparison of two: no figure is cut or wrapped."""
    shown = text_of(on_console(report, width=160))
    assert max(map(len, shown.splitlines())) <= 160
    for grid in columns.grids(report, shows_usage=True):
        for row in (*grid.rows, grid.footer):
            for head, cell in zip(grid.heads[1:], row[1:], strict=False):
                assert head == DRIVERS or cell in shown, (head, cell)
    for line in formatting.all_lines(report):
        name = formatting.line_name(line, report.header)
        assert name in shown, "a name of ordinary length is not wrapped"


def test_csv_calls_no_spend_unallocated_in_a_report_that_is_not_by_a_tag() -> None:
    assert {row["allocated"] for row in rows(csv_format.render(reports.daily(3)))} == {"true"}
    assert [row["allocated"] for row in rows(csv_format.render(of_march()))] == ["true", "false"]


def test_what_was_compared_with_nothing_has_no_change() -> None:
    assert formatting.change(of_march().total) == ""


@pytest.mark.parametrize("sample", SAMPLES)
def test_csv_sums_to_the_total_exactly(sample: str) -> None:
    """Also with credits, parts, a period without data and lines without parts."""
    assert amounts_in(csv_format.render(SAMPLES[sample])) == SAMPLES[sample].total.total


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS), min_size=1, max_size=5), st.booleans())
def test_csv_sums_to_the_total_with_any_amounts(
    drawn: list[tuple[Decimal, Decimal, Decimal, Decimal]], has_parts: bool
) -> None:
    periods = reports.months(2)
    lines = []
    for number, (first, second, credit, split) in enumerate(drawn):
        parts = (reports.part("x", f"{split:f}"), reports.part("y", f"{first + second - split:f}"))
        lines.append(
            reports.line(
                f"{number}",
                f"{first:f}",
                f"{second:f}",
                charges=reports.charged(credit=f"{credit:f}"),
                parts=parts if has_parts and number % 2 == 0 else (),
            )
        )
    grouping = Grouping(kind="model") if has_parts else None
    report = reports.report(reports.header(periods, second=grouping), periods, lines)
    text = csv_format.render(report)
    assert amounts_in(text) == report.total.total
    for row in [] if has_parts else rows(text):
        assert sum(Decimal(row[name]) for name in CHARGE_COLUMNS) == Decimal(row["amount"])


CHARGE_COLUMNS = ("usage", "purchases", "discounts", "credits", "refunds", "tax", "support", "other")


def test_csv_has_the_charges_of_each_period() -> None:
    assert len(CHARGE_COLUMNS) == len(CHARGE_TYPES)
    report = reports.ledger()
    found = rows(csv_format.render(report))
    for column, kind in zip(CHARGE_COLUMNS, CHARGE_TYPES, strict=True):
        known = sum((Decimal(row[column]) for row in found if row[column]), Decimal())
        assert known == report.total.charges[kind]
    october, november = [row for row in found if row["value"] == "acme-retail/prod/search"][1:]
    assert (october["usage"], october["credits"]) == ("1", "0")
    assert (november["credits"], november["other"]) == ("-250", "1.0000000001")


def test_csv_has_what_finance_books_by() -> None:
    """No join by hand: the tags of the inventory, the account with its name, the region and the id."""
    (row, *_) = rows(csv_format.render(of_march()))
    assert (row["grouping"], row["inventory:Team"], row["project_region"], row["project_id"]) == (
        "project",
        "Search",
        "us-east-1",
        "proj_1",
    )
    ledger = rows(csv_format.render(reports.ledger()))
    of_the_inventory = ["inventory:CostCenter", "inventory:Owner", "inventory:Team"]
    assert [name for name in ledger[0] if ":" in name] == of_the_inventory
    assert (ledger[0]["project_account"], ledger[0]["project_account_name"]) == ("222222222222", "retail-prod")
    assert ledger[0]["inventory:CostCenter"] == "CC-0042"
    assert ledger[-1]["inventory:CostCenter"] == ""


def test_csv_has_what_belongs_to_a_line_in_its_first_row() -> None:
    """So that the sum of a column is right."""
    report = reports.ledger()
    found = rows(csv_format.render(report, shows_usage=True))
    assert found[0]["drivers"] == "GPT-5.5=700.25; Claude Sonnet 5=299.75"
    assert sum(Decimal(row["previous_amount"]) for row in found if row["previous_amount"]) == 300
    changes = sum(Decimal(row["change"]) for row in found if row["change"])
    assert changes == report.total.change
    for name in ("drivers", "previous_amount", "change", "input_tokens", "requests"):
        assert [row[name] for row in found[1:3]] == ["", ""]


def test_csv_has_a_row_for_each_part_over_the_whole_span() -> None:
    found = rows(csv_format.render(reports.in_parts()))
    assert {(row["start"], row["end"]) for row in found} == {("2026-10-01", "2026-11-25")}
    assert {(row["estimated"], row["partial"]) for row in found} == {("true", "true")}
    assert [(row["value"], row["second_value"], row["amount"]) for row in found] == [
        ("Sourcing", "acme-retail/prod/search", "250.5"),
        ("Sourcing", "acme-retail/prod/gone", "59.375"),
        ("Sourcing", "", "-10.125"),
        ("Legal", "", "12.0000000001"),
        ("", "", "3.5"),
    ]
    assert [row["second_label"] for row in found] == ["ProductSearch", "gone", "not split", "", "no project"]
    assert [row["allocated"] for row in found] == ["true"] * 4 + ["false"]
    assert {(row["grouping"], row["second_grouping"]) for row in found} == {("Team", "project")}
    assert found[0]["project_id"] == "proj_0123"
    assert found[0]["inventory:Team"] == "Sourcing"
    assert found[1]["project_id"] == ""
    assert "credits" not in found[0], "a source has no charges of parts"


def test_csv_has_no_amount_of_parts_if_no_period_has_data() -> None:
    """If one of two months has data, the amount is known, but it is not of all days."""
    report = reports.in_parts()
    for known, flags in (((False, True), ("true", "true")), ((False, False), ("false", "true"))):
        periods = tuple(
            replace(period, has_data=has, partial=False) for period, has in zip(report.periods, known, strict=True)
        )
        found = rows(csv_format.render(replace(report, periods=periods)))
        assert {(row["has_data"], row["partial"]) for row in found} == {flags}
        assert {row["amount"] == "" for row in found} == {not any(known)}


@pytest.mark.parametrize("second", [None, Grouping(kind="model")])
def test_csv_has_a_row_without_amount_for_a_month_without_data(second: Grouping | None) -> None:
    """No row would look like a month without cost."""
    (period,) = reports.months(1)
    head = replace(reports.header([period], second=second), currency="")
    (row,) = rows(csv_format.render(reports.report(head, [replace(period, has_data=False)], [])))
    assert (row["start"], row["end"], row["has_data"]) == ("2026-11-01", "2026-11-25", "false")
    assert {row[name] for name in ("value", "label", "allocated", "amount", "currency")} == {""}
    assert rows(csv_format.render(reports.report(head, [period], []))) == []


def test_csv_has_the_same_columns_for_the_same_options() -> None:
    first, second = (csv_format.render(of_march(amount=amount)).splitlines()[0] for amount in ("1", "2"))
    assert first == second
    by_model = csv_format.render(reports.daily(2)).splitlines()[0]
    assert "project_" not in by_model
    assert "previous_amount" not in by_model


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
        "account": "",
        "account_name": "",
        "region": "us-east-1",
        "id": "proj_1",
        "tags": {"Team": "Search"},
    }


def test_the_fields_of_json_are_these() -> None:
    """Programs read them: a change is a change of the interface."""
    document = json.loads(json_format.render(of_march()))
    assert list(document) == [
        "header",
        "periods",
        "lines",
        "unallocated",
        "total",
        "largest_changes",
        "forecast",
        "other_charge_types",
        "reconciliation",
        "notes",
        "invoices",
        "unit_prices",
        "line_facts",
    ]
    assert list(document["lines"][0]) == [
        "value",
        "label",
        "amounts",
        "total",
        "share",
        "mark",
        "charges",
        "charges_by_period",
        "project",
        "previous",
        "change",
        "change_percent",
        "drivers",
        "parts",
        "usage",
        "use",
    ]


def names_of(kind: Any) -> list[str]:
    return [field.name for field in fields(kind)]


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_report_can_be_read_back_from_json(sample: str) -> None:
    """Each field of the model is there, each amount is the same, and each text is exact."""
    report = SAMPLES[sample]
    document = json.loads(json_format.render(report))
    assert list(document) == names_of(Report)
    assert list(document["header"]) == names_of(Header)
    assert [list(period) for period in document["periods"]] == [names_of(Period)] * len(report.periods)
    lines = formatting.all_lines(report)
    written = [*document["lines"], *([document["unallocated"]["line"]] if report.unallocated else [])]
    for line, fields_of_line in zip(lines, written, strict=True):
        assert list(fields_of_line) == names_of(Line)
        assert fields_of_line["value"] == line.value
        assert Decimal(fields_of_line["total"]) == line.total
        assert {kind: Decimal(amount) for kind, amount in fields_of_line["charges"].items()} == line.charges
        assert sum(Decimal(amount) for amount in fields_of_line["amounts"] if amount is not None) == line.total
        assert [list(part) for part in fields_of_line["parts"]] == [names_of(LinePart)] * len(line.parts)
        assert line.project is None or list(fields_of_line["project"]) == names_of(ProjectName)
        assert line.project is None or fields_of_line["project"]["tags"] == line.project.tags
    assert report.forecast is None or list(document["forecast"]) == names_of(Forecast)


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_behind_a_zero_is_not_an_amount(name: str) -> None:
    """An inactive key answers with 0 in no unit: the note is all that there is to say."""
    empty = reports.empty()
    text = FORMATS[name](replace(empty, header=replace(empty.header, currency="")))
    assert "0.00" not in text
    if name == "csv":
        assert rows(text) == []
    else:
        assert "tag key Team is inactive in Billing" in text


@pytest.mark.parametrize("name", PEOPLE)
def test_few_periods_are_columns_and_many_are_rows(name: str) -> None:
    def of_days(count: int) -> str:
        line = reports.line("a", *(f"{day}.25" for day in range(1, count + 1)))
        return FORMATS[name](
            reports.report(reports.header(reports.days(count), granularity="day"), reports.days(count), [line])
        )

    few, many = of_days(4), of_days(30)
    assert len([line for line in few.splitlines() if "1.25" in line and "4.25" in line]) == 2
    assert len([line for line in many.splitlines() if "30.25" in line]) == 1


@pytest.mark.parametrize("name", PEOPLE)
def test_cost_changes_and_the_forecast_are_sentences(name: str) -> None:
    periods = reports.months(1)
    report = reports.report(
        reports.header(periods),
        periods,
        [reports.line("a", "40")],
        largest_changes=(reports.cost_change("a", "10", "40"),),
        forecast=reports.forecast("40", "5", low="44", high="46"),
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
    periods = reports.months(1)
    head = reports.header(periods, previous=DateRange(start=date(2026, 10, 1), end=date(2026, 10, 25)))
    text = FORMATS[name](reports.report(head, periods, [reports.line("a", "7", before=before)], before=before))
    text = text.replace(r"\>", ">")  # Markdown's escape
    assert text.count(words) == 2, "the line and the total"
    assert text.count("(new)") == 2 * ("new" in words)


@pytest.mark.parametrize("name", PEOPLE)
def test_an_estimated_time_before_is_marked(name: str) -> None:
    periods = reports.months(1, estimated=0)
    head = reports.header(periods, previous=DateRange(start=date(2026, 10, 1), end=date(2026, 10, 25)))
    report = reports.report(head, periods, [reports.line("a", "7", before="2")], before="2")
    sure, estimated = (
        FORMATS[name](replace(report, header=replace(head, previous_estimated=is_estimated)))
        for is_estimated in (False, True)
    )
    assert "prior period*" not in sure.replace("\\", "")
    assert "prior period*" in estimated.replace("\\", "")
    assert "2026-10-01 to 2026-10-25 (estimated)" in estimated
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
    [
        ("1234.5", "1,234.50"),
        ("0", "0.00"),
        ("-0.000", "0.00"),
        ("0.004", "0.0040"),
        ("-0.5", "-0.50"),
        ("0.00001", "0.000010"),
        ("0.125", "0.13"),
        ("8.005", "8.01"),
        ("-0.125", "-0.13"),
        ("0.00125", "0.0013"),
        ("0.00995", "0.0100"),
        ("123456789012345678901234567890.125", "123,456,789,012,345,678,901,234,567,890.13"),
    ],
)
def test_money_is_rounded_half_up_and_small_money_not_to_nothing(amount: str, text: str) -> None:
    assert formatting.money(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("0", "0.00"),
        ("0.015", "0.015"),
        ("0.012345", "0.01235"),
        ("1.1644", "1.164"),
        ("1.1645", "1.165"),
        ("12.345", "12.35"),
        ("5.5", "5.50"),
        ("80", "80.00"),
        ("1234.565", "1,234.57"),
        ("9.99995", "10.00"),
        ("-0.015", "-0.015"),
    ],
)
def test_a_unit_cost_has_four_significant_digits(value: str | None, text: str) -> None:
    assert formatting.unit_cost(None if value is None else Decimal(value)) == text


def test_quotients_and_shares_are_rounded_half_up() -> None:
    assert formatting.quotient(Decimal("0.12345678905")) == "0.1234567891"
    assert formatting.share(Decimal("12.25")) == "12.3%"


OCTOBER = DateRange(start=date(2026, 10, 1), end=date(2026, 10, 31))
TEAM = Grouping(kind="tag", tag_key="Team")


def requested(**options: Any) -> ReportRequest:
    """A request by team for October 2026, unless the options say otherwise."""
    asked: dict[str, Any] = {
        "groupings": (TEAM,),
        "dates": OCTOBER,
        "granularity": "month",
        "ownership_tag_key": "bedrock-project",
    }
    return ReportRequest(**asked | options)


def named(*, tag_keys: Collection[str] = ("Team", "Team-model", "a/b"), **options: Any) -> str:
    """The name of the file of such a request."""
    return formatting.file_name(requested(**options), tag_keys=tag_keys)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({}, "costs-by-Team-2026-10"),
        ({"groupings": (TEAM, Grouping(kind="model"))}, "costs-by-Team-model-2026-10"),
        ({"dates": DateRange(start=date(2026, 9, 1), end=date(2026, 10, 31))}, "costs-by-Team-2026-09-to-2026-10"),
        (
            {"dates": DateRange(start=date(2026, 10, 1), end=date(2026, 10, 24))},
            "costs-by-Team-2026-10-01-to-2026-10-24",
        ),
        ({"dates": DateRange(start=date(2026, 10, 5), end=date(2026, 10, 5))}, "costs-by-Team-2026-10-05"),
        ({"granularity": "day"}, "costs-by-Team-2026-10-daily"),
        ({"cost": "effective", "metric": "NetAmortizedCost"}, "costs-by-Team-2026-10-effective"),
        ({"excluded": ("tax", "credit")}, "costs-by-Team-2026-10-without-credits-tax"),
        (
            {"previous": DateRange(start=date(2025, 10, 1), end=date(2025, 10, 31))},
            "costs-by-Team-2026-10-compared-with-2025-10",
        ),
    ],
)
def test_the_name_of_a_file_says_what_the_report_is(options: dict[str, Any], name: str) -> None:
    assert named(**options) == name


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ((Grouping(kind="tag", tag_key="model"),), (Grouping(kind="model"),)),
        ((Grouping(kind="tag", tag_key="Team-model"),), (TEAM, Grouping(kind="model"))),
        ((Grouping(kind="tag", tag_key="a/b"),), (Grouping(kind="tag", tag_key="a b"),)),
        ((Grouping(kind="tag", tag_key="a" * 50),), (Grouping(kind="tag", tag_key="a" * 51),)),
        ((TEAM,), (Grouping(kind="tag", tag_key="team"),)),
        ((Grouping(kind="tag", tag_key="app"),), (Grouping(kind="tag", tag_key="App"),)),
        ((Grouping(kind="tag", tag_key="Model"),), (Grouping(kind="model"),)),
    ],
)
@pytest.mark.parametrize("keys", [["Team"], ["Team", "team", "Model"]])
def test_keys_that_look_the_same_in_a_name_have_different_files(one: Any, two: Any, keys: list[str]) -> None:
    """Also on systems whose files differ in more than capitals."""
    first, second = (named(tag_keys=keys, groupings=groupings) for groupings in (one, two))
    assert first.lower() != second.lower()


def test_a_key_of_the_inventory_is_in_a_name_as_it_is_unless_another_one_looks_the_same() -> None:
    assert named(tag_keys=["Team", "App"]) == "costs-by-Team-2026-10"
    for keys in ([], ["Team", "team"]):
        assert re.fullmatch(r"costs-by-Team-2026-10-[0-9a-f]{10}", named(tag_keys=keys))


FILTERS = st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=2).map(
    lambda pairs: tuple(TagFilter(tag_key=key, values=(value,)) for key, value in pairs)
)
GROUPINGS = st.lists(
    st.one_of(
        st.sampled_from([Grouping(kind="project", tag_key="bedrock-project"), Grouping(kind="model")]),
        st.text(min_size=1, max_size=200).map(lambda key: Grouping(kind="tag", tag_key=key)),
        st.sampled_from(["Team", "team", "Project", "project", "Team-model", "..", "a/b", "a b", "a-b", TEXT]).map(
            lambda key: Grouping(kind="tag", tag_key=key)
        ),
    ),
    min_size=1,
    max_size=2,
    unique=True,
).map(tuple)
OPTIONS = st.fixed_dictionaries(
    {
        "groupings": GROUPINGS,
        "filters": FILTERS,
        "environments": st.sampled_from([(), ("prod",), ("dev",), ("dev", "prod")]),
        "accounts": st.sampled_from([(), ("222222222222",)]),
        "excluded": st.sampled_from([(), ("credit",), ("credit", "tax")]),
        "cost": st.sampled_from(["billed", "effective", "list"]),
        "granularity": st.sampled_from(["day", "month"]),
        "previous": st.sampled_from([None, OCTOBER]),
    }
)


@given(OPTIONS, OPTIONS)
def test_reports_with_different_options_do_not_replace_each_other(one: dict[str, Any], two: dict[str, Any]) -> None:
    names = [named(**options) for options in (one, two)]
    assert (names[0].lower() == names[1].lower()) == (_canonical(one) == _canonical(two))
    for name in names:
        assert re.fullmatch(r"costs-by-[A-Za-z0-9_.-]{1,240}", name)


def _canonical(options: dict[str, Any]) -> dict[str, Any]:
    """Filters hold together, so their order does not matter."""
    return options | {"filters": sorted((each.tag_key, each.values) for each in options["filters"])}
