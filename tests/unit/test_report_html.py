"""The HTML report: the page has everything that the report says, and nothing on it can run or load."""

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache

import pytest

from bedrock_projects.errors import BedrockProjectsError
from bedrock_projects.printing import for_html, visible_ends
from bedrock_projects.reports.model import Account, AccountAmount, Period, ProjectUse, Report
from bedrock_projects.reports.render.formatting import facts
from bedrock_projects.reports.render.html import render
from bedrock_projects.reports.render.html_formatting import MINUS, NOTHING, change, heading, money, pieces, signed
from bedrock_projects.reports.render.html_labels import ELLIPSIS
from tests import detailed_reports, reports
from tests.unit.hostile import TEXT
from tests.unit.html_page import Page

SAMPLES: dict[str, Callable[[], Report]] = {
    "year": reports.year,
    "many": lambda: reports.many(40),
    "hostile": reports.hostile,
    "one period": lambda: reports.single("5"),
    "credit": lambda: reports.single("5", "-9.5"),
    "zero": lambda: reports.single("0", "0"),
    "empty": reports.empty,
    "days": lambda: reports.daily(31),
    "finance": lambda: reports.finance(40),
    "projects": lambda: reports.listed_projects(60),
    "hostile everywhere": reports.hostile_everywhere,
    "without data": lambda: reports.without_data("5", None, "7"),
    "details": lambda: detailed_reports.detailed(origins=25, prices=25),
    "hostile details": lambda: detailed_reports.detailed(text=TEXT),
}


@cache  # not made when this file is imported, which each process of the tests does
def page_of(sample: str) -> Page:
    return Page(render(SAMPLES[sample](), shows_usage=True))


@pytest.fixture(params=SAMPLES)
def page(request: pytest.FixtureRequest) -> Page:
    """Each of the sample pages."""
    return page_of(request.param)


def of(report: Report, *, shows_usage: bool = False) -> Page:
    return Page(render(report, shows_usage=shows_usage))


def test_nothing_is_loaded_and_nothing_runs(page: Page) -> None:
    active = {
        "script",
        "link",
        "img",
        "image",
        "iframe",
        "object",
        "embed",
        "form",
        "base",
        "use",
        "foreignobject",
    }
    assert active.isdisjoint(element.tag for element in page.elements)
    attributes = [(name, value) for element in page.elements for name, value in element.attributes.items()]
    assert not [name for name, _ in attributes if name.startswith("on") or name in ("src", "xlink:href", "style")]
    assert all(value.startswith("#") for name, value in attributes if name == "href")
    (style,) = page.all("style")
    assert not re.search(r"url\(|@import|//", style.text)


def test_the_policy_allows_the_style_sheet_alone() -> None:
    (meta,) = (element for element in page_of("year").all("meta") if "http-equiv" in element.attributes)
    assert meta.attributes["http-equiv"] == "Content-Security-Policy"
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; base-uri 'none'; form-action 'none'",
        meta.attributes["content"],
    )


@pytest.mark.parametrize("value", reports.HOSTILE)
def test_a_value_that_tries_to_run_is_shown_as_it_is(value: str) -> None:
    page = page_of("hostile")
    names = ["".join(element.texts) for element in page.all("bdi")]
    assert for_html(value) in names
    assert for_html(value) in ["".join(element.texts) for element in page.all("li")], "among the notes"
    assert any(f"\u2068{for_html(visible_ends(value))}\u2069" in "".join(title.texts) for title in page.all("title")), (
        "in the charts"
    )


def test_what_xml_cannot_hold_is_shown_by_its_number() -> None:
    periods = reports.months(2)
    lines = [reports.line("a\x1bb\x00", "1", "2"), reports.line("other", "1", "2")]
    page = of(reports.report(reports.header(periods), periods, lines))
    drawn = [*page.all("text"), *page.all("title")[1:]]
    assert any("a\\x1bb\\x00" in text.text for text in drawn)
    assert not any({"\x1b", "\x00"} & set("".join(text.texts)) for text in drawn)
    assert not any({"\x1b", "\x00"} & set(chart.attributes["aria-label"]) for chart in page.all("svg"))


