"""`bedrock-projects conformance`: checks on an account what nobody knows of the live service."""

import importlib.metadata
import os
import platform
import secrets
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import partial
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
from bedrock_projects.conformance.comparison import compare as compare_reports
from bedrock_projects.conformance.comparison import lines_of
from bedrock_projects.conformance.creating import MARKER_KEY, MOST_PROJECTS
from bedrock_projects.conformance.live.create_run import (
    CreateRun,
    check_account,
    check_private_file,
    check_protected,
    check_room,
    find_leftovers,
    left_lines,
    run_create,
    run_paid,
)
from bedrock_projects.conformance.live.create_run import clean_up as clean_up_leftovers
from bedrock_projects.conformance.live.following import FollowUp, follow_up_looks, paid_run
from bedrock_projects.conformance.live.guest import Guest
from bedrock_projects.conformance.live.private_file import NAME as PRIVATE_NAME
from bedrock_projects.conformance.live.private_file import PrivateFile, ThrowAway, check_place
from bedrock_projects.conformance.live.private_file import load as load_private_file
from bedrock_projects.conformance.live.run import LevelRun, account_of, read_only_looks, run_level
from bedrock_projects.conformance.paying import MOST_MODELS
from bedrock_projects.conformance.plan import plan_lines
from bedrock_projects.conformance.reading import read_report
from bedrock_projects.conformance.table import most_requests
from bedrock_projects.errors import RefusedError, SettingsError
from bedrock_projects.exports.fetch import read_line_facts, read_tag_keys
from bedrock_projects.exports.stores import Folder
from bedrock_projects.files import write
from bedrock_projects.model import OWNERSHIP_TAG_KEY, Inventory, stack_tag_key
from bedrock_projects.template.pins import installed_version
from bedrock_projects.terminal import Line, Style, Styled, progress, show

EXAMPLES = options.examples(
    "conformance --region us-west-2 --output reports",
    "conformance --create 111122223333 --region us-west-2 --plan",
)
DIFFERS: Final = 10
_STYLES: Final[Mapping[Outcome, Style]] = {
    Outcome.HOLDS: Style.GOOD,
    Outcome.DIFFERS: Style.BAD,
    Outcome.REFUSED: Style.CAUTION,
    Outcome.NOT_CHECKED: Style.FAINT,
}
_USUAL_INVENTORY: Final = Path("projects.yaml")
_WIDTH: Final = max(len(outcome.value) for outcome in Outcome)
_REMEDIES: Final[Mapping[Ending, str]] = {
    Ending.POLICY: "ask who manages the organization, or use another account",
    Ending.CREDENTIALS: "sign in again, then run this again",
    Ending.LOST_ANSWER: "all that was created is archived; run this again",
    Ending.INTERRUPTED: "all that was created is archived",
    Ending.NO_ENDPOINT: "give a region that has it with `--region`, or check the network and HTTPS_PROXY",
}


@dataclass(frozen=True)
class _Place:
    """Where a level runs, and as whom."""

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


