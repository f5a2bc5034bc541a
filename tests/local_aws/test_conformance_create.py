"""`conformance`, level create, against the local AWS: all holds, switches, kills, lost answers, and cleaning up."""

import json
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bedrock_projects.aws.observing import Answer, Observer
from bedrock_projects.conformance.checks import Ending, Level, Outcome, Reason
from bedrock_projects.conformance.create import MARKER_KEY
from bedrock_projects.conformance.live.create_run import clean_up, run_create
from bedrock_projects.conformance.live.private_file import NAME, PrivateFile, load
from bedrock_projects.conformance.policy import policy_of
from bedrock_projects.conformance.table import checks_of, most_requests
from bedrock_projects.errors import SettingsError
from bedrock_projects.iam.policies import Place
from local_aws import Fault, LocalAws
from local_aws.settings import Settings
from tests.local_aws import conforming
from tests.local_aws.conforming import RUN_OF_CREATE, Conformance
from tests.local_aws.mantle import ACCOUNT, REGION, Mantle
from tests.local_aws.native import Native
from tests.unit.iam import actions_of, allows

SERVICES = ("bedrock-mantle", "bedrock")
NOTHING = Reason.NOTHING_TO_LOOK_AT
# What a switch changes, by its value: each question with another answer, or why it has none.
CHANGES: Mapping[str, tuple[Mapping[str, Any], Mapping[str, object]]] = {
    "tags_per_project": (
        {"tags_per_project": 200},
        {"tags.limits 51": "accepted", "tags.limits replace-at-50": NOTHING, "errors.shape tags": NOTHING},
    ),
    "tags_counted": ({"tags_counted": "additions_first"}, {"tags.limits replace-at-50": "refused"}),
    "names": (
        {"names": "guide"},
        {
            "create.same-name-twice name": "refused",
            **dict.fromkeys((f"name.limits {name}" for name in ("127", "128", "unicode", "look-alikes")), "refused"),
        },
    ),
    "duplicate_names": ({"duplicate_names": "refused"}, {"create.same-name-twice name": "refused"}),
    "archived_get": ({"archived_get": "not_found"}, {"archived.get-update-tag get": "not found"}),
    **{
        f"archived_update {value}": (
            {"archived_update": value},
            {f"archived.get-update-tag {name}": value.replace("_", " ") for name in ("update", "tag")},
        )
        for value in ("carried_out", "not_found")
    },
    "archived_archive": ({"archived_archive": "refused"}, {"archive.twice second": "refused"}),
    "write_answers": ({"write_answers": "bare"}, {"create.tags-in-one-request answer": "bare"}),
    "omit_fields": ({"omit_fields": ["arn"]}, {"create.tags-in-one-request answer": "bare"}),
    "list_archived always": ({"list_archived": "always"}, {"archived.listed list": "shown"}),
    "list_archived never": ({"list_archived": "never"}, {"archived.listed on-request": "left out"}),
    "native_archived_get": ({"native_archived_get": "not_found"}, {"archived.get-update-tag native-get": "not found"}),
    **{
        f"native_archived_update {value}": (
            {"native_archived_update": value},
            {
                "archived.get-update-tag native-update": value.replace("_", " "),
                "archived.get-update-tag native-code": NOTHING,
            },
        )
        for value in ("carried_out", "not_found")
    },
    **{
        f"native_archived_tag {value}": (
            {"native_archived_tag": value},
            {"archived.get-update-tag native-tag": value.replace("_", " ")},
        )
        for value in ("carried_out", "not_found")
    },
    "native_refusal": (
        {"native_refusal": "ConflictException"},
        {"archived.get-update-tag native-code": "ConflictException"},
    ),
    "native_tag_lag": ({"native_tag_lag": 1}, {"create.tags-in-one-request native-seen": "within 5 s"}),
    "project_index empty": (
        {"project_index": "empty"},
        {"create.visible-after native-index": "not within 60 s", "archived.listed native-index": "left out"},
    ),
    "project_index lags": (
        {"project_index": "lags", "index_lag_seconds": 100_000},
        {"create.visible-after native-index": "not within 60 s", "archived.listed native-index": "left out"},
    ),
    "project_index unsupported": (
        {"project_index": "unsupported"},
        dict.fromkeys(("create.visible-after native-index", "archived.listed native-index"), Reason.REFUSED),
    ),
}
# What keeps the level from making its projects, or is of other levels.
OTHERS = {
    "regions",
    "projects_per_account",
    "projects_limit_per",
    "projects_limit_counts_archived",
    "projects_limit_status",
    "projects_quota",
    "native_requests_a_second",
    "native_projects_per_account",
}
UNSEEN: Mapping[str, Any] = {
    "archived_inference": "answered",
    "list_tags": "empty",
    "list_paging": "ignored",
    "list_last_id": "another_item",
    "project_stores": "one",
    "runtime_project_error": "AccessDeniedException",
    "runtime_usage_tags": "tagged",
    "metric_series": "project_and_model",
    "bearer_region": "eu-west-1",
    "undiscovered_key": "documented",
    "discovery_hours": 1,
    "active_keys": 1,
    "backfill_hours": 1,
    "backfill_outcome": "FAILED",
    "cost_data": "unavailable",
    "cost_history_months": 38,
    "bill_final_day": 5,
    "invoice_day": 5,
    "credit_memo_amounts": "positive",
    "cost_page_size": 1,
    "marketplace_tags": "missing",
    "credit_tags": "kept",
    "product_attributes": "refused",
    "cost_analytics_metrics": "refused",
    "resource_costs": "off",
    "forecast_history_days": 1,
}