def test_headings_go_down_step_by_step(page: Page) -> None:
    levels = [int(element.tag[1]) for element in page.elements if re.fullmatch("h[1-6]", element.tag)]
    assert levels[0] == 1
    assert set(levels[1:]) == {2}


def test_every_table_is_named_and_its_headers_say_what_they_head(page: Page) -> None:
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    assert {name for name, _ in page.rows} <= set(ids)
    for rows in page.tables():
        assert {len(row) for row in rows} == {len(rows[0])}
        assert [cell.attributes.get("scope") for cell in rows[0]] == ["col"] * len(rows[0])
        assert all(row[0].tag == "th" and row[0].attributes["scope"] == "row" for row in rows[1:])
        assert all(cell.tag == "td" for row in rows[1:] for cell in row[1:])


def test_every_chart_has_a_text_alternative(page: Page) -> None:
    charts = page.all("svg")
    assert all(chart.attributes["role"] == "img" and len(chart.attributes["aria-label"]) > 60 for chart in charts)
    named = {
        words
        for chart in charts
        for words in re.findall(r"The table (.*) has the amounts\.", chart.attributes["aria-label"])
    }
    assert named <= {heading.text for heading in page.all("h2")}


def test_the_contents_link_to_all_sections(page: Page) -> None:
    (contents,) = page.all("nav")
    assert contents.attributes["aria-label"] == "Contents"
    headings = [(f"#{heading.attributes['id']}", heading.text) for heading in page.all("h2")]
    assert [(link.attributes["href"], link.text) for link in page.all("a")] == headings


def test_only_the_largest_lines_are_drawn() -> None:
    page = of(reports.many(1000))
    assert "Spend by project (top 12)" in [heading.text for heading in page.all("h2")]
    assert [caption.text for caption in page.all("figcaption", "aside")] == ["Not shown: 988 others 855,237.50"]
    ranked = [bar.text for bar in page.all("g", "bar") if " 2026: " not in bar.text]
    assert len(ranked) == 2 * (12 + 1), "wide and narrow: the largest and the unallocated spend"


def test_the_rows_after_the_first_forty_are_folded_and_their_sum_is_shown() -> None:
    page = of(reports.many(300))
    names = [row[0] for row in page.table("chargeback")]
    assert [*names[:2], *names[-5:]] == [
        *("Project", "Project0"),
        *("Project38", "Project39 archived", "260 more projects", "unallocated", "Total"),
    ]
    assert page.table("chargeback")[-3] == ["260 more projects", "59,442.50", "75.1%"]
    folded = page.table("chargeback-rest")
    assert [row[0].split()[0] for row in folded] == ["Project", *(f"Project{number}" for number in range(40, 300))]
    assert folded[0] == page.table("chargeback")[0]
    assert [summary.text for summary in page.all("summary")] == [
        "Show 260 more projects, USD 59,442.50 in total",
        "Spend by project and month, Oct 2026 to Nov 2026",
    ]


@pytest.mark.parametrize(("count", "folded"), [(12, []), (13, ["Spend by project and month, Oct 2026 to Nov 2026"])])
def test_the_tables_of_many_lines_by_period_are_folded_with_all_rows(count: int, folded: list[str]) -> None:
    page = of(reports.many(count))
    assert [summary.text for summary in page.all("summary")] == folded
    assert len(page.table("block-1")) == 1 + count + 2


@pytest.mark.parametrize("table", ["chargeback", "block-1"])
def test_the_rows_that_are_shown_add_up_to_the_total(table: str) -> None:
    *rows, total = (Decimal(row[1].replace(",", "")) for row in of(reports.many(300)).table(table)[1:])
    assert sum(rows) == total