def conformance(
    *,
    create: Annotated[
        str | None,
        typer.Option(
            metavar="ACCOUNT",
            callback=options.account,
            help="Create four projects in this account and archive them; they stay archived there.",
        ),
    ] = None,
    paid: Annotated[
        str | None,
        typer.Option(
            metavar="ACCOUNT",
            callback=options.account,
            help="Send requests that this account pays for: at most USD 0.10.",
        ),
    ] = None,
    models: Annotated[
        list[str] | None,
        typer.Option("--model", metavar="ID", help="With --paid: model to ask (repeatable, one for each endpoint)."),
    ] = None,
    follow_up: Annotated[
        str | None,
        typer.Option(
            metavar="ACCOUNT",
            callback=options.account,
            help="Days after --paid: look for its requests on this account's bill, for at most USD 0.04.",
        ),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="With --follow-up: folder of a data export of the account's bill."),
    ] = None,
    clean_up: Annotated[
        str | None,
        typer.Option(
            metavar="ACCOUNT",
            callback=options.account,
            help="Archive projects that earlier runs left active in this account.",
        ),
    ] = None,
    region: Annotated[
        str | None,
        typer.Option(metavar="REGION", callback=options.aws_region, help="Region (default: the AWS configuration's)."),
    ] = None,
    profile: Annotated[str | None, typer.Option(metavar="NAME", help="AWS profile to use.")] = None,
    inventory: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Inventory, for its ownership tag and protected environments."),
    ] = None,
    tags: Annotated[
        list[str] | None,
        typer.Option(
            "--tag", metavar="KEY=VALUE", help="Tag that your organization demands on a project (repeatable)."
        ),
    ] = None,
    yes_production: Annotated[
        bool, typer.Option("--yes-production", help="Create projects despite protected environments.")
    ] = False,
    output: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Folder for the report and the private file.")
    ] = Path(),
    plan: Annotated[bool, typer.Option("--plan", help="Print what would be sent, and send nothing.")] = False,
    compare: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Compare the report in --output with this one, and send nothing."),
    ] = None,
) -> None:
    """Check on an account what nobody knows of AWS.

    Without --create and --paid it only reads.
    With --follow-up it reads the private file of a run with --paid, which is in the folder of --output.
    Writes a report that holds no name, id or text of your account, made to be posted.
    Exit codes: 0 all that could be checked holds, 10 something differs, 1 the checks could not run.
    With --compare: 0 the same answers, 10 an answer differs, 1 the reports have no answer in common.
    """
    if compare:
        others = (
            create,
            paid,
            models,
            follow_up,
            export,
            clean_up,
            region,
            profile,
            inventory,
            tags,
            yes_production,
            plan,
        )
        if any(others):
            raise typer.BadParameter("--compare sends nothing; give it with --output alone")
        _compare(output, compare)
        return
    _check_models(paid, models or [])
    if sum(map(bool, (create, paid, follow_up))) > 1:
        raise typer.BadParameter("--create, --paid and --follow-up are levels; run one after the other")
    account = create or paid
    demanded = _checked(account, clean_up, tags or [], yes_production=yes_production, plan=plan)
    credentials = Credentials(profile=profile)
    run = f"{datetime.now(tz=timezone.utc):%Y%m%d}-{secrets.token_hex(3)}"
    _check_follow_up(follow_up, export, clean_up, region, inventory)
    if follow_up:
        _follow_up(credentials, run, output, follow_up, export, plan=plan)
        return
    place = _Place(credentials, region or configured_region(credentials), run, output)
    if clean_up:
        _clean_up(place, clean_up)
        return
    level = Level.CREATE if create else Level.PAID if paid else Level.READ_ONLY
    lines = plan_lines(level, region=place.region, user_agent=place.user_agent)
    if plan:
        show(*lines)
        return
    contents = _inventory(inventory, is_needed=bool(account))
    _check_keys(demanded, contents)
    _check_folder(output)
    if account:
        check_place(output)
        if contents and not yes_production:
            check_protected(contents, account)
    show(*lines, err=True)
    owner_key = contents.ownership_tag_key if contents else OWNERSHIP_TAG_KEY
    observer = place.observer()
    if not account:
        _finish(place, observer, _read_only(place, observer, owner_key), ())
        return
    run_it = partial(run_paid, models=models or [], owner_key=owner_key) if paid else run_create
    _finish(place, observer, *_with_projects(place, observer, level, account, partial(run_it, tags=demanded)))


def _finish(place: _Place, observer: Observer, done: LevelRun, left: Sequence[ThrowAway]) -> None:
    """Writes the report of a level, and ends with its exit code."""
    try:
        _write(done, place.output, region=place.region, is_aws=observer.is_aws)
    except SettingsError as error:
        raise SettingsError(*error.lines, *left_lines(left)) from None
    show(*_lines(done))
    _end(done, left)


def _end(done: LevelRun, left: Sequence[ThrowAway]) -> None:
    """Raises what makes the exit code."""
    if left:
        raise RefusedError(*left_lines(left))
    if done.ending:
        raise RefusedError(f"{done.level.value} ended early: {done.ending.value}; {_REMEDIES[done.ending]}")
    outcomes = set(done.outcomes().values())
    if Outcome.DIFFERS in outcomes:
        raise typer.Exit(DIFFERS)
    if Outcome.HOLDS not in outcomes:
        raise RefusedError("nothing could be checked; the report says why for each check")


def _checked(
    account: str | None, clean_up: str | None, tags: Sequence[str], *, yes_production: bool, plan: bool
) -> dict[str, str]:
    """The demanded tags; BadParameter for options that do not go together."""
    if clean_up and (account or plan):
        raise typer.BadParameter("--clean-up goes without --create, --paid and --plan")
    if not account and (tags or yes_production):
        raise typer.BadParameter("--tag and --yes-production are for --create and --paid; leave them out")
    demanded = dict(tag.partition("=")[::2] for tag in tags)
    if wrong := [tag for tag in tags if not tag.partition("=")[0] or "=" not in tag]:
        raise typer.BadParameter(f"--tag {wrong[0]!r}: write KEY=VALUE, such as CostCenter=CC-1000")
    return demanded


def _check_models(paid: str | None, models: Sequence[str]) -> None:
    """Raises BadParameter for models without the level that asks them, and for the level without models."""
    if bool(paid) != bool(models):
        raise typer.BadParameter("--paid and --model go together; give both, or none")
    if len(models) > MOST_MODELS:
        raise typer.BadParameter(f"--model takes at most {MOST_MODELS}: one for each endpoint")


def _check_keys(demanded: Mapping[str, str], contents: Inventory | None) -> None:
    """Raises BadParameter for a tag by which a run of Pulumi, or this command, would take a project for its own.

    In other letters too: Billing may take two such keys for one.
    """
    owners = {OWNERSHIP_TAG_KEY}
    if contents:
        owners |= {contents.ownership_tag_key, contents.previous_ownership_tag_key or OWNERSHIP_TAG_KEY}
    keys = {key.lower() for key in (MARKER_KEY, *owners, *map(stack_tag_key, owners))}
    if reserved := [key for key in demanded if key.lower() in keys]:
        raise typer.BadParameter(f"--tag {min(reserved)}: this tag says whose a project is; leave it out")


