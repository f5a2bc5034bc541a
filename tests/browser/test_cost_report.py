"""The HTML cost report as a person meets it: in light and dark, on a phone, on paper."""

import base64
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from bedrock_projects.printing import for_html
from bedrock_projects.reports.model import Report
from bedrock_projects.reports.render.html import render
from tests import detailed_reports, reports
from tests.browser.faults import faults
from tests.browser.opened import Look, Opened, open_page, open_page_without_scripts

_BRIGHTNESS = """async base64 => {
    const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob())
    const canvas = new OffscreenCanvas(picture.width, picture.height).getContext("2d")
    canvas.drawImage(picture, 0, 0)
    const pixels = canvas.getImageData(0, 0, picture.width, picture.height).data.filter((_, index) => index % 4 < 3)
    return pixels.reduce((sum, value) => sum + value, 0) / pixels.length
}"""

LIGHT, DARK, PHONE = Look(1000), Look(1000, "dark"), Look(390)
DESKTOP, DARK_DESKTOP, DARK_PHONE = Look(1280), Look(1280, "dark"), Look(390, "dark")
SMALL_PHONE = Look(360)
PAPER = Look(688, media="print")
"""A4 less the margins that the page asks for; US Letter is wider."""
LANDSCAPE = 949
"""The width of US Letter in landscape, less these margins; A4 is wider."""
DARK_PAPER = Look(688, "dark", "print")
WHITE, BLACK = "rgb(255, 255, 255)", "rgb(21, 24, 28)"
LOOKS = {
    "light": (LIGHT, WHITE),
    "dark": (DARK, BLACK),
    "phone": (PHONE, WHITE),
    "desktop": (DESKTOP, WHITE),
    "small phone": (SMALL_PHONE, WHITE),
    "paper": (PAPER, WHITE),
    "paper-of-a-dark-desktop": (DARK_PAPER, WHITE),
}
SAMPLES = {
    "year": reports.year(),
    "many": reports.many(1000),
    "hostile": reports.hostile(),
    "credit": reports.single("5", "-9.5"),
    "empty": reports.empty(),
    "finance": reports.finance(40),
    "projects": reports.listed_projects(300),
    "hostile everywhere": reports.hostile_everywhere(),
    "without data": reports.without_data("5", None, "7"),
    "details": detailed_reports.detailed(origins=25, prices=25),
}


