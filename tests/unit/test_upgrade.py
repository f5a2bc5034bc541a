"""`bedrock-projects upgrade`: what it says, which files it writes, and which it leaves to the team."""

import hashlib
import io
import os
import re
import shutil
from collections.abc import Collection, Mapping
from dataclasses import replace
from importlib.metadata import metadata, requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from bedrock_projects.errors import SettingsError
from bedrock_projects.projects.changes import DeclaredProject, ManagedProject
from bedrock_projects.stacks.state import StackState
from bedrock_projects.template.pins import Pin, installed_version, requirements
from bedrock_projects.template.rendering import EXTRAS, NewRepository, Toolchain
from bedrock_projects.upgrade.copies import check_programs
from bedrock_projects.upgrade.files import (
    OF_THE_TEAM,
    WITH_THE_PIN,
    FileChange,
    file_changes,
    pinned_version,
    sha256_of_text,
)
from bedrock_projects.upgrade.former import LIST, as_lines, current_files, former_files
from bedrock_projects.upgrade.state_changes import state_changes
from tests.documents import ROOT
from tests.unit.command_line import Done, Repository, repository, run
from tests.unit.wheels import empty_wheel, fake_uv

FORMER, VERSION = "0.1.9", installed_version()
THIS = f"bedrock_projects-{VERSION}-py3-none-any.whl"
STATES = ROOT / "tests" / "engine" / "states"
OLD, NEW = Pin(version="1.0.0", hash="a" * 64), Pin(version="2.0.0", hash="b" * 64)
REPOSITORY = NewRepository(name="acme", region="us-west-2", toolchain="pip", pin=NEW)
UV = replace(REPOSITORY, toolchain="uv")
SEARCH = DeclaredProject(
    key="search", name="Search", region="us-west-2", owner="a/b/search", owner_tag_key="bedrock-project"
)


def written(repository: NewRepository, *, pin: Pin = OLD, edited: Mapping[str, str] = {}) -> dict[str, str]:
    """The files of a repository that was made with that pin, some of them edited."""
    return {**replace(repository, pin=pin).files(), **edited}


def changes_of(
    present: Mapping[str, str],
    new: NewRepository,
    *,
    wheels: Mapping[str, str],
    former: Mapping[str, Collection[str]] = {},
) -> list[FileChange]:
    return file_changes(present, new, wheels=wheels, former=former)


@pytest.mark.parametrize("repository", [REPOSITORY, UV], ids=["pip", "uv"])
def test_of_a_repository_that_nobody_edited_only_the_pin_moves(repository: NewRepository) -> None:
    present = written(repository)
    assert pinned_version(present) == "1.0.0"
    [change] = changes_of(present, repository, wheels={})
    assert change.action == "rewritten"
    assert pinned_version({change.path: change.text}) == "2.0.0"
    assert changes_of({**present, change.path: change.text}, repository, wheels={}) == []


def test_what_the_team_added_to_its_requirements_stays() -> None:
    own = written(REPOSITORY)["requirements.txt"] + "requests==2.32.0 --hash=sha256:00\n"
    [change] = changes_of(written(REPOSITORY, edited={"requirements.txt": own}), REPOSITORY, wheels={})
    assert change.text == own.replace("1.0.0", "2.0.0").replace("a" * 64, "b" * 64)


def test_a_pin_that_the_team_moved_itself_is_unchanged() -> None:
    own = written(REPOSITORY, pin=NEW)["requirements.txt"] + "requests==2.32.0 --hash=sha256:00\n"
    present = written(REPOSITORY, pin=NEW, edited={"requirements.txt": own})
    assert file_changes(present, REPOSITORY, wheels={}, former={}) == []


@pytest.mark.parametrize("path", OF_THE_TEAM)
def test_what_is_the_team_s_is_left_alone(path: str) -> None:
    present = written(REPOSITORY, pin=NEW, edited={path: "edited"})
    assert changes_of(present, REPOSITORY, wheels={}) == []


