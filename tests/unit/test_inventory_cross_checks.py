"""What must hold of tags, files and projects together."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import pytest

from bedrock_projects.errors import InventoryError
from bedrock_projects.suggestions import simplified
from tests.unit.inventory_files import inventory, minimal, without_privileges


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
    with pytest.raises(InventoryError, match="is outside of the folder"):
        inventory(folder, minimal(top="include: {team.yaml: {}}"))


@pytest.mark.parametrize(
    ("pattern", "link", "shown"),
    [
        ("team.yaml", "team.yaml", "team.yaml"),
        ("teams/*.yaml", "teams/b.yaml", "teams/b.yaml"),
        ("teams/*.yaml", "teams", "teams"),
        ("*/shop.yaml", "more", "more"),
        ("**/shop.yaml", "teams/deep/shop.yaml", "teams/deep/shop.yaml"),
        ("*/b/*.yaml", "teams/b", "teams/b"),
    ],
)
@pytest.mark.parametrize("target", ["nowhere", "/nowhere/at/all", "shop.yaml/below", "SELF"])
def test_a_link_that_leads_nowhere_is_an_error_wherever_a_pattern_meets_it(
    tmp_path: Path, pattern: str, link: str, shown: str, target: str
) -> None:
    """Passed over, the entries behind it would be archived."""
    path = tmp_path / link
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(path.name if target == "SELF" else target)
    if link != "teams":
        (tmp_path / "teams").mkdir(exist_ok=True)
        (tmp_path / "teams" / "shop.yaml").write_text("projects: {shop: {name: Shop, environments: [dev]}}\n")
    with pytest.raises(InventoryError) as refused:
        inventory(tmp_path, minimal(top=f"include: {{'{pattern}': {{}}}}"))
    assert [problem.message for problem in refused.value.problems] == [
        f"'{tmp_path.as_posix()}/{shown}' is a broken link; point it at a file, or remove it"
    ]


def test_links_to_folders_and_files_are_followed_and_those_of_no_pattern_are_nobody_s_business(tmp_path: Path) -> None:
    (tmp_path / "config" / "teams").mkdir(parents=True)
    (tmp_path / "config" / "data").write_text("projects: {data: {name: Data, environments: [dev]}}\n")
    (tmp_path / "config" / "teams" / "shop.yaml").write_text("projects: {shop: {name: Shop, environments: [dev]}}\n")
    (tmp_path / "config" / "teams" / "data.yaml").symlink_to("../data")
    (tmp_path / "config" / "teams" / "notes.txt").symlink_to("nowhere")
    (tmp_path / "teams").symlink_to("config/teams")
    read = inventory(tmp_path, minimal(top="include: {teams/*.yaml: {}}"))
    assert [project.key for project in read.projects] == ["data", "search", "shop"]


def test_a_pattern_that_cannot_be_looked_for_hides_no_defect_of_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InventoryError) as refused, without_privileges(tmp_path):
        inventory(Path(), minimal(top="include: {closed/*.yaml: {}, closed/**/a.yaml: {}, missing.yaml: {}}"))
    none = "matches no file; write a path relative to the folder of this file"
    assert [(problem.path, problem.message) for problem in refused.value.problems] == [
        ("include.closed/*.yaml", "cannot be searched: Permission denied"),
        ("include.closed/**/a.yaml", "cannot be searched: Permission denied"),
        ("include.missing.yaml", none),
    ]


def test_a_default_of_an_included_file_that_is_wrong_is_not_a_missing_tag_as_well(tmp_path: Path) -> None:
    (tmp_path / "team.yaml").write_text(
        "defaults: {environments: [dev], tags: {Team: []}}\nprojects: {shop: {name: Shop}, desk: {name: Desk}}\n"
    )
    with pytest.raises(InventoryError) as refused:
        inventory(
            tmp_path, minimal("tags: {Team: a}", top="tag_keys: {Team: {required: true}}\ninclude: {team.yaml: {}}")
        )
    assert [problem.path for problem in refused.value.problems] == ["defaults.tags.Team"]


def test_a_folder_that_a_pattern_matches_is_not_included(tmp_path: Path) -> None:
    (tmp_path / "teams" / "old.yaml").mkdir(parents=True)
    (tmp_path / "teams" / "shop.yaml").write_text("projects: {shop: {name: Shop, environments: [dev]}}\n")
    read = inventory(tmp_path, minimal(top="include: {teams/*.yaml: {}}"))
    assert [merged.key for merged in read.projects] == ["search", "shop"]


ENVIRONMENTS = ("hr-dev", "hr-prod", "payments-prod", "HR-dev")


@pytest.mark.parametrize(
    ("pattern", "inside"),
    [
        ("*", ENVIRONMENTS),
        ("hr-*", ("hr-dev", "hr-prod")),
        ("*-prod", ("hr-prod", "payments-prod")),
        ("hr-???", ("hr-dev",)),
        ("hr-dev", ("hr-dev",)),
        ("HR-*", ("HR-dev",)),
    ],
)
@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("place", ["the entry", "an override", "defaults of the file", "defaults of the inventory"])
def test_the_entries_of_a_file_stay_in_the_environments_that_it_is_granted(
    tmp_path: Path, pattern: str, inside: Sequence[str], environment: str, place: str
) -> None:
    entry = {"the entry": f"environments: [{environment}]", "an override": f"environments: {{{environment}: {{}}}}"}
    defaults = {"defaults of the file": f"defaults: {{environments: [{environment}]}}\n"}
    (tmp_path / "hr.yaml").write_text(
        f"{defaults.get(place, '')}projects: {{hr: {{name: HR, {entry.get(place, '')}}}}}\n"
    )
    everywhere = f"defaults: {{environments: [{environment}]}}\n" if place == "defaults of the inventory" else ""
    text = (
        f"version: 1\ninventory: acme\nenvironments: {{{', '.join(f'{name}: {{}}' for name in ENVIRONMENTS)}}}\n"
        f"{everywhere}include: {{hr.yaml: {{environments: ['{pattern}']}}}}\n"
    )
    if environment in inside:
        assert [project.environment for project in inventory(tmp_path, text).projects] == [environment]
        return
    with pytest.raises(InventoryError) as refused:
        inventory(tmp_path, text)
    [problem] = refused.value.problems
    grant = f"projects.yaml:{len(text.splitlines())})"
    assert problem.file.endswith("hr.yaml")
    assert f"{environment!r}, which this file may not use (allowed: {pattern}, see " in problem.message
    assert grant in problem.message


def test_a_file_without_a_grant_of_environments_has_projects_in_all(tmp_path: Path) -> None:
    (tmp_path / "hr.yaml").write_text("projects: {hr: {name: HR, environments: [dev]}}\n")
    assert len(inventory(tmp_path, minimal(top="include: {hr.yaml: {tags: {}}}")).projects) == 2


VALUES = ("Payments", "payments", "\uff30ayments", "Pay ments", "Pay  ments")


@pytest.mark.parametrize("one", VALUES)
@pytest.mark.parametrize("other", VALUES)
@pytest.mark.parametrize("place", ["defaults", "environment", "override", "another file", "a grant", "another key"])
def test_two_values_of_a_key_that_look_alike_are_hinted_at_wherever_they_are_written(
    tmp_path: Path, one: str, other: str, place: str
) -> None:
    def tags(where: str) -> str:
        return f"tags: {{Team: '{other}'}}" if where == place else ""

    owner = f", Owner: '{other}'" if place == "another key" else ""
    (tmp_path / "hr.yaml").write_text(f"projects: {{hr: {{name: HR, environments: [dev], {tags('another file')}}}}}\n")
    read = inventory(
        tmp_path,
        "version: 1\ninventory: acme\ntag_keys: {Team: {}, Owner: {}}\n"
        f"include: {{hr.yaml: {{{tags('a grant').replace(repr(other), f'[{other!r}]')}}}}}\n"
        f"environments: {{dev: {{{tags('environment')}}}}}\ndefaults: {{{tags('defaults')}}}\n"
        f"projects:\n  search: {{name: Search, environments: {{dev: {{{tags('override')}}}}}}}\n"
        f"  shop: {{name: Shop, environments: [dev], tags: {{Team: '{one}'{owner}}}}}\n",
    )
    alike = simplified(one) == simplified(other) and one != other and place != "another key"
    assert [warning.message.partition(" differs in ")[0] for warning in read.warnings] == (
        [repr(max(one, other))] if alike else []
    )


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
        with pytest.raises(InventoryError, match=r"'Search' in 'test' is already the name of 'a' in 'dev' \(.*:5\)"):
            inventory(tmp_path, text)
    else:
        assert len(inventory(tmp_path, text).projects) == 2


def test_of_the_entries_that_take_over_one_project_each_but_the_first_is_reported(tmp_path: Path) -> None:
    """Those between which have nobody's project to take over change nothing."""
    text = (
        "version: 1\ninventory: acme\nenvironments: {dev: {}}\ndefaults: {environments: [dev]}\nprojects:\n"
        "  a: {name: A}\n  b: {name: B, previous_owner: shop/dev/x}\n  c: {name: C}\n"
        "  d: {name: D, previous_owner: shop/dev/x}\n  e: {name: E, previous_owner: shop/dev/x}\n"
        "  f: {name: F, previous_owner: acme/dev/a}\n"
    )
    with pytest.raises(InventoryError) as refused:
        inventory(tmp_path, text)
    remedy = "write another owner, or remove the line"
    assert [(problem.line, problem.path, problem.message) for problem in refused.value.problems] == [
        (line, f"projects.{key}.previous_owner", f"{owner!r} already belongs to {other!r} in 'dev'; {remedy}")
        for line, key, owner, other in (
            (9, "d", "shop/dev/x", "b"),
            (10, "e", "shop/dev/x", "b"),
            (11, "f", "acme/dev/a", "a"),
        )
    ]


