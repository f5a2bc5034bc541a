"""An inventory at a git revision is what the revision holds, anywhere in the repository."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from bedrock_projects.ci.git import checked_out
from bedrock_projects.errors import InventoryError, SettingsError
from bedrock_projects.inventory import load
from bedrock_projects.model import Inventory
from bedrock_projects.review.revisions import load_at
from tests.unit.command_line import HEAD, Repository, inventory, repository

SEARCH = inventory("search: {name: Search}")


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    (tmp_path / "repository").mkdir()
    made = repository(tmp_path / "repository")
    made.commit("v1", infra__projects=SEARCH, other="a: [\n")
    return made


def names(read: Inventory) -> set[str]:
    return {project.key for project in read.projects}


@pytest.mark.parametrize("revision", ["v1", "HEAD", "main", "main~0", "HEAD^{commit}"])
def test_any_name_of_a_revision_will_do(repo: Repository, revision: str) -> None:
    path = repo.write("infra/projects.yaml", "changed: since\n")
    assert names(load_at(revision, path)) == {"search"}


def test_a_file_goes_before_a_revision_of_its_name(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo.folder)
    repo.write("v1", inventory("chat: {name: Chat}"))
    assert names(load_at("v1", Path("infra/projects.yaml"))) == {"chat"}


def test_the_commit_that_is_checked_out_is_none_before_the_first_one_or_without_git(
    repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A month is closed without it as well."""
    (tmp_path / "new").mkdir()
    repository(tmp_path / "new")
    assert checked_out(repo.folder / "infra") == repo.git("rev-parse", "HEAD")
    assert checked_out(tmp_path / "new") is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert checked_out(repo.folder / "infra") is None


FIND = "projects: {find: {name: Find}}\n"
LAYOUTS = {
    "a file that links to one without a suffix": {"shared/find": FIND, "teams/find.yaml": "-> ../shared/find"},
    "a link to a link": {"shared/x": FIND, "y": "-> shared/x", "teams/find.yaml": "-> ../y"},
    "a folder that is a link": {"config/teams/find.yaml": FIND, "teams": "-> config/teams"},
    "links of both kinds": {"config/t/find.yaml": "-> ../x", "config/x": FIND, "teams": "-> config/t"},
    "a link by way of a folder without YAML": {"s": FIND, "docs/a.md": "", "teams/find.yaml": "-> ../docs/../s"},
    "names that need quotes": {'teams/a b\n\t"ü.yaml': "-> ../shared/\u202e\n", "shared/\u202e\n": FIND},
}


def lay_out(repo: Repository, files: Mapping[str, str], below: str = "infra") -> None:
    """Files by name; a content that begins with `-> ` makes a link."""
    for name, content in files.items():
        path = repo.folder / below / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content.startswith("-> "):
            path.symlink_to(content.removeprefix("-> "))
        else:
            path.write_text(content, "utf-8")


@pytest.mark.parametrize("files", LAYOUTS.values(), ids=LAYOUTS)
def test_a_revision_reads_as_its_checkout(repo: Repository, files: Mapping[str, str]) -> None:
    path = repo.write("infra/projects.yaml", HEAD + "include: {'teams/*.yaml': {}}\n")
    lay_out(repo, files)
    repo.commit("v2")
    both = load_at("v2", path), load(path)
    then, now = ([project.model_copy(update={"location": ""}) for project in read.projects] for read in both)
    assert then == now
    assert names(both[0]) == {"find"}


def test_links_that_no_pattern_names_neither_fail_nor_are_their_targets_written(repo: Repository) -> None:
    """`*` matches the links, which lead to something in a checkout, be it no file of an inventory."""
    path = repo.write("infra/projects.yaml", HEAD + "include: {'*/find.yaml': {}}\n")
    links = {"readme": "-> docs/readme.md", "manual": "-> docs"}
    lay_out(repo, {"teams/find.yaml": FIND, "docs/readme.md": "", **links})
    repo.commit("v2")
    assert names(load_at("v2", path)) == {"find"}


@pytest.mark.parametrize("name", ["inventory", "projects.txt"])
def test_an_inventory_may_have_any_name(repo: Repository, name: str) -> None:
    path = repo.write(name, SEARCH)
    repo.commit("v2")
    assert names(load_at("v2", path)) == {"search"}


