"""What the level `paid` sends: requests to a model for projects of its own, and to Cost Explorer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from functools import partial
from typing import Any, Final

from bedrock_projects.attribution import verification
from bedrock_projects.aws.endpoints import MANTLE, MANTLE_METRICS, RUNTIME, Endpoint
from bedrock_projects.aws.inference import inference_request
from bedrock_projects.aws.observing import Answer
from bedrock_projects.conformance.checks import Answers, NotCheckedError, Reason, Seen
from bedrock_projects.conformance.live.guest import Guest, decided, seen
from bedrock_projects.conformance.live.throw_away import Projects
from bedrock_projects.conformance.paid import ARCHIVED_AFTER, ATTRIBUTE_KEYS, METRIC_PAUSES, PAGE
from bedrock_projects.errors import AccessDeniedError, NoDataError, NotFoundError
from bedrock_projects.reports.charge_types import unknown_types

_NUMBERS: Final = {MANTLE: 1, RUNTIME: 3}
"""The numbers of the projects, as the level `create` has them."""

_UNKNOWN_MODEL: Final = "model identifier is invalid"
_STATUSES: Final = ("400", "403", "404")
_DAYS: Final = 14
_FIRST_ATTRIBUTES: Final = date(2026, 9, 1)
"""Cost Explorer has no product attributes of earlier days (documented)."""


@dataclass
class Paying:
    """The projects of the run, and `models`, of which each endpoint is asked for the first one that it knows."""

    projects: Projects
    models: Sequence[str]
    owner_key: str
    today: date
    known: dict[Endpoint, str] = field(default_factory=dict)

    def create(self, endpoint: Endpoint) -> None:
        """Creates the project of that endpoint; NotCheckedError if AWS refuses it."""
        number = _NUMBERS[endpoint]
        if self.projects.create(number, endpoint, name=self.projects.name(number)).refusal:
            raise NotCheckedError(Reason.REFUSED)

    def id(self, endpoint: Endpoint) -> str:
        """The id of the project of that endpoint; NotCheckedError if it was not created."""
        return self.projects.id(_NUMBERS[endpoint])

    def ask(self, endpoint: Endpoint, model: str, project_id: str, *, tolerates: Any = ()) -> Answer:
        """Asks the model for a project."""
        operation, parameters = inference_request(endpoint, model, project_id=project_id)
        return self.projects.guest.ask(operation, tolerates=tolerates, **parameters)

    def ask_known(self, endpoint: Endpoint, project_id: str) -> Answer:
        """Asks the model that was answered before; a denial may be about the project."""
        if endpoint not in self.known:
            raise NotCheckedError(Reason.NOTHING_TO_LOOK_AT)
        return self.ask(endpoint, self.known[endpoint], project_id, tolerates=(AccessDeniedError,))


def paying_looks(paying: Paying) -> Mapping[str, Callable[[Guest], Answers]]:
    """The looks of the level by name of the check."""
    of_projects = {name: partial(_with, look, paying) for name, look in _OF_PROJECTS.items()}
    of_costs = {name: partial(look, paying) for name, look in _OF_COSTS.items()}
    return of_projects | of_costs


def _with(look: Callable[[Paying], Answers], paying: Paying, guest: Guest) -> Answers:
    del guest  # the projects have it
    return look(paying)


def _first_request(paying: Paying, endpoint: Endpoint) -> Answers:
    """Creates a project and asks for it; a model that the endpoint does not know says nothing of projects."""
    paying.create(endpoint)
    project_id = paying.id(endpoint)
    for model in paying.models:
        answer = paying.ask(endpoint, model, project_id)
        if _is_unknown_model(answer, project_id):
            continue
        if answer.refusal:
            return {"request": seen("refused", answer)}
        paying.known[endpoint] = model
        paying.projects.note_answer(_NUMBERS[endpoint])
        return {"request": Seen("answered")}
    raise NotCheckedError(Reason.MODEL)


def _is_unknown_model(answer: Answer, project_id: str) -> bool:
    if answer.refusal is None or project_id in answer.refusal.message:
        return False
    return isinstance(answer.refusal, NotFoundError) or _UNKNOWN_MODEL in answer.refusal.message.lower()


def project_header(paying: Paying) -> Answers:
    """A new project of the OpenAI-shaped API."""
    return _first_request(paying, MANTLE)


def project_identifier(paying: Paying) -> Answers:
    """A new project of the native API."""
    return _first_request(paying, RUNTIME)


def counts_it(paying: Paying) -> Answers:
    """Both series of the new project, until both have the request or ten minutes are over."""
    project_id, model = paying.id(MANTLE), paying.known.get(MANTLE)
    if model is None:
        return {}
    counted = (False, False)
    for pause in METRIC_PAUSES:
        paying.projects.guest.wait(pause)
        counted = _counted(paying.projects.guest, project_id, model)
        if all(counted):
            break
    if not any(counted):
        raise NotCheckedError(Reason.TOO_EARLY)
    answers = [Seen("counted" if is_counted else "not counted") for is_counted in counted]
    return dict(zip(("by-project", "by-project-and-model"), answers, strict=True))


def _counted(guest: Guest, project_id: str, model: str) -> tuple[bool, bool]:
    """Whether the series by project, and the one by project and model, have a request."""
    by_project = {"Name": MANTLE_METRICS.project_dimension, "Value": project_id}
    by_model = {"Name": MANTLE_METRICS.model_dimension, "Value": model}
    metric = {"Namespace": MANTLE_METRICS.namespace, "MetricName": MANTLE_METRICS.requests}
    queries = [
        {"Id": name, "MetricStat": {"Metric": metric | {"Dimensions": dimensions}, "Period": 3600, "Stat": "Sum"}}
        for name, dimensions in (("project", [by_project]), ("model", [by_project, by_model]))
    ]
    now = datetime.now(tz=timezone.utc).replace(minute=0, second=0, microsecond=0)
    answer = guest.ask(
        "cloudwatch:GetMetricData",
        MetricDataQueries=queries,
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(hours=2),
    )
    if answer.refusal:
        raise NotCheckedError(Reason.REFUSED)
    found = {result.get("Id") for result in answer.body["MetricDataResults"] if sum(result.get("Values", ())) > 0}
    return "project" in found, "model" in found


def archived(paying: Paying) -> Answers:
    """Archives each project, then asks for it."""

    def asked(endpoint: Endpoint) -> Seen:
        project_id = paying.id(endpoint)
        if endpoint not in paying.known:
            raise NotCheckedError(Reason.NOTHING_TO_LOOK_AT)
        if paying.projects.archive(_NUMBERS[endpoint]).refusal:
            raise NotCheckedError(Reason.REFUSED)
        paying.projects.guest.wait(ARCHIVED_AFTER)
        answer = paying.ask_known(endpoint, project_id)
        return seen("refused" if answer.refusal else "answered", answer)

    return {"request": decided(lambda: asked(MANTLE)), "native": decided(lambda: asked(RUNTIME))}


def unknown_id(paying: Paying) -> Answers:
    """An id of the right form that no project has."""

    def native() -> Seen:
        answer = paying.ask_known(RUNTIME, verification.made_up_id())
        return seen(answer.refusal.code if answer.refusal else "answered", answer)

    return {**_named_unknown(paying), "native": decided(native)}


def _named_unknown(paying: Paying) -> Answers:
    project_id = verification.made_up_id()
    try:
        answer = paying.ask_known(MANTLE, project_id)
    except NotCheckedError as error:
        return dict.fromkeys(("answer", "text"), error.reason)
    if answer.refusal is None:
        return {"answer": Seen("answered")}
    status = str(answer.refusal.status)
    is_named = project_id in answer.refusal.message
    return {
        "answer": seen(status if status in _STATUSES else "another status", answer),
        "text": Seen("names the project" if is_named else "does not name it"),
    }


def _costs(paying: Paying, guest: Guest, operation: str, *, first: date | None = None, **parameters: Any) -> Answer:
    """The answer of Cost Explorer, of the last two weeks or from `first` on.

    NotCheckedError if it has no data of the account yet.
    """
    start = first or max(paying.today - timedelta(days=_DAYS), _FIRST_ATTRIBUTES)
    period = {"Start": start.isoformat(), "End": paying.today.isoformat()}
    answer = guest.ask(operation, TimePeriod=period, **parameters)
    if isinstance(answer.refusal, NoDataError):
        raise NotCheckedError(Reason.NOTHING_TO_LOOK_AT)
    return answer


def _values(paying: Paying, guest: Guest, dimension: str) -> Answer:
    return _costs(paying, guest, "ce:GetDimensionValues", Dimension=dimension)


def _values_of(answer: Answer) -> set[str]:
    return {value.get("Value", "") for value in answer.body.get("DimensionValues", ())}


def attribute_keys(paying: Paying, guest: Guest) -> Answers:
    """The keys that the costs of the last two weeks have."""
    answer = _values(paying, guest, "PRODUCT_ATTRIBUTE")
    if answer.refusal:
        return {"keys": seen("refused", answer)}
    keys = _values_of(answer)
    return {"keys": Seen("documented" if keys <= ATTRIBUTE_KEYS else "others")} if keys else {}


def tag_and_attribute(paying: Paying, guest: Guest) -> Answers:
    """Both kinds of groups in one request; how many groups come back does not matter."""
    groups = [{"Type": "TAG", "Key": paying.owner_key}, {"Type": "PRODUCT_ATTRIBUTE", "Key": "model"}]
    return {"groups": _answered(paying, guest, Metrics=["UnblendedCost"], GroupBy=groups)}


def billed_and_list_cost(paying: Paying, guest: Guest) -> Answers:
    """Two of the metrics that not every account has."""
    return {"metrics": _answered(paying, guest, Metrics=["BilledCost", "ListCost"])}


def _answered(paying: Paying, guest: Guest, **parameters: Any) -> Seen:
    answer = _costs(paying, guest, "ce:GetCostAndUsage", Granularity="MONTHLY", **parameters)
    return seen("refused" if answer.refusal else "answered", answer)


def record_types(paying: Paying, guest: Guest) -> Answers:
    """The charge types of the last two weeks."""
    answer = _values(paying, guest, "RECORD_TYPE")
    if answer.refusal:
        raise NotCheckedError(Reason.REFUSED)
    found = _values_of(answer)
    return {"words": Seen("others" if unknown_types(found) else "known")} if found else {}


def page_size(paying: Paying, guest: Guest) -> Answers:
    """The groups on a page that another one follows, all of one month: periods may count on a page too."""
    groups = [{"Type": "DIMENSION", "Key": key} for key in ("USAGE_TYPE", "OPERATION")]
    answer = _costs(
        paying,
        guest,
        "ce:GetCostAndUsage",
        first=(paying.today - timedelta(days=1)).replace(day=1),
        Granularity="MONTHLY",
        Metrics=["UnblendedCost"],
        GroupBy=groups,
    )
    if answer.refusal:
        raise NotCheckedError(Reason.REFUSED)
    if not answer.body.get("NextPageToken"):
        return {}
    count = sum(len(period.get("Groups", ())) for period in answer.body["ResultsByTime"])
    return {"groups": Seen(f"{PAGE:,}" if count == PAGE else "fewer" if count < PAGE else "more")}


_OF_PROJECTS: Final[Mapping[str, Callable[[Paying], Answers]]] = {
    "inference.project-header": project_header,
    "runtime.project-identifier": project_identifier,
    "metrics.counts-it": counts_it,
    "inference.archived": archived,
    "inference.unknown-id": unknown_id,
}
_OF_COSTS: Final[Mapping[str, Callable[[Paying, Guest], Answers]]] = {
    "ce.product-attribute-keys": attribute_keys,
    "ce.tag-and-attribute-in-one-request": tag_and_attribute,
    "ce.metrics-billed-list": billed_and_list_cost,
    "ce.record-types": record_types,
    "ce.page-size": page_size,
}
