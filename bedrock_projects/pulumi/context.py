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
from bedrock_projects.pulumi.messages import failure
from bedrock_projects.stacks.settings import Settings, own_settings, read_settings

InventorySource = str | PathLike[str] | Inventory
"""A path, relative to the folder of the program, or an inventory that `bedrock_projects.inventory.load` read."""


def all_settings() -> Settings:
    """The settings of the stack of a program that has no others; SettingsError for one that is unknown."""
    return read_settings(get_config_env(), project=pulumi.get_project(), stack=pulumi.get_stack())


def program_settings(environment: str | None = None) -> Settings:
    """The settings of the stack of any program: other keys in the namespace of its project are its own."""
    project = pulumi.get_project()
    settings = read_settings(own_settings(get_config_env(), project=project), project=project, stack=pulumi.get_stack())
    return replace(settings, environment=environment) if environment else settings


def full_stack_name() -> str:
    """`<organization>/<project>/<stack>`."""
    return f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"


def read_inventory(source: InventorySource) -> Inventory:
    """The inventory; InventoryError with all problems of the file."""
    return source if isinstance(source, Inventory) else inventories.load(Path(source))


@contextmanager
def ending_with_one_message() -> Iterator[None]:
    """Turns an expected error into one that ends the program with its message and without a traceback."""
    try:
        yield
    except BedrockProjectsError as error:
        raise failure(error) from None
