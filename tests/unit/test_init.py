"""`bedrock-projects init`: what it writes, what it asks, and that it writes nothing where something is wrong."""

import hashlib
import io
import os
import re
import zipfile
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import get_args

import pytest
import yaml
from typer.testing import CliRunner

from bedrock_projects.cli import app
from bedrock_projects.inventory import load
from bedrock_projects.template.pins import Pin, installed_version
from bedrock_projects.template.rendering import NewRepository, Toolchain, template_files
from tests.documents import ROOT
from tests.terminals import Terminal
from tests.unit.command_line import Done, run
from tests.unit.wheels import empty_wheel, fake_uv

PROJECT = (ROOT / "pyproject.toml").read_text("utf-8")
TEMPLATE = ROOT / "templates" / "pulumi"


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """One of this version: its content is nobody's here."""
    return empty_wheel(tmp_path)


def init(folder: Path, wheel: Path, *arguments: str) -> Done:
    given = ["--name", "acme", "--region", "eu-west-1", "--wheel", str(wheel), *arguments]
    return run("init", str(folder), *given, folder=wheel.parent)


def test_a_new_repository_is_small_valid_and_pinned(tmp_path: Path, wheel: Path) -> None:
    folder = tmp_path / "new"
    done = init(folder, wheel)
    assert (done.code, done.out) == (0, "")
    files = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    assert len(files) <= 15
    assert f": {len(files)} files written\n" in done.err
    assert load(folder / "projects.yaml").name == "acme"
    settings = yaml.safe_load((folder / "Pulumi.yaml").read_text("utf-8"))
    assert (settings["name"], settings["runtime"]["options"], "template" in settings) == (
        "acme",
        {"toolchain": "pip", "virtualenv": ".venv"},
        False,
    )
    assert yaml.safe_load((folder / "Pulumi.prod.yaml").read_text("utf-8")) == {"config": {"aws:region": "eu-west-1"}}
    requirements = (folder / "requirements.txt").read_text("utf-8")
    hash_ = hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert f"bedrock-projects=={installed_version()} \\\n    --hash=sha256:{hash_}\n" in requirements
    assert (folder / "wheels" / wheel.name).read_bytes() == wheel.read_bytes()
    assert "${" not in "".join((folder / name).read_text("utf-8") for name in ("projects.yaml", "Pulumi.yaml"))


def test_the_template_is_this_repository_s(tmp_path: Path) -> None:
    """The lock, and the settings that a stack may have, are in both: they must be the same."""
    lock = (ROOT / "requirements.txt").read_text("utf-8")
    ours = lock.replace("    #   -c requirements-dev.txt\n", "").replace(" (pyproject.toml)\n", "\n")
    assert template_files()["dependencies.txt"].split("\n", 1)[1] == ours
    ours, theirs = (yaml.safe_load((folder / "Pulumi.yaml").read_text("utf-8")) for folder in (ROOT, TEMPLATE))
    assert {**theirs, **{key: ours[key] for key in ("name", "description", "template")}} == ours


def test_the_template_of_pulumi_new_pins_this_version() -> None:
    written = (TEMPLATE / "requirements.txt").read_text("utf-8")
    assert f"bedrock-projects=={installed_version()} \\\n    --hash=sha256:" in written
    assert written.endswith("-r dependencies.txt\n")


def test_the_wheel_has_the_template() -> None:
    included = re.findall(r'^"(.+)" = "(bedrock_projects/template/.+)"$', PROJECT, re.MULTILINE)
    assert dict(included) == {
        f"templates/pulumi/{path}": f"bedrock_projects/template/files/{path}" for path in template_files()
    }


NAMED = re.compile(r"(?<![\w/.>$-])/?[\w./-]+\.(?:md|txt|toml|lock|ya?ml|py)\b")
EXAMPLES = {"teams/search.yaml", "teams/logistics.yaml"}


@pytest.mark.parametrize("toolchain", get_args(Toolchain))
def test_the_files_of_a_repository_name_no_file_that_it_does_not_have(toolchain: Toolchain) -> None:
    pin = Pin(version="1.0.0", hash="a" * 64)
    files = NewRepository(name="acme", region="us-west-2", toolchain=toolchain, pin=pin).files()
    for path, text in files.items():
        named = {name.lstrip("/") for name in NAMED.findall(re.sub(r"https?://\S+", "", text))}
        assert named - {*files, *EXAMPLES, "uv.lock"} == set(), path


