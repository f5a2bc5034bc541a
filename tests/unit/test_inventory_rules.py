"""What must hold of tags, files and projects together."""

import warnings
from pathlib import Path

import pytest

from bedrock_projects.errors import InventoryError
from tests.unit.inventory_files import inventory, minimal


def test_a_pattern_that_python_warns_of_is_refused_with_warnings_off_too(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(InventoryError, match="Possible nested set"):
            inventory(tmp_path, minimal(top="tag_keys: {Team: {pattern: '[[a]'}}"))


def test_a_file_to_include_may_not_lead_out_of_the_folder_by_a_link(tmp_path: Path) -> None:
    folder = tmp_path / "inventory"
    folder.mkdir()
    (tmp_path / "secret.yaml").write_text("projects: {}\n")
    (folder / "team.yaml").symlink_to(tmp_path / "secret.yaml")
    with pytest.raises(InventoryError, match="leads out of the folder"):
        inventory(folder, minimal(top="include: {team.yaml: {}}"))


def test_a_folder_that_a_pattern_matches_is_not_included(tmp_path: Path) -> None:
    (tmp_path / "teams" / "old.yaml").mkdir(parents=True)
    (tmp_path / "teams" / "shop.yaml").write_text("projects: {shop: {name: Shop, environments: [dev]}}\n")
    read = inventory(tmp_path, minimal(top="include: {teams/*.yaml: {}}"))
    assert [each.key for each in read.projects] == ["search", "shop"]


@pytest.mark.parametrize("enforce", ["error", "warn"])
@pytest.mark.parametrize("tags", ["", "Team: Serach", "Team: Search, Cost: '1'"])
def test_enforcing_by_warning_says_the_same_and_lets_the_inventory_pass(
    enforce: str, tags: str, tmp_path: Path
) -> None:
    team = f"{{required: true, values: [Search], enforce: {enforce}}}"
    cost = f"{{pattern: 'C.*', enforce: {enforce}}}"
    text = minimal(f"tags: {{{tags}}}", top=f"tag_keys: {{Team: {team}, Cost: {cost}}}")
    if enforce == "warn":
        assert len(inventory(tmp_path, text).warnings) == 1
    else:
        with pytest.raises(InventoryError) as refused:
            inventory(tmp_path, text)
        assert len(refused.value.problems) == 1


@pytest.mark.parametrize("names", [("Search", "Search"), ("Search", "Other")])
@pytest.mark.parametrize("accounts", [("111111111111", "111111111111"), ("111111111111", "222222222222"), (None, None)])
@pytest.mark.parametrize("regions", [("us-west-2", "us-west-2"), ("us-west-2", "us-east-1")])
@pytest.mark.parametrize("statuses", [("active", "active"), ("active", "archived")])
def test_one_name_may_stand_once_in_an_account_and_region(
    names: tuple[str, str],
    accounts: tuple[str | None, str | None],
    regions: tuple[str, str],
    statuses: tuple[str, str],
    tmp_path: Path,
) -> None:
    def environment(index: int) -> str:
        account = f'account: "{accounts[index]}", ' if accounts[index] else ""
        return f"{{{account}region: {regions[index]}}}"

    text = (
        f"version: 1\ninventory: acme\nenvironments: {{dev: {environment(0)}, test: {environment(1)}}}\nprojects:\n"
        f"  a: {{name: {names[0]}, status: {statuses[0]}, environments: [dev]}}\n"
        f"  b: {{name: {names[1]}, status: {statuses[1]}, environments: [test]}}\n"
    )
    known_to_be_one = accounts[0] == accounts[1] is not None and regions[0] == regions[1]
    if known_to_be_one and names[0] == names[1] and statuses == ("active", "active"):
        with pytest.raises(InventoryError, match=r"'Search' is in test what a is called in dev already \(.*:5\)"):
            inventory(tmp_path, text)
    else:
        assert len(inventory(tmp_path, text).projects) == 2


@pytest.mark.parametrize(
    ("users", "named"),
    [
        (0, "no project"),
        (1, "p0"),
        (2, "p0, p1"),
        (5, "p0, p1, p2, p3, p4"),
        (6, "p0, p1, p2, p3, p4 …"),
    ],
)
def test_of_keys_that_differ_in_case_only_the_first_users_are_named(users: int, named: str, tmp_path: Path) -> None:
    entries = "".join(f"  p{n}: {{name: P{n}, environments: [dev], tags: {{Team: a}}}}\n" for n in range(users))
    top = "tag_keys: {Team: {}, team: {}, Bedrock-Project: {}}"
    [team, bedrock] = inventory(tmp_path, minimal("tags: {team: b}", top=top) + entries).warnings
    assert team.path == "tag_keys.team"
    assert team.message == (
        "differs in case only from another key: Billing keeps them apart, reports may not "
        f"(Team in {named}; team in search)"
    )
    assert bedrock.path == "tag_keys.Bedrock-Project"
    assert bedrock.message.endswith("(Bedrock-Project in no project; bedrock-project in every project)")


def test_an_environment_that_no_account_can_hold_is_worth_a_warning(tmp_path: Path) -> None:
    entries = "".join(f"  p{index}: {{name: P{index}}}\n" for index in range(1001))
    head = "version: 1\ninventory: acme\nenvironments: {dev: {}}\ndefaults: {environments: [dev]}\nprojects:\n"
    retired = entries.replace("P1000}", "P1000, status: archived}")
    assert inventory(tmp_path, head + retired).warnings == ()
    said = inventory(tmp_path, head + entries).warnings
    assert [str(warning).partition("yaml:")[2] for warning in said] == [
        "3:16: environments.dev: has 1,001 projects; an account holds 1,000 unless AWS raised that"
    ]
