"""Small inventories, written and read."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bedrock_projects.inventory import load
from bedrock_projects.model import Inventory, Project

FOLDER = Path(__file__).parents[1] / "inventories"


def project(tmp_path: Path, text: str, key: str = "search") -> Project:
    return project_in(inventory(tmp_path, text), key)


def project_in(inventory: Inventory, key: str, environment: str = "dev") -> Project:
    return next(project for project in inventory.in_environment(environment) if project.key == key)


def inventory(tmp_path: Path, text: str) -> Inventory:
    path = tmp_path / "projects.yaml"
    path.write_text(text, "utf-8")
    return load(path)


def minimal(entry: str = "", environment: str = "", top: str = "") -> str:
    return (
        f"version: 1\ninventory: acme\n{top}\nenvironments: {{dev: {{{environment}}}}}\n"
        f"projects:\n  search: {{name: Search, environments: [dev], {entry}}}\n"
    )


@contextmanager
def without_privileges(folder: Path) -> Iterator[None]:
    """As a user to whom a closed folder is closed, which it is not to root; `folder` is for all to write."""
    folder.chmod(0o777)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)
