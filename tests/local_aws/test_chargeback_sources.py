"""The analyst's month for a chargeback by both sources: equal to the last decimal where both can say it."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bedrock_projects import inventory as inventories
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.chargeback.allocation import Inputs, allocate
from bedrock_projects.chargeback.costs import MonthCosts
from bedrock_projects.chargeback.details import LineUsage
from bedrock_projects.chargeback.documents import documents_of
from bedrock_projects.chargeback.equations import equations
from bedrock_projects.chargeback.making import Made, make_month
from bedrock_projects.chargeback.months import months_of
from bedrock_projects.chargeback.resolving import rule_of, weights_of
from bedrock_projects.chargeback.rules import Adjustment, Basis, SharedCost, Split
from bedrock_projects.chargeback.source.cost_explorer import PLANNED_REQUESTS, fetch_month_costs, open_clients
from bedrock_projects.chargeback.source.export import read_month_costs
from bedrock_projects.chargeback.source.reading import MonthReading
from bedrock_projects.chargeback.statements import make_statements
from bedrock_projects.exports.stores import Folder
from tests.local_aws.analysts_month import (
    DISCOUNT,
    FORMER_TEAM,
    HANDED_OVER,
    NEW_TEAM,
    OWNER,
    TEAMS,
    UNKNOWN_TYPE,
    Month,
    having,
    is_bedrock,
    is_usage,
    key_of,
    tag,
)
from tests.local_aws.exports import deliver
from tests.unit.chargeback_cases import MADE_AT, rules

BASES: tuple[Basis, ...] = ("billed", "effective")
METRICS: Mapping[Basis, str] = {"billed": "", "effective": "NetAmortizedCost"}
TEAM = tag("Team")
PROJECT = tag(OWNER)


class Readings:
    """The readings of a month, each made once for all tests of it."""

    def __init__(self, month: Month, folder: Path) -> None:
        self._month = month
        self._folder = folder
        self._exported: dict[Basis, MonthReading] = {}
        self._asked: dict[Basis, MonthReading] = {}
        self.questions: dict[Basis, list[tuple[str, ...]]] = {}
        deliver(month.aws, str(folder))

    def exported(self, basis: Basis = "billed") -> MonthReading:
        """From the export."""
        if basis not in self._exported:
            given = rules(cost=basis)
            self._exported[basis] = read_month_costs(self._inventory(), given, self._month.first, Folder(self._folder))
        return self._exported[basis]

    def asked(self, basis: Basis = "billed") -> MonthReading:
        """From Cost Explorer."""
        if basis not in self._asked:
            self._month.aws.clear_requests()
            self._asked[basis] = fetch_month_costs(
                self._inventory(),
                rules(cost=basis),
                self._month.first,
                open_clients(Credentials()),
                today=self._month.today,
            )
            self.questions[basis] = [
                tuple(group["Key"] for group in request.body["GroupBy"])
                for request in self._month.aws.requests("ce:Get*")
            ]
        return self._asked[basis]

    def _inventory(self) -> Any:
        return inventories.load(self._month.folder / "projects.yaml")


@pytest.fixture(scope="module")
def known() -> dict[int, Readings]:
    """The readings of a month by its local AWS."""
    return {}


@pytest.fixture
def readings(month: Month, known: dict[int, Readings], tmp_path_factory: pytest.TempPathFactory) -> Readings:
    if id(month.aws) not in known:
        known[id(month.aws)] = Readings(month, tmp_path_factory.mktemp("export"))
    return known[id(month.aws)]


def charges(costs: MonthCosts, *, value: str | None = None, owner: str | None = None) -> dict[str, Decimal]:
    """The amounts of some rows by charge type."""
    sums: dict[str, Decimal] = {}
    for row in costs.rows:
        if value in (None, row.value) and owner in (None, row.owner):
            sums[row.charge_type] = sums.get(row.charge_type, Decimal()) + row.amount
    return sums


@pytest.mark.parametrize("basis", BASES)
def test_both_sources_give_the_same_costs(readings: Readings, basis: Basis) -> None:
    """Of invoices, an export has the exact sums of its lines, and Invoicing what was billed, in cents."""
    exported, asked = readings.exported(basis).costs, readings.asked(basis).costs
    assert asked.rows == exported.rows
    same = {"invoices": None}
    assert asked.model_copy(update=same) == exported.model_copy(update=same)
    if basis == "billed":
        assert exported.invoices
        assert asked.invoices
        pairs = list(zip(exported.invoices, asked.invoices, strict=True))
        assert [one.id for one, _ in pairs] == [other.id for _, other in pairs]
        assert all(abs(one.amount - other.amount) < Decimal("0.01") for one, other in pairs)
    else:
        assert exported.invoices is asked.invoices is None
        assert "invoices are of billed cost" in asked.without_invoices


@pytest.mark.parametrize("basis", BASES)
def test_the_rows_are_what_the_bill_has_of_bedrock(readings: Readings, month: Month, basis: Basis) -> None:
    costs, metric = readings.asked(basis).costs, METRICS[basis]
    assert sum(charges(costs).values()) == costs.bedrock == month.sum(is_bedrock, metric=metric)
    assert costs.bill == month.sum(metric=metric)
    assert costs.rest == costs.bill - costs.bedrock
    for value in {row.value for row in costs.rows} - {"Sourcing"}:
        assert sum(charges(costs, value=value).values()) == month.sum(having(TEAM, value), metric=metric), value
    assert (costs.currency, costs.estimated) == ("USD", False)


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("source", ["export", "Cost Explorer"])
def test_the_equations_hold(readings: Readings, month: Month, source: str, basis: Basis) -> None:
    costs = (readings.exported(basis) if source == "export" else readings.asked(basis)).costs
    allocation = allocate(costs, rules(), Inputs(month=month.name))
    made = {each.number: each for each in equations(costs, allocation, make_statements(allocation, places=2), places=2)}
    assert [*made] == ([1, 2, 3, 4] if basis == "billed" else [1, 2, 4])
    assert all(each.holds for each in made.values())
    assert not any(made[number].difference for number in (1, 2, 4))


@pytest.mark.parametrize("basis", BASES)
def test_with_a_gateway_by_weights_both_sources_close_the_month_with_the_same_statements(
    readings: Readings, month: Month, tmp_path: Path, basis: Basis
) -> None:
    """Weights of all teams but one, with a former name; credits, tax and support are passed on, the rest is split."""
    teams = ["Procurement", *TEAMS[1:-1]]
    rows = [f"{team},{1_000 + number * number}.5" for number, team in enumerate(teams)]
    (tmp_path / "weights.csv").write_text("\n".join(["value,weight", *rows, ""]))
    by_weights = Split(method="weights", weights="weights.csv")
    given = rules(
        cost=basis,
        shared=(SharedCost(name="gateway", projects=(key_of(4), HANDED_OVER), split=by_weights),),
        unallocated=Split(method="proportional"),
        credits="proportional",
        tax="proportional",
        support="proportional",
        adjustments={month.name: (Adjustment(description="Fee", amount=Decimal("99.99"), split=Split(method="even")),)},
    )
    inventory = inventories.load(month.folder / "projects.yaml")
    weights = weights_of(given, inventory, folder=tmp_path, month=month.name)
    files = []
    for reading in (readings.exported(basis), readings.asked(basis)):
        owners = [row.owner for row in reading.costs.rows]
        made = Made(
            inventory=inventory.name,
            month=month.name,
            now=MADE_AT,
            commit=None,
            rules=given,
            rule_of=rule_of(given, inventory, owners),
            weights=weights,
            source=reading.source,
            costs=reading.costs,
            details=reading.details,
        )
        files.append(make_month(made, months_of(()), kind="closed").file)
    exported, asked = files
    assert exported.statements == asked.statements
    assert len(asked.statements) == len(TEAMS) + 1
    for file in files:
        overview, _ = documents_of(file, state="closed", before=None)
        numbers = {each.number: each.difference for each in overview.equations if each.holds}
        assert [*numbers] == ([1, 2, 3, 4] if basis == "billed" else [1, 2, 4])
        assert [numbers[number] for number in (1, 2, 4)] == [0, 0, 0]
        [gateway] = [pool for pool in overview.pools if pool.name == "gateway"]
        assert gateway.parts.keys() == {"Sourcing", *TEAMS[1:-1]}
        assert gateway.total == month.sum(having(PROJECT, *gateway_tags(month)), metric=METRICS[basis])


def gateway_tags(month: Month) -> set[str]:
    owners = {tag(OWNER)(line) for line in month.lines}
    return {owner for owner in owners if owner.rpartition("/")[2] in (key_of(4), HANDED_OVER)}


def test_a_project_that_changed_hands_has_a_part_of_each_team(readings: Readings, month: Month) -> None:
    owner = f"acme/prod-us/{HANDED_OVER}"
    for costs in (readings.exported().costs, readings.asked().costs):
        before = charges(costs, value=FORMER_TEAM, owner=owner)
        after = charges(costs, value=NEW_TEAM, owner=owner)
        assert before == {"usage": month.sum(is_usage, having(PROJECT, owner), having(TEAM, FORMER_TEAM))}
        assert after == {
            "usage": month.sum(is_usage, having(PROJECT, owner), having(TEAM, NEW_TEAM)),
            "discount": month.sum(having(PROJECT, owner), lambda line: line.charge_type == DISCOUNT),
        }


def test_a_former_name_of_a_team_counts_as_its_new_one(readings: Readings, month: Month) -> None:
    costs = readings.asked().costs
    assert not charges(costs, value="Procurement")
    assert sum(charges(costs, value="Sourcing").values()) == month.sum(having(TEAM, "Procurement", "Sourcing"))


def test_usage_without_a_project_is_apart(readings: Readings) -> None:
    """That of an inference profile with a team, what nobody tagged, and credits."""
    costs = readings.asked().costs
    assert charges(costs, value="Search", owner="").keys() == {"usage"}
    assert charges(costs, value="", owner="").keys() == {"usage", "credit"}
    assert charges(costs, value="", owner="")["credit"] == -5250


def test_tax_and_support_by_the_share_of_the_bill(readings: Readings) -> None:
    """The tax of this month names no product, so both sources take its share."""
    costs = readings.exported().costs
    others = costs.bill - Decimal("4321.09") - Decimal("1250.5")
    assert abs(costs.tax - Decimal("4321.09") * costs.bedrock / others) < Decimal("1e-15")
    assert abs(costs.support - Decimal("1250.5") * costs.bedrock / others) < Decimal("1e-15")


def test_an_unknown_charge_type_counts_and_is_named(readings: Readings) -> None:
    for reading in (readings.exported(), readings.asked()):
        assert charges(reading.costs)["other"] == Decimal("-0.5")
        assert reading.details.other_charge_types == (UNKNOWN_TYPE,)


def test_six_requests_and_one_for_each_kind_of_split(readings: Readings) -> None:
    """What has no project has two values and credits, and two projects changed hands between the same teams."""
    reading = readings.asked()
    assert readings.questions["billed"] == [
        ("SERVICE", "RECORD_TYPE"),
        (OWNER, "RECORD_TYPE"),
        (OWNER, "Team"),
        (OWNER, "USAGE_TYPE"),
        ("model", "USAGE_TYPE"),
        ("LINKED_ACCOUNT", OWNER),
        ("Team", "RECORD_TYPE"),
        (OWNER, "RECORD_TYPE"),
    ]
    assert reading.details.requests == PLANNED_REQUESTS + 2
    assert str(reading.details.price) == "0.08"
    assert len(reading.source.versions) == PLANNED_REQUESTS + 2


def test_projects_have_what_the_inventory_says_and_their_account(readings: Readings) -> None:
    one, other = readings.exported().details.owners, readings.asked().details.owners
    assert one == other
    found = {each.owner: each for each in one}
    assert len(found) == 302
    search = found["acme/prod-us/app-001"]
    assert (search.key, search.name, search.environment) == ("app-001", "App001-Prod-Us", "prod-us")
    assert (search.state, search.region) == ("active", "us-east-1")
    assert search.tags["Team"] == "Search"
    assert [(account.id, account.name) for account in search.accounts] == [("4" * 12, f"account-{'4' * 12}")]
    assert found["acme/prod-eu/old-pilot"].state == "archived"
    assert (found["acme/prod-eu/gone"].state, found["acme/prod-eu/gone"].name) == ("unlisted", "")


def by_line(usage: tuple[LineUsage, ...]) -> dict[tuple[str, str], LineUsage]:
    return {(each.value, each.owner): each for each in usage}


def test_both_sources_give_the_same_usage_of_all_that_has_one_team(readings: Readings) -> None:
    exported, asked = by_line(readings.exported().details.usage), by_line(readings.asked().details.usage)
    assert asked.items() <= exported.items()
    left_out = exported.keys() - asked.keys()
    assert {owner for _, owner in left_out} == {"", *(f"acme/{place}/{HANDED_OVER}" for place in ("dev-us", "prod-us"))}
    [note] = readings.asked().details.notes
    assert f"usage without a project, acme/dev-us/{HANDED_OVER}, acme/prod-us/{HANDED_OVER}" in note
    assert readings.exported().details.notes == ()


def test_the_usage_of_a_project_has_models_tokens_and_unit_prices(readings: Readings, month: Month) -> None:
    owner = "acme/prod-us/app-001"
    usage = by_line(readings.asked().details.usage)["Search", owner].usage
    assert sum(each.cost for each in usage) == month.sum(is_usage, having(PROJECT, owner))
    assert {(each.model, each.kind, each.unit, each.unit_price) for each in usage} == {
        ("GPT-5.5", "output", "1M tokens", Decimal(25)),
        ("GPT-5.5", "input", "1M tokens", Decimal(5)),
        ("Claude Opus 4.7", "input", "1M tokens", Decimal(10)),
    }
