"""Carries out the plan for one project: each step at most one change in AWS, each safe to run again (decision 3)."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from bedrock_projects.arns import service_in
from bedrock_projects.aws.credentials import Credentials, account_mismatch
from bedrock_projects.aws.endpoints import RegionalEndpoint
from bedrock_projects.aws.identity import caller_account
from bedrock_projects.aws.models import ProjectUpdate, RemoteProject, UnconfirmedError
from bedrock_projects.aws.projects import ProjectsApi, find, open_projects_api
from bedrock_projects.errors import (
    AccessDeniedError,
    AmbiguousError,
    BedrockProjectsError,
    CredentialsError,
    NotFoundError,
    RefusedError,
    ServiceError,
    ThrottledError,
    UnreachableError,
)
from bedrock_projects.limits import NO_PROJECT_ID
from bedrock_projects.projects.answers import OUTCOMES, Answer, Operation, remedy
from bedrock_projects.projects.archive_limit import Destroy
from bedrock_projects.projects.changes import (
    DeclaredProject,
    ManagedProject,
    as_left,
    in_words,
    update_from,
    with_remembered_adoption,
)
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
    kept_at_other_endpoint,
)
from bedrock_projects.projects.run_ledger import RunLedger
from bedrock_projects.projects.shared_listing import SharedListing, with_moved

_LOOKS_AFTER_A_LOST_ANSWER = (0.5, 1.0, 2.0, 4.0)
"""Seconds before each look for a project whose create got no answer: a list may lag behind."""

_SAY_NOTHING_OF_THE_PROJECT = (AccessDeniedError, AmbiguousError, CredentialsError, ThrottledError, UnreachableError)
"""After an AmbiguousError of a write, the client has looked at the project, and could not read it."""

_OUTCOME_UNKNOWN = "run `pulumi up --refresh`, which shows what AWS has"


class PartlyDoneError(BedrockProjectsError):
    """A write was not carried out as asked, or nobody knows; `managed` is what the state keeps: what AWS shows.

    Its `unfinished` is the same message.
    """

    def __init__(self, message: str, *, managed: ManagedProject) -> None:
        super().__init__(message)
        self.managed = managed


class ProjectLifecycle:
    """The operations of the dynamic provider, without Pulumi; one object serves all threads of a run.

    What is done is decided by `plan`; here it is looked up and carried out. `ledger` is the run's, `warn` takes one
    line for the user about something that was left undone on purpose, `destroy_of` says what the whole
    of a destroy that deletes a project would archive, `was_adopted` whether the state says so of a project of an entry.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        ledger: RunLedger,
        warn: Callable[[str], None],
        destroy_of: Callable[[ManagedProject], Destroy] = lambda _: Destroy(),
        was_adopted: Callable[[DeclaredProject, str], bool] = lambda _, __: False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._credentials = credentials
        self.ledger = ledger
        self._warn = warn
        self._destroy_of = destroy_of
        self._was_adopted = was_adopted
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
            # What `status` asks for is not done, and a mode that AWS does not show is not known to be set.
            seen = replace(declared, status="active").as_seen(error.project)
            seen = replace(seen, data_retention=seen.data_retention and error.project.data_retention)
            raise _partly_done(declared, self._managed(seen, error.project), error) from None

    def _carry_out_create(self, declared: DeclaredProject) -> ManagedProject:
        step = self._plan(declared, None)
        if isinstance(step, Refuse):
            raise step.error
        if isinstance(step, Adopt | Recover):
            # Claimed before anything is sent: no project may serve two entries.
            self.ledger.claim(step.project.id, declared.owner)
            # A resource that is replaced keeps its project, and how that came to be its.
            declared = replace(declared, adopt_id=self._adopted_as(declared, step.project.id))
            operation: Operation = "adopt" if isinstance(step, Adopt) else "recover"
            changed = self._update(operation, declared, step.project, step.update)
            return self._managed(declared, changed or step.project)
        if isinstance(step, Archive):
            self._archive("archive", declared, step.project)
            return self._managed(declared, step.project)
        if isinstance(step, Release):
            released = self._update("release", declared, step.project, step.update)
            return self._managed(declared, released or step.project)
        if isinstance(step, Create):
            return self._create(declared)
        project = step.project if isinstance(step, Keep) else None
        return self._managed(declared, project) if project else ManagedProject(id=NO_PROJECT_ID, declared=declared)

    def _adopted_as(self, declared: DeclaredProject, project_id: str) -> str | None:
        """The `id` by which the entry adopted its project, if it or the state says so; only a default depends on it."""
        adopted_as = declared.adopt_id or self.ledger.adopted_as(project_id)
        if adopted_as is None and declared.on_remove is None and self._was_adopted(declared, project_id):
            return project_id
        return adopted_as

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

        PartlyDoneError: the project is neither as it was nor as declared, or AWS could not be read.
        """
        new = with_remembered_adoption(old.declared, new)
        try:
            return self._carry_out_update(old, new)
        except UnconfirmedError as error:
            left = as_left(old.declared, new, error.project)
            raise _partly_done(new, self._managed(left, error.project, known=old), error) from None

    def _carry_out_update(self, old: ManagedProject, new: DeclaredProject) -> ManagedProject:
        step = self._plan(new, old)
        if isinstance(step, Refuse):
            raise step.error
        if isinstance(step, Archive):
            self._archive("archive", new, step.project, known=old)
        if isinstance(step, Release) and step.note:
            self._warn(f"{new.key}: {step.note}")
        changed = None
        if isinstance(step, Update | Release) and step.update:
            operation: Operation = "update" if isinstance(step, Update) else "release"
            try:
                changed = self._update(operation, new, step.project, step.update, known=old)
            except AmbiguousError as error:
                left = replace(old, declared=as_left(old.declared, new, None))
                raise _partly_done(new, left, error.with_hint(_OUTCOME_UNKNOWN)) from None
        return self._managed(new, changed, known=old) if changed else replace(old, declared=new, unfinished="")

    def delete(self, managed: ManagedProject, *, resource: str | None = None) -> None:
        """Archives or releases the project, only if a fresh read shows this entry's own ownership tag (decision 4).

        `resource` is the name of the resource in the state; None if that is not known.

        A resource that was replaced (`pulumi up --replace`, a taint, another parent) has been given its own project
        again: what is deleted then is the same one, under its former place in the state (decision 9).
        """
        declared = managed.declared
        if declared.status != "active":
            return
        if self.ledger.holds(managed.id):
            self._warn(
                f"{declared.key}: project {managed.id} was not archived: an entry in the inventory still uses it. "
                "Only its old resource was removed from the state"
            )
            return
        project = self._read(managed)
        if project is None:
            return
        staying = self.ledger.staying(declared.owner)
        step = decide_removal(declared, project, staying=staying, resource=resource)
        if isinstance(step, Archive | Release) and self._is_also_at(staying.where, managed):
            step = kept_at_other_endpoint(project, staying)
        if isinstance(step, Keep) and step.note:
            self._warn(f"{declared.key}: {step.note}")
        if isinstance(step, Release):
            self._update("delete", declared, project, step.update, known=managed)
        if isinstance(step, Archive):
            self.ledger.count_archive(lambda: self._destroy_of(managed))
            self._archive("delete", declared, project, known=managed)

    def _is_also_at(self, where: RegionalEndpoint | None, managed: ManagedProject) -> bool:
        """Whether the entry's own endpoint has the project too, which no list decides: it would lose it there."""
        if where is None or where.endpoint is managed.declared.where.endpoint:
            return False
        project = self._get(where, managed.id)
        return project is not None and project.status == "active"

    def _plan(self, entry: DeclaredProject, known: ManagedProject | None) -> Step:
        """What the plan says; with the project as it is now, if a stale list would do harm.

        What is adopted may be somebody else's since the list was made, and an archive cannot be undone. And what the
        state has of an unfinished write says nothing, so a list that lacks the project must not decide.
        """
        take_over = self.ledger.may_take_over

        def listed(where: RegionalEndpoint) -> Listing:
            is_new = known is None and where == entry.where
            if not is_new:
                return self._listing(where)
            known_id = self.ledger.project_of(entry.owner)
            return with_moved(entry, self._listing, self._get, known_id=known_id)

        step = decide(entry, known, listed, take_over=take_over)
        unfinished_id = known.id if known is not None and known.unfinished else None
        project_id = step.project.id if isinstance(step, Adopt | Archive) else unfinished_id
        if project_id is not None:
            is_known = known is not None and known.id == project_id
            fresh = self._read(known) if known is not None and is_known else self._get(entry.where, project_id)
            if fresh is None and is_known:
                return Keep() if isinstance(step, Archive) else step  # gone: there is nothing to archive
            before = self._listing(entry.where)
            listing = before.with_fresh(fresh) if fresh else before.without(project_id)
            step = decide(entry, known, lambda _: listing, take_over=take_over)
        is_left = isinstance(step, Release) and not step.update
        if isinstance(step, Adopt | Recover | Update | Archive | Release) and not is_left:
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
            self.ledger.claim(error.project.id, declared.owner, is_new=True)
            # What could not be read is as it was sent: without its owner, a removal would leave the project active.
            sent = {"name": declared.name, "tags": declared.all_tags}
            unshown = {field: sent[field] for field in sent.keys() - error.project.model_fields_set}
            raise error.about(error.project.model_copy(update=unshown)) from None
        self.ledger.claim(project.id, declared.owner, is_new=True)
        return self._managed(declared, project)

    def _find_after_lost_answer(self, declared: DeclaredProject, error: AmbiguousError) -> RemoteProject:
        """The project of a create whose answer was lost; the request is never sent again."""
        for pause in _LOOKS_AFTER_A_LOST_ANSWER:
            self._sleep(pause)
            for project in owned_by(declared, self._api(declared.where).named(declared.name)):
                if update := update_from(project, declared):
                    raise UnconfirmedError(
                        f"its answer was lost, and project {project.id} is not as asked: "
                        f"{in_words(update, before=project)}",
                        action=error.action,
                        project=project,
                    ) from None
                return project
        raise error.with_hint(
            "no project with its ownership tag is listed yet; run `pulumi up` again: it looks before it creates"
        ) from None

    def _update(
        self,
        operation: Operation,
        entry: DeclaredProject,
        project: RemoteProject,
        update: ProjectUpdate,
        *,
        known: ManagedProject | None = None,
    ) -> RemoteProject | None:
        """Sends the update, if there is one; None if the project is gone or archived and nothing is left to do."""
        if not update:
            return project
        api = self._api(entry.where)
        return self._settled(operation, entry, project, lambda: api.apply(project, update), known=known)

    def _archive(
        self,
        operation: Operation,
        entry: DeclaredProject,
        project: RemoteProject,
        *,
        known: ManagedProject | None = None,
    ) -> None:
        api = self._api(entry.where)
        self._settled(operation, entry, project, lambda: api.archive(project.id), known=known)

    def _settled(
        self,
        operation: Operation,
        entry: DeclaredProject,
        project: RemoteProject,
        write: Callable[[], RemoteProject],
        *,
        known: ManagedProject | None,
    ) -> RemoteProject | None:
        """What the write answers; None if the project is gone or archived, and that is all right (`OUTCOMES`).

        What AWS does not show after a write that it did not carry out is taken to be as it was in `project`.
        """
        error: ServiceError | None = None
        try:
            written = write()
        except UnconfirmedError as unconfirmed:
            # But not the mode: whether that was set is not known, and the state must not say that it was not.
            unshown = project.model_fields_set - unconfirmed.project.model_fields_set - {"data_retention"}
            as_before = {field: getattr(project, field) for field in unshown}
            raise unconfirmed.about(unconfirmed.project.model_copy(update=as_before)) from None
        except ServiceError as refusal:
            error, answer = refusal, self._answer(refusal, entry.where, project.id, known)
            if answer is None:
                raise
        else:
            if written.status != "archived":
                return written
            answer = "archived"
        if OUTCOMES[operation][answer] == "done":
            return None
        advice = remedy(operation, answer, was_released=known is not None and known.declared.status == "released")
        if error:
            raise error.with_hint(advice)
        raise RefusedError(f"entry {entry.key!r}: project {project.id} cannot be updated: {advice}")

    def _answer(
        self, error: ServiceError, where: RegionalEndpoint, project_id: str, known: ManagedProject | None
    ) -> Answer | None:
        """What the error says of the project, with a look at it if that is not clear; None if it says nothing."""
        if isinstance(error, NotFoundError):
            if known:
                self._check_account(known)
            return "gone"
        if isinstance(error, _SAY_NOTHING_OF_THE_PROJECT):
            return None
        try:
            project = self._get(where, project_id)
        except ServiceError:
            return None
        if project is None:
            return "gone"
        return "archived" if project.status == "archived" else None

    def _get(self, where: RegionalEndpoint, project_id: str) -> RemoteProject | None:
        """The project as it is now; None if the service says that it is not there."""
        return find(self._api(where), project_id)

    def _read(self, managed: ManagedProject) -> RemoteProject | None:
        """The project as it is now; None if it is gone, which counts only with the credentials of its account."""
        project = self._get(managed.declared.where, managed.id)
        if project is None:
            self._check_account(managed)
        return project

    def _check_account(self, managed: ManagedProject) -> None:
        """Refuses credentials of another account, which are answered that no such project exists, too."""
        mismatch = account_mismatch(
            self._credentials,
            self._account(managed.declared.where),
            expected=managed.account_id or "unknown",
            of=f"project {managed.id}",
        )
        if mismatch:
            raise RefusedError(f"{managed.declared.key}: {mismatch}; nothing was changed")

    def _managed(
        self, declared: DeclaredProject, project: RemoteProject, *, known: ManagedProject | None = None
    ) -> ManagedProject:
        return ManagedProject(
            id=project.id,
            declared=declared,
            arn=_arn_at(declared.where, project) or (known.arn if known else ""),
            created_at=project.created_at or (known.created_at if known else None),
            account_id=project.account_id or (known.account_id if known else self._listed_account(declared.where)),
            base_url=self._api(declared.where).base_url,
        )

    def _account(self, where: RegionalEndpoint) -> str:
        """The account of the credentials; asked for once at each endpoint."""
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


def _arn_at(where: RegionalEndpoint, project: RemoteProject) -> str:
    """The ARN, if it is of that endpoint: a state without `endpoint` is read by it."""
    return project.arn if project.arn and service_in(project.arn) == where.endpoint.arn_service else ""


def _partly_done(declared: DeclaredProject, managed: ManagedProject, error: ServiceError) -> PartlyDoneError:
    reason = f"entry {declared.key!r}: {error}"
    return PartlyDoneError(reason, managed=replace(managed, unfinished=reason))
