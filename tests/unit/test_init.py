"""`bedrock-projects init`: what it writes, what it asks, and that it writes nothing where something is wrong."""

import hashlib
import re
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from bedrock_projects.cli import app
from bedrock_projects.inventory import load
from bedrock_projects.template.pins import installed_version
from bedrock_projects.template.rendering import template_files
from tests.documents import ROOT
from tests.unit.command_line import Done, run
from tests.unit.wheels import empty_wheel

PROJECT = (ROOT / "pyproject.toml").read_text("utf-8")
TEMPLATE = ROOT / "templates" / "pulumi"


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A file with the name of a wheel: its content is nobody's here."""
    file = tmp_path / "bedrock_projects-9.8.7-py3-none-any.whl"
    file.write_bytes(b"a wheel")
    return file


def init(folder: Path, wheel: Path, *arguments: str) -> Done:
    given = ["--name", "acme", "--region", "eu-west-1", "--wheel", str(wheel), *arguments]
    return run("init", str(folder), *given, folder=wheel.parent)


def test_a_new_repository_is_small_valid_and_pinned(tmp_path: Path, wheel: Path) -> None:
    folder = tmp_path / "new"
    done = init(folder, wheel)
    assert (done.code, done.out) == (0, "")
    files = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    assert len(files) <= 15
    assert f"{len(files)} files written" in done.err
    assert load(folder / "projects.yaml").name == "acme"
    settings = yaml.safe_load((folder / "Pulumi.yaml").read_text("utf-8"))
    assert (settings["name"], settings["runtime"]["options"], "template" in settings) == (
        "acme",
        {"toolchain": "pip", "virtualenv": ".venv"},
        False,
    )
    assert yaml.safe_load((folder / "Pulumi.prod.yaml").read_text("utf-8")) == {"config": {"aws:region": "eu-west-1"}}
    requirements = (folder / "requirements.txt").read_text("utf-8")
    assert f"bedrock-projects==9.8.7 \\\n    --hash=sha256:{hashlib.sha256(b'a wheel').hexdigest()}\n" in requirements
    assert (folder / "wheels" / wheel.name).read_bytes() == b"a wheel"
    assert "${" not in "".join((folder / name).read_text("utf-8") for name in ("projects.yaml", "Pulumi.yaml"))


def test_the_template_is_this_repository_s(tmp_path: Path) -> None:
    """The lock, and the settings that a stack may have, are in both: they must be the same."""
    assert template_files()["dependencies.txt"] == (ROOT / "requirements.txt").read_text("utf-8")
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


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--name", "my project"], 2, "is not a valid inventory name"),
        (["--region", "mars"], 2, "is not a valid region"),
        (["--wheel", "other-1.0-py3-none-any.whl"], 1, "is not a wheel of bedrock-projects"),
        (["--wheel", "bedrock_projects-1.0.0-py3-none-any.whl"], 1, "is not a wheel of bedrock-projects"),
        (["--wheel", "bedrock_projects-1.0.0.whl"], 1, "is not a wheel of bedrock-projects"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    tmp_path: Path, wheel: Path, arguments: list[str], code: int, words: str
) -> None:
    done = init(tmp_path / "new", wheel, *arguments)
    assert (done.code, done.out) == (code, "")
    assert words in done.err
    assert not (tmp_path / "new").exists()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path, wheel: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "projects.yaml").write_text("mine", "utf-8")
    done = init(folder, wheel)
    assert (done.code, done.out) == (1, "")
    assert "is not empty" in done.err
    assert [path.name for path in folder.iterdir()] == ["projects.yaml"]


def test_a_clone_without_files_is_as_good_as_a_new_folder(tmp_path: Path, wheel: Path) -> None:
    (tmp_path / "clone" / ".git").mkdir(parents=True)
    assert init(tmp_path / "clone", wheel).code == 0


def test_it_asks_for_what_is_not_given(tmp_path: Path, wheel: Path) -> None:
    asked = CliRunner().invoke(app, ["init", str(tmp_path / "my team"), "--wheel", str(wheel)], input="\nus-east-1\n")
    assert asked.exit_code == 0, asked.output
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


def test_an_index_without_this_version_is_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    done = run("init", str(tmp_path / "new"), "--name", "acme", "--region", "us-west-2", folder=tmp_path)
    assert (done.code, done.out) == (1, "")
    assert "pip cannot download bedrock-projects==" in done.err
    assert "`--wheel FILE`" in done.err
    assert not (tmp_path / "new").exists()
