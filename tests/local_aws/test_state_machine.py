"""Random edits of the file, changes by hand, faults, lost machines, a second stack: what holds in any combination.

Entries are at both endpoints, which have the same projects or not.

No two active projects for one ownership tag; no stranger's project touched; nothing archived that preflight did not
announce or the file did not ask for, nor by a stack that does not manage it; and once a refresh and an up end well, the
service is what the file says.

python -m tests.local_aws.test_state_machine 120      # tries so many histories of 30 steps; the test tries 30
"""

import os
import sys
from collections import Counter
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from bedrock_projects.arns import service_in
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import ENDPOINTS, MANTLE, RUNTIME, Endpoint, RegionalEndpoint
from bedrock_projects.aws.models import ProjectUpdate, RemoteProject
from bedrock_projects.aws.projects import ProjectsApi, find, open_projects_api
from bedrock_projects.errors import BedrockProjectsError, RefusedError
from bedrock_projects.limits import NO_PROJECT_ID
from bedrock_projects.preflight.run_plan import Context, Ownership, plan_run
from bedrock_projects.projects.archive_limit import check_announced
from bedrock_projects.projects.changes import DeclaredProject
from bedrock_projects.projects.lifecycle import ProjectLifecycle
from bedrock_projects.projects.run_ledger import RunLedger
from bedrock_projects.projects.shared_listing import SharedListing, with_moved
from local_aws import Fault, LocalAws, LocalProject, running
from tests.local_aws.events import (
    ACCOUNT,
    ANY,
    AWAY,
    BY_HAND,
    CHANGES,
    FIRST,
    FULL_NAMES,
    HOME,
    KEYS,
    NAMES,
    OURS,
    REGIONS,
    STACK_TAG,
    STACKS,
    TAG,
    faults,
    killing,
    owns,
)
from tools.fault_matrix.stack import KilledError, Stack

PLACES = [RegionalEndpoint(region, endpoint) for region in REGIONS for endpoint in ENDPOINTS.values()]
_BY_SERVICE: dict[str | None, Endpoint] = {endpoint.arn_service: endpoint for endpoint in ENDPOINTS.values()}


def _place(project: LocalProject) -> RegionalEndpoint:
    return RegionalEndpoint(project.region, _BY_SERVICE[service_in(project.arn)])


