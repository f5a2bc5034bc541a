"""A run that creates projects, from its first request to its last: what it refuses, and that all is archived."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Final, TypeVar

from bedrock_projects.conformance.checks import Ending, Level, LevelEndedError, NotCheckedError, Reason
from bedrock_projects.conformance.create import MOST_PROJECTS
from bedrock_projects.conformance.live.guest import Guest
from bedrock_projects.conformance.live.paid import Paying, paying_looks
from bedrock_projects.conformance.live.private_file import PrivateFile, ThrowAway
from bedrock_projects.conformance.live.run import LevelRun, Look, account_of, creating_looks, run_level
from bedrock_projects.conformance.live.throw_away import (
    Leftover,
    Projects,
    archive_leftovers,
    count_of,
    leftovers,
    recorded,
)
from bedrock_projects.errors import RefusedError, SettingsError
from bedrock_projects.model import Inventory

_UNREAD: Final = "the projects of the account cannot be listed ({}); {}"
_GRANT: Final = "grant the policy of `iam conformance create`"

_T = TypeVar("_T")


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
    count = _refused_if_unread(lambda: count_of(guest))
    if count >= MOST_PROJECTS:
        raise RefusedError(
            f"the account has {MOST_PROJECTS} projects or more, archived ones included; use an account with fewer"
        )


def find_leftovers(guest: Guest) -> list[Leftover]:
    """The active projects of earlier runs; RefusedError if they cannot be listed."""
    return _refused_if_unread(lambda: leftovers(guest))


def _refused_if_unread(look: Callable[[], _T]) -> _T:
    try:
        return look()
    except NotCheckedError as error:
        remedy = _GRANT if error.reason is Reason.PERMISSION else "use another account, or run this again later"
        raise RefusedError(_UNREAD.format(error.reason.value, remedy)) from None


def run_create(
    guest: Guest,
    private: PrivateFile,
    tags: Mapping[str, str],
    *,
    clock: Callable[[], float],
    report: Callable[[str], None] = lambda _: None,
) -> CreateRun:
    """Runs the checks, then archives all that they created: also after a failure, and after the first Ctrl-C.

    A second Ctrl-C ends the archiving; what may still be active is in the result. SettingsError: the private file
    cannot be written; its message says what may still be active.
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
    tries = 2
    try:
        try:
            done = run_level(level, guest, looks, clock=clock, report=report)
            tries = 1 if done.ending is Ending.INTERRUPTED else 2
        finally:
            ending = _archive_all(projects, tries=tries, report=report)
    except SettingsError as error:
        raise SettingsError(*error.lines, *left_lines(private.left())) from None
    done.ending = done.ending or ending
    done.sent = dict(guest.sent)
    return CreateRun(done, private.left())


def left_lines(left: Sequence[ThrowAway]) -> list[str]:
    """What to do about projects that may still be active, as a line; none if there are none."""
    names = ", ".join(project.name for project in left)
    return [f"may still be active: {names}; run `bedrock-projects conformance --clean-up ACCOUNT` there"] * bool(left)


def _archive_all(projects: Projects, *, tries: int, report: Callable[[str], None]) -> Ending | None:
    """Why not all could be archived; None if nothing ended it, which does not say that nothing is left.

    The last of `tries` is that which Ctrl-C ends.
    """
    ending = None
    for _ in range(tries):
        try:
            report("archiving")
            projects.clean_up()
        except KeyboardInterrupt:
            ending = Ending.INTERRUPTED
        except LevelEndedError as error:
            return error.ending
        else:
            break
    return ending


def check_private_file(private: PrivateFile, account: str, region: str) -> None:
    """Raises RefusedError if it names projects of another place, which a clean-up there would take for archived."""
    if private.left() and (private.account, private.region) != (account, region):
        raise RefusedError(
            f"{private.path.name} names projects of another account or region that may be active; "
            "give that account and --region, or another folder with `--output`"
        )


def clean_up(guest: Guest, private: PrivateFile | None) -> tuple[list[Leftover], list[Leftover]]:
    """Archives the leftovers of all runs; gives what was found, and what may still be active.

    In the private file, which is of the same account and region, what is not found any longer is not active any longer.
    """
    found = find_leftovers(guest)
    if private:
        listed = {leftover.id for leftover in found}
        missing = [project for project in private.left() if project.id and project.id not in listed]
        found += _refused_if_unread(lambda: recorded(guest, missing))
    left = archive_leftovers(guest, found)
    if private:
        may_be_active = {leftover.id for leftover in left} | {leftover.name for leftover in left}
        for project in [one for one in private.left() if (one.id or one.name) not in may_be_active]:
            private.change(project, may_be_active=False)
    return found, left