def test_an_inventory_that_is_a_link_and_one_in_a_linked_folder_are_followed_as_they_led_then(repo: Repository) -> None:
    lay_out(repo, {"now": "-> old", "old/p.yaml": "-> ../shared/old", "new/p.yaml": "-> ../shared/new"}, below="")
    repo.write("shared/old", inventory("old: {name: Old}"))
    repo.write("shared/new", inventory("new: {name: New}"))
    repo.commit("v2")
    (repo.folder / "now").unlink()
    (repo.folder / "now").symlink_to("new")
    path = repo.folder / "now/p.yaml"
    assert (names(load_at("v2", path)), names(load_at(str(path), path))) == ({"old"}, {"new"})
    for spelt in ("infra/../old/p.yaml", "old/p.yaml"):
        assert names(load_at("v2", repo.folder / spelt)) == {"old"}


def test_a_folder_that_is_linked_from_outside_of_the_repository(repo: Repository, tmp_path: Path) -> None:
    (tmp_path / "outside").symlink_to(repo.folder / "infra")
    assert names(load_at("v1", tmp_path / "outside/projects.yaml")) == {"search"}


def test_a_linked_worktree_a_bare_repository_and_a_sparse_checkout_have_all_revisions(
    repo: Repository, tmp_path: Path
) -> None:
    repo.commit("v2", projects=SEARCH)
    repo.git("worktree", "add", "--quiet", str(tmp_path / "other"), "v2")
    repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    repo.git("clone", "--quiet", "--sparse", ".", str(tmp_path / "sparse"))
    assert not (tmp_path / "sparse/infra").exists()
    for folder in ("other", "bare.git", "sparse"):
        assert names(load_at("v2", tmp_path / folder / "projects.yaml")) == {"search"}
    assert names(load_at("v1", tmp_path / "other/infra/projects.yaml")) == {"search"}


def test_reading_a_revision_leaves_the_repository_as_it_is(repo: Repository) -> None:
    """Its hooks do not run, and index and files are not touched."""
    hook = repo.folder / ".git/hooks/post-index-change"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch ran\n")
    hook.chmod(0o755)
    repo.git("config", "core.splitIndex", "true")
    before = {path: path.stat().st_mtime_ns for path in repo.folder.rglob("*")}
    assert names(load_at("v1", repo.folder / "infra/projects.yaml")) == {"search"}
    assert {path: path.stat().st_mtime_ns for path in repo.folder.rglob("*")} == before


def test_a_revision_has_the_line_ends_and_encodings_of_its_own_attributes(repo: Repository) -> None:
    repo.write(".gitattributes", "infra/*.yaml working-tree-encoding=UTF-16\n")
    (repo.folder / "infra/projects.yaml").write_text(SEARCH, "utf-16")
    repo.commit("v2")
    repo.write(".gitattributes", "")
    path = repo.folder / "infra/projects.yaml"
    with pytest.raises(InventoryError, match="the file looks like UTF-16"):
        load_at("v2", path)
    assert names(load_at("v1", path)) == {"search"}


def test_what_git_cannot_check_out_is_one_message(repo: Repository) -> None:
    repo.write(".gitattributes", "*.yaml filter=broken\n")
    repo.commit("v2")
    repo.git("config", "filter.broken.smudge", "false")
    repo.git("config", "filter.broken.required", "true")
    with pytest.raises(SettingsError, match=r"(?s)^the inventory at v2 cannot be checked out \(.*broken.*; check that"):
        load_at("v2", repo.folder / "infra/projects.yaml")


@pytest.mark.parametrize("target", ["{outside}", "../../elsewhere/teams", "/nowhere"])
def test_a_link_must_not_lead_out_of_the_repository(repo: Repository, tmp_path: Path, target: str) -> None:
    """What is there is of today and of this machine, not of the revision."""
    outside = tmp_path / "elsewhere/teams"
    outside.mkdir(parents=True)
    (outside / "find.yaml").write_text(FIND)
    (outside / "projects.yaml").write_text(SEARCH)
    target = target.format(outside=outside)
    path = repo.write("infra/projects.yaml", HEAD + "include: {'teams/*.yaml': {}}\n")
    lay_out(repo, {"teams": f"-> {target}", "inventory.yaml": f"-> {target}/projects.yaml"})
    repo.commit("v2")
    with pytest.raises(InventoryError, match=r"is outside of the folder|is a broken link|matches no file") as refused:
        load_at("v2", path)
    assert all(problem.file == "v2:infra/projects.yaml" for problem in refused.value.problems)
    with pytest.raises(SettingsError, match=r"is a link that leads out of the repository; name a file of a checkout"):
        load_at("v2", repo.folder / "infra/inventory.yaml")


