"""`bedrock-projects conformance`: checks on an account what nobody knows of the live service."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
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
            help="Days after --paid: look for its requests on this account's bill, for at most USD 0.05.",
        ),
    ] = None,
    export: Annotated[
        str | None,
        typer.Option(
            metavar="PLACE",
            help="With --follow-up: a data export of the bill: export[:NAME] of the inventory, FOLDER or s3://BUCKET/PREFIX.",
        ),
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
    profile: options.Profile = None,
    inventory: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Inventory, for its ownership tag and protected environments."),
    ] = None,
    tags: Annotated[
        list[str] | None,
        typer.Option(
            "--tag", metavar="KEY=VALUE", help="Tag that your organisation demands on a project (repeatable)."
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

    Without --create, --paid and --clean-up it only reads.
    With --follow-up it reads the private file of a run with --paid, which is in the folder of --output.
    Writes a report that holds no name, id or text of your account, made to be posted.
    Exit codes: 0 all that could be checked holds, 10 something differs, 1 the checks could not run.
    With --compare: 0 the same answers, 10 an answer differs, 1 the reports have no answer in common.
    """
    if compare:
        asked = (create, paid, models, follow_up, export, clean_up, region, profile, inventory, tags)
        if any((*asked, yes_production, plan)):
            raise typer.BadParameter("--compare sends nothing; give it with --output alone")
        _compare(output, compare)
        return
    _check_models(paid, models or [])
    _check_one_of(create, paid, follow_up, clean_up)
    account = create or paid
    demanded = _demanded(tags or [])
    if not account and (demanded or yes_production):
        raise typer.BadParameter("--tag and --yes-production are for --create and --paid; leave them out")
    credentials = Credentials(profile=profile)
    run = f"{datetime.now(tz=timezone.utc):%Y%m%d}-{secrets.token_hex(3)}"
    _check_follow_up(follow_up, export, region, inventory)
    if follow_up:
        _follow_up(credentials, run, output, follow_up, _export_of(export, inventory), plan=plan)
        return
    place = Place(credentials, region or configured_region(credentials), run, output)
    if clean_up:
        _clean_up(place, clean_up, plan=plan)
        return
    level = Level.CREATE if create else Level.PAID if paid else Level.READ_ONLY
    lines = plan_lines(level, region=place.region, user_agent=place.user_agent)
    if plan:
        show(*lines)
        return
    contents = _inventory(inventory, is_needed=bool(account))
    _check_keys(demanded, contents)
    report = _Report(place)
    if account:
        check_place(output)
        if contents and not yes_production:
            check_protected(contents, account)
    show(*lines, err=True)
    owner_key = contents.ownership_tag_key if contents else OWNERSHIP_TAG_KEY
    if not account:
        report.finish(run_read_only(place, report.observer, owner_key), ())
        return
    run_it = partial(run_paid, models=models or [], owner_key=owner_key) if paid else run_create
    done = run_with_projects(place, report.observer, level, account, partial(run_it, tags=demanded))
    report.finish(*done)


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


def _check_one_of(create: str | None, paid: str | None, follow_up: str | None, clean_up: str | None) -> None:
    """Raises BadParameter for several levels, and for a level with a clean-up."""
    if sum(map(bool, (create, paid, follow_up))) > 1:
        raise typer.BadParameter("--create, --paid and --follow-up are levels; run one after the other")
    if clean_up and (create or paid or follow_up):
        raise typer.BadParameter("--clean-up goes without --create, --paid and --follow-up")


def _demanded(tags: Sequence[str]) -> dict[str, str]:
    """The demanded tags; BadParameter for one that is none, and for a key that comes twice."""
    if wrong := [tag for tag in tags if not tag.partition("=")[0] or "=" not in tag]:
        raise typer.BadParameter(f"--tag {wrong[0]!r}: write KEY=VALUE, such as CostCenter=CC-1000")
    keys = [tag.partition("=")[0] for tag in tags]
    if twice := [key for key in keys if keys.count(key) > 1]:
        raise typer.BadParameter(f"--tag {twice[0]}: given twice; leave one out")
    return dict(tag.partition("=")[::2] for tag in tags)


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
    """The inventory of the option; if it is needed, also projects.yaml of this folder."""
    if file is None and is_needed and options.USUAL_INVENTORY.exists():
        file = options.USUAL_INVENTORY
    return inventories.load(file) if file else None


def _compare(folder: Path, other: Path) -> None:
    compared = compare_reports(read_report(folder / f"{reports.NAME}.json"), read_report(other))
    show(*lines_of(compared))
    if compared.differing:
        raise typer.Exit(DIFFERS)


def _check_follow_up(follow_up: str | None, export: str | None, region: str | None, inventory: Path | None) -> None:
    """Raises BadParameter for options that do not go together; the private file says what the region would."""
    if export and not follow_up:
        raise typer.BadParameter("--export is for --follow-up; leave it out")
    if follow_up and (region or (inventory and not export)):
        raise typer.BadParameter("--follow-up goes without --region, and with --inventory for --export only")


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


def _follow_up(
    credentials: Credentials, run: str, output: Path, account: str, export: str | None, *, plan: bool
) -> None:
    """The level `follow-up`, in the region of the paid run."""
    paid = paid_run(output, account, now=datetime.now(tz=timezone.utc))
    place = Place(credentials, paid.region, run, output)
    lines = plan_lines(Level.FOLLOW_UP, region=place.region, user_agent=place.user_agent)
    if plan:
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
