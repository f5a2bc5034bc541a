"""The program that Pulumi.yaml describes: its interpreter, its plugins, its requirements, its command line."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from pulumi.runtime.proto import language_pb2

EXECUTOR = Path(__file__).parent.with_name("pulumi-language-python-exec")

# For the program's interpreter, which alone knows what it can import. Prints one plugin a line, as JSON.
LIST_PLUGINS = """
import glob, json, os, sys
for folder in sys.path:
    for file in glob.glob(os.path.join(glob.escape(folder or "."), "*", "pulumi-plugin.json")):
        with open(file, encoding="utf-8") as opened:
            plugin = json.load(opened)
        if plugin.get("resource"):
            package = os.path.basename(os.path.dirname(file))
            plugin.setdefault("name", package.removeprefix("pulumi_"))
            if "version" not in plugin:
                import importlib.metadata
                plugin["version"] = importlib.metadata.version(package)
            print(json.dumps(plugin))
"""


class HostError(Exception):
    """Something for the user to put right; the engine shows the text as it is."""


@dataclass(frozen=True)
class Python:
    """The interpreter that `runtime.options` of Pulumi.yaml names."""

    executable: Path
    virtualenv: Path | None

    def environment(self) -> dict[str, str]:
        """The environment of the CLI, with the virtual environment activated as its `activate` script would."""
        environment = dict(os.environ)
        if self.virtualenv is not None:
            environment.pop("PYTHONHOME", None)
            environment["VIRTUAL_ENV"] = str(self.virtualenv)
            environment["PATH"] = f"{self.virtualenv / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
        return environment

    def output(self, *arguments: str, folder: str) -> str:
        """What the interpreter prints to stdout when run in `folder`."""
        done = subprocess.run(
            [self.executable, *arguments],
            cwd=folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise HostError(f"{self.executable} {arguments[0]} failed:\n{done.stderr.strip()}")
        return done.stdout

    def lines(self, *arguments: str, folder: str) -> Iterator[str]:
        """What it prints, stdout and stderr as they come, while it runs."""
        with subprocess.Popen(
            [self.executable, *arguments],
            cwd=folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            yield from process.stdout or ()
        if process.returncode:
            raise HostError(f"{' '.join(arguments)}: exit status {process.returncode}; the lines above say why")


def ambient_python() -> Python:
    """The interpreter on PATH, which makes virtual environments and runs programs that name none."""
    chosen = os.environ.get("PULUMI_PYTHON_CMD")
    names = [chosen] if chosen else ["python3", "python"]
    for name in names:
        if executable := shutil.which(name):
            return Python(Path(executable), None)
    raise HostError(f"{' or '.join(names)} is not on PATH; install Python 3.10 or newer")


def virtualenv_of(info: language_pb2.ProgramInfo) -> Path | None:
    """The folder that `runtime.options.virtualenv` names, be it there or not."""
    options: Mapping[str, Any] = json_format.MessageToDict(info.options)
    if _toolchain(options) not in ("pip", "uv") or "typechecker" in options:
        raise HostError(
            "Pulumi.yaml: runtime.options: a Pulumi CLI built by tools/engine knows `toolchain: pip` or `uv` and no "
            "typechecker; change the options, or install Pulumi: https://www.pulumi.com/docs/install/"
        )
    virtualenv = options.get("virtualenv")
    return Path(info.root_directory, virtualenv) if virtualenv else None


def python_of(info: language_pb2.ProgramInfo) -> Python:
    """The interpreter to run the program with; a virtual environment that is named must exist."""
    virtualenv = virtualenv_of(info)
    if virtualenv is None:
        return ambient_python()
    executable = virtualenv / "bin" / "python"
    if not executable.exists():
        fault = "is not a virtual environment" if virtualenv.exists() else "does not exist"
        raise HostError(
            f"Pulumi.yaml: runtime.options.virtualenv names {virtualenv}, which {fault}; "
            "`pulumi install` makes it and installs the program's requirements into it"
        )
    return Python(executable, virtualenv)


def plugins_of(info: language_pb2.ProgramInfo) -> list[dict[str, Any]]:
    """What the packages that the program can import say in their `pulumi-plugin.json`."""
    listed = python_of(info).output("-c", LIST_PLUGINS, folder=info.program_directory)
    return [json.loads(line) for line in listed.splitlines()]


def _toolchain(options: Mapping[str, Any]) -> str:
    return str(options.get("toolchain", "pip"))


def install(info: language_pb2.ProgramInfo) -> Iterator[str]:
    """Makes the virtual environment and installs the program's requirements; yields what the commands print.

    With uv, the environment must be there: uv makes it.
    """
    folder = info.program_directory
    virtualenv = virtualenv_of(info)
    if _toolchain(json_format.MessageToDict(info.options)) == "uv":
        if virtualenv is None or not (virtualenv / "bin" / "python").exists():
            raise HostError(f"`toolchain: uv`: run `uv sync` in {folder} first, which makes the virtual environment")
        return
    if virtualenv is not None and not (virtualenv / "bin" / "python").exists():
        yield f"Creating virtual environment {virtualenv}\n"
        yield from ambient_python().lines("-m", "venv", str(virtualenv), folder=folder)
    if Path(folder, "requirements.txt").exists():
        wanted = ["--requirement", "requirements.txt"]
    elif Path(folder, "pyproject.toml").exists():
        wanted = ["--editable", "."]
    else:
        return
    yield from python_of(info).lines("-m", "pip", "install", *wanted, folder=folder)


def command_line(request: language_pb2.RunRequest, engine: str) -> list[str]:
    """What the interpreter is given to run the program once."""
    named = {
        "monitor": request.monitor_address,
        "engine": engine,
        "project": request.project,
        "root_directory": request.info.root_directory,
        "stack": request.stack,
        "pwd": request.pwd,
        "dry_run": "true" if request.dryRun else "false",
        "parallel": str(request.parallel),
        "organization": request.organization,
    }
    flags = [word for name, value in named.items() if value for word in (f"--{name}", value)]
    return [str(EXECUTOR), *flags, request.info.entry_point, *request.args]


def run(request: language_pb2.RunRequest, engine: str) -> subprocess.Popen[bytes]:
    """Starts the program; what it prints goes where the host's own output goes, to the engine."""
    python = python_of(request.info)
    environment = python.environment()
    environment["PULUMI_CONFIG"] = json.dumps(dict(request.config))
    environment["PULUMI_CONFIG_SECRET_KEYS"] = json.dumps(list(request.configSecretKeys))
    command = [str(python.executable), *command_line(request, engine)]
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)
