"""`bedrock-projects run` in a process of its own, on stacks of one program, with the real engine."""

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from local_aws.accounts import LOCAL_SECRET
from tests.engine.harness import PROGRAM, REPOSITORY, pulumi_environment
from tests.patience import LIMIT
from tests.processes import kill_tree


@dataclass(frozen=True)
class Ended:
    """How a run ended: what its JSON says, stack to result."""

    code: int
    stacks: Mapping[str, Mapping[str, Any]]
    stderr: str

    @property
    def outcomes(self) -> dict[str, str]:
        """Stack to outcome."""
        return {name: stack["outcome"] for name, stack in self.stacks.items()}


class Started:
    """A run that goes on while the test does."""

    def __init__(self, words: list[str], folder: Path, environment: Mapping[str, str]) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(words, cwd=folder, env=environment, stdout=pipe, stderr=pipe, text=True)

    def interrupt(self) -> None:
        """What Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """Ends the run and all that it started, at once, as a lost machine does."""
        kill_tree(self.process.pid)
        self.process.communicate(timeout=LIMIT)

    def wait(self, *, seconds: float = LIMIT) -> Ended:
        """The run, once it has ended."""
        stdout, stderr = self.process.communicate(timeout=seconds)
        assert "Traceback" not in stderr, stderr
        stacks = {stack["stack"]: stack for stack in json.loads(stdout)["stacks"]} if stdout else {}
        return Ended(self.process.returncode, stacks, stderr)


@dataclass
class Fleet:
    """A program with no settings file at all, and a backend without a stack."""

    folder: Path
    url: str
    account: str
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.program = self.folder / "program"
        self.program.mkdir(parents=True)
        self.backend.mkdir()
        project = yaml.safe_load((REPOSITORY / "Pulumi.yaml").read_text())
        project["runtime"]["options"]["virtualenv"] = sys.prefix
        (self.program / "Pulumi.yaml").write_text(yaml.safe_dump(project))
        for name in PROGRAM:
            (self.program / name).symlink_to(REPOSITORY / name)

    @property
    def backend(self) -> Path:
        """Where the states are."""
        return self.folder / "backend"

    def write_inventory(self, text: str) -> None:
        """The program's projects.yaml."""
        (self.program / "projects.yaml").write_text(text)

    def variables(self) -> dict[str, str]:
        """The environment of the run."""
        return {
            **pulumi_environment(self.folder, backend=self.backend),
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": f"local-{self.account}",
            "AWS_SECRET_ACCESS_KEY": LOCAL_SECRET,
            "AWS_EC2_METADATA_DISABLED": "true",
            **self.environment,
        }

    def start(self, operation: str, *arguments: str) -> Started:
        """`bedrock-projects run`, for all stacks unless the arguments select some."""
        selected = () if "--environment" in arguments else ("--all",)
        yes = ("--yes",) if operation in ("up", "destroy") else ()
        words = [sys.executable, "-m", "bedrock_projects", "run", operation, *selected, *yes, "--format", "json"]
        return Started([*words, *arguments], self.program, self.variables())

    def run(self, operation: str, *arguments: str) -> Ended:
        """The same, to its end."""
        return self.start(operation, *arguments).wait()

    def lock(self, stack: str) -> None:
        """As an engine on another machine does that works on the stack."""
        name = "00000000-0000-0000-0000-000000000000.json"
        lock = self.backend / ".pulumi/locks/organization/bedrock-projects" / stack / name
        lock.parent.mkdir(parents=True, exist_ok=True)
        holder = {"pid": 1, "username": "somebody", "hostname": "host", "timestamp": "2026-11-01T00:00:00Z"}
        lock.write_text(json.dumps(holder))

    def cancel(self, stack: str) -> None:
        """`pulumi cancel`."""
        words = ["pulumi", "cancel", "--yes", "--stack", stack]
        subprocess.run(words, cwd=self.program, env=self.variables(), check=True, capture_output=True)

    def locks(self) -> list[Path]:
        """The locks of the backend."""
        return [file for file in self.backend.rglob("locks/**/*.json") if file.is_file()]
