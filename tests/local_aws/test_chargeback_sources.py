"""The same month for a chargeback by both sources: equal to the last decimal where both can say it."""

from pathlib import Path
from typing import Any

from bedrock_projects import inventory as inventories
from bedrock_projects.chargeback.allocation import Inputs, allocate
from bedrock_projects.chargeback.equations import equations
from bedrock_projects.chargeback.source.export import read_month_costs
from bedrock_projects.chargeback.source.reading import MonthReading
from bedrock_projects.chargeback.statements import make_statements
from bedrock_projects.exports.stores import Folder
from tests.local_aws.analysts_month import Month
from tests.local_aws.exports import deliver
from tests.unit.chargeback_cases import rules


def read_export(month: Month, folder: Path, **given: Any) -> MonthReading:
    inventory = inventories.load(month.folder / "projects.yaml")
    return read_month_costs(inventory, rules(**given), month.first, Folder(folder))


def test_the_equations_hold_for_an_export(month: Month, tmp_path: Path) -> None:
    deliver(month.aws, str(tmp_path))
    costs = read_export(month, tmp_path).costs
    allocation = allocate(costs, rules(), Inputs(month=month.name))
    made = equations(costs, allocation, make_statements(allocation, places=2), places=2)
    assert {each.number: str(each.difference.normalize()) for each in made} == dict.fromkeys((1, 2, 3, 4), "0")
    assert costs.bedrock > 0
    assert costs.rest > 0
