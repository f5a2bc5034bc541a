"""`bedrock-projects upgrade`: moves a team's own repository to the version of this package."""

import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from bedrock_projects import inventory
from bedrock_projects.commands import options
from bedrock_projects.errors import SettingsError
from bedrock_projects.files import read_text, write
from bedrock_projects.model import Inventory
from bedrock_projects.stacks.access import for_reading
from bedrock_projects.stacks.deployment import deployment_of
from bedrock_projects.stacks.files import program_settings, project_name, settings_of, stack_names, toolchain_of
from bedrock_projects.stacks.state import exported_state, full_name
from bedrock_projects.template.locking import lock_with_uv, require_uv
from bedrock_projects.template.pins import WHEELS
from bedrock_projects.template.rendering import NewRepository, Toolchain
from bedrock_projects.template.wheels import keep_wheel, own_wheel, pin_of, sha256_of
from bedrock_projects.terminal import Line, Style, Styled, line_of_problem, progress, show
from bedrock_projects.upgrade.copies import COPIED, MARK_OF_A_COPY, check_programs
from bedrock_projects.upgrade.files import FileChange, check_not_newer, file_changes, pinned_extras, pinned_version
from bedrock_projects.upgrade.former import former_files
from bedrock_projects.upgrade.state_changes import state_changes

EXAMPLES = options.examples("upgrade", "upgrade --wheel ../bedrock_projects-0.3.0-py3-none-any.whl")
_STYLES = {"added": Style.GOOD, "rewritten": Style.GOOD, "removed": Style.CAUTION, "kept": Style.CAUTION}


def upgrade(
    *,
    wheel: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Wheel to keep (default: that of this version in `wheels`, or from the index)."
        ),
    ] = None,
    yes: options.Yes = False,
) -> None:
    """Move this repository to the version of this command.

    Says first what changes for the inventory, the states and the files. Changes nothing in AWS.
    Exit codes: 0 done, 1 refused or failed.
    """
    folder = Path()
    name, toolchain = _project(folder)
    if toolchain == "uv":
        require_uv()
    wheel = wheel or own_wheel(folder)
    with progress("Looking up the wheel of this version"):
        pin = pin_of(wheel)
    new = NewRepository(name=name, region="", toolchain=toolchain, pin=pin)
    present = {path: read_text(folder / path) for path in new.files() if (folder / path).is_file()}
    new = replace(new, extras=pinned_extras(present))
    before = pinned_version(present)
    check_not_newer(before, pin.version)
    changes = file_changes(present, new, wheels=_wheels(folder), former=former_files())
    _check_places(folder, [change.path for change in changes if change.action != "kept"])
    copied = [path for path in COPIED if (folder / path).is_dir()] if (folder / MARK_OF_A_COPY).is_file() else []
    _check_copy(folder, copied, changes, new)
    inventories = _inventories(folder)
    show(Styled(f"{before or 'a copy of 0.1.0, which had no package'} → {pin.version}", Style.HEADING))
    show(*_inventory_lines(inventories), *_state_lines(folder, name, inventories), *_file_lines(changes, copied))
    if not copied and all(change.action == "kept" for change in changes):
        show("Nothing to write.")
        return
    if not yes:
        options.ask("Write these files?")
    _write(folder, changes, copied, wheel=wheel)
    if toolchain == "uv":
        lock_with_uv(folder)
    show("Next: pulumi install, then pulumi preview of each stack.", err=True)


def _project(folder: Path) -> tuple[str, Toolchain]:
    """The name and the toolchain of the Pulumi project; SettingsError if the folder has none."""
    return project_name(folder), "uv" if toolchain_of(folder) == "uv" else "pip"


def _check_places(folder: Path, paths: Sequence[str]) -> None:
    """Raises SettingsError if a link leads one of the files out of the folder."""
    top = folder.resolve()
    for path in paths:
        if not (folder / path).resolve().is_relative_to(top):
            raise SettingsError(f"{path} is, or is below, a link that leads out of this folder; replace it by a file")


