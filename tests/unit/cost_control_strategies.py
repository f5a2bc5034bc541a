"""Any budgets, anomaly alerts and publications that go with given projects, for properties of inventories."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from bedrock_projects.model import (
    EXPORT_GRANULARITIES,
    EXPORT_ROWS,
    FREQUENCIES,
    PERIODS,
    Alert,
    AnomalyAlert,
    Budget,
    Environment,
    Export,
    ExportCreation,
    Project,
    Publication,
    TagKey,
)

AMOUNTS = st.sampled_from(["1", "500", "0.5", "99.50", "007"])
THRESHOLDS = st.sampled_from(["80%", "100%", "33.3%", "400", "0.01"])
MAILS = st.sampled_from(["a@example.com", "finance+bedrock@example.com"])
TOPIC = "arn:aws:sns:us-east-1:999999999999:budgets"


def subscribers(any_of: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(any_of, min_size=1, max_size=2, unique=True).map(lambda drawn: tuple(sorted(drawn)))


@st.composite
def places(draw: st.DrawFn, environments: set[str]) -> list[str | None]:
    """All environments together, or some of them by themselves."""
    if not draw(st.booleans()):
        return [None]
    return list(draw(st.lists(st.sampled_from(sorted(environments)), min_size=1, unique=True)))


@st.composite
def alerts(draw: st.DrawFn, period: str) -> tuple[Alert, ...]:
    kinds = ["actual"] if period == "daily" else ["actual", "forecast"]
    chosen = draw(st.lists(st.tuples(THRESHOLDS, st.sampled_from(kinds)), min_size=1, max_size=3, unique=True))
    told = subscribers(MAILS | st.just(TOPIC))
    drawn = [Alert.model_validate({"at": at, "of": of, "notify": draw(told)}) for at, of in chosen]
    return tuple(sorted(drawn, key=lambda alert: (alert.of, Decimal(alert.at.rstrip("%")))))


@st.composite
def budgets(draw: st.DrawFn, projects: Sequence[Project], taxonomy: Mapping[str, TagKey]) -> tuple[Budget, ...]:
    drawn = []
    for number in range(draw(st.integers(0, 2)) if projects else 0):
        one = draw(st.sampled_from(list(projects)))
        tags = [(key, value) for key, value in one.tags.items() if taxonomy[key].cost_allocation]
        tag = draw(st.sampled_from([None, *tags]))
        counted = {project.environment for project in projects if _is_counted(project, one.key, tag)}
        for environment in draw(places(counted)):
            period = draw(st.sampled_from(PERIODS))
            drawn.append(
                Budget(
                    key=f"budget-{number}",
                    environment=environment,
                    tag=tag,
                    project=None if tag else one.key,
                    amount=draw(AMOUNTS),
                    period=period,
                    alerts=draw(alerts(period)),
                )
            )
    return tuple(sorted(drawn, key=lambda budget: (budget.environment or "", budget.key)))


def _is_counted(project: Project, key: str, tag: tuple[str, str] | None) -> bool:
    return project.tags.get(tag[0]) == tag[1] if tag else project.key == key


@st.composite
def anomaly_alerts(draw: st.DrawFn, projects: Sequence[Project], ownership_key: str) -> tuple[AnomalyAlert, ...]:
    if not projects or not draw(st.booleans()):
        return ()
    thresholds = draw(st.sampled_from([("above",), ("above_percent",), ("above", "above_percent")]))
    values = {"above": AMOUNTS, "above_percent": st.sampled_from(["40%", "0.5%"])}
    drawn = []
    for environment in draw(places({project.environment for project in projects})):
        frequency = draw(st.sampled_from(FREQUENCIES))
        given: dict[str, Any] = {name: draw(values[name]) for name in thresholds}
        told = subscribers(st.just(TOPIC) if frequency == "immediate" else MAILS)
        shared = {"key": "spikes", "tag_key": ownership_key, "environment": environment, "frequency": frequency}
        drawn.append(AnomalyAlert.model_validate({**shared, **given, "notify": draw(told)}))
    return tuple(sorted(drawn, key=lambda alert: alert.environment or ""))


@st.composite
def publications(
    draw: st.DrawFn, projects: Sequence[Project], environments: Mapping[str, Environment]
) -> tuple[Publication, ...]:
    drawn = []
    for name, environment in environments.items():
        keys = sorted(project.key for project in projects if project.environment == name)
        role = f"arn:aws:iam::{environment.account or '111111111111'}:role/a/b"
        chosen = draw(st.lists(st.sampled_from(keys), unique=True)) if keys else []
        publication = Publication(
            environment=name,
            parameters=draw(st.sampled_from([None, f"/p/{name}"])),
            inference=dict.fromkeys(sorted(chosen), (role,)),
        )
        if publication.parameters or publication.inference:
            drawn.append(publication)
    return tuple(drawn)


@st.composite
def exports(draw: st.DrawFn) -> tuple[Export, ...]:
    names = draw(st.lists(st.sampled_from(["acme-cur2", "cur_2", "Payer-b"]), unique=True))
    locations = draw(st.permutations(["s3://acme-billing", "s3://acme-billing/cur2/", "copies/cur 2", ".", "true"]))
    return tuple(
        draw(created_exports(name)) if draw(st.booleans()) else Export(name=name, table="cur2", location=location)
        for name, location in zip(sorted(names), locations, strict=False)
    )


def created_exports(name: str) -> st.SearchStrategy[Export]:
    bucket = f"costs-{name.lower().replace('_', '-')}"
    creations = st.builds(
        ExportCreation,
        bucket=st.just(bucket),
        region=st.sampled_from(["us-east-1", "eu-west-1"]),
        granularity=st.sampled_from(EXPORT_GRANULARITIES),
        rows=st.sampled_from(EXPORT_ROWS),
        iam_principals=st.booleans(),
    )
    place = f"s3://{bucket}/exports/{name}"
    return st.builds(Export, name=st.just(name), table=st.just("cur2"), location=st.just(place), creation=creations)
