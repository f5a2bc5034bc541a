"""Random edits of the file, changes by hand, faults and lost machines: what must hold whatever comes together.

No two active projects for one ownership tag; no stranger's project touched; nothing archived that preflight did not
announce or the file did not ask for; and once a refresh and an up end well, the service is what the file says.
"""

import functools
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar, Literal

import boto3
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bedrock_projects.aws.projects import ProjectsClient
from bedrock_projects.aws.session import Credentials
from bedrock_projects.changes import DeclaredProject
from bedrock_projects.errors import BedrockProjectsError
from bedrock_projects.lifecycle import NOTHING, ProjectLifecycle
from bedrock_projects.listing import RegionListing
from bedrock_projects.preflight import Ownership, outlook, refuse_unannounced_archives
from local_aws import Fault, LocalAws, LocalProject
from tools.fault_matrix.stack import Killed, Stack

ACCOUNT, TAG, OURS = "111111111111", "bedrock-project", "acme/dev/"
HOME, AWAY = REGIONS = ("us-west-2", "us-east-1")
KEYS = st.sampled_from([f"k{number}" for number in range(6)])
NAMES = st.sampled_from([f"N{number}" for number in range(8)])
TEAMS = st.sampled_from(["Search", "Care"])
ANY = st.integers(0, 99)
OPERATIONS = ("ListProjects", "GetProject", "UpdateProject", "ArchiveProject")
# botocore sends the others again by itself, after real pauses: tests/local_aws/test_fault_matrix.py has those.
KINDS = ("cut_off", "not_json", "expired_credentials")
CREATE_KINDS = (*KINDS, "server_error", "unavailable", "throttled", "reset_before", "reset_after")


def _faults() -> st.SearchStrategy[Fault]:
    def fault(kind: Any, operation: str, after: int, every: int) -> Fault:
        return Fault(kind=kind, operation=f"bedrock-mantle:{operation}", after=after, every=every)

    when = {"after": st.integers(0, 2), "every": st.integers(1, 2)}
    on_create = st.builds(fault, st.sampled_from(CREATE_KINDS), st.just("CreateProject"), **when)
    on_others = st.builds(fault, st.sampled_from(KINDS), st.sampled_from(OPERATIONS), **when)
    lag = st.just(Fault(kind="list_lag", operation="bedrock-mantle:ListProjects", seconds=60))
    return on_create | on_others | lag


class _OneSession(Credentials):
    """Making a session takes longer than all the rest of a run."""

    @functools.cache  # noqa: B019  lives as long as the tests
    def session(self) -> boto3.Session:
        return super().session()


