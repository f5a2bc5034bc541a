"""`uv lock`, which writes the hashes of all packages to uv.lock."""

import shutil
import subprocess
from pathlib import Path

from bedrock_projects.errors import SettingsError


def lock_with_uv(folder: Path) -> None:
    """Runs `uv lock` in the folder; SettingsError if uv is missing or fails."""
    if not shutil.which("uv"):
        raise SettingsError(f"uv is not on PATH; install it, then run `uv lock` in {folder}")
    done = subprocess.run(["uv", "lock", "--quiet"], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S607
    if done.returncode:
        raise SettingsError(f"`uv lock` failed in {folder}: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