@pytest.mark.parametrize(
    ("pattern", "submodule", "link"),
    [
        ("teams/*.yaml", "teams", ""),
        ("teams/**/*.yaml", "teams/search", ""),
        ("*/b/x.yaml", "teams", ""),
        ("teams/*.yaml", "vendor", "teams -> vendor/teams"),
        ("teams/*.yaml", "vendor", "teams/data.yaml -> ../vendor/data.yaml"),
    ],
)
def test_a_pattern_that_leads_into_a_submodule_is_refused(
    repo: Repository, tmp_path: Path, pattern: str, submodule: str, link: str
) -> None:
    path = repo.write("infra/projects.yaml", HEAD + f"include: {{'{pattern}': {{}}, 'real/*.yaml': {{}}}}\n")
    lay_out(repo, {"real/find.yaml": FIND})
    if link:
        lay_out(repo, dict([link.split(" ", 1)]))
    add_submodule(repo, tmp_path, f"infra/{submodule}")
    repo.commit("v2")
    with pytest.raises(InventoryError) as refused:
        load_at("v2", path)
    [problem] = refused.value.problems
    assert problem.path == f"include.{pattern}"
    assert "is in a git submodule, so the revision does not contain it; name a checked-out file" in problem.message
    assert problem.message.startswith("'v2:infra/")


def test_an_inventory_in_a_submodule_is_refused_and_a_submodule_elsewhere_is_not(
    repo: Repository, tmp_path: Path
) -> None:
    add_submodule(repo, tmp_path, "vendor")
    lay_out(repo, {"linked.yaml": "-> ../vendor/projects.yaml"})
    repo.commit("v2")
    assert names(load_at("v2", repo.folder / "infra/projects.yaml")) == {"search"}
    with pytest.raises(SettingsError, match=r"^v2:infra/linked\.yaml is in a git submodule, and the revision"):
        load_at("v2", repo.folder / "infra/linked.yaml")


def add_submodule(repo: Repository, tmp_path: Path, name: str) -> None:
    """Checked out, with a file that the pattern would match."""
    (tmp_path / "submodule").mkdir()
    other = repository(tmp_path / "submodule")
    other.commit("v1", b__x=FIND, teams__data=FIND, data=FIND, projects=SEARCH)
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.folder), name)


def test_what_git_leaves_out_of_an_archive_is_there_all_the_same(repo: Repository) -> None:
    repo.write(".gitattributes", "*.yaml export-ignore\n")
    repo.commit("v2")
    assert names(load_at("v2", repo.folder / "infra/projects.yaml")) == {"search"}


def test_problems_name_the_revision_and_the_path_in_the_repository_and_no_other_folder(repo: Repository) -> None:
    head = HEAD + "include: {teams/*.yaml: {tags: {}}}\n"
    entries = "projects: {search: {name: Search, nam: Search}}\n"
    repo.commit("v2", infra__projects=head, infra__teams__a=entries, infra__teams__b=entries)
    with pytest.raises(InventoryError) as caught:
        load_at("v2", repo.folder / "infra/projects.yaml")
    assert {problem.file for problem in caught.value.problems} == {"v2:infra/teams/a.yaml", "v2:infra/teams/b.yaml"}
    assert "first in v2:infra/teams/a.yaml:1" in str(caught.value)
    assert str(repo.folder) not in str(caught.value)


@pytest.mark.parametrize("place", ["v9", "--help", "", "v1:infra", "infra", "x" * 5000, "HEAD^7", "v1 v1"])
def test_what_is_neither_file_nor_revision_is_said_to_be_so(repo: Repository, place: str) -> None:
    with pytest.raises(SettingsError, match="is neither a file nor a git revision; name a path"):
        load_at(place, repo.folder / "infra/projects.yaml")


def test_a_revision_that_lacks_the_file_differs_from_one_that_does_not_exist(repo: Repository) -> None:
    with pytest.raises(SettingsError, match=r"^v1:infra/missing\.yaml does not exist in this revision; name"):
        load_at("v1", repo.folder / "infra/missing.yaml")


def test_a_folder_outside_of_any_repository_and_one_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(SettingsError, match="not a git repository"):
        load_at("v1", tmp_path / "projects.yaml")
    with pytest.raises(SettingsError, match=r"folder for revisions, .*missing, does not exist"):
        load_at("v1", tmp_path / "missing/projects.yaml")


@pytest.mark.parametrize("path", ["", os.devnull])
def test_without_git_the_message_says_so(repo: Repository, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setenv("PATH", path)
    with pytest.raises(SettingsError, match="git is not available"):
        load_at("v1", repo.folder / "infra/projects.yaml")