@pytest.fixture(scope="module")
def _sender(_server: LocalAws) -> Iterator[tuple[LocalAws, Observer]]:
    with pytest.MonkeyPatch.context() as environment:
        for name, value in _server.environment(ACCOUNT).items():
            environment.setenv(name, value)
        yield _server, conforming.observer()


@pytest.fixture
def account(_sender: tuple[LocalAws, Observer], monkeypatch: pytest.MonkeyPatch) -> tuple[LocalAws, Observer]:
    """An empty account, and who sends requests in it."""
    aws, _ = _sender
    aws.reset(seed=1)
    for name, value in aws.environment(ACCOUNT).items():
        monkeypatch.setenv(name, value)
    return _sender


def active(aws: LocalAws) -> list[str]:
    """The names of all active projects but `default`, of both APIs."""
    projects = [project for service in SERVICES for project in aws.projects(service=service)]
    return [project.name for project in projects if project.active and project.id != "default"]


def created(account: tuple[LocalAws, Observer], folder: Path, **tags: str) -> Conformance:
    """A run of the level, with its archiving."""
    aws, sender = account
    guest = conforming.create_guest(sender)
    aws.clear_requests()
    done = run_create(guest, private_file(folder), tags, clock=lambda: 0.0)
    assert list(done.left) == []
    return Conformance(done.level, aws.requests())


def private_file(folder: Path) -> PrivateFile:
    return PrivateFile(folder / NAME, RUN_OF_CREATE, ACCOUNT, REGION, "2026-11-29T12:00:00+00:00")


def test_all_holds_with_four_projects_that_are_archived_in_the_end(
    account: tuple[LocalAws, Observer], tmp_path: Path
) -> None:
    done = created(account, tmp_path)
    assert (done.not_holding(), done.run.ending) == ({}, None)
    assert set(done.outcomes()) == {check.name for check in checks_of(Level.CREATE)}
    made = [one for service in SERVICES for one in account[0].projects(service=service) if one.id != "default"]
    assert (len(made), active(account[0])) == (4, [])
    assert all(project.tags[MARKER_KEY] == RUN_OF_CREATE for project in made)
    assert all(project.name.startswith(f"conformance-{RUN_OF_CREATE}-") for project in made)
    assert not any(key.startswith("bedrock-project") and key != MARKER_KEY for one in made for key in one.tags)


def test_what_is_sent_is_in_plan_and_policy(account: tuple[LocalAws, Observer], tmp_path: Path) -> None:
    done = created(account, tmp_path)
    plan = most_requests(Level.CREATE)
    assert done.operations <= plan.keys()
    assert plan.keys() - done.operations == {"sts:GetCallerIdentity"}
    assert all(count <= plan[operation] for operation, count in done.run.sent.items())
    policy = policy_of(Level.CREATE, Place(account=ACCOUNT, regions=conforming.BOTH))
    taken = {(action, resource) for request in done.requests for action, resource in request.permissions}
    assert [one for one in taken if not allows(policy, *one)] == []
    assert actions_of(policy) - {action for action, _ in taken} <= {
        "sts:GetCallerIdentity",
        "bedrock-mantle:UntagResource",
    }


def test_retention_is_left_alone(account: tuple[LocalAws, Observer], tmp_path: Path) -> None:
    done = created(account, tmp_path)
    assert not [one for one in done.requests if "retention" in json.dumps(one.body).lower()]


@pytest.mark.parametrize(("settings", "changed"), CHANGES.values(), ids=CHANGES)
def test_a_switch_changes_what_it_concerns_alone(
    account: tuple[LocalAws, Observer], tmp_path: Path, settings: Mapping[str, Any], changed: Mapping[str, object]
) -> None:
    account[0].settings(**settings)
    done = created(account, tmp_path)
    assert done.not_holding() == changed
    assert active(account[0]) == []


def test_no_other_switch_changes_anything(account: tuple[LocalAws, Observer], tmp_path: Path) -> None:
    account[0].settings(**UNSEEN)
    assert created(account, tmp_path).not_holding() == {}


