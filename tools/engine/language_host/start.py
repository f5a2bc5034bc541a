"""Starts the language host; every run of the CLI does that twice."""

import importlib.util
import sys
import types
from pathlib import Path


def without_sdk() -> None:
    """Makes `pulumi.runtime.proto` importable alone: the SDK around it would be half of the host's time to start."""
    specification = importlib.util.find_spec("pulumi")
    if specification is None or specification.origin is None:
        sys.exit(f"pulumi-language-python: {sys.executable} has no package pulumi; `make engine` notes another Python")
    folder = Path(specification.origin).parent
    for name, path in (
        ("pulumi", folder),
        ("pulumi.runtime", folder / "runtime"),
        ("pulumi.runtime.proto", folder / "runtime" / "proto"),
    ):
        package = types.ModuleType(name)
        package.__path__ = [str(path)]
        sys.modules[name] = package


def main() -> None:
    """The engine's address is the last argument."""
    without_sdk()
    from .service import serve

    serve(sys.argv[-1])
