"""From stacks to a catalogue: their settings, the inventory that these name, and their outputs, asked of the CLI.

https://www.pulumi.com/docs/iac/cli/commands/pulumi_stack_output/
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bedrock_projects import inventory
from bedrock_projects.attribution.catalogue import Catalogue, read_catalogue
from bedrock_projects.attribution.cataloguing import Deployed, catalogue_of
from bedrock_projects.errors import SettingsError
from bedrock_projects.json_reading import read_json
from bedrock_projects.model import Inventory
from bedrock_projects.stacks.access import for_reading, settings_of_stack
from bedrock_projects.stacks.files import has_program, program_settings, settings_of, stack_names
from bedrock_projects.stacks.pulumi_cli import NO_STACK, one_line, remedy_for, run_pulumi
from bedrock_projects.stacks.settings import OF_THE_STACK, Settings
from bedrock_projects.suggestions import did_you_mean

_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What Pulumi stores for a value that is not known: `pulumi.runtime.rpc.UNKNOWN`."""
_AT_ONCE = 8
"""How many stacks the CLI is asked about at once: it mostly waits for the backend."""


def catalogue_and_source(environment: str, file: Path | None) -> tuple[Catalogue, str]:
    """The catalogue in the file, if one is given, else that of the stack which deploys the environment.

    The text names the file or the stack, for messages.
    """
    if file is not None:
        return read_catalogue(file), str(file)
    stack = stack_of(environment)
    otherwise = "use `--catalogue FILE` if this is not the place to deploy"
    return read_stacks([stack], otherwise=otherwise), f"stack {stack}"


class NotDeployedError(SettingsError):
    """A stack has no projects yet: it was never made, or never brought up."""


def read_stacks(stacks: Sequence[str], *, otherwise: str = "") -> Catalogue:
    """The catalogue of these stacks of the program in the current folder.

    SettingsError if one has no projects or another inventory, is not deployed, or the CLI cannot read it; what to
    do then is `otherwise`, if there is another way.
    """
    settings = {stack: settings_of_stack(stack) for stack in dict.fromkeys(stacks)}
    contents = _inventory_of(settings)
    return _catalogue(contents, settings, {stack: _projects(stack, otherwise) for stack in settings})


def read_deployed(settings: Mapping[str, Settings]) -> tuple[Catalogue, list[str]]:
    """The catalogue of those of these stacks that are deployed, and the names of the others, sorted.

    The settings are by stack. SettingsError as in `read_stacks`, and if no stack is deployed.
    """
    contents = _inventory_of(settings)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = dict(zip(settings, pool.map(_projects_if_deployed, settings), strict=True))
    projects = {stack: values for stack, values in found.items() if values is not None}
    if not projects:
        raise SettingsError("none of the stacks is deployed; run `bedrock-projects run up --all` first")
    return _catalogue(contents, settings, projects), sorted(found.keys() - projects.keys())


def _inventory_of(settings: Mapping[str, Settings]) -> Inventory:
    """The inventory of all these stacks; SettingsError if one is for Billing, or if they have several inventories."""
    files = {stack_settings.inventory for stack_settings in settings.values()}
    if len(files) > 1:
        raise SettingsError(
            f"these stacks have different inventories ({', '.join(sorted(map(str, files)))}); name stacks of one"
        )
    contents = inventory.load(files.pop())
    for stack, stack_settings in settings.items():
        if for_reading(stack_settings, contents).scope == "billing":
            raise SettingsError(f"stack {stack} is for Billing alone: it has no projects; leave it out")
        contents.environment(stack_settings.environment, remedy=OF_THE_STACK)
    return contents


def _catalogue(
    contents: Inventory, settings: Mapping[str, Settings], projects: Mapping[str, Mapping[str, Any]]
) -> Catalogue:
    deployed = [
        Deployed(
            stack=stack,
            environment=settings[stack].environment,
            region=contents.environment(settings[stack].environment).region or settings[stack].region,
            projects=of_stack,
        )
        for stack, of_stack in projects.items()
    ]
    return catalogue_of(contents, deployed)


def stack_of(environment: str) -> str:
    """The stack that deploys an environment, by the files in the current folder: that of its name first.

    If no file does, it is the one that `run` makes, if the inventory has the environment.
    """
    names, known = stack_names(Path()), set()
    for stack in sorted(names, key=lambda name: name != environment):
        settings = settings_of(stack, folder=Path())
        if settings.environment == environment and settings.scope != "billing":
            return stack
        known.add(settings.environment)
    if has_program(Path()):
        declared = inventory.load(program_settings(Path()).inventory).environments
        if environment in declared and environment not in names:
            return environment
        known |= declared.keys()
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
        kind = NotDeployedError if NO_STACK in said else SettingsError
        raise kind(f"the outputs of stack {stack} cannot be read: {said}; {remedy}")
    try:
        projects = read_json(stdout)["projects"]
    except (ValueError, KeyError, TypeError):
        projects = None
    if not isinstance(projects, dict):
        raise NotDeployedError(
            f"stack {stack} has no output `projects`: bring it up first, `pulumi up --stack {stack}`"
        )
    return {key: value for key, value in projects.items() if not _is_skipped(value)}


def _projects_if_deployed(stack: str) -> Mapping[str, Any] | None:
    try:
        return _projects(stack, "")
    except NotDeployedError:
        return None


def _is_skipped(project: object) -> bool:
    return project == _UNKNOWN or (isinstance(project, dict) and _UNKNOWN in project.values())
