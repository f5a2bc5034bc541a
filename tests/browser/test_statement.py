"""The statement of a team as a person meets it: on a screen, on a phone, and on sheets of A4."""

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from bedrock_projects.chargeback.budgets import BudgetForecast, MonthBudget
from bedrock_projects.chargeback.details import BilledAccount, LineUsage, ModelUsage, MonthDetails, OwnerDetails
from bedrock_projects.chargeback.documents import Document, documents_of
from bedrock_projects.chargeback.month_file import Booking, MonthFile
from bedrock_projects.chargeback.months import months_of, with_statements
from bedrock_projects.chargeback.render import html
from bedrock_projects.chargeback.render.sheets import Sheet, overview_sheet, statement_sheet
from bedrock_projects.chargeback.rules import Adjustment, Journal, SharedCost, Split
from tests.browser.faults import faults
from tests.browser.opened import Look, Opened, open_page
from tests.unit.chargeback_cases import GATEWAY, INVOICE, closed, month, row, rules, untagged
from tests.unit.test_chargeback_statements import BEFORE, october

LOOKS = {"desktop": Look(1280), "dark": Look(1280, "dark"), "phone": Look(390)}
FORECAST = BudgetForecast(amount=Decimal("1012.40"), source="run rate")
BUDGETS = (
    MonthBudget(key="search", value="Search", amount=Decimal(900), actual=Decimal("868.50"), forecast=FORECAST),
    MonthBudget(key="labs", environment="dev", value="Labs", amount=Decimal(50), actual=Decimal(0)),
)
OVERVIEW, DOCUMENTS = documents_of(october(budgets=BUDGETS), state="closed", before=BEFORE)
MOST_PROJECTS, TEAMS = 25, 40
TEAM = "Team-00"


def _owner(number: int) -> str:
    return f"acme-retail/prod/customer-assistant-{number:02}"


def _large_month() -> MonthFile:
    """A team with many projects, each of which used two models, and 39 others; all columns but support have amounts."""
    rows = [row("400", value="Platform", owner=GATEWAY), untagged("99.99"), row("12.34", value=TEAM, owner="")]
    for number in range(MOST_PROJECTS):
        charged = {"value": TEAM, "owner": _owner(number)}
        rows += [row(f"{1234 + number}.56", **charged), row("-81.20", charge_type="discount", **charged)]
        rows += [row("-7.30", charge_type="refund", **charged)]
    for number in range(1, TEAMS):
        rows.append(row(f"{number * 310}.07", value=f"Team-{number:02}", owner=f"acme-retail/prod/search-{number:02}"))
    owners = [
        OwnerDetails(
            owner=_owner(number),
            key=f"customer-assistant-{number:02}",
            name=f"CustomerAssistant{number:02}",
            environment="prod",
            id=f"proj_5ht6vmk4cnu6yfmc34{number:02}",
            tags={"Team": TEAM, "CostCenter": "CC-2001"},
            accounts=(BilledAccount(id="222222222222", name="payments-production"),),
        )
        for number in range(MOST_PROJECTS)
    ]
    used = tuple(
        ModelUsage(model=model, kind=kind, quantity=Decimal("1234.5"), unit="1M tokens", cost=Decimal("308.625"))
        for model in ("Claude Sonnet 5", "Nova 2 Lite")
        for kind in ("input", "output")
    )
    usage = tuple(LineUsage(value=TEAM, owner=each.owner, usage=used) for each in owners)
    given = rules(
        credits="proportional",
        tax="proportional",
        unallocated=Split(method="proportional"),
        shared=(SharedCost(name="gateway", projects=("gateway",), split=Split(method="proportional")),),
        adjustments={
            "2026-10": (Adjustment(description="Platform fee", amount=Decimal(4000), split=Split(method="even")),)
        },
        journal=Journal(cost_center="CostCenter", gl_account="6450"),
    )
    entry = Booking(month="2026-09", number=1, digest="0" * 64, currency="USD", amounts={TEAM: Decimal("-3.15")})
    costs = month(*rows, row("-250", value="", owner="", charge_type="credit"), tax=Decimal(700), invoices=(INVOICE,))
    details = MonthDetails(owners=tuple(owners), usage=usage)
    budget = MonthBudget(key="team", value=TEAM, amount=Decimal(30000), actual=Decimal("29146.34"), forecast=FORECAST)
    known = {"rules": given, "details": details, "books": (entry,), "budgets": (budget,)}
    return closed("2026-10", costs, months_of(()), **known)


LARGE = _large_month()
LARGE_BEFORE = with_statements(LARGE.model_copy(update={"month": "2026-09", "books": ()}))
LARGE_OVERVIEW, LARGE_DOCUMENTS = documents_of(LARGE, state="closed", before=LARGE_BEFORE)


def _of_the_team() -> Document:
    return next(document for document in LARGE_DOCUMENTS if document.value == TEAM)


SHEETS = {
    "statement": statement_sheet(DOCUMENTS[0]),
    "all": overview_sheet(OVERVIEW),
    "many projects": statement_sheet(_of_the_team()),
    "all of many teams": overview_sheet(LARGE_OVERVIEW),
}


@pytest.fixture(scope="module", params=SHEETS)
def opened(request: pytest.FixtureRequest, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    return _open(browser, tmp_path_factory.mktemp("statement"), SHEETS[request.param])


def _open(browser: Browser, folder: Path, sheet: Sheet) -> Opened:
    path = folder / "statement.html"
    path.write_text(html.of_sheet(sheet), "utf-8")
    return open_page(browser, path.as_uri())


def _pages(opened: Opened) -> int:
    """The sheets of paper that it takes."""
    return len(re.findall(rb"/Type\s*/Page\b", opened.page.pdf(prefer_css_page_size=True)))


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_the_page_fits_loads_nothing_and_has_no_fault(opened: Opened, look: Look) -> None:
    page = opened.at(look)
    assert page.evaluate("document.documentElement.scrollWidth") <= look.width
    assert (opened.complaints, opened.requests) == ([], [opened.url])
    assert faults(page) == []


def test_a_statement_is_one_sheet_of_a4(browser: Browser, tmp_path: Path) -> None:
    assert _pages(_open(browser, tmp_path, SHEETS["statement"])) == 1


def test_many_projects_are_one_sheet_of_a4_and_their_models_follow(browser: Browser, tmp_path: Path) -> None:
    sheet = SHEETS["many projects"]
    without = replace(sheet, sections=tuple(each for each in sheet.sections if each.heading != "Models"))
    assert _pages(_open(browser, tmp_path, without)) == 1
    models = replace(sheet, sections=tuple(each for each in sheet.sections if each.heading == "Models"))
    assert _pages(_open(browser, tmp_path, sheet)) == 1 + _pages(_open(browser, tmp_path, models))


def test_the_statements_of_many_teams_are_on_the_first_sheet_of_a4(browser: Browser, tmp_path: Path) -> None:
    sheet = SHEETS["all of many teams"]
    assert _pages(_open(browser, tmp_path, replace(sheet, sections=sheet.sections[:1]))) == 1


def test_nothing_is_cut_off_on_paper(opened: Opened) -> None:
    """A4 landscape without its margins is 273 mm wide: 1,031 CSS pixels."""
    page = opened.at(Look(1031, media="print"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 1031