def test_folded_rows_are_compared_with_the_prior_period_as_one() -> None:
    (period,) = periods = reports.months(1)
    lines = [reports.line(f"team {number}", "3", of=Decimal(126), before="2") for number in range(42)]
    head = replace(reports.header(periods), previous=period.dates)
    page = of(reports.report(head, periods, lines, before="84"))
    assert page.table("chargeback")[-2] == ["2 more Team values", "6.00", "4.8%", "4.00", "+2.00", "+50.0%"]


@pytest.mark.parametrize(("count", "folds"), [(40, []), (41, ["Show 1 more day, USD 3.00 in total"])])
def test_up_to_forty_rows_are_not_folded(count: int, folds: list[str]) -> None:
    page = of(reports.daily(count))
    assert [summary.text for summary in page.all("summary")] == folds
    assert len(page.all("table", "fixed")) == 2 * len(folds)


def test_many_accounts_are_folded() -> None:
    year = reports.year()
    assert year.unallocated
    accounts = tuple(
        AccountAmount(account=Account(id=f"{number:012}"), total=Decimal(2), share=Decimal("0.0"))
        for number in range(45)
    )
    page = of(replace(year, unallocated=replace(year.unallocated, accounts=accounts)))
    assert page.table("accounts")[-1] == ["5 more accounts", "10.00", "0.1%"], "not the sum of the rounded shares"
    assert len(page.table("accounts-rest")) == 1 + 5


def test_the_table_compares_with_the_time_before() -> None:
    rows = page_of("year").table("chargeback")
    assert rows[0] == ["Team", "Total USD", "Share", "Prior period", "Change", "Change %"]
    assert rows[3] == ["Search", "12,699.44", "10.0%", "0.00", "+12,699.44", "new"]
    assert rows[-2] == ["unallocated", "7,040.00", "5.5%", "9,120.00", f"{MINUS}2,080.00", f"{MINUS}22.8%"]
    assert rows[-1][:2] == ["Total", "127,098.34"]


def test_drivers_and_states_of_projects_are_in_the_line() -> None:
    assert "Amazon Bedrock 10,800.00 · 17.4%" in page_of("year").table("chargeback")[1][0]
    assert next(details.text for details in page_of("year").all("details", "of-line")).startswith("CustomerExperience")
    assert page_of("many").table("chargeback")[10][0] == "Project9 archived"


def test_unallocated_spend_has_its_causes_and_accounts() -> None:
    page = page_of("year")
    assert page.table("causes")[1] == ["because: default project", "4,900.00", "69.6%"]
    assert page.table("accounts")[1] == ["222222222222 (retail-prod)", "7,040.00", "100.0%"]
    assert not page_of("many").table("causes")


def test_cost_changes_say_between_which_times_and_why() -> None:
    ((name, *figures),) = page_of("year").table("changes")[1:]
    assert "From Oct 1-25, 2026 to Nov 1-25, 2026" in [text.text for text in page_of("year").all("p", "caption")]
    assert name.startswith("Search Claude")
    assert "Claude Sonnet (Amazon Bedrock Edition) 2,490.00 · 97.8%" in name
    assert figures == ["1,575.37", "4,120.37", "+2,545.00", "+161.5%"]


def test_estimated_and_partial_periods_are_marked_in_table_and_chart() -> None:
    page = page_of("year")
    marked = [row for row in page.table("periods") if "estimated" in row[0]]
    assert [row[0] for row in marked] == ["Nov 1-25, 2026 (month to date, estimated)"]
    assert len(page.all("g", "estimated")) == 2 * 6, "six lines, each in the wide and in the narrow chart"
    assert not of(reports.year(estimated=0)).all("g", "estimated")


def test_a_forecast_is_drawn_and_written_with_its_interval() -> None:
    page = page_of("year")
    (figure,) = (div.text for div in page.all("div") if div.text.startswith("Month-end forecast"))
    assert figure == (
        "Month-end forecast 16,473.50 80% prediction interval 15,120.00 to 18,040.00; month-to-date 13,583.00"
    )
    assert len(page.all("g", "ci")) == len(page.all("g", "forecast")) == 2


