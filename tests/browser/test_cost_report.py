"""The HTML cost report as a person meets it: in light and dark, on a phone, on paper."""

from itertools import pairwise
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser

from bedrock_projects.printing import for_html
from bedrock_projects.reports.model import Report
from bedrock_projects.reports.render.html import render
from tests import reports
from tests.browser.opened import Look, Opened, open_page

LIGHT, DARK, PHONE = Look(1000), Look(1000, "dark"), Look(360)
PAPER = Look(688, media="print")
"""A4 less the margins that the page asks for; US Letter is wider."""
DARK_PAPER = Look(688, "dark", "print")
WHITE, BLACK = "rgb(255, 255, 255)", "rgb(21, 24, 28)"
LOOKS = {
    "light": (LIGHT, WHITE),
    "dark": (DARK, BLACK),
    "phone": (PHONE, WHITE),
    "paper": (PAPER, WHITE),
    "paper-of-a-dark-desktop": (DARK_PAPER, WHITE),
}
SAMPLES = {
    "year": reports.year(),
    "many": reports.many(1000),
    "hostile": reports.hostile(),
    "credit": reports.single("5", "-9.5"),
    "empty": reports.empty(),
}


@pytest.fixture(scope="module", params=SAMPLES)
def opened(request: pytest.FixtureRequest, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """Each of the reports, as a file."""
    return _open(browser, tmp_path_factory.mktemp("report") / "costs.html", SAMPLES[request.param])


@pytest.fixture(scope="module")
def year(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """A report with all that there can be."""
    return _open(browser, tmp_path_factory.mktemp("report") / "year.html", reports.year())


def _open(browser: Browser, file: Path, report: Report) -> Opened:
    file.write_text(render(report), encoding="utf-8")
    return open_page(browser, file.as_uri())


@pytest.mark.parametrize(("look", "background"), LOOKS.values(), ids=LOOKS)
def test_it_opens_without_complaint_loads_nothing_and_never_scrolls_sideways(
    opened: Opened, look: Look, background: str
) -> None:
    page = opened.at(look)
    assert page.evaluate("document.documentElement.scrollWidth") == look.width
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == background
    assert opened.complaints == []
    assert opened.requests == [opened.url]


@pytest.mark.parametrize("look", [PAPER, DARK_PAPER], ids=["light", "dark"])
def test_paper_cuts_no_table_off(opened: Opened, look: Look) -> None:
    edges = opened.at(look).eval_on_selector_all("table", "all => all.map(it => it.getBoundingClientRect().right)")
    assert 0 < max(edges) <= look.width


@pytest.mark.parametrize("look", [LIGHT, DARK, PHONE], ids=["light", "dark", "phone"])
def test_axe_finds_no_serious_fault(year: Opened, look: Look) -> None:
    violations = Axe().run(year.at(look)).response["violations"]
    assert [fault for fault in violations if fault["impact"] in ("serious", "critical")] == []


@pytest.mark.parametrize(("look", "shown"), [(LIGHT, "wide"), (PHONE, "narrow"), (PAPER, "wide")])
def test_a_chart_is_drawn_for_the_width_that_it_is_shown_at(year: Opened, look: Look, shown: str) -> None:
    page = year.at(look)
    frames = page.eval_on_selector_all(
        "figure > div", "all => all.filter(it => it.checkVisibility()).map(it => it.className)"
    )
    scales = page.eval_on_selector_all(
        ".chart", "all => all.filter(it => it.checkVisibility()).map(it => it.clientWidth / it.viewBox.baseVal.width)"
    )
    assert frames == [shown, shown]
    assert min(scales) > 0.95, "text of 12 pixels must not shrink"


@pytest.mark.parametrize("look", [LIGHT, PHONE], ids=["wide", "narrow"])
def test_labels_of_a_chart_do_not_overlap(year: Opened, look: Look) -> None:
    boxes = "all => all.map(it => it.getBoundingClientRect()).filter(it => it.width).map(it => [it.left, it.right])"
    labels = year.at(look).eval_on_selector_all(".chart .vertical .axis.x text", boxes)
    assert len(labels) > 2
    assert all(left[1] < right[0] for left, right in pairwise(labels))


def test_values_that_try_to_run_are_only_text(browser: Browser, tmp_path: Path) -> None:
    page = _open(browser, tmp_path / "hostile.html", reports.hostile()).page
    page.locator("tbody th").first.hover()
    assert page.title().startswith("Amazon Bedrock costs by <script>")
    assert page.locator("script, img, iframe, object, link, a, form, [onmouseover], [onerror]").count() == 0
    assert {for_html(value) for value in reports.HOSTILE} <= set(page.locator("tbody th bdi").all_text_contents())
