"""The Pulumi CLI of one version, from a release archive with a known checksum."""

import hashlib
import platform
import re
import shutil
import tarfile
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bedrock_projects.ci.http import opened
from bedrock_projects.errors import PipelineError, SettingsError

RELEASES = "https://github.com/pulumi/pulumi/releases/download"
CHECKSUMS = "https://get.pulumi.com/releases/sdk/pulumi-{}-checksums.txt"
"""Where Pulumi publishes the checksums of a version: https://www.pulumi.com/docs/install/versions/."""
SECONDS = 60
"""How long the server may take between two parts of the archive."""
_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
_CHUNK = 1 << 20
_VARIABLES = ("PULUMI_CLI_VERSION", "PULUMI_CLI_SHA256")


@dataclass(frozen=True)
class Pin:
    """A version such as `3.272.0`, and the SHA-256 that its archive may have, in hexadecimal, lower case."""

    version: str
    sha256: Collection[str]


def pinned(environment: Mapping[str, str]) -> Pin:
    """The pin that a pipeline's variables have; SettingsError if one is missing or has another form."""
    version, given = (environment.get(name, "") for name in _VARIABLES)
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise SettingsError(f"{_VARIABLES[0]} is {version!r}; set it to a version such as 3.272.0")
    sha256 = given.lower().split()
    if not sha256 or not all(re.fullmatch("[0-9a-f]{64}", one) for one in sha256):
        raise SettingsError(
            f"{_VARIABLES[1]} is {given!r}; set it to the SHA-256 of {_archive(version)}: {CHECKSUMS.format(version)}"
        )
    return Pin(version, sha256)


def install_pulumi(pin: Pin, folder: Path, *, source: str = RELEASES) -> Path:
    """Downloads the archive for this machine, checks it, and then unpacks it.

    Args:
        pin: which archive.
        folder: where the executables go; it is created, and its other files stay.
        source: URL of a folder that has `v<version>/pulumi-v<version>-linux-x64.tar.gz`, and so on.

    Returns the folder, absolute. Raises PipelineError if there is no such archive, or if it is another one.

    """
    url = f"{source.rstrip('/')}/v{pin.version}/{_archive(pin.version)}"
    with tempfile.TemporaryFile() as archive:
        try:
            _check(_download(url, archive), pin.sha256, url)
            archive.seek(0)
            _unpack(archive, folder)
        except (OSError, EOFError, ValueError, tarfile.TarError) as error:
            raise PipelineError(f"the Pulumi CLI cannot be installed ({url}: {error})") from None
    return folder.absolute()


def _archive(version: str) -> str:
    """The name of the archive for this machine."""
    system, machine = platform.system().lower(), platform.machine().lower()
    return f"pulumi-v{version}-{system}-{_MACHINES.get(machine, machine)}.tar.gz"


def _download(url: str, archive: IO[bytes]) -> str:
    """Writes the archive; returns its SHA-256."""
    digest = hashlib.sha256()
    with opened(url, seconds=SECONDS) as answer:  # the checksum decides, not the place
        while chunk := answer.read(_CHUNK):
            digest.update(chunk)
            archive.write(chunk)
    return digest.hexdigest()


def _check(found: str, expected: Collection[str], url: str) -> None:
    if found not in expected:
        raise PipelineError(
            f"{url} has the SHA-256 {found}, not {' or '.join(expected)}; nothing was installed. "
            f"If the version has changed, add its checksum from its release page to {_VARIABLES[1]}, after a space"
        )


def _unpack(archive: IO[bytes], folder: Path) -> None:
    """Writes the files by name alone, so no path in the archive leads anywhere else."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=archive, mode="r:gz") as members:
        for member in members:
            content = members.extractfile(member) if member.isreg() else None
            if content is not None:
                path = folder / Path(member.name).name
                with content, path.open("wb") as file:
                    shutil.copyfileobj(content, file)
                path.chmod(0o755)
