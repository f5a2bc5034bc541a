"""Runs a level: its checks one after the other, until one ends it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from bedrock_projects.conformance.checks import (
    Answers,
    Check,
    Ending,
    Level,
    LevelEndedError,
    NotCheckedError,
    Outcome,
    Reason,
    Result,
    outcomes_of,
    results_of,
)
from bedrock_projects.conformance.live import billing, create, index, metrics, native, projects
from bedrock_projects.conformance.live.guest import Guest
from bedrock_projects.conformance.live.throw_away import Projects
from bedrock_projects.conformance.table import ACCOUNT, checks_of
from bedrock_projects.errors import RefusedError

Look = Callable[[Guest], Answers]
"""What sends the requests of one check."""


@dataclass
class LevelRun:
    """What came of a level. `ending` is None if it ran to its end, `seconds` is how long it took."""

    level: Level
    results: list[Result] = field(default_factory=list)
    ending: Ending | None = None
    sent: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    def outcomes(self) -> Mapping[str, Outcome]:
        """What came of each check."""
        return outcomes_of(self.results)


def account_of(guest: Guest) -> str:
    """The account of the credentials, 12 digits; LevelEndedError if they are not accepted, RefusedError without one."""
    try:
        answer = guest.ask(ACCOUNT)
    except NotCheckedError as error:
        raise RefusedError(
            f"the account of the credentials could not be read: {error.reason.value}; "
            "check the network and the permission sts:GetCallerIdentity, then run this again"
        ) from None
    if answer.refusal:
        raise LevelEndedError(Ending.CREDENTIALS)
    return str(answer.body["Account"])


def read_only_looks(account: str, *, owner_key: str) -> Mapping[str, Look]:
    """The looks of the level by name of the check; `owner_key` is the key of the ownership tag."""
    return {
        **_READ_ONLY,
        "auth.bearer": partial(projects.bearer, account=account),
        "billing.owner-key-discovered": partial(billing.owner_key_discovered, owner_key=owner_key),
        "budgets.filter-expression": partial(billing.filter_expression, account=account),
    }


def creating_looks(made: Projects) -> Mapping[str, Look]:
    """The looks of the level `create` by name of the check, all at the same four projects."""
    return {name: partial(_with_projects, look, made) for name, look in create.LOOKS.items()}


def _with_projects(look: Callable[[Projects], Answers], made: Projects, guest: Guest) -> Answers:
    del guest  # the projects have it
    return look(made)


_READ_ONLY: Final[Mapping[str, Look]] = {
    "endpoint.resolves": projects.resolves,
    "auth.sigv4": projects.signature,
    "list.pages-end": projects.pages_end,
    "list.tags-are-true": projects.tags_are_true,
    "list.archived-default": projects.archived_default,
    "get.made-up-id": projects.made_up_id,
    "get.default": projects.default,
    "tags.of-default": projects.tags_of_default,
    "stores.one-or-two": projects.stores,
    "native.list-includes-archived": native.includes_archived,
    "native.id-pattern": native.id_pattern,
    "tagging-index.knows-projects": index.knows_projects,
    "retention.account-mode": native.account_mode,
    "metrics.project-dimension": metrics.project_dimension,
    "metrics.default-project-value": metrics.default_value,
    "billing.may-list-keys": billing.may_list_keys,
    "billing.key-status": billing.key_status,
}


def run_level(
    level: Level,
    guest: Guest,
    looks: Mapping[str, Look],
    *,
    clock: Callable[[], float],
    report: Callable[[str], None] = lambda _: None,
) -> LevelRun:
    """All checks of the level; `report` gets the name of each before it begins."""
    done = LevelRun(level)
    started = clock()
    checks: Sequence[Check] = checks_of(level)
    for check in checks:
        done.results += _looked_at(check, guest, looks[check.name], done, report)
    done.sent = Counter(guest.sent)
    done.seconds = clock() - started
    return done


def _looked_at(check: Check, guest: Guest, look: Look, done: LevelRun, report: Callable[[str], None]) -> list[Result]:
    if done.ending:
        return results_of(check, {}, otherwise=Reason.LEVEL_ENDED)
    try:
        report(check.name)
        return results_of(check, look(guest))
    except NotCheckedError as error:
        return results_of(check, {}, otherwise=error.reason)
    except KeyboardInterrupt:
        done.ending = Ending.INTERRUPTED
        return results_of(check, {}, otherwise=Reason.LEVEL_ENDED)
    except LevelEndedError as error:
        done.ending = error.ending
        return results_of(check, {}, otherwise=_REASONS[error.ending])


_REASONS: Final[Mapping[Ending, Reason]] = {
    Ending.POLICY: Reason.POLICY,
    Ending.CREDENTIALS: Reason.LEVEL_ENDED,
    Ending.NO_ENDPOINT: Reason.NO_ANSWER,
    Ending.LOST_ANSWER: Reason.NO_ANSWER,
    Ending.INTERRUPTED: Reason.LEVEL_ENDED,
}
