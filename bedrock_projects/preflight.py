"""What is looked at before any resource is declared, so at preview already.

One listing for each region in use answers all questions; what they amount to is in `outlook`.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from bedrock_projects.archive_cap import ALLOW_ARCHIVE_VARIABLE
from bedrock_projects.aws.identity import caller_account
from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.aws.projects import ProjectsClient
from bedrock_projects.changes import DeclaredProject
from bedrock_projects.errors import SettingsError
from bedrock_projects.listing import RegionListing
from bedrock_projects.model import Environment, Inventory
from bedrock_projects.outlook import Outlook, Ownership, archive_notice, outlook, refuse_unannounced_archives, summary
from bedrock_projects.settings import Settings


@dataclass(frozen=True)
class Preflight:
    """What a run of this environment would do; `account` is where the credentials lead."""

    environment: str
    account: str
    regions: tuple[str, ...]
    outlook: Outlook

    @property
    def summary(self) -> str:
        """One line for the terminal."""
        where = (self.environment, self.account, ", ".join(self.regions))
        return summary(self.outlook, where=" · ".join(filter(None, where)))

    @property
    def warning(self) -> str:
        """What would be archived; may be empty."""
        return archive_notice(self.outlook)

    def as_json(self) -> dict[str, Any]:
        """The same for a program: lists of keys, `changed` by key, `archived` as id and name."""
        archived = [{"id": project.id, "name": project.name} for project in self.outlook.archived]
        where = {"environment": self.environment, "account": self.account, "regions": self.regions}
        return where | vars(self.outlook) | {"archived": archived}


def preflight(
    settings: Settings, inventory: Inventory, environment: Environment, declared: Sequence[DeclaredProject]
) -> Preflight:
    """Looks at the account and at every region in use.

    Raises SettingsError, RefusedError or ServiceError, and nothing has been declared then.
    """
    own_region = environment.region or settings.region
    regions = {entry.region for entry in declared} | {entry.move_from for entry in declared if entry.move_from}
    regions |= {own_region} if own_region else set()
    clients = {region: ProjectsClient(settings.credentials, region=region) for region in sorted(regions)}
    with ThreadPoolExecutor(len(clients) + 1) as pool:
        asked = [pool.submit(_check_account, settings, environment, client) for client in [*clients.values()][:1]]
        looks = {region: pool.submit(_projects, client) for region, client in clients.items()}
        # The account comes first: in a wrong one, whatever else went wrong says nothing.
        account = "".join(answer.result() for answer in asked)
        listings = {region: look.result() for region, look in looks.items()}
    protected = {e.key: e.location for e in inventory.in_environment(environment.name) if e.protect}
    found = outlook(declared, listings, Ownership.of(inventory, environment), protected=protected)
    refuse_unannounced_archives(found, allowed=os.environ.get(ALLOW_ARCHIVE_VARIABLE))
    return Preflight(environment.name, account, tuple(clients), found)


def _projects(client: ProjectsClient) -> tuple[RemoteProject, ...]:
    return RegionListing(client, include_archived=True).projects()


def _check_account(settings: Settings, environment: Environment, client: ProjectsClient) -> str:
    account = caller_account(settings.credentials, client)
    if environment.account not in (None, account):
        raise SettingsError(
            f"environment {environment.name!r} is account {environment.account}, but the credentials in use "
            f"({settings.credentials}) are for account {account}; nothing was changed"
        )
    return account