def test_an_edited_file_is_kept_and_its_difference_shown() -> None:
    present = written(REPOSITORY, pin=NEW, edited={"__main__.py": "print()\n"})
    [change] = changes_of(present, REPOSITORY, wheels={})
    assert (change.path, change.action, change.text) == ("__main__.py", "kept", "")
    assert {"-print()", "+deploy()"} <= {*change.diff}


def test_a_file_as_an_earlier_template_had_it_is_rewritten() -> None:
    former = {"__main__.py": {hashlib.sha256(b"old\n").hexdigest()}}
    present = written(REPOSITORY, pin=NEW, edited={"__main__.py": "old\n"})
    [change] = file_changes(present, REPOSITORY, wheels={}, former=former)
    assert (change.action, change.text) == ("rewritten", REPOSITORY.files()["__main__.py"])


def test_a_file_that_has_to_fit_the_version_is_rewritten_even_if_edited() -> None:
    edited = dict.fromkeys(WITH_THE_PIN, "edited\n")
    for new in (REPOSITORY, UV):
        files = new.files()
        present = written(new, pin=NEW, edited={path: edited[path] for path in edited if path in files})
        [change] = changes_of(present, new, wheels={})
        assert (change.action, change.text) == ("rewritten", files[change.path])
        assert "-edited" in change.diff


def test_each_file_that_a_version_writes_is_recognised_by_the_next() -> None:
    """A failure here: `make generate` adds today's files to the list."""
    former = former_files()
    assert {path for path, hashes in current_files().items() if not hashes <= former[path]} == set()
    for path, name in {"__main__.py": "__main__.py.txt", ".gitignore": "gitignore.txt"}.items():
        assert sha256_of_text((STATES / "0.1-copy" / name).read_text("utf-8")) in former[path]


def test_the_list_of_former_files_is_as_it_is_written() -> None:
    assert LIST.read_text("utf-8") == as_lines(former_files())


def test_a_missing_file_is_added() -> None:
    present = written(REPOSITORY, pin=NEW)
    del present["dependencies.txt"]
    assert [(change.path, change.action) for change in changes_of(present, REPOSITORY, wheels={})] == [
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
    changes = changes_of(written(new, pin=pin), new, wheels=wheels)
    assert [(change.action, change.path) for change in changes] == [
        (action, f"wheels/{name}") for action, name in moves
    ]


@pytest.mark.parametrize(
    ("repository", "edited"),
    [
        (REPOSITORY, {"requirements.txt": "bedrock-projects @ file:wheels/x.whl\n"}),
        (UV, {"pyproject.toml": '[project]\nname = "acme"\n'}),
    ],
    ids=["pip", "uv"],
)
def test_a_pin_that_cannot_be_moved_is_refused(repository: NewRepository, edited: Mapping[str, str]) -> None:
    present = written(repository, edited=edited)
    [path] = edited
    with pytest.raises(SettingsError, match=f"^{path} has no pin of bedrock-projects that ") as error:
        changes_of(present, repository, wheels={})
    assert "2.0.0" in str(error.value)


PROGRAM = REPOSITORY.files()["__main__.py"]
OF_A_COPY = (STATES / "0.1-copy" / "__main__.py.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("from components import deploy\ndeploy()\n", "components"),
        ("import components.opt_in as opt_in\n", "components.opt_in"),
        ("from bedrock_projects import pulumi, inventory\n", "bedrock_projects.inventory"),
        (OF_A_COPY, "bedrock_projects.activation and bedrock_projects.errors"),
        ("def later():\n    import bedrock_projects\n", "bedrock_projects"),
        (PROGRAM, None),
        ("from bedrock_projects import pulumi\nfrom bedrock_projects.resources.project import Project\n", None),
        ("import pulumi\nimport components_of_ours\nfrom . import deploy\n", None),
        ("deploy(\n", None),
    ],
)
def test_a_program_that_needs_a_removed_folder_is_refused(text: str, gone: str | None) -> None:
    if gone is None:
        check_programs({"__main__.py": text}, PROGRAM)
        return
    with pytest.raises(SettingsError) as error:
        check_programs({"__main__.py": text}, PROGRAM)
    assert str(error.value).startswith(f"__main__.py imports {gone}")
    assert "\n  from bedrock_projects.pulumi import deploy\n  \n  deploy()" in str(error.value)


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


