"""What `verify` concludes from the answers. The service and CloudWatch are handed in as fakes: an endpoint that does
not read the header, and counts that come late, cannot be had of the real ones at will.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta, timezone

import pytest

from bedrock_projects.attribution.verification import PAUSE, Watch, verify, verify_uncounted
from bedrock_projects.errors import (
    AccessDeniedError,
    AmbiguousError,
    CredentialsError,
    NotFoundError,
    ServiceError,
    ThrottledError,
)

MODEL, INVENTED = "openai.gpt-oss-120b", "proj_nobodys"
IDS = {"search": "proj_s", "chat": "proj_c"}
UNKNOWN = NotFoundError("Project proj_nobodys was not found.", action="asking")
DENIED = AccessDeniedError("not authorized to perform CreateInference on resource proj_nobodys", action="asking")
FOREIGN = AccessDeniedError("not authorized to perform CallWithBearerToken on resource *", action="asking")
NO_MODEL = NotFoundError("The model 'openai.gpt' does not exist", action=f"asking openai.gpt for project {INVENTED}")
NO_PAGE = NotFoundError("<html>Not Found</html>", action=f"asking {MODEL} for project {INVENTED}")
LOST = AmbiguousError("no complete answer came back", action="asking")


class Endpoint:
    """Answers all ids but those that it has an error for."""

    def __init__(self, **errors: ServiceError) -> None:
        self.errors = errors
        self.asked: list[str] = []

    def ask(self, model: str, *, project_id: str) -> None:
        assert model == MODEL
        self.asked.append(project_id)
        if project_id in self.errors:
            raise self.errors[project_id]


class Clock:
    """Moves only in sleeps."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 15, 23, 58, tzinfo=timezone.utc)

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class Counts:
    """Each look takes the next of these counts, and then the last one again and again."""

    def __init__(self, *looks: dict[str, int]) -> None:
        self.looks = list(looks)
        self.since: set[datetime] = set()

    def inferences(self, *, since: datetime, until: datetime, project_ids: Collection[str]) -> dict[str, int]:
        assert since <= until
        self.since.add(since)
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]


def outcomes(endpoint: Endpoint, *looks: dict[str, int], minutes: int = 5) -> tuple[list[str], Clock]:
    clock, counts = Clock(), Counts(*looks or ({},))
    watch = (
        Watch(counts, IDS.values(), limit=timedelta(minutes=minutes), now=clock.now, sleep=clock.sleep)
        if looks
        else None
    )
    verdicts = verify(IDS, model=MODEL, asks=endpoint, invented_id=INVENTED, watch=watch)
    assert [(verdict.key, verdict.project_id) for verdict in verdicts] == list(IDS.items())
    assert len(counts.since) <= 1
    return [verdict.outcome for verdict in verdicts], clock


@pytest.mark.parametrize("error", [UNKNOWN, DENIED], ids=["not found", "refused by its name"])
def test_an_id_that_nobody_has_must_not_be_answered(error: ServiceError) -> None:
    endpoint = Endpoint(proj_nobodys=error)
    assert outcomes(endpoint)[0] == ["not yet visible", "not yet visible"]
    assert endpoint.asked == [INVENTED, "proj_s", "proj_c"]


def test_where_it_is_answered_no_id_is_read_and_nothing_more_is_paid_for() -> None:
    endpoint = Endpoint()
    assert outcomes(endpoint)[0] == ["header not read", "header not read"]
    assert endpoint.asked == [INVENTED]


SILENT: dict[str, ServiceError] = {
    "a refusal of the key": FOREIGN,
    "a model that is not there": NO_MODEL,
    "a page of a proxy": NO_PAGE,
    "no answer": LOST,
}


@pytest.mark.parametrize("error", SILENT.values(), ids=SILENT)
def test_what_says_nothing_of_the_id_proves_nothing_and_ends_the_run_before_the_projects_are_asked(
    error: ServiceError,
) -> None:
    endpoint = Endpoint(proj_nobodys=error)
    with pytest.raises(type(error)) as raised:
        outcomes(endpoint)
    assert endpoint.asked == [INVENTED]
    assert raised.value.message.startswith(error.message)
    assert ("proves nothing" in raised.value.message) is (error is not LOST)


