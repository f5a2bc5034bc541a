"""What git knows of an earlier commit: whether it is here, what it has, what changed since."""

import os
import re
import subprocess
from pathlib import Path

from bedrock_projects.review.revisions import run_git

_COMMIT = re.compile(rb"([0-9a-f]{40,}) commit \d+")
_BLOB = re.compile(rb"[0-9a-f]{40,} blob \d+")


def commit_of(revision: str) -> str | None:
    """The id of the commit; None if this repository does not have it, as in a shallow clone."""
    found = _COMMIT.fullmatch(_object(f"{revision}^{{commit}}"))
    return found[1].decode() if found else None


def checked_out(folder: Path) -> str | None:
    """The id of the commit that is checked out in the folder; None without git, a repository, or a commit."""
    command = ["git", "rev-parse", "--verify", "--quiet", "HEAD^{commit}"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False, text=True)  # noqa: S603  constants
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def has_file(commit: str, path: Path) -> bool:
    """Whether the commit has a file at the path, which links may lead to."""
    return _BLOB.fullmatch(_object(f"{commit}:./{_relative(path)}", "--follow-symlinks")) is not None


def lacks_path(commit: str, path: Path) -> bool:
    """Whether the commit has nothing at the path: no file, and no link that leads nowhere or out of the repository."""
    return _object(f"{commit}:./{_relative(path)}", "--follow-symlinks").endswith(b" missing")


def changed_files(commit: str, *patterns: str) -> list[str]:
    """The files that differ between the commit and HEAD, from the top of the repository; patterns are git's."""
    arguments = ["diff", "--name-only", "--no-renames", "-z", commit, "HEAD", "--", *patterns]
    names = run_git(arguments, Path(), fault="git cannot compare the commits", advice="fetch the whole history")
    return [os.fsdecode(name) for name in names.split(b"\0")[:-1]]


def folder_in_repository() -> str:
    """The current folder, from the top of the repository; empty at the top. SettingsError without git."""
    answer = run_git(
        ["rev-parse", "--show-prefix"], Path(), fault="this folder is not in a git repository", advice="run it in one"
    )
    return os.fsdecode(answer).strip().rstrip("/")


def _relative(path: Path) -> str:
    """Git takes a path from the current folder."""
    return os.path.relpath(path) if path.is_absolute() else path.as_posix()


def _object(name: str, *options: str) -> bytes:
    """Id, type and size of the object; its name and `missing` if there is none; other words for a broken link."""
    asked = f"{name}\n".encode("utf-8", "surrogateescape")
    arguments = ["cat-file", "--batch-check", *options]
    answer = run_git(
        arguments, Path(), fault="this folder is not in a git repository", advice="run it in one", given=asked
    )
    return answer.splitlines()[0]
