"""An inventory at a git revision: the file and those that it includes, as the revision has them."""

import io
import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from bedrock_projects import inventory as inventories
from bedrock_projects.errors import InventoryError, Problem, SettingsError
from bedrock_projects.model import Inventory

_LINK = "120000"


def load_at(place: str, inventory: Path) -> Inventory:
    """The inventory that `place` means: a file, or a git revision that holds the file `inventory`.

    SettingsError where it is neither. InventoryError names a place in a revision as git does: `v1:projects.yaml:3:4`.
    """
    if _is_file(place):
        return inventories.load(Path(place))
    revision = _revision(place, inventory)
    # The reader wants files, since an inventory may include others by pattern.
    with tempfile.TemporaryDirectory() as folder:
        _lay_out(revision, Path(folder))
        path = Path(folder) / inventory.name
        if not path.is_file():
            raise SettingsError(
                f"{revision.name}{inventory.name} does not exist, though {place} is a revision; name the inventory "
                "with --inventory, or a revision that has it"
            )
        try:
            return inventories.load(path)
        except InventoryError as error:
            shown = f"{path.parent.as_posix()}/"
            raise InventoryError([_renamed(problem, shown, revision.name) for problem in error.problems]) from None


@dataclass(frozen=True)
class _Revision:
    """The files that `folder` has in a commit. `name` is how git calls the folder: `v1:` or `v1:infra/`."""

    folder: Path
    commit: str
    name: str


def _is_file(place: str) -> bool:
    try:
        return Path(place).is_file()
    except OSError:  # a name too long, a folder closed to us: it may be a revision all the same
        return False


def _renamed(problem: Problem, old: str, new: str) -> Problem:
    return replace(problem, file=problem.file.replace(old, new), message=problem.message.replace(old, new))


def _revision(place: str, inventory: Path) -> _Revision:
    folder = inventory.absolute().parent
    if not folder.is_dir():
        raise SettingsError(f"{place} is not a file, and there is no folder {inventory.parent} to look for a revision")
    prefix = _git(folder, "rev-parse", "--show-prefix", place=place).decode().rstrip("\n")
    wanted = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{place}^{{commit}}")
    commit = _git(folder, *wanted, place=place).decode().strip()
    return _Revision(folder, commit, f"{place}:{prefix}")


def _lay_out(revision: _Revision, into: Path) -> None:
    """Writes the YAML files of the revision; no others, since a repository may be large."""
    listed = _git(revision.folder, "ls-tree", "-r", "-z", revision.commit, place=revision.name)
    objects: dict[PurePosixPath, tuple[str, str]] = {}
    for line in listed.split(b"\0")[:-1]:
        facts, _, name = line.partition(b"\t")
        mode, kind, object_id = facts.decode().split()
        path = PurePosixPath(os.fsdecode(name))
        if kind == "blob" and path.suffix in {".yaml", ".yml"} and ".." not in path.parts:
            objects[path] = (mode, object_id)
    contents = _contents(revision, {object_id for _, object_id in objects.values()})
    for path, (mode, object_id) in objects.items():
        target = into / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if mode == _LINK:
            target.symlink_to(os.fsdecode(contents[object_id]))
        else:
            target.write_bytes(contents[object_id])


def _contents(revision: _Revision, object_ids: set[str]) -> Mapping[str, bytes]:
    """The contents of objects, from one process: `<id> <kind> <size>`, the bytes and a line end for each."""
    asked = "".join(f"{object_id}\n" for object_id in object_ids).encode()
    answer = io.BytesIO(_git(revision.folder, "cat-file", "--batch", place=revision.name, given=asked))
    contents = {}
    while head := answer.readline():
        object_id, _, size = head.decode().split()
        contents[object_id] = answer.read(int(size))
        answer.readline()
    return contents


def _git(folder: Path, *arguments: str, place: str, given: bytes = b"") -> bytes:
    try:
        command = ["git", *arguments]
        done = subprocess.run(command, cwd=folder, input=given, capture_output=True, check=True)  # noqa: S603
    except OSError as error:  # a PATH without git, or with something else of that name
        raise SettingsError(
            f"{place} is not a file, and there is no git to look for a revision of that name ({error.strerror})"
        ) from None
    except subprocess.CalledProcessError as error:
        reason = error.stderr.decode(errors="replace").strip()
        raise SettingsError(
            f"{place} is neither a file nor a git revision" + (f" ({reason})" if reason else "") + "; name a path, "
            "a branch, a tag or a commit, which a shallow clone may lack"
        ) from None
    return done.stdout
