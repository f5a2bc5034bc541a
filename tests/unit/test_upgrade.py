"""`bedrock-projects upgrade`: what it says, which files it writes, and which it leaves to the team."""

import hashlib
import io
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bedrock_projects.projects.changes import DeclaredProject, ManagedProject
from bedrock_projects.stacks.state import StackState
from bedrock_projects.template.pins import Pin, installed_version, requirements
from bedrock_projects.template.rendering import NewRepository
from bedrock_projects.upgrade.files import OF_THE_TEAM, file_changes, pinned_version, sha256
from bedrock_projects.upgrade.state_changes import state_changes
from tests.documents import ROOT
from tests.expected import Expected
from tests.unit.command_line import Done, run
from tests.unit.wheels import empty_wheel, fake_uv

OLD, NEW = Pin(version="1.0.0", hash="a" * 64), Pin(version="2.0.0", hash="b" * 64)
REPOSITORY = NewRepository(name="acme", region="us-west-2", toolchain="pip", pin=NEW)
UV = replace(REPOSITORY, toolchain="uv")
SEARCH = DeclaredProject(
    key="search", name="Search", region="us-west-2", owner="a/b/search", owner_tag_key="bedrock-project"
)


def written(repository: NewRepository, *, pin: Pin = OLD, edited: Mapping[str, str] = {}) -> dict[str, str]:
    """The files of a repository that was made with that pin, some of them edited."""
    return {**replace(repository, pin=pin).files(), **edited}


@pytest.mark.parametrize("repository", [REPOSITORY, UV], ids=["pip", "uv"])
def test_of_a_repository_that_nobody_edited_only_the_pin_moves(repository: NewRepository) -> None:
    present = written(repository)
    assert pinned_version(present) == "1.0.0"
    [change] = file_changes(present, repository, wheels={}, former={})
    assert change.action == "rewritten"
    assert pinned_version({change.path: change.text}) == "2.0.0"
    assert file_changes({**present, change.path: change.text}, repository, wheels={}, former={}) == []


def test_what_the_team_added_to_its_requirements_stays() -> None:
    own = written(REPOSITORY)["requirements.txt"] + "requests==2.32.0 --hash=sha256:00\n"
    [change] = file_changes(written(REPOSITORY, edited={"requirements.txt": own}), REPOSITORY, wheels={}, former={})
    assert change.text == own.replace("1.0.0", "2.0.0").replace("a" * 64, "b" * 64)


def test_a_pin_that_the_team_moved_itself_is_unchanged() -> None:
    own = written(REPOSITORY, pin=NEW)["requirements.txt"] + "requests==2.32.0 --hash=sha256:00\n"
    present = written(REPOSITORY, pin=NEW, edited={"requirements.txt": own})
    assert file_changes(present, REPOSITORY, wheels={}, former={}) == []


@pytest.mark.parametrize("path", OF_THE_TEAM)
def test_what_is_the_team_s_is_left_alone(path: str) -> None:
    present = written(REPOSITORY, pin=NEW, edited={path: "edited"})
    assert file_changes(present, REPOSITORY, wheels={}, former={}) == []


def test_an_edited_file_is_kept_and_its_difference_shown() -> None:
    present = written(REPOSITORY, pin=NEW, edited={"__main__.py": "print()\n"})
    [change] = file_changes(present, REPOSITORY, wheels={}, former={})
    assert (change.path, change.action, change.text) == ("__main__.py", "kept", "")
    assert {"-print()", "+deploy()"} <= {*change.diff}


def test_a_file_as_an_earlier_template_had_it_is_rewritten() -> None:
    former = {"__main__.py": {sha256("old\n")}}
    present = written(REPOSITORY, pin=NEW, edited={"__main__.py": "old\n"})
    [change] = file_changes(present, REPOSITORY, wheels={}, former=former)
    assert (change.action, change.text) == ("rewritten", REPOSITORY.files()["__main__.py"])


def test_the_next_version_knows_the_files_of_this_one(expected: Expected) -> None:
    """So it rewrites those that nobody edited; entries of released versions stay as they are."""
    file = ROOT / "bedrock_projects/upgrade/former.json"
    made = [repository.files() for repository in (REPOSITORY, UV, replace(REPOSITORY, name="b"), replace(UV, name="b"))]
    paths = {*made[0], *made[1]} - {*OF_THE_TEAM, "requirements.txt", "pyproject.toml"}
    hashes = {path: sorted({sha256(files[path]) for files in made if path in files}) for path in paths}
    versions = {**json.loads(file.read_text("utf-8")), installed_version(): hashes}
    expected.check_file(file, json.dumps(versions, indent=2, sort_keys=True) + "\n")
    workflow = ".github/workflows/bedrock-projects.yml"
    assert {path: len(kept) for path, kept in hashes.items()} == {path: 1 + (path == workflow) for path in paths}


def test_a_missing_file_is_added() -> None:
    present = written(REPOSITORY, pin=NEW)
    del present["dependencies.txt"]
    assert [(change.path, change.action) for change in file_changes(present, REPOSITORY, wheels={}, former={})] == [
        ("dependencies.txt", "added")
    ]