@pytest.mark.parametrize(
    "words", ["bedrock-projects upgrade", "`wheels`", "workflows/bedrock-projects.yml", "CODEOWNERS"]
)
def test_the_readme_of_a_repository_says_what_its_parts_are_for(words: str) -> None:
    assert words in template_files()["README.md"]


def test_the_description_of_the_package_has_no_link_into_this_repository() -> None:
    """PyPI shows it without the files of the repository."""
    [description] = re.findall(r'^readme = \{.*?text = """(.+?)"""', PROJECT, re.MULTILINE | re.DOTALL)
    assert "bedrock-projects init" in description
    assert [link for link in re.findall(r"\]\(([^)]+)\)", description) if not link.startswith("https://")] == []


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--name", "my project", "is not a valid inventory name"),
        ("--region", "mars", "is not a valid region"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    tmp_path: Path, wheel: Path, option: str, value: str, words: str
) -> None:
    given = {"--name": "acme", "--region": "eu-west-1", "--wheel": str(wheel), option: value}
    done = run("init", str(tmp_path / "new"), *chain.from_iterable(given.items()), folder=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert not (tmp_path / "new").exists()


def renamed(folder: Path, name: str) -> Path:
    return empty_wheel(folder).rename(folder / name)


def damaged(folder: Path, content: bytes) -> Path:
    file = empty_wheel(folder)
    file.write_bytes(content)
    return file


def other_archive(folder: Path, *files: tuple[str, str]) -> Path:
    file = empty_wheel(folder)
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in files:
            archive.writestr(name, text)
    return file


V = installed_version()
WRONG_WHEELS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "missing": (lambda folder: folder / "bedrock_projects-1.0.0-py3-none-any.whl", "is not a file; give a wheel"),
    "a folder": (lambda folder: folder, "is not a file; give a wheel"),
    "empty": (lambda folder: damaged(folder, b""), "is not a wheel of bedrock-projects: File is not a zip file"),
    "no wheel": (lambda folder: other_archive(folder, ("x", "")), "is not a wheel of bedrock-projects: it has no meta"),
    "metadata without a name": (
        lambda folder: other_archive(folder, ("x-1.dist-info/METADATA", "")),
        "is not a wheel of bedrock-projects; give a file such as",
    ),
    "another package": (
        lambda folder: other_archive(folder, ("x-1.dist-info/METADATA", f"Name: x\nVersion: {V}\n")),
        "is not a wheel of bedrock-projects; give a file such as",
    ),
    "no name of a wheel": (lambda folder: renamed(folder, "wheel.zip"), "is not a wheel of bedrock-projects; give a"),
    "another version in its name": (
        lambda folder: renamed(folder, "bedrock_projects-9.9.9-py3-none-any.whl"),
        f"is bedrock-projects {V}, as its metadata says; give it the name that it was built with",
    ),
    "another package in its name": (
        lambda folder: renamed(folder, f"other-{V}-py3-none-any.whl"),
        f"is bedrock-projects {V}, as its metadata says; give it the name that it was built with",
    ),
    "another version": (
        lambda folder: empty_wheel(folder, "9.9.9"),
        f"is bedrock-projects 9.9.9, and this command is of {V}, as the files that it writes; install that wheel",
    ),
}


@pytest.mark.parametrize(("made", "words"), WRONG_WHEELS.values(), ids=WRONG_WHEELS)
def test_a_file_that_is_not_a_wheel_of_this_version_is_refused(
    tmp_path: Path, made: Callable[[Path], Path], words: str
) -> None:
    given = made(tmp_path)
    done = init(tmp_path / "new", given)
    assert (done.code, done.out) == (1, "")
    assert f"{given} {words}" in done.err
    assert not (tmp_path / "new").exists()


def test_a_wheel_may_have_a_build_tag(tmp_path: Path) -> None:
    assert init(tmp_path / "new", renamed(tmp_path, f"bedrock_projects-{V}-1-py3-none-any.whl")).code == 0


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path, wheel: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "projects.yaml").write_text("mine", "utf-8")
    done = init(folder, wheel)
    assert (done.code, done.out) == (1, "")
    assert "is not empty" in done.err
    assert [path.name for path in folder.iterdir()] == ["projects.yaml"]


def test_a_folder_that_cannot_be_made_is_one_message(tmp_path: Path, wheel: Path) -> None:
    done = init(wheel / "new", wheel)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"{wheel / 'new'}/")
    assert done.err.endswith(" cannot be written: Not a directory\n")


