"""The version of this package that a repository uses, and the files that say so.

Imports no other package: the check of a release runs before anything is installed.
"""

import importlib.metadata
from dataclasses import dataclass

from bedrock_projects.errors import SettingsError

PACKAGE = "bedrock-projects"
REQUIREMENTS = "requirements.txt"
PYPROJECT = "pyproject.toml"
WHEELS = "wheels"


@dataclass(frozen=True, kw_only=True)
class Pin:
    """The version of this package that a repository uses; `hash` is the SHA-256 of its wheel, in hexadecimal digits.

    `is_local`: the wheel is in the folder `wheels` of the repository, not in a package index.
    """

    version: str
    hash: str
    is_local: bool = False


def installed_version() -> str:
    """The version of this package; SettingsError if it is not installed."""
    try:
        return importlib.metadata.version(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        raise SettingsError(
            f"{PACKAGE} is not installed, so its version is unknown; install it with `pip install`"
        ) from None


def requirements(pin: Pin) -> str:
    """requirements.txt for pip: this package by version and hash, then what it needs."""
    return (
        "# `bedrock-projects` by version and hash; dependencies.txt pins what it needs.\n"
        + (f"--find-links {WHEELS}\n" if pin.is_local else "")
        + f"bedrock-projects=={pin.version} \\\n    --hash=sha256:{pin.hash}\n-r dependencies.txt\n"
    )


def pyproject(name: str, pin: Pin) -> str:
    """pyproject.toml for uv, which keeps the hashes in uv.lock."""
    return (
        f'[project]\nname = "{name}"\nversion = "0"\nrequires-python = ">=3.10"\n'
        f'dependencies = ["bedrock-projects=={pin.version}"]\n\n[tool.uv]\npackage = false\n'
        + (f'find-links = ["{WHEELS}"]\n' if pin.is_local else "")
    )
