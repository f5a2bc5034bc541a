"""`bedrock-projects conformance`: checks on an account what nobody knows of the live service."""

import importlib.metadata
import os
import platform
import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from time import monotonic, sleep
from typing import Annotated, Final

import typer

from bedrock_projects import inventory as inventories
from bedrock_projects.aws.credentials import Credentials, bearer_token
from bedrock_projects.aws.observing import Observer
from bedrock_projects.aws.session import configured_region
from bedrock_projects.commands import options
from bedrock_projects.conformance import report as reports
from bedrock_projects.conformance.checks import Ending, Level, LevelEndedError, Outcome
from bedrock_projects.conformance.live.guest import Guest
from bedrock_projects.conformance.live.run import LevelRun, account_of, read_only_looks, run_level
from bedrock_projects.conformance.plan import plan_lines
from bedrock_projects.conformance.table import most_requests
from bedrock_projects.errors import RefusedError, SettingsError
from bedrock_projects.files import write
from bedrock_projects.model import OWNERSHIP_TAG_KEY
from bedrock_projects.template.pins import installed_version
from bedrock_projects.terminal import Line, Style, Styled, progress, show

EXAMPLES = options.examples("conformance --region us-west-2 --plan", "conformance --region us-west-2 --output reports")
DIFFERS: Final = 10
_STYLES: Final[Mapping[Outcome, Style]] = {
    Outcome.HOLDS: Style.GOOD,
    Outcome.DIFFERS: Style.BAD,
    Outcome.REFUSED: Style.CAUTION,
    Outcome.NOT_CHECKED: Style.FAINT,
}
_WIDTH: Final = max(len(outcome.value) for outcome in Outcome)
_REMEDIES: Final[Mapping[Ending, str]] = {
    Ending.POLICY: "ask who manages the organization, or use another account",
    Ending.CREDENTIALS: "sign in again, then run this again",
    Ending.NO_ENDPOINT: "give a region that has it with `--region`, or check the network and HTTPS_PROXY",
}


def conformance(
    *,
    region: Annotated[
        str | None,
        typer.Option(metavar="REGION", callback=options.aws_region, help="Region (default: the AWS configuration's)."),
    ] = None,
    profile: Annotated[str | None, typer.Option(metavar="NAME", help="AWS profile to use.")] = None,
    inventory: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Inventory, for the key of its ownership tag.")
    ] = None,
    output: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Folder for conformance-report.json and .md.")
    ] = Path(),
    plan: Annotated[bool, typer.Option("--plan", help="Print what would be sent, and send nothing.")] = False,
) -> None:
    """Check on an account what nobody knows of AWS (read-only).

    Writes a report that holds no name, id or text of your account, made to be posted.
    Exit codes: 0 all that could be checked holds, 10 something differs, 1 the checks could not run.
    """
    credentials = Credentials(profile=profile)
    run = f"{datetime.now(tz=timezone.utc):%Y%m%d}-{secrets.token_hex(3)}"
    user_agent = f"bedrock-projects-conformance/{run}"
    where = region or configured_region(credentials)
    lines = plan_lines(Level.READ_ONLY, region=where, user_agent=user_agent)
    if plan:
        show(*lines)
        return
    owner_key = inventories.load(inventory).ownership_tag_key if inventory else OWNERSHIP_TAG_KEY
    _check_folder(output)
    show(*lines, err=True)
    observer = Observer(credentials, where, user_agent=user_agent)
    done = _read_only(observer, credentials, owner_key, user_agent=user_agent)
    _write(done, output, region=where, is_aws=observer.is_aws)
    show(*_lines(done))
    outcomes = set(done.outcomes().values())
    if done.ending:
        raise RefusedError(f"{done.level.value} ended early: {done.ending.value}; {_REMEDIES[done.ending]}")
    if Outcome.DIFFERS in outcomes:
        raise typer.Exit(DIFFERS)
    if Outcome.HOLDS not in outcomes:
        raise RefusedError("nothing could be checked; the report says why for each check")


def _check_folder(folder: Path) -> None:
    """Raises SettingsError before the first request if the report could not be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"--output {folder}: {error.strerror}; give a folder that can be written") from None
    if not os.access(folder, os.W_OK):
        raise SettingsError(f"--output {folder}: permission denied; give a folder that can be written")


def _read_only(observer: Observer, credentials: Credentials, owner_key: str, *, user_agent: str) -> LevelRun:
    key = (
        Observer(Credentials(auth="bearer"), observer.region, user_agent=user_agent)
        if bearer_token(os.environ)
        else None
    )
    guest = Guest(observer, most_requests(Level.READ_ONLY), clock=monotonic, sleep=sleep, key=key)
    with progress("Checking") as change:
        try:
            account = account_of(guest)
        except LevelEndedError as error:
            raise RefusedError(f"{error.ending.value}: {_REMEDIES[error.ending]} (used: {credentials})") from None
        return run_level(
            Level.READ_ONLY,
            guest,
            read_only_looks(account, owner_key=owner_key),
            clock=monotonic,
            report=lambda name: change(f"Checking {name}"),
        )


def _write(done: LevelRun, folder: Path, *, region: str, is_aws: bool) -> None:
    header = reports.Header(
        region=region,
        day=datetime.now(tz=timezone.utc).date(),
        versions={
            "bedrock-projects": installed_version(),
            "boto3": importlib.metadata.version("boto3"),
            "python": platform.python_version(),
        },
        is_aws=is_aws,
    )
    level = reports.LevelReport(
        level=done.level,
        results=done.results,
        ending=done.ending,
        requests=sum(done.sent.values()),
        seconds=done.seconds,
    )
    report = reports.report_of(header, [level])
    for text, suffix in ((reports.as_json(report), "json"), (reports.as_markdown(report), "md")):
        path = folder / f"{reports.NAME}.{suffix}"
        write(text, path)
        show(f"Wrote {path}.", err=True)


def _lines(done: LevelRun) -> Iterator[Line]:
    """A line for each check, the questions that do not hold below it, and the counts."""
    width = max(len(name) for name in done.outcomes())
    for name, outcome in done.outcomes().items():
        rest = [
            f"{result.question.name}: {result.seen.answer if result.seen else result.reason and result.reason.value}"
            for result in done.results
            if result.check == name and result.outcome is not Outcome.HOLDS
        ]
        yield Styled(f"{outcome.value:<{_WIDTH}}", _STYLES[outcome]), f"  {name:<{width}}  {'; '.join(rest)}".rstrip()
    counts = [f"{list(done.outcomes().values()).count(outcome)} {outcome.value}" for outcome in reversed(Outcome)]
    yield f"{', '.join(counts)}; {sum(done.sent.values())} requests in {done.seconds:.0f} s"
