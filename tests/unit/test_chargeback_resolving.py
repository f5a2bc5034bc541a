"""Which shared cost a project belongs to, and the weights of a month from their file."""

import re
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.chargeback.allocation import Inputs, allocate
from bedrock_projects.chargeback.resolving import read_weights, rule_of, value_centers, weights_of, weights_problems
from bedrock_projects.chargeback.rules import Chargeback, Journal
from bedrock_projects.errors import SettingsError
from bedrock_projects.model import Inventory
from tests.unit.chargeback_cases import month as month_costs
from tests.unit.chargeback_cases import row, shop
from tests.unit.inventory_files import inventory

FILE = """\
version: 1
inventory: acme
previous_owner: {inventory: shop}
environments: {prod: {aliases: [production]}, dev: {}}
tag_keys:
  Team: {values: [Search, Shop, Sourcing, Platform], renamed: [{from: Procurement, to: Sourcing, since: 2026-10-15}]}
projects:
  search: {name: Search, environments: [prod], tags: {Team: Search}}
  shop: {name: Shop, environments: [prod], tags: {Team: Shop}}
  gateway: {name: Gateway, environments: [prod, dev], aliases: [proxy], tags: {Team: Platform}}
  sandbox:
    name: Sandbox
    tags: {Team: Platform}
    environments: {dev: {previous_owner: lab/dev/sand}}
chargeback:
  by: Team
  central: {name: Platform}
  shared:
    gateway: {projects: [gateway, legacy], method: weights, weights: "weights/{month}.csv"}
    sandbox: {projects: [sandbox], method: weights, weights: sandbox.csv}
"""
NAMES = {"Search": "Search", "Shop": "Shop", "Procurement": "Sourcing", "Sourcing": "Sourcing"}
COLUMNS = "write value,weight, with a comma between columns"


@pytest.fixture
def read(tmp_path: Path) -> Inventory:
    return inventory(tmp_path, FILE)


def rules_in(read: Inventory) -> Chargeback:
    assert read.chargeback
    return read.chargeback


def test_a_value_has_the_cost_center_that_all_its_projects_have(tmp_path: Path) -> None:
    with_centers = FILE.replace("Team: Search}", "Team: Search, Center: CC-1}").replace(
        "aliases: [proxy], tags: {Team: Platform}", "aliases: [proxy], tags: {Team: Platform, Center: CC-2}"
    )
    for sandbox, platform in (("CC-2", {"Platform": "CC-2"}), ("CC-3", {})):
        text = with_centers.replace("    tags: {Team: Platform}", f"    tags: {{Team: Platform, Center: {sandbox}}}")
        read = inventory(tmp_path, text.replace("tag_keys:\n", "tag_keys:\n  Center: {}\n"))
        rules = rules_in(read).model_copy(update={"journal": Journal(cost_center="Center", gl_account="6450")})
        assert value_centers(rules, read) == {"Search": "CC-1"} | platform
        assert value_centers(rules_in(read), read) == {}


@pytest.mark.parametrize(
    ("owner", "rule"),
    [
        ("acme/prod/gateway", "gateway"),
        ("acme/dev/gateway", "gateway"),
        ("acme/dev/sandbox", "sandbox"),
        ("acme/prod/search", None),
        ("acme/production/proxy", "gateway"),
        ("shop/production/gateway", "gateway"),
        ("lab/dev/sand", "sandbox"),
        ("lab/dev/gateway", None),
        ("acme/prod/legacy", "gateway"),
        ("shop/stage/legacy", "gateway"),
        ("acme/stage/proxy", "gateway"),
        ("lab/prod/legacy", None),
        ("acme/prod/else", None),
        ("gateway", None),
        ("acme/gateway", None),
        ("", None),
    ],
    ids=lambda text: str(text) or "no tag",
)
def test_a_project_is_shared_by_all_names_of_its_entry_even_of_a_removed_one(
    read: Inventory, owner: str, rule: str | None
) -> None:
    assert rule_of(rules_in(read), read, [owner]).get(owner) == rule


def test_the_names_of_all_entries_are_kept_for_later_corrections(read: Inventory) -> None:
    found = rule_of(rules_in(read), read, [])
    assert found["acme/prod/gateway"] == "gateway"
    assert found["shop/production/proxy"] == "gateway"
    assert "acme/prod/search" not in found
    assert list(found) == sorted(found)