def test_each_switch_is_looked_at_or_not_seen_here() -> None:
    flipped = {name for settings, _ in CHANGES.values() for name in settings}
    assert sorted(flipped | UNSEEN.keys() | OTHERS) == sorted(Settings.model_fields)
    declared = {q.switch for check in checks_of(Level.CREATE) for q in check.questions} - {""}
    assert declared <= flipped


def test_demanded_tags_are_on_each_project(account: tuple[LocalAws, Observer], tmp_path: Path) -> None:
    done = created(account, tmp_path, CostCenter="CC-1000")
    assert done.not_holding() == {}
    creates = [request for request in done.requests if request.operation.endswith(":CreateProject")]
    assert len(creates) == 4
    assert all("CC-1000" in json.dumps(request.body) for request in creates)


@pytest.mark.parametrize("action", ["bedrock-mantle:CreateProject", "bedrock:CreateProject", "bedrock:TagResource"])
def test_a_policy_that_refuses_ends_the_level_and_leaves_nothing(
    account: tuple[LocalAws, Observer], tmp_path: Path, action: str
) -> None:
    account[0].faults([Fault(kind="denied", action=action, explicit=True)])
    done = created(account, tmp_path)
    assert (done.run.ending, active(account[0])) == (Ending.POLICY, [])
    assert list(dict.fromkeys(done.outcomes().values()))[-2:] == [Outcome.REFUSED, Outcome.NOT_CHECKED]


class Killed(BaseException):
    """In place of the end of the process: nothing of it runs any longer."""


class Mortal:
    """Sends requests until a certain one, before or after which the process ends."""

    def __init__(self, sender: Observer, *, at: int, after: bool) -> None:
        self._sender = sender
        self._left = at
        self._after = after

    def send(self, operation: str, parameters: Mapping[str, Any]) -> Answer:
        self._left -= 1
        if self._left < 0 or (self._left == 0 and not self._after):
            raise Killed
        answer = self._sender.send(operation, parameters)
        if self._left == 0:
            raise Killed
        return answer


def neighbours(aws: LocalAws) -> set[str]:
    """200 projects of others, some with names or tags that look like ours; the ids of all."""
    mantle, native = Mantle(aws.url), Native(aws.url)
    for number in range(98):
        mantle.create(f"Search {number}", tags={"Team": "Search"})
        native.create(f"Chat {number}", {"Team": "Chat"})
    mantle.create(f"conformance-{RUN_OF_CREATE}-1", tags={"Team": "Search"})
    mantle.create("Search", tags={MARKER_KEY: RUN_OF_CREATE})
    native.create(f"conformance-{RUN_OF_CREATE}-3")
    native.create("conformance-20261129-ffffff-4", {MARKER_KEY: RUN_OF_CREATE})
    return {one.id for service in SERVICES for one in aws.projects(service=service) if one.id != "default"}


@pytest.mark.parametrize(
    ("at", "after"),
    [
        (1, True),
        (2, True),
        (8, False),
        (9, True),
        (13, False),
        (13, True),
        (20, True),
        (33, False),
        (50, True),
        (66, True),
    ],
)
def test_after_a_kill_a_clean_up_leaves_nothing_active_and_touches_nothing_else(
    account: tuple[LocalAws, Observer], tmp_path: Path, at: int, after: bool
) -> None:
    aws, sender = account
    killed_and_cleaned_up(aws, sender, tmp_path, at=at, after=after)
    assert active(aws) == []


def test_ten_kills_at_random_moments_among_200_projects_of_others_touch_none_of_them(
    account: tuple[LocalAws, Observer], tmp_path: Path
) -> None:
    aws, sender = account
    others = neighbours(aws)
    before = projects_by_id(aws)
    random = Random(22)  # the same moments each time
    for at in random.sample(range(1, 75), 10):
        killed_and_cleaned_up(aws, sender, tmp_path, at=at, after=random.random() < 0.5)
        after_it = projects_by_id(aws)
        assert {id_ for id_, one in after_it.items() if one.active and id_ != "default"} == others, at
        assert all(after_it[id_] == before[id_] for id_ in others), at


def projects_by_id(aws: LocalAws) -> dict[str, Any]:
    return {one.id: one for service in SERVICES for one in aws.projects(service=service)}


def killed_and_cleaned_up(aws: LocalAws, sender: Observer, folder: Path, *, at: int, after: bool) -> None:
    """A run that ends before or after a request, then a clean-up by its private file; nothing is left."""
    with pytest.raises(Killed):
        run_create(
            conforming.create_guest(Mortal(sender, at=at, after=after)), private_file(folder), {}, clock=lambda: 0.0
        )
    loaded = load(folder)
    assert loaded is not None
    _, left = clean_up(conforming.create_guest(sender), loaded)
    assert left == []
    assert list((load(folder) or loaded).left()) == []


