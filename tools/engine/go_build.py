"""The Pulumi CLI from its Go modules, at the versions that go.mod and go.sum next to this file pin."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.engine import cache
from tools.engine.finder import NO_SDK, Engine, WayError
from tools.engine.work import Task

HERE = Path(__file__).parent
CLI = "github.com/pulumi/pulumi/pkg/v3"
SDK = "github.com/pulumi/pulumi/sdk/v3"
HOST = "language_host"
ASK = "import importlib.util, sys; sys.exit(importlib.util.find_spec('pulumi') is None)"
LAUNCHER = "pulumi-language-python"
# Of the SDK's Go module; they are Pulumi's own and run with the program's Python.
SDK_FILES = ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python")
# Such a CLI is for machines that reach registries only: it must neither look for plugins nor for a newer version.
ENVIRONMENT = {"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true", "PULUMI_SKIP_UPDATE_CHECK": "true"}


def is_built_here(folder: Path) -> bool:
    """Whether the CLI in `folder` has the language host of this package."""
    return (folder / HOST).is_dir()


def has_sdk(python: str, folder: Path) -> bool:
    """Whether that interpreter is there and has the package pulumi; it sees the modules in `folder` first."""
    try:
        return subprocess.run([python, "-c", ASK], cwd=folder, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def provide_python(folder: Path, python: str = sys.executable) -> None:
    """Notes `python` for the language host of the CLI in `folder`, unless the noted one is as good; raises WayError.

    The environment that was noted may be gone, or may be made anew without the package.
    """
    note = folder / "python"
    if note.exists() and has_sdk(note.read_text().strip(), folder):
        return
    if not has_sdk(python, folder):
        raise WayError(NO_SDK.format(python))
    # Under a name of its own at first: a launcher may read the note at any time.
    unfinished = folder / f"python-{os.getpid()}"
    unfinished.write_text(f"{python}\n")
    unfinished.rename(note)


def pinned_version(source: Path) -> str:
    """The version of the CLI that go.mod requires, such as v3.274.1."""
    match = re.search(rf"^\s*(?:require )?{re.escape(CLI)} (v\S+)$", (source / "go.mod").read_text(), re.MULTILINE)
    if match is None:
        raise WayError(f"{source / 'go.mod'} does not require {CLI}")
    return match[1]


def key(source: Path) -> str:
    """Names the folder in the cache: another content of these files, or another machine, is another CLI."""
    files = [source / "go.mod", source / "go.sum", source / LAUNCHER, *sorted((source / HOST).glob("*.py"))]
    digest = hashlib.sha256(f"{os.uname().sysname} {os.uname().machine}".encode())
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


@dataclass(frozen=True)
class GoBuild:
    """`go build`, once for each key; `limit` is in seconds, for a slow machine without a build cache."""

    root: Path
    run: Callable[[Task], str]
    say: cache.Say
    which: Callable[[str], str | None] = shutil.which
    source: Path = HERE
    python: str = sys.executable
    limit: float = 3600
    name: str = "go"

    def _folder(self) -> Path:
        return self.root / f"built-{key(self.source)}"

    def have(self) -> Engine | None:
        """The CLI that was built before."""
        folder = self._folder()
        if not folder.exists():
            return None
        try:
            provide_python(folder, self.python)
        except WayError:
            return None
        return Engine(folder, environment=ENVIRONMENT)

    def get(self) -> Engine:
        """Builds the CLI; 4 minutes the first time, seconds with Go's build cache."""
        folder = cache.make_folder(self._folder(), fill=self._build, say=self.say)
        provide_python(folder, self.python)
        return Engine(folder, environment=ENVIRONMENT)

    def _build(self, folder: Path) -> None:
        if self.which("go") is None:
            raise WayError("go is not on PATH; install Go, the version that tools/engine/go.mod names or newer")
        provide_python(folder, self.python)
        version = pinned_version(self.source)
        stamp = f"-s -w -X {SDK}/go/common/version.Version={version}"
        build = ("go", "build", "-mod=readonly", "-buildvcs=false", "-trimpath", "-ldflags", stamp)
        self.run(
            Task(
                f"building the Pulumi CLI {version} (minutes the first time)",
                (*build, "-o", str(folder / "pulumi"), f"{CLI}/cmd/pulumi"),
                folder=self.source,
                limit=self.limit,
            )
        )
        where = ("go", "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", SDK)
        sdk = Path(self.run(Task("asking Go for the SDK", where, folder=self.source, limit=60)).strip())
        for file in (*(sdk / name for name in SDK_FILES), self.source / LAUNCHER):
            # Not the mode as well: Go's module cache is read-only.
            shutil.copyfile(file, folder / file.name)
            (folder / file.name).chmod(0o755)
        shutil.copytree(self.source / HOST, folder / HOST, ignore=shutil.ignore_patterns("__pycache__"))
