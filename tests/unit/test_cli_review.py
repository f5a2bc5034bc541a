"""`bedrock-projects review` on a git repository says what the change from one revision to another does."""

import json
from pathlib import Path

import pytest

from tests.unit.command_line import HEAD, Done, Repository, inventory, repository, run

SEARCH = "search: {name: Search, tags: {Team: Search, CostCenter: CC-1}}"
TWENTY = [f"p{number:02}: {{name: P{number}, tags: {{CostCenter: CC-1}}}}" for number in range(20)]


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    made = repository(tmp_path)
    made.commit("v1", projects=inventory(SEARCH))
    return made


def reviewed(repo: Repository, after: str, *options: str) -> Done:
    """The review of the working tree against v1."""
    repo.write("projects.yaml", after)
    return run("review", "v1", *options, folder=repo.folder)


CASES = {
    "nothing": (inventory(SEARCH), 0, "No changes."),
    "a key renamed with its alias": (
        inventory(SEARCH.replace("search:", "find:").replace("{name", "{aliases: [search], name")),
        10,
        "    find: key search → find",
    ),
    "a key renamed without": (inventory(SEARCH.replace("search:", "find:")), 20, "! Archived (irreversible)"),
    "a moved tag": (inventory(SEARCH.replace("CC-1", "CC-2")), 10, "    search: CostCenter CC-1 → CC-2"),
    "a new name": (
        inventory(SEARCH.replace("name: Search", "name: Find")),
        10,
        "    search: name Search-Dev → Find-Dev",
    ),
    "a removed entry": (inventory(), 20, "! Archived (irreversible)"),
    "a new environment": (
        inventory(SEARCH.replace("{name", "{environments: [dev, prod, test], name")).replace(
            "  prod:", "  test: {}\n  prod:"
        ),
        10,
        "test\n\n  Created\n    search",
    ),
    "another region without a word on it": (
        inventory(SEARCH.replace("{name", "{region: eu-west-1, name")),
        20,
        "  Before merging\n    search: the move from us-west-2 to eu-west-1 creates a project",
    ),
    "another region": (
        inventory(SEARCH.replace("{name", "{region: eu-west-1, move_from: us-west-2, name")),
        20,
        "    search: region us-west-2 → eu-west-1; the old project is archived (irreversible)",
    ),
    "another endpoint": (
        inventory(SEARCH.replace("{name", "{endpoint: bedrock-runtime, move_from_endpoint: bedrock-mantle, name")),
        20,
        "  ! Moved to another endpoint: new project, new id, unless both endpoints have it\n    search: endpoint",
    ),
    "another endpoint without a word on it": (
        inventory(SEARCH.replace("{name", "{endpoint: bedrock-runtime, name")),
        20,
        "add `move_from_endpoint: bedrock-mantle` to the entry",
    ),
    "an environment renamed with its alias": (
        inventory(SEARCH).replace("  dev: {", "  qa: {aliases: [dev], ").replace("[dev, prod]", "[qa, prod]"),
        10,
        "    search: bedrock-project acme/dev/… → acme/qa/…",
    ),
    "the inventory renamed": (
        inventory(SEARCH).replace("inventory: acme", "inventory: shop\nprevious_owner: {inventory: acme}"),
        10,
        "    search: bedrock-project acme/prod/… → shop/prod/…",
    ),
    "the ownership tag renamed without its former key": (
        inventory(SEARCH).replace("inventory: acme", "inventory: acme\nownership_tag: owner"),
        10,
        "write `previous_owner: {ownership_tag: bedrock-project}`",
    ),
}


@pytest.mark.parametrize(("after", "code", "line"), CASES.values(), ids=CASES)
def test_the_exit_code_and_the_text_tell_what_a_change_does(repo: Repository, after: str, code: int, line: str) -> None:
    done = reviewed(repo, after)
    assert (done.code, done.err) == (code, "")
    assert line in done.out


def test_another_account_is_a_change_of_each_project_that_stays_behind(repo: Repository) -> None:
    for name, account in (("before.yaml", "111111111111"), ("after.yaml", "222222222222")):
        text = inventory(SEARCH, "chat: {name: Chat}").replace("  dev: {", f'  dev: {{account: "{account}", ')
        repo.write(name, text)
    done = run("review", "before.yaml", "after.yaml", folder=repo.folder)
    assert (done.code, done.err) == (10, "")
    assert "    chat, search: account 111111111111 → 222222222222\n" in done.out


def test_base_and_head_are_files_or_revisions_with_the_same_result(repo: Repository) -> None:
    repo.commit("v2", projects=CASES["a moved tag"][0])
    repo.write("old.yaml", repo.git("show", "v1:projects.yaml"))
    by_default = run("review", "v1", folder=repo.folder)
    assert by_default.code == 10
    for pair in (("v1", "v2"), ("v1", "HEAD"), ("HEAD~1", "main"), ("old.yaml", "v2"), ("old.yaml", "projects.yaml")):
        assert run("review", *pair, folder=repo.folder) == by_default


def test_included_files_are_those_of_the_revision(repo: Repository) -> None:
    head = HEAD + "include: {teams/*.yaml: {tags: {Team: [Search], CostCenter: [CC-1, CC-2]}}}\n"
    entries = "projects:\n  find: {name: Find, tags: {CostCenter: CC-1}}\n"
    repo.commit("v2", projects=head, teams__search=entries)
    repo.commit("v3", teams__search=entries.replace("CC-1", "CC-2"))
    repo.write("teams/search.yaml", "not even an inventory")
    done = run("review", "v2", "v3", folder=repo.folder)
    assert done.code == 10
    assert "find: CostCenter CC-1 → CC-2" in done.out


