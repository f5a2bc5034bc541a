"""The private file of a run: which projects it creates, so that each can be found again and archived.

It has the account, ids and ARNs. It is for the user alone, and not for a repository.
"""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from bedrock_projects.aws.endpoints import ENDPOINTS
from bedrock_projects.errors import SettingsError
from bedrock_projects.json_reading import read_json

NAME: Final = "conformance-private.json"
_SCRATCH: Final = f"{NAME}.new"
"""What the file is before it is whole; a run that is killed leaves it."""

_OTHER_REPOSITORY: Final = ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE")
"""Variables of a git hook, which would ask another repository than that of the folder."""

_MODE: Final = 0o600


@dataclass(frozen=True)
class ThrowAway:
    """A project of a run. `id` and `arn` are empty until its create is answered.

    `may_be_active` is False once it is archived, or if AWS refused to create it.
    `was_answered` is True once a model answered for it, so that it has lines on the bill.
    """

    endpoint: str
    name: str
    id: str = ""
    arn: str = ""
    may_be_active: bool = True
    was_answered: bool = False


@dataclass
class PrivateFile:
    """What a run has created, as the file says it; each change is on the disk before the method returns."""

    path: Path
    run: str
    account: str
    region: str
    started: str
    projects: list[ThrowAway] = field(default_factory=list)

    def expect(self, project: ThrowAway) -> None:
        """Adds a project that is about to be created; it is not to be created if this raises SettingsError."""
        self.projects.append(project)
        try:
            self._write()
        except SettingsError:
            self.projects.remove(project)
            raise

    def change(self, project: ThrowAway, **changes: str | bool) -> ThrowAway:
        """Puts what became of a project in the place of what was expected.

        SettingsError: it is known here, but not on the disk.
        """
        changed = replace(project, **changes)  # type: ignore[arg-type]  # the fields of ThrowAway
        self.projects[self.projects.index(project)] = changed
        self._write()
        return changed

    def left(self) -> Sequence[ThrowAway]:
        """The projects that may be active."""
        return [project for project in self.projects if project.may_be_active]

    def _write(self) -> None:
        """Replaces the file in one step; nobody else can read it at any moment."""
        contents = {**asdict(self), "path": None, "format": 1}
        del contents["path"]
        scratch = self.path.with_name(_SCRATCH)
        try:
            scratch.unlink(missing_ok=True)  # of a run that was killed
            with os.fdopen(
                os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "w", encoding="utf-8"
            ) as file:
                os.fchmod(file.fileno(), _MODE)
                json.dump(contents, file, indent=2)
                file.flush()
                os.fsync(file.fileno())
            scratch.replace(self.path)
        except OSError as error:
            raise SettingsError(f"{self.path} cannot be written: {error.strerror}") from None
        finally:
            with suppress(OSError):  # it has replaced the other one, or was never made
                scratch.unlink()


def check_place(folder: Path) -> None:
    """Raises SettingsError if the file would get into a repository, or would replace one that names projects left."""
    path = folder.resolve() / NAME
    earlier = load(folder)
    is_in_repository = any((parent / ".git").exists() for parent in path.parents)
    if is_in_repository and not all(_is_ignored(name, path.parent) for name in (NAME, _SCRATCH)):
        raise SettingsError(
            f"{folder} is in a git repository that does not ignore {NAME}*, which has ids of your account; "
            f"add {NAME}* to .gitignore, or give another folder with `--output`"
        )
    if earlier and earlier.left():
        names = [project.name for project in earlier.left()]
        raise SettingsError(
            f"{folder / NAME} names projects of an earlier run that may be active ({', '.join(names)}); "
            "archive them with `--clean-up`"
        )


def _is_ignored(name: str, folder: Path) -> bool:
    command = ["git", "check-ignore", "--quiet", "--", name]
    environment = {key: value for key, value in os.environ.items() if key not in _OTHER_REPOSITORY}
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)  # noqa: S603
    except OSError:  # without git nobody can say
        return False
    return done.returncode == 0


def load(folder: Path) -> PrivateFile | None:
    """The file of an earlier run; None if there is none. SettingsError if it cannot be read."""
    path = folder / NAME
    if not path.exists():
        return None
    try:
        contents = read_json(path.read_text("utf-8"))
        projects = [_throw_away(project) for project in contents.pop("projects")]
        del contents["format"]
        return PrivateFile(path, **contents, projects=projects)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise SettingsError(f"{path} cannot be read; move it away, or give another folder with `--output`") from None


def _throw_away(contents: Mapping[str, Any]) -> ThrowAway:
    """A project of the file; ValueError or TypeError if somebody changed it to what no run writes."""
    project = ThrowAway(**contents)
    if project.endpoint not in ENDPOINTS or not all(isinstance(text, str) for text in (project.name, project.id)):
        raise ValueError(contents)
    return project
