"""Exactly one project for each entry, and never an archive of what is not ours: the rules, against the local AWS."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import RegionalEndpoint
from bedrock_projects.aws.models import ProjectUpdate
from bedrock_projects.aws.projects import ProjectsApi, open_projects_api
from bedrock_projects.aws.session import forget_sessions
from bedrock_projects.errors import AmbiguousError, NotFoundError, RefusedError, ServiceError
from bedrock_projects.limits import NO_PROJECT_ID
from bedrock_projects.projects import lifecycle as lifecycle_module
from bedrock_projects.projects.archive_limit import ALLOW_ARCHIVE_VARIABLE
from bedrock_projects.projects.changes import DeclaredProject, ManagedProject
from bedrock_projects.projects.lifecycle import PartlyDoneError, ProjectLifecycle
from bedrock_projects.projects.plan import Staying
from bedrock_projects.projects.run_ledger import RunLedger
from local_aws import Fault, LocalAws, LocalProject
from tools.fault_matrix.stack import Stack

ACCOUNT, REGION, TAG = "111111111111", "us-west-2", "bedrock-project"
SEARCH = DeclaredProject(
    key="search", name="Search", region=REGION, owner="acme/dev/search", owner_tag_key=TAG, tags={"Team": "Search"}
)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def run(aws: LocalAws, said: list[str], monkeypatch: pytest.MonkeyPatch) -> Callable[[], ProjectLifecycle]:
    """Each call is a run of Pulumi, which knows nothing of those before, on a machine of another region.

    Only the session is shared: it has the credentials, and making one takes longer than most of these runs.
    """
    for name, value in aws.environment(ACCOUNT, region="eu-north-1").items():
        monkeypatch.setenv(name, value)

    def new_run() -> ProjectLifecycle:
        ledger = RunLedger(allowed=os.environ.get(ALLOW_ARCHIVE_VARIABLE))
        return ProjectLifecycle(Credentials(), ledger=ledger, warn=said.append, sleep=lambda _: None)

    return new_run


@pytest.fixture
def hand(run: Callable[[], ProjectLifecycle]) -> ProjectsApi:
    """Somebody who changes things behind Pulumi's back."""
    return open_projects_api(Credentials(), RegionalEndpoint(REGION))


def claim(lifecycle: ProjectLifecycle, project_id: str, entry: DeclaredProject) -> None:
    """As the provider's `diff` does for what the state holds."""
    lifecycle.ledger.claim_known(project_id, entry.owner, formerly=entry.previous_owners)


def active(aws: LocalAws) -> list[LocalProject]:
    return [project for project in aws.projects(ACCOUNT) if project.active and project.id != "default"]


def by_hand(hand: ProjectsApi, *, name: str, tags: dict[str, str] | None = None) -> str:
    return hand.create(name=name, tags=tags or {}, data_retention=None).id


def writes(aws: LocalAws) -> list[str]:
    names = [request.operation.removeprefix("bedrock-mantle:") for request in aws.requests("bedrock-mantle:*")]
    return [name for name in names if name not in ("ListProjects", "GetProject")]


def test_a_second_run_without_a_state_takes_its_project_over(
    aws: LocalAws, run: Callable[[], ProjectLifecycle]
) -> None:
    first = run().create(SEARCH)
    aws.clear_requests()
    assert run().create(SEARCH) == first
    assert writes(aws) == []


def test_what_differs_is_put_right_by_the_one_update_of_a_take_over(
    aws: LocalAws, run: Callable[[], ProjectLifecycle]
) -> None:
    first = run().create(SEARCH)
    aws.clear_requests()
    again = run().create(replace(SEARCH, name="Find", tags={"CostCenter": "1"}))
    assert again.id == first.id
    assert writes(aws) == ["UpdateProject"]
    assert (active(aws)[0].name, active(aws)[0].tags) == ("Find", {"CostCenter": "1", TAG: "acme/dev/search"})


def test_a_former_owner_counts_as_ours(aws: LocalAws, run: Callable[[], ProjectLifecycle]) -> None:
    first = run().create(SEARCH)
    renamed = replace(SEARCH, key="find", owner="acme/dev/find", previous_owners=("acme/dev/search",))
    assert run().create(renamed).id == first.id
    assert active(aws)[0].tags[TAG] == "acme/dev/find"


@pytest.mark.parametrize("tags", [{}, {TAG: "other/dev/search"}])
def test_a_name_that_a_stranger_has_stops_the_create(
    aws: LocalAws, hand: ProjectsApi, run: Callable[[], ProjectLifecycle], tags: dict[str, str]
) -> None:
    by_hand(hand, name="Search", tags=tags)
    with pytest.raises(RefusedError, match="too and is not this entry's"):
        run().create(SEARCH)
    assert len(active(aws)) == 1


@pytest.mark.parametrize("list_tags", ["full", "empty"])
def test_ownership_is_seen_although_a_list_hides_tags(
    aws: LocalAws, run: Callable[[], ProjectLifecycle], list_tags: str
) -> None:
    first = run().create(SEARCH)
    aws.settings(list_tags=list_tags)
    assert run().create(SEARCH).id == first.id


def test_a_run_asks_for_one_list_however_many_threads_create(
    aws: LocalAws, run: Callable[[], ProjectLifecycle]
) -> None:
    lifecycle = run()
    entries = [replace(SEARCH, key=f"p{n}", name=f"P{n}", owner=f"acme/dev/p{n}") for n in range(40)]
    with ThreadPoolExecutor(16) as pool:
        created = list(pool.map(lifecycle.create, entries))
    assert len({managed.id for managed in created}) == len(active(aws)) == 40
    assert len(aws.requests("bedrock-mantle:ListProjects")) == 1


@pytest.mark.parametrize("kind", ["reset_after", "cut_off", "not_json"])
def test_a_create_whose_answer_is_lost_finds_its_project(
    aws: LocalAws, run: Callable[[], ProjectLifecycle], kind: str
) -> None:
    aws.faults([Fault.model_validate({"kind": kind, "operation": "bedrock-mantle:CreateProject"})])
    created = run().create(SEARCH)
    assert [project.id for project in active(aws)] == [created.id]
    assert writes(aws) == ["CreateProject"]


