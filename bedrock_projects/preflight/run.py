"""What is looked at before any resource is declared, so at preview already.

One listing for each endpoint and region in use answers all questions; what they amount to is in `run_plan`.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cache, partial
from typing import Any

from bedrock_projects.aws.credentials import Credentials, account_mismatch
from bedrock_projects.aws.endpoints import MANTLE, RegionalEndpoint
from bedrock_projects.aws.identity import caller_account
from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.aws.projects import ProjectsApi, find, open_projects_api
from bedrock_projects.errors import RefusedError, SettingsError
from bedrock_projects.limits import NO_PROJECT_ID
from bedrock_projects.model import Environment, Inventory
from bedrock_projects.preflight.run_plan import (
    Context,
    Listings,
    Ownership,
    RunPlan,
    archive_notices,
    check_orphans,
    plan_run,
    released_by,
    state_notices,
    summary,
    to_hand_over,
)
from bedrock_projects.preflight.usage import ArchiveCandidate, RecentUsage, recent_usage
from bedrock_projects.printing import for_terminal
from bedrock_projects.projects.archive_limit import ALLOW_ARCHIVE_VARIABLE, check_announced
from bedrock_projects.projects.changes import DeclaredProject, ManagedProject
from bedrock_projects.projects.confirmation import ARCHIVE_ORPHANS_VARIABLE, TAKE_OVER_VARIABLE
from bedrock_projects.projects.plan import Refuse, decide
from bedrock_projects.projects.shared_listing import SharedListing, with_moved
from bedrock_projects.stacks.deployment import Deployment
from bedrock_projects.stacks.settings import Settings
from bedrock_projects.stacks.state import StackState, exported_state


@dataclass(frozen=True)
class Preflight:
    """What a run of this environment would do; `account` is where the credentials lead.

    `leftovers` are what the program declares besides its entries.
    """

    environment: str
    account: str
    regions: tuple[str, ...]
    plan: RunPlan
    usage: RecentUsage
    leftovers: tuple[DeclaredProject, ...] = ()

    @property
    def summary(self) -> str:
        """One line for the terminal."""
        where = (self.environment, self.account, ", ".join(self.regions))
        return summary(self.plan, where=" · ".join(filter(None, where)))

    @property
    def warning(self) -> str:
        """What would be archived, and what of that is still in use; may be empty."""
        notices = (*archive_notices(self.plan), *state_notices(self.plan))
        return "\n".join(filter(None, (for_terminal(*notices), self.usage.warning)))

    def as_json(self) -> dict[str, Any]:
        """The same for a program: keys, some of them with what differs in words, and projects with id and name.

        `in_use` is id to requests, for those that would be archived. Without `compared_with_state`, `archived` are
        those that have no entry: which of them the state has is not known.
        """

        def listed(projects: Sequence[RemoteProject | ManagedProject]) -> list[dict[str, str]]:
            return [{"id": project.id, "name": project.name} for project in projects]

        plan = self.plan
        by_key = ("new", "renewed", "adopted", "in_place", "recovered", "taken_over", "retired")
        with_words = ("differing", "drifted", "updated")
        return {
            "environment": self.environment,
            "account": self.account,
            "regions": self.regions,
            "compared_with_state": plan.is_compared,
            **{name: getattr(plan, name) for name in (*by_key, *with_words)},
            "archived": listed(plan.archived),
            "released": listed([*plan.released, *plan.handed_over]),
            "orphaned": listed([orphan.project for orphan in plan.orphans]),
            "in_use": {used.project.id: used.requests for used in self.usage.used},
        }


@dataclass(frozen=True)
class Look:
    """What AWS shows of a deployment: whose account it is, and the projects at each endpoint and region in use."""

    settings: Settings
    inventory: Inventory
    deployment: Deployment
    account: str
    listings: Listings


def look(settings: Settings, inventory: Inventory, deployment: Deployment) -> Look:
    """Looks at the account and at every endpoint and region in use.

    Raises SettingsError, RefusedError or ServiceError, and nothing has been declared then.
    """
    endpoints = deployment.require_endpoints()
    apis = {where: open_projects_api(settings.credentials, where) for where in endpoints}
    with ThreadPoolExecutor(len(apis) + 1) as pool:
        asked = pool.submit(_check_account, settings, inventory, deployment.environment.name, api=apis[endpoints[0]])
        looks = {
            where: pool.submit(SharedListing(api, declared=deployment.declared).look) for where, api in apis.items()
        }
        # The account comes first: in a wrong one, other failures say nothing.
        account = asked.result()
        listings = {where: listing.result() for where, listing in looks.items()}
    return Look(settings, inventory, deployment, account, listings)


def judge(seen: Look, state: StackState | None) -> Preflight:
    """What a run would do, by what AWS shows and what the state of the stack has; None: the state cannot be had.

    Raises RefusedError or ServiceError, and nothing has been declared then.
    """
    deployment, inventory, credentials = seen.deployment, seen.inventory, seen.settings.credentials
    ownership = Ownership.of(inventory, deployment.environment)

    api_of = cache(partial(open_projects_api, credentials))

    def planned(state: StackState | None, listings: Listings) -> tuple[RunPlan, Listings]:
        if state is not None:
            _check_accounts(state, seen.account, credentials)
            listings = _completed(listings, state, api_of)
        listings = _with_moved(deployment.declared, listings, api_of)
        return plan_run(deployment.declared, listings, ownership, _context(inventory, deployment, state)), listings

    plan, listings = planned(state, seen.listings)
    if state is not None and _may_have_more(state, plan, inventory, listings):
        plan, listings = planned(_whole(state, inventory, deployment.stack), listings)
    confirmed = os.environ.get(ARCHIVE_ORPHANS_VARIABLE)
    check_orphans(plan, confirmed=confirmed)
    orphans = _archived_orphans(plan, inventory, deployment, listings) if confirmed is not None else ()
    check_announced(plan.archived, owned=plan.owned, allowed=os.environ.get(ALLOW_ARCHIVE_VARIABLE))
    candidates = _archive_candidates(plan, deployment.declared, listings, ownership)
    usage = recent_usage(candidates, credentials, now=datetime.now(tz=timezone.utc))
    regions = tuple(map(str, deployment.endpoints))
    leftovers = (*orphans, *_released(plan.handed_over, deployment))
    return Preflight(deployment.environment.name, seen.account, regions, plan, usage, leftovers)


def _check_accounts(state: StackState, account: str, credentials: Credentials) -> None:
    """Raises RefusedError if the state has projects of another account than the credentials'."""
    for managed in state.all:
        if managed.declared.status != "active" or not managed.account_id:
            continue
        mismatch = account_mismatch(
            credentials, account, expected=managed.account_id, of=f"project {managed.id}, which the state has,"
        )
        if mismatch:
            raise RefusedError(f"entry {managed.declared.key!r}: {mismatch}; nothing was changed")


