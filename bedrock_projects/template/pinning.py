"""Which wheel of this package a repository pins: one in a file, or the one that pip finds for this version."""

import hashlib
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bedrock_projects.errors import SettingsError
from bedrock_projects.template.pins import PACKAGE, Pin, installed_version

_SECONDS = 120


def pin_of_wheel(wheel: Path) -> Pin:
    """The pin of a wheel file; SettingsError if it is none of this package."""
    parts = wheel.name.split("-")
    if wheel.suffix != ".whl" or parts[0] != PACKAGE.replace("-", "_") or not wheel.is_file():
        raise SettingsError(
            f"{wheel} is not a wheel of {PACKAGE}; give a file such as bedrock_projects-1.0.0-py3-none-any.whl"
        )
    return Pin(version=parts[1], hash=_sha256(wheel), is_local=True)


def pin_of_index() -> Pin:
    """The pin of the installed version, whose wheel pip downloads from the configured index.

    SettingsError with what to do if pip cannot have it.
    """
    version = installed_version()
    with TemporaryDirectory() as folder:
        command = [
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--dest",
            folder,
            f"{PACKAGE}=={version}",
        ]
        try:
            done = subprocess.run(  # noqa: S603  our own Python
                [sys.executable, "-m", "pip", "--disable-pip-version-check", *command],
                capture_output=True,
                text=True,
                check=False,
                timeout=_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise SettingsError(f"pip did not answer within {_SECONDS} seconds; {_OTHERWISE}") from None
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            reason = (done.stderr.strip().splitlines() or ["no wheel"])[-1]
            raise SettingsError(f"pip cannot download {PACKAGE}=={version}: {reason}; {_OTHERWISE}")
        return Pin(version=version, hash=_sha256(wheels[0]))


_OTHERWISE = "check the package index, or give the wheel with `--wheel FILE`"


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
