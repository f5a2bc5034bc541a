"""A team's own repository: the wheel, `init`, and the real engine with what pip installs, outside this repository."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from uv import find_uv_bin

from bedrock_projects.template.pins import installed_version, requirements
from bedrock_projects.template.wheels import pin_of_wheel
from tests.engine.conftest import DEV, Cloud
from tests.engine.harness import REPOSITORY, pulumi_environment
from tests.unit.command_line import run

ENTRY = "projects: {chatbot: {name: Chatbot, tags: {Team: Care}, environments: [dev]}}\n"
NAME = "acme-bedrock"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this commit."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=REPOSITORY, check=True, capture_output=True)
    [made] = folder.glob("*.whl")
    return made


@pytest.fixture
def repository(wheel: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    done = run("init", str(folder), "--name", NAME, "--region", "us-west-2", "--wheel", str(wheel), folder=tmp_path)
    assert done.code == 0, done.err
    return folder


class Engine:
    """The CLI in a folder, with what a developer's machine has; `say` is what a command printed."""

    def __init__(self, folder: Path, cloud: Cloud) -> None:
        backend = folder.parent / "backend"
        backend.mkdir(exist_ok=True)
        self._folder = folder
        self._environment = {
            **pulumi_environment(folder.parent, backend=backend),
            **cloud.credentials(DEV),
            "AWS_ENDPOINT_URL": cloud.url,
            # How this machine reaches a package index; what `make venv` has downloaded is not downloaded again.
            **{
                name: os.environ[name]
                for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY")
                if name in os.environ
            },
            # Python compiles what is imported, a small part of what is installed; pip wants this option to be falsy.
            "PIP_NO_COMPILE": "0",
            "PIP_CACHE_DIR": os.environ.get("PIP_CACHE_DIR", str(Path.home() / ".cache" / "pip")),
            "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR", str(Path.home() / ".cache" / "uv")),
        }

    def say(self, *command: str) -> str:
        done = subprocess.run(
            command, cwd=self._folder, env=self._environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def pulumi(self, *words: str) -> str:
        return self.say("pulumi", *words, "--non-interactive", "--color", "never")


def test_from_init_to_a_deployed_project_and_back(repository: Path, cloud: Cloud) -> None:
    """The test with uv has the preview of the repository as it was written."""
    engine = Engine(repository, cloud)
    engine.say("pulumi", "install")
    engine.pulumi("stack", "init", "dev")
    inventory = repository / "projects.yaml"
    inventory.write_text(inventory.read_text("utf-8").replace("projects: {}\n", ENTRY), "utf-8")
    engine.say(".venv/bin/bedrock-projects", "validate")
    # What is installed in .venv has the template too.
    [wheel] = (repository / "wheels").iterdir()
    said = engine.say(".venv/bin/bedrock-projects", "upgrade", "--yes", "--wheel", str(wheel))
    assert said.endswith("Nothing to write.\n")
    engine.pulumi("up", "--yes", "--skip-preview", "--stack", "dev")
    [project] = cloud.active(DEV)
    assert (project["name"], project["tags"]["bedrock-project"]) == ("Chatbot-Dev", f"{NAME}/dev/chatbot")
    engine.pulumi("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert cloud.active(DEV) == []


def test_with_uv_from_init_to_a_preview(
    wheel: Path, cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(Path(find_uv_bin()).parent), prepend=os.pathsep)
    folder = tmp_path / "repository"
    given = ("--name", NAME, "--region", "us-west-2", "--toolchain", "uv", "--wheel", str(wheel))
    done = run("init", str(folder), *given, folder=tmp_path)
    assert done.code == 0, done.err
    assert "hash = " in (folder / "uv.lock").read_text("utf-8")
    assert len([path for path in folder.rglob("*") if path.is_file()]) <= 15
    engine = Engine(folder, cloud)
    engine.say("uv", "sync", "--frozen")
    assert engine.say(".venv/bin/bedrock-projects", "--version") == f"bedrock-projects {installed_version()}\n"
    engine.say("pulumi", "install")
    engine.pulumi("stack", "init", "dev")
    assert "0 new · 0 adopted · 0 unchanged" in engine.pulumi("preview", "--stack", "dev")


def test_pulumi_new_gives_the_same(repository: Path, wheel: Path, cloud: Cloud, tmp_path: Path) -> None:
    template, new = tmp_path / "template", tmp_path / "new"
    shutil.copytree(REPOSITORY / "templates" / "pulumi", template)
    (template / "requirements.txt").write_text(requirements(pin_of_wheel(wheel)), "utf-8")
    new.mkdir()
    Engine(new, cloud).pulumi("new", str(template), "--yes", "--generate-only", "--name", NAME, "--stack", "dev")
    made, expected = dict(_files(new)), dict(_files(repository))
    del expected[f"wheels/{wheel.name}"]
    made["Pulumi.yaml"]["config"].pop("pulumi:tags")  # Pulumi keeps where the template was
    assert made.keys() == expected.keys()
    assert {path for path in made if made[path] != expected[path]} == set()
    assert len(expected) <= 15


def _files(folder: Path) -> Iterator[tuple[str, Any]]:
    """Path to content; settings as values, since `pulumi new` writes them anew, and other lines without blank ones.

    Pulumi adds a blank line where it fills in a name.
    """
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file():
            is_settings = name.startswith("Pulumi")
            lines = [line for line in path.read_bytes().splitlines() if line]
            yield name, yaml.safe_load(path.read_text("utf-8")) if is_settings else lines
