"""The settings of each stack of a run: the user's file, or one that is made in the user's cache.

Every command of the CLI writes a missing `Pulumi.<stack>.yaml`, with the salt of the passphrase. If the inventory says
all, the repository needs none.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bedrock_projects.errors import SettingsError
from bedrock_projects.files import made_folder, user_cache, write
from bedrock_projects.stacks.files import STACK_FILE_VARIABLE, program_settings, settings_of, stack_file, stack_names
from bedrock_projects.stacks.settings import Settings

_CONTENT = "# Made by `bedrock-projects run`; the inventory has the settings.\n{}\n"


@dataclass(frozen=True)
class Program:
    """A Pulumi program: its folder, the inventory that its stacks deploy, and the settings of stacks with a file."""

    folder: Path
    inventory: Path
    settings: Mapping[str, Settings]


def read_program(folder: Path) -> Program:
    """The program in the folder.

    SettingsError if there is none, if a file is not what Pulumi writes, or if the stacks have different inventories.
    """
    inventory = program_settings(folder).inventory
    settings = {stack: settings_of(stack, folder=folder) for stack in stack_names(folder)}
    others = [stack for stack, of_stack in settings.items() if of_stack.inventory != inventory]
    if others:
        raise SettingsError(
            f"Pulumi.{others[0]}.yaml has another `inventory` than Pulumi.yaml: {settings[others[0]].inventory}, not "
            f"{inventory}; `run` works on one inventory, so set it in Pulumi.yaml alone"
        )
    return Program(folder, inventory, settings)


def kept_folder(folder: Path, environment: Mapping[str, str], *, backend: str) -> Path:
    """What runs of the program in the folder keep on this machine: settings and logs; made if it is missing.

    `backend` is its URL: the salt in the settings of a stack is that of its state.
    """
    digest = hashlib.sha256(os.fsencode(f"{folder.resolve()}\0{backend}")).hexdigest()[:12]
    return made_folder(user_cache(environment) / "runs" / f"{folder.resolve().name}-{digest}")


def made_settings_file(stack: str, *, folder: Path, kept: Path) -> Path | None:
    """The file to give the CLI by `--config-file`; None if the stack has one in the program's folder."""
    if stack_file(stack, folder=folder).exists():
        return None
    file = kept / stack_file(stack, folder=folder).name
    if not file.exists():
        write(_CONTENT, file)
    return file


def options_of(file: Path | None) -> list[str]:
    """The CLI's options for that file."""
    return ["--config-file", str(file)] if file else []


def variables_of(file: Path | None) -> dict[str, str]:
    """The variables for that file: the provider and this package's own commands do not see the CLI's options."""
    return {STACK_FILE_VARIABLE: str(file)} if file else {}
