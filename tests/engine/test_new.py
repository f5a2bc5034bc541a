"""`pulumi new` from this repository: a project of another name, whose first preview works."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.engine.conftest import DEV, Cloud
from tests.engine.harness import PASSPHRASE, REPOSITORY, pulumi_environment


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """The files that a clone would have once all is committed."""
    folder = tmp_path / "template"
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (REPOSITORY / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, folder / name)
    return folder


def test_what_is_asked_for_is_described() -> None:
    asked = yaml.safe_load((REPOSITORY / "Pulumi.yaml").read_text())["template"]["config"]
    assert set(asked) == {"aws:region", "scope"}
    assert all(prompt["description"] and prompt["default"] for prompt in asked.values())


def test_a_new_project_has_its_own_name_and_previews(cloud: Cloud, template: Path, tmp_path: Path) -> None:
    project, backend = tmp_path / "acme", tmp_path / "backend"
    project.mkdir()
    backend.mkdir()
    environment = {
        **pulumi_environment(tmp_path, backend=backend),
        **cloud.credentials(DEV),
        "AWS_ENDPOINT_URL": cloud.url,
    }

    def run(*words: str) -> str:
        command = ["pulumi", *words, "--non-interactive", "--color", "never"]
        return subprocess.run(
            command, cwd=project, env=environment, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    run("new", str(template), "--yes", "--generate-only", "--name", "acme", "--stack", "dev")
    settings = yaml.safe_load((project / "Pulumi.yaml").read_text())
    assert settings["name"] == "acme"
    assert not [name for name in project.glob("Pulumi.*.yaml") if "bedrock-projects" in name.read_text()]
    settings["runtime"]["options"]["virtualenv"] = sys.prefix
    (project / "Pulumi.yaml").write_text(yaml.safe_dump(settings))
    run("stack", "init", "dev")
    assert "6 new · 0 adopted · 0 unchanged" in run("preview", "--stack", "dev")
    assert PASSPHRASE not in (project / "Pulumi.dev.yaml").read_text()