@pytest.mark.parametrize("kind", ["reset_before", "server_error", "unavailable"])
def test_a_create_that_was_not_carried_out_fails_and_the_next_run_makes_it(
    aws: LocalAws, run: Callable[[], ProjectLifecycle], kind: str
) -> None:
    aws.faults([Fault.model_validate({"kind": kind, "operation": "bedrock-mantle:CreateProject", "count": 1})])
    with pytest.raises(AmbiguousError, match="run `pulumi up` again: it looks before it creates"):
        run().create(SEARCH)
    assert active(aws) == []
    run().create(SEARCH)
    assert len(active(aws)) == 1


# A write that is answered and not carried out: the state has what AWS has, and the next run puts it right

WANTED = replace(SEARCH, name="Find", tags={"CostCenter": "1"}, data_retention="none")


def not_done(operation: str, left_out: str | None) -> list[Fault]:
    """The next such request is answered 200, without the field, or without anything."""
    fault = {"kind": "partly_done", "left_out": left_out} if left_out else {"kind": "ignored"}
    return [Fault.model_validate({**fault, "operation": f"bedrock-mantle:{operation}", "count": 1})]


def state_is_as_in_aws(aws: LocalAws, managed: ManagedProject) -> bool:
    [project] = [project for project in aws.projects(ACCOUNT) if project.id == managed.id]
    declared = managed.declared
    retention = declared.data_retention or project.retention
    is_active = declared.status != "archived"
    return (declared.name, declared.all_tags, retention, is_active) == (
        project.name,
        project.tags,
        project.retention,
        project.active,
    )


@pytest.mark.parametrize("answers", ["whole", "bare"])
@pytest.mark.parametrize("left_out", ["name", "tags", "data_retention"])
def test_a_create_that_is_done_in_part_is_in_the_state_and_put_right_by_the_next_run(
    aws: LocalAws, run: Callable[[], ProjectLifecycle], left_out: str, answers: str
) -> None:
    stack = Stack()
    aws.settings(write_answers=answers)
    aws.faults(not_done("CreateProject", left_out))
    lifecycle = run()
    [error] = stack.up([WANTED], lifecycle)
    held = stack.held["search"]
    assert lifecycle.ledger.project_of(WANTED.owner) == held.id
    assert str(error).startswith(
        f"entry 'search': creating project 'Find' in {REGION}: AWS answered, but project {held.id}"
    )
    assert state_is_as_in_aws(aws, held)
    assert stack.up([WANTED], run()) == []
    assert state_is_as_in_aws(aws, stack.held["search"])
    [project] = active(aws)
    assert (project.id, project.name, project.tags) == (held.id, WANTED.name, WANTED.all_tags)


@pytest.mark.parametrize("answers", ["whole", "bare"])
@pytest.mark.parametrize("left_out", ["name", "tags", "added_tags", "removed_tags", "data_retention", None])
@pytest.mark.parametrize("begins", ["deployed", "adopted", "recovered"])
def test_an_update_that_is_not_done_leaves_the_state_as_aws_has_it_and_is_sent_again(
    aws: LocalAws,
    hand: ProjectsApi,
    run: Callable[[], ProjectLifecycle],
    begins: str,
    left_out: str | None,
    answers: str,
) -> None:
    stack, wanted = Stack(), WANTED
    if begins == "adopted":
        wanted = replace(wanted, adopt_id=by_hand(hand, name="Old", tags={"stray": "1"}))
    else:
        assert stack.up([SEARCH], run()) == []
        stack = stack if begins == "deployed" else Stack()
    aws.settings(write_answers=answers)
    aws.faults(not_done("UpdateProject", left_out))
    [error] = stack.up([wanted], run())
    held = stack.held["search"]
    assert str(error).startswith(f"entry 'search': updating project {held.id} in {REGION}: AWS answered, but project")
    assert state_is_as_in_aws(aws, held)
    assert stack.up([wanted], run()) == []
    assert state_is_as_in_aws(aws, stack.held["search"])
    [project] = active(aws)
    assert (project.id, project.name, project.tags, project.retention) == (held.id, "Find", wanted.all_tags, "none")


@pytest.mark.parametrize("is_in_state", [True, False])
def test_an_archive_by_status_that_is_not_done_is_sent_again(
    aws: LocalAws, run: Callable[[], ProjectLifecycle], is_in_state: bool
) -> None:
    stack, archived = Stack(), replace(SEARCH, status="archived")
    assert stack.up([SEARCH], run()) == []
    stack = stack if is_in_state else Stack()
    aws.faults(not_done("ArchiveProject", None))
    [error] = stack.up([archived], run())
    assert "status is active, not archived" in str(error)
    assert (stack.held["search"].declared.status, len(active(aws))) == ("active", 1)
    assert stack.up([archived], run()) == []
    assert (stack.held["search"].declared.status, active(aws)) == ("archived", [])


@pytest.mark.parametrize("is_in_state", [True, False])
def test_a_release_that_is_not_done_is_sent_again(
    aws: LocalAws, run: Callable[[], ProjectLifecycle], is_in_state: bool
) -> None:
    stack, released = Stack(), replace(SEARCH, status="released")
    assert stack.up([SEARCH], run()) == []
    stack = stack if is_in_state else Stack()
    aws.faults(not_done("UpdateProject", None))
    [error] = stack.up([released], run())
    assert f"tag {TAG} is 'acme/dev/search', not removed" in str(error)
    assert (stack.held["search"].declared.status, active(aws)[0].tags) == ("active", SEARCH.all_tags)
    assert stack.up([released], run()) == []
    assert (stack.held["search"].declared.status, active(aws)[0].tags) == ("released", {"Team": "Search"})