def team(parent: Path, toolchain: Toolchain = "pip") -> Path:
    """A repository of an earlier version, and the wheel of this one next to it."""
    old, folder = empty_wheel(parent, FORMER), parent / "team"
    empty_wheel(parent)
    pin = Pin(version=FORMER, hash=hashlib.sha256(old.read_bytes()).hexdigest(), wheel=old.name)
    for path, text in replace(REPOSITORY, toolchain=toolchain, pin=pin).files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    (folder / "wheels").mkdir()
    old.rename(folder / "wheels" / old.name)
    (folder / "Pulumi.prod.yaml").unlink()
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return team(tmp_path)


def upgrade(folder: Path, *arguments: str) -> Done:
    return run("upgrade", "--wheel", f"../{THIS}", *arguments, folder=folder)


def test_it_says_what_changes_and_then_writes_it(folder: Path) -> None:
    done = upgrade(folder, "--yes")
    assert done.code == 0, done.err
    assert done.out.startswith(
        f"{FORMER} → {VERSION}\nInventory\n  valid without warnings\nStates, at the next `pulumi up`\n"
    )
    assert "  rewritten requirements.txt\n" in done.out
    assert f"=={VERSION}" in (folder / "requirements.txt").read_text("utf-8")
    assert [path.name for path in (folder / "wheels").iterdir()] == [THIS]
    again = upgrade(folder, "--yes")
    assert (again.code, again.out.splitlines()[-1]) == (0, "Nothing to write.")


@pytest.mark.parametrize(("pinned", "is_newer"), [("0.10.0", True), ("1.0.0rc1", True), (FORMER, False), ("x", False)])
def test_a_repository_of_a_newer_version_is_refused(folder: Path, pinned: str, is_newer: bool) -> None:
    """The files of this version would not fit its inventory and its states."""
    requirements_ = folder / "requirements.txt"
    requirements_.write_text(requirements_.read_text("utf-8").replace(FORMER, pinned), "utf-8")
    done = upgrade(folder, "--yes")
    assert done.code == int(is_newer)
    if is_newer:
        assert done.err.startswith(f"this repository is of {pinned}, and this command is of {VERSION}; run the command")
        assert f"=={pinned}" in requirements_.read_text("utf-8")


def package_index(folder: Path) -> str:
    """A folder that pip takes for an index: it has the wheel of the installed version; the SHA-256 of the wheel."""
    folder.mkdir()
    return hashlib.sha256(empty_wheel(folder).read_bytes()).hexdigest()


def test_a_pin_moves_from_a_file_to_the_index_and_back(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`pulumi install` finds the wheel each time: where it is, and with its hash."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder.parent / "index"))
    hash_ = package_index(folder.parent / "index")
    done = run("upgrade", "--yes", folder=folder)
    assert done.code == 0, done.err
    assert f"  removed   wheels/bedrock_projects-{FORMER}-py3-none-any.whl\n" in done.out
    assert not (folder / "wheels").exists()
    index = Pin(version=VERSION, hash=hash_)
    assert (folder / "requirements.txt").read_text("utf-8") == requirements(index)
    done = upgrade(folder, "--yes")
    assert done.code == 0, done.err
    assert f"  added     wheels/{THIS}\n" in done.out
    assert [path.name for path in (folder / "wheels").iterdir()] == [THIS]
    assert (folder / "requirements.txt").read_text("utf-8") == requirements(replace(index, wheel=THIS))


def test_a_wheel_that_the_team_put_there_itself_is_pinned(folder: Path) -> None:
    (folder.parent / THIS).rename(folder / "wheels" / THIS)
    done = run("upgrade", "--yes", "--wheel", f"wheels/{THIS}", folder=folder)
    assert (done.code, [path.name for path in (folder / "wheels").iterdir()]) == (0, [THIS])


def test_a_repository_of_uv_is_locked_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(fake_uv(tmp_path / "bin")), prepend=os.pathsep)
    folder = team(tmp_path, "uv")
    assert upgrade(folder, "--yes").code == 0
    assert (folder / "uv.lock").read_text("utf-8") == "lock --quiet --upgrade-package bedrock-projects\n"
    assert f'"bedrock-projects=={VERSION}"' in (folder / "pyproject.toml").read_text("utf-8")
    (folder / "uv.lock").unlink()
    assert upgrade(folder, "--yes").out.endswith("Nothing to write.\n")
    assert not (folder / "uv.lock").exists()
    monkeypatch.setenv("PATH", str(folder))
    done = upgrade(folder, "--yes")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("uv is not on PATH")


