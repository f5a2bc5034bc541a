"""For tests of pins: wheels that pip accepts and that install nothing, and a fake uv."""

import zipfile
from pathlib import Path

from bedrock_projects.template.pins import installed_version


def empty_wheel(folder: Path, version: str | None = None) -> Path:
    """A wheel with the name of this package, and its version or another one."""
    version = version or installed_version()
    file = folder / f"bedrock_projects-{version}-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        info = f"bedrock_projects-{version}.dist-info"
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: bedrock-projects\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return file


def fake_uv(folder: Path, *, status: int = 0) -> Path:
    """A folder with a `uv` that writes its arguments to uv.lock in the current folder, and says why it fails."""
    folder.mkdir()
    uv = folder / "uv"
    uv.write_text(f'#!/bin/sh\necho "$*" >> uv.lock\nprintf "no\\nnetwork\\n" >&2\nexit {status}\n', "utf-8")
    uv.chmod(0o755)
    return folder
