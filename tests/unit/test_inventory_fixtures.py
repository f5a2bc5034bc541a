"""Each file of tests/inventories reads as its name says, with exactly the messages next to it."""

from pathlib import Path
from typing import Any

import pytest

from bedrock_projects.errors import InventoryError
from bedrock_projects.inventory import dump, load
from tests.expected import Expected

FOLDER = Path(__file__).parents[1] / "inventories"
INVALID = sorted(path.stem for path in (FOLDER / "invalid").glob("*.yaml"))
VALID = sorted(path.stem for path in (FOLDER / "valid").glob("*.yaml"))


@pytest.mark.parametrize("name", INVALID)
def test_a_defect_is_refused_with_these_messages(
    name: str, monkeypatch: pytest.MonkeyPatch, expected: Expected
) -> None:
    monkeypatch.chdir(FOLDER / "invalid")
    with pytest.raises(InventoryError) as refused:
        load(Path(f"{name}.yaml"))
    expected.check_file(Path(f"{name}.txt"), f"{refused.value}\n")


@pytest.mark.parametrize("name", VALID)
def test_a_good_file_gives_only_these_warnings(name: str, monkeypatch: pytest.MonkeyPatch, expected: Expected) -> None:
    monkeypatch.chdir(FOLDER / "valid")
    warnings = load(Path(f"{name}.yaml")).warnings
    expected.check_file(Path(f"{name}.txt"), "".join(f"{warning}\n" for warning in warnings))
    assert {warning.severity for warning in warnings} <= {"warning"}


@pytest.mark.parametrize("name", VALID)
def test_a_good_file_survives_a_dump(name: str, tmp_path: Path) -> None:
    inventory = load(FOLDER / "valid" / f"{name}.yaml")
    copy = tmp_path / "projects.yaml"
    copy.write_text(dump(inventory), "utf-8")
    unplaced: dict[str, Any] = {"warnings": True, "projects": {"__all__": {"location"}}}
    assert load(copy).model_dump(exclude=unplaced) == inventory.model_dump(exclude=unplaced)


def test_every_file_of_messages_belongs_to_an_inventory() -> None:
    assert FOLDER.is_dir()
    orphans = [path for path in FOLDER.rglob("*.txt") if not path.with_suffix(".yaml").exists()]
    assert orphans == []


def test_every_defect_has_its_messages() -> None:
    assert INVALID
    assert [name for name in INVALID if not (FOLDER / "invalid" / f"{name}.txt").exists()] == []


def test_the_inventory_that_ships_has_no_problem() -> None:
    inventory = load(FOLDER.parents[1] / "projects.yaml")
    assert inventory.warnings == ()
    assert len({project.key for project in inventory.projects}) >= 6