def test_a_project_that_is_refused_does_not_keep_the_others_from_being_attributed() -> None:
    endpoint = Endpoint(proj_nobodys=UNKNOWN, proj_s=DENIED)
    assert outcomes(endpoint, {}, {"proj_c": 1})[0] == ["refused", "attributed"]


def uncounted(endpoint: Endpoint) -> list[str]:
    verdicts = verify_uncounted(IDS, model=MODEL, asks=endpoint, invented_id=INVENTED)
    assert [(verdict.key, verdict.project_id) for verdict in verdicts] == list(IDS.items())
    return [verdict.outcome for verdict in verdicts]


REFUSALS: dict[str, ServiceError] = {
    "a validation that does not name it": ServiceError("The project is not valid.", action="asking", status=400),
    "a permission": AccessDeniedError("not authorized", action="asking", status=403),
    "not found": NotFoundError("not found", action="asking", status=404),
}


@pytest.mark.parametrize("error", REFUSALS.values(), ids=REFUSALS)
def test_without_counts_any_refusal_of_the_unknown_id_and_an_answer_count_together(error: ServiceError) -> None:
    endpoint = Endpoint(proj_nobodys=error)
    assert uncounted(endpoint) == ["accepted", "accepted"]
    assert endpoint.asked == [INVENTED, "proj_s", "proj_c"]
    assert uncounted(Endpoint(proj_nobodys=error, proj_s=error, proj_c=error)) == ["refused", "refused"]
    assert uncounted(Endpoint(proj_nobodys=error, proj_s=error)) == ["refused", "accepted"]


def test_without_counts_an_answer_to_the_unknown_id_ends_the_run() -> None:
    endpoint = Endpoint()
    assert uncounted(endpoint) == ["id not read", "id not read"]
    assert endpoint.asked == [INVENTED]


NO_REFUSALS: dict[str, ServiceError] = {
    "no answer": LOST,
    "an error of the service": AmbiguousError("broken", action="asking", status=500),
    "too many requests": ThrottledError("slow down", action="asking", status=429),
    "credentials that are none": CredentialsError("not accepted", action="asking", status=403),
}


@pytest.mark.parametrize("error", NO_REFUSALS.values(), ids=NO_REFUSALS)
def test_without_counts_an_error_that_is_not_a_refusal_of_the_request_ends_the_run(error: ServiceError) -> None:
    endpoint = Endpoint(proj_nobodys=error)
    with pytest.raises(type(error)):
        uncounted(endpoint)
    assert endpoint.asked == [INVENTED]


LOOKS: dict[str, tuple[Sequence[dict[str, int]], list[str], float]] = {
    "at once": ([{}, {"proj_s": 1, "proj_c": 1}], ["attributed", "attributed"], 0),
    "one after the other": ([{}, {}, {"proj_s": 1}, {"proj_s": 1, "proj_c": 2}], ["attributed", "attributed"], 2),
    "one of them never": ([{}, {"proj_s": 1}], ["attributed", "not yet visible"], 10),
    "requests of before only": ([{"proj_s": 7, "proj_c": 1}], ["not yet visible", "not yet visible"], 10),
    "more than before": ([{"proj_s": 7, "proj_c": 1}, {"proj_s": 8, "proj_c": 2}], ["attributed", "attributed"], 0),
}


@pytest.mark.parametrize(("looks", "expected", "pauses"), LOOKS.values(), ids=LOOKS)
def test_cloudwatch_is_looked_at_until_all_are_counted_or_the_wait_ends(
    looks: Sequence[dict[str, int]], expected: list[str], pauses: float
) -> None:
    answered, clock = outcomes(Endpoint(proj_nobodys=UNKNOWN), *looks)
    assert answered == expected
    assert clock.now() - Clock().now() == pauses * PAUSE
