"""`bedrock-projects init`: writes the repository of a team that deploys projects."""

import enum
import re
from pathlib import Path
from typing import Annotated

import typer

from bedrock_projects.commands.options import aws_region, examples
from bedrock_projects.errors import SettingsError
from bedrock_projects.limits import INVENTORY_NAME
from bedrock_projects.template.locking import lock_with_uv, require_uv
from bedrock_projects.template.pinning import keep_wheel, pin_of
from bedrock_projects.template.rendering import NewRepository
from bedrock_projects.terminal import Style, Styled, progress, show

EXAMPLES = examples(
    "init acme-bedrock --name acme-bedrock --region us-west-2",
    "init . --toolchain uv",
)


class Toolchain(str, enum.Enum):
    """The tools that install Python packages for Pulumi."""

    PIP = "pip"
    UV = "uv"


def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder to write; it must be empty or new.")],
    *,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Name of the Pulumi project and inventory (default: asks).")
    ] = None,
    region: Annotated[
        str | None, typer.Option(metavar="REGION", callback=aws_region, help="Region of the projects (default: asks).")
    ] = None,
    toolchain: Annotated[Toolchain, typer.Option(help="How Pulumi installs packages.")] = Toolchain.PIP,
    wheel: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Wheel to keep in the repository (default: from the index).")
    ] = None,
) -> None:
    """Write the repository of a team that deploys projects.

    Changes nothing in AWS. `pulumi new` with templates/pulumi gives the same. Exit codes: 0 written, 1 refused.
    """
    _check_empty(folder)
    name = name or typer.prompt("Name of the Pulumi project and the inventory", default=_slug(folder), err=True)
    if violation := INVENTORY_NAME.violation(name):
        raise typer.BadParameter(f"--name: {violation}")
    place = region or typer.prompt("Region of the projects", default="us-west-2", err=True)
    aws_region(place)
    if toolchain is Toolchain.UV:
        require_uv()
    with progress("Looking up the wheel of this version"):
        pin = pin_of(wheel)
    new = NewRepository(name=name, region=place, toolchain=toolchain.value, pin=pin)
    _write(new.files(), folder)
    if wheel:
        keep_wheel(wheel, folder)
    if toolchain is Toolchain.UV:
        lock_with_uv(folder)
    show(
        Styled(f"{folder}: {sum(path.is_file() for path in folder.rglob('*'))} files written", Style.HEADING), err=True
    )
    show(f"Next: cd {folder} && git init && pulumi install && pulumi stack init dev", err=True)


def _check_empty(folder: Path) -> None:
    """Raises SettingsError if the folder has anything but what git keeps."""
    if folder.exists() and (not folder.is_dir() or [path for path in folder.iterdir() if path.name != ".git"]):
        raise SettingsError(f"{folder} is not empty; give a new folder")


def _slug(folder: Path) -> str:
    """A name after the folder that an inventory may have."""
    words = re.sub(r"[^A-Za-z0-9_-]+", "-", folder.resolve().name).strip("-_")
    return words if INVENTORY_NAME.violation(words) is None else "bedrock-projects"


def _write(files: dict[str, str], folder: Path) -> None:
    try:
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, "utf-8")
    except OSError as error:
        raise SettingsError(f"{error.filename} cannot be written: {error.strerror}") from None
