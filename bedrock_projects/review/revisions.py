"""An inventory at a git revision, read as a checkout of the revision would be."""

import os
import subprocess
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from bedrock_projects import inventory as inventories
from bedrock_projects.errors import InventoryError, Problem, SettingsError
from bedrock_projects.model import Inventory

_LINK, _SUBMODULE = "120000", "160000"
_QUIET = ("-c", f"core.hooksPath={os.devnull}", "-c", "core.fsmonitor=false", "-c", "core.splitIndex=false")
"""Prevents git from running the repository's hooks and from writing to it."""


def load_at(place: str, inventory: Path) -> Inventory:
    """The inventory at `place`: a file, or a git revision that holds the file `inventory`.

    Raises SettingsError if it is neither. InventoryError names a place in a revision as git does:
    `v1:projects.yaml:3:4`.
    """
    if _is_file(place):
        return inventories.load(Path(place))
    revision = _revision(place, inventory)
    # The reader needs files, because an inventory may include others by pattern.
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder).resolve() / "tree"
        submodules = _Checkout(revision, top).make()
        path = top / revision.inventory
        _check_path(path, revision, top=top, submodules=submodules)
        try:
            return inventories.load(path, submodules=submodules)
        except InventoryError as error:
            shown, name = f"{top.as_posix()}/", f"{revision.name}:"
            raise InventoryError([_renamed(problem, shown, name) for problem in error.problems]) from None


@dataclass(frozen=True)
class _Revision:
    """A commit with the name that the user gave, the repository, and the path of the inventory in it."""

    name: str
    commit: str
    repository: Path
    inventory: PurePosixPath


def _is_file(place: str) -> bool:
    try:
        return Path(place).is_file()
    except OSError:  # such as a name too long or an unreadable folder: it may still be a revision
        return False


def _renamed(problem: Problem, old: str, new: str) -> Problem:
    return replace(problem, file=problem.file.replace(old, new), message=problem.message.replace(old, new))


def _revision(place: str, inventory: Path) -> _Revision:
    folder = inventory.absolute().parent
    if not folder.is_dir():
        raise SettingsError(f"{place} is not a file, and its folder for revisions, {inventory.parent}, does not exist")

    def ask(*arguments: str) -> str:
        fault = f"{place} is neither a file nor a git revision"
        advice = "name a path, a branch, a tag or a commit, which a shallow clone may lack"
        return os.fsdecode(run_git(arguments, folder, fault=fault, advice=advice)).removesuffix("\n")

    repository, prefix = ask("rev-parse", "--absolute-git-dir"), ask("rev-parse", "--show-prefix")
    commit = ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{place}^{{commit}}")
    return _Revision(place, commit, Path(repository), _path_in_repository(folder, prefix) / inventory.name)


def _path_in_repository(folder: Path, prefix: str) -> PurePosixPath:
    """The folder as the user wrote it. git's `prefix` follows today's links; those of the revision may differ."""
    top = folder.resolve()
    for _ in PurePosixPath(prefix).parts:
        top = top.parent
    for parent in (folder, *folder.parents):
        if parent.samefile(top) and ".." not in folder.relative_to(parent).parts:
            return PurePosixPath(folder.relative_to(parent).as_posix())
    return PurePosixPath(prefix)