def test_an_extra_brings_what_it_needs_and_takes_it_away_again(folder: Path) -> None:
    """The team writes the extra where the package is pinned; the wheel of this version is there already."""
    assert upgrade(folder, "--yes").code == 0
    pins, lock = folder / "requirements.txt", folder / "dependencies.txt"
    without, plain = pins.read_text("utf-8"), lock.read_text("utf-8")
    pins.write_text(without.replace("bedrock-projects==", "bedrock-projects[aws]=="), "utf-8")
    done = run("upgrade", "--yes", folder=folder)
    assert done.code == 0, done.err
    assert done.out.endswith("Files\n  rewritten dependencies.txt\n")
    assert lock.read_text("utf-8").startswith(plain)
    assert re.findall(r"^(\S+)==", lock.read_text("utf-8").removeprefix(plain), re.MULTILINE) == ["pulumi-aws"]
    assert "bedrock-projects[aws]==" in pins.read_text("utf-8")
    pins.write_text(without, "utf-8")
    assert run("upgrade", "--yes", folder=folder).code == 0
    assert lock.read_text("utf-8") == plain


def needed(requirement: Requirement, extra: str, seen: dict[str, str]) -> dict[str, str]:
    """Name → version of what the requirement needs on this Python, itself included."""
    name = re.sub(r"[-_.]+", "-", requirement.name).lower()
    if (requirement.marker and not requirement.marker.evaluate({"extra": extra})) or name in seen:
        return seen
    seen[name] = version(name)
    for other in requires(name) or ():
        needed(Requirement(other), "", seen)
    return seen


@pytest.mark.parametrize("extra", EXTRAS)
def test_each_package_that_an_extra_needs_is_pinned(extra: str) -> None:
    text = replace(REPOSITORY, extras=(extra,)).files()["dependencies.txt"]
    pinned = re.findall(r"^(\S+)==(\S+)(?: ;.*)? \\\n    --hash", text, re.MULTILINE)
    for other in requires("bedrock-projects") or ():
        if f"extra == '{extra}'" in other:
            for name, version_ in needed(Requirement(other), extra, {}).items():
                assert (name, version_) in pinned


def test_each_extra_of_the_package_is_known() -> None:
    assert {*metadata("bedrock-projects").get_all("Provides-Extra", [])} - {"dev"} == {*EXTRAS}


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


