"""Builds wheel and source archive of a commit with the pinned tools, and describes them."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.licences import names_of_licences
from tools.release.sbom import completed, sbom_problems

ROOT = Path(__file__).parents[2]
_PINNED = Path(__file__).parent / "requirements.txt"
_EPOCH = "1580601600"
"""The time that the files carry: not that of a commit, since the template of a commit names the hash of its wheel."""


@dataclass(frozen=True)
class Distributions:
    """The two files of a release."""

    wheel: Path
    sdist: Path

    def hashes(self) -> dict[str, str]:
        """The name of each file → its SHA-256."""
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in (self.wheel, self.sdist)}

    def names_in_wheel(self) -> list[str]:
        """The paths of the files within the wheel."""
        with zipfile.ZipFile(self.wheel) as archive:
            return archive.namelist()

    def names_in_sdist(self) -> list[str]:
        """The paths of the files within the source archive."""
        with tarfile.open(self.sdist) as archive:
            return [member.name for member in archive.getmembers() if member.isfile()]


def environment_with_tools(folder: Path) -> Path:
    """A new virtual environment with the tools of `requirements.txt`; its folder of executables."""
    return _environment(folder, _PINNED)


def environment_with_wheel(folder: Path, wheel: Path) -> Path:
    """A new virtual environment with the wheel and the pinned versions of what it needs; its folder of executables.

    Nothing unpinned may run before the files are published: it could replace them.
    """
    executables = _environment(folder, ROOT / "requirements.txt")
    _pip_install(executables, "--no-index", "--no-deps", wheel)
    return executables


def _environment(folder: Path, pins: Path) -> Path:
    venv.create(folder, with_pip=True, clear=True)
    executables = folder / "bin"
    _pip_install(executables, "--require-hashes", "-r", pins)
    return executables


def _pip_install(executables: Path, *options: str | Path) -> None:
    run(executables / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *options)


def unpack(commit: str, folder: Path, *, umask: int) -> Path:
    """Writes the files of a commit to a new folder, as of now and with these permissions withheld; the folder."""
    folder.mkdir(parents=True)
    packed = folder.with_suffix(".tar")
    run("git", "archive", "--output", packed, commit)
    with tarfile.open(packed) as archive:
        for member in archive.getmembers():
            archive.extract(member, folder, filter="data")
            if member.isfile():
                (folder / member.name).chmod(member.mode & ~umask)
                os.utime(folder / member.name)
    return folder


def build(source: Path, target: Path, tools: Path) -> Distributions:
    """Builds both files into a folder.

    Neither pip nor a network takes part: the build backend is one of the pinned tools.
    """
    command = (tools / "python", "-m", "build", "--no-isolation", "--outdir", target)
    run(*command, cwd=source, variables={"SOURCE_DATE_EPOCH": _EPOCH})
    (wheel,), (sdist,) = target.glob("*.whl"), target.glob("*.tar.gz")
    return Distributions(wheel, sdist)


def write_sbom(tools: Path, path: Path) -> list[str]:
    """Writes what `requirements.txt` pins, with versions, hashes and licences, as CycloneDX JSON; what it lacks."""
    options = ("--pyproject", ROOT / "pyproject.toml", "--mc-type", "application", "--output-reproducible")
    run(tools / "cyclonedx-py", "requirements", *options, "--output-file", path, ROOT / "requirements.txt")
    sbom = completed(json.loads(path.read_text("utf-8")), names_of_licences())
    path.write_text(json.dumps(sbom, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return sbom_problems(sbom)


def fresh(folder: Path) -> Path:
    """The folder, empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def output_of(*command: str | Path, cwd: Path = ROOT) -> str:
    """What a command prints, without the line break at the end."""
    return subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, text=True, check=True).stdout.rstrip("\n")


def run(*command: str | Path, cwd: Path = ROOT, variables: Mapping[str, str] | None = None) -> None:
    """Runs a command; what it prints is shown only if it fails."""
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **(variables or {})}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
