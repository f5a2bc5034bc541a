"""What is measured: stacks of the program, stacks of the floor, and the inventories that both deploy."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from bedrock_projects import inventory
from bedrock_projects.aws.endpoints import RUNTIME
from bedrock_projects.projects.archive_limit import ALLOW_ARCHIVE_VARIABLE
from bedrock_projects.projects.changes import declare
from bedrock_projects.projects.properties import inputs_of
from local_aws import LocalAws
from tests.engine.harness import Stack
from tests.engine.run import Run
from tools.up import MANY

HERE = Path(__file__).parent
ACCOUNT, REGION = "111111111111", "us-west-2"
TAGS = ("Application", "Team", "CostCenter", "Service", "Owner")
HEAD = f"""\
version: 1
inventory: benchmark
environments:
  dev: {{account: "{ACCOUNT}", region: {REGION}, protect: false}}
tag_keys: {{{", ".join(f"{tag}: {{required: true}}" for tag in TAGS)}}}
defaults: {{environments: [dev]}}
projects:
"""
QUIET = ("--suppress-progress", "--suppress-outputs")


def tags_of(number: int, *, team: str) -> dict[str, str]:
    """The five tags of a project."""
    return {tag: f"{tag}-{number % 50}" for tag in TAGS} | {"Team": team}


def inventory_text(count: int, team_of: Callable[[int], str]) -> str:
    """An inventory of that many projects, as people write it."""
    entries = []
    for number in range(count):
        tags = json.dumps(tags_of(number, team=team_of(number)))
        entries.append(f"  project-{number}:\n    name: Project{number}\n    tags: {tags}\n")
    return HEAD + "".join(entries)


class Subject(Protocol):
    """Something that is deployed, changed and destroyed by the Pulumi CLI."""

    stack: Stack

    def declare(self, text: str) -> None:
        """Makes this inventory the wanted one."""


class Projects:
    """The program of this repository on a stack of its own."""

    def __init__(self, folder: Path, aws: LocalAws, *, url: str = "") -> None:
        self.stack = Stack(folder, url or aws.url)
        keys = aws.environment(ACCOUNT, region=REGION)
        self.stack.environment = {name: keys[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
        self.stack.config["bedrock-projects:scope"] = "projects"

    def declare(self, text: str) -> None:
        """Makes this inventory the wanted one."""
        self.stack.write_inventory(text)


class RuntimeProjects(Projects):
    """The same with all projects on bedrock-runtime."""

    def declare(self, text: str) -> None:
        """Makes this inventory the wanted one."""
        super().declare(text.replace("defaults: {", f"defaults: {{endpoint: {RUNTIME}, "))


class Floor:
    """The program of the floor: a resource that does nothing for each entry of the inventory, with its inputs."""

    def __init__(self, folder: Path, aws: LocalAws) -> None:
        self.stack = Stack(folder, aws.url)
        self._folder = folder / "program"
        for name in ("__main__.py", "components", "bedrock_projects"):
            (self._folder / name).unlink()
        (self._folder / "__main__.py").symlink_to(HERE / "floor" / "program.py")
        (self._folder / "benchmarks").symlink_to(HERE)

    def declare(self, text: str) -> None:
        """Makes this inventory the wanted one."""
        file = self._folder / "projects.yaml"
        file.write_text(text)
        contents = inventory.load(file)
        declared = [declare(entry, contents, region=REGION) for entry in contents.in_environment("dev")]
        resources = {entry.key: inputs_of(entry) for entry in declared}
        (self._folder / "resources.json").write_text(json.dumps(resources))


def settled(subject: Subject) -> Subject:
    """The subject with the settings for large inventories, as `make up` chooses them."""
    subject.stack.environment |= MANY.environment
    return subject


def commands(subject: Subject, count: int) -> Mapping[str, tuple[str, Callable[[], Run]]]:
    """Measured operation to the inventory that is written before it, and the command; in the order of their names."""
    stack = subject.stack
    options = (*MANY.options, *QUIET)
    first = inventory_text(count, lambda _: "A")
    retagged = inventory_text(count, lambda _: "B")
    tenth = inventory_text(count, lambda number: "C" if number % 10 == 0 else "B")

    def up() -> Run:
        return stack.up(*options)

    def destroy() -> Run:
        stack.environment[ALLOW_ARCHIVE_VARIABLE] = str(count)  # its exact number, as a user confirms it
        return stack.destroy(*options)

    return {
        "first up": (first, up),
        "no-change up": (first, up),
        "preview": (first, lambda: stack.preview(*options)),
        "refresh": (first, lambda: stack.refresh(*options)),
        "one tag on all": (retagged, up),
        "10 % changed": (tenth, up),
        "destroy": (tenth, destroy),
    }