def _inventory(file: Path | None, *, is_needed: bool) -> Inventory | None:
    """The inventory of the option; if protected environments count, also projects.yaml of this folder."""
    if file is None and is_needed and _USUAL_INVENTORY.exists():
        file = _USUAL_INVENTORY
    return inventories.load(file) if file else None


def _compare(folder: Path, other: Path) -> None:
    compared = compare_reports(read_report(folder / f"{reports.NAME}.json"), read_report(other))
    show(*lines_of(compared))
    if compared.differing:
        raise typer.Exit(DIFFERS)


def _follow_up(
    credentials: Credentials, run: str, output: Path, account: str, export: Path | None, *, plan: bool
) -> None:
    """The level `follow-up`, in the region of the paid run."""
    paid = paid_run(output, account, now=datetime.now(tz=timezone.utc))
    place = _Place(credentials, paid.region, run, output)
    lines = plan_lines(Level.FOLLOW_UP, region=place.region, user_agent=place.user_agent)
    if plan:
        show(*lines)
        return
    _check_folder(output)
    if export:
        store = Folder(export)
        facts = read_line_facts(store, paid.days, ownership_tag_key=MARKER_KEY, tag_keys=[MARKER_KEY])
        paid = replace(paid, facts=facts, tag_keys=read_tag_keys(store, paid.days))
    show(*lines, err=True)
    observer = place.observer()
    _finish(place, observer, _looked_up(place, observer, account, paid), ())


def _check_follow_up(follow_up: str | None, export: Path | None, *others: object) -> None:
    """Raises BadParameter for options that do not go together; the private file says what the others would."""
    if export and not follow_up:
        raise typer.BadParameter("--export is for --follow-up; leave it out")
    if follow_up and any(others):
        raise typer.BadParameter("--follow-up goes without --clean-up, --region and --inventory; leave them out")


def _looked_up(place: _Place, observer: Observer, account: str, paid: FollowUp) -> LevelRun:
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


def _check_folder(folder: Path) -> None:
    """Raises SettingsError before the first request if the report could not be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"--output {folder}: {error.strerror}; give a folder that can be written") from None
    if not os.access(folder, os.W_OK):
        raise SettingsError(f"--output {folder}: permission denied; give a folder that can be written")


def _read_only(place: _Place, observer: Observer, owner_key: str) -> LevelRun:
    key = place.observer(auth="bearer") if bearer_token(os.environ) else None
    guest = Guest(observer, most_requests(Level.READ_ONLY), clock=monotonic, sleep=sleep, key=key)
    with progress("Checking") as change, _signed_in(place):
        looks = read_only_looks(account_of(guest), owner_key=owner_key)
        return run_level(Level.READ_ONLY, guest, looks, clock=monotonic, report=lambda name: change(f"Checking {name}"))


def _with_projects(
    place: _Place, observer: Observer, level: Level, account: str, run_it: Callable[..., CreateRun]
) -> tuple[LevelRun, Sequence[ThrowAway]]:
    """A level that creates projects, and the projects that may still be active."""
    guest = _creating_guest(observer, level)
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


def _clean_up(place: _Place, account: str) -> None:
    private = load_private_file(place.output)
    if private:
        check_private_file(private, account, place.region)
    guest = _cleaning_guest(place.observer())
    with progress("Looking for projects of earlier runs"), _signed_in(place):
        check_account(guest, account, option="--clean-up")
        found, left = clean_up_leftovers(guest, private)
    names = {leftover.id for leftover in left}
    show(*(f"{'still active' if one.id in names else 'archived':<12}  {one.name}" for one in found))
    show(f"{len(found) - len(left)} archived, {len(left)} still active")
    if left:
        raise RefusedError("AWS does not show all of them as archived; run this again")


def _creating_guest(observer: Observer, level: Level = Level.CREATE) -> Guest:
    return Guest(observer, most_requests(level), clock=monotonic, sleep=sleep, remembers=False)


def _cleaning_guest(observer: Observer) -> Guest:
    """One that reads and archives as many projects as earlier runs may have left, and sends nothing else."""
    words = ("Archive", "Get", "List")
    operations = [name for name in most_requests(Level.CREATE) if name.partition(":")[2].startswith(words)]
    return Guest(observer, dict.fromkeys(operations, MOST_PROJECTS), clock=monotonic, sleep=sleep, remembers=False)


@contextmanager
def _ended_as_by_ctrl_c() -> Iterator[None]:
    """Archives also if a CI system ends the process, which asks by SIGTERM first."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _signed_in(place: _Place) -> Iterator[None]:
    """Makes one sentence of what ends a level before its first check."""
    try:
        yield
    except LevelEndedError as error:
        remedy = _REMEDIES[error.ending]
        raise RefusedError(f"{error.ending.value}: {remedy} (used: {place.credentials})") from None


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
