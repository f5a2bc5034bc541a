"""The tutorial as a newcomer types it: each command on the real engine, and each answer as it is printed there."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local_aws.__main__ import banner
from local_aws.server import Address
from tests.documents import codes, sessions
from tests.engine.conftest import Cloud
from tests.engine.harness import REPOSITORY, pulumi_environment
from tests.expected import Expected
from tests.shell import bash
from tests.unit.command_line import repository

PAGE = "docs/tutorial.md"
URL = "http://127.0.0.1:4580"
# What the tutorial changes, and tidies up with git.
CHANGED = ("projects.yaml", "Pulumi.dev.yaml")
NOT_TYPED = {
    "make demo": "takes as long as the rest, and test_attribution.py goes the same way",
    "make local": "does not end; what it prints is compared below",
}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The tracked files: links, but for those that the tutorial changes. The inventory is the tutorial's already."""
    folder = tmp_path / "clone"
    folder.mkdir()
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, check=True, capture_output=True, text=True)
    for name in {path.partition("/")[0] for path in listed.stdout.split("\0")} - {"", ".gitignore", *CHANGED}:
        (folder / name).symlink_to(REPOSITORY / name)
    for name in CHANGED:
        shutil.copy(REPOSITORY / name, folder / name)
    (folder / ".venv").symlink_to(sys.prefix)
    repository(folder).commit("clone")
    [inventory] = [code.text for code in codes(PAGE) if code.language == "yaml"]
    (folder / "projects.yaml").write_text(inventory, "utf-8")
    return folder


def test_the_tutorial_prints_what_its_commands_answer(
    cloud: Cloud, clone: Path, tmp_path: Path, expected: Expected
) -> None:
    environment = pulumi_environment(tmp_path, backend=tmp_path / "none") | {"TMPDIR": str(tmp_path)}
    page_sessions = sessions(PAGE)
    assert NOT_TYPED.keys() <= {session.name for session in page_sessions}
    with bash(clone, environment) as shell:
        for session in page_sessions:
            if session.name not in NOT_TYPED:
                differences = shell.differences(session, expected, instead={URL: cloud.url})
                assert not differences, "\n\n".join(differences)
    assert (clone / "projects.yaml").read_bytes() == (REPOSITORY / "projects.yaml").read_bytes()


def test_the_local_aws_prints_what_the_tutorial_shows() -> None:
    [session] = [session for session in sessions(PAGE) if session.name == "make local"]
    assert session.commands[0].is_answered_by(banner(Address(URL)).splitlines())
