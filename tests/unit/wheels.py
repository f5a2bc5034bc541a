"""Wheels for tests of pins: pip accepts them, and they install nothing."""

import zipfile
from pathlib import Path

from bedrock_projects.template.pins import installed_version


def empty_wheel(folder: Path) -> Path:
    """A wheel with the name and version of this package."""
    version = installed_version()
    file = folder / f"bedrock_projects-{version}-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        info = f"bedrock_projects-{version}.dist-info"
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: bedrock-projects\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return file
