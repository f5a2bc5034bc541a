"""A month for a chargeback from made-up files of an export: exact sums, invoices, currencies."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bedrock_projects.chargeback.costs import MonthCosts
from bedrock_projects.chargeback.details import ModelUsage
from bedrock_projects.chargeback.source.export import read_month_costs
from bedrock_projects.chargeback.source.reading import MonthReading
from bedrock_projects.chargeback.splitting import exact_sum
from bedrock_projects.errors import SettingsError
from bedrock_projects.exports.stores import Folder
from bedrock_projects.inventory import load
from tests.unit.chargeback_cases import OCTOBER, rules
from tests.unit.export_files import OWNER, Row, bare, charge, deliver, row

INVENTORY = """\
version: 1
inventory: acme
environments:
  prod: {account: "012345678901", region: us-east-1}
tag_keys: {Team: {}, CostCenter: {}}
projects:
  search: {name: Search, environments: [prod], tags: {Team: Search, CostCenter: x}}
"""
SEARCH = {OWNER: "acme/prod/search", "Team": "Search"}
_EXAMPLES = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10)


def reading(folder: Path, rows: Sequence[Row]) -> MonthReading:
    deliver(folder, rows)
    file = folder / "projects.yaml"
    file.write_text(INVENTORY)
    return read_month_costs(load(file), rules(), OCTOBER, Folder(folder))


def read(folder: Path, rows: Sequence[Row]) -> MonthCosts:
    return reading(folder, rows).costs


def ec2(amount: str, **fields: Any) -> Row:
    code: dict[str, Any] = {"line_item_product_code": "AmazonEC2", "product_product_family": "Compute Instance"}
    return row(amount, service="Amazon Elastic Compute Cloud", model="", **{**code, **fields})


@_EXAMPLES
@given(st.lists(st.decimals(min_value=-9999, max_value=9999, places=11), min_size=1, max_size=8))
def test_amounts_are_as_aws_wrote_them(tmp_path: Path, amounts: list[Decimal]) -> None:
    """Doubles of 15 digits, whose sums would not be exact."""
    costs = read(tmp_path, [row(f"{amount:f}", tags=SEARCH) for amount in amounts])
    assert exact_sum(each.amount for each in costs.rows) == exact_sum(amounts) == costs.bedrock == costs.bill
    assert costs.rest == 0


def test_invoices_are_the_sums_of_their_lines(tmp_path: Path) -> None:
    costs = read(tmp_path, [row("2.505", tags=SEARCH), ec2("7.1"), ec2("4", bill_invoice_id="EUINUS26-2")])
    assert [(each.id, str(each.amount)) for each in costs.invoices or ()] == [
        ("EUINUS26-1", "9.605"),
        ("EUINUS26-2", "4"),
    ]
    assert not costs.estimated


def test_a_line_without_an_invoice_makes_the_month_estimated(tmp_path: Path) -> None:
    """Such as one of support that AWS posted after the invoice."""
    costs = read(tmp_path, [row("2", tags=SEARCH), ec2("3", bill_invoice_id="")])
    assert costs.estimated
    assert [each.id for each in costs.invoices or ()] == ["EUINUS26-1"]
    assert not read(tmp_path, [row("2", tags=SEARCH), ec2("0", bill_invoice_id="")]).estimated


def test_the_tax_of_bedrock_is_its_own(tmp_path: Path) -> None:
    taxes = [bare("1.9", "Tax"), bare("3", "Tax", line_item_product_code="AmazonEC2")]
    costs = read(tmp_path, [row("10", tags=SEARCH), ec2("30"), *taxes])
    assert (str(costs.tax), costs.bedrock, str(costs.rest)) == ("1.9", Decimal(10), "34.9")


def test_the_currency_is_that_of_the_bill(tmp_path: Path) -> None:
    assert read(tmp_path, [row("2", tags=SEARCH, line_item_currency_code="EUR")]).currency == "EUR"


def test_several_currencies_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, [row("2", tags=SEARCH), ec2("3", line_item_currency_code="CNY")])
    assert str(caught.value) == (
        "the costs of 2026-10 are in several currencies (CNY, USD), and a chargeback is in one; give an export of one "
        "payer account"
    )


def test_charges_of_other_providers_are_left_out_and_counted(tmp_path: Path) -> None:
    found = reading(tmp_path, [charge("2", tags=SEARCH), charge("9", ProviderName="Microsoft")])
    assert found.costs.bill == 2
    assert "charges of other providers than AWS, which are left out: 1" in found.details.notes


def test_a_unit_has_a_price_only_if_there_are_units() -> None:
    usage = ModelUsage(model="GPT-5.5", kind="input", quantity=Decimal(4), unit="1M tokens", cost=Decimal(10))
    assert usage.unit_price == Decimal("2.5")
    assert usage.model_copy(update={"quantity": Decimal()}).unit_price is None
