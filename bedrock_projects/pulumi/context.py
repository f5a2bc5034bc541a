"""The stack that a program runs for: its settings, its full name, its inventory, and how an error ends it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from os import PathLike
from pathlib import Path

import pulumi
from pulumi.runtime.config import get_config_env

from bedrock_projects import inventory as inventories
from bedrock_projects.errors import BedrockProjectsError
from bedrock_projects.model import Inventory
from bedrock_projects.pulumi.arguments import OPTIONAL_STRING, Kind, require
from bedrock_projects.pulumi.messages import failure
from bedrock_projects.stacks.access import for_deploying
from bedrock_projects.stacks.settings import Settings, own_settings, read_settings

InventorySource = str | PathLike[str] | Inventory
"""A path, relative to the folder of the program, or an inventory that `bedrock_projects.inventory.load` read."""

_INVENTORY = Kind((str, PathLike, Inventory), "a path, or an inventory that `bedrock_projects.inventory.load` read")


def all_settings() -> Settings:
    """The settings of the stack of a program that has no others; SettingsError for one that is unknown."""
    return read_settings(get_config_env(), project=pulumi.get_project(), stack=pulumi.get_stack())


def check_settings() -> Settings:
    """The settings of the stack of any program; SettingsError for one that cannot work, or that projects would not use.

    Other keys in the namespace of its Pulumi project are its own.
    """
    project = pulumi.get_project()
    return read_settings(own_settings(get_config_env(), project=project), project=project, stack=pulumi.get_stack())


def settings_and_inventory(whose: str, source: InventorySource, environment: str | None) -> tuple[Settings, Inventory]:
    """The settings of the stack of any program, with its own `environment` if it gives one, and the inventory.

    The roles are those of a run: a preview must declare what the run declares.

    Raises InventoryError with all problems of the file, and SettingsError for settings, for arguments of another type,
    and for an environment that the inventory lacks; `whose` names the component in messages.
    """
    require(whose, "inventory", source, _INVENTORY)
    require(whose, "environment", environment, OPTIONAL_STRING)
    settings = check_settings()
    if isinstance(source, Inventory):
        contents = source
    else:
        settings = replace(settings, inventory=Path(source))
        contents = inventories.load(settings.inventory)
    if environment is not None:
        contents.environment(environment, remedy=f"correct `environment` of {whose}")
        settings = replace(settings, environment=environment)
    return for_deploying(settings, contents), contents


def full_stack_name() -> str:
    """`<organization>/<project>/<stack>`."""
    return f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"


@contextmanager
def ending_with_one_message() -> Iterator[None]:
    """Turns an expected error into one that ends the program with its message and without a traceback."""
    try:
        yield
    except BedrockProjectsError as error:
        raise failure(error) from None