def _completed(listings: Listings, state: StackState, api_of: Callable[[RegionalEndpoint], ProjectsApi]) -> Listings:
    """The listings with those of regions that only the state has, and with what a list that lags does not show yet."""
    completed = dict(listings)
    for known in state.all:
        where = known.declared.where
        if known.declared.status != "active":
            continue
        if where not in completed:
            completed[where] = SharedListing(api_of(where)).look()
        if known.id != NO_PROJECT_ID and completed[where].get(known.id) is None:
            fresh = find(api_of(where), known.id)
            # If it is gone, the run finds that out too.
            completed[where] = completed[where].with_fresh(fresh) if fresh else completed[where]
    return completed


def _with_moved(
    declared: Sequence[DeclaredProject], listings: Listings, api_of: Callable[[RegionalEndpoint], ProjectsApi]
) -> Listings:
    """The listings with each project that moves to an endpoint which has it too, listed there or not."""
    completed = dict(listings)

    def get(where: RegionalEndpoint, project_id: str) -> RemoteProject | None:
        return find(api_of(where), project_id)

    for entry in declared:
        if entry.move_from_endpoint is not None:
            completed[entry.where] = with_moved(entry, completed.__getitem__, get)
    return completed


def _may_have_more(state: StackState, plan: RunPlan, inventory: Inventory, listings: Listings) -> bool:
    """Whether the state may have projects that the engine does not show.

    It shows the component and its children: neither what a replacement left to be deleted, which then looks like an
    orphan, nor what `pulumi state move` put next to the component, whose entry then looks new. If the entry is gone,
    and no other one is where the replaced project is, nothing looks there: so each archive needs the whole state.
    """
    if state.is_whole:
        return False
    new = {*plan.new, *plan.renewed}
    tags = (project.tags for listing in listings.values() for project in listing.projects)
    listed = {owner.rpartition("/")[2] for owned in tags if (owner := owned.get(inventory.ownership_tag_key))}
    return bool(plan.orphans or plan.archived or (new and state.held) or new & listed)