OURS = {version: f"bedrock_projects-{version}-py3-none-any.whl" for version in ("1.0.0", "2.0.0")}
LOCAL = replace(NEW, wheel=OURS["2.0.0"])
OTHER = {"vendor-1.0-py3-none-any.whl": "c" * 64}
WHEEL_MOVES: dict[str, tuple[Pin, dict[str, str], list[tuple[str, str]]]] = {
    "the first": (LOCAL, {}, [("added", OURS["2.0.0"])]),
    "a newer one": (LOCAL, {OURS["1.0.0"]: OLD.hash}, [("added", OURS["2.0.0"]), ("removed", OURS["1.0.0"])]),
    "another build": (LOCAL, {OURS["2.0.0"]: OLD.hash}, [("rewritten", OURS["2.0.0"])]),
    "the same": (LOCAL, {OURS["2.0.0"]: NEW.hash}, []),
    "to the index": (NEW, {OURS["1.0.0"]: OLD.hash, **OTHER}, [("removed", OURS["1.0.0"])]),
    "none": (NEW, OTHER, []),
}


@pytest.mark.parametrize(("pin", "wheels", "moves"), WHEEL_MOVES.values(), ids=WHEEL_MOVES)
def test_the_folder_of_wheels_has_the_pinned_one(
    pin: Pin, wheels: dict[str, str], moves: list[tuple[str, str]]
) -> None:
    new = replace(REPOSITORY, pin=pin)
    changes = file_changes(written(new, pin=pin), new, wheels=wheels, former={})
    assert [(change.action, change.path) for change in changes] == [
        (action, f"wheels/{name}") for action, name in moves
    ]


def test_a_wheel_stays_if_the_team_must_move_the_pin_itself() -> None:
    new = replace(REPOSITORY, pin=LOCAL)
    present = written(new, edited={"requirements.txt": "bedrock-projects @ file:wheels/x.whl\n"})
    changes = file_changes(present, new, wheels={OURS["1.0.0"]: OLD.hash}, former={})
    assert [(change.action, change.path) for change in changes] == [
        ("kept", "requirements.txt"),
        ("added", f"wheels/{OURS['2.0.0']}"),
    ]


def state_of(*entries: DeclaredProject) -> StackState:
    return StackState({entry.key: ManagedProject(id=f"proj_{entry.key}", declared=entry) for entry in entries})