class _Checkout:
    """Checks out into the folder `top` only what an inventory may consist of: a repository may be large.

    These are the YAML files, the inventory, all links, and the files that links with a name of these lead to. git
    itself writes them, into a folder and by an index of their own, so that the repository is unchanged.
    """

    def __init__(self, revision: _Revision, top: Path) -> None:
        self._revision = revision
        self._top = top
        self._environment = {
            **os.environ,
            "GIT_DIR": str(revision.repository),
            "GIT_WORK_TREE": str(top),
            "GIT_INDEX_FILE": str(top.with_name("index")),
        }

    def make(self) -> Sequence[Path]:
        """Writes the files; returns the folders of submodules, which are empty."""
        self._top.mkdir()
        self._git("read-tree", "--no-recurse-submodules", self._revision.commit)
        modes: dict[PurePosixPath, str] = {}
        for line in self._git("ls-files", "--stage", "-z").split(b"\0")[:-1]:
            facts, _, name = line.partition(b"\t")
            modes[PurePosixPath(os.fsdecode(name))] = facts.decode().split()[0]
        submodules = [path for path, mode in modes.items() if mode == _SUBMODULE]
        self._make_folders(submodules)
        links = [path for path, mode in modes.items() if mode == _LINK]
        self._write({*links, *filter(self._is_wanted, modes)} - {*submodules})
        self._complete([link for link in links if not (self._top / link).exists()], modes)
        return [self._top / path for path in submodules]

    def _is_wanted(self, path: PurePosixPath) -> bool:
        return path.suffix in {".yaml", ".yml"} or path == self._revision.inventory

    def _complete(self, dangling: Collection[PurePosixPath], modes: Mapping[PurePosixPath, str]) -> None:
        """Creates the targets of links; without content if no inventory reads them."""
        if not dangling:
            return
        self._make_folders({path.parent for path in modes})  # a link may lead to or through any of them
        targets = {link: Path(os.path.realpath(self._top / link)) for link in dangling}
        read = {target for link, target in targets.items() if self._is_wanted(link)}
        self._write([path for path in modes if self._top / path in read])
        for path in modes:
            if self._top / path in targets.values():
                (self._top / path).touch()

    def _make_folders(self, folders: Iterable[PurePosixPath]) -> None:
        for folder in folders:
            (self._top / folder).mkdir(parents=True, exist_ok=True)

    def _write(self, paths: Collection[PurePosixPath]) -> None:
        names = b"".join(os.fsencode(path) + b"\0" for path in paths)
        self._git("checkout-index", "--stdin", "-z", given=names)

    def _git(self, *arguments: str, given: bytes = b"") -> bytes:
        fault = f"the inventory at {self._revision.name} cannot be checked out"
        advice = "check that `git checkout` of it works here"
        command = (*_QUIET, *arguments)
        return run_git(command, self._top, fault=fault, advice=advice, given=given, environment=self._environment)


def _check_path(path: Path, revision: _Revision, *, top: Path, submodules: Collection[Path]) -> None:
    """Raises SettingsError unless the inventory is a file of the revision."""
    name, real = f"{revision.name}:{revision.inventory}", Path(os.path.realpath(path))
    if any(real.is_relative_to(folder) for folder in submodules):
        raise SettingsError(f"{name} is in a git submodule, and the revision does not have its files; {_INSTEAD}")
    if not real.is_relative_to(top):
        raise SettingsError(f"{name} is a link that leads out of the repository; {_INSTEAD}")
    if not path.is_file():
        raise SettingsError(
            f"{name} does not exist in this revision; name the inventory with --inventory, or choose another revision"
        )


_INSTEAD = "name a file of a checkout instead of the revision"


def run_git(
    arguments: Sequence[str],
    folder: Path,
    *,
    fault: str,
    advice: str,
    given: bytes = b"",
    environment: Mapping[str, str] | None = None,
) -> bytes:
    """The output of git; a SettingsError begins with `fault` and ends with `advice`."""
    try:
        command = ["git", *arguments]
        done = subprocess.run(  # noqa: S603 - the git that PATH names
            command, cwd=folder, env=environment, input=given, capture_output=True, check=True
        )
    except OSError as error:  # a PATH without git, or with something else of that name
        raise SettingsError(f"{fault}, and git is not available ({error.strerror})") from None
    except subprocess.CalledProcessError as error:
        reason = " ".join(error.stderr.decode(errors="replace").split())
        raise SettingsError(fault + (f" ({reason})" if reason else "") + f"; {advice}") from None
    return done.stdout