def write(folder: Path, content: bytes | str, name: str = "weights/2026-10.csv") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def weights(folder: Path) -> dict[str, Decimal]:
    return read_weights("weights/{month}.csv", folder=folder, month="2026-10", names=NAMES)


@pytest.mark.parametrize(
    "content",
    [
        "value,weight\nShop,2.50\nSearch,0\n",
        "\ufeffvalue,weight\r\nShop,2.50\r\nSearch,0\r\n",
        "value,weight\rShop,2.50\rSearch,0\r",
        'value,weight\n\n"Shop","2.50"\n\nSearch,0',
    ],
    ids=["plain", "of a spreadsheet", "of an old Macintosh", "with quotes and empty lines"],
)
def test_weights_are_read_exactly(tmp_path: Path, content: str) -> None:
    write(tmp_path, content)
    read = weights(tmp_path)
    assert list(read.items()) == [("Search", Decimal(0)), ("Shop", Decimal("2.50"))]


def test_former_names_count_for_the_current_one(tmp_path: Path) -> None:
    write(tmp_path, "value,weight\nProcurement,1.5\nSourcing,2\n")
    assert weights(tmp_path) == {"Sourcing": Decimal("3.5")}


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", f": is empty; in its first line, {COLUMNS}"),
        ("team,weight\nShop,1\n", f", line 1: the columns are 'team,weight'; {COLUMNS}"),
        ("value;weight\nShop;1\n", f", line 1: the columns are 'value;weight'; {COLUMNS}"),
        ("Shop,1\n", f", line 1: the columns are 'Shop,1'; {COLUMNS}"),
        ("value,weight\nShopp,1\n", ", line 2: 'Shopp' cannot share this cost; did you mean 'Shop'?"),
        (
            "value,weight\nPlatform,1\n",
            ", line 2: 'Platform' cannot share this cost; known: Procurement, Search, Shop, Sourcing",
        ),
        (
            "value,weight\nShop,1,5\n",
            ", line 2: has 3 columns; write 2, a value and a weight with a decimal point",
        ),
        ("value,weight\nShop\n", ", line 2: has 1 column; write 2, a value and a weight with a decimal point"),
        (
            'value,weight\r\nShop,"1,5"\r\n',
            ", line 2: the weight '1,5' has a comma; write a decimal point, and nothing between thousands",
        ),
        (
            'value,weight\nShop,"1,234,567"\n',
            ", line 2: the weight '1,234,567' is not a number; write digits, with a decimal point if needed",
        ),
        (
            "value,weight\nShop,\n",
            ", line 2: the weight '' is not a number; write digits, with a decimal point if needed",
        ),
        (
            "value,weight\nShop,NaN\n",
            ", line 2: the weight 'NaN' is not a number; write digits, with a decimal point if needed",
        ),
        (
            "value,weight\nShop,1e3\n",
            ", line 2: the weight '1e3' is not a number; write digits, with a decimal point if needed",
        ),
        ("value,weight\nSearch,1\nShop,-1\n", ", line 3: the weight -1 is below 0; write 0 or more"),
        ("value,weight\nShop,1\n\nShop,2\n", ", line 4: 'Shop' is also in line 2; write one line with the sum"),
        ("value,weight\n", ": has no weight above 0; write at least one"),
        ("value,weight\nShop,0\nSearch,0.0\n", ": has no weight above 0; write at least one"),
        ('value,weight\n"Shop,1\n', ", line 2: cannot be read as CSV (unexpected end of data); correct it"),
        ("value,weight\nShop,1\n".encode("utf-16"), ": is not in UTF-8; save it as CSV in UTF-8"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_line(tmp_path: Path, content: bytes | str, fault: str) -> None:
    write(tmp_path, content)
    with pytest.raises(SettingsError) as refused:
        weights(tmp_path)
    assert refused.value.lines == (f"weights/2026-10.csv{fault}",)


def test_all_faults_are_said_at_once(tmp_path: Path) -> None:
    write(tmp_path, "value,weight\nShopp,1\nSearch,x\n")
    with pytest.raises(SettingsError) as refused:
        weights(tmp_path)
    assert len(refused.value.lines) == 2


def test_a_missing_file_and_one_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"^weights/2026-10.csv: is missing; write it with the columns value,weight$"
    ):
        weights(tmp_path)
    (tmp_path / "weights" / "2026-10.csv").mkdir(parents=True)
    with pytest.raises(SettingsError, match=r"^weights/2026-10.csv: cannot be read: Is a directory$"):
        weights(tmp_path)