@pytest.mark.parametrize("on_remove", ["archive", "release"])
def test_a_removal_that_is_not_done_stays_in_the_state_and_is_sent_again(
    aws: LocalAws, run: Callable[[], ProjectLifecycle], on_remove: Any
) -> None:
    stack, entry = Stack(), replace(SEARCH, on_remove=on_remove)
    assert stack.up([entry], run()) == []
    aws.faults(not_done("ArchiveProject", None) + not_done("UpdateProject", None))
    [error] = stack.up([], run())
    assert "AWS answered, but project" in str(error)
    assert (list(stack.held), active(aws)[0].tags) == (["search"], SEARCH.all_tags)
    assert stack.up([], run()) == []
    assert stack.held == {}
    assert [project.tags for project in active(aws)] == ([] if on_remove == "archive" else [{"Team": "Search"}])


def test_a_write_that_cannot_be_confirmed_keeps_what_the_state_had_and_a_mode_that_may_be_set(
    aws: LocalAws, run: Callable[[], ProjectLifecycle]
) -> None:
    managed = run().create(SEARCH)
    aws.settings(write_answers="bare")
    aws.faults([Fault(kind="denied", action="bedrock-mantle:GetProject")])
    with pytest.raises(PartlyDoneError, match="reading it failed") as error:
        run().update(managed, WANTED)
    declared = replace(managed.declared, data_retention="none")
    assert error.value.managed == replace(managed, declared=declared, unfinished=str(error.value))


@pytest.mark.parametrize("left_out", ["name", "tags", "data_retention"])
def test_what_a_create_made_and_nobody_can_read_is_sent_again_by_the_next_run(
    aws: LocalAws, run: Callable[[], ProjectLifecycle], left_out: str
) -> None:
    stack = Stack()
    aws.settings(write_answers="bare")
    aws.faults([*not_done("CreateProject", left_out), Fault(kind="denied", action="bedrock-mantle:GetProject")])
    [error] = stack.up([WANTED], run())
    assert "reading it failed" in str(error)
    aws.faults([])
    assert stack.up([WANTED], run()) == []
    assert state_is_as_in_aws(aws, stack.held["search"])
    assert [(project.name, project.tags, project.retention) for project in active(aws)] == [
        (WANTED.name, WANTED.all_tags, WANTED.data_retention)
    ]


def test_a_create_whose_answer_is_lost_and_that_is_done_in_part_is_put_right_by_the_next_run(
    aws: LocalAws, run: Callable[[], ProjectLifecycle]
) -> None:
    stack, lost = Stack(), Fault(kind="cut_off", operation="bedrock-mantle:CreateProject", count=1)
    aws.faults([lost, *not_done("CreateProject", "data_retention")])
    [error] = stack.up([WANTED], run())
    assert str(error).startswith(
        f"entry 'search': creating project 'Find' in {REGION}: its answer was lost, and project"
    )
    assert "is not as asked: data retention inherit → none" in str(error)
    assert state_is_as_in_aws(aws, stack.held["search"])
    assert stack.up([WANTED], run()) == []
    assert [project.retention for project in active(aws)] == ["none"]
    assert writes(aws).count("CreateProject") == 1


def test_what_a_recovered_project_has_and_an_unreadable_update_does_not_show_is_in_the_state(
    aws: LocalAws, hand: ProjectsApi, run: Callable[[], ProjectLifecycle]
) -> None:
    project_id = by_hand(hand, name="Old", tags={TAG: SEARCH.owner, "stray": "1"})
    stack = Stack()
    aws.settings(write_answers="bare")
    aws.faults([*not_done("UpdateProject", None), Fault(kind="denied", action="bedrock-mantle:GetProject")])
    [error] = stack.up([SEARCH], run())
    assert "reading it failed" in str(error)
    assert state_is_as_in_aws(aws, stack.held["search"])
    aws.faults([])
    assert stack.up([SEARCH], run()) == []
    assert [(project.id, project.tags) for project in active(aws)] == [(project_id, SEARCH.all_tags)]


def test_an_archive_that_is_not_done_and_cannot_be_read_is_sent_again(
    aws: LocalAws, run: Callable[[], ProjectLifecycle]
) -> None:
    stack, archived = Stack(), replace(SEARCH, status="archived")
    assert stack.up([SEARCH], run()) == []
    stack = Stack()
    unreadable = Fault(
        kind="denied", action="bedrock-mantle:GetProject", operation="bedrock-mantle:GetProject", after=1
    )
    aws.settings(write_answers="bare")
    aws.faults([*not_done("ArchiveProject", None), unreadable])
    [error] = stack.up([archived], run())
    assert "reading it failed" in str(error)
    aws.faults([])
    assert stack.up([archived], run()) == []
    assert active(aws) == []


def test_a_list_that_lags_behind_makes_no_second_one(aws: LocalAws, run: Callable[[], ProjectLifecycle]) -> None:
    lost = Fault(kind="reset_after", operation="bedrock-mantle:CreateProject", count=1)
    aws.faults([lost, Fault(kind="list_lag", operation="bedrock-mantle:ListProjects", seconds=3600)])
    with pytest.raises(AmbiguousError):
        run().create(SEARCH)
    aws.faults([])
    run().create(SEARCH)
    assert len(active(aws)) == 1


@pytest.mark.parametrize("missing", ["arn", "tags", "data_retention", "created_at"])
def test_a_create_survives_an_answer_that_lacks_a_field(
    aws: LocalAws, run: Callable[[], ProjectLifecycle], missing: str
) -> None:
    aws.settings(omit_fields=[missing])
    created = run().create(SEARCH)
    assert created.id == active(aws)[0].id
    assert (created.arn == "") == (missing == "arn")


def test_adopting_makes_it_ours_with_one_update(
    aws: LocalAws, hand: ProjectsApi, run: Callable[[], ProjectLifecycle]
) -> None:
    project_id = by_hand(hand, name="Old", tags={"stray": "1"})
    aws.clear_requests()
    assert run().create(replace(SEARCH, adopt_id=project_id)).id == project_id
    assert writes(aws) == ["UpdateProject"]
    assert active(aws)[0].tags == {"Team": "Search", TAG: "acme/dev/search"}