def _whole(state: StackState, inventory: Inventory, stack: str | None) -> StackState:
    """The state as the CLI shows it; if it cannot, as it is known."""
    try:
        return exported_state(stack).of_inventory(inventory) if stack else state
    except SettingsError:
        return state


def handed_over(inventory: Inventory, deployment: Deployment, state: StackState | None) -> tuple[DeclaredProject, ...]:
    """What the program declares besides its entries if there is no preflight: projects for another environment."""
    return _released(to_hand_over(deployment.declared, _context(inventory, deployment, state)), deployment)


def _released(projects: Sequence[ManagedProject], deployment: Deployment) -> tuple[DeclaredProject, ...]:
    return tuple(released_by(managed.declared, stack=deployment.stack) for managed in projects)


def _context(inventory: Inventory, deployment: Deployment, state: StackState | None) -> Context:
    elsewhere = [entry for entry in inventory.projects if entry.environment != deployment.environment.name]
    return Context(
        state=state,
        stack=deployment.stack,
        aliases={entry.key: entry.aliases for entry in deployment.entries},
        places={entry.key: entry.location for entry in deployment.entries},
        protected={entry.key for entry in deployment.entries if entry.protect},
        named_elsewhere={entry.adopt_id for entry in elsewhere if entry.adopt_id},
        owned_elsewhere={
            owner: entry.environment for entry in elsewhere for owner in (entry.owner, *entry.previous_owners)
        },
        take_over=os.environ.get(TAKE_OVER_VARIABLE),
    )


def _archived_orphans(
    plan: RunPlan, inventory: Inventory, deployment: Deployment, listings: Listings
) -> tuple[DeclaredProject, ...]:
    """The declarations that archive the orphans, and that the next run takes out of the state.

    Their key is the project's id: that of its tag may be an entry's. RefusedError if the run would refuse one.
    """
    declared = tuple(
        DeclaredProject(
            key=orphan.project.id,
            name=orphan.project.name,
            region=orphan.where.region,
            endpoint=None if orphan.where.endpoint is MANTLE else orphan.where.endpoint.name,
            owner=orphan.owner,
            owner_tag_key=inventory.ownership_tag_key,
            stack=deployment.stack,
            role_arn=deployment.environment.role_arn,
            previous_owner_tag_key=inventory.previous_ownership_tag_key,
            status="archived",
        )
        for orphan in plan.orphans
    )
    steps = [decide(orphan, None, listings.__getitem__) for orphan in declared]
    if refused := [str(step) for step in steps if isinstance(step, Refuse)]:
        raise RefusedError(*refused)
    return declared


def preflight(
    settings: Settings, inventory: Inventory, deployment: Deployment, state: StackState | None = None
) -> Preflight:
    """Looks, then judges."""
    return judge(look(settings, inventory, deployment), state)


def _archive_candidates(
    plan: RunPlan, declared: Sequence[DeclaredProject], listings: Listings, ownership: Ownership
) -> list[ArchiveCandidate]:
    """What the run would archive: what no entry has any more, and what an entry retires."""
    retired = {entry.owner for entry in declared if entry.key in plan.retired and entry.status == "archived"}
    without_entry = {project.id for project in plan.archived}
    candidates = {
        project.id: ArchiveCandidate(key=owner.rpartition("/")[2], name=project.name, id=project.id, where=where)
        for where, listing in listings.items()
        for project in listing.projects
        if project.status == "active" and (owner := ownership.value(project.tags)) is not None
        if project.id in without_entry or owner in retired
    }
    return list(candidates.values())


def _roles_of(environment: Environment) -> str:
    has_roles = environment.role_arn or environment.preview_role_arn
    return "its role" if has_roles else "the roles in its `publish.inference`"


def _check_account(settings: Settings, inventory: Inventory, name: str, *, api: ProjectsApi) -> str:
    account = caller_account(settings.credentials, api)
    environment = inventory.environment(name)
    mismatch = account_mismatch(
        settings.credentials,
        account,
        expected=inventory.account_of(name),
        of=f"environment {name!r}",
        source="" if environment.account else f" (that of {_roles_of(environment)})",
    )
    if mismatch:
        raise SettingsError(f"{mismatch}; nothing was changed")
    return account