def test_a_forecast_above_a_credit_stays_within_the_chart() -> None:
    """The bar of the forecast starts on top of what was spent, and the bar of the credit is below the axis."""
    periods = reports.months(2)
    lines = [reports.line("a", "5", "250"), reports.line("credit", "0", "-40")]
    expected = reports.forecast("210", "63", low="254.9", high="291.1")
    page = of(reports.report(reports.header(periods), periods, lines, forecast=expected))
    bars = [box.attributes for box in page.all("rect") if "background" not in box.classes]
    assert len(bars) > 4
    assert all(float(bar["y"]) >= 0 for bar in bars)


@pytest.mark.parametrize("report", [reports.daily(31), reports.year()], ids=["by day", "nothing more to come"])
def test_a_forecast_without_a_bar_is_only_written(report: Report) -> None:
    page = of(replace(report, forecast=reports.forecast("10", "0", low="10", high="10")))
    assert [term for term in page.all("dt") if term.text.startswith("Month-end forecast")]
    assert not page.all("g", "forecast") + page.all("g", "ci") + page.all("span", "forecast")


@pytest.mark.parametrize(
    ("report", "headings"),
    [
        (reports.empty(), ["Notes", "Chargeback"]),
        (reports.single("5"), ["Chargeback"]),
        (reports.single("0", "0"), ["Chargeback", "By period"]),
        (reports.single("5", "6"), ["Spend by month", "Chargeback", "By period"]),
    ],
)
def test_a_chart_is_drawn_only_if_it_says_something(report: Report, headings: list[str]) -> None:
    assert [heading.text for heading in of(report).all("h2")] == [*headings, "About this report"]


def test_nothing_behind_a_zero_is_not_an_amount_but_a_note() -> None:
    nothing = reports.empty()
    page = of(replace(nothing, header=replace(nothing.header, currency="")))
    assert [heading.text for heading in page.all("h2")] == ["Notes", "About this report"]
    assert "0.00" not in page.all("main")[0].text


def test_an_estimated_time_before_is_marked() -> None:
    report = reports.year()
    assert "estimated" not in page_of("year").table("chargeback")[0][3]
    marked = of(replace(report, header=replace(report.header, previous_estimated=True)))
    assert marked.table("chargeback")[0][3] == "Prior period (estimated)"


@pytest.mark.parametrize(
    "amounts",
    [("1234567890.12", "0.000000001", "-5"), ("-5", "-0.001"), ("0.000000001", "0.0000000001"), ("0", "0", "7", "-7")],
)
def test_amounts_of_any_size_and_sign_can_be_drawn(amounts: tuple[str, ...]) -> None:
    periods = reports.months(2)
    lines = [reports.line(f"line {number}", amount, amount) for number, amount in enumerate(amounts)]
    page = of(reports.report(reports.header(periods), periods, lines))
    assert len(page.all("svg")) == 4
    boxes = [box.attributes for box in page.all("rect") if "background" not in box.classes]
    assert boxes
    assert all(0 < float(box[size]) <= 720 for box in boxes for size in ("width", "height"))


def test_a_line_without_spend_has_no_bar() -> None:
    periods = reports.months(1)
    lines = [reports.line(name, amount) for name, amount in ("a3", "b2", "c0")]
    page = of(reports.report(reports.header(periods), periods, lines))
    assert {text.text for text in page.all("text") if text.text.isalpha()} == {"a", "b"}


def test_a_shortened_label_keeps_what_differs_and_has_its_full_text() -> None:
    periods = reports.months(1)
    names = [f"payments-service-production-of-the-region-{region}" for region in ("eu", "us")]
    page = of(reports.report(reports.header(periods), periods, [reports.line(name, "3") for name in names]))
    labels = [text.text for text in page.all("text") if ELLIPSIS in text.text]
    assert len(set(labels)) == len(labels) == 4, "two in the wide and two in the narrow chart"
    assert [title.text for title in page.all("title") if title.text in names] == [*names[::-1]] * 2


def test_a_credit_keeps_its_sign() -> None:
    page = page_of("credit")
    assert page.table("periods")[2] == ["Nov 1-25, 2026 (month to date, estimated)", f"{MINUS}9.50"]
    assert page.table("chargeback")[1] == ["Search", f"{MINUS}4.50", NOTHING]