def test_adopting_what_belongs_to_somebody_else_needs_their_name(
    aws: LocalAws, hand: ProjectsApi, run: Callable[[], ProjectLifecycle]
) -> None:
    project_id = by_hand(hand, name="Old", tags={TAG: "other/dev/x"})
    with pytest.raises(RefusedError, match=r"belongs to other/dev/x.*previous_owner"):
        run().create(replace(SEARCH, adopt_id=project_id))
    assert active(aws)[0].tags == {TAG: "other/dev/x"}
    run().create(replace(SEARCH, adopt_id=project_id, previous_owners=("other/dev/x",)))
    assert active(aws)[0].tags[TAG] == "acme/dev/search"


def test_adopting_what_is_not_there_or_archived_is_refused(
    hand: ProjectsApi, run: Callable[[], ProjectLifecycle]
) -> None:
    with pytest.raises(
        RefusedError,
        match="project proj_nothere is not an active project in us-west-2; check `id`, `region` and `endpoint`",
    ):
        run().create(replace(SEARCH, adopt_id="proj_nothere"))
    project_id = by_hand(hand, name="Old")
    hand.archive(project_id)
    with pytest.raises(RefusedError) as refused:
        run().create(replace(SEARCH, adopt_id=project_id))
    assert str(refused.value) == (
        f"entry 'search': project {project_id} is archived (irreversible); remove `id` to create a new project"
    )


def test_one_project_never_serves_two_entries(aws: LocalAws, run: Callable[[], ProjectLifecycle]) -> None:
    first = run().create(SEARCH)
    lifecycle = run()
    lifecycle.ledger.declare(SEARCH.owner)
    claim(lifecycle, first.id, SEARCH)
    with pytest.raises(RefusedError, match="already belongs to acme/dev/search"):
        lifecycle.create(replace(SEARCH, key="find", owner="acme/dev/find", previous_owners=("acme/dev/search",)))
    assert active(aws)[0].tags[TAG] == "acme/dev/search"


def test_delete_archives_what_is_ours(aws: LocalAws, run: Callable[[], ProjectLifecycle]) -> None:
    managed = run().create(SEARCH)
    run().delete(managed)
    assert active(aws) == []
    aws.clear_requests()
    run().delete(managed)
    assert writes(aws) == []


@pytest.mark.parametrize("tags", [{}, {TAG: "other/dev/search"}, {TAG: "acme/dev/find"}])
def test_delete_leaves_what_no_longer_carries_our_tag_and_says_so(
    aws: LocalAws, hand: ProjectsApi, run: Callable[[], ProjectLifecycle], said: list[str], tags: dict[str, str]
) -> None:
    managed = run().create(SEARCH)
    hand.apply(hand.get(managed.id), ProjectUpdate(remove_tag_keys=(TAG,)))
    if tags:
        hand.apply(hand.get(managed.id), ProjectUpdate(add_tags=tags))
    run().delete(managed)
    assert len(active(aws)) == 1
    assert f"project {managed.id} (Search) was not changed: " in said[0]


def test_a_stolen_project_is_not_archived_after_a_refresh_either(
    aws: LocalAws, hand: ProjectsApi, run: Callable[[], ProjectLifecycle]
) -> None:
    managed = run().create(SEARCH)
    hand.apply(hand.get(managed.id), ProjectUpdate(add_tags={TAG: "other/dev/search"}))
    seen = run().read(managed)
    assert seen is not None
    run().delete(seen)
    assert len(active(aws)) == 1
    with pytest.raises(RefusedError, match="belongs to other/dev/search"):
        run().update(seen, SEARCH)


def test_what_another_inventorys_stack_has_is_left_to_it_by_a_release(
    aws: LocalAws, hand: ProjectsApi, run: Callable[[], ProjectLifecycle]
) -> None:
    """It has its own ownership tag and its own stack's: nothing is sent, so no number confirms it."""
    here, there = "organization/shop/dev", "organization/other/dev"
    managed = run().create(replace(SEARCH, stack=here))
    theirs = {TAG: "other/dev/search", f"{TAG}-stack": there}
    hand.apply(hand.get(managed.id), ProjectUpdate(add_tags=theirs))
    aws.clear_requests()
    run().update(managed, replace(SEARCH, stack=here, status="released"))
    assert aws.requests("bedrock-mantle:UpdateProject") == []
    assert theirs.items() <= active(aws)[0].tags.items()


def test_a_stolen_project_is_not_changed_without_a_refresh_either(
    aws: LocalAws, hand: ProjectsApi, run: Callable[[], ProjectLifecycle]
) -> None:
    managed = run().create(SEARCH)
    hand.apply(hand.get(managed.id), ProjectUpdate(add_tags={TAG: "other/dev/search"}))
    with pytest.raises(RefusedError, match="belongs to other/dev/search"):
        run().update(managed, replace(SEARCH, name="Find"))
    assert (active(aws)[0].name, active(aws)[0].tags[TAG]) == ("Search", "other/dev/search")


def test_a_run_asks_for_one_list_however_many_it_updates(aws: LocalAws, run: Callable[[], ProjectLifecycle]) -> None:
    managed = run().create(SEARCH)
    aws.clear_requests()
    lifecycle = run()
    for name in ("Find", "Seek"):
        managed = lifecycle.update(managed, replace(SEARCH, name=name))
    assert len(aws.requests("bedrock-mantle:ListProjects")) == 1
    assert writes(aws) == ["UpdateProject", "UpdateProject"]


def test_the_waits_before_a_throttled_create_is_sent_again_are_handed_in(
    aws: LocalAws, run: Callable[[], ProjectLifecycle]
) -> None:
    waits: list[float] = []
    aws.faults([Fault(kind="throttled", operation="bedrock-mantle:CreateProject", count=2, retry_after=30)])
    ProjectLifecycle(Credentials(), ledger=RunLedger(), warn=print, sleep=waits.append).create(SEARCH)
    assert [30 <= wait <= 31 for wait in waits] == [True, True]


