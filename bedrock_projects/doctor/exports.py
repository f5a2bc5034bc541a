"""The checks of `bedrock-projects doctor` on data exports: what AWS delivered, and whether reports can read it.

Only listings and manifests are read, no file of data: a manifest names the columns of its files.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta, timezone
from functools import partial
from pathlib import Path

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.errors import AccessDeniedError, ServiceError, SettingsError
from bedrock_projects.exports import cur2, focus
from bedrock_projects.exports.manifests import Delivery, Listing, NotDeliveredError, find_export
from bedrock_projects.exports.schema import Schema
from bedrock_projects.exports.sources import NO_BUCKET, location_of, open_source
from bedrock_projects.findings import Check, Finding, finding_of_refusal
from bedrock_projects.model import Export

_LATE = timedelta(days=2)
"""AWS refreshes an export at least daily (documented); twice that is not a delay any more."""


def export_checks(exports: Sequence[Export], credentials: Credentials, *, folder: Path) -> list[Check]:
    """One check for each export of the inventory, which is in the folder; see `findings.run_in_time`."""
    return [(_check_name(export), partial(_look, export, credentials, folder)) for export in exports]


def finding_of_deliveries(
    export: Export, months: Sequence[date], newest: Delivery, before: Delivery | None, *, now: datetime
) -> Finding:
    """Judges the newest delivery, and that of the month before; None if the export does not have it.

    `months` are all that have a complete delivery, in their order.
    """
    check = _check_name(export)
    schema = Schema(of=check, types=dict.fromkeys(newest.columns, ""))
    table, name = (focus, "FOCUS") if focus.is_focus(schema) else (cur2, "CUR 2.0")
    if missing := table.missing_columns(schema) if newest.columns else []:
        result = f"reports need the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}, not selected"
        select = f"select all of them in the export's query (Data Exports, {name})"
        remedy = "run `pulumi up` for the stack of Billing" if export.creation else select
        return Finding(check, "failed", result, f"{remedy}, then wait for the next delivery")
    age = now - newest.delivered
    result = (
        f"newest delivery {newest.delivered:%Y-%m-%d %H:%M} UTC ({_ago(age)}); "
        f"months {months[0]:%Y-%m} to {months[-1]:%Y-%m}"
    )
    if age > _LATE:
        see = "see the export's status in the console: Billing and Cost Management, Data Exports"
        return Finding(check, "hint", result, see if _is_in_bucket(export) else "copy the export again")
    if before is None and len(months) > 1:
        result += f"; {_month_before(newest.month):%Y-%m} is missing"
        return Finding(check, "hint", result, "ask AWS Support to deliver that month")
    return Finding(check, "ok", result)


def _look(export: Export, credentials: Credentials, folder: Path) -> list[Finding]:
    check, place = _check_name(export), location_of(export, folder=folder)
    if not _is_in_bucket(export) and not Path(place).is_dir():
        return [Finding(check, "failed", f"no such folder: {place}", "copy the export there, or correct `location`")]
    try:
        with open_source(place, credentials, keeps_copies=True) as store:
            return [_finding_of_newest(export, store.listing(), store.location, store.read)]
    except NotDeliveredError as pending:
        return [Finding(check, "hint", str(pending))]
    except AccessDeniedError as error:
        remedy = f"grant what `bedrock-projects iam export {export.name}` prints"
        return [Finding(check, "failed", str(error), remedy)]
    except ServiceError as error:
        if error.code == NO_BUCKET:
            return [_finding_of_no_bucket(export, error)]
        return [finding_of_refusal(check, error)]
    except SettingsError as error:
        return [Finding(check, "failed", str(error), "correct this, then run this again")]


def _finding_of_no_bucket(export: Export, error: ServiceError) -> Finding:
    if export.creation:
        result = f"not created yet: no bucket {export.creation.bucket}"
        return Finding(_check_name(export), "hint", result, "run `pulumi up` for the stack of Billing")
    return Finding(_check_name(export), "failed", str(error), "correct `location`")


def _finding_of_newest(export: Export, listing: Listing, location: str, read: Callable[[str], bytes]) -> Finding:
    if not listing:
        wait = "AWS delivers within 24 hours of the creation; later, see the export's status in the console"
        return Finding(_check_name(export), "hint", f"{location} has no delivery yet", wait)
    delivered = find_export(listing, location)
    months = sorted(delivered.manifests)
    # A month with files alone is being delivered.
    newest = delivered.delivery(max([*months, *delivered.months]), listing, read)
    former = _month_before(newest.month)
    before = delivered.delivery(former, listing, read) if former in delivered.manifests else None
    return finding_of_deliveries(export, months, newest, before, now=datetime.now(tz=timezone.utc))


def _check_name(export: Export) -> str:
    return f"export {export.name}"


def _is_in_bucket(export: Export) -> bool:
    return export.location.startswith("s3://")


def _month_before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


def _ago(age: timedelta) -> str:
    hours = max(0, int(age / timedelta(hours=1)))
    return f"{hours} hours ago" if hours < 48 else f"{age.days} days ago"
