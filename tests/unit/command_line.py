"""Runs the command line, in this process or in one of its own, and makes git repositories for it."""

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from bedrock_projects.aws.session import forget_sessions
from bedrock_projects.cli import main

_GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_{what}": "test@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}
HEAD = """\
version: 1
inventory: acme
environments:
  dev: {region: us-west-2, name_format: "{name}-Dev", protect: false}
  prod: {region: us-west-2, name_format: "{name}-Prod", protect: false}
tag_keys: {Team: {}, CostCenter: {}, Note: {cost_allocation: false}}
defaults: {environments: [dev, prod]}
"""


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


def run(*arguments: str, folder: Path, stderr: io.StringIO | None = None) -> Done:
    """The command line in this process, as from that folder; it reads the environment as a new process does."""
    forget_sessions()
    before = Path.cwd()
    out, err = io.StringIO(), stderr or io.StringIO()
    code: object = 0
    os.chdir(folder)
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main(arguments)
    except SystemExit as end:
        code = end.code
    finally:
        os.chdir(before)
    assert isinstance(code, int)
    return Done(code, out.getvalue(), err.getvalue())


def start(*arguments: str, folder: Path, environment: Mapping[str, str] | None = None) -> Done:
    """The command line in a process of its own, its output piped."""
    command = [sys.executable, "-m", "bedrock_projects", *arguments]
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **(environment or {})}, capture_output=True, check=False
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def inventory(*entries: str, head: str = HEAD) -> str:
    """An inventory with those entries, one a line: `key: {…}`."""
    return head + ("projects:\n" + "".join(f"  {entry}\n" for entry in entries) if entries else "projects: {}\n")


@dataclass(frozen=True)
class Repository:
    """A git repository."""

    folder: Path

    def git(self, *arguments: str) -> str:
        """What git answers."""
        environment = {**os.environ, **_GIT}
        return subprocess.run(
            ["git", *arguments], cwd=self.folder, env=environment, capture_output=True, check=True, text=True
        ).stdout.strip()

    def write(self, name: str, text: str) -> Path:
        """A file of the working tree."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def commit(self, tag: str, **files: str) -> None:
        """A commit of everything, tagged; `files` by name, `__` for `/`, are written as YAML first."""
        for name, text in files.items():
            self.write(f"{name.replace('__', '/')}.yaml", text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", tag)
        self.git("tag", tag)


def repository(folder: Path) -> Repository:
    """A new one in that folder."""
    made = Repository(folder)
    made.git("init", "--quiet", "--initial-branch", "main")
    return made