def test_delete_on_release_only_takes_our_tag_off(aws: LocalAws, run: Callable[[], ProjectLifecycle]) -> None:
    run().delete(run().create(replace(SEARCH, on_remove="release")))
    assert active(aws)[0].tags == {"Team": "Search"}


def test_gone_counts_only_with_the_credentials_of_its_account(
    aws: LocalAws, run: Callable[[], ProjectLifecycle], monkeypatch: pytest.MonkeyPatch
) -> None:
    managed = run().create(SEARCH)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local-222222222222")
    forget_sessions()
    for attempt in (run().read, run().delete):
        with pytest.raises(
            RefusedError, match=rf"project {managed.id} is in account {ACCOUNT}, but .* account 222222222222"
        ):
            attempt(managed)
    assert len(active(aws)) == 1


def test_gone_is_seen_by_read(aws: LocalAws, run: Callable[[], ProjectLifecycle]) -> None:
    managed = run().create(SEARCH)
    assert run().read(replace(managed, id="proj_nothere")) is None
    # Credentials of one partition mean nothing to the STS of another.
    assert [request.region for request in aws.requests("sts:GetCallerIdentity")] == [REGION]


def test_the_account_is_asked_for_once_however_many_are_gone(
    aws: LocalAws, run: Callable[[], ProjectLifecycle]
) -> None:
    managed = run().create(SEARCH)
    lifecycle = run()
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda n: lifecycle.read(replace(managed, id=f"proj_gone{n}")), range(16)))
    assert seen == [None] * 16
    assert len(aws.requests("sts:GetCallerIdentity")) == 1


DEV, DEV2, STACK_TAG = "organization/acme/dev", "organization/acme/dev2", f"{TAG}-stack"


@pytest.mark.parametrize("way", ["recover", "adopt", "update", "archive", "release"])
def test_a_run_takes_no_more_projects_over_from_another_stack_than_was_confirmed(
    aws: LocalAws, run: Callable[[], ProjectLifecycle], way: str
) -> None:
    """`update`: the state was refreshed since, and no longer says which stack has the project."""
    status: Any = {"archive": "archived", "release": "released"}.get(way, "active")
    lifecycle = ProjectLifecycle(Credentials(), ledger=RunLedger(take_over="1"), warn=print)
    entries = [replace(SEARCH, key=key, name=key, owner=f"acme/dev/{key}") for key in ("first", "second")]
    first, second = (run().create(replace(entry, stack=DEV2)) for entry in entries)

    def take_over(theirs: ManagedProject, lifecycle: ProjectLifecycle) -> None:
        ours = replace(theirs.declared, stack=DEV, status=status, adopt_id=theirs.id if way == "adopt" else None)
        if way == "update":
            lifecycle.update(replace(theirs, declared=replace(theirs.declared, stack=None)), ours)
        else:
            lifecycle.create(ours)

    with pytest.raises(RefusedError, match=f"{first.id}.* is managed by stack {DEV2}, and this is stack {DEV}"):
        take_over(first, run())
    take_over(first, lifecycle)
    with pytest.raises(
        RefusedError, match=f"{second.id} is managed by stack {DEV2}; this run has taken over 1 projects, the number"
    ):
        take_over(second, lifecycle)
    managers = {project.id: project.tags.get(STACK_TAG) for project in active(aws)}
    taken = {"archive": {}, "release": {first.id: None}}
    assert managers == {**taken.get(way, {first.id: DEV}), second.id: DEV2}


@pytest.mark.parametrize("answer", ["answered", "refused"])
def test_archiving_twice_is_not_an_error_with_any_answer(
    aws: LocalAws, hand: ProjectsApi, run: Callable[[], ProjectLifecycle], answer: str
) -> None:
    managed = run().create(SEARCH)
    aws.settings(archived_archive=answer)
    aws.faults([Fault(kind="reset_after", operation="bedrock-mantle:ArchiveProject")])
    run().delete(managed)
    assert active(aws) == []


def test_an_archive_that_is_refused_is_an_error(aws: LocalAws, run: Callable[[], ProjectLifecycle]) -> None:
    managed = run().create(SEARCH)
    aws.faults([Fault(kind="denied", action="bedrock-mantle:ArchiveProject")])
    with pytest.raises(ServiceError, match="ArchiveProject"):
        run().delete(managed)
    assert len(active(aws)) == 1


def test_archived_by_status_stays_archived_and_is_asked_for_no_more(
    aws: LocalAws, run: Callable[[], ProjectLifecycle]
) -> None:
    managed = run().create(SEARCH)
    archived = run().update(managed, replace(SEARCH, status="archived"))
    assert active(aws) == []
    aws.clear_requests()
    assert run().read(archived) == archived
    run().delete(archived)
    assert aws.requests() == []


def test_archiving_by_status_what_is_not_ours_is_refused(
    aws: LocalAws, hand: ProjectsApi, run: Callable[[], ProjectLifecycle]
) -> None:
    managed = run().create(SEARCH)
    hand.apply(hand.get(managed.id), ProjectUpdate(add_tags={TAG: "other/dev/search"}))
    with pytest.raises(RefusedError, match="status: released"):
        run().update(managed, replace(SEARCH, status="archived"))
    assert len(active(aws)) == 1


def test_released_by_status_loses_our_tag_and_is_left_alone(aws: LocalAws, run: Callable[[], ProjectLifecycle]) -> None:
    managed = run().create(SEARCH)
    released = run().update(managed, replace(SEARCH, status="released"))
    assert active(aws)[0].tags == {"Team": "Search"}
    aws.clear_requests()
    run().delete(released)
    assert run().read(released) == released
    assert aws.requests() == []


