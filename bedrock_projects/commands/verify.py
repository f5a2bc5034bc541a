"""`bedrock-projects verify`: checks that requests for a project are attributed to it."""

import os
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Annotated

import typer

from bedrock_projects.attribution import verification
from bedrock_projects.attribution.catalogue import Catalogue, environment_of, project_in
from bedrock_projects.attribution.targets import check_target
from bedrock_projects.attribution.verification import Verdict
from bedrock_projects.aws.credentials import BEARER_VARIABLE, Credentials, account_mismatch, bearer_token
from bedrock_projects.aws.endpoints import MANTLE_METRICS, RUNTIME, RegionalEndpoint
from bedrock_projects.aws.identity import caller_account
from bedrock_projects.aws.inference import open_inference
from bedrock_projects.aws.metrics import MetricsClient
from bedrock_projects.aws.projects import open_projects_api
from bedrock_projects.commands import options
from bedrock_projects.errors import CredentialsError, RefusedError, ServiceError, SettingsError
from bedrock_projects.stacks.outputs import catalogue_and_source
from bedrock_projects.terminal import Style, Styled, progress, show, with_progress

EXAMPLES = options.examples(
    "verify search --environment dev --model openai.gpt-oss-20b",
    "verify --environment dev --model openai.gpt-oss-20b --yes",
)
_OUTCOMES: Mapping[verification.Outcome, Style] = {
    "attributed": Style.GOOD,
    "accepted": Style.CAUTION,
    "not yet visible": Style.CAUTION,
    "header not read": Style.BAD,
    "id not read": Style.BAD,
    "refused": Style.BAD,
}
_OUTCOME_WIDTH = max(map(len, _OUTCOMES))


def verify(
    keys: Annotated[
        list[str] | None, typer.Argument(metavar="KEY", help="Entry keys (default: all active entries).")
    ] = None,
    *,
    environment: Annotated[str, typer.Option(metavar="NAME", help="Environment to check.")],
    model: Annotated[str, typer.Option(metavar="ID", help="Model to call; its answers are billed.")],
    catalogue: options.Catalogue = None,
    wait: Annotated[
        int, typer.Option(metavar="MINUTES", min=0, help="Time to wait for CloudWatch (0: do not check it).")
    ] = 0,
    yes: options.Yes = False,
    profile: options.Profile = None,
    auth: options.SignedBy = options.Auth.SIGV4,
) -> None:
    """Send billed test requests and check their attribution.

    One short request for each project, and one for each region with a project that does not exist. On
    `bedrock-runtime` nothing shows the attribution: only the id is checked.
    Exit codes: 0 no problem found, 1 a request was refused, not attributed, or not counted in time.
    """
    credentials = Credentials(profile=profile, auth=auth.value)
    _check_key(credentials)
    with progress("Reading the catalogue"):
        loaded_catalogue, source = catalogue_and_source(environment, catalogue)
    places = _by_place(loaded_catalogue, keys, environment, source=source)
    declared = environment_of(loaded_catalogue, environment, source=source).account
    if RUNTIME in {where.endpoint for where in places}:
        check_target(model)
    _check_account(credentials, environment, declared, where=next(iter(places)))
    count = sum(map(len, places.values())) + len(places)
    show(
        f"Sends {count} billed requests to {model}: 1 per project, "
        f"and 1 per region with a non-existent project ({', '.join(map(str, places))}).",
        err=True,
    )
    if not yes:
        options.ask("Send them?")
    started = datetime.now(tz=timezone.utc)
    verdicts: list[Verdict] = []
    unseen: list[tuple[str, str]] = []
    width = max(len(key) for ids in places.values() for key in ids)
    wait = _useful_wait(wait, next(iter(places)))
    action = "Sending requests, then waiting for CloudWatch" if wait else "Sending requests"
    for where, verdict in with_progress(action, _verified(credentials, places, model, wait)):
        outcome = Styled(f"{verdict.outcome:<{_OUTCOME_WIDTH}}", _OUTCOMES[verdict.outcome])
        show((f"{verdict.key:<{width}}  ", outcome, f"  {verdict.project_id}  {verdict.result}"))
        verdicts.append(verdict)
        unseen += [(where.region, verdict.project_id)] if verdict.outcome == "not yet visible" else []
    if unseen and not wait:
        show(*_later(*unseen[0], started), err=True)
    good = {"attributed", "accepted"} | (set() if wait else {"not yet visible"})
    if any(verdict.outcome not in good for verdict in verdicts):
        raise typer.Exit(1)