@pytest.mark.parametrize(("months", "blocks"), [(1, []), (2, [2]), (6, [6]), (7, [6, 1]), (12, [6, 6]), (13, [])])
def test_lines_by_period_come_in_tables_as_wide_as_paper(months: int, blocks: list[int]) -> None:
    page = of(reports.single(*["1"] * months))
    widths = [len(rows[0]) - 1 for rows in page.tables()]
    assert widths[2 if months > 1 else 1 :] == blocks


def test_paper_is_in_landscape_for_wide_tables_only() -> None:
    assert ["@page { size: landscape; }" in page_of(name).all("style")[0].text for name in ("finance", "year")] == [
        True,
        False,
    ]


def test_the_head_says_what_is_covered() -> None:
    head = page_of("year").all("header")[0].text
    assert head.startswith("Amazon Bedrock costs by Team, 2025-12-01 to 2026-11-25")
    assert head.endswith(
        "acme-retail · environment prod "
        "Cost: billed (UnblendedCost) in USD, by month Account 222222222222 (retail-prod)"
    )
    assert "Only spend with" in page_of("hostile").all("header")[0].text
    about = page_of("year").all("footer")[0].text
    for label, text in facts(reports.year().header):
        assert f"{label} {text}" in about


def test_the_head_says_what_was_asked_and_counts_many_accounts() -> None:
    assert page_of("finance").all("header")[0].text == (
        "Amazon Bedrock costs by Team and model, 2025-12-01 to 2026-11-25 acme-retail · all environments "
        "Cost: billed (UnblendedCost) in USD, by month; excluded: tax, support 6 accounts, named at the end of the page"
    )
    assert "333333333333" in page_of("finance").all("footer")[0].text


def test_each_charge_type_is_a_column_and_they_add_up_to_the_total() -> None:
    heads, *rows = of(reports.finance(3, compared=False)).table("chargeback")
    names = ["Usage", "Purchases", "Discounts", "Credits", "Refunds", "Tax", "Support", "Other charges"]
    assert heads == ["Team", "Total USD", "Share of usage", *names]
    assert [row[0] for row in rows[-2:]] == ["unallocated (no Team)", "Total"]
    for row in rows:
        total, *charges = (
            Decimal(cell.replace(",", "").replace(MINUS, "-")) for cell in (row[1], *row[3:]) if cell != NOTHING
        )
        assert abs(sum(charges) - total) < Decimal("0.05"), row


def test_folded_rows_have_the_sum_of_their_charges() -> None:
    page = of(reports.listed_projects(43))
    assert page.table("chargeback")[-3] == ["3 more projects", "33.00", "0.8%", "39.00", f"{MINUS}6.00"]


def test_folded_rows_have_the_share_of_their_usage_alone() -> None:
    """A line of credits has no usage, so it takes no part of a share."""
    periods = reports.months(1)
    large = [reports.line(f"{number:02}", "10", of=Decimal(500)) for number in range(40)]
    small = [
        reports.line("x", "5", of=Decimal(500)),
        replace(reports.line("y", "-300"), charges={"credit": Decimal(-300)}, share=Decimal("0.0")),
    ]
    report = reports.report(reports.header(periods), periods, [*large, *small])
    usage = Decimal(405)
    page = of(replace(report, total=replace(report.total, charges={"usage": usage})))
    (row,) = (row for row in page.table("chargeback") if row[0] == "2 more Team values")
    assert row[1:3] == [f"{MINUS}295.00", "1.2%"]


@pytest.mark.parametrize(("share", "columns"), [("10.0", 3), (None, 2)])
def test_causes_and_accounts_without_any_share_have_no_column_of_them(share: str | None, columns: int) -> None:
    report = reports.year()
    assert report.unallocated is not None
    exact = None if share is None else Decimal(share)
    changed = replace(
        report.unallocated,
        causes=tuple(replace(cause, share=exact) for cause in report.unallocated.causes),
        accounts=tuple(replace(account, share=exact) for account in report.unallocated.accounts),
    )
    page = of(replace(report, unallocated=changed))
    for table in ("causes", "accounts"):
        assert {len(row) for row in page.table(table)} == {columns}