def test_the_inventories_that_the_program_and_its_stacks_name_are_read(folder: Path) -> None:
    pulumi = folder / "Pulumi.yaml"
    pulumi.write_text(pulumi.read_text("utf-8").replace("default: projects.yaml", "default: ours.yaml"), "utf-8")
    contents = (folder / "projects.yaml").read_text("utf-8")
    (folder / "projects.yaml").rename(folder / "ours.yaml")
    theirs = contents.replace("projects: {}\n", "projects: {a: {name: One, tags: {Team: A}, environments: [dve]}}\n")
    (folder / "Pulumi.dev.yaml").write_text("config: {acme:inventory: theirs.yaml}\n", "utf-8")
    for text, words in ((theirs, "theirs.yaml:"), (contents, "")):
        (folder / "theirs.yaml").write_text(text, "utf-8")
        done = upgrade(folder, "--yes")
        assert (done.code, done.err.startswith(words)) == (1 if words else 0, True), done.err
    assert "  dev: " in done.out
    assert not (folder / "projects.yaml").exists()


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
        ("Pulumi.yaml", None, "run this in the folder of the Pulumi program"),
        ("Pulumi.yaml", "[]", "Pulumi.yaml is not a mapping"),
        ("Pulumi.yaml", "runtime: python", "Pulumi.yaml has no `name`"),
        ("Pulumi.yaml", "name: \xff", "Pulumi.yaml cannot be read"),
        ("Pulumi.yaml", "name: p\nx: 2026-99-99", "Pulumi.yaml cannot be read"),
        ("Pulumi.yaml", "name: p\nx: " + "[" * 10_000, "Pulumi.yaml cannot be read"),
        ("dependencies.txt", "\xff", "dependencies.txt cannot be read: it is not UTF-8"),
    ],
)
def test_what_cannot_be_upgraded_is_one_message(folder: Path, file: str, text: str | None, words: str) -> None:
    (folder / file).unlink() if text is None else (folder / file).write_text(text, "latin-1")
    done = upgrade(folder, "--yes")
    assert (done.code, done.out) == (1, "")
    assert words in done.err
    assert f"=={FORMER}" in (folder / "requirements.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("linked", "exists"),
    [("requirements.txt", True), ("wheels", True), ("wheels", False), (".github", False), ("dependencies.txt", False)],
)
def test_no_link_leads_what_is_written_out_of_the_repository(folder: Path, linked: str, exists: bool) -> None:
    """A repository of somebody else may have such a link."""
    link, outside = folder / linked, folder.parent / "outside"
    link.rename(outside)
    link.symlink_to(outside)
    if not exists:
        shutil.rmtree(outside) if outside.is_dir() else outside.unlink()
    before = {path: path.read_bytes() for path in folder.parent.rglob("*") if path.is_file()}
    done = upgrade(folder, "--yes")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(linked)
    assert "a link that leads out of this folder" in done.err
    assert {path: path.read_bytes() for path in folder.parent.rglob("*") if path.is_file()} == before


@pytest.fixture
def copy(folder: Path) -> Repository:
    """That repository with the folders of a copy of 0.1.0, and git."""
    made = repository(folder)
    for path in ("bedrock_projects/resources/project.py", "components/__init__.py"):
        made.write(path, "")
    return made


def test_a_copy_that_git_does_not_have_is_not_removed(copy: Repository) -> None:
    done = upgrade(copy.folder, "--yes")
    assert (done.code, done.out) == (1, "")
    assert "commit bedrock_projects and components first" in done.err
    assert (copy.folder / "bedrock_projects").exists()


@pytest.mark.parametrize("ignored", ["/components", "*.txt"])
def test_a_copy_that_git_ignores_in_part_or_whole_is_not_removed(copy: Repository, ignored: str) -> None:
    copy.write("bedrock_projects/__pycache__/module.cpython-311.pyc", "")
    copy.write("bedrock_projects/notes.txt", "")
    copy.write(".gitignore", f"{ignored}\n__pycache__/\n")
    copy.commit("copy")
    done = upgrade(copy.folder, "--yes")
    assert (done.code, done.out) == (1, "")
    assert "commit bedrock_projects and components first" in done.err
    assert (copy.folder / "bedrock_projects/notes.txt").exists()


@pytest.mark.parametrize("name", ["__main__.py", "helpers.py"])
def test_a_copy_with_a_program_of_its_own_stays_as_it_is(copy: Repository, name: str) -> None:
    copy.write(name, "from components import deploy  # ours\n")
    copy.commit("edited")
    done = upgrade(copy.folder, "--yes")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"{name} imports components, which the package does not offer; ")
    assert copy.git("status", "--porcelain") == ""


def test_a_copy_that_nobody_edited_gets_the_program_of_the_package(copy: Repository) -> None:
    copy.write("__main__.py", OF_A_COPY)
    copy.commit("copy")
    done = upgrade(copy.folder, "--yes")
    assert done.code == 0, done.err
    assert (copy.folder / "__main__.py").read_text("utf-8") == PROGRAM
    assert not (copy.folder / "components").exists()
