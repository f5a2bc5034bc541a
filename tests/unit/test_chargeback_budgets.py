"""Budgets on the statements: what each counts of a month, its forecast, and what a closed month keeps."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from bedrock_projects.aws.budgets import BudgetsClient
from bedrock_projects.aws.models import BudgetState
from bedrock_projects.chargeback.budgets import (
    BudgetForecast,
    MonthBudget,
    charged_budgets,
    month_budgets,
    renamed_since,
    with_forecasts,
)
from bedrock_projects.chargeback.documents import documents_of
from bedrock_projects.chargeback.month_file import MonthFile, parsed, written
from bedrock_projects.chargeback.months import months_of
from bedrock_projects.chargeback.render import csv as as_csv
from bedrock_projects.chargeback.render import json as as_json
from bedrock_projects.chargeback.render import text, xlsx
from bedrock_projects.chargeback.render.files import Format, write_statements
from bedrock_projects.chargeback.render.sheets import overview_sheet, statement_sheet
from bedrock_projects.chargeback.source.forecasts import own_forecasts
from bedrock_projects.errors import AccessDeniedError
from bedrock_projects.model import Budget, Environment, Inventory, Project, RenamedValue, TagKey
from tests.unit.chargeback_cases import GATEWAY, OCTOBER, closed, month, row, rules, shop, untagged
from tests.unit.test_chargeback_months import OCTOBER_CLOSED
from tests.unit.test_chargeback_statements import cells, october

DEV_SEARCH = "acme/dev/search"
WITHOUT_BUDGETS = "f119af0928a756824d85de6aef6b2381c01e6d42a80075256875a468622c037a"
"""The digest of `OCTOBER_CLOSED` by the version that knew no budgets."""


def project(key: str, team: str, environment: str = "prod") -> Project:
    return Project(
        owner=f"acme/{environment}/{key}",
        key=key,
        name=key,
        environment=environment,
        tags={"Team": team},
        location="projects.yaml:1:1",
    )


def budget(key: str, **fields: Any) -> Budget:
    return Budget(**{"key": key, "tag": ("Team", "Search"), "amount": "900", "alerts": ()} | fields)


def inventory(*budgets: Budget) -> Inventory:
    environments = {name: Environment(name=name, region="us-east-1") for name in ("dev", "prod")}
    projects = (project("search", "Search"), project("search", "Search", "dev"), project("gateway", "Platform"))
    return Inventory(name="acme", environments=environments, projects=projects, budgets=budgets)


COSTS = month(
    row("812.40"),
    row("-24.37", charge_type="discount"),
    row("40.12", owner=DEV_SEARCH),
    row("12.00", owner=""),
    row("-5.00", charge_type="credit"),
    row("-3.00", charge_type="refund"),
    row("400", value="Platform", owner=GATEWAY),
    shop("77"),
    row("6", value="Shop"),
    untagged("9.99"),
)


def counted(*budgets: Budget) -> list[str]:
    return [f"{each.actual:f}" for each in month_budgets(inventory(*budgets), rules(), COSTS).budgets]


def test_a_budget_counts_what_aws_counts_for_it() -> None:
    """Its projects with discounts; neither credits and refunds, nor usage that is not a project, nor a rule.

    What another team used of a project in the same month is that team's.
    """
    assert counted(budget("all")) == ["828.15"]
    assert counted(budget("prod", environment="prod"), budget("dev", environment="dev")) == ["40.12", "788.03"]
    assert counted(budget("gateway", tag=("Team", "Platform"))) == ["400"]
    assert counted(budget("unused", tag=("Team", "Labs"))) == ["0"]


@pytest.mark.parametrize(
    ("fields", "given", "currency", "reason"),
    [
        ({"tag": None, "project": "search"}, {}, "USD", "they do not count by the tag Team"),
        ({"tag": ("CostCenter", "CC-2001")}, {}, "USD", "they do not count by the tag Team"),
        ({"period": "quarterly"}, {}, "USD", "they are not monthly"),
        ({}, {"cost": "effective"}, "USD", "they count billed cost, and the statements have effective cost"),
        ({}, {}, "EUR", "they are in USD, and the statements in EUR"),
    ],
)
def test_a_budget_of_something_else_is_on_no_statement_and_named(
    fields: dict[str, Any], given: dict[str, Any], currency: str, reason: str
) -> None:
    contents = inventory(budget("other", **fields), budget("other", environment="dev", **fields))
    made = month_budgets(contents, rules(**given), COSTS.model_copy(update={"currency": currency}))
    assert made.budgets == ()
    assert made.notes == (f"budgets without a statement, because {reason}: other, other (dev)",)
    assert bool(charged_budgets(contents, rules(**given))) is (currency != "USD")


class FakeBudgets:
    """A fake of the client: AWS Budgets with these budgets, or with a refusal."""

    def __init__(self, *states: BudgetState, refusal: AccessDeniedError | None = None) -> None:
        self._states = states
        self._refusal = refusal

    def states(self, account: str) -> Sequence[BudgetState]:
        assert account == "999999999999"
        if self._refusal:
            raise self._refusal
        return self._states


ALIKE = {"IncludeCredit": False, "IncludeRefund": False, "IncludeTax": True, "UseAmortized": False, "UseBlended": False}


def state(**fields: Any) -> BudgetState:
    known = {"name": "acme.search", "time_unit": "MONTHLY", "cost_types": ALIKE, "forecast": Decimal("1012.40")}
    return BudgetState(**cast("Any", known | fields))


def asked(*states: BudgetState, refusal: AccessDeniedError | None = None) -> Any:
    return own_forecasts(cast("BudgetsClient", FakeBudgets(*states, refusal=refusal)), "999999999999")


def test_the_forecast_of_a_budget_that_counts_as_the_statement_does_is_taken() -> None:
    assert asked(state()) == ({"acme.search": Decimal("1012.40")}, ())


@pytest.mark.parametrize(
    "fields",
    [
        {"forecast": None},
        {"time_unit": "QUARTERLY"},
        {"cost_types": {}},
        *({"cost_types": ALIKE | {name: not expected}} for name, expected in ALIKE.items() if name != "IncludeTax"),
    ],
)
def test_no_other_forecast_is_taken(fields: dict[str, Any]) -> None:
    assert asked(state(**fields)) == ({}, ())


def test_a_missing_permission_is_a_note() -> None:
    refusal = AccessDeniedError("not authorized to perform: budgets:ViewBudget", action="reading the budgets")
    amounts, notes = asked(refusal=refusal)
    assert amounts == {}
    assert notes[0].startswith("forecasts are run rates, because AWS Budgets was not readable: reading the budgets")


@pytest.mark.parametrize(
    ("own", "elapsed", "expected"),
    [
        ({"acme.search": Decimal("1012.40")}, 10, BudgetForecast(amount=Decimal("1012.40"), source="AWS Budgets")),
        ({"acme.search": Decimal("1012.40")}, 0, BudgetForecast(amount=Decimal("1012.40"), source="AWS Budgets")),
        ({"acme.search": Decimal("99.99")}, 10, BudgetForecast(amount=Decimal("310.00"), source="run rate")),
        ({"acme.dev.search": Decimal("1012.40")}, 7, BudgetForecast(amount=Decimal("442.86"), source="run rate")),
        ({}, 0, None),
    ],
)
def test_a_forecast_is_that_of_the_budget_else_the_run_rate(
    own: dict[str, Decimal], elapsed: int, expected: BudgetForecast | None
) -> None:
    """One that is less than what is used is of a budget that does not count everything."""
    given = MonthBudget(key="search", value="Search", amount=Decimal(900), actual=Decimal(100))
    [made] = with_forecasts([given], own, inventory="acme", elapsed=elapsed, days=31)
    assert made == given.model_copy(update={"forecast": expected})


def test_in_the_month_of_a_new_name_the_forecast_is_the_run_rate() -> None:
    """AWS Budgets does not count what was billed under the former one, so its forecast is too low, or just not."""
    names = (("Find", "Look", date(2026, 9, 30)), ("Look", "Search", date(2026, 10, 5)), ("Store", "Shop", OCTOBER))
    renamed = tuple(RenamedValue(former=former, current=current, since=day) for former, current, day in names)
    contents = inventory().model_copy(update={"tag_keys": {"Team": TagKey(key="Team", renamed=renamed)}})
    assert renamed_since(contents, "Team", OCTOBER) == {"Search", "Shop"}
    assert renamed_since(contents, "Team", date(2026, 10, 2)) == {"Search"}
    assert renamed_since(contents, "Team", date(2026, 11, 1)) == renamed_since(contents, "App", OCTOBER) == frozenset()
    given = MonthBudget(key="search", value="Search", amount=Decimal(900), actual=Decimal(100))
    for values, source in (({"Search"}, "run rate"), ({"Shop"}, "AWS Budgets")):
        own = {"acme.search": Decimal(120)}
        [made] = with_forecasts([given], own, inventory="acme", elapsed=10, days=31, renamed=values)
        assert made.forecast
        assert made.forecast.source == source


def test_each_environment_has_the_forecast_of_its_own_budget() -> None:
    given = MonthBudget(key="search", environment="dev", value="Search", amount=Decimal(900), actual=Decimal(100))
    own = {"acme.search": Decimal(999), "acme.dev.search": Decimal(120)}
    [made] = with_forecasts([given], own, inventory="acme", elapsed=10, days=31)
    assert made.forecast == BudgetForecast(amount=Decimal(120), source="AWS Budgets")


OVER = MonthBudget(key="search", value="Search", amount=Decimal(900), actual=Decimal("868.505"))
IN_DEV = MonthBudget(key="search", environment="dev", value="Search", amount=Decimal(50), actual=Decimal("40.12"))
UNUSED = MonthBudget(key="labs", value="Labs", amount=Decimal("100.00"), actual=Decimal())


def test_a_file_without_budgets_is_as_it_was_before_there_were_any() -> None:
    assert not {"budgets", "source_change"} & json.loads(written(OCTOBER_CLOSED)).keys()
    assert OCTOBER_CLOSED.digest == WITHOUT_BUDGETS
    assert parsed(written(OCTOBER_CLOSED), name="2026-10.json").budgets == ()


def test_a_closed_month_keeps_its_budgets() -> None:
    file = closed("2026-10", COSTS, months_of(()), budgets=(OVER, IN_DEV))
    assert parsed(written(file), name="2026-10.json") == file
    assert file.digest != file.model_copy(update={"budgets": (OVER,)}).digest


def shown(*budgets: MonthBudget) -> MonthFile:
    return october(budgets=budgets)


def texts(file: MonthFile) -> tuple[str, str]:
    """The statement of all, and that of Search."""
    overview, documents = documents_of(file, state="closed", before=None)
    return text.of_sheet(overview_sheet(overview)), text.of_sheet(statement_sheet(documents[0]))


def section(of: str, heading: str) -> list[list[str]]:
    """The words of the lines of a section."""
    _, _, below = of.partition(f"\n{heading}\n")
    return [line.split() for line in below.partition("\n\n")[0].splitlines()]


def test_a_closed_month_shows_what_is_used_of_a_budget() -> None:
    of_all, of_search = texts(shown(OVER, IN_DEV, UNUSED))
    assert section(of_search, "Budgets")[:3] == [
        ["name", "budget", "actual", "used"],
        ["search", "900.00", "868.50", "96.5%"],
        ["search", "(dev)", "50.00", "40.12", "80.2%"],
    ]
    assert "  actual: what the budget counts" in of_search
    assert "Labs" not in of_search
    assert section(of_all, "Budgets")[3] == ["Labs", "labs", "100.00", "0.00", "0.0%"]


def test_an_open_month_names_who_forecasts() -> None:
    own = OVER.model_copy(update={"forecast": BudgetForecast(amount=Decimal("1012.4"), source="AWS Budgets")})
    rate = IN_DEV.model_copy(update={"forecast": BudgetForecast(amount=Decimal("60.1"), source="run rate")})
    for made in texts(shown(own, rate)):
        lines = [" ".join(words) for words in section(made, "Budgets")]
        assert lines[0].endswith("used forecast forecast used forecast by")
        assert lines[1].endswith("96.5% 1,012.40 112.5% AWS Budgets")
        assert lines[2].endswith("80.2% 60.10 120.2% run rate")
        assert lines[-1].startswith("run rate: ")
    of_all, _ = texts(shown(own))
    assert "run rate" not in of_all


def test_a_statement_without_a_budget_has_nothing_of_it() -> None:
    for made in texts(shown()):
        assert "budget" not in made.lower()


def test_each_format_has_the_same_budgets() -> None:
    own = OVER.model_copy(update={"forecast": BudgetForecast(amount=Decimal("1012.4"), source="AWS Budgets")})
    file = shown(own, UNUSED)
    overview, documents = documents_of(file, state="preview", before=None)
    assert json.loads(as_json.of_statement(documents[0]))["budgets"] == [
        {
            "statement": "Search",
            "key": "search",
            "environment": "",
            "amount": "900",
            "actual": "868.505",
            "used_percent": "96.5",
            "forecast": "1012.4",
            "forecast_percent": "112.5",
            "forecast_source": "AWS Budgets",
        }
    ]
    assert [each["statement"] for each in json.loads(as_json.of_overview(overview))["budgets"]] == ["Search", "Labs"]
    rows = list(csv.DictReader(io.StringIO(as_csv.of_budgets(overview))))
    assert [(each["value"], each["actual"], each["forecast_source"]) for each in rows] == [
        ("Search", "868.505", "AWS Budgets"),
        ("Labs", "0", ""),
    ]
    book = xlsx.of_month(overview, documents)
    assert {"forecast by", "AWS Budgets", "number 96.5", "number 1012.4"} <= set(cells(book, 2))
    assert "labs" in cells(book, 1)
    assert "labs" not in cells(book, 2)
    assert "forecast by" not in cells(book, 3)


@pytest.mark.parametrize("budgets", [(OVER, UNUSED), ()], ids=["budgets", "none"])
def test_a_month_with_budgets_has_a_file_of_them(tmp_path: Path, budgets: tuple[MonthBudget, ...]) -> None:
    (tmp_path / "2026-10").mkdir()
    overview, documents = documents_of(shown(*budgets), state="closed", before=None)
    names = [path.name for path in write_statements(overview, documents, rules(), [Format.TEXT], tmp_path).paths]
    assert ("budgets.csv" in names) is bool(budgets)
    if budgets:
        rows = csv.DictReader(io.StringIO((tmp_path / "2026-10" / "budgets.csv").read_text("utf-8")))
        assert [(each["value"], each["budget"], each["amount"]) for each in rows] == [
            ("Search", "search", "900"),
            ("Labs", "labs", "100.00"),
        ]
