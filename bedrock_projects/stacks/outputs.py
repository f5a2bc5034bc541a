"""From stacks to a catalogue: their settings, the inventory that these name, and their outputs, asked of the CLI.

https://www.pulumi.com/docs/iac/cli/commands/pulumi_stack_output/
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bedrock_projects import inventory
from bedrock_projects.attribution.catalogue import Catalogue, read_catalogue
from bedrock_projects.attribution.cataloguing import Deployed, catalogue_of
from bedrock_projects.errors import SettingsError
from bedrock_projects.stacks.access import for_reading
from bedrock_projects.stacks.files import settings_of, stack_names
from bedrock_projects.stacks.pulumi_cli import one_line, remedy_for, run_pulumi
from bedrock_projects.stacks.settings import OF_THE_STACK
from bedrock_projects.suggestions import did_you_mean

_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What Pulumi stores for a value that is not known: `pulumi.runtime.rpc.UNKNOWN`."""


def catalogue_and_source(environment: str, file: Path | None) -> tuple[Catalogue, str]:
    """The catalogue in the file, if one is given, else that of the stack which deploys the environment.

    The text names the file or the stack, for messages.
    """
    if file is not None:
        return read_catalogue(file), str(file)
    stack = stack_of(environment)
    otherwise = "use `--catalogue FILE` if this is not the place to deploy"
    return read_stacks([stack], otherwise=otherwise), f"stack {stack}"


def read_stacks(stacks: Sequence[str], *, otherwise: str = "") -> Catalogue:
    """The catalogue of these stacks of the program in the current folder.

    SettingsError where one has no projects or another inventory, is not deployed, or the CLI cannot read it; what to
    do then is `otherwise`, where there is another way.
    """
    settings = {stack: settings_of(stack, folder=Path()) for stack in dict.fromkeys(stacks)}
    files = {stack_settings.inventory for stack_settings in settings.values()}
    if len(files) > 1:
        raise SettingsError(
            f"these stacks have different inventories ({', '.join(sorted(map(str, files)))}); a catalogue is of one"
        )
    contents = inventory.load(files.pop())
    for stack, stack_settings in settings.items():
        if for_reading(stack_settings, contents).scope == "billing":
            raise SettingsError(f"stack {stack} is for Billing alone: it has no projects; leave it out")
    deployed = [
        Deployed(
            stack=stack,
            environment=stack_settings.environment,
            region=contents.environment(stack_settings.environment, remedy=OF_THE_STACK).region
            or stack_settings.region,
            projects=_projects(stack, otherwise),
        )
        for stack, stack_settings in settings.items()
    ]
    return catalogue_of(contents, deployed)


def stack_of(environment: str) -> str:
    """The stack that deploys an environment, by the files in the current folder: that of its name first."""
    known = set()
    for stack in sorted(stack_names(Path()), key=lambda name: name != environment):
        settings = settings_of(stack, folder=Path())
        if settings.environment == environment and settings.scope != "billing":
            return stack
        known.add(settings.environment)
    raise SettingsError(
        f"no stack in this folder deploys environment {environment!r}: "
        + did_you_mean(
            environment, known, remedy="run this in the folder of the Pulumi program, or give `--catalogue FILE`"
        )
    )


def _projects(stack: str, otherwise: str) -> Mapping[str, Any]:
    """The output `projects`, which an `up` leaves behind.

    An `up` with `--target` leaves values that are not known for entries that it skipped: these are not deployed yet.
    """
    code, stdout, stderr = run_pulumi("stack", "output", "--json", "--stack", stack, "--non-interactive")
    if code:
        said = one_line(stderr)
        remedy = ", or ".join(filter(None, (remedy_for(stack, said), otherwise)))
        raise SettingsError(f"the outputs of stack {stack} cannot be read: {said}; {remedy}")
    try:
        projects = json.loads(stdout)["projects"]
    except (ValueError, KeyError, TypeError):
        projects = None
    if not isinstance(projects, dict):
        raise SettingsError(f"stack {stack} has no output `projects`: bring it up first, `pulumi up --stack {stack}`")
    return {key: value for key, value in projects.items() if not _is_skipped(value)}


def _is_skipped(project: object) -> bool:
    return project == _UNKNOWN or (isinstance(project, dict) and _UNKNOWN in project.values())
