"""The settings of each stack for Pulumi Deployments, as the bodies of requests to Pulumi Cloud.

https://www.pulumi.com/docs/reference/cloud-rest-api/deployments/ and the types of the Pulumi CLI's own client. Nobody
has sent one yet.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bedrock_projects.fleet.stacks import FleetStack
from bedrock_projects.model import Inventory

_BRANCH: Final = "refs/heads/{}"
_SESSION: Final = "bedrock-projects"


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where Deployments gets the program, and as whom it runs.

    `repository` is `owner/name` on GitHub. `folder` is that of Pulumi.yaml in it, empty for its top. `role_arn` is the
    role that trusts Pulumi Cloud; the roles of the inventory are assumed with it.
    """

    repository: str
    branch: str
    folder: str
    role_arn: str


def settings_of_stacks(
    stacks: Iterable[FleetStack], inventory: Inventory, source: Source, *, file: Path, program: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """The settings of each stack by name.

    `file` is that of the inventory, and `program` what all stacks run, as patterns of git; both are relative to the
    folder of Pulumi.yaml. A push deploys a stack only if it changes a file that the stack depends on.

    Pull requests are not previewed: a stack has one role for all operations, so what they propose would run with it.
    """
    return {
        stack.name: _settings(stack, source, [*map(_as_pattern, program), *_paths(stack, inventory, file=file)])
        for stack in stacks
    }


def _settings(stack: FleetStack, source: Source, paths: Sequence[str]) -> dict[str, Any]:
    git: Mapping[str, str] = {"branch": _BRANCH.format(source.branch)}
    return {
        "sourceContext": {"git": {**git, "repoDir": source.folder} if source.folder else git},
        "gitHub": {
            "repository": source.repository,
            "deployCommits": True,
            "previewPullRequests": False,
            "pullRequestTemplate": False,
            "paths": [(Path(source.folder) / path).as_posix() for path in paths],
        },
        "operationContext": {
            "oidc": {"aws": {"roleArn": source.role_arn, "sessionName": f"{_SESSION}-{stack.name}"[:64]}},
            # The queue of a stack needs only its newest commit.
            "options": {"skipIntermediateDeployments": True},
        },
    }


def _paths(stack: FleetStack, inventory: Inventory, *, file: Path) -> list[str]:
    """The files of the stack's settings, and of the entries of its environment; those of Billing are all."""
    entries = (
        entry.location.rsplit(":", 2)[0]
        for entry in inventory.projects
        if stack.environment in (None, entry.environment)
    )
    return [f"Pulumi.{stack.name}.yaml", *sorted({file.as_posix(), *entries})]


def _as_pattern(pattern: str) -> str:
    """A pattern of git for Pulumi Cloud: a name without a suffix is that of a folder."""
    plain = pattern.removeprefix(":(glob)")
    return plain if "." in plain else f"{plain}/**"
