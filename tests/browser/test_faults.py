"""A look at some texts of each kind finds the contrast that a look at all of them finds."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.faults import AXE, faults

MANY = "<p>Text that everybody can read.</p>" * 40
FAINT = {
    "its color": "<p style='color: #bbb'>Faint.</p>",
    "the color of what it is in": "<div style='color: #bbb'><div><p>Faint.</p></div></div>",
    "the background of what it is in": "<div style='background: #555'><div><p>Faint.</p></div></div>",
    "the opacity of what it is in": "<div style='opacity: .4'><div><p>Faint.</p></div></div>",
    "its size": "<p style='color: #888; font-size: 24px'>Large.</p><p style='color: #888'>Faint.</p>",
    "its weight": "<p style='color: #888; font: bold 19px a'>B.</p><p style='color: #888; font: 19px a'>Faint.</p>",
    "a cell of a table": "<table><tr><td>A</td></tr><tr style='background: #666'><td>Faint.</td></tr></table>",
    "what a field has": "<label>Name <input value='Faint.' style='color: #bbb'></label>",
    "one that a hidden one is like": "<p hidden style='color: #bbb'>Hidden.</p>" * 3
    + "<p style='color: #bbb'>Faint.</p>",
}


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context() as profile:
        yield profile.new_page()


def show(page: Page, content: str) -> None:
    page.set_content(f"<html lang=en><title>Page</title><main><h1>Page</h1>{MANY}{content}{MANY}</main></html>")


def test_a_page_that_everybody_can_read_has_no_fault(page: Page) -> None:
    show(page, "")
    assert faults(page) == []


@pytest.mark.parametrize("content", FAINT.values(), ids=FAINT)
def test_a_faint_text_is_found_by_each_way_to_make_it_faint(page: Page, content: str) -> None:
    show(page, content)
    page.evaluate(AXE)
    all_of_them = "axe.run(document).then(found => found.violations.map(it => `${it.id}: ${it.nodes[0].html}`))"
    expected = page.evaluate(all_of_them)
    assert len(expected) == 1
    assert "Faint." in expected[0]
    assert faults(page) == expected