def test_a_line_has_its_marks_once() -> None:
    page = page_of("finance")
    assert [mark.text for mark in page.all("span", "mark")][:2] == ["formerly Procurement", "not in the inventory"]
    lines = [reports.line("old", "5", mark="not in the inventory", project=reports.project("old", state="unlisted"))]
    periods = reports.months(1)
    (mark,) = of(reports.report(reports.header(periods, kind="project"), periods, lines)).all("span", "mark")
    assert mark.text == "not in the inventory"


def test_the_parts_of_a_line_are_folded_under_it_with_their_sum() -> None:
    page = page_of("finance")
    first = page.all("details", "asked")[0].text
    assert first.startswith("Team00 formerly Procurement Claude Sonnet 4.5 25,560.75 Claude Haiku 4.5 12,780.38")
    assert first.endswith("other usage 399.39 Sum 51,121.50")
    assert len(page.all("details", "asked")) == 40
    assert not [details for details in page.all("details", "of-line") if "open" in details.attributes]


def test_a_project_says_its_account_region_id_and_tags() -> None:
    project = page_of("projects").all("details", "of-line")[1].text
    assert project == (
        "Service1-Prod Claude Sonnet 4.5 177.00 · 75.0% Claude Haiku 4.5 1.00 Account: 222222222222 (retail-2) "
        "Region: us-east-1 Project id: proj_000000000001 Team: Team01 CostCenter: CC-0001"
    ).replace(":", "")


def test_the_bill_adds_up_and_says_what_the_report_leaves_out() -> None:
    page = of(replace(reports.finance(1), reconciliation=reports.whole_bill(Decimal(100), difference="2.5")))
    assert page.table("bill") == [
        ["Part", "USD"],
        ["This report", "100.00"],
        ["Excluded from this report", "412.50"],
        ["Difference", f"{MINUS}2.50"],
        ["Bedrock", "510.00"],
        ["Tax (billed separately)", "1,900.25"],
        ["Support (billed separately)", "1,000.00"],
        ["Other services", "81,234.56"],
        ["Total of the bill", "84,644.81"],
    ]
    assert "Difference" not in [row[0] for row in page_of("finance").table("bill")]
    assert not page_of("year").table("bill")


def test_usage_has_tokens_unit_costs_cache_hits_and_requests() -> None:
    heads, first, *_, total = page_of("projects").table("usage")
    assert heads == [
        *("Project", "Input (M)", "Output (M)", "Cache read (M)", "Cache write (M)"),
        *("USD/M input", "USD/M output", "USD/M cache read", "USD/M cache write", "USD/M blended"),
        *("Cache hits", "Requests"),
    ]
    assert first == [
        *("Service0-Prod", "60.00", "12.00", "180.00", "48.00"),
        *("0.4167", "0.4167", "0.4167", "0.4167", "0.4167", "62.5%", "60,000"),
    ]
    assert total[0] == "Total of the known usage", "what is unallocated has none"
    assert total[-1] == f"{sum(range(61)) * 1000:,}"
    assert not of(reports.finance(1)).table("usage"), "only if it is asked for"


def test_usage_that_cannot_be_counted_is_named_with_its_cost() -> None:
    (partly,) = (
        details for details in page_of("finance").all("details", "of-line") if "partly counted" in details.text
    )
    assert partly.text == (
        "Team03 partly counted Usage other than tokens 7.50 Not counted: Units-input-tokens (Units) 7.50"
    )


def test_usage_has_no_column_for_a_kind_of_tokens_that_nobody_used() -> None:
    periods = reports.months(1)
    line = reports.line("a", "3", usage=None, use=ProjectUse(requests=7, input_tokens=1, output_tokens=1))
    page = of(reports.report(reports.header(periods), periods, [line]), shows_usage=True)
    assert page.table("usage") == [["Team", "Requests"], ["a", "7"], ["Total", "7"]]


