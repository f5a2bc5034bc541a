"""`bedrock-projects init`: writes the repository of a team that deploys projects."""

import enum
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from bedrock_projects.commands.options import aws_region, examples
from bedrock_projects.errors import SettingsError
from bedrock_projects.limits import INVENTORY_NAME
from bedrock_projects.template.locking import lock_with_uv, require_uv
from bedrock_projects.template.rendering import NewRepository
from bedrock_projects.template.wheels import keep_wheel, pin_of
from bedrock_projects.terminal import Line, Style, Styled, progress, show

EXAMPLES = examples(
    "init acme-bedrock --name acme-bedrock --region us-west-2",
    "init . --toolchain uv",
)


_README = "README.md"
_OF_A_FORGE = (_README, "LICENSE", "LICENSE.md", "LICENSE.txt")
"""What GitHub and GitLab put into a new repository, if asked to."""
_LISTED = 3


def _inventory_name(value: str | None) -> str | None:
    """The callback of an option that takes the name; raises BadParameter for what no inventory may be called."""
    if value is not None and (violation := INVENTORY_NAME.violation(value)):
        raise typer.BadParameter(violation)
    return value


class Toolchain(str, enum.Enum):
    """The tools that install Python packages for Pulumi."""

    PIP = "pip"
    UV = "uv"


def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder to write: a new one, or a new clone.")],
    *,
    name: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            callback=_inventory_name,
            help="Name of the Pulumi project and inventory (default: asks).",
        ),
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

    Changes nothing in AWS. `pulumi new` with templates/pulumi gives nearly the same. Exit codes: 0 written, 1 refused.
    """
    kept = _kept(folder)
    if toolchain is Toolchain.UV:
        require_uv()
    with progress("Looking up the wheel of this version"):
        pin = pin_of(wheel)
    options = [f"`{option}`" for option, value in (("--name NAME", name), ("--region REGION", region)) if not value]
    question = "Name of the Pulumi project and the inventory"
    name = name or _ask(question, _slug(folder), check=_inventory_name, unanswered=options)
    region = region or _ask("Region of the projects", "us-west-2", check=aws_region, unanswered=options[-1:])
    new = NewRepository(name=name, region=region, toolchain=toolchain.value, pin=pin)
    written = {path: text for path, text in new.files().items() if path not in kept}
    _write(written, folder)
    if wheel:
        keep_wheel(wheel, folder)
    if toolchain is Toolchain.UV:
        lock_with_uv(folder)
    count = len(written) + (wheel is not None) + (toolchain is Toolchain.UV)
    show(Styled(f"{folder}: {count} files written", Style.HEADING), err=True)
    show(*_remarks(folder, kept), err=True)


def _ask(question: str, default: str, *, check: Callable[[str | None], str | None], unanswered: Sequence[str]) -> str:
    """The answer, which `check` takes, or asks again; SettingsError with the options to give if nobody can answer."""
    try:
        return str(typer.prompt(question, default=default, err=True, value_proc=check))
    except typer.Abort:
        typer.echo(err=True)  # ends the line of the question
        if sys.stdin.isatty():
            raise
        raise SettingsError(f"there is no terminal to ask on; give {' and '.join(unanswered)}") from None


def _kept(folder: Path) -> list[str]:
    """The files that a forge put into a new repository, which stay; SettingsError if the folder has any other."""
    if folder.exists() and not folder.is_dir():
        raise SettingsError(f"{folder} is a file; give a new folder")
    names = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    if others := [name for name in names if name not in (".git", *_OF_A_FORGE)]:
        listed = ", ".join(others[:_LISTED]) + (" and more" if len(others) > _LISTED else "")
        raise SettingsError(f"{folder} is not empty, it has {listed}; give a new folder")
    return [name for name in names if name in _OF_A_FORGE]


def _remarks(folder: Path, kept: Sequence[str]) -> Iterator[Line]:
    """What was left out, and what to do next."""
    if _README in kept:
        yield f"kept: {_README}"
    absolute = folder.resolve()
    top = next((place for place in (absolute, *absolute.parents) if (place / ".git").exists()), None)
    if top not in (None, absolute):
        yield Styled(
            f"GitHub reads .github only at the top of a repository, which is {top}: "
            "move the folder into a repository of its own, or move .github there and adapt its paths",
            Style.CAUTION,
        )
    steps = [
        *([f"cd {shlex.quote(str(folder))}"] if absolute != Path.cwd() else []),
        *(["git init -b main"] if top is None else []),
        "pulumi install",
        ". .venv/bin/activate",
        "pulumi stack init dev",
    ]
    yield f"Next: {' && '.join(steps)}"


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
