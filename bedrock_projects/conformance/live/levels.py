"""A level, or a clean-up, with credentials and a clock: who is asked, what is said meanwhile, and how it is ended."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from bedrock_projects.aws.credentials import Credentials, bearer_token
from bedrock_projects.aws.observing import Observer
from bedrock_projects.conformance.checks import Ending, Level, LevelEndedError
from bedrock_projects.conformance.live.create_run import (
    CreateRun,
    check_account,
    check_room,
    clean_up,
    find_leftovers,
)
from bedrock_projects.conformance.live.follow_up import FollowUp, follow_up_looks
from bedrock_projects.conformance.live.guest import Guest
from bedrock_projects.conformance.live.one_at_a_time import alone
from bedrock_projects.conformance.live.private_file import NAME as PRIVATE_NAME
from bedrock_projects.conformance.live.private_file import PrivateFile, ThrowAway
from bedrock_projects.conformance.live.run import LevelRun, account_of, read_only_looks, run_level
from bedrock_projects.conformance.live.throw_away import Leftover
from bedrock_projects.conformance.table import clean_up_requests, most_requests
from bedrock_projects.errors import RefusedError
from bedrock_projects.files import user_cache
from bedrock_projects.terminal import progress, show

REMEDIES: Final = {
    Ending.POLICY: "ask who manages the organisation, or use another account",
    Ending.CREDENTIALS: "sign in again, then run this again",
    Ending.LOST_ANSWER: "all that was created is archived; run this again",
    Ending.INTERRUPTED: "all that was created is archived",
    Ending.NO_ENDPOINT: "give a region that has it with `--region`, or check the network and HTTPS_PROXY",
}
"""What to do about each ending."""


@dataclass(frozen=True)
class Place:
    """Where a level runs, and as whom; `output` is the folder of its files."""

    credentials: Credentials
    region: str
    run: str
    output: Path

    @property
    def user_agent(self) -> str:
        """What each request says that it is of."""
        return f"bedrock-projects-conformance/{self.run}"

    def observer(self, *, auth: str = "sigv4") -> Observer:
        """Who sends the requests."""
        credentials = Credentials(auth=auth) if auth == "bearer" else self.credentials
        return Observer(credentials, self.region, user_agent=self.user_agent)


def run_read_only(place: Place, observer: Observer, owner_key: str) -> LevelRun:
    """The level `read-only`; `owner_key` is the key of the ownership tag."""
    key = place.observer(auth="bearer") if bearer_token(os.environ) else None
    guest = Guest(observer, most_requests(Level.READ_ONLY), clock=monotonic, sleep=sleep, key=key)
    with progress("Checking") as change, _signed_in(place):
        looks = read_only_looks(account_of(guest), owner_key=owner_key)
        return run_level(Level.READ_ONLY, guest, looks, clock=monotonic, report=lambda name: change(f"Checking {name}"))


def run_with_projects(
    place: Place, observer: Observer, level: Level, account: str, run_it: Callable[..., CreateRun]
) -> tuple[LevelRun, Sequence[ThrowAway]]:
    """A level that creates projects, and the projects that may still be active."""
    guest = Guest(observer, most_requests(level), clock=monotonic, sleep=sleep, remembers=False)
    with alone(user_cache(os.environ), account, place.region):
        with progress("Reading the account"), _signed_in(place):
            check_account(guest, account, option=f"--{level.value}")
            check_room(guest)
            earlier = find_leftovers(guest)
        if earlier:
            names = ", ".join(leftover.name for leftover in earlier)
            show(f"Left active by earlier runs: {names}; `--clean-up ACCOUNT` archives them.", err=True)
        started = datetime.now(tz=timezone.utc).isoformat(timespec="seconds")
        private = PrivateFile(place.output / PRIVATE_NAME, place.run, account, place.region, started)
        with progress("Checking") as change, _ended_as_by_ctrl_c():
            done = run_it(guest, private, clock=monotonic, report=lambda name: change(f"Checking {name}"))
    return done.level, done.left


def run_follow_up(place: Place, observer: Observer, account: str, paid: FollowUp) -> LevelRun:
    """The level `follow-up`, of that paid run."""
    guest = Guest(observer, most_requests(Level.FOLLOW_UP), clock=monotonic, sleep=sleep)
    with progress("Checking") as change, _signed_in(place):
        check_account(guest, account, option="--follow-up")
        return run_level(
            Level.FOLLOW_UP,
            guest,
            follow_up_looks(paid),
            clock=monotonic,
            report=lambda name: change(f"Checking {name}"),
        )


def run_clean_up(
    place: Place, account: str, private: PrivateFile | None
) -> tuple[Sequence[Leftover], Sequence[Leftover]]:
    """Archives what earlier runs left; gives what was found, and what may still be active."""
    guest = Guest(place.observer(), clean_up_requests(), clock=monotonic, sleep=sleep, remembers=False)
    with (
        alone(user_cache(os.environ), account, place.region),
        progress("Looking for projects of earlier runs"),
        _signed_in(place),
    ):
        check_account(guest, account, option="--clean-up")
        return clean_up(guest, private)


@contextmanager
def _ended_as_by_ctrl_c() -> Iterator[None]:
    """Archives also if a CI system ends the process, which asks by SIGTERM first."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _signed_in(place: Place) -> Iterator[None]:
    """Makes one sentence of what ends a level before its first check."""
    try:
        yield
    except LevelEndedError as error:
        remedy = REMEDIES[error.ending]
        raise RefusedError(f"{error.ending.value}: {remedy} (used: {place.credentials})") from None
