"""`bedrock-projects verify`: proves that requests which name a project are attributed to it."""

import os
import secrets
import string
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated

import typer

from bedrock_projects.attribution import verification
from bedrock_projects.attribution.catalogue import Catalogue, environment_of, project_in
from bedrock_projects.attribution.verification import Verdict
from bedrock_projects.aws.credentials import BEARER_VARIABLE, Credentials, account_mismatch, bearer_token
from bedrock_projects.aws.endpoints import MANTLE, RegionalEndpoint
from bedrock_projects.aws.identity import caller_account
from bedrock_projects.aws.inference import InferenceClient
from bedrock_projects.aws.metrics import MetricsClient
from bedrock_projects.aws.projects import open_projects_api
from bedrock_projects.commands.options import Auth
from bedrock_projects.errors import CredentialsError, RefusedError, ServiceError, SettingsError
from bedrock_projects.printing import for_terminal
from bedrock_projects.stacks.outputs import catalogue_and_source


def verify(
    keys: Annotated[
        list[str] | None, typer.Argument(metavar="KEY", help="The entries' keys; by default all that are active.")
    ] = None,
    *,
    environment: Annotated[str, typer.Option(metavar="NAME", help="The environment to look at.")],
    model: Annotated[str, typer.Option(metavar="ID", help="The model to ask; you pay for its answers.")],
    catalogue: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Instead of the stack's outputs: what CI published.")
    ] = None,
    wait: Annotated[
        int, typer.Option(metavar="MINUTES", min=0, help="How long to wait for CloudWatch; 0: do not look.")
    ] = 0,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; for scripts.")] = False,
    profile: Annotated[str | None, typer.Option(metavar="NAME", help="AWS profile to use.")] = None,
    auth: Annotated[Auth, typer.Option(help="How requests are signed.")] = Auth.SIGV4,
) -> None:
    """Send one tiny request for each project and say whether it is attributed.

    Costs money. Exit codes: 0 nothing speaks against it, 1 a request was refused, not attributed, or waited for in
    vain.
    """
    credentials = Credentials(profile=profile, auth=auth.value)
    _check_key(credentials)
    loaded_catalogue, source = catalogue_and_source(environment, catalogue)
    regions = _by_region(loaded_catalogue, keys, environment, source=source)
    declared = environment_of(loaded_catalogue, environment, source=source).account
    _check_account(credentials, environment, declared, region=next(iter(regions)))
    count = sum(map(len, regions.values())) + len(regions)
    typer.echo(
        for_terminal(f"Sends {count} requests to {model}, a few words each, which are paid for: one for each of the"),
        err=True,
    )
    typer.echo(f"projects, and in each region one for a project that does not exist: {', '.join(regions)}.", err=True)
    if not yes:
        typer.confirm("Send them?", abort=True, err=True)
    started = datetime.now(tz=timezone.utc)
    verdicts: list[Verdict] = []
    unseen: list[tuple[str, str]] = []
    for region, verdict in _verified(credentials, regions, model, wait):
        typer.echo(for_terminal(f"{verdict.key}: {verdict.outcome} ({verdict.project_id}): {verdict.result}"))
        verdicts.append(verdict)
        unseen += [(region, verdict.project_id)] if verdict.outcome == "not yet visible" else []
    if unseen and not wait:
        typer.echo(for_terminal(*_later(*unseen[0], started)), err=True)
    good = {"proven"} if wait else {"proven", "not yet visible"}
    if any(verdict.outcome not in good for verdict in verdicts):
        raise typer.Exit(1)


def _check_key(credentials: Credentials) -> None:
    """Raises SettingsError where `--auth bearer` has no API key."""
    if credentials.auth == "bearer" and bearer_token(os.environ) is None:
        raise SettingsError(f"--auth bearer: {BEARER_VARIABLE} is not set; set it, or leave --auth out")


def _check_account(credentials: Credentials, environment: str, declared: str | None, *, region: str) -> None:
    """Raises SettingsError where the credentials are another account's: it would answer that no project is there.

    Raises CredentialsError too. What else keeps the account unknown keeps nobody: a developer may have the permission
    for inference alone, and then the answers tell.
    """
    try:
        account = caller_account(credentials, open_projects_api(credentials, RegionalEndpoint(region)))
    except CredentialsError:
        raise
    except (ServiceError, RefusedError):
        return
    mismatch = account_mismatch(credentials, account, expected=declared, of=f"environment {environment!r}")
    if mismatch:
        raise SettingsError(f"{mismatch}; use credentials of {declared}, for example with --profile")


def _by_region(
    catalogue: Catalogue, keys: list[str] | None, environment: str, *, source: str
) -> Mapping[str, Mapping[str, str]]:
    """Region to entry's key to project id, of the entries asked for; SettingsError where one has no project to use."""
    place = environment_of(catalogue, environment, source=source)
    asked = keys or [key for key, project in place.projects.items() if project.status == "active"]
    if not asked:
        raise SettingsError(f"{environment} has no active project in {source}: there is nothing to verify")
    regions: dict[str, dict[str, str]] = {}
    for key in asked:
        project = project_in(catalogue, key, environment, source=source)
        regions.setdefault(project.region, {})[key] = project.id
    return regions


def _verified(
    credentials: Credentials, regions: Mapping[str, Mapping[str, str]], model: str, minutes: int
) -> Iterator[tuple[str, Verdict]]:
    """Each region's verdicts as they come. CloudWatch is read everywhere before anything is paid for."""
    watches = {
        region: verification.Watch(
            MetricsClient(Credentials(profile=credentials.profile), RegionalEndpoint(region)),
            ids.values(),
            limit=timedelta(minutes=minutes),
            now=lambda: datetime.now(tz=timezone.utc),
            sleep=time.sleep,
        )
        for region, ids in (regions.items() if minutes else ())
    }
    alphabet = string.ascii_lowercase + "234567"
    for region, ids in regions.items():
        verdicts = verification.verify(
            ids,
            model=model,
            asks=InferenceClient(credentials, RegionalEndpoint(region)),
            invented_id="proj_" + "".join(secrets.choice(alphabet) for _ in range(20)),
            watch=watches.get(region),
        )
        yield from ((region, verdict) for verdict in verdicts)


def _later(region: str, project_id: str, started: datetime) -> Iterator[str]:
    """How to see for oneself, without paying again."""
    names = MANTLE.metrics
    start, end = (f"{moment:%Y-%m-%dT%H:%M:00Z}" for moment in (started, started + timedelta(hours=1)))
    yield "CloudWatch counts requests some minutes later. To look, or give `--wait MINUTES` next time:"
    yield (
        f"  aws cloudwatch get-metric-statistics --namespace {names.namespace} --metric-name {names.metric} "
        f"--dimensions Name={names.project_dimension},Value={project_id} --start-time {start} --end-time {end} "
        f"--period 60 --statistics Sum --region {region}"
    )