def test_released_after_somebody_else_took_it_over_is_left_as_it_is(
    aws: LocalAws, hand: ProjectsApi, run: Callable[[], ProjectLifecycle], said: list[str]
) -> None:
    managed = run().create(SEARCH)
    hand.apply(hand.get(managed.id), ProjectUpdate(add_tags={TAG: "other/dev/search"}))
    before = active(aws)
    released = run().update(managed, replace(SEARCH, status="released"))
    assert released.declared.status == "released"
    assert said == [
        (
            f"search: project {managed.id} (Search) was not changed: another inventory entry owns it "
            f"(tag {TAG}: other/dev/search)"
        )
    ]
    run().delete(released)
    assert active(aws) == before


def test_what_was_released_is_taken_back_under_its_id(aws: LocalAws, run: Callable[[], ProjectLifecycle]) -> None:
    managed = run().create(SEARCH)
    released = run().update(managed, replace(SEARCH, status="released"))
    assert run().update(released, SEARCH).id == managed.id
    assert active(aws)[0].tags[TAG] == SEARCH.owner


def test_what_was_released_and_archived_since_gets_the_way_to_begin_anew(
    aws: LocalAws, hand: ProjectsApi, run: Callable[[], ProjectLifecycle]
) -> None:
    stack = Stack()
    assert stack.up([SEARCH], run()) == []
    assert stack.up([replace(SEARCH, status="released")], run()) == []
    hand.archive(stack.held["search"].id)
    [error] = stack.up([SEARCH], run())
    assert "remove the entry, run `pulumi up`, and add it again" in str(error)
    assert stack.up([], run()) == []
    assert stack.up([SEARCH], run()) == []
    assert [project.name for project in active(aws)] == ["Search"]


def test_a_tag_that_is_no_longer_ignored_is_removed_by_that_run(
    aws: LocalAws, hand: ProjectsApi, run: Callable[[], ProjectLifecycle]
) -> None:
    ignoring, stack = replace(SEARCH, ignore_tags=("c7n:*",)), Stack()
    assert stack.up([ignoring], run()) == []
    hand.apply(hand.get(stack.held["search"].id), ProjectUpdate(add_tags={"c7n:status": "marked"}))
    assert stack.refresh(run()) == []
    assert stack.up([ignoring], run()) == []
    assert "c7n:status" in active(aws)[0].tags
    assert stack.up([SEARCH], run()) == []
    assert active(aws)[0].tags == SEARCH.all_tags


@pytest.mark.parametrize("status", ["archived", "released"])
def test_a_retired_entry_without_a_state_creates_nothing(
    aws: LocalAws, run: Callable[[], ProjectLifecycle], status: Any
) -> None:
    retired = replace(SEARCH, status=status)
    made = run().create(retired)
    assert made == ManagedProject(id=NO_PROJECT_ID, declared=retired)
    assert active(aws) == []
    run().delete(made)
    assert run().read(made) == made


@pytest.mark.parametrize("status", ["archived", "released"])
@pytest.mark.parametrize("by_id", [True, False])
def test_a_retired_entry_that_never_had_a_project_gets_one_once_it_is_active(
    aws: LocalAws, hand: ProjectsApi, run: Callable[[], ProjectLifecycle], status: Any, by_id: bool
) -> None:
    stack = Stack()
    assert stack.up([replace(SEARCH, status=status)], run()) == []
    wanted = replace(SEARCH, adopt_id=by_hand(hand, name="Old") if by_id else None)
    assert stack.up([wanted], run()) == []
    assert [(project.id, project.name) for project in active(aws)] == [(stack.held["search"].id, "Search")]


@pytest.mark.parametrize(("status", "left"), [("archived", 0), ("released", 1)])
def test_a_retired_entry_whose_state_was_lost_retires_its_project(
    aws: LocalAws, run: Callable[[], ProjectLifecycle], status: Any, left: int
) -> None:
    first = run().create(SEARCH)
    retired = replace(SEARCH, status=status)
    assert run().create(retired).id == first.id
    assert len(active(aws)) == left
    if left:
        assert active(aws)[0].tags == {"Team": "Search"}
    else:
        assert run().create(retired).id == first.id


@pytest.mark.parametrize("status", ["archived", "released"])
def test_a_retired_entry_with_an_id_sends_nothing_to_what_is_not_its_own(
    aws: LocalAws, hand: ProjectsApi, run: Callable[[], ProjectLifecycle], status: Any
) -> None:
    project_id = by_hand(hand, name="Theirs", tags={"Theirs": "1"})
    aws.clear_requests()
    entry = replace(SEARCH, adopt_id=project_id, status=status)
    if status == "released":
        assert run().create(entry).id == NO_PROJECT_ID
    else:
        with pytest.raises(RefusedError, match=r"adopt it in one change and set `status: archived` in the next"):
            run().create(entry)
    assert writes(aws) == []


@pytest.mark.parametrize(("allowed", "archived"), [(None, 3), ("5", 5), ("x", 3)])
def test_a_run_that_keeps_projects_archives_no_more_than_the_cap(
    aws: LocalAws,
    run: Callable[[], ProjectLifecycle],
    monkeypatch: pytest.MonkeyPatch,
    allowed: str | None,
    archived: int,
) -> None:
    entries = [replace(SEARCH, key=f"p{n}", name=f"P{n}", owner=f"acme/dev/p{n}") for n in range(6)]
    managed = [run().create(entry) for entry in entries]
    if allowed:
        monkeypatch.setenv("BEDROCK_PROJECTS_ALLOW_ARCHIVE", allowed)
    up = run()
    up.ledger.declare(entries[0].owner)
    claim(up, managed[0].id, entries[0])
    refused = 0
    for project in managed[1:]:
        try:
            up.delete(project)
        except RefusedError:
            refused += 1
    assert (6 - len(active(aws)), refused) == (archived, 5 - archived)


