"""`make up STACK=dev`: `pulumi up` with settings that fit the size of the inventory and the kind of backend.

Never hides the preview. It asks before it changes anything, unless YES=1.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from bedrock_projects import inventory
from bedrock_projects.cost_controls.budgets import cost_control_inputs
from bedrock_projects.cost_controls.publishing import publication_inputs
from bedrock_projects.errors import BedrockProjectsError
from bedrock_projects.exports.creation import created_exports
from bedrock_projects.stacks.access import for_deploying
from bedrock_projects.stacks.files import settings_of
from bedrock_projects.suggestions import counted
from tools.engine.finder import Engine, EngineError
from tools.engine.locate import locate

ROOT = Path(__file__).parents[1]
AS_IT_COMES = 100
"""Below so many projects Pulumi's own settings take seconds; nothing is to be gained."""


@dataclass(frozen=True)
class Choice:
    """Options and environment variables of the CLI, and why."""

    why: str
    options: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


FEW = Choice("few projects: as Pulumi comes")
MANY = Choice(
    "many projects, and a backend that would write the whole state at every step: saved once, at the end (after a "
    "killed run the next one finds its projects by their ownership tag), and 32 at once",
    ("--parallel", "32"),
    {"PULUMI_SKIP_CHECKPOINTS": "true"},
)
MANY_ON_A_SERVICE = Choice(
    "many projects, and a backend that takes each step by itself: every step is saved, 32 at once", ("--parallel", "32")
)
MANY_AND_OTHERS = Choice(
    "many projects, and resources that a killed run could not find again (budgets, alerts, data exports or what is "
    "published): every step is saved, 32 at once",
    ("--parallel", "32"),
)


@dataclass(frozen=True)
class Size:
    """How many projects a stack has, and whether it also declares resources that only the state finds again."""

    projects: int
    others: bool


def choose(size: Size, *, backend: str) -> Choice:
    """The settings for a stack of that size; `backend` is the URL that the CLI is logged in to."""
    if size.projects < AS_IT_COMES:
        return FEW
    if backend.startswith(("https://", "http://")):
        return MANY_ON_A_SERVICE
    return MANY_AND_OTHERS if size.others else MANY


def size_of(folder: Path, stack: str) -> Size:
    """What the stack's settings and its inventory say; raises BedrockProjectsError."""
    settings = settings_of(stack, folder=folder)
    contents = inventory.load(folder / settings.inventory)
    settings = for_deploying(settings, contents)
    projects = () if settings.scope == "billing" else contents.in_environment(settings.environment)
    declared = (cost_control_inputs, publication_inputs, created_exports)
    return Size(len(projects), others=any(inputs(settings, contents) for inputs in declared))


def command(stack: str, choice: Choice, *, yes: bool) -> list[str]:
    """The words of the command; without `yes` the CLI shows what it would do and asks."""
    quiet = ["--suppress-outputs"] if choice.options else []
    return ["pulumi", "up", "--stack", stack, *choice.options, *quiet, *(["--yes"] if yes else [])]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the CLI in place of this process; returns 1 if it cannot be started."""
    parser = argparse.ArgumentParser(prog="make up", description=__doc__)
    parser.add_argument("stack", help="the stack, such as dev")
    stack = parser.parse_args(arguments).stack
    try:
        size = size_of(ROOT, stack)
        engine = locate(_say)
        environment = _environment(engine)
        choice = choose(size, backend=_backend(environment))
    except (BedrockProjectsError, EngineError) as error:
        _say(str(error))
        return 1
    except subprocess.CalledProcessError as error:
        _say(
            f"`pulumi whoami` failed; log in to a backend first (https://www.pulumi.com/docs/iac/concepts/state/)\n{error.stderr}"
        )
        return 1
    words = command(stack, choice, yes=os.environ.get("YES") == "1")
    _say(f"{counted(size.projects, 'project')}; {choice.why}")
    return _become(words, {**environment, **choice.environment})


def _become(words: list[str], environment: Mapping[str, str]) -> NoReturn:
    """The CLI in place of this process: one that waits would kill it soon after a Ctrl-C, before it saves the state."""
    os.chdir(ROOT)
    os.execvpe(words[0], words, environment)  # noqa: S606


def _environment(engine: Engine) -> dict[str, str]:
    return {**os.environ, **engine.environment, "PATH": f"{engine.folder}{os.pathsep}{os.environ['PATH']}"}


def _backend(environment: Mapping[str, str]) -> str:
    words = ["pulumi", "whoami", "--json", "--non-interactive"]
    asked = subprocess.run(words, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    return str(json.loads(asked.stdout)["url"])


def _say(line: str) -> None:
    print(f"up: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
