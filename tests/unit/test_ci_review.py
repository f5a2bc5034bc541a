"""`bedrock-projects ci review` and `ci touched` on a git repository: the comment, and the environments of a change."""

import json
from pathlib import Path

import pytest

from bedrock_projects.ci.review_comment import LONGEST, comment, failure
from tests.unit.command_line import Done, Repository, inventory, repository, run, start

SEARCH = "search: {name: Search, tags: {CostCenter: CC-1}}"
NO_UTF8 = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
"""A locale without UTF-8, as Python sees it too."""


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    """`v0` has no inventory, `v1` has one and the file of a Pulumi program."""
    made = repository(tmp_path)
    made.write("README.md", "")
    made.commit("v0")
    made.commit("v1", projects=inventory(SEARCH), Pulumi="name: p\n")
    return made


def review(repo: Repository, *arguments: str) -> Done:
    return run("ci", "review", *arguments, folder=repo.folder)


def touched(repo: Repository, *arguments: str) -> object:
    done = run("ci", "touched", *arguments, folder=repo.folder)
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


@pytest.mark.parametrize(
    ("after", "code", "words"),
    [
        (inventory(SEARCH), 0, "No changes."),
        (inventory(SEARCH.replace("CC-1", "CC-2")), 0, "`CostCenter CC-1 → CC-2`"),
        (inventory(), 0, "2 changes, 2 irreversible."),
        (inventory("search: {nam: Search}"), 1, "~~~~text\nprojects.yaml:9:"),
    ],
    ids=["nothing", "changes", "irreversible", "invalid"],
)
def test_the_review_comment_fails_only_where_there_is_no_review(
    repo: Repository, after: str, code: int, words: str
) -> None:
    repo.write("projects.yaml", after)
    done = review(repo, "v1")
    assert (done.code, done.err) == (code, "")
    assert done.out.startswith("<!-- bedrock-projects review -->\n## ")
    assert words in done.out


def test_a_commit_is_reviewed_from_another_checkout_and_is_data_there(repo: Repository) -> None:
    """As in the pipeline: the base is checked out, and its code reads what the other commit has."""
    repo.write("bedrock_projects/__init__.py", "raise SystemExit('the code of the pull request ran')")
    repo.write("bedrock_projects/__main__.py", "")
    repo.commit("proposed", projects=inventory(SEARCH.replace("CC-1", "CC-2")))
    repo.write("projects.yaml", inventory("search: {nam: Search}"))
    repo.commit("wrong")
    repo.git("checkout", "--quiet", "--detach", "v1")
    assert "`CostCenter CC-1 → CC-2`" in review(repo, "HEAD", "proposed").out
    assert "~~~~text\nwrong:projects.yaml:9:" in review(repo, "HEAD", "wrong").out
    done = start("ci", "review", "HEAD", "proposed", folder=repo.folder)
    assert (done.code, done.err) == (0, "")
    repo.git("checkout", "--quiet", "--detach", "proposed")
    assert "the code of the pull request ran" in start("ci", "review", "HEAD", folder=repo.folder).err  # else, no proof


def test_the_first_inventory_has_a_comment_of_its_own_and_touches_everything(repo: Repository) -> None:
    done = review(repo, "v0")
    assert done.code == 0
    assert "the first `projects.yaml`" in done.out
    for before in ("v0", "0" * 40):  # as in the event of a push that makes a branch
        assert touched(repo, before) == ["dev", "prod"]


def test_a_first_inventory_that_is_invalid_is_not_called_new(repo: Repository) -> None:
    repo.write("projects.yaml", inventory("search: {nam: Search}"))
    assert review(repo, "v0").code == 1


def test_a_revision_that_is_not_here_is_not_taken_for_the_first_inventory(repo: Repository) -> None:
    """As in a shallow clone: nothing that is archived may be missing from a review."""
    done = review(repo, "0" * 40)
    assert done.code == 1
    assert "neither a file nor a git revision" in done.out


def test_an_inventory_behind_links_is_compared_and_not_taken_for_the_first(repo: Repository) -> None:
    (repo.folder / "infra").symlink_to("config")
    (repo.folder / "config").mkdir()
    (repo.folder / "config/linked.yaml").symlink_to("../projects.yaml")
    repo.commit("v2", projects=inventory(SEARCH, "chat: {name: Chat, environments: [dev]}"))
    repo.commit("v3", projects=inventory(SEARCH))
    for path in ("infra/linked.yaml", "config/linked.yaml", str(repo.folder / "infra/linked.yaml")):
        assert "1 change, 1 irreversible." in review(repo, "v2", "--inventory", path).out
        assert touched(repo, "v2", "--inventory", path) == ["dev"]
    (repo.folder / "infra").unlink()
    repo.commit("v4")
    assert "1 change, 1 irreversible." in review(repo, "v2", "--inventory", "config/linked.yaml").out


def test_a_comment_is_cut_before_it_is_too_long_in_any_locale(repo: Repository) -> None:
    entries = [f"p{number}: {{name: P{number}, tags: {{CostCenter: {'é' * 200}-{number}}}}}" for number in range(300)]
    repo.commit("v2", projects=inventory(*entries))
    repo.write("projects.yaml", inventory(*entries).replace("é-", "-"))
    done = start("ci", "review", "v2", folder=repo.folder, environment=NO_UTF8)
    assert done.code == 0
    assert 50_000 < len(done.out) < 65_536
    assert done.out.endswith("for the rest.\n")


