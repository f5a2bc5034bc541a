"""`uv lock`, which writes the hashes of all packages to uv.lock."""

import shutil
import subprocess
from pathlib import Path

from bedrock_projects.errors import SettingsError
from bedrock_projects.template.pins import PACKAGE


def require_uv() -> None:
    """SettingsError if uv is missing: asked before anything is written."""
    if not shutil.which("uv"):
        raise SettingsError("uv is not on PATH; install it, or use `toolchain: pip`")


def lock_with_uv(folder: Path) -> None:
    """Runs `uv lock` in the folder; SettingsError with what uv says if it fails."""
    # A wheel in the folder of wheels may be another build of the version that is locked.
    command = ["uv", "lock", "--quiet", "--upgrade-package", PACKAGE]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603  uv
    if done.returncode:
        said = " ".join(done.stderr.split()) or f"exit status {done.returncode}"
        raise SettingsError(f"the files are written, but `uv lock` failed in {folder}; run it again there: {said}")