def test_a_link_leads_to_no_file_outside_of_the_folder_of_the_inventory(tmp_path: Path) -> None:
    write(tmp_path, "value,weight\nShop,1\n", "outside.csv")
    (tmp_path / "in" / "weights").mkdir(parents=True)
    (tmp_path / "in" / "weights" / "2026-10.csv").symlink_to(tmp_path / "outside.csv")
    with pytest.raises(SettingsError, match="is outside of the folder of the inventory; write a file below it"):
        weights(tmp_path / "in")
    loop = tmp_path / "weights"
    loop.symlink_to(loop)
    with pytest.raises(SettingsError, match="cannot be read: Too many levels of symbolic links"):
        weights(tmp_path)


def test_the_files_of_all_shared_costs_are_read_for_the_month(tmp_path: Path, read: Inventory) -> None:
    write(tmp_path, "value,weight\nShop,1\nPlatform,2\n")
    write(tmp_path, "value,weight\nProcurement,3\nSourcing,1\n", "sandbox.csv")
    assert weights_of(rules_in(read), read, folder=tmp_path, month="2026-10") == {
        "gateway": {"Platform": Decimal(2), "Shop": Decimal(1)},
        "sandbox": {"Sourcing": Decimal(4)},
    }
    with pytest.raises(SettingsError, match=r"weights/2026-11.csv: is missing"):
        weights_of(rules_in(read), read, folder=tmp_path, month="2026-11")


def test_the_faults_of_all_files_are_said_at_once(tmp_path: Path, read: Inventory) -> None:
    write(tmp_path, "value,weight\nShop,x\n", "sandbox.csv")
    with pytest.raises(SettingsError) as refused:
        weights_of(rules_in(read), read, folder=tmp_path, month="2026-10")
    assert [line.partition(":")[0] for line in refused.value.lines] == ["weights/2026-10.csv", "sandbox.csv, line 2"]


def problems(folder: Path, read: Inventory) -> list[str]:
    found = weights_problems(read, file=folder / "projects.yaml")
    return [str(problem).replace(f"{folder.as_posix()}/", "") for problem in found]


def test_the_files_that_are_there_are_checked_with_the_inventory(tmp_path: Path, read: Inventory) -> None:
    write(tmp_path, "value,weight\nShop,1\nPlatform,2\n")
    write(tmp_path, "value,weight\nShop,1\nShopp,1\nSearch,x\n", "weights/2026-11.csv")
    write(tmp_path, "value,weight\nShop,0\n", "sandbox.csv")
    assert problems(tmp_path, read) == [
        "weights/2026-11.csv:3:1: 'Shopp' cannot share this cost; did you mean 'Shop'?",
        "weights/2026-11.csv:4:1: the weight 'x' is not a number; write digits, with a decimal point if needed",
        "sandbox.csv:1:1: has no weight above 0; write at least one",
    ]


def test_a_missing_file_is_a_problem_of_the_inventory_unless_it_is_of_a_month(tmp_path: Path, read: Inventory) -> None:
    [missing] = problems(tmp_path, read)
    place = "projects.yaml:1:1: chargeback.shared.sandbox.weights"
    assert missing == f"{place}: sandbox.csv: is missing; write it with the columns value,weight"


def test_the_weights_of_a_closed_month_are_not_checked(tmp_path: Path, read: Inventory) -> None:
    write(tmp_path, "value,weight\nShop,1\n", "sandbox.csv")
    write(tmp_path, "value,weight\nDissolved,1\n")
    assert len(problems(tmp_path, read)) == 1
    write(tmp_path, "{}", "chargeback/2026-10.json")
    assert problems(tmp_path, read) == []


