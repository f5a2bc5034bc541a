"""The rules of a chargeback in an inventory: what is read, and what is refused at its place."""

from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.chargeback.rules import Adjustment, Central, Chargeback, Closed, Journal, SharedCost, Split
from bedrock_projects.inventory import dump, load
from bedrock_projects.inventory.charged_values import charged_values, source_values
from tests.unit.chargeback_strategies import chargebacks
from tests.unit.inventory_files import FOLDER, inventory

HEAD = """\
version: 1
inventory: acme
environments: {prod: {}}
tag_keys: {Team: {values: [Search, Shop, Platform]}}
projects:
  search: {name: Search, environments: [prod], tags: {Team: Search}}
  gateway: {name: Gateway, environments: [prod], tags: {Team: Platform}}
chargeback:
"""


def test_all_rules_are_read_exactly() -> None:
    assert load(FOLDER / "valid" / "every-field.yaml").chargeback == Chargeback(
        by="Team",
        cost="effective",
        central=Central(name="Platform", cost_center="CC-0001"),
        shared=(
            SharedCost(
                name="gateway",
                projects=("ranking",),
                split=Split(method="weights", weights="weights/gateway-{month}.csv"),
            ),
            SharedCost(name="desk", projects=("desk",), split=Split(method="even", to=("Search", "Trials"))),
        ),
        unallocated=Split(method="fixed", shares={"Search": Decimal(60), "Trials": Decimal(40)}),
        discounts="central",
        refunds="central",
        credits="proportional",
        tax="proportional",
        support="central",
        adjustments={
            "2026-10": (
                Adjustment(description="Platform fee", amount=Decimal("4000.00"), split=Split(method="even")),
                Adjustment(
                    description="Rebate",
                    amount=Decimal("-0.10"),
                    split=Split(method="proportional", to=("Search",)),
                ),
            )
        },
        journal=Journal(cost_center="CostCenter", gl_account="6450"),
        closed=Closed(folder="months", not_before_day=9, smallest_true_up=Decimal(5)),
    )


def test_what_is_not_written_has_its_default(tmp_path: Path) -> None:
    read = inventory(tmp_path, f"{HEAD}  by: Team\n  central: {{name: Platform}}\n  unallocated: central\n")
    assert read.chargeback == Chargeback(by="Team", central=Central(name="Platform"))


def test_without_the_section_there_are_no_rules(tmp_path: Path) -> None:
    assert inventory(tmp_path, HEAD.removesuffix("chargeback:\n")).chargeback is None


def test_shared_costs_keep_their_order(tmp_path: Path) -> None:
    names = ["zebra", "apple", "mango"]
    shared = "".join(f"    {name}: {{projects: [{name}], method: even}}\n" for name in names)
    read = inventory(tmp_path, f"{HEAD}  by: Team\n  central: {{name: Platform}}\n  shared:\n{shared}")
    assert read.chargeback
    assert [rule.name for rule in read.chargeback.shared] == names
    again = inventory(tmp_path, dump(read))
    assert again.chargeback == read.chargeback


def test_a_dump_keeps_all_rules(tmp_path: Path) -> None:
    read = load(FOLDER / "valid" / "every-field.yaml")
    again = inventory(tmp_path, dump(read))
    assert again.chargeback == read.chargeback
    assert dump(again) == dump(read)


@given(st.data())
def test_any_rules_survive_a_dump(data: st.DataObject) -> None:
    read = load(FOLDER / "valid" / "chargeback.yaml")
    drawn = data.draw(chargebacks(read.projects, {"Team": read.tag_keys["Team"]}).filter(bool))
    with TemporaryDirectory() as folder:
        again = inventory(Path(folder), dump(read.model_copy(update={"chargeback": drawn})))
    assert drawn
    assert again.chargeback == drawn


def test_charged_values_are_current_ones_and_not_empty(tmp_path: Path) -> None:
    text = HEAD.removesuffix("chargeback:\n").replace("[Search, Shop, Platform]", '[Search, Shop, Platform, ""]')
    text = text.replace('""]', '""], renamed: [{from: Infrastructure, to: Platform, since: 2026-01-01}]')
    read = inventory(tmp_path, text)
    assert charged_values("Team", read.projects, read.tag_keys) == {"Search", "Shop", "Platform"}
    assert source_values("Team", read.projects, ["gateway"]) == {"Platform"}
    assert source_values("Team", read.projects, []) == set()
