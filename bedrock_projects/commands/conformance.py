"""`bedrock-projects conformance`: checks on an account what nobody knows of the live service."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer

from bedrock_projects import inventory as inventories
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.session import configured_region
from bedrock_projects.commands import options
from bedrock_projects.conformance import report as reports
from bedrock_projects.conformance.checks import Level, Outcome
from bedrock_projects.conformance.comparison import compare as compare_reports
from bedrock_projects.conformance.comparison import lines_of
from bedrock_projects.conformance.create import MARKER_KEY
from bedrock_projects.conformance.live.create_run import (
    check_private_file,
    check_protected,
    left_lines,
    run_create,
    run_paid,
)
from bedrock_projects.conformance.live.follow_up import paid_run
from bedrock_projects.conformance.live.levels import (
    REMEDIES,
    Place,
    run_clean_up,
    run_follow_up,
    run_read_only,
    run_with_projects,
)
from bedrock_projects.conformance.live.private_file import ThrowAway, check_place
from bedrock_projects.conformance.live.private_file import load as load_private_file
from bedrock_projects.conformance.live.run import LevelRun
from bedrock_projects.conformance.paid import MOST_MODELS
from bedrock_projects.conformance.plan import clean_up_lines, plan_lines
from bedrock_projects.conformance.published import (
    check_folder,
    earlier_levels,
    header_of,
    lines_of_level,
    write_report,
)
from bedrock_projects.conformance.reading import read_report
from bedrock_projects.errors import RefusedError, SettingsError
from bedrock_projects.exports.fetch import read_line_facts, read_tag_keys
from bedrock_projects.exports.sources import COST_EXPLORER, open_source, place_of
from bedrock_projects.exports.stores import SCHEME
from bedrock_projects.model import OWNERSHIP_TAG_KEY, Inventory, stack_tag_key
from bedrock_projects.terminal import progress, show

EXAMPLES = options.examples(
    "conformance --region us-west-2 --output reports",
    "conformance --create 111122223333 --region us-west-2 --plan",
)
DIFFERS: Final = 10


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """The options of the command."""

    create: Annotated[
        str | None,
        typer.Option(
            metavar="ACCOUNT",
            callback=options.account,
            help="Create four projects in this account and archive them; they stay archived there.",
        ),
    ] = None
    paid: Annotated[
        str | None,
        typer.Option(
            metavar="ACCOUNT",
            callback=options.account,
            help="Send requests that this account pays for: at most USD 0.10.",
        ),
    ] = None
    models: Annotated[
        list[str] | None,
        typer.Option("--model", metavar="ID", help="With --paid: model to ask (repeatable, one for each endpoint)."),
    ] = None
    follow_up: Annotated[
        str | None,
        typer.Option(
            metavar="ACCOUNT",
            callback=options.account,
            help="Days after --paid: look for its requests on this account's bill, for at most USD 0.05.",
        ),
    ] = None
    export: Annotated[
        str | None,
        typer.Option(
            metavar="PLACE",
            help="With --follow-up: a data export of the bill: export[:NAME] of the inventory, FOLDER or s3://BUCKET/PREFIX.",
        ),
    ] = None
    clean_up: Annotated[
        str | None,
        typer.Option(
            metavar="ACCOUNT",
            callback=options.account,
            help="Archive projects that earlier runs left active in this account.",
        ),
    ] = None
    region: Annotated[
        str | None,
        typer.Option(metavar="REGION", callback=options.aws_region, help="Region (default: the AWS configuration's)."),
    ] = None
    profile: options.Profile = None
    inventory: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Inventory, for its ownership tag and protected environments."),
    ] = None
    tags: Annotated[
        list[str] | None,
        typer.Option(
            "--tag", metavar="KEY=VALUE", help="Tag that your organisation demands on a project (repeatable)."
        ),
    ] = None
    yes_production: Annotated[
        bool, typer.Option("--yes-production", help="Create projects despite protected environments.")
    ] = False
    output: Annotated[Path, typer.Option(metavar="FOLDER", help="Folder for the report and the private file.")] = Path()
    plan: Annotated[bool, typer.Option("--plan", help="Print what would be sent, and send nothing.")] = False
    compare: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Compare the report in --output with this one, and send nothing."),
    ] = None


@options.shared(_Asked)
def conformance(asked: _Asked) -> None:
    """Check on an account what nobody knows of AWS.

    Without --create, --paid and --clean-up it only reads.
    With --follow-up it reads the private file of a run with --paid, which is in the folder of --output.
    Writes a report that holds no name, id or text of your account, made to be posted.
    Exit codes: 0 all that could be checked holds, 10 something differs, 1 the checks could not run.
    With --compare: 0 the same answers, 10 an answer differs, 1 the reports have no answer in common.
    """
    if asked.compare:
        _compare(asked, asked.compare)
        return
    _check_together(asked)
    tags = _demanded(asked.tags or [])
    credentials = Credentials(profile=asked.profile)
    run = f"{datetime.now(tz=timezone.utc):%Y%m%d}-{secrets.token_hex(3)}"
    if asked.follow_up:
        _follow_up(asked, credentials, run, asked.follow_up)
        return
    place = Place(credentials, asked.region or configured_region(credentials), run, asked.output)
    if asked.clean_up:
        _clean_up(place, asked.clean_up, plan=asked.plan)
    else:
        _run_level(asked, place, tags)


def _run_level(asked: _Asked, place: Place, tags: Mapping[str, str]) -> None:
    """The level `read-only`, `create` or `paid`."""
    account = asked.create or asked.paid
    level = Level.CREATE if asked.create else Level.PAID if asked.paid else Level.READ_ONLY
    lines = plan_lines(level, region=place.region, user_agent=place.user_agent)
    if asked.plan:
        show(*lines)
        return
    contents = _inventory(asked.inventory, is_needed=bool(account))
    _check_keys(tags, contents)
    report = _Report(place)
    if account:
        check_place(asked.output)
        if contents and not asked.yes_production:
            check_protected(contents, account)
    show(*lines, err=True)
    owner_key = contents.ownership_tag_key if contents else OWNERSHIP_TAG_KEY
    if not account:
        report.finish(run_read_only(place, report.observer, owner_key), ())
        return
    run_it = partial(run_paid, models=asked.models or [], owner_key=owner_key) if asked.paid else run_create
    report.finish(*run_with_projects(place, report.observer, level, account, partial(run_it, tags=tags)))


class _Report:
    """The report of a run; SettingsError, before anything is sent, if it could not be written."""

    def __init__(self, place: Place) -> None:
        self.observer = place.observer()
        self._folder = place.output
        check_folder(self._folder)
        self._header = header_of(place.region, is_aws=self.observer.is_aws)
        self._kept = earlier_levels(self._folder, self._header)

    def finish(self, done: LevelRun, left: Sequence[ThrowAway]) -> None:
        """Writes the report of a level, and ends with its exit code."""
        requests = sum(done.sent.values())
        level = reports.LevelReport(
            level=done.level, results=done.results, ending=done.ending, requests=requests, seconds=done.seconds
        )
        try:
            paths = write_report(self._folder, reports.report_of(self._header, [level], kept=self._kept))
        except SettingsError as error:
            raise SettingsError(*error.lines, *left_lines(left)) from None
        show(*(f"Wrote {path}." for path in paths), err=True)
        show(*lines_of_level(done.results, requests=requests, seconds=done.seconds))
        _end(done, left)


def _end(done: LevelRun, left: Sequence[ThrowAway]) -> None:
    """Raises what makes the exit code."""
    if left:
        raise RefusedError(*left_lines(left))
    if done.ending:
        raise RefusedError(f"{done.level.value} ended early: {done.ending.value}; {REMEDIES[done.ending]}")
    outcomes = set(done.outcomes().values())
    if Outcome.DIFFERS in outcomes:
        raise typer.Exit(DIFFERS)
    if Outcome.HOLDS not in outcomes:
        raise RefusedError("nothing could be checked; the report says why for each check")


def _check_together(asked: _Asked) -> None:
    """Raises BadParameter for options that do not go together."""
    levels = [level for level in (asked.create, asked.paid, asked.follow_up) if level]
    if bool(asked.paid) != bool(asked.models):
        raise typer.BadParameter("--paid and --model go together; give both, or none")
    if len(asked.models or ()) > MOST_MODELS:
        raise typer.BadParameter(f"--model takes at most {MOST_MODELS}: one for each endpoint")
    if len(levels) > 1:
        raise typer.BadParameter("--create, --paid and --follow-up are levels; run one after the other")
    if asked.clean_up and levels:
        raise typer.BadParameter("--clean-up goes without --create, --paid and --follow-up")
    if (asked.tags or asked.yes_production) and not (asked.create or asked.paid):
        raise typer.BadParameter("--tag and --yes-production are for --create and --paid; leave them out")
    if asked.export and not asked.follow_up:
        raise typer.BadParameter("--export is for --follow-up; leave it out")
    # The private file says what the region would.
    if asked.follow_up and (asked.region or (asked.inventory and not asked.export)):
        raise typer.BadParameter("--follow-up goes without --region, and with --inventory for --export only")


def _demanded(tags: Sequence[str]) -> dict[str, str]:
    """The demanded tags; BadParameter for one that is none, and for a key that comes twice."""
    if wrong := [tag for tag in tags if not tag.partition("=")[0] or "=" not in tag]:
        raise typer.BadParameter(f"--tag {wrong[0]!r}: write KEY=VALUE, such as CostCenter=CC-1000")
    keys = [tag.partition("=")[0] for tag in tags]
    if twice := [key for key in keys if keys.count(key) > 1]:
        raise typer.BadParameter(f"--tag {twice[0]}: given twice; leave one out")
    return dict(tag.partition("=")[::2] for tag in tags)


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
    """The inventory of the option; if it is needed, also projects.yaml of this folder."""
    if file is None and is_needed and options.USUAL_INVENTORY.exists():
        file = options.USUAL_INVENTORY
    return inventories.load(file) if file else None


def _compare(asked: _Asked, other: Path) -> None:
    if asked != _Asked(output=asked.output, compare=asked.compare):
        raise typer.BadParameter("--compare sends nothing; give it with --output alone")
    compared = compare_reports(read_report(asked.output / f"{reports.NAME}.json"), read_report(other))
    show(*lines_of(compared))
    if compared.differing:
        raise typer.Exit(DIFFERS)


def _export_of(export: str | None, inventory: Path | None) -> str | None:
    """The folder or bucket of the export that the option names."""
    if not export:
        return None
    contents = _inventory(inventory, is_needed=True)
    folder = (inventory or options.USUAL_INVENTORY).parent
    place = place_of(export, contents.exports if contents else (), folder=folder, option="--export")
    if place == COST_EXPLORER or not (place.startswith(SCHEME) or Path(place).is_dir()):
        raise SettingsError(f"--export {export}: no such folder; give a folder, s3://BUCKET/PREFIX or export:NAME")
    return place


def _follow_up(asked: _Asked, credentials: Credentials, run: str, account: str) -> None:
    """The level `follow-up`, in the region of the paid run."""
    export = _export_of(asked.export, asked.inventory)
    paid = paid_run(asked.output, account, now=datetime.now(tz=timezone.utc))
    place = Place(credentials, paid.region, run, asked.output)
    lines = plan_lines(Level.FOLLOW_UP, region=place.region, user_agent=place.user_agent)
    if asked.plan:
        show(*lines)
        return
    report = _Report(place)
    if export:
        reader = Credentials(profile=credentials.profile)
        with progress(f"Reading {export}"), open_source(export, reader, keeps_copies=True) as store:
            facts = read_line_facts(store, paid.days, ownership_tag_key=MARKER_KEY, tag_keys=[MARKER_KEY])
            paid = replace(paid, facts=facts, tag_keys=read_tag_keys(store, paid.days))
    show(*lines, err=True)
    report.finish(run_follow_up(place, report.observer, account, paid), ())


def _clean_up(place: Place, account: str, *, plan: bool) -> None:
    """What earlier runs left is archived, after it was said what that sends."""
    lines = clean_up_lines(region=place.region, user_agent=place.user_agent)
    if plan:
        show(*lines)
        return
    private = load_private_file(place.output)
    if private:
        check_private_file(private, account, place.region)
    show(*lines, err=True)
    leftovers, active = run_clean_up(place, account, private)
    ids = {leftover.id for leftover in active}
    show(*(f"{'still active' if leftover.id in ids else 'archived':<12}  {leftover.name}" for leftover in leftovers))
    show(f"{len(leftovers) - len(active)} archived, {len(active)} still active")
    if active:
        raise RefusedError("AWS does not show all of them as archived; run this again")
