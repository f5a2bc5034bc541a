"""What is looked at before any resource is declared, so at preview already.

One listing for each region in use answers all questions; what they amount to is in `outlook`.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from bedrock_projects.aws.identity import caller_account
from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.aws.projects import ProjectsClient
from bedrock_projects.errors import SettingsError
from bedrock_projects.model import Environment, Inventory
from bedrock_projects.preflight.objections import Listings
from bedrock_projects.preflight.outlook import (
    Outlook,
    Ownership,
    archive_notice,
    outlook,
    refuse_unannounced_archives,
    summary,
)
from bedrock_projects.preflight.usage import ArchiveCandidate, RecentUsage, recent_usage
from bedrock_projects.projects.archive_limit import ALLOW_ARCHIVE_VARIABLE
from bedrock_projects.projects.changes import DeclaredProject
from bedrock_projects.projects.listing import RegionListing
from bedrock_projects.stacks.settings import Settings


@dataclass(frozen=True)
class Preflight:
    """What a run of this environment would do; `account` is where the credentials lead."""

    environment: str
    account: str
    regions: tuple[str, ...]
    outlook: Outlook
    recent_usage: RecentUsage

    @property
    def summary(self) -> str:
        """One line for the terminal."""
        where = (self.environment, self.account, ", ".join(self.regions))
        return summary(self.outlook, where=" · ".join(filter(None, where)))

    @property
    def warning(self) -> str:
        """What would be archived, and what of that is still in use; may be empty."""
        return "\n".join(filter(None, (archive_notice(self.outlook), self.recent_usage.warning)))

    def as_json(self) -> dict[str, Any]:
        """The same for a program: lists of keys, `changed` by key, `archived` as id and name.

        `in_use` is id to requests, for those that would be archived.
        """
        archived = [{"id": project.id, "name": project.name} for project in self.outlook.archived]
        in_use = {used.project.id: used.requests for used in self.recent_usage.used}
        where = {"environment": self.environment, "account": self.account, "regions": self.regions}
        return where | vars(self.outlook) | {"archived": archived, "in_use": in_use}


def preflight(
    settings: Settings, inventory: Inventory, environment: Environment, declared: Sequence[DeclaredProject]
) -> Preflight:
    """Looks at the account and at every region in use.

    Raises SettingsError, RefusedError or ServiceError, and nothing has been declared then.
    """
    own_region = environment.region or settings.region
    regions = {entry.region for entry in declared} | {entry.move_from for entry in declared if entry.move_from}
    regions |= {own_region} if own_region else set()
    if not regions:
        raise SettingsError(
            f"environment {environment.name!r} has no project and no region, so that nothing can be looked at; "
            "give it a `region`, or run `pulumi config set aws:region <region>`"
        )
    clients = {region: ProjectsClient(settings.credentials, region=region) for region in sorted(regions)}
    with ThreadPoolExecutor(len(clients) + 1) as pool:
        first, expected = next(iter(clients.values())), inventory.account_of(environment.name)
        asked = pool.submit(_check_account, settings, environment, client=first, expected=expected)
        looks = {region: pool.submit(_projects, client) for region, client in clients.items()}
        # The account comes first: in a wrong one, whatever else went wrong says nothing.
        account = asked.result()
        listings = {region: look.result() for region, look in looks.items()}
    protected = {e.key: e.location for e in inventory.in_environment(environment.name) if e.protect}
    ownership = Ownership.of(inventory, environment)
    found = outlook(declared, listings, ownership, protected=protected)
    refuse_unannounced_archives(found, allowed=os.environ.get(ALLOW_ARCHIVE_VARIABLE))
    usage = recent_usage(
        _leaving(found, declared, listings, ownership), settings.credentials, now=datetime.now(tz=timezone.utc)
    )
    return Preflight(environment.name, account, tuple(clients), found, usage)


def _leaving(
    found: Outlook, declared: Sequence[DeclaredProject], listings: Listings, ownership: Ownership
) -> list[ArchiveCandidate]:
    """What the run would archive: what no entry wants any more, and what an entry retires."""
    owners = {entry.owner for entry in declared if entry.key in found.retired and entry.status == "archived"}
    unwanted = {project.id for project in found.archived}
    return [
        ArchiveCandidate(key=owner.rpartition("/")[2], name=project.name, id=project.id, region=region)
        for region, listed in listings.items()
        for project in listed
        if project.status == "active" and (owner := ownership.value(project.tags)) is not None
        if project.id in unwanted or owner in owners
    ]


def _projects(client: ProjectsClient) -> tuple[RemoteProject, ...]:
    return RegionListing(client, include_archived=True).projects()


def _check_account(
    settings: Settings, environment: Environment, *, client: ProjectsClient, expected: str | None
) -> str:
    account = caller_account(settings.credentials, client)
    if expected not in (None, account):
        source = "" if environment.account else " (that of the roles in its `publish.inference`)"
        raise SettingsError(
            f"environment {environment.name!r} is account {expected}{source}, but the credentials in use "
            f"({settings.credentials}) are for account {account}; nothing was changed"
        )
    return account