@pytest.fixture(scope="module", params=SAMPLES)
def opened(request: pytest.FixtureRequest, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """Each of the reports, as a file."""
    return _open(browser, tmp_path_factory.mktemp("report") / "costs.html", SAMPLES[request.param])


@pytest.fixture(scope="module")
def year(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """A report with all that there can be."""
    return _open(browser, tmp_path_factory.mktemp("report") / "year.html", reports.year())


@pytest.fixture
def many(browser: Browser, tmp_path: Path) -> Opened:
    """A report with folded tables, each time as it opens, in a browser that runs no script of a page."""
    return _open(browser, tmp_path / "many.html", reports.many(300), runs_scripts=False)


def _open(browser: Browser, file: Path, report: Report, *, runs_scripts: bool = True) -> Opened:
    file.write_text(render(report, shows_usage=True), encoding="utf-8")
    return open_page(browser, file.as_uri()) if runs_scripts else open_page_without_scripts(browser, file.as_uri())


@pytest.mark.parametrize(("look", "background"), LOOKS.values(), ids=LOOKS)
def test_it_opens_without_complaint_loads_nothing_and_never_scrolls_sideways(
    opened: Opened, look: Look, background: str
) -> None:
    look = _on_its_paper(opened, look)
    page = opened.at(look)
    assert page.evaluate("document.documentElement.scrollWidth") == look.width
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == background
    assert opened.complaints == []
    assert opened.requests == [opened.url]


@pytest.mark.parametrize("look", [PAPER, DARK_PAPER], ids=["light", "dark"])
def test_paper_cuts_no_table_off(opened: Opened, look: Look) -> None:
    look = _on_its_paper(opened, look)
    edges = opened.at(look).eval_on_selector_all("table", "all => all.map(it => it.getBoundingClientRect().right)")
    assert 0 < max(edges) <= look.width


def _on_its_paper(opened: Opened, look: Look) -> Look:
    """The look, in landscape if it is paper and the page asks for that."""
    is_landscape = "size: landscape" in opened.page.locator("style").first.inner_text()
    return look._replace(width=LANDSCAPE) if look.media == "print" and is_landscape else look


@pytest.mark.parametrize("look", [LIGHT, DARK, PHONE], ids=["light", "dark", "phone"])
def test_axe_finds_no_serious_fault(year: Opened, look: Look) -> None:
    assert _serious_faults(year.at(look)) == []


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_axe_finds_no_serious_fault_in_an_open_fold(browser: Browser, tmp_path: Path, look: Look) -> None:
    page = _open(browser, tmp_path / "folded.html", reports.many(60)).at(look)
    for fold in page.locator("summary").all():
        fold.click()
    assert _serious_faults(page) == []


# axe takes as long as there are elements: 60 projects have all that 300 have, with a table that is folded after 40.
@pytest.mark.parametrize("report", [SAMPLES["finance"], reports.listed_projects(60)], ids=["teams", "projects"])
def test_axe_finds_no_fault_in_a_large_report(browser: Browser, tmp_path: Path, report: Report) -> None:
    opened = _open(browser, tmp_path / "large.html", report)
    opened.at(DESKTOP).locator(".of-line > summary").first.click()
    looks = (DESKTOP, DARK_DESKTOP, PHONE, DARK_PHONE)
    assert {look: serious for look in looks if (serious := _serious_faults(opened.at(look)))} == {}


@pytest.mark.parametrize("report", [SAMPLES["finance"], SAMPLES["projects"]], ids=["teams", "projects"])
def test_a_large_report_is_folded(browser: Browser, tmp_path: Path, report: Report) -> None:
    page = _open(browser, tmp_path / "large.html", report).at(DESKTOP)
    assert page.evaluate("document.documentElement.scrollHeight") <= 6000


@pytest.mark.parametrize("look", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_what_is_opened_under_a_line_keeps_the_columns_and_is_all_seen(
    browser: Browser, tmp_path: Path, look: Look
) -> None:
    page = _open(browser, tmp_path / "opened.html", SAMPLES["finance"]).at(look)
    table = page.locator("#chargeback + .scroll table").first
    before = _columns(table)
    table.locator("summary").first.click()
    last = table.locator("li.sum").first
    box = last.bounding_box()
    assert _columns(table) == before
    assert last.is_visible()
    assert box
    assert box["x"] + box["width"] <= look.width


@pytest.mark.parametrize("look", [PHONE, DARK_PHONE], ids=["light", "dark"])
def test_on_a_phone_a_wide_table_cuts_a_column_off_below_a_shadow(browser: Browser, tmp_path: Path, look: Look) -> None:
    page = _open(browser, tmp_path / "wide.html", SAMPLES["finance"]).at(look)
    for table in ("#chargeback", "#usage"):
        region = page.locator(f"{table} + .scroll")
        assert region.evaluate("it => it.scrollWidth > it.clientWidth + 50"), table
        start = _darkness_at_the_right(page, region)
        region.evaluate("it => { it.scrollLeft = it.scrollWidth }")
        assert abs(start - _darkness_at_the_right(page, region)) > 20, table


def _serious_faults(page: Page) -> list[str]:
    # axe leaves out the contrast of what is over a gradient, here the shadow of a wide table.
    set_background = "(all, value) => all.forEach(it => { it.style.background = value })"
    page.eval_on_selector_all(".scroll", set_background, "none")
    serious = faults(page, impacts=["serious", "critical"])
    page.eval_on_selector_all(".scroll", set_background, "")
    return serious


def test_a_fold_opens_without_script_and_keeps_the_columns_in_line(many: Opened) -> None:
    page = many.at(LIGHT)
    folded = page.locator("details tbody tr").first
    assert not folded.is_visible()
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert folded.is_visible()
    assert page.locator("summary").first.inner_text() == "260 more projects, USD 59,442.50 in total"
    for look in (LIGHT, PHONE, PAPER):
        shown, rest = (_columns(many.at(look).locator(f"table.chargeback >> nth={index}")) for index in (0, 1))
        assert shown == rest


def _columns(table: Locator) -> list[tuple[float, float]]:
    """Where the columns of a table begin and how wide they are, in pixels."""
    cells = [cell.bounding_box() for cell in table.locator("thead th").all()]
    return [(round(box["x"], 1), round(box["width"], 1)) for box in cells if box]


def test_paper_has_what_is_folded_and_nothing_to_open(many: Opened) -> None:
    page = many.at(PAPER)
    assert page.locator("details[open]").count() == 0
    heights = page.eval_on_selector_all("details tbody tr", "all => all.map(it => it.getBoundingClientRect().height)")
    assert len(heights) == 260 + 301
    assert min(heights) > 0
    assert page.locator("summary").first.inner_text() == "260 more projects, USD 59,442.50 in total"
    assert not page.locator("nav").is_visible()


def test_a_link_of_the_contents_leads_to_its_section(year: Opened) -> None:
    page = year.at(PHONE)
    page.get_by_role("navigation", name="Contents").get_by_text("Largest changes").click()
    box = page.get_by_role("heading", name="Largest changes").bounding_box()
    assert box
    assert 0 <= box["y"] < 400


def test_a_wide_table_shows_that_there_is_more_and_keeps_its_labels(year: Opened) -> None:
    page = year.at(PHONE)
    region = page.get_by_role("region", name="Largest first")
    assert region.evaluate("it => it.scrollWidth > it.clientWidth")
    start = _darkness_at_the_right(page, region)
    region.evaluate("it => { it.scrollLeft = it.scrollWidth }")
    end = _darkness_at_the_right(page, region)
    assert (start > 20, end < 2) == (True, True), (start, end)
    labels = region.locator("th:first-child").all()
    assert {box["x"] for label in labels if (box := label.bounding_box())} == {16}


def test_a_wide_table_scrolls_with_the_keyboard(year: Opened) -> None:
    page = year.at(PHONE)
    region = page.get_by_role("region", name="From Oct")
    expect(region).to_have_js_property("scrollLeft", 0)
    region.focus()
    page.keyboard.press("ArrowRight")
    expect(region).not_to_have_js_property("scrollLeft", 0)


def _darkness_at_the_right(page: Page, region: Locator) -> float:
    """How much darker than white the right edge of the region is, of 255; what is written there is not looked at."""
    region.evaluate("it => it.scrollIntoView()")
    region.evaluate("it => { it.firstElementChild.style.visibility = 'hidden' }")
    box = region.bounding_box()
    assert box
    picture = page.screenshot(clip={"x": box["x"] + box["width"] - 4, "y": box["y"] + 20, "width": 3, "height": 3})
    region.evaluate("it => { it.firstElementChild.style.visibility = '' }")
    assert page.context.browser
    blank = page.context.browser.new_page()
    brightness = blank.evaluate(_BRIGHTNESS, base64.b64encode(picture).decode())
    blank.close()
    return 255 - float(brightness)


@pytest.mark.parametrize("look", [LIGHT, PHONE, PAPER], ids=["light", "phone", "paper"])
def test_no_date_and_no_amount_is_broken(opened: Opened, look: Look) -> None:
    broken = "all => all.filter(it => it.getClientRects().length > 1).map(it => it.textContent)"
    assert opened.at(look).eval_on_selector_all(".figure, .key dt + dd", broken) == []


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
    assert page.locator("script, img, iframe, object, link, :not(nav li) > a, form, [onmouseover]").count() == 0
    assert page.locator("[onerror]").count() == 0
    assert {for_html(value) for value in reports.HOSTILE} <= set(page.locator("tbody th bdi").all_text_contents())


def test_values_in_what_is_opened_that_try_to_run_are_only_text(browser: Browser, tmp_path: Path) -> None:
    page = _open(browser, tmp_path / "hostile.html", reports.hostile_everywhere()).page
    for line in page.locator(".of-line > summary").all():
        line.click()
    assert page.title().startswith("Amazon Bedrock costs by Team and ")
    assert page.locator("script, img, iframe, object, link, :not(nav li) > a, form, [onmouseover]").count() == 0
    assert page.locator("[onerror]").count() == 0
    facts = page.locator(".facts dd bdi").all_text_contents()
    assert {for_html(value) for value in reports.HOSTILE} <= set(facts)
