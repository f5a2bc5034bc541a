"""How many projects one run may archive without the user having confirmed their number."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.errors import RefusedError
from bedrock_projects.projects.confirmation import confirmed_number
from bedrock_projects.suggestions import counted

ALLOW_ARCHIVE_VARIABLE = "BEDROCK_PROJECTS_ALLOW_ARCHIVE"
"""Set for one run to the exact number of projects that it may archive."""

_ARCHIVES_OF_FEW = 3
_SHARE_OF_MANY = 0.3
_ANNOUNCED = re.compile(r"this run would permanently archive (\d+) of (\d+) projects")
_RESTORE = "restore the entries that were removed, and the region or endpoint of those that moved"


def archive_limit(owned: int) -> int:
    """So many of a team's `owned` projects may be archived at once: 3, or 30 % if that is more."""
    return max(_ARCHIVES_OF_FEW, int(owned * _SHARE_OF_MANY))


def shared_limit(owned: Iterable[int]) -> int:
    """So many projects may be archived at once in several stacks together, which own so many each.

    That of the largest stack: a slip in a file for all of them would otherwise take 3 of each.
    """
    return max(map(archive_limit, owned), default=_ARCHIVES_OF_FEW)


def announced_in(message: str) -> tuple[int, int] | None:
    """How many projects would be archived, of how many, if the message is a refusal of `check_announced`."""
    match = _ANNOUNCED.search(message)
    return (int(match[1]), int(match[2])) if match else None


def check_announced(archived: Sequence[RemoteProject], *, owned: int, allowed: str | None) -> None:
    """Raises RefusedError if a run would archive too many of the `owned` projects, before it does anything.

    `allowed` is what ALLOW_ARCHIVE_VARIABLE holds.
    """
    count = len(archived)
    if count <= archive_limit(owned) or allowed == str(count):
        return
    raise RefusedError(
        f"this run would permanently archive {count} of {owned} projects (or release those with `on_remove: release`):",
        *(f"  {project.name} ({project.id})" for project in archived),
        f"If this is intended, rerun with {ALLOW_ARCHIVE_VARIABLE}={count}{_instead_of(allowed)}; otherwise {_RESTORE}",
    )


def limit_notice(count: int, *, owned: int) -> str | None:
    """What a reviewer should know of a change that takes so many of the `owned` projects out; None within the limit."""
    if count <= archive_limit(owned):
        return None
    return (
        f"{count} of {owned:,} projects would be archived or released: `pulumi up` refuses this without "
        f"{ALLOW_ARCHIVE_VARIABLE}={count}"
    )


def check_next(archived: int, *, kept: int, allowed: str | None) -> None:
    """Raises RefusedError if a run that has archived so many projects, and keeps so many, may not archive one more."""
    if archived + 1 > max(archive_limit(kept + archived + 1), confirmed_number(allowed)):
        raise RefusedError(
            f"this run has already archived {archived} projects and would archive more; if this is intended, rerun "
            f"with {ALLOW_ARCHIVE_VARIABLE}=<number of projects left to archive>; otherwise {_RESTORE}"
        )


@dataclass(frozen=True, kw_only=True)
class Destroy:
    """What a destroy would archive: `total` projects, None if that is not known.

    `doubt` is why each of them has to be confirmed, however few they are.
    """

    total: int | None = None
    doubt: str = ""


def check_destroy(archived: int, destroy: Destroy, *, allowed: str | None) -> None:
    """Raises RefusedError if a destroy that has archived so many projects may not archive one more.

    A number below the total is the most that is archived: the engine does not say which resources `--target` names.
    """
    total, confirmed = destroy.total, confirmed_number(allowed)
    is_few = archived < _ARCHIVES_OF_FEW if total is None else total <= archive_limit(total)
    is_confirmed = archived < confirmed and (total is None or confirmed <= total)
    if is_confirmed or (is_few and not destroy.doubt):
        return
    if total is None:
        reason, number = (
            f"this destroy has archived {counted(archived, 'project')}; the total is unknown",
            "<their number>",
        )
    else:
        reason, number = f"this destroy would permanently archive {counted(total, 'project')}", str(total)
    raise RefusedError(
        f"{reason}{f' ({destroy.doubt})' if destroy.doubt else ''}; if this is intended, rerun with "
        f"{ALLOW_ARCHIVE_VARIABLE}={number} (with `--target`: the number of targets){_instead_of(allowed)}"
    )


def _instead_of(allowed: str | None) -> str:
    return "" if allowed is None else f" (it is {allowed!r} now)"
