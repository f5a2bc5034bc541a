"""Create, adopt, read, update and retire one project: each at most one change in AWS, each safe to run again."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from bedrock_projects.aws.identity import caller_account
from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.aws.projects import ProjectsClient
from bedrock_projects.aws.session import Credentials
from bedrock_projects.errors import AmbiguousError, NotFoundError, RefusedError, ServiceError
from bedrock_projects.limits import NO_PROJECT_ID
from bedrock_projects.projects.archive_limit import ALLOW_ARCHIVE_VARIABLE, ArchiveCap
from bedrock_projects.projects.changes import (
    DeclaredProject,
    ProjectUpdate,
    update_between,
    update_from,
    with_remembered_adoption,
)
from bedrock_projects.projects.listing import Claims, RegionListing, namesake_error, owned_by

_LOOKS_AFTER_A_LOST_ANSWER = (0.5, 1.0, 2.0, 4.0)
"""Seconds before each look for a project whose create got no answer: a list may lag behind."""

_WHERE_IT_IS_GONE = (
    "if it is gone for good, `pulumi refresh` takes it out of the state and the next `pulumi up` creates a new one"
)
_WHERE_IT_WAS_RELEASED = (
    "it was let go of before; if it is gone for good, take the entry out of the file, run `pulumi up`, and write it "
    "again"
)


@dataclass(frozen=True)
class ManagedProject:
    """A project as the state keeps it: what was declared, and what the service adds. `account_id` may be empty."""

    id: str
    declared: DeclaredProject
    arn: str = ""
    created_at: int | None = None
    account_id: str = ""
    base_url: str = ""


class ProjectLifecycle:
    """The operations of the dynamic provider, without Pulumi; one object serves all threads of a run.

    `warn` takes one line for the user about something that was left undone on purpose. `has_program` tells, once
    projects are deleted, whether the run has a program that says which are kept: a `pulumi destroy` has none.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        warn: Callable[[str], None],
        has_program: Callable[[], bool] = lambda: True,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._credentials = credentials
        self._warn = warn
        self._has_program = has_program
        self._sleep = sleep
        self._lock = threading.Lock()
        self._clients: dict[str, ProjectsClient] = {}
        self._listings: dict[str, RegionListing] = {}
        self._accounts: dict[str, str] = {}
        self._declared: set[str] = set()
        self._claims = Claims()
        self._cap = ArchiveCap(allowed=os.environ.get(ALLOW_ARCHIVE_VARIABLE))

    def create(self, declared: DeclaredProject) -> ManagedProject:
        """Takes over what is already ours, else creates; raises before, never after, the project exists."""
        listing = self._listing(declared.region)
        if declared.status != "active":
            return self._retire_without_state(declared, listing)
        if declared.adopt_id:
            return self._adopt(declared, declared.adopt_id)
        for project in owned_by(declared, listing.projects()):
            return self._adopt_owned(declared, project)
        for project in listing.projects():
            if project.status == "active" and project.name == declared.name:
                raise namesake_error(declared, project)
        client = self._client(declared.region)
        try:
            project = client.create(name=declared.name, tags=declared.all_tags, data_retention=declared.data_retention)
        except AmbiguousError as error:
            return self._adopt_owned(declared, self._find_after_lost_answer(declared, listing, error))
        self._claims.claim(project.id, declared.owner)
        return self._managed(declared, project)

    def read(self, managed: ManagedProject) -> ManagedProject | None:
        """The project as the service shows it now; None when it is gone for good, archived by hand included.

        What is retired is not looked at: it may have become somebody else's.
        """
        declared = managed.declared
        if declared.status != "active":
            return managed
        try:
            project = self._client(declared.region).get(managed.id)
        except NotFoundError as error:
            self._confirm_gone(managed, error)
            return None
        if project.status == "archived":
            return None
        return self._managed(declared.as_seen(project), project, known=managed)

    def update(self, old: ManagedProject, new: DeclaredProject) -> ManagedProject:
        """One request with just what differs; what became somebody else's meanwhile is refused, or let go of."""
        new = with_remembered_adoption(old.declared, new)
        if old.id == NO_PROJECT_ID:
            return replace(old, declared=new)
        if new.status == "archived":
            self._archive_by_status(old)
            return replace(old, declared=new)
        update = update_between(old.declared, new)
        for listed in self._listing(new.region).projects():
            if listed.id == old.id:
                if new.status == "released" and new.foreign_owner(listed.tags):
                    self._warn(f"{new.key}: project {old.id} is left as it is: it belongs to somebody else by now")
                    return replace(old, declared=new)
                self._refuse_foreign(new, listed)
                if new.ignore_tags != old.declared.ignore_tags:
                    update = update_from(listed, new)
        try:
            project = self._send(self._client(new.region), old.id, update)
        except ServiceError as error:
            if isinstance(error, NotFoundError) or self._is_archived(new.region, old.id):
                was_ours = old.declared.status == "active"
                raise error.with_hint(_WHERE_IT_IS_GONE if was_ours else _WHERE_IT_WAS_RELEASED) from None
            raise
        return self._managed(new, project, known=old) if project else replace(old, declared=new)

    def delete(self, managed: ManagedProject) -> None:
        """Archives the project, or lets go of it: only when a fresh read shows this entry's own ownership tag.

        A resource that was replaced (`pulumi up --replace`, a taint, another parent) has been given its own project
        again: what is deleted then is the same one, under its former place in the state.
        """
        declared = managed.declared
        if declared.status != "active":
            return
        if self._claims.hold(managed.id):
            self._warn(f"{declared.key}: project {managed.id} is left as it is: this run's entry goes on with it")
            return
        try:
            project = self._client(declared.region).get(managed.id)
        except NotFoundError as error:
            self._confirm_gone(managed, error)
            return
        if project.status == "archived":
            return
        if not declared.is_owner(project.tags):
            self._warn(
                f"{declared.key}: project {managed.id} ({project.name}) is left as it is: it does not carry the tag "
                f"{declared.owner_tag_key} of this entry; only the state lets go of it"
            )
        elif declared.is_released:
            self._client(declared.region).update(managed.id, remove_tag_keys=[declared.owner_tag_key])
        else:
            if self._has_program():
                self._cap.count(kept=self._claims.count)
            self._archive(managed)

    def declare(self, owner: str) -> None:
        """Notes that the program of this run declares the entry."""
        self._declared.add(owner)

    def claim(self, project_id: str, declared: DeclaredProject) -> None:
        """Notes that the state holds this project for this entry, if the run's program declares it.

        A refresh compares what the state holds, too, and may come before an `up` or a `destroy` of the same run.
        """
        if project_id != NO_PROJECT_ID and declared.owner in self._declared:
            self._claims.claim(project_id, declared.owner, formerly=declared.previous_owners)

    def _adopt(self, declared: DeclaredProject, project_id: str) -> ManagedProject:
        client = self._client(declared.region)
        try:
            project = client.get(project_id)
        except NotFoundError as error:
            raise error.with_hint(
                f"check `id` and `region` of entry {declared.key!r}, and whose credentials are used "
                f"({self._credentials})"
            ) from None
        if project.status != "active":
            raise RefusedError(
                f"project {project_id} of entry {declared.key!r} is archived, which cannot be undone; "
                "drop `id` to create a new project"
            )
        self._refuse_foreign(declared, project)
        return self._adopt_owned(declared, project)

    def _adopt_owned(self, declared: DeclaredProject, project: RemoteProject) -> ManagedProject:
        self._claims.claim(project.id, declared.owner)
        changed = self._send(self._client(declared.region), project.id, update_from(project, declared))
        return self._managed(declared, changed or project)

    def _retire_without_state(self, declared: DeclaredProject, listing: RegionListing) -> ManagedProject:
        """An entry that is retired already and has no state: nothing is created for it."""
        for project in owned_by(declared, listing.projects(), status="active"):
            managed = self._managed(declared, project)
            active = replace(managed, declared=replace(declared, status="active"))
            return self.update(active, declared)
        for project in owned_by(
            declared, self._client(declared.region).list_all(include_archived=True), status="archived"
        ):
            return self._managed(declared, project)
        return ManagedProject(id=NO_PROJECT_ID, declared=declared)

    def _find_after_lost_answer(
        self, declared: DeclaredProject, listing: RegionListing, error: AmbiguousError
    ) -> RemoteProject:
        """The project of a create whose answer was lost; the request is not sent again, whatever is found."""
        for pause in _LOOKS_AFTER_A_LOST_ANSWER:
            self._sleep(pause)
            for project in owned_by(declared, listing.look_again()):
                return project
        raise error.with_hint(
            "no project with its ownership tag is listed yet; run `pulumi up` again: it looks before it creates"
        ) from None

    def _send(self, client: ProjectsClient, project_id: str, update: ProjectUpdate) -> RemoteProject | None:
        if not update:
            return None
        return client.update(
            project_id,
            name=update.name,
            add_tags=update.add_tags,
            remove_tag_keys=list(update.remove_tag_keys),
            data_retention=update.data_retention,
        )

    def _is_archived(self, region: str, project_id: str) -> bool:
        """Whether it is, as far as can be told: this is asked to explain another error."""
        try:
            return self._client(region).get(project_id).status == "archived"
        except ServiceError:
            return False

    def _archive_by_status(self, old: ManagedProject) -> None:
        declared = old.declared
        if declared.status == "archived":
            return
        project = self._client(declared.region).get(old.id)
        if project.status == "archived":
            return
        if not declared.is_owner(project.tags):
            raise RefusedError(
                f"entry {declared.key!r} is to be archived, but its project {old.id} ({project.name}) does not carry "
                f"the tag {declared.owner_tag_key} of this entry; use `status: released` to let go of it"
            )
        self._archive(old)

    def _archive(self, managed: ManagedProject) -> None:
        """Archives; an error counts only if the project is still active, since a second archive may be refused."""
        client = self._client(managed.declared.region)
        try:
            client.archive(managed.id)
        except ServiceError as error:
            if not self._is_archived(managed.declared.region, managed.id):
                raise error from None

    def _managed(
        self, declared: DeclaredProject, project: RemoteProject, *, known: ManagedProject | None = None
    ) -> ManagedProject:
        client = self._client(declared.region)
        return ManagedProject(
            id=project.id,
            declared=declared,
            arn=project.arn or (known.arn if known else ""),
            created_at=project.created_at or (known.created_at if known else None),
            account_id=project.account_id or (known.account_id if known else self._listing(declared.region).account_id),
            base_url=client.base_url,
        )

    def _confirm_gone(self, managed: ManagedProject, error: NotFoundError) -> None:
        """Lets a 404 count as gone only if it names this project and the credentials are those of its account."""
        declared = managed.declared
        if f"project/{managed.id}" not in error.message:
            raise error
        with self._lock:
            if declared.region not in self._accounts:
                self._accounts[declared.region] = caller_account(
                    self._credentials, self._client_locked(declared.region)
                )
            account = self._accounts[declared.region]
        if account != managed.account_id:
            raise RefusedError(
                f"{declared.key}: project {managed.id} is in account {managed.account_id or 'unknown'}, but the "
                f"credentials ({self._credentials}) are for account {account}; nothing was changed"
            )

    def _refuse_foreign(self, declared: DeclaredProject, project: RemoteProject) -> None:
        other = declared.foreign_owner(project.tags)
        if other:
            raise RefusedError(
                f"project {project.id} ({project.name}) of entry {declared.key!r} belongs to {other} (its tag "
                f"{declared.owner_tag_key}); let go of it there, or name that owner in `previous_owner`"
            )

    def _client(self, region: str) -> ProjectsClient:
        with self._lock:
            return self._client_locked(region)

    def _client_locked(self, region: str) -> ProjectsClient:
        if region not in self._clients:
            self._clients[region] = ProjectsClient(self._credentials, region=region, sleep=self._sleep)
        return self._clients[region]

    def _listing(self, region: str) -> RegionListing:
        client = self._client(region)
        with self._lock:
            return self._listings.setdefault(region, RegionListing(client))
