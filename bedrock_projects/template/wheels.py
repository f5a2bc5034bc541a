"""Which wheel of this package a repository pins: one in a file, or the one that pip finds for this version."""

import email
import hashlib
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from bedrock_projects.errors import SettingsError
from bedrock_projects.template.pins import PACKAGE, WHEELS, Pin, installed_version

_NAME = re.compile(r"(?P<package>[^-]+)-(?P<version>[^-]+)(?:-[^-]+){3,4}\.whl")
"""The file name of a wheel: package, version, perhaps a build tag, and the tags of Python, ABI and platform."""
_EXAMPLE = "bedrock_projects-1.0.0-py3-none-any.whl"


def pin_of(wheel: Path | None) -> Pin:
    """The pin of a wheel file; if there is none, that of the installed version in the package index.

    SettingsError with what to do if the file is not a wheel of this version, or if pip cannot have one.
    """
    if wheel is None:
        return _pin_of_index()
    pin, version = pin_of_wheel(wheel), installed_version()
    if pin.version != version:
        raise SettingsError(
            f"{wheel} is {PACKAGE} {pin.version}, and this command is of {version}, as the files that it writes; "
            "install that wheel, and run its command"
        )
    return pin


def keep_wheel(wheel: Path, folder: Path) -> None:
    """Copies the wheel to where a local pin looks for it; SettingsError if that fails."""
    try:
        (folder / WHEELS).mkdir(exist_ok=True)
        shutil.copy(wheel, folder / WHEELS)
    except OSError as error:
        raise SettingsError(f"{wheel} cannot be copied to {folder / WHEELS}: {error.strerror}") from None


def own_wheel(folder: Path) -> Path | None:
    """The wheel of this version that a repository already keeps; None if it keeps none."""
    prefix = f"{PACKAGE.replace('-', '_')}-{installed_version()}-"
    return next(iter(sorted((folder / WHEELS).glob(f"{prefix}*.whl"))), None)


def pin_of_wheel(wheel: Path) -> Pin:
    """The pin of a wheel file; SettingsError if it is not a whole wheel of this package."""
    named = _NAME.fullmatch(wheel.name)
    if not wheel.is_file():
        raise SettingsError(f"{wheel} is not a file; give a wheel such as {_EXAMPLE}")
    try:
        package, version = _metadata(wheel)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise SettingsError(f"{wheel} is not a wheel of {PACKAGE}: {error}; build or download it again") from None
    if package != PACKAGE or not named:
        raise SettingsError(f"{wheel} is not a wheel of {PACKAGE}; give a file such as {_EXAMPLE}")
    if (_normal(named["package"]), named["version"]) != (PACKAGE, version):
        raise SettingsError(
            f"{wheel} is {PACKAGE} {version}, as its metadata says; give it the name that it was built with"
        )
    return Pin(version=version, hash=sha256_of(wheel), wheel=wheel.name)


def _metadata(wheel: Path) -> tuple[str, str]:
    """Package and version that a wheel says it is; ValueError if it says nothing."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)]
        if not names:
            raise ValueError("it has no metadata")
        fields = email.message_from_bytes(archive.read(names[0]))
    return _normal(fields["Name"] or ""), fields["Version"] or ""


def _normal(name: str) -> str:
    """A name as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


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
            cwd=folder,  # Python imports from the folder of `-m` first: a `pip.py` of the user's folder would run
            capture_output=True,
            text=True,
            check=False,
        )
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            reason = (done.stderr.strip().splitlines() or ["no wheel"])[-1]
            raise SettingsError(f"pip cannot download {PACKAGE}=={version}: {reason}; {_OTHERWISE}")
        return Pin(version=version, hash=sha256_of(wheels[0]))