@pytest.mark.parametrize("path", ["{month}/a[1].csv", "a*/{month}-{month}.csv"])
def test_of_a_path_with_a_month_only_its_own_files_are_checked(tmp_path: Path, path: str) -> None:
    read = inventory(tmp_path, FILE.replace("weights/{month}.csv", path).replace("sandbox.csv", f'"{path}"'))
    for name in ("2026-10/a1.csv", "ab/2026-10-2026-10.csv", "a*/2026-10-2026-11.csv", "a*/2026-1x-2026-1x.csv"):
        write(tmp_path, "", name)
    assert problems(tmp_path, read) == []
    write(tmp_path, "", path.replace("{month}", "2026-10"))
    assert len(problems(tmp_path, read)) == 2


def test_rules_without_a_file_need_none(tmp_path: Path) -> None:
    even = FILE.replace('method: weights, weights: "weights/{month}.csv"', "method: even")
    even = even.replace("method: weights, weights: sandbox.csv", "method: even")
    assert problems(tmp_path, inventory(tmp_path, even)) == []
    assert problems(tmp_path, inventory(tmp_path, FILE.partition("chargeback:")[0])) == []


@pytest.mark.parametrize("name", ["Platform", "Infrastructure"])
def test_a_value_whose_projects_are_all_split_does_not_share_their_cost(tmp_path: Path, name: str) -> None:
    text = FILE.replace("[gateway, legacy]", "[gateway, sandbox]").replace("method: weights, weights: sandbox.csv", "")
    text = text.replace("    sandbox: {projects: [sandbox], }\n", "")
    text = text.replace("renamed: [", "renamed: [{from: Infrastructure, to: Platform, since: 2026-01-01}, ")
    both = inventory(tmp_path, text)
    write(tmp_path, f"value,weight\n{name},2\n")
    with pytest.raises(SettingsError, match=f"'{name}' cannot share this cost"):
        weights_of(rules_in(both), both, folder=tmp_path, month="2026-10")


NUMBERS = st.decimals(0, 10**15, places=6).filter(lambda weight: weight > 0)


@given(
    st.dictionaries(st.sampled_from(sorted(NAMES)), NUMBERS, min_size=1), st.sampled_from(["\n", "\r\n"]), st.booleans()
)
def test_a_file_loses_no_digit_of_its_weights(drawn: dict[str, Decimal], end: str, has_mark: bool) -> None:
    lines = ["value,weight", *(f"{value},{weight:f}" for value, weight in drawn.items()), ""]
    with TemporaryDirectory() as folder:
        write(Path(folder), end.join(lines).encode("utf-8-sig" if has_mark else "utf-8"))
        read = weights(Path(folder))
    for value in {NAMES[name] for name in drawn}:
        assert read[value] == sum(weight for name, weight in drawn.items() if NAMES[name] == value)


def test_the_example_of_the_page_is_read_with_its_weights(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "inventory.md").read_text("utf-8")
    [text] = re.findall(r"```yaml\n(version: 1\n(?:(?!```).)*\nchargeback:.*?)```", page, re.DOTALL)
    [file] = re.findall(r"```text\n(value,weight\n.*?)```", page, re.DOTALL)
    read = inventory(tmp_path, text)
    write(tmp_path, file, "weights/gateway-2026-10.csv")
    rules = rules_in(read)
    found = weights_of(rules, read, folder=tmp_path, month="2026-10")
    assert found == {"gateway": {"Search": Decimal(1250000), "Shop": Decimal("310000.5")}}
    assert rule_of(rules, read, []) == {
        "acme-retail/prod/llm-gateway": "gateway",
        "acme-retail/prod/sandbox": "sandbox",
    }


def test_a_month_is_allocated_by_what_was_resolved(tmp_path: Path, read: Inventory) -> None:
    write(tmp_path, "value,weight\nShop,1\nSearch,3\n")
    write(tmp_path, "value,weight\nShop,1\n", "sandbox.csv")
    rules = rules_in(read)
    removed = row("8", value="Platform", owner="acme/prod/legacy")
    costs = month_costs(row("10"), shop("5"), removed)
    inputs = Inputs(
        month="2026-10",
        rule_of=rule_of(rules, read, [each.owner for each in costs.rows]),
        weights=weights_of(rules, read, folder=tmp_path, month="2026-10"),
    )
    allocation = allocate(costs, rules, inputs)
    assert {value: amounts["shared"] for (value, _), amounts in allocation.lines.items()} == {"Search": 6, "Shop": 2}