def test_a_file_in_place_of_the_folder_is_named_as_one(tmp_path: Path, wheel: Path) -> None:
    (tmp_path / "mine").write_text("", "utf-8")
    done = init(tmp_path / "mine", wheel)
    assert (done.code, done.out, done.err) == (1, "", f"{tmp_path / 'mine'} is a file; give a new folder\n")


def test_a_new_clone_keeps_what_the_forge_put_into_it(tmp_path: Path, wheel: Path) -> None:
    clone = tmp_path / "clone"
    (clone / ".git").mkdir(parents=True)
    (clone / ".git" / "HEAD").write_text("ref: refs/heads/main\n", "utf-8")
    for name in ("LICENSE", "README.md"):
        (clone / name).write_text("theirs\n", "utf-8")
    done = init(clone, wheel)
    assert done.code == 0, done.err
    assert {(clone / name).read_text("utf-8") for name in ("LICENSE", "README.md")} == {"theirs\n"}
    assert f"{clone}: 11 files written\nkept: README.md\n" in done.err


def test_what_is_in_the_way_is_named(tmp_path: Path, wheel: Path) -> None:
    clone = tmp_path / "clone"
    clone.mkdir()
    for name in ("LICENSE", "b.py", "a.py", "c.py", ".gitignore"):
        (clone / name).write_text("", "utf-8")
    done = init(clone, wheel)
    assert (done.code, done.err) == (
        1,
        f"{clone} is not empty, it has .gitignore, a.py, b.py and more; give a new folder\n",
    )


NEXT = "git init -b main && pulumi install && . .venv/bin/activate && pulumi stack init dev"


@pytest.mark.parametrize(
    ("folder", "clone", "steps"),
    [
        ("new", None, f"cd new && {NEXT}"),
        ("my team/new", None, f"cd 'my team/new' && {NEXT}"),
        (".", None, NEXT),
        (".", ".", NEXT.removeprefix("git init -b main && ")),
        ("mono/new", "mono", f"cd mono/new && {NEXT.removeprefix('git init -b main && ')}"),
    ],
)
def test_the_next_steps_can_be_pasted(tmp_path: Path, folder: str, clone: str | None, steps: str) -> None:
    work, wheel = tmp_path / "work", empty_wheel(tmp_path)
    (work / (clone or "") / ".git").mkdir(parents=True) if clone else work.mkdir()
    done = run("init", folder, "--name", "acme", "--region", "us-west-2", "--wheel", str(wheel), folder=work)
    assert done.code == 0, done.err
    assert done.err.splitlines()[-1] == f"Next: {steps}"


def test_a_folder_within_a_repository_gets_a_word_on_its_workflow(tmp_path: Path, wheel: Path) -> None:
    """GitHub reads workflows and CODEOWNERS at the top of a repository only."""
    (tmp_path / "mono" / ".git").mkdir(parents=True)
    done = init(tmp_path / "mono" / "bedrock", wheel)
    assert f"GitHub reads .github only at the top of a repository, which is {tmp_path / 'mono'}: " in done.err
    assert "GitHub reads" not in init(tmp_path / "alone", wheel).err


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([], "there is no terminal to ask on; give `--name NAME` and `--region REGION`\n"),
        (["--name", "acme"], "there is no terminal to ask on; give `--region REGION`\n"),
        (["--region", "us-west-2"], "there is no terminal to ask on; give `--name NAME`\n"),
    ],
)
def test_without_a_terminal_the_options_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wheel: Path, given: list[str], words: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    done = run("init", "new", "--wheel", str(wheel), *given, folder=tmp_path)
    assert (done.code, done.out.strip()) == (1, "")
    assert done.err.endswith(words)
    assert not (tmp_path / "new").exists()


def test_an_end_of_the_answers_on_a_terminal_ends_the_command_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wheel: Path
) -> None:
    """Ctrl-D at the question."""
    monkeypatch.setattr("sys.stdin", Terminal())
    done = run("init", "new", "--wheel", str(wheel), folder=tmp_path)
    assert (done.code, done.out.strip()) == (1, "")
    assert done.err.endswith("Name of the Pulumi project and the inventory [new]:\nAborted!\n")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("command", [["init", "new"], ["upgrade"]])
