"""The Pulumi CLI that the machine has."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.engine import go_build
from tools.engine.finder import Engine, WayError

# The release of the SDK that requirements.txt pins. An older one, 3.259, fails an engine test.
OLDEST = (3, 272, 0)
BELOW = (4, 0, 0)


def ask_version(executable: Path) -> str:
    """What `pulumi version` prints."""
    environment = os.environ | {"PULUMI_SKIP_UPDATE_CHECK": "true"}
    done = subprocess.run([executable, "version"], env=environment, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def parse(version: str) -> tuple[int, int, int] | None:
    """The three numbers of `v3.274.1` or `3.274.1-alpha.1`; None for anything else."""
    match = re.match(r"v?(\d+)\.(\d+)\.(\d+)(?![\d.])", version)
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


@dataclass(frozen=True)
class OnPath:
    """`pulumi` and `pulumi-language-python` on PATH, used as they are."""

    which: Callable[[str], str | None] = shutil.which
    version: Callable[[Path], str] = ask_version
    name: str = "path"

    def have(self) -> Engine | None:
        """The CLI, if it will do."""
        try:
            return self.get()
        except WayError:
            return None

    def get(self) -> Engine:
        """The CLI; WayError says why the one on PATH will not do."""
        executable = self.which("pulumi")
        if executable is None:
            raise WayError("pulumi is not on PATH")
        said = self.version(Path(executable))
        version = parse(said)
        if version is None:
            raise WayError(f"{executable} says {said!r} when asked for its version")
        if not OLDEST <= version < BELOW:
            oldest = ".".join(map(str, OLDEST))
            raise WayError(f"{executable} is {said}; {oldest} or newer, below {BELOW[0]}, is supported")
        if self.which("pulumi-language-python") is None:
            raise WayError(f"{executable} has no pulumi-language-python next to it or on PATH")
        folder = Path(executable).parent
        if not go_build.is_built_here(folder):
            return Engine(folder, on_path=True)
        go_build.provide_python(folder)
        return Engine(folder, on_path=True, environment=go_build.ENVIRONMENT)
