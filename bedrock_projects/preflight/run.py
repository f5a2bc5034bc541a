"""What is looked at before any resource is declared, so at preview already.

One listing for each endpoint and region in use answers all questions; what they amount to is in `run_plan`.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from bedrock_projects.aws.credentials import account_mismatch
from bedrock_projects.aws.identity import caller_account
from bedrock_projects.aws.projects import ProjectsApi, open_projects_api
from bedrock_projects.errors import SettingsError
from bedrock_projects.model import Inventory
from bedrock_projects.preflight.run_plan import Listings, Ownership, RunPlan, archive_notice, plan_run, summary
from bedrock_projects.preflight.usage import ArchiveCandidate, RecentUsage, recent_usage
from bedrock_projects.printing import for_terminal
from bedrock_projects.projects.archive_limit import ALLOW_ARCHIVE_VARIABLE, check_announced
from bedrock_projects.projects.changes import DeclaredProject
from bedrock_projects.projects.shared_listing import SharedListing
from bedrock_projects.stacks.deployment import Deployment
from bedrock_projects.stacks.settings import Settings


@dataclass(frozen=True)
class Preflight:
    """What a run of this environment would do; `account` is where the credentials lead."""

    environment: str
    account: str
    regions: tuple[str, ...]
    plan: RunPlan
    usage: RecentUsage

    @property
    def summary(self) -> str:
        """One line for the terminal."""
        where = (self.environment, self.account, ", ".join(self.regions))
        return summary(self.plan, where=" · ".join(filter(None, where)))

    @property
    def warning(self) -> str:
        """What would be archived, and what of that is still in use; may be empty."""
        return "\n".join(filter(None, (for_terminal(archive_notice(self.plan)), self.usage.warning)))

    def as_json(self) -> dict[str, Any]:
        """The same for a program: lists of keys, `differing` by key, `archived` as id and name.

        `in_use` is id to requests, for those that would be archived.
        """
        archived = [{"id": project.id, "name": project.name} for project in self.plan.archived]
        in_use = {used.project.id: used.requests for used in self.usage.used}
        where = {"environment": self.environment, "account": self.account, "regions": self.regions}
        return where | vars(self.plan) | {"archived": archived, "in_use": in_use}


def preflight(settings: Settings, inventory: Inventory, deployment: Deployment) -> Preflight:
    """Looks at the account and at every endpoint and region in use.

    Raises SettingsError, RefusedError or ServiceError, and nothing has been declared then.
    """
    endpoints = deployment.require_endpoints()
    environment = deployment.environment
    apis = {where: open_projects_api(settings.credentials, where) for where in endpoints}
    with ThreadPoolExecutor(len(apis) + 1) as pool:
        asked = pool.submit(_check_account, settings, inventory, environment.name, api=apis[endpoints[0]])
        looks = {where: pool.submit(SharedListing(api).look) for where, api in apis.items()}
        # The account comes first: in a wrong one, whatever else went wrong says nothing.
        account = asked.result()
        listings = {where: look.result() for where, look in looks.items()}
    ownership = Ownership.of(inventory, environment)
    plan = plan_run(
        deployment.declared,
        listings,
        ownership,
        protected={entry.key for entry in deployment.entries if entry.protect},
        places={entry.key: entry.location for entry in deployment.entries},
    )
    check_announced(
        plan.archived,
        owned=len(plan.archived) + len(plan.in_place),
        allowed=os.environ.get(ALLOW_ARCHIVE_VARIABLE),
    )
    candidates = _archive_candidates(plan, deployment.declared, listings, ownership)
    usage = recent_usage(candidates, settings.credentials, now=datetime.now(tz=timezone.utc))
    return Preflight(environment.name, account, tuple(map(str, endpoints)), plan, usage)


def _archive_candidates(
    plan: RunPlan, declared: Sequence[DeclaredProject], listings: Listings, ownership: Ownership
) -> list[ArchiveCandidate]:
    """What the run would archive: what no entry has any more, and what an entry retires."""
    retired = {entry.owner for entry in declared if entry.key in plan.retired and entry.status == "archived"}
    without_entry = {project.id for project in plan.archived}
    return [
        ArchiveCandidate(key=owner.rpartition("/")[2], name=project.name, id=project.id, where=where)
        for where, listing in listings.items()
        for project in listing.projects
        if project.status == "active" and (owner := ownership.value(project.tags)) is not None
        if project.id in without_entry or owner in retired
    ]


def _check_account(settings: Settings, inventory: Inventory, name: str, *, api: ProjectsApi) -> str:
    account = caller_account(settings.credentials, api)
    declared = inventory.environment(name).account
    mismatch = account_mismatch(
        settings.credentials,
        account,
        expected=inventory.account_of(name),
        of=f"environment {name!r}",
        source="" if declared else " (that of the roles in its `publish.inference`)",
    )
    if mismatch:
        raise SettingsError(f"{mismatch}; nothing was changed")
    return account
