"""`bedrock-projects environments` feeds the matrix of a CI job."""

import json
from pathlib import Path

import pytest

from tests.unit.command_line import HEAD, Repository, inventory, repository, run

BASE = inventory("search: {name: Search, tags: {Team: Search}}", "chat: {name: Chat, environments: [dev]}")


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    made = repository(tmp_path)
    made.commit("v1", projects=BASE)
    return made


def test_all_environments_one_a_line_or_as_json(repo: Repository) -> None:
    assert run("environments", folder=repo.folder).out == "dev\nprod\n"
    assert json.loads(run("environments", "--format", "json", folder=repo.folder).out) == ["dev", "prod"]


CASES = {
    "nothing": (BASE, []),
    "comments, order and descriptions": ("# new\n" + BASE.replace("{name: Chat", "{description: x, name: Chat"), []),
    "an entry of one environment": (BASE.replace("name: Chat", "name: Talk"), ["dev"]),
    "an entry of both": (BASE.replace("Team: Search", "Team: Find"), ["dev", "prod"]),
    "a setting of an environment": (BASE.replace('"{name}-Prod"', '"{name}-P"'), ["prod"]),
    "a key that is no cost allocation tag any more": (
        BASE.replace("Team: {}", "Team: {cost_allocation: false}"),
        ["dev", "prod"],
    ),
    "a new environment": (BASE.replace("  prod:", "  test: {}\n  prod:"), ["test"]),
    "another identity of the inventory": (BASE.replace("inventory: acme", "inventory: shop"), ["dev", "prod"]),
}


@pytest.mark.parametrize(("after", "touched"), CASES.values(), ids=CASES)
def test_only_the_environments_that_a_change_touches(repo: Repository, after: str, touched: list[str]) -> None:
    repo.write("projects.yaml", after)
    done = run("environments", "--changed-since", "v1", "--format", "json", folder=repo.folder)
    assert (done.code, json.loads(done.out), done.err) == (0, touched, "")
    assert run("environments", "--changed-since", "v1", folder=repo.folder).out.split() == touched


def test_a_change_of_an_included_file_counts(repo: Repository) -> None:
    head = HEAD + "include: {teams/*.yaml: {tags: {Team: [Find]}}}\n"
    repo.commit("v2", projects=head, teams__find="projects: {find: {name: Find, environments: [prod]}}\n")
    repo.write("teams/find.yaml", "projects: {find: {name: Found, environments: [prod]}}\n")
    assert run("environments", "--changed-since", "v2", folder=repo.folder).out == "prod\n"


def test_a_linked_folder_is_followed_in_the_revision_too(repo: Repository) -> None:
    (repo.folder / "teams").symlink_to("config/teams")
    find = "projects: {find: {name: Find, environments: [prod]}}\n"
    repo.commit("v2", projects=HEAD + "include: {teams/*.yaml: {}}\n", config__teams__find=find)
    assert run("environments", "--changed-since", "v2", folder=repo.folder).out == ""
    repo.write("config/teams/find.yaml", find.replace("Find", "Search"))
    assert run("environments", "--changed-since", "v2", folder=repo.folder).out == "prod\n"


def test_an_unknown_revision_and_an_invalid_inventory_exit_with_1_and_print_no_list(repo: Repository) -> None:
    unknown = run("environments", "--changed-since", "v9", "--format", "json", folder=repo.folder)
    assert (unknown.code, unknown.out) == (1, "")
    assert unknown.err.startswith("v9 is neither a file nor a git revision")
    repo.write("projects.yaml", "version: 2\n")
    invalid = run("environments", "--format", "json", folder=repo.folder)
    assert (invalid.code, invalid.out) == (1, "")
    assert invalid.err.startswith("projects.yaml:1:")


def test_shards_are_one_a_line_or_as_json(repo: Repository) -> None:
    repo.write("projects.yaml", BASE.replace("  prod:", "  a: {}\n  b: {}\n  prod:"))
    assert run("environments", "--shards", "2", folder=repo.folder).out == "b dev\na prod\n"
    assert json.loads(run("environments", "--shards", "9", "--format", "json", folder=repo.folder).out) == [
        {"shard": number, "environments": [name]} for number, name in enumerate(["dev", "prod", "a", "b"], 1)
    ]


def test_only_what_a_change_touches_is_shared_out(repo: Repository) -> None:
    repo.write("projects.yaml", BASE.replace("name: Chat", "name: Talk"))
    options = ("--changed-since", "v1", "--shards", "4", "--format", "json")
    assert run("environments", *options, folder=repo.folder).out == '[{"shard": 1, "environments": ["dev"]}]\n'
    repo.write("projects.yaml", BASE)
    assert run("environments", *options, folder=repo.folder).out == "[]\n"


def test_a_number_of_shards_below_one_is_refused(repo: Repository) -> None:
    done = run("environments", "--shards", "0", folder=repo.folder)
    assert (done.code, done.out) == (2, "")
    assert "--shards" in done.err


def test_groups_and_patterns_select_and_a_misspelt_one_is_refused(repo: Repository) -> None:
    repo.write(
        "projects.yaml", "environment_groups: {all: ['*'], trials: [dev]}\n" + BASE.replace("name: Chat", "name: Talk")
    )
    assert run("environments", "--environment", "trials", folder=repo.folder).out == "dev\n"
    assert run("environments", "--environment", "p*", "--environment", "dev", folder=repo.folder).out == "dev\nprod\n"
    changed = run("environments", "--environment", "all", "--changed-since", "v1", folder=repo.folder)
    assert changed.out == "dev\n"
    done = run("environments", "--environment", "trails", folder=repo.folder)
    assert (done.code, done.out) == (1, "")
    assert "unknown environment 'trails' in inventory 'acme'; did you mean 'trials'?" in done.err
