"""The statement of a team as a person meets it: on a screen, on a phone, and on one sheet of A4."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from bedrock_projects.chargeback.budgets import BudgetForecast, MonthBudget
from bedrock_projects.chargeback.documents import documents_of
from bedrock_projects.chargeback.render import html
from bedrock_projects.chargeback.render.sheets import Sheet, overview_sheet, statement_sheet
from tests.browser.faults import faults
from tests.browser.opened import Look, Opened, open_page
from tests.unit.test_chargeback_statements import BEFORE, october

LOOKS = {"desktop": Look(1280), "dark": Look(1280, "dark"), "phone": Look(390)}
FORECAST = BudgetForecast(amount=Decimal("1012.40"), source="run rate")
BUDGETS = (
    MonthBudget(key="search", value="Search", amount=Decimal(900), actual=Decimal("868.50"), forecast=FORECAST),
    MonthBudget(key="labs", environment="dev", value="Labs", amount=Decimal(50), actual=Decimal(0)),
)
OVERVIEW, DOCUMENTS = documents_of(october(budgets=BUDGETS), state="closed", before=BEFORE)
SHEETS = {
    "statement": statement_sheet(DOCUMENTS[0]),
    "all": overview_sheet(OVERVIEW),
}


@pytest.fixture(scope="module", params=SHEETS)
def opened(request: pytest.FixtureRequest, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    return _open(browser, tmp_path_factory.mktemp("statement"), SHEETS[request.param])


def _open(browser: Browser, folder: Path, sheet: Sheet) -> Opened:
    path = folder / "statement.html"
    path.write_text(html.of_sheet(sheet), "utf-8")
    return open_page(browser, path.as_uri())


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_the_page_fits_loads_nothing_and_has_no_fault(opened: Opened, look: Look) -> None:
    page = opened.at(look)
    assert page.evaluate("document.documentElement.scrollWidth") <= look.width
    assert (opened.complaints, opened.requests) == ([], [opened.url])
    assert faults(page) == []


def test_a_statement_is_one_sheet_of_a4(browser: Browser, tmp_path: Path) -> None:
    pdf = _open(browser, tmp_path, SHEETS["statement"]).page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