def test_unallocated_credits_have_no_share_of_usage() -> None:
    assert page_of("finance").table("causes")[-1] == ["credits", f"{MINUS}250.00", NOTHING]


def test_a_period_without_data_is_never_zero() -> None:
    page = page_of("without data")
    assert page.table("periods")[2] == ["Oct 2026", "no data"]
    assert [row[2] for row in page.table("block-1")[1:]] == ["no data", "no data"]
    assert [label.text for label in page.all("li") if "no data" in label.text] == ["no data: Oct 2026"]
    assert len(page.all("g", "unknown")) == 2, "in the wide and in the narrow chart"
    assert all("No data of Oct\N{NO-BREAK SPACE}2026." in chart.attributes["aria-label"] for chart in page.all("svg"))
    assert "0.00" not in page.all("main")[0].text.replace("100.0", "")


def test_folded_days_without_data_have_no_sum() -> None:
    report = reports.daily(42)
    periods = tuple(replace(period, has_data=index < 40) for index, period in enumerate(report.periods))
    assert of(replace(report, periods=periods)).table("periods")[-2:] == [
        ["2 more days", "no data"],
        ["Total", "126.00"],
    ]


def test_a_report_without_any_data_has_no_total() -> None:
    page = of(reports.without_data(None))
    assert page.table("chargeback")[-1] == ["Total", "no data", NOTHING]
    assert [div.text for div in page.all("div") if div.text.startswith("Total")] == [
        "Total no data Nov 1-25, 2026 (month to date, estimated)"
    ]


def test_a_chart_of_many_small_lines_shows_them_as_one() -> None:
    legend = [item.text for item in page_of("finance").all("ul", "legend")[:1]]
    assert legend[0].startswith("40 Team values 1,048,020.00 unallocated (no Team) 7,350.00")


def test_changes_of_several_spans_say_theirs() -> None:
    first = reports.cost_change("Search", "1", "2")
    second = replace(first, before=first.after)
    page = of(replace(reports.year(), largest_changes=(first, second)))
    assert [row[0] for row in page.table("changes")[1:]] == [
        "Search Oct 1-25, 2026 → Nov 1-25, 2026",
        "Search Nov 1-25, 2026 → Nov 1-25, 2026",
    ]


@pytest.mark.parametrize("value", reports.HOSTILE)
def test_a_value_that_tries_to_run_is_shown_as_it_is_wherever_it_comes_from(value: str) -> None:
    page = page_of("hostile everywhere")
    shown = for_html(value)
    marks = ["".join(mark.texts) for mark in page.all("span", "mark")]
    parts = ["".join(part.texts) for part in page.all("li") if part.text.endswith(" 1.00")]
    facts = ["".join(fact.texts) for fact in page.all("div") if fact.text.startswith("Region")]
    assert shown in marks
    assert any(shown in part for part in parts)
    assert any(shown in fact for fact in facts)
    assert shown[1:] in ["".join(cell.texts)[1:] for _, (cell, *_) in page.rows]
    assert any(f"{shown}-input-tokens ({shown})" in "".join(item.texts) for item in page.all("li"))


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Costs by Team, 2025-12-01 to 2026-11-25", ["2025-12-01 to 2026-11-25"]),
        ("on 2026-11-25, USD 1,234.56 of it", ["2026-11-25", "USD 1,234.56"]),
        ("Nov\xa01-25,\xa02026 (month\xa0to\xa0date)", ["Nov\xa01-25,\xa02026"]),
        ("nothing of the kind, no-date 1-2", []),
    ],
)
def test_dates_and_amounts_are_pieces_that_are_not_wrapped(text: str, whole: list[str]) -> None:
    assert pieces(text)[1::2] == whole
    assert "".join(pieces(text)) == text


