"""An update that is carried out in part: the state has what AWS shows, and says what is unfinished until it is whole.

Three endings follow: the next run sends the rest, or takes it back if the file was put back, or a refresh comes first.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.models import ProjectUpdate
from bedrock_projects.aws.projects import open_projects_api
from bedrock_projects.aws.session import forget_sessions
from bedrock_projects.projects.changes import DeclaredProject
from bedrock_projects.projects.lifecycle import ProjectLifecycle
from bedrock_projects.projects.run_ledger import RunLedger
from local_aws import Fault, LocalAws, LocalProject
from tools.fault_matrix.stack import Stack

ACCOUNT, REGION, TAG = "111111111111", "us-west-2", "bedrock-project"
MANTLE = DeclaredProject(
    key="search", name="Search", region=REGION, owner="acme/dev/search", owner_tag_key=TAG, tags={"Team": "Search"}
)
NATIVE = replace(MANTLE, endpoint="bedrock-runtime")
FULL = {f"k{number}": "1" for number in range(49)}
CHANGED: dict[str, Any] = {"name": "Find", "tags": {"CostCenter": "1"}, "data_retention": "none"}

# An entry before and after, and the request of its update that is refused: what comes before it is done by then.
CASES: dict[str, tuple[DeclaredProject, DeclaredProject, Fault]] = {
    "mantle-tags-removed-and-the-rest-refused": (
        replace(MANTLE, tags=FULL),
        replace(MANTLE, **CHANGED),
        Fault(kind="expired_credentials", operation="bedrock-mantle:UpdateProject", after=1),
    ),
    "native-tags-added-and-removals-refused": (
        NATIVE,
        replace(NATIVE, **CHANGED),
        Fault(kind="denied", action="bedrock:UntagResource"),
    ),
    "native-tags-written-and-name-refused": (
        NATIVE,
        replace(NATIVE, **CHANGED),
        Fault(kind="denied", action="bedrock:UpdateProject"),
    ),
    "native-name-written-and-retention-refused": (
        NATIVE,
        replace(NATIVE, **CHANGED),
        Fault(kind="conflict", operation="bedrock:UpdateProject", after=1),
    ),
    "native-retention-written-and-tags-unconfirmed": (
        NATIVE,
        replace(NATIVE, **CHANGED),
        Fault(kind="ignored", operation="bedrock:TagResource"),
    ),
    "mantle-answer-lost": (
        MANTLE,
        replace(MANTLE, **CHANGED),
        Fault(kind="reset_before", operation="bedrock-mantle:UpdateProject"),
    ),
}
UNREAD = [
    (
        MANTLE,
        replace(MANTLE, **CHANGED),
        [
            Fault(kind="not_json", operation="bedrock-mantle:UpdateProject"),
            Fault(kind="denied", action="bedrock-mantle:GetProject"),
        ],
    ),
    (
        NATIVE,
        replace(NATIVE, **CHANGED),
        [
            Fault(kind="denied", action="bedrock:UpdateProject"),
            Fault(kind="denied", action="bedrock:GetProject"),
        ],
    ),
]


@pytest.fixture
def run(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Callable[[], ProjectLifecycle]:
    for name, value in aws.environment(ACCOUNT, region="eu-north-1").items():
        monkeypatch.setenv(name, value)

    def new_run() -> ProjectLifecycle:
        forget_sessions()
        return ProjectLifecycle(Credentials(), ledger=RunLedger(), warn=lambda _: None, sleep=lambda _: None)

    return new_run


def in_aws(aws: LocalAws, entry: DeclaredProject) -> LocalProject:
    projects = aws.projects(ACCOUNT, service="bedrock" if entry.endpoint else "bedrock-mantle")
    [project] = [project for project in projects if project.id != "default"]
    return project


def agree(aws: LocalAws, entry: DeclaredProject) -> bool:
    """Whether AWS has the project as the entry says."""
    project = in_aws(aws, entry)
    retention = entry.data_retention or "inherit"
    return (project.name, project.tags, project.retention) == (entry.name, entry.all_tags, retention)


def writes(aws: LocalAws) -> list[str]:
    names = [request.operation.rpartition(":")[2] for request in aws.requests("bedrock*")]
    return [name for name in names if name not in ("ListProjects", "GetProject", "ListTagsForResource")]


def end(aws: LocalAws, stack: Stack, run: Callable[[], ProjectLifecycle], ending: str, wanted: DeclaredProject) -> None:
    """Ends in `wanted`, whole: AWS as the file, nothing unfinished, and the next run sends nothing."""
    aws.faults([])
    if ending == "refresh":
        assert stack.refresh(run()) == []
        stack.partly_done.clear()
        assert stack.held["search"].unfinished == ""
    assert stack.up([wanted], run()) == []
    assert agree(aws, wanted)
    assert (stack.held["search"].declared, stack.held["search"].unfinished) == (wanted, "")
    aws.clear_requests()
    assert stack.up([wanted], run()) == []
    assert aws.requests() == []


ENDINGS = ["again", "put_back", "refresh", "refresh_and_put_back"]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(("before", "after", "fault"), CASES.values(), ids=list(CASES))
def test_each_write_that_was_left_undone_ends_as_the_file_says(
    aws: LocalAws,
    run: Callable[[], ProjectLifecycle],
    before: DeclaredProject,
    after: DeclaredProject,
    fault: Fault,
    ending: str,
) -> None:
    stack = Stack()
    assert stack.up([before], run()) == []
    aws.faults([fault])
    [error] = stack.up([after], run())
    aws.faults([])
    held, project = stack.held["search"], in_aws(aws, after)
    assert held.unfinished == str(error)
    assert "is not as asked: " in str(error)
    assert (held.declared.name, held.declared.all_tags) == (project.name, project.tags)
    assert held.declared.data_retention == (project.retention if project.retention == "none" else None)
    stack.partly_done.clear()  # the engine's own mark; without it, the output must do
    end(aws, stack, run, ending.partition("_")[0], before if ending.endswith("put_back") else after)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(("before", "after", "faults"), UNREAD, ids=["mantle", "native"])
def test_what_nobody_could_read_is_looked_at_by_the_next_run(
    aws: LocalAws,
    run: Callable[[], ProjectLifecycle],
    before: DeclaredProject,
    after: DeclaredProject,
    faults: list[Fault],
    ending: str,
) -> None:
    stack = Stack()
    assert stack.up([before], run()) == []
    aws.faults(faults)
    [error] = stack.up([after], run())
    assert "what was done is not known" in str(error)
    assert str(error).endswith("run `pulumi up --refresh`, which shows what AWS has")
    assert stack.held["search"].unfinished == str(error)
    end(aws, stack, run, ending.partition("_")[0], before if ending.endswith("put_back") else after)


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_was_answered_with_little_and_could_not_be_read_is_looked_at_too(
    aws: LocalAws, run: Callable[[], ProjectLifecycle], ending: str
) -> None:
    stack, after = Stack(), replace(MANTLE, **CHANGED)
    assert stack.up([MANTLE], run()) == []
    aws.settings(write_answers="bare")
    aws.faults([Fault(kind="denied", action="bedrock-mantle:GetProject")])
    [error] = stack.up([after], run())
    assert "reading it failed" in str(error)
    assert agree(aws, after)
    end(aws, stack, run, ending.partition("_")[0], MANTLE if ending.endswith("put_back") else after)


@pytest.mark.parametrize("before", [MANTLE, NATIVE], ids=["mantle", "native"])
def test_a_mode_that_somebody_else_set_is_left_alone_if_ours_was_refused(
    aws: LocalAws, run: Callable[[], ProjectLifecycle], before: DeclaredProject
) -> None:
    stack = Stack()
    assert stack.up([before], run()) == []
    hand = open_projects_api(Credentials(), before.where)
    hand.apply(hand.get(stack.held["search"].id), ProjectUpdate(data_retention="aws_review"))
    aws.faults([Fault(kind="server_error", operation=before.where.endpoint.action("UpdateProject"))])
    [_] = stack.up([replace(before, **CHANGED)], run())
    aws.faults([])
    assert stack.up([before], run()) == []
    project = in_aws(aws, before)
    assert (project.name, project.tags, project.retention) == (before.name, before.all_tags, "aws_review")


HIDDEN = [(MANTLE, "bedrock-mantle:UpdateProject"), (NATIVE, "bedrock:TagResource")]


@pytest.mark.parametrize("ending", ["again", "put_back"])
@pytest.mark.parametrize("is_readable", [True, False], ids=["read", "unread"])
@pytest.mark.parametrize(("before", "name"), HIDDEN, ids=["mantle", "native"])
def test_what_was_done_before_a_retry_was_refused_is_not_forgotten(
    aws: LocalAws,
    run: Callable[[], ProjectLifecycle],
    before: DeclaredProject,
    name: str,
    is_readable: bool,
    ending: str,
) -> None:
    stack, after = Stack(), replace(before, tags={"Team": "Other"})
    assert stack.up([before], run()) == []
    aws.faults(
        [
            Fault(kind="reset_after", operation=name, nth=1),
            Fault(kind="expired_credentials", operation=name, after=1),
            *([] if is_readable else [Fault(kind="denied", action=before.where.endpoint.action("GetProject"))]),
        ]
    )
    assert len(stack.up([after], run())) == (not is_readable)
    assert in_aws(aws, after).tags == after.all_tags
    end(aws, stack, run, ending, before if ending == "put_back" else after)


@pytest.mark.parametrize(("before", "after", "faults"), UNREAD, ids=["mantle", "native"])
def test_a_list_that_lacks_the_project_does_not_end_what_is_unfinished(
    aws: LocalAws,
    run: Callable[[], ProjectLifecycle],
    before: DeclaredProject,
    after: DeclaredProject,
    faults: list[Fault],
) -> None:
    stack = Stack()
    assert stack.up([before], run()) == []
    aws.faults(faults)
    [_] = stack.up([after], run())
    aws.faults([Fault(kind="list_lag", operation="*ListProjects", seconds=600)])
    assert stack.up([before], run()) == []
    assert agree(aws, before)
    assert stack.held["search"].unfinished == ""


@pytest.mark.parametrize("before", [MANTLE, NATIVE], ids=["mantle", "native"])
def test_what_was_created_and_could_not_be_read_is_archived_if_the_entry_is_removed(
    aws: LocalAws, run: Callable[[], ProjectLifecycle], before: DeclaredProject
) -> None:
    stack, entry = Stack(), replace(before, stack="organization/acme/dev", data_retention="none")
    aws.settings(write_answers="bare")
    action = "bedrock:ListTagsForResource" if before is NATIVE else "bedrock-mantle:GetProject"
    aws.faults([Fault(kind="denied", action=action)])
    [_] = stack.up([entry], run())
    held = stack.held["search"].declared
    assert (held.name, held.all_tags) == (entry.name, entry.all_tags)
    aws.faults([])
    lifecycle = run()
    assert stack.destroy(lifecycle) == []
    assert not in_aws(aws, entry).active
