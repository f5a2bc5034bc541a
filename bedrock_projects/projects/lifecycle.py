"""Carries out the plan for one project: each step at most one change in AWS, each safe to run again (decision 3)."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from bedrock_projects.aws.credentials import Credentials, account_mismatch
from bedrock_projects.aws.endpoints import RegionalEndpoint
from bedrock_projects.aws.identity import caller_account
from bedrock_projects.aws.models import ProjectUpdate, RemoteProject, UnconfirmedError
from bedrock_projects.aws.projects import ProjectsApi, open_projects_api
from bedrock_projects.errors import (
    AmbiguousError,
    BedrockProjectsError,
    NotFoundError,
    RefusedError,
    ServiceError,
)
from bedrock_projects.limits import NO_PROJECT_ID
from bedrock_projects.projects.changes import DeclaredProject, ManagedProject, with_remembered_adoption
from bedrock_projects.projects.listing import Listing, owned_by
from bedrock_projects.projects.plan import (
    Adopt,
    Archive,
    Create,
    Keep,
    Recover,
    Refuse,
    Release,
    Step,
    Update,
    decide,
    decide_removal,
)
from bedrock_projects.projects.run import RunLedger
from bedrock_projects.projects.shared_listing import SharedListing

_LOOKS_AFTER_A_LOST_ANSWER = (0.5, 1.0, 2.0, 4.0)
"""Seconds before each look for a project whose create got no answer: a list may lag behind."""

_WHERE_IT_IS_GONE = (
    "if it is gone for good, `pulumi refresh` takes it out of the state and the next `pulumi up` creates a new one"
)
_WHERE_IT_WAS_RELEASED = (
    "it was let go of before; if it is gone for good, take the entry out of the file, run `pulumi up`, and write it "
    "again"
)


class PartlyDoneError(BedrockProjectsError):
    """AWS answered a write and did not carry it out as asked; `managed` is what the state keeps: what AWS shows."""

    def __init__(self, message: str, *, managed: ManagedProject) -> None:
        super().__init__(message)
        self.managed = managed


class ProjectLifecycle:
    """The operations of the dynamic provider, without Pulumi; one object serves all threads of a run.

    What is done is decided by `plan`; here it is looked up and carried out. `ledger` is the run's, `warn` takes one
    line for the user about something that was left undone on purpose, `projects_to_archive` counts what a destroy that
    deletes this project would archive.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        ledger: RunLedger,
        warn: Callable[[str], None],
        projects_to_archive: Callable[[ManagedProject], int | None] = lambda _: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._credentials = credentials
        self.ledger = ledger
        self._warn = warn
        self._projects_to_archive = projects_to_archive
        self._sleep = sleep
        self._lock = threading.Lock()
        self._apis: dict[RegionalEndpoint, ProjectsApi] = {}
        self._listings: dict[RegionalEndpoint, SharedListing] = {}
        self._accounts: dict[RegionalEndpoint, str] = {}

    def create(self, declared: DeclaredProject) -> ManagedProject:
        """Carries out the plan of an entry of which the state has nothing.

        An error says that the entry has no project; but PartlyDoneError that it has one, which is not as declared.
        """
        try:
            return self._carry_out_create(declared)
        except UnconfirmedError as error:
            # What AWS does not show is not known to be done; nor is what `status` asks for.
            seen = replace(declared, status="active").as_seen(error.project)
            raise _partly_done(declared, self._managed(seen, error.project), error) from None

    def _carry_out_create(self, declared: DeclaredProject) -> ManagedProject:
        step = self._plan(declared, None)
        if isinstance(step, Refuse):
            raise step.error
        if isinstance(step, Adopt | Recover):
            # Claimed before anything is sent: no project may serve two entries.
            self.ledger.claim(step.project.id, declared.owner)
            return self._managed(declared, self._send(declared.where, step.project, step.update))
        if isinstance(step, Archive):
            self._api(declared.where).archive(step.project.id)
            return self._managed(declared, step.project)
        if isinstance(step, Release):
            return self._managed(declared, self._send(declared.where, step.project, step.update))
        if isinstance(step, Create):
            return self._create(declared)
        project = step.project if isinstance(step, Keep) else None
        return self._managed(declared, project) if project else ManagedProject(id=NO_PROJECT_ID, declared=declared)

    def read(self, managed: ManagedProject) -> ManagedProject | None:
        """The project as the service shows it now; None if it is gone for good, archived by hand included.

        What is retired is not looked at: it may have become somebody else's.
        """
        declared = managed.declared
        if declared.status != "active":
            return managed
        project = self._read(managed)
        if project is None or project.status == "archived":
            return None
        return self._managed(declared.as_seen(project), project, known=managed)

    def update(self, old: ManagedProject, new: DeclaredProject) -> ManagedProject:
        """Carries out the plan of an entry that the state has: one request with just what differs, or none.

        PartlyDoneError: the project is neither as it was nor as declared.
        """
        new = with_remembered_adoption(old.declared, new)
        try:
            return self._carry_out_update(old, new)
        except UnconfirmedError as error:
            # The old declaration with what AWS shows: what is still to do then differs from the new one.
            unshown = {"name": old.declared.name, "tags": old.declared.all_tags}
            kept = {field: value for field, value in unshown.items() if field not in error.project.model_fields_set}
            seen = old.declared.as_seen(error.project.model_copy(update=kept))
            raise _partly_done(new, self._managed(seen, error.project, known=old), error) from None

    def _carry_out_update(self, old: ManagedProject, new: DeclaredProject) -> ManagedProject:
        step = self._plan(new, old)
        if isinstance(step, Refuse):
            raise step.error
        if isinstance(step, Archive):
            self._api(new.where).archive(old.id)
        if isinstance(step, Release) and step.note:
            self._warn(f"{new.key}: {step.note}")
        if isinstance(step, Update | Release) and step.update:
            return self._managed(new, self._update(old, new, step), known=old)
        return replace(old, declared=new)

    def delete(self, managed: ManagedProject) -> None:
        """Archives or releases the project, only if a fresh read shows this entry's own ownership tag (decision 4).

        A resource that was replaced (`pulumi up --replace`, a taint, another parent) has been given its own project
        again: what is deleted then is the same one, under its former place in the state (decision 9).
        """
        declared = managed.declared
        if declared.status != "active":
            return
        if self.ledger.holds(managed.id):
            self._warn(f"{declared.key}: project {managed.id} is left as it is: this run's entry goes on with it")
            return
        project = self._read(managed)
        if project is None:
            return
        step = decide_removal(declared, project)
        if isinstance(step, Keep) and step.note:
            self._warn(f"{declared.key}: {step.note}")
        if isinstance(step, Release):
            self._send(declared.where, project, step.update)
        if isinstance(step, Archive):
            self.ledger.count_archive(lambda: self._projects_to_archive(managed))
            self._api(declared.where).archive(managed.id)

    def _plan(self, entry: DeclaredProject, known: ManagedProject | None) -> Step:
        """What the plan says; with the project as it is now, if a stale list would do harm.

        What is adopted may be somebody else's since the list was made, and an archive cannot be undone.
        """
        take_over = self.ledger.may_take_over
        step = decide(entry, known, self._listing, take_over=take_over)
        if isinstance(step, Adopt | Archive):
            fresh = self._api(entry.where).get(step.project.id)
            listing = self._listing(entry.where).with_fresh(fresh)
            step = decide(entry, known, lambda _: listing, take_over=take_over)
        if isinstance(step, Adopt | Recover | Update | Archive | Release):
            other = entry.other_stack(step.project.tags)
            if other:
                self.ledger.count_take_over(step.project.id, other)
        return step

    def _create(self, declared: DeclaredProject) -> ManagedProject:
        api = self._api(declared.where)
        try:
            project = api.create(name=declared.name, tags=declared.all_tags, data_retention=declared.data_retention)
        except AmbiguousError as error:
            project = self._find_after_lost_answer(declared, error)
        except UnconfirmedError as error:
            self.ledger.claim(error.project.id, declared.owner)
            raise
        self.ledger.claim(project.id, declared.owner)
        return self._managed(declared, project)

    def _find_after_lost_answer(self, declared: DeclaredProject, error: AmbiguousError) -> RemoteProject:
        """The project of a create whose answer was lost; the request is not sent again, whatever is found."""
        for pause in _LOOKS_AFTER_A_LOST_ANSWER:
            self._sleep(pause)
            for project in owned_by(declared, self._api(declared.where).named(declared.name)):
                return project
        raise error.with_hint(
            "no project with its ownership tag is listed yet; run `pulumi up` again: it looks before it creates"
        ) from None

    def _update(self, old: ManagedProject, new: DeclaredProject, step: Update | Release) -> RemoteProject:
        try:
            return self._send(new.where, step.project, step.update)
        except UnconfirmedError:
            raise
        except ServiceError as error:
            if isinstance(error, NotFoundError) or self._is_archived(new.where, old.id):
                was_ours = old.declared.status == "active"
                raise error.with_hint(_WHERE_IT_IS_GONE if was_ours else _WHERE_IT_WAS_RELEASED) from None
            raise

    def _send(self, where: RegionalEndpoint, project: RemoteProject, update: ProjectUpdate) -> RemoteProject:
        return self._api(where).apply(project, update) if update else project

    def _is_archived(self, where: RegionalEndpoint, project_id: str) -> bool:
        """Whether it is, as far as can be seen: this is asked to explain another error."""
        try:
            return self._api(where).get(project_id).status == "archived"
        except ServiceError:
            return False

    def _read(self, managed: ManagedProject) -> RemoteProject | None:
        """The project as it is now; None if it is gone, which counts only with the credentials of its account.

        Credentials of another account are answered that no such project exists, too.
        """
        where = managed.declared.where
        try:
            return self._api(where).get(managed.id)
        except NotFoundError:
            mismatch = account_mismatch(
                self._credentials,
                self._account(where),
                expected=managed.account_id or "unknown",
                of=f"project {managed.id}",
            )
            if mismatch:
                raise RefusedError(f"{managed.declared.key}: {mismatch}; nothing was changed") from None
            return None

    def _managed(
        self, declared: DeclaredProject, project: RemoteProject, *, known: ManagedProject | None = None
    ) -> ManagedProject:
        return ManagedProject(
            id=project.id,
            declared=declared,
            arn=project.arn or (known.arn if known else ""),
            created_at=project.created_at or (known.created_at if known else None),
            account_id=project.account_id or (known.account_id if known else self._listed_account(declared.where)),
            base_url=self._api(declared.where).base_url,
        )

    def _account(self, where: RegionalEndpoint) -> str:
        """The account of the credentials; asked for once in each region."""
        api = self._api(where)
        with self._lock:
            if where not in self._accounts:
                self._accounts[where] = caller_account(self._credentials, api)
            return self._accounts[where]

    def _api(self, where: RegionalEndpoint) -> ProjectsApi:
        with self._lock:
            if where not in self._apis:
                self._apis[where] = open_projects_api(self._credentials, where, sleep=self._sleep)
            return self._apis[where]

    def _shared(self, where: RegionalEndpoint) -> SharedListing:
        api = self._api(where)
        with self._lock:
            return self._listings.setdefault(where, SharedListing(api))

    def _listing(self, where: RegionalEndpoint) -> Listing:
        return self._shared(where).look()

    def _listed_account(self, where: RegionalEndpoint) -> str:
        return self._shared(where).account_id


def _partly_done(declared: DeclaredProject, managed: ManagedProject, error: UnconfirmedError) -> PartlyDoneError:
    return PartlyDoneError(f"entry {declared.key!r}: {error}", managed=managed)
