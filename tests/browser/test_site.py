"""The documentation site as a reader meets it: each page in light and dark, on a desktop and on a phone."""

from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.faults import faults
from tests.browser.opened import Look, Opened, open_page
from tests.documents import PAGES
from tests.serving import serving
from tools.site import build

LIGHT, DARK = Look(1280), Look(1280, "dark")
PHONE, DARK_PHONE = Look(360), Look(360, "dark")
START = "docs/index.html"
SEARCH = "search.html"
# Each page of the documentation, and the search. Besides those there is only what leads from the root to the start.
WRITTEN = (*(f"{page.removesuffix('.md')}.html" for page in PAGES), SEARCH)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("site")
    assert build(folder) == 0
    return folder


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Where it is served: browsers do not let pages from files search."""

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments, directory=str(site))

        def log_message(self, *arguments: object) -> None:
            """Nothing is printed."""

    with serving(Handler) as address:
        yield address


@pytest.fixture(scope="module")
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """One for all pages: a new one for each takes a third more time."""
    with browser.new_context() as profile:
        yield profile


@pytest.fixture(scope="module", params=WRITTEN)
def opened(request: pytest.FixtureRequest, profile: BrowserContext, address: str) -> Iterator[Opened]:
    """Each page of the site."""
    opened = open_page(profile, f"{address}/{request.param}")
    yield opened
    opened.page.close()


@pytest.fixture
def start(profile: BrowserContext, address: str) -> Iterator[Opened]:
    """The page that leads to all others."""
    opened = open_page(profile, f"{address}/{START}")
    yield opened
    opened.page.close()


def is_dead(site: Path, path: str, fragment: str) -> bool:
    file = site / unquote(path).lstrip("/")
    if not file.is_file():
        return True
    return bool(fragment) and f'id="{unquote(fragment)}"' not in file.read_text("utf-8")


def test_every_page_of_the_documentation_is_in_the_site_and_nothing_else(site: Path) -> None:
    assert {str(file.relative_to(site)) for file in site.rglob("*.html")} == {*WRITTEN, "index.html"}


def test_every_page_is_in_the_navigation(start: Opened, address: str) -> None:
    links = start.page.eval_on_selector_all(".sidebar-drawer a", "all => all.map(it => it.href.split('#')[0])")
    assert set(links) == {f"{address}/{page}" for page in WRITTEN if page != SEARCH}


def test_the_root_leads_to_the_start(profile: BrowserContext, address: str) -> None:
    page = open_page(profile, f"{address}/").page
    page.wait_for_url(f"{address}/{START}")
    page.close()


def test_a_page_opens_without_complaint_and_loads_nothing_from_elsewhere(opened: Opened, address: str) -> None:
    assert opened.complaints == []
    assert [url for url in opened.requests if not url.startswith(f"{address}/")] == []


def test_a_link_within_the_site_leads_somewhere(opened: Opened, site: Path, address: str) -> None:
    links = opened.page.eval_on_selector_all("a[href]", "all => all.map(it => it.href)")
    inside = {urlsplit(link) for link in links if link.startswith(address)}
    assert [link.geturl() for link in inside if is_dead(site, link.path, link.fragment)] == []


@pytest.mark.parametrize("look", [LIGHT, DARK_PHONE], ids=["light", "dark-phone"])
def test_axe_finds_no_fault(opened: Opened, look: Look) -> None:
    assert faults(opened.at(look)) == []


@pytest.mark.parametrize("look", [DARK, PHONE], ids=["dark", "phone"])
def test_axe_finds_no_fault_in_the_other_ways_to_look_at_the_start(start: Opened, look: Look) -> None:
    assert faults(start.at(look)) == []


def test_a_page_never_scrolls_sideways_on_a_phone(opened: Opened) -> None:
    assert opened.at(PHONE).evaluate("document.documentElement.scrollWidth") == PHONE.width


def test_the_search_finds_a_page(start: Opened) -> None:
    start.page.get_by_role("search").get_by_role("textbox").fill("permissions policy")
    start.page.keyboard.press("Enter")
    start.page.locator("#search-results").get_by_role("link", name="IAM policies").first.click()
    start.page.wait_for_url("**/docs/iam.html*")