def test_a_pattern_of_two_wheels_is_one_message(tmp_path: Path, command: list[str]) -> None:
    done = run(*command, "--wheel", "dist/a.whl", "dist/b.whl", folder=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "`--wheel` takes one file, not dist/a.whl, dist/b.whl" in " ".join(done.err.split())


def test_it_asks_for_what_is_not_given(tmp_path: Path, wheel: Path) -> None:
    answers = "my team\n\nus-wst-2\nus-east-1\n"
    asked = CliRunner().invoke(app, ["init", str(tmp_path / "my team"), "--wheel", str(wheel)], input=answers)
    assert asked.exit_code == 0, asked.output
    assert "Error: 'my team' is not a valid inventory name; " in asked.output
    assert "Error: 'us-wst-2' is not a valid region; did you mean 'us-west-2'?" in asked.output
    assert load(tmp_path / "my team" / "projects.yaml").name == "my-team"
    assert "us-east-1" in (tmp_path / "my team" / "Pulumi.dev.yaml").read_text("utf-8")


def test_the_index_is_asked_for_the_wheel_of_this_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = empty_wheel(tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    done = run("init", "new", "--name", "acme", "--region", "us-west-2", folder=tmp_path)
    assert done.code == 0, done.err
    requirements = (tmp_path / "new" / "requirements.txt").read_text("utf-8")
    assert f"--hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n" in requirements
    assert "--find-links" not in requirements


def test_nothing_in_the_current_folder_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be a repository that somebody looks at before they trust it."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(empty_wheel(tmp_path).parent))
    for name in ("pip.py", "sitecustomize.py", "email.py"):
        (tmp_path / name).write_text(f"open({str(tmp_path / name)!r} + '.ran', 'w')\n", "utf-8")
    assert run("init", "new", "--name", "acme", "--region", "us-west-2", folder=tmp_path).code == 0
    assert [*tmp_path.glob("*.ran")] == []


def test_an_index_without_this_version_is_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    done = run("init", str(tmp_path / "new"), "--name", "acme", "--region", "us-west-2", folder=tmp_path)
    assert (done.code, done.out) == (1, "")
    assert "pip cannot download bedrock-projects==" in done.err
    assert "`--wheel FILE`" in done.err
    assert not (tmp_path / "new").exists()


def test_a_repository_for_uv_needs_no_file_of_pip(tmp_path: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(fake_uv(tmp_path / "bin")), prepend=os.pathsep)
    folder = tmp_path / "new"
    done = init(folder, wheel, "--toolchain", "uv")
    assert (done.code, done.out) == (0, ""), done.err
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert len(files) <= 15
    assert not {"requirements.txt", "dependencies.txt"} & files.keys()
    assert files["uv.lock"].read_text("utf-8") == "lock --quiet --upgrade-package bedrock-projects\n"
    assert files[".github/uv.txt"].read_text("utf-8").startswith("uv==")
    for path, file in files.items():
        assert not path.endswith((".yaml", ".yml", ".md")) or " requirements.txt" not in file.read_text("utf-8"), path
    options = yaml.safe_load(files["Pulumi.yaml"].read_text("utf-8"))["runtime"]["options"]
    assert options == {"toolchain": "uv", "virtualenv": ".venv"}


def test_the_pipeline_of_uv_installs_what_is_locked_in_each_job(tmp_path: Path) -> None:
    made = {
        toolchain: NewRepository(name="acme", region="us-west-2", toolchain=toolchain, pin=Pin(version="1", hash="a"))
        for toolchain in get_args(Toolchain)
    }
    pip, uv = (made[toolchain].files()[".github/workflows/bedrock-projects.yml"] for toolchain in ("pip", "uv"))
    assert pip.count("--requirement requirements.txt\n") == uv.count("&& uv sync --quiet --frozen\n") > 0
    assert "uv" not in pip.split()


def test_the_uv_of_a_pipeline_is_the_one_that_tests_use() -> None:
    assert (ROOT / "bedrock_projects/template/uv.txt").read_text("utf-8") in (ROOT / "requirements-dev.txt").read_text()


def test_without_uv_nothing_is_written(tmp_path: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = init(tmp_path / "new", wheel, "--toolchain", "uv")
    assert (done.code, done.err) == (1, "uv is not on PATH; install it, or use `toolchain: pip`\n")
    assert not (tmp_path / "new").exists()


def test_a_lock_that_fails_says_what_is_left_to_do(
    tmp_path: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(fake_uv(tmp_path / "bin", status=2)), prepend=os.pathsep)
    folder = tmp_path / "new"
    done = init(folder, wheel, "--toolchain", "uv")
    expected = f"the files are written, but `uv lock` failed in {folder}; run it again there: no network"
    assert (done.code, done.err.splitlines()[-1]) == (1, expected)