def test_of_the_entries_that_adopt_one_project_each_but_the_first_is_reported(tmp_path: Path) -> None:
    text = (
        "version: 1\ninventory: acme\nenvironments: {dev: {}, prod: {}}\nprojects:\n"
        "  a: {name: A, environments: [dev]}\n  b: {name: B, environments: {dev: {id: proj_1}, prod: {id: proj_1}}}\n"
        "  c: {name: C, environments: [dev]}\n  d: {name: D, id: proj_1, environments: [prod]}\n"
    )
    with pytest.raises(InventoryError) as refused:
        inventory(tmp_path, text)
    place = f"{(tmp_path / 'projects.yaml').as_posix()}:6"
    message = f"'proj_1' is already adopted by 'b' in 'dev' ({place}); remove one of the two"
    assert [(problem.line, problem.path, problem.message) for problem in refused.value.problems] == [
        (6, "projects.b.environments.prod.id", message),
        (8, "projects.d.id", message),
    ]


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
        f"differs in case only from another key (Team in {named}; team in search), and reports may not distinguish "
        "them; keep one"
    )
    assert bedrock.path == "tag_keys.Bedrock-Project"
    assert "(Bedrock-Project in no project; bedrock-project in every project)" in bedrock.message


def test_an_environment_that_no_account_can_hold_is_worth_a_warning(tmp_path: Path) -> None:
    entries = "".join(f"  p{index}: {{name: P{index}}}\n" for index in range(1001))
    header = "version: 1\ninventory: acme\nenvironments: {dev: {}}\ndefaults: {environments: [dev]}\nprojects:\n"
    retired = entries.replace("P1000}", "P1000, status: archived}")
    assert inventory(tmp_path, header + retired).warnings == ()
    said = inventory(tmp_path, header + entries).warnings
    assert [str(warning).partition("yaml:")[2] for warning in said] == [
        "3:16: environments.dev: has 1,001 projects, but an account may have 1,000; ask AWS to raise the quota"
    ]


def test_a_retired_project_hides_no_two_that_have_one_name(tmp_path: Path) -> None:
    entries = "  a: {name: A, status: archived, environments: [dev]}\n" + "".join(
        f"  {key}: {{name: B, environments: [dev]}}\n" for key in "bc"
    )
    with pytest.raises(InventoryError, match="'B' in 'dev' is already the name of 'b' there"):
        inventory(tmp_path, minimal() + entries)