@pytest.mark.parametrize("kind", ["reset_after", "cut_off", "not_json", "server_error", "reset_before"])
@pytest.mark.parametrize("operation", ["bedrock-mantle:CreateProject", "bedrock:CreateProject"])
def test_a_lost_answer_of_a_create_ends_the_level_and_its_project_is_archived(
    account: tuple[LocalAws, Observer], tmp_path: Path, operation: str, kind: Any
) -> None:
    aws, sender = account
    aws.faults([Fault(kind=kind, operation=operation, nth=1)])
    guest = conforming.create_guest(sender)
    done = run_create(guest, private_file(tmp_path), {}, clock=lambda: 0.0)
    assert (done.level.ending, active(aws)) == (Ending.LOST_ANSWER, [])
    was_carried_out = kind not in ("server_error", "reset_before")
    assert [project.name for project in done.left] == [] if was_carried_out else [f"conformance-{RUN_OF_CREATE}-1"]


def test_projects_that_no_list_shows_yet_are_archived(account: tuple[LocalAws, Observer], tmp_path: Path) -> None:
    lists = ("bedrock-mantle:ListProjects", "bedrock:ListProjects")
    account[0].faults(
        [
            *(Fault(kind="list_lag", operation=operation, seconds=3600) for operation in lists),
            Fault(kind="server_error", operation="*:UpdateProject"),
        ]
    )
    done = created(account, tmp_path)
    assert done.not_holding()["create.visible-after list"] == "not within 60 s"
    assert active(account[0]) == []


@pytest.mark.parametrize("kind", ["reset_after", "not_json", "server_error"])
def test_a_lost_answer_of_an_archive_leaves_nothing_active(
    account: tuple[LocalAws, Observer], tmp_path: Path, kind: Any
) -> None:
    account[0].faults([Fault(kind=kind, operation="*:ArchiveProject", count=2)])
    account[0].settings(archived_archive="refused")
    created(account, tmp_path)
    assert active(account[0]) == []


class Impatient:
    """Presses Ctrl-C at certain requests."""

    def __init__(self, sender: Observer, *at: str) -> None:
        self._sender = sender
        self._at = list(at)

    def send(self, operation: str, parameters: Mapping[str, Any]) -> Answer:
        if self._at and operation == self._at[0]:
            self._at.pop(0)
            raise KeyboardInterrupt
        return self._sender.send(operation, parameters)


def test_the_first_ctrl_c_archives_and_the_second_says_what_is_left(
    account: tuple[LocalAws, Observer], tmp_path: Path
) -> None:
    aws, sender = account
    once = Impatient(sender, "bedrock-mantle:UpdateProject")
    done = run_create(conforming.create_guest(once), private_file(tmp_path), {}, clock=lambda: 0.0)
    assert (done.level.ending, list(done.left), active(aws)) == (Ending.INTERRUPTED, [], [])
    twice = Impatient(sender, "bedrock-mantle:UpdateProject", "bedrock-mantle:ArchiveProject")
    done = run_create(conforming.create_guest(twice), private_file(tmp_path), {}, clock=lambda: 0.0)
    assert (done.level.ending, sorted(project.name for project in done.left)) == (
        Ending.INTERRUPTED,
        sorted(active(aws)),
    )
    assert len(done.left) == 4


def test_the_private_file_is_for_the_user_alone_and_names_a_project_before_it_is_created(
    account: tuple[LocalAws, Observer], tmp_path: Path
) -> None:
    aws, sender = account
    seen: list[list[str]] = []

    class Watching:
        def send(self, operation: str, parameters: Mapping[str, Any]) -> Answer:
            if operation.endswith(":CreateProject"):
                path = tmp_path / NAME
                assert stat.S_IMODE(path.stat().st_mode) == 0o600
                seen.append([project["name"] for project in json.loads(path.read_text())["projects"]])
                assert parameters["name"] == seen[-1][-1]
            return sender.send(operation, parameters)

    before = os.umask(0)
    try:
        run_create(conforming.create_guest(Watching()), private_file(tmp_path), {}, clock=lambda: 0.0)
    finally:
        os.umask(before)
    assert [len(names) for names in seen] == [1, 2, 3, 4]
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    assert active(aws) == []


def test_a_private_file_that_cannot_be_written_stops_before_the_create(
    account: tuple[LocalAws, Observer], tmp_path: Path
) -> None:
    aws, sender = account
    with pytest.raises(SettingsError, match="cannot be written"):
        run_create(conforming.create_guest(sender), private_file(tmp_path / "none"), {}, clock=lambda: 0.0)
    assert not aws.requests("*:CreateProject")
