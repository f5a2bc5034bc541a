"""Whether requests that name a project are attributed to it: the requests, and what the answers prove.

No header of an answer names the project, and the endpoint silently ignores unknown headers. So the first request uses
an unknown id: if it succeeds, ids of requests are ignored. CloudWatch proves the rest, since it counts requests by
project. If it does not, the rest stays unknown.
"""

import secrets
import string
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final, Literal, Protocol

from bedrock_projects.errors import AccessDeniedError, CredentialsError, NotFoundError, ServiceError, ThrottledError

Outcome = Literal["attributed", "accepted", "not yet visible", "header not read", "id not read", "refused"]
PAUSE: Final = timedelta(seconds=30)
"""Between two requests to CloudWatch; each costs a fraction of a cent."""
_IDS_DIFFER: Final = "model ids differ between the endpoints"
"""A hint for an answer that may be about the model."""
_ID_CHARACTERS: Final = string.ascii_lowercase + "234567"
_ID_LENGTH: Final = 20
_UNKNOWN_MODEL: Final = "model identifier is invalid"
"""What `bedrock-runtime` answers if it does not know the model."""


def made_up_id() -> str:
    """An id of the documented form that no project has, but for one chance in 10^30."""
    return "proj_" + "".join(secrets.choice(_ID_CHARACTERS) for _ in range(_ID_LENGTH))


class Asks(Protocol):
    """A client that sends a request."""

    def ask(self, model: str, *, project_id: str) -> None:
        """Raises ServiceError."""


class Counts(Protocol):
    """A client that counts requests by project id: MetricsClient."""

    def inferences(self, *, since: datetime, until: datetime, project_ids: Collection[str]) -> dict[str, int]:
        """Raises ServiceError."""


@dataclass(frozen=True)
class Verdict:
    """The result for one project; `key` is that of its entry."""

    key: str
    project_id: str
    outcome: Outcome
    result: str


class Watch:
    """What CloudWatch counts from now on. Reads it once at the start, so that a refusal comes before any cost.

    `now` has a time zone, `sleep` expects seconds, `limit` is for the whole wait.
    """

    def __init__(
        self,
        counts: Counts,
        project_ids: Collection[str],
        *,
        limit: timedelta,
        now: Callable[[], datetime],
        sleep: Callable[[float], None],
    ) -> None:
        self._counts, self._limit, self._now, self._sleep = counts, limit, now, sleep
        self._since = now()
        self._before = counts.inferences(since=self._since, until=self._since, project_ids=project_ids)

    def more(self, project_ids: Collection[str]) -> dict[str, int]:
        """The number of new requests of each project, once all have some or the wait ends."""
        deadline = self._now() + self._limit
        while True:
            now = self._now()
            counted = self._counts.inferences(since=self._since, until=now, project_ids=project_ids)
            more = {
                project_id: max(0, counted.get(project_id, 0) - self._before.get(project_id, 0))
                for project_id in project_ids
            }
            if all(more.values()) or now >= deadline:
                return more
            self._sleep(PAUSE.total_seconds())


def verify(
    ids: Mapping[str, str], *, model: str, asks: Asks, invented_id: str, watch: Watch | None = None
) -> list[Verdict]:
    """Sends a request for an unknown id, then one for each project, by the key of its entry.

    All are of one account and region. Raises ServiceError if the first request fails for another reason than its id.
    """
    if not is_header_read(asks, model, invented_id):
        return _unread(ids, invented_id, "header not read")
    refused = {key: refusal for key, project_id in ids.items() if (refusal := _refusal(asks, model, project_id))}
    more, unseen = _counted(watch, [project_id for key, project_id in ids.items() if key not in refused])
    return [
        Verdict(key, project_id, "refused", str(refused[key]))
        if key in refused
        else _of_answered(key, project_id, more.get(project_id, 0), unseen=unseen)
        for key, project_id in ids.items()
    ]


def verify_uncounted(ids: Mapping[str, str], *, model: str, asks: Asks, invented_id: str) -> list[Verdict]:
    """The same at an endpoint whose requests CloudWatch does not count by project.

    AWS does not say how such an endpoint refuses an unknown id. So the two answers count together: but for the id, the
    request that is refused and the one that is answered are the same.
    """
    if not _is_refused(asks, model, invented_id):
        return _unread(ids, invented_id, "id not read")
    answered = "request succeeded, an unknown id was rejected; no metric shows whether the cost is attributed"
    return [
        Verdict(key, project_id, "refused", str(refusal))
        if (refusal := _refusal(asks, model, project_id))
        else Verdict(key, project_id, "accepted", answered)
        for key, project_id in ids.items()
    ]


def _unread(ids: Mapping[str, str], invented_id: str, outcome: Outcome) -> list[Verdict]:
    result = f"a request for the unknown id {invented_id} succeeded"
    return [Verdict(key, project_id, outcome, result) for key, project_id in ids.items()]


def _is_refused(asks: Asks, model: str, invented_id: str) -> bool:
    """Whether the service itself refuses the id; raises what says nothing of the request, such as a lost answer."""
    try:
        asks.ask(model, project_id=invented_id)
    except (CredentialsError, ThrottledError):
        raise
    except ServiceError as error:
        if HTTPStatus.BAD_REQUEST <= error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return True
        raise
    return False


def is_header_read(asks: Asks, model: str, invented_id: str) -> bool:
    """Whether the endpoint reads the id: it rejects an unknown id by name.

    A refusal that does not name the id, for example of a model or by a proxy, proves nothing and is raised.
    """
    try:
        asks.ask(model, project_id=invented_id)
    except (NotFoundError, AccessDeniedError) as error:
        if invented_id in error.message:
            return True
        ids = f"; {_IDS_DIFFER}" if isinstance(error, NotFoundError) else ""
        raise error.with_hint(f"the answer is not about the project, so it proves nothing{ids}") from None
    return False


def _refusal(asks: Asks, model: str, project_id: str) -> ServiceError | None:
    try:
        asks.ask(model, project_id=project_id)
    except ServiceError as error:
        return error.with_hint(_IDS_DIFFER) if _UNKNOWN_MODEL in error.message else error
    return None


def _counted(watch: Watch | None, project_ids: Collection[str]) -> tuple[dict[str, int], str]:
    """The number of new requests that CloudWatch counts, and the message if it counts none.

    A refusal is reported with the verdicts, since the earlier requests are already billed.
    """
    if watch is None:
        return {}, "CloudWatch was not checked"
    try:
        return watch.more(project_ids), "CloudWatch has not counted the request yet"
    except ServiceError as error:
        return {}, f"CloudWatch could not be read: {error}"


def _of_answered(key: str, project_id: str, more: int, *, unseen: str) -> Verdict:
    if more:
        requests = "request" if more == 1 else "requests"
        result = f"request succeeded, an unknown id was rejected, CloudWatch counted {more} new {requests}"
        return Verdict(key, project_id, "attributed", result)
    return Verdict(key, project_id, "not yet visible", f"request succeeded, an unknown id was rejected; {unseen}")
