"""Whether requests that name a project are attributed to it: what is sent, and what the answers prove.

No header of an answer names the project that was used, and a header that is not read is ignored without a word. So an
id that nobody has is tried first: where that is answered, the ids of requests are not looked at. What proves the rest
is CloudWatch, which counts requests by project.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol

from bedrock_projects.errors import AccessDeniedError, NotFoundError, ServiceError

Outcome = Literal["proven", "not yet visible", "header not read", "refused"]
PAUSE: Final = timedelta(seconds=30)
"""Between two looks at CloudWatch; each costs a fraction of a cent."""


class Asks(Protocol):
    """What sends a request: InferenceClient."""

    def ask(self, model: str, *, project_id: str) -> None:
        """Raises ServiceError."""


class Counts(Protocol):
    """What counts requests by project id: MetricsClient."""

    def inferences(self, *, since: datetime, until: datetime, project_ids: Collection[str]) -> dict[str, int]:
        """Raises ServiceError."""


@dataclass(frozen=True)
class Verdict:
    """What came of one project; `key` is its entry's."""

    key: str
    project_id: str
    outcome: Outcome
    result: str


class Watch:
    """What CloudWatch counts from now on, more than before. Reads it once, so that a refusal comes before any cost.

    `now` has its time zone, `sleep` takes seconds, `limit` is for the whole wait.
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
        """How many more requests each has, as soon as all have some, or when the wait ends."""
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
    """Sends a request for each project, by its entry's key, and one before for an id that nobody has.

    All are of one account and region. Raises ServiceError where the first request fails for another reason than its id.
    """
    if not is_header_read(asks, model, invented_id):
        return [
            Verdict(key, project_id, "header not read", f"a request for {invented_id}, which is nobody's, was answered")
            for key, project_id in ids.items()
        ]
    refused = {key: refusal for key, project_id in ids.items() if (refusal := _refusal(asks, model, project_id))}
    more, unseen = _counted(watch, [project_id for key, project_id in ids.items() if key not in refused])
    return [
        Verdict(key, project_id, "refused", str(refused[key]))
        if key in refused
        else _of_answered(key, project_id, more.get(project_id, 0), unseen=unseen)
        for key, project_id in ids.items()
    ]


def is_header_read(asks: Asks, model: str, invented_id: str) -> bool:
    """Whether the endpoint looks at the id: one that nobody has is not found, or refused, by its own name.

    A refusal that does not name the id, such as that of a model or a proxy, proves nothing and is raised.
    """
    try:
        asks.ask(model, project_id=invented_id)
    except (NotFoundError, AccessDeniedError) as error:
        if invented_id in error.message:
            return True
        raise error.with_hint("the answer is not about the project, so it proves nothing") from None
    return False


def _refusal(asks: Asks, model: str, project_id: str) -> ServiceError | None:
    try:
        asks.ask(model, project_id=project_id)
    except ServiceError as error:
        return error
    return None


def _counted(watch: Watch | None, project_ids: Collection[str]) -> tuple[dict[str, int], str]:
    """How many more requests CloudWatch counts, and what is to be said where it counts none.

    A refusal is told with the verdicts: what was answered until then is paid for.
    """
    if watch is None:
        return {}, "CloudWatch was not asked"
    try:
        return watch.more(project_ids), "CloudWatch does not count it yet"
    except ServiceError as error:
        return {}, f"CloudWatch did not say whether it is counted: {error}"


def _of_answered(key: str, project_id: str, more: int, *, unseen: str) -> Verdict:
    if more:
        result = f"answered, an unknown id is not, and CloudWatch counts {more} more of its requests than before"
        return Verdict(key, project_id, "proven", result)
    return Verdict(key, project_id, "not yet visible", f"answered, an unknown id is not; {unseen}")