def test_the_message_of_a_failure_cannot_end_its_own_block() -> None:
    assert failure("a\n~~~~~\nb").endswith("\n\n~~~~~~text\na\n~~~~~\nb\n~~~~~~")
    long = comment(failure("x" * 2 * LONGEST))
    assert long.endswith("for the rest.\n~~~~\n")
    assert len(long) < 65_536


def test_a_change_of_the_inventory_touches_its_environments(repo: Repository) -> None:
    repo.commit("v2", projects=inventory(SEARCH, "chat: {name: Chat, environments: [dev]}"))
    assert touched(repo, "v1") == ["dev"]
    assert touched(repo, "v2") == []


@pytest.mark.parametrize("other", ["dev-preview", "Dev-Preview"])
def test_no_pipeline_previews_one_environment_as_another_one(repo: Repository, other: str) -> None:
    """GitHub takes capitals in the name of an environment for small letters."""
    repo.commit("v2", projects=inventory(SEARCH).replace("  prod: {", f"  {other}: {{region: us-west-2}}\n  prod: {{"))
    done = run("ci", "touched", "v1", folder=repo.folder)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("pull requests could deploy: pipelines preview environment 'dev' as 'dev-preview'")


def test_what_is_touched_is_shared_out_among_jobs(repo: Repository) -> None:
    repo.commit("v2", projects=inventory(SEARCH.replace("CC-1", "CC-2")))
    assert touched(repo, "v1", "--shards", "1") == [{"shard": 1, "environments": ["dev", "prod"]}]
    both = [{"shard": number, "environments": [name]} for number, name in enumerate(["dev", "prod"], 1)]
    assert touched(repo, "v1", "--shards", "8") == both
    assert touched(repo, "v2", "--shards", "8") == []
    assert touched(repo, "v1", "--shards", "8", "--shard", "2") == ["prod"]
    assert touched(repo, "v1", "--shards", "8", "--shard", "3") == []
    assert run("ci", "touched", "v1", "--shard", "2", folder=repo.folder).code == 2


@pytest.mark.parametrize(
    "file",
    ["Pulumi.yaml", "__main__.py", "helpers.py", "requirements.txt", "uv.lock", "pyproject.toml", "components/a/b.py"],
)
def test_a_change_of_the_program_or_of_what_it_runs_on_touches_all_environments(repo: Repository, file: str) -> None:
    repo.commit("v2")
    repo.write(file, "name: q\n")
    repo.commit("v3")
    assert touched(repo, "v2") == ["dev", "prod"]
    (repo.folder / file).unlink()
    repo.write("Pulumi.yaml", "name: p\n")
    repo.commit("v4")
    assert touched(repo, "v3") == ["dev", "prod"]


@pytest.mark.parametrize("file", ["README.md", "scripts/report.py", "docs/requirements.txt", "Pulumi.md"])
def test_a_change_of_anything_else_touches_no_environment(repo: Repository, file: str) -> None:
    repo.write(file, "x\n")
    repo.commit("v2")
    assert touched(repo, "v1") == []


@pytest.mark.parametrize(
    ("project", "folder"),
    [("", "."), ("stackConfigDir: settings\n", "settings"), ("config: ./settings/\n", "settings")],
    ids=["next to Pulumi.yaml", "in a folder", "in a folder, as it was written before"],
)
def test_the_settings_of_a_stack_touch_the_environment_of_its_name(repo: Repository, project: str, folder: str) -> None:
    def touched_by(*files: str) -> object:
        for file in files:
            repo.write(file, (repo.folder / file).read_text("utf-8") + "# x\n" if (repo.folder / file).exists() else "")
        repo.git("add", "--all")
        repo.git("commit", "--quiet", "--message", "change")
        return touched(repo, "HEAD^")

    repo.write("Pulumi.yaml", f"name: p\n{project}")
    repo.write("projects.yaml", inventory(SEARCH, "chat: {name: Chat, environments: [prod]}"))
    touched_by("README.md")
    assert touched_by(f"{folder}/Pulumi.dev.yaml") == ["dev"]
    assert touched_by(f"{folder}/Pulumi.dev.yaml", f"{folder}/Pulumi.billing.yaml") == ["dev"]
    assert touched_by(f"{folder}/Pulumi.billing.yaml", "elsewhere/Pulumi.dev.yaml", "README.md") == []
    repo.write("projects.yaml", inventory(SEARCH))
    assert touched_by(f"{folder}/Pulumi.dev.yaml") == ["dev", "prod"]
    (repo.folder / folder / "Pulumi.dev.yaml").unlink()
    assert touched_by("README.md") == ["dev"]


def test_outside_a_repository_the_message_says_so(tmp_path: Path) -> None:
    (tmp_path / "projects.yaml").write_text(inventory(SEARCH), "utf-8")
    done = run("ci", "touched", "main", folder=tmp_path)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("this folder is not in a git repository")