def test_an_entry_behind_a_link_that_leaves_is_archived_in_the_review(repo: Repository) -> None:
    """First the entry leaves, then the whole link: neither may be missing."""
    head = HEAD + "include: {teams/*.yaml: {}}\n"
    repo.write("shared/data", "projects: {d1: {name: D1, environments: [dev]}, d2: {name: D2, environments: [dev]}}\n")
    (repo.folder / "teams").mkdir()
    (repo.folder / "teams/data.yaml").symlink_to("../shared/data")
    repo.commit("v2", projects=head, teams__real="projects: {real: {name: Real}}\n")
    repo.write("shared/data", "projects: {d1: {name: D1, environments: [dev]}}\n")
    repo.commit("v3")
    (repo.folder / "teams/data.yaml").unlink()
    repo.commit("v4")
    for base, head, gone in (("v2", "v3", "d2"), ("v3", "v4", "d1"), ("v2", "v4", "d1, d2")):
        done = run("review", base, head, folder=repo.folder)
        assert done.code == 20
        assert f"  ! Archived (irreversible)\n    {gone}\n" in done.out
        assert "Created" not in done.out


def test_only_the_environment_asked_for_is_reviewed(repo: Repository) -> None:
    done = reviewed(repo, inventory(), "--environment", "prod")
    assert done.out.count("Archived") == 1
    assert "dev\n" not in done.out
    unknown = reviewed(repo, inventory(), "--environment", "pord")
    assert (unknown.code, unknown.out) == (1, "")
    assert "did you mean 'prod'?" in unknown.err


def test_twenty_equal_moves_are_one_line_and_all_keys_on_request(repo: Repository) -> None:
    repo.commit("v1b", projects=inventory(*TWENTY))
    repo.write("projects.yaml", inventory(*TWENTY).replace("CC-1", "CC-2"))
    folded = run("review", "v1b", "--environment", "dev", folder=repo.folder).out
    assert "    20 projects (p00, p01, p02, …): CostCenter CC-1 → CC-2\n" in folded
    unfolded = run("review", "v1b", "--environment", "dev", "--unfold", folder=repo.folder).out
    assert f"    {', '.join(f'p{number:02}' for number in range(20))}: CostCenter CC-1 → CC-2\n" in unfolded


def test_markdown_begins_with_what_cannot_be_undone(repo: Repository) -> None:
    after = inventory(SEARCH.replace("search:", "find:"), "chat: {name: Chat}")
    lines = reviewed(repo, after, "--format", "markdown").out.splitlines()
    assert lines[0] == "⚠ 6 changes, 2 irreversible."
    assert lines[1:12] == [
        "",
        "### dev",
        "",
        "**⚠ Archived (irreversible)**",
        "",
        "- `search`",
        "",
        "**Created**",
        "",
        "- `chat`, `find`",
        "",
    ]


def test_markdown_keeps_what_users_wrote_from_being_a_mention_a_link_or_markup(repo: Repository) -> None:
    text = inventory(SEARCH.replace("name: Search", 'name: "a`b @everyone <img>"').replace("CC-1", "'@acme/finance'"))
    out = reviewed(repo, text, "--format", "markdown").out
    assert "- `search`: `CostCenter CC-1 → @acme/finance`\n" in out
    assert "`name Search-Dev → a'b @everyone <img>-Dev`\n" in out


def test_json_is_as_documented(repo: Repository) -> None:
    repo.commit("v2", projects=inventory(SEARCH.replace("CC-1", "CC-2").replace("Team: Search, ", "")))
    printed = json.loads(run("review", "v1", "v2", "--environment", "dev", "--format", "json", folder=repo.folder).out)
    assert printed == {
        "environments": [
            {
                "environment": "dev",
                "changes": [
                    {"kind": "retagged", "what": "CostCenter CC-1 → CC-2", "key": "search", "irreversible": False},
                    {"kind": "retagged", "what": "Team Search → (none)", "key": "search", "irreversible": False},
                ],
                "notes": [],
            }
        ],
        "notes": [
            {"text": "no longer used, but active until you deactivate them in Billing: Team", "keys": []},
        ],
        "irreversible": False,
    }


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_no_change_is_said_and_exits_with_0_in_every_form(repo: Repository, form: str) -> None:
    done = run("review", "v1", "--format", form, folder=repo.folder)
    assert (done.code, done.err) == (0, "")
    assert done.out


def test_warnings_of_an_invalid_inventory_come_after_its_errors_and_are_called_so(repo: Repository) -> None:
    warned = inventory("search: {nam: Search}").replace("us-west-2", "us-west-1")
    lines = reviewed(repo, warned).err.splitlines()
    places = [line.partition(": ")[0] for line in lines if not line.startswith("warning: ")]
    assert {place.rpartition(":")[0] for place in places} == {"projects.yaml:9"}
    warnings = lines[len(places) :]
    assert warnings
    assert all(line.startswith("warning: projects.yaml:") for line in warnings)


def test_a_problem_in_a_revision_is_placed_as_git_names_it(repo: Repository) -> None:
    repo.commit("broken", projects=inventory("search: {nam: Search}"))
    repo.commit("mended", projects=inventory(SEARCH))
    for arguments in (("broken",), ("v1", "broken")):
        done = run("review", *arguments, folder=repo.folder)
        assert (done.code, done.out) == (1, "")
        assert done.err.startswith("broken:projects.yaml:9:")
    assert reviewed(repo, inventory("search: {nam: Search}")).err.startswith("projects.yaml:9:")