def test_the_title_the_notes_and_the_facts_do_not_wrap_a_date() -> None:
    note = "From 2026-11-01 to 2026-11-25 nothing was billed."
    page = of(replace(reports.year(), notes=(note,)))
    whole = [element.text for element in page.all("span", "figure")]
    assert whole.count("2025-12-01 to 2026-11-25") == 1
    assert whole.count("2024-12-01 to 2025-11-30") == 3, "change, caption, facts"
    assert {"2026-11-01 to 2026-11-25", "USD 0.04"} <= {*whole}


@pytest.mark.parametrize(
    ("start", "end", "estimated", "text"),
    [
        (date(2026, 10, 1), date(2026, 10, 31), False, "Oct 2026"),
        (date(2026, 10, 1), date(2026, 10, 31), True, "Oct 2026 (estimated)"),
        (date(2026, 10, 1), date(2026, 10, 9), False, "Oct 1-9, 2026 (partial)"),
        (date(2026, 11, 1), date(2026, 11, 25), True, "Nov 1-25, 2026 (month to date, estimated)"),
        (date(2026, 11, 10), date(2026, 11, 25), True, "Nov 10-25, 2026 (partial, estimated)"),
    ],
)
def test_the_heading_of_a_period_says_its_days_and_its_status(
    start: date, end: date, estimated: bool, text: str
) -> None:
    period = Period(start=start, end=end, estimated=estimated, partial="31" not in f"{end}")
    days, space, status = text.partition(" (")
    assert heading(period, reports.header([period])) == days.replace(" ", "\N{NO-BREAK SPACE}") + space + status


def test_the_total_of_a_single_period_says_its_days() -> None:
    (total,) = (div.text for div in page_of("one period").all("div") if div.text.startswith("Total"))
    assert total == "Total 5.00 Nov 1-25, 2026 (month to date, estimated)"


def test_the_same_report_is_the_same_page() -> None:
    assert render(reports.year()) == render(reports.year())


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("1234567.891", "1,234,567.89"),
        ("-0.5", f"{MINUS}0.50"),
        ("0", "0.00"),
        ("0.00042", "0.00042"),
        (None, NOTHING),
    ],
)
def test_an_amount_that_is_not_zero_never_looks_like_it(amount: str | None, text: str) -> None:
    assert money(None if amount is None else Decimal(amount)) == text


@pytest.mark.parametrize(
    ("per_cent", "amount", "before", "texts"),
    [
        ("12.5", "5", "40", ["+5.00", "+12.5%"]),
        ("-12.5", "-5", "40", [f"{MINUS}5.00", f"{MINUS}12.5%"]),
        ("0.0", "0", "40", ["0.00", "0.0%"]),
        ("-0.0", "-0.001", "40", [f"{MINUS}0.0010", "0.0%"]),
        ("999.9", "9.999", "1", ["+10.00", "+999.9%"]),
        ("1000.0", "10", "1", ["+10.00", ">+999%"]),
        ("-5100.0", "-51", "1", [f"{MINUS}51.00", f"<{MINUS}999%"]),
        (None, "5", "0", ["+5.00", "new"]),
        (None, "0", "0", ["0.00", NOTHING]),
        (None, "5", "-2", ["+5.00", NOTHING]),
        ("4062524494.3", "4062524494.3", "100", ["+4,062,524,494.30", ">+999%"]),
    ],
)
def test_a_change_has_a_sign(per_cent: str | None, amount: str, before: str, texts: list[str]) -> None:
    relative = change(None if per_cent is None else Decimal(per_cent), Decimal(amount), before=Decimal(before))
    assert [signed(Decimal(amount)), relative.replace("\N{NO-BREAK SPACE}", " ")] == texts


def test_without_the_extra_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(
        BedrockProjectsError,
        match=r"the Python package jinja2, which an HTML report needs, .*pip install 'bedrock-projects\[html\]'",
    ):
        render(reports.empty())


def test_nobody_else_waits_for_what_only_the_page_needs() -> None:
    script = (
        "import sys, bedrock_projects.cli, bedrock_projects.reports.render.html\n"
        "print(sorted({'jinja2', 'pygal', 'markupsafe'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
