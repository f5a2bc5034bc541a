"""`bedrock-projects backfill`: applies today's cost allocation tags to past months."""

from datetime import date, datetime, timezone
from typing import Annotated

import typer

from bedrock_projects.aws.billing import BillingClient
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.commands import options
from bedrock_projects.errors import SettingsError
from bedrock_projects.suggestions import counted
from bedrock_projects.terminal import show

_MONTHS_BACK = 12
EXAMPLES = options.examples("backfill --from 2026-09-01", "backfill --status")


def backfill(
    *,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--from", formats=["%Y-%m-%d"], metavar="YYYY-MM-01", help="First day of a month, at most 12 months ago."
        ),
    ] = None,
    status: Annotated[bool, typer.Option("--status", help="Show the requested backfills (read-only).")] = False,
    yes: options.Yes = False,
    profile: options.BillingProfile = None,
    role_arn: Annotated[
        str | None,
        typer.Option(metavar="ARN", callback=options.role_arn, help="Role to assume in the management account."),
    ] = None,
) -> None:
    """Apply today's cost allocation tags to past costs.

    This affects the whole organisation: Billing applies today's status of every key, not only of yours, to all costs
    since the given day. Billing accepts one backfill in 24 hours. Exit codes: 0 requested or shown, 1 refused.
    """
    if status == (since is not None):
        raise typer.BadParameter("give either --from or --status")
    client = BillingClient(Credentials(profile=profile, role_arn=role_arn))
    if since is None:
        _show(client)
    else:
        day = since.date()
        check_first_day(day, today=datetime.now(tz=timezone.utc).date())
        _start(client, day, yes=yes)


def check_first_day(day: date, *, today: date) -> None:
    """Raises SettingsError unless Billing accepts a backfill from that day."""
    months = (today.year - day.year) * 12 + today.month - day.month
    if day.day != 1:
        raise SettingsError(f"--from {day}: Billing backfills whole months; write {day.replace(day=1)}")
    if not 0 <= months <= _MONTHS_BACK:
        earliest = date(today.year - 1, today.month, 1)
        raise SettingsError(f"--from {day}: give the first day of a month from {earliest} to {today.replace(day=1)}")


def _start(client: BillingClient, day: date, *, yes: bool) -> None:
    statuses = client.statuses()
    active = sorted(key for key, status in statuses.items() if status == "Active")
    typer.echo(f"Billing will apply today's status of its {counted(len(statuses), 'key')} to all costs since {day}")
    show(f"in the whole organisation. Active: {', '.join(active) or 'none'}.")
    if not yes:
        options.ask("Start the backfill?")
    client.start_backfill(day)
    typer.echo("Started. AWS does not say how long it takes; check with --status.")


def _show(client: BillingClient) -> None:
    backfills = client.backfills()
    for item in backfills:
        ended = f", ended {item.completed_at}" if item.completed_at else ""
        show(f"{item.status}: from {item.since[:10]}, requested {item.requested_at}{ended}")
    if not backfills:
        typer.echo("No backfills requested.")
