"""A run that creates projects, from its first request to its last: what it refuses, and that all is archived."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Final

from bedrock_projects.conformance.checks import Ending, Level, LevelEndedError, NotCheckedError
from bedrock_projects.conformance.creating import MOST_PROJECTS
from bedrock_projects.conformance.live.guest import Guest
from bedrock_projects.conformance.live.paying import Paying, paying_looks
from bedrock_projects.conformance.live.private_file import PrivateFile, ThrowAway
from bedrock_projects.conformance.live.run import LevelRun, Look, account_of, creating_looks, run_level
from bedrock_projects.conformance.live.throw_away import Leftover, Projects, archive_leftovers, count_of, leftovers
from bedrock_projects.errors import RefusedError
from bedrock_projects.model import Inventory

_UNREAD: Final = "the projects of the account cannot be listed ({}); grant the policy of `iam conformance create`"


@dataclass(frozen=True)
class CreateRun:
    """What came of the level, and the projects that may still be active."""

    level: LevelRun
    left: Sequence[ThrowAway]


def check_account(guest: Guest, expected: str, *, option: str) -> None:
    """Raises RefusedError if the credentials are of another account than the option says."""
    if account_of(guest) != expected:
        raise RefusedError(
            f"{option}: the credentials are of another account; give that account's twelve digits, or use --profile"
        )


def check_protected(inventory: Inventory, account: str) -> None:
    """Raises RefusedError if an environment with `protect` is, or may be, in the account."""
    names = [
        repr(environment.name)
        for environment in inventory.environments.values()
        if environment.protect and environment.account in (None, account)
    ]
    if names:
        raise RefusedError(
            f"the inventory's environment {', '.join(names)} has `protect` and is in this account, or names none; "
            "use another account, or add --yes-production"
        )


def check_room(guest: Guest) -> None:
    """Raises RefusedError if the account has so many projects that four more may be missed."""
    try:
        count = count_of(guest)
    except NotCheckedError as error:
        raise RefusedError(_UNREAD.format(error.reason.value)) from None
    if count >= MOST_PROJECTS:
        raise RefusedError(
            f"the account has {MOST_PROJECTS} projects or more, archived ones included; use an account with fewer"
        )


def find_leftovers(guest: Guest) -> list[Leftover]:
    """The active projects of earlier runs; RefusedError if they cannot be listed."""
    try:
        return leftovers(guest)
    except NotCheckedError as error:
        raise RefusedError(_UNREAD.format(error.reason.value)) from None


def run_create(
    guest: Guest,
    private: PrivateFile,
    tags: Mapping[str, str],
    *,
    clock: Callable[[], float],
    report: Callable[[str], None] = lambda _: None,
) -> CreateRun:
    """Runs the checks, then archives all that they created: also after a failure, and after the first Ctrl-C.

    A second Ctrl-C ends the archiving; what may still be active is in the result.
    """
    projects = Projects(guest, private, tags)
    return run_and_archive(Level.CREATE, projects, creating_looks(projects), clock=clock, report=report)


def run_paid(
    guest: Guest,
    private: PrivateFile,
    tags: Mapping[str, str],
    *,
    models: Sequence[str],
    owner_key: str,
    clock: Callable[[], float],
    report: Callable[[str], None] = lambda _: None,
) -> CreateRun:
    """The same with the checks of the level `paid`; `owner_key` is the key of the ownership tag."""
    projects = Projects(guest, private, tags)
    paying = Paying(projects, models, owner_key, datetime.now(tz=timezone.utc).date())
    return run_and_archive(Level.PAID, projects, paying_looks(paying), clock=clock, report=report)


def run_and_archive(
    level: Level,
    projects: Projects,
    looks: Mapping[str, Look],
    *,
    clock: Callable[[], float],
    report: Callable[[str], None],
) -> CreateRun:
    """Runs the checks of a level that creates projects, then archives these, however it ends."""
    guest, private = projects.guest, projects.private
    try:
        done = run_level(level, guest, looks, clock=clock, report=report)
    finally:
        report("archiving")
        ending = _archive_all(projects)
    done.ending = done.ending or ending
    done.sent = dict(guest.sent)
    return CreateRun(done, private.left())


def _archive_all(projects: Projects) -> Ending | None:
    """Why not all could be archived; None if nothing ended it, which does not say that nothing is left."""
    try:
        projects.clean_up()
    except KeyboardInterrupt:
        return Ending.INTERRUPTED
    except LevelEndedError as error:
        return error.ending
    return None


def clean_up(guest: Guest, private: PrivateFile | None) -> tuple[list[Leftover], list[Leftover]]:
    """Archives the leftovers of all runs; gives what was found, and what may still be active.

    In the private file, what is not found any longer is not active any longer.
    """
    found = find_leftovers(guest)
    left = archive_leftovers(guest, found)
    if private:
        names = {leftover.name for leftover in left}
        for project in [one for one in private.left() if one.name not in names]:
            private.change(project, may_be_active=False)
    return found, left