def _inventories(folder: Path) -> Mapping[Path, Inventory]:
    """The inventory of the program, and others that its stacks name; InventoryError for an invalid one."""
    of_stacks = (settings_of(stack, folder=folder).inventory for stack in stack_names(folder))
    files = dict.fromkeys((program_settings(folder).inventory, *of_stacks))
    return {file: inventory.load(folder / file) for file in files}


def _inventory_lines(inventories: Mapping[Path, Inventory]) -> Iterator[Line]:
    """Errors have ended the command by now."""
    yield Styled("Inventory", Style.HEADING)
    warnings = [problem for contents in inventories.values() for problem in contents.warnings]
    if not warnings:
        yield "  valid without warnings"
    for problem in warnings:
        yield ["  ", *line_of_problem(problem)]


def _state_lines(folder: Path, project: str, inventories: Mapping[Path, Inventory]) -> Iterator[Line]:
    yield Styled("States, at the next `pulumi up`", Style.HEADING)
    for stack in stack_names(folder):
        settings = settings_of(stack, folder=folder)
        contents = inventories[settings.inventory]
        settings = for_reading(settings, contents)
        if settings.scope == "billing" or settings.environment not in contents.environments:
            continue
        try:
            with progress(f"Reading the state of stack {stack}"):
                state = exported_state(stack)
        except SettingsError as error:
            yield f"  {stack}: not compared: {error}"
            continue
        deployment = deployment_of(settings, contents, stack=full_name(stack, project=project, state=state))
        lines = list(state_changes(deployment.declared, state))
        yield from (f"  {stack}: {line}" for line in lines or ["unchanged"])


def _file_lines(changes: Sequence[FileChange], copied: Sequence[str]) -> Iterator[Line]:
    yield Styled("Files", Style.HEADING)
    for change in changes:
        yield "  ", Styled(f"{change.action:<10}", _STYLES[change.action]), change.path
        yield from (f"    {line}" for line in change.diff)
    yield from (f"  removed   {folder}/ (the copied package; git has it)" for folder in copied)
    if not changes and not copied:
        yield "  unchanged"


def _check_copy(folder: Path, copied: Sequence[str], changes: Sequence[FileChange], new: NewRepository) -> None:
    """Raises SettingsError if what stays of a copy needs the removed folders, or if git does not have these."""
    if not copied:
        return
    rewritten = {change.path for change in changes if change.action == "rewritten"}
    programs = {path.name: path.read_text("utf-8", "replace") for path in folder.glob("*.py")}
    kept = {name: text for name, text in programs.items() if name not in rewritten}
    check_programs(kept, new.files()["__main__.py"])
    _check_committed(copied)


def _check_committed(folders: Sequence[str]) -> None:
    """Raises SettingsError unless git has the folders as they are: they are removed."""
    command = ["git", "status", "--porcelain", "--ignored=matching", "--", *folders]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  git
    # Python's own files are ignored in most repositories, and nobody misses them.
    missing = [line for line in done.stdout.splitlines() if "__pycache__/" not in line and not line.endswith(".pyc")]
    if done.returncode or missing:
        raise SettingsError(f"commit {' and '.join(folders)} first: the upgrade removes them, and git must have them")


def _wheels(folder: Path) -> dict[str, str]:
    """Name → SHA-256 of the files in the folder of wheels."""
    return {path.name: sha256_of(path) for path in (folder / WHEELS).glob("*") if path.is_file()}


def _write(folder: Path, changes: Sequence[FileChange], copied: Sequence[str], *, wheel: Path | None) -> None:
    written = [change for change in changes if change.action in ("added", "rewritten")]
    if wheel and not all(change.text for change in written):
        keep_wheel(wheel, folder)
    for change in written:
        if change.text:
            (folder / change.path).parent.mkdir(parents=True, exist_ok=True)
            write(change.text, folder / change.path)
    for change in changes:
        if change.action == "removed":
            (folder / change.path).unlink()
    for path in copied:
        shutil.rmtree(folder / path)
    if (folder / WHEELS).is_dir() and not any((folder / WHEELS).iterdir()):
        (folder / WHEELS).rmdir()
