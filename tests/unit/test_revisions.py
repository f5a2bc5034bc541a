"""An inventory at a git revision is what the revision holds, wherever in the repository it lies."""

import os
from pathlib import Path

import pytest

from bedrock_projects.errors import InventoryError, SettingsError
from bedrock_projects.model import Inventory
from bedrock_projects.review.revisions import load_at
from tests.unit.command_line import HEAD, Repository, inventory, repository

SEARCH = inventory("search: {name: Search}")


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    made = repository(tmp_path)
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


def test_included_files_below_and_links_within_the_folder_are_followed(repo: Repository) -> None:
    head = HEAD + "include: {teams/*.yml: {tags: {}}}\n"
    path = repo.write("infra/projects.yaml", head)
    repo.write("infra/shared/real.yml", "projects: {find: {name: Find}}\n")
    (repo.folder / "infra/teams").mkdir()
    (repo.folder / "infra/teams/find.yml").symlink_to("../shared/real.yml")
    repo.commit("v2")
    assert names(load_at("v2", path)) == {"find"}


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


def test_a_revision_that_lacks_the_file_is_told_from_one_that_does_not_exist(repo: Repository) -> None:
    with pytest.raises(SettingsError, match=r"^v1:infra/missing\.yaml does not exist, though v1 is a revision; name"):
        load_at("v1", repo.folder / "infra/missing.yaml")


def test_a_folder_outside_of_any_repository_and_one_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(SettingsError, match="not a git repository"):
        load_at("v1", tmp_path / "projects.yaml")
    with pytest.raises(SettingsError, match=r"there is no folder .*missing"):
        load_at("v1", tmp_path / "missing/projects.yaml")


@pytest.mark.parametrize("path", ["", os.devnull])
def test_a_machine_without_git_is_told_so(repo: Repository, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setenv("PATH", path)
    with pytest.raises(SettingsError, match="there is no git"):
        load_at("v1", repo.folder / "infra/projects.yaml")