class Machine(RuleBasedStateMachine):
    """A file, a stack, a service, and people who do things by hand."""

    aws: ClassVar[LocalAws]
    credentials: ClassVar[Credentials]

    def __init__(self) -> None:
        super().__init__()
        self.aws.reset(seed=1)
        self.file: dict[str, DeclaredProject] = {}
        self.stack = Stack(threads=1)
        self.strangers: dict[str, tuple[str, dict[str, str], bool]] = {}
        self.unchanged = False

    # The file

    @rule(key=KEYS, name=NAMES, team=TEAMS, region=st.sampled_from(REGIONS))
    def add(self, key: str, name: str, team: str, region: str) -> None:
        aliases = {owner for entry in self.file.values() for owner in entry.previous_owners}
        if key in self.file or OURS + key in aliases:
            return
        self._write(
            DeclaredProject(
                key=key, name=name, region=region, owner=OURS + key, owner_tag_key=TAG, tags={"Team": team}
            )
        )

    @rule(number=ANY, name=NAMES)
    def rename(self, number: int, name: str) -> None:
        self._edit(number, name=name)

    @rule(number=ANY, team=TEAMS)
    def retag(self, number: int, team: str) -> None:
        self._edit(number, tags={"Team": team})

    @rule(number=ANY, status=st.sampled_from(["active", "archived", "released"]))
    def retire(self, number: int, status: str) -> None:
        self._edit(number, status=status)

    @rule(number=ANY, on_remove=st.sampled_from(["archive", "release"]))
    def on_remove(self, number: int, on_remove: str) -> None:
        self._edit(number, on_remove=on_remove)

    @rule(number=ANY)
    def move(self, number: int) -> None:
        for entry in self._pick(number):
            region = AWAY if entry.region == HOME else HOME
            self._edit(number, region=region, move_from=entry.region, adopt_id=None)

    @rule(number=ANY, key=KEYS)
    def rekey(self, number: int, key: str) -> None:
        for entry in self._pick(number):
            aliases = {owner for each in self.file.values() for owner in each.previous_owners}
            if key not in self.file and OURS + key not in aliases:
                del self.file[entry.key]
                formerly = (*entry.previous_owners, entry.owner)
                self._write(replace(entry, key=key, owner=OURS + key, previous_owners=formerly))

    @rule(number=ANY)
    def remove(self, number: int) -> None:
        for entry in self._pick(number):
            del self.file[entry.key]

    @rule(number=ANY, name=NAMES, team=TEAMS)
    def adopt(self, number: int, name: str, team: str) -> None:
        """Whoever writes the id of a stranger's project into the file means it."""
        free = [p for p in self._active() if p.id in self.strangers and TAG not in p.tags]
        key = f"a{number}"
        if free and key not in self.file:
            project = free[number % len(free)]
            self._write(
                DeclaredProject(
                    key=key, name=name, region=project.region, owner=OURS + key, owner_tag_key=TAG,
                    tags={"Team": team}, adopt_id=project.id, on_remove="release",
                )
            )
            if key in self.file:
                del self.strangers[project.id]

    # People

    @rule(number=ANY, name=NAMES)
    def somebody_renames(self, number: int, name: str) -> None:
        self._by_hand(number, lambda client, id_: client.update(id_, name=name))

    @rule(number=ANY, team=TEAMS)
    def somebody_retags(self, number: int, team: str) -> None:
        self._by_hand(number, lambda client, id_: client.update(id_, add_tags={"Team": team, "Stray": "1"}))

    @rule(number=ANY)
    def somebody_takes_the_ownership_tag_off(self, number: int) -> None:
        self._by_hand(number, lambda client, id_: client.update(id_, remove_tag_keys=[TAG]))

    @rule(number=ANY)
    def somebody_makes_it_theirs(self, number: int) -> None:
        def steal(client: ProjectsClient, project_id: str) -> None:
            project = client.update(project_id, add_tags={TAG: "other/dev/x"})
            self.strangers[project_id] = (project.name, project.tags, True)

        self._by_hand(number, steal)

    @rule(number=ANY)
    def somebody_archives(self, number: int) -> None:
        self._by_hand(number, lambda client, id_: client.archive(id_))

    @rule(name=NAMES, region=st.sampled_from(REGIONS), tags=st.sampled_from([{}, {TAG: "other/dev/x"}]))
    def somebody_creates(self, name: str, region: str, tags: dict[str, str]) -> None:
        project = self._client(region).create(name=name, tags=tags, data_retention=None)
        self.strangers[project.id] = (name, tags, True)

    # Runs

    @rule()
    def state_is_lost(self) -> None:
        self.stack = Stack(threads=1)

    @rule(
        faults=st.lists(_faults(), max_size=2),
        refreshed=st.booleans(),
        killed_after=st.none() | st.integers(0, 8),
        saved=st.booleans(),
    )
    def up(self, faults: list[Fault], refreshed: bool, killed_after: int | None, saved: bool) -> None:
        held, doomed = dict(self.stack.held), list(self.stack.doomed)
        self.aws.faults(faults)
        try:
            self._run(refreshed=refreshed, steps=killed_after)
        except Killed:
            if not saved:
                self.stack.held, self.stack.doomed = held, doomed
        finally:
            self.aws.faults([])

    @rule()
    def up_in_peace(self) -> None:
        """Two of them: what the first removed may free a name that the second needs."""
        if not self._run(refreshed=True) and not self._run(refreshed=True):
            self._service_is_as_the_file()

    def _run(self, *, refreshed: bool, steps: int | None = None) -> list[BedrockProjectsError]:
        # Longer than any list lags: what a create without an answer left behind is seen by the next run.
        self.aws.advance(seconds=120)
        self.stack.step = _killing(steps)
        before = {project.id for project in self._active()}
        errors = self.stack.refresh(self._lifecycle()) if refreshed else []
        if errors:
            return errors
        declared = list(self.file.values())
        try:
            announced = self._preflight(declared)
        except BedrockProjectsError as error:
            return [error]
        meant = {self.stack.held[key].id for key in self._retired() if key in self.stack.held}
        tags = {p.id: p.tags.get(TAG) for p in self._active()}
        owners = {o for e in declared if e.status == "archived" for o in (e.owner, *e.previous_owners)}
        meant |= {id_ for id_, owner in tags.items() if owner in owners}
        try:
            return self.stack.up(declared, self._lifecycle())
        finally:
            archived = before - {project.id for project in self._active()}
            assert archived <= announced | meant, f"archived without a word: {archived - announced - meant}"

    def _preflight(self, declared: list[DeclaredProject]) -> set[str]:
        """Ids of the projects that it says will be archived."""
        regions = {HOME} | {e.region for e in declared} | {e.move_from for e in declared if e.move_from}
        listings = {
            region: RegionListing(self._client(region), include_archived=True).projects() for region in sorted(regions)
        }
        found = outlook(declared, listings, Ownership(key=TAG, prefix=OURS))
        refuse_unannounced_archives(found, allowed=str(len(found.archived)))
        return {project.id for project in found.archived}

    # What must hold

    @invariant()
    def one_active_project_for_an_owner(self) -> None:
        owners = Counter(project.tags.get(TAG, "") for project in self._active())
        assert [owner for owner, count in owners.items() if count > 1 and owner.startswith(OURS)] == []

    @invariant()
    def no_stranger_is_touched(self) -> None:
        found = {project.id: project for project in self.aws.projects(ACCOUNT)}
        now = {id_: (found[id_].name, found[id_].tags, found[id_].active) for id_ in self.strangers}
        assert now == self.strangers

    def _service_is_as_the_file(self) -> None:
        found = {project.id: project for project in self.aws.projects(ACCOUNT)}
        assert self.stack.held.keys() == self.file.keys()
        for key, entry in self.file.items():
            managed = self.stack.held[key]
            if entry.status == "active":
                project = found[managed.id]
                assert project.active
                assert (project.region, project.name, project.tags) == (entry.region, entry.name, entry.all_tags)
            elif managed.id != NOTHING:
                assert not (found[managed.id].active and found[managed.id].tags.get(TAG) == entry.owner)

    # Tools

    def _retired(self) -> list[str]:
        return [key for key, entry in self.file.items() if entry.status == "archived"]

    def _active(self) -> list[LocalProject]:
        return [project for project in self.aws.projects(ACCOUNT) if project.active and project.id != "default"]

    def _client(self, region: str) -> ProjectsClient:
        return ProjectsClient(self.credentials, region=region, sleep=self._sleep)

    def _lifecycle(self) -> ProjectLifecycle:
        return ProjectLifecycle(self.credentials, say=lambda _: None, sleep=self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.aws.advance(seconds=seconds)

    def _pick(self, number: int) -> list[DeclaredProject]:
        entries = list(self.file.values())
        return [entries[number % len(entries)]] if entries else []

    def _edit(self, number: int, **changes: Any) -> None:
        for entry in self._pick(number):
            self._write(replace(entry, **changes))

    def _write(self, entry: DeclaredProject) -> None:
        """Unless the inventory refuses it: a name stands once in a region."""
        others = [each for each in self.file.values() if each.key != entry.key]
        if (entry.name, entry.region) not in [(each.name, each.region) for each in others]:
            self.file[entry.key] = entry

    def _by_hand(self, number: int, change: Callable[[ProjectsClient, str], object]) -> None:
        ours = [project for project in self._active() if project.tags.get(TAG, "").startswith(OURS)]
        if ours:
            project = ours[number % len(ours)]
            change(self._client(project.region), project.id)


def _killing(steps: int | None) -> Callable[[], None]:
    left = iter(range(steps)) if steps is not None else None

    def step() -> None:
        if left is not None and next(left, None) is None:
            raise Killed

    return step


def test_nothing_is_doubled_lost_or_wrongly_archived_whatever_happens(
    aws: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in aws.environment(ACCOUNT).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.tracebacklimit", None, raising=False)
    machine = type("Bound", (Machine,), {"aws": aws, "credentials": _OneSession()})
    run_state_machine_as_test(machine, settings=settings(max_examples=30, stateful_step_count=30, deadline=None))