def test_a_state_is_compared_with_what_this_version_declares() -> None:
    others = [replace(SEARCH, key=key, owner=f"a/b/{key}") for key in ("chat", "new")]
    state = state_of(SEARCH, others[0])
    now = [replace(entry, stack="organization/a/dev") for entry in (SEARCH, *others)]
    assert [*state_changes(now, state)] == ["2 projects: the tag bedrock-project-stack is set"]
    assert [*state_changes([SEARCH], state)] == []
    changed = replace(SEARCH, name="Other", tags={"Team": "a"}, data_retention="none", on_remove="release")
    assert [*state_changes([changed], state)] == [
        "1 project: on_remove changes in the state only",
        "1 project: the data retention changes",
        "1 project: the name changes",
        "1 project: the tag Team is set",
    ]
    assert [*state_changes([SEARCH], state_of(changed))][-1] == ("1 project: the tag Team is removed")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository that `init` wrote with another wheel, and the wheel of a newer version."""
    old, new = (tmp_path / f"bedrock_projects-{version}-py3-none-any.whl" for version in ("1.0.0", "2.0.0"))
    old.write_bytes(b"old")
    new.write_bytes(b"new")
    given = ["--name", "acme", "--region", "us-west-2", "--wheel", str(old)]
    assert run("init", "team", *given, folder=tmp_path).code == 0
    (tmp_path / "team" / "Pulumi.prod.yaml").unlink()
    return tmp_path / "team"


def upgrade(folder: Path, *arguments: str) -> Done:
    return run("upgrade", "--wheel", "../bedrock_projects-2.0.0-py3-none-any.whl", *arguments, folder=folder)


def test_it_says_what_changes_and_then_writes_it(folder: Path) -> None:
    done = upgrade(folder, "--yes")
    assert done.code == 0, done.err
    assert done.out.startswith("1.0.0 → 2.0.0\nInventory\n  valid without warnings\nStates, at the next `pulumi up`\n")
    assert "  rewritten requirements.txt\n" in done.out
    assert "==2.0.0" in (folder / "requirements.txt").read_text("utf-8")
    assert [path.name for path in (folder / "wheels").iterdir()] == ["bedrock_projects-2.0.0-py3-none-any.whl"]
    again = upgrade(folder, "--yes")
    assert (again.code, again.out.splitlines()[-1]) == (0, "Nothing to write.")


def package_index(folder: Path) -> str:
    """A folder that pip takes for an index: it has the wheel of the installed version; the SHA-256 of the wheel."""
    folder.mkdir()
    return hashlib.sha256(empty_wheel(folder).read_bytes()).hexdigest()


def test_a_pin_moves_from_a_file_to_the_index_and_back(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`pulumi install` finds the wheel each time: where it is, and with its hash."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder.parent / "index"))
    hash_ = package_index(folder.parent / "index")
    local = (folder / "requirements.txt").read_text("utf-8")
    done = run("upgrade", "--yes", folder=folder)
    assert done.code == 0, done.err
    assert "  removed   wheels/bedrock_projects-1.0.0-py3-none-any.whl\n" in done.out
    assert not (folder / "wheels").exists()
    index = Pin(version=installed_version(), hash=hash_)
    assert (folder / "requirements.txt").read_text("utf-8") == requirements(index)
    done = run("upgrade", "--yes", "--wheel", f"../{OURS['1.0.0']}", folder=folder)
    assert done.code == 0, done.err
    assert f"  added     wheels/{OURS['1.0.0']}\n" in done.out
    assert [path.name for path in (folder / "wheels").iterdir()] == [OURS["1.0.0"]]
    assert (folder / "requirements.txt").read_text("utf-8") == local


def test_a_wheel_that_the_team_put_there_itself_is_pinned(folder: Path) -> None:
    (folder.parent / OURS["2.0.0"]).rename(folder / "wheels" / OURS["2.0.0"])
    done = run("upgrade", "--yes", "--wheel", f"wheels/{OURS['2.0.0']}", folder=folder)
    assert (done.code, [path.name for path in (folder / "wheels").iterdir()]) == (0, [OURS["2.0.0"]])


def test_a_repository_of_uv_is_locked_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(fake_uv(tmp_path / "bin")), prepend=os.pathsep)
    for version in OURS.values():
        (tmp_path / version).write_bytes(version.encode())
    given = ["--name", "acme", "--region", "us-west-2", "--toolchain", "uv", "--wheel", OURS["1.0.0"]]
    assert run("init", "team", *given, folder=tmp_path).code == 0
    folder = tmp_path / "team"
    (folder / "uv.lock").unlink()
    assert upgrade(folder, "--yes").code == 0
    assert (folder / "uv.lock").read_text("utf-8") == "lock --quiet --upgrade-package bedrock-projects\n"
    assert '"bedrock-projects==2.0.0"' in (folder / "pyproject.toml").read_text("utf-8")
    (folder / "uv.lock").unlink()
    assert upgrade(folder, "--yes").out.endswith("Nothing to write.\n")
    assert not (folder / "uv.lock").exists()
    monkeypatch.setenv("PATH", str(folder))
    done = upgrade(folder, "--yes")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("uv is not on PATH")


def test_warnings_of_the_inventory_are_shown_and_stacks_without_its_projects_left_out(folder: Path) -> None:
    (folder / "Pulumi.billing.yaml").write_text("config: {acme:scope: billing, acme:environment: dev}\n", "utf-8")
    (folder / "Pulumi.other.yaml").write_text("config: {aws:region: us-west-2}\n", "utf-8")
    more = "tags: {Team: A}, environments: [dev]"
    entries = f"projects: {{a: {{name: One, {more}}}, b: {{name: one, {more}}}}}\n"
    inventory = folder / "projects.yaml"
    inventory.write_text(inventory.read_text("utf-8").replace("projects: {}\n", entries), "utf-8")
    done = upgrade(folder, "--yes")
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    warnings = lines[lines.index("Inventory") + 1 : lines.index("States, at the next `pulumi up`")]
    assert [line.partition("projects.yaml:")[0] for line in warnings] == ["  warning: "]
    states = lines[lines.index("States, at the next `pulumi up`") + 1 : lines.index("Files")]
    assert [line.partition(":")[0] for line in states] == ["  dev"]


def test_a_wheel_that_cannot_be_kept_changes_nothing(folder: Path) -> None:
    shutil.rmtree(folder / "wheels")
    (folder / "wheels").write_text("", "utf-8")
    before = (folder / "requirements.txt").read_text("utf-8")
    done = upgrade(folder, "--yes")
    assert (done.code, done.err.splitlines()[-1].partition(": ")[2]) == (1, "File exists")
    assert (folder / "requirements.txt").read_text("utf-8") == before


def test_nothing_is_written_before_it_is_confirmed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert upgrade(folder).code == 1
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("projects.yaml", "version: 1\n", "`inventory` is missing"),
        ("Pulumi.yaml", None, "this folder has no Pulumi.yaml"),
        ("Pulumi.yaml", "[]", "has no `name` and `runtime`"),
    ],
)
def test_what_cannot_be_upgraded_is_one_message(folder: Path, file: str, text: str | None, words: str) -> None:
    (folder / file).unlink() if text is None else (folder / file).write_text(text, "utf-8")
    done = upgrade(folder, "--yes")
    assert (done.code, done.out) == (1, "")
    assert words in done.err
    assert "==1.0.0" in (folder / "requirements.txt").read_text("utf-8")


def test_a_copy_that_git_does_not_have_is_not_removed(folder: Path) -> None:
    (folder / "bedrock_projects" / "resources").mkdir(parents=True)
    (folder / "bedrock_projects" / "resources" / "project.py").write_text("", "utf-8")
    done = upgrade(folder, "--yes")
    assert done.code == 1
    assert "commit bedrock_projects first" in done.err
    assert (folder / "bedrock_projects").exists()
