"""Which wheel of this package a repository pins: one in a file, or the one that pip finds for this version."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bedrock_projects.errors import SettingsError
from bedrock_projects.template.pins import PACKAGE, WHEELS, Pin, installed_version

_PARTS = 5
"""Of the name of a wheel: package, version, and the tags of Python, ABI and platform; our version has no build tag."""


def pin_of(wheel: Path | None) -> Pin:
    """The pin of a wheel file; if there is none, that of the installed version in the package index.

    SettingsError with what to do if the file is not a wheel of this package, or if pip cannot have one.
    """
    return _pin_of_index() if wheel is None else pin_of_wheel(wheel)


def keep_wheel(wheel: Path, folder: Path) -> None:
    """Copies the wheel to where a local pin looks for it; SettingsError if that fails."""
    try:
        (folder / WHEELS).mkdir(exist_ok=True)
        shutil.copy(wheel, folder / WHEELS)
    except OSError as error:
        raise SettingsError(f"{wheel} cannot be copied to {folder / WHEELS}: {error.strerror}") from None


def pin_of_wheel(wheel: Path) -> Pin:
    """The pin of a wheel file; SettingsError if it is not a wheel of this package."""
    parts = wheel.name.split("-")
    is_named = wheel.suffix == ".whl" and len(parts) == _PARTS and parts[0] == PACKAGE.replace("-", "_")
    if not is_named or not wheel.is_file():
        raise SettingsError(
            f"{wheel} is not a wheel of {PACKAGE}; give a file such as bedrock_projects-1.0.0-py3-none-any.whl"
        )
    return Pin(version=parts[1], hash=sha256_of(wheel), wheel=wheel.name)


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


_OTHERWISE = "check the package index, or give the wheel with `--wheel FILE`"


def _pin_of_index() -> Pin:
    """The pin of the installed version, whose wheel pip downloads from the configured index."""
    version = installed_version()
    with TemporaryDirectory() as folder:
        # Without --no-input, pip would wait for a password that nobody is asked for: what it prints is not shown.
        options = ["--no-input", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", folder]
        done = subprocess.run(  # noqa: S603  our own Python
            [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", *options, f"{PACKAGE}=={version}"],
            capture_output=True,
            text=True,
            check=False,
        )
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            reason = (done.stderr.strip().splitlines() or ["no wheel"])[-1]
            raise SettingsError(f"pip cannot download {PACKAGE}=={version}: {reason}; {_OTHERWISE}")
        return Pin(version=version, hash=sha256_of(wheels[0]))
