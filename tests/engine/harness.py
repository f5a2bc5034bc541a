"""Runs the real Pulumi CLI on a throw-away stack of the program."""

import copy
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.engine.run import DYNAMIC, Run, Running, name_of
from tests.engine.vault import PROVIDER, environment_of
from tools.engine.finder import Engine
from tools.engine.locate import locate

REPOSITORY = Path(__file__).parents[2]
PROGRAM = ("__main__.py", "components", "bedrock_projects")
PASSPHRASE = "throw-away"
# The example key pair of AWS's own documentation.
CREDENTIALS = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


@functools.cache
def pulumi() -> Engine:
    """The CLI; found, or made, once a test run."""
    return locate(lambda line: print(line, file=sys.stderr))  # noqa: T201 - pytest keeps it


@functools.cache
def _blank(project: str, stack: str, vault: str) -> tuple[Mapping[str, bytes], Mapping[str, Any]]:
    """The backend's files and the settings of a stack that was just made: `stack init` takes its time."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "Pulumi.yaml").write_text(f"name: {project}\nruntime: python\n")
        (folder / "backend").mkdir()
        environment = {**pulumi_environment(folder, backend=folder / "backend"), **environment_of(vault)}
        command = ["pulumi", "stack", "init", stack, "--non-interactive", *_secrets(vault)]
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
        files = [file for file in (folder / "backend").rglob("*") if file.is_file()]
        settings = yaml.safe_load((folder / f"Pulumi.{stack}.yaml").read_text())
        return {str(file.relative_to(folder / "backend")): file.read_bytes() for file in files}, settings


def pulumi_environment(folder: Path, *, backend: Path) -> dict[str, str]:
    """All that the CLI gets to know of this machine."""
    names = ("LANG", "LC_ALL", "TMPDIR", "COVERAGE_PROCESS_CONFIG")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    return {
        **kept,
        **pulumi().environment,
        "PATH": f"{pulumi().folder}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "PULUMI_HOME": str(folder / ".pulumi"),
        "PULUMI_BACKEND_URL": backend.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        # Without it the CLI has no --event-log.
        "PULUMI_DEBUG_COMMANDS": "true",
    }


@dataclass
class Stack:
    """One stack of the program in a folder of its own, on a backend of its own, against the AWS at `url`.

    The inventory and the settings are the test's; `environment` may be changed between two commands.
    The Vault at `vault` locks the secrets; without one, a passphrase does.
    """

    folder: Path
    url: str
    name: str = "dev"
    config: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    vault: str = ""

    def __post_init__(self) -> None:
        self.program = self.folder / "program"
        self.program.mkdir(parents=True)
        project = yaml.safe_load((REPOSITORY / "Pulumi.yaml").read_text())
        project["runtime"]["options"]["virtualenv"] = sys.prefix
        self._project = project["name"]
        (self.program / "Pulumi.yaml").write_text(yaml.safe_dump(project))
        for name in PROGRAM:
            (self.program / name).symlink_to(REPOSITORY / name)
        self._backend = self.folder / "backend"
        self._make_backend(self._backend)
        self.write_settings()

    def _make_backend(self, backend: Path) -> None:
        files, self._settings = _blank(self._project, self.name, self.vault)
        for name, content in files.items():
            (backend / name).parent.mkdir(parents=True, exist_ok=True)
            (backend / name).write_bytes(content)

    def write_inventory(self, text: str) -> None:
        """The program's projects.yaml."""
        (self.program / "projects.yaml").write_text(text)

    def write_settings(self) -> None:
        """The stack's file: `config`, whose keys are written in full, such as `aws:region`."""
        settings = {**self._settings, "config": self.config}
        (self.program / f"Pulumi.{self.name}.yaml").write_text(yaml.safe_dump(settings))

    def variables(self) -> dict[str, str]:
        """The environment of a command on this stack, the CLI's or another's."""
        access, secret = CREDENTIALS
        return {
            **pulumi_environment(self.folder, backend=self._backend),
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": access,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_EC2_METADATA_DISABLED": "true",
            **environment_of(self.vault),
            **self.environment,
        }

    def start(self, command: str, *arguments: str) -> Running:
        """A command of the CLI on this stack, such as `up`; it goes on while the test does."""
        self.write_settings()
        return self._start(*command.split(), "--stack", self.name, "--color", "never", *arguments)

    def _start(self, *words: str) -> Running:
        return Running(["pulumi", *words, "--non-interactive"], folder=self.program, environment=self.variables())

    def pulumi(self, command: str, *arguments: str) -> Run:
        """A command of the CLI on this stack, to its end."""
        return self.start(command, *arguments).wait()

    def up(self, *arguments: str, preview: bool = False) -> Run:
        """`pulumi up`."""
        return self.pulumi("up", "--yes", *_unless(preview), *arguments)

    def preview(self, *arguments: str) -> Run:
        """`pulumi preview`; its steps are those that an up would do."""
        return self.pulumi("preview", *arguments)

    def refresh(self, *arguments: str, preview: bool = False) -> Run:
        """`pulumi refresh`; a step's operation is what it did to the state."""
        return self.pulumi("refresh", "--yes", *_unless(preview), *arguments)

    def destroy(self, *arguments: str, preview: bool = False) -> Run:
        """`pulumi destroy`."""
        return self.pulumi("destroy", "--yes", *_unless(preview), *arguments)

    def cancel(self) -> Run:
        """`pulumi cancel`, which takes the lock of a run that was killed away."""
        return self.pulumi("cancel", "--yes")

    def outputs(self) -> dict[str, Any]:
        """What `pulumi stack output --json` prints, read as `export` reads the state: none of them is a secret."""
        resources = self.export()["deployment"].get("resources", [])
        roots = [resource for resource in resources if resource["type"] == "pulumi:pulumi:Stack"]
        return {name: value for root in roots for name, value in root.get("outputs", {}).items()}

    def export(self) -> dict[str, Any]:
        """The state, as `pulumi stack export` prints it; read from the backend's file, which takes no process.

        `catalogue` and `doctor` call the two commands: `test_use.py` and `test_doctor.py` have them.
        """
        file = self._backend / ".pulumi" / "stacks" / self._project / f"{self.name}.json"
        latest = json.loads(file.read_text())["checkpoint"].get("latest")
        return {"version": 3, "deployment": latest or {}}

    def import_state(self, state: Mapping[str, Any], *arguments: str) -> Run:
        """Replaces the state by another, such as an older one."""
        file = self.folder / "import.json"
        file.write_text(json.dumps(state))
        return self.pulumi("stack import", "--file", str(file), *arguments)

    def resources(self) -> dict[str, dict[str, Any]]:
        """Resource name → what the state holds of it, for our resources."""
        resources = self.export()["deployment"].get("resources", [])
        return {name_of(resource["urn"]): resource for resource in resources if resource["type"].startswith(DYNAMIC)}

    def save_backend(self, folder: Path) -> None:
        """Keeps the backend as it is, for other stacks of this name."""
        shutil.copytree(self._backend, folder)

    def restore_backend(self, folder: Path) -> None:
        """Takes over a backend that was kept."""
        shutil.rmtree(self._backend)
        shutil.copytree(folder, self._backend)

    def lose_state(self) -> None:
        """The backend is gone; a new, empty one takes its place."""
        shutil.rmtree(self._backend)
        self._make_backend(self._backend)

    def move_backend(self) -> None:
        """Another backend gets the state, as `stack export` and `stack import` move it."""
        state = self.export()
        self._backend = self.folder / "backend-moved"
        self._make_backend(self._backend)
        self.import_state(state).succeeded()

    def rename(self, name: str) -> None:
        """`pulumi stack rename`."""
        self.pulumi("stack rename", name).succeeded()
        (self.program / f"Pulumi.{self.name}.yaml").unlink(missing_ok=True)
        self.name = name

    def beside(self, name: str) -> "Stack":
        """Another new stack of the same program, on the same backend."""
        other = copy.copy(self)
        other.become(name)
        return other

    def become(self, name: str) -> None:
        """`pulumi stack init`: from now on this is the new stack."""
        self.name, self.config, self._settings = name, dict(self.config), {}
        self.pulumi("stack init", *_secrets(self.vault)).succeeded()
        self._settings = yaml.safe_load((self.program / f"Pulumi.{name}.yaml").read_text())

    def move_to(self, other: "Stack", *names: str) -> None:
        """`pulumi state move` of these resources to another stack of the backend."""
        urns = [resource["urn"] for name, resource in self.resources().items() if name in names]
        self._start("state", "move", "--source", self.name, "--dest", other.name, "--yes", *urns).wait().succeeded()

    def unprotect_all(self) -> None:
        """`pulumi state unprotect`."""
        self.pulumi("state unprotect", "--all", "--yes").succeeded()

    def rename_resource(self, name: str, new: str) -> None:
        """`pulumi state rename`."""
        urn = self.resources()[name]["urn"]
        self.pulumi("state rename", "--yes", urn, new).succeeded()

    def remove_program(self) -> None:
        """Only the files that name the project and the stack are left."""
        for name in (*PROGRAM, "projects.yaml"):
            (self.program / name).unlink()


def _unless(preview: bool) -> Sequence[str]:
    return [] if preview else ["--skip-preview"]


def _secrets(vault: str) -> Sequence[str]:
    return ["--secrets-provider", PROVIDER] if vault else []