@pytest.mark.parametrize("has_program", [False, True])
@pytest.mark.parametrize(("allowed", "left"), [(None, 3), ("6", 0)])
def test_a_destroy_and_a_run_that_keeps_none_archive_all_only_with_their_number(
    aws: LocalAws,
    run: Callable[[], ProjectLifecycle],
    monkeypatch: pytest.MonkeyPatch,
    *,
    has_program: bool,
    allowed: str | None,
    left: int,
) -> None:
    if allowed:
        monkeypatch.setenv(ALLOW_ARCHIVE_VARIABLE, allowed)
    entries = [replace(SEARCH, key=f"p{n}", name=f"P{n}", owner=f"acme/dev/p{n}") for n in range(6)]
    managed = [run().create(entry) for entry in entries]
    last = run()
    if has_program:
        last.ledger.declare_keys(["Team"])
    for project in managed:
        claim(last, project.id, project.declared)  # as a refresh before a destroy does
        with suppress(RefusedError):
            last.delete(project)
    assert len(active(aws)) == left


def test_a_project_whose_resource_is_replaced_is_left_as_it_is(
    aws: LocalAws, run: Callable[[], ProjectLifecycle], said: list[str]
) -> None:
    """The engine creates first, which takes the project over, and deletes the old resource afterwards."""
    before = run().create(SEARCH)
    replacing = run()
    after = replacing.create(SEARCH)
    replacing.delete(before)
    assert after.id == before.id
    assert said == [
        (
            f"search: project {before.id} was not archived: an entry in the inventory still uses it. "
            "Only its old resource was removed from the state"
        )
    ]
    assert [project.tags[TAG] for project in active(aws)] == [SEARCH.owner]


def test_so_is_one_whose_old_resource_is_deleted_by_a_later_run(
    aws: LocalAws, run: Callable[[], ProjectLifecycle]
) -> None:
    managed = run().create(SEARCH)
    later = run()
    later.ledger.declare(SEARCH.owner)
    claim(later, managed.id, SEARCH)
    later.delete(managed)
    assert len(active(aws)) == 1


def test_what_an_entry_has_moved_on_from_is_archived(aws: LocalAws, run: Callable[[], ProjectLifecycle]) -> None:
    before = run().create(SEARCH)
    moving = run()
    moved = replace(SEARCH, region="us-east-1", move_from=REGION)
    moving.ledger.declare(SEARCH.owner, staying=Staying.of(moved))
    claim(moving, before.id, SEARCH)
    moving.create(moved)
    moving.delete(before)
    assert [project.region for project in active(aws)] == ["us-east-1"]


def test_a_project_seen_without_our_tag_is_claimed_by_its_entry_in_the_same_run(
    run: Callable[[], ProjectLifecycle],
) -> None:
    lifecycle = run()
    lifecycle.ledger.declare(SEARCH.owner)
    claim(lifecycle, "proj_1", replace(SEARCH, owner=""))
    claim(lifecycle, "proj_1", SEARCH)


def test_an_update_of_what_was_archived_by_hand_says_what_to_do(
    hand: ProjectsApi, run: Callable[[], ProjectLifecycle]
) -> None:
    managed = run().create(SEARCH)
    hand.archive(managed.id)
    with pytest.raises(RefusedError, match=r"it is archived.*`pulumi refresh` removes it from the state"):
        run().update(managed, replace(SEARCH, name="Find"))


def test_an_update_of_what_is_gone_says_what_to_do(run: Callable[[], ProjectLifecycle]) -> None:
    managed = run().create(SEARCH)
    with pytest.raises(NotFoundError, match="`pulumi refresh` removes it from the state"):
        run().update(replace(managed, id="proj_nothere"), replace(SEARCH, name="Find"))


def test_what_is_retired_is_not_touched_again_if_anything_else_changes(
    aws: LocalAws, run: Callable[[], ProjectLifecycle]
) -> None:
    never = run().create(replace(SEARCH, status="released"))
    renamed = replace(SEARCH, previous_owners=("acme/dev/find",))
    archived = run().update(run().create(replace(SEARCH, owner="acme/dev/find")), replace(renamed, status="archived"))
    aws.clear_requests()
    for managed in (never, archived):
        new = replace(SEARCH, status="archived", name="Find")
        assert run().update(managed, new).declared.name == "Find"
    assert (never.id, aws.requests()) == (NO_PROJECT_ID, [])


def test_what_was_archived_by_hand_is_not_archived_by_status_once_more(
    aws: LocalAws, hand: ProjectsApi, run: Callable[[], ProjectLifecycle]
) -> None:
    managed = run().create(SEARCH)
    hand.archive(managed.id)
    aws.clear_requests()
    assert run().update(managed, replace(SEARCH, status="archived")).declared.status == "archived"
    assert writes(aws) == []


def test_what_is_gone_needs_no_delete(aws: LocalAws, run: Callable[[], ProjectLifecycle]) -> None:
    managed = replace(run().create(SEARCH), id="proj_nothere")
    aws.clear_requests()
    run().delete(managed)
    assert writes(aws) == []


def test_a_404_that_names_no_project_does_not_prove_that_it_is_gone(
    aws: LocalAws, run: Callable[[], ProjectLifecycle]
) -> None:
    managed = run().create(SEARCH)
    aws.faults([Fault(kind="not_json", status=404, operation="bedrock-mantle:GetProject")])
    for attempt in (run().read, run().delete):
        with pytest.raises(ServiceError) as error:
            attempt(managed)
        assert not isinstance(error.value, NotFoundError)
    assert len(active(aws)) == 1


def test_an_archive_that_is_refused_is_the_error_although_its_outcome_cannot_be_looked_at(
    aws: LocalAws, run: Callable[[], ProjectLifecycle]
) -> None:
    managed = run().create(SEARCH)
    denied = [Fault(kind="denied", action="bedrock-mantle:ArchiveProject")]
    aws.faults([*denied, Fault(kind="denied", action="bedrock-mantle:GetProject", after=1)])
    with pytest.raises(ServiceError, match="not authorized to perform: bedrock-mantle:ArchiveProject"):
        run().delete(managed)