class Machine(RuleBasedStateMachine):
    """A file, a stack, a service, and people who do things by hand."""

    aws: ClassVar[LocalAws]
    credentials: ClassVar[Credentials]

    def __init__(self) -> None:
        super().__init__()
        self.aws.reset(seed=1)
        self.file: dict[str, DeclaredProject] = {}
        self.stacks = {name: Stack(threads=1) for name in STACKS}
        self.strangers: dict[str, tuple[str, dict[str, str], bool]] = {}
        self.clients: dict[RegionalEndpoint, ProjectsApi] = {}

    @initialize(
        count=st.integers(1, 3),
        away=st.integers(0, 3),
        runtime=st.integers(0, 3),
        stores=st.sampled_from(["one", "two"]),
        up=st.booleans(),
    )
    def start(self, count: int, away: int, runtime: int, stores: str, up: bool) -> None:
        self.aws.settings(project_stores=stores)
        for number in range(count):
            region, endpoint = AWAY if number == away else HOME, RUNTIME if number == runtime else MANTLE
            self._add(f"k{number}", f"N{number}", where=RegionalEndpoint(region, endpoint))
        if up:
            self.up_in_peace()

    @property
    def stack(self) -> Stack:
        """The stack that has deployed the file from the beginning."""
        return self.stacks[FIRST]

    # The file

    @rule(key=KEYS, name=NAMES, where=st.sampled_from(PLACES))
    def add(self, key: str, name: str, where: RegionalEndpoint) -> None:
        self._add(key, name, where=where)

    @rule(number=ANY, change=CHANGES)
    def edit(self, number: int, change: dict[str, Any]) -> None:
        for entry in self._pick(number):
            self._write(replace(entry, **change))

    @rule(number=ANY)
    def move(self, number: int) -> None:
        for entry in self._pick(number):
            region = AWAY if entry.region == HOME else HOME
            self._write(replace(entry, region=region, move_from=entry.region, move_from_endpoint=None, adopt_id=None))

    @rule(number=ANY)
    def move_to_the_other_endpoint(self, number: int) -> None:
        for entry in self._pick(number):
            left = entry.where.endpoint
            endpoint = None if left is RUNTIME else RUNTIME.name
            self._write(replace(entry, endpoint=endpoint, move_from_endpoint=left.name, move_from=None, adopt_id=None))

    @rule(number=ANY, key=KEYS)
    def rekey(self, number: int, key: str) -> None:
        for entry in self._pick(number):
            if self._is_free(key):
                del self.file[entry.key]
                formerly = (*entry.previous_owners, entry.owner)
                self._write(replace(entry, key=key, owner=OURS + key, previous_owners=formerly))

    @rule(number=ANY)
    def remove(self, number: int) -> None:
        for entry in self._pick(number):
            del self.file[entry.key]

    @rule(number=ANY, key=KEYS, name=NAMES)
    def adopt(self, number: int, key: str, name: str) -> None:
        """A user who writes the id of a stranger's project into the file means it."""
        free = [p for p in self._active() if p.id in self.strangers and TAG not in p.tags]
        if free:
            project = free[number % len(free)]
            if self._add(key, name, where=_place(project), adopt_id=project.id):
                del self.strangers[project.id]

    # People

    @rule(number=ANY, change=st.sampled_from(sorted(BY_HAND)))
    def somebody_changes(self, number: int, change: str) -> None:
        ours = [project for project in self._active() if project.tags.get(TAG, "").startswith(OURS)]
        if ours:
            project = ours[number % len(ours)]
            BY_HAND[change](self._client(_place(project)), project.id)

    @rule(number=ANY)
    def somebody_makes_it_theirs(self, number: int) -> None:
        ours = [project for project in self._active() if project.tags.get(TAG, "").startswith(OURS)]
        if ours:
            stolen = ours[number % len(ours)]
            client = self._client(_place(stolen))
            project = client.apply(client.get(stolen.id), ProjectUpdate(add_tags={TAG: "other/dev/x"}))
            self.strangers[project.id] = (project.name, project.tags, True)

    @rule(name=NAMES, where=st.sampled_from(PLACES), tags=st.sampled_from([{}, {TAG: "other/dev/x"}]))
    def somebody_creates(self, name: str, where: RegionalEndpoint, tags: dict[str, str]) -> None:
        project = self._client(where).create(name=name, tags=tags, data_retention=None)
        self.strangers[project.id] = (name, tags, True)

    @rule(number=ANY)
    def somebody_taints(self, number: int) -> None:
        """As `pulumi state taint`, or `pulumi up --replace`."""
        self.stack.tainted |= {entry.key for entry in self._pick(number) if entry.key in self.stack.held}

    # Runs

    @rule(name=st.sampled_from(STACKS))
    def state_is_lost(self, name: str) -> None:
        self.stacks[name] = Stack(threads=1)

    @rule(name=st.sampled_from(STACKS), told=st.booleans(), refreshed=st.booleans())
    def a_stack_takes_over(self, name: str, told: bool, refreshed: bool) -> None:
        """As a copied settings file makes one, or a branch; it perhaps gets the number that it asks for."""
        others = [p for p in self._active() if p.tags.get(STACK_TAG, FULL_NAMES[name]) != FULL_NAMES[name]]
        self._run(name, refreshed=refreshed, take_over=str(len(others)) if told else None)
        taken = [p.id for p in self._active() if p.tags.get(STACK_TAG) == FULL_NAMES[name]]
        assert told or not {p.id for p in others} & {*taken}, "taken over without a word"

    @rule(name=st.sampled_from(STACKS))
    def a_stack_is_destroyed(self, name: str) -> None:
        before = {project.id: project.tags for project in self._active()}
        self.stacks[name].step = killing(None)
        self.stacks[name].destroy(self._lifecycle(RunLedger(allowed="9")))
        self._check_manager(name, before)

    @rule(
        faults=st.lists(faults(), max_size=2),
        refreshed=st.booleans(),
        killed_after=st.none() | st.integers(0, 8),
        saved=st.booleans(),
    )
    def up(self, faults: list[Fault], refreshed: bool, killed_after: int | None, saved: bool) -> None:
        held, doomed = dict(self.stack.held), list(self.stack.doomed)
        self.aws.faults(faults)
        try:
            self._run(FIRST, refreshed=refreshed, steps=killed_after)
        except KilledError:
            if not saved:
                self.stack.held, self.stack.doomed = held, doomed
        finally:
            self.aws.faults([])

    @rule()
    def up_in_peace(self) -> None:
        errors = self._run(FIRST, refreshed=True)
        if errors:
            assert all(isinstance(error, RefusedError) for error in errors), errors
            assert self._is_in_the_way(), errors
        else:
            self._service_is_as_the_file()

    def _is_in_the_way(self) -> bool:
        """Whether a guard has a reason: a namesake, somebody else's tag, two projects, an unsaid move, an `id` gone."""
        active = {project.id: project for project in self._active()}
        for entry in self.file.values():
            # Under a former key until a run has followed it.
            keys = [owner.removeprefix(OURS) for owner in (entry.owner, *entry.previous_owners)]
            held = next((self.stack.held[key] for key in keys if key in self.stack.held), None)
            owned = active.get(held.id if held else "")
            listed = [p for p in self._listed() if p.active]
            here = [p for p in listed if _place(p) == entry.where]
            own = [p for p in here if owns(entry, p)]
            left = [p for p in listed if _place(p) == entry.moves_from and owns(entry, p)]
            namesakes = [p for p in here if p.name == entry.name]
            if (
                entry.adopt_id
                or len(own) > 1
                or (held and held.declared.where != entry.where and held.declared.where != entry.moves_from)
                or (held and entry.status == "released" and held.declared.where != entry.where)
                or any(not owns(entry, project) for project in namesakes)
                or any(project.tags.get(STACK_TAG, FULL_NAMES[FIRST]) != FULL_NAMES[FIRST] for project in own + left)
                or (owned and not owns(entry, owned))
            ):
                return True
        return False

    def _run(
        self, name: str, *, refreshed: bool, steps: int | None = None, take_over: str | None = None
    ) -> list[BedrockProjectsError]:
        # Longer than any list lags: what a create without an answer left behind is seen by the next run.
        self.aws.advance(seconds=120)
        stack, lifecycle = self.stacks[name], self._lifecycle(RunLedger(take_over=take_over))
        stack.step = killing(steps)
        before = {project.id: project.tags for project in self._active()}
        errors = stack.refresh(lifecycle) if refreshed else []
        if errors:
            return errors
        declared = [replace(entry, stack=FULL_NAMES[name]) for entry in self.file.values()]
        try:
            announced = self._preflight(declared, name, take_over)
        except BedrockProjectsError as error:
            return [error]
        meant = {stack.held[key].id for key in self._retired() if key in stack.held}
        owners = {o for e in declared if e.status == "archived" for o in (e.owner, *e.previous_owners)}
        meant |= {id_ for id_, tags in before.items() if tags.get(TAG) in owners}
        try:
            return stack.up(declared, lifecycle)
        finally:
            archived = before.keys() - {project.id for project in self._active()}
            assert archived <= announced | meant, f"archived without a word: {archived - announced - meant}"
            self._check_manager(name, before, took_over=take_over is not None)

    def _check_manager(self, name: str, before: dict[str, dict[str, str]], *, took_over: bool = False) -> None:
        """What a stack archived was its own: by the tag that the project had."""
        archived = before.keys() - {project.id for project in self._active()}
        others = {id_ for id_ in archived if before[id_].get(STACK_TAG, FULL_NAMES[name]) != FULL_NAMES[name]}
        assert took_over or not others, f"archived by {name}: {others}"

    def _preflight(self, declared: list[DeclaredProject], name: str, take_over: str | None) -> set[str]:
        """Ids of the projects that it says will be archived."""
        # As if an entry stayed in each place: what was the last one of its place is not looked at.
        listings = {where: SharedListing(self._client(where), declared=declared).look() for where in PLACES}
        for entry in declared:
            listings[entry.where] = with_moved(entry, listings.__getitem__, self._get)
        stack = self.stacks[name]
        context = Context(
            state=stack.state,
            stack=FULL_NAMES[name],
            aliases={
                entry.key: tuple(owner.rpartition("/")[2] for owner in entry.previous_owners) for entry in declared
            },
            take_over=take_over,
        )
        plan = plan_run(declared, listings, Ownership((TAG,), (OURS,)), context)
        check_announced(plan.archived, owned=plan.owned, allowed=str(len(plan.archived)))
        return {project.id for project in plan.archived}

    # What must hold

    @invariant()
    def an_owner_has_one_active_project_and_no_stranger_is_touched(self) -> None:
        """One in a place: a move makes the new one first."""
        listed = self._listed()
        owners = Counter((_place(project), project.tags.get(TAG, "")) for project in active_of(listed))
        assert [owner for owner, count in owners.items() if count > 1 and owner[1].startswith(OURS)] == []
        by_id = {project.id: project for project in listed}
        now = {id_: (by_id[id_].name, by_id[id_].tags, by_id[id_].active) for id_ in self.strangers}
        assert now == self.strangers

    def _service_is_as_the_file(self) -> None:
        by_id = {(_place(project).endpoint, project.id): project for project in self._listed()}
        assert self.stack.held.keys() == self.file.keys()
        for key, entry in self.file.items():
            managed = self.stack.held[key]
            if entry.status == "active":
                project = by_id[entry.where.endpoint, managed.id]
                assert project.active
                tags = replace(entry, stack=FULL_NAMES[FIRST]).all_tags
                assert (project.region, project.name, project.tags) == (entry.region, entry.name, tags)
            elif managed.id != NO_PROJECT_ID:
                project = by_id[managed.declared.where.endpoint, managed.id]
                assert not (project.active and project.tags.get(TAG) == entry.owner)

    # Tools

    def _retired(self) -> list[str]:
        return [key for key, entry in self.file.items() if entry.status == "archived"]

    def _listed(self) -> list[LocalProject]:
        """The projects of both endpoints; one that both have is there twice."""
        services = [endpoint.arn_service for endpoint in ENDPOINTS.values()]
        listed = [project for service in services for project in self.aws.projects(ACCOUNT, service=service)]
        return [project for project in listed if project.id != "default"]

    def _active(self) -> list[LocalProject]:
        return active_of(self._listed())

    def _client(self, where: RegionalEndpoint) -> ProjectsApi:
        """One for all steps: it keeps nothing of an answer, and to make one takes longer than a step."""
        if where not in self.clients:
            self.clients[where] = open_projects_api(self.credentials, where, sleep=self._sleep)
        return self.clients[where]

    def _get(self, where: RegionalEndpoint, project_id: str) -> RemoteProject | None:
        return find(self._client(where), project_id)

    def _lifecycle(self, ledger: RunLedger) -> ProjectLifecycle:
        return ProjectLifecycle(self.credentials, ledger=ledger, warn=lambda _: None, sleep=self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.aws.advance(seconds=seconds)

    def _pick(self, number: int) -> list[DeclaredProject]:
        entries = list(self.file.values())
        return [entries[number % len(entries)]] if entries else []

    def _is_free(self, key: str) -> bool:
        """The inventory lets no entry have the key of another, or a former one."""
        return OURS + key not in {o for entry in self.file.values() for o in (entry.owner, *entry.previous_owners)}

    def _add(self, key: str, name: str, *, where: RegionalEndpoint, adopt_id: str | None = None) -> bool:
        """Whether the entry is in the file now."""
        if not self._is_free(key):
            return False
        entry = DeclaredProject(
            key=key,
            name=name,
            region=where.region,
            endpoint=None if where.endpoint is MANTLE else where.endpoint.name,
            owner=OURS + key,
            owner_tag_key=TAG,
            tags={"Team": "Search"},
            adopt_id=adopt_id,
            on_remove="release" if adopt_id else "archive",
        )
        return self._write(entry)

    def _write(self, entry: DeclaredProject) -> bool:
        """Unless the inventory refuses it: a name is there once in a place."""
        others = [other for other in self.file.values() if other.key != entry.key]
        if (entry.name, entry.where) in [(other.name, other.where) for other in others]:
            return False
        self.file[entry.key] = entry
        return True


def active_of(listed: list[LocalProject]) -> list[LocalProject]:
    """The active projects, each once."""
    active = {project.id: project for project in reversed(listed) if project.active}
    return list(reversed(active.values()))


def try_histories(aws: LocalAws, count: int) -> None:
    machine = type("Bound", (Machine,), {"aws": aws, "credentials": Credentials()})
    chosen = settings(max_examples=count, stateful_step_count=30, deadline=None)
    run_state_machine_as_test(machine, settings=chosen)


def test_nothing_is_ever_doubled_lost_or_wrongly_archived(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in aws.environment(ACCOUNT).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.tracebacklimit", None, raising=False)
    try_histories(aws, 15)


if __name__ == "__main__":
    with running() as local_aws:
        os.environ.update(local_aws.environment(ACCOUNT))
        try_histories(local_aws, int(sys.argv[1]))
