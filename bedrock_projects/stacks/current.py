"""The configuration that a stack has now, without its program: a refresh and a destroy are given that of the last run.

https://www.pulumi.com/docs/iac/cli/commands/pulumi_config/
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bedrock_projects.errors import SettingsError
from bedrock_projects.json_reading import read_json
from bedrock_projects.stacks.files import STACK_FILE_VARIABLE, program_folder, read_stack, stack_file
from bedrock_projects.stacks.pulumi_cli import one_line, run_pulumi

_NOT_RESOLVED = "[unknown]"


@dataclass(frozen=True)
class CurrentConfig:
    """The keys that are set now, `namespace:key` to text; `source` is where they were read, for messages.

    `unreadable` are set as well, but their values are encrypted, or not resolved yet. If `problem` says why nothing can
    be had, the rest is empty.
    """

    config: Mapping[str, str]
    unreadable: frozenset[str] = frozenset()
    source: str = ""
    problem: str = ""


def current_config(stack: str) -> CurrentConfig:
    """The configuration of a stack of the program in the current folder or above it.

    If the file is missing or imports environments of Pulumi ESC, the CLI is asked. SettingsError if the file is not
    what Pulumi writes.
    """
    folder = program_folder(Path())
    named = os.environ.get(STACK_FILE_VARIABLE, "").strip()
    if named and not Path(named).is_file():
        raise SettingsError(
            f"{STACK_FILE_VARIABLE} names {named!r}, which is not a file; set it to the path that you give by "
            "`--config-file`, or unset it"
        )
    file = Path(named) if named else stack_file(stack, folder=folder) if folder else None
    if folder and file and file.is_file():
        files = read_stack(folder, stack, file=file)
        if not files.imports:
            return CurrentConfig(files.config, files.encrypted, source=file.name)
    return _asked_of_the_cli(stack, named)


def _asked_of_the_cli(stack: str, file: str) -> CurrentConfig:
    arguments = ["config", "--json", "--stack", stack, "--non-interactive"]
    code, stdout, stderr = run_pulumi(*arguments, *(["--config-file", file] if file else []))
    if code:
        return CurrentConfig({}, problem=f"`pulumi config` says: {one_line(stderr)}")
    try:
        values = {str(key): entry.get("value") for key, entry in read_json(stdout).items()}
    except (ValueError, AttributeError):
        return CurrentConfig({}, problem="`pulumi config --json` does not print a mapping of keys")
    unreadable = frozenset(key for key, value in values.items() if value in (None, _NOT_RESOLVED))
    config = {key: str(value) for key, value in values.items() if key not in unreadable}
    return CurrentConfig(config, unreadable, source="`pulumi config`")