def test_an_update_that_is_refused_is_the_error_although_the_project_cannot_be_looked_at(
    aws: LocalAws, run: Callable[[], ProjectLifecycle]
) -> None:
    managed = run().create(SEARCH)
    aws.faults([Fault(kind="denied", action=f"bedrock-mantle:{one}") for one in ("UpdateProject", "GetProject")])
    with pytest.raises(ServiceError, match="not authorized to perform: bedrock-mantle:UpdateProject"):
        run().update(managed, replace(SEARCH, data_retention="none"))


@pytest.mark.parametrize("left_out", [[], ["arn", "created_at"]])
def test_what_an_answer_leaves_out_stays_as_it_was(
    aws: LocalAws, run: Callable[[], ProjectLifecycle], left_out: list[str]
) -> None:
    managed = run().create(SEARCH)
    aws.settings(omit_fields=left_out)
    assert run().read(managed) == managed
    renamed = replace(SEARCH, name="Find", data_retention="none")
    assert run().update(managed, renamed) == replace(managed, declared=renamed)
    [project] = aws.projects(ACCOUNT, REGION)[1:]
    assert (project.name, project.retention) == ("Find", "none")


def test_an_arn_of_another_endpoint_is_not_taken_up(
    hand: ProjectsApi, run: Callable[[], ProjectLifecycle], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such an endpoint is not known; a state without `endpoint` would be read there."""
    managed = run().create(SEARCH)
    shown = hand.get(managed.id).model_copy(update={"arn": managed.arn.replace(":bedrock-mantle:", ":bedrock:")})
    monkeypatch.setattr(lifecycle_module, "find", lambda *_: shown)
    assert run().read(managed) == managed
    assert run().read(replace(managed, arn="")) == replace(managed, arn="")


def test_an_update_takes_up_what_the_state_did_not_know(run: Callable[[], ProjectLifecycle]) -> None:
    managed = run().create(SEARCH)
    renamed = replace(SEARCH, name="Find")
    known = replace(managed, arn="", created_at=None, account_id="", base_url="")
    assert run().update(known, renamed) == replace(managed, declared=renamed)


def test_an_update_of_nothing_asks_for_nothing(aws: LocalAws, run: Callable[[], ProjectLifecycle]) -> None:
    managed = run().create(SEARCH)
    aws.clear_requests()
    kept = replace(SEARCH, on_remove="release")
    assert run().update(managed, kept) == replace(managed, declared=kept)
    assert writes(aws) == []


def test_an_entry_under_its_former_name_is_the_same_entry(run: Callable[[], ProjectLifecycle]) -> None:
    managed, lifecycle = run().create(SEARCH), run()
    find = replace(SEARCH, key="find", owner="acme/dev/find")
    for entry in (SEARCH, find):
        lifecycle.ledger.declare(entry.owner)
    claim(lifecycle, managed.id, SEARCH)
    with pytest.raises(RefusedError, match="already belongs to acme/dev/search"):
        claim(lifecycle, managed.id, find)
    claim(lifecycle, managed.id, replace(find, previous_owners=("acme/dev/search",)))


def test_what_one_entry_takes_over_no_other_gets(run: Callable[[], ProjectLifecycle]) -> None:
    managed, lifecycle = run().create(SEARCH), run()
    assert lifecycle.create(SEARCH).id == managed.id
    with pytest.raises(RefusedError, match="already belongs to acme/dev/search in this run"):
        lifecycle.create(replace(SEARCH, key="find", owner="acme/dev/find", previous_owners=(SEARCH.owner,)))


def test_between_looks_for_a_lost_answer_there_is_more_time_each_time(aws: LocalAws, hand: ProjectsApi) -> None:
    lost = Fault(kind="reset_after", operation="bedrock-mantle:CreateProject", count=1)
    aws.faults([lost, Fault(kind="list_lag", operation="bedrock-mantle:ListProjects", seconds=3600)])
    waited: list[float] = []
    lifecycle = ProjectLifecycle(Credentials(), ledger=RunLedger(), warn=print, sleep=waited.append)
    with pytest.raises(AmbiguousError) as error:
        lifecycle.create(SEARCH)
    assert waited == [0.5, 1, 2, 4]
    assert (
        "; no project with its ownership tag is listed yet; run `pulumi up` again: it looks before it creates"
        in str(error.value)
    )


def test_a_state_that_knows_no_account_says_so(aws: LocalAws, run: Callable[[], ProjectLifecycle]) -> None:
    managed = replace(run().create(SEARCH), account_id="")
    aws.reset(seed=2)
    with pytest.raises(RefusedError, match="is in account unknown, but the credentials"):
        run().read(managed)


def test_the_cap_says_how_far_the_run_has_come(run: Callable[[], ProjectLifecycle]) -> None:
    entries = [replace(SEARCH, key=f"p{n}", name=f"P{n}", owner=f"acme/dev/p{n}") for n in range(5)]
    managed = [run().create(entry) for entry in entries]
    last = run()
    last.ledger.declare(entries[0].owner)
    claim(last, managed[0].id, entries[0])
    for project in managed[1:4]:
        last.delete(project)
    with pytest.raises(RefusedError) as refused:
        last.delete(managed[4])
    assert str(refused.value) == (
        "this run has already archived 3 projects and would archive more; if this is intended, rerun with "
        "BEDROCK_PROJECTS_ALLOW_ARCHIVE=<number of projects left to archive>; otherwise restore the entries that "
        "were removed, and the region or endpoint of those that moved"
    )


def test_each_region_of_a_run_is_looked_at(aws: LocalAws, run: Callable[[], ProjectLifecycle]) -> None:
    find = replace(SEARCH, key="find", owner="acme/dev/find", region="us-east-1")
    made = [run().create(entry) for entry in (SEARCH, find)]
    lifecycle = run()
    assert [lifecycle.create(entry).id for entry in (SEARCH, find)] == [managed.id for managed in made]
    assert len(active(aws)) == 2