def _useful_wait(minutes: int, where: RegionalEndpoint) -> int:
    """The minutes to wait for CloudWatch: none, and a line about it, if it does not count by project there."""
    if not minutes or where.endpoint.metrics is not None:
        return minutes
    show(f"`--wait` has no effect on {where.endpoint}: CloudWatch does not count requests by project there.", err=True)
    return 0


def _check_key(credentials: Credentials) -> None:
    """Raises SettingsError if `--auth bearer` has no API key."""
    if credentials.auth == "bearer" and bearer_token(os.environ) is None:
        raise SettingsError(f"--auth bearer: {BEARER_VARIABLE} is not set; set it, or remove --auth")


def _check_account(
    credentials: Credentials, environment: str, declared: str | None, *, where: RegionalEndpoint
) -> None:
    """Raises SettingsError if the credentials are of another account, which would answer that the project is missing.

    Raises CredentialsError too. Other errors leave the account unknown and do not stop the command: a developer may
    have permission for inference only.
    """
    try:
        account = caller_account(credentials, open_projects_api(credentials, where))
    except CredentialsError:
        raise
    except (ServiceError, RefusedError):
        return
    mismatch = account_mismatch(credentials, account, expected=declared, of=f"environment {environment!r}")
    if mismatch:
        raise SettingsError(f"{mismatch}; use credentials of {declared}, for example with --profile")


def _by_place(
    catalogue: Catalogue, keys: list[str] | None, environment: str, *, source: str
) -> Mapping[RegionalEndpoint, Mapping[str, str]]:
    """Endpoint and region to entry key to project id, for the requested entries, all of one endpoint.

    SettingsError if one has no usable project, or if they are of several endpoints.
    """
    place = environment_of(catalogue, environment, source=source)
    asked = keys or [key for key, project in place.projects.items() if project.status == "active"]
    if not asked:
        raise SettingsError(
            f"environment {environment!r} has no active project in {source}; deploy one, or choose another environment"
        )
    places: dict[RegionalEndpoint, dict[str, str]] = {}
    for key in asked:
        project = project_in(catalogue, key, environment, source=source)
        places.setdefault(RegionalEndpoint(project.region, project.of), {})[key] = project.id
    by_endpoint: dict[str, list[str]] = {}
    for where, ids in places.items():
        by_endpoint.setdefault(where.endpoint.name, []).extend(ids)
    if len(by_endpoint) > 1:
        named = "; ".join(f"{endpoint}: {', '.join(sorted(there))}" for endpoint, there in sorted(by_endpoint.items()))
        raise SettingsError(f"one model id does not fit both endpoints; give the keys of one of them ({named})")
    return places


def _verified(
    credentials: Credentials, places: Mapping[RegionalEndpoint, Mapping[str, str]], model: str, minutes: int
) -> Iterator[tuple[RegionalEndpoint, Verdict]]:
    """Each region's verdicts as they arrive. CloudWatch is read in all regions before the first billed request."""
    watches = {
        where: verification.Watch(
            MetricsClient(Credentials(profile=credentials.profile), where),
            ids.values(),
            limit=timedelta(minutes=minutes),
            now=lambda: datetime.now(tz=timezone.utc),
            sleep=time.sleep,
        )
        for where, ids in (places.items() if minutes else ())
        if where.endpoint.metrics is not None
    }
    for where, ids in places.items():
        asks = open_inference(credentials, where)
        invented_id = verification.made_up_id()
        if where.endpoint.metrics is None:
            verdicts = verification.verify_uncounted(ids, model=model, asks=asks, invented_id=invented_id)
        else:
            verdicts = verification.verify(
                ids, model=model, asks=asks, invented_id=invented_id, watch=watches.get(where)
            )
        yield from ((where, verdict) for verdict in verdicts)


def _later(region: str, project_id: str, started: datetime) -> Iterator[str]:
    """How to check CloudWatch later, without new requests."""
    names = MANTLE_METRICS
    start, end = (f"{moment:%Y-%m-%dT%H:%M:00Z}" for moment in (started, started + timedelta(hours=1)))
    yield "CloudWatch counts requests some minutes later. Use `--wait MINUTES` next time, or check with:"
    yield (
        f"  aws cloudwatch get-metric-statistics --namespace {names.namespace} --metric-name {names.requests} "
        f"--dimensions Name={names.project_dimension},Value={project_id} --start-time {start} --end-time {end} "
        f"--period 60 --statistics Sum --region {region}"
    )
